"""One question being answered: records in, alerts as they come, reports when they are due.

Records decide when a report is due, never the clock of this machine, so that a replay of a file reports what
the live stream did, however the records are cut into lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nxcast.consumers.client.events import Losses
from nxcast.consumers.questions.loop.clock import NEAR_NS, Clock
from nxcast.consumers.questions.loop.findings import First, Question, Summary
from nxcast.consumers.questions.loop.report import Reports
from nxcast.schemas.units import SECOND_NS

__all__ = ["Inquiry"]

NOTHING_LOST = Losses()


class Inquiry:
    """Gives a question its records and shows what it finds; a report each `every` seconds of the records."""

    def __init__(
        self,
        name: str,
        question: Question,
        shown: Reports,
        *,
        every: float | None = None,
        first: First | None = None,
    ) -> None:
        self._name = name
        self._question = question
        self._shown = shown
        self._first = first
        self._every_ns = None if every is None else max(round(every * SECOND_NS), 1)
        self._due_ns: int | None = None
        self._clock = Clock()
        self._records = 0
        self._lost_before = NOTHING_LOST

    def take(self, records: Sequence[Any], lost: Losses = NOTHING_LOST) -> None:
        """Take records in; `lost`: of the channel, so far."""
        timely = self._clock.timely(records) if records else records
        start = 0
        if self._every_ns is not None:
            for index, record in enumerate(timely):
                due_ns = self._due(record["time_ns"], self._every_ns)
                if due_ns is not None:
                    self._give(timely[start:index])
                    self._report(due_ns, lost, final=False)
                    start = index
        self._give(timely[start:])

    def picture(self, lost: Losses = NOTHING_LOST, source: str = "") -> None:
        """Show what is known now, without ending a window; `source` is what comes in, for people."""
        summary = replace(self._summary(self._clock.now_ns, lost, final=False), source=source, passing=True)
        self._shown.report(self._question.sections(), summary)

    def end(self, lost: Losses = NOTHING_LOST) -> None:
        """Show the last report."""
        self._report(self._clock.now_ns, lost, final=True)

    def _give(self, records: Sequence[Any]) -> None:
        if records:
            self._records += len(records)
            for alert in self._question.take(records):
                self._shown.alert(alert)

    def _due(self, time_ns: int, every_ns: int) -> int | None:
        """The time of a report that must come before a record of this time, if one must."""
        due_ns = self._due_ns
        if due_ns is None or time_ns < due_ns - every_ns - NEAR_NS:  # the clock was set back
            self._due_ns = time_ns + every_ns
            return None
        if time_ns < due_ns:
            return None
        self._due_ns = time_ns - (time_ns - due_ns) % every_ns + every_ns
        return due_ns

    def _report(self, until_ns: int | None, lost: Losses, *, final: bool) -> None:
        self._shown.report(self._question.sections(), self._summary(until_ns, lost, final=final))
        self._lost_before = lost

    def _summary(self, until_ns: int | None, lost: Losses, *, final: bool) -> Summary:
        return Summary(
            question=self._name,
            first_ns=self._clock.first_ns,
            last_ns=until_ns,
            records=self._records,
            untimely=self._clock.untimely,
            lost=lost.since(self._lost_before),
            lost_in_all=lost,
            forgotten=self._question.forgotten,
            final=final,
            waiting=self._waiting(until_ns),
        )

    def _waiting(self, until_ns: int | None) -> str:
        """When a first finding can come; empty where it can have."""
        if self._first is None:
            return ""
        takes = f"a first {self._first.what} takes {self._first.takes} of records"
        if until_ns is None or self._clock.first_ns is None:
            return f"{takes}, and none has come"
        left_ns = self._first.due(self._clock.first_ns) - until_ns
        return f"{takes}: it can come in {_span(left_ns)}" if left_ns > 0 else ""


def _span(nanoseconds: int) -> str:
    """Rounded up: 45 s, 12 min, 3 h, 2 days."""
    seconds = -(-nanoseconds // SECOND_NS)
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds > size:
            return f"{-(-seconds // size)} {unit}"
    return f"{seconds} s"
