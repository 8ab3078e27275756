"""Capture files, pcap and pcapng, as a state machine that does no I/O.

A pcap file is a header and a run of packets, each with a header of 16 octets, in the byte order of who wrote
it, its times in micro- or nanoseconds. A pcapng file is a run of blocks: sections, interfaces with a link
type and a unit of time each, packets, and others that are stepped over.

A file header between packets begins another file: captures are often put together with cat.

Rule 1: whatever octets come, in whatever pieces, nothing raises; a breach of the format is kept in `error`,
after all the packets before it have been handed out, and everything after it is ignored.
Rule 2: each octet is copied a bounded number of times, however small the pieces, and nothing seeks: a pipe
will do.
Rule 3: times are integers, nanoseconds, exact.

The formats: draft-ietf-opsawg-pcap-04 and draft-ietf-opsawg-pcapng-02.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from nxcast.schemas.units import SECOND_NS, U64_MAX

__all__ = ["BLOCK_MAX", "INTERFACES_MAX", "PACKET_MAX", "CaptureError", "Captured", "Reader"]

PACKET_MAX = 256 << 10  # octets a packet, libpcap's MAXIMUM_SNAPLEN
BLOCK_MAX = 16 << 20  # octets a pcapng block, as in libpcap; the longest are lists of names
INTERFACES_MAX = 4096  # a pcapng section; what a switch has, and a bound on memory

Captured = tuple[int, int, bytes, int]
"""A captured packet: time (ns since the epoch), link type, octets, and how many there were on the wire."""

_PCAP = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}  # magic number: nanoseconds a unit of time
_PCAP_BEGINNINGS = frozenset(struct.pack(f"{order}IHH", magic, 2, 4) for order in "<>" for magic in _PCAP)
_PCAP_SIZE, _PACKET_SIZE = 24, 16  # octets of the headers
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6  # block types
_BYTE_ORDER = 0x1A2B3C4D
_BYTE_ORDERS = frozenset({_BYTE_ORDER, 0x4D3C2B1A})  # as ours or the other order reads it
_BLOCK_EXTRA = 12  # octets: type, length, and the length again at the end
_END_OF_OPTIONS, _TIME_RESOLUTION, _TIME_OFFSET = 0, 9, 14  # options of an interface
_MAGIC_SIZE = 8  # octets that tell what a file is, at most
# What people take for a capture: how it begins, and what it is.
_OTHERS = (
    (b"PK\3\4", "a zip archive; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"),
    (b"\x1f\x9d", "compressed by compress; unpack it with uncompress"),
    (b"LZIP", "compressed by lzip; unpack it with lzip -d"),
    (b"\x89LZO", "compressed by lzop; unpack it with lzop -d"),
    (b"snoop\0\0\0", "a capture of snoop; turn it into pcap with editcap -F pcap"),
    (b"GMBU", "a capture of Network Monitor; turn it into pcap with editcap -F pcap"),
    (b"NMSG", "an NMSG file: nxcast-produce nmsg"),
    (b"\0\0\0\0\0\0\0", "a dnstap file, as it seems: nxcast-produce dnstap"),
)


class CaptureError(Exception):
    """What a file has wrong; `octet` is the offset in it at which it shows."""

    def __init__(self, text: str, octet: int) -> None:
        super().__init__(text)
        self.octet = octet


class _Interface(NamedTuple):
    link_type: int
    snap_length: int  # octets, 0 for no limit
    units: int  # of time, a second
    offset_ns: int


class Reader:
    """The reading end of one file. `error` is None until the format is broken."""

    def __init__(self) -> None:
        self.error: CaptureError | None = None
        self._pending = bytearray()  # octets received and not yet taken apart
        self._needed = _MAGIC_SIZE  # octets of `_pending` without which nothing more can be taken
        self._offset = 0  # of the first octet of `_pending`, in the file
        self._take: Callable[[bytes, int, list[Captured]], int] = self._opening
        self._order = "<"
        self._packet_at = struct.Struct("<4I").unpack_from
        self._link_type = 0
        self._unit_ns = 1000
        self._interfaces: list[_Interface] = []
        self._time_ns = 0  # of the last packet

    def receive_data(self, data: bytes) -> list[Captured]:
        """Take octets as they came; return the packets that they complete."""
        packets: list[Captured] = []
        if self.error is None:
            self._pending += data
            if len(self._pending) >= self._needed:
                octets = bytes(self._pending)
                self._pending.clear()
                try:
                    taken = self._take_all(octets, packets)
                except CaptureError as error:
                    self.error = error
                else:
                    self._pending += memoryview(octets)[taken:]
                    self._offset += taken
        return packets

    def receive_eof(self) -> None:
        """The file has ended: sets `error` unless it ends between packets."""
        end = self._offset + len(self._pending)
        if self.error is not None:
            return
        if self._take == self._opening and not self._offset:
            self.error = _not_a_capture(end, bytes(self._pending))
        elif self._pending:
            self.error = CaptureError(f"cut in the middle of a packet, at octet {end}", end)

    def _take_all(self, octets: bytes, packets: list[Captured]) -> int:
        """The octets taken, of one file and those behind it."""
        position = 0
        while True:
            take = self._take
            position = take(octets, position, packets)
            if take == self._take:
                return position

    def _opening(self, octets: bytes, position: int, _packets: list[Captured]) -> int:
        """The beginning of a file: its header, if it is a pcap file."""
        self._needed = _MAGIC_SIZE
        if len(octets) - position < self._needed:
            return position
        for order in "<>":
            (magic,) = struct.unpack_from(f"{order}I", octets, position)
            if magic in _PCAP:
                self._order, self._unit_ns = order, _PCAP[magic]
                return self._pcap_header(octets, position)
        if magic != _SECTION:  # which reads the same in both orders
            raise _not_a_capture(self._offset + position, octets[position:])
        self._take = self._blocks
        return position

    def _pcap_header(self, octets: bytes, position: int) -> int:
        self._needed = _PCAP_SIZE
        if len(octets) - position < self._needed:
            return position
        major, network = struct.unpack_from(f"{self._order}H14xI", octets, position + 4)
        if major != 2:
            raise CaptureError(f"pcap version {major}, which nothing is known about", 4)
        self._link_type = network & 0xFFFF  # above it: the length of the frame check sequence
        self._packet_at = struct.Struct(f"{self._order}4I").unpack_from
        self._take = self._packets
        return position + _PCAP_SIZE

    def _packets(self, octets: bytes, position: int, packets: list[Captured]) -> int:
        """Packets of a pcap file; the offset of what follows them."""
        size = len(octets)
        packet_at, link_type, unit_ns, add = self._packet_at, self._link_type, self._unit_ns, packets.append
        start = position + _PACKET_SIZE
        while start <= size:
            seconds, units, captured, length = packet_at(octets, position)
            end = start + captured
            if not length and not captured and _begins_pcap(octets, position):
                self._take = self._opening
                return position
            if end > size:
                if captured > PACKET_MAX:
                    if seconds == _SECTION and captured in _BYTE_ORDERS:
                        self._take = self._opening
                        return position
                    raise self._damaged(captured, position)
                self._needed = end - position
                return position
            add((seconds * SECOND_NS + units * unit_ns, link_type, octets[start:end], length))
            position, start = end, end + _PACKET_SIZE
        self._needed = _PACKET_SIZE
        return position

    def _blocks(self, octets: bytes, position: int, packets: list[Captured]) -> int:
        """Blocks of a pcapng file; the offset of what follows them."""
        size = len(octets)
        while position + _BLOCK_EXTRA <= size:
            kind, length = struct.unpack_from(f"{self._order}2I", octets, position)
            if kind == _SECTION:
                length = self._section(octets, position)
            elif _begins_pcap(octets, position):
                self._take = self._opening
                return position
            if length < _BLOCK_EXTRA or length % 4 or length > BLOCK_MAX:
                raise CaptureError(
                    f"block of {length} octets, which can't be, at octet {self._offset + position}",
                    self._offset + position,
                )
            end = position + length
            if end > size:
                self._needed = length
                return position
            self._block(kind, octets[position + 8 : end - 4], packets, position)
            position = end
        self._needed = _BLOCK_EXTRA
        return position

    def _section(self, octets: bytes, position: int) -> int:
        """Length of the section header at `position`, and what it says about the byte order."""
        for order in "<>":
            length, magic = struct.unpack_from(f"{order}2I", octets, position + 4)
            if magic == _BYTE_ORDER:
                self._order = order
                self._interfaces = []
                return int(length)
        raise CaptureError(
            f"section of no byte order at octet {self._offset + position}", self._offset + position
        )

    def _block(self, kind: int, body: bytes, packets: list[Captured], position: int) -> None:
        try:
            if kind == _PACKET:
                which, high, low, captured, length = struct.unpack_from(f"{self._order}5I", body)
            elif kind == _OLD_PACKET:
                which, high, low, captured, length = struct.unpack_from(f"{self._order}H2x4I", body)
            elif kind == _SIMPLE_PACKET:
                self._simple_packet(body, packets)
                return
            else:
                if kind == _INTERFACE:
                    self._interface(body)
                return
            interface = self._interfaces[which]
        except (struct.error, IndexError):
            raise CaptureError(
                f"block that contradicts itself at octet {self._offset + position}", self._offset + position
            ) from None
        if captured > len(body) - 20:
            raise self._damaged(captured, position)
        time_ns = (high << 32 | low) * SECOND_NS // interface.units + interface.offset_ns
        self._time_ns = time_ns = min(max(time_ns, 0), U64_MAX)
        packets.append((time_ns, interface.link_type, body[20 : 20 + captured], length))

    def _simple_packet(self, body: bytes, packets: list[Captured]) -> None:
        """A packet without a time: it gets that of the one before it."""
        (length,) = struct.unpack_from(f"{self._order}I", body)
        interface = self._interfaces[0]
        captured = min(length, interface.snap_length or length, len(body) - 4)
        packets.append((self._time_ns, interface.link_type, body[4 : 4 + captured], length))

    def _interface(self, body: bytes) -> None:
        link_type, snap_length = struct.unpack_from(f"{self._order}H2xI", body)
        units, offset_ns = 1_000_000, 0  # microseconds unless said otherwise
        position = 8
        while position + 4 <= len(body):
            code, size = struct.unpack_from(f"{self._order}2H", body, position)
            value = body[position + 4 : position + 4 + size]
            if code == _END_OF_OPTIONS:
                break
            if code == _TIME_RESOLUTION and value:
                units = (2 if value[0] & 0x80 else 10) ** (value[0] & 0x7F)
            elif code == _TIME_OFFSET:
                offset_ns = struct.unpack_from(f"{self._order}q", value)[0] * SECOND_NS
            position += 4 + (size + 3 & ~3)
        if len(self._interfaces) >= INTERFACES_MAX:
            raise CaptureError(f"over {INTERFACES_MAX} interfaces", self._offset)
        self._interfaces.append(_Interface(link_type, snap_length, units, offset_ns))

    def _damaged(self, captured: int, position: int) -> CaptureError:
        octet = self._offset + position
        return CaptureError(
            f"damaged: a packet of {captured} octets, which can't be, at octet {octet}", octet
        )


def _begins_pcap(octets: bytes, position: int) -> bool:
    """Whether the magic number of a pcap file is here, in either order, and version 2.4."""
    return octets[position : position + 8] in _PCAP_BEGINNINGS


def _not_a_capture(octet: int, octets: bytes) -> CaptureError:
    for beginning, what in _OTHERS:
        if octets.startswith(beginning):
            return CaptureError(f"not a capture file but {what}", octet)
    return CaptureError("not a capture file, neither pcap nor pcapng", octet)
