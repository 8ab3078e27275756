"""ZAP, the protocol in which ZeroMQ asks who may come in (RFC 27, version 1.0). Pure: parts in, parts out.

Who asks is the library of this very process, so a request that can't be read is a bug of ours or its own;
it is refused, and nobody comes in. Only CURVE with a known key does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from nxcast.schemas.curve import KEY_OCTETS, z85_encode

__all__ = ["KeptOutError", "Knock", "answer"]

VERSION = b"1.0"
# RFC 27, 'Status Codes and Texts': who gets LATER is told nothing, and tries again, at
# once or when its handshake has taken too long (30 s by libzmq's ZMQ_HANDSHAKE_IVL).
GRANTED, LATER, REFUSED, BROKEN = b"200", b"300", b"400", b"500"


class KeptOutError(Exception):
    """A client may not come in now, but later."""


class Knock(NamedTuple):
    """A client at the door: of which socket (its ZAP domain), from which address, with which key (Z85)."""

    domain: str
    address: str
    key: str


def answer(parts: Sequence[bytes], user_id: Callable[[Knock], str | None]) -> list[bytes]:
    """The reply to a request; `user_id` gives what messages of the client will carry, None to refuse it.

    Or it raises KeptOutError.
    """
    try:
        version, request_id, domain, address, _routing_id, mechanism, *credentials = parts
    except ValueError:
        version, request_id, mechanism = b"", parts[1] if len(parts) > 1 else b"", b""
    if version != VERSION:
        return _reply(request_id, BROKEN, "request that is not of version 1.0")
    if mechanism != b"CURVE" or len(credentials) != 1 or len(credentials[0]) != KEY_OCTETS:
        return _reply(request_id, REFUSED, "a key is needed")
    knock = Knock(
        domain.decode(errors="replace"), address.decode(errors="replace"), z85_encode(credentials[0])
    )
    try:
        granted = user_id(knock)
    except KeptOutError:
        return _reply(request_id, LATER, "kept out for a while")
    if granted is None:
        return _reply(request_id, REFUSED, "unknown key")
    return _reply(request_id, GRANTED, "", granted)


def _reply(request_id: bytes, code: bytes, text: str, user_id: str = "") -> list[bytes]:
    return [VERSION, request_id, code, text.encode(), user_id.encode(), b""]
