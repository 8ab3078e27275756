"""A broker with keys, its peers plain sockets: who has a right gets just that, others get nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from nxcast.broker.rights.keys_command import main as keys_command
from nxcast.schemas.curve import ClientKey, parse_client_key
from nxcast.schemas.frames import encode_batch
from nxcast.schemas.nmsg.container import encode_container
from nxcast.schemas.nmsg.dnsqr import encode_dnsqr
from nxcast.schemas.nmsg.payloads import DNSQR, make_payload
from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import REQUEST_MAX, encode_request
from nxcast.transport.zeromq.broker_end import key_pair
from tests.conftest import TIMEOUT_MS, RunningBroker, receive
from tests.messages import TXT, frame, message, question, soa

NXDOMAIN_MX = frame(message(authorities=[soa("com.")]))
NXDOMAIN_TXT = frame(message(questions=[question(qtype=TXT)]))
SERVFAIL = frame(message(2))
"""Gives one record on nxdomain/MX/, nxdomain/TXT/, dns-errors/SERVFAIL/."""
NOTHING_MS = 200  # what should not come would have come by then
FAILED = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
)
CLIENTS = {
    "admin": ["--subscribe", "all", "--push", "*", "--replay"],
    "ns1": ["--push", "ns1,nmsg*"],
    "mx": ["--subscribe", "nxdomain/MX/", "--replay"],
    "poor": ["--subscribe", "dns-errors/"],
}


def container(*sources: int) -> bytes:
    """One NMSG container with a payload of each source."""
    return encode_container([make_payload(DNSQR, 0, encode_dnsqr(NXDOMAIN_MX), each) for each in sources])


class Keyed:
    """A broker with keys, and clients around it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "keys.toml"
        for name, rights in CLIENTS.items():
            self.keys("add", name, *rights, "--to", str(folder / f"{name}.key"))
        self._context = zmq.Context()
        self._sockets: list[zmq.Socket[bytes]] = []  # kept, so that none is closed before the test ends
        self._sequences = count(1)
        self._ids = count(1)
        self.asked = 0
        addresses = [word for name in ("ingress", "egress") for word in (f"--{name}", "tcp://127.0.0.1:*")]
        self.running = RunningBroker("--keys", str(self.path), *addresses)
        self.admin = self.socket(zmq.PUSH, "admin")
        self.status = self.socket(zmq.SUB, "admin")
        self.status.subscribe("status/")
        self.asking = self.socket(zmq.DEALER, "admin")

    def keys(self, command: str, *words: str) -> None:
        assert keys_command([command, *words, "--keys", str(self.path)], key_pair) == 0

    def key(self, name: str) -> ClientKey:
        """That of a client, or for 'stranger' one that the broker does not know."""
        if name == "stranger":
            public, secret = key_pair()
            return self.key("admin").model_copy(update={"public": public, "secret": secret})
        return parse_client_key((self.folder / f"{name}.key").read_text())

    def socket(self, kind: int, name: str | None, at: str | None = None) -> zmq.Socket[bytes]:
        """A client's socket, connected to where its own is, unless `at` says where; None has no keys."""
        made: zmq.Socket[bytes] = self._context.socket(kind)
        self._sockets.append(made)
        made.setsockopt(zmq.RCVTIMEO, TIMEOUT_MS)
        made.setsockopt(zmq.SNDTIMEO, TIMEOUT_MS)
        made.setsockopt(zmq.LINGER, 0)
        if name is not None:
            key = self.key(name)
            made.curve_publickey, made.curve_secretkey = key.public.encode(), key.secret.encode()
            made.curve_serverkey = key.broker.encode()
        if at is None:
            at = self._endpoint(kind) if kind != zmq.SUB or name is None else self.egress(name)
        made.connect(at)
        return made

    def egress(self, name: str) -> str:
        """Where a client's own socket of the egress is, as the third socket tells it."""
        asker = self.socket(zmq.DEALER, name)
        header, _ = self.ask(asker, "rights")
        asker.close()
        return f"tcp://127.0.0.1:{header['egress']}"

    def handshake_fails(
        self, kind: int, name: str | None, *, at_first: bool = True, at: str | None = None
    ) -> zmq.Socket[bytes]:
        """Connects a socket that is turned away, not `at_first` where its key was just good for a moment."""
        made: zmq.Socket[bytes] = self._context.socket(kind)
        self._sockets.append(made)
        made.setsockopt(zmq.LINGER, 0)
        made.setsockopt(zmq.SNDTIMEO, NOTHING_MS)
        monitor = made.get_monitor_socket(FAILED | zmq.EVENT_HANDSHAKE_SUCCEEDED)
        if name is not None:
            key = self.key(name)
            made.curve_publickey, made.curve_secretkey = key.public.encode(), key.secret.encode()
            made.curve_serverkey = key.broker.encode()
        made.connect(at or self._endpoint(kind))
        assert monitor.poll(TIMEOUT_MS)
        event = recv_monitor_message(monitor)["event"]
        while not at_first and not event & FAILED and monitor.poll(TIMEOUT_MS):
            event = recv_monitor_message(monitor)["event"]
        assert event & FAILED
        made.disable_monitor()
        monitor.close(linger=0)
        return made

    def push(self, pusher: zmq.Socket[bytes], *frames: Any, sensor: str = "ns1") -> None:
        header: Any = {"sensor": sensor, "epoch": 1, "sequence": next(self._sequences), "count": len(frames)}
        pusher.send_multipart(encode_batch(header, frames))

    def subscribe(self, name: str, *topics: str) -> zmq.Socket[bytes]:
        """Subscriptions that the broker has taken: the last one is for status/, which is answered."""
        made = self.socket(zmq.SUB, name)
        for topic in (*topics, "status/"):
            made.subscribe(topic)
        while made.recv_multipart()[0] != b"status/":
            pass
        return made

    def ask(self, asker: zmq.Socket[bytes], ask: str, **keys: Any) -> tuple[Any, list[tuple[bytes, bytes]]]:
        self.asked += 1
        asker.send(encode_request({"version": 1, "id": next(self._ids), "ask": ask, **keys}))  # type: ignore[arg-type]
        return decode_answer(asker.recv_multipart())

    def status_when(self, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            _, _, (status,) = receive(self.status)
            if ready(status):
                return status  # type: ignore[no-any-return]

    def await_keys(self) -> None:
        """Until the key file has been looked at, as it is each second; statuses of before may be waiting."""
        begun_ns = time.time_ns()
        for _ in range(3):
            self.status_when(lambda status: status["time_ns"] > begun_ns)

    def refused(self, reason: str, times: int) -> dict[str, Any]:
        """The counters once so many were refused."""
        status = self.status_when(lambda status: status["counters"]["refused"].get(reason, 0) >= times)
        return status["counters"]  # type: ignore[no-any-return]

    def close(self) -> tuple[int, str]:
        self._context.destroy(linger=0)
        stopped = self.running.stop()
        assert self.running.process.stderr is not None
        self.running.process.stderr.close()
        return stopped

    def _endpoint(self, kind: int) -> str:
        by_kind = {
            zmq.PUSH: self.running.ingress,
            zmq.SUB: self.running.egress,
        }
        return by_kind.get(zmq.SocketType(kind), self.running.replay)


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Keyed]:
    around = Keyed(tmp_path)
    try:
        yield around
    finally:
        if around.running.process.poll() is None:
            around.close()


