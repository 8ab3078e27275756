"""The time of a stream, told by its records alone, so that a replay finds what the live stream would. Pure.

A producer's clock may be wrong, and a file may hold captures of different years. A record far from the
present is passed over and counted, unless so many come in a row that it is the present that was wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Clock"]

DAY_NS = 86_400_000_000_000
LATE_NS = DAY_NS  # behind the present; producers wait for a broker that is away, and records keep their time
AHEAD_NS = 400 * DAY_NS  # ahead of it; a small network's channel may be quiet for long, a year at most
AGREEING = 100  # records in a row that are far from the present, after which they are the present


class Clock:
    """Knows the present: the latest time of the records that it let through, nanoseconds since the epoch."""

    def __init__(self) -> None:
        self.first_ns: int | None = None
        self.now_ns: int | None = None
        self.untimely = 0  # records passed over
        self._in_a_row = 0

    def timely(self, records: Sequence[Any]) -> Sequence[Any]:
        """The records whose time can be; the same sequence where that is all of them."""
        times = [record["time_ns"] for record in records]
        if self._all_near(min(times), max(times)):
            self._in_a_row = 0
            return records
        return [record for record in records if self._is_timely(record["time_ns"])]

    def _all_near(self, earliest: int, latest: int) -> bool:
        now = self.now_ns
        if now is None or not (now - LATE_NS <= earliest and latest <= now + AHEAD_NS):
            return False
        # As one by one: a late one must not be late for one of the same batch that is before it.
        if latest - earliest > LATE_NS:
            return False
        self.now_ns = max(now, latest)
        return True

    def _is_timely(self, time_ns: int) -> bool:
        now = self.now_ns
        if now is not None and not now - LATE_NS <= time_ns <= now + AHEAD_NS:
            self._in_a_row += 1
            if self._in_a_row < AGREEING:
                self.untimely += 1
                return False
            now = None
        self._in_a_row = 0
        if self.first_ns is None:
            self.first_ns = time_ns
        self.now_ns = time_ns if now is None else max(now, time_ns)
        return True
