"""What an IP packet carries that is a packet or a frame itself. Pure.

By the IP protocol, or by a port of a UDP datagram. Whether what is inside is what it should be
is for its own reader to say; here only headers are stepped over, and what can't be gives nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from nxcast.producers.pcap.ethertypes import (
    ETHERNET_FRAME,
    IPV4,
    IPV6,
    MPLS,
    NOT_IP,
    PPP,
    Layer,
    by_version,
)

__all__ = ["DEPTH_MAX", "PORTS", "PROTOCOLS", "inside"]

DEPTH_MAX = 8  # tunnels in one another; networks have three: GTP-U in VXLAN in GRE

_GRE_CHECKSUM, _GRE_ROUTING, _GRE_KEY, _GRE_SEQUENCE, _GRE_ACKNOWLEDGE = 0x8000, 0x4000, 0x2000, 0x1000, 0x80
_ERSPAN, _ERSPAN_3 = 0x88BE, 0x22EB  # draft-foschiano-erspan-03
_WCCP = 0x883E
_NOTHING: Layer = 0, NOT_IP

_u16_at = struct.Struct("!H").unpack_from
_u32_at = struct.Struct("!I").unpack_from


def inside(proto: int, port: int, octets: bytes) -> Layer:
    """What is inside: EtherType and offset in `octets`, which follow the IP or the UDP header.

    `port` is 0 unless `proto` is UDP's. Nothing that can be read has NOT_IP as its offset.
    """
    layer = PORTS[port][1] if port else PROTOCOLS[proto][1]
    try:
        return layer(octets)
    except (struct.error, IndexError):
        return _NOTHING


def _gre(octets: bytes) -> Layer:
    """RFC 2784 with RFC 2890; version 1 is PPTP's (RFC 2637)."""
    flags, ethertype = struct.unpack_from("!HH", octets)
    if flags & _GRE_ROUTING or flags & 7 > 1:
        return _NOTHING
    position = 4
    for flag in (_GRE_CHECKSUM, _GRE_KEY, _GRE_SEQUENCE):
        position += 4 if flags & flag else 0
    if flags & 7:
        return (PPP, position + (4 if flags & _GRE_ACKNOWLEDGE else 0)) if ethertype == PPP else _NOTHING
    if ethertype == _ERSPAN:  # type I has no header of its own, and no sequence number
        return ETHERNET_FRAME, position + (8 if flags & _GRE_SEQUENCE else 0)
    if ethertype == _ERSPAN_3:
        subheader = octets[position + 11] & 1  # bit O
        return ETHERNET_FRAME, position + (20 if subheader else 12)
    if ethertype == _WCCP:  # redirected by a router; version 2 has a header of 4 octets
        return by_version(octets, position if octets[position] >> 4 == 4 else position + 4)
    return ethertype, position


def _ip(octets: bytes) -> Layer:
    return by_version(octets, 0)


def _ether_ip(octets: bytes) -> Layer:
    return (ETHERNET_FRAME, 2) if octets[0] >> 4 == 3 else _NOTHING  # RFC 3378


def _mpls(_octets: bytes) -> Layer:
    return MPLS, 0  # RFC 4023, RFC 7510


def _vxlan(octets: bytes) -> Layer:
    return (ETHERNET_FRAME, 8) if octets[0] & 0x08 else _NOTHING  # bit I, RFC 7348


def _vxlan_gpe(octets: bytes) -> Layer:
    """draft-ietf-nvo3-vxlan-gpe-13: with bit P the next protocol is told."""
    if octets[0] & 0x04:
        return {1: IPV4, 2: IPV6, 3: ETHERNET_FRAME, 5: MPLS}.get(octets[3], 0), 8
    return _vxlan(octets)


def _geneve(octets: bytes) -> Layer:
    return _u16_at(octets, 2)[0], 8 + ((octets[0] & 0x3F) << 2)  # RFC 8926 section 3.4


def _gtp_u(octets: bytes) -> Layer:
    """3GPP TS 29.281 section 5: version 1, a G-PDU; any of three flags adds 4 octets, and perhaps more."""
    flags = octets[0]
    if flags >> 4 != 3 or octets[1] != 0xFF:
        return _NOTHING
    position = 8
    if flags & 0x07:
        position = 12
        following = octets[11] if flags & 0x04 else 0
        while following:
            size = octets[position] << 2
            if not size:
                return _NOTHING
            position += size
            following = octets[position - 1]
    return by_version(octets, position)


def _l2tp(octets: bytes) -> Layer:
    """RFC 2661 section 3.1, data messages of version 2."""
    (flags,) = _u16_at(octets, 0)
    if flags & 0x8000 or flags & 0x000F != 2:
        return _NOTHING
    position = 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)  # length, sequence numbers
    if flags & 0x0200:
        position += 2 + _u16_at(octets, position)[0]
    return PPP, position


def _teredo(octets: bytes) -> Layer:
    """RFC 4380 section 5.1.1: authentication and origin may come first."""
    position = 0
    if octets[:2] == b"\0\1":
        position = 13 + octets[2] + octets[3]
    if octets[position : position + 2] == b"\0\0":
        position += 8
    return (IPV6, position) if octets[position] >> 4 == 6 else _NOTHING


def _lisp(octets: bytes) -> Layer:
    return by_version(octets, 8)  # RFC 9300 section 5


def _tzsp(octets: bytes) -> Layer:
    """TaZmen Sniffer Protocol, version 1: tags until one of 1, and a frame; 1 is Ethernet."""
    if octets[0] != 1 or octets[1] > 1 or _u16_at(octets, 2)[0] != 1:
        return _NOTHING
    position = 4
    while octets[position] != 1:
        position += 2 + octets[position + 1] if octets[position] else 1
    return ETHERNET_FRAME, position + 1


PROTOCOLS: dict[int, tuple[str, Callable[[bytes], Layer]]] = {
    4: ("IPv4 in IP", _ip),  # RFC 2003
    41: ("IPv6 in IP", _ip),  # RFC 4213
    47: ("GRE", _gre),
    97: ("EtherIP", _ether_ip),
    137: ("MPLS in IP", _mpls),
}
"""By IP protocol, the name of a tunnel and what reads it."""

PORTS: dict[int, tuple[str, Callable[[bytes], Layer]]] = {
    1701: ("L2TP", _l2tp),
    2152: ("GTP-U", _gtp_u),
    3544: ("Teredo", _teredo),
    4341: ("LISP", _lisp),
    4754: ("GRE in UDP", _gre),  # RFC 8086
    4789: ("VXLAN", _vxlan),
    4790: ("VXLAN-GPE", _vxlan_gpe),
    6081: ("Geneve", _geneve),
    6635: ("MPLS in UDP", _mpls),
    8472: ("VXLAN", _vxlan),  # Linux's port before there was one
    37008: ("TZSP", _tzsp),
}
"""By UDP port, the same."""
