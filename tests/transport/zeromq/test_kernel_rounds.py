"""Producers of which much waits in the kernel share a round, and the others have room of their own."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest
import zmq

from nxcast.transport.zeromq.connections import ROUND_MIN, Connection, Connections, Traffic
from nxcast.transport.zeromq.kernel_rounds import INGRESS_KERNEL, LOOK_S, MUCH, ROUND, KernelRounds
from tests.conftest import TIMEOUT_MS

MANY = 8  # producers, so that their share is less than one may have
LARGE = bytes(8 << 20)
HEARD = "heard"


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    made: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield made
    made.destroy(linger=0)


def _kernel(connection: Connection) -> int:
    """What the kernel says: it doubles what it is told, for its own overhead."""
    with socket.socket(fileno=os.dup(connection.descriptor)) as found:
        return found.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def _stands(traffic: Traffic | None) -> bool:
    return traffic is not None and traffic.came >= 2 * len(LARGE) and traffic.unread > MUCH


def test_who_sends_much_shares_a_round_and_who_sends_little_has_more_room_each_second(
    context: zmq.Context[zmq.Socket[bytes]],
) -> None:
    bound = context.socket(zmq.PULL)
    bound.rcvhwm, bound.rcvtimeo, bound.linger = 1, TIMEOUT_MS, 0
    connections = Connections(context, bound, "inproc://events")
    endpoint = f"tcp://127.0.0.1:{bound.bind_to_random_port('tcp://127.0.0.1')}"
    rounds = KernelRounds(connections)
    kept = []
    for number in range(MANY + 1):  # the first sends one message, and that is read
        push = context.socket(zmq.PUSH)
        push.sndtimeo, push.linger = TIMEOUT_MS, 0
        push.connect(endpoint)
        push.send(HEARD.encode())
        frame = bound.recv(copy=False)
        connections.heard(int(frame.get("__fd")), HEARD, len(frame), 0.0)
        kept.append((push, number))
    rounds.look(0.0, events=True)
    assert {_kernel(each) for each in connections.all()} == {ROUND_MIN}
    little, *many = connections.all()
    for push, number in kept:
        for _ in range(4 if number else 0):
            push.send(LARGE, copy=False)
    # libzmq reads two of them ahead, and leaves the rest where it is.
    while not all(map(_stands, map(connections.traffic, many))):
        bound.poll(10)
    rounds.look(LOOK_S, events=False)
    assert [each.kernel_octets for each in many] == [ROUND // MANY] * MANY
    assert little.kernel_octets == _kernel(little) == 2 * ROUND_MIN
    for second in range(2, 20):
        rounds.look(second * LOOK_S, events=False)
    assert little.kernel_octets == INGRESS_KERNEL
    connections.close()
    for each in (bound, *(push for push, _ in kept)):
        each.close()
