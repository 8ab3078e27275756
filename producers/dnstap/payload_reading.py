"""dnstap payloads to frames and questions, by the compiled kernel where it is installed.

The kernel takes what is whole, plain and right, as `schemas.dnstap`, `denials` and `question_join` would, and
counts what is of a type that is not wanted. What is odd it leaves where it is, for those to read; without the
kernel that is everything. The models stay the one definition: numbers and limits go in from here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

import msgpack

from nxcast.producers.dnstap.denials import (
    DENIALS_MAX,
    FRESH_NS,
    RECORDS_MAX,
    SLACK_NS,
    TIMES_MAX,
    TTL_MAX_S,
    Denial,
)
from nxcast.producers.dnstap.question_join import (
    ASKED_MAX,
    HOLD_NS,
    PATIENCE_NS,
    ZONES_MAX,
    Key,
    Question,
    QuestionJoin,
)
from nxcast.schemas.codes import OVER_TCP, TCP, UDP, UDP_QUERY_RESPONSE
from nxcast.schemas.dnstap import TYPE_NAMES
from nxcast.schemas.fields import DNS_MESSAGE_MAX, DNS_MESSAGE_MIN
from nxcast.schemas.frames import FORWARDER, MINIMISED
from nxcast.schemas.names import LABEL_MAX, NAME_MAX
from nxcast.schemas.question_frame import QUESTION

try:
    from nxcast import kernel

    INSTALLED = True
except ImportError:  # no compiler where it was installed
    INSTALLED = False

__all__ = ["INSTALLED", "CompiledJoin", "Taken", "cut_payloads", "read_payloads"]


class Taken(NamedTuple):
    """What the kernel took: payloads up to `stop`, which is the first odd one or the end of them."""

    stop: int
    frames: list[bytes]  # and questions, each packed
    skipped: Sequence[tuple[str, int]]  # names of types that are not wanted, and how many of each
    answers: int  # to clients
    others: int  # of those the ones that are no NXDOMAIN


_NUMBERS = (
    DNS_MESSAGE_MIN, DNS_MESSAGE_MAX, NAME_MAX, LABEL_MAX, RECORDS_MAX, TTL_MAX_S, FORWARDER, MINIMISED,
)  # fmt: skip
_TIMES_NS = (HOLD_NS, PATIENCE_NS, FRESH_NS, SLACK_NS)
_BY = (msgpack.packb("authority"), msgpack.packb("cache"), msgpack.packb("proof"))  # as the kernel has them
_FORWARDERS = 1  # bit of options, as the kernel has it


class CompiledJoin(QuestionJoin):
    """The same, but that the kernel keeps what was heard, denied and asked. Only where INSTALLED."""

    def __init__(self, local_zones: frozenset[bytes] | None = None) -> None:
        super().__init__(local_zones)
        bounds = (self.held_max, ZONES_MAX, DENIALS_MAX, ASKED_MAX, TIMES_MAX)
        local = None if local_zones is None else tuple(local_zones)
        self.kept = kernel.join(os.urandom(16), _TIMES_NS, bounds, local, QUESTION, _BY)
        self._waiting = 0

    def __len__(self) -> int:
        self._count()
        return self._waiting

    def heard(self, time_ns: int, server: bytes | None, query_zone: bytes | None) -> None:
        kernel.join_heard(self.kept, time_ns, server, query_zone)

    def denied(
        self, time_ns: int, server: bytes | None, qname: bytes, denial: Denial, *, covers: bool
    ) -> None:
        name, soa, _, ttl_s = denial
        kernel.join_denied(self.kept, time_ns, server, qname, name, soa, ttl_s, covers)

    def answered(
        self, time_ns: int, qname: bytes, key: Key, denial: Denial, now_ns: int = 0
    ) -> Sequence[Question]:
        name, _, soa, ttl_s = denial
        return _read(kernel.join_answered(self.kept, time_ns, now_ns, qname, *key, name, soa, ttl_s))

    def is_repeated(self, time_ns: int, key: Key) -> bool:
        return kernel.join_repeated(self.kept, time_ns, *key)

    def due(self, now_ns: int = 0) -> list[Question]:
        given = _read(kernel.join_due(self.kept, now_ns, False))
        self._count()
        return given

    def finish(self) -> list[Question]:
        given = _read(kernel.join_due(self.kept, 0, True))
        self._count()
        return given

    def _count(self) -> None:
        *counts, self._waiting = kernel.join_counts(self.kept)
        for reason, count in zip(("questions", "repeated", "local", "hurried"), counts, strict=True):
            if count:
                self.counts[reason] += count


def _read(packed: list[bytes]) -> list[Question]:
    """Of those that waited, which are few."""
    return [Question(*msgpack.unpackb(question)) for question in packed]


def cut_payloads(octets: bytes, position: int, longest: int) -> tuple[list[bytes], int]:
    """As `frame_streams.cut_payloads`. Only where INSTALLED."""
    return kernel.cut(octets, position, longest)


def read_payloads(
    payloads: list[bytes], start: int, join: CompiledJoin | None, now_ns: int, *, forwarders: bool
) -> Taken:
    """Take payloads from a place on. `join` where clients' questions are wanted. Only where INSTALLED."""
    kept = None if join is None else join.kept
    options = _FORWARDERS * forwarders
    stop, frames, skipped, answers, others = kernel.read_dnstap(
        payloads, start, options, kept, now_ns, _NUMBERS, (OVER_TCP, TCP), (UDP_QUERY_RESPONSE, UDP)
    )
    return Taken(stop, frames, [(TYPE_NAMES[number], count) for number, count in skipped], answers, others)
