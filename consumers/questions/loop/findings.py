"""What a question finds, and what it is to the command that asks it. Pure.

Values in rows and evidence are what JSON shows (text, numbers, booleans, None, lists of them); times are text
by `printable.time_text`. How people read a value is the column's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from nxcast.consumers.client.events import Losses

__all__ = [
    "SEEN",
    "Alert",
    "Column",
    "First",
    "Question",
    "Remembering",
    "Section",
    "Summary",
    "deaf_section",
    "number",
    "to_second",
]


class Column(NamedTuple):
    """A column of a table that people read; rows may have keys that no column shows."""

    key: str
    heading: str
    text: Callable[[Any], str] = str
    right: bool = False  # numbers


def to_second(time: str) -> str:
    """A time's text (`printable.time_text`) without the fraction."""
    return time[: len("2026-01-01T00:00:00")].replace("T", " ")


def number(count: int) -> str:
    """12,345"""
    return f"{count:,}"


SEEN = (Column("first_seen", "first seen", to_second), Column("last_seen", "last seen", to_second))
"""When something was seen first and last."""


_DEAF_COLUMNS = (
    Column("sensor", "sensor"),
    Column("minimises", "looks minimised", lambda percent: f"{percent} %", right=True),
)


@dataclass(frozen=True, slots=True)
class Section:
    """Findings of one kind, best first."""

    name: str  # in JSON, a word
    title: str  # for people
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    note: str = ""  # one sentence for people: what the rows are, and what they are not


def deaf_section(rows: Sequence[Mapping[str, Any]], note: str) -> Section:
    """Sensors whose resolvers minimise names, and `minimises`, of how many in a hundred that shows."""
    return Section("deaf", "Sensors that can't tell", _DEAF_COLUMNS, rows, note)


@dataclass(frozen=True, slots=True)
class Alert:
    """A finding that can't wait for a report."""

    time_ns: int  # of the record that gave rise to it
    kind: str  # in JSON, a word
    text: str  # one line for people
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a report rests on."""

    question: str
    first_ns: int | None  # time of the first record, nanoseconds since the epoch; None without any
    last_ns: int | None  # of the latest
    records: int
    untimely: int  # records passed over, far from the present
    lost: Losses  # of the channel, since the report before
    lost_in_all: Losses
    forgotten: int  # evidence dropped to stay within the bounds
    final: bool
    waiting: str = ""  # when a first finding can come, for people; empty once it can have
    source: str = ""  # what comes in at the broker, for people; empty for a file
    passing: bool = False  # of a picture, which the next one replaces


class First(NamedTuple):
    """When a question can find something for the first time: its `what`."""

    takes: str  # of records, for people: 3 h
    due: Callable[[int], int]  # its time by that of the first record, ns since the epoch
    what: str = "finding"


class Question(Protocol):
    """Records in, findings out; time is the records' own, and no I/O happens here.

    Records are validated ones of one channel, in the order in which they came; their times may be out of
    order by up to a day (`clock`) and, after a change of the clock, begin anew. They are not to be changed.
    """

    def take(self, records: Sequence[Any]) -> list[Alert]:
        """Take records in; what can't wait."""

    def sections(self) -> list[Section]:
        """All that is known now; asking changes nothing."""

    @property
    def forgotten(self) -> int:
        """Evidence dropped so far to stay within the bounds; a report says so."""


class Remembering(Question, Protocol):
    """A question whose evidence can be kept in a file (`state`)."""

    STATE_VERSION: int
    """Raised whenever what `dump` gives changes its meaning; `STATE_OLDEST`, if any, is the first to read."""

    def dump(self) -> Iterable[tuple[str, Any]]:
        """All evidence as (key, what msgpack can pack), keys distinct."""

    def load(self, entries: Iterable[tuple[str, Any]]) -> None:
        """Take what `dump` gave, into a question that has had no record yet; ValueError for anything else."""
