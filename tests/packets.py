"""Packets and capture files made by hand, octet for octet."""

from __future__ import annotations

import struct
from collections.abc import Iterable

CLIENT, SERVER = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 53])
CLIENT_6, SERVER_6 = (
    bytes.fromhex("20010db8" + "00" * 11 + "01"),
    bytes.fromhex("20010db8" + "00" * 11 + "53"),
)
TIME_NS = 1_700_000_000_123_456_000
ETHERNET, RAW, NULL, LOOP, COOKED, COOKED_2 = 1, 101, 0, 108, 113, 276
SYN, ACK, FIN = 0x02, 0x10, 0x01


def udp(payload: bytes, sport: int = 4000, dport: int = 53, *, checksum: int = 0) -> bytes:
    return struct.pack("!4H", sport, dport, 8 + len(payload), checksum) + payload


def tcp(
    payload: bytes,
    sport: int = 4000,
    dport: int = 53,
    *,
    sequence: int = 1,
    flags: int = ACK,
    options: bytes = b"",
) -> bytes:
    size = 20 + len(options)
    return struct.pack("!HHIIBBHHH", sport, dport, sequence, 0, size << 2, flags, 0, 0, 0) + options + payload


def ip4(
    payload: bytes,
    src: bytes = CLIENT,
    dst: bytes = SERVER,
    *,
    proto: int = 17,
    options: bytes = b"",
    offset: int = 0,
    more: bool = False,
    identification: int = 7,
    total: int | None = None,
) -> bytes:
    size = 20 + len(options)
    total = size + len(payload) if total is None else total
    flags = more << 13 | offset >> 3
    head = struct.pack("!BBHHHBBH", 0x40 | size >> 2, 0, total, identification, flags, 64, proto, 0)
    return head + src + dst + options + payload


def ip6(
    payload: bytes,
    src: bytes = CLIENT_6,
    dst: bytes = SERVER_6,
    *,
    proto: int = 17,
    length: int | None = None,
) -> bytes:
    length = len(payload) if length is None else length
    return struct.pack("!IHBB", 6 << 28, length, proto, 64) + src + dst + payload


def extension(following: int, size: int = 8) -> bytes:
    """An IPv6 extension header with nothing in it."""
    return bytes([following, size // 8 - 1]) + bytes(size - 2)


def fragment_header(following: int, offset: int, more: bool, identification: int = 9) -> bytes:
    return struct.pack("!BBHI", following, 0, offset | more, identification)


def ethernet(packet: bytes, *tags: int) -> bytes:
    """With a VLAN tag for each EtherType of one in `tags`."""
    ethertype = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
    tagged = b"".join(struct.pack("!HH", tag, 100) for tag in tags)
    return b"\x02" * 12 + tagged + ethertype + packet


def pcap(
    frames: Iterable[tuple[int, bytes]],
    link_type: int = ETHERNET,
    *,
    order: str = "<",
    nanoseconds: bool = False,
    lengths: int = 0,
) -> bytes:
    """A pcap file of (time in nanoseconds, octets); `lengths` is what was cut off each."""
    magic, unit = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    file = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    for time_ns, octets in frames:
        seconds, rest = divmod(time_ns, 1_000_000_000)
        file += struct.pack(f"{order}4I", seconds, rest // unit, len(octets), len(octets) + lengths) + octets
    return file


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A block of pcapng."""
    body += bytes(-len(body) % 4)
    length = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link_type: int = ETHERNET, order: str = "<", options: bytes = b"") -> bytes:
    return block(1, struct.pack(f"{order}HHI", link_type, 0, 0) + options, order)


def enhanced(octets: bytes, ticks: int, which: int = 0, order: str = "<") -> bytes:
    head = struct.pack(f"{order}5I", which, ticks >> 32, ticks & 0xFFFFFFFF, len(octets), len(octets))
    return block(6, head + octets, order)


def frame(ethertype: int, payload: bytes) -> bytes:
    """An Ethernet II frame."""
    return b"\x02" * 12 + ethertype.to_bytes(2, "big") + payload


def ppp(packet: bytes) -> bytes:
    """A PPP packet without address and control, as in PPPoE."""
    return (b"\x00\x21" if packet[0] >> 4 == 4 else b"\x00\x57") + packet


def pppoe(packet: bytes) -> bytes:
    """The payload of EtherType 0x8864."""
    inner = ppp(packet)
    return bytes.fromhex("11000007") + len(inner).to_bytes(2, "big") + inner


def snap(packet: bytes) -> bytes:
    """LLC and SNAP in front of an IP packet."""
    return bytes.fromhex("aaaa03000000") + (b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet


def gre(
    ethertype: int, payload: bytes, *, key: bool = False, number: bool = False, checksum: bool = False
) -> bytes:
    """RFC 2784 with RFC 2890."""
    flags = checksum << 15 | key << 13 | number << 12
    return struct.pack("!HH", flags, ethertype) + bytes(4 * (checksum + key + number)) + payload


def vxlan(inner: bytes) -> bytes:
    return bytes.fromhex("0800000000002a00") + inner


def geneve(ethertype: int, inner: bytes, options: bytes = b"") -> bytes:
    return struct.pack("!BBHI", len(options) >> 2, 0, ethertype, 0x2A00) + options + inner


def gtp_u(inner: bytes, *, extensions: bytes | None = None) -> bytes:
    """A G-PDU; `extensions` begin with their type and end in a type of 0."""
    flags, more = 0x30, b""
    if extensions is not None:
        flags, more = 0x34, bytes(3) + extensions
    return struct.pack("!BBHI", flags, 0xFF, len(inner) + len(more), 7) + more + inner


def nflog(packet: bytes, order: str = "<") -> bytes:
    """A packet of NFLOG with a prefix and the payload, in the byte order of a host."""
    version = 2 if packet[0] >> 4 == 4 else 10
    prefix = struct.pack(f"{order}HH", 4 + 5, 10) + b"dns: " + bytes(3)
    return (
        struct.pack("!BBH", version, 0, 0) + prefix + struct.pack(f"{order}HH", 4 + len(packet), 9) + packet
    )
