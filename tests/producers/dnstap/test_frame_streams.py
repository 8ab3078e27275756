"""frame_streams: both modes, every breach of the format with its text, and no dependence on the pieces."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcast.producers.dnstap.frame_streams import CONTENT_TYPE, CONTROL_FRAME_MAX, DATA_FRAME_MAX, Reader

# Annotated by hand, not made by code: the START frame of a dnstap file.
START = bytes.fromhex(
    "00000000"  # escape: a control frame
    "00000022"  # its length, 34
    "00000002"  # START
    "00000001"  # field: content type
    "00000016"  # its length, 22
) + (b"protobuf:dnstap.Dnstap")
STOP = bytes.fromhex("00000000 00000004 00000003")
READY = START[:8] + bytes.fromhex("00000004") + START[12:]
ACCEPT = START[:8] + bytes.fromhex("00000001") + START[12:]
FINISH = bytes.fromhex("00000000 00000004 00000005")
ONE = bytes.fromhex("00000003") + b"one"


def read(octets: bytes, size: int | None = None) -> tuple[list[bytes], str | None, bytes]:
    """Payloads, the error's text and the answers, of a stream fed in pieces of `size` octets."""
    reader = Reader()
    payloads: list[bytes] = []
    answers = b""
    for at in range(0, len(octets), size or len(octets) or 1):
        payloads += reader.receive_data(octets[at : at + (size or len(octets))])
        answers += reader.data_to_send()
    reader.receive_eof()
    assert reader.finished == (reader.error is None)
    return payloads, None if reader.error is None else str(reader.error), answers


GOOD = [
    ("one way", START + ONE + ONE + STOP, [b"one", b"one"], b""),
    ("no data", START + STOP, [], b""),
    ("two-way", READY + START + ONE + STOP, [b"one"], ACCEPT + FINISH),
    ("START without a content type", bytes.fromhex("00000000 00000004 00000002") + ONE + STOP, [b"one"], b""),
    (
        "READY with several content types",
        bytes.fromhex("00000000 0000002f 00000004 00000001 00000005") + b"other" + READY[12:] + START + STOP,
        [],
        ACCEPT + FINISH,
    ),
    (
        "largest frame",
        START + struct.pack("!I", DATA_FRAME_MAX) + bytes(DATA_FRAME_MAX) + STOP,
        [bytes(DATA_FRAME_MAX)],
        b"",
    ),
]


@pytest.mark.parametrize(
    ("octets", "payloads", "answers"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD]
)
@pytest.mark.parametrize("size", [None, 1, 7])
def test_reads_good_streams(octets: bytes, payloads: list[bytes], answers: bytes, size: int | None) -> None:
    """Payloads come out whole and the answers are given, in whatever pieces the stream comes."""
    assert read(octets, size) == (payloads, None, answers)


NOT_FRAME_STREAMS = "not Frame Streams: no START frame"
BAD = [
    ("empty", b"", 0, NOT_FRAME_STREAMS),
    ("text", b"hello, world", 0, NOT_FRAME_STREAMS),
    ("zeros", bytes(64), 0, NOT_FRAME_STREAMS),
    ("only half of START", START[:20], 0, NOT_FRAME_STREAMS),
    ("STOP first", STOP, 0, NOT_FRAME_STREAMS),
    ("data after READY", READY + ONE, 0, "no START frame at octet 42"),
    ("cut in a payload", START + ONE + ONE[:5], 1, "cut in the middle of a frame at octet 54"),
    ("cut in a length", START + ONE + ONE[:2], 1, "cut in the middle of a frame at octet 51"),
    ("no STOP", START + ONE, 1, "ends without a STOP frame at octet 49"),
    ("second START", START + ONE + START, 1, "control frame START out of place at octet 49"),
    (
        "unknown control frame",
        START + ONE + STOP[:8] + bytes.fromhex("00000009"),
        1,
        "control frame 9 out of place at octet 49",
    ),
    ("data after STOP", START + STOP + ONE, 0, "more data after the STOP frame at octet 54"),
    ("an octet after STOP", START + STOP + b"x", 0, "more data after the STOP frame at octet 54"),
    (
        "large frame",
        START + ONE + bytes.fromhex("00040001"),
        1,
        "frame of 262145 octets, over the limit of 262144 octets, at octet 49",
    ),
    (
        "large control frame",
        START + bytes.fromhex("00000000 00000201"),
        0,
        "control frame of 513 octets, over the limit of 512 octets, at octet 42",
    ),
    (
        "control frame without a type",
        START + bytes.fromhex("00000000 00000003"),
        0,
        "control frame without a type at octet 42",
    ),
    (
        "field longer than its frame",
        START + bytes.fromhex("00000000 0000000c 00000003 00000001 00000005"),
        0,
        "control frame with a bad field at octet 42",
    ),
    (
        "other content type",
        bytes.fromhex("00000000 00000010 00000002 00000001 00000004") + b"t\xffst",
        0,
        "content type t\\xffst is not protobuf:dnstap.Dnstap",
    ),
    (
        "content type with a terminal's escapes and a line of its own",
        bytes.fromhex("00000000 00000012 00000002 00000001 00000006") + b"\x1b[2J\n\x7f",
        0,
        "content type \\x1b[2J\\x0a\\x7f is not protobuf:dnstap.Dnstap",
    ),
]


@pytest.mark.parametrize(
    ("octets", "payloads", "text"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
@pytest.mark.parametrize("size", [None, 1])
def test_names_what_is_wrong(octets: bytes, payloads: int, text: str, size: int | None) -> None:
    """The payloads before the bad place come out, then the error says what and where."""
    assert read(octets, size)[:2] == ([b"one"] * payloads, text)


def test_ignores_what_follows_an_error() -> None:
    """A broken stream stays broken."""
    reader = Reader()
    assert reader.receive_data(b"junk") == []
    assert reader.error is not None
    assert reader.error.octet == 0
    assert reader.receive_data(START + ONE + STOP) == []
    assert not reader.finished


def _pieces() -> st.SearchStrategy[bytes]:
    """Octets that are often nearly right."""
    known = st.sampled_from([START, STOP, READY, ONE, bytes(4), struct.pack("!I", CONTROL_FRAME_MAX)])
    return st.lists(st.one_of(known, st.binary(max_size=40)), max_size=12).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(_pieces(), st.data())
def test_pieces_do_not_matter(octets: bytes, data: Any) -> None:
    """Random octets raise nothing, and random pieces, single octets and the whole give the same."""
    whole = read(octets)
    assert read(octets, 1) == whole
    assert read(octets, data.draw(st.integers(1, 50))) == whole


def test_content_type_is_the_public_one() -> None:
    """The name under which resolvers offer dnstap."""
    assert CONTENT_TYPE == b"protobuf:dnstap.Dnstap"
