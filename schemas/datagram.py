"""IP datagrams: from octets to addresses, ports and payload. Pure.

For packets that a capture holds, and for NMSG's base:dnsqr, whose messages come as whole IP datagrams, one
per fragment. IPv4 (RFC 791) with options and IPv6 (RFC 8200) with extension headers, UDP and TCP on top.

Rule 1: no octets raise anything but DatagramError, whose reason is from a fixed list.
Rule 2: nothing is guessed. What is cut, has a hole, or contradicts itself gives no datagram.
Rule 3: a checksum is looked at only on request, and never a reason to refuse: locally captured packets have
wrong ones since the network card was to fill them in, and IPv4 may go without.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from nxcast.schemas.codes import TCP, UDP

__all__ = [
    "DATAGRAM_MAX",
    "FRAGMENTS_MAX",
    "REASONS",
    "Checksum",
    "Datagram",
    "DatagramError",
    "Packet",
    "join",
    "parse_datagram",
    "parse_packet",
    "parse_ports",
    "udp_checksum",
]

DATAGRAM_MAX = 65_535  # octets, what the lengths of IPv4, IPv6 and UDP can say
FRAGMENTS_MAX = 64  # a datagram; 65,535 octets at IPv6's smallest MTU, 1,280, take 54
EXTENSIONS_MAX = 16  # headers a packet; RFC 8200 section 4.1 has each of seven once, one of them twice

REASONS = {
    "ip_header": "neither IPv4 nor IPv6, or a header that contradicts itself",
    "ip_cut": "shorter than its header says, as a capture's snap length makes it",
    "ip_extensions": "IPv6 extension headers that are cut, too many, or say twice that it is a fragment",
    "fragments_missing": "not all fragments of a datagram are there",
    "fragments_overlap": "fragments that overlap and differ, or reach beyond the end",
    "fragments_mixed": "fragments of more than one datagram",
    "fragments_many": "more fragments than a datagram may have",
    "no_transport": "neither UDP nor TCP, such as an ICMP error with a DNS message quoted in it",
    "transport_header": "a UDP or TCP header that is cut or contradicts itself",
}
"""Reasons of a DatagramError; complete."""

_EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140})  # lengths in units of 8 octets (RFC 6564, RFC 7045)
_AUTHENTICATION = 51  # length in units of 4 octets (RFC 4302 section 2.2)
_FRAGMENT = 44  # RFC 8200 section 4.5
_IPV4_SIZE, _IPV6_SIZE, _FRAGMENT_SIZE, _UDP_SIZE, _TCP_SIZE = 20, 40, 8, 8, 20  # octets, without options

_ipv4_at = struct.Struct("!2x3HxB").unpack_from  # total length, identification, flags and offset, protocol
_ipv6_at = struct.Struct("!4xHB").unpack_from  # payload length, next header
_fragment_at = struct.Struct("!BxHI").unpack_from  # next header, offset and flag, identification
_two_at = struct.Struct("!2H").unpack_from
_udp_at = struct.Struct("!4H").unpack_from  # ports, length, checksum (RFC 768)


class Checksum(IntEnum):
    """What a UDP checksum says; the numbers are those of dnsqr's udp_checksum."""

    ERROR = 0  # could not be looked at: no UDP, or no whole datagram
    ABSENT = 1  # 0: the sender made none (RFC 768)
    INCORRECT = 2
    CORRECT = 3


class Packet(NamedTuple):
    """One IP packet: a whole datagram, or a fragment (`more`, or an `offset` in octets that is not 0).

    `payload` follows the IP header and, but in a fragment, its extension headers; `proto` is what it is of.
    """

    src: bytes
    dst: bytes
    proto: int
    payload: bytes
    identification: int
    offset: int
    more: bool

    @property
    def is_fragment(self) -> bool:
        """Whether there is more to the datagram than this packet."""
        return self.more or self.offset > 0

    @property
    def datagram_key(self) -> tuple[bytes, bytes, int, int]:
        """What its fragments share (RFC 791 section 3.2; RFC 8200 section 4.5 leaves the protocol out)."""
        return self.src, self.dst, self.identification, self.proto if len(self.src) == 4 else -1


class Datagram(NamedTuple):
    """A datagram's addresses (4 or 16 octets), `proto` UDP or TCP, ports, and what follows that header.

    `checksum` is None unless asked for.
    """

    src: bytes
    dst: bytes
    proto: int
    sport: int
    dport: int
    payload: bytes
    checksum: Checksum | None


