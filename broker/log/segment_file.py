"""One segment of the log: what is known of its file without reading it, and where a topic's messages are.

All of a segment is of one epoch. Marks say what stands before a place, one each `MARK_OCTETS`, so that little
is read to find a message and less is kept in memory; those of a closed segment are at its end.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from nxcast.broker.log.blocks import (
    COMMIT,
    FOOTER,
    MAGIC,
    MARKS,
    TRAILER,
    Block,
    encode,
    map_content,
    numbers,
    read_map,
    scan,
)

__all__ = [
    "MARK_OCTETS",
    "ForeignFileError",
    "Mark",
    "SegmentFile",
    "blocks_of",
    "first_number",
    "last_number",
    "let_pages_go",
    "read_footer",
    "read_marks",
    "scan_file",
    "segment_of",
    "write_all",
]

MARK_OCTETS = 1 << 20  # octets from one mark to the next, about a millisecond of reading
PIECES_MAX = 1024  # of one write, Linux's IOV_MAX
READ_OCTETS = 256 << 10  # octets read at a time, or one block
# Octets that are read of a closed segment at a start: a footer of 215 topics has 5 KB. A log of 10 GiB
# has 320 segments, 5 MiB; the marks, which an earlier version had in the footer, would be 24 MB more.
TAIL_OCTETS = 16 << 10


class ForeignFileError(Exception):
    """A file that is no segment of ours, or of another version."""


class Mark(NamedTuple):
    """What stands before a place in a segment: its latest time, and last sequence of each topic in it."""

    at: int
    latest_ns: int
    last: dict[bytes, int]


class SegmentFile:
    """A file of `octets` octets; `spans` has the first and last sequence of each topic in it.

    `first_ns` is when its first message was published, in one that an earlier version closed its last one.
    """

    def __init__(self, path: Path, epoch: int, octets: int = len(MAGIC)) -> None:
        self.path = path
        self.epoch = epoch
        self.octets = octets
        self.first_ns = self.latest_ns = 0
        self.served_ms = 0
        self.spans: dict[bytes, list[int]] = {}
        self.marks: list[Mark] | None = []  # None: at its end

    @property
    def messages(self) -> int:
        """How many messages it has."""
        return sum(last - first + 1 for first, last in self.spans.values())

    @classmethod
    def closed(cls, path: Path, footer: dict[str, Any]) -> SegmentFile:
        """One that ends with this footer."""
        made = cls(path, footer["epoch"], path.stat().st_size)
        made.latest_ns, made.served_ms = footer["latest_ns"], footer["served_ms"]
        made.first_ns = footer.get("first_ns", made.latest_ns)
        made.spans = footer["spans"]
        made.marks = None
        return made

    @classmethod
    def scanned(cls, path: Path, blocks: Iterable[Block]) -> SegmentFile:
        """One that has these blocks."""
        made = cls(path, 0)
        for block in blocks:
            made.epoch = block.epoch
            if block.kind not in (MARKS, FOOTER):
                made.take(block, numbers(block) if block.kind == COMMIT else ())
        return made

    def take(self, block: Block, published: Iterable[tuple[bytes, int]]) -> None:
        """Account for a block that was read or written, with topics and sequences of its messages."""
        assert self.marks is not None  # noqa: S101  only the last segment grows
        if not self.marks or block.at - self.marks[-1].at >= MARK_OCTETS:
            last = {topic: span[1] for topic, span in self.spans.items()}
            self.marks.append(Mark(block.at, self.latest_ns, last))
        self.octets = block.end
        self.served_ms = max(self.served_ms, block.served_ms)
        for topic, sequence in published:
            if not self.spans:
                self.first_ns = block.time_ns
            self.latest_ns = max(self.latest_ns, block.time_ns)
            self.spans.setdefault(topic, [sequence, 0])[1] = sequence

    def footer(self, number: int) -> bytes:
        """What is to be written at its end when it is closed."""
        stamp = (self.latest_ns, self.served_ms)
        marks = b"".join(encode(MARKS, number, self.epoch, stamp, map_content({"marks": self.marks})))
        content = {
            "epoch": self.epoch,
            "first_ns": self.first_ns,
            "latest_ns": self.latest_ns,
            "served_ms": self.served_ms,
            "spans": self.spans,
            "marks_at": self.octets,
        }
        block = encode(FOOTER, number, self.epoch, stamp, map_content(content))
        return b"".join((marks, *block, TRAILER.pack(self.octets + len(marks), MAGIC)))


def segment_of(path: Path) -> SegmentFile:
    """One that is on the device, by its footer if it was closed. Raises OSError, ForeignFileError."""
    footer = read_footer(path)
    if footer is None:
        return SegmentFile.scanned(path, scan_file(path))
    return SegmentFile.closed(path, footer)


def scan_file(path: Path) -> list[Block]:
    """The whole blocks of a segment; none where it was being made. Raises OSError, ForeignFileError."""
    octets = path.read_bytes()
    magic = octets[: len(MAGIC)]
    if magic != MAGIC:
        if MAGIC.startswith(magic.rstrip(b"\0")):  # what a machine that loses its power leaves
            return []
        raise ForeignFileError(f"{path} is no segment of a log, or of another version of nxcast")
    return list(scan(memoryview(octets)[len(MAGIC) :], len(MAGIC)))


def first_number(path: Path) -> int:
    """What a segment's file is named after."""
    return int(path.stem)


