"""From message parts to batches and events: decoding, validation, accounting, silence.

Pure: time is an argument (seconds of a clock that only goes forward), and what a publisher sends can't
raise. A message that breaks the contract becomes an `Invalid` event and is passed over; where its header
could be read, its sequence still counts as received. What a message shows to be missing goes through
`repairs` first, and the message with it: then nothing is taken in until `repaired` has given all of it.
One that begins at an earlier moment or position passes over what comes before the first status, since the
broker's store has that as well. A message that has no records, or none but canaries', is accounted for and
gives no batch. What a key allows is asked before a status is accounted for: it tells of all
topics.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from nxcast.consumers.client.events import (
    Back,
    Batch,
    Connected,
    Counts,
    Event,
    Gap,
    Invalid,
    Refused,
    Restart,
    Silent,
    Unreplayed,
)
from nxcast.consumers.client.faults import BAD, excerpt, reason_of
from nxcast.consumers.client.gap_detection import Ledger, Position
from nxcast.consumers.client.repair import Missing, Moment, Repairs, Rights
from nxcast.schemas.canary import without_canaries
from nxcast.schemas.codes import RCODES, TYPES
from nxcast.schemas.records import Header, Status, decode_header, decode_records
from nxcast.schemas.requests import PREFIXES_MAX, RightsAnswer
from nxcast.schemas.topics import CHANNELS, STATUS, channel_of, dns_errors_topic, nxdomain_topic
from nxcast.telemetry.printable import second_text

__all__ = ["TOPICS", "Intake", "checked_topic"]

SILENT_S = 5.0  # seconds; a status comes each second, so five in a row are missing
U64_MAX = 2**64 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMED_MAX = 3  # topics named in one line
_NO_CODE = -1  # has no mnemonic, so its topic is OTHER

TOPICS: frozenset[str] = frozenset(
    [
        *CHANNELS,
        *map(dns_errors_topic, (*RCODES.keys() - {0}, _NO_CODE)),
        *map(nxdomain_topic, (*TYPES, _NO_CODE)),
    ]
)
"""What can be subscribed to: the channels and each topic below them."""

# Any mnemonic, since a later broker may know more than TOPICS.
_TOPIC = re.compile(r"(?:dns-errors|nxdomain)/[A-Z0-9-]{1,32}/|malformed/|status/")


def checked_topic(topic: str) -> str:
    """The topic, if it can be subscribed to; else ValueError, with what was probably meant."""
    if topic in TOPICS:
        return topic
    meant = {known.upper(): known for known in TOPICS}.get(topic.rstrip("/").upper() + "/")
    hint = f" (did you mean {meant}?)" if meant else ""
    raise ValueError(
        f"no such topic: {topic!r}{hint}; a topic is a channel ({', '.join(CHANNELS)}) or one below it, "
        "such as nxdomain/MX/ or dns-errors/SERVFAIL/, and ends in '/'"
    )


class Intake:
    """Takes message parts as they come and keeps the account of one subscriber.

    It begins where it joins, or `since` so many seconds before the first status or a time, or after a
    `position`. `refusal` says why the broker refuses, as far as it does. `keyed`: we come with a key.
    `canaries`: their records are wanted too.
    """

    def __init__(
        self,
        topics: Sequence[str],
        *,
        validate: bool,
        now: float,
        since: float | datetime | None = None,
        position: Position | None = None,
        keyed: bool = False,
        canaries: bool = False,
    ) -> None:
        self._topics = topics
        self._ledger = Ledger(topics)
        self._validate = validate
        self._canaries = canaries
        self._status_wanted = STATUS in topics
        self._heard_at = now
        self._since = since
        self._joining = since is not None or position is not None
        self._keyed = keyed
        self._rights_due = keyed
        self._accepted = False
        self._lacking = ""  # what of the topics the key does not allow
        self._first: Sequence[bytes] = ()  # a status, set aside until rights and moment are known
        self.refusal: str | None = None
        self.silent = False
        self.counts = Counts()
        self.status: Status | None = None
        self.replay_port: int | None = None  # as the latest status tells
        self.repairs = Repairs(self._batch)
        if position is not None:
            self._ledger.begin(position, complete=True)

    def take(self, parts: Sequence[bytes], now: float) -> tuple[list[Event], Batch[Any] | None]:
        """Take in one message: what it tells, and the batch if it is one of the caller's topics."""
        events: list[Event] = []
        if self.silent:
            events.append(Back(now - self._heard_at))
        self.silent = False
        self._heard_at = now
        batch = None
        joining = self._joining
        try:
            batch = self._decode(parts, events)
        except BAD as error:
            events.append(Invalid(excerpt(parts[0]) if parts else "", reason_of(error)))
        if (joining and not self._joining) or any(map(_repairable, events)):
            self._set_aside(events, batch, wanted=joining)
            return [], None
        self._count(events, batch)
        return events, _worth_giving(batch)

    def repaired(self, now: float) -> tuple[list[Event], Batch[Any] | None] | None:
        """The next of what `repairs` holds, as `take` gives it; None where a request or its answer is due."""
        found = self.repairs.pull()
        if found is None:
            return None
        if isinstance(found, Moment):
            return self._join(found, now)
        if isinstance(found, Rights):
            return self._apply(found.answer, now)
        events, batch = ([], found) if isinstance(found, Batch) else ([found], None)
        self._count(events, batch)
        return events, _worth_giving(batch)

    def idle(self, now: float) -> list[Event]:
        """Tell that no message is waiting; a silence that has lasted long enough."""
        if now < self.silent_at:
            return []
        self.silent = True
        events: list[Event] = [Silent(now - self._heard_at)]
        self._count(events, None)
        if self._keyed and self._accepted and self.status is None:
            events += self.refused(
                "the broker knows this key but sends nothing: it may not subscribe, it seems"
            )
        return events

    def accepted(self, now: float) -> None:
        """Tell that the broker let us in, the first time or again."""
        self.refusal = None
        self._accepted = True
        if self.status is not None:
            self._rights_due = self._keyed
        elif self._keyed:  # from now on there is something to be heard
            self._heard_at, self.silent = now, False

    def refused(self, reason: str) -> list[Event]:
        """Tell that the broker refuses; what is new in that."""
        if reason == self.refusal:
            return []
        self.refusal = reason
        events: list[Event] = [Refused(reason)]
        self._count(events, None)
        return events

    @property
    def silent_at(self) -> float:
        """When `idle` would tell of a silence; infinite if it has."""
        return math.inf if self.silent else self._heard_at + SILENT_S

    def position(self, held: Iterable[Batch[Any]]) -> Position | None:
        """Up to where all has come and is done with, but for batches `held`; None where that can't be said.

        It can't before the first status, nor while something of an earlier epoch is still held.
        """
        position = self._ledger.position()
        if position is None or self._joining or self.status is None:
            return None
        undelivered = [(batch.topic, batch.epoch, batch.sequence) for batch in held]
        for topic, epoch, sequence in (*undelivered, *self.repairs.undelivered()):
            if epoch != position.epoch:
                return None
            if topic in position.topics:
                position.topics[topic] = min(position.topics[topic], sequence - 1)
        return position

    def _decode(self, parts: Sequence[bytes], events: list[Event]) -> Batch[Any] | None:
        if len(parts) != 3:
            raise ValueError(f"3 parts expected, not {len(parts)}")
        topic, channel = _topic(parts[0])
        if self._joining and channel != STATUS:
            return None
        header = decode_header(parts[1])
        if self._since is not None or (self._rights_due and channel == STATUS):
            self._ask_first(header, parts)
            return None
        joining = self._joining
        wanted = channel != STATUS or self._status_wanted
        if wanted and not joining:
            events += self._ledger.message(topic, header["epoch"], header["sequence"])
        batch = self._batch(topic, header, parts[2])
        if channel == STATUS:
            self._account(header["epoch"], batch.records, events)
        if wanted and joining:
            self._ledger.join(topic, header["sequence"])
        return batch if wanted else None

    def _batch(self, topic: str, header: Header, payload: bytes) -> Batch[Any]:
        channel = channel_of(topic) or ""
        records = decode_records(channel, payload, validate=self._validate or channel == STATUS)
        if len(records) != header["count"]:
            raise ValueError(f"{len(records)} records where the header says {header['count']}")
        if not self._canaries:
            records = without_canaries(records)
            self.counts.canaries += header["count"] - len(records)
        return Batch(topic, header["epoch"], header["sequence"], header["time_ns"], records)

    def _account(self, epoch: int, statuses: list[Status], events: list[Event]) -> None:
        for status in statuses:
            if status["epoch"] != epoch:
                raise ValueError(f"status of epoch {status['epoch']} in a message of epoch {epoch}")
            if self.status is None:
                events.append(Connected(epoch, status["software"]))
            events += self._ledger.status(status)
            self.status = status
            self.replay_port = status["replay"]
            self._joining = False

    def _set_aside(self, events: list[Event], batch: Batch[Any] | None, *, wanted: bool) -> None:
        """Until what is missing has come."""
        if any(isinstance(event, Back | Restart) for event in events):
            self.repairs.resume()
        self.repairs.add(_missing(event, wanted=wanted) if _repairable(event) else event for event in events)
        if wanted:
            self.repairs.end_replay()
        if batch is not None:
            self.repairs.add([batch])

    def _ask_first(self, header: Header, parts: Sequence[bytes]) -> None:
        """Ask what we may and where `since` is, before a status is accounted for."""
        for status in self._batch(STATUS, header, parts[2]).records:
            self._first = parts
            self.replay_port = status["replay"]
            if self._rights_due:
                self._rights_due = False
                self.repairs.resume()
                self.repairs.add([Rights()])
            if self._since is not None:
                topics = self._topics if len(self._topics) <= PREFIXES_MAX else CHANNELS
                time_ns = _moment_ns(self._since, status["time_ns"])
                self.repairs.add([Moment(list(topics), time_ns, status)])
            return

    def _apply(self, rights: RightsAnswer | None, now: float) -> tuple[list[Event], Batch[Any] | None]:
        """Go by our rights, and on with the status that was set aside for them."""
        events: list[Event] = []
        if rights is not None:
            allowed = self._ledger.allowed = (
                *rights["subscribe"],
                *([STATUS] if rights["subscribe"] else []),
            )
            lacking = _lacking(self._topics, rights)
            if not any(map(partial(_overlaps, allowed), self._topics)):
                events += self.refused(lacking)
            elif lacking and lacking != self._lacking:
                events.append(Refused(lacking, partly=True))
                self._count(events, None)
            self._lacking = lacking
        batch = None
        if self._first and self._since is None:
            parts, self._first = self._first, ()
            taken, batch = self.take(parts, now)
            events += taken
        return events, batch

    def _join(self, moment: Moment, now: float) -> tuple[list[Event], Batch[Any] | None]:
        """Begin at the moment, as the first status allows; where that is of another epoch, the next one."""
        answer = moment.answer
        events: list[Event] = []
        if answer is not None:
            if answer["epoch"] != moment.status["epoch"]:
                return [], None
            published = {topic: told["sequence"] for topic, told in moment.status["topics"].items()}
            before = {
                topic: max(min(first - 1, published.get(topic, 0)), 0)
                for topic, first in answer["topics"].items()
            }
            self._ledger.begin(Position(answer["epoch"], before), complete=False)
            if not answer["complete"]:
                events.append(
                    Unreplayed(f"not all since {second_text(moment.time_ns)} UTC is kept by the broker")
                )
        self._since = None
        taken, batch = self.take(self._first, now)
        self._first = ()
        return events + taken, batch

    def _count(self, events: list[Event], batch: Batch[Any] | None) -> None:
        for event in events:
            self.counts.add(event)
        self.counts.repeated = self._ledger.repeated
        self.counts.repaired, self.counts.replayed = self.repairs.repaired, self.repairs.replayed
        if batch is not None:
            self.counts.messages += 1
            self.counts.records += len(batch.records)


