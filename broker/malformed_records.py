"""Which malformed input becomes a record of malformed/, and which is only counted. Pure.

Bounded by message, by sender and in all, so that no sender can fill the channel, or the store behind it, with
a few octets of its own. What becomes no record is counted: nothing is left out silently.
"""

from __future__ import annotations

from collections import Counter

from nxcast.schemas.records import MALFORMED_DATA_MAX, Malformed
from nxcast.schemas.units import SECOND_NS

__all__ = ["RECORDS_A_MESSAGE", "RECORDS_A_SECOND", "RECORDS_A_SENDER", "MalformedRecords", "MessageRecords"]

RECORDS_A_MESSAGE = 16  # enough to see what a producer does wrong: one fault spoils most frames the same way
RECORDS_A_SENDER = 64  # a second: four such messages; of 4 KiB each 256 KiB, 64 MiB in four minutes
RECORDS_A_SECOND = 256  # of all senders: 1 MiB a second, so 256 MiB of replay last for four minutes at worst


class MalformedRecords:
    """Of all messages; `withheld` counts what became no record."""

    def __init__(self) -> None:
        self.withheld = 0
        self.made: Counter[str] = Counter()  # in this second, by sender: at most RECORDS_A_SECOND names
        self._second = 0

    def of_message(self, sender: str, now_ns: int) -> MessageRecords:
        """Those of a message that begins; `sender` as far as it is known, time in nanoseconds since 1970."""
        second = now_ns // SECOND_NS
        if second != self._second:
            self._second = second
            self.made.clear()
        return MessageRecords(self, sender, now_ns)


class MessageRecords:
    """Of one message, that came of `sender` at `now_ns`."""

    def __init__(self, records: MalformedRecords, sender: str, now_ns: int) -> None:
        self.now_ns = now_ns
        self._all = records
        self.sender = sender
        self._left = RECORDS_A_MESSAGE

    def make(self, sensor: str | None, reason: str, data: bytes | memoryview) -> list[Malformed]:
        """The record of something in it, or none."""
        made = self._all.made
        if not self._left or made[self.sender] >= RECORDS_A_SENDER or made.total() >= RECORDS_A_SECOND:
            self._all.withheld += 1
            return []
        self._left -= 1
        made[self.sender] += 1
        cut = bytes(data[:MALFORMED_DATA_MAX])
        return [{"time_ns": self.now_ns, "sensor": sensor, "reason": reason, "data": cut}]