def _next(subscriber: zmq.Socket[bytes]) -> str:
    """Topic of the next message that is no Status."""
    while True:
        topic = subscriber.recv_multipart()[0].decode()
        if topic != "status/":
            return topic


def _topics(subscriber: zmq.Socket[bytes], *, due: int = 0) -> list[str]:
    """Topics of the messages that are due, waited for, and of all that comes besides, without Status."""
    topics = [_next(subscriber) for _ in range(due)]
    while subscriber.poll(NOTHING_MS):
        topics.append(subscriber.recv_multipart()[0].decode())
    return [topic for topic in topics if topic != "status/"]


@pytest.mark.parametrize("kind", [zmq.PUSH, zmq.SUB, zmq.DEALER])
@pytest.mark.parametrize("name", ["stranger", None, "revoked"])
def test_who_has_no_key_or_none_that_is_known_gets_nowhere(keyed: Keyed, kind: int, name: str | None) -> None:
    if name == "revoked":
        keyed.keys(
            "add",
            name,
            "--subscribe",
            "all",
            "--push",
            "*",
            "--replay",
            "--to",
            f"{keyed.folder}/revoked.key",
        )
        keyed.keys("revoke", name)
    turned_away = keyed.handshake_fails(kind, name, at_first=name != "revoked")
    with suppress(zmq.Again):
        if kind == zmq.SUB:
            turned_away.subscribe("")
        elif kind == zmq.DEALER:
            turned_away.send(encode_request({"version": 1, "id": 1, "ask": "status"}), zmq.NOBLOCK)
        else:
            keyed.push(turned_away, NXDOMAIN_TXT)
    allowed = keyed.subscribe("admin", "nxdomain/")
    keyed.push(keyed.admin, NXDOMAIN_MX)
    assert _topics(allowed, due=1) == ["nxdomain/MX/"]
    if kind != zmq.PUSH:
        assert not turned_away.poll(NOTHING_MS)
    counters = keyed.status_when(lambda status: status["counters"]["frames_received"] > 0)["counters"]
    assert (counters["messages_received"], counters["requests_received"]) == (1, keyed.asked)
    assert set(counters["refused"]) == ({"unknown_key"} if name else set())


