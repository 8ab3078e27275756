"""The gate: who comes in, what subscriptions give, what changes of the file mean for the connected."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from nxcast.broker.rights.egress_sets import SETS_MAX
from nxcast.broker.rights.gate import (
    KEPT_OUT_NS,
    MINUTE_NS,
    TOLD_A_MINUTE,
    Gate,
    Refusal,
    Renewal,
)
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.schemas.curve import z85_encode
from nxcast.schemas.topics import TOPICS

TOPICS_MANY = sorted(topic for topic in TOPICS if topic.startswith("nxdomain/"))
DAY_NS = 86_400_000_000_000  # nanoseconds
KEYS = {name: bytes([number]) * 32 for number, name in enumerate(("web", "ns1", "stranger"))}


def _client(name: str, **rights: object) -> Client:
    return Client(**{"key": z85_encode(KEYS[name]), **rights})  # type: ignore[arg-type]


WEB = _client("web", subscribe=["nxdomain/MX/", "nxdomain/A/"], replay=True)
NS1 = _client("ns1", push=["ns1", "edge-*"])


def _write(path: Path, clients: dict[str, Client]) -> None:
    path.with_suffix(".new").write_text(render_keys(Keys(clients)))
    os.replace(path.with_suffix(".new"), path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    _write(tmp_path / "keys.toml", {"web": WEB, "ns1": NS1})
    return tmp_path / "keys.toml"


@pytest.fixture
def gate(path: Path) -> Gate:
    return Gate(path, Counter(), 0)


def _come_in(gate: Gate, name: str) -> str | None:
    """The User-Id of a new connection, None if it was refused."""
    reply = gate.knock([b"1.0", b"1", b"replay", b"192.0.2.1", b"", b"CURVE", KEYS[name]], 0)
    return reply[4].decode() if reply[2] == b"200" else None


def test_only_the_known_come_in_and_each_connection_is_told_apart(gate: Gate) -> None:
    first, second = _come_in(gate, "web"), _come_in(gate, "web")
    assert first != second
    assert gate.client(first) == gate.client(second) == WEB
    assert (_come_in(gate, "stranger"), gate.refused) == (None, {"unknown_key": 1})
    assert gate.client(None) is None


def _knock(gate: Gate, name: str, socket: str) -> bool:
    """Whether a client comes in at a socket."""
    reply = gate.knock([b"1.0", b"1", socket.encode(), b"192.0.2.1", b"", b"CURVE", KEYS[name]], 0)
    return reply[2] == b"200"


def test_each_set_of_rights_has_a_socket_that_lets_in_nobody_else(gate: Gate, path: Path) -> None:
    _write(path, {"web": WEB, "ns1": NS1, "other": _client("stranger", subscribe=["nxdomain/"])})
    gate.renew(0)
    sets = {topics: socket for socket, topics in gate.sets.items()}
    own, others = sets["nxdomain/A/", "nxdomain/MX/", "status/"], sets["nxdomain/", "status/"]
    assert len(sets) == 2
    assert [_knock(gate, "web", socket) for socket in (own, others, "egress", "ingress", "replay")] == [
        True, False, True, True, True,
    ]  # fmt: skip
    assert [_knock(gate, "ns1", socket) for socket in (own, others, "egress", "ingress", "replay")] == [
        False, False, False, True, True,
    ]  # fmt: skip
    assert gate.refused == {"not_allowed_subscribe": 4}


def test_who_is_at_the_wrong_socket_is_told_where_its_own_is(gate: Gate, path: Path) -> None:
    _write(path, {"web": WEB, "other": _client("stranger", subscribe=["nxdomain/"])})
    gate.renew(0)
    own, other = sorted(gate.sets, key=lambda socket: gate.sets[socket])[::-1]
    gate.places = {own: 5560, other: 5561}
    assert not _knock(gate, "web", other)
    assert str(gate.told[-1]) == "refused web: it may not come in at 5561: its own egress is at 5560"
    user_id = _come_in(gate, "web")
    assert user_id is not None
    gate.stays(user_id, MINUTE_NS)
    assert str(gate.told[-1]) == (
        "refused web: it may not subscribe to more than status/ where it is, and gets nothing else: its own "
        "egress is at 5560, for --broker, unless it is new enough to ask"
    )
    asker = gate.asker(user_id, 0)
    assert asker is not None
    assert asker.egress == 5560


def test_clients_of_the_same_rights_share_a_socket(gate: Gate, path: Path) -> None:
    _write(path, {"web": WEB, "other": WEB.model_copy(update={"key": z85_encode(KEYS["stranger"])})})
    gate.renew(0)
    ((socket, topics),) = gate.sets.items()
    assert topics == ("nxdomain/A/", "nxdomain/MX/", "status/")
    assert _knock(gate, "web", socket)
    assert _knock(gate, "stranger", socket)


@pytest.mark.parametrize(
    ("octets", "refused"),
    [
        (b"\1nxdomain/", False),
        (b"\1nxdomain/MX/", False),
        (b"\1", False),
        (b"\1status/", False),
        (b"\1dns-errors/", True),
        (b"\1\xff", True),
        (b"junk", True),
        (b"", True),
        (b"\0dns-errors/", False),
    ],
)
def test_a_subscription_that_gives_nothing_is_counted(gate: Gate, octets: bytes, refused: bool) -> None:
    user_id = _come_in(gate, "web")
    gate.subscribed(user_id, octets, 0)
    gate.subscribed(None, octets, 0)
    assert gate.refused["not_allowed_subscribe"] == refused


def test_a_set_beyond_the_last_has_no_egress_and_is_told(gate: Gate, path: Path) -> None:
    many = {
        f"client-{number:02}": Client(
            key=z85_encode(bytes([100 + number]) * 32), subscribe=(TOPICS_MANY[number],)
        )
        for number in range(SETS_MAX)
    }
    _write(path, {**many, "web": WEB})
    renewal = gate.renew(0)
    assert renewal is not None
    assert len(gate.sets) == SETS_MAX
    assert renewal.text.endswith("give it another's (keys list)")
    assert renewal.taken_over


def test_a_producer_pushes_as_its_own_sensors_or_not_at_all(gate: Gate) -> None:
    ns1, web = _come_in(gate, "ns1"), _come_in(gate, "web")
    assert gate.may_push(ns1, ["ns1", "edge-1"], 0)
    assert gate.may_push(ns1, [], 0)
    assert not gate.may_push(ns1, ["ns1", "ns2"], 0)
    assert not gate.may_push(web, [], 0)
    assert not gate.may_push(None, [], 0)
    assert gate.refused == {"not_allowed_push": 3}
    assert [str(refusal) for refusal in gate.told] == [
        "refused ns1: it may not push as ns1, ns2",
        "refused web: it may not push as any sensor",
        "refused a client revoked: it may not push as any sensor",
    ]
    assert gate.told[0] == Refusal("not_allowed_push", "ns1", "push as ns1, ns2")


def test_a_refusal_is_told_once_a_minute_and_counted_each_time(gate: Gate) -> None:
    ns1 = _come_in(gate, "ns1")
    for now_ns in (0, 1, MINUTE_NS - 1, MINUTE_NS, MINUTE_NS + 1):
        gate.may_push(ns1, ["ns2"], now_ns)
    assert (len(gate.told), gate.refused["not_allowed_push"]) == (2, 5)


def test_a_flood_of_strangers_fills_no_log(gate: Gate) -> None:
    for number in range(1000):
        gate.knock([b"1.0", b"1", b"egress", b"192.0.2.%d" % number, b"", b"CURVE", KEYS["stranger"]], 0)
    assert (len(gate.told), gate.refused["unknown_key"]) == (TOLD_A_MINUTE, 1000)


@pytest.mark.parametrize(
    ("socket", "later_ns", "code"),
    [
        ("ingress", 0, b"300"),
        ("ingress", KEPT_OUT_NS - 1, b"300"),
        ("ingress", KEPT_OUT_NS, b"200"),
        ("ingress", -1, b"200"),  # the clock was set back: for how much longer is not known
        ("replay", 0, b"200"),
    ],
)
def test_who_floods_pushes_nothing_for_a_while(gate: Gate, socket: str, later_ns: int, code: bytes) -> None:
    for key in (z85_encode(b"9" * 32), z85_encode(KEYS["ns1"])):
        gate.keep_out(key, "ingress", 1000)
    asked = [b"1.0", b"1", socket.encode(), b"192.0.2.1", b"", b"CURVE"]
    assert gate.knock([*asked, KEYS["ns1"]], 1000 + later_ns)[2] == code
    assert gate.knock([*asked, KEYS["web"]], 1000)[2] == b"200"


def test_a_reader_that_floods_comes_in_at_no_egress_for_a_while_and_may_ask(gate: Gate) -> None:
    def code(socket: str, now_ns: int) -> bytes:
        return gate.knock([b"1.0", b"1", socket.encode(), b"192.0.2.1", b"", b"CURVE", KEYS["web"]], now_ns)[
            2
        ]

    own = next(each for each in ("egress-1", "egress-2") if code(each, 0) == b"200")
    gate.keep_out(z85_encode(KEYS["web"]), "egress", 0)
    assert [code(each, 0) for each in ("egress", own, "replay")] == [b"300", b"300", b"200"]
    assert [code(each, KEPT_OUT_NS) for each in ("egress", own)] == [b"200", b"200"]


def test_a_new_file_is_taken_over_once(gate: Gate, path: Path) -> None:
    assert gate.renew(0) is None
    _write(path, {"web": WEB, "ns1": NS1, "new": _client("stranger", push=["*"])})
    assert gate.renew(0) == Renewal(f"read the 3 keys in {path}")
    assert gate.renew(0) is None
    assert gate.renew(0, always=True) == Renewal(f"read the 3 keys in {path}")
    assert _come_in(gate, "stranger")


def test_the_revoked_lose_every_right_at_once(gate: Gate, path: Path) -> None:
    ns1 = _come_in(gate, "ns1")
    _write(path, {"web": WEB})
    assert gate.renew(0) == Renewal(
        f"read the 1 keys in {path}; ns1 revoked", gone=("ns1",), regrouped=frozenset([NS1.key])
    )
    assert (gate.client(ns1), gate.may_push(ns1, ["ns1"], 0), _come_in(gate, "ns1")) == (None, False, None)


def test_a_key_ends_with_its_day(gate: Gate, path: Path) -> None:
    """The epoch's second day: midnight of UTC is what counts, and nothing else has to happen."""
    _write(path, {"web": WEB, "ns1": _client("ns1", push=["ns1"], until="1970-01-02")})
    gate.renew(0)
    ns1 = _come_in(gate, "ns1")
    assert gate.renew(DAY_NS) is None
    assert gate.renew(2 * DAY_NS - 1) is None
    assert gate.may_push(ns1, ["ns1"], 0)
    assert gate.renew(2 * DAY_NS) == Renewal(
        f"the 1 keys in {path}; ns1 ended: its day is over", gone=("ns1",), regrouped=frozenset([NS1.key])
    )
    assert (gate.client(ns1), _come_in(gate, "ns1")) == (None, None)
    assert gate.renew(3 * DAY_NS) is None


