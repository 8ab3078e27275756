"""The form of the log's files: a segment is a mark, then blocks one after another. Pure.

A block is length, checksum, octets: whatever part of it is missing or wrong, the whole block is as if it had
never been. So all that has to be there together stands in one: the messages of a commit, and the numbers of
the batches that they came of. The first block of a segment is a STATE, which makes the segments before it
needless; the last of one that was closed is a FOOTER, and behind it stands where it begins. The MARKS before
that are apart from it, since all footers are read at a start.

    segment  MAGIC, blocks of one epoch
    block    u32 octets of the body, u32 CRC-32C of the body, body
    body     u8 kind, u64 number, u64 epoch, u64 time_ns, u64 served_ms, then by kind:
             COMMIT  u8 1 where malformed/ has a part of this commit, else 0; u32 octets of `taken`, taken;
                     messages to the end, each u8 octets of topic, u64 sequence, u32 octets of header, u32 of
                     payload, then these three
             STATE, MARKS, FOOTER  a msgpack map
             END  nothing: the broker of this epoch ended as it should
    trailer  behind a FOOTER: u64 where it begins, MAGIC

All numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import google_crc32c
import msgpack

__all__ = [
    "BLOCK_MAX",
    "COMMIT",
    "END",
    "FOOTER",
    "HEAD",
    "MAGIC",
    "MARKS",
    "STATE",
    "TRAILER",
    "Block",
    "Entry",
    "commit_content",
    "encode",
    "entries",
    "has_malformed",
    "map_content",
    "numbers",
    "read_map",
    "scan",
    "taken",
]

MAGIC = b"NXCLOG\x00\x01"  # the last octet is the version
HEAD = struct.Struct(">II")  # octets of the body, its checksum
TRAILER = struct.Struct(">Q8s")
COMMIT, STATE, END, FOOTER, MARKS = 1, 2, 3, 4, 5
# Octets of a body. The largest commit is what one ingress message of 8 MiB gives, with records of 16 fields
# beside each of its responses; the largest STATE has the numbers of 8,192 producers.
BLOCK_MAX = 128 << 20

_BODY = struct.Struct(">BQQQQ")
_COMMIT = struct.Struct(">BI")
_MESSAGE = struct.Struct(">BQII")


class Entry(NamedTuple):
    """A message as it is kept: its sequence, and its three parts."""

    topic: bytes
    sequence: int
    header: bytes
    payload: bytes


class Block(NamedTuple):
    """A block as it was read: `at` is its place in the segment, `end` the place after it."""

    at: int
    end: int
    kind: int
    number: int
    epoch: int
    time_ns: int
    served_ms: int
    content: memoryview


def encode(
    kind: int, number: int, epoch: int, stamp: tuple[int, int], content: Iterable[bytes]
) -> list[bytes]:
    """A block in pieces; `stamp` is its time in nanoseconds, and the milliseconds served.

    They are not joined: of half a MiB the copy, in pages that are new each time, costs more than the write.
    """
    body = [_BODY.pack(kind, number, epoch, *stamp), *content]
    octets = checksum = 0
    for piece in body:
        octets += len(piece)
        checksum = google_crc32c.extend(checksum, piece)
    return [HEAD.pack(octets, checksum), *body]


def commit_content(
    taken_octets: bytes, published: Iterable[Entry], *, malformed: bool = False
) -> list[bytes]:
    """The content of a COMMIT, in pieces."""
    parts = [_COMMIT.pack(malformed, len(taken_octets)), taken_octets]
    for topic, sequence, header, payload in published:
        parts += (_MESSAGE.pack(len(topic), sequence, len(header), len(payload)), topic, header, payload)
    return parts


def map_content(content: dict[str, Any]) -> list[bytes]:
    """The content of a STATE, of MARKS or of a FOOTER."""
    return [msgpack.packb(content)]


def read_map(block: Block) -> dict[str, Any]:
    """The map of a STATE, of MARKS or of a FOOTER."""
    content: dict[str, Any] = msgpack.unpackb(block.content, strict_map_key=False)
    return content


def has_malformed(block: Block) -> bool:
    """Whether malformed/ has a part of a COMMIT."""
    return bool(block.content[0])


def taken(block: Block) -> bytes:
    """What a COMMIT says of the batches that it came of."""
    size = _COMMIT.unpack_from(block.content)[1]
    return bytes(block.content[_COMMIT.size : _COMMIT.size + size])


def numbers(block: Block) -> Iterator[tuple[bytes, int]]:
    """Topic and sequence of the messages of a COMMIT, in their order."""
    octets = block.content
    for at, topic_size, sequence, _, _ in _places(block):
        yield bytes(octets[at : at + topic_size]), sequence


def entries(block: Block, topic: bytes, first: int, last: int) -> Iterator[Entry]:
    """The messages of a COMMIT on this topic with sequences from `first` to `last`."""
    octets = block.content
    size = len(topic)
    for at, topic_size, sequence, header_size, payload_size in _places(block):
        if topic_size == size and first <= sequence <= last and octets[at : at + size] == topic:
            header_at = at + size
            payload_at = header_at + header_size
            yield Entry(
                topic,
                sequence,
                bytes(octets[header_at:payload_at]),
                bytes(octets[payload_at : payload_at + payload_size]),
            )


def _places(block: Block) -> Iterator[tuple[int, int, int, int, int]]:
    """Of each message of a COMMIT its place, octets of topic, sequence, octets of header and payload."""
    octets = block.content
    unpack, head = _MESSAGE.unpack_from, _MESSAGE.size
    at = _COMMIT.size + _COMMIT.unpack_from(octets)[1]
    while at < len(octets):
        topic_size, sequence, header_size, payload_size = unpack(octets, at)
        at += head
        yield at, topic_size, sequence, header_size, payload_size
        at += topic_size + header_size + payload_size


def scan(octets: bytes | memoryview, base: int = 0) -> Iterator[Block]:
    """The whole blocks that octets begin with, up to the first cut or wrong one; `base` is their place."""
    view = memoryview(octets)
    at = 0
    while at + HEAD.size <= len(view):
        size, checksum = HEAD.unpack_from(view, at)
        start = at + HEAD.size
        if not _BODY.size <= size <= min(BLOCK_MAX, len(view) - start):
            return
        body = view[start : start + size]
        if google_crc32c.value(bytes(body)) != checksum:
            return
        kind, number, epoch, time_ns, served_ms = _BODY.unpack_from(body)
        at = start + size
        yield Block(
            base + start - HEAD.size, base + at, kind, number, epoch, time_ns, served_ms, body[_BODY.size :]
        )
