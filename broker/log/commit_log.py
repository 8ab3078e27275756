"""The broker's log on disk: what it published in this epoch and in earlier ones, and which batches it took.

A commit is the messages of one turn and the numbers of all batches that they came of, with how much of those
that are still worked off, in one block: after any death of the process both are there or neither is. It is
written before anything of it is sent, and a batch may be acknowledged once its commit is synced. Epochs rise:
the larger of the clock and the last one and 1. How each one ended is kept, and its last sequences.

malformed/ has segments of its own, so that a flood of it drives out nothing else. Its part of a commit is
written and synced first, and where one of the two is missing at the next start the other is taken out.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgpack

from nxcast.broker.arrivals import Taken
from nxcast.broker.derivation.outbox import Message
from nxcast.broker.log.blocks import (
    COMMIT,
    END,
    Entry,
    commit_content,
    has_malformed,
    read_map,
)
from nxcast.broker.log.blocks import taken as taken_of
from nxcast.broker.log.folder import LogError, locked, made
from nxcast.broker.log.interface import CLEAN, KILLED, POWER, PastEpoch, Place, Since, Stretch
from nxcast.broker.log.segment_file import ForeignFileError
from nxcast.broker.log.segments import Segments
from nxcast.broker.log.syncing import Syncing
from nxcast.process.ending import reason
from nxcast.schemas.request_answers import REPLY_MESSAGES_MAX, REPLY_OCTETS_MAX
from nxcast.schemas.topics import MALFORMED

__all__ = ["EPOCHS_MAX", "CommitLog"]

MALFORMED_TOPIC = MALFORMED.encode()
MALFORMED_SHARE = 20  # one in so many octets is malformed/'s: 5 %
EPOCHS_MAX = 256  # earlier epochs known; of 218 topics each about 2 MB. What is kept of older ones goes too
BOOT = Path("/proc/sys/kernel/random/boot_id")  # another one at each start of the machine
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class CommitLog:
    """The log in a folder, which is made if it is not there. Raises LogError.

    At most `octets_max` octets, and segments whose last commit is `age_s` of serving old are dropped.
    `now_ns` is the time, nanoseconds since 1970-01-01 UTC, `now_s` a clock that nobody can set. What was
    taken before is in `restored` (None: nothing). A thread syncs it each `sync_s` seconds, None: `sync` is
    called. A sync that failed is never tried again (what was written before it may be gone all the same, and
    the system would not say so): then `failed` says why, and nothing more is settled.
    """

    kept = "disk"

    def __init__(self, folder: Path, *, octets_max: int, age_s: float, now_ns: int, now_s: float,
                 sync_s: float | None = None) -> None:  # fmt: skip
        self.octets_max = octets_max
        self.past: list[PastEpoch] = []
        """Earlier epochs, oldest first."""
        self.restored: list[Taken] | None = None
        self._age_ms = int(age_s * 1000)
        self._began_s = self._latest_s = now_s
        self._served_before_ms = 0
        self._state: Callable[[], Taken] = list
        self._last: dict[bytes, int] = {}
        self._number = self._settled = 0
        self._sync_s = sync_s
        self._syncing: Syncing | None = None
        self._folder_lock = locked(folder)
        try:
            share = octets_max // MALFORMED_SHARE
            boot = _boot()
            self._records = Segments(made(folder / "records"), octets_max=octets_max - share, boot=boot)
            self._malformed = Segments(made(folder / "malformed"), octets_max=share, boot=boot)
            before = self._recover()
        except (OSError, ForeignFileError) as error:
            os.close(self._folder_lock)
            why = f"{error.filename or folder}: {reason(error)}" if isinstance(error, OSError) else str(error)
            raise LogError(f"can't use {folder} for the log: {why}; --log names another folder") from None
        self.epoch = max(now_ns, before + 1)

    @property
    def octets(self) -> int:
        """How many octets it has."""
        return self._records.octets + self._malformed.octets

    @property
    def oldest_ns(self) -> int | None:
        """When its oldest message was published; None where there is none."""
        return self._records.oldest_ns

    @property
    def messages(self) -> int:
        """How many messages it has."""
        return self._records.messages + self._malformed.messages

    @property
    def begins(self) -> int:
        """The lowest epoch known; of all after it each is."""
        return self.past[0].epoch if self.past else self.epoch

    @property
    def unsynced(self) -> bool:
        """Whether something was written since the last sync."""
        return self._settled < self._number

    def settled(self, _now_s: float) -> int:
        """Number of the last commit that is on the device, whose batches may be acknowledged."""
        return self._settled

    def expire(self, _now_ns: int, now_s: float) -> None:
        """Let go of what is too old."""
        self._trim(self._served_ms(now_s))

    def knows(self, epoch: int) -> bool:
        """Whether it has had this epoch, and not forgotten it."""
        return epoch == self.epoch or any(epoch == each.epoch for each in self.past)

    def begin(self, state: Callable[[], Taken], now_ns: int) -> None:
        """Begin the epoch; `state` is asked for all that was taken when a segment begins. Raises LogError."""
        self._state = state
        stamp = (now_ns, self._served_before_ms)
        self._number += 1
        try:
            self._with_room(lambda: self._records.roll(self._number, self.epoch, stamp, self._snapshot()))
            self._with_room(lambda: self._malformed.roll(self._number, self.epoch, stamp, {}))
            self._trim(self._served_before_ms)
            self.sync()
        except OSError as error:
            raise LogError(f"can't write the log: {reason(error)}") from None
        if self._sync_s is not None:
            self._syncing = Syncing(self, self._sync_s)

    @property
    def failed(self) -> str | None:
        """Why it can't be relied on any more."""
        return None if self._syncing is None else self._syncing.failed

    def commit(self, published: Sequence[Message], taken: Taken, now_ns: int, now_s: float) -> int:
        """Write a commit; its number. Raises OSError where there is no room: nothing of it is there then.

        Each message is the next one of its topic. The oldest segments go first.
        """
        number = self._number + 1
        stamp = (now_ns, self._served_ms(now_s))
        records: list[Entry] = []
        malformed: list[Entry] = []
        last: dict[bytes, int] = {}
        for topic, header, payload in published:
            sequence = last[topic] = last.get(topic, self._last.get(topic, 0)) + 1
            (malformed if topic == MALFORMED_TOPIC else records).append(
                Entry(topic, sequence, header, payload)
            )
        if malformed and self._malformed.written != number:
            part = commit_content(b"", malformed)
            self._with_room(lambda: self._malformed.append(COMMIT, number, stamp, part, malformed))
        content = commit_content(msgpack.packb(taken), records, malformed=bool(malformed))
        self._with_room(lambda: self._records.append(COMMIT, number, stamp, content, records))
        self._number = number
        self._last.update(last)
        self._roll(self._records, stamp)
        self._roll(self._malformed, stamp)
        self._trim(stamp[1])
        return number

    def sync(self) -> None:
        """Bring what was written to the device; for a thread of its own. Raises OSError."""
        number = self._number  # one that is written meanwhile may be there in part
        self._malformed.sync()  # first: a commit is whole on the device once its other part is
        self._records.sync()
        self._settled = number

    def stretch(self, topic: str, epoch: int, first: int, last: int) -> Stretch:
        """Messages of a topic in an epoch, as many as one answer takes; one always fits."""
        octets = topic.encode()
        segments = self._malformed if topic == MALFORMED else self._records
        after = self._after(epoch, octets)
        span = segments.span(epoch, octets)
        oldest = after if span is None else span[0]
        start = min(max(first, oldest), after)
        messages: list[tuple[bytes, bytes]] = []
        size = 0
        for entry in segments.read(epoch, octets, start, last):
            size += len(entry.header) + len(entry.payload)
            if not messages and entry.sequence != start:  # what was there can't be read any more
                oldest = start = entry.sequence
            follows = entry.sequence == start + len(messages) and len(messages) < REPLY_MESSAGES_MAX
            if messages and (size > REPLY_OCTETS_MAX or not follows):
                break
            messages.append((entry.header, entry.payload))
        if not messages and start <= min(last, after - 1):
            oldest = start = min(last, after - 1) + 1
        return Stretch(start, messages, oldest)

    def since(self, time_ns: int, topics: Sequence[str]) -> Since:
        """Where a moment is, by the time that was told when each message was published."""
        parts = [
            (segments, segments.moment(time_ns), some)
            for segments, some in (
                (self._records, [topic for topic in topics if topic != MALFORMED]),
                (self._malformed, [topic for topic in topics if topic == MALFORMED]),
            )
        ]
        whole = time_ns > max(self._records.dropped_ns, self._malformed.dropped_ns)
        epoch = min((found[0] for _, found, _ in parts if found is not None), default=self.epoch)
        present = Place(self.epoch, self._places(parts, self.epoch), whole and time_ns >= self.epoch)
        if epoch == self.epoch:
            return Since(present, None)
        lost = any(each.ended == POWER for each in self.past if each.epoch >= epoch)
        complete = whole and not lost and time_ns >= self.begins
        return Since(present, Place(epoch, self._places(parts, epoch), complete))

    def close(self, now_ns: int) -> None:
        """End the epoch cleanly, and let go of the folder."""
        if self._syncing is not None:
            self._syncing.close()
        stamp = (now_ns, self._served_ms(self._latest_s))
        with suppress(OSError):  # then it counts as killed
            if self.failed is None:
                self._records.append(END, self._number + 1, stamp, [])
                self.sync()
        self.let_go()

    def let_go(self) -> None:
        """Let go of the folder without a word, as a kill does."""
        self._records.close()
        self._malformed.close()
        os.close(self._folder_lock)

    def _places(
        self, parts: Sequence[tuple[Segments, tuple[int, dict[bytes, int]] | None, list[str]]], epoch: int
    ) -> dict[str, int]:
        """The first sequence of each topic in an epoch that is kept and not before the moment found."""
        places = {}
        for segments, found, topics in parts:
            for topic in topics:
                octets = topic.encode()
                after = self._after(epoch, octets)
                span = segments.span(epoch, octets)
                oldest = after if span is None else span[0]
                if found is None or found[0] > epoch:
                    places[topic] = after
                else:
                    before = found[1].get(octets, 0) if found[0] == epoch else 0
                    places[topic] = max(before + 1, oldest)
        return places

    def _after(self, epoch: int, topic: bytes) -> int:
        """The sequence after the last one of a topic in an epoch."""
        if epoch == self.epoch:
            return self._last.get(topic, 0) + 1
        name = topic.decode()
        return next((each.last.get(name, 0) for each in self.past if each.epoch == epoch), 0) + 1

    def _served_ms(self, now_s: float) -> int:
        """Milliseconds that this log was served, in all epochs."""
        self._latest_s = max(now_s, self._latest_s)
        return self._served_before_ms + int((self._latest_s - self._began_s) * 1000)

    def _with_room(self, write: Callable[[], None]) -> None:
        """Write, letting go of the oldest segments until there is room; raises OSError."""
        while True:
            try:
                return write()
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                if not (self._malformed.drop_oldest() or self._records.drop_oldest()):
                    raise

    def _roll(self, segments: Segments, stamp: tuple[int, int]) -> None:
        """Begin another segment if one is full; after a commit, so that its state is that of the commit."""
        if segments.full:
            # What has gone before this segment is known by it alone.
            malformed = {"last": self._last.get(MALFORMED_TOPIC, 0)}
            state = self._snapshot() if segments is self._records else malformed
            with suppress(OSError):  # the next commit tries again, and may be the one that finds no room
                segments.roll(self._number, self.epoch, stamp, state)

    def _trim(self, served_ms: int) -> None:
        for segments in (self._records, self._malformed):
            segments.trim(served_ms, self._age_ms, self.begins)

    def _snapshot(self) -> dict[str, Any]:
        return {
            "past": [list(each) for each in self.past],
            "last": self._last,
            "taken": self._state(),
            "malformed": self._malformed.written,
        }

    def _recover(self) -> int:
        """Learn from the last segment what was; the last epoch, 0 where there was none."""
        self._match_parts()
        blocks, self._records.recovered = self._records.recovered, []
        malformed, self._malformed.recovered = self._malformed.recovered, []
        if not blocks:
            return 0
        state = read_map(blocks[0])
        since = [msgpack.unpackb(taken_of(block)) for block in blocks if block.kind == COMMIT]
        last: dict[bytes, int] = {**state["last"], **self._records.last}
        epoch = blocks[-1].epoch
        span = self._malformed.span(epoch, MALFORMED_TOPIC)
        if span is not None:
            last[MALFORMED_TOPIC] = span[1]
        elif malformed and malformed[0].epoch == epoch and (gone := read_map(malformed[0]).get("last")):
            last[MALFORMED_TOPIC] = gone
        self._number = blocks[-1].number
        self._served_before_ms = blocks[-1].served_ms
        ended = CLEAN if blocks[-1].kind == END else KILLED if state["boot"] == _boot() != "" else POWER
        named = {topic.decode(): sequence for topic, sequence in last.items()}
        self.past = [*(PastEpoch(*each) for each in state["past"]), PastEpoch(epoch, ended, named)]
        self.past = self.past[-EPOCHS_MAX:]
        self.restored = [state["taken"], *since]
        return epoch

    def _match_parts(self) -> None:
        """Take out commits of which one part is missing: a kill leaves the first, lost power any."""
        self._records.cut_beside(self._malformed.written)
        for block in self._records.recovered:
            if block.kind == COMMIT and has_malformed(block) and block.number > self._malformed.written:
                self._records.cut_after(block.number - 1)
                break
        self._malformed.cut_after(self._records.written)


def _boot() -> str:
    """Another text at each start of the machine, none where that can't be known."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""
