"""Which batches of each producer arrived, and which of those can be relied on. Pure.

A producer is a sensor and an epoch. What is missing from its numbers may still come, so gaps are remembered;
a number that came already is a repetition. The first batch of a sensor sets its baseline, and so does that of
a lower epoch not heard before; a rise of the epoch is a restart, and counts from 1. A batch is settled when
the log says so of the commit that it is in. What was taken can be kept and restored, so that a batch sent
again to the next broker is known. What became of a batch is told, to be counted elsewhere.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.requests import MISSING_MAX

__all__ = ["NUMBERINGS_MAX", "Arrival", "Arrivals", "Place", "Taken"]

# Producers remembered, the one silent longest goes first; at about 500 octets each 4 MiB. One made to hurt
# has 64 missing ranges of 150 octets: 80 MiB.
NUMBERINGS_MAX = 8192
NAMES_MAX = 4096  # sensors whose highest epoch is remembered; at most 300 octets each, 1.2 MiB
UNSETTLED_MAX = 64  # commits told apart until they are settled; the last one takes in what is beyond

Producer = tuple[str, int]  # sensor, epoch
Taken = list[tuple[str, int, int, list[tuple[int, int]]]]
"""Of producers: sensor, epoch, the highest number taken, and the ranges missing below it."""


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


class Arrivals:
    """The numbers of all producers."""

    def __init__(self) -> None:
        self._epochs: OrderedDict[str, int] = OrderedDict()  # by sensor, the highest
        self._numberings: OrderedDict[Producer, _Numbering] = OrderedDict()
        self._uncommitted: dict[Producer, int] = {}  # the lowest number of each since the last commit
        self._unsettled: deque[tuple[int, dict[Producer, int]]] = deque()  # by number of the commit

    def take(self, header: BatchHeader) -> Arrival:
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
            self._uncommitted[producer] = min(self._uncommitted.get(producer, sequence), sequence)
        # Without `held` nothing is ever sent again: the number of a repetition is wrong, not its frames.
        return Arrival(place, missing, restarted, wanted=place is not Place.REPEATED or held is None)

    def wants(self, header: BatchHeader) -> bool:
        """Whether `take` would say that a batch's frames are to be published; takes nothing."""
        numbering = self._numberings.get((header["sensor"], header["epoch"]))
        return numbering is None or header.get("held") is None or numbering.lacks(header["sequence"])

    @property
    def uncommitted(self) -> bool:
        """Whether a batch was taken since the last commit."""
        return bool(self._uncommitted)

    def taken(self) -> Taken:
        """The producers of batches taken since the last commit, as they stand."""
        return self._states(self._uncommitted)

    def state(self) -> Taken:
        """All producers as they stand."""
        return self._states(self._numberings)

    def restore(self, taken: Iterable[Taken]) -> None:
        """Go on where these say, the later ones counting."""
        for each in taken:
            for sensor, epoch, highest, missing in each:
                self._begin(sensor, epoch, highest)
                numbering = self._numberings[sensor, epoch] = _Numbering(highest)
                numbering.missing = [(first, last) for first, last in missing]

    def committed(self, number: int) -> None:
        """All batches taken so far are in commits up to this number."""
        lowest, self._uncommitted = self._uncommitted, {}
        if not lowest:
            return
        if len(self._unsettled) >= UNSETTLED_MAX:
            for producer, sequence in self._unsettled.pop()[1].items():
                lowest[producer] = min(lowest.get(producer, sequence), sequence)
        self._unsettled.append((number, lowest))

    def settle(self, number: int) -> None:
        """Commits up to this number can be relied on."""
        while self._unsettled and self._unsettled[0][0] <= number:
            self._unsettled.popleft()

    def settled(self, producer: Producer) -> tuple[int, list[list[int]]]:
        """The number up to which a producer's batches are settled, and the ranges missing up to it."""
        numbering = self._numberings.get(producer)
        if numbering is None:
            return 0, []
        lowest = [each[producer] - 1 for each in self._waiting() if producer in each]
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
            for lowest in self._waiting():
                lowest.pop(forgotten, None)
        return restarted

    def _waiting(self) -> Iterator[dict[Producer, int]]:
        """The lowest numbers of batches that are not settled."""
        yield self._uncommitted
        for _, lowest in self._unsettled:
            yield lowest

    def _states(self, producers: Iterable[Producer]) -> Taken:
        found = ((producer, self._numberings.get(producer)) for producer in producers)
        return [(*producer, each.highest, each.missing) for producer, each in found if each is not None]
