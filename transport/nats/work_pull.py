"""Batches pulled from a work queue by the consumer that all brokers share, and held until they are done.

As many are asked for as may be held. The server is told now and then that they are, and gives a batch to
another broker where that stays out; one that was given twice is taken by who stores its result first. An
acknowledgement that is lost makes the server give it out again, so it is not waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from nxcast.transport.nats.jetstream_layout import TAKERS, WORK, sensor_of_subject
from nxcast.transport.nats.nats_connection import DENIED, Client, text_of
from nxcast.transport.nats.pulling import LATE_S, PULL_S, Pulling

__all__ = ["HELD_OCTETS", "PULL_OCTETS", "Work", "WorkPull"]

HELD_MESSAGES = 256  # batches held from which on no more are asked for, and ...
HELD_OCTETS = 16 << 20  # ... octets of them; with those under way 24 MiB
PULL_MESSAGES = 64  # asked for at once
PULL_OCTETS = 8 << 20  # octets of them; more than the largest message
AGAIN_S = 0.25  # seconds until something that failed is tried again
_SUBJECTS = ("$js.api.consumer.msg.next.", "$js.ack.")  # what it publishes to
SAYS = 3  # how often the server is told what is held, in the time after which others get it


class Work(NamedTuple):
    """A batch taken: whose subject it came by, its number in the queue, how often it was given out so far."""

    sensor: str
    body: bytes
    number: int
    deliveries: int
    ticket: str  # by which it is acknowledged


class WorkPull:
    """`took` is called with each batch. One loop's, but for what `took` does."""

    def __init__(self, took: Callable[[Work], None]) -> None:
        self.denied: str | None = None
        """What the server denies of what is needed to take, and to acknowledge; None once one was taken."""
        self._took = took
        self._held: dict[str, int] = {}  # octets by ticket
        self._octets = 0
        self._room = asyncio.Event()
        self._pulling: asyncio.Task[None] | None = None
        self._ending = False

    async def run(self, client: Client) -> None:
        """Pull, until it is cancelled."""
        while not self._ending:
            self._pulling = asyncio.get_running_loop().create_task(self._pull(client))
            try:
                await asyncio.wait({self._pulling})
            finally:
                self._pulling.cancel()
            with suppress(asyncio.CancelledError, NatsError, OSError):
                self._pulling.result()
            await asyncio.sleep(AGAIN_S)

    def cut(self) -> None:
        """The connection ended, and with it what was asked for."""
        if self._pulling is not None:
            self._pulling.cancel()

    def failed(self, error: Exception) -> None:
        """Something that the server tells by itself."""
        text = text_of(error)
        if DENIED in text and any(subject in text for subject in _SUBJECTS):
            self.denied = f"no batch is taken: {text}"

    async def say(self, client: Client, taken_s: float) -> None:
        """Tell the server what is held before it gives it to others, until it is cancelled."""
        while True:
            await asyncio.sleep(taken_s / SAYS)
            for ticket in list(self._held):
                await _tell(client, ticket, b"+WPI")

    async def done(self, client: Client, ticket: str) -> None:
        """Acknowledge a batch."""
        await _tell(client, ticket, b"+ACK")
        self._octets -= self._held.pop(ticket)
        self._room.set()

    async def give_back(self, client: Client) -> None:
        """At the end: others may have what is held, at once.

        What was asked for is awaited first: what the server has given out, and nobody took here, would stay
        out until it takes us for gone.
        """
        self._ending = True
        self._room.set()
        if self._pulling is not None:
            await asyncio.wait({self._pulling}, timeout=PULL_S + LATE_S)
        for ticket in list(self._held):
            await _tell(client, ticket, b"-NAK")

    async def _pull(self, client: Client) -> None:
        pulling = Pulling(client, WORK, TAKERS)
        await pulling.open()
        try:
            while client.is_connected and not self._ending:
                if len(self._held) < HELD_MESSAGES and self._octets < HELD_OCTETS:
                    await pulling.ask(PULL_MESSAGES, PULL_OCTETS)
                    if await pulling.take(self._take) is not None:
                        await asyncio.sleep(AGAIN_S)
                else:
                    self._room.clear()
                    await self._room.wait()
        finally:
            await pulling.close()

    def _take(self, message: Msg) -> None:
        metadata = message.metadata
        self._held[message.reply] = len(message.data)
        self._octets += len(message.data)
        self.denied = None
        self._took(
            Work(
                sensor_of_subject(message.subject),
                message.data,
                metadata.sequence.stream,
                metadata.num_delivered,
                message.reply,
            )
        )


async def _tell(client: Client, ticket: str, what: bytes) -> None:
    with suppress(NatsError, OSError):  # what is not told is found out by the server, in time
        await client.publish(ticket, what)
