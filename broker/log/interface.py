"""What a broker asks of its log, and what it is told: messages, earlier epochs, places in them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from nxcast.broker.arrivals import Taken
from nxcast.broker.derivation.outbox import Message

__all__ = ["CLEAN", "KILLED", "POWER", "Log", "PastEpoch", "Place", "Since", "Stretch"]

CLEAN, KILLED, POWER = "clean", "killed", "power"


class PastEpoch(NamedTuple):
    """An earlier epoch: how it ended, and the last sequence of each topic.

    'clean': the broker was told to stop. 'killed': it was not, and all that was published is in the log.
    'power': the machine went down with it, so what was published last may be missing.
    """

    epoch: int
    ended: str
    last: dict[str, int]


class Place(NamedTuple):
    """Where a moment is in an epoch: the first sequence kept of each topic then or later.

    `complete` says whether all that was published since then, in this epoch and all after it, is kept.
    """

    epoch: int
    topics: dict[str, int]
    complete: bool


class Since(NamedTuple):
    """Where a moment is: in the present epoch, and in an earlier one, if it is in one that is kept."""

    present: Place
    earlier: Place | None


class Stretch(NamedTuple):
    """Messages `first`, `first + 1` ... of a topic as header and payload, and the lowest sequence kept."""

    first: int
    messages: list[tuple[bytes, bytes]]
    oldest: int


class Log(Protocol):
    """A log. `now_ns` is nanoseconds since 1970-01-01 UTC, `now_s` seconds of a clock that nobody can set."""

    @property
    def kept(self) -> str:
        """Where: on disk, in memory, or in a stream."""

    @property
    def epoch(self) -> int:
        """That of this broker."""

    @property
    def past(self) -> Sequence[PastEpoch]:
        """Earlier epochs known, oldest first."""

    @property
    def restored(self) -> Iterable[Taken] | None:
        """What was taken before, to be restored in this order; None: nothing is known."""

    @property
    def failed(self) -> str | None:
        """Why it can't be relied on any more; for good."""

    @property
    def octets_max(self) -> int:
        """The most that it may have."""

    @property
    def octets(self) -> int:
        """How many octets it has."""

    @property
    def messages(self) -> int:
        """How many messages it has."""

    @property
    def oldest_ns(self) -> int | None:
        """About when its oldest message was published; None where there is none."""

    @property
    def begins(self) -> int:
        """The lowest epoch known; of all after it each is."""

    def begin(self, state: Callable[[], Taken], now_ns: int) -> None:
        """Begin the epoch, before the first commit; `state` tells all that was taken, now or later."""

    def commit(self, published: Sequence[Message], taken: Taken, now_ns: int, now_s: float) -> int:
        """Write what is published, each message the next one of its topic, and the batches that it came of.

        All of it is there then, or OSError and nothing is. The number of this commit.
        """

    def settled(self, now_s: float) -> int:
        """Number of the last commit whose batches may be acknowledged."""

    def expire(self, now_ns: int, now_s: float) -> None:
        """Let go of what is too old."""

    def knows(self, epoch: int) -> bool:
        """Whether it has had this epoch, and not forgotten it."""

    def stretch(self, topic: str, epoch: int, first: int, last: int) -> Stretch:
        """Messages of a topic in a known epoch, as many as one answer takes; one always fits."""

    def since(self, time_ns: int, topics: Sequence[str]) -> Since:
        """Where a moment is, by the time that was told when each message was published."""

    def close(self, now_ns: int) -> None:
        """End the epoch cleanly."""
