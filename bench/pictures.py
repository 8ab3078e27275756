"""What the page costs: one server in this process that draws a picture a second, its readers in another.

Records are given as the hub gives them, decoded and validated before that, with all questions that the page
asks; the next second of them comes once the picture of the one before is drawn. CPU time is that of the
server's process, for a second of records and their picture.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgpack

from bench.streaming_http import served
from bench.subscribing import in_process
from nxcast.consumers.client.events import Batch
from nxcast.consumers.serve.http_gate import Gate
from nxcast.consumers.serve.live_hub import Listener
from nxcast.consumers.serve.page_feeds import PageFeeds
from nxcast.consumers.serve.reader_rights import ALL
from nxcast.consumers.serve.routes import application
from nxcast.consumers.serve.streaming import Answers
from nxcast.schemas.records import decode_records
from nxcast.schemas.units import SECOND_NS

__all__ = ["Pictured", "pictured"]

SECONDS = 20
NAMES, ZONES, SERVERS, RECORDS = 20_000, 500, 200, 5000  # records of a topic, over and over
TOPICS = {"nxdomain/A/": 0.8, "dns-errors/SERVFAIL/": 0.2}  # with shares of all
COUNTERS: dict[str, Any] = {
    **dict.fromkeys(
        ("messages_received", "frames_received", "noerror", "errors", "unsolicited", "nxdomain"), 0
    ),
    **dict.fromkeys(("requests_received", "messages_replayed"), 0),
    **{name: {} for name in ("messages_malformed", "malformed", "skipped", "requests_malformed", "refused")},
}
SENSOR = dict.fromkeys(
    ("epoch", "sequence", "time_ns", "batches", "frames", "lost_batches", "repeated_batches", "restarts"), 0
)
STATUS = {
    "epoch": 1, "replay": None, "software": "bench", "topics": {}, "sensors": {"bench": SENSOR},
    "sensors_forgotten": 0,
}  # fmt: skip


class Pictured(NamedTuple):
    """What readers got of a server."""

    share: float  # of a core
    octets: float  # of a picture


class _Hub:
    """One that is told by us what it hears."""

    topics = ("nxdomain/", "dns-errors/", "status/")
    status = key = None
    subscriber = SimpleNamespace(broker="tcp://127.0.0.1:5556")

    def __init__(self) -> None:
        self.heard: list[Listener] = []

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """As that of a real one."""
        self.heard.append(listener)
        yield

    def failed(self, error: BaseException) -> None:
        """As that of a real one: a bug of ours ends the run."""
        raise error


def pictured(readers: int, rate: int) -> Pictured:
    """Draw failures that come at so many a second, for so many readers."""
    return asyncio.run(_pictured(readers, rate))


async def _pictured(readers: int, rate: int) -> Pictured:
    hub = _Hub()
    feeds = PageFeeds(hub, store=False)  # type: ignore[arg-type]
    app = application(None, Gate(()), Answers(), hub, None, feeds)  # type: ignore[arg-type]
    records = {topic: _records(topic) for topic in TOPICS}
    async with served(app) as port:
        feeds.begin()
        process, told = in_process(_read, port, readers)
        assert await asyncio.to_thread(told.recv) == readers
        pictures = feeds.of(ALL).pictures()
        await anext(pictures)
        begun = time.process_time()
        for second in range(SECONDS):
            for topic, share in TOPICS.items():
                _hear(hub, topic, records[topic], second, round(rate * share))
            await anext(pictures)
        spent = time.process_time() - begun
    octets = await asyncio.to_thread(told.recv)
    process.join()
    return Pictured(spent / SECONDS, octets)


def _hear(hub: _Hub, topic: str, records: Sequence[Any], second: int, count: int) -> None:
    now_ns = time.time_ns()
    given = [{**records[(second * count + at) % RECORDS], "time_ns": now_ns} for at in range(count)]
    status = {**STATUS, "time_ns": now_ns, "counters": {**COUNTERS, "frames_received": second + 1}}
    batches: list[Batch[Any]] = [
        Batch(topic, 1, second + 1, now_ns, given),
        Batch("status/", 1, second + 1, now_ns, [status]),
    ]
    for listener in hub.heard:
        listener(batches)


def _records(topic: str) -> list[Any]:
    random = Random(20)
    made: list[Any] = []
    for _ in range(RECORDS):
        zone = f"z{int(random.paretovariate(0.8)) % ZONES}.example."
        name = f"n{int(random.paretovariate(0.5)) % NAMES}.{zone}"
        server = f"192.0.2.{int(random.paretovariate(1)) % SERVERS}"
        record = {"qname": name, "qclass": 1, "qtype": 1, "response_ip": server, "time_ns": SECOND_NS}
        payload = msgpack.packb([{**record, "sensor": "bench", **_more(topic, zone)}])
        made += decode_records(topic.partition("/")[0] + "/", payload)
    return made


def _more(topic: str, zone: str) -> dict[str, Any]:
    if topic.startswith("nxdomain/"):
        return {"soa_rrname": zone}
    header = bytes.fromhex("1234 8102 0001 0000 0000 0000 0161 07 6578616d706c65 00 0001 0001")
    return {
        "type": 1, "response_port": 53, "proto": 17, "query_ip": None, "query_port": 54924, "id": 4660,
        "opcode": 0, "rcode": 2, "query_zone": zone, "query": header, "response": header,
    }  # fmt: skip


def _read(tell: Connection, port: int, readers: int) -> None:
    asyncio.run(_readers(tell, port, readers))


async def _readers(tell: Connection, port: int, readers: int) -> None:
    opened = [await asyncio.open_connection("127.0.0.1", port, limit=1 << 20) for _ in range(readers)]
    for come, go in opened:
        go.write(b"GET /v1/picture HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
        await come.readuntil(b"data: ")
    tell.send(readers)
    found = await asyncio.gather(*(_largest(come) for come, _ in opened))
    tell.send(max(found, default=0))


async def _largest(come: asyncio.StreamReader) -> int:
    """Octets of the largest picture, until the server has gone."""
    largest = 0
    while line := await come.readline():
        largest = max(largest, len(line))
    return largest
