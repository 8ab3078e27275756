"""From message parts to batches and events: decoding, validation, accounting, silence.

Pure: time is an argument (seconds of a clock that only goes forward), and what a publisher sends can't
raise. A message that breaks the contract becomes an `Invalid` event and is passed over; where its header
could be read, its sequence still counts as received.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from nxcast.consumers.events import Back, Batch, Connected, Counts, Event, Invalid, Silent
from nxcast.consumers.ledger import Ledger
from nxcast.consumers.printable import printable
from nxcast.schemas.codes import RCODES, TYPES
from nxcast.schemas.records import Status, decode_header, decode_records
from nxcast.schemas.topics import CHANNELS, STATUS, channel_of, dns_errors_topic, nxdomain_topic

__all__ = ["TOPICS", "Intake", "checked_topic"]

SILENT_S = 5.0  # seconds; a status comes each second, so five in a row are missing
EXCERPT_MAX = 64  # characters of a hostile topic in an event; the longest of ours has 22
ERRORS_MAX = 100  # errors pydantic may list for a reason's sake; each costs about 600 octets
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
_BAD = (ValueError, MemoryError, RecursionError)  # what decoding raises for any octets at all


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
    """Takes message parts as they come and keeps the account of one subscriber."""

    def __init__(self, topics: Sequence[str], *, validate: bool, now: float) -> None:
        self._ledger = Ledger(topics)
        self._validate = validate
        self._status_wanted = STATUS in topics
        self._heard_at = now
        self._silent = False
        self.counts = Counts()
        self.status: Status | None = None

    def take(self, parts: Sequence[bytes], now: float) -> tuple[list[Event], Batch[Any] | None]:
        """Take in one message: what it tells, and the batch if it is one of the caller's topics."""
        events: list[Event] = []
        if self._silent:
            events.append(Back(now - self._heard_at))
        self._silent = False
        self._heard_at = now
        batch = None
        try:
            batch = self._decode(parts, events)
        except _BAD as error:
            events.append(Invalid(_excerpt(parts[0]) if parts else "", _reason(error)))
        self._count(events, batch)
        return events, batch

    def idle(self, now: float) -> list[Event]:
        """Tell that no message is waiting; a silence that has lasted long enough."""
        if now < self.silent_at:
            return []
        self._silent = True
        events: list[Event] = [Silent(now - self._heard_at)]
        self._count(events, None)
        return events

    @property
    def silent_at(self) -> float:
        """When `idle` would tell of a silence; infinite if it has."""
        return math.inf if self._silent else self._heard_at + SILENT_S

    def _decode(self, parts: Sequence[bytes], events: list[Event]) -> Batch[Any] | None:
        if len(parts) != 3:
            raise ValueError(f"3 parts expected, not {len(parts)}")
        topic, channel = _topic(parts[0])
        header = decode_header(parts[1])
        wanted = channel != STATUS or self._status_wanted
        if wanted:
            events += self._ledger.message(topic, header["epoch"], header["sequence"])
        records = decode_records(channel, parts[2], validate=self._validate or channel == STATUS)
        if len(records) != header["count"]:
            raise ValueError(f"{len(records)} records where the header says {header['count']}")
        if channel == STATUS:
            self._account(header["epoch"], records, events)
        if not wanted:
            return None
        return Batch(topic, header["epoch"], header["sequence"], header["time_ns"], records)

    def _account(self, epoch: int, statuses: list[Status], events: list[Event]) -> None:
        for status in statuses:
            if status["epoch"] != epoch:
                raise ValueError(f"status of epoch {status['epoch']} in a message of epoch {epoch}")
            if self.status is None:
                events.append(Connected(epoch, status["software"]))
            events += self._ledger.status(status)
            self.status = status

    def _count(self, events: list[Event], batch: Batch[Any] | None) -> None:
        for event in events:
            self.counts.add(event)
        self.counts.repeated = self._ledger.repeated
        if batch is not None:
            self.counts.messages += 1
            self.counts.records += len(batch.records)


def _topic(octets: bytes) -> tuple[str, str]:
    topic = octets.decode("ascii")
    channel = channel_of(topic)
    if channel is None or not _TOPIC.fullmatch(topic):
        raise ValueError("no topic of the contract")
    return topic, channel


def _excerpt(topic: bytes) -> str:
    return printable(topic[:EXCERPT_MAX].decode("latin-1"))


def _reason(error: BaseException) -> str:
    # A status may hold 100,000 errors; listing them takes 60 MB, and there is no asking for the first alone.
    if not isinstance(error, ValidationError):
        return printable(str(error) or type(error).__name__)
    if error.error_count() > ERRORS_MAX:
        return f"{error.error_count()} errors of validation"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step)[:EXCERPT_MAX] for step in first["loc"])
    return printable(f"{place}: {first['msg']}" if place else first["msg"])
