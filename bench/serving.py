"""What a whole server over HTTP costs: a broker, a producer of invented responses, readers of everything.

By the CPU time of the server's process for a published record. Records come as fast as the figure is told
for: a picture a second, messages and writes cost as much for 900 records/s, so that a figure made from
those is twice too high. On a machine that is too busy to reach the rate it is too high too; `rate` says
what came.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from bench.subscribing import in_process
from bench.throughput import EGRESS, INGRESS, REPLAY, peak_mb, running

__all__ = ["Whole", "whole_server"]

FRAMES = 11_500  # a second, which give RATE records
RATE = 5000  # records a second that the share of a core is told for
SECONDS = 15
FIRST_S = 4  # until all have begun
WAIT_S = 60


class Whole(NamedTuple):
    """What a server took."""

    share: float  # of a core, at RATE
    rate: float  # records a second that came
    memory_mb: float  # at its peak


class _Seen(NamedTuple):
    at_s: float
    cpu_s: float
    records: int


def whole_server(readers: int, *options: str) -> Whole:
    """One with options, and so many readers of all that it gives."""
    with running("nxcast.broker"), _serving(*options) as (process, port), _producing():
        reading, told = in_process(_read, port, readers)
        assert told.recv() == readers
        time.sleep(FIRST_S)
        before = _seen(process.pid, port)
        time.sleep(SECONDS)
        after = _seen(process.pid, port)
        memory_mb = peak_mb(process.pid)
        told.send(None)
        reading.join()
    records = after.records - before.records
    share = RATE * (after.cpu_s - before.cpu_s) / records
    return Whole(share, records / (after.at_s - before.at_s), memory_mb)


@contextmanager
def _serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    places = ["--broker", EGRESS, "--replay", REPLAY, "--listen", "0"]
    command = [sys.executable, "-m", "nxcast.consumers", "serve", *places, *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        port = re.search(r"http://127\.0\.0\.1:([0-9]+)/", process.stderr.readline())
        assert port
        try:
            yield process, int(port[1])
        finally:
            process.terminate()
            process.communicate()


@contextmanager
def _producing() -> Iterator[None]:
    places = ["--broker", INGRESS, "--replay", REPLAY, "--rate", str(FRAMES)]
    command = [sys.executable, "-m", "nxcast.producers", "synthetic", *places]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def _seen(pid: int, port: int) -> _Seen:
    with urlopen(f"http://127.0.0.1:{port}/v1/status", timeout=WAIT_S) as answer:
        topics = json.load(answer)["topics"]
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    return _Seen(time.monotonic(), cpu_s, sum(each["records"] for each in topics.values()))


def _read(tell: Connection, port: int, readers: int) -> None:
    """Read streams, and throw away what comes, until told to stop; a stream that ends is a failure."""
    selector = selectors.DefaultSelector()
    for _ in range(readers):
        reader = socket.create_connection(("127.0.0.1", port), WAIT_S)
        reader.sendall(b"GET /v1/stream/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        selector.register(reader, selectors.EVENT_READ)
    tell.send(readers)
    buffer = bytearray(1 << 20)
    while not tell.poll():
        for key, _ in selector.select(0.1):
            assert isinstance(key.fileobj, socket.socket)
            assert key.fileobj.recv_into(buffer), "a reader was too slow"
