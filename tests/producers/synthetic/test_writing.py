"""Files of frames: a dnstap file read back, a pcap file taken apart by hand, and failures in between."""

from __future__ import annotations

import resource
import struct
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.producers.failure import ProducerError
from nxcast.producers.synthetic.dnstap_writing import dnstap_file
from nxcast.producers.synthetic.pcap_writing import pcap_file
from nxcast.producers.synthetic.stream import generate
from nxcast.producers.synthetic.writing import check_output, write_frames
from nxcast.schemas import dnstap
from nxcast.schemas.frames import Frame

SECOND = 1_000_000_000
RESOLVERS = (b"\xc0\0\2\5", b"\x20\x01\x0d\xb8" + bytes(11) + b"\5")
FIN, SYN, PSH, ACK = 1, 2, 8, 16


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    found = [response.frame for response in islice(generate("sie", 5), 3000)]
    assert {(frame[1], len(frame[2])) for frame in found} == {(1, 4), (1, 16), (4, 4), (4, 16)}
    return found


def test_writes_dnstap_that_reads_back_the_same(frames: list[Frame]) -> None:
    """Every field of each frame; the resolver's address, the same throughout, only on demand."""
    reader = Reader()
    payloads = reader.receive_data(b"".join(dnstap_file(frames)))
    reader.receive_eof()
    assert reader.finished
    assert [dnstap.frame_of(payload, 0) for payload in payloads] == frames
    kept = [dnstap.frame_of(payload, 0, keep_resolver_address=True) for payload in payloads]
    assert {frame[5] for frame in kept if not isinstance(frame, str)} == set(RESOLVERS)


class Segment(NamedTuple):
    """A packet whose checksums were right; `data` is what UDP or TCP carries."""

    time_ns: int
    source: tuple[bytes, int]
    target: tuple[bytes, int]
    proto: int
    data: bytes
    flags: int = 0
    sequence: int = 0
    acknowledged: int = 0


