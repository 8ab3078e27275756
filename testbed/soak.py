"""`make soak`: a broker under load for minutes, subscribers coming and going: memory flat, counters true.

The synthetic producer sends so many frames a second; each second's Status must balance, and the broker's
memory after the first minute may not grow by more than `GROWTH_MAX`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from nxcast.consumers import Subscriber
from nxcast.schemas.records import Status
from testbed.chaos import end, start
from testbed.ports import free_ports

SECONDS, RATE = 600.0, 50_000
WARM_S = 60.0  # the replay store fills, and Python's memory finds its size
GROWTH_MAX = 0.05  # share
COMING_S = 5.0  # a subscriber comes so often, and goes after two messages or so


def main(argv: Sequence[str] | None = None) -> int:
    """Print what was measured; 0 if all of it is as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", dest="seconds", type=float, default=SECONDS, help="seconds (default: 600)")
    parser.add_argument("--rate", type=int, default=RATE, help="frames a second (default: 50,000)")
    args = parser.parse_args(argv)
    ports = dict(zip(("ingress", "egress", "replay"), free_ports(3), strict=True))
    addresses = {name: f"tcp://127.0.0.1:{port}" for name, port in ports.items()}
    with ExitStack() as stack:
        options = [f"--{name}={address}" for name, address in addresses.items()]
        options.append(f"--log={stack.enter_context(TemporaryDirectory(prefix='nxcast-soak-'))}")
        broker = start("nxcast.broker", *options, stderr=subprocess.PIPE)
        stack.callback(end, broker)
        assert broker.stderr is not None
        broker.stderr.readline()
        load = ("synthetic", f"--rate={args.rate}", f"--broker={addresses['ingress']}")
        producer = start("nxcast.producers", *load, f"--replay={addresses['replay']}")
        stack.callback(end, producer)
        return _watch(broker, addresses["egress"], args.seconds)


def _watch(broker: subprocess.Popen[bytes], egress: str, seconds: float) -> int:
    begin = time.monotonic()
    memory: list[tuple[float, float]] = []  # seconds since the beginning, MB
    visitors: list[subprocess.Popen[bytes]] = []
    unbalanced = comers = 0
    latest: Status | None = None
    with Subscriber("status/", broker=egress) as subscriber:
        for batch in subscriber:
            for latest in batch.records:
                unbalanced += not _balances(latest)
            now = time.monotonic() - begin
            memory.append((now, _resident_mb(broker.pid)))
            visitors = [visitor for visitor in visitors if visitor.poll() is None]
            if now > COMING_S * comers and len(visitors) < 4:
                comers += 1
                visitors.append(_visitor(egress))
            if now > seconds:
                break
    for visitor in visitors:
        end(visitor)
    assert latest is not None
    warm = [megabytes for at, megabytes in memory if at > min(WARM_S, seconds / 2)]
    growth = max(warm) / warm[0] - 1
    frames = latest["counters"]["frames_received"]
    rate = f"{frames / seconds:,.0f} a second"
    print(f"{seconds:.0f} s, {frames:,} frames ({rate}), {comers} subscribers came and went")
    print(f"memory {warm[0]:.0f} MB after the first minute, {max(warm):.0f} MB at most: {growth:+.1%}")
    print(f"{len(memory)} statuses, {unbalanced} that did not balance")
    return 0 if growth <= GROWTH_MAX and not unbalanced else 1


def _balances(status: Status) -> bool:
    counters = status["counters"]
    ended = counters["noerror"] + counters["errors"] + counters["questions"] + counters["unsolicited"]
    ended += counters["mismatched"] + counters["forwarder"]
    return counters["frames_received"] == ended + sum(counters["malformed"].values())


def _visitor(egress: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "nxcast.consumers", "tail", "--count=20000", f"--broker={egress}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _resident_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
