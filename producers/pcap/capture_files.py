"""Capture files, pcap and pcapng, as a state machine that does no I/O.

A pcap file is a header and a run of packets, each with a header of 16 octets, in the byte order of who wrote
it, its times in micro- or nanoseconds. A pcapng file is a run of blocks: sections, interfaces with a link
type and a unit of time each, packets, and others that are stepped over.

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
_PCAP_SIZE, _PACKET_SIZE = 24, 16  # octets of the headers
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6  # block types
_BYTE_ORDER = 0x1A2B3C4D
_BLOCK_EXTRA = 12  # octets: type, length, and the length again at the end
_END_OF_OPTIONS, _TIME_RESOLUTION, _TIME_OFFSET = 0, 9, 14  # options of an interface
_GZIP, _ZSTD, _XZ = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ"


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
        self._needed = 4  # octets of `_pending` without which nothing more can be taken
        self._offset = 0  # of the first octet of `_pending`, in the file
        self._take: Callable[[bytes, list[Captured]], int] = self._opening
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
                    taken = self._take(octets, packets)
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
        if self._take == self._opening:
            self.error = _not_a_capture(end)
        elif self._pending:
            self.error = CaptureError(f"cut in the middle of a packet, at octet {end}", end)

    def _opening(self, octets: bytes, packets: list[Captured]) -> int:
        for order in "<>":
            (magic,) = struct.unpack_from(f"{order}I", octets)
            if magic in _PCAP:
                self._order, self._unit_ns = order, _PCAP[magic]
                return self._pcap_header(octets, packets)
        if magic != _SECTION:  # which reads the same in both orders
            raise _not_a_capture(0, octets)
        self._take = self._blocks
        return self._blocks(octets, packets)

    def _pcap_header(self, octets: bytes, packets: list[Captured]) -> int:
        if len(octets) < _PCAP_SIZE:
            self._needed = _PCAP_SIZE
            return 0
        major, network = struct.unpack_from(f"{self._order}H14xI", octets, 4)
        if major != 2:
            raise CaptureError(f"pcap version {major}, which nothing is known about", 4)
        self._link_type = network & 0xFFFF  # above it: the length of the frame check sequence
        self._packet_at = struct.Struct(f"{self._order}4I").unpack_from
        self._take = self._packets
        return self._packets(octets, packets, _PCAP_SIZE)

    def _packets(self, octets: bytes, packets: list[Captured], position: int = 0) -> int:
        """Packets of a pcap file; the octets taken."""
        size = len(octets)
        packet_at, link_type, unit_ns, add = self._packet_at, self._link_type, self._unit_ns, packets.append
        start = position + _PACKET_SIZE
        while start <= size:
            seconds, units, captured, length = packet_at(octets, position)
            end = start + captured
            if end > size:
                if captured > PACKET_MAX:
                    raise self._damaged(captured, position)
                self._needed = end - position
                return position
            add((seconds * SECOND_NS + units * unit_ns, link_type, octets[start:end], length))
            position, start = end, end + _PACKET_SIZE
        self._needed = _PACKET_SIZE
        return position

    def _blocks(self, octets: bytes, packets: list[Captured]) -> int:
        """Blocks of a pcapng file; the octets taken."""
        size = len(octets)
        position = 0
        while position + _BLOCK_EXTRA <= size:
            kind, length = struct.unpack_from(f"{self._order}2I", octets, position)
            if kind == _SECTION:
                length = self._section(octets, position)
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


def _not_a_capture(octet: int, octets: bytes = b"") -> CaptureError:
    if octets.startswith((_GZIP, _ZSTD, _XZ)):
        return CaptureError("compressed; unpack it and pass it on by a pipe, with - as the file", octet)
    return CaptureError("not a capture file, neither pcap nor pcapng", octet)
