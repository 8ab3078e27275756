"""Which batches of each producer arrived, and which of those are safe: published, and out for a while. Pure.

A producer is a sensor and an epoch. What is missing from its numbers may still come, so gaps are remembered;
a number that came already is a repetition. The first batch of a sensor sets its baseline, and so does that of
a lower epoch not heard before; a rise of the epoch is a restart, and counts from 1. A batch is settled
`SETTLE_NS` after all that it gave has left the outbox: by then it is on its way to those who subscribe, and
not only in a process that may be killed. What became of a batch is told, to be counted elsewhere.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from enum import Enum
from typing import NamedTuple

from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.requests import MISSING_MAX

__all__ = ["NUMBERINGS_MAX", "SETTLE_NS", "Arrival", "Arrivals", "Place"]

# Producers remembered, the one silent longest goes first; at about 500 octets each 4 MiB. One made to hurt
# has 64 missing ranges of 150 octets: 80 MiB.
NUMBERINGS_MAX = 8192
NAMES_MAX = 4096  # sensors whose highest epoch is remembered; at most 300 octets each, 1.2 MiB
SETTLE_NS = 250_000_000  # nanoseconds from published to settled; ZeroMQ's threads need a few milliseconds
ROUND_NS = 50_000_000  # nanoseconds of batches that settle together
ROUNDS_MAX = 8  # rounds not settled: 250 ms of 50 ms each, and some for the linger; the last one grows beyond

Producer = tuple[str, int]  # sensor, epoch


class Place(Enum):
    """Where in its producer's numbers a batch is."""

    NEW = "above all that came"
    LATE = "it was missing"
    REPEATED = "it came before, or was given up"


class Arrival(NamedTuple):
    """What a batch's number says. `missing`: how many batches more are missing since, by a new one."""

    place: Place
    missing: int
    restarted: bool
    """The first of its epoch, which is higher than all before it."""
    wanted: bool
    """Its frames are to be published: not those of a batch that its producer only sent again."""


class _Numbering:
    """The numbers of one producer: the highest taken, and the ranges missing below it, in order."""

    __slots__ = ("highest", "missing")

    def __init__(self, baseline: int) -> None:
        self.highest = baseline
        self.missing: list[tuple[int, int]] = []

    def take(self, sequence: int) -> tuple[Place, int]:
        """Where this batch is, and how many more are missing by it."""
        last, self.highest = self.highest, max(sequence, self.highest)
        if sequence > last:
            if sequence > last + 1:
                self._keep([*self.missing, (last + 1, sequence - 1)])
            return Place.NEW, sequence - last - 1
        for at, (first, end) in enumerate(self.missing):
            if first <= sequence <= end:
                parts = ((first, sequence - 1), (sequence + 1, end))
                left = [(low, high) for low, high in parts if low <= high]
                self._keep([*self.missing[:at], *left, *self.missing[at + 1 :]])
                return Place.LATE, 0
        return Place.REPEATED, 0

    def lacks(self, sequence: int) -> bool:
        """Whether a batch has not come, and was not given up."""
        return sequence > self.highest or any(first <= sequence <= last for first, last in self.missing)

    def give_up(self, held: int) -> None:
        """Forget what is missing below a number: it won't come."""
        if self.missing and self.missing[0][0] < held:
            self.missing = [(max(first, held), last) for first, last in self.missing if last >= held]

    def _keep(self, missing: list[tuple[int, int]]) -> None:
        self.missing = missing[-MISSING_MAX:]


class _Round:
    """Batches taken one after another, by producer the lowest number."""

    __slots__ = ("lowest", "opened_ns", "out_ns", "taken_ns")

    def __init__(self, now_ns: int) -> None:
        self.opened_ns = self.taken_ns = now_ns
        self.out_ns: int | None = None  # since when all that they gave is published
        self.lowest: dict[Producer, int] = {}

    def settled(self, now_ns: int) -> bool:
        return self.out_ns is not None and now_ns - self.out_ns >= SETTLE_NS


class Arrivals:
    """The numbers of all producers."""

    def __init__(self) -> None:
        self._epochs: OrderedDict[str, int] = OrderedDict()  # by sensor, the highest
        self._numberings: OrderedDict[Producer, _Numbering] = OrderedDict()
        self._rounds: deque[_Round] = deque()

    def take(self, header: BatchHeader, now_ns: int) -> Arrival:
        """Take a batch; with `held` in its header its producer can still send again from that number on."""
        sensor, epoch, sequence = header["sensor"], header["epoch"], header["sequence"]
        held = header.get("held")
        restarted = self._begin(sensor, epoch, max(min(sequence if held is None else held, sequence) - 1, 0))
        producer = (sensor, epoch)
        self._numberings.move_to_end(producer)
        numbering = self._numberings[producer]
        place, missing = numbering.take(sequence)
        if held is not None:
            numbering.give_up(held)
        if place is not Place.REPEATED:
            lowest = self._round(now_ns).lowest
            lowest[producer] = min(lowest.get(producer, sequence), sequence)
        # Without `held` nothing is ever sent again: the number of a repetition is wrong, not its frames.
        return Arrival(place, missing, restarted, wanted=place is not Place.REPEATED or held is None)

    def wants(self, header: BatchHeader) -> bool:
        """Whether `take` would say that a batch's frames are to be published; takes nothing."""
        numbering = self._numberings.get((header["sensor"], header["epoch"]))
        return numbering is None or header.get("held") is None or numbering.lacks(header["sequence"])

    def settle(self, now_ns: int, waiting_since_ns: int | None) -> None:
        """Take note that all records have gone out but those taken since then; None: all have."""
        for each in self._rounds:
            if each.out_ns is not None:
                each.out_ns = min(each.out_ns, now_ns)  # the clock may have been set back
            elif waiting_since_ns is None or waiting_since_ns > each.taken_ns:
                each.out_ns = now_ns
        while self._rounds and self._rounds[0].settled(now_ns):
            self._rounds.popleft()

    def settled(self, producer: Producer) -> tuple[int, list[list[int]]]:
        """The number up to which a producer's batches are settled, and the ranges missing up to it."""
        numbering = self._numberings.get(producer)
        if numbering is None:
            return 0, []
        lowest = [each.lowest[producer] - 1 for each in self._rounds if producer in each.lowest]
        sequence = min([numbering.highest, *lowest])
        missing = [[first, min(last, sequence)] for first, last in numbering.missing if first <= sequence]
        return sequence, missing

    def _begin(self, sensor: str, epoch: int, baseline: int) -> bool:
        """Count a producer's batches, unless that is done, after number `baseline`; whether it restarted."""
        highest = self._epochs.pop(sensor, None)
        self._epochs[sensor] = max(epoch, highest or 0)
        if len(self._epochs) > NAMES_MAX:
            self._epochs.popitem(last=False)
        if (sensor, epoch) in self._numberings:
            return False
        restarted = highest is not None and epoch > highest
        self._numberings[sensor, epoch] = _Numbering(0 if restarted else baseline)
        if len(self._numberings) > NUMBERINGS_MAX:
            forgotten, _ = self._numberings.popitem(last=False)
            for each in self._rounds:
                each.lowest.pop(forgotten, None)
        return restarted

    def _round(self, now_ns: int) -> _Round:
        """The round of a batch taken now: the last one if it is young, or if there are enough."""
        rounds = self._rounds
        if not rounds or (now_ns - rounds[-1].opened_ns >= ROUND_NS and len(rounds) < ROUNDS_MAX):
            rounds.append(_Round(now_ns))
        rounds[-1].taken_ns, rounds[-1].out_ns = now_ns, None
        return rounds[-1]
