"""`make bench`: what nxcast does on this machine. Every figure and both sides of a ratio are of one run.

Exit status 1 if a question missed its bar; the other figures depend on the machine, and are for people.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

import msgpack
import zmq

from bench import client_questions, growing, jetstream_cost, pcap, producing, questions, ratios, storing
from bench.load import MIXES, Load
from bench.pictures import pictured
from bench.serving import whole_server
from bench.streaming_http import RATE, streamed
from bench.subscribing import in_process, measure_latency, subscriber_rate
from bench.throughput import EGRESS, INGRESS, peak_mb, running, throughput
from nxcast.producers.linger import LINGER_MS
from nxcast.schemas.frames import FRAMES_1

TARGETS = {"resolver": 400_000, "channel 220": 150_000}  # frames a second
LOG_TARGETS = {"resolver": 80, "channel 220": 300}  # nanoseconds of CPU time that the log costs a frame
LOG_LATENCY_MS = 10  # that p99 may be later with the log
WITHOUT_LOG = ("--log", "none")
LATENCY_RATE = 20_000  # frames a second ...
LIVE_FRAMES = LATENCY_RATE * LINGER_MS // 1000  # ... as a live producer sends them
MEMORY_MB = 150


def main() -> int:
    """Measure all, print as it comes; the exit status."""
    print(_machine(), flush=True)
    print()
    ratios.main()
    for mix, target in TARGETS.items():
        shares = ", ".join(f"{share:g} % RCODE {rcode}" for rcode, share in MIXES[mix].items())
        print(f"\nbroker, {mix} mix ({shares}), one core, every frame and record validated")
        ours = throughput("nxcast.broker", Load(mix))
        _row("nxcast", f"{ours.rate:,.0f} frames/s", f"to reach {target:,}")
        theirs = throughput("bench.dnslib_broker", Load(mix), "--no-compiled")
        _row("the same with dnslib", f"{theirs.rate:,.0f} frames/s", "")
        _row("ratio", f"{ours.rate / theirs.rate:.1f}", "to reach 10")
        _row("peak memory", f"{ours.memory_mb:.0f} MB", f"to stay under {MEMORY_MB}")
        without = throughput("nxcast.broker", Load(mix), *WITHOUT_LOG)
        _row("without the log", f"{without.rate:,.0f} frames/s", "")
        cost = ours.frame_ns - without.frame_ns
        _row("the log costs", f"{cost:.0f} ns a frame", f"to stay under {LOG_TARGETS[mix]}, of CPU time")
        _row("written to the log", f"{ours.record_octets:.0f} octets a record", "")
    print("\nsubscriber, nxdomain/, 512 records a message")
    for validate in (True, False):
        rate = subscriber_rate(validate)
        _row("validated" if validate else "not validated", f"{rate:,.0f} records/s", "")
    print(f"\nserver-sent events, nxdomain/, {RATE:,} records/s to each reader, validated and as JSON")
    for readers, bar in ((1, ""), (100, "to stay under 0.75 of a core and 200 MB")):
        told = streamed(readers)
        _row(f"readers: {readers}", f"{told.events:,.0f} events/s a core", "")
        _row("CPU, peak memory", f"{told.share:.2f} of a core, {told.memory_mb:.0f} MB", bar)
    print("\na whole server over HTTP, for 5,000 records/s of a broker, readers of everything")
    for options, readers, bar in (
        (("--no-page",), 0, ""),
        (("--no-page",), 100, "to stay under 0.75 of a core and 200 MB"),
        ((), 0, ""),
        ((), 100, ""),
    ):
        whole = whole_server(readers, *options)
        figure = f"{whole.share:.2f} of a core, {whole.memory_mb:.0f} MB"
        _row(f"{' '.join(('serve', *options))}, readers: {readers}", figure, bar)
    print("\nthe page of serve, a picture a second to each reader, all its questions asked")
    for rate in (200, 5000):
        for readers in (1, 100):
            drawn = pictured(readers, rate)
            figure = f"{drawn.share:.2f} of a core, {drawn.octets / 1000:.0f} KB"
            _row(f"{rate:,} failures/s, readers: {readers}", figure, "")
    print(f"\nlatency from push to receive at {LATENCY_RATE:,} frames/s, resolver mix, default linger")
    p50, p99, memory = _latency()
    _row("p50, p99", f"{p50:.1f} ms, {p99:.1f} ms", "p99 to stay under 60 ms")
    p50, other, _ = _latency(*WITHOUT_LOG)
    _row("without the log", f"{p50:.1f} ms, {other:.1f} ms", "")
    _row("p99 is later by", f"{p99 - other:.1f} ms", f"to stay under {LOG_LATENCY_MS} ms")
    _row("peak memory of the broker", f"{memory:.0f} MB", f"to stay under {MEMORY_MB}")
    print()
    growing.main()
    print()
    jetstream_cost.main()
    print()
    pcap.main()
    print()
    producing.main()
    print()
    client_questions.main()
    print()
    storing.main()
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


def _latency(*options: str, seconds: float = 10.0) -> tuple[float, float, float]:
    """p50 and p99 in milliseconds from push to receive, and the broker's peak memory in MB."""
    load = Load("resolver", LIVE_FRAMES)
    frames = [msgpack.unpackb(parts[2], use_list=False) for parts in load.batches(16)]
    with running("nxcast.broker", *options) as broker:
        process, told = in_process(measure_latency, EGRESS)
        assert told.recv() == "connected"
        context = zmq.Context()
        push = context.socket(zmq.PUSH)
        push.connect(INGRESS)
        start = time.perf_counter()
        every = LIVE_FRAMES / LATENCY_RATE
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
        return p50, p99, peak_mb(broker.pid)


if __name__ == "__main__":
    sys.exit(main())
