"""A real broker under hostile messages: `make hostile`, or `python -m tests.fuzz.siege --messages 1000000`.

At the end every message and frame is in its counter, the broker has answered all along, its memory has stayed
within a bound, and all good frames have arrived at a subscriber.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgpack
import zmq

from tests.conftest import Bench, RunningBroker
from tests.forked import STARTED
from tests.fuzz.hostile import GOOD_SENSOR, Account, hostile

MEMORY_MAX = 384  # MiB of the broker at its peak: 70 at rest, 112 for a bomb, 16 messages of 8 MiB that wait
REPLAY_OCTETS = 16 << 20  # kept by the broker to be asked for again
SILENT_S = 30  # seconds in which the broker takes nothing, so it tells, or tells nothing
TOLD_EVERY_S = 5


class Outcome(NamedTuple):
    """What a siege came to; `peak_mib` is of the broker's process."""

    expected: dict[str, object]
    counters: dict[str, Any]
    good_sent: int
    good_arrived: int
    peak_mib: int
    exit_status: int
    seconds: float
    longest_silence_s: float


class Watch:
    """A subscriber to everything, in a thread of its own: keeps the last status, ticks off good frames."""

    def __init__(self, bench: Bench) -> None:
        self._subscriber = bench.subscribe("nxdomain/", "dns-errors/", "malformed/", "status/")
        self._subscriber.setsockopt(zmq.RCVTIMEO, 500)
        self._thread = threading.Thread(target=self._run)
        self._arrived: set[int] = set()
        self._over = threading.Event()
        self._told_ns = 0  # of the last status, by the broker's clock
        self.counters: dict[str, Any] = {"messages_received": 0}
        self.told = threading.Event()  # set by each status
        self.went_on_at = time.monotonic()
        self.longest_silence_s = 0.0
        self._thread.start()

    @property
    def stood_s(self) -> float:
        """Seconds since the broker last told of a message more."""
        return time.monotonic() - self.went_on_at

    def end(self) -> int:
        """Take what there still is; the number of good frames that came."""
        self._over.set()
        self._thread.join()
        self._subscriber.close(linger=0)
        return len(self._arrived)

    def _run(self) -> None:
        while True:
            try:
                topic, _, payload = self._subscriber.recv_multipart()
            except zmq.Again:
                if self._over.is_set():
                    return
                continue
            if topic.startswith(b"nxdomain/"):
                for record in msgpack.unpackb(payload):
                    if record["sensor"] == GOOD_SENSOR:
                        self._arrived.add(int(record["qname"].partition(".")[0]))
            elif topic == b"status/":
                (status,) = msgpack.unpackb(payload)
                before, self.counters = self.counters, status["counters"]
                if self.counters["messages_received"] > before["messages_received"]:
                    self.went_on_at = time.monotonic()
                told_ns, self._told_ns = self._told_ns or status["time_ns"], status["time_ns"]
                self.longest_silence_s = max(self.longest_silence_s, (self._told_ns - told_ns) / 1e9)
                self.told.set()


def besiege(messages: int, seed: int, *, tell: bool = False) -> Outcome:
    """Send so many messages to a broker of its own, then stop it."""
    endpoints = ("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
    running = RunningBroker(
        *endpoints, "--high-water-mark", "100000", "--log-bytes", str(REPLAY_OCTETS), **STARTED
    )
    bench = Bench(running)
    try:
        return _besiege(running, bench, messages, seed, tell=tell)
    finally:
        if running.process.poll() is None:
            running.process.kill()
        bench.close()
        assert running.process.stderr is not None
        running.process.stderr.close()


def _besiege(running: RunningBroker, bench: Bench, messages: int, seed: int, *, tell: bool) -> Outcome:
    started = time.monotonic()
    watch = Watch(bench)
    account = Account()
    good_sent = 0
    told_at = started
    try:
        for sent, (parts, good) in enumerate(hostile(messages, seed), start=1):
            bench.send(*parts)
            account.take(parts)
            good_sent += good
            if tell and time.monotonic() - told_at > TOLD_EVERY_S:
                told_at = time.monotonic()
                print(f"\r\33[K{sent:,} sent, {_peak_mib(running)} MiB", end="", file=sys.stderr, flush=True)
        while watch.counters["messages_received"] < messages and watch.stood_s < SILENT_S:
            watch.told.wait(SILENT_S)
            watch.told.clear()
        peak = _peak_mib(running)
        exit_status, rest = running.stop()
    finally:
        good_arrived = watch.end()
    if rest and tell:
        print(rest, file=sys.stderr)
    seconds = time.monotonic() - started
    return Outcome(
        account.counters(),
        watch.counters,
        good_sent,
        good_arrived,
        peak,
        exit_status,
        seconds,
        watch.longest_silence_s,
    )


def _peak_mib(running: RunningBroker) -> int:
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    (peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peak) >> 10


def main() -> int:
    """Besiege a broker and tell how it went; 1 if it did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.siege", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1_000_000, help="default: 1000000")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    args = parser.parse_args()
    outcome = besiege(args.messages, args.seed, tell=True)
    wrong = {
        name: (expected, outcome.counters.get(name))
        for name, expected in outcome.expected.items()
        if expected != outcome.counters.get(name)
    }
    print(f"\r\33[K{args.messages:,} messages in {outcome.seconds:.0f} s, seed {args.seed}")
    for name, value in outcome.expected.items():
        print(f"  {name}: {value}")
    print(f"  good frames sent: {outcome.good_sent:,}, arrived: {outcome.good_arrived:,}")
    print(f"  the broker's peak: {outcome.peak_mib} MiB, its exit status: {outcome.exit_status}")
    print(f"  longest time between two statuses: {outcome.longest_silence_s:.1f} s")
    for name, (expected, found) in wrong.items():
        print(f"WRONG {name}: {found}, and sent were {expected}")
    lost = outcome.good_sent - outcome.good_arrived
    return 1 if wrong or lost or outcome.exit_status or outcome.peak_mib > MEMORY_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
