"""Tools of the producers' tests: a Frame Streams writer, a broker's side, the command as a process.

Whatever waits has a hard time-out, `SECONDS`, and waits for an event, never for time to pass.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq

from nxcast.process.stop import Stop
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.batch_decoding import Batch, decode_batch
from nxcast.schemas.frames import Frame
from nxcast.schemas.request_answers import encode_answer
from nxcast.schemas.requests import Request, decode_request
from testbed.ports import free_ports

SECONDS = 60.0
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
    """A PULL socket where the broker's would be, and a ROUTER that acknowledges what was read from it.

    `start` after a `stop` binds new ones at the same ports, as a broker does that was started anew.
    """

    def __init__(self) -> None:
        self._context = zmq.Context()
        self.endpoint, self.replay = (f"tcp://127.0.0.1:{port}" for port in free_ports(2))
        self.options = ("--broker", self.endpoint, "--replay", self.replay)
        self.epoch = 0  # changes with each start
        self.forms = ["frames/1", "frames/2"]  # that it says to take; none, as an older broker, says nothing
        self.acknowledging = True  # while it is not, questions stay without an answer
        self.heard = threading.Event()  # a question after the first came: an answer was read
        self._taken: dict[tuple[str, int], set[int]] = {}  # by sensor and epoch, sequences
        self._lowest: dict[tuple[str, int], int] = {}
        self._socket: zmq.Socket[bytes] | None = None
        self._running = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        puller = self._context.socket(zmq.PULL)
        puller.linger = 0
        puller.rcvhwm = 1  # so that what is not read stays with the producer
        puller.setsockopt(zmq.RCVBUF, 64 << 10)
        puller.bind(self.endpoint)
        self._socket = puller
        router = self._context.socket(zmq.ROUTER)
        router.linger = 0
        router.bind(self.replay)
        self.epoch += 1
        self._running = True
        self._thread = threading.Thread(target=self._answer_all, args=(router,))
        self._thread.start()

    def stop(self) -> None:
        if self._socket is not None and self._thread is not None:
            self._running = False
            self._thread.join()
            self._socket.close()
            self._socket = None
            self._taken.clear()
            self._lowest.clear()

    def batch(self, seconds: float = SECONDS) -> Batch:
        assert self._socket is not None
        assert self._socket.poll(seconds * 1000), "no batch came in time"
        batch = decode_batch(self._socket.recv_multipart())
        assert not batch.bad
        header = batch.header
        producer = header["sensor"], header["epoch"]
        self._lowest.setdefault(producer, header.get("held", header["sequence"]))
        self._taken.setdefault(producer, set()).add(header["sequence"])
        return batch

    def rest(self, process: Process) -> list[Batch]:
        """What comes until the producer has ended: one that nobody reads from waits with what is left."""
        batches: list[Batch] = []
        assert self._socket is not None
        while process.popen.poll() is None:
            if self._socket.poll(50):
                batches.append(self.batch())
        while self._socket.poll(50):
            batches.append(self.batch())
        return batches

    def lose(self, sequence: int) -> None:
        """As if a batch had never come."""
        for taken in self._taken.values():
            taken.discard(sequence)

    def frames(self, count: int) -> list[Frame]:
        frames: list[Frame] = []
        while len(frames) < count:
            frames += self.batch().frames
        assert len(frames) == count
        return frames

    def close(self) -> None:
        self.stop()
        self._context.term()

    def _answer_all(self, router: zmq.Socket[bytes]) -> None:
        while self._running:
            if router.poll(10):
                client, *parts = router.recv_multipart()
                request = decode_request(parts)
                if request["id"] > 1:
                    self.heard.set()
                if self.acknowledging:
                    router.send_multipart([client, *self._answer(request)])
        router.close()

    def _answer(self, request: Request) -> list[bytes]:
        assert request["ask"] == "arrived"
        producer = request["sensor"], request["epoch"]
        taken = set(self._taken.get(producer, ()))
        highest = max(taken, default=0)
        absent = set(range(self._lowest.get(producer, 1), highest)) - taken
        return encode_answer(
            {
                "version": 1,
                "id": request["id"],
                "epoch": self.epoch,
                "answer": "arrived",
                "error": None,
                "sequence": highest,
                "missing": [[number, number] for number in sorted(absent)][:64],
                **({"forms": self.forms} if self.forms else {}),
            }
        )


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
        options = (*idle_ingress.options, "--sensor", "test")
        running.append(Process(("dnstap", *options, *map(str, arguments)), environment))
        return running[-1]

    yield start
    for process in running:
        process.close()
