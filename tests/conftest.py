"""What all tests share: the same examples each run, and a broker of real sockets."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq
from hypothesis import HealthCheck, settings

from nxcast.schemas.frames import Frame, encode_batch
from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import encode_request
from tests import forked
from tests.shared_data import DATA
from tests.shared_data import ROOT as ROOT  # for all tests

settings.register_profile(
    "tests",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],  # the machine may be busy
)
settings.register_profile("long", deadline=None, max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))

os.environ.setdefault("NXCAST_LOG_FORMAT", "text")  # of the programs that tests start and read
STATE = Path(tempfile.mkdtemp(prefix="nxcast-tests-"))  # what they keep, instead of in the user's folders
atexit.register(shutil.rmtree, STATE, ignore_errors=True)
os.environ["XDG_STATE_HOME"] = str(STATE)
os.environ.pop("STATE_DIRECTORY", None)

# Nor does the settings file of whoever runs the tests count.
os.environ["XDG_CONFIG_HOME"] = "/nonexistent"

# What else than a program may be missing, as reasons of skips have it: captures, the network, a right.
NOT_PROGRAMS = ("NXCAST_SHARED", "out of reach", "no right", "may make no network")


def pytest_configure() -> None:
    subprocess.Popen = forked.Popen  # type: ignore[misc]


@pytest.fixture(scope="session", autouse=True)
def signals() -> None:
    """Have programs that tests start heed signals that whoever runs them (nohup, &) has had ignored."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)  # still nothing here, and at its default in a program


# Nine thousand tests are many objects that stay: to look for cycles among them took as long as to make them,
# and up to a tenth of the time that they ran.
@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
    atexit.register(gc.unfreeze)  # after pytest's own last searches; some libraries look whether all is free


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of few tests come first: these start programs, and none is then waited for at the end."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: tests[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Where TESTS_SKIP=fail says that all programs are here, one that is missing is a failure."""
    report = yield
    if report.skipped and os.environ.get("TESTS_SKIP") == "fail" and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if not any(each in reason for each in NOT_PROGRAMS):
            report.outcome, report.longrepr = "failed", f"TESTS_SKIP=fail: {reason}"
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """Captures that are not part of the project; tests of them skip where they are absent."""
    if not DATA.is_dir():
        pytest.skip("the public captures are not here (NXCAST_SHARED names the folder that holds data/)")
    return DATA


TIMEOUT_MS = 60_000  # a test that waits longer has failed


FREE_REPLAY = ("--replay", "tcp://127.0.0.1:*")


class RunningBroker:
    """A broker in its own process, on ports that were free, its log in a folder of its own."""

    def __init__(self, *options: str, module: str = "nxcast.broker", **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *FREE_REPLAY, *options],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "XDG_STATE_HOME": tempfile.mkdtemp(dir=STATE), **environment},
        )
        assert self.process.stderr is not None
        self.start_line = self.process.stderr.readline()
        words = self.start_line.replace(",", " ").split()
        self.ingress, self.egress, self.replay = [
            word for word in words if word.startswith(("tcp://", "ipc://", "nats://", "tls://"))
        ]

    def stop(self) -> tuple[int, str]:
        """Stop it as an operator does; its exit status and what it said after its first line."""
        self.process.terminate()
        _, rest = self.process.communicate(timeout=60)
        return self.process.returncode, rest

    def __enter__(self) -> RunningBroker:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()
        assert self.process.stderr is not None
        self.process.stderr.close()


@pytest.fixture
def broker() -> Iterator[RunningBroker]:
    with RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*") as running:
        yield running


def await_connected(process: subprocess.Popen[str]) -> None:
    """Until a consumer has said that it is; before, on a busy machine, that it waits for its broker."""
    assert process.stderr is not None
    while "connected to" not in (line := process.stderr.readline()):
        assert line.rstrip().endswith("; it is waited for"), line


class Bench:
    """A producer and subscribers of plain sockets around a broker, as another language would write them."""

    def __init__(self, running: RunningBroker) -> None:
        self.running = running
        self._context = zmq.Context()
        self._sockets: list[zmq.Socket[bytes]] = []
        self._sequence = 0
        self._asker: zmq.Socket[bytes] | None = None
        self._producer = self.socket(zmq.PUSH, running.ingress)

    def close(self) -> None:
        self._context.destroy(linger=0)

    def push(self, *frames: Frame, **header: Any) -> None:
        """Send a batch, its header right but for what is given."""
        self._sequence += 1
        usual = {"sensor": "ns1", "epoch": 1, "sequence": self._sequence, "count": len(frames)}
        self.send(*encode_batch({**usual, **header}, frames))  # type: ignore[typeddict-item]

    def send(self, *parts: bytes) -> None:
        self._producer.send_multipart(parts)

    def subscribe(self, *topics: str) -> zmq.Socket[bytes]:
        """A socket whose subscriptions are in force."""
        subscriber = self.socket(zmq.SUB, self.running.egress)
        for topic in (*topics, "status/"):
            subscriber.subscribe(topic)
        while subscriber.recv_multipart()[0] != b"status/":
            pass
        if "status/" not in topics:
            subscriber.unsubscribe("status/")
        return subscriber

    def ask(self, **keys: Any) -> tuple[Any, list[tuple[bytes, bytes]]]:
        """Ask the broker; the answer's header and messages."""
        if self._asker is None:
            self._asker = self.socket(zmq.DEALER, self.running.replay)
        self._asker.send(encode_request({"version": 1, "id": 7, **keys}))  # type: ignore[arg-type]
        return decode_answer(self._asker.recv_multipart())

    def socket(self, kind: int, endpoint: str) -> zmq.Socket[bytes]:
        made: zmq.Socket[bytes] = self._context.socket(kind)
        made.setsockopt(zmq.RCVTIMEO, TIMEOUT_MS)
        made.setsockopt(zmq.SNDTIMEO, TIMEOUT_MS)
        made.connect(endpoint)
        self._sockets.append(made)
        return made


def receive(subscriber: zmq.Socket[bytes]) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """The next message: topic, header, records."""
    topic, header, payload = subscriber.recv_multipart()
    return topic.decode(), msgpack.unpackb(header), msgpack.unpackb(payload)


@pytest.fixture
def bench(broker: RunningBroker) -> Iterator[Bench]:
    around = Bench(broker)
    try:
        yield around
    finally:
        around.close()
