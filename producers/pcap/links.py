"""Link layers of captures: what a captured frame begins with, and where it ends. Pure.

The numbers are those of capture files, the LINKTYPE_ values that the Tcpdump Group lists; a live capture has
the DLT_ values, which are the same but for raw IP. Complete for what is here as of November 2026.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from nxcast.producers.pcap.ethertypes import (
    NOT_IP,
    PPP,
    Layer,
    by_version,
    find_ip,
)

__all__ = ["ETHERNET", "UNDERSTOOD", "LinkTypeError", "check_link_type", "ip_offset"]

ETHERNET = 1

# AF_INET everywhere, and AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS.
_FAMILIES = frozenset({2, 10, 24, 28, 30})
_LLC = 4  # as an EtherType: LLC comes next

_NAMES = {
    3: "AX.25",
    6: "802.5 Token Ring",
    7: "ARCNET",
    107: "Frame Relay",
    119: "802.11 wireless, Prism",
    129: "ARCNET, Linux",
    143: "DOCSIS",
    149: "Juniper",
    189: "USB",
    195: "802.15.4",
    201: "Bluetooth",
    220: "USB, Linux",
    227: "CAN",
    247: "InfiniBand",
    249: "USB, Windows",
    251: "Bluetooth Low Energy",
    253: "Linux netlink",
}

_u16_at = struct.Struct("!H").unpack_from
_little_u16_at = struct.Struct("<H").unpack_from
_little_u32_at = struct.Struct("<I").unpack_from


class LinkTypeError(ValueError):
    """A link type that is not understood here; `number` is its LINKTYPE_ value."""

    def __init__(self, number: int) -> None:
        name = _NAMES.get(number)
        super().__init__(
            f"link type {number}{f' ({name})' if name else ''} is none of those understood: "
            "Ethernet, raw IP, Linux cooked, loopback, PPP, NFLOG, PFLOG, 802.11"
        )
        self.number = number


def check_link_type(number: int) -> None:
    """Raise LinkTypeError for one that is not understood."""
    if number not in _LAYERS:
        raise LinkTypeError(number)


def ip_offset(link_type: int, octets: bytes) -> Layer:
    """EtherType and offset (octets) of the IP packet in a captured frame; raises LinkTypeError.

    Where there is none the offset is NOT_IP, and the EtherType that of what there is, 0 if it can't be told.
    """
    layer = _LAYERS.get(link_type)
    if layer is None:
        raise LinkTypeError(link_type)
    try:
        ethertype, position = layer(octets)
    except (struct.error, IndexError):
        return 0, NOT_IP
    return (ethertype, NOT_IP) if position == NOT_IP else find_ip(ethertype, octets, position)


def _ethernet(octets: bytes) -> Layer:
    return _u16_at(octets, 12)[0], 14


def _cooked(octets: bytes) -> Layer:
    return _u16_at(octets, 14)[0], 16  # LINKTYPE_LINUX_SLL


def _cooked_2(octets: bytes) -> Layer:
    return _u16_at(octets, 0)[0], 20  # LINKTYPE_LINUX_SLL2


def _loopback(octets: bytes) -> Layer:
    """After an address family in the byte order of the capturing host (NULL) or the network's (LOOP)."""
    family = octets[:4]
    known = int.from_bytes(family, "little") in _FAMILIES or int.from_bytes(family, "big") in _FAMILIES
    # Some systems put an EtherType into the last two octets instead.
    return by_version(octets, 4) if known else (_u16_at(family, 2)[0], 4)


def _raw(octets: bytes) -> Layer:
    return by_version(octets, 0)


def _ppp(_octets: bytes) -> Layer:
    return PPP, 0


def _directed_ppp(octets: bytes) -> Layer:
    """After an octet for the direction, which stands before PPP's address or in its place."""
    return PPP, 2 if octets[1] == 0x03 and octets[0] != 0xFF else 1


