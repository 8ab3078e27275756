"""From captured packets to DNS messages: link layer, IP, fragments, UDP, TCP. Pure.

A message is DNS by its port. What gives none is counted by a reason from `REASONS`, once each: a packet that
is no DNS traffic or can't be read, a datagram or stream that could not be put together. Tunnels are looked
into, to a depth of `tunnels.DEPTH_MAX`; a DNS message quoted inside an ICMP error is not traffic.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Collection, Sequence

from nxcast.producers.pcap.capture_files import Captured
from nxcast.producers.pcap.ethertypes import NOT_IP, find_ip
from nxcast.producers.pcap.fragments import Fragments
from nxcast.producers.pcap.links import ETHERNET, LinkTypeError, ip_offset
from nxcast.producers.pcap.tcp_streams import StreamKey, Streams
from nxcast.producers.pcap.traffic import Traffic
from nxcast.producers.pcap.tunnels import DEPTH_MAX, PORTS, PROTOCOLS, inside
from nxcast.schemas import datagram
from nxcast.schemas.codes import TCP, UDP
from nxcast.schemas.datagram import Checksum, DatagramError, Packet, parse_packet, parse_ports

__all__ = ["REASONS", "Dissector", "Message"]

Message = tuple[int, int, bytes, int, bytes, int, bytes, int]
"""A DNS message: time (ns since the epoch), UDP or TCP, source address and port, destination's, octets, and
the identification of its IP packet (RFC 791 section 3.1), 0 where it has none, as over IPv6 and TCP."""

REASONS = {
    **datagram.REASONS,
    "link_type": "frame of a link type that is not understood",
    "not_ip": "frame with neither IPv4 nor IPv6 in it, such as ARP",
    "tunnel": "tunnel that is not looked into, since --no-tunnels says so",
    "tunnel_depth": f"more than {DEPTH_MAX} tunnels in one another",
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
    `packets` counts all, and `traffic` has what else there was.
    """

    def __init__(
        self,
        ports: Collection[int],
        skipped: Counter[str],
        *,
        checksums: bool = False,
        tunnels: bool = True,
        traffic: Traffic | None = None,
    ) -> None:
        self.skipped = skipped
        self.checksums: Counter[Checksum] = Counter()
        self.packets = 0
        self.traffic = traffic or Traffic()
        self._ports = frozenset(ports)
        self._verify = checksums
        self._tunnels = tunnels
        self._fragments = Fragments(self.skipped)
        self._streams = Streams(self.skipped)

    def take(self, captured: Captured) -> Sequence[Message]:
        """The messages that a packet completes, most often one."""
        time_ns, link_type, octets, _ = captured
        self.packets += 1
        # What nearly all packets are: Ethernet without tags, IPv4 without options, UDP in one piece.
        if link_type == ETHERNET and len(octets) >= _HEADERS and octets[12:15] == b"\x08\x00\x45":
            total, ident, fragment, proto, src, dst, sport, dport, length = _ipv4_udp_at(octets, 14)
            if proto == UDP and not fragment & 0x3FFF and 28 <= 20 + length <= total <= len(octets) - 14:
                if sport in self._ports or dport in self._ports:
                    if not self._verify:
                        return ((time_ns, UDP, src, sport, dst, dport, octets[42 : 34 + length], ident),)
                elif dport not in PORTS and sport not in PORTS:
                    self.traffic.other_port(sport, dport, octets[42 : 34 + length])
                    return self._skip("other_port")
        try:
            ethertype, start = ip_offset(link_type, octets)
        except LinkTypeError:
            self.traffic.link_types[link_type] += 1
            return self._skip("link_type")
        return self._network(time_ns, ethertype, octets, start, 0)

    @property
    def octets_skipped(self) -> int:
        """Octets of TCP streams that were passed over."""
        return self._streams.octets_skipped

    def finish(self) -> Sequence[Message]:
        """No more packets will come: the messages behind holes in streams; counts what is incomplete."""
        self._fragments.finish()
        return [_over_tcp(*found) for found in self._streams.finish()]

    def _skip(self, reason: str) -> Sequence[Message]:
        self.skipped[reason] += 1
        return ()

    def _network(
        self, time_ns: int, ethertype: int, octets: bytes, start: int, depth: int
    ) -> Sequence[Message]:
        """From IP on, inside so many tunnels."""
        if start == NOT_IP:
            self.traffic.ethertypes[ethertype] += 1
            return self._skip("not_ip")
        try:
            packet: Packet | None = parse_packet(octets[start:])
            if packet is not None and packet.is_fragment:
                packet = self._fragments.take(time_ns, packet)
            return () if packet is None else self._transport(time_ns, packet, depth)
        except DatagramError as error:
            return self._skip(error.reason)

    def _transport(self, time_ns: int, packet: Packet, depth: int) -> Sequence[Message]:
        """From a whole packet on; raises DatagramError."""
        if packet.proto in PROTOCOLS:
            return self._tunnel(time_ns, packet.proto, 0, packet.payload, depth)
        try:
            sport, dport, payload = parse_ports(packet)
        except DatagramError:
            self.traffic.protocols[packet.proto] += 1
            raise
        if sport not in self._ports and dport not in self._ports:
            if packet.proto == UDP:
                for port in (dport, sport):
                    if port in PORTS:
                        return self._tunnel(time_ns, UDP, port, payload, depth)
                self.traffic.other_port(sport, dport, payload)
            return self._skip("other_port")
        src, dst = packet.src, packet.dst
        if packet.proto == UDP:
            if self._verify:
                self.checksums[datagram.udp_checksum(packet)] += 1
            return ((time_ns, UDP, src, sport, dst, dport, payload, packet.identification),)
        (sequence,) = _sequence_at(packet.payload, 4)
        key = src, sport, dst, dport
        found = self._streams.take(time_ns, key, sequence, packet.payload[13], payload)
        return [_over_tcp(*each) for each in found]

    def _tunnel(self, time_ns: int, proto: int, port: int, octets: bytes, depth: int) -> Sequence[Message]:
        if not self._tunnels:
            self.traffic.tunnels[(PORTS[port] if port else PROTOCOLS[proto])[0]] += 1
            return self._skip("tunnel")
        if depth >= DEPTH_MAX:
            return self._skip("tunnel_depth")
        ethertype, position = inside(proto, port, octets)
        if position != NOT_IP:
            ethertype, position = find_ip(ethertype, octets, position)
        return self._network(time_ns, ethertype, octets, position, depth + 1)


def _over_tcp(time_ns: int, key: StreamKey, message: bytes) -> Message:
    return (time_ns, TCP, *key, message, 0)