def ones_complement_sum(octets: bytes) -> int:
    """RFC 1071, word by word; 0xFFFF where the checksum among them is right."""
    total = 0
    for at in range(0, len(octets), 2):
        total += int.from_bytes(octets[at : at + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    return total


def segments(capture: bytes) -> Iterator[Segment]:
    magic, major, minor, _, _, snap_length, link_type = struct.unpack_from("<IHHiIII", capture)
    assert (magic, major, minor, link_type) == (0xA1B23C4D, 2, 4, 1)
    at = 24
    while at < len(capture):
        seconds, nanoseconds, included, original = struct.unpack_from("<4I", capture, at)
        assert included == original <= snap_length
        assert nanoseconds < SECOND
        yield segment(seconds * SECOND + nanoseconds, capture[at + 16 : at + 16 + included])
        at += 16 + included
    assert at == len(capture)


def segment(time_ns: int, packet: bytes) -> Segment:
    ether_type = packet[12:14]
    body = packet[14:]
    if ether_type == b"\x08\0":
        assert body[0] == 0x45
        assert int.from_bytes(body[2:4], "big") == len(body)
        assert ones_complement_sum(body[:20]) == 0xFFFF
        proto, source, target, payload = body[9], body[12:16], body[16:20], body[20:]
    else:
        assert (ether_type, body[0]) == (b"\x86\xdd", 0x60)
        assert int.from_bytes(body[4:6], "big") == len(body) - 40
        proto, source, target, payload = body[6], body[8:24], body[24:40], body[40:]
    pseudo_header = source + target + struct.pack("!IxxxB", len(payload), proto)
    assert ones_complement_sum(pseudo_header + payload) == 0xFFFF
    source_port, target_port = struct.unpack_from("!2H", payload)
    ends = (source, source_port), (target, target_port)
    if proto == 17:
        length, checksum = struct.unpack_from("!2H", payload, 4)
        assert length == len(payload)
        assert checksum != 0
        return Segment(time_ns, *ends, proto, payload[8:])
    sequence, acknowledged, words, flags = struct.unpack_from("!IIBB", payload, 4)
    return Segment(time_ns, *ends, proto, payload[(words >> 4) * 4 :], flags, sequence, acknowledged)


def test_writes_pcap_with_every_exchange(frames: list[Frame]) -> None:
    """Packets in the order of their times; each frame's query and response between the same two ends."""
    found = list(segments(b"".join(pcap_file(frames))))
    times = [segment.time_ns for segment in found]
    assert times == sorted(times)
    conversations: dict[frozenset[tuple[bytes, int]], list[Segment]] = defaultdict(list)
    for one in found:
        conversations[frozenset((one.source, one.target))].append(one)
    assert len(conversations) == len(frames)
    read = [frame_of_tcp(one) if one[0].proto == 6 else frame_of_udp(one) for one in conversations.values()]
    assert sorted(read) == sorted((frame[0], *frame[1:3], frame[7], frame[8]) for frame in frames)


Read = tuple[int, int, bytes, bytes | None, bytes]


def frame_of_udp(conversation: list[Segment]) -> Read:
    query, response = conversation
    assert query.source[0] in RESOLVERS
    assert query.target[1] == 53
    assert (query.source, query.target) == (response.target, response.source)
    assert 2_000_000 <= response.time_ns - query.time_ns <= 48_000_000
    return response.time_ns, 1, response.source[0], query.data, response.data


def frame_of_tcp(conversation: list[Segment]) -> Read:
    """A connection with each octet numbered and acknowledged, from SYN to the last ACK."""
    resolver, server = conversation[0].source, conversation[0].target
    flags = [one.flags for one in conversation]
    assert flags[:4] == [SYN, SYN | ACK, ACK, PSH | ACK]
    assert set(flags[4:-3]) == {PSH | ACK}
    assert flags[-3:] == [FIN | ACK, FIN | ACK, ACK]
    next_octet: dict[tuple[bytes, int], int] = {}
    sent = {resolver: b"", server: b""}
    for one in conversation:
        assert one.sequence == next_octet.get(one.source, one.sequence)
        if one.flags & ACK:
            assert one.acknowledged == next_octet[one.target]
        sent[one.source] += one.data
        syn_fin = bool(one.flags & SYN) + bool(one.flags & FIN)
        next_octet[one.source] = (one.sequence + len(one.data) + syn_fin) % 2**32
    for stream in sent.values():
        assert int.from_bytes(stream[:2], "big") == len(stream) - 2
    time_ns = max(one.time_ns for one in conversation if one.source == server and one.data)
    return time_ns, 4, server[0], sent[resolver][2:], sent[server][2:]


def test_cuts_a_long_response_over_tcp() -> None:
    """A response of 65,535 octets is a connection with many segments, over UDP one of 65,507 a packet."""
    response = bytes(range(256)) * 256
    long = (SECOND, 4, b"\xc0\0\2\x40", 53, 6, None, None, b"query", response[:65_535])
    found = list(segments(b"".join(pcap_file([long]))))  # type: ignore[list-item]
    assert frame_of_tcp(found) == (SECOND, 4, b"\xc0\0\2\x40", b"query", response[:65_535])
    assert max(len(one.data) for one in found) == 1440
    wide = (SECOND, 1, bytes(16), 53, 17, None, None, None, response[:65_507])
    (one,) = segments(b"".join(pcap_file([wide])))  # type: ignore[list-item]
    assert one.data == response[:65_507]


def test_is_there_whole_or_not_at_all(tmp_path: Path, frames: list[Frame]) -> None:
    """What fails in the middle leaves neither the file nor a temporary one, and an old file as it was."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(b"old")

    def broken() -> Iterator[Frame]:
        yield from frames
        assert [found.read_bytes() for found in tmp_path.glob("capture.pcap")] == [b"old"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_frames(path, broken())
    assert [found.name for found in tmp_path.iterdir()] == ["capture.pcap"]
    assert path.read_bytes() == b"old"
    assert write_frames(path, frames) == path.stat().st_size > 3
    assert len(list(tmp_path.iterdir())) == 1


def test_says_that_there_is_no_room(tmp_path: Path, frames: list[Frame]) -> None:
    """One line, and nothing is left behind."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(ProducerError, match=r"capture\.dnstap: file too large$"):
            write_frames(tmp_path / "capture.dnstap", frames)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


def test_names_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    """Before anything is made: the kind, the folder."""
    (tmp_path / "folder.pcap").mkdir()
    for name, text in (
        ("a.txt", "unknown kind of file; let its name end in .pcap or .dnstap"),
        ("folder.pcap", "is a directory; name a file in it"),
        ("absent/a.pcap", f"no such directory; make {tmp_path}/absent first"),
    ):
        with pytest.raises(ProducerError) as caught:
            check_output(tmp_path / name)
        assert str(caught.value) == f"{tmp_path}/{name}: {text}"
    check_output(tmp_path / "A.PCAP")
