"""What a whole server over HTTP costs: a broker, a producer of invented responses, readers of everything.

By the CPU time of the server's process: what a second takes when nothing comes any more, and what a record
takes besides. So a picture a second counts once, whatever rate a busy machine reaches; below 5,000 records/s
messages have fewer each, and the figure is too high rather than too low.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import NamedTuple
from urllib.request import urlopen

from bench.subscribing import in_process
from bench.throughput import EGRESS, INGRESS, REPLAY, cpu_s, peak_mb, running

__all__ = ["Whole", "whole_server"]

FRAMES = 2000  # a second
RATE = 5000  # records a second that the share of a core is told for
SECONDS = 15
FIRST_S = 4  # until all have begun, or are done
WAIT_S = 60


class Whole(NamedTuple):
    """What a server took."""

    share: float  # of a core, at RATE
    memory_mb: float  # at its peak


class _Taken(NamedTuple):
    cpu_s: float  # a second
    records: float  # a second


def whole_server(readers: int, *options: str) -> Whole:
    """One with options, and so many readers of all that it gives."""
    with running("nxcast.broker"), _serving(*options) as (process, port):
        reading, told = in_process(_read, port, readers)
        assert told.recv() == readers
        with _producing():
            time.sleep(FIRST_S)
            busy = _taken(process.pid, port)
        time.sleep(FIRST_S)
        idle = _taken(process.pid, port)
        memory_mb = peak_mb(process.pid)
        told.send(None)
        reading.join()
    return Whole(idle.cpu_s + RATE * (busy.cpu_s - idle.cpu_s) / busy.records, memory_mb)


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


def _taken(pid: int, port: int) -> _Taken:
    """In SECONDS."""
    begun, before_s, records = time.monotonic(), cpu_s(pid), _records(port)
    time.sleep(SECONDS)
    passed = time.monotonic() - begun
    return _Taken((cpu_s(pid) - before_s) / passed, (_records(port) - records) / passed)


def _records(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/v1/status", timeout=WAIT_S) as answer:
        topics = json.load(answer)["topics"]
    return sum(each["records"] for each in topics.values())


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
