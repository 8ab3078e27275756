"""A folder of segments: blocks appended to the last, the oldest dropped whole, read back by topic.

What is written is the system's, so a death of this process loses nothing of it; `sync` makes it the
device's. `append` and all reading belong to one thread, `sync` may be another's.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from nxcast.broker.log.blocks import (
    COMMIT,
    END,
    FOOTER,
    MAGIC,
    MARKS,
    STATE,
    Block,
    Entry,
    encode,
    entries,
    map_content,
    numbers,
    read_map,
    scan,
)
from nxcast.broker.log.segment_file import (
    Mark,
    SegmentFile,
    blocks_of,
    first_number,
    last_number,
    let_pages_go,
    read_marks,
    scan_file,
    segment_of,
    write_all,
)
from nxcast.process.file_replacement import sync_folder

__all__ = ["SUFFIX", "Segments"]

SEGMENTS_MIN = 16  # that the octets are divided into, so that dropping one drops 6 % of them
SEGMENT_MAX = 32 << 20  # octets; the last one is read whole at a start after a kill, in 0.2 s
SEGMENT_MIN = 16 << 10  # octets
# Octets of closed segments that the system may keep in memory: more would only take it from others, and each
# write would find new pages, at several times the cost where those come from a host.
WARM_OCTETS = 64 << 20
LOOKED_MAX = 4 << 20  # octets looked at for one answer, about 5 ms; one message is always given
FOOTERS_KEPT = 4  # marks of so many segments in memory; of 64 marks of 215 topics each, about 2 MB
SUFFIX = ".segment"


class Segments:
    """The segments in a folder, which is there and ours alone.

    At most `octets_max` octets, one block more. `boot` is another text at each start of the machine.
    `recovered` has the blocks of the last segment, to learn from what they say; it is to be emptied by who
    has. `dropped_ns` is the latest time of a message that was let go of, -1 if none was. Raises OSError, and
    ForeignFileError when made.
    """

    def __init__(self, folder: Path, *, octets_max: int, boot: str = "") -> None:
        self.folder = folder
        self._boot = boot
        self._octets_max = octets_max
        self._segment_octets = max(min(octets_max // SEGMENTS_MIN, SEGMENT_MAX), SEGMENT_MIN)
        self._warm = max(WARM_OCTETS // self._segment_octets, 1)
        self._segments: list[SegmentFile] = []
        self._marks_read: OrderedDict[Path, list[Mark]] = OrderedDict()
        self._lock = threading.Lock()  # over what is to be synced
        self._unsynced: list[int] = []  # descriptors of segments that were closed since
        self._cold: list[Path] = []  # what the system need not keep in memory any more
        self._descriptor = -1
        self._folder_changed = False
        self._rolled = self._rolled_synced = 0  # segments begun, and of those on the device
        self.written = self.synced = 0  # numbers of the last block written, and on the device
        self.dropped_ns = -1
        self.octets = self.messages = 0
        self.recovered: list[Block] = []
        self._open()

    @property
    def oldest_ns(self) -> int | None:
        """When the oldest message was published, None where there is none."""
        return next((each.first_ns for each in self._segments if each.spans), None)

    @property
    def last(self) -> dict[bytes, int]:
        """The last sequence of each topic in the last segment."""
        return {topic: span[1] for topic, span in self._segments[-1].spans.items()}

    @property
    def full(self) -> bool:
        """Whether the last segment has had its octets: `roll` begins another."""
        return self._segments[-1].octets >= self._segment_octets

    def append(self, kind: int, number: int, stamp: tuple[int, int], content: Sequence[bytes],
               published: Sequence[Entry] = ()) -> None:  # fmt: skip
        """Write a block; OSError where the device takes no more, and then nothing of it is there.

        `stamp` is its time in nanoseconds and the milliseconds served.
        """
        current = self._segments[-1]
        pieces = encode(kind, number, current.epoch, stamp, content)
        at, octets = current.octets, sum(map(len, pieces))
        try:
            write_all(self._descriptor, pieces)
        except OSError:
            self._cut(at)
            raise
        block = Block(at, at + octets, kind, number, current.epoch, *stamp, memoryview(b""))
        current.take(block, ((entry.topic, entry.sequence) for entry in published))
        self.octets += octets
        self.messages += len(published)
        self.written = number

    def roll(self, number: int, epoch: int, stamp: tuple[int, int], state: dict[str, Any]) -> None:
        """Close the last segment and begin another with a STATE; OSError as in `append`.

        It also tells the last number before it, and the last known to be on the device: see `_hole`, `_left`.
        """
        if not self._rolled:
            self._unsynced += self._left()
        path = self.folder / f"{number:020d}{SUFFIX}"
        state = {**state, "boot": self._boot, "before": self.written, "synced": self.synced}
        block = b"".join(encode(STATE, number, epoch, stamp, map_content(state)))
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
        try:
            write_all(descriptor, (MAGIC, block))
            self._finish()
        except OSError:
            os.close(descriptor)
            path.unlink()
            raise
        self._segments.append(SegmentFile.scanned(path, scan(block, len(MAGIC))))
        with self._lock:
            if self._descriptor >= 0:
                self._unsynced.append(self._descriptor)
            self._cold += [each.path for each in self._segments[-2 - self._warm : -1 - self._warm]]
            self._descriptor = descriptor
            self._folder_changed = True
            self._rolled += 1
        self.octets += len(MAGIC) + len(block)
        self.written = number

    def trim(self, served_ms: int, age_ms: int, epoch_min: int) -> None:
        """Drop the oldest segments, never the last: beyond the octets, over the age, of an earlier epoch."""
        while (
            self.octets > self._octets_max
            or served_ms - self._segments[0].served_ms > age_ms
            or self._segments[0].epoch < epoch_min
        ):
            if not self.drop_oldest():
                return

    def drop_oldest(self) -> bool:
        """Drop the oldest segment; false where all that there is is needed.

        That is the last one, and while it is not synced the one before it: without a STATE a machine that
        loses its power would know of nothing any more.
        """
        if len(self._segments) < 2 + self._rolled - self._rolled_synced:
            return False
        oldest = self._segments.pop(0)
        oldest.path.unlink(missing_ok=True)
        self._marks_read.pop(oldest.path, None)
        self.octets -= oldest.octets
        self.messages -= oldest.messages
        if oldest.spans:
            self.dropped_ns = max(self.dropped_ns, oldest.latest_ns)
        return True

    def sync(self) -> None:
        """Bring what was written to the device; may be called from a thread of its own. Raises OSError."""
        with self._lock:
            written, closed, self._unsynced = self.written, self._unsynced, []
            cold, self._cold = self._cold, []
            rolled = self._rolled
            descriptors = [*closed, os.dup(self._descriptor)]
            folder, self._folder_changed = self._folder_changed, False
        try:
            for each in descriptors:
                os.fdatasync(each)
        finally:
            for each in descriptors:
                os.close(each)
        if folder:
            sync_folder(self.folder)
        let_pages_go(cold)
        self.synced = written
        self._rolled_synced = rolled

    def span(self, epoch: int, topic: bytes) -> tuple[int, int] | None:
        """The first and last sequence kept of a topic in an epoch."""
        found = [each.spans[topic] for each in self._segments if each.epoch == epoch and topic in each.spans]
        return (found[0][0], found[-1][1]) if found else None

    def read(self, epoch: int, topic: bytes, first: int, last: int) -> Iterator[Entry]:
        """Messages kept from `first` to `last`, in order; fewer where `LOOKED_MAX` octets were looked at."""
        looked = 0
        given = False
        for segment in self._segments:
            span = segment.spans.get(topic)
            if segment.epoch != epoch or span is None or span[1] < first or span[0] > last:
                continue
            for start, end in self._stretches(segment, topic, first, last):
                if given and looked > LOOKED_MAX:
                    return
                for block in blocks_of(segment.path, start, end):
                    looked += block.end - block.at
                    if block.kind == COMMIT:
                        for entry in entries(block, topic, first, last):
                            given = True
                            yield entry

    def moment(self, time_ns: int) -> tuple[int, dict[bytes, int]] | None:
        """The place of the first messages from a time on: their epoch, and last sequences before in it.

        None where all that is kept is older. A topic that is not in it had nothing before in that epoch here.
        """
        for index, segment in enumerate(self._segments):
            if segment.spans and segment.latest_ns >= time_ns:
                last = self._before(segment, time_ns)
                for earlier in reversed(self._segments[:index]):
                    if earlier.epoch == segment.epoch:
                        for topic, span in earlier.spans.items():
                            last.setdefault(topic, span[1])
                return segment.epoch, last
        return None

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            for each in (*self._unsynced, self._descriptor):
                if each >= 0:
                    os.close(each)
            self._unsynced, self._descriptor = [], -1

    def cut_after(self, number: int) -> None:
        """Take out the last blocks, those above a number; for a start only."""
        while self._segments and self.recovered[-1].number > number:
            keep = [block for block in self.recovered if block.number <= number]
            current = self._segments.pop()
            os.close(self._descriptor)
            self._descriptor = -1
            if keep:
                os.truncate(current.path, keep[-1].end)
            else:
                current.path.unlink()
            previous = current.path if keep else self._segments.pop().path if self._segments else None
            if previous is not None:
                self._reopen(previous)
        self._add_up()

    def cut_beside(self, malformed: int) -> None:
        """Take out last segments that began when malformed/ had more than this number; for a start only."""
        while len(self._segments) > 1 and read_map(self.recovered[0]).get("malformed", 0) > malformed:
            self._drop_from(len(self._segments) - 1)
        self._add_up()

    def _open(self) -> None:
        paths = sorted(self.folder.glob(f"*{SUFFIX}"))
        for path in paths[:-1]:
            self._segments.append(segment_of(path))
        if paths:
            self._miss(paths[0])
            self._reopen(paths[-1])
            self._unite()
        self._add_up()

    def _unite(self) -> None:
        """Take out the segments from the first one on that follows on what is not there."""
        while (at := self._hole()) is not None:
            self._drop_from(at)

    def _drop_from(self, at: int) -> None:
        """Take out the segments from one on, which is not the first: the last one first."""
        os.close(self._descriptor)
        while len(self._segments) > at:
            self._segments.pop().path.unlink()
        self._reopen(self._segments.pop().path)

    def _hole(self) -> int | None:
        """Where a segment is that follows on what is not there, of those that were not synced.

        A machine that loses its power may keep it, and not the end of the one before, which was to be synced
        first: then nothing of it was synced, and what it says was taken would never be published.
        """
        if len(self._segments) < 2 or self.recovered[-1].kind == END:
            return None
        state = read_map(self.recovered[0])
        if state.get("boot") == self._boot != "":
            return None
        for at, (previous, each) in enumerate(pairwise(self._segments), 1):
            if first_number(each.path) > self.synced:
                began = next(blocks_of(each.path, len(MAGIC), each.octets), None)
                # An earlier version does not say what was before.
                if began is None or last_number(previous.path) < read_map(began).get("before", 0):
                    return at
        return None

    def _left(self) -> list[int]:
        """Descriptors of segments that the process before had closed, and may not have synced."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        return [
            os.open(previous.path, flags)
            for previous, each in pairwise(self._segments)
            if first_number(each.path) > self.synced
        ]

    def _miss(self, oldest: Path) -> None:
        """Take what stood before the oldest segment, if anything did, for dropped when that began."""
        first = next(blocks_of(oldest, len(MAGIC), oldest.stat().st_size), None)
        if first is None or first.number > 1:
            self.dropped_ns = 0 if first is None else first.time_ns

    def _reopen(self, path: Path) -> None:
        """Go on with the last segment, without what is cut or wrong at its end; none begins in the middle."""
        blocks = [block for block in scan_file(path) if block.kind not in (MARKS, FOOTER)]
        if not blocks or blocks[0].kind != STATE:
            path.unlink()  # it was being made when the process or the machine ended
            if self._segments:
                self._reopen(self._segments.pop().path)
            return
        segment = SegmentFile.scanned(path, blocks)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        self._cut(segment.octets)
        self._segments.append(segment)
        self.recovered = blocks
        self.written = blocks[-1].number
        state = read_map(blocks[0])
        # An earlier version does not say what was synced: for it, all before the last segment's state was.
        self.synced = min(state.get("synced", blocks[0].number - 1), self.written)

    def _add_up(self) -> None:
        self.octets = sum(each.octets for each in self._segments)
        self.messages = sum(each.messages for each in self._segments)

    def _cut(self, octets: int) -> None:
        os.ftruncate(self._descriptor, octets)
        os.lseek(self._descriptor, octets, os.SEEK_SET)

    def _finish(self) -> None:
        """Write the footer of the last segment; OSError where there is no room, and then it has none."""
        if not self._segments:
            return
        current = self._segments[-1]
        octets = current.footer(self.written)
        try:
            write_all(self._descriptor, (octets,))
        except OSError:
            self._cut(current.octets)
            raise
        current.octets += len(octets)
        self.octets += len(octets)
        current.marks = None

    def _marks(self, segment: SegmentFile) -> list[Mark]:
        if segment.marks is not None:
            return segment.marks
        if segment.path not in self._marks_read:
            self._marks_read[segment.path] = read_marks(segment.path)
            if len(self._marks_read) > FOOTERS_KEPT:
                self._marks_read.popitem(last=False)
        self._marks_read.move_to_end(segment.path)
        return self._marks_read[segment.path]

    def _stretches(
        self, segment: SegmentFile, topic: bytes, first: int, last: int
    ) -> Iterator[tuple[int, int]]:
        """Parts of a segment, from mark to mark, that have a topic's messages from `first` to `last`."""
        marks = self._marks(segment) or [Mark(len(MAGIC), 0, {})]
        for index, mark in enumerate(marks):
            following = marks[index + 1] if index + 1 < len(marks) else None
            before = mark.last.get(topic, 0)
            until = segment.spans[topic][1] if following is None else following.last.get(topic, 0)
            if before < last and until >= first and until != before:
                yield mark.at, segment.octets if following is None else following.at

    def _before(self, segment: SegmentFile, time_ns: int) -> dict[bytes, int]:
        """The last sequence of each topic in a segment before a time."""
        marks = self._marks(segment)
        place = bisect_left([mark.latest_ns for mark in marks], time_ns) - 1
        mark = marks[place] if place >= 0 else Mark(len(MAGIC), 0, {})
        last = dict(mark.last)
        for block in blocks_of(segment.path, mark.at, segment.octets):
            if block.kind == COMMIT:
                if block.time_ns >= time_ns:
                    break
                last.update(numbers(block))
        return last
