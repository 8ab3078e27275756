"""The latest records, so that each number leads to those that make it. Pure.

They are found by the grammar of --where, and by what the page counts by: zone, cause, sensor, a part of a
name, and the seconds `from` and `until` (the first that is not meant) at which it counts them. What is given
out has no customers' keys.
"""

from __future__ import annotations

import argparse
from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from nxcast.consumers.names.fold import fold
from nxcast.consumers.show.redact import redacted, redacted_text
from nxcast.consumers.show.text import record_text
from nxcast.consumers.show.where import Where, term
from nxcast.schemas.codes import RCODE_NXDOMAIN, rcode_text, type_text
from nxcast.schemas.edns import extended_errors
from nxcast.telemetry.printable import printable, time_text

__all__ = ["Entry", "Looked", "RecentRecords", "Seen", "second_told"]

RECORDS_MAX = 8192  # 1.5 KB each besides messages: 12 MB
OCTETS_MAX = 16 << 20  # of their messages
TERMS_MAX = 16  # of a search
TERM_MAX = 1100  # characters of one: a name with escapes, and the field
PARTS_MAX = 64  # parted by commas, of all terms; a network is compared in 0.7 us: 0.4 s for all records


SECOND_DIGITS = 12  # of a second since 1970: enough for 30,000 years


class Seen(NamedTuple):
    """The message that a record came in, and the second since 1970 that the page counts it at."""

    topic: str
    epoch: int
    sequence: int
    second: int


class Entry(NamedTuple):
    """A record, and what is known of it."""

    number: int  # 1, 2, 3 ... as they came
    seen: Seen
    record: Mapping[str, Any]
    zone: str
    cause: str | None

    @property
    def octets(self) -> int:
        """Of its messages."""
        return len(self.record.get("response") or b"") + len(self.record.get("query") or b"")


class Looked:
    """What is looked for; ValueError says what can't be, and what can be said instead."""

    def __init__(self, terms: list[str]) -> None:
        if len(terms) > TERMS_MAX or any(len(each) > TERM_MAX for each in terms):
            raise ValueError(f"at most {TERMS_MAX} terms of {TERM_MAX} characters")
        if sum(each.count(",") + 1 for each in terms) > PARTS_MAX:
            raise ValueError(f"at most {PARTS_MAX} values in all terms")
        where = []
        self._own: dict[str, set[str]] = {}
        self._from, self._until = 0, 10**SECOND_DIGITS
        for told in terms:
            field, equals, values = told.partition("=")
            if not equals:
                self._own.setdefault("contains", set()).add(told.lower())
            elif field == "from":
                self._from = max(self._from, second_told(told, values))
            elif field == "until":
                self._until = min(self._until, second_told(told, values))
            elif field in ("zone", "cause", "sensor", "contains"):
                self._own.setdefault(field, set()).update(values.lower().split(","))
            else:
                try:
                    where.append(term(told))
                except argparse.ArgumentTypeError as error:
                    raise ValueError(str(error)) from None
        self._where = Where(where)

    def __call__(self, entry: Entry) -> bool:
        """Whether a record is looked for."""
        if not self._from <= entry.seen.second < self._until:
            return False
        own = self._own
        if "zone" in own and redacted_text(entry.zone) not in own["zone"]:
            return False
        if "cause" in own and entry.cause not in own["cause"]:
            return False
        if "sensor" in own and entry.record["sensor"].lower() not in own["sensor"]:
            return False
        if "contains" in own and not self._in_name(entry.record):
            return False
        return self._where(entry.record)

    def _in_name(self, record: Mapping[str, Any]) -> bool:
        """In the name as it is shown: else who asks for a key character by character has it in the end."""

        def found(name: str) -> bool:
            folded = fold(name)
            return any(part in folded for part in self._own["contains"])

        # Of most the name alone says no; whether another field tells a key is asked of the rest.
        return found(redacted_text(record["qname"] or "")) and found(redacted(record)["qname"])


class RecentRecords:
    """The latest records, newest last."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._octets = 0
        self._number = 0

    def add(self, seen: Seen, record: Mapping[str, Any], zone: str, cause: str | None) -> None:
        """One more; the oldest go."""
        self._number += 1
        entry = Entry(self._number, seen, record, zone, cause)
        self._entries.append(entry)
        self._octets += entry.octets
        while len(self._entries) > RECORDS_MAX or self._octets > OCTETS_MAX:
            self._octets -= self._entries.popleft().octets

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def octets(self) -> int:
        """Of all their messages."""
        return self._octets

    def latest(self, count: int) -> list[dict[str, Any]]:
        """So many as rows, the newest first."""
        return [_row(entry) for entry in islice(reversed(self._entries), count)]

    def found(self, looked: Looked, count: int) -> dict[str, Any]:
        """Those looked for, the newest first, and among how many that was."""
        rows = list(islice(self._matching(looked), count + 1))
        oldest = time_text(self._entries[0].record["time_ns"]) if self._entries else None
        return {
            "among": len(self._entries),
            "since": oldest,
            "more": len(rows) > count,
            "records": [_row(entry) for entry in rows[:count]],
        }

    def one(self, number: int) -> dict[str, Any] | None:
        """One with its text, as `tail --format full` has it, and its octets; None where it is gone."""
        for entry in self._entries:
            if entry.number == number:
                record = redacted(entry.record)
                response = record.get("response")
                return {
                    **_row(entry),
                    "text": record_text(entry.seen.topic, record),
                    "octets": None if response is None else b64encode(response).decode(),
                }
        return None

    def _matching(self, looked: Looked) -> Iterator[Entry]:
        return (entry for entry in reversed(self._entries) if looked(entry))


def second_told(told: str, value: str) -> int:
    """A second since 1970; ValueError where it is none, with all that was `told`."""
    if not (value.isascii() and value.isdigit() and len(value) <= SECOND_DIGITS):
        raise ValueError(f"what is {told!r}? Say a second since 1970, as /v1/rates has them")
    return int(value)


def _row(entry: Entry) -> dict[str, Any]:
    record = redacted(entry.record)
    qtype = record["qtype"]
    response = record.get("response")
    return {
        "id": entry.number,
        "time": time_text(record["time_ns"]),
        "rcode": rcode_text(record.get("rcode", RCODE_NXDOMAIN)),
        "qname": None if record["qname"] is None else printable(record["qname"]),
        "qtype": None if qtype is None else type_text(qtype),
        "server": record["response_ip"],
        "zone": printable(redacted_text(entry.zone)),
        "cause": entry.cause,
        "ede": [printable(error.text)[:200] for error in extended_errors(response)] if response else [],
        "sensor": record["sensor"],
        "topic": entry.seen.topic,
        "epoch": str(entry.seen.epoch),
        "sequence": entry.seen.sequence,
    }
