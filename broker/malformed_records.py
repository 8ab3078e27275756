"""Which malformed input becomes a record of malformed/, and which is only counted. Pure.

Bounded by message, by sender and in all, so that no sender can fill the channel, or the store behind it, with
a few octets of its own. What becomes no record is counted: nothing is left out silently.
"""

from __future__ import annotations

from collections import Counter

from nxcast.schemas.records import MALFORMED_DATA_MAX, Malformed
from nxcast.schemas.units import SECOND_NS

__all__ = ["RECORDS_A_MESSAGE", "RECORDS_A_SECOND", "RECORDS_A_SENDER", "MalformedRecords"]

RECORDS_A_MESSAGE = 16  # enough to see what a producer does wrong: one fault spoils most frames the same way
RECORDS_A_SENDER = 64  # a second: four such messages; of 4 KiB each 256 KiB, 64 MiB in four minutes
RECORDS_A_SECOND = 256  # of all senders: 1 MiB a second, so 256 MiB of replay last for four minutes at worst


class MalformedRecords:
    """Makes the records; `withheld` counts what became none."""

    def __init__(self) -> None:
        self.withheld = 0
        self._second = 0
        self._made: Counter[str] = Counter()  # in this second, by sender: at most RECORDS_A_SECOND names
        self._sender = ""
        self._now_ns = 0
        self._left = 0  # of this message

    def begin(self, sender: str, now_ns: int) -> None:
        """A message begins; `sender` as far as it is known, the time in nanoseconds since 1970."""
        self._sender, self._now_ns = sender, now_ns
        self._left = RECORDS_A_MESSAGE
        second = now_ns // SECOND_NS
        if second != self._second:
            self._second = second
            self._made.clear()

    def make(self, sensor: str | None, reason: str, data: bytes) -> list[Malformed]:
        """The record of something in it, or none."""
        made = self._made
        if not self._left or made[self._sender] >= RECORDS_A_SENDER or made.total() >= RECORDS_A_SECOND:
            self.withheld += 1
            return []
        self._left -= 1
        made[self._sender] += 1
        return [
            {"time_ns": self._now_ns, "sensor": sensor, "reason": reason, "data": data[:MALFORMED_DATA_MAX]}
        ]
