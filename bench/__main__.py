"""`make bench`: what nxcast does on this machine. Every figure and both sides of a ratio are of one run.

Exit status 1 if a question missed its bar; the other figures depend on the machine, and are for people.
"""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgpack
import zmq

from bench import client_questions, pcap, questions
from bench.load import FRAMES_A_BATCH, MIXES, Load
from bench.subscribing import in_process, measure_latency, subscriber_rate
from nxcast.schemas.frames import FRAMES_1

INGRESS, EGRESS = "ipc://@nxcast-bench-in", "ipc://@nxcast-bench-out"
REPLAY = "ipc://@nxcast-bench-replay"
SECONDS = 6.0  # that each throughput is measured for, after a warm-up
TARGETS = {"resolver": 400_000, "channel 220": 150_000}  # frames a second
LOG_TARGETS = {"resolver": 80, "channel 220": 300}  # nanoseconds of CPU time that the log costs a frame
LOG_LATENCY_MS = 10  # that p99 may be later with the log
WITHOUT_LOG = ("--log", "none")
LATENCY_RATE = 20_000  # frames a second
MEMORY_MB = 150


def main() -> int:
    """Measure all, print as it comes; the exit status."""
    print(_machine(), flush=True)
    for mix, target in TARGETS.items():
        shares = ", ".join(f"{share:g} % RCODE {rcode}" for rcode, share in MIXES[mix].items())
        print(f"\nbroker, {mix} mix ({shares}), one core, every frame and record validated")
        ours = _throughput("nxcast.broker", mix)
        _row("nxcast", f"{ours.rate:,.0f} frames/s", f"to reach {target:,}")
        theirs = _throughput("bench.dnslib_broker", mix)
        _row("the same with dnslib", f"{theirs.rate:,.0f} frames/s", "")
        _row("ratio", f"{ours.rate / theirs.rate:.1f}", "to reach 10")
        _row("peak memory", f"{ours.memory_mb:.0f} MB", f"to stay under {MEMORY_MB}")
        without = _throughput("nxcast.broker", mix, *WITHOUT_LOG)
        _row("without the log", f"{without.rate:,.0f} frames/s", "")
        cost = ours.frame_ns - without.frame_ns
        _row("the log costs", f"{cost:.0f} ns a frame", f"to stay under {LOG_TARGETS[mix]}, of CPU time")
        _row("written to the log", f"{ours.record_octets:.0f} octets a record", "")
    print("\nsubscriber, nxdomain/, 512 records a message")
    for validate in (True, False):
        rate = subscriber_rate(validate)
        _row("validated" if validate else "not validated", f"{rate:,.0f} records/s", "")
    print(f"\nlatency from push to receive at {LATENCY_RATE:,} frames/s, resolver mix, default linger")
    p50, p99, memory = _latency()
    _row("p50, p99", f"{p50:.1f} ms, {p99:.1f} ms", "p99 to stay under 60 ms")
    p50, other, _ = _latency(*WITHOUT_LOG)
    _row("without the log", f"{p50:.1f} ms, {other:.1f} ms", "")
    _row("p99 is later by", f"{p99 - other:.1f} ms", f"to stay under {LOG_LATENCY_MS} ms")
    _row("peak memory of the broker", f"{memory:.0f} MB", f"to stay under {MEMORY_MB}")
    print()
    pcap.main()
    print()
    client_questions.main()
    print()
    return questions.main()


def _row(what: str, figure: str, target: str) -> None:
    print(f"  {what:<28}{figure:>24}   {target}", flush=True)


def _machine() -> str:
    cpu = platform.processor()
    with Path("/proc/cpuinfo").open() as lines:
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), cpu)
    return (
        f"{cpu}, {os.cpu_count()} cores; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, libzmq {zmq.zmq_version()}, pyzmq {zmq.__version__}"
    )


