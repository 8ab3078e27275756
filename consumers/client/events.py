"""What a subscriber gets: batches of records, and events that say what happened to the stream.

Events are plain values and their text is one printable line, so that they can be logged, counted, shown
or acted upon. They come in the order in which things happened, before the batch that follows them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeAlias, cast

from typing_extensions import TypeVar

from nxcast.consumers.client.packed import Packed, columns_of
from nxcast.schemas.topics import channel_of
from nxcast.telemetry.printable import printable

__all__ = [
    "Back",
    "Batch",
    "Connected",
    "Counts",
    "Event",
    "Gap",
    "Invalid",
    "Losses",
    "Refused",
    "Repaired",
    "Replayed",
    "Restart",
    "Silent",
    "UnknownLoss",
    "Unreplayed",
]

R = TypeVar("R", default=Any)  # the record type of the topics subscribed to


@dataclass(frozen=True, slots=True, eq=False)
class Batch(Generic[R]):
    """One published message: the records of one topic, in the order in which the broker saw them."""

    topic: str
    epoch: int  # of the broker
    sequence: int  # of the topic: 1, 2, 3 ...
    time_ns: int  # when it was published, nanoseconds since 1970-01-01 UTC
    _held: list[R] | Packed = field(repr=False)

    @property
    def count(self) -> int:
        """How many records there are."""
        held = self._held  # taken once here and below: another thread may put records in its place
        return held.count if isinstance(held, Packed) else len(held)

    @property
    def records(self) -> list[R]:
        """All of them, made when they are first asked for."""
        held = self._held
        if isinstance(held, Packed):
            object.__setattr__(self, "_held", held.records())
        return cast(list[R], self._held)

    def columns(self, *fields: str) -> tuple[list[Any], ...]:
        """Of each field a list of its values, and no record made for that; None where a record is without it.

        KeyError for a field that the channel's records don't have.
        """
        held = self._held
        if isinstance(held, Packed):
            return held.columns(fields)
        return columns_of(channel_of(self.topic) or "", cast(list[Any], held), fields)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Batch):
            return NotImplemented
        place = (self.topic, self.epoch, self.sequence, self.time_ns)
        return (
            place == (other.topic, other.epoch, other.sequence, other.time_ns)
            and self.records == other.records
        )


@dataclass(frozen=True, slots=True)
class Connected:
    """The first status arrived: the broker is there and all subscriptions are in force."""

    epoch: int
    software: str  # name and version of the broker

    def __str__(self) -> str:
        return f"connected to {printable(self.software)}, epoch {self.epoch}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages `first` to `last` of a topic are lost: they never came, and the broker's store gave none."""

    topic: str
    epoch: int
    first: int
    last: int

    @property
    def lost(self) -> int:
        """Number of messages."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        which = f"message {self.first}" if self.lost == 1 else f"messages {self.first} to {self.last}"
        return f"lost {which} of {printable(self.topic)}"


@dataclass(frozen=True, slots=True)
class Repaired:
    """So many messages of a topic that never came were fetched from the broker's store, in their place."""

    topic: str
    epoch: int
    messages: int

    def __str__(self) -> str:
        return f"repaired {self.messages} message{'s' * (self.messages != 1)} of {printable(self.topic)}"


@dataclass(frozen=True, slots=True)
class Replayed:
    """All that was asked for with `since` or `cursor` has come: so many messages of the broker's store."""

    messages: int

    def __str__(self) -> str:
        return f"replayed {self.messages} message{'s' * (self.messages != 1)}"


