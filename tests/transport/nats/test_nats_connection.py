"""Connecting to what is no nats-server, or does not go on being one: an error of ours, and an end of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

pytest.importorskip("nats")

from nxcast.transport.nats import nats_connection
from nxcast.transport.nats.nats_connection import Client, StreamError, connect, disconnect
from testbed.ports import free_ports

GREETING = b'INFO {"version":"2.12.0","max_payload":1048576}\r\nPONG\r\n'
TIMEOUT_S = 60.0
"""Seconds for what a healthy machine does in a few."""


async def _greeted(greeting: bytes, then: Callable[[str], Awaitable[None]]) -> bytes:
    """Do that with a server that says so much to who connects; all of its connections end. What was said."""
    ended: list[asyncio.Future[None]] = []
    told = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal told
        end = asyncio.get_running_loop().create_future()
        ended.append(end)
        writer.write(greeting)
        try:
            told += await reader.read()
        except OSError:
            pass
        finally:
            writer.close()
            end.set_result(None)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    await then(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await asyncio.wait_for(asyncio.gather(*ended), TIMEOUT_S)
    server.close()
    return told


@pytest.mark.parametrize(
    "greeting",
    [
        b"",
        b"SSH-2.0-some\r\n",
        b"INFO {}\r\n",
        b"INFO []\r\n",
        b"INFO 3\r\n",
        b"INFO \xff\r\n",
        b'INFO {"version":"x.y"}\r\nPONG\r\n',
        b'INFO {"version":"1.2.3"}\r\nPONG\r\n',
        b"x" * 100_000,
    ],
    ids=lambda greeting: repr(greeting[:24]),
)
def test_what_is_no_server_is_an_error_of_ours_and_let_go_of(
    greeting: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_connection, "CONNECT_S", 0.2)

    async def refused(endpoint: str) -> None:
        with pytest.raises(StreamError, match=r"nats-server"):
            await connect(endpoint, "test")

    asyncio.run(_greeted(greeting, refused))


def test_where_tls_is_asked_for_nothing_goes_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """To a server that offers none, or of which somebody on the way says so."""
    monkeypatch.setattr(nats_connection, "CONNECT_S", 0.2)

    async def refused(endpoint: str) -> None:
        with pytest.raises(StreamError, match=r"can't connect to tls://127"):
            await connect(endpoint.replace("nats://", "tls://broker:secret@"), "test")

    assert asyncio.run(_greeted(GREETING, refused)) == b""


def test_who_is_not_patient_hears_at_once_that_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once each of the servers was tried; others would hear it after an hour."""
    monkeypatch.setattr(nats_connection, "CONNECT_S", 3600.0)
    endpoint = ",".join(f"nats://127.0.0.1:{port}" for port in free_ports(2))

    async def refused() -> None:
        with pytest.raises(StreamError, match="connect call failed"):
            await connect(endpoint, "test", patient=False)

    asyncio.run(asyncio.wait_for(refused(), TIMEOUT_S))


def test_a_try_that_is_ended_lets_go_too() -> None:
    async def ended(endpoint: str) -> None:
        before = asyncio.all_tasks()
        trying = asyncio.ensure_future(connect(endpoint, "test"))
        await asyncio.sleep(0)  # it has begun
        trying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trying
        assert not [task for task in asyncio.all_tasks() - before if "connect" in repr(task.get_coro())]

    asyncio.run(_greeted(b"", ended))


def test_a_server_that_takes_nothing_more_does_not_keep_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is frozen, or the way to it is, and what was sent last waits."""
    monkeypatch.setattr(nats_connection, "DISCONNECT_S", 0.2)
    monkeypatch.setattr(nats_connection, "FLUSH_S", 0.01)

    async def run() -> None:
        frozen: list[asyncio.StreamWriter] = []

        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            frozen.append(writer)
            writer.write(GREETING)
            writer.transport.pause_reading()  # type: ignore[attr-defined]

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        client = await connect(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}", "test")
        for _ in range(32):
            await client.publish("some", bytes(1 << 20))
        await asyncio.wait_for(disconnect(client), TIMEOUT_S)
        assert client.is_closed
        server.close()
        frozen[0].transport.abort()
        await asyncio.wait_for(_closed(client), TIMEOUT_S)

    asyncio.run(run())


async def _closed(client: Client) -> None:
    """Until nats-py's own end of the socket is."""
    while not client._transport._io_writer.is_closing():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0)