@contextmanager
def _broker(module: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A broker with a core of its own (the last), so that its figures are those of one core."""
    cores = sorted(os.sched_getaffinity(0))
    state = TemporaryDirectory(prefix="nxcast-bench-")  # its log is nobody's
    endpoints = ["--ingress", INGRESS, "--egress", EGRESS, "--replay", REPLAY]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *endpoints, *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_STATE_HOME": state.name},
    )
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


def _peak_mb(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
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


def _throughput(module: str, mix: str, *options: str) -> Throughput:
    """By the broker's own account, from second to second."""
    load = Load(mix)
    context = zmq.Context()
    try:
        with _broker(module, *options) as process:
            push = context.socket(zmq.PUSH)
            push.set_hwm(4)
            push.connect(INGRESS)
            subscriber = context.socket(zmq.SUB)
            subscriber.subscribe(b"")
            subscriber.connect(EGRESS)
            samples = _accounts(push, subscriber, load, process.pid)
            first, last = samples[1], samples[-1]
            return Throughput(
                _rate(samples),
                _peak_mb(process.pid),
                (last.cpu_ns - first.cpu_ns) / (last.frames - first.frames),
                (last.written - first.written) / max(last.records - first.records, 1),
            )
    finally:
        context.destroy(linger=0)


def _accounts(push: zmq.Socket[bytes], subscriber: zmq.Socket[bytes], load: Load, pid: int) -> list[Sample]:
    """One of each Status of a busy broker; all it publishes is read."""
    samples: list[Sample] = []
    batches = load.batches(1 << 60)
    batch = next(batches)
    end = time.monotonic() + SECONDS + 2
    while time.monotonic() < end:
        try:
            while True:
                push.send_multipart(batch, zmq.NOBLOCK)
                batch = next(batches)
        except zmq.Again:
            pass
        try:
            while True:
                topic, _, payload = subscriber.recv_multipart(zmq.NOBLOCK)
                if topic == b"status/":
                    (status,) = msgpack.unpackb(payload)
                    samples.append(_sample(status, pid))
        except zmq.Again:
            push.poll(1, zmq.POLLOUT)
    return samples


def _sample(status: dict[str, Any], pid: int) -> Sample:
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    written = re.search(r"wchar: (\d+)", Path(f"/proc/{pid}/io").read_text())
    return Sample(
        status["time_ns"],
        status["counters"]["frames_received"],
        sum(topic["records"] for topic in status.get("topics", {}).values()),
        (int(times[11]) + int(times[12])) * 1e9 / os.sysconf("SC_CLK_TCK"),
        int(written[1]) if written else 0,
    )


def _rate(samples: list[Sample]) -> float:
    """Median over the seconds, without the first two (start) and the last."""
    rates = [
        (after.frames - before.frames) * 1e9 / (after.time_ns - before.time_ns)
        for before, after in pairwise(samples)
        if after.time_ns - before.time_ns > 5e8
    ]
    return statistics.median(rates[1:])


def _latency(*options: str, seconds: float = 10.0) -> tuple[float, float, float]:
    """p50 and p99 in milliseconds from push to receive, and the broker's peak memory in MB."""
    load = Load("resolver")
    frames = [msgpack.unpackb(parts[2], use_list=False) for parts in load.batches(16)]
    with _broker("nxcast.broker", *options) as broker:
        process, told = in_process(measure_latency, EGRESS)
        assert told.recv() == "connected"
        context = zmq.Context()
        push = context.socket(zmq.PUSH)
        push.connect(INGRESS)
        start = time.perf_counter()
        every = FRAMES_A_BATCH / LATENCY_RATE
        for sequence in range(1, int(seconds / every) + 1):
            while (wait := start + sequence * every - time.perf_counter()) > 0:
                time.sleep(wait)
            now = time.time_ns()
            batch = [(now, *frame[1:]) for frame in frames[sequence % len(frames)]]
            header = {"sensor": "bench", "epoch": 1, "sequence": sequence, "count": len(batch)}
            push.send_multipart([FRAMES_1, msgpack.packb(header), msgpack.packb(batch)])
        p50, p99 = told.recv()
        process.join()
        context.destroy(linger=1000)
        return p50, p99, _peak_mb(broker.pid)


if __name__ == "__main__":
    sys.exit(main())
