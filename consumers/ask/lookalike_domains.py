"""The report about domains that look like one's own and are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from nxcast.consumers.ask.lifetimes import by_domain
from nxcast.consumers.ask.store_report import Asked, Finding, Report, Span, queries_of, time_or_none
from nxcast.consumers.names.domains import registrable
from nxcast.consumers.names.lookalike import Lookalikes
from nxcast.consumers.questions.loop.findings import Column, number, to_second
from nxcast.consumers.show.console import CommandError
from nxcast.consumers.store.lookups import Reader
from nxcast.consumers.store.observation import ROOT
from nxcast.consumers.store.rows import RRsetRow

__all__ = ["LOOKALIKES"]

MINE_MAX = 10_000  # domains that others are held against; 4 KB each, 40 MB; 200 MB if all are of full length
RESOLVES, FAILS = "resolves", "fails"


def _lookalikes(reader: Reader, asked: Asked) -> Iterator[Finding]:
    mine = {domain for domain in map(registrable, asked.mine) if domain is not None}
    if not mine:
        raise CommandError("--mine has no domain that anybody registers, such as example.com")
    if len(mine) > MINE_MAX:
        raise CommandError(f"--mine has over {MINE_MAX:,} domains: ask about fewer")
    known = Lookalikes(mine)
    for domain, rows in by_domain(reader.walk(ROOT)):
        alike = known.of(domain)
        if alike is None:
            continue
        seen, failed = Span(), Span()
        for row in rows:
            if row.last:
                (seen if isinstance(row, RRsetRow) else failed).add(row)
        if seen.rows or failed.rows:
            yield {
                "domain": domain,
                "like": alike.mine,
                "how": alike.how,
                "state": RESOLVES if seen.last >= failed.last else FAILS,
                "first_seen": time_or_none(min(each.first for each in (seen, failed) if each.rows)),
                "last_seen": time_or_none(max(seen.last, failed.last)),
                "queries": seen.count + failed.count,
            }


LOOKALIKES = Report(
    name="lookalikes",
    summary="domains that look like mine and are asked for",
    title="Domains that look like mine",
    help="Registrable domains that look like those of --mine and that somebody asked for: the label "
    "under another suffix; or under the same one a typo (a character lost, added or exchanged, in "
    "labels of five or more), a transposition, or a homoglyph (rn for m, 1 for l, letters of "
    "other scripts). 'resolves' or 'fails' is what was seen last.",
    columns=(
        Column("domain", "domain"),
        Column("queries", "observations", number, right=True),
        Column("like", "looks like"),
        Column("how", "how"),
        Column("state", "state"),
        Column("first_seen", "first seen", to_second),
        Column("last_seen", "last seen", to_second),
    ),
    find=_lookalikes,
    rank=queries_of,
    example="--mine mine.txt",
    needs_rrsets=False,
    mine=True,
)
