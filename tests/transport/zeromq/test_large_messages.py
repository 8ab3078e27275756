"""Who goes on with large messages where memory is short, who waits, and who has to go where nobody could."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import zmq

from nxcast.transport.zeromq.connections import ROUND_MIN, Connection, Connections
from nxcast.transport.zeromq.large_messages import GREETING_MAX, TURN_S, WHOLE, LargeMessages
from tests.conftest import TIMEOUT_MS

PART = 1 << 20  # octets that one may have before it waits, of OCTETS for four
OCTETS = 4 * PART
NOW_S = 1000.0
LITTLE, MUCH = PART // 2, WHOLE // 2


class _Held:
    """Stands for Connections: what libzmq has of each is told, not measured."""

    def __init__(self, **held: int) -> None:
        self.octets = held
        self._open = {name: Connection(number, NOW_S) for number, name in enumerate(held)}

    def all(self) -> list[Connection]:
        return list(self._open.values())

    def name(self, connection: Connection) -> str:
        return next(name for name, each in self._open.items() if each is connection)

    def held(self, connection: Connection) -> int:
        return self.octets[self.name(connection)]

    def stop(self, connection: Connection) -> None:
        connection.stopped = True

    def go_on(self, connection: Connection) -> None:
        connection.stopped = False

    @property
    def stopped(self) -> set[str]:
        return {name for name, each in self._open.items() if each.stopped}


def _large(held: _Held) -> LargeMessages:
    connections: Any = held
    return LargeMessages(connections, OCTETS)


def test_who_has_little_never_waits_and_has_to_be_read() -> None:
    held = _Held(first=LITTLE, second=LITTLE, third=LITTLE, large=MUCH)
    large = _large(held)
    assert large.look(0, 0, NOW_S, dry=False) is None
    assert held.stopped == {"large"}
    assert large.little_waits
    large.release()
    assert not large.little_waits


def test_a_handshake_is_nothing_that_could_be_read() -> None:
    held = _Held(silent=GREETING_MAX, large=MUCH)
    large = _large(held)
    large.look(0, 0, NOW_S, dry=False)
    assert not large.little_waits


@pytest.mark.parametrize(
    ("room", "stopped"),
    [(0, {"a", "b", "c"}), (WHOLE - MUCH, {"b", "c"}), (2 * WHOLE - 2 * MUCH, {"c"}), (2 * WHOLE, set())],
)
def test_so_many_go_on_as_there_is_room_for_whole_messages_of(room: int, stopped: set[str]) -> None:
    held = _Held(a=MUCH, b=MUCH, c=MUCH)
    large = _large(held)
    for _ in range(2):
        assert large.look(room, 0, NOW_S, dry=False) is None
    assert held.stopped == stopped
    assert large.waits == len(stopped)


def test_who_has_a_whole_message_waits_until_it_is_read() -> None:
    held = _Held(whole=WHOLE, other=MUCH)
    large = _large(held)
    assert large.look(2 * WHOLE, 0, NOW_S, dry=False) is None
    assert held.stopped == {"whole"}
    held.octets["whole"] = 0
    large.look(2 * WHOLE, 0, NOW_S, dry=False)
    assert not held.stopped


def test_nobody_overtakes_who_waits_for_longer() -> None:
    held = _Held(early=MUCH, late=0)
    large = _large(held)
    large.look(0, 0, NOW_S, dry=False)
    held.octets["late"] = WHOLE - 1  # one octet more, and it would be whole
    large.look(WHOLE - MUCH - 1, 0, NOW_S + 1, dry=False)
    assert held.stopped == {"early", "late"}


def test_each_has_its_turn_however_slow_the_others_are() -> None:
    held = _Held(a=MUCH, b=MUCH, c=MUCH)
    large = _large(held)
    went = []
    for turn in range(6):
        large.look(WHOLE - MUCH, 0, NOW_S + turn * TURN_S, dry=False)
        went += [name for name in held.octets if name not in held.stopped]
        large.look(WHOLE - MUCH, 0, NOW_S + (turn + 1) * TURN_S, dry=False)
    assert {name: went.count(name) for name in held.octets} == {"a": 2, "b": 2, "c": 2}


def test_the_first_has_the_reserve_where_nothing_whole_waits() -> None:
    held = _Held(a=MUCH, b=MUCH)
    large = _large(held)
    assert large.look(0, WHOLE, NOW_S, dry=False) is None
    assert held.stopped == {"a", "b"}
    assert large.look(0, WHOLE, NOW_S, dry=True) is None
    assert held.stopped == {"b"}


def test_who_has_the_most_goes_where_nobody_could_go_on_and_nothing_whole_waits() -> None:
    held = _Held(less=MUCH, most=MUCH + 1, little=LITTLE)
    large = _large(held)
    assert large.look(0, 0, NOW_S, dry=False) is None
    goes = large.look(0, 0, NOW_S, dry=True)
    assert goes is not None
    assert held.name(goes) == "most"


def test_where_there_is_memory_again_nobody_waits() -> None:
    held = _Held(a=MUCH, b=WHOLE)
    large = _large(held)
    large.look(0, 0, NOW_S, dry=False)
    large.release()
    assert not held.stopped


@pytest.fixture
def sockets() -> Iterator[Mapping[str, zmq.Socket[bytes]]]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    made = {name: context.socket(kind) for name, kind in (("pull", zmq.PULL), ("push", zmq.PUSH))}
    for each in made.values():
        each.rcvtimeo = each.sndtimeo = TIMEOUT_MS
    yield made
    context.destroy(linger=0)


def _kernel(connection: Connection) -> int:
    """What the kernel says: it doubles what it is told, for its own overhead."""
    with socket.socket(fileno=os.dup(connection.descriptor)) as found:
        return found.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def test_the_kernel_takes_hardly_more_of_who_is_stopped_and_nothing_is_lost_when_it_goes_on(
    sockets: Mapping[str, zmq.Socket[bytes]],
) -> None:
    pull, push = sockets["pull"], sockets["push"]
    connections = Connections(pull.context, pull, "inproc://events")
    push.connect(f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}")
    push.send(b"here")
    frame = pull.recv(copy=False)
    connections.heard(int(frame.get("__fd")), None, 0, NOW_S)
    (connection,) = connections.all()
    connections.stop(connection)
    connections.set_kernel_octets(connection, ROUND_MIN)  # changes nothing of who is stopped
    assert _kernel(connection) < 4096
    push.send(bytes(WHOLE), copy=False)
    connections.go_on(connection)
    assert _kernel(connection) == ROUND_MIN
    assert len(pull.recv()) == WHOLE
    assert connections.held(connection) >= WHOLE  # as nobody said that it was handed on
    connections.heard(connection.descriptor, None, 2 * WHOLE, NOW_S)  # and one of who was there before
    assert connections.held(connection) == 0
    connections.close()


def test_nobody_comes_in_while_the_door_is_shut(sockets: Mapping[str, zmq.Socket[bytes]]) -> None:
    pull, push = sockets["pull"], sockets["push"]
    connections = Connections(pull.context, pull, "inproc://events")
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    connections.look(NOW_S)
    connections.shut_door(shut=True)
    with pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", port), timeout=0.05)
    connections.shut_door(shut=False)
    push.connect(f"tcp://127.0.0.1:{port}")
    push.send(b"in")
    assert pull.recv() == b"in"
    connections.close()
