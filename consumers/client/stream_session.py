"""What a subscriber of a stream of NATS does with what comes: the account that `session` keeps of a socket.

The stream gives each message once and in order, from where one begins, so nothing is asked for again. Several
brokers may publish there side by side: each epoch has an account of its own. What the stream let go of before
it was read is lost: by topic and sequence in an epoch that is known, else it is an unknown loss. How far one
has come is a number in the stream, beside the sequences that `position` has for a socket. Pure.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgpack

from nxcast.consumers.client.events import (
    Back,
    Batch,
    Connected,
    Counts,
    Event,
    Gap,
    Invalid,
    Refused,
    Replayed,
    Restart,
    UnknownLoss,
    Unreplayed,
)
from nxcast.consumers.client.faults import BAD, excerpt, reason_of
from nxcast.consumers.client.gap_detection import EpochEnd, Ledger
from nxcast.consumers.client.position import Position, StreamPlace
from nxcast.consumers.client.reception import Reception
from nxcast.consumers.client.session import Intake, since_ns, worth_giving
from nxcast.consumers.client.session_states import HearingEvent
from nxcast.consumers.client.subscription import read_topic
from nxcast.schemas.records import Header, decode_header
from nxcast.schemas.topics import STATUS
from nxcast.telemetry.printable import second_text
from nxcast.transport.nats.stream_reader import (
    DENIED_PARTLY,
    JOINED,
    LET_GO,
    STATUS_BEFORE,
    Joined,
    StreamStart,
)

__all__ = ["StreamIntake", "StreamReception"]

EPOCHS_MAX = 64  # epochs with an account: brokers side by side, and those that were restarted not long ago
# Batches given whose number is remembered: those set aside before the first status, and the one in hand.
PLACES_MAX = 2048


class StreamIntake(Intake):
    """Takes what a `StreamReader` gives; `start` is where that has to begin. `now_ns` is the time."""

    def __init__(
        self,
        topics: Sequence[str],
        *,
        validate: bool,
        now: float,
        now_ns: int,
        since: float | datetime | None = None,
        position: Position | None = None,
        canaries: bool = False,
    ) -> None:
        super().__init__(topics, validate=validate, now=now, canaries=canaries)
        self._ledgers: OrderedDict[int, Ledger] = OrderedDict()
        self._newest: int | None = None  # epoch
        self._created_ns: int | None = None  # of the stream
        self._number = 0  # of the last message, in the stream
        self._joined = False
        self._replaying = since is not None or position is not None
        self._left = 0  # messages of that still to come, once joined
        self._replayed = 0
        self._repeated = 0
        self._whole: set[int] = set()  # epochs of which all topics are in their account
        self._gone: str | None = None  # why something may be lost that no sequence tells
        self._unheard: set[int] = set()  # epochs that may have ended in that
        self._began_ns: dict[int, int] = {}  # by epoch, when the first of its messages was published
        self._read_ns = 0  # nanoseconds that we have read of, by one broker's clock
        self._places: OrderedDict[tuple[str, int, int], int] = OrderedDict()
        self._since_ns = None if since is None else since_ns(since, now_ns)
        self.start = StreamStart(time_ns=self._since_ns)
        if position is not None and position.stream is not None:
            self._created_ns, self._number = position.stream
            self.start = StreamStart(after=self._number, created_ns=self._created_ns)
            if position.epoch:
                self._newest = position.epoch
                self._whole.add(position.epoch)
                self._ledger_of(position.epoch).begin(position, complete=True)

    def take(self, parts: Sequence[bytes], now: float) -> tuple[list[Event], Batch[Any] | None]:
        """Take in what came; what it tells, and the batch if it is one of the caller's topics."""
        events: list[Event] = []
        batch = None
        try:
            if parts[0] == JOINED:
                events += self._join(Joined(*msgpack.unpackb(parts[1])))
            elif parts[0] == LET_GO:
                self._let_go(_oldest(int(parts[1])))
            elif parts[0] == DENIED_PARTLY:
                events.append(Refused(parts[1].decode(), partly=True))
            elif parts[0] == STATUS_BEFORE:
                events += self._first_status(*parts[1:])
            else:
                if self.silent:
                    self._hearing.on(HearingEvent.MESSAGE)
                    events.append(Back(now - self._heard_at))
                self._heard_at = now
                batch = self._message(parts, events)
        except BAD as error:
            events.append(Invalid(excerpt(parts[0]), reason_of(error)))
        self._count(events, batch)
        return events, worth_giving(batch)

    @property
    def counts(self) -> Counts:
        """The account so far: what a broker published before it was away waits in the stream, and is told."""
        return self._counts

    def position(self, held: Iterable[Batch[Any]]) -> Position | None:
        """Up to where all has come and is done with, but for batches `held`; None before we are connected.

        Its epoch is 0 where the account of the newest one has not all topics yet.
        """
        if not self._joined or self._created_ns is None:
            return None
        epoch, topics, number = 0, {}, self._number
        if self._newest in self._whole and self._newest in self._ledgers:
            known = self._ledgers[self._newest].position()
            if known is not None:
                epoch, topics = known.epoch, known.topics
        for batch in held:
            key = (batch.topic, batch.epoch, batch.sequence)
            if key not in self._places:
                return None
            number = min(number, self._places[key] - 1)
            if batch.epoch == epoch and batch.topic in topics:
                topics[batch.topic] = min(topics[batch.topic], batch.sequence - 1)
        return Position(epoch, topics, stream=StreamPlace(self._created_ns, number))

    def _join(self, joined: Joined) -> list[Event]:
        """A consumer was made: the first, or another one in its place."""
        events: list[Event] = []
        if not self._joined:
            self._joined = True
            if self._since_ns is not None and joined.first > 1 and joined.oldest_ns > self._since_ns:
                events.append(
                    Unreplayed(f"not all since {second_text(self._since_ns)} UTC is kept by the stream")
                )
        if self._created_ns not in (None, joined.created_ns):
            self._let_go("the stream was made anew")
        elif joined.wanted and joined.first > joined.wanted:
            self._let_go(_oldest(joined.first))
        if self._created_ns != joined.created_ns:
            self._created_ns, self._number = joined.created_ns, 0
        self._number = max(self._number, joined.wanted - 1)
        self._left = joined.pending
        return events + self._end_of_replay()

    def _let_go(self, why: str) -> None:
        """Something may be lost: whose next Status comes tells what of theirs, any other's end is unknown."""
        self._gone, self._unheard = why, set(self._ledgers)

    def _first_status(self, header: bytes, payload: bytes) -> list[Event]:
        """The latest Status that was there before: who publishes, though nothing of theirs has come yet."""
        if self.status is not None:
            return []
        return self._statuses(self._batch(STATUS, decode_header(header), payload))

    def _message(self, parts: Sequence[bytes], events: list[Event]) -> Batch[Any] | None:
        if len(parts) != 4:
            raise ValueError(f"4 parts expected, not {len(parts)}")
        self._number = int(parts[3])
        try:
            return self._read(parts, events)
        finally:
            if self._replaying:
                self._left -= 1
                self._replayed += parts[0] != STATUS.encode()
                events += self._end_of_replay()

    def _read(self, parts: Sequence[bytes], events: list[Event]) -> Batch[Any] | None:
        topic, _ = read_topic(parts[0])
        header = decode_header(parts[1])
        events += self._enter(header)
        ledger = self._ledger_of(header["epoch"])
        began_ns = self._began_ns.setdefault(header["epoch"], header["time_ns"])
        self._read_ns = max(self._read_ns, header["time_ns"] - began_ns)
        wanted = topic != STATUS or self._status_wanted
        batch = self._batch(topic, header, parts[2])
        if wanted:
            repeated = ledger.repeated
            events += _gaps(ledger.message(topic, header["epoch"], header["sequence"]))
            self._repeated += ledger.repeated - repeated
        if topic == STATUS:
            for status in batch.records:
                if status["epoch"] != header["epoch"]:
                    raise ValueError(f"status of epoch {status['epoch']} in one of epoch {header['epoch']}")
                events += _gaps(ledger.status(status))
                self._whole.add(header["epoch"])
                self._heard(header["epoch"])
            events += self._statuses(batch)
        if not wanted:
            return None
        self._places[topic, header["epoch"], header["sequence"]] = self._number
        if len(self._places) > PLACES_MAX:
            self._places.popitem(last=False)
        return batch

    def _statuses(self, batch: Batch[Any]) -> list[Event]:
        events: list[Event] = []
        for status in batch.records:
            if self.status is None:
                events.append(Connected(batch.epoch, status["software"]))
            self.status = status
        return events

    def _enter(self, header: Header) -> list[Event]:
        """What is told where this epoch is another one than those that are known."""
        epoch, newest = header["epoch"], self._newest
        if epoch in self._ledgers:
            return []
        gone, self._gone = self._gone, None
        self._newest = epoch if newest is None else max(epoch, newest)
        # Two spans and not two times: the brokers' clocks may differ. One that is younger than what we have
        # read of began in that, and so all of it must come.
        if 0 <= header["time_ns"] - epoch < self._read_ns:
            self._ledger_of(epoch).begin(Position(epoch, {}), complete=True)
        lost: list[Event] = [UnknownLoss(newest or 0, epoch, gone)] if gone else []
        return lost if newest is None else [*lost, Restart(newest, epoch)]

    def _heard(self, epoch: int) -> None:
        """Its account has all that is missing of it; once each has, nothing unknown is lost."""
        self._unheard.discard(epoch)
        if not self._unheard:
            self._gone = None

    def _end_of_replay(self) -> list[Event]:
        if not self._replaying or self._left > 0:
            return []
        self._replaying = False
        return [Replayed(self._replayed)]

    def _count(self, events: list[Event], batch: Batch[Any] | None) -> None:
        super()._count(events, batch)
        self._counts.repeated, self._counts.replayed = self._repeated, self._replayed

    def _ledger_of(self, epoch: int) -> Ledger:
        ledger = self._ledgers.get(epoch)
        if ledger is None:
            ledger = self._ledgers[epoch] = Ledger(self._topics)
            if len(self._ledgers) > EPOCHS_MAX:
                oldest = self._ledgers.popitem(last=False)[0]
                self._whole.discard(oldest)
                self._began_ns.pop(oldest, None)
        return ledger


class StreamReception(Reception):
    """That of a stream: `why` tells why there is no reading from it."""

    def __init__(
        self, intake: StreamIntake, broker: str, why: Callable[[], str | None], *, now: float
    ) -> None:
        super().__init__(intake, broker, replay=False, key=None, now=now)
        self._why = why

    def _reason(self, *, unknown_key: bool) -> str:
        return self._why() or super()._reason(unknown_key=unknown_key)


def _oldest(number: int) -> str:
    return f"the oldest message in the stream is {number}"


def _gaps(found: Iterable[Gap | EpochEnd]) -> list[Event]:
    """What is missing; status/ replaces itself, and each message of it goes after a minute."""
    return [each for each in found if isinstance(each, Gap) and each.topic != STATUS]
