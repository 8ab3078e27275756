"""What others know, as rows: zone files (RFC 1035 section 5), lines of passive DNS' Common Output Format.

A zone file says what was published, not what was seen: it gives zone_first and zone_last, the file's own
time, and counts nothing. A line of COF (draft-dulaunoy-dnsop-passive-dns-cof) has the times and the count
that it tells. A file that can't be read is one error with the line; what was read of it before is in the
store, and importing a zone file again changes nothing. COF lines add their counts each time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from itertools import chain, islice
from typing import Any, BinaryIO

import dns.exception
import dns.name
import dns.zone

from nxcast.consumers.show.console import CommandError
from nxcast.consumers.store.bailiwick import RRset, within
from nxcast.consumers.store.database import Store
from nxcast.consumers.store.gathering import Gathered
from nxcast.consumers.store.presentation import name_from, rdata_from
from nxcast.consumers.store.rows import Seen, rrset_key
from nxcast.consumers.store.sections import canonical
from nxcast.process.ending import reason
from nxcast.schemas.codes import CLASS_IN, type_number

__all__ = ["import_rows", "rows_of"]

LINE_MAX = 1_000_000  # octets of a line of COF; an RRset of 64 KiB as text takes 400,000
TIME_MAX = 2**40  # seconds since 1970-01-01 UTC, in the year 36,812
COUNT_MAX = 2**53

Row = tuple[RRset, bytes | None, Seen]
"""An RRset, its bailiwick (None: unverified), and its value as in `rows`."""


def rows_of(path: str, origin: str | None) -> Iterator[Row]:
    """The RRsets of a zone file or of COF lines; CommandError where it, or its first line, can't be read."""
    rows = _rows(path, origin)
    first = list(islice(rows, 1))
    return chain(first, rows)


def import_rows(store: Store, rows: Iterable[Row]) -> int:
    """Take RRsets into the store; how many they were."""
    taken = 0
    gathered = Gathered()
    for rrset, zone, value in rows:
        gathered.add_rrset(rrset_key(rrset, zone), value)
        gathered.account["imported.rrsets"] += value[2]
        taken += 1
        if gathered.full:
            store.write(gathered)
            gathered = Gathered()
    store.write(gathered)
    return taken


def _rows(path: str, origin: str | None) -> Iterator[Row]:
    """Reads it once, from its beginning on, so that a pipe will do."""
    try:
        with open(path, "rb") as file:
            if file.peek(1).lstrip()[:1] != b"{":
                yield from _zone(file, path, origin)
                return
            if origin is not None:
                raise CommandError(f"{path} has lines of COF, which say their zones: leave out --origin")
            yield from _cof(file, path)
    except OSError as error:
        raise CommandError(f"can't read {path}: {reason(error)}") from error


def _zone(file: BinaryIO, path: str, origin: str | None) -> Iterator[Row]:
    """RRsets of a zone file, which is held in memory whole; $INCLUDE is not followed."""
    time_s = int(os.fstat(file.fileno()).st_mtime)
    try:
        with TextIOWrapper(file, "utf-8") as text:
            zone = dns.zone.from_file(text, origin, relativize=False, allow_include=False, check_origin=False)
    except (dns.exception.DNSException, ValueError) as error:
        meant = "" if origin else " (--origin names the zone, where it has no $ORIGIN)"
        raise CommandError(f"{path} is neither a zone file nor lines of COF: {error}{meant}") from error
    if zone.origin is None:
        raise CommandError(f"{path} does not say which zone it is: --origin does")
    apex = _wire(zone.origin)
    for name, found in zone.iterate_rdatasets():
        if found.rdclass == CLASS_IN:
            wires = [each.to_wire() for each in found]
            rdata = {canonical(wire, found.rdtype, 0, len(wire)) or wire for wire in wires}
            rrset = RRset(_wire(name), int(found.rdtype), tuple(sorted(rdata)))
            yield rrset, apex, (0, 0, 0, time_s, time_s)


def _wire(name: dns.name.Name) -> bytes:
    return (name.to_wire() or b"").lower()


def _cof(file: BinaryIO, path: str) -> Iterator[Row]:
    number = 0
    while line := file.readline(LINE_MAX + 1):
        number += 1
        if line.isspace():
            continue
        try:
            if len(line) > LINE_MAX:
                raise ValueError(f"over {LINE_MAX:,} octets")
            yield _row(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise CommandError(f"{path}:{number}: {error}") from error


def _row(told: Any) -> Row:
    if not isinstance(told, dict):
        raise ValueError("no JSON object")
    rrtype = told.get("rrtype")
    number = type_number(rrtype) if isinstance(rrtype, str) else rrtype if isinstance(rrtype, int) else None
    if number is None:
        raise ValueError(f"rrtype can't be {str(rrtype)[:40]}")
    owner = name_from(_text(told, "rrname"))
    zone = name_from(_text(told, "bailiwick")) if told.get("bailiwick") is not None else None
    if zone is not None and not within(owner, zone):
        raise ValueError("rrname is not within its bailiwick")
    texts = told.get("rdata")
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not texts or not all(isinstance(each, str) for each in texts):
        raise ValueError("rdata is neither text nor an array of texts")
    rdata = tuple(sorted({rdata_from(number, each) for each in texts}))
    last, count = _number(told, "time_last"), _number(told, "count", COUNT_MAX)
    if count and not last:
        raise ValueError("time_last is missing")
    value = _number(told, "time_first"), last, count or int(last > 0)
    zone_times = _number(told, "zone_time_first"), _number(told, "zone_time_last")
    return RRset(owner, number, rdata), zone, value + zone_times if zone_times[1] else value


def _text(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text")
    return value


def _number(told: dict[str, Any], key: str, most: int = TIME_MAX) -> int:
    value = told.get(key, 0)
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{key} can't be {str(value)[:40]}")
    return value
