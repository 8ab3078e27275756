"""The store: what is gathered becomes rows, with the place of the stream it came from, in one write.

So each observation counts once, whenever the process is killed:

    sum of RRsets' counts  + forgotten.rrsets   = rrsets   + imported.rrsets
    sum of failures' counts + forgotten.failures = failures

A flood of random names must not fill the disk: a zone has ZONE_ROWS_MAX rows of failures; beyond them the
rest is one row with its count and an estimate of how many names there were.

A row of an RRset and its index rows come and go in one write. A store of layout 1, which had none, gets them
when it is opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import msgpack

from nxcast.consumers.client.position import Position
from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.consumers.show.console import CommandError, say
from nxcast.consumers.store.engine import Engine
from nxcast.consumers.store.gathering import Gathered
from nxcast.consumers.store.indexes import index_keys
from nxcast.consumers.store.observation import Failure
from nxcast.consumers.store.rows import (
    ABOUT,
    ACCOUNT,
    FAILURES,
    LAYOUT,
    POSITION,
    RRSETS,
    UNVERIFIED,
    ZONES,
    FailureRow,
    RRsetRow,
    Seen,
    failure_row,
    merged_failure,
    merged_rrset,
    name_end,
    pack,
    prefixed,
    reversed_name,
    rrset_row,
    seen_in,
    span_below,
    zone_key,
)
from nxcast.process.ending import reason
from nxcast.schemas.message import name_of

__all__ = ["Flood", "Store", "flood_row"]

ZONE_ROWS_MAX = 65_536  # rows of failures a zone; of about 60 octets each, 4 MB
DELETE_ROWS = 10_000  # rows deleted in one write: of at most 100 octets as a rule, 1 MB
DELETE_OCTETS = 4 << 20  # of them, and one row on top, so that RRsets of 64 KiB don't make that 640 MB
DAY_S = 86_400
UNINDEXED = 1  # the layout that had no indexes
ROOM = 0.9  # what is left of the octets allowed once room was made, so that it is not made all the time
_NOTHING = ([0, 0, 0], b"")  # first, last and count of a flood, and the registers of its names


@dataclass(frozen=True, slots=True)
class Flood:
    """What a zone had beyond its rows of failures; times in seconds since 1970-01-01 UTC."""

    zone: bytes
    first: int
    last: int
    count: int
    names: int  # about how many


class Store:
    """A folder with a store, made with `make` if there is none; CommandError where it can't be opened."""

    def __init__(self, folder: str, *, make: bool = True) -> None:
        path = Path(folder)
        try:
            if not make and not (path / "CURRENT").exists():
                raise CommandError(f"{folder} has no store; nxcast-consume store makes one")
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(path.iterdir()) and not (path / "CURRENT").exists():
                raise CommandError(f"{folder} is a folder of something else")
        except OSError as error:
            raise CommandError(f"store {folder}: {reason(error)}") from error
        self._path = path
        self._engine = Engine(path)
        about, account = self._engine.get([ABOUT, ACCOUNT])
        layout = 0 if about is None else msgpack.unpackb(about)["layout"]
        if layout > LAYOUT:
            self._engine.close()
            raise CommandError(f"store {folder} is of another version of nxcast; it is left as it is")
        if layout == UNINDEXED:
            say(f"store {folder} has no indexes yet; they are made now, once")
            self._index_all()
        if layout < LAYOUT:
            self._engine.write([(ABOUT, pack({"nxcast": "store", "layout": LAYOUT}))])
        self.account: Counter[str] = Counter({} if account is None else msgpack.unpackb(account))

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    @property
    def octets(self) -> int:
        """Of its files."""
        total = 0
        for file in self._path.iterdir():
            with suppress(OSError):  # compaction deletes files
                total += file.stat().st_size
        return total

    def position(self) -> Position | None:
        """Where the stream goes on; None where none was read."""
        (text,) = self._engine.get([POSITION])
        return None if text is None else Position.parse(text)

    def write(self, gathered: Gathered, position: Position | None = None) -> None:
        """Merge what was gathered into the rows, and keep where its stream goes on: all of it or nothing."""
        account = self.account + gathered.account
        told = [(ACCOUNT, pack(dict(account)))]
        if position is not None:
            told.append((POSITION, position.text().encode()))
        self._engine.write(chain(self._seen(gathered.rrsets), self._failures(gathered), told))
        self.account = account

    def rrsets(self, below: bytes = b"\0") -> Iterator[RRsetRow]:
        """RRsets of a name in wire form and of all below it, verified ones first."""
        for table in (RRSETS, UNVERIFIED):
            for key, value in self._engine.scan(*span_below(table, below)):
                yield rrset_row(key, value)

    def failures(self, below: bytes = b"\0") -> Iterator[FailureRow]:
        """Failures of a name in wire form and of all below it."""
        for key, value in self._engine.scan(*span_below(FAILURES, below)):
            yield failure_row(key, value)

    def floods(self, below: bytes = b"\0") -> Iterator[Flood]:
        """What zones had beyond their rows of failures."""
        for key, value in self._engine.scan(*span_below(ZONES, below)):
            flood = flood_row(key, value)
            if flood is not None:
                yield flood

    def delete(self, name: bytes) -> int:
        """Forget a name in wire form and all below it; the number of rows that were forgotten."""
        tables = (RRSETS, UNVERIFIED, FAILURES, ZONES)
        return self._forget(row for table in tables for row in self._engine.scan(*span_below(table, name)))

    def retain(self, now_s: float, *, days: float, octets_max: int) -> int:
        """Forget what was last seen over so many days ago, and the oldest beyond so many octets; how much."""
        before_s = now_s - days * DAY_S
        octets = self.octets
        if octets > octets_max:
            before_s = max(before_s, self._oldest_kept(ROOM * octets_max / octets))
        forgotten = self._forget(row for row in self._all() if _last(*row) < before_s)
        if octets > octets_max:
            self._engine.compact()
        return forgotten

    def compact(self) -> None:
        """Give back the room of what was deleted."""
        self._engine.compact()

    def _seen(self, rrsets: dict[bytes, Seen]) -> Iterator[tuple[bytes, bytes]]:
        keys = sorted(rrsets)
        leads: list[bytes] = []
        for key, before in zip(keys, self._engine.get(keys), strict=True):
            value = rrsets[key]
            if before is None:
                leads += index_keys(key)
            else:
                value = merged_rrset(seen_in(before), value)
            yield key, pack(value)
        leads.sort()  # in order they cost RocksDB a third less
        for lead in leads:
            yield lead, b""

    def _failures(self, gathered: Gathered) -> Iterator[tuple[bytes, bytes]]:
        keys = sorted(gathered.failures)
        new: dict[bytes, list[tuple[bytes, Failure, list[Any]]]] = {}  # by key of the zone
        for key, before in zip(keys, self._engine.get(keys), strict=True):
            failure, value = gathered.failures[key]
            if before is None:
                new.setdefault(zone_key(failure.zone), []).append((key, failure, value))
            else:
                yield key, pack(merged_failure(msgpack.unpackb(before), value))
        zones = list(new)
        for zone, before in zip(zones, self._engine.get(zones), strict=True):
            rows, flood, registers = (0, *_NOTHING) if before is None else msgpack.unpackb(before)
            room = max(ZONE_ROWS_MAX - rows, 0)
            for key, _, value in new[zone][:room]:
                yield key, pack(value)
            names = Distinct.load(registers) if registers else Distinct()
            for _, failure, value in new[zone][room:]:
                flood = merged_rrset(tuple(flood), tuple(value[:3]))
                names.add(name_of(failure.qname))
            rows += min(room, len(new[zone]))
            yield zone, pack([rows, flood, names.dump() if flood[2] else b""])

    def _index_all(self) -> None:
        """Make the index rows of all RRsets; may be done again where it was not finished."""
        puts: set[bytes] = set()
        for table in (RRSETS, UNVERIFIED):
            for row, _ in self._engine.scan(*span_below(table, b"\0")):
                puts.update(index_keys(row))
                if len(puts) >= DELETE_ROWS:
                    self._engine.write((key, b"") for key in puts)
                    puts.clear()
        self._engine.write((key, b"") for key in puts)

    def _forget(self, rows: Iterable[tuple[bytes, bytes]]) -> int:
        """Delete rows, some thousand a write, each with the account of what was in them."""
        forgotten = octets = 0
        some: list[tuple[bytes, bytes]] = []
        for key, value in rows:
            some.append((key, value))
            octets += len(key) + len(value)
            if len(some) == DELETE_ROWS or octets >= DELETE_OCTETS:
                self._forget_some(some)
                forgotten += len(some)
                some, octets = [], 0
        self._forget_some(some)
        return forgotten + len(some)

    def _forget_some(self, rows: list[tuple[bytes, bytes]]) -> None:
        account = self.account.copy()
        puts: list[tuple[bytes, bytes]] = []
        gone: Counter[bytes] = Counter()  # rows of failures, by key of their zone
        for key, value in rows:
            if key[:1] == FAILURES:
                row = failure_row(key, value)
                account["forgotten.failures"] += row.count
                gone[zone_key(row.zone)] += 1
            elif key[:1] == ZONES:
                account["forgotten.failures"] += msgpack.unpackb(value)[1][2]
            else:
                account["forgotten.rrsets"] += msgpack.unpackb(value)[2]
        deletes = {key for key, _ in rows}
        deletes |= self._leading_nowhere(rows, deletes)
        zones = sorted({*gone, *(key for key in deletes if key[:1] == ZONES)})
        for zone, before in zip(zones, self._engine.get(zones), strict=True):
            had, *flood = (0, *_NOTHING) if before is None else msgpack.unpackb(before)
            had, flood = max(had - gone[zone], 0), list(_NOTHING) if zone in deletes else flood
            deletes.discard(zone)
            if had or flood[0][2]:
                puts.append((zone, pack([had, *flood])))
            else:
                deletes.add(zone)
        self._engine.write([*puts, (ACCOUNT, pack(dict(account)))], deletes)
        self.account = account

    def _leading_nowhere(self, rows: list[tuple[bytes, bytes]], deletes: set[bytes]) -> set[bytes]:
        """Keys of index rows that lead to nothing once these rows are deleted."""
        gone: dict[bytes, set[bytes]] = {}  # by what all RRsets of an owner and type begin with
        for key, _ in rows:
            if key[:1] in (RRSETS, UNVERIFIED):
                gone.setdefault(key[1 : name_end(key, 1) + 2], set()).update(index_keys(key))
        for prefix, keys in gone.items():
            for table in (RRSETS, UNVERIFIED):
                for key, _ in self._engine.scan(*prefixed(table + prefix)):
                    if key not in deletes:
                        keys.difference_update(index_keys(key))
        return set().union(*gone.values())

    def _all(self) -> Iterator[tuple[bytes, bytes]]:
        for table in (RRSETS, UNVERIFIED, FAILURES, ZONES):
            yield from self._engine.scan(*span_below(table, b"\0"))

    def _oldest_kept(self, share: float) -> float:
        """The start of the first day, in seconds, from which on this share of the octets was last seen."""
        by_day: Counter[int] = Counter()
        for key, value in self._all():
            by_day[_last(key, value) // DAY_S] += len(key) + len(value)
        kept, most = 0, share * by_day.total()
        for day in sorted(by_day, reverse=True):
            kept += by_day[day]
            if kept > most:
                return (day + 1) * DAY_S
        return 0


def flood_row(key: bytes, value: bytes) -> Flood | None:
    """What a row of ZONES says that a zone had beyond its rows; None for most."""
    _, (first, last, count), registers = msgpack.unpackb(value)
    if not count:
        return None
    return Flood(reversed_name(key[1:]), first, last, count, Distinct.load(registers).estimate)


def _last(key: bytes, value: bytes) -> int:
    """When a row was last seen; a zone's account by its flood."""
    row = msgpack.unpackb(value)
    if key[:1] == ZONES:
        return int(row[1][1]) or 1 << 62  # counts rows, and is deleted only for its flood's age
    return int(max(row[1], row[4] if len(row) > 4 and key[:1] != FAILURES else 0))
