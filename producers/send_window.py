"""The batches that a producer keeps until the broker has them, in the order of their sequence. Pure.

A batch is added, given out by `next` to be sent, and kept until it is acknowledged: then a broker that died
can't have taken it along. What is told missing is given out again at once, but once only; all is given out
again by `again`, since what a connection had under way when it ended may be lost. A broker that goes on
answering and acknowledges nothing more gets all of it a second time, and then it is given up: no batch that
it can't take keeps a producer for ever. A window that does not keep (`keep` False) lets go of a batch as soon
as it is sent.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from nxcast.schemas.frames import FRAMES_2

__all__ = ["BATCH_OVERHEAD", "STALL_ANSWERS", "Batch", "Settled", "Window"]

BATCH_OVERHEAD = 256  # octets a batch takes beside its payload: 220 of objects, measured with tracemalloc
# Answers in a row that acknowledge nothing more. At ten a second 70 seconds: a broker answers for what it has
# published, and may be told to let a record wait for others for 60 seconds.
STALL_ANSWERS = 700


@dataclass(slots=True, eq=False)
class Batch:
    """A batch as it goes out, but for its header; `count` is in frames."""

    sequence: int
    count: int
    payload: bytes
    form: bytes = FRAMES_2
    sent: bool = False  # once at least
    repeated: bool = False  # it was told missing, and given out again for that


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

    def add(self, sequence: int, count: int, payload: bytes, form: bytes = FRAMES_2) -> None:
        """Take a batch of so many frames; its sequence is above all before it."""
        batch = self._batches[sequence] = Batch(sequence, count, payload, form)
        self._queue[sequence] = batch
        self.octets += len(payload) + BATCH_OVERHEAD

    def next(self) -> Batch | None:
        """The batch that is to be sent next, the same one until `sent` is told; None: all are under way."""
        return next(iter(self._queue.values()), None)

    def rewrite(self, batch: Batch, count: int, payload: bytes, form: bytes) -> None:
        """Keep a batch in another form."""
        self.octets += len(payload) - len(batch.payload)
        batch.count, batch.payload, batch.form = count, payload, form

    def sent(self) -> None:
        """The batch that `next` gave is on its way."""
        _, batch = self._queue.popitem(last=False)
        batch.sent = True
        if not self.keep:
            self._remove(batch)

    def again(self) -> None:
        """Give all out again, from the lowest on: what was under way may be lost."""
        self._give_all(repeated=False)

    def settle(self, sequence: int, missing: Iterable[Sequence[int]]) -> Settled:
        """Take an answer: all up to `sequence` have arrived, but for the ranges (first, last) missing."""
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
        self._repeat(absent)
        if settled.acknowledged:
            self._still, self._stalled = 0, False
        elif self._batches and self.next() is None:
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

    def _give_all(self, *, repeated: bool) -> None:
        for batch in self._batches.values():
            batch.repeated = repeated
        self._queue = self._batches.copy()

    def _repeat(self, absent: Sequence[Batch]) -> None:
        for batch in reversed([batch for batch in absent if not batch.repeated]):
            batch.repeated = True
            if batch.sequence not in self._queue:
                self._queue[batch.sequence] = batch
                self._queue.move_to_end(batch.sequence, last=False)

    def _count_still(self) -> int:
        self._still += 1
        if self._still < STALL_ANSWERS:
            return 0
        self._still = 0
        if self._stalled:
            self._stalled = False
            return self.release()
        self._stalled = True
        self._give_all(repeated=True)
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
