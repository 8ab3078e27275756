"""Flexible search of DNSDB's API: names of owners, or RDATA as text, that match a regular expression or glob.

There is no index for it: it reads RRsets in their order until it has enough or has cost what it may. What is
one result, a name and type, or RDATA and type, lies together for owners; for RDATA it does not, so what was
given is remembered, up to SEEN_MAX, and times and counts over all owners are looked up where they are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nxcast.consumers.serve.asked import Asked
from nxcast.consumers.serve.framing import picked
from nxcast.consumers.serve.matching import Matches, glob, regex, types_asked
from nxcast.consumers.serve.objects import ends_of, seen_object
from nxcast.consumers.serve.streaming import Limited, Work
from nxcast.consumers.store.lookups import Names, RdataRow, Reader, Side, Wants
from nxcast.consumers.store.observation import ROOT
from nxcast.consumers.store.presentation import rdata_text
from nxcast.consumers.store.rows import NOTHING_SEEN, merged_rrset, seen_of
from nxcast.schemas.codes import type_text
from nxcast.schemas.message import name_of

__all__ = ["flexible"]

SEEN_MAX = 25_000  # RDATA remembered by their hashes, some 80 octets each: 2 MB a query
METHODS = {"regex": regex, "glob": glob}

Found = Iterator[RdataRow | None]


def flexible(
    method: str, kind: str, pattern: str, more: list[str], asked: Asked, reader: Reader, work: Work
) -> Iterator[dict[str, Any] | None]:
    """The objects of a search; AskedError where the pattern is none."""
    wants = types_asked(*more)
    matches = METHODS[method](pattern)
    if asked.exclude is not None:
        matches = _but(matches, METHODS[method](asked.exclude))
    if kind == "rrnames":
        found = _owners(reader, wants, matches)
    else:
        found = _rdata(reader, wants, matches, merge=asked.verbose)

    def in_time(row: RdataRow) -> bool:
        return asked.in_time(*ends_of(row))

    rows = picked(found, asked, work, in_time)
    return (None if row is None else _object(row, kind, asked) for row in rows)


def _but(matches: Matches, excluded: Matches) -> Matches:
    return lambda text: matches(text) and not excluded(text)


def _owners(reader: Reader, wants: Wants, matches: Matches) -> Found:
    """A row without RDATA for each owner and type whose name matches."""
    owner, matched = b"", False
    told: RdataRow | None = None
    for row in reader.rrsets(Names(ROOT, Side.LEFT), wants):
        if row is not None and row.owner != owner:
            owner, matched = row.owner, matches(name_of(row.owner))
        if row is None or not matched:
            yield None
            continue
        value = seen_of(row)
        if told is not None and (told.owner, told.rrtype) == (row.owner, row.rrtype):
            value = merged_rrset(seen_of(told), value)
            yield None
        else:
            yield told
        told = RdataRow(row.owner, row.rrtype, b"", *value)
    yield told


def _rdata(reader: Reader, wants: Wants, matches: Matches, *, merge: bool) -> Found:
    """A row for each RDATA and type whose text matches, of its first owner or merged over all."""
    seen: set[int] = set()
    for row in reader.rrsets(Names(ROOT, Side.LEFT), wants):
        yield None
        if row is None:
            continue
        for rdata in row.rdata:
            known = hash((row.rrtype, rdata))
            if known in seen or not matches(rdata_text(row.rrtype, rdata)):
                continue
            if len(seen) == SEEN_MAX:
                raise Limited(f"over {SEEN_MAX} results are not told apart: ask for less")
            seen.add(known)
            value = seen_of(row)
            if merge:
                value = NOTHING_SEEN
                for each in reader.rdata_raw(rdata, row.rrtype.__eq__):
                    yield None
                    if each is not None:
                        value = merged_rrset(value, seen_of(each))
            yield RdataRow(row.owner, row.rrtype, rdata, *value)


def _object(row: RdataRow, kind: str, asked: Asked) -> dict[str, Any]:
    told = seen_object(seen_of(row), human=asked.human) if asked.verbose else {}
    rrtype = type_text(row.rrtype)
    if kind == "rrnames":
        return {**told, "rrname": name_of(row.owner), "rrtype": rrtype, "raw_rrname": row.owner.hex().upper()}
    text = rdata_text(row.rrtype, row.rdata)
    return {**told, "rdata": text, "rrtype": rrtype, "raw_rdata": row.rdata.hex().upper()}
