"""Accounting of epochs and sequences: which messages are missing, and since when a broker is another one.

Rules. Another epoch, higher or lower, is the end of ours and never a gap; what is missing of ours then
`ended_epochs` finds out. After a restart each topic begins at 1, so what the new broker published before this
side was back is a gap. At join there is no telling what came before: the first message of a topic, or the
first status, is where its count begins; a topic that the first status does not know begins at 1. A status
that is ahead of a topic shows a loss at its tail, since a connection keeps the order, unless a key does not
allow the topic. `begin` puts the baseline where the caller wants it. A Gap here is what is missing; whether
it is lost, `repair` finds out. Pure: no clock, no socket.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from nxcast.consumers.client.events import Gap
from nxcast.consumers.client.position import TOPICS_MAX, Position
from nxcast.schemas.records import Status
from nxcast.schemas.topics import STATUS

__all__ = ["EpochEnd", "Ledger"]


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """Another epoch than ours came: how far we had come in it; `whole`: topics not in that begin at 1."""

    position: Position
    whole: bool
    next_epoch: int


Finding: TypeAlias = Gap | EpochEnd


class Ledger:
    """The last sequence seen of each topic that begins with one of `prefixes`."""

    def __init__(self, prefixes: Iterable[str]) -> None:
        self._prefixes = tuple(prefixes)
        self._last: dict[str, int] = {}
        self.allowed: tuple[str, ...] = ("",)
        """Prefixes of the topics that a key allows; what is published on others is not missed."""
        self._from_one = False  # whether a topic not seen yet must begin at 1
        self.epoch: int | None = None
        self.repeated = 0  # messages with a sequence already passed

    def begin(self, at: Position, *, complete: bool) -> None:
        """Begin where `at` says. Topics not in it begin at 1 if it is `complete`, else where joined."""
        self.epoch = at.epoch
        known = (topic for topic in at.topics if topic.startswith(self._prefixes))
        self._last = {topic: at.topics[topic] for topic in islice(known, TOPICS_MAX)}
        self._from_one = complete

    def join(self, topic: str, sequence: int) -> None:
        """Begin a topic at a message, whatever came before it; one too many is not accounted for."""
        if topic in self._last or len(self._last) < TOPICS_MAX:
            self._last[topic] = sequence

    def position(self) -> Position | None:
        """What is accounted for; None before anything came."""
        return None if self.epoch is None else Position(self.epoch, dict(self._last))

    def misses(self, topic: str) -> bool:
        """Whether a topic is one that we want and may have; status/ replaces itself, and is not missed."""
        return topic != STATUS and topic.startswith(self._prefixes) and topic.startswith(self.allowed)

    def message(self, topic: str, epoch: int, sequence: int) -> list[Finding]:
        """Account for one message; what is missing before it."""
        found = self._enter(epoch)
        last = self._last_of(topic, sequence - 1)
        if last is None:
            return found
        if sequence <= last:
            self.repeated += 1
            return found
        self._last[topic] = sequence
        return found + self._missing(topic, last + 1, sequence - 1)

    def status(self, status: Status) -> list[Finding]:
        """Account for a status; what was published before it and never came."""
        found = self._enter(status["epoch"])
        for topic, published in status["topics"].items():
            # status/ counts itself while it is being made, so its own messages are the better witness.
            if topic == STATUS or not topic.startswith(self._prefixes):
                continue
            last = self._last_of(topic, published["sequence"])
            if last is not None:
                self._last[topic] = max(last, published["sequence"])
                if topic.startswith(self.allowed):
                    found += self._missing(topic, last + 1, published["sequence"])
        self._from_one = True
        return found

    def _enter(self, epoch: int) -> list[Finding]:
        old, self.epoch = self.epoch, epoch
        if old is None or old == epoch:
            return []
        end = EpochEnd(Position(old, self._last), self._from_one, epoch)
        self._last = {}
        self._from_one = True
        return [end]

    def _last_of(self, topic: str, joined_at: int) -> int | None:
        """Sequence up to which a topic is accounted for; None if it is one too many."""
        if topic not in self._last and len(self._last) >= TOPICS_MAX:
            return None
        return self._last.get(topic, 0 if self._from_one else joined_at)

    def _missing(self, topic: str, first: int, last: int) -> list[Finding]:
        if first > last or self.epoch is None:
            return []
        return [Gap(topic, self.epoch, first, last)]