def test_a_producer_pushes_as_its_sensor_and_as_no_other(keyed: Keyed) -> None:
    subscriber = keyed.subscribe("admin", "nxdomain/", "malformed/")
    ns1, poor = keyed.socket(zmq.PUSH, "ns1"), keyed.socket(zmq.PUSH, "poor")
    keyed.push(ns1, NXDOMAIN_MX, sensor="ns2")
    keyed.push(ns1, (1, 2), sensor="ns2")
    ns1.send_multipart(
        [*encode_batch({"sensor": "ns2", "epoch": 1, "sequence": 1, "count": 1}, [])[:2], b"\xc1"]
    )
    keyed.push(poor, NXDOMAIN_MX, sensor="ns1")
    counters = keyed.refused("not_allowed_push", 4)
    assert counters["messages_malformed"] == {"not_allowed": 4}
    assert (counters["frames_received"], counters["messages_received"]) == (0, 4)
    keyed.push(ns1, NXDOMAIN_TXT)
    assert _next(subscriber) == "nxdomain/TXT/"
    assert _topics(subscriber) == []


def test_a_container_speaks_for_the_sensors_of_all_its_payloads(keyed: Keyed) -> None:
    keyed.keys("add", "nmsg", "--push", "nmsg-00000001", "--to", str(keyed.folder / "nmsg.key"))
    keyed.await_keys()
    nmsg = keyed.socket(zmq.PUSH, "nmsg")
    nmsg.send(container(1))
    keyed.status_when(lambda status: "nmsg-00000001" in status["sensors"])
    nmsg.send(container(1, 2))
    status = keyed.status_when(
        lambda status: status["counters"]["messages_malformed"].get("not_allowed") == 1
    )
    assert "nmsg-00000002" not in status["sensors"]


