"""How far a subscriber has come, as a value, and as a text that can be kept anywhere. Pure.

The text is JSON: version, what is subscribed to, the broker's epoch and the last sequence of each topic that
was done with. It is also what a cursor file holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple, NotRequired, Self

from annotated_types import MaxLen
from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict

from nxcast.consumers.client.faults import BAD, reason_of
from nxcast.schemas.fields import U64
from nxcast.transport.endpoints import is_nats, shown

__all__ = ["POSITION_MAX", "TOPICS_MAX", "Position", "StreamPlace"]

TOPICS_MAX = 1024  # topics accounted for; the contract has about 215, the rest is a hostile publisher's
POSITION_MAX = 1 << 20  # octets of a text; 1,024 topics of 50 octets take 50 KB


@with_config(ConfigDict(strict=True, extra="forbid"))
class _KeptPlace(TypedDict):
    created_ns: U64
    number: U64


@with_config(ConfigDict(strict=True, extra="forbid"))
class _Kept(TypedDict):
    version: Literal[1]
    subscribed: list[str]
    epoch: U64
    topics: Annotated[dict[str, U64], MaxLen(TOPICS_MAX)]
    stream: NotRequired[_KeptPlace]


_KEPT = TypeAdapter(_Kept)


class StreamPlace(NamedTuple):
    """Where in a stream of NATS: when that was made, and the number of the last message done with."""

    created_ns: int
    number: int


class Position(NamedTuple):
    """The last sequence of each topic, of one epoch of the broker; topics that are not in it begin at 1.

    In a stream that may be unknown: then the epoch is 0.
    """

    epoch: int
    topics: dict[str, int]
    subscribed: tuple[str, ...] = ()
    """Channels and topics that it is the position of, in order; empty where that is not told."""
    stream: StreamPlace | None = None
    """Where it was read from a stream."""

    def of(self, subscribed: Iterable[str]) -> Self:
        """The same, of these."""
        return self._replace(subscribed=tuple(sorted(subscribed)))

    def check(self, subscribed: Iterable[str], name: str) -> None:
        """ValueError if it is that of others; `name` is what to call it."""
        ours = tuple(sorted(subscribed))
        if self.subscribed and self.subscribed != ours:
            raise ValueError(
                f"{name} is the cursor of {', '.join(self.subscribed)}, not of {', '.join(ours)}"
            )

    def check_engine(self, broker: str, name: str) -> None:
        """ValueError if it is that of a broker of the other engine."""
        if is_nats(broker) is not (self.stream is not None):
            ours, theirs = ("NATS", "ZeroMQ") if is_nats(broker) else ("ZeroMQ", "NATS")
            raise ValueError(
                f"{name} is the cursor of what was read over {theirs}, and {shown(broker)} speaks {ours}: "
                "name another file, and where to begin by --since"
            )

    def text(self) -> str:
        """In one line of ASCII."""
        kept: _Kept = {
            "version": 1,
            "subscribed": list(self.subscribed),
            "epoch": self.epoch,
            "topics": self.topics,
        }
        if self.stream is not None:
            kept["stream"] = {"created_ns": self.stream.created_ns, "number": self.stream.number}
        return json.dumps(kept)

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """What `text` gave; ValueError for what it didn't."""
        if len(text) > POSITION_MAX:
            raise ValueError(f"it has over {POSITION_MAX} octets")
        try:
            kept = _KEPT.validate_python(json.loads(text))
        except BAD as error:
            raise ValueError(reason_of(error)) from error
        place = kept.get("stream")
        stream = None if place is None else StreamPlace(place["created_ns"], place["number"])
        return cls(kept["epoch"], kept["topics"], stream=stream).of(kept["subscribed"])
