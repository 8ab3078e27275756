"""The sockets: what comes in goes out of them as it was, and connections are counted without harm."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import zmq

from nxcast.schemas.topics import TOPICS
from nxcast.transport.endpoints import EGRESS, INGRESS, REPLAY
from nxcast.transport.ends import FLOODED, PARTS_MAX, BindError, Cut, Endpoints, Ready, Said
from nxcast.transport.zeromq import crowding
from nxcast.transport.zeromq.broker_end import VIEWED_MIN, Sockets
from nxcast.transport.zeromq.connections import UNSENT_MAX
from nxcast.transport.zeromq.crowding import PARTS_OF_ONE_MAX, WORD_OVERHEAD, WORDS_MAX
from tests.conftest import TIMEOUT_MS

FREE = Endpoints("tcp://127.0.0.1:*", "tcp://127.0.0.1:*", "tcp://127.0.0.1:*")


@pytest.fixture(autouse=True)
def of_no_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker measures its process, here pytest's, however much the tests before have left in it."""
    monkeypatch.setattr(crowding, "_anonymous", lambda: 0)


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    made = Sockets(FREE, high_water_mark=1000, memory_max=512 << 20, secret=None)
    yield made
    made.close()


class Peers:
    """Sockets of others, kept until the test ends."""

    def __init__(self) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._made: list[zmq.Socket[bytes]] = []

    def socket(self, kind: int) -> zmq.Socket[bytes]:
        made = self._context.socket(kind)
        self._made.append(made)
        made.setsockopt(zmq.RCVTIMEO, TIMEOUT_MS)
        return made

    def connect(self, kind: int, endpoint: str) -> zmq.Socket[bytes]:
        made = self.socket(kind)
        made.connect(endpoint)
        return made

    def close(self) -> None:
        self._context.destroy(linger=0)


@pytest.fixture
def peers() -> Iterator[Peers]:
    made = Peers()
    yield made
    made.close()


def _until(sockets: Sockets, what: Ready) -> None:
    assert sockets.wait(TIMEOUT_MS) == {what}


def test_each_kind_of_thing_that_comes_is_told_apart_and_handed_on(sockets: Sockets, peers: Peers) -> None:
    assert (sockets.message(), sockets.request(), sockets.subscription()) == (None, None, None)
    assert sockets.wait(0) == set()
    push = peers.connect(zmq.PUSH, sockets.endpoints.ingress)
    push.send_multipart([b"a", b"b"])
    _until(sockets, Ready.MESSAGE)
    received = sockets.message()
    assert received is not None
    assert received[:2] == ([b"a", b"b"], None)
    ask = peers.connect(zmq.DEALER, sockets.endpoints.replay)
    ask.send(b"question")
    _until(sockets, Ready.REQUEST)
    request = sockets.request()
    assert request is not None
    assert request.parts[1:] == [b"question"]
    sockets.answer([request.parts[0], b"answer"])
    assert ask.recv() == b"answer"
    subscriber = peers.connect(zmq.SUB, sockets.endpoints.egress)
    subscriber.subscribe("nxdomain/")
    _until(sockets, Ready.SUBSCRIPTION)
    assert sockets.subscription() == Said(b"\1nxdomain/", None)
    sockets.publish([b"nxdomain/MX/", b"header", b"payload"])
    assert subscriber.recv_multipart() == [b"nxdomain/MX/", b"header", b"payload"]


def test_the_thread_that_looks_after_memory_ends_with_them() -> None:
    before = set(threading.enumerate())
    made = Sockets(FREE, high_water_mark=1000, memory_max=512 << 20, secret=None)
    (thread,) = set(threading.enumerate()) - before
    made.close()
    thread.join(TIMEOUT_MS / 1000)
    assert not thread.is_alive()


def test_a_stop_from_another_thread_ends_the_wait(sockets: Sockets) -> None:
    thread = threading.Thread(target=sockets.stop)
    thread.start()
    assert sockets.wait(TIMEOUT_MS) == {Ready.STOP}
    thread.join()


def test_a_stop_after_the_end_is_no_error() -> None:
    made = Sockets(FREE, high_water_mark=1000, memory_max=512 << 20, secret=None)
    made.close()
    made.stop()


def test_an_endpoint_in_use_leaves_nothing_bound(sockets: Sockets) -> None:
    wanted = FREE._replace(replay=sockets.endpoints.replay)
    with pytest.raises(BindError, match=r"address already in use .*; --replay names another"):
        Sockets(wanted, high_water_mark=1000, memory_max=512 << 20, secret=None)


