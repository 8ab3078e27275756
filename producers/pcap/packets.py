"""From captured packets to DNS messages: link layer, IP, fragments, UDP, TCP. Pure.

A message is DNS by its port. What gives none is counted by a reason from `REASONS`, once each: a packet that
is no DNS traffic or can't be read, a datagram or stream that could not be put together. A DNS message quoted
inside an ICMP error is not traffic, and neither are the insides of tunnels.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Collection, Sequence

from nxcast.producers.pcap.capture_files import Captured
from nxcast.producers.pcap.fragments import Fragments
from nxcast.producers.pcap.links import ETHERNET, NOT_IP, ip_offset
from nxcast.producers.pcap.tcp_streams import StreamKey, Streams
from nxcast.schemas import datagram
from nxcast.schemas.codes import TCP, UDP
from nxcast.schemas.datagram import Checksum, DatagramError, Packet, parse_packet, parse_ports

__all__ = ["REASONS", "Dissector", "Message"]

Message = tuple[int, int, bytes, int, bytes, int, bytes, int]
"""A DNS message: time (ns since the epoch), UDP or TCP, source address and port, destination's, octets, and
the identification of its IP packet (RFC 791 section 3.1), 0 where it has none, as over IPv6 and TCP."""

REASONS = {
    **datagram.REASONS,
    "not_ip": "frame with neither IPv4 nor IPv6 in it, such as ARP",
    "other_port": "UDP or TCP between other ports",
    "stream_start": "TCP stream whose opening was missed, and that does not begin with a message",
    "stream_hole": "hole in a TCP stream; it goes on at the next message",
    "stream_cut": "TCP stream that ends in the middle of a message",
    "stream_unreadable": "TCP stream with a length under 12 octets; it goes on at the next message",
}
"""Why packets, datagrams and streams give no message; complete."""

# An IPv4 header of 20 octets and a UDP header: total length, identification, flags and offset, protocol,
# addresses, ports, UDP length.
_ipv4_udp_at = struct.Struct("!2x3HxB2x4s4s3H").unpack_from
_HEADERS = 14 + 20 + 8  # octets of Ethernet, IPv4, UDP
_sequence_at = struct.Struct("!I").unpack_from


class Dissector:
    """Takes packets in the order of their capture and gives back messages.

    `skipped` counts what gave none, by reason. `checksums`, if they are wanted, counts what those of UDP say.
    `packets` counts all.
    """

    def __init__(self, ports: Collection[int], skipped: Counter[str], *, checksums: bool = False) -> None:
        self.skipped = skipped
        self.checksums: Counter[Checksum] = Counter()
        self.packets = 0
        self._ports = frozenset(ports)
        self._verify = checksums
        self._fragments = Fragments(self.skipped)
        self._streams = Streams(self.skipped)

    def take(self, captured: Captured) -> Sequence[Message]:
        """The messages that a packet completes, most often one; raises LinkTypeError."""
        time_ns, link_type, octets, _ = captured
        self.packets += 1
        # What nearly all packets are: Ethernet without tags, IPv4 without options, UDP in one piece.
        if link_type == ETHERNET and len(octets) >= _HEADERS and octets[12:15] == b"\x08\x00\x45":
            total, ident, fragment, proto, src, dst, sport, dport, length = _ipv4_udp_at(octets, 14)
            if proto == UDP and not fragment & 0x3FFF and 28 <= 20 + length <= total <= len(octets) - 14:
                if sport not in self._ports and dport not in self._ports:
                    self.skipped["other_port"] += 1
                    return ()
                if not self._verify:
                    return ((time_ns, UDP, src, sport, dst, dport, octets[42 : 34 + length], ident),)
        return self._any(time_ns, link_type, octets)

    @property
    def octets_skipped(self) -> int:
        """Octets of TCP streams that were passed over."""
        return self._streams.octets_skipped

    def finish(self) -> Sequence[Message]:
        """No more packets will come: the messages behind holes in streams; counts what is incomplete."""
        self._fragments.finish()
        return [_over_tcp(*found) for found in self._streams.finish()]

    def _any(self, time_ns: int, link_type: int, octets: bytes) -> Sequence[Message]:
        start = ip_offset(link_type, octets)
        if start == NOT_IP:
            self.skipped["not_ip"] += 1
            return ()
        try:
            packet: Packet | None = parse_packet(octets[start:])
            if packet is not None and packet.is_fragment:
                packet = self._fragments.take(time_ns, packet)
            return () if packet is None else self._whole(time_ns, packet)
        except DatagramError as error:
            self.skipped[error.reason] += 1
            return ()

    def _whole(self, time_ns: int, packet: Packet) -> Sequence[Message]:
        sport, dport, payload = parse_ports(packet)
        if sport not in self._ports and dport not in self._ports:
            self.skipped["other_port"] += 1
            return ()
        src, dst = packet.src, packet.dst
        if packet.proto == UDP:
            if self._verify:
                self.checksums[datagram.udp_checksum(packet)] += 1
            return ((time_ns, UDP, src, sport, dst, dport, payload, packet.identification),)
        (sequence,) = _sequence_at(packet.payload, 4)
        key = src, sport, dst, dport
        found = self._streams.take(time_ns, key, sequence, packet.payload[13], payload)
        return [_over_tcp(*each) for each in found]


def _over_tcp(time_ns: int, key: StreamKey, message: bytes) -> Message:
    return (time_ns, TCP, *key, message, 0)