def test_a_key_that_has_ended_never_comes_in(path: Path) -> None:
    _write(path, {"web": WEB, "ns1": _client("ns1", push=["ns1"], until="1970-01-02")})
    gate = Gate(path, Counter(), 2 * DAY_NS)
    assert _come_in(gate, "ns1") is None
    assert str(gate) == f"the 1 keys in {path}"


def test_keys_end_though_the_file_can_not_be_read(path: Path) -> None:
    _write(path, {"web": WEB, "ns1": _client("ns1", push=["ns1"], until="1970-01-02")})
    gate = Gate(path, Counter(), 0)
    path.unlink()
    renewal = gate.renew(2 * DAY_NS)
    assert renewal is not None
    assert (renewal.gone, renewal.taken_over) == (("ns1",), False)


def test_the_narrowed_are_told(gate: Gate, path: Path) -> None:
    _write(path, {"web": _client("web", subscribe=["nxdomain/MX/"]), "ns1": _client("ns1", push=["ns1"])})
    assert gate.renew(0) == Renewal(
        f"read the 2 keys in {path}; web narrowed", narrowed=("web",), regrouped=frozenset([WEB.key])
    )


def test_a_file_half_written_changes_no_right(gate: Gate, path: Path) -> None:
    ns1 = _come_in(gate, "ns1")
    text = path.read_text()
    for length in range(0, len(text) - 1, 7):
        path.write_text(text[:length])
        renewal = gate.renew(0, always=True)
        assert renewal is not None
        assert renewal[1:] == ((), (), frozenset(), False)
        assert renewal.text.endswith("; the keys before stay in force")
        assert gate.may_push(ns1, ["ns1"], 0)
    path.unlink()
    gone = gate.renew(0)
    assert gone == Renewal(
        f"{path}: no such file or directory; the keys before stay in force", taken_over=False
    )
    assert gate.renew(0) is None
    assert gate.may_push(ns1, ["ns1"], 0)
