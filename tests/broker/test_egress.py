"""The egress: which socket a message goes to, sets that come and go, and who stays at the entrance."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgpack
import pytest

from nxcast.broker.derivation.outbox import Message
from nxcast.broker.egress import STAY_NS, Egress
from nxcast.broker.rights.gate import Gate
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.schemas.curve import z85_encode
from nxcast.transport.endpoints import EGRESS
from nxcast.transport.ends import BindError, Said
from tests.schemas.examples import STATUS

KEYS = {name: z85_encode(bytes([number]) * 32) for number, name in enumerate(("web", "mx", "ns1"))}
MX, A = b"nxdomain/MX/", b"nxdomain/A/"


class Sockets:
    """What an egress does to a broker's end."""

    def __init__(self) -> None:
        self.taken: set[str] = set()  # endpoints that somebody else has
        self.open: dict[str, str] = {}
        self.sent: list[tuple[tuple[str, ...], Sequence[bytes]]] = []
        self.said: deque[Said] = deque()
        self.there: set[str] = set()

    def open_egress(self, name: str, endpoint: str) -> str:
        if endpoint in self.taken:
            raise BindError(f"can't bind {endpoint}")
        self.open[name] = endpoint
        return endpoint

    def close_egress(self, name: str) -> None:
        del self.open[name]

    def publish(self, message: Sequence[bytes], sockets: Sequence[str] = (EGRESS,)) -> None:
        self.sent.append((tuple(sorted(sockets)), message))

    def subscription(self) -> Said | None:
        return self.said.popleft() if self.said else None

    def heard(self, _name: str) -> set[str]:
        return self.there


def _write(path: Path, **subscribe: list[str]) -> None:
    clients = {name: Client(key=KEYS[name], subscribe=tuple(topics)) for name, topics in subscribe.items()}
    path.write_text(render_keys(Keys(clients)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys.toml"
    _write(path, web=["nxdomain/"], mx=["nxdomain/MX/"], ns1=[])
    return path


def _egress(path: Path, sockets: Any) -> tuple[Egress, Gate]:
    gate = Gate(path, Counter(), 0)
    return Egress(sockets, gate, "tcp://127.0.0.1:5556", 5560), gate


def test_a_message_goes_where_it_is_open_and_a_status_tells_the_entrance(path: Path) -> None:
    sockets = Sockets()
    egress, gate = _egress(path, sockets)
    assert sorted(sockets.open.values()) == ["tcp://127.0.0.1:5560", "tcp://127.0.0.1:5561"]
    both = tuple(sorted(sockets.open))
    web = next(name for name, topics in gate.sets.items() if topics == ("nxdomain/", "status/"))
    for topic in (MX, A, b"dns-errors/SERVFAIL/"):
        egress.publish(Message(topic, b"h", b"p"))
    assert [where for where, _ in sockets.sent] == [both, (web,)]
    sockets.sent.clear()
    status: Any = {key: value for key, value in STATUS.items() if key != "entrance"}
    egress.publish_status(Message(b"status/", b"h", msgpack.packb([status])), status)
    (own, plain), (there, told) = sockets.sent
    assert (own, there) == (both, (EGRESS,))
    assert "entrance" not in msgpack.unpackb(plain[2])[0]
    assert msgpack.unpackb(told[2])[0] == {**status, "entrance": True}


def test_a_port_that_is_taken_ends_the_start_and_later_is_tried_again(path: Path) -> None:
    sockets = Sockets()
    sockets.taken = {"tcp://127.0.0.1:5561"}
    with pytest.raises(BindError, match="5561"):
        _egress(path, sockets)
    sockets = Sockets()
    egress, gate = _egress(path, sockets)
    sockets.taken = {"tcp://127.0.0.1:5562"}
    _write(path, web=["nxdomain/"], mx=["malformed/"])
    gate.renew(0)
    assert [str(error) for error in egress.renew()] == ["can't bind tcp://127.0.0.1:5562"]
    assert len(sockets.open) == 1
    sockets.taken.clear()
    assert egress.renew() == []
    assert "tcp://127.0.0.1:5562" in sockets.open.values()
    assert egress.renew() == []


def test_who_stays_at_the_entrance_for_more_than_status_is_told_once(path: Path) -> None:
    sockets = Sockets()
    egress, gate = _egress(path, sockets)
    old, new, gone = (f"{number} {KEYS['web']}" for number in (1, 2, 3))
    sockets.there = {old, new}
    sockets.said += [Said(b"\1nxdomain/", old), Said(b"\1status/", new), Said(b"\1nxdomain/", gone)]
    assert egress.take(1)
    egress.look(STAY_NS)
    assert gate.told == []
    for _ in range(2):
        egress.look(STAY_NS + 1)
    (told,) = gate.told
    assert (told.reason, told.client) == ("not_allowed_subscribe", "web")
    assert "its own egress is at 5560" in str(told) or "its own egress is at 5561" in str(told)


def test_without_keys_there_is_one_socket() -> None:
    sockets: Any = Sockets()
    egress = Egress(sockets, None, "tcp://127.0.0.1:5556", 5560)
    egress.publish(Message(MX, b"h", b"p"))
    egress.publish_status(Message(b"status/", b"h", b"p"), STATUS)
    assert [where for where, _ in sockets.sent] == [(EGRESS,)] * 2
    assert sockets.open == {}
    assert egress.renew() == []
