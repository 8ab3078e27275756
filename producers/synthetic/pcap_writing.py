"""From frames to the octets of a pcap file: what a capture beside the resolver would have held. Pure.

Classic pcap of Ethernet with times in nanoseconds (draft-ietf-opsawg-pcap-04), packets in the order of their
times. A frame over UDP is a query and a response; over TCP it is a connection of its own, from SYN to the
last ACK. The response's last packet has the frame's time. All checksums are right. Nothing is fragmented:
a response over UDP may have up to 65,507 octets, and is one packet.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from nxcast.producers.synthetic.world import RESOLVERS, ROUND_TRIP_MAX_NS, query_port, round_trip_ns
from nxcast.schemas.codes import TCP, UDP
from nxcast.schemas.frames import TYPE, Frame
from nxcast.schemas.question_frame import QUESTION, QuestionFrame
from nxcast.schemas.units import SECOND_NS

__all__ = ["pcap_file"]

_MAGIC, _ETHERNET, _SNAP_LENGTH = 0xA1B23C4D, 1, 65_535 + 54  # the largest IPv6 packet has 40 + 14 more
_FIN, _SYN, _PSH, _ACK = 1, 2, 8, 16  # flags, RFC 9293 section 3.1
_MSS = 1440  # octets of TCP payload a packet, which IPv6 over Ethernet leaves
_MSS_OPTION = struct.pack("!BBH", 2, 4, _MSS)
_WINDOW = 64_240  # octets
_U32 = 0xFFFF_FFFF
_HOPS = 64  # time to live
_DO_NOT_FRAGMENT = 0x4000  # so the identification may stay 0, RFC 6864 section 4.1
_TURN_NS = 20_000  # what either side takes before it sends the next packet
_OLDEST_NS = 2 * ROUND_TRIP_MAX_NS  # how long before a frame's time its first packet may be

# Locally administered addresses of the resolver and of its router.
_RESOLVER_MAC, _ROUTER_MAC = b"\x02\x00\x00\x00\x00\x05", b"\x02\x00\x00\x00\x00\x01"
_OUTWARD, _INWARD = _ROUTER_MAC + _RESOLVER_MAC, _RESOLVER_MAC + _ROUTER_MAC

_packet_header = struct.Struct("<4I").pack
_ipv4_header = struct.Struct("!BBHHHBBH4s4s").pack
_ipv6_header = struct.Struct("!IHBB16s16s").pack
_udp_header = struct.Struct("!4H").pack
_tcp_header = struct.Struct("!HHIIBBHHH").pack
_u16 = struct.Struct("!H").pack


class _End(NamedTuple):
    """One side of an exchange; `link` is the Ethernet header's addresses of what it sends."""

    link: bytes
    address: bytes
    port: int


_Packet = tuple[int, bytes]
"""Time (nanoseconds since the epoch) and octets from the Ethernet header on."""


def pcap_file(frames: Iterable[Frame | QuestionFrame]) -> Iterator[bytes]:
    """The file in pieces: its header, then a packet each. Frames come in the order of their times."""
    yield struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, _SNAP_LENGTH, _ETHERNET)
    waiting: list[tuple[int, int, bytes]] = []  # the packets that an earlier one may still come before
    serial = 0
    for number, frame in enumerate(frames):
        if frame[TYPE] == QUESTION:  # a client's: it passes elsewhere
            continue
        while waiting and waiting[0][0] < frame[0] - _OLDEST_NS:
            yield _captured(*heappop(waiting))
        for time_ns, octets in _packets(frame, number):
            heappush(waiting, (time_ns, serial, octets))
            serial += 1
    while waiting:
        yield _captured(*heappop(waiting))