def _worth_giving(batch: Batch[Any] | None) -> Batch[Any] | None:
    """The batch, unless it has no records."""
    return batch if batch is not None and batch.records else None


def _lacking(topics: Sequence[str], rights: RightsAnswer) -> str:
    """What of the topics a key does not allow, and what it does; empty if it allows all."""
    allowed = rights["subscribe"]
    lacking = [
        topic
        for topic in topics
        if not topic.startswith(tuple(allowed)) and not (topic == STATUS and allowed)
    ]
    if not lacking:
        return ""
    named = [f"all of {topic}" if _overlaps(allowed, topic) else topic for topic in lacking]
    return (
        f"the key {rights['name']} may not subscribe to {_few(named)}; it may: {_few(allowed) or 'nothing'}"
    )


def _overlaps(allowed: Sequence[str], topic: str) -> bool:
    """Whether a part of a topic is allowed."""
    return topic.startswith(tuple(allowed)) or any(each.startswith(topic) for each in allowed)


def _few(names: Sequence[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def _repairable(event: Event) -> bool:
    """Whether something is missing that a store may have."""
    return isinstance(event, Gap) and event.topic != STATUS and _TOPIC.fullmatch(event.topic) is not None


def _missing(gap: Event, *, wanted: bool) -> Missing:
    assert isinstance(gap, Gap)  # noqa: S101  nothing else is repairable
    return Missing(gap.topic, gap.epoch, gap.first, gap.last, wanted)


def _moment_ns(since: float | datetime | None, now_ns: int) -> int:
    if isinstance(since, datetime):
        time_ns = (since - EPOCH) // timedelta(microseconds=1) * 1000
    else:
        time_ns = now_ns - int((since or 0) * 1e9)
    return max(0, min(time_ns, U64_MAX))


def _topic(octets: bytes) -> tuple[str, str]:
    topic = octets.decode("ascii")
    channel = channel_of(topic)
    if channel is None or not _TOPIC.fullmatch(topic):
        raise ValueError("no topic of the contract")
    return topic, channel
