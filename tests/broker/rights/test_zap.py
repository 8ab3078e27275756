"""ZAP: only CURVE with a key that is known comes in."""

from __future__ import annotations

import pytest

from nxcast.broker.rights.zap import KeptOutError, Knock, answer
from nxcast.schemas.curve import z85_encode

KEY = bytes(range(32))
REQUEST = [b"1.0", b"7", b"egress", b"192.0.2.1", b"", b"CURVE", KEY]


def test_a_known_key_comes_in_under_its_user_id() -> None:
    knocks: list[Knock] = []

    def user_id(knock: Knock) -> str:
        knocks.append(knock)
        return "1 ns1"

    assert answer(REQUEST, user_id) == [b"1.0", b"7", b"200", b"", b"1 ns1", b""]
    assert knocks == [Knock("egress", "192.0.2.1", z85_encode(KEY))]


def test_an_unknown_key_does_not() -> None:
    assert answer(REQUEST, lambda _: None) == [b"1.0", b"7", b"400", b"unknown key", b"", b""]


def test_one_that_is_kept_out_for_a_while_is_not_told_that_it_is_refused() -> None:
    def user_id(_: Knock) -> str:
        raise KeptOutError

    assert answer(REQUEST, user_id)[2] == b"300"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([*REQUEST[:5], b"NULL"], b"400"),
        ([*REQUEST[:5], b"PLAIN", b"admin", b"secret"], b"400"),
        ([*REQUEST[:6], KEY[:31]], b"400"),
        ([*REQUEST[:6]], b"400"),
        ([*REQUEST, b"more"], b"400"),
        ([b"2.0", *REQUEST[1:]], b"500"),
        (REQUEST[:3], b"500"),
        ([], b"500"),
    ],
)
def test_whatever_else_is_asked_is_refused(parts: list[bytes], code: bytes) -> None:
    reply = answer(parts, lambda _: pytest.fail("let in"))
    assert (len(reply), reply[0], reply[2], reply[4]) == (6, b"1.0", code, b"")
