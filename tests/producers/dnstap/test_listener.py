"""listen: live resolvers, seen through the command with real sockets on both sides."""

from __future__ import annotations

import re
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from nxcast.process import stop as stop_module
from nxcast.process.stop import Stop
from nxcast.producers.dnstap import listener as module
from nxcast.producers.dnstap import mute_source
from nxcast.producers.dnstap.listen_address import UnixAddress
from nxcast.producers.dnstap.mute_source import all_gone, nobody_connects, nothing_to_send
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally

SECONDS = 60.0


class Resolver:
    """A Frame Streams client in the two-way mode."""

    def __init__(self, connection: socket.socket, wire: Any) -> None:
        self._wire = wire
        self._connection = connection

    def start(self) -> None:
        wire = self._wire
        self.send(wire.control(wire.READY, b"other:type", wire.content_type))
        self.expect(wire.control(wire.ACCEPT, wire.content_type))
        self.send(wire.control(wire.START, wire.content_type))

    def finish(self) -> None:
        self.send(self._wire.control(self._wire.STOP))
        self.expect(self._wire.control(self._wire.FINISH))
        assert self._connection.recv(1) == b""

    def send(self, octets: bytes) -> None:
        self._connection.sendall(octets)

    def report(self, seconds: int) -> None:
        """A response, seen at that time."""
        self.send(self._wire.data(self._wire.dnstap(response_time_sec=seconds)))

    def expect(self, octets: bytes) -> None:
        assert self._connection.recv(len(octets), socket.MSG_WAITALL) == octets

    def closed(self) -> bool:
        try:
            return self._connection.recv(1) == b""
        except ConnectionResetError:
            return True


@contextmanager
def resolver(address: str, wire: Any) -> Iterator[Resolver]:
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        where: Any = address.removeprefix("unix:")
    else:
        host, port = re.fullmatch(r"tcp:\[?([^\]]+?)\]?:(\d+)", address).groups()  # type: ignore[union-attr]
        connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        where = (host, int(port))
    with connection:
        connection.settimeout(SECONDS)
        connection.connect(where)
        yield Resolver(connection, wire)


