"""What the dnstap producer costs, in CPU time of its process; each ratio of one run.

A file as fast as it goes, by the kernel and by Python in its place, what a start costs taken off; and
messages one by one over a unix socket, as a resolver with little to do sends them, as a share of a core.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.throughput import INGRESS, REPLAY, cpu_s, running
from nxcast.producers.dnstap.frame_streams import CONTENT_TYPE, Control, Reader, control_frame

__all__ = ["ended", "main"]

SAMPLE = Path(__file__).resolve().parent.parent / "testbed" / "sample.dnstap"
MESSAGES = 1_000_000
FASTER, SHARE = 4, 0.02  # to reach: times, and of a core
RATE, LIVE_S = 2000, 10.0  # messages a second, one at a time, and for how many
START = control_frame(Control.START, CONTENT_TYPE)
COMMAND = "from nxcast.producers.__main__ import main; sys.exit(main())"
BY_KERNEL = f"import sys; {COMMAND}"
BY_PYTHON = f"import sys; sys.modules['nxcast.kernel'] = None; {COMMAND}"


def main(messages: int = MESSAGES, live_s: float = LIVE_S) -> None:
    """Measure and print."""
    payloads = list(Reader().receive_data(SAMPLE.read_bytes()))
    print(f"dnstap producer, the sample's messages: {messages:,} of a file, {RATE:,} a second one by one")
    with tempfile.TemporaryDirectory() as name, running("nxcast.broker", pinned=False):
        folder = Path(name)
        compiled, plain = (_file_ns(folder, payloads, messages, how) for how in (BY_KERNEL, BY_PYTHON))
        _row("file", f"{compiled:,.0f} ns a message", "")
        ratio = f"ours {plain / compiled:.2f} x, to reach {FASTER} x"
        _row("Python in the kernel's place", f"{plain:,.0f} ns a message", ratio)
        share = _live_share(folder, payloads, live_s)
        _row(f"{RATE:,} a second", f"{share:.1%} of a core", f"to reach {SHARE:.0%}")


def _producer(how: str, source: str) -> subprocess.Popen[str]:
    places = ("--broker", INGRESS, "--replay", REPLAY, "--sensor", "bench")
    command = [sys.executable, "-c", how, "dnstap", source, *places]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def ended(producer: subprocess.Popen[str]) -> tuple[float, int, int]:
    """CPU seconds that it took, the messages that it read and the frames that it sent, by what it says."""
    assert producer.stderr is not None
    said = producer.stderr.read()
    _, status, used = os.wait4(producer.pid, 0)
    producer.returncode = os.waitstatus_to_exitcode(status)
    counts = re.search(r"read ([\d,]+), sent ([\d,]+)", said)
    assert counts is not None, said
    read, sent = (int(count.replace(",", "")) for count in counts.groups())
    return used.ru_utime + used.ru_stime, read, sent


def _file_ns(folder: Path, payloads: list[bytes], messages: int, how: str) -> float:
    """Nanoseconds a message of a file."""
    costs = []
    for count in (1, messages):
        path = folder / f"{count}.dnstap"
        if not path.exists():
            framed = map(_framed, itertools.islice(itertools.cycle(payloads), count))
            path.write_bytes(b"".join([START, *framed, control_frame(Control.STOP)]))
        costs.append(ended(_producer(how, str(path))))
    (start_s, first, _), (seconds, read, _) = costs
    return (seconds - start_s) / (read - first) * 1e9


def _live_share(folder: Path, payloads: list[bytes], live_s: float) -> float:
    """Of a core, while messages come one by one."""
    path = folder / "live.sock"
    producer = _producer(BY_KERNEL, f"unix:{path}")
    with socket.socket(socket.AF_UNIX) as resolver:
        _connect(resolver, path)
        start_s, before = time.monotonic(), cpu_s(producer.pid)
        for number, payload in zip(range(int(RATE * live_s)), itertools.cycle(payloads), strict=False):
            time.sleep(max(start_s + number / RATE - time.monotonic(), 0))
            resolver.sendall(_framed(payload))
        share = (cpu_s(producer.pid) - before) / (time.monotonic() - start_s)
    producer.terminate()
    ended(producer)
    return share


def _connect(resolver: socket.socket, path: Path) -> None:
    """As a resolver does, once the producer listens."""
    while True:
        try:
            resolver.connect(str(path))
            break
        except OSError:
            time.sleep(0.05)
    resolver.sendall(control_frame(Control.READY, CONTENT_TYPE))
    accepted = control_frame(Control.ACCEPT, CONTENT_TYPE)
    assert resolver.recv(len(accepted), socket.MSG_WAITALL) == accepted
    resolver.sendall(START)


def _framed(payload: bytes) -> bytes:
    return struct.pack("!I", len(payload)) + payload


def _row(what: str, figure: str, target: str) -> None:
    print(f"  {what:<34}{figure:>24}   {target}", flush=True)


if __name__ == "__main__":
    main()