class DatagramError(ValueError):
    """Octets that are no whole datagram of UDP or TCP; `reason` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


def parse_datagram(packets: Sequence[bytes], *, verify: bool = False) -> Datagram:
    """The datagram of one IP packet, or of all the fragments of one in any order; raises DatagramError.

    `verify` looks at the UDP checksum and fills in `checksum`.
    """
    if len(packets) > FRAGMENTS_MAX:
        raise DatagramError("fragments_many")
    packet = join([parse_packet(octets) for octets in packets])
    sport, dport, payload = parse_ports(packet)
    checksum = udp_checksum(packet) if verify else None
    return Datagram(packet.src, packet.dst, packet.proto, sport, dport, payload, checksum)


def parse_packet(octets: bytes) -> Packet:
    """The packet that starts with `octets`; what follows its end, such as padding, is ignored.

    A total length of 0 stands for all there is: segmentation offload leaves it so in local captures.
    """
    version = octets[0] >> 4 if octets else 0
    if version == 4:
        return _ipv4(octets)
    if version == 6:
        return _ipv6(octets)
    raise DatagramError("ip_header")


def join(packets: Sequence[Packet]) -> Packet:
    """The whole packet of all its fragments in any order, some of them perhaps twice."""
    if not packets:
        raise DatagramError("fragments_missing")
    first = packets[0]
    if len(packets) == 1 and not first.is_fragment:
        return first
    if any(packet.datagram_key != first.datagram_key for packet in packets):
        raise DatagramError("fragments_mixed")
    if len(packets) > FRAGMENTS_MAX:
        raise DatagramError("fragments_many")
    ordered = sorted(packets, key=lambda packet: packet.offset)
    head = ordered[0]
    whole = Packet(head.src, head.dst, head.proto, _joined(ordered), head.identification, 0, False)
    return whole if len(head.src) == 4 else _skip_extensions(whole, whole.proto, 0, fragments=False)


def parse_ports(packet: Packet) -> tuple[int, int, bytes]:
    """Source port, destination port and payload of a whole packet of UDP or TCP; raises DatagramError."""
    segment = packet.payload
    if packet.proto == UDP:
        if len(segment) < _UDP_SIZE:
            raise DatagramError("transport_header")
        sport, dport, length, _ = _udp_at(segment)
        if not _UDP_SIZE <= length <= len(segment):
            raise DatagramError("transport_header")
        return sport, dport, segment[_UDP_SIZE:length]
    if packet.proto != TCP:
        raise DatagramError("no_transport")
    size = segment[12] >> 4 << 2 if len(segment) >= _TCP_SIZE else 0  # data offset, RFC 9293 section 3.1
    if not _TCP_SIZE <= size <= len(segment):
        raise DatagramError("transport_header")
    sport, dport = _two_at(segment)
    return sport, dport, segment[size:]


def udp_checksum(packet: Packet) -> Checksum:
    """What the checksum of a whole packet of UDP says (RFC 768, and RFC 8200 section 8.1 for IPv6)."""
    segment = packet.payload
    if packet.proto != UDP or len(segment) < _UDP_SIZE:
        return Checksum.ERROR
    _, _, length, checksum = _udp_at(segment)
    if not _UDP_SIZE <= length <= len(segment):
        return Checksum.ERROR
    if not checksum:
        return Checksum.ABSENT
    summed = packet.src + packet.dst + struct.pack("!2H", UDP, length) + segment[:length] + bytes(length & 1)
    # A number is congruent to the sum of its 16-bit digits modulo 0xFFFF: the ones' complement sum.
    return Checksum.INCORRECT if int.from_bytes(summed, "big") % 0xFFFF else Checksum.CORRECT


def _ipv4(octets: bytes) -> Packet:
    size = (octets[0] & 0x0F) << 2  # IHL, in units of 4 octets
    if len(octets) < _IPV4_SIZE:
        raise DatagramError("ip_cut")
    total, identification, flags, proto = _ipv4_at(octets)
    total = total or len(octets)
    if not _IPV4_SIZE <= size <= total:
        raise DatagramError("ip_header")
    if total > len(octets):
        raise DatagramError("ip_cut")
    payload = octets[size:total]
    return Packet(
        octets[12:16],
        octets[16:20],
        proto,
        payload,
        identification,
        (flags & 0x1FFF) << 3,
        bool(flags & 0x2000),
    )


def _ipv6(octets: bytes) -> Packet:
    if len(octets) < _IPV6_SIZE:
        raise DatagramError("ip_cut")
    length, following = _ipv6_at(octets)
    end = _IPV6_SIZE + length if length else len(octets)
    if end > len(octets):
        raise DatagramError("ip_cut")
    packet = Packet(octets[8:24], octets[24:40], following, octets[:end], 0, 0, False)
    return _skip_extensions(packet, following, _IPV6_SIZE, fragments=True)


def _skip_extensions(packet: Packet, following: int, position: int, *, fragments: bool) -> Packet:
    """The packet with `proto` and `payload` of what follows its extension headers, which begin at `position`.

    The walk ends at a fragment's header, as what follows it can only be read once the datagram is whole.
    """
    octets = packet.payload
    for _ in range(EXTENSIONS_MAX):
        if following in _EXTENSIONS:
            unit, more = 8, 1
        elif following == _AUTHENTICATION:
            unit, more = 4, 2
        elif following == _FRAGMENT:
            unit, more = 8, 1
            if not fragments or position + _FRAGMENT_SIZE > len(octets):
                break
            proto, offset, identification = _fragment_at(octets, position)
            packet = packet._replace(
                identification=identification, offset=offset & 0xFFF8, more=bool(offset & 1)
            )
            if packet.is_fragment:
                return packet._replace(proto=proto, payload=octets[position + _FRAGMENT_SIZE :])
            following, position, fragments = proto, position + _FRAGMENT_SIZE, False
            continue
        else:
            return packet._replace(proto=following, payload=octets[position:])
        if position + 2 > len(octets):
            break
        following, position = octets[position], position + (octets[position + 1] + more) * unit
        if position > len(octets):
            break
    raise DatagramError("ip_extensions")


def _joined(ordered: Sequence[Packet]) -> bytes:
    """Payloads of fragments in the order of their offsets, put together."""
    last = max(ordered, key=lambda packet: packet.offset + len(packet.payload))
    end = last.offset + len(last.payload)
    if end > DATAGRAM_MAX:
        raise DatagramError("fragments_overlap")
    whole = bytearray()
    for packet in ordered:
        payload = packet.payload
        known = len(whole) - packet.offset
        if known < 0:
            raise DatagramError("fragments_missing")
        if whole[packet.offset : packet.offset + len(payload)] != payload[:known]:
            raise DatagramError("fragments_overlap")
        if not packet.more and packet.offset + len(payload) != end:
            raise DatagramError("fragments_overlap")
        whole += payload[known:]
    if all(packet.more for packet in ordered):
        raise DatagramError("fragments_missing")
    return bytes(whole)
