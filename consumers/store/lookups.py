"""What a store is asked, while another process may write it: RRsets by owner and by RDATA, and failures.

Each look-up is a range of one table, read lazily. It gives rows, and None for each row that was read and is
not asked for: so whoever takes them can stop at any row, however few of them count. A look-up that was begun
sees the store as it was then. Names are in wire form and lower case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import msgpack

from nxcast.consumers.show.console import CommandError
from nxcast.consumers.store.database import Flood, flood_row
from nxcast.consumers.store.engine import Follower
from nxcast.consumers.store.indexes import (
    OWNERS,
    RDATA_BELOW,
    RDATA_FORWARD,
    Lead,
    owner_lead,
    raw_lead,
    raw_prefix,
    rdata_lead,
)
from nxcast.consumers.store.rows import (
    ABOUT,
    FAILURES,
    LAYOUT,
    RRSETS,
    UNVERIFIED,
    ZONES,
    FailureRow,
    RRsetRow,
    Seen,
    failure_row,
    merged_rrset,
    name_end,
    prefixed,
    reversed_name,
    rrset_prefix,
    rrset_row,
    seen_of,
    span_below,
)
from nxcast.consumers.store.sections import NAMED_TYPES, names_in

__all__ = ["Names", "RdataRow", "Reader", "Side"]

MERGED_MAX = 1 << 20  # octets of RDATA of an owner and type merged at once; of more, one may come twice
ROW_COST = 500  # octets of one besides its own

Wants = Callable[[int], bool]
"""Whether a type is asked for."""


class Side(Enum):
    """Where a pattern of names is open."""

    NONE = "this name"
    LEFT = "this name and all below it"
    RIGHT = "all names that begin with its labels"


class Names(NamedTuple):
    """Names that are asked for."""

    name: bytes
    side: Side = Side.NONE

    def has(self, name: bytes) -> bool:
        """Whether a name is one of them."""
        if self.side is Side.NONE:
            return name == self.name
        if self.side is Side.LEFT:
            return reversed_name(name).startswith(reversed_name(self.name)[:-1])
        return name.startswith(self.name[:-1])

    def span(self, below: bytes, forward: bytes) -> tuple[bytes, bytes]:
        """Their range in a table of reversed names, or of names in wire form where they are open right."""
        if self.side is Side.LEFT:
            return span_below(below, self.name)
        if self.side is Side.NONE:
            return prefixed(below + reversed_name(self.name))
        return prefixed(forward + self.name[:-1])


@dataclass(frozen=True, slots=True)
class RdataRow:
    """RDATA of an owner and type, of all its RRsets with it; times in seconds, 0: none."""

    owner: bytes
    rrtype: int
    rdata: bytes
    first: int
    last: int
    count: int
    zone_first: int = 0
    zone_last: int = 0


class Reader:
    """A store to read, with RRsets of no zone where asked; CommandError where none can be."""

    def __init__(self, folder: str, *, unverified: bool = False) -> None:
        path = Path(folder)
        if not (path / "CURRENT").exists():
            raise CommandError(f"{folder} has no store; nxcast-consume store makes one")
        self._rows = Follower(path)
        self._tables = (RRSETS, UNVERIFIED) if unverified else (RRSETS,)
        about = self._rows.get(ABOUT)
        if about is None or msgpack.unpackb(about)["layout"] != LAYOUT:
            self._rows.close()
            raise CommandError(
                f"store {folder} is of another version of nxcast; where that is an older one, "
                f"'nxcast-consume store --store {folder} --compact' brings it up to this one"
            )

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()

    def catch_up(self) -> None:
        """See what was written until now."""
        self._rows.catch_up()

    def rrsets(self, names: Names, wants: Wants) -> Iterator[RRsetRow | None]:
        """RRsets of owners, in order of their names; those of no zone last, or with their owner."""
        if names.side is Side.RIGHT:
            for key, _ in self._rows.scan(*names.span(RRSETS, OWNERS)):
                lead = owner_lead(key)
                if wants(lead.rrtype):
                    yield from self._at(lead.owner, lead.rrtype)
                else:
                    yield None
            return
        for table in self._tables:
            for key, value in self._rows.scan(*names.span(table, OWNERS)):
                row = rrset_row(key, value)
                yield row if wants(row.rrtype) else None

    def rdata_names(self, names: Names, wants: Wants) -> Iterator[RdataRow | None]:
        """RDATA that leads to names, such as NS, MX and CNAME."""
        for key, _ in self._rows.scan(*names.span(RDATA_BELOW, RDATA_FORWARD)):
            lead = rdata_lead(key)

            def leads(rdata: bytes, lead: Lead = lead) -> bool:
                """Whether this is the first row that leads to it: an SOA has two names."""
                found = (each for each in names_in(lead.rrtype, rdata) if names.has(each))
                return next(found, None) == lead.value

            yield from self._rdata(lead, wants, leads)

    def rdata_between(self, first: bytes, last: bytes, wants: Wants) -> Iterator[RdataRow | None]:
        """RDATA from one to another of the same size, at most RAW_MAX octets: the addresses of a network."""
        end = prefixed(raw_prefix(last))[1]
        for key, _ in self._rows.scan(raw_prefix(first), end):
            lead = raw_lead(key)
            yield from self._rdata(lead, wants, lead.value.__eq__)

    def rdata_raw(self, rdata: bytes, wants: Wants) -> Iterator[RdataRow | None]:
        """RDATA of these octets, with names uncompressed and in lower case."""
        for key, _ in self._rows.scan(*prefixed(raw_prefix(rdata))):
            yield from self._rdata(raw_lead(key), wants, lambda each: each == rdata)
        for rrtype in sorted(NAMED_TYPES):
            for name in names_in(rrtype, rdata)[:1]:
                for key, _ in self._rows.scan(*prefixed(RDATA_BELOW + rrset_prefix(name, rrtype))):
                    yield from self._rdata(rdata_lead(key), wants, lambda each: each == rdata)

    def failures(self, names: Names, wants: Wants) -> Iterator[FailureRow | None]:
        """Questions that failed, for names that are not open right."""
        for key, value in self._rows.scan(*names.span(FAILURES, FAILURES)):
            row = failure_row(key, value)
            yield row if wants(row.qtype) else None

    def floods(self, names: Names) -> Iterator[Flood | None]:
        """What zones had beyond their rows of failures, for names that are not open right."""
        for key, value in self._rows.scan(*names.span(ZONES, ZONES)):
            yield flood_row(key, value)

    def walk(self, below: bytes) -> Iterator[tuple[bytes, RRsetRow | FailureRow]]:
        """All rows of a name and all below it, name by name, of each its failures first.

        With each the name with its labels from the root on. What is below a name follows it at once. One row
        of each table is held.
        """

        def rows(table: bytes) -> Iterator[tuple[bytes, RRsetRow | FailureRow]]:
            read = failure_row if table == FAILURES else rrset_row
            for key, value in self._rows.scan(*span_below(table, below)):
                yield key[1 : name_end(key, 1)], read(key, value)

        return merge(*map(rows, (FAILURES, *self._tables)), key=itemgetter(0))

    def has(self, table: bytes) -> bool:
        """Whether a table has a row."""
        return next(self._rows.scan(*prefixed(table)), None) is not None

    def _at(self, owner: bytes, rrtype: int) -> Iterator[RRsetRow]:
        for table in self._tables:
            for key, value in self._rows.scan(*prefixed(table + rrset_prefix(owner, rrtype))):
                yield rrset_row(key, value)

    def _rdata(self, lead: Lead, wants: Wants, leads: Callable[[bytes], bool]) -> Iterator[RdataRow | None]:
        """What an index row leads to, merged over the RRsets that have it."""
        yield None
        if not wants(lead.rrtype):
            return
        found: dict[bytes, Seen] = {}
        octets = 0
        for row in self._at(lead.owner, lead.rrtype):
            yield None
            value = seen_of(row)
            for rdata in filter(leads, row.rdata):
                if rdata in found:
                    found[rdata] = merged_rrset(found[rdata], value)
                else:
                    found[rdata] = value
                    octets += len(rdata) + ROW_COST
            if octets >= MERGED_MAX:
                yield from _rdata_rows(lead, found)
                found.clear()
                octets = 0
        yield from _rdata_rows(lead, found)


def _rdata_rows(lead: Lead, found: dict[bytes, Seen]) -> Iterator[RdataRow]:
    for rdata, value in found.items():
        yield RdataRow(lead.owner, lead.rrtype, rdata, *value)
