"""What NATS JetStream costs beside ZeroMQ: CPU time a frame, by size of batches and brokers, and latency.

A real nats-server that brings each batch to the device before it acknowledges it, with the brokers on this
machine. CPU time is that of the brokers, as their own system accounts for it, for a queue that was filled
before they may take from it, until it is empty, so that all of them are busy. The server's is told beside it.
ZeroMQ's is that of a broker with its log on disk.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgpack
from nats.aio.client import Client

from bench.load import Load
from bench.subscribing import in_process, measure_latency, stream_rate, subscriber_rate
from bench.throughput import INGRESS, REPLAY, cpu_s, running, throughput
from nxcast.schemas.frames import FRAMES_2, BatchHeader, encode_batch
from nxcast.transport.nats.jetstream_layout import TAKERS, WORK
from testbed.nats_server import NatsServer

__all__ = ["main"]

MIX = "resolver"
SECONDS = 3.0  # that ZeroMQ's broker is measured for
OCTETS = 48 << 20  # of batches that are drained for a figure; for one of SIZES[-1] four times as many
ROUNDS = 5  # pairs of one broker and of two, by turns; the middle one counts, since others use this machine
SIZES = (128, 1024, 4096)  # frames a batch; 4,096 of them are about 640 KiB
WARM_UP = 64  # batches before, so that each broker has the memory that it holds batches in
PRODUCED = 200_000  # frames of a capture that is sent
UNDER_WAY = 32  # batches of which it is awaited that they are stored
THIRD, TWO_BROKERS = 3.0, 1.1  # times the CPU time that NATS, and two brokers, may take
TARGET = f"to stay under {THIRD:g} x"
RATE, LATENCY_FRAMES, LATENCY_S = 20_000, 256, 10.0  # frames a second, a batch; seconds
WAIT_S = 120.0

Body = Callable[[int], bytes]
"""A batch by its number, from 1."""


class Cost(NamedTuple):
    """CPU time a frame, nanoseconds, and what a batch has."""

    brokers_ns: float
    server_ns: float
    batch_octets: int


def main() -> None:
    """Measure all, print as it comes."""
    print("NATS JetStream beside ZeroMQ, resolver mix, CPU time of clients, all of this run")
    with TemporaryDirectory(prefix="nxcast-bench-nats-") as folder:
        server = NatsServer(Path(folder))
        try:
            for frames in SIZES[:-1]:
                load = Load(MIX, frames)
                ours = _over_tcp(load)
                _row("over nats://", drained(server, load, OCTETS, brokers=1), ours)
            load = Load(MIX, SIZES[-1])
            ours = _over_tcp(load)
            one, two = _one_and_two(server, load)
            _row("over nats://", one, ours, TARGET)
            _row("by two brokers", two, one.brokers_ns, f"to stay under {TWO_BROKERS:g} x one")
            _subscriber(server)
            _producer(server, Path(folder) / "frames.pcap")
            print(f"  latency from push to receive at {RATE:,} frames/s in batches of {LATENCY_FRAMES}")
            print("    over nats://      p50 {:.1f} ms, p99 {:.1f} ms".format(*_latency(server)), flush=True)
        finally:
            server.kill()


def _one_and_two(server: NatsServer, load: Load) -> list[Cost]:
    """What one broker costs and what two do, in the pair whose ratio is the middle one."""
    pairs = []
    for number in range(ROUNDS):
        turn = (1, 2) if number % 2 else (2, 1)
        found = {brokers: drained(server, load, 4 * OCTETS, brokers=brokers) for brokers in turn}
        pairs.append([found[1], found[2]])
    return sorted(pairs, key=lambda pair: pair[1].brokers_ns / pair[0].brokers_ns)[ROUNDS // 2]


def _subscriber(server: NatsServer) -> None:
    """That reads what the stream has."""
    state = server.ask("STREAM.INFO.nxcast", {"subjects_filter": "nxcast.nxdomain.>"})["state"]
    rates = subscriber_rate(True), stream_rate(server.endpoint, sum(state["subjects"].values()))
    over_tcp, over_nats = (1e9 / rate for rate in rates)
    print(f"  subscriber: {over_tcp:,.0f} ns a record over tcp://", flush=True)
    print(
        f"    over nats://      {over_nats:>8,.0f} ns a record, {over_nats / over_tcp:.2f} x   {TARGET}",
        flush=True,
    )


def _producer(server: NatsServer, capture: Path) -> None:
    """That sends a capture."""
    _produce("synthetic", "--count", str(PRODUCED), "--seed", "1", "--write", str(capture))
    with running("nxcast.broker"):
        over_tcp = _produce("pcap", str(capture), "--broker", INGRESS, "--replay", REPLAY)
    _anew(server)
    over_nats = _produce("pcap", str(capture), "--broker", server.endpoint)
    print(f"  producer of a capture: {over_tcp:,.0f} ns a frame over tcp://, its start in it", flush=True)
    print(
        f"    over nats://      {over_nats:>8,.0f} ns a frame, {over_nats / over_tcp:.2f} x   {TARGET}",
        flush=True,
    )


def _produce(*words: str) -> float:
    """CPU time a frame of nxcast-produce, its start in it, nanoseconds."""
    process = subprocess.Popen((sys.executable, "-m", "nxcast.producers", *words), stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, words
    process.returncode = 0
    return (usage.ru_utime + usage.ru_stime) * 1e9 / PRODUCED


def drained(server: NatsServer, load: Load, octets: int, *, brokers: int) -> Cost:
    """What it costs brokers to take from the queue all that is put into it, and to store what that gives."""
    _anew(server)
    with _sharing(server, brokers) as running_brokers:
        pids = [broker.pid for broker in running_brokers]
        body = _bodies(load)
        size = len(body(1))
        count = octets // size
        _fill(server, body, WARM_UP)
        _await_empty(server)
        _pause(server, WAIT_S)
        before_server = cpu_s(server.process.pid)  # which stores them too
        _fill(server, lambda sequence: body(WARM_UP + sequence), count)
        before = sum(map(cpu_s, pids))
        _pause(server, 0)
        _await_empty(server)
        frames = count * load.frames
        return Cost(
            (sum(map(cpu_s, pids)) - before) * 1e9 / frames,
            (cpu_s(server.process.pid) - before_server) * 1e9 / frames,
            size,
        )


@contextmanager
def _sharing(server: NatsServer, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Brokers that share the queue."""
    words = (sys.executable, "-m", "nxcast.broker", "--ingress", server.endpoint, "--egress", server.endpoint)
    brokers = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        for broker in brokers:
            assert broker.stderr is not None
            assert "taking frames" in broker.stderr.readline()
        yield brokers
    finally:
        for broker in brokers:
            broker.terminate()
            broker.communicate()


