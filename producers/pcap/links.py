"""Link layers of captures: where in a captured frame the IP packet begins. Pure.

The numbers are those of capture files, the LINKTYPE_ values that the Tcpdump Group lists; a live capture has
the DLT_ values, which are the same but for raw IP. Complete for what is here as of November 2026.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

__all__ = ["ETHERNET", "NOT_IP", "LinkTypeError", "ip_offset"]

ETHERNET = 1
NOT_IP = -1
"""`ip_offset` of a frame that carries something else, such as ARP, or is too short to tell."""

_IP = frozenset({0x0800, 0x86DD})  # EtherTypes of IPv4 and IPv6 (RFC 9542)
# EtherTypes of a VLAN tag: 802.1Q, 802.1ad (QinQ), and the two that QinQ had before it was a standard.
_TAGS = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
_TAG_SIZE = 4  # octets: tag control information, and the next EtherType
# AF_INET everywhere, and AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS.
_FAMILIES = frozenset({2, 10, 24, 28, 30})

_NAMES = {
    3: "AX.25",
    6: "802.5 Token Ring",
    7: "ARCNET",
    9: "PPP",
    10: "FDDI",
    50: "PPP in HDLC framing",
    51: "PPPoE",
    104: "Cisco HDLC",
    105: "802.11 wireless",
    119: "802.11 wireless, Prism",
    127: "802.11 wireless, radiotap",
    129: "ARCNET, Linux",
    149: "Juniper",
    189: "USB",
    192: "PPI",
    220: "USB, Linux",
    239: "NFLOG",
    251: "Bluetooth",
}

_u16_at = struct.Struct("!H").unpack_from


class LinkTypeError(ValueError):
    """A link type that is not understood here; `number` is its LINKTYPE_ value."""

    def __init__(self, number: int) -> None:
        name = _NAMES.get(number)
        super().__init__(
            f"link type {number}{f' ({name})' if name else ''} is none of those understood: "
            "Ethernet, raw IP, Linux cooked, BSD loopback"
        )
        self.number = number


def ip_offset(link_type: int, octets: bytes) -> int:
    """Offset (octets) of the IP packet in a captured frame, or NOT_IP; raises LinkTypeError."""
    find = _LAYERS.get(link_type)
    if find is None:
        raise LinkTypeError(link_type)
    return find(octets)


def _after_ethertype(octets: bytes, ethertype_at: int, position: int) -> int:
    """Offset of IP where `position` follows the link header, whose EtherType is at `ethertype_at`."""
    size = len(octets)
    while ethertype_at + 2 <= size:
        (ethertype,) = _u16_at(octets, ethertype_at)
        if ethertype in _IP:
            return position
        if ethertype not in _TAGS:
            break
        ethertype_at, position = position + 2, position + _TAG_SIZE
    return NOT_IP


def _ethernet(octets: bytes) -> int:
    return _after_ethertype(octets, 12, 14)


def _cooked(octets: bytes) -> int:
    return _after_ethertype(octets, 14, 16)  # LINKTYPE_LINUX_SLL


def _cooked_2(octets: bytes) -> int:
    return _after_ethertype(octets, 0, 20)  # LINKTYPE_LINUX_SLL2


def _loopback(octets: bytes) -> int:
    """After an address family in the byte order of the capturing host (NULL) or the network's (LOOP)."""
    family = octets[:4]
    if len(family) < 4:
        return NOT_IP
    known = int.from_bytes(family, "little") in _FAMILIES or int.from_bytes(family, "big") in _FAMILIES
    # Some systems put an EtherType into the last two octets instead.
    return 4 if known or _u16_at(family, 2)[0] in _IP else NOT_IP


def _raw(_octets: bytes) -> int:
    return 0


_LAYERS: dict[int, Callable[[bytes], int]] = {
    0: _loopback,  # NULL
    ETHERNET: _ethernet,
    12: _raw,  # DLT_RAW of a live capture, and of files that were written wrong
    14: _raw,  # the same on OpenBSD
    101: _raw,  # RAW
    108: _loopback,  # LOOP, OpenBSD's
    113: _cooked,
    228: _raw,  # IPV4
    229: _raw,  # IPV6
    276: _cooked_2,
}
