"""Whether a frame costs a broker the same after 50 million of them, and how late records are at half load.

The cost of the first and of the last frames of one run, in CPU time of its process, and its memory then; and
the broker's own account of the delay from a frame's time to its publication, while it gets half of the frames
that it could take.
"""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator

import msgpack
import zmq

from bench.load import FRAMES_A_BATCH, Load
from bench.throughput import INGRESS, Sample, accounts, running, throughput
from nxcast.schemas.frames import FRAMES_1
from nxcast.schemas.units import SECOND_NS
from testbed.ports import free_port

__all__ = ["main"]

FRAMES, PART = 50_000_000, 5_000_000
HALF_LOAD_S = 10.0
ON_TIME_S = 0.025  # a linger of 20 ms, and 5
BUCKET = re.compile(r'publication_delay_seconds_bucket\{.*?le="([^"]+)"\} (\d+)')
STAMPED = 64  # batches whose frames get the time that they are sent at


def main(frames: int = FRAMES, part: int = PART, seconds: float = HALF_LOAD_S) -> None:
    """Measure and print."""
    print(f"broker, resolver mix, {frames:,} frames in one run, log on")
    load = Load("resolver")
    samples = accounts("nxcast.broker", load, enough=lambda had: bool(had) and had[-1].frames >= frames)
    first, last = _between(samples, 0, part), _between(samples, frames - part, frames)
    for what, (cost_ns, memory_mb) in (("first", first), ("last", last)):
        _row(f"the {what} {part:,}", f"{cost_ns:,.0f} ns a frame, {memory_mb:.0f} MB", "")
    _row("grown to", f"{last[0] / first[0]:.2f} of the cost", "to be flat")
    rate = throughput("nxcast.broker", load).rate / 2
    share = _on_time(rate, seconds)
    _row(
        f"published within {ON_TIME_S * 1000:.0f} ms",
        f"{share:.1%} at {rate:,.0f}/s",
        "half load; to reach 99 %",
    )


def _between(samples: list[Sample], low: int, high: int) -> tuple[float, float]:
    """Nanoseconds a frame from one number of frames to another, and the memory at the end, MB."""
    here = [each for each in samples if low <= each.frames <= high]
    start, end = here[0], here[-1]
    return (end.cpu_ns - start.cpu_ns) / (end.frames - start.frames), end.memory_mb


def _on_time(rate: float, seconds: float) -> float:
    """Of all messages published, those whose first record was not older, by the broker's account."""
    port = free_port()
    context = zmq.Context()
    try:
        with running("nxcast.broker", "--metrics", str(port)):
            push = context.socket(zmq.PUSH)
            push.connect(INGRESS)
            every = FRAMES_A_BATCH / rate
            start = time.monotonic()
            for number, parts in enumerate(_stamped(int(seconds / every))):
                time.sleep(max(start + number * every - time.monotonic(), 0))
                push.send_multipart(parts)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                buckets = {
                    float(bound): int(count) for bound, count in BUCKET.findall(answer.read().decode())
                }
            return buckets[ON_TIME_S] / buckets[float("inf")]
    finally:
        context.destroy(linger=0)


def _stamped(batches: int) -> Iterator[list[bytes]]:
    """Batches whose frames have the time at which each is asked for."""
    frames = [msgpack.unpackb(parts[2], use_list=False) for parts in Load("resolver").batches(STAMPED)]
    for sequence in range(1, batches + 1):
        now_ns = int(time.time() * SECOND_NS)
        payload = msgpack.packb([(now_ns, *frame[1:]) for frame in frames[sequence % STAMPED]])
        header = {"sensor": "bench", "epoch": 1, "sequence": sequence, "count": FRAMES_A_BATCH}
        yield [FRAMES_1, msgpack.packb(header), payload]


def _row(what: str, figure: str, target: str) -> None:
    print(f"  {what:<28}{figure:>28}   {target}", flush=True)


if __name__ == "__main__":
    main()
