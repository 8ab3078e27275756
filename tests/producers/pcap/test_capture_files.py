"""Capture files: both formats, both byte orders, in one piece and in many."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap.capture_files import Captured, Reader
from tests.packets import ETHERNET, RAW, TIME_NS, block, enhanced, interface, pcap, section

SECOND = TIME_NS // 1_000_000_000
FRAMES = [(TIME_NS, b"first"), (TIME_NS + 1000, b""), (TIME_NS + 2000, b"third packet")]


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}2H", code, len(value)) + value + bytes(-len(value) % 4)


def read(octets: bytes, size: int = 1 << 20) -> tuple[list[Captured], str | None]:
    """Packets and error of a file that comes in pieces of `size`."""
    reader = Reader()
    packets: list[Captured] = []
    for at in range(0, len(octets), size):
        packets += reader.receive_data(octets[at : at + size])
    reader.receive_eof()
    return packets, None if reader.error is None else str(reader.error)


def pcapng(order: str, time_options: bytes = b"", unit_ns: int = 1000) -> bytes:
    file = section(order) + block(4, b"names", order) + interface(RAW, order, time_options)
    for time_ns, octets in FRAMES:
        file += enhanced(octets, time_ns // unit_ns, order=order)
    return file


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_reads_pcap(order: str, nanoseconds: bool, size: int) -> None:
    """Times are exact, whatever the unit."""
    frames = [(time_ns + 789 * nanoseconds, octets) for time_ns, octets in FRAMES]
    expected = [(time_ns, RAW, octets, len(octets) + 9) for time_ns, octets in frames]
    file = pcap(frames, RAW, order=order, nanoseconds=nanoseconds, lengths=9)
    assert read(file, size) == (expected, None)


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
@pytest.mark.parametrize("order", ["<", ">"])
def test_reads_pcapng(order: str, size: int) -> None:
    """Blocks that are not of interest are stepped over."""
    expected = [(time_ns, RAW, octets, len(octets)) for time_ns, octets in FRAMES]
    assert read(pcapng(order), size) == (expected, None)


@pytest.mark.parametrize(
    ("resolution", "ticks", "time_ns"),
    [
        (b"\x09", TIME_NS + 789, TIME_NS + 789),
        (b"\x03", SECOND * 1000 + 5, SECOND * 1_000_000_000 + 5_000_000),
        (b"\x00", SECOND, SECOND * 1_000_000_000),
        (b"\x8a", SECOND * 1024 + 512, SECOND * 1_000_000_000 + 500_000_000),  # 2 to the power of -10
        (b"\x0c", 7_000_000_001_000, 7_000_000_001),  # picoseconds
        (b"\x00", 1 << 63, (1 << 64) - 1),  # over what a frame's time can be
    ],
)
def test_reads_pcapng_times(resolution: bytes, ticks: int, time_ns: int) -> None:
    """In the unit of their interface."""
    file = section() + interface(options=option(9, resolution) + option(0, b"")) + enhanced(b"x", ticks)
    assert read(file) == ([(time_ns, ETHERNET, b"x", 1)], None)


def test_adds_the_offset_of_an_interface() -> None:
    options = option(2, b"eth0") + option(14, struct.pack("<q", -1000))
    file = section() + interface(options=options) + enhanced(b"x", 2_000_000_000)
    assert read(file)[0][0][0] == 1000 * 1_000_000_000


def test_reads_several_interfaces_and_sections() -> None:
    """Each interface has its own link type, each section its own byte order and interfaces."""
    file = section() + interface(ETHERNET) + interface(RAW) + enhanced(b"a", 1, 1) + enhanced(b"b", 2, 0)
    file += section(">") + interface(113, ">") + enhanced(b"c", 3, 0, ">")
    assert read(file) == ([(1000, RAW, b"a", 1), (2000, ETHERNET, b"b", 1), (3000, 113, b"c", 1)], None)


def test_reads_old_and_simple_packet_blocks() -> None:
    """A simple one has no time: it gets that of the packet before."""
    old = block(2, struct.pack("<HH4I", 0, 0, 0, 5, 2, 60) + b"ab")
    simple = block(3, struct.pack("<I", 3) + b"cde")
    assert read(section() + interface() + old + simple) == (
        [(5000, ETHERNET, b"ab", 60), (5000, ETHERNET, b"cde", 3)],
        None,
    )


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_reads_files_one_behind_another(size: int) -> None:
    """Of either format, byte order and unit of time, as cat puts them together, each with its link type."""
    expected = [(time_ns, RAW, octets, len(octets)) for time_ns, octets in FRAMES]
    one = pcap(FRAMES, RAW)
    others = [pcap(FRAMES, RAW, order=order, nanoseconds=unit) for order in "<>" for unit in (False, True)]
    for file in (*others, pcapng("<"), pcapng(">")):
        assert read(one + file + one, size) == (expected * 3, None)
        assert read(file + file, size) == (expected * 2, None)
    assert read(pcap([], RAW) * 3 + one, size) == (expected, None)
    found, error = read(one + pcap(FRAMES, ETHERNET), size)
    assert ([packet[1] for packet in found], error) == ([RAW] * 3 + [ETHERNET] * 3, None)


def test_a_packet_of_no_octets_is_no_file() -> None:
    """Nor is one whose time is that of a magic number: the second 0x4D3CB2A1 was in January 2011."""
    for seconds in (0x4D3CB2A1, 0xA1B2C3D4):
        frames = [(seconds * 1_000_000_000 + 5000, b""), (seconds * 1_000_000_000 + 131_076_000, b"x" * 40)]
        assert [packet[0] for packet in read(pcap(frames))[0]] == [time_ns for time_ns, _ in frames]


NOT_A_CAPTURE = "not a capture file, neither pcap nor pcapng"
GOOD = pcap(FRAMES)


@pytest.mark.parametrize(
    ("file", "packets", "error"),
    [
        (b"", 0, NOT_A_CAPTURE),
        (b"\xd4\xc3", 0, NOT_A_CAPTURE),
        (b"GET / HTTP/1.1", 0, NOT_A_CAPTURE),
        (GOOD[:10], 0, NOT_A_CAPTURE),
        (b"PK\3\4 and so on", 0, "not a capture file but a zip archive; unpack it"),
        (
            b"snoop\0\0\0\0\0\0\2",
            0,
            "not a capture file but a capture of snoop; turn it into pcap with editcap",
        ),
        (b"NMSG\1\2", 0, "not a capture file but an NMSG file: nxcast-produce nmsg"),
        (bytes(7) + b"\x22", 0, "not a capture file but a dnstap file, as it seems: nxcast-produce dnstap"),
        (GOOD + pcap(FRAMES)[:20], 3, f"cut in the middle of a packet, at octet {len(GOOD) + 20}"),
        (GOOD[:4] + b"\x03" + GOOD[5:], 0, "pcap version 3, which nothing is known about"),
        (GOOD[:-1], 2, f"cut in the middle of a packet, at octet {len(GOOD) - 1}"),
        (GOOD[:50], 1, "cut in the middle of a packet, at octet 50"),
        (GOOD + struct.pack("<4I", 0, 0, 1 << 20, 0), 3, "damaged: a packet of 1048576 octets"),
        (section()[:20], 0, "cut in the middle of a packet, at octet 20"),
        (section()[:8] + bytes(20), 0, "section of no byte order at octet 0"),
        (section() + enhanced(b"x", 1), 0, "block that contradicts itself at octet 28"),
        (section() + interface() + block(6, b"short"), 0, "block that contradicts itself at octet 48"),
        (section() + struct.pack("<3I", 6, 13, 0), 0, "block of 13 octets, which can't be, at octet 28"),
        (section() + struct.pack("<3I", 6, 8, 0), 0, "block of 8 octets, which can't be, at octet 28"),
        (section() + struct.pack("<3I", 6, 1 << 25, 0), 0, "block of 33554432 octets, which can't be"),
        (
            section() + interface() + block(6, struct.pack("<5I", 0, 0, 1, 9, 9) + b"abcd"),
            0,
            "damaged: a packet of 9 octets, which can't be, at octet 48",
        ),
        (section() + interface() * 4097, 0, "over 4096 interfaces"),
    ],
)
def test_says_what_is_wrong(file: bytes, packets: int, error: str) -> None:
    """After the good packets before it, and what comes later changes nothing."""
    read_packets, said = read(file)
    assert len(read_packets) == packets
    assert said is not None
    assert said.startswith(error)
    assert read(file, 5) == (read_packets, said)


@given(
    st.sampled_from([b"", GOOD[:24], section() + interface()]), st.binary(max_size=200), st.integers(1, 50)
)
def test_random_octets_never_raise(start: bytes, octets: bytes, size: int) -> None:
    """And it makes no difference in which pieces they come."""
    assert read(start + octets, size)[0] == read(start + octets)[0]


@given(st.data())
def test_a_cut_or_changed_file_never_raises(data: st.DataObject) -> None:
    """Only the packets before the change are as they were."""
    file = bytearray(data.draw(st.sampled_from([GOOD, pcapng("<"), pcapng(">")])))
    file[data.draw(st.integers(0, len(file) - 1))] ^= data.draw(st.integers(1, 255))
    read(bytes(file[: data.draw(st.integers(0, len(file)))]))