def test_a_subscriber_gets_what_it_may_and_of_a_broader_prefix_that_part(keyed: Keyed) -> None:
    all_of_it = keyed.subscribe("admin", "")
    broad, exact, none = (
        keyed.subscribe("mx", ""),
        keyed.subscribe("mx", "nxdomain/MX/"),
        keyed.subscribe("mx", "dns-"),
    )
    keyed.push(keyed.admin, NXDOMAIN_MX, NXDOMAIN_TXT, SERVFAIL)
    assert sorted(_topics(all_of_it, due=4)) == [
        "dns-errors/NXDOMAIN/",
        "dns-errors/SERVFAIL/",
        "nxdomain/MX/",
        "nxdomain/TXT/",
    ]
    assert [_topics(each, due=1) for each in (broad, exact)] == [["nxdomain/MX/"], ["nxdomain/MX/"]]
    assert _topics(none) == []
    keyed.refused("not_allowed_subscribe", 1)


def test_unsubscribing_leaves_what_another_subscription_gives(keyed: Keyed) -> None:
    subscriber = keyed.subscribe("mx", "", "nxdomain/MX/")
    subscriber.unsubscribe("")
    subscriber.unsubscribe("status/")
    subscriber.subscribe("nxdomain/M")  # a sign that the broker has read so far
    keyed.push(keyed.admin, NXDOMAIN_MX)
    assert _next(subscriber) == "nxdomain/MX/"


def test_who_may_push_only_comes_in_nowhere_on_the_egress(keyed: Keyed) -> None:
    keyed.handshake_fails(zmq.SUB, "ns1")
    keyed.handshake_fails(zmq.SUB, "ns1", at=keyed.egress("admin"))


def test_at_the_entrance_status_comes_and_nothing_else(keyed: Keyed) -> None:
    entrance = keyed.socket(zmq.SUB, "admin", at=keyed.running.egress)
    entrance.subscribe("")
    own = keyed.subscribe("admin", "nxdomain/")
    keyed.push(keyed.admin, NXDOMAIN_MX)
    assert _next(own) == "nxdomain/MX/"
    topic, _, payload = entrance.recv_multipart()
    (status,) = msgpack.unpackb(payload)
    assert (topic, status["entrance"]) == (b"status/", True)
    assert _topics(entrance) == []
    _, _, (status,) = receive(keyed.status)
    assert "entrance" not in status


def test_nobody_comes_in_where_another_set_of_rights_is(keyed: Keyed) -> None:
    keyed.handshake_fails(zmq.SUB, "mx", at=keyed.egress("poor"))
    keyed.handshake_fails(zmq.SUB, "poor", at=keyed.egress("mx"))
    keyed.handshake_fails(zmq.SUB, "mx", at=keyed.egress("admin"))
    keyed.refused("not_allowed_subscribe", 3)


def test_what_was_published_is_given_again_to_whom_it_was_open(keyed: Keyed) -> None:
    keyed.push(keyed.admin, NXDOMAIN_MX, SERVFAIL)
    epoch = keyed.status_when(lambda status: "nxdomain/MX/" in status["topics"])["epoch"]
    mx, poor, ns1 = (keyed.socket(zmq.DEALER, name) for name in ("mx", "poor", "ns1"))
    one = {"epoch": epoch, "first": 1, "last": 1}
    header, messages = keyed.ask(mx, "range", topic="nxdomain/MX/", **one)
    assert (header["error"], len(messages)) == (None, 1)
    for asker, topic in ((mx, "dns-errors/SERVFAIL/"), (poor, "dns-errors/SERVFAIL/"), (ns1, "nxdomain/MX/")):
        header, messages = keyed.ask(asker, "range", topic=topic, **one)
        assert (header["answer"], header["error"], messages) == ("error", "refused", [])
    header, _ = keyed.ask(mx, "since", topics=["nxdomain/", "dns-errors/"], time_ns=epoch)
    assert header["topics"] == {"nxdomain/MX/": 1}
    for asker in (poor, ns1):
        assert keyed.ask(asker, "since", topics=["nxdomain/"], time_ns=epoch)[0]["error"] == "refused"
    assert keyed.ask(ns1, "arrived", sensor="ns1", epoch=1)[0]["error"] is None
    assert keyed.ask(mx, "arrived", sensor="ns1", epoch=1)[0]["error"] == "refused"
    assert keyed.ask(ns1, "status")[0]["status"]["counters"]["refused"] == {"not_allowed_replay": 6}


