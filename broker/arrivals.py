"""Which batches of each producer arrived, and which of those can be relied on. Pure.

A producer is a sensor and an epoch. What is missing from its numbers may still come, so gaps are remembered;
a number that came already is a repetition. What was refused for want of room has not come, and nothing above
it is taken before it has, so that however much is refused, it is one range. The first batch of a sensor sets
its baseline, and so does that of a lower epoch not heard before; a rise of the epoch is a restart, and counts
from 1. A batch is settled when the log says so of the commit that it is in. A batch so long that it is
published in parts is taken with the last of them; how far it came is kept meanwhile. What was taken can be
kept and restored, so that a batch sent again to the next broker is known, and of one that was published in
part only the rest is published. What became of a batch is told, to be counted elsewhere.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.request_answers import MISSING_MAX

__all__ = ["NUMBERINGS_MAX", "REFUSED_MAX", "Arrival", "Arrivals", "Place", "Taken"]

# Producers remembered, the one silent longest goes first; at about 500 octets each 4 MiB. One made to hurt
# has 64 missing ranges of 150 octets: 80 MiB.
NUMBERINGS_MAX = 8192
NAMES_MAX = 4096  # sensors whose highest epoch is remembered; at most 300 octets each, 1.2 MiB
# Batches published in part: one of each sender's is, and a few that were when a broker was killed and that
# nobody sent again; at about 300 octets each 0.3 MiB. One forgotten may be published twice.
PARTS_MAX = 1024
NONE_TAKEN = -1  # as the highest number of a producer
# Producers remembered of whose batches some were refused; at about 300 octets each 1.2 MiB. The one refused
# first is forgotten first, and sends again when it has been told nothing for a while.
REFUSED_MAX = 4096
UNSETTLED_MAX = 64  # commits told apart until they are settled; the last one takes in what is beyond

Producer = tuple[str, int]  # sensor, epoch
BatchPlace = tuple[str, int, int]  # sensor, epoch, number
Pairs = list[tuple[int, int]]
Taken = list[tuple[str, int, int, Pairs, *tuple[Pairs, ...]]]
"""Of producers: sensor, epoch, the highest number taken (-1: none), and the ranges missing below it.