def _cisco_hdlc(octets: bytes) -> Layer:
    """PPP in HDLC framing, or Cisco's: address 0x0F or 0x8F, and an EtherType (RFC 1547 section 4.3)."""
    return (_u16_at(octets, 2)[0], 4) if octets[0] in (0x0F, 0x8F) else (PPP, 0)


def _pppoe(_octets: bytes) -> Layer:
    return PPP, 6


def _nflog(octets: bytes) -> Layer:
    """After a header of 4 octets, attributes in the byte order of the capturing host; the payload's is 9."""
    order = "little" if _little_u16_at(octets, 4)[0] <= len(octets) else "big"
    position = 4
    while True:
        size = int.from_bytes(octets[position : position + 2], order)  # type: ignore[arg-type]
        kind = int.from_bytes(octets[position + 2 : position + 4], order)  # type: ignore[arg-type]
        if size < 4:
            raise IndexError
        if kind & 0x7FFF == 9:
            return by_version(octets, position + 4)
        position += size + 3 & ~3


def _pflog(octets: bytes) -> Layer:
    """After a header whose length, not a multiple of 4 as it may be, is in its first octet."""
    return by_version(octets, octets[0] + 3 & ~3)


def _enc(octets: bytes) -> Layer:
    return by_version(octets, 12)  # OpenBSD's IPsec


def _fddi(_octets: bytes) -> Layer:
    return _LLC, 13  # after frame control and addresses


def _llc(_octets: bytes) -> Layer:
    return _LLC, 0


def _wireless(octets: bytes, start: int = 0) -> Layer:
    """After an 802.11 header: data that is not encrypted has LLC behind it (IEEE 802.11-2020 section 9.2)."""
    control, flags = octets[start], octets[start + 1]
    if control & 0x0F != 0x08 or control & 0x40 or flags & 0x40:  # no data, no payload, or encrypted
        return 0, NOT_IP
    size = 24
    if flags & 3 == 3:  # four addresses
        size += 6
    if control & 0x80:  # QoS
        size += 6 if flags & 0x80 else 2
    return _LLC, start + size


def _radiotap(octets: bytes) -> Layer:
    return _wireless(octets, _little_u16_at(octets, 2)[0])


def _inside(length: Callable[[bytes], int], link_type: Callable[[bytes], int]) -> Callable[[bytes], Layer]:
    """A header in front of a frame of another link type, of which nothing is inside another such."""

    def layer(octets: bytes) -> Layer:
        size, inner = length(octets), link_type(octets)
        if inner in _ABOUT_OTHERS or inner not in _LAYERS or size > len(octets):
            return 0, NOT_IP
        ethertype, position = _LAYERS[inner](octets[size:])
        return ethertype, position if position == NOT_IP else size + position

    return layer


_ABOUT_OTHERS = frozenset({192, 258})
_LAYERS: dict[int, Callable[[bytes], Layer]] = {
    0: _loopback,  # NULL
    ETHERNET: _ethernet,
    9: _ppp,
    10: _fddi,
    12: _raw,  # DLT_RAW of a live capture, and of files that were written wrong
    14: _raw,  # the same on OpenBSD
    50: _cisco_hdlc,  # PPP_HDLC
    51: _pppoe,
    100: _llc,  # ATM_RFC1483
    101: _raw,  # RAW
    104: _cisco_hdlc,  # C_HDLC
    105: _wireless,
    108: _loopback,  # LOOP, OpenBSD's
    109: _enc,
    113: _cooked,
    117: _pflog,
    127: _radiotap,
    166: _directed_ppp,  # PPP_PPPD
    192: _inside(
        lambda octets: _little_u16_at(octets, 2)[0], lambda octets: _little_u32_at(octets, 4)[0]
    ),  # PPI
    204: _directed_ppp,  # PPP_WITH_DIR
    228: _raw,  # IPV4
    229: _raw,  # IPV6
    239: _nflog,
    258: _inside(
        lambda octets: _little_u32_at(octets, 0)[0], lambda octets: _little_u32_at(octets, 8)[0]
    ),  # PKTAP
    276: _cooked_2,
}
UNDERSTOOD = frozenset(_LAYERS)
