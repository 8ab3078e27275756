"""The batches that a producer keeps until the broker has them, in the order of their sequence. Pure.

A batch is added, given out by `next` to be sent, and kept until it is acknowledged: then a broker that died
can't have taken it along. What is told missing is given out again at once and in order, and where it is told
missing still, after ever longer whiles: it may be under way, or the broker has no room for it. So half as
many are under way then, and more again as they arrive. All is given out again by `again`, since what a
connection had under way when it ended may be lost. A broker that goes on answering and acknowledges nothing
more gets all of it a second time, and then it is given up: no batch that it can't take keeps a producer for
ever. A window that does not keep (`keep` False) lets go of a batch as soon as it is sent.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from nxcast.schemas.frames import FRAMES_2

__all__ = ["BATCH_OVERHEAD", "REPEAT_ANSWERS", "STALL_ANSWERS", "Batch", "Settled", "Window"]

BATCH_OVERHEAD = 256  # octets a batch takes beside its payload: 220 of objects, measured with tracemalloc
# Answers in a row that acknowledge nothing more. At ten a second 70 seconds: a broker answers for what it has
# published, and may be told to let a record wait for others for 60 seconds.
STALL_ANSWERS = 700
# Batches that may be under way where the broker has room for little, and at first: all that a window keeps.
UNDER_WAY_MIN, UNDER_WAY_MAX = 4, 1 << 20
# So much of it more, and one at least, with each answer that acknowledges something: twice as many in 4.5 s.
# A refusal is told when all below it has arrived, which may take seconds.
GROWTH = 64
# Answers until what was sent again, and is told missing still, is sent once more: a second, then twice as
# many each time, but 8 seconds at most.
REPEAT_ANSWERS, REPEAT_DOUBLINGS = 10, 3


@dataclass(slots=True, eq=False)
class Batch:
    """A batch as it goes out, but for its header; `count` is in frames."""

    sequence: int
    count: int
    payload: bytes
    form: bytes = FRAMES_2
    sent: bool = False  # once at least
    after: int = 0  # the batch that was sent before it did so for the first time
    repeats: int = 0  # how often it was told missing, and given out again for that
    due: int = 0  # the answer from which on that may be done again


@dataclass(slots=True)
class Settled:
    """What an answer changed, in frames."""

    acknowledged: int = 0
    given_up: int = 0


class Window:
    """Bounded by its user, who waits while it is `full` or lets it `forget`; `octets` is with overhead."""

    def __init__(self, octets_max: int, *, keep: bool) -> None:
        self.keep = keep
        self.octets = 0
        self.octets_max = octets_max
        self._batches: OrderedDict[int, Batch] = OrderedDict()
        self._queue: OrderedDict[int, Batch] = OrderedDict()  # to be given out, by sequence; all are kept
        self._answers = 0
        self._under_way_max = UNDER_WAY_MAX
        self._still = 0  # answers in a row that acknowledged nothing
        self._stalled = False  # all was given out again for that

    def __len__(self) -> int:
        return len(self._batches)

    @property
    def full(self) -> bool:
        """Whether it takes more than it may; where nothing is kept, whether anything waits at all."""
        return self.octets > self.octets_max if self.keep else bool(self._batches)

    @property
    def lowest(self) -> int | None:
        """The lowest sequence kept."""
        return next(iter(self._batches), None)

    @property
    def unsent(self) -> int:
        """Frames that have never been sent."""
        return sum(batch.count for batch in self._batches.values() if not batch.sent)

    @property
    def sent_frames(self) -> int:
        """Frames that have been sent and are kept."""
        return sum(batch.count for batch in self._batches.values() if batch.sent)

    def add(self, sequence: int, count: int, payload: bytes, form: bytes = FRAMES_2) -> None:
        """Take a batch of so many frames; its sequence is above all before it."""
        batch = self._batches[sequence] = Batch(sequence, count, payload, form)
        self._queue[sequence] = batch
        self.octets += len(payload) + BATCH_OVERHEAD

    def next(self) -> Batch | None:
        """The batch that is to be sent next, the same one until `sent` is told; None: no more for now."""
        if self._under_way >= self._under_way_max:
            return None
        return next(iter(self._queue.values()), None)

    def rewrite(self, batch: Batch, count: int, payload: bytes, form: bytes) -> None:
        """Keep a batch in another form."""
        self.octets += len(payload) - len(batch.payload)
        batch.count, batch.payload, batch.form = count, payload, form

    def sent(self) -> None:
        """The batch that `next` gave is on its way."""
        _, batch = self._queue.popitem(last=False)
        batch.sent = True
        if batch.repeats:
            batch.due = self._answers + (REPEAT_ANSWERS << min(batch.repeats - 1, REPEAT_DOUBLINGS))
        if not self.keep:
            self._remove(batch)

    def again(self) -> None:
        """Give all out again, from the lowest on: what was under way may be lost."""
        self._give_all(repeats=0)

    def settle(self, sequence: int, missing: Iterable[Sequence[int]]) -> Settled:
        """Take an answer: all up to `sequence` have arrived, but for the ranges (first, last) missing."""
        self._answers += 1
        settled = Settled()
        absent = []
        ranges = _Ranges(missing)
        for batch in list(takewhile(lambda each: each.sequence <= sequence, self._batches.values())):
            if not batch.sent:
                continue  # nobody can have it: an answer that is about others
            if batch.sequence in ranges:
                absent.append(batch)
            else:
                settled.acknowledged += batch.count
                self._remove(batch)
        if settled.acknowledged:
            self._still, self._stalled = 0, False
            more = max(self._under_way_max // GROWTH, 1)
            self._under_way_max = min(self._under_way_max + more, UNDER_WAY_MAX)
        self._repeat(absent)
        if not settled.acknowledged and self._batches and self.next() is None:
            settled.given_up = self._count_still()
        return settled

    def forget(self) -> Batch | None:
        """Let go of the lowest batch, arrived or not; None if there is none."""
        batch = next(iter(self._batches.values()), None)
        if batch is not None:
            self._remove(batch)
        return batch

    def release(self) -> int:
        """Let go of all that has been sent, and tell how many frames that is."""
        gone = [batch for batch in self._batches.values() if batch.sent]
        for batch in gone:
            self._remove(batch)
        return sum(batch.count for batch in gone)

    @property
    def _under_way(self) -> int:
        return len(self._batches) - len(self._queue)

    def _give_all(self, *, repeats: int) -> None:
        for batch in self._batches.values():
            batch.repeats, batch.due = repeats, 0
        self._queue = self._batches.copy()

    def _repeat(self, absent: Sequence[Batch]) -> None:
        """In order, before all above it: a broker that had no room takes nothing above it before."""
        again = [each for each in absent if each.due <= self._answers and each.sequence not in self._queue]
        if not again:
            return
        self._under_way_max = max(min(self._under_way, self._under_way_max) // 2, UNDER_WAY_MIN)
        for batch in again:
            batch.repeats += 1
            self._queue[batch.sequence] = batch
        self._queue = OrderedDict(sorted(self._queue.items()))

    def _count_still(self) -> int:
        self._still += 1
        if self._still < STALL_ANSWERS:
            return 0
        self._still = 0
        if self._stalled:
            self._stalled = False
            return self.release()
        self._stalled = True
        self._give_all(repeats=1)
        return 0

    def _remove(self, batch: Batch) -> None:
        del self._batches[batch.sequence]
        self._queue.pop(batch.sequence, None)
        self.octets -= len(batch.payload) + BATCH_OVERHEAD


class _Ranges:
    """Ranges of numbers, asked about in rising order."""

    def __init__(self, ranges: Iterable[Sequence[int]]) -> None:
        self._ranges = deque(sorted((first, last) for first, last in ranges))

    def __contains__(self, number: int) -> bool:
        while self._ranges and self._ranges[0][1] < number:
            self._ranges.popleft()
        return bool(self._ranges) and self._ranges[0][0] <= number