def _anew(server: NatsServer) -> None:
    for name in ("nxcast", WORK):
        server.ask(f"STREAM.DELETE.{name}")
    made = server.set_up()
    assert made.returncode == 0, made.stderr


def _bodies(load: Load) -> Body:
    """Batches of a load, as a producer sends them to the queue."""
    payloads = [msgpack.unpackb(parts[2], use_list=False) for parts in load.batches(4)]
    packed = [
        encode_batch(_header(1, load), [(*f, None, 0) for f in frames], FRAMES_2)[2] for frames in payloads
    ]

    def body(sequence: int) -> bytes:
        head = encode_batch(_header(sequence, load), [], FRAMES_2)[1]
        return head + packed[sequence % len(packed)]

    return body


def _header(sequence: int, load: Load) -> BatchHeader:
    return {"sensor": "bench", "epoch": 1, "sequence": sequence, "count": load.frames}


def _fill(server: NatsServer, body: Body, count: int) -> None:
    async def fill(client: Client) -> None:
        async def store(sequence: int) -> None:
            answer = await client.request("nxcast.in.bench", body(sequence), timeout=WAIT_S)
            assert b"error" not in answer.data, answer.data

        for first in range(1, count + 1, UNDER_WAY):
            await asyncio.gather(*map(store, range(first, min(first + UNDER_WAY, count + 1))))

    server.run(fill)


def _pause(server: NatsServer, seconds: float) -> None:
    """Give nothing to brokers for so long; 0: go on."""
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    told = server.ask(f"CONSUMER.PAUSE.{WORK}.{TAKERS}", {"pause_until": until.isoformat()})
    assert told.get("paused", False) == (seconds > 0), told


def _await_empty(server: NatsServer) -> None:
    until_s = time.monotonic() + WAIT_S
    while server.ask(f"STREAM.INFO.{WORK}")["state"]["messages"]:
        assert time.monotonic() < until_s, "the queue is not drained"
        time.sleep(0.1)


def _latency(server: NatsServer) -> tuple[float, float]:
    """p50 and p99 in milliseconds from push to receive."""
    _anew(server)
    load = Load(MIX, LATENCY_FRAMES)
    batches = [msgpack.unpackb(parts[2], use_list=False) for parts in load.batches(16)]

    async def push(client: Client) -> None:
        every_s = LATENCY_FRAMES / RATE
        began_s = time.perf_counter()
        for sequence in range(1, int(LATENCY_S / every_s) + 1):
            await asyncio.sleep(max(began_s + sequence * every_s - time.perf_counter(), 0))
            now_ns = time.time_ns()
            frames = [(now_ns, *frame[1:], None, 0) for frame in batches[sequence % len(batches)]]
            await client.publish(
                "nxcast.in.bench", b"".join(encode_batch(_header(sequence, load), frames, FRAMES_2)[1:])
            )

    with _sharing(server, 1):
        process, told = in_process(measure_latency, server.endpoint)
        assert told.recv() == "connected"
        server.run(push)
        p50_ms, p99_ms = told.recv()
        process.join()
        return p50_ms, p99_ms


def _over_tcp(load: Load) -> float:
    """CPU time a frame of a broker with ZeroMQ and its log, nanoseconds; it is printed."""
    found = throughput("nxcast.broker", load, seconds=SECONDS).frame_ns
    print(f"  batches of {load.frames:,}: {found:,.0f} ns a frame over tcp://", flush=True)
    return found


def _row(what: str, cost: Cost, ours_ns: float, target: str = "") -> None:
    ratio = cost.brokers_ns / ours_ns
    print(
        f"    {what:<18}{cost.brokers_ns:>8,.0f} ns a frame, {ratio:.2f} x, the server "
        f"{cost.server_ns:,.0f}, {cost.batch_octets >> 10} KiB a batch   {target}",
        flush=True,
    )


if __name__ == "__main__":
    main()