def last_number(path: Path) -> int:
    """The number of the last whole block of a segment."""
    return max((block.number for block in scan_file(path) if block.kind not in (MARKS, FOOTER)), default=0)


def read_footer(path: Path) -> dict[str, Any] | None:
    """What a closed segment says of itself, None where it was not closed."""
    with path.open("rb", buffering=0) as file:
        octets = os.fstat(file.fileno()).st_size
        begins = max(octets - TAIL_OCTETS, 0)
        tail = os.pread(file.fileno(), octets - begins, begins)
        if octets < len(MAGIC) + TRAILER.size:
            return None
        at, magic = TRAILER.unpack(tail[-TRAILER.size :])
        if magic != MAGIC or not len(MAGIC) <= at < octets:
            return None
        if at < begins:  # of very many topics, or of an earlier version
            begins, tail = at, os.pread(file.fileno(), octets - at, at)
    block = next(scan(memoryview(tail)[at - begins :], at), None)
    return read_map(block) if block is not None and block.kind == FOOTER else None


def read_marks(path: Path) -> list[Mark]:
    """The marks at a closed segment's end, none where it has none."""
    footer = read_footer(path)
    if footer is None:
        return []
    if "marks" not in footer:  # an earlier version had them there
        block = next(blocks_of(path, footer["marks_at"], path.stat().st_size), None)
        footer = {"marks": []} if block is None or block.kind != MARKS else read_map(block)
    return [Mark(*mark) for mark in footer["marks"]]


def blocks_of(path: Path, start: int, end: int) -> Iterator[Block]:
    """The whole blocks between two places, up to the first that is wrong."""
    with path.open("rb", buffering=0) as file:
        at = start
        size = READ_OCTETS
        while at < end:
            octets = os.pread(file.fileno(), min(size, end - at), at)
            passed = at
            for block in scan(octets, at):
                yield block
                at = block.end
            if at != passed:
                size = READ_OCTETS
            elif size >= end - at:
                return
            else:
                size *= 2


def let_pages_go(paths: Iterable[Path]) -> None:
    """Tell the system that it need not keep these segments in memory. On the device they stay."""
    for path in paths:
        with suppress(OSError):  # dropped meanwhile
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def write_all(descriptor: int, pieces: Sequence[bytes]) -> None:
    """Write all of them, one behind another; raises OSError where the device takes no more."""
    for at in range(0, len(pieces), PIECES_MAX):
        some = pieces[at : at + PIECES_MAX]
        written = os.writev(descriptor, some)
        octets = sum(map(len, some))
        if written < octets:
            rest = memoryview(b"".join(some))
            while written < octets:
                more = os.write(descriptor, rest[written:])
                if more == 0:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                written += more
