"""Who goes where there is no more room: who came last, who takes nothing, who holds most; and nobody else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
import zmq

from nxcast.transport.endpoints import EGRESS, INGRESS
from nxcast.transport.ends import BEYOND, FLOODED, MEMORY, PARTS_MAX, STALLED, Cut, Endpoints
from nxcast.transport.memory_shares import shares
from nxcast.transport.zeromq import crowding as crowding_module
from nxcast.transport.zeromq.broker_end import Sockets
from nxcast.transport.zeromq.connections import Connection, Connections, Traffic
from nxcast.transport.zeromq.contexts import new_context
from nxcast.transport.zeromq.crowding import (
    HELD_MIN,
    LOOK_S,
    LOOKED_AT_ONCE,
    PARTS_OF_ONE_MAX,
    PARTS_READ_MAX,
    STALLED_S,
    Crowding,
)
from tests.conftest import TIMEOUT_MS

FREE = Endpoints("tcp://127.0.0.1:*", "tcp://127.0.0.1:*", "tcp://127.0.0.1:*")
ROOM_FOR_TWO = 2 << 20  # octets of memory_max that have room for two subscribers
MIB = bytes(1 << 20)


class Peers:
    """Sockets, kept until the test ends."""

    def __init__(self) -> None:
        self.context = new_context()
        self._made: list[zmq.Socket[bytes]] = []
        self.watched: list[Connections] = []

    def socket(self, kind: int) -> zmq.Socket[bytes]:
        made = self.context.socket(kind)
        made.setsockopt(zmq.RCVTIMEO, TIMEOUT_MS)
        made.setsockopt(zmq.SNDTIMEO, TIMEOUT_MS)
        self._made.append(made)
        return made


@pytest.fixture
def peers() -> Iterator[Peers]:
    made = Peers()
    yield made
    for each in made.watched:
        each.close()
    made.context.destroy(linger=0)


def _bound(
    peers: Peers, kind: int, memory_max: int, name: str
) -> tuple[zmq.Socket[bytes], str, Connections, Crowding]:
    """A socket without limits of its own, where it is, and what looks after it."""
    bound = peers.socket(kind)
    bound.sndhwm = bound.rcvhwm = 0
    connections = Connections(peers.context, bound, "inproc://events")
    peers.watched.append(connections)
    port = bound.bind_to_random_port("tcp://127.0.0.1")
    crowding = Crowding(memory_max, shares(memory_max), {name: connections})
    return bound, f"tcp://127.0.0.1:{port}", connections, crowding


def test_who_comes_where_there_is_no_more_room_is_refused_and_the_others_stay(
    peers: Peers,
) -> None:
    sockets = Sockets(FREE, high_water_mark=1000, memory_max=ROOM_FOR_TWO, secret=None)

    def subscriber() -> zmq.Socket[bytes]:
        made = peers.socket(zmq.SUB)
        made.subscribe(b"")
        made.connect(sockets.endpoints.egress)
        return made

    inside = [subscriber(), subscriber()]
    said = 0
    while said < len(inside):
        sockets.wait(TIMEOUT_MS)
        said += sockets.subscription() is not None
    assert not sockets.cuts()
    beyond = subscriber()
    cuts = sockets.cuts()
    while not cuts:
        sockets.wait(10)
        cuts = sockets.cuts()
    assert set(cuts) == {Cut(EGRESS, BEYOND, None, "127.0.0.1")}
    sockets.publish([b"nxdomain/A/", b"header", b"payload"])
    assert [each.recv_multipart()[2] for each in inside] == [b"payload", b"payload"]
    assert not beyond.poll(0)
    sockets.close()


def test_who_takes_nothing_for_long_goes_and_who_takes_all_stays(
    peers: Peers,
) -> None:
    bound, endpoint, connections, crowding = _bound(peers, zmq.XPUB, 1 << 40, EGRESS)
    bound.setsockopt(zmq.XPUB_VERBOSER, 1)
    takes, idle = peers.socket(zmq.SUB), peers.socket(zmq.SUB)
    takes.rcvhwm, idle.rcvhwm = 0, 1
    for each in (takes, idle):
        each.subscribe(b"")
        each.connect(endpoint)
        descriptor = int(bound.recv(copy=False).get("__fd"))
        connections.heard(descriptor, "idle" if each is idle else "takes", 0, 0.0)
    for _ in range(32):
        bound.send(MIB)
    for _ in range(32):
        takes.recv()
    (taker,) = (each for each in connections.all() if each.user_id == "takes")
    while (traffic := connections.traffic(taker)) and traffic.waiting:  # it acknowledges a little later
        pass
    for number in itertools.count(1):
        crowding.look(number * STALLED_S, events=True)
        if crowding.cuts:
            break
    assert dict(crowding.cuts) == {Cut(EGRESS, STALLED, "idle", "127.0.0.1"): 1}
    bound.send(b"more")
    assert takes.recv() == b"more"


def test_many_are_looked_at_a_part_at_a_time(peers: Peers, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a look takes few milliseconds, however many there are."""
    bound, endpoint, connections, crowding = _bound(peers, zmq.XPUB, 1 << 40, EGRESS)
    looked_at: list[Connection] = []
    traffic = connections.traffic

    def counted(each: Connection) -> Traffic | None:
        looked_at.append(each)
        return traffic(each)

    monkeypatch.setattr(connections, "traffic", counted)
    bound.setsockopt(zmq.XPUB_VERBOSER, 1)
    for _ in range(LOOKED_AT_ONCE + 10):
        peer = peers.socket(zmq.SUB)
        peer.subscribe(b"")
        peer.connect(endpoint)
        bound.recv()
    crowding.look(LOOK_S, events=True)
    assert len(looked_at) == LOOKED_AT_ONCE
    crowding.look(LOOK_S, events=False)
    assert looked_at == connections.all()[::-1]
    crowding.look(LOOK_S, events=False)  # each once a second
    assert len(looked_at) == len(connections)


