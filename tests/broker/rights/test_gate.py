"""The gate: who comes in, what subscriptions give, what changes of the file mean for the connected."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from nxcast.broker.rights.gate import (
    ASKED_A_CONNECTION,
    FRESH_MAX,
    MINUTE_NS,
    TOLD_A_MINUTE,
    Gate,
    Refusal,
    Renewal,
    SubscriptionChange,
)
from nxcast.broker.rights.keys import Client, Keys, render_keys
from nxcast.schemas.curve import z85_encode

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
    reply = gate.knock([b"1.0", b"1", b"egress", b"192.0.2.1", b"", b"CURVE", KEYS[name]], 0)
    return reply[4].decode() if reply[2] == b"200" else None


def test_only_the_known_come_in_and_each_connection_is_told_apart(gate: Gate) -> None:
    first, second = _come_in(gate, "web"), _come_in(gate, "web")
    assert first != second
    assert gate.client(first) == gate.client(second) == WEB
    assert (_come_in(gate, "stranger"), gate.refused) == (None, {"unknown_key": 1})
    assert gate.client(None) is None


@pytest.mark.parametrize(
    ("steps", "in_force"),
    [
        (["+nxdomain/"], {"nxdomain/A/", "nxdomain/MX/"}),
        (["+"], {"nxdomain/A/", "nxdomain/MX/", "status/"}),
        (["+nxdomain/MX/"], {"nxdomain/MX/"}),
        (["+dns-errors/"], set()),
        (["+nxdomain/MX/", "-nxdomain/MX/"], set()),
        (["+", "-"], set()),
        (["+", "+nxdomain/MX/", "-"], {"nxdomain/MX/"}),
        (["+nxdomain/MX/", "+", "-nxdomain/MX/"], {"nxdomain/A/", "nxdomain/MX/", "status/"}),
        (["+", "+status/", "-status/"], {"nxdomain/A/", "nxdomain/MX/", "status/"}),
        (["+nxdomain/MX/", "+nxdomain/MX/", "-nxdomain/MX/"], set()),  # as a SUB socket counts them
        (["-nxdomain/MX/"], set()),
        (["-", "+nxdomain/A/"], {"nxdomain/A/"}),
    ],
)
def test_subscriptions_come_and_go_with_what_was_asked(
    gate: Gate, steps: list[str], in_force: set[str]
) -> None:
    user_id = _come_in(gate, "web")
    now: set[bytes] = set()
    for step in steps:
        change = gate.subscription(user_id, (b"\1" if step[0] == "+" else b"\0") + step[1:].encode(), 0)
        assert change is not None
        now = (now | set(change.add)) - set(change.remove)
    assert now == {each.encode() for each in in_force}


def test_a_subscription_over_the_bounds_or_unreadable_gives_nothing(gate: Gate) -> None:
    user_id = _come_in(gate, "web")
    nothing = SubscriptionChange([])
    assert gate.subscription(user_id, b"\1\xff", 0) == nothing
    assert gate.subscription(user_id, b"\1nxdomain/MX/" + b"x" * 64, 0) == nothing
    for number in range(ASKED_A_CONNECTION):
        assert gate.subscription(user_id, b"\1nxdomain/MX/%d" % number, 0) != nothing
    assert gate.subscription(user_id, b"\1nxdomain/MX/more", 0) == nothing
    assert gate.refused["not_allowed_subscribe"] == 3


@pytest.mark.parametrize("octets", [b"", b"\2nxdomain/MX/", b"junk"])
def test_who_sends_anything_but_subscriptions_is_put_out_until_the_file_is_renewed(
    gate: Gate, path: Path, octets: bytes
) -> None:
    user_id = _come_in(gate, "web")
    assert gate.subscription(user_id, octets, 0) is None
    assert _come_in(gate, "web") is None
    assert _come_in(gate, "ns1")
    _write(path, {"web": WEB})
    gate.renew(0)
    assert _come_in(gate, "web")


def test_a_socket_that_has_to_be_bound_anew_is_forgotten_with_its_subscriptions(
    gate: Gate, path: Path
) -> None:
    """Whoever asks for that: a peer, the end of a connection, or a right that somebody lost."""

    def junk(user_id: str) -> None:
        assert gate.subscription(user_id, b"junk", 0) is None

    def ended(user_id: str) -> None:
        gate.subscription(user_id, b"\1nxdomain/A/", 0)
        assert gate.subscription(None, b"\0nxdomain/A/", 0) is None

    def narrowed(_: str) -> None:
        _write(path, {"web": WEB.model_copy(update={"subscribe": ["dns-errors/"]}), "ns1": NS1})
        renewal = gate.renew(0)
        assert renewal is not None
        assert renewal.narrowed

    for bound_anew in (junk, ended, narrowed):
        _write(path, {"web": WEB, "ns1": NS1})
        gate.renew(0, always=True)
        user_id = _come_in(gate, "web")
        assert user_id is not None
        assert gate.subscription(user_id, b"\1nxdomain/MX/", 0) != SubscriptionChange([])
        bound_anew(user_id)
        assert gate.subscription(user_id, b"\0nxdomain/MX/", 0) == SubscriptionChange(remove=[])


def test_a_connection_that_ended_before_its_subscription_was_read_leaves_nothing_behind(gate: Gate) -> None:
    user_id = _come_in(gate, "web")
    gate.subscription(user_id, b"\1nxdomain/", 0)
    assert gate.subscription(None, b"\0nxdomain/A/", 0) == SubscriptionChange()
    assert gate.subscription(None, b"\0nxdomain/", 0) is None
    gate.egress_read()
    assert gate.subscription(None, b"\0nxdomain/", 0) == SubscriptionChange()


def test_a_flood_of_subscriptions_takes_bounded_memory(gate: Gate) -> None:
    """While there is always more to read; of an ended connection nothing is believed then."""
    user_id = _come_in(gate, "web")
    for number in range(2 * FRESH_MAX):
        gate.subscription(user_id, b"\1%d/" % number, 0)
    assert len(gate._fresh) == FRESH_MAX
    assert gate.subscription(None, b"\0never/", 0) is None
    gate.egress_read()
    assert gate.subscription(None, b"\0never/", 0) == SubscriptionChange()


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
    assert gate.renew(0) == Renewal(f"read the 1 keys in {path}; ns1 revoked", gone=("ns1",))
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
        f"the 1 keys in {path}; ns1 ended: its day is over", gone=("ns1",)
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
    assert gate.renew(0) == Renewal(f"read the 2 keys in {path}; web narrowed", narrowed=("web",))


def test_a_file_half_written_changes_no_right(gate: Gate, path: Path) -> None:
    ns1 = _come_in(gate, "ns1")
    text = path.read_text()
    for length in range(0, len(text) - 1, 7):
        path.write_text(text[:length])
        renewal = gate.renew(0, always=True)
        assert renewal is not None
        assert renewal[1:] == ((), (), False)
        assert renewal.text.endswith("; the keys before stay in force")
        assert gate.may_push(ns1, ["ns1"], 0)
    path.unlink()
    gone = gate.renew(0)
    assert gone == Renewal(
        f"{path}: no such file or directory; the keys before stay in force", taken_over=False
    )
    assert gate.renew(0) is None
    assert gate.may_push(ns1, ["ns1"], 0)