def _connections_are(sockets: Sockets, name: str, count: int) -> bool:
    """Whether there are so many, or soon will be."""
    deadline = time.monotonic() + TIMEOUT_MS / 1000
    while sockets.connections()[name] != count and time.monotonic() < deadline:
        sockets.wait(10)
    return sockets.connections()[name] == count


@pytest.mark.parametrize(("name", "kind"), [(INGRESS, zmq.PUSH), (EGRESS, zmq.SUB), (REPLAY, zmq.DEALER)])
def test_connections_are_counted_until_they_end(sockets: Sockets, peers: Peers, name: str, kind: int) -> None:
    endpoint = getattr(sockets.endpoints, name)
    first, *_ = [peers.connect(kind, endpoint) for _ in range(3)]
    assert _connections_are(sockets, name, 3)
    first.close(linger=0)
    assert _connections_are(sockets, name, 2)
    assert sum(sockets.connections().values()) == 2


def test_where_nobody_is_known_by_what_came_all_are_cut_and_come_back(sockets: Sockets, peers: Peers) -> None:
    """As where libzmq keeps descriptors to itself; the endpoint is never given up."""
    endpoints = sockets.endpoints
    subscriber = peers.connect(zmq.SUB, endpoints.egress)
    subscriber.subscribe("")
    for _ in range(3):
        while sockets.subscription() != Said(b"\1", None):
            subscriber.poll(10)  # ZeroMQ subscribes again in the subscriber's own thread
        assert _connections_are(sockets, EGRESS, 1)
        sockets.cut(EGRESS, lambda _: False)
    assert sockets.endpoints == endpoints
    assert _connections_are(sockets, EGRESS, 1)


def test_strangers_who_come_and_go_unread_hold_up_nobody(sockets: Sockets, peers: Peers) -> None:
    """More events than the 2,000 that a pair of sockets holds by default."""
    push = peers.connect(zmq.PUSH, sockets.endpoints.ingress)
    port = int(sockets.endpoints.ingress.rpartition(":")[2])
    for _ in range(1500):
        socket.create_connection(("127.0.0.1", port)).close()
    push.send(b"good")
    _until(sockets, Ready.MESSAGE)
    received = sockets.message()
    assert received is not None
    assert received[:2] == ([b"good"], None)
    assert _connections_are(sockets, INGRESS, 1)


def test_messages_tell_their_connection(sockets: Sockets, peers: Peers) -> None:
    """Without keys they have their turns by that."""
    senders = set()
    for _ in range(2):
        push = peers.connect(zmq.PUSH, sockets.endpoints.ingress)
        for _ in range(2):
            push.send(b"x")
            assert sockets.message_waits(TIMEOUT_MS)
            received = sockets.message()
            assert received is not None
            senders.add(received.sender)
    assert len(senders) == 2
    assert all(sender.startswith("127.0.0.1 #") for sender in senders)


def test_a_sender_that_floods_is_cut_off_and_counted_and_no_other(sockets: Sockets, peers: Peers) -> None:
    pushes, senders = [], []
    for _ in range(2):
        pushes.append(peers.connect(zmq.PUSH, sockets.endpoints.ingress))
        events = pushes[-1].get_monitor_socket(zmq.EVENT_DISCONNECTED)
        events.setsockopt(zmq.RCVTIMEO, TIMEOUT_MS)
        pushes[-1].send(b"it")
        _until(sockets, Ready.MESSAGE)
        received = sockets.message()
        assert received is not None
        senders.append((received.sender, events))
    (flood, ended), (other, untouched) = senders
    assert flood != other
    sockets.cut_sender("")
    assert not sockets.cuts()
    sockets.cut_sender(flood)
    ended.recv_multipart()
    assert sockets.cuts() == {Cut(INGRESS, FLOODED, None, "127.0.0.1"): 1}
    pushes[1].send(b"more")
    _until(sockets, Ready.MESSAGE)
    received = sockets.message()
    assert received is not None
    assert received.sender == other
    assert not untouched.poll(0)


def test_who_has_the_descriptor_of_one_that_floods_is_not_cut_off(sockets: Sockets, peers: Peers) -> None:
    peers.connect(zmq.PUSH, sockets.endpoints.ingress).send(b"it")
    _until(sockets, Ready.MESSAGE)
    received = sockets.message()
    assert received is not None
    sockets.cut_sender(received.sender.replace("127.0.0.1", "192.0.2.1"))
    assert not sockets.cuts()
    sockets.cut_sender(received.sender)
    assert sockets.cuts() == {Cut(INGRESS, FLOODED, None, "127.0.0.1"): 1}


