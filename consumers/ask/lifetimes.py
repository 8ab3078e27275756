"""Reports about the lives of names: which began to resolve, which ceased to, which came back.

A store keeps of each RRset and of each failure the first time and the last, so these tell what was seen
first and last, and not what was between, unless something else began or ended there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

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
from nxcast.consumers.store.bailiwick import AAAA, within
from nxcast.consumers.store.lookups import Reader
from nxcast.consumers.store.observation import ROOT
from nxcast.consumers.store.rows import FailureRow, RRsetRow, reversed_name
from nxcast.schemas.codes import RCODE_NXDOMAIN, TYPE_A
from nxcast.schemas.message import name_of
from nxcast.schemas.names import name_wire

__all__ = ["FAILING", "LIFETIMES", "by_domain"]

DAY_S = 86_400
REVERSE = ".arpa."  # names of addresses, which nobody can register (RFC 3172)
# RCODEs by which a server does not do its work: FORMERR, SERVFAIL, NOTIMP, REFUSED (RFC 1035), NOTAUTH (2136)
FAILING = frozenset((1, 2, 4, 5, 9))

Row = RRsetRow | FailureRow


def by_domain(rows: Iterable[tuple[bytes, Row]]) -> Iterator[tuple[str, Iterator[Row]]]:
    """Registrable domains with all rows at or below them, of rows as `Reader.walk` gives them."""
    domain: str | None = None
    begins = b""  # what the names of the domain begin with

    def domain_of(item: tuple[bytes, Row]) -> str | None:
        nonlocal domain, begins
        if domain is None or not item[0].startswith(begins):
            domain = registrable(name_of(reversed_name(item[0])))
            begins = b"" if domain is None else reversed_name(name_wire(domain))[:-1]
        return domain

    for found, items in groupby(rows, domain_of):
        if found is not None:
            yield found, (row for _, row in items)


def _newly_observed(reader: Reader, _asked: Asked) -> Iterator[Finding]:
    for name, rows in groupby(reader.walk(ROOT), itemgetter(0)):
        missing, seen = Span(), Span()
        for _, row in rows:
            if isinstance(row, RRsetRow):
                if row.last:
                    seen.add(row)
            elif row.rcode == RCODE_NXDOMAIN:
                missing.add(row)
        if missing.rows and seen.rows and missing.first < seen.first and missing.last <= seen.last:
            yield {
                "name": name_of(reversed_name(name)),
                "missing_since": time_or_none(missing.first),
                "resolved_since": time_or_none(seen.first),
                "days": round((seen.first - missing.first) / DAY_S, 2),
                "queries": missing.count,
                "missing_until": time_or_none(missing.last),
            }


def _expired(reader: Reader, _asked: Asked) -> Iterator[Finding]:
    for domain, rows in by_domain(reader.walk(ROOT)):
        if domain.endswith(REVERSE):
            continue
        missing, seen = Span(), Span()
        apex = name_wire(domain)
        names: bytes = b""
        asked = 0  # names
        for row in rows:
            if isinstance(row, RRsetRow):
                if row.last and not _is_glue(row, apex):
                    seen.add(row)
            elif row.rcode == RCODE_NXDOMAIN and row.zone != apex and within(apex, row.zone):
                missing.add(row)
                asked += row.qname != names
                names = row.qname
        if seen.rows and missing.rows and missing.last > seen.last:
            yield {
                "domain": domain,
                "resolved_first": time_or_none(seen.first),
                "resolved_last": time_or_none(seen.last),
                "missing_since": time_or_none(missing.first) if missing.first > seen.last else None,
                "asked_last": time_or_none(missing.last),
                "queries": missing.count,
                "names": asked,
            }


def _is_glue(row: RRsetRow, apex: bytes) -> bool:
    """Whether an address came from above the domain: it can stay there when the domain is gone."""
    above = row.zone is not None and row.zone != apex and within(apex, row.zone)
    return above and row.rrtype in (TYPE_A, AAAA)


def _recovered(reader: Reader, asked: Asked) -> Iterator[Finding]:
    for name, rows in groupby(reader.walk(ROOT), itemgetter(0)):
        missing, failing = _Outage(), _Outage()
        for _, row in rows:  # failures come first
            if isinstance(row, RRsetRow):
                if row.last:
                    missing.seen(row)
                    failing.seen(row)
            elif row.rcode == RCODE_NXDOMAIN:
                missing.span.add(row)
            elif row.rcode in FAILING:
                failing.span.add(row)
        # A name that exists is hardly ever denied, while any name's servers fail at times.
        for outage, unsure in ((missing, True), (failing, False)):
            if outage.is_over(asked.days * DAY_S, unsure=unsure):
                yield {
                    "name": name_of(reversed_name(name)),
                    "how": "missing" if outage is missing else "failing",
                    "failed_since": time_or_none(outage.span.first),
                    "failed_until": time_or_none(outage.span.last),
                    "days": round((outage.span.last - outage.span.first) / DAY_S, 2),
                    "queries": outage.span.count,
                    "back_since": time_or_none(outage.after),
                    "between": "unknown" if outage.spanned else "nothing",
                }
                break


class _Outage:
    """A name's failures from the first to the last, and what was seen of it before, in between and after."""

    __slots__ = ("after", "before", "between", "span", "spanned")

    def __init__(self) -> None:
        self.span = Span()
        self.before = self.between = self.spanned = False
        self.after = 0  # seconds, the first time of what was first seen after it; 0: nothing

    def seen(self, row: RRsetRow) -> None:
        """Take an RRset, once all failures were taken."""
        if row.last <= self.span.first:
            self.before = True
        elif row.first >= self.span.last:
            self.after = min(self.after, row.first) if self.after else row.first
        elif row.first <= self.span.first and row.last >= self.span.last:
            self.spanned = True
        else:
            self.between = True

    def is_over(self, least_s: int, *, unsure: bool) -> bool:
        """Whether it took so long and is over; `unsure`: also if the name may have resolved meanwhile."""
        if not self.span.rows or self.between or self.span.last - self.span.first < least_s:
            return False
        if self.spanned:
            return unsure
        return self.before and self.after > 0


