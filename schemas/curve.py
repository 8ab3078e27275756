"""CURVE keys as text, and the file that lets a client in where a broker asks for keys.

A key is 32 octets, its text 40 characters in Z85 (ZeroMQ RFC 32). The client's file is TOML and holds all
that a client needs: its own key pair and the public key of the broker. No error here repeats what a file
says, since that may be secret.
"""

from __future__ import annotations

import json
import tomllib
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

__all__ = [
    "CLIENT_KEY_MAX",
    "CURVE_OVERHEAD",
    "END_NEAR_DAYS",
    "KEY_OCTETS",
    "ClientKey",
    "ClientName",
    "KeyText",
    "NewClientName",
    "parse_client_key",
    "render_client_key",
    "z85_decode",
    "z85_encode",
]

KEY_OCTETS = 32  # RFC 26 (CurveZMQ): a Curve25519 key
CURVE_OVERHEAD = 33  # octets of an encrypted message part beside its own (RFC 26, MESSAGE)
CLIENT_KEY_MAX = 4096  # octets of a client's file; one as rendered here has about 500

# RFC 32, 'Formal Specification': the characters for 0 to 84.
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}


def z85_encode(octets: bytes) -> str:
    """Text of octets, whose number is a multiple of 4."""
    text = []
    for at in range(0, len(octets), 4):
        value = int.from_bytes(octets[at : at + 4], "big")
        text += [_DIGITS[value // 85**place % 85] for place in (4, 3, 2, 1, 0)]
    return "".join(text)


def z85_decode(text: str) -> bytes:
    """Octets of a text, whose length is a multiple of 5; raises ValueError."""
    octets = b""
    for at in range(0, len(text), 5):
        value = 0
        for digit in text[at : at + 5]:
            if digit not in _VALUES:
                raise ValueError("a character that Z85 does not have")
            value = value * 85 + _VALUES[digit]
        if value >> 32:
            raise ValueError("five characters that stand for more than four octets")
        octets += value.to_bytes(4, "big")
    return octets


def _key_text(text: str) -> str:
    if len(text) != KEY_OCTETS // 4 * 5:
        raise ValueError("a key has 40 characters")
    z85_decode(text)
    return text


END_NEAR_DAYS = 14  # days before the end of a key from which on it is told
KeyText = Annotated[str, AfterValidator(_key_text)]
ClientName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
# What a client may be called from now on: a name that no program takes for an option, nor for a folder.
NewClientName = Annotated[
    str, Field(pattern=r"^(?:[A-Za-z0-9_]|\.+[A-Za-z0-9_-])[A-Za-z0-9._-]*$", max_length=64)
]


class ClientKey(BaseModel):
    """What lets a client in, keys in Z85."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    name: Annotated[ClientName, Field(description="what the broker calls the client")]
    public: Annotated[KeyText, Field(description="the client's public key")]
    secret: Annotated[KeyText, Field(description="the client's secret key", repr=False)]
    broker: Annotated[KeyText, Field(description="the broker's public key")]
    egress: Annotated[
        int | str | None,
        Field(
            description="where the client's own socket of the egress is: a TCP port, or an ipc:// endpoint"
        ),
    ] = None


def parse_client_key(text: str) -> ClientKey:
    """Read a client's file; raises ValueError with a text that says what is wrong, and no part of a key."""
    try:
        return ClientKey.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        raise ValueError("not the key file of a client: no TOML") from None
    except ValidationError as error:
        names = ", ".join(dict.fromkeys(str(each["loc"][0]) for each in error.errors(include_input=False)))
        raise ValueError(f"not the key file of a client: wrong or missing: {names}") from None


def render_client_key(key: ClientKey) -> str:
    """The text of a client's file."""
    return (
        f"# Lets {key.name} in at an nxcast broker. Whoever has this file can come in its place: keep it\n"
        f"# secret. It is all that --key of nxcast-produce and nxcast-consume needs.\n"
        f'name = "{key.name}"\n'
        f'public = "{key.public}"\n'
        f'secret = "{key.secret}"\n'
        f'broker = "{key.broker}"  # the public key of the broker\n'
        + (
            ""
            if key.egress is None
            else f"egress = {json.dumps(key.egress)}  # where it is published for {key.name}\n"
        )
    )