def _captured(time_ns: int, _serial: int, octets: bytes) -> bytes:
    return _packet_header(time_ns // SECOND_NS, time_ns % SECOND_NS, len(octets), len(octets)) + octets


def _packets(frame: Frame, number: int) -> Iterable[_Packet]:
    time_ns, _, address, port, proto, _, _, query, response, *_ = frame
    resolver = _End(_OUTWARD, RESOLVERS[len(address)], query_port(number))
    server = _End(_INWARD, address, port)
    trip_ns = round_trip_ns(response[:2])
    if proto == TCP:
        return _connection(resolver, server, query or b"", response, time_ns, trip_ns)
    answer = (time_ns, _udp(server, resolver, response))
    return (answer,) if query is None else ((time_ns - trip_ns, _udp(resolver, server, query)), answer)


def _connection(
    resolver: _End, server: _End, query: bytes, response: bytes, time_ns: int, trip_ns: int
) -> Iterator[_Packet]:
    """A TCP connection for one question (RFC 7766), closed by the resolver."""
    asked = _u16(len(query)) + query
    told = _u16(len(response)) + response
    # Initial sequence numbers by a clock of 4 microseconds (RFC 9293 section 3.4.1), the server's apart.
    ours = time_ns // 4000
    theirs = ours + (1 << 31)
    opened_ns = time_ns - trip_ns
    yield opened_ns - trip_ns, _tcp(resolver, server, ours, 0, _SYN, options=_MSS_OPTION)
    yield opened_ns - 2 * _TURN_NS, _tcp(server, resolver, theirs, ours + 1, _SYN | _ACK, options=_MSS_OPTION)
    ours, theirs = ours + 1, theirs + 1
    yield opened_ns - _TURN_NS, _tcp(resolver, server, ours, theirs, _ACK)
    yield opened_ns, _tcp(resolver, server, ours, theirs, _PSH | _ACK, asked)
    ours += len(asked)
    pieces = [told[at : at + _MSS] for at in range(0, len(told), _MSS)]
    for place, piece in enumerate(pieces, start=1 - len(pieces)):
        yield time_ns + place, _tcp(server, resolver, theirs, ours, _PSH | _ACK, piece)
        theirs += len(piece)
    yield time_ns + _TURN_NS, _tcp(resolver, server, ours, theirs, _FIN | _ACK)
    yield time_ns + trip_ns, _tcp(server, resolver, theirs, ours + 1, _FIN | _ACK)
    yield time_ns + trip_ns + _TURN_NS, _tcp(resolver, server, ours + 1, theirs + 1, _ACK)


def _udp(source: _End, target: _End, data: bytes) -> bytes:
    length = 8 + len(data)
    header = _udp_header(source.port, target.port, length, 0)
    # 0 would say that there is no checksum (RFC 768), and 0xFFFF sums up to the same.
    checksum = _checksum(_pseudo_header(source, target, UDP, length) + header + data) or 0xFFFF
    return _ip(source, target, UDP, header[:6] + _u16(checksum) + data)


def _tcp(
    source: _End,
    target: _End,
    sequence: int,
    acknowledged: int,
    flags: int,
    data: bytes = b"",
    options: bytes = b"",
) -> bytes:
    words = 5 + len(options) // 4
    ports = (source.port, target.port)
    header = _tcp_header(*ports, sequence & _U32, acknowledged & _U32, words << 4, flags, _WINDOW, 0, 0)
    header += options
    pseudo = _pseudo_header(source, target, TCP, len(header) + len(data))
    checksum = _checksum(pseudo + header + data)
    return _ip(source, target, TCP, header[:16] + _u16(checksum) + header[18:] + data)


def _pseudo_header(source: _End, target: _End, proto: int, length: int) -> bytes:
    """RFC 9293 section 3.1, RFC 8200 section 8.1; for IPv4 with more zeros, which add nothing."""
    return source.address + target.address + struct.pack("!II", length, proto)


def _ip(source: _End, target: _End, proto: int, payload: bytes) -> bytes:
    if len(source.address) == 16:
        header = _ipv6_header(6 << 28, len(payload), proto, _HOPS, source.address, target.address)
        return source.link + b"\x86\xdd" + header + payload
    size = 20 + len(payload)
    fields = (0x45, 0, size, 0, _DO_NOT_FRAGMENT, _HOPS, proto)
    checksum = _checksum(_ipv4_header(*fields, 0, source.address, target.address))
    header = _ipv4_header(*fields, checksum, source.address, target.address)
    return source.link + b"\x08\x00" + header + payload


def _checksum(octets: bytes) -> int:
    """The Internet checksum (RFC 1071): the sum of 16-bit words in ones' complement is one modulo 65,535."""
    number = int.from_bytes(octets, "big")
    return 0xFFFF - (number << 8 if len(octets) % 2 else number) % 0xFFFF