def times(batch: Any) -> list[int]:
    return [frame[0] // 1_000_000_000 for frame in batch.frames]


@pytest.fixture(params=["unix", "tcp:127.0.0.1:0", "tcp:[::1]:0"])
def server(request: pytest.FixtureRequest, produce: Any, tmp_path: Path) -> tuple[Any, str]:
    """A running server, and where it listens."""
    source = f"unix:{tmp_path}/dnstap.sock" if request.param == "unix" else request.param
    process = produce(source)
    return process, process.wait_for(r"listening at (\S+)\n")[1]


def test_serves_resolvers(ingress: Any, server: tuple[Any, str], wire: Any) -> None:
    """Two at once, one that breaks the format, one that comes back; then a clean end by SIGTERM."""
    process, address = server
    with resolver(address, wire) as first, resolver(address, wire) as second:
        first.start()
        second.start()
        first.report(1)
        assert times(ingress.batch()) == [1]
        second.report(2)
        assert times(ingress.batch()) == [2]
        with resolver(address, wire) as broken:
            broken.send(b"GET / HTTP/1.1\r\n")
            assert broken.closed()
        process.wait_for("connection 3: closed: not Frame Streams: no START frame\n")
        first.finish()
    process.wait_for(r"connection 2: closed: ends without a STOP frame at octet \d+\n")
    with resolver(address, wire) as again:
        again.start()
        again.report(3)
        assert times(ingress.batch()) == [3]
        process.popen.send_signal(signal.SIGTERM)
        status, lines = process.end()
    assert status == 0
    assert lines[-1] == "nxcast-produce: read 3, sent 3, acknowledged 3, dropped 0"
    if address.startswith("unix:"):
        assert not Path(address.removeprefix("unix:")).exists()


def test_serves_one_way_streams(ingress: Any, produce: Any, wire: Any, tmp_path: Path) -> None:
    """A resolver without the handshake is understood too, and several places are listened at."""
    process = produce(f"unix:{tmp_path}/a", f"unix:{tmp_path}/b")
    process.wait_for("listening at unix:.*/b\n")
    for path in ("a", "b"):
        with resolver(f"unix:{tmp_path}/{path}", wire) as one_way:
            one_way.send(wire.stream(wire.dnstap(response_time_sec=5)))
            assert times(ingress.batch()) == [5]


def test_works_without_a_broker(idle_ingress: Any, produce: Any, wire: Any, tmp_path: Path) -> None:
    """No broker at the start is a warning; what fits in the queue is there when it comes."""
    process = produce("--connect-timeout", "0.05", f"unix:{tmp_path}/x")
    process.wait_for(r"no broker answers at tcp://\S+: start nxcast-broker.*going on")
    with resolver(f"unix:{tmp_path}/x", wire) as live:
        live.start()
        live.report(1)
        idle_ingress.start()
        assert times(idle_ingress.batch()) == [1]


@pytest.mark.usefixtures("ingress")
def test_replaces_a_stale_socket_only(produce: Any, tmp_path: Path) -> None:
    """What a killed process left is replaced; a live socket and another file are not touched."""
    path = tmp_path / "x"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    process = produce(f"unix:{path}")
    process.wait_for("listening at")
    assert produce(f"unix:{path}").end() == (
        1,
        [f"nxcast-produce: unix:{path}: address in use; stop who listens there or name another path"],
    )
    process.popen.send_signal(signal.SIGINT)
    assert process.end()[0] == 0
    path.write_text("precious")
    status, lines = produce(f"unix:{path}").end()
    assert (status, path.read_text()) == (1, "precious")
    assert lines == [
        f"nxcast-produce: unix:{path}: there is a file that is no socket; remove it or name another path"
    ]


@pytest.mark.usefixtures("ingress")
def test_names_a_port_in_use(produce: Any) -> None:
    """One line with the address and the mend."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"tcp:127.0.0.1:{other.getsockname()[1]}"
        status, lines = produce(address).end()
    assert (status, lines) == (
        1,
        [f"nxcast-produce: {address}: address in use; stop who listens there or name another port"],
    )


def test_goes_on_without_a_reader_of_its_standard_error(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    """Its messages are lost then, and neither the capture nor the exit status is."""
    process = produce(f"unix:{tmp_path}/x")
    process.wait_for("listening at .*\n")
    process._stderr.close()
    with resolver(f"unix:{tmp_path}/x", wire) as live:
        live.start()
        live.report(1)
        assert times(ingress.batch()) == [1]
        process.popen.send_signal(signal.SIGTERM)
        assert process.popen.wait(SECONDS) == 0


class Held:
    """A server in this process that holds still in the midst of its first payloads until it is let go."""

    def __init__(self, folder: Path, endpoint: str, stop: Stop) -> None:
        self.address = f"unix:{folder}/x"
        self.payloads: list[bytes] = []
        self._entered, self._go = threading.Event(), threading.Event()
        self._stop = stop
        self._pusher = Pusher(endpoint, "here", stop, block_ms=10)
        self.tally = Tally()
        address = UnixAddress(f"{folder}/x")
        self.server = module.Server([address], self._take, self._pusher, stop, self.tally)
        self._thread = ThreadPoolExecutor(1)
        self._served: Future[None] = self._thread.submit(self.server.serve)

    def holds(self) -> None:
        assert self._entered.wait(SECONDS)

    def go(self) -> None:
        self._go.set()

    def stop(self) -> None:
        self._stop.request()
        self._go.set()
        self._served.result(SECONDS)

    def close(self) -> None:
        self.stop()
        self._thread.shutdown()
        self.server.close()
        self._pusher.close()

    def _take(self, payloads: list[bytes]) -> None:
        self.payloads += payloads
        if payloads:
            self._entered.set()
            assert self._go.wait(SECONDS)


@pytest.fixture
def held(ingress: Any, stop: Stop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    monkeypatch.setattr(module, "RECEIVE", 1024)
    held = Held(tmp_path, ingress.endpoint, stop)
    yield held
    held.close()


def test_a_stop_takes_all_that_has_been_delivered(held: Held, wire: Any) -> None:
    """Of each resolver, however many reads that are."""
    payloads = [bytes([number]) * 100 for number in range(100)]
    with resolver(held.address, wire) as first, resolver(held.address, wire) as second:
        second.start()
        first.start()
        first.send(wire.data(b"first"))
        held.holds()
        for each in (first, second):
            each.send(b"".join(map(wire.data, payloads)))
        held.stop()
    assert sorted(held.payloads) == sorted([b"first", *payloads, *payloads])


def test_what_comes_one_by_one_is_read_together(
    ingress: Any, stop: Stop, tmp_path: Path, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resolvers are listened to again after a rest, and what came meanwhile is read at once."""
    takes: list[list[bytes]] = []
    rests: list[float] = []
    with Pusher(ingress.endpoint, "here", stop, block_ms=10) as pusher, ExitStack() as stack:
        server = stack.enter_context(
            module.Server(
                [UnixAddress(f"{tmp_path}/x")],
                lambda payloads: takes.append(payloads) if payloads else None,
                pusher,
                stop,
                Tally(),
            )
        )
        live = stack.enter_context(resolver(f"unix:{tmp_path}/x", wire))

        def rest(seconds: float) -> None:
            rests.append(seconds)
            if takes == [[b"first"]]:
                live.send(wire.data(b"second"))
                live.send(wire.data(b"third"))
            elif len(takes) > 1:
                stop.request()

        monkeypatch.setattr(stop, "wait", rest)
        with ThreadPoolExecutor(1) as thread:
            served = thread.submit(server.serve)
            live.start()
            live.send(wire.data(b"first"))
            served.result(SECONDS)
    assert takes == [[b"first"], [b"second", b"third"]]
    assert max(rests) <= module.LONGEST_REST_S


class Idle:
    """A pusher that has nothing to do."""

    def due_in(self) -> float:
        return SECONDS

    def flush_due(self) -> None:
        pass

    def pause(self, seconds: float) -> None:
        raise AssertionError(seconds)


def test_rests_longer_while_few_come(
    stop: Stop, tmp_path: Path, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And from the start on after a read of many, without a rest."""
    few, some, more, many = (module.FEW_OCTETS * part // 8 for part in (1, 3, 5, 9))
    reads = iter([few, few, few, some, more, more, some, many, few, few])
    rests: list[float] = []

    def come() -> None:
        octets = next(reads, None)
        if octets is None:
            stop.request()
        else:
            live.send(wire.data(bytes(octets)))

    def rest(seconds: float) -> None:
        rests.append(round(seconds * 1000))
        come()

    def take(payloads: list[bytes]) -> None:
        if sum(map(len, payloads)) >= module.FEW_OCTETS:
            come()

    monkeypatch.setattr(stop, "wait", rest)
    server = module.Server([UnixAddress(f"{tmp_path}/x")], take, Idle(), stop, Tally())
    with server, resolver(f"unix:{tmp_path}/x", wire) as live:
        live.send(wire.control(wire.START, wire.content_type))
        server.serve()
    assert rests == [2, 4, 8, 8, 8, 8, 4, 2, 2, 4]


def test_who_has_much_is_read_without_a_rest(
    ingress: Any, stop: Stop, tmp_path: Path, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop, "wait", lambda _: pytest.fail("it rests"))
    octets = b"".join(wire.data(bytes(1000)) for _ in range(module.FEW_OCTETS // 1000 + 1))
    with Pusher(ingress.endpoint, "here", stop, block_ms=10) as pusher, ExitStack() as stack:
        server = stack.enter_context(
            module.Server([UnixAddress(f"{tmp_path}/x")], lambda _: stop.request(), pusher, stop, Tally())
        )
        live = stack.enter_context(resolver(f"unix:{tmp_path}/x", wire))
        live.send(wire.control(wire.START, wire.content_type) + octets)
        server.serve()


def test_a_stop_cuts_who_has_too_much(
    held: Held, wire: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When the grace is over, with a line that says so."""
    monkeypatch.setattr(stop_module, "GRACE_S", 0)
    with resolver(held.address, wire) as busy:
        busy.start()
        busy.send(wire.data(b"first"))
        held.holds()
        busy.send(wire.data(b"second"))
        held.stop()
        assert busy.closed()
    assert held.payloads == [b"first"]
    assert caplog.messages[-1].endswith("connection 1: closed: cut by the stop, with data left unread")


def test_drops_who_does_not_start(
    held: Held, wire: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Silent connections in all places lock no resolver out, and one that has started may be silent."""
    monkeypatch.setattr(module, "CONNECTIONS_MAX", 2)
    held.go()
    with resolver(held.address, wire) as started:
        started.start()
        started.send(wire.data(b"started"))
        held.holds()
        monkeypatch.setattr(module, "START_TIMEOUT_S", 1.0)
        with resolver(held.address, wire) as silent, resolver(held.address, wire) as third:
            third.send(wire.stream(b"third"))
            assert silent.closed()
            assert third.closed()
            started.send(wire.data(b"again") + wire.control(wire.STOP))
            started.expect(wire.control(wire.FINISH))
    assert held.payloads == [b"started", b"third", b"again"]
    assert any(
        message.endswith("connection 2: closed: no START frame in 1 seconds") for message in caplog.messages
    )


def test_makes_room_for_one_more(
    held: Held, wire: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The one that has been idle longest goes, so that nobody can lock a resolver out by falling silent."""
    monkeypatch.setattr(held.server, "_connections_max", 2)
    held.go()
    with resolver(held.address, wire) as idle, resolver(held.address, wire) as busy:
        idle.start()
        busy.start()
        busy.send(wire.data(b"busy"))
        held.holds()
        with resolver(held.address, wire) as third:
            third.start()
            assert idle.closed()
            busy.send(wire.data(b"again") + wire.control(wire.STOP))
            busy.expect(wire.control(wire.FINISH))
    assert held.payloads == [b"busy", b"again"]
    assert any("connection 1: closed: idle longest, and 2 connections" in line for line in caplog.messages)


def test_unfinished_frames_are_bounded_over_all(
    held: Held, wire: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Many with a frame each that never ends hold no more than one bound; who has just been heard goes on."""
    monkeypatch.setattr(module, "UNFINISHED_MAX", 1500)
    held.go()
    frame = wire.data(bytes(1200))
    with resolver(held.address, wire) as silent, resolver(held.address, wire) as live:
        for each in (silent, live):
            each.start()
        silent.send(wire.data(b"silent") + frame[:900])
        held.holds()
        live.send(wire.data(b"live") + frame[:900])
        assert silent.closed()
        live.send(frame[900:] + wire.control(wire.STOP))
        live.expect(wire.control(wire.FINISH))
    assert held.payloads == [b"silent", b"live", bytes(1200)]
    assert any("idle longest, and unfinished frames take" in line for line in caplog.messages)


def test_says_why_nothing_is_sent(
    ingress: Any,
    stop: Stop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Once, after half a minute: here nobody connects."""
    monkeypatch.setattr(mute_source, "MUTE_S", 0.0)
    told = threading.Event()
    monkeypatch.setattr(module, "nobody_connects", lambda *of: (told.set(), nobody_connects(*of))[1])
    held = Held(tmp_path, ingress.endpoint, stop)
    assert told.wait(SECONDS)
    held.close()
    (line,) = [line for line in caplog.messages if line.startswith("nothing sent in 0 seconds: ")]
    assert f"no resolver has connected to {held.address} yet; who may: the user " in line


def test_says_that_only_clients_messages_come(
    ingress: Any,
    stop: Stop,
    wire: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As of Knot Resolver and dnsdist, whose dnstap has no others."""
    monkeypatch.setattr(mute_source, "MUTE_S", 1.0)
    held = Held(tmp_path, ingress.endpoint, stop)
    held.tally.skip("CLIENT_RESPONSE")
    told = threading.Event()
    monkeypatch.setattr(
        module, "nothing_to_send", lambda *of, **how: (told.set(), nothing_to_send(*of, **how))[1]
    )
    with resolver(held.address, wire) as live:
        live.start()
        assert told.wait(SECONDS)
    held.close()
    assert any("nothing sent in 1 seconds: only CLIENT_RESPONSE: " in line for line in caplog.messages)


def test_says_that_all_have_gone(
    ingress: Any, stop: Stop, wire: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """As an Unbound that speaks TLS does, again and again."""
    monkeypatch.setattr(mute_source, "MUTE_S", 1.0)
    held = Held(tmp_path, ingress.endpoint, stop)
    told = threading.Event()
    monkeypatch.setattr(module, "all_gone", lambda *of: (told.set(), all_gone(*of))[1])
    with resolver(held.address, wire) as stranger:
        stranger.send(b"\x16\x03\x01\x02\x00\x01\x00\x01")
        assert stranger.closed()
    assert told.wait(SECONDS)
    held.close()
    assert any("nothing sent in 1 seconds: 1 connections ended before" in line for line in caplog.messages)


def test_who_has_just_come_is_not_put_out_by_the_next(
    held: Held, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where strangers have begun a stream each and fallen silent: one of them goes."""
    monkeypatch.setattr(held.server, "_connections_max", 16)
    held.go()
    with ExitStack() as stack:
        strangers = [stack.enter_context(resolver(held.address, wire)) for _ in range(15)]
        for stranger in strangers:
            stranger.start()
        newcomer = stack.enter_context(resolver(held.address, wire))
        newcomer.send(wire.control(wire.READY, wire.content_type))
        newcomer.expect(wire.control(wire.ACCEPT, wire.content_type))  # and all that was sent before is read
        stack.enter_context(resolver(held.address, wire))
        assert strangers[0].closed()
        start = wire.control(wire.START, wire.content_type)
        newcomer.send(start + wire.data(b"new") + wire.control(wire.STOP))
        newcomer.expect(wire.control(wire.FINISH))
    assert held.payloads == [b"new"]


def test_strangers_who_connect_put_out_one_another(
    held: Held, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver that has nothing to say keeps its place, however many come after it."""
    monkeypatch.setattr(held.server, "_connections_max", 2)
    held.go()
    with resolver(held.address, wire) as live, ExitStack() as stack:
        live.start()
        live.send(wire.data(b"before"))
        held.holds()
        strangers = [stack.enter_context(resolver(held.address, wire)) for _ in range(5)]
        for stranger in strangers[:-1]:
            assert stranger.closed()
        live.send(wire.data(b"after") + wire.control(wire.STOP))
        live.expect(wire.control(wire.FINISH))
    assert held.payloads == [b"before", b"after"]


def test_this_machine_may_connect_where_others_are_allowed(ingress: Any, produce: Any, wire: Any) -> None:
    process = produce("tcp:127.0.0.1:0", "--allow", "192.0.2.0/24")
    address = process.wait_for(r"listening at (\S+)\n")[1]
    with resolver(address, wire) as live:
        live.send(wire.stream(wire.dnstap(response_time_sec=5)))
        assert times(ingress.batch()) == [5]
