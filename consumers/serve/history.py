"""The one timeline of a name, /v1/history/NAME: what it resolved to, when it was missing, if it is back.

The first object is its state, the others what was seen, by when that began. A store keeps the first and the
last time of each, so `back_since` is told where something new was seen after the name was last missing, and
`back_by` where only something older was: it was back by then at the latest.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from nxcast.consumers.serve.asked import Asked, AskedError, name_first
from nxcast.consumers.serve.failure_answers import failure_object
from nxcast.consumers.serve.framing import framed, picked
from nxcast.consumers.serve.matching import names_asked
from nxcast.consumers.serve.objects import ends_of, moment, rrset_object
from nxcast.consumers.serve.streaming import Limited, Lines, Work
from nxcast.consumers.store.lookups import Reader, Side
from nxcast.consumers.store.rows import FailureRow, RRsetRow
from nxcast.schemas.codes import RCODE_NOERROR, RCODE_NXDOMAIN
from nxcast.schemas.message import name_of

__all__ = ["history_answer", "state_of"]

ROWS_MAX = 2000  # rows of a name in its history, put in order in memory; of 0.5 KB besides RDATA, 1 MB
OCTETS_MAX = 1 << 20  # of their RDATA, and one RRset on top
RESOLVED, MISSING, NODATA, FAILING = "resolved", "missing", "nodata", "failing"

Row = RRsetRow | FailureRow


def history_answer(words: list[str], asked: Asked, reader: Reader, work: Work) -> Lines:
    """The lines of a name's history; AskedError where there is no such path."""
    word, *more = name_first(words)
    names = names_asked(word)
    if more or names.side is not Side.NONE:
        raise AskedError("/v1/history/ has one name behind it", 404)
    rows: Iterator[Row | None] = chain(
        reader.rrsets(names, lambda _: True), reader.failures(names, lambda _: True)
    )
    within = Asked(limit=min(asked.limit, ROWS_MAX), offset=asked.offset)
    return framed(_objects(picked(rows, within, work, lambda _: True), names.name, human=asked.human))


def state_of(rows: list[Row]) -> dict[str, int | str]:
    """What was seen last, and since and until when a name resolved, was missing and failed; in seconds."""
    seen: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        if row.last:  # what only a zone file has was not seen
            seen.setdefault(_kind(row), []).append((row.first, row.last))
    told: dict[str, int | str] = {"state": "unknown"}
    if not seen:
        return told
    until = {kind: max(last for _, last in times) for kind, times in seen.items()}
    told["state"] = max(until, key=lambda kind: (until[kind], kind))
    for kind in (RESOLVED, MISSING, NODATA, FAILING):
        if kind in seen:
            told[f"{kind}_since"] = min(first for first, _ in seen[kind])
            told[f"{kind}_until"] = until[kind]
    if MISSING in until and until.get(RESOLVED, 0) > until[MISSING]:
        new = [first for first, _ in seen[RESOLVED] if first > until[MISSING]]
        told.update({"back_since": min(new)} if new else {"back_by": until[RESOLVED]})
    return told


def _objects(found: Iterator[Row | None], name: bytes, *, human: bool) -> Iterator[dict[str, Any] | None]:
    rows: list[Row] = []
    octets = 0
    limited: Limited | None = None
    try:
        for row in found:
            yield None
            if row is not None:
                rows.append(row)
                octets += sum(map(len, row.rdata)) if isinstance(row, RRsetRow) else 0
                if octets > OCTETS_MAX:
                    raise Limited(f"over {OCTETS_MAX} octets of RDATA")
    except Limited as error:
        limited = error
    told = state_of(rows)
    times = {
        key: moment(value, human=human) if isinstance(value, int) else value for key, value in told.items()
    }
    yield {"name": name_of(name), **times}
    for row in sorted(rows, key=_begun):
        if isinstance(row, RRsetRow):
            yield {"state": RESOLVED, **rrset_object(row, human=human)}
        else:
            yield {"state": _kind(row), **failure_object(row, human=human)}
    if limited is not None:
        raise limited


def _kind(row: Row) -> str:
    if isinstance(row, RRsetRow):
        return RESOLVED
    return {RCODE_NXDOMAIN: MISSING, RCODE_NOERROR: NODATA}.get(row.rcode, FAILING)


def _begun(row: Row) -> tuple[int, int]:
    return ends_of(row) if isinstance(row, RRsetRow) else (row.first, row.last)