def test_parts_of_long_messages_are_counted_by_the_second(peers: Peers) -> None:
    bound, endpoint, connections, crowding = _bound(peers, zmq.PULL, 4 << 20, INGRESS)
    push = peers.socket(zmq.PUSH)
    push.connect(endpoint)
    push.send(b"x")
    bound.recv()
    crowding.look(0.0, events=True)
    (connection,) = connections.all()
    for second in (1.0, 2.0):
        for _ in range(PARTS_READ_MAX // PARTS_OF_ONE_MAX):
            crowding.sent_parts(INGRESS, connection, PARTS_OF_ONE_MAX, second)
    assert not crowding.cuts
    crowding.sent_parts(INGRESS, connection, PARTS_MAX + 1, 2.9)
    assert [cut.why for cut in crowding.cuts] == [FLOODED]


def test_what_somebody_left_behind_is_not_of_who_came_after_on_the_same_descriptor(peers: Peers) -> None:
    bound, endpoint, connections, _ = _bound(peers, zmq.PULL, 4 << 20, INGRESS)
    push = peers.socket(zmq.PUSH)
    push.connect(endpoint)
    push.send(b"x")
    descriptor = int(bound.recv(copy=False).get("__fd"))
    connections.heard(descriptor, "2 honest", 30, 0.0, "honest")
    connections.heard(descriptor, "1 flooding", 30, 0.0, "flooding")
    assert connections.users() == {"2 honest"}
    (connection,) = connections.all()
    assert (connection.sender, connection.read) == ("honest", 30)


def test_where_memory_is_short_the_producer_goes_that_has_most_waiting_and_no_other(
    peers: Peers,
) -> None:
    bound, endpoint, connections, crowding = _bound(peers, zmq.PULL, 4 << 20, INGRESS)
    pushes = []
    for name, octets in (("small", b"x"), ("large", MIB)):
        push = peers.socket(zmq.PUSH)
        push.connect(endpoint)
        push.send(octets)
        frame = bound.recv(copy=False)
        connections.heard(int(frame.get("__fd")), name, len(frame) + 9, 0.0)
        pushes.append((push, octets))
    for push, octets in pushes:
        push.send(octets)
        push.send(octets)
    for number in itertools.count(1):
        crowding.look(number * 0.1, events=True)
        if crowding.cuts:
            break
    assert dict(crowding.cuts) == {Cut(INGRESS, MEMORY, "large", "127.0.0.1"): 1}
    assert {each.user_id for each in connections.all()} == {"small"}


def test_memory_is_looked_after_while_whoever_has_the_sockets_is_at_something_else(
    peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the disk stands still: nobody waits for anything, and nothing is read."""
    monkeypatch.setattr(crowding_module, "_anonymous", lambda: 0)  # whatever the tests before have left
    sockets = Sockets(FREE, high_water_mark=1000, memory_max=64 << 20, secret=None)
    try:
        assert not sockets.short
        push, small = peers.socket(zmq.PUSH), peers.socket(zmq.PUSH)
        ended = push.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        stays = small.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        for each in (push, small):
            each.connect(sockets.endpoints.ingress)
        small.send(b"x")
        while sockets.connections()[INGRESS] < 2:  # the door is shut where memory is short
            sockets.wait(10)
        push.send(bytes(2 * HELD_MIN))
        monkeypatch.setattr(crowding_module, "_anonymous", lambda: 64 << 20)
        assert ended.poll(TIMEOUT_MS)
        assert set(sockets.cuts()) == {Cut(INGRESS, MEMORY, None, "127.0.0.1")}
        assert sockets.short
        assert not stays.poll(0)
    finally:
        sockets.close()


def test_where_there_is_memory_nobody_goes_for_what_waits(peers: Peers) -> None:
    bound, endpoint, connections, crowding = _bound(peers, zmq.PULL, 1 << 40, INGRESS)
    push = peers.socket(zmq.PUSH)
    push.connect(endpoint)
    for _ in range(4):
        push.send(MIB)
    connections.heard(int(bound.recv(copy=False).get("__fd")), "large", 0, 0.0)
    for number in range(1, 50):
        crowding.look(number * 0.1, events=True)
    assert not crowding.cuts
    assert len(connections) == 1


def test_who_takes_nothing_shows_with_what_waits_for_it(peers: Peers) -> None:
    bound, endpoint, _, crowding = _bound(peers, zmq.PUSH, 1 << 30, EGRESS)
    reader = peers.socket(zmq.PULL)
    reader.rcvhwm = 1
    reader.connect(endpoint)
    for _ in range(64):
        bound.send(MIB, copy=False)
    crowding.look(1.0, events=True)
    while not (found := next(crowding.peers(EGRESS, 3.0))).waiting:
        pass
    assert found._replace(waiting=1, stalled_s=0.0) == (EGRESS, None, "127.0.0.1", 2.0, 1, 0.0)