def test_the_limits_are_those_of_a_broker_without_keys(keyed: Keyed) -> None:
    asker = keyed.socket(zmq.DEALER, "admin")
    asker.send(b"\xc0" * REQUEST_MAX)
    assert decode_answer(asker.recv_multipart())[0]["error"] == "request_shape"


def test_a_client_learns_its_rights(keyed: Keyed) -> None:
    rights = {"subscribe": ["nxdomain/MX/"], "push": [], "replay": True}
    header, _ = keyed.ask(keyed.socket(zmq.DEALER, "mx"), "rights")
    assert {key: header[key] for key in ("name", *rights)} == {"name": "mx", **rights}


@pytest.mark.parametrize("by", ["file", "signal"])
def test_the_revoked_is_cut_off_and_the_others_lose_nothing(keyed: Keyed, by: str) -> None:
    victim, other = keyed.subscribe("poor", "dns-errors/"), keyed.subscribe("admin", "dns-errors/")
    keyed.push(keyed.admin, SERVFAIL)
    assert (_next(victim), _next(other)) == ("dns-errors/SERVFAIL/",) * 2
    ended = victim.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    keyed.keys("revoke", "poor")
    if by == "signal":
        os.kill(keyed.running.process.pid, signal.SIGHUP)
    assert ended.poll(TIMEOUT_MS)
    victim.disable_monitor()
    ended.close(linger=0)
    last = 1
    for _ in range(3):
        keyed.push(keyed.admin, SERVFAIL)
        topics = keyed.status_when(
            lambda status, last=last: (
                status["topics"].get("dns-errors/SERVFAIL/", {"sequence": 0})["sequence"] > last
            )
        )
        last = topics["topics"]["dns-errors/SERVFAIL/"]["sequence"]
    assert _topics(victim) == []
    sequences = {
        msgpack.unpackb(header)["sequence"] for topic, header, _ in _drain(other) if topic != b"status/"
    }
    missing = sorted({*range(2, last + 1)} - sequences)
    for sequence in missing:
        header, messages = keyed.ask(
            keyed.asking,
            "range",
            topic="dns-errors/SERVFAIL/",
            epoch=topics["epoch"],
            first=sequence,
            last=sequence,
        )
        assert (header["error"], len(messages)) == (None, 1)
    exit_status, said = keyed.close()
    assert (exit_status, "; poor revoked" in said) == (0, True)


def test_who_loses_a_channel_is_cut_off_alone_and_finds_what_it_has_left(keyed: Keyed) -> None:
    victim, neighbour = keyed.subscribe("poor", ""), keyed.subscribe("admin", "dns-errors/")
    ended = [made.get_monitor_socket(zmq.EVENT_DISCONNECTED) for made in (victim, neighbour)]
    text = keyed.path.read_text()
    keyed.path.write_text(text.replace('subscribe = ["dns-errors/"]', 'subscribe = ["malformed/"]'))
    assert ended[0].poll(TIMEOUT_MS)
    keyed.push(keyed.admin, SERVFAIL, (1, 2))
    assert _next(neighbour) == "dns-errors/SERVFAIL/"
    assert _topics(victim) == []
    assert not ended[1].poll(0)
    again = keyed.subscribe("poor", "")
    keyed.push(keyed.admin, (1, 2))
    assert _next(again) == "malformed/"
    for made, monitor in zip((victim, neighbour), ended, strict=True):
        made.disable_monitor()
        monitor.close(linger=0)