def test_a_large_part_is_not_copied_as_it_comes(sockets: Sockets, peers: Peers) -> None:
    push = peers.connect(zmq.PUSH, sockets.endpoints.ingress)
    push.send_multipart([b"small", bytes(VIEWED_MIN)])
    _until(sockets, Ready.MESSAGE)
    received = sockets.message()
    assert received is not None
    assert list(map(type, received.parts)) == [bytes, memoryview]
    assert received.parts == [b"small", bytes(VIEWED_MIN)]


def test_of_a_subscriber_that_reads_nothing_the_kernel_has_a_message_or_two(
    sockets: Sockets, peers: Peers
) -> None:
    """Not some MB of each, beside memory_max, all of it encrypted by the thread that serves the others."""
    idle, reads = (peers.socket(zmq.SUB) for _ in range(2))
    idle.rcvhwm = 1
    idle.rcvbuf = 4096
    for each in (idle, reads):
        each.subscribe(b"")
        each.connect(sockets.endpoints.egress)
    said = 0
    while said < 2:
        sockets.wait(TIMEOUT_MS)
        said += sockets.subscription() is not None
    payload = bytes(64 << 10)
    for _ in range(200):
        sockets.publish([b"nxdomain/A/", b"header", payload])
        assert reads.recv_multipart()[2] == payload
    waiting = max(each.waiting or 0 for each in sockets.peers())
    assert len(payload) < waiting <= 2 * UNSENT_MAX


@pytest.mark.parametrize("said", [(b"\1nxdomain/", b"\0nxdomain/"), (b"\1nxdomain/%d/",)])
def test_a_subscriber_that_says_too_much_is_cut_off_and_no_other(
    sockets: Sockets, peers: Peers, said: tuple[bytes, ...]
) -> None:
    """Be it ever more prefixes, or one again and again."""
    other = peers.connect(zmq.SUB, sockets.endpoints.egress)
    other.subscribe(b"nxdomain/")
    talker = peers.connect(zmq.XSUB, sockets.endpoints.egress)
    for number in range(2 * WORDS_MAX // WORD_OVERHEAD):
        each = said[number % len(said)]
        talker.send(each % number if b"%d" in each else each)
    cuts = sockets.cuts()
    while not cuts:
        sockets.wait(TIMEOUT_MS)
        while sockets.subscription() is not None:
            pass
        cuts = sockets.cuts()
    assert set(cuts) == {Cut(EGRESS, FLOODED, None, "127.0.0.1")}
    sockets.publish([b"nxdomain/A/", b"header", b"payload"])
    assert other.recv_multipart()[2] == b"payload"


def test_who_subscribes_to_all_topics_again_and_again_stays(sockets: Sockets, peers: Peers) -> None:
    """A client that connects anew a few times a second, with all there is."""
    for _ in range(5):
        peer = peers.connect(zmq.SUB, sockets.endpoints.egress)
        for topic in TOPICS:
            peer.subscribe(topic)
        for _ in TOPICS:
            assert sockets.wait(TIMEOUT_MS) == {Ready.SUBSCRIPTION}
            assert sockets.subscription() is not None
    assert not sockets.cuts()


def test_a_message_of_too_many_parts_is_handed_on_in_part(sockets: Sockets, peers: Peers) -> None:
    parts = [b"%d" % number for number in range(2 * PARTS_MAX)]
    producer = peers.connect(zmq.PUSH, sockets.endpoints.ingress)
    for message in (parts, [b"next"]):
        producer.send_multipart(message)
        _until(sockets, Ready.MESSAGE)
        received = sockets.message()
        assert received is not None
        assert received.parts == message[: PARTS_MAX + 1]
    assert not sockets.cuts()


def test_who_sends_too_many_parts_in_one_is_cut_off(sockets: Sockets, peers: Peers) -> None:
    parts = [b"%d" % number for number in range(PARTS_OF_ONE_MAX + 1)]
    peers.connect(zmq.PUSH, sockets.endpoints.ingress).send_multipart(parts)
    _until(sockets, Ready.MESSAGE)
    received = sockets.message()
    assert received is not None
    assert received.parts == parts[: PARTS_MAX + 1]
    assert sockets.cuts() == {Cut(INGRESS, FLOODED, None, "127.0.0.1"): 1}
    peers.connect(zmq.DEALER, sockets.endpoints.replay).send_multipart(parts)
    _until(sockets, Ready.REQUEST)
    received = sockets.request()
    assert received is not None
    assert received.parts[1:] == parts[:PARTS_MAX]
    assert sockets.cuts() == {Cut(REPLAY, FLOODED, None, "127.0.0.1"): 1}
    peers.connect(zmq.PUSH, sockets.endpoints.ingress).send(b"next")
    _until(sockets, Ready.MESSAGE)
    received = sockets.message()
    assert received is not None
    assert received.parts == [b"next"]
