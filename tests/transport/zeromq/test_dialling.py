"""Both ends of a broker's clients follow its name: to another address, and from no address to one."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq

from nxcast.process.stop import Stop
from nxcast.transport import host_names
from nxcast.transport.ends import ConnectionEvent
from nxcast.transport.zeromq import contexts, producer_end, subscriber_end
from nxcast.transport.zeromq.nmsg_bridges import Publisher, Receiver, ZmqInput
from nxcast.transport.zeromq.subscriber_end import Line
from testbed.ports import free_port
from tests.conftest import TIMEOUT_MS

RESOLVE = socket.getaddrinfo
HERE, THERE = "127.0.0.1", "127.0.0.2"  # both are this machine


class NameServer:
    """Says where broker.example is; nothing while that is None."""

    def __init__(self) -> None:
        self.address: str | None = None
        self.other: str | None = None
        self.ended = threading.Event()

    def getaddrinfo(self, host: str, *given: Any, flags: int = 0, **named: Any) -> Any:
        if host != "broker.example":
            return RESOLVE(host, *given, flags=flags, **named)
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        if self.address is None:
            self.ended.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        found = [each for each in (self.address, self.other) if each is not None]
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (each, 0)) for each in found]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    made = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(host_names, "PAUSE_S", 0.0)
    yield made
    made.ended.set()


class Broker:
    """A socket of a kind at an address of this machine; at the same port wherever it moves."""

    def __init__(self, kind: int) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._kind = kind
        self.port = 0
        self.socket: zmq.Socket[bytes] | None = None

    def move(self, address: str) -> zmq.Socket[bytes]:
        if self.socket is not None:
            self.socket.close(linger=0)
        made = self._context.socket(self._kind)
        made.linger = 0  # before it is bound, or it may never end
        made.setsockopt(zmq.RCVTIMEO, TIMEOUT_MS)
        made.setsockopt(zmq.SNDTIMEO, TIMEOUT_MS)
        made.bind(f"tcp://{address}:{self.port or '*'}")
        endpoint = made.getsockopt(zmq.LAST_ENDPOINT)
        assert isinstance(endpoint, bytes)
        self.port = int(endpoint.rstrip(b"\0").rpartition(b":")[2])
        self.socket = made
        return made

    def close(self) -> None:
        self._context.destroy(linger=0)


@pytest.fixture
def broker() -> Iterator[Callable[[int], Broker]]:
    made: list[Broker] = []

    def make(kind: int) -> Broker:
        made.append(Broker(kind))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def stop() -> Iterator[Stop]:
    with Stop() as made:
        yield made


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_MS / 1000
    while not met():
        assert time.monotonic() < deadline, "it did not come to that in time"


def _come(connection: producer_end.Connection, wanted: ConnectionEvent) -> None:
    seen: list[ConnectionEvent] = []

    def met() -> bool:
        connection.wait(100, writable=False)
        seen.extend(connection.events())
        return wanted in seen

    _until(met)


def test_a_producer_follows_its_broker(server: NameServer, broker: Any, stop: Stop) -> None:
    server.address = HERE
    ingress = broker(zmq.PULL)
    ingress.move(HERE)
    connection = producer_end.Connection(f"tcp://broker.example:{ingress.port}", stop)
    _come(connection, ConnectionEvent.UP)
    assert connection.send([b"1"])
    assert ingress.socket.recv() == b"1"
    server.address = THERE
    ingress.move(THERE)
    _come(connection, ConnectionEvent.DOWN)
    assert not connection.send([b"2"])  # it would be lost
    _come(connection, ConnectionEvent.UP)
    assert connection.send([b"2"])
    assert ingress.socket.recv() == b"2"
    connection.close()


def test_a_producer_ends_although_something_waits_for_the_address_that_its_broker_had(
    server: NameServer,
    broker: Any,
    stop: Stop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(contexts, "LEFT_MS", 1)
    server.address = HERE
    ingress = broker(zmq.PULL)
    ingress.move(HERE)
    connection = producer_end.Connection(f"tcp://broker.example:{ingress.port}", stop)
    _come(connection, ConnectionEvent.UP)
    while connection.send([bytes(1 << 20)]):
        pass
    server.address = THERE
    ingress.move(THERE)
    _come(connection, ConnectionEvent.MOVED)
    connection.close()
    assert not caplog.records


@pytest.mark.usefixtures("server")
def test_a_producer_whose_broker_has_no_address_yet_waits_for_nobody(broker: Any, stop: Stop) -> None:
    ingress = broker(zmq.PULL)
    ingress.move(HERE)
    connection = producer_end.Connection(f"tcp://broker.example:{ingress.port}", stop)
    connection.open_asker(f"tcp://broker.example:{ingress.port}")
    connection.ask(b"")
    connection.wait(1, writable=True)
    assert not connection.send([b"1"])
    assert connection.unknown == "the name broker.example is not known here: no name server has answered yet"
    assert connection.see_out(patient=True, linger_ms=1000, beat=lambda: None)


def test_what_is_closed_while_it_fails_to_connect_holds_up_no_other(
    server: NameServer, broker: Any, stop: Stop
) -> None:
    """libzmq has one thread for all sockets of a context, and tells of each failure where a reader was."""
    server.address = HERE
    nobody = f"tcp://localhost:{free_port()}"
    ingress = broker(zmq.PULL)
    ingress.move(HERE)
    sending = producer_end.Connection(f"tcp://broker.example:{ingress.port}", stop)
    _come(sending, ConnectionEvent.UP)
    receiving = subscriber_end.Connection(nobody, ["nxdomain/"], None)
    for turn in range(1000):
        sending.open_asker(nobody)
        receiving.open_requests(nobody)
        until = time.perf_counter() + turn % 50 * 20e-6  # the first failure is told within 1 ms
        while time.perf_counter() < until:
            pass
        sending.close_asker()
        receiving.renew()
    ingress.move(THERE)
    server.address = THERE
    _come(sending, ConnectionEvent.UP)
    egress = broker(zmq.XPUB)
    egress.move(THERE)
    receiving.renew(f"tcp://broker.example:{egress.port}")
    _until(lambda: bool(list(receiving.events()) or egress.socket.poll(100)))
    assert egress.socket.poll(TIMEOUT_MS)
    sending.close()
    receiving.close()


def test_a_subscriber_follows_its_broker(server: NameServer, broker: Any) -> None:
    server.address = HERE
    egress = broker(zmq.XPUB)
    egress.move(HERE)
    connection = subscriber_end.Connection(f"tcp://broker.example:{egress.port}", ["nxdomain/"], None)

    def subscribed() -> bool:
        connection.wait(0.1, answer=False)
        list(connection.events())
        return bool(egress.socket.poll(0))

    _until(subscribed)
    server.address = THERE
    egress.move(THERE)
    _until(subscribed)
    assert {egress.socket.recv() for _ in range(2)} == {b"\1nxdomain/", b"\1status/"}
    egress.socket.send_multipart([b"nxdomain/", b"there"])
    connection.wait(TIMEOUT_MS / 1000, answer=False)
    _until(lambda: connection.receive() == [b"nxdomain/", b"there"])
    connection.close()


def test_a_request_waits_until_it_is_known_where_to(server: NameServer, broker: Any) -> None:
    replay = broker(zmq.ROUTER)
    replay.move(HERE)
    connection = subscriber_end.Connection("tcp://127.0.0.1:1", ["nxdomain/"], None)
    connection.request(f"tcp://broker.example:{replay.port}", b"?")
    server.address = HERE
    server.ended.set()

    def asked() -> bool:
        connection.wait(0.1, answer=True)
        list(connection.events())
        return bool(replay.socket.poll(0))

    _until(asked)
    assert replay.socket.recv_multipart()[1:] == [b"?"]
    connection.close()


def test_an_address_is_kept_where_only_the_port_for_questions_is_dead(
    server: NameServer, broker: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a host of two addresses would be left for the other, where it is not."""
    monkeypatch.setattr(host_names, "PATIENCE_S", 0.0)
    server.address, server.other = HERE, THERE
    ingress = broker(zmq.PULL)
    ingress.move(HERE)
    nobody = f"tcp://broker.example:{free_port()}"
    connection = producer_end.Connection(f"tcp://broker.example:{ingress.port}", stop)
    _come(connection, ConnectionEvent.UP)
    connection.open_asker(nobody)
    until = time.monotonic() + 1  # in which the question is asked again, and fails, several times
    while time.monotonic() < until:
        connection.wait(100, writable=False)
        assert not list(connection.answers())
        assert not list(connection.events())
    connection.close()


