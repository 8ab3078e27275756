"""A question that gets its records in the order of their times, however the channels were packed.

Topics come as messages of their own, and which is first depends on the broker, its engine and the rate. So
records are held until there are as many again behind them, or somebody asks. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from nxcast.consumers.questions.loop.findings import Alert, Question, Section

__all__ = ["InTimeOrder"]

HELD = 4096  # records, as many as a batch of a producer gives, some 2 KiB each; at most twice as many


class InTimeOrder:
    """Has the form of a question; what is held is taken in when it is asked. Not for one that has alerts."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._held: list[Any] = []

    @property
    def forgotten(self) -> int:
        """Of the question."""
        return self._question.forgotten

    def take(self, records: Sequence[Any]) -> list[Alert]:
        """Take records in; nothing is an alert."""
        self._held += records
        if len(self._held) >= 2 * HELD:
            self._give(HELD)
        return []

    def sections(self) -> list[Section]:
        """All that is known now."""
        self._give(len(self._held))
        return self._question.sections()

    def _give(self, count: int) -> None:
        self._held.sort(key=_TIME)
        times = set(map(_TIME, self._held))
        if len(times) < len(self._held):
            self._held.sort(key=_place)
        self._question.take(self._held[:count])
        del self._held[:count]


_TIME = itemgetter("time_ns")


def _place(record: Any) -> tuple[Any, ...]:
    """By time, and those of one moment by what they are."""
    return (
        record["time_ns"],
        record["qname"] or "",
        record["qtype"] or 0,
        record.get("rcode", 0),
        record["sensor"],
    )
