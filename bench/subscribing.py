"""The receiving side of the benchmark, in processes of its own."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import zmq

from nxcast.broker.derivation.outbox import Outbox
from nxcast.consumers import Subscriber

__all__ = ["in_process", "measure_latency", "stream_rate", "subscriber_rate"]

ENDPOINT = "ipc://@nxcast-bench-sub"


def in_process(target: Callable[..., None], *arguments: Any) -> tuple[Any, Connection]:
    """A process of its own, and the connection over which it tells its result."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=target, args=(theirs, *arguments))
    process.start()
    return process, ours


def subscriber_rate(validate: bool, messages: int = 2000) -> float:
    """Records a second through Subscriber, from a process that publishes as fast as it is read."""
    context = zmq.Context()
    publisher = context.socket(zmq.XPUB)
    publisher.setsockopt(zmq.XPUB_NODROP, 1)
    publisher.linger = 0  # before it is bound, or it may never end
    publisher.bind(ENDPOINT)
    process, told = in_process(_subscribe, ENDPOINT, validate, messages)
    while publisher.recv() != b"\x01status/":
        pass
    outbox = Outbox(1, batch_records=512)
    record = {
        "qname": "netATLANTic.COM.MuLTI.SuRBl.ORg.",
        "qclass": 1,
        "qtype": 1,
        "response_ip": "192.0.2.1",
        "soa_rrname": "MuLTI.SuRBl.ORg.",
        "time_ns": time.time_ns(),
        "sensor": "bench",
    }
    for _ in range(messages):
        for message in outbox.put([("nxdomain/A/", record)] * 512, 0):
            publisher.send_multipart(message)
    rate: float = told.recv()
    process.join()
    context.destroy(linger=0)
    return rate


def stream_rate(broker: str, messages: int) -> float:
    """The same of so many messages that a stream of NATS has, validated."""
    process, told = in_process(_subscribe, broker, True, messages, 3600)
    rate: float = told.recv()
    process.join()
    return rate


def _subscribe(
    tell: Connection, broker: str, validate: bool, messages: int, since: float | None = None
) -> None:
    with Subscriber("nxdomain/", broker=broker, validate=validate, since=since) as subscriber:
        batches = iter(subscriber)
        records = -len(next(batches).records)
        start = time.process_time()
        for _ in range(messages - 1):
            records += len(next(batches).records)
        tell.send(records / (time.process_time() - start))


def measure_latency(tell: Connection, egress: str) -> None:
    """Tell 'connected', then p50 and p99 in milliseconds of all that came until two quiet seconds."""
    latencies: list[float] = []
    with Subscriber("nxdomain/", "dns-errors/", broker=egress, timeout=2.0) as subscriber:
        subscriber.wait_connected(10)
        tell.send("connected")
        for batch in subscriber:
            now = time.time_ns()
            latencies += [(now - record["time_ns"]) / 1e6 for record in batch.records]
    cuts = statistics.quantiles(latencies, n=100)
    tell.send((cuts[49], cuts[98]))