def test_an_event_loop_is_not_held_up_by_a_name(server: NameServer) -> None:
    """It learns of the address when that comes, with nothing else to wake it."""
    connection = subscriber_end.Connection("tcp://broker.example:1", ["nxdomain/"], None)

    async def wait() -> None:
        waiting = asyncio.create_task(connection.wait_async(1e6, answer=False))
        await asyncio.sleep(0)
        assert not waiting.done()
        server.address = HERE
        server.ended.set()
        await asyncio.wait_for(waiting, TIMEOUT_MS / 1000)

    asyncio.run(wait())
    assert connection.unknown is None
    connection.close()


def test_a_line_keeps_its_time_whatever_a_name_server_does(server: NameServer, broker: Any) -> None:
    replay = broker(zmq.ROUTER)
    replay.move(HERE)
    with Line(f"tcp://broker.example:{replay.port}", None) as line:
        assert not line.send([b"?"], 0.01)
        assert line.receive(0.01) is None
        server.address = HERE
        server.ended.set()
        assert line.send([b"?"], TIMEOUT_MS / 1000)
        assert replay.socket.recv_multipart()[1:] == [b"?"]


def test_a_bridge_follows_its_peer(server: NameServer, broker: Any, stop: Stop) -> None:
    server.address = HERE
    reader, writer = broker(zmq.PULL), broker(zmq.PUSH)
    reader.move(HERE)
    writer.move(HERE)
    publisher = Publisher(f"tcp://broker.example:{reader.port}", accept=False, pubsub=False, prefix=b"")
    source = ZmqInput(f"tcp://broker.example:{writer.port}", accept=False, subscribe=False)
    with publisher, Receiver(source, b"", stop) as receiver:
        assert publisher.send(b"1", TIMEOUT_MS / 1000)
        assert reader.socket.recv() == b"1"
        server.address = THERE
        reader.move(THERE)
        writer.move(THERE)

        def arrived() -> bool:
            publisher.send(b"2", 0.05)
            return bool(reader.socket.poll(0))

        _until(arrived)
        threading.Thread(target=writer.socket.send, args=(b"3",)).start()
        _until(lambda: receiver.receive(0.05) == [[b"3"]])
        assert not publisher.close(lambda: True)  # what was sent to the old address is lost


@pytest.mark.usefixtures("server")
def test_a_silent_name_server_holds_up_no_end_of_a_bridge(stop: Stop) -> None:
    source = ZmqInput("tcp://broker.example:1", accept=False, subscribe=True)
    with Receiver(source, b"", stop) as receiver:
        stop.request()
        assert receiver.receive(1e6) == []
    publisher = Publisher("tcp://broker.example:1", accept=False, pubsub=True, prefix=b"")
    assert not publisher.has_subscriber(0.01)
    assert publisher.close(lambda: True)
