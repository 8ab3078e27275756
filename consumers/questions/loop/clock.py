"""The time of a stream, told by its records alone, so that a replay finds what the live stream would. Pure.

A producer's clock may be wrong, and a file may hold captures of different years. A record far from the
present is passed over and counted, unless its sensor has been right so far and the network was just quiet,
or so many in a row agree that it is the present that was wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Clock"]

DAY_NS = 86_400_000_000_000
NEAR_NS = DAY_NS  # either way; producers wait for a broker that is away, and records keep their time
QUIET_NS = 400 * DAY_NS  # ahead, of a sensor that was right; a small network may be quiet for long
AGREEING = 100  # records in a row, a day apart at most, that are believed against the present
SENSORS_MAX = 4096  # that are known as right, as many as the broker tracks


class Clock:
    """Knows the present: the latest time of the records that it let through, nanoseconds since the epoch."""

    def __init__(self) -> None:
        self.first_ns: int | None = None
        self.now_ns: int | None = None
        self.untimely = 0  # records passed over
        self._timely = 0
        self._right: set[str] = set()  # sensors
        self._doubted_ns = 0  # time of the last record passed over
        self._in_a_row = 0  # such records, with nothing let through in between

    def timely(self, records: Sequence[Any]) -> Sequence[Any]:
        """The records whose time can be; the same sequence where that is all of them."""
        times = [record["time_ns"] for record in records]
        if self._all_near(min(times), max(times)):
            self._in_a_row = 0
            self._timely += len(records)
            self._trust({_sensor(record) for record in records})
            return records
        return [record for record in records if self._is_timely(record["time_ns"], _sensor(record))]

    def _all_near(self, earliest: int, latest: int) -> bool:
        now = self.now_ns
        if now is None or not (now - NEAR_NS <= earliest and latest <= now + NEAR_NS):
            return False
        # As one by one: a late one must not be far from one of the same list that is before it.
        if latest - earliest > NEAR_NS:
            return False
        self.now_ns = max(now, latest)
        return True

    def _is_timely(self, time_ns: int, sensor: str) -> bool:
        now = self.now_ns
        if now is None:
            self.first_ns = self.now_ns = time_ns
        elif abs(time_ns - now) <= NEAR_NS or (now < time_ns <= now + QUIET_NS and sensor in self._right):
            self.now_ns = max(now, time_ns)
        elif self._is_agreed(time_ns):
            self._right.clear()
            self.first_ns, self.now_ns = min(self.first_ns or 0, time_ns), time_ns
        else:
            self.untimely += 1
            return False
        self._in_a_row = 0
        self._timely += 1
        self._trust({sensor})
        return True

    def _is_agreed(self, time_ns: int) -> bool:
        """Whether enough records in a row contradict the present: more than ever spoke for it will do."""
        if abs(time_ns - self._doubted_ns) > NEAR_NS:
            self._in_a_row = 0
        self._doubted_ns = time_ns
        self._in_a_row += 1
        return self._in_a_row >= min(AGREEING, self._timely + 1)

    def _trust(self, sensors: set[str]) -> None:
        if not sensors <= self._right and len(self._right) < SENSORS_MAX:
            self._right |= sensors


def _sensor(record: Any) -> str:
    """Whose clock a record has; that of servers/ is the broker's."""
    sensor: str = record.get("sensor", "")
    return sensor
