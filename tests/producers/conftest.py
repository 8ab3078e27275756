"""Tools of the producers' tests: a Frame Streams writer, a broker's ingress, the command as a process.

Whatever waits has a hard time-out, `SECONDS`, and waits for an event, never for time to pass.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq

from nxcast.producers.stop import Stop
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.frames import Batch, Frame, decode_batch

SECONDS = 20.0
CONTENT_TYPE = b"protobuf:dnstap.Dnstap"
# A header of a response with RCODE 3 to a query for the type A of the root.
RESPONSE = bytes.fromhex("0001 8003 0001 0000 0000 0000 00 0001 0001")


class Wire:
    """Octets of Frame Streams and dnstap."""

    READY, ACCEPT, START, STOP, FINISH = 4, 1, 2, 3, 5
    content_type = CONTENT_TYPE
    response = RESPONSE

    @staticmethod
    def control(kind: int, *content_types: bytes) -> bytes:
        fields = b"".join(struct.pack("!II", 1, len(name)) + name for name in content_types)
        return struct.pack("!III", 0, 4 + len(fields), kind) + fields

    @staticmethod
    def data(payload: bytes) -> bytes:
        return struct.pack("!I", len(payload)) + payload

    @classmethod
    def stream(cls, *payloads: bytes) -> bytes:
        frames = b"".join(map(cls.data, payloads))
        return cls.control(cls.START, CONTENT_TYPE) + frames + cls.control(cls.STOP)

    @staticmethod
    def dnstap(**fields: Any) -> bytes:
        """A RESOLVER_RESPONSE with an IPv4 server, unless the fields of Message say otherwise; None omits."""
        settings: dict[str, Any] = {
            "type": dnstap_pb2.Message.RESOLVER_RESPONSE,
            "response_address": b"\xc0\x00\x02\x01",
            "response_message": RESPONSE,
            **fields,
        }
        message = dnstap_pb2.Message(**{name: value for name, value in settings.items() if value is not None})
        return dnstap_pb2.Dnstap(type=dnstap_pb2.Dnstap.MESSAGE, message=message).SerializePartialToString()


class Ingress:
    """A PULL socket where the broker's would be; `restart` binds a new one at the same port."""

    def __init__(self) -> None:
        self._context = zmq.Context()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.endpoint = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        self._socket: zmq.Socket[bytes] | None = None

    def start(self) -> None:
        puller = self._context.socket(zmq.PULL)
        puller.linger = 0
        puller.rcvhwm = 1  # so that what is not read stays with the producer
        puller.setsockopt(zmq.RCVBUF, 64 << 10)
        puller.bind(self.endpoint)
        self._socket = puller

    def stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def batch(self, seconds: float = SECONDS) -> Batch:
        assert self._socket is not None
        assert self._socket.poll(seconds * 1000), "no batch came in time"
        batch = decode_batch(self._socket.recv_multipart())
        assert not batch.bad
        return batch

    def frames(self, count: int) -> list[Frame]:
        frames: list[Frame] = []
        while len(frames) < count:
            frames += self.batch().frames
        assert len(frames) == count
        return frames

    def close(self) -> None:
        self.stop()
        self._context.term()


class Process:
    """`nxcast-produce` at work."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        self.popen = subprocess.Popen(
            (sys.executable, "-m", "nxcast.producers", *arguments),
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        assert self.popen.stderr is not None
        self._stderr = self.popen.stderr
        os.set_blocking(self._stderr.fileno(), False)
        self.text = ""

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until standard error has a match; the text up to it is used up."""
        until = time.monotonic() + SECONDS
        poller = zmq.Poller()
        poller.register(self._stderr, zmq.POLLIN)
        while not (match := re.search(pattern, self.text)):
            assert time.monotonic() < until, f"{pattern!r} not in {self.text!r}"
            if poller.poll(100):
                octets = os.read(self._stderr.fileno(), 1 << 16)
                assert octets, f"ended without {pattern!r}: {self.text!r}"
                self.text += octets.decode()
        self.text = self.text[match.end() :]
        return match

    def end(self) -> tuple[int, list[str]]:
        """Wait for the end; status, and the lines on standard error that are left."""
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        status = self.popen.wait(SECONDS)
        rest = self._stderr.read()
        return status, (self.text + (rest or b"").decode()).splitlines()

    def close(self) -> None:
        self.popen.kill()
        self.popen.wait(SECONDS)
        for pipe in (self.popen.stdin, self._stderr):
            if pipe is not None:
                pipe.close()


Produce = Callable[..., Process]


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def stop() -> Iterator[Stop]:
    with Stop() as stop:
        yield stop


@pytest.fixture
def idle_ingress() -> Iterator[Ingress]:
    """An endpoint where nobody answers until `start`."""
    ingress = Ingress()
    yield ingress
    ingress.close()


@pytest.fixture
def ingress(idle_ingress: Ingress) -> Ingress:
    idle_ingress.start()
    return idle_ingress


@pytest.fixture
def produce(idle_ingress: Ingress) -> Iterator[Produce]:
    """Start `nxcast-produce dnstap` towards the ingress."""
    running: list[Process] = []

    def start(*arguments: object, **environment: str) -> Process:
        options = ("--broker", idle_ingress.endpoint, "--sensor", "test")
        running.append(Process(("dnstap", *options, *map(str, arguments)), environment))
        return running[-1]

    yield start
    for process in running:
        process.close()
