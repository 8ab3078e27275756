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
LATENCY_RATE = 20_000  # frames a second
MEMORY_MB = 150


def main() -> int:
    """Measure all, print as it comes; the exit status."""
    print(_machine(), flush=True)
    for mix, target in TARGETS.items():
        shares = ", ".join(f"{share:g} % RCODE {rcode}" for rcode, share in MIXES[mix].items())
        print(f"\nbroker, {mix} mix ({shares}), one core, every frame and record validated")
        ours, memory = _throughput("nxcast.broker", mix)
        _row("nxcast", f"{ours:,.0f} frames/s", f"to reach {target:,}")
        theirs, _ = _throughput("bench.dnslib_broker", mix)
        _row("the same with dnslib", f"{theirs:,.0f} frames/s", "")
        _row("ratio", f"{ours / theirs:.1f}", "to reach 10")
        _row("peak memory", f"{memory:.0f} MB", f"to stay under {MEMORY_MB}")
    print("\nsubscriber, nxdomain/, 512 records a message")
    for validate in (True, False):
        rate = subscriber_rate(validate)
        _row("validated" if validate else "not validated", f"{rate:,.0f} records/s", "")
    print(f"\nlatency from push to receive at {LATENCY_RATE:,} frames/s, resolver mix, default linger")
    p50, p99, memory = _latency()
    _row("p50, p99", f"{p50:.1f} ms, {p99:.1f} ms", "p99 to stay under 60 ms")
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
def _broker(module: str) -> Iterator[subprocess.Popen[str]]:
    """A broker with a core of its own (the last), so that its figures are those of one core."""
    cores = sorted(os.sched_getaffinity(0))
    state = TemporaryDirectory(prefix="nxcast-bench-")  # its log is nobody's
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--ingress", INGRESS, "--egress", EGRESS, "--replay", REPLAY],
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


def _throughput(module: str, mix: str) -> tuple[float, float]:
    """Frames a second by the broker's own account, from second to second, and its peak memory in MB."""
    load = Load(mix)
    context = zmq.Context()
    try:
        with _broker(module) as process:
            push = context.socket(zmq.PUSH)
            push.set_hwm(4)
            push.connect(INGRESS)
            subscriber = context.socket(zmq.SUB)
            subscriber.subscribe(b"")
            subscriber.connect(EGRESS)
            samples = _accounts(push, subscriber, load)
            return _rate(samples), _peak_mb(process.pid)
    finally:
        context.destroy(linger=0)


def _accounts(push: zmq.Socket[bytes], subscriber: zmq.Socket[bytes], load: Load) -> list[tuple[int, int]]:
    """(time in ns, frames received) of each Status of a busy broker; all it publishes is read."""
    samples: list[tuple[int, int]] = []
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
                    samples.append((status["time_ns"], status["counters"]["frames_received"]))
        except zmq.Again:
            push.poll(1, zmq.POLLOUT)
    return samples


def _rate(samples: list[tuple[int, int]]) -> float:
    """Median over the seconds, without the first two (start) and the last."""
    rates = [(n1 - n0) * 1e9 / (t1 - t0) for (t0, n0), (t1, n1) in pairwise(samples) if t1 - t0 > 5e8]
    return statistics.median(rates[1:])


def _latency(seconds: float = 10.0) -> tuple[float, float, float]:
    """p50 and p99 in milliseconds from push to receive, and the broker's peak memory in MB."""
    load = Load("resolver")
    frames = [msgpack.unpackb(parts[2], use_list=False) for parts in load.batches(16)]
    with _broker("nxcast.broker") as broker:
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
