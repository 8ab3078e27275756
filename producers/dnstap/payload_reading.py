"""What dnstap payloads are and what is in them, by the compiled kernel where it is installed.

The kernel takes what is whole, plain and right, as `schemas.dnstap` and `denials` would read it, and counts
what is of a type that is not wanted. All else comes out as it went in, ODD, and is for those two to read;
without the kernel that is everything. The models stay the one definition: numbers and limits go in from here.
"""

from __future__ import annotations

from typing import Any, Final

from nxcast.producers.dnstap.denials import TTL_MAX_S
from nxcast.schemas.codes import OVER_TCP, TCP, UDP, UDP_QUERY_RESPONSE
from nxcast.schemas.dnstap import TYPE_NAMES
from nxcast.schemas.fields import DNS_MESSAGE_MAX, DNS_MESSAGE_MIN
from nxcast.schemas.frames import FORWARDER, MINIMISED
from nxcast.schemas.names import LABEL_MAX, NAME_MAX

try:
    from nxcast import kernel

    INSTALLED = True
except ImportError:  # no compiler where it was installed
    INSTALLED = False

__all__ = ["ANSWER", "DENIAL", "FRAME", "INSTALLED", "ODD", "read_payloads", "skipped_types"]

FRAME: Final = 0
"""A frame, of which nothing is to be joined."""
DENIAL: Final = 1
"""A frame; and of its NXDOMAIN the qname, the Denial, and whether that covers the name."""
ANSWER: Final = 2
"""A client's NXDOMAIN: time, qname, Key, Denial."""
ODD: Final = 3
"""The payload."""

_NUMBERS = (DNS_MESSAGE_MIN, DNS_MESSAGE_MAX, NAME_MAX, LABEL_MAX, TTL_MAX_S, FORWARDER, MINIMISED)
_FORWARDERS, _CLIENTS = 1, 2  # bits of options, as the kernel has them
_NONE: tuple[int, ...] = (0,) * 15


def read_payloads(
    payloads: list[bytes], *, forwarders: bool, clients: bool, compiled: bool
) -> tuple[bytes, list[Any], tuple[int, ...]]:
    """Kinds, and for each what the kind says; and by number of the type how many were skipped.

    Skipped as of type 0, which there is not, are clients' answers that are no NXDOMAIN. `clients`: those are
    wanted. `compiled`: use the kernel, which is INSTALLED.
    """
    if not compiled:
        return bytes([ODD]) * len(payloads), payloads, _NONE
    options = _FORWARDERS * forwarders | _CLIENTS * clients
    return kernel.read_dnstap(payloads, options, _NUMBERS, (OVER_TCP, TCP), (UDP_QUERY_RESPONSE, UDP))


def skipped_types(skipped: tuple[int, ...]) -> list[tuple[str, int]]:
    """Names of the types that some were skipped of, and how many of each."""
    return [(TYPE_NAMES[number], count) for number, count in enumerate(skipped) if number and count]
