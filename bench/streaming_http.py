"""What streams over HTTP cost: one server in this process, its readers in another, and no broker between.

Messages of nxdomain/ are decoded and validated as a subscriber does it, a second of them before each status,
and the next second comes once all readers have the one before. CPU time is that of the server's process.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import msgpack
import uvicorn
from starlette.types import ASGIApp

from bench.subscribing import in_process
from bench.throughput import peak_mb
from nxcast.consumers.client.events import Batch
from nxcast.consumers.serve.event_streams import EventStreams
from nxcast.consumers.serve.http_connections import Connection as Client
from nxcast.consumers.serve.http_gate import Gate
from nxcast.consumers.serve.routes import application
from nxcast.consumers.serve.server import STOP_S, listening
from nxcast.consumers.serve.streaming import Answers
from nxcast.schemas.records import decode_records
from nxcast.telemetry.metrics_address import Address

__all__ = ["RATE", "Streamed", "served", "streamed"]

RATE = 5000  # records a second
BATCH = 50  # records a message
SECONDS = 4  # of records
TOPIC = "nxdomain/A/"
NAME = "netATLANTic.COM.MuLTI.SuRBl.ORg."


class Streamed(NamedTuple):
    """What readers got of a server."""

    events: float  # given to all, for a CPU second of the server
    share: float  # of a core, at RATE
    memory_mb: float  # of the server's process, at its peak


class _Hub:
    """One that is told by us what it hears."""

    topics = ("nxdomain/", "status/")
    status = key = None


def streamed(readers: int) -> Streamed:
    """Give RATE records a second to so many readers of everything."""
    return asyncio.run(_streamed(readers))


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """An application in the running loop; its port."""
    with listening(Address("127.0.0.1", 0)) as where:
        config = uvicorn.Config(
            app,
            http=Client,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=STOP_S,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([where]))
        yield where.getsockname()[1]
        server.should_exit = True
        await serving


async def _streamed(readers: int) -> Streamed:
    streams = EventStreams(_Hub())  # type: ignore[arg-type]
    app = application(None, Gate(()), Answers(), _Hub(), streams)  # type: ignore[arg-type]
    async with served(app) as port:
        process, told = in_process(_read, port, readers, SECONDS * RATE)
        streams.heard(_second(0))  # before that nobody knows where they are
        joined = await asyncio.to_thread(told.recv)
        assert joined == readers
        begun = time.process_time()
        for second in range(1, SECONDS + 1):
            streams.heard(_second(second))
            while any(reader._chunks for group in streams._readers.values() for reader in group):
                await asyncio.sleep(0.01)
        await asyncio.to_thread(told.recv)
        spent = time.process_time() - begun
        memory_mb = peak_mb(os.getpid())
        streams.stop()
    process.join()
    return Streamed(readers * SECONDS * RATE / spent, spent / SECONDS, memory_mb)


def _second(number: int) -> list[Batch[Any]]:
    record = {
        "qname": NAME,
        "qclass": 1,
        "qtype": 1,
        "response_ip": "192.0.2.1",
        "soa_rrname": "MuLTI.SuRBl.ORg.",
        "time_ns": time.time_ns(),
        "sensor": "bench",
    }
    payload = msgpack.packb([record] * BATCH)
    batches: list[Batch[Any]] = []
    for sequence in range(RATE // BATCH if number else 0):
        records = decode_records("nxdomain/", payload)
        batches.append(Batch(TOPIC, 1, number * RATE + sequence, number, records))
    status = {"time_ns": number, "epoch": 1, "topics": {}}  # what streams look at
    return [*batches, Batch("status/", 1, number + 1, number, [status])]


def _read(tell: Connection, port: int, readers: int, events: int) -> None:
    asyncio.run(_readers(tell, port, readers, events))


async def _readers(tell: Connection, port: int, readers: int, events: int) -> None:
    opened = [await asyncio.open_connection("127.0.0.1", port, limit=1 << 20) for _ in range(readers)]
    for come, go in opened:
        go.write(b"GET /v1/stream/nxdomain/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await come.readuntil(b"id: ")
    tell.send(readers)
    await asyncio.gather(*(_count(come, events) for come, _ in opened))
    tell.send(None)


async def _count(come: asyncio.StreamReader, events: int) -> None:
    end = b""
    while events > 0:
        octets = await come.read(1 << 18)
        events -= (end + octets).count(b"\ndata: ")
        end = octets[-6:]