@dataclass(frozen=True, slots=True)
class Unreplayed:
    """The broker's store can't give what was asked of it; what is lost by that is told by `Gap`."""

    reason: str

    def __str__(self) -> str:
        return f"no replay: {printable(self.reason)}"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The broker's store has not answered yet: the stream waits, since the log may have what is missing."""

    endpoint: str
    seconds: float

    def __str__(self) -> str:
        return (
            f"no answer from {printable(self.endpoint)} for {self.seconds:.0f} s: "
            "what is missing is waited for; is that port open?"
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker does not let this subscriber in, or does not allow its topics; `partly`: the others come."""

    reason: str
    partly: bool = False

    def __str__(self) -> str:
        return printable(self.reason)


@dataclass(frozen=True, slots=True)
class Restart:
    """The broker was restarted, or another one answers at its address; sequences begin again at 1."""

    old_epoch: int
    new_epoch: int

    def __str__(self) -> str:
        return f"the broker was restarted: epoch {self.old_epoch} is now {self.new_epoch}"


@dataclass(frozen=True, slots=True)
class UnknownLoss:
    """What came after our last message of `epoch` and before `next_epoch` is lost: any number of messages."""

    epoch: int
    next_epoch: int
    reason: str

    def __str__(self) -> str:
        return (
            f"lost an unknown number of messages, after the last one of epoch {self.epoch} and before epoch "
            f"{self.next_epoch}: {printable(self.reason)}"
        )


@dataclass(frozen=True, slots=True)
class Silent:
    """Not even a status came for so many seconds: the broker or the way to it is down, or it was stopped."""

    seconds: float
    ended: bool = False  # stopped: it had told its last

    def __str__(self) -> str:
        stopped = ": it was stopped, and told before how much it had published" if self.ended else ""
        return f"nothing heard from the broker for {self.seconds:.0f} s{stopped}"


@dataclass(frozen=True, slots=True)
class Back:
    """The first message after a silence of so many seconds."""

    seconds: float

    def __str__(self) -> str:
        return f"the broker is back after {self.seconds:.0f} s"


@dataclass(frozen=True, slots=True)
class Invalid:
    """A message that breaks the contract and was passed over; both texts are printable."""

    topic: str  # as far as it can be read, else ''
    reason: str

    def __str__(self) -> str:
        return f"invalid message of {self.topic or 'no known topic'}: {self.reason}"


Event: TypeAlias = (
    Connected
    | Gap
    | UnknownLoss
    | Repaired
    | Replayed
    | Unreplayed
    | Unanswered
    | Refused
    | Restart
    | Silent
    | Back
    | Invalid
)


class Losses(NamedTuple):
    """Messages lost: `at_least` so many by topic and sequence, and `unknown` times any number more."""

    at_least: int = 0
    unknown: int = 0

    @property
    def number(self) -> int | None:
        """How many; None where nobody can tell."""
        return None if self.unknown else self.at_least

    def since(self, earlier: Losses) -> Losses:
        """Those that came after."""
        # What was not known then may be by now.
        return Losses(self.at_least - earlier.at_least, max(0, self.unknown - earlier.unknown))

    def __str__(self) -> str:
        return self.text("d")

    def text(self, digits: str) -> str:
        """For people, the number by a format such as ',d'."""
        known = f"{self.at_least:{digits}} message{'s' * (self.at_least != 1)}"
        if not self.unknown:
            return known
        return f"{known} and an unknown number more" if self.at_least else "an unknown number of messages"


@dataclass(slots=True)
class Counts:
    """What a subscriber took in since it was made."""

    messages: int = 0  # batches of the caller's topics, those that had no records to give included
    records: int = 0  # given of them
    canaries: int = 0  # records of canaries left out
    gaps: int = 0  # Gap events
    lost_at_least: int = 0  # messages missing in those gaps
    unknown_losses: int = 0  # UnknownLoss events, each of any number of messages
    # What is lost is not known yet: the broker is away or silent, and did not tell before how much it had
    # published, or does not answer what is asked for that is missing.
    unsettled: bool = False
    repaired: int = 0  # messages that were missing and came from the broker's store
    replayed: int = 0  # messages that came from there because of `since` or `cursor`
    repeated: int = 0  # messages with a sequence already passed
    restarts: int = 0
    silences: int = 0
    refusals: int = 0  # Refused events
    invalid: int = 0  # messages passed over

    @property
    def lost(self) -> int | None:
        """Messages lost; None where nobody can tell, at least now, and then they are `lost_at_least`."""
        return self.losses.number

    @property
    def losses(self) -> Losses:
        """All that is lost."""
        return Losses(self.lost_at_least, self.unknown_losses + self.unsettled)

    def add(self, event: Event) -> None:
        """Count one event."""
        match event:
            case Gap():
                self.gaps += 1
                self.lost_at_least += event.lost
            case UnknownLoss():
                self.unknown_losses += 1
            case Restart():
                self.restarts += 1
            case Silent():
                self.silences += 1
            case Refused():
                self.refusals += 1
            case Invalid():
                self.invalid += 1
