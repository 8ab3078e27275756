"""Keys as text, and the file that a client gets."""

from __future__ import annotations

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.curve import ClientKey, parse_client_key, render_client_key, z85_decode, z85_encode

# RFC 32, 'Test Case'.
OCTETS, TEXT = bytes.fromhex("864fd26fb559f75b"), "HelloWorld"
KEYS = {"public": "a" * 40, "secret": "b" * 40, "broker": "c" * 40}


def test_z85_is_that_of_the_rfc() -> None:
    assert (z85_encode(OCTETS), z85_decode(TEXT)) == (TEXT, OCTETS)


@given(st.binary(min_size=32, max_size=32))
def test_every_key_has_one_text(key: bytes) -> None:
    text = z85_encode(key)
    assert (len(text), z85_decode(text)) == (40, key)


def test_zeromq_takes_keys_written_so() -> None:
    public, secret = zmq.curve_keypair()
    again = z85_encode(z85_decode(secret.decode()))
    assert zmq.curve_public(again.encode()) == public


def test_the_file_of_a_client_reads_as_it_was_written() -> None:
    key = ClientKey(name="ns1.example", **KEYS)
    assert parse_client_key(render_client_key(key)) == key
    assert KEYS["secret"] not in repr(key)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "not the key file of a client: no TOML"),
        ("", "not the key file of a client: wrong or missing: name, public, secret, broker"),
        ('name = "ns 1"\n', "wrong or missing: name, public"),
        (f'name = "ns1"\npublic = "{"a" * 40}"\nsecret = "{"#" * 40}"\n', "wrong or missing: secret, broker"),
        (f'name = "ns1"\npublic = "{"a" * 39}"\nsecret = "top secret"\n', "wrong or missing: public, secret"),
    ],
)
def test_a_wrong_file_is_told_without_what_it_says(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as error:
        parse_client_key(text)
    assert "top secret" not in str(error.value)
