"""DNSDB's API, version 2: look-ups and summaries of RRsets and RDATA, as its documentation describes them.

    lookup/rrset/name/NAME[/TYPE[/BAILIWICK]]      lookup/rdata/name/NAME[/TYPE]
    lookup/rrset/raw/HEX[/TYPE[/BAILIWICK]]        lookup/rdata/ip/ADDRESS[/TYPE]
    summarize/... the same                         lookup/rdata/raw/HEX[/TYPE]
    regex/rrnames/PATTERN[/TYPE], glob/rrnames/... and the same with rdata, see `flexible`

What a store has is aggregated over time, so `aggr` changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nxcast.consumers.serve.asked import OFFSET_MAX, RESULTS_MAX, Asked, AskedError, name_first
from nxcast.consumers.serve.flexible import flexible
from nxcast.consumers.serve.framing import framed, picked
from nxcast.consumers.serve.matching import names_asked, network_asked, octets_asked, types_asked
from nxcast.consumers.serve.objects import ends_of, rdata_object, rrset_object, seen_object
from nxcast.consumers.serve.streaming import Lines, Work
from nxcast.consumers.store.lookups import Names, RdataRow, Reader
from nxcast.consumers.store.rows import NOTHING_SEEN, RRsetRow, merged_rrset, seen_of
from nxcast.schemas.codes import TYPE_A
from nxcast.schemas.message import UNREADABLE, wire_name

__all__ = ["PING", "RATE_LIMIT", "Found", "answer", "looked_up"]

AAAA = 28
V4_OCTETS = 4
PING = {"ping": "ok"}
RATE_LIMIT = {
    "rate": {
        "reset": "n/a",
        "limit": "unlimited",
        "remaining": "n/a",
        "results_max": RESULTS_MAX,
        "offset_max": OFFSET_MAX,
    }
}

Found = Iterator[RRsetRow | RdataRow | None]


def answer(words: list[str], asked: Asked, reader: Reader, work: Work) -> Lines:
    """The lines that answer the words of a path; AskedError where there is no such path."""
    match words:
        case ["lookup" | "summarize" as verb, "rrset" | "rdata" as kind, how, value, *more]:
            rows, keeps = looked_up(kind, how, value, more, reader)

            def kept(row: Any) -> bool:
                return asked.in_time(*ends_of(row)) and keeps(row)

            found: Found = picked(rows, asked, work, kept)
            return framed(_summary(found, asked) if verb == "summarize" else _objects(found, asked))
        case ["regex" | "glob" as method, "rrnames" | "rdata" as kind, pattern, *more] if len(more) <= 1:
            return framed(flexible(method, kind, pattern, more, asked, reader, work))
    raise AskedError("no such look-up", 404)


def looked_up(
    kind: str, how: str, value: str, more: list[str], reader: Reader
) -> tuple[Found, Callable[[Any], bool]]:
    """The rows of a look-up, and which of them count; AskedError where there is none such."""
    return (_rrsets if kind == "rrset" else _rdata)(how, value, more, reader)


def _rrsets(how: str, value: str, more: list[str], reader: Reader) -> tuple[Found, Callable[[Any], bool]]:
    if how == "name":
        value, *more = name_first([value, *more])
        names = names_asked(value)
    elif how == "raw":
        names = Names(_name(octets_asked(value)))
    else:
        raise AskedError("rrset is looked up by name or raw", 404)
    if len(more) > 2:
        raise AskedError("no such look-up", 404)
    rows = reader.rrsets(names, types_asked(*more[:1]))
    if not more[1:]:
        return rows, lambda _: True
    zone = names_asked(more[1])
    return rows, lambda row: row.zone is not None and zone.has(row.zone)


def _rdata(how: str, value: str, more: list[str], reader: Reader) -> tuple[Found, Callable[[Any], bool]]:
    if how == "name":
        value, *more = name_first([value, *more])
    if len(more) > 1:
        raise AskedError("no such look-up", 404)
    wants = types_asked(*more)
    if how == "name":
        return reader.rdata_names(names_asked(value), wants), lambda _: True
    if how == "raw":
        return reader.rdata_raw(octets_asked(value), wants), lambda _: True
    if how != "ip":
        raise AskedError("rdata is looked up by name, ip or raw", 404)
    first, last = network_asked(value)
    family = TYPE_A if len(first) == V4_OCTETS else AAAA
    return reader.rdata_between(first, last, lambda each: each == family and wants(each)), lambda _: True


def _name(octets: bytes) -> bytes:
    try:
        name, end = wire_name(octets, 0)
    except UNREADABLE:
        end = -1
    if end != len(octets):
        raise AskedError("raw is not a name in wire form")
    return name.lower()


def _objects(rows: Found, asked: Asked) -> Iterator[dict[str, Any] | None]:
    for row in rows:
        if row is None:
            yield None
        elif isinstance(row, RRsetRow):
            yield rrset_object(row, human=asked.human)
        else:
            yield rdata_object(row, human=asked.human)


def _summary(rows: Found, asked: Asked) -> Iterator[dict[str, Any] | None]:
    """One object: the count of all rows, how many there were, and their first and last times."""
    total, results = NOTHING_SEEN, 0
    for row in rows:
        if row is not None:
            total = merged_rrset(total, seen_of(row))
            results += 1
            if asked.max_count is not None and total[2] >= asked.max_count:
                break
        yield None
    yield {"num_results": results, **seen_object(total, human=asked.human)}
