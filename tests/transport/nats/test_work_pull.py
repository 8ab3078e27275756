"""Batches that a broker took and has not done: what becomes of them at its end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("nats")

from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError

from nxcast.transport.nats.work_pull import Work, WorkPull


class Server:
    """A client whose server gives out what it is told to, when it is told to."""

    is_connected = True

    def __init__(self) -> None:
        self.told: list[tuple[str, bytes]] = []
        self.asked = asyncio.Event()
        self._waiting: asyncio.Queue[Msg | None] = asyncio.Queue()

    def new_inbox(self) -> str:
        return "_INBOX.a"

    async def subscribe(self, _subject: str) -> Server:
        return self

    async def unsubscribe(self) -> None:
        """Nothing more comes."""

    async def publish(self, subject: str, body: bytes, *, reply: str = "") -> None:
        if reply:
            self.asked.set()
        else:
            self.told.append((subject, body))

    async def next_msg(self, _timeout: float) -> Msg:
        message = await self._waiting.get()
        if message is None:
            raise NatsTimeoutError
        return message

    def give(self, number: int) -> str:
        """Give out a batch; its ticket."""
        ticket = f"$JS.ACK.nxcast-in.brokers.1.{number}.{number}.1.0"
        self._waiting.put_nowait(Msg(self, "nxcast.in.ns1", ticket, b"body", {}))  # type: ignore[arg-type]
        return ticket

    def end_request(self) -> None:
        """Nothing more comes of it."""
        self._waiting.put_nowait(None)


def _run(play: Any) -> Server:
    """Play with a server, and a pull that has asked it for batches."""

    async def run() -> Server:
        server = Server()
        came: list[Work] = []
        pull = WorkPull(came.append)
        running = asyncio.create_task(pull.run(server))  # type: ignore[arg-type]
        await server.asked.wait()
        await play(server, pull, came)
        running.cancel()
        await asyncio.wait({running})
        return server

    return asyncio.run(run())


def test_what_comes_while_it_ends_is_given_back_too() -> None:
    """The server has given it out, and would wait half a minute for who took it."""

    async def play(server: Server, pull: WorkPull, came: list[Work]) -> None:
        tickets = [server.give(1)]
        while not came:
            await asyncio.sleep(0)
        ending = asyncio.create_task(pull.give_back(server))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert server.told == []
        tickets.append(server.give(2))
        server.end_request()
        await ending
        assert server.told == [(ticket, b"-NAK") for ticket in tickets]

    _run(play)


def test_what_is_done_is_acknowledged_and_not_given_back() -> None:
    async def play(server: Server, pull: WorkPull, came: list[Work]) -> None:
        done, left = server.give(1), server.give(2)
        while len(came) < 2:
            await asyncio.sleep(0)
        await pull.done(server, done)  # type: ignore[arg-type]
        server.end_request()
        await pull.give_back(server)  # type: ignore[arg-type]
        assert server.told == [(done, b"+ACK"), (left, b"-NAK")]

    _run(play)
