"""What a broker's ends of a stream have in common: a thread that has the one connection and stores by it."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Sized
from contextlib import suppress

from nxcast.transport.nats.atomic_batches import AtomicBatches
from nxcast.transport.nats.jetstream_layout import STREAM, StreamSize, size_of
from nxcast.transport.nats.jetstream_setup import check_stream
from nxcast.transport.nats.nats_connection import ApiError, Client, StreamError, ask, connect, disconnect
from nxcast.transport.nats.side_thread import SideThread

__all__ = ["StreamEnd"]

INFO_S = 5.0  # seconds from one look at the stream's size to the next
CLOSE_S = 10.0  # seconds given at the end to what waits


class StreamEnd(ABC):
    """Connects when made, by `secret` as `connect` has it. What ends it calls `_end`.

    Raises StreamError where there is no server, or no stream that it can use.
    """

    def __init__(self, endpoint: str, secret: str | None, thread: SideThread, *, servers: bool) -> None:
        self.size = StreamSize(0, 0, 0, None)
        self._endpoint = endpoint
        self._servers = servers  # whether that channel is published
        self._batches = AtomicBatches(endpoint)
        self._thread = thread
        self._wake = asyncio.Event()
        try:
            self._client = thread.loop.run_until_complete(self._connected(secret))
        except StreamError:
            thread.loop.close()
            raise
        thread.start(self._serve(), lambda: disconnect(self._client))

    @property
    def stalled(self) -> str | None:
        """Why nothing is stored, None while it is."""
        return self._batches.stalled

    @abstractmethod
    async def _serve(self) -> None:
        """Store, until the end."""

    async def _check(self, client: Client) -> None:
        """Look at what is there; raises StreamError."""
        self.size = size_of(await check_stream(client, self._endpoint, servers=self._servers))

    def _cut(self) -> None:
        """The connection ended."""
        self._batches.cut()

    def _failed(self, error: Exception) -> None:  # noqa: B027  most is told by a call too
        """Something that the server tells by itself."""

    async def _connected(self, secret: str | None) -> Client:
        client = await connect(self._endpoint, "nxcast-broker", self._failed, self._cut, secret=secret)
        try:
            await self._check(client)
        except StreamError:
            await disconnect(client)
            raise
        return client

    async def _look(self) -> None:
        """Now and then, how large the stream is."""
        while True:
            await asyncio.sleep(INFO_S)
            with suppress(ApiError, StreamError):
                self.size = size_of(await ask(self._client, f"STREAM.INFO.{STREAM}"))

    async def _awaited(self, waiting: Sized) -> bool:
        """Until there is something to store; false at the end."""
        while not waiting and self._batches.ending_s is None:
            self._wake.clear()
            if not waiting:
                await self._wake.wait()
        return bool(waiting)

    def _awaken(self) -> None:
        self._thread.call(self._wake.set)

    def _end(self) -> None:
        """Once what waits is stored, or has had its time."""
        self._batches.ending_s = time.monotonic() + CLOSE_S
        self._awaken()
        self._thread.join()
