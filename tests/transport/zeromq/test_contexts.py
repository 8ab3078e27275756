"""Whatever libzmq does, each end comes to one."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq

from nxcast.process.stop import Stop
from nxcast.transport.ends import Endpoints
from nxcast.transport.zeromq import contexts, producer_end, subscriber_end
from nxcast.transport.zeromq.broker_end import Sockets
from nxcast.transport.zeromq.nmsg_bridges import Publisher, Receiver, ZmqInput
from testbed.ports import free_port
from tests.conftest import TIMEOUT_MS

NOBODY = "tcp://127.0.0.1:1"
FREE = "tcp://127.0.0.1:*"
# libzmq goes on for ever with a message for an address that was left while its linger was without a limit.
NEVER_ENDING = """
import sys
import zmq
from nxcast.transport.zeromq import contexts

contexts.END_S = 0.1
context = contexts.new_context()
socket = context.socket(zmq.PUSH)
socket.linger = -1
socket.connect(sys.argv[1])
socket.send(b"x")
socket.disconnect(sys.argv[1])
contexts.end_context(context, linger=0)
print("went on")
"""


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A libzmq that ends no context before the test does."""
    over, end = threading.Event(), zmq.Context.term
    threads: list[threading.Thread] = []

    def term(context: zmq.Context[Any]) -> None:
        threads.append(threading.current_thread())
        over.wait()
        end(context)

    monkeypatch.setattr(zmq.Context, "term", term)
    monkeypatch.setattr(contexts, "END_S", 0.01)
    yield
    over.set()
    for each in threads:
        each.join()


def _broker(stop: Stop) -> None:  # noqa: ARG001
    sockets = Sockets(Endpoints(FREE, FREE, FREE), high_water_mark=1, memory_max=64 << 20, secret=None)
    sockets.close()


def _producer(stop: Stop) -> None:
    connection = producer_end.Connection(NOBODY, stop)
    connection.open_asker(NOBODY)
    connection.close()


def _producer_seen_out(stop: Stop) -> None:
    connection = producer_end.Connection(NOBODY, stop)
    assert connection.see_out(patient=True, linger_ms=0, beat=lambda: None)


def _subscriber(stop: Stop) -> None:  # noqa: ARG001
    connection = subscriber_end.Connection(NOBODY, ["nxdomain/"], None)
    connection.close()
    assert connection.closed
    connection.close()  # at once


def _line(stop: Stop) -> None:  # noqa: ARG001
    with subscriber_end.Line(NOBODY, None):
        pass


def _receiver(stop: Stop) -> None:
    with Receiver(ZmqInput(FREE, accept=True, subscribe=True), b"", stop):
        pass


def _publisher(stop: Stop) -> None:  # noqa: ARG001
    with Publisher(FREE, accept=True, pubsub=True, prefix=b""):
        pass


@pytest.mark.usefixtures("stuck")
@pytest.mark.parametrize(
    "end", [_broker, _producer, _producer_seen_out, _subscriber, _line, _receiver, _publisher]
)
def test_an_end_goes_on_where_libzmq_does_not_end(
    end: Callable[[Stop], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("nxcast.transport.zeromq.broker_end.LINGER_MS", 0)
    with Stop() as stop:
        end(stop)
    assert [record.getMessage() for record in caplog.records] == [
        "libzmq has not ended its connections in 0.01 s: going on without"
    ]


def test_a_process_ends_where_libzmq_does_not() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", NEVER_ENDING, f"tcp://127.0.0.1:{free_port()}"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_MS / 1000,
        check=True,
    )
    assert ended.stdout == "went on\n"
    assert ended.stderr == "libzmq has not ended its connections in 0.1 s: going on without\n"


def test_what_is_sent_leaves_before_a_context_ends() -> None:
    """Its own linger holds, not that of what was left."""
    context = contexts.new_context()
    reader = context.socket(zmq.PULL)
    reader.rcvtimeo = TIMEOUT_MS
    port = free_port()
    other = contexts.new_context()
    sender = other.socket(zmq.PUSH)
    sender.linger = TIMEOUT_MS
    sender.connect(f"tcp://127.0.0.1:{port}")
    sender.send(b"last")
    ending = threading.Thread(
        target=contexts.end_context, args=(other,), kwargs={"within_s": TIMEOUT_MS / 1000}
    )
    ending.start()
    reader.bind(f"tcp://127.0.0.1:{port}")
    assert reader.recv() == b"last"
    ending.join()
    assert other.closed
    contexts.end_context(context, linger=0)
