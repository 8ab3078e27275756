"""What was published last, kept in memory so that it can be asked for again. Pure: times are arguments.

Messages of all topics share one bound in octets; the oldest go first, whatever their topic, and so do those
over an age. Adding costs a few appends. A topic's sequences are 1, 2, 3 ... without a gap, as the outbox
numbers them, so a message is found by its place.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from nxcast.broker.derivation.outbox import Message
from nxcast.broker.log.interface import PastEpoch, Place, Since, Stretch
from nxcast.schemas.request_answers import REPLY_MESSAGES_MAX, REPLY_OCTETS_MAX, Published
from nxcast.schemas.units import SECOND_NS

__all__ = ["OVERHEAD", "SETTLE_S", "MemoryLog", "Moment", "Store"]

OVERHEAD = 200  # octets a message takes beside its header and payload: two objects of bytes, a tuple, places
SETTLE_S = 0.25  # seconds from published to settled; ZeroMQ's threads need a few milliseconds
UNSETTLED_MAX = 64  # commits told apart until they are: of 20 ms each, and some to spare
EXPIRED_MAX = 10_000  # messages let go of at once, about 20 ms: the clock may jump by hours


class Moment(NamedTuple):
    """The first `sequence` of a topic at or after a time, and whether nothing after it is gone."""

    sequence: int
    complete: bool


class _Topic:
    """Messages of a topic in order: `messages[gone]` is the oldest kept, what stands before it is gone."""

    __slots__ = ("first", "gone", "gone_ns", "latest_ns", "messages", "times")

    def __init__(self) -> None:
        self.messages: list[Published | None] = []
        self.times = array("Q")  # the latest up to each message, so that they rise whatever the clock does
        self.first = 1  # sequence of messages[0]
        self.gone = 0
        self.gone_ns = -1  # the latest time of one that is gone
        self.latest_ns = 0

    def add(self, published: Published, time_ns: int) -> None:
        self.latest_ns = max(self.latest_ns, time_ns)
        self.times.append(self.latest_ns)
        self.messages.append(published)

    def drop(self) -> Published:
        """Take out the oldest."""
        published = self.messages[self.gone]
        assert published is not None  # noqa: S101  what is gone is never asked for twice
        self.gone_ns = self.times[self.gone]
        self.messages[self.gone] = None
        self.gone += 1
        if self.gone * 2 > len(self.messages):  # so each place is moved once at most
            del self.messages[: self.gone], self.times[: self.gone]
            self.first += self.gone
            self.gone = 0
        return published

    @property
    def oldest(self) -> int:
        return self.first + self.gone

    @property
    def next(self) -> int:
        return self.first + len(self.messages)


class Store:
    """The last messages, at most `octets_max` octets (0: none) and `age_ns` nanoseconds old at `expire`."""

    def __init__(self, *, octets_max: int, age_ns: int) -> None:
        self.octets = 0
        self.octets_max = octets_max
        self._age_ns = age_ns
        self._topics: dict[bytes, _Topic] = {}
        self._order: deque[_Topic] = deque()  # of each message, its topic

    @property
    def messages(self) -> int:
        """How many it holds."""
        return len(self._order)

    @property
    def oldest_ns(self) -> int | None:
        """When the oldest of them was published, None where there is none."""
        if not self._order:
            return None
        oldest = self._order[0]
        return oldest.times[oldest.gone]

    def add(self, topic: bytes, published: Published, time_ns: int) -> None:
        """Keep a message that was published at that time, the next one of its topic."""
        kept = self._topics.get(topic) or self._topics.setdefault(topic, _Topic())
        kept.add(published, time_ns)
        self._order.append(kept)
        self.octets += len(published[0]) + len(published[1]) + OVERHEAD
        while self.octets > self.octets_max:
            self._drop()

    def expire(self, now_ns: int) -> None:
        """Let go of what is too old by now, `EXPIRED_MAX` messages a call."""
        for _ in range(min(EXPIRED_MAX, len(self._order))):
            oldest = self._order[0]
            if oldest.times[oldest.gone] >= now_ns - self._age_ns:
                break
            self._drop()

    def stretch(self, topic: bytes, first: int, last: int) -> Stretch:
        """The messages kept from `first` to `last`, no more than one answer takes; one always fits."""
        kept = self._topics.get(topic) or _Topic()
        start = min(max(first, kept.oldest), kept.next)
        messages: list[Published] = []
        octets = 0
        for sequence in range(start, min(last + 1, kept.next, start + REPLY_MESSAGES_MAX)):
            published = kept.messages[sequence - kept.first]
            assert published is not None  # noqa: S101  start is not below the oldest
            octets += len(published[0]) + len(published[1])
            if octets > REPLY_OCTETS_MAX and messages:
                break
            messages.append(published)
        return Stretch(start, messages, kept.oldest)

    def moment(self, topic: bytes, time_ns: int) -> Moment:
        """Where in a topic a time is: the first message kept that was published then or later."""
        kept = self._topics.get(topic) or _Topic()
        return Moment(kept.first + bisect_left(kept.times, time_ns, kept.gone), kept.gone_ns < time_ns)

    def _drop(self) -> None:
        header, payload = self._order.popleft().drop()
        self.octets -= len(header) + len(payload) + OVERHEAD


class MemoryLog:
    """A log of this epoch alone, which ends with the process: `--log none`.

    A batch may be acknowledged `SETTLE_S` after its commit: by then what came of it is on its way to those
    who subscribe, and not only in a process that may be killed. `now_ns` is the time, nanoseconds since
    1970-01-01 UTC, and the epoch; `now_s` a clock that nobody can set.
    """

    kept = "memory"
    restored = None
    failed = None
    past: Sequence[PastEpoch] = ()

    def __init__(self, *, octets_max: int, age_s: float, now_ns: int) -> None:
        self.epoch = self.begins = now_ns
        self.octets_max = octets_max
        self._store = Store(octets_max=octets_max, age_ns=int(age_s * SECOND_NS))
        self._number = 0
        self._unsettled: deque[tuple[int, float]] = deque()

    @property
    def octets(self) -> int:
        """How many octets it has."""
        return self._store.octets

    @property
    def messages(self) -> int:
        """How many messages it has."""
        return self._store.messages

    @property
    def oldest_ns(self) -> int | None:
        """When its oldest message was published; None where there is none."""
        return self._store.oldest_ns

    def begin(self, _state: Callable[[], object], _now_ns: int) -> None:
        """Nothing: what was taken is forgotten with the process."""

    def commit(self, published: Sequence[Message], _taken: object, now_ns: int, now_s: float) -> int:
        """Keep what is published now; the number of this commit."""
        for message in published:
            self._store.add(message.topic, (message.header, message.payload), now_ns)
        self._number += 1
        if len(self._unsettled) >= UNSETTLED_MAX:
            self._unsettled.pop()
        self._unsettled.append((self._number, now_s))
        return self._number

    def settled(self, now_s: float) -> int:
        """Number of the last commit whose batches may be acknowledged."""
        while self._unsettled and now_s - self._unsettled[0][1] >= SETTLE_S:
            self._unsettled.popleft()
        return self._unsettled[0][0] - 1 if self._unsettled else self._number

    def expire(self, now_ns: int, _now_s: float) -> None:
        """Let go of what is too old."""
        self._store.expire(now_ns)

    def knows(self, epoch: int) -> bool:
        """Whether it has had this epoch."""
        return epoch == self.epoch

    def stretch(self, topic: str, _epoch: int, first: int, last: int) -> Stretch:
        """Messages of a topic, as many as one answer takes."""
        return self._store.stretch(topic.encode(), first, last)

    def since(self, time_ns: int, topics: Sequence[str]) -> Since:
        """Where a moment is."""
        moments = {topic: self._store.moment(topic.encode(), time_ns) for topic in topics}
        # What an earlier broker published went with it, and this one began at its epoch.
        complete = time_ns >= self.epoch and all(moment.complete for moment in moments.values())
        firsts = {topic: moment.sequence for topic, moment in moments.items()}
        return Since(Place(self.epoch, firsts, complete), None)

    def close(self, _now_ns: int) -> None:
        """Nothing: it ends with the process."""
