"""Who is refused again and again, and who only now and then."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import zmq

from nxcast.broker import assembly, service
from nxcast.broker import floods as module
from nxcast.broker.floods import BAD_MESSAGES, BAD_OCTETS, BAD_SECONDS, Floods
from nxcast.broker.rights.gate import Gate
from nxcast.broker.rights.keys_command import main as keys_command
from nxcast.broker.settings import load
from nxcast.schemas.curve import parse_client_key
from nxcast.transport.memory_shares import Shares
from nxcast.transport.zeromq.broker_end import key_pair
from tests.conftest import TIMEOUT_MS


def _told(floods: Floods, *seconds: int, octets: int = 1) -> list[list[str]]:
    """What is told after seconds in which so many messages of one sender are refused."""
    told = []
    for number, messages in enumerate(seconds, 1):
        for _ in range(messages):
            floods.refused("bulk", octets)
        told.append(floods.look(float(number)))
    return told


@pytest.mark.parametrize(("messages", "octets"), [(BAD_MESSAGES, 1), (8, BAD_OCTETS // 8)])
def test_who_is_refused_much_for_long_is_told_and_begins_anew(messages: int, octets: int) -> None:
    told = _told(Floods(), *[messages] * 2 * BAD_SECONDS, octets=octets)
    assert told == [*[[]] * (BAD_SECONDS - 1), ["bulk"]] * 2


def test_pausing_now_and_then_does_not_help() -> None:
    told = _told(Floods(), *[*[BAD_MESSAGES] * (BAD_SECONDS - 1), 0, BAD_MESSAGES, BAD_MESSAGES])
    assert told == [*[[]] * (BAD_SECONDS + 1), ["bulk"]]


def test_who_heeds_it_is_never_told() -> None:
    """Half of the seconds are bad at most, or none is very."""
    floods = Floods()
    assert not any(_told(floods, *[BAD_MESSAGES, 0] * 50))
    assert not any(_told(Floods(), *[BAD_MESSAGES - 1] * 50))
    assert not any(_told(Floods(), *[7] * 50, octets=BAD_OCTETS // 8))


def test_a_look_that_comes_too_soon_changes_nothing() -> None:
    floods = Floods()
    for number in range(1, 100):
        floods.refused("bulk", BAD_OCTETS)
        assert floods.look(number / 100) == []


def test_each_is_told_by_itself() -> None:
    floods = Floods()
    for second in range(1, BAD_SECONDS + 1):
        for sender in ("a", "b")[: 1 + second % 2]:
            floods.refused(sender, BAD_OCTETS)
        told = floods.look(float(second))
    assert told == ["a"]


def test_who_floods_is_cut_off_and_kept_out_by_its_key_and_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A broker in which one message is too much."""
    kept_out: list[tuple[str, str]] = []
    monkeypatch.setattr(module, "BAD_MESSAGES", 1)
    monkeypatch.setattr(module, "BAD_SECONDS", 1)
    monkeypatch.setattr(assembly, "shares", lambda _: Shares(0, 0, 0, 0))
    monkeypatch.setattr(
        Gate, "keep_out", lambda _, key, socket, now_ns: kept_out.append((key, socket)) if now_ns else None
    )
    keys, path = tmp_path / "keys.toml", tmp_path / "bulk.key"
    words = ["add", "bulk", "--push", "bulk", "--keys", str(keys), "--to", str(path)]
    assert keys_command(words, key_pair) == 0
    key = parse_client_key(path.read_text())
    free = [word for each in ("ingress", "egress", "replay") for word in (f"--{each}", "tcp://127.0.0.1:*")]
    broker = service.Broker(load([*free, "--keys", str(keys), "--log", "none"]))
    loop = threading.Thread(target=broker.run)
    loop.start()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        push = context.socket(zmq.PUSH)
        push.curve_publickey, push.curve_secretkey = key.public.encode(), key.secret.encode()
        push.curve_serverkey = key.broker.encode()
        ended = push.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        push.connect(broker.endpoints.ingress)
        push.send(b"one")
        assert ended.poll(TIMEOUT_MS)
    finally:
        context.destroy(linger=0)
        broker.stop()
        loop.join()
        broker.close()
    assert set(kept_out) == {(key.public, "ingress")}
    assert broker.account.connections_cut == {"ingress_flooded": 1}
    assert broker.status()["senders_refused"] == {"bulk": 1}
