"""What was published last, kept so that it can be asked for again. Pure: times are arguments.

Messages of all topics share one bound in octets; the oldest go first, whatever their topic, and so do those
over an age. Adding costs a few appends. A topic's sequences are 1, 2, 3 ... without a gap, as the outbox
numbers them, so a message is found by its place.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from typing import NamedTuple

from nxcast.schemas.requests import REPLY_MESSAGES_MAX, REPLY_OCTETS_MAX, Published

__all__ = ["OVERHEAD", "Moment", "Store", "Stretch"]

OVERHEAD = 200  # octets a message takes beside its header and payload: two objects of bytes, a tuple, places
EXPIRED_MAX = 10_000  # messages let go of at once, about 20 ms: the clock may jump by hours


class Stretch(NamedTuple):
    """Messages `first`, `first + 1` ... of a topic, and the lowest sequence kept of it."""

    first: int
    messages: list[Published]
    oldest: int


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