LIFETIMES = (
    Report(
        name="newly-observed",
        summary="names that were asked for and missing before they began to resolve",
        title="Names that were missing, and resolve now",
        help="Names that were denied (NXDOMAIN) before an RRset of them was first seen, and that resolve "
        "now: since when they were asked for, for how many days, and how often.",
        columns=(
            Column("name", "name"),
            QUERIES,
            Column("missing_since", "missing since", to_second),
            Column("resolved_since", "resolves since", to_second),
            Column("days", "days", str, right=True),
        ),
        find=_newly_observed,
        rank=queries_of,
        example="--format json | jq 'select(.days > 30)'",
    ),
    Report(
        name="expired",
        summary="domains that resolved, don't exist any more, and are still asked for",
        title="Domains that resolved, and are missing now",
        help="Registrable domains that the zone above denies (NXDOMAIN), after all that was seen of them: "
        "until when they resolved, since when they are missing, how often and for how many names they "
        "are still asked for. Addresses from above the domain (glue) don't count as resolving; names below "
        "arpa are no domains.",
        columns=(
            Column("domain", "domain"),
            QUERIES,
            Column("names", "names", number, right=True),
            Column("resolved_last", "resolved until", to_second),
            Column("missing_since", "missing since", to_second),
            Column("asked_last", "last asked for", to_second),
        ),
        find=_expired,
        rank=queries_of,
        example="--top 100",
        note="whoever registers one gets these queries; some registries take months to give one away",
    ),
    Report(
        name="recovered",
        summary="names that are back after ten days or more of failing",
        title="Names that are back",
        help="Names that were missing (NXDOMAIN) or failing (SERVFAIL, REFUSED and their like) for --days "
        "and resolve again. Where the same RRset was seen before and after, a store can't tell "
        "whether it was in between: such names come only if they were missing, with 'unknown'.",
        columns=(
            Column("name", "name"),
            QUERIES,
            Column("how", "was"),
            Column("failed_since", "since", to_second),
            Column("failed_until", "until", to_second),
            Column("days", "days", str, right=True),
            Column("back_since", "back since", to_second),
            Column("between", "in between"),
        ),
        find=_recovered,
        rank=lambda finding: (finding["between"] == "nothing", finding["days"]),
        example="--days 30",
    ),
)
