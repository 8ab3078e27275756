"""A broker of a process and a core of its own, kept busy by a load, and what that costs it."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgpack
import zmq

from bench.load import Load

__all__ = [
    "EGRESS",
    "INGRESS",
    "REPLAY",
    "Sample",
    "Throughput",
    "accounts",
    "cpu_s",
    "peak_mb",
    "running",
    "throughput",
]

INGRESS, EGRESS = "ipc://@nxcast-bench-in", "ipc://@nxcast-bench-out"
REPLAY = "ipc://@nxcast-bench-replay"
SAMPLES_MIN = 4  # accounts that a figure is made from ...
LATE_S = 60.0  # ... and seconds more that they are waited for, on a machine that has other things to do
START_S = 3.0  # seconds until a broker is there and warm
SECONDS = 6.0  # that each throughput is measured for, after a warm-up


@contextmanager
def running(module: str, *options: str, pinned: bool = True) -> Iterator[subprocess.Popen[str]]:
    """A broker with a core of its own (the last), so that its figures are those of one core.

    Not `pinned` where it is another program that is measured.
    """
    cores = sorted(os.sched_getaffinity(0))
    state = TemporaryDirectory(prefix="nxcast-bench-")  # its log is nobody's
    endpoints = ["--ingress", INGRESS, "--egress", EGRESS, "--replay", REPLAY]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *endpoints, *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_STATE_HOME": state.name},
    )
    if pinned:
        os.sched_setaffinity(process.pid, cores[-1:])
        os.sched_setaffinity(0, cores[:-1] or cores)
    try:
        assert process.stderr is not None
        process.stderr.readline()
        yield process
    finally:
        os.sched_setaffinity(0, cores)
        process.terminate()
        process.communicate()
        state.cleanup()


def cpu_s(pid: int) -> float:
    """Seconds of CPU time that a process has had, its threads' and the system's for it (proc(5))."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float:
    return _memory_mb(pid, "VmHWM")


def _memory_mb(pid: int, which: str) -> float:
    found = re.search(rf"{which}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


class Throughput(NamedTuple):
    """What a busy broker did; dnslib's tells no records."""

    rate: float  # frames a second
    memory_mb: float  # at its peak
    frame_ns: float  # CPU time of the whole process a frame, nanoseconds
    record_octets: float  # written a record, to the log and, hardly, to pipes


class Sample(NamedTuple):
    """What a status said, and what the system did when it came."""

    time_ns: int
    frames: int
    records: int
    cpu_ns: float
    written: int  # octets
    memory_mb: float  # resident
    peak_mb: float


def throughput(module: str, load: Load, *options: str, seconds: float = SECONDS) -> Throughput:
    """By the broker's own account, from second to second."""
    end = time.monotonic() + seconds + START_S

    def enough(samples: list[Sample]) -> bool:
        now = time.monotonic()
        return now >= end and (len(samples) >= SAMPLES_MIN or now >= end + LATE_S)

    samples = accounts(module, load, *options, enough=enough)
    first, last = samples[1], samples[-1]
    return Throughput(
        _rate(samples),
        last.peak_mb,
        (last.cpu_ns - first.cpu_ns) / (last.frames - first.frames),
        (last.written - first.written) / max(last.records - first.records, 1),
    )


def accounts(module: str, load: Load, *options: str, enough: Callable[[list[Sample]], bool]) -> list[Sample]:
    """One of each Status of a busy broker, until there are enough; all that it publishes is read."""
    context = zmq.Context()
    try:
        with running(module, *options) as process:
            push = context.socket(zmq.PUSH)
            push.set_hwm(4)
            push.connect(INGRESS)
            subscriber = context.socket(zmq.SUB)
            subscriber.subscribe(b"")
            subscriber.connect(EGRESS)
            return _accounts(push, subscriber, load, process.pid, enough)
    finally:
        context.destroy(linger=0)


def _accounts(
    push: zmq.Socket[bytes],
    subscriber: zmq.Socket[bytes],
    load: Load,
    pid: int,
    enough: Callable[[list[Sample]], bool],
) -> list[Sample]:
    samples: list[Sample] = []
    batches = load.batches(1 << 60)
    batch = next(batches)
    while not enough(samples):
        try:
            while True:
                push.send_multipart(batch, zmq.NOBLOCK)
                batch = next(batches)
        except zmq.Again:
            pass
        try:
            while True:
                topic, *_, payload = subscriber.recv_multipart(zmq.NOBLOCK)
                if topic == b"status/":
                    (status,) = msgpack.unpackb(payload)
                    samples.append(_sample(status, pid))
        except zmq.Again:
            push.poll(1, zmq.POLLOUT)
    return samples


def _sample(status: dict[str, Any], pid: int) -> Sample:
    written = re.search(r"wchar: (\d+)", Path(f"/proc/{pid}/io").read_text())
    return Sample(
        status["time_ns"],
        status["counters"]["frames_received"],
        sum(topic["records"] for topic in status.get("topics", {}).values()),
        cpu_s(pid) * 1e9,
        int(written[1]) if written else 0,
        _memory_mb(pid, "VmRSS"),
        peak_mb(pid),
    )


def _rate(samples: list[Sample]) -> float:
    """Median over the seconds, without the first two (start) and the last."""
    rates = [
        (after.frames - before.frames) * 1e9 / (after.time_ns - before.time_ns)
        for before, after in pairwise(samples)
        if after.time_ns - before.time_ns > 5e8
    ]
    return statistics.median(rates[1:])
