"""How often something happened, by minute of the last hour and by quarter of an hour of the last day. Pure.

What happens is counted at its own time, so that the span which somebody looks at has the same failures in
every number. Times are seconds since 1970-01-01 UTC, and now is what the broker's clock says.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

__all__ = ["CountsByTime", "Span", "last_hour", "span_of"]

MINUTE_S, QUARTER_S = 60, 900
MINUTES = 60  # of an hour
MINUTES_KEPT, QUARTERS_KEPT = 75, 97  # an hour and a day, and what a span that begins with them touches


class Span(NamedTuple):
    """Whole periods of `step` seconds, from the period number `first` to the one before `until`."""

    step: int
    first: int
    until: int

    @property
    def begin_s(self) -> int:
        """When it begins."""
        return self.first * self.step

    @property
    def end_s(self) -> int:
        """The first second after it."""
        return self.until * self.step


def span_of(begin_s: int, end_s: int, now_s: int) -> Span:
    """The periods that a span of time touches, of those that are kept; minutes where they go so far back."""
    minutes = begin_s // MINUTE_S > now_s // MINUTE_S - MINUTES_KEPT
    step, kept = (MINUTE_S, MINUTES_KEPT) if minutes else (QUARTER_S, QUARTERS_KEPT)
    after = now_s // step + 1
    first = max(begin_s // step, after - kept)
    return Span(step, first, max(min(-(-end_s // step), after), first))


def last_hour(now_s: int) -> Span:
    """The present minute and those before it."""
    after = now_s // MINUTE_S + 1
    return Span(MINUTE_S, after - MINUTES, after)


class CountsByTime:
    """Of one thing; 1 KB."""

    __slots__ = ("_minutes", "_quarters")

    def __init__(self) -> None:
        self._minutes = _Ring(MINUTES_KEPT)
        self._quarters = _Ring(QUARTERS_KEPT)

    def add(self, second: int, now_s: int, count: int = 1) -> None:
        """It happened, so often; long ago is not counted."""
        self._minutes.add(second // MINUTE_S, now_s // MINUTE_S, count)
        self._quarters.add(second // QUARTER_S, now_s // QUARTER_S, count)

    def within(self, span: Span) -> int:
        """How often in a span."""
        ring = self._minutes if span.step == MINUTE_S else self._quarters
        return ring.total(span.first, span.until)

    def minutes(self, now_s: int) -> list[int]:
        """Of each of the last minutes, the present one last."""
        hour = last_hour(now_s)
        return self._minutes.each(hour.first, hour.until)


class _Ring:
    """Counts of the last periods."""

    __slots__ = ("_counts", "_last")

    def __init__(self, length: int) -> None:
        self._counts = array("I", [0] * length)
        self._last = 0

    def add(self, period: int, now: int, count: int) -> None:
        if now != self._last:
            self._turn(now)
        if self._last - len(self._counts) < period <= self._last:
            self._counts[period % len(self._counts)] += count

    def total(self, first: int, until: int) -> int:
        """Of the periods from `first` to before `until`."""
        length = len(self._counts)
        first, until = max(first, self._last - length + 1), min(until, self._last + 1)
        if first >= until:
            return 0
        begin, end = first % length, (until - 1) % length + 1
        if begin < end:
            return sum(self._counts[begin:end])
        return sum(self._counts[begin:]) + sum(self._counts[:end])

    def each(self, first: int, until: int) -> list[int]:
        """Of each period from `first` to before `until`; 0 where none is kept."""
        length, last = len(self._counts), self._last
        return [
            self._counts[period % length] if last - length < period <= last else 0
            for period in range(first, until)
        ]

    def _turn(self, now: int) -> None:
        length = len(self._counts)
        if abs(now - self._last) >= length:  # long ago, or the broker's clock was set back
            self._counts = array("I", [0] * length)
            self._last = now
            return
        for passed in range(self._last + 1, now + 1):
            self._counts[passed % length] = 0
        self._last = max(self._last, now)
