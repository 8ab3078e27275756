"""Reports about zones of one's own: records that lead nowhere, and servers that fail."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address
from itertools import groupby
from typing import NamedTuple

from nxcast.consumers.ask.lifetimes import FAILING
from nxcast.consumers.ask.store_report import (
    QUERIES,
    Asked,
    Finding,
    Report,
    Span,
    queries_of,
    time_or_none,
)
from nxcast.consumers.names.domains import registrable
from nxcast.consumers.questions.loop.findings import Column, number, to_second
from nxcast.consumers.show.console import CommandError
from nxcast.consumers.store.bailiwick import MX, SRV, within
from nxcast.consumers.store.lookups import Names, Reader, Side
from nxcast.consumers.store.observation import ROOT
from nxcast.consumers.store.rows import RRsetRow
from nxcast.consumers.store.sections import names_in
from nxcast.schemas.codes import RCODE_NXDOMAIN, TYPE_CNAME, TYPE_NS, rcode_text, type_text
from nxcast.schemas.message import name_of
from nxcast.schemas.names import name_wire

__all__ = ["OWN_ZONES"]

DNAME, SVCB, HTTPS = 39, 64, 65
LEADING = frozenset((TYPE_CNAME, DNAME, MX, TYPE_NS, SRV, SVCB, HTTPS))
CHAIN_MAX = 8  # aliases followed behind a record; resolvers give up after about as many
TARGETS_CACHED = 4096  # names that records lead to, of which what was found is kept; at most 1 KB each, 4 MB
PAIRS_MAX = 20_000  # servers of the zones at and below one domain; about 600 octets each, 12 MB


class _Gone(NamedTuple):
    """A name that does not exist."""

    name: str
    span: Span
    unregistered: bool  # its domain is what is missing


def _dangling(reader: Reader, asked: Asked) -> Iterator[Finding]:
    @lru_cache(TARGETS_CACHED)
    def gone(target: bytes) -> _Gone | None:
        return _gone(reader, target)

    for domain in asked.mine:
        rows = reader.rrsets(Names(name_wire(domain), Side.LEFT), LEADING.__contains__)
        kept = (row for row in rows if row is not None)
        for (owner, rrtype, _), same in groupby(kept, lambda row: (row.owner, row.rrtype, row.zone)):
            newest = max(same, key=_seen_last)
            for target in sorted({name for each in newest.rdata for name in names_in(rrtype, each)} - {ROOT}):
                found = gone(target)
                if found is not None:
                    yield {
                        "name": name_of(owner),
                        "type": type_text(rrtype),
                        "target": name_of(target),
                        "missing": found.name,
                        "unregistered": found.unregistered,
                        "missing_since": time_or_none(found.span.first),
                        "asked_last": time_or_none(found.span.last),
                        "queries": found.span.count,
                        "record_last": time_or_none(_seen_last(newest)),
                    }


def _gone(reader: Reader, target: bytes) -> _Gone | None:
    """What does not exist of a name or of those that its aliases lead to."""
    for _ in range(CHAIN_MAX):
        found = _denied(reader, target)
        if found is not None:
            return found
        rows = reader.rrsets(Names(target), lambda rrtype: rrtype == TYPE_CNAME)
        newest = max((row for row in rows if row is not None), key=_seen_last, default=None)
        if newest is None:
            return None
        (target,) = names_in(TYPE_CNAME, newest.rdata[0]) or (ROOT,)
    return None


def _denied(reader: Reader, name: bytes) -> _Gone | None:
    """The name or the nearest one above it that was last denied, and so does not exist (RFC 8020)."""
    seen = _last_of(reader, name)
    domain = registrable(name_of(name))
    apex = None if domain is None else name_wire(domain)
    above = name
    while above != ROOT:
        # Some servers deny names that have nothing but others below them. Then what was seen counts more.
        if above == name or not seen or apex is None or within(apex, above):
            span = Span()
            by_registry = False
            for row in reader.failures(Names(above), lambda _: True):
                if row is not None and row.rcode == RCODE_NXDOMAIN:
                    span.add(row)
                    by_registry |= apex is not None and row.zone != apex and within(apex, row.zone)
            if span.rows and span.last > max(seen, _last_of(reader, above)):
                return _Gone(name_of(above), span, by_registry)
        above = above[above[0] + 1 :]
    return None


def _last_of(reader: Reader, name: bytes) -> int:
    rows = reader.rrsets(Names(name), lambda _: True)
    return max((row.last for row in rows if row is not None), default=0)


def _seen_last(row: RRsetRow) -> int:
    return max(row.last, row.zone_last)


def _lame(reader: Reader, asked: Asked) -> Iterator[Finding]:
    for domain in asked.mine:
        apex = name_wire(domain)
        found: dict[tuple[bytes, bytes], tuple[Span, set[int]]] = {}
        for row in reader.failures(Names(apex, Side.LEFT), lambda _: True):
            if row is None or row.rcode not in FAILING or not within(row.zone, apex):
                continue
            for server in row.servers:
                kept = found.get((row.zone, server))
                if kept is None:
                    if len(found) == PAIRS_MAX:
                        raise CommandError(
                            f"over {PAIRS_MAX:,} servers fail for zones of {domain}: ask about fewer"
                        )
                    kept = found[row.zone, server] = Span(), set()
                kept[0].add(row)
                kept[1].add(row.rcode)
        for (zone, server), (span, rcodes) in found.items():
            yield {
                "server": str(ip_address(server)),
                "zone": name_of(zone),
                "rcodes": [rcode_text(each) for each in sorted(rcodes)],
                "failing_since": time_or_none(span.first),
                "failed_last": time_or_none(span.last),
                "queries": span.count,
                "questions": span.rows,
            }


OWN_ZONES = (
    Report(
        name="dangling",
        summary="aliases, MX, NS and SRV of my zones that lead to names that don't exist",
        title="Records that lead to names that don't exist",
        help="The newest CNAME, DNAME, MX, NS, SRV, SVCB and HTTPS of each name at or below the domains of "
        "--mine, where what they lead to, by further aliases too, was last denied (NXDOMAIN), itself "
        "or a name above it. 'unregistered': its domain does not exist, so somebody else may register "
        "it.",
        columns=(
            Column("name", "name"),
            QUERIES,
            Column("type", "type"),
            Column("target", "leads to"),
            Column("missing", "missing"),
            Column("unregistered", "registered", lambda free: "no" if free else "yes"),
            Column("missing_since", "missing since", to_second),
            Column("record_last", "record last seen", to_second),
        ),
        find=_dangling,
        rank=lambda finding: (finding["unregistered"], finding["queries"]),
        example="--mine mine.txt",
        note="a record that was deleted since is shown until the store forgets it",
        mine=True,
    ),
    Report(
        name="lame",
        summary="name servers of my zones that fail, since when",
        title="Servers that fail",
        help="Servers that answered questions for zones at or below the domains of --mine with FORMERR, "
        "SERVFAIL, NOTIMP, REFUSED or NOTAUTH: lame delegations (RFC 9499) among them. A store has up "
        "to eight servers of a question, and one time for all of them: a server may fail for less "
        "long, and less often.",
        columns=(
            Column("server", "server"),
            QUERIES,
            Column("zone", "zone"),
            Column("rcodes", "RCODEs", ", ".join),
            Column("failing_since", "failing since", to_second),
            Column("failed_last", "failed last", to_second),
            Column("questions", "questions", number, right=True),
        ),
        find=_lame,
        rank=queries_of,
        example="--mine mine.txt",
        needs_rrsets=False,
        mine=True,
    ),
)
