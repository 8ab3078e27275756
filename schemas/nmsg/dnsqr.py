"""base:dnsqr, the raw passive DNS of NMSG, to a frame and back. Pure.

A dnsqr holds whole IP datagrams, one element for each fragment. Of these a frame takes the DNS messages only:
the resolver's address, which is in the datagrams too, goes no further unless asked for. A wrong UDP checksum
is no reason to drop anything. What gives no frame becomes a reason, either of `schemas.nmsg.payloads.FAULTS`
or the name of what it is; no octets raise.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from google.protobuf.message import DecodeError

from nxcast.schemas.codes import OVER_TCP, TCP, UDP
from nxcast.schemas.datagram import DatagramError, parse_datagram
from nxcast.schemas.fields import DNS_MESSAGE_MAX, DNS_MESSAGE_MIN
from nxcast.schemas.frames import Frame, make_frame
from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.units import SECOND_NS, U16_MAX, U64_MAX

__all__ = ["TCP_SEGMENT", "encode_dnsqr", "frame_of_dnsqr"]

TCP_SEGMENT = "tcp_segment"
"""Reason of a TCP record that is not one whole response: libnmsg keeps single segments, not streams."""

Question = tuple[bytes, int, int]
"""qname in wire form, qtype, qclass."""

_TYPE_NAMES: dict[int, str] = {number: name for name, number in nmsg_pb2.DnsQR.Type.items()}
_TCP_TYPE = nmsg_pb2.DnsQR.TCP
_RESPONSE_TYPES = frozenset(
    {
        nmsg_pb2.DnsQR.UDP_QUERY_RESPONSE,
        nmsg_pb2.DnsQR.UDP_UNSOLICITED_RESPONSE,
        nmsg_pb2.DnsQR.UDP_RESPONSE_ONLY,
    }
)

# Start of an IPv4 header without options (RFC 791 section 3.1), and of what follows it in UDP (RFC 768).
_plain_at = struct.Struct("!BxH2xHxB10x2HH").unpack_from
_PLAIN_SIZE = 28  # octets of both headers

_IPV4_VERSION_IHL, _IPV6_VERSION = 0x45, 0x60
_HOP_LIMIT = 64  # of datagrams made here
_LENGTH_MAX = 0xFFFF  # octets, what the length of an IP header can say


def frame_of_dnsqr(octets: bytes, time_ns: int, *, keep_resolver_address: bool = False) -> Frame | str:
    """The frame of a dnsqr, or the reason why there is none.

    The time is that of the response's first datagram, else `time_ns`, the payload's (nanoseconds since the
    epoch). A query that can't be read is left out.
    """
    try:
        dnsqr = nmsg_pb2.DnsQR.FromString(octets)
    except DecodeError:
        return "bad_protobuf"
    kind = dnsqr.type
    try:
        if kind in _RESPONSE_TYPES:
            return _udp_frame(dnsqr, kind, _time_ns(dnsqr, time_ns), keep=keep_resolver_address)
        if kind == _TCP_TYPE:
            keep = keep_resolver_address and not dnsqr.resolver_address_zeroed
            return _tcp_frame(dnsqr.tcp, _time_ns(dnsqr, time_ns), keep=keep)
    except DatagramError as error:
        return error.reason
    return _TYPE_NAMES[kind] if dnsqr.HasField("type") else "unknown_type"


def encode_dnsqr(frame: Frame, question: Question | None = None) -> bytes:
    """The dnsqr of a frame, its datagrams made anew; where the resolver is withheld it is all zeros.

    Of a frame of TCP the query is left out, as a record of TCP has one segment only. Raises ValueError where
    a message is too large for a datagram.
    """
    time_ns, kind, response_ip, response_port, proto, query_ip, query_port, query, response, *_ = frame
    withheld = query_ip is None or len(query_ip) != len(response_ip)
    client = bytes(len(response_ip)) if withheld or query_ip is None else query_ip
    port = query_port or 0
    dnsqr = nmsg_pb2.DnsQR(
        type=kind,  # type: ignore[arg-type]
        query_ip=client,
        response_ip=response_ip,
        proto=proto,
        query_port=port,
        response_port=response_port,
        id=response[0] << 8 | response[1],
        rcode=response[3] & 0x0F,
        response_time_sec=[time_ns // SECOND_NS],
        response_time_nsec=[time_ns % SECOND_NS],
        resolver_address_zeroed=withheld or None,
    )
    if question is not None:
        dnsqr.qname, dnsqr.qtype, dnsqr.qclass = question
    if proto == TCP:
        dnsqr.tcp = _datagram(response_ip, client, TCP, _tcp_segment(response_port, port, response))
    else:
        dnsqr.response_packet.append(_udp_datagram(response_ip, client, response_port, port, response))
        if query is not None:
            dnsqr.query_packet.append(_udp_datagram(client, response_ip, port, response_port, query))
    return dnsqr.SerializeToString()


def _udp_frame(dnsqr: nmsg_pb2.DnsQR, kind: int, time_ns: int, *, keep: bool) -> Frame | str:
    packets = dnsqr.response_packet
    if not packets:
        return "no_response"
    response = _udp_message(packets)
    address, port = dnsqr.response_ip, dnsqr.response_port
    if not DNS_MESSAGE_MIN <= len(response) <= DNS_MESSAGE_MAX:
        return "response_size"
    if len(address) not in (4, 16):
        return "response_address"
    if port > U16_MAX:
        return "response_port"
    if not 0 <= time_ns <= U64_MAX:
        return "response_time"
    query_ip, query_port = _resolver(dnsqr) if keep else (None, None)
    query = _query(dnsqr.query_packet)
    return make_frame(time_ns, kind, address, port, UDP, query_ip, query_port, query, response)


def _tcp_frame(segment: bytes, time_ns: int, *, keep: bool) -> Frame | str:
    """From the segment alone: libnmsg fills in neither addresses nor ports nor times."""
    if not segment:
        return "no_response"
    datagram = parse_datagram([segment])
    data = datagram.payload
    if datagram.proto != TCP:
        return "no_transport"
    # A whole message after its length of two octets (RFC 1035 section 4.2.2), and a response by its QR bit.
    response = data[2:]
    if len(response) < DNS_MESSAGE_MIN or int.from_bytes(data[:2], "big") != len(response):
        return TCP_SEGMENT
    if response[2] < 0x80:
        return TCP_SEGMENT
    if not 0 <= time_ns <= U64_MAX:
        return "response_time"
    query_ip, query_port = (datagram.dst, datagram.dport) if keep else (None, None)
    return make_frame(
        time_ns, OVER_TCP, datagram.src, datagram.sport, TCP, query_ip, query_port, None, response
    )


def _udp_message(packets: Sequence[bytes]) -> bytes:
    """The DNS message in a datagram; raises DatagramError."""
    if len(packets) == 1:
        packet = packets[0]
        if len(packet) >= _PLAIN_SIZE:
            first, total, fragment, proto, _, _, length = _plain_at(packet)
            # Most are: IPv4 without options, no fragment (DF or nothing), UDP, and lengths that agree.
            plain = first == _IPV4_VERSION_IHL and not fragment & 0xBFFF and proto == UDP
            if plain and total == len(packet) == length + 20:
                return packet[_PLAIN_SIZE:]
    datagram = parse_datagram(packets)
    if datagram.proto != UDP:
        raise DatagramError("no_transport")
    return datagram.payload


def _query(packets: Sequence[bytes]) -> bytes | None:
    if not packets:
        return None
    try:
        return _udp_message(packets)
    except DatagramError:
        return None


def _time_ns(dnsqr: nmsg_pb2.DnsQR, default_ns: int) -> int:
    seconds, nanoseconds = dnsqr.response_time_sec, dnsqr.response_time_nsec
    if not seconds:
        return default_ns
    return seconds[0] * SECOND_NS + (nanoseconds[0] if nanoseconds else 0)


def _resolver(dnsqr: nmsg_pb2.DnsQR) -> tuple[bytes | None, int | None]:
    """Address and port of the resolver, where they can be right."""
    address = dnsqr.query_ip
    if dnsqr.resolver_address_zeroed or len(address) not in (4, 16):
        return None, None
    port = dnsqr.query_port
    return address, port if 0 < port <= U16_MAX else None


def _udp_datagram(src: bytes, dst: bytes, sport: int, dport: int, message: bytes) -> bytes:
    length = 8 + len(message)
    if length > _LENGTH_MAX:
        raise ValueError(f"DNS message of {len(message)} octets: too large for UDP")
    header = struct.pack("!3H", sport, dport, length)
    checksum = _checksum(src, dst, UDP, header + b"\0\0" + message)
    return _datagram(src, dst, UDP, header + struct.pack("!H", checksum) + message)


def _tcp_segment(sport: int, dport: int, message: bytes) -> bytes:
    # Data offset 5, flags PSH and ACK (RFC 9293 section 3.1). Its checksum, unlike UDP's, nobody looks at.
    return struct.pack("!2H8xBBH4x", sport, dport, 5 << 4, 0x18, 0xFFFF) + (
        len(message).to_bytes(2, "big") + message
    )


def _datagram(src: bytes, dst: bytes, proto: int, segment: bytes) -> bytes:
    length = len(segment) + (20 if len(src) == 4 else 0)  # IPv6 does not count its header
    if length > _LENGTH_MAX:
        raise ValueError(f"{len(segment)} octets: too large for an IP datagram")
    if len(src) == 16:
        return struct.pack("!B3xHBB", _IPV6_VERSION, length, proto, _HOP_LIMIT) + src + dst + segment
    start = struct.pack("!BxH4xBB", _IPV4_VERSION_IHL, length, _HOP_LIMIT, proto)
    checksum = 0xFFFF - (int.from_bytes(start + src + dst, "big") % 0xFFFF)  # as in `_checksum`
    return start + struct.pack("!H", checksum) + src + dst + segment


def _checksum(src: bytes, dst: bytes, proto: int, segment: bytes) -> int:
    """Internet checksum with the pseudo-header of RFC 768; that of RFC 8200 section 8.1 sums to the same."""
    # A number is congruent to the sum of its 16-bit digits modulo 0xFFFF. Never 0, which in UDP says 'none'.
    summed = src + dst + struct.pack("!2H", proto, len(segment)) + segment + bytes(len(segment) & 1)
    return 0xFFFF - (int.from_bytes(summed, "big") % 0xFFFF)
