"""Records and events as server-sent events (WHATWG HTML, section 9.2), and the places that ids name. Pure.

Records are given in the order of Place, and an id is the place of its record: so it says of every topic what
was had. Octets of a record are JSON in printable ASCII, without customers' keys.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, NamedTuple

from nxcast.consumers.client.events import Batch, Event, UnknownLoss
from nxcast.consumers.show.json_lines import json_line, record_json
from nxcast.consumers.show.redact import redacted

__all__ = ["HELLO", "PING", "Place", "event_of", "id_of", "record_events", "told"]

RETRY_MS = 1000  # milliseconds that a client waits before it comes back
HELLO = f"retry: {RETRY_MS}\n\n".encode()
PING = b": nothing for now\n\n"
U64_MAX = 2**64 - 1
_LAST = "~"  # after the names of all topics

_ID = re.compile(
    r"([0-9]{1,20}),([0-9]{1,20})(?:,([a-z-]{1,16}/(?:[A-Z0-9-]{1,32}/)?),([0-9]{1,20}),([0-9]{1,9}))?"
)


class Place(NamedTuple):
    """Of a record among all of an epoch; of no topic: after all that was published until then."""

    epoch: int  # 0: not known
    time_ns: int  # of publication
    topic: str = _LAST
    sequence: int = 0
    number: int = 0  # in its message, from 0

    @property
    def text(self) -> str:
        """As an id."""
        if self.topic == _LAST:
            return f"{self.epoch},{self.time_ns}"
        return ",".join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> Place:
        """What `text` gave; ValueError for what it didn't."""
        found = _ID.fullmatch(text)
        if found is None:
            raise ValueError("no id of an event of this stream")
        epoch, time_ns, topic, sequence, number = found.groups()
        numbers = [int(epoch), int(time_ns), int(sequence or 0)]
        if max(numbers) > U64_MAX:
            raise ValueError("no id of an event of this stream")
        return cls(numbers[0], numbers[1], topic or _LAST, numbers[2], int(number or 0))

    @classmethod
    def before(cls, time_ns: int) -> Place:
        """Before all that was published from a time on."""
        return cls(0, min(max(time_ns, 0), U64_MAX), "")

    def has(self, batch: Batch[Any], number: int) -> bool:
        """Whether a record was had by who has come to this place; of another epoch, by its time."""
        if batch.epoch != self.epoch:
            return batch.time_ns < self.time_ns
        return (batch.time_ns, batch.topic, batch.sequence, number) <= self[1:]


def record_events(batch: Batch[Any]) -> list[bytes]:
    """Each record of a batch."""
    head = f"id: {batch.epoch},{batch.time_ns},{batch.topic},{batch.sequence}"
    return [
        f"{head},{number}\ndata: {record_json(redacted(record), batch)}\n\n".encode()
        for number, record in enumerate(batch.records)
    ]


def event_of(event: Event) -> bytes:
    """What happened to the stream: its kind, its text, and its values."""
    kind = "lost" if isinstance(event, UnknownLoss) else type(event).__name__.lower()
    return told(kind, str(event), **{each.name: getattr(event, each.name) for each in fields(event)})


def told(kind: str, text: str, **values: object) -> bytes:
    """An event of a kind."""
    return f"event: {kind}\ndata: {json_line({'text': text, **values})}\n\n".encode()


def id_of(place: Place) -> bytes:
    """An id by itself, which no listener sees and a client keeps."""
    return f"id: {place.text}\n\n".encode()