Where batches of one are published in part, their numbers and how many frames of each are follow.
"""


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


NEXT = Arrival(Place.NEW, 0, restarted=False, wanted=True)


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

    def from_on(self, sequence: int) -> int:
        """The lowest number from this one on that it lacks."""
        if sequence > self.highest:
            return sequence
        for first, last in self.missing:
            if sequence <= last:
                return max(first, sequence)
        return self.highest + 1

    def parts(self, sequence: int) -> int:
        """How many ranges are missing once this batch is taken."""
        if sequence > self.highest:
            return len(self.missing) + (sequence > self.highest + 1)
        return len(self.missing) + any(first < sequence < last for first, last in self.missing)

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
        # The lowest and the highest number refused, while those between have not come again.
        self._refused: OrderedDict[Producer, tuple[int, int]] = OrderedDict()
        self._uncommitted: dict[Producer, int] = {}  # the lowest number of each since the last commit
        self._parts: OrderedDict[BatchPlace, int] = OrderedDict()  # frames published of those in part
        self._numbers_in_part: dict[Producer, set[int]] = {}  # of the same batches
        self._under_way: set[BatchPlace] = set()  # those of them that this broker is at
        self._parted: set[Producer] = set()  # of which a part was published since the last commit
        self._unsettled: deque[tuple[int, dict[Producer, int]]] = deque()  # by number of the commit

    def take(self, header: BatchHeader) -> Arrival:
        """Take a batch; with `held` in its header its producer can still send again from that number on."""
        sensor, epoch, sequence = header["sensor"], header["epoch"], header["sequence"]
        producer = (sensor, epoch)
        if self._take_next(producer, sequence):
            return NEXT
        held = header.get("held")
        restarted = self._begin(sensor, epoch, max(min(sequence if held is None else held, sequence) - 1, 0))
        self._numberings.move_to_end(producer)
        numbering = self._numberings[producer]
        place, missing = numbering.take(sequence)
        if self._parts or self._under_way:
            self._forget_part((sensor, epoch, sequence))
        if held is not None:
            numbering.give_up(held)
            if self._parts:
                self._forget_parts(producer, held)
        if place is not Place.REPEATED:
            self._uncommitted[producer] = min(self._uncommitted.get(producer, sequence), sequence)
        # Without `held` nothing is ever sent again: the number of a repetition is wrong, not its frames.
        return Arrival(place, missing, restarted, wanted=place is not Place.REPEATED or held is None)

    def wants(self, header: BatchHeader) -> bool:
        """Whether `take` would say that a batch's frames are to be published; takes nothing."""
        sequence, numbering = header["sequence"], self._numberings.get((header["sensor"], header["epoch"]))
        if numbering is None or sequence > numbering.highest:
            return True
        return header.get("held") is None or numbering.lacks(sequence)

    def part(self, header: BatchHeader) -> int:
        """How many frames of a batch were published before, by a broker that did not come to its end."""
        if not self._parts or header.get("held") is None:
            return 0
        return self._parts.get(_place(header), 0)

    def under_way(self, header: BatchHeader) -> bool:
        """Whether a part of a batch was published by this broker, and the rest will be."""
        return header.get("held") is not None and _place(header) in self._under_way

    def publish_part(self, header: BatchHeader, frames: int) -> None:
        """So many frames of a batch have given what they give, and others will; then it is taken."""
        if header.get("held") is None:  # it is never sent again
            return
        place = _place(header)
        self._under_way.add(place)
        self._parted.add(place[:2])
        self._keep_part(place, frames)

    @property
    def refusing(self) -> bool:
        """Whether some batch was refused that has not come again."""
        return bool(self._refused)

    def refuse(self, header: BatchHeader) -> None:
        """There is no room for a batch: its producer has to send it again, before any above it."""
        producer, sequence = (header["sensor"], header["epoch"]), header["sequence"]
        if "held" not in header or not self.wants(header):
            return
        low, high = self._refused.get(producer, (sequence, sequence))
        self._refused[producer] = min(low, sequence), max(high, sequence)
        if len(self._refused) > REFUSED_MAX:
            self._refused.popitem(last=False)

    def admits(self, header: BatchHeader) -> bool:
        """Whether a batch that came may wait for its turn; not if a lower one was refused, and did not."""
        producer, sequence = (header["sensor"], header["epoch"]), header["sequence"]
        refused = self._still_refused(producer, header.get("held", 0))
        if refused is None or "held" not in header:
            return True
        low, high = refused
        if sequence == low:
            self._refused[producer] = low + 1, high
        return sequence <= low

    def has_room(self, header: BatchHeader) -> bool:
        """Whether what is missing once a batch is taken can be remembered; else its producer sends again."""
        numbering = self._numberings.get((header["sensor"], header["epoch"]))
        if numbering is None or "held" not in header:
            return True
        if numbering.missing:
            numbering.give_up(header["held"])
        return not numbering.missing or numbering.parts(header["sequence"]) <= MISSING_MAX

    @property
    def uncommitted(self) -> bool:
        """Whether a batch was taken since the last commit."""
        return bool(self._uncommitted)

    def taken(self) -> Taken:
        """The producers of batches taken since the last commit, or in part, as they stand."""
        return self._states({**self._uncommitted, **dict.fromkeys(self._parted)})

    def state(self) -> Taken:
        """All producers as they stand."""
        return self._states({**self._numberings, **dict.fromkeys(self._numbers_in_part)})

    def restore(self, taken: Iterable[Taken]) -> None:
        """Go on where these say, the later ones counting."""
        for each in taken:
            for sensor, epoch, highest, missing, *parts in each:
                if highest != NONE_TAKEN:
                    self._begin(sensor, epoch, highest)
                    numbering = self._numberings[sensor, epoch] = _Numbering(highest)
                    numbering.missing = [(first, last) for first, last in missing]
                self._forget_parts((sensor, epoch))
                for sequence, frames in parts[0] if parts else ():
                    self._keep_part((sensor, epoch, sequence), frames)

    def committed(self, number: int) -> None:
        """All batches taken so far are in commits up to this number."""
        self._parted.clear()
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
        numbering = self._numberings.get(producer) or _Numbering(0)
        lowest = [each[producer] - 1 for each in self._waiting() if producer in each]
        sequence = min([numbering.highest, *lowest])
        missing = [[first, min(last, sequence)] for first, last in numbering.missing if first <= sequence]
        refused = self._still_refused(producer)
        if refused is not None and refused[0] == sequence + 1 and len(missing) < MISSING_MAX:
            sequence = refused[1]  # all below it has been looked at, and nothing above it waits here
            missing.append([*refused])
        return sequence, missing

    def _still_refused(self, producer: Producer, held: int = 0) -> tuple[int, int] | None:
        """The lowest and highest of what was refused; not those that came, or that nobody has any more."""
        if producer not in self._refused:
            return None
        low, high = self._refused[producer]
        low = max(low, held)
        if (numbering := self._numberings.get(producer)) is not None:
            low = numbering.from_on(low)
        if low > high:
            del self._refused[producer]
            return None
        self._refused[producer] = low, high
        return low, high

    def _take_next(self, producer: Producer, sequence: int) -> bool:
        """Take the next batch of a producer that lacks none, as nearly all are; false where it is another."""
        numbering = self._numberings.get(producer)
        if numbering is None or sequence != numbering.highest + 1 or numbering.missing:
            return False
        if self._parts or self._under_way or self._epochs.get(producer[0], -1) < producer[1]:
            return False
        numbering.highest = sequence
        self._numberings.move_to_end(producer)
        self._epochs.move_to_end(producer[0])
        self._uncommitted.setdefault(producer, sequence)
        return True

    def _begin(self, sensor: str, epoch: int, baseline: int) -> bool:
        """Count a producer's batches, unless that is done, after number `baseline`; whether it restarted."""
        highest = self._epochs.get(sensor)
        if highest is None or epoch > highest:
            self._epochs[sensor] = epoch
        self._epochs.move_to_end(sensor)
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
        states: Taken = []
        for sensor, epoch in producers:
            numbering = self._numberings.get((sensor, epoch))
            numbers = sorted(self._numbers_in_part.get((sensor, epoch), ()))
            parts = [(number, self._parts[sensor, epoch, number]) for number in numbers]
            some: tuple[Pairs, ...] = (parts,) if parts else ()
            if numbering is not None:
                states.append((sensor, epoch, numbering.highest, numbering.missing, *some))
            elif some:
                states.append((sensor, epoch, NONE_TAKEN, [], *some))
        return states

    def _keep_part(self, place: BatchPlace, frames: int) -> None:
        self._parts[place] = frames
        self._parts.move_to_end(place)
        self._numbers_in_part.setdefault(place[:2], set()).add(place[2])
        if len(self._parts) > PARTS_MAX:
            self._forget_part(next(iter(self._parts)))

    def _forget_part(self, place: BatchPlace) -> None:
        self._under_way.discard(place)
        if self._parts.pop(place, None) is None:
            return
        numbers = self._numbers_in_part[place[:2]]
        numbers.remove(place[2])
        if not numbers:
            del self._numbers_in_part[place[:2]]

    def _forget_parts(self, producer: Producer, below: float = math.inf) -> None:
        for number in [each for each in self._numbers_in_part.get(producer, ()) if each < below]:
            self._forget_part((*producer, number))


def _place(header: BatchHeader) -> BatchPlace:
    return header["sensor"], header["epoch"], header["sequence"]
