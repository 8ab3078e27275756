"""Who is connected, as a client is told: whose connections it sees, in which order, and how many."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from nxcast.broker.connected import LOOK_S, Connected
from nxcast.broker.rights.gate import Gate
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.schemas.request_answers import CONNECTIONS_MAX
from nxcast.transport.endpoints import EGRESS, INGRESS
from nxcast.transport.ends import Peer

NOW_NS, NOW_S = 10**18, 5.0
KEYS = {"all": "a" * 40, "web": "w" * 40, "ns1": "n" * 40}


def _peer(name: str | None, **values: object) -> Peer:
    user_id = None if name is None else f"7 {KEYS.get(name, name)}"
    return Peer(EGRESS, user_id, "192.0.2.1", 2.0, 0, 0.0)._replace(**values)  # type: ignore[arg-type]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    clients = {
        name: Client(key=key, subscribe=("nxdomain/",), connections=name == "all")
        for name, key in KEYS.items()
    }
    path = tmp_path / "keys.toml"
    path.write_text(render_keys(Keys(clients)))
    path.chmod(0o600)
    return Gate(path, Counter(), NOW_NS)


def test_connections_of_a_name_and_address_are_one_line_and_the_furthest_behind_is_first(gate: Gate) -> None:
    peers = [
        _peer("web"),
        _peer("ns1", socket=INGRESS, waiting=5),
        _peer("web", age_s=9.0, waiting=100),
        _peer("ns1", waiting=3, stalled_s=12.9),
        _peer(None, address="192.0.2.9", waiting=None),
        _peer("r" * 40, waiting=1),
    ]
    told = Connected(lambda: peers, gate).told(gate.asker(f"1 {KEYS['all']}", NOW_NS), NOW_NS, NOW_S)
    everyone, rows, others = told
    assert (everyone, others) == (True, 0)
    assert [tuple(row.values()) for row in rows] == [
        ("egress", "ns1", "192.0.2.1", 1, NOW_NS - 2 * 10**9, 3, 12),
        ("egress", "web", "192.0.2.1", 2, NOW_NS - 9 * 10**9, 100, 0),
        ("ingress", "ns1", "192.0.2.1", 1, NOW_NS - 2 * 10**9, 5, 0),
        ("egress", "a client revoked", "192.0.2.1", 1, NOW_NS - 2 * 10**9, 1, 0),
        ("egress", "", "192.0.2.9", 1, NOW_NS - 2 * 10**9, None, 0),
    ]


def test_a_key_without_the_right_sees_its_own_connections_and_no_count_of_others(gate: Gate) -> None:
    connected = Connected(lambda: [_peer("web"), _peer("ns1"), _peer("all"), _peer(None)], gate)
    everyone, rows, others = connected.told(gate.asker(f"1 {KEYS['web']}", NOW_NS), NOW_NS, NOW_S)
    assert (everyone, [row["name"] for row in rows], others) == (False, ["web"], 0)


def test_without_keys_all_are_told_by_address() -> None:
    peers = [_peer(None), _peer(None), _peer(None, address="192.0.2.2")]
    everyone, rows, _ = Connected(lambda: peers, None).told(None, NOW_NS, NOW_S)
    assert everyone
    assert [(row["name"], row["address"], row["connections"]) for row in rows] == [
        ("", "192.0.2.1", 2),
        ("", "192.0.2.2", 1),
    ]


def test_lines_are_bounded_and_the_others_counted() -> None:
    peers = [_peer(None, address=f"2001:db8::{number:x}") for number in range(CONNECTIONS_MAX + 2)]
    _, rows, others = Connected(lambda: [*peers, peers[0]], None).told(None, NOW_NS, NOW_S)
    assert (len(rows), sum(row["connections"] for row in rows) + others) == (CONNECTIONS_MAX, len(peers) + 1)


def test_there_is_a_look_once_a_second_whoever_asks_how_often() -> None:
    looks: list[None] = []

    def peers() -> list[Peer]:
        looks.append(None)
        return []

    connected = Connected(peers, None)
    for _ in range(100):
        connected.told(None, NOW_NS, NOW_S)
    assert len(looks) == 1
    connected.told(None, NOW_NS, NOW_S + LOOK_S)
    assert len(looks) == 2
