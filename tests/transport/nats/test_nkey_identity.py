"""The nkey that follows from a key of nxcast: it must stay, since servers know clients by it."""

from __future__ import annotations

import pytest

pytest.importorskip("nkeys")

import nkeys

from nxcast.transport.nats.nkey_identity import public_nkey, seed_of

SECRET = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"  # noqa: S105  of the manual page zmq_curve(7)


def test_a_key_has_always_the_same_nkey() -> None:
    assert public_nkey(seed_of(SECRET)) == "UDQ5QOIEGAJA2NKELGUJ6DKCFZET6UVNLQG25XJG3EON3E6LEHQJT4QB"


def test_it_is_a_user_of_nats_that_can_sign() -> None:
    pair = nkeys.from_seed(bytearray(seed_of(SECRET).encode()))
    assert pair.verify(b"nonce", pair.sign(b"nonce"))
    assert seed_of(SECRET).startswith("SU")
