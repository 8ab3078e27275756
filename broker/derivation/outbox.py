"""Batches going out: records gather per topic until a message is full or all is wanted, and get their number.

A message is full when it holds `batch_records` records, or before it would pass 64 KiB. Sequences count per
topic 1, 2, 3 ... within the outbox's epoch. Pure: it returns the messages to send, and times are arguments
(nanoseconds since 1970-01-01 UTC).
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgpack

from nxcast.schemas.records import Header, TopicStatus
from nxcast.schemas.topics import MALFORMED
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.histogram import Histogram

__all__ = ["MESSAGE_BYTES_MAX", "Message", "Outbox", "Packed"]

MESSAGE_BYTES_MAX = 64 << 10  # octets of records a message; a single record over that goes alone
# Records: doubled up to 1,024, since 64 KiB hold about 700 of the shortest.
MESSAGE_RECORDS_BOUNDS = [1 << exponent for exponent in range(11)]
# Seconds: around the linger (20 ms), what resolvers wait before they send dnstap (1 s), and what files give.
DELAY_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600)
# Nanoseconds, a day: a delay above it counts as one. Producers can send any time, and the sum must not be
# made of that alone.
DELAY_MAX_NS = 86_400_000_000_000

_pack = msgpack.Packer().pack
_array_header = msgpack.Packer().pack_array_header


class Message(NamedTuple):
    """The three parts of a published message."""

    topic: bytes
    header: bytes
    payload: bytes


class Packed(NamedTuple):
    """Records of one topic, msgpack maps behind one another."""

    topic: str
    records: int
    octets: bytes
    ends: bytes  # of each record, its offset in `octets`: unsigned integers of 4 octets of this machine
    times: bytes  # of each record, its time_ns: the same of 8 octets


class _Pending:
    """What waits on one topic: packed records, their size, the first one's time, and the topic's account."""

    __slots__ = ("count", "octets", "records", "seen_ns", "sequence", "size", "topic", "total")

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.octets = topic.encode()
        self.records: list[bytes | memoryview] = []  # pieces of one record or several
        self.count = 0  # records in them
        self.size = 0
        self.seen_ns = 0  # time_ns of the first
        self.sequence = 0
        self.total = 0


class Outbox:
    """Gathers packed records by topic; holds at most 64 KiB and one record for each of about 215 topics.

    `message_records` and `delay_s` have one value a message, those of `single` left out: its records, and for
    what is not malformed the seconds from its first record's time to its publication. Where clocks differ
    that can be less than nothing, and counts as 0.
    """

    def __init__(self, epoch: int, *, batch_records: int) -> None:
        self.epoch = epoch
        self.message_records = Histogram(MESSAGE_RECORDS_BOUNDS)
        self.delay_s = Histogram(DELAY_BOUNDS)
        self._batch_records = batch_records
        self._topics: dict[str, _Pending] = {}
        self._waiting: dict[_Pending, None] = {}  # in the order of their age

    def put(self, records: Iterable[tuple[str, Mapping[str, Any]]], now_ns: int) -> list[Message]:
        """Take (topic, record) pairs, each record with its time_ns; return the messages full by that."""
        full = []
        pending = None
        for topic, record in records:
            packed = _pack(record)
            if pending is None or topic is not pending.topic:
                pending = self._pending(topic)
            if pending.size + len(packed) > MESSAGE_BYTES_MAX and pending.records:
                full.append(self._close(pending, now_ns))
            if not pending.records:
                pending.seen_ns = record["time_ns"]
                self._waiting[pending] = None
            pending.records.append(packed)
            pending.count += 1
            pending.size += len(packed)
            if pending.count >= self._batch_records:
                full.append(self._close(pending, now_ns))
        return full

    def put_packed(self, packed: Packed, now_ns: int) -> list[Message]:
        """As `put`, record for record, with records of one topic that are packed already."""
        pending = self._pending(packed.topic)
        size = pending.size + len(packed.octets)
        if pending.count + packed.records < self._batch_records and size <= MESSAGE_BYTES_MAX:
            if not pending.count:
                pending.seen_ns = int.from_bytes(packed.times[:8], sys.byteorder)
                self._waiting[pending] = None
            pending.records.append(packed.octets)
            pending.count += packed.records
            pending.size = size
            return []
        full = []
        octets = memoryview(packed.octets)
        ends, times = memoryview(packed.ends).cast("I"), memoryview(packed.times).cast("Q")
        first = start = 0
        while first < packed.records:
            room = min(packed.records, first + self._batch_records - pending.count)
            fits = bisect_right(ends, start + MESSAGE_BYTES_MAX - pending.size, first, room)
            if fits == first and pending.count:
                full.append(self._close(pending, now_ns))
                continue
            fits = max(fits, first + 1)
            if not pending.count:
                pending.seen_ns = times[first]
                self._waiting[pending] = None
            pending.records.append(octets[start : ends[fits - 1]])
            pending.count += fits - first
            pending.size += ends[fits - 1] - start
            first, start = fits, ends[fits - 1]
            if pending.count >= self._batch_records:
                full.append(self._close(pending, now_ns))
        if pending.records:  # else all of the batch's records would stay for what waits of them
            pending.records[-1] = bytes(pending.records[-1])
        return full

    def single(self, topic: str, record: object, now_ns: int) -> Message:
        """A message of this record alone, at once; for a topic that `put` is not used for."""
        pending = self._pending(topic)
        pending.records.append(_pack(record))
        pending.count = 1
        return self._message(pending, now_ns)

    def flush(self, now_ns: int) -> list[Message]:
        """All that waits."""
        return [self._close(pending, now_ns) for pending in list(self._waiting)]

    def topics(self) -> dict[str, TopicStatus]:
        """Account of the topics that have had a message."""
        return {
            topic: {"sequence": pending.sequence, "records": pending.total}
            for topic, pending in self._topics.items()
            if pending.sequence
        }

    def _pending(self, topic: str) -> _Pending:
        return self._topics.get(topic) or self._topics.setdefault(topic, _Pending(topic))

    def _close(self, pending: _Pending, now_ns: int) -> Message:
        del self._waiting[pending]
        self.message_records.observe(pending.count)
        if pending.topic != MALFORMED:  # its records have the time of their arrival
            self.delay_s.observe(min(max(now_ns - pending.seen_ns, 0), DELAY_MAX_NS) / SECOND_NS)
        return self._message(pending, now_ns)

    def _message(self, pending: _Pending, now_ns: int) -> Message:
        records, count = pending.records, pending.count
        pending.records, pending.count, pending.size = [], 0, 0
        pending.sequence += 1
        pending.total += count
        header: Header = {
            "version": 1,
            "epoch": self.epoch,
            "sequence": pending.sequence,
            "count": count,
            "time_ns": now_ns,
        }
        return Message(pending.octets, _pack(header), b"".join([_array_header(count), *records]))
