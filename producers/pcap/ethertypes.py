"""From an EtherType to IP: tags, MPLS labels, PPPoE, LLC and frames in frames are stepped over. Pure.

Every step goes forward, and there are `HEADERS_MAX` of them at most. The numbers are IANA's and the IEEE's,
complete for what is here as of November 2026.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

__all__ = [
    "ETHERNET_FRAME",
    "HEADERS_MAX",
    "IPV4",
    "IPV6",
    "MPLS",
    "NOT_IP",
    "PPP",
    "by_version",
    "ethertype_name",
    "find_ip",
]

HEADERS_MAX = 32  # before IP; networks have five: tag, tag, label, label, Ethernet
NOT_IP = -1
"""Offset of the IP packet in what carries something else, such as ARP, or is too short to tell."""

IPV4, IPV6 = 0x0800, 0x86DD  # RFC 9542
MPLS, _MPLS_UPSTREAM = 0x8847, 0x8848  # RFC 5332
PPP, _PPPOE = 0x880B, 0x8864  # RFC 9542, RFC 2516
ETHERNET_FRAME = 0x6558  # Transparent Ethernet Bridging, RFC 1701
_LENGTH_MAX = 1500  # an 802.3 length and no EtherType, up to here
_COOKED_LLC = 4  # ETH_P_802_2, in place of an EtherType in Linux cooked captures

# Octets of a tag, its following EtherType included: 802.1Q, 802.1ad and the two that QinQ had before, VN-Tag
# (802.1BR), Cisco's CMD, the redundancy tag (802.1CB).
_TAGS = {0x8100: 4, 0x88A8: 4, 0x9100: 4, 0x9200: 4, 0x8926: 6, 0x8909: 8, 0xF1C1: 6}
_I_TAG = 0x88E7  # 802.1ah: 4 octets, and an Ethernet frame

_NAMES = {
    0xFFFF: "PPP without IP",
    0x0806: "ARP",
    0x0842: "Wake-on-LAN",
    0x8137: "IPX",
    0x8863: "PPPoE discovery",
    0x888E: "802.1X",
    0x88CC: "LLDP",
    0x88E5: "MACsec, which is encrypted",
    0x88F7: "PTP",
    0x894F: "NSH",
}

_PPP_PROTOCOLS = {0x21: IPV4, 0x57: IPV6, 0x281: MPLS, 0x283: _MPLS_UPSTREAM}  # RFC 1332, 5072, 3032
_PPP_OTHER = 0xFFFF  # reserved by RFC 9542, here: a protocol of PPP that carries no IP, such as LCP
_SNAP = frozenset({b"\xaa\xaa\x03\x00\x00\x00", b"\xaa\xaa\x03\x00\x00\xf8"})  # RFC 1042, 802.1H
_LLC_IP = b"\x06\x06\x03"  # RFC 948

_u16_at = struct.Struct("!H").unpack_from

Layer = tuple[int, int]
"""EtherType of what comes next, and its offset (octets)."""


def find_ip(ethertype: int, octets: bytes, position: int) -> Layer:
    """The offset of IP in what has this EtherType and begins at `position`, else NOT_IP and what there is."""
    for _ in range(HEADERS_MAX):
        if ethertype in (IPV4, IPV6):
            return ethertype, position
        step = _STEPS.get(ethertype) or (_llc if ethertype <= _LENGTH_MAX else None)
        if step is None:
            break
        try:
            ethertype, position = step(octets, position)
        except (struct.error, IndexError):
            break
    return ethertype, NOT_IP


def by_version(octets: bytes, position: int) -> Layer:
    """IPv4 or IPv6, by the first four bits; IndexError where there are none."""
    return (IPV6 if octets[position] >> 4 == 6 else IPV4), position


def ethertype_name(number: int) -> str:
    """For people: 'EtherType 0x0806 (ARP)'."""
    name = _NAMES.get(number)
    return f"EtherType 0x{number:04x}{f' ({name})' if name else ''}"


def _ethernet(octets: bytes, position: int) -> Layer:
    return _u16_at(octets, position + 12)[0], position + 14


def _tag(size: int) -> Callable[[bytes, int], Layer]:
    return lambda octets, position: (_u16_at(octets, position + size - 2)[0], position + size)


def _i_tag(octets: bytes, position: int) -> Layer:
    return _ethernet(octets, position + 4)


def _llc(octets: bytes, position: int) -> Layer:
    """After an 802.3 length, or where a link has LLC at its beginning."""
    if octets[position : position + 6] in _SNAP:
        return _u16_at(octets, position + 6)[0], position + 8
    if octets[position : position + 3] == _LLC_IP:
        return by_version(octets, position + 3)
    raise IndexError


def _mpls(octets: bytes, position: int) -> Layer:
    """After a label stack, whose last one has bit S (RFC 3032); what follows is told by its first bits."""
    while not octets[position + 2] & 1:
        position += 4
    position += 4
    first = octets[position] >> 4
    if first in (4, 6):
        return by_version(octets, position)
    # An Ethernet frame, with a control word in front (RFC 4385), which begins with 0, or without.
    for start in (position, position + 4) if first == 0 else (position,):
        ethertype, after = _ethernet(octets, start)
        if ethertype in _STEPS or ethertype in (IPV4, IPV6):
            return ethertype, after
    return ethertype, after


def _ppp(octets: bytes, position: int) -> Layer:
    """After PPP's header (RFC 1661, RFC 1662): address and control may be left out, and half the protocol."""
    if octets[position : position + 2] == b"\xff\x03":
        position += 2
    if octets[position] & 1:
        protocol, size = octets[position], 1
    else:
        protocol, size = _u16_at(octets, position)[0], 2
    return _PPP_PROTOCOLS.get(protocol, _PPP_OTHER), position + size


def _pppoe(octets: bytes, position: int) -> Layer:
    return _ppp(octets, position + 6)


_STEPS: dict[int, Callable[[bytes, int], Layer]] = {
    **{ethertype: _tag(size) for ethertype, size in _TAGS.items()},
    _I_TAG: _i_tag,
    ETHERNET_FRAME: _ethernet,
    MPLS: _mpls,
    _MPLS_UPSTREAM: _mpls,
    PPP: _ppp,
    _PPPOE: _pppoe,
    _COOKED_LLC: _llc,
}
