"""Messages into the stream: stored in their order, each once, and it is told up to where.

A thread of its own has the connection. What is put waits in a queue that is bounded in octets, and leaves it
as atomic batches, one at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from nxcast.transport.nats.atomic_batches import (
    BATCH_MESSAGES_MAX,
    BATCH_OCTETS_MAX,
    AtomicBatches,
    Outcome,
    Storable,
)
from nxcast.transport.nats.jetstream_layout import (
    MESSAGE_MAX,
    STREAM,
    StreamSize,
    body_of,
    headers_of,
    size_of,
    subject_of,
)
from nxcast.transport.nats.jetstream_setup import check_stream
from nxcast.transport.nats.nats_connection import ApiError, Client, StreamError, ask, connect, disconnect
from nxcast.transport.nats.side_thread import SideThread, ended

__all__ = ["BODY_MAX", "QUEUE_OCTETS_MAX", "Outgoing", "StreamPublisher"]

QUEUE_OCTETS_MAX = 64 << 20  # octets that wait to be stored: about half a second of 1 Gbit/s
BODY_MAX = MESSAGE_MAX - 512  # octets; the headers take 250 at most
INFO_S = 5.0  # seconds from one look at the stream's size to the next
CLOSE_S = 10.0  # seconds given at the end to what waits


class Outgoing(NamedTuple):
    """A message to be stored, with its id."""

    topic: str
    message_id: str
    header: bytes
    payload: bytes


class StreamPublisher:
    """Connects when made, by `secret` as `connect` has it.

    Raises StreamError where there is no server, or no stream that it can use.
    """

    def __init__(self, endpoint: str, secret: str | None = None, *, servers: bool = False) -> None:
        self._endpoint = endpoint
        self._servers = servers  # whether that channel is published
        self.stored = 0
        """How many of the messages put are stored, in order."""
        self.size = StreamSize(0, 0, 0, None)
        self._waiting: deque[Storable] = deque()
        self._batch: list[Storable] = []  # what is being stored; the other thread never sees it
        self._put = 0
        self._octets_put = self._octets_stored = 0  # a number for each thread to write
        self._batches = AtomicBatches(endpoint)
        self._thread = SideThread("nats-publisher", "stores messages")
        self._wake = asyncio.Event()
        try:
            self._client = self._thread.loop.run_until_complete(self._connected(secret))
        except StreamError:
            self._thread.loop.close()
            raise
        self._thread.start(self._serve(), lambda: disconnect(self._client))

    @property
    def stalled(self) -> str | None:
        """Why nothing is stored, None while it is."""
        return self._batches.stalled

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
        self._thread.call(self._wake.set)
        return self._put

    def close(self) -> int:
        """End, when what waits is stored or has had its time; how many messages were not."""
        self._batches.ending_s = time.monotonic() + CLOSE_S
        self._thread.call(self._wake.set)
        self._thread.join()
        return len(self._batch) + len(self._waiting)

    async def _connected(self, secret: str | None) -> Client:
        client = await connect(self._endpoint, "nxcast-broker", on_cut=self._batches.cut, secret=secret)
        try:
            self.size = size_of(await check_stream(client, self._endpoint, servers=self._servers))
        except StreamError:
            await disconnect(client)
            raise
        return client

    async def _serve(self) -> None:
        looking = asyncio.create_task(self._look_now_and_then())
        while await self._awaited():
            self._take()
            if await self._batches.store(self._client, self._batch) is Outcome.ENDED:
                break
            self._octets_stored += sum(len(each.body) for each in self._batch)
            self.stored += len(self._batch)
            self._batch = []
        await ended(looking)

    async def _awaited(self) -> bool:
        """Until there is something to store; false at the end."""
        while not self._waiting and self._batches.ending_s is None:
            self._wake.clear()
            if not self._waiting:
                await self._wake.wait()
        return bool(self._waiting)

    def _take(self) -> None:
        """Take out what is stored next: as much as one batch takes; one message always fits."""
        octets = 0
        while self._waiting and len(self._batch) < BATCH_MESSAGES_MAX:
            octets += len(self._waiting[0].body)
            if self._batch and octets > BATCH_OCTETS_MAX:
                break
            self._batch.append(self._waiting.popleft())

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(INFO_S)
            with suppress(ApiError, StreamError):
                self.size = size_of(await ask(self._client, f"STREAM.INFO.{STREAM}"))
