"""The log where the egress is a stream of NATS JetStream: what is stored there is published by that.

A batch may be acknowledged when all that came of it is stored. What its producers are asked for again after a
death of the broker is published again: which batches were taken is not in the stream. Clients ask the stream,
not us, for what they missed. Not here: the connection (transport/nats).
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Protocol

from nxcast.broker.derivation.outbox import Message
from nxcast.broker.log.interface import PastEpoch, Place, Since, Stretch
from nxcast.transport.nats.jetstream_layout import StreamSize
from nxcast.transport.nats.stream_publisher import BODY_MAX, Outgoing

__all__ = ["StreamLog"]

_log = logging.getLogger("nxcast.broker")


class Stores(Protocol):
    """What has the connection, and stores what is put, in order."""

    @property
    def size(self) -> StreamSize:
        """What the stream holds."""

    @property
    def stalled(self) -> str | None:
        """Why nothing is stored, None while it is."""

    @property
    def full(self) -> bool:
        """Whether no more can be put."""

    @property
    def stored(self) -> int:
        """How many of the messages put are stored."""

    def put(self, messages: Sequence[Outgoing]) -> int:
        """Take messages to be stored; how many were put so far."""

    def close(self) -> int:
        """End; how many messages were not stored."""


class StreamLog:
    """What `publisher` stores. `now_ns`, the time, is the epoch."""

    kept = "stream"
    restored = None
    failed = None
    past: Sequence[PastEpoch] = ()

    def __init__(self, publisher: Stores, now_ns: int) -> None:
        self.epoch = self.begins = now_ns
        self._publisher = publisher
        self._last: Counter[str] = Counter()  # by topic, the last sequence
        self._number = self._settled = 0
        # Commits not settled, each with how many messages were put up to it. They are bounded as the messages
        # are, but for those of which nothing came: 4 a second.
        self._unsettled: deque[tuple[int, int]] = deque()
        self._told: str | None = None  # why nothing is stored

    @property
    def octets_max(self) -> int:
        """The most that the stream may have; 0 where it has no bound."""
        return self._publisher.size.octets_max

    @property
    def octets(self) -> int:
        """How many octets it has, of all brokers."""
        return self._publisher.size.octets

    @property
    def messages(self) -> int:
        """How many messages it has."""
        return self._publisher.size.messages

    @property
    def oldest_ns(self) -> int | None:
        """About when its oldest message was stored."""
        return self._publisher.size.oldest_ns

    def begin(self, _state: Callable[[], object], _now_ns: int) -> None:
        """Nothing: the stream knows no epochs."""

    def commit(self, published: Sequence[Message], _taken: object, _now_ns: int, _now_s: float) -> int:
        """Hand over what is published; OSError where the stream takes no more, or nothing."""
        if self._publisher.stalled is not None:
            raise OSError(self._publisher.stalled)
        if self._publisher.full:
            raise OSError("the stream is slower than what comes in")
        self._number += 1
        put = self._publisher.put([self._outgoing(message) for message in published])
        self._unsettled.append((self._number, put))
        return self._number

    def publish_status(self, message: Message, _status: object) -> None:
        """Hand over a Status; it is dropped where it would wait, or is larger than the server takes."""
        if self._publisher.stalled is None and not self._publisher.full:
            outgoing = self._outgoing(message)
            if len(message.header) + len(message.payload) <= BODY_MAX:
                self._publisher.put([outgoing])

    def settled(self, _now_s: float) -> int:
        """Number of the last commit that is stored."""
        if self._publisher.stalled != self._told:
            self._tell(self._publisher.stalled)
        stored = self._publisher.stored
        while self._unsettled and self._unsettled[0][1] <= stored:
            self._settled = self._unsettled.popleft()[0]
        return self._settled

    def expire(self, _now_ns: int, _now_s: float) -> None:
        """Nothing: the server does it."""

    def knows(self, epoch: int) -> bool:
        """Whether it is this epoch."""
        return epoch == self.epoch

    def stretch(self, topic: str, _epoch: int, _first: int, _last: int) -> Stretch:
        """Nothing: it is to be had from the stream."""
        after = self._last[topic] + 1
        return Stretch(after, [], after)

    def since(self, _time_ns: int, topics: Sequence[str]) -> Since:
        """Nothing before now: it is to be had from the stream."""
        return Since(Place(self.epoch, {topic: self._last[topic] + 1 for topic in topics}, False), None)

    def close(self, _now_ns: int) -> None:
        """End once what was handed over is stored, or has had its time."""
        unstored = self._publisher.close()
        if unstored:
            _log.warning(
                f"the stream did not take {unstored} messages ({self._publisher.stalled}): they are "
                "published only if their producers send the batches again",
                extra={"messages": unstored},
            )

    def _outgoing(self, message: Message) -> Outgoing:
        topic = message.topic.decode()
        self._last[topic] += 1
        return Outgoing(topic, f"{self.epoch}:{topic}:{self._last[topic]}", message.header, message.payload)

    def _tell(self, stalled: str | None) -> None:
        if stalled is None:
            _log.info("the stream stores again")
        elif self._told is None:
            _log.warning(f"{stalled}; trying again, and producers wait")
        self._told = stalled
