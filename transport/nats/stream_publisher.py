"""Messages into the stream: stored in their order, each once, and it is told up to where.

A thread of its own has the connection. What is put waits in a queue that is bounded in octets, and leaves it
as atomic batches, one at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from nxcast.transport.nats.atomic_batches import (
    BATCH_MESSAGES_MAX,
    BATCH_OCTETS_MAX,
    Outcome,
    Storable,
)
from nxcast.transport.nats.jetstream_layout import (
    MESSAGE_MAX,
    body_of,
    headers_of,
    subject_of,
)
from nxcast.transport.nats.side_thread import SideThread, ended
from nxcast.transport.nats.stream_end import StreamEnd

__all__ = ["BODY_MAX", "QUEUE_OCTETS_MAX", "Outgoing", "StreamPublisher"]

QUEUE_OCTETS_MAX = 64 << 20  # octets that wait to be stored: about half a second of 1 Gbit/s
BODY_MAX = MESSAGE_MAX - 512  # octets; the headers take 250 at most


class Outgoing(NamedTuple):
    """A message to be stored, with its id."""

    topic: str
    message_id: str
    header: bytes
    payload: bytes


class StreamPublisher(StreamEnd):
    """Takes messages, and stores them; connects when made, as a StreamEnd does."""

    def __init__(self, endpoint: str, secret: str | None = None, *, servers: bool = False) -> None:
        self.stored = 0
        """How many of the messages put are stored, in order."""
        self._waiting: deque[Storable] = deque()
        self._batch: list[Storable] = []  # what is being stored; the other thread never sees it
        self._put = 0
        self._octets_put = self._octets_stored = 0  # a number for each thread to write
        super().__init__(endpoint, secret, SideThread("nats-publisher", "stores messages"), servers=servers)

    @property
    def full(self) -> bool:
        """Whether no more can be put."""
        return self._octets_put - self._octets_stored >= QUEUE_OCTETS_MAX

    def put(self, messages: Sequence[Outgoing]) -> int:
        """Take messages of at most BODY_MAX octets to be stored; how many were put so far."""
        self._thread.check()
        for topic, message_id, header, payload in messages:
            body = body_of(header, payload)
            self._octets_put += len(body)
            self._waiting.append(Storable(subject_of(topic), headers_of(topic, message_id), body))
        self._put += len(messages)
        self._awaken()
        return self._put

    def close(self) -> int:
        """End, when what waits is stored or has had its time; how many messages were not."""
        self._end()
        return len(self._batch) + len(self._waiting)

    async def _serve(self) -> None:
        looking = asyncio.create_task(self._look())
        while await self._awaited(self._waiting):
            self._take()
            if await self._batches.store(self._client, self._batch) is Outcome.ENDED:
                break
            self._octets_stored += sum(len(each.body) for each in self._batch)
            self.stored += len(self._batch)
            self._batch = []
        await ended(looking)

    def _take(self) -> None:
        """Take out what is stored next: as much as one batch takes; one message always fits."""
        octets = 0
        while self._waiting and len(self._batch) < BATCH_MESSAGES_MAX:
            octets += len(self._waiting[0].body)
            if self._batch and octets > BATCH_OCTETS_MAX:
                break
            self._batch.append(self._waiting.popleft())