def test_the_revoked_is_cut_off_alone_on_every_socket(keyed: Keyed) -> None:
    """One of two clients of the same rights, beside each other on each socket."""
    rights = ["--subscribe", "dns-errors/", "--push", "*", "--replay"]
    keyed.keys("add", "twin", *rights, "--to", str(keyed.folder / "twin.key"))
    keyed.await_keys()
    kinds = (zmq.PUSH, zmq.SUB, zmq.DEALER)
    made = {
        (name, kind): keyed.subscribe(name, "dns-errors/") if kind == zmq.SUB else keyed.socket(kind, name)
        for name in ("poor", "twin")
        for kind in kinds
    }
    for name in ("poor", "twin"):
        keyed.ask(made[name, zmq.DEALER], "status")
    keyed.push(made["twin", zmq.PUSH], SERVFAIL)
    keyed.push(made["poor", zmq.PUSH], SERVFAIL)
    keyed.refused("not_allowed_push", 1)
    ended = {key: each.get_monitor_socket(zmq.EVENT_DISCONNECTED) for key, each in made.items()}
    keyed.keys("revoke", "poor")
    for kind in kinds:
        assert ended["poor", kind].poll(TIMEOUT_MS)
    keyed.push(made["twin", zmq.PUSH], SERVFAIL)
    assert _next(made["twin", zmq.SUB]) == "dns-errors/SERVFAIL/"
    assert keyed.ask(made["twin", zmq.DEALER], "status")[0]["error"] is None
    assert [ended["twin", kind].poll(0) for kind in kinds] == [0, 0, 0]
    for key, each in made.items():
        each.disable_monitor()
        ended[key].close(linger=0)


def test_a_connection_that_has_said_nothing_yet_gets_nothing_of_what_was_taken_from_its_key(
    keyed: Keyed,
) -> None:
    silent, twin = keyed.socket(zmq.SUB, "poor"), keyed.subscribe("poor", "dns-errors/")
    ended = silent.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    keyed.keys("revoke", "poor")
    assert ended.poll(TIMEOUT_MS)
    silent.subscribe("dns-errors/")
    keyed.push(keyed.admin, SERVFAIL)
    keyed.status_when(lambda status: "dns-errors/SERVFAIL/" in status["topics"])
    assert _topics(silent) == _topics(twin) == []
    silent.disable_monitor()
    ended.close(linger=0)


def test_a_key_file_half_written_changes_nothing_and_is_told(keyed: Keyed) -> None:
    text = keyed.path.read_text()
    half = keyed.path.with_suffix(".half")
    half.write_text(text[: len(text) // 2])
    half.replace(keyed.path)  # so that nobody reads the file while it is empty
    keyed.await_keys()
    subscriber = keyed.subscribe("mx", "nxdomain/")
    keyed.push(keyed.socket(zmq.PUSH, "ns1"), NXDOMAIN_MX)
    assert _next(subscriber) == "nxdomain/MX/"
    _, said = keyed.close()
    assert said.count("the keys before stay in force") == 1


def test_the_start_line_says_who_comes_in(keyed: Keyed) -> None:
    assert (
        f"for the 4 keys in {keyed.path} (settings: --ingress, --egress, --replay, --keys)"
        in keyed.running.start_line
    )


def _drain(subscriber: zmq.Socket[bytes]) -> list[list[bytes]]:
    messages = []
    while subscriber.poll(NOTHING_MS):
        messages.append(subscriber.recv_multipart())
    return messages


def test_a_key_sees_who_else_is_connected_only_where_its_rights_say_so(keyed: Keyed) -> None:
    keyed.keys(
        "add", "watch", "--subscribe", "status/", "--connections", "--to", str(keyed.folder / "watch.key")
    )
    keyed.subscribe("mx", "nxdomain/MX/")
    mx, _ = keyed.ask(keyed.socket(zmq.DEALER, "mx"), "connections")
    assert (mx["everyone"], {each["name"] for each in mx["connections"]}) == (False, {"mx"})
    while True:  # what is told is at most a second old, and the new key is taken over within a second
        watch, _ = keyed.ask(keyed.socket(zmq.DEALER, "watch"), "connections")
        if {"admin", "mx", "watch"} <= {each["name"] for each in watch["connections"]}:
            break
    assert watch["everyone"]
    assert {each["address"] for each in watch["connections"]} == {"127.0.0.1"}
