"""What waits, in order, to come out of a subscriber: what came, and what is asked of the broker's store.

Each thing that is asked for makes its request and knows a good answer from a bad one; when it is asked, and
what becomes of the others meanwhile, is `repair`'s. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from nxcast.consumers.client.events import Batch, Event, Gap, UnknownLoss
from nxcast.consumers.client.position import TOPICS_MAX, Position
from nxcast.schemas.records import Header, Status, decode_header
from nxcast.schemas.request_answers import (
    REPLY_MESSAGES_MAX,
    REPLY_OCTETS_MAX,
    Answer,
    EpochsAnswer,
    Published,
    RangeAnswer,
    RightsAnswer,
    SinceAnswer,
)
from nxcast.schemas.requests import Request

__all__ = [
    "Ask",
    "AskEpochs",
    "AskRange",
    "AskRights",
    "AskSince",
    "EndOfReplay",
    "Found",
    "Given",
    "Waiting",
    "checked_epochs",
    "checked_range",
    "is_refusal",
    "request_of",
    "undelivered",
]


@dataclass(slots=True)
class Given:
    """What comes out as it went in: events, and after them a batch."""

    events: list[Event] = field(default_factory=list)
    batch: Batch[Any] | None = None
    kind: Literal["given"] = "given"


@dataclass(slots=True)
class AskRange:
    """Messages `first` to `last` of a topic are missing; `first` moves on as they come or are given up."""

    topic: str
    epoch: int
    first: int
    last: int
    replay: bool  # wanted by `since` or `cursor`, so nothing went wrong
    fetched: int = 0
    refused: bool = False
    kind: Literal["range"] = "range"


@dataclass(slots=True)
class AskSince:
    """Where in each topic a time is; it comes out again with its answer, None where there was none."""

    topics: list[str]
    time_ns: int
    status: Status  # that it is reckoned from
    done: bool = False
    answer: SinceAnswer | None = None
    kind: Literal["since"] = "since"


@dataclass(slots=True)
class AskRights:
    """What our key allows; it comes out again with its answer, None where there was none."""

    done: bool = False
    answer: RightsAnswer | None = None
    kind: Literal["rights"] = "rights"


@dataclass(slots=True)
class AskEpochs:
    """How the epoch of `position` ended, and which came after it and before `next_epoch`.

    It comes out again with its answer; where there is none, `why` says why. `whole`: topics that are not in
    the position begin at 1. `first` is the lowest epoch asked for: above that of the position it is the rest
    of an answer that took several, and `lost` says why what came last in the position's is lost, if it is.
    """

    position: Position
    whole: bool
    next_epoch: int
    replay: bool  # wanted by `since` or `cursor`, so nothing went wrong
    first: int
    lost: str = ""
    done: bool = False
    answer: EpochsAnswer | None = None
    why: str = ""
    kind: Literal["epochs"] = "epochs"


@dataclass(slots=True)
class EndOfReplay:
    """Stands behind the last range that is a replay."""

    kind: Literal["end"] = "end"


REFUSED = "refused"  # the error of an answer that the client's key does not allow
Ask: TypeAlias = AskRange | AskSince | AskRights | AskEpochs
Found: TypeAlias = Given | AskSince | AskRights | AskEpochs
Waiting: TypeAlias = Given | Ask | EndOfReplay


def request_of(ask: Ask, request_id: int) -> Request:
    """What to send."""
    if ask.kind == "since":
        return {
            "version": 1,
            "id": request_id,
            "ask": "since",
            "topics": ask.topics,
            "time_ns": ask.time_ns,
        }
    if ask.kind == "rights":
        return {"version": 1, "id": request_id, "ask": "rights"}
    if ask.kind == "epochs":
        return {"version": 1, "id": request_id, "ask": "epochs", "epoch": ask.first}
    return {
        "version": 1,
        "id": request_id,
        "ask": "range",
        "topic": ask.topic,
        "epoch": ask.epoch,
        "first": ask.first,
        "last": ask.last,
    }


def is_refusal(answer: Answer) -> bool:
    """Whether the client's key does not allow what was asked."""
    return answer["answer"] == "error" and answer["error"] == REFUSED


def checked_range(ask: AskRange, answer: RangeAnswer, messages: list[Published]) -> list[Header]:
    """The headers of what was answered, all of them those asked for; else ValueError."""
    if answer["topic"] != ask.topic:
        raise ValueError("of another topic than asked for")
    first, end = answer["first"], answer["first"] + len(messages)
    if messages and not ask.first <= first < end <= ask.last + 1:
        raise ValueError(f"messages {first} to {end - 1} where {ask.first} to {ask.last} are missing")
    octets = sum(len(header) + len(payload) for header, payload in messages)
    if len(messages) > 1 and (len(messages) > REPLY_MESSAGES_MAX or octets > REPLY_OCTETS_MAX):
        raise ValueError(f"{len(messages)} messages of {octets} octets are too many for one")
    headers = [decode_header(header) for header, _ in messages]
    for sequence, header in enumerate(headers, first):
        if (header["epoch"], header["sequence"]) != (ask.epoch, sequence):
            raise ValueError(f"message {sequence} is another by its own header")
    return headers


def checked_epochs(ask: AskEpochs, answer: EpochsAnswer) -> EpochsAnswer:
    """An answer whose epochs are in order, from the one asked for; else ValueError."""
    before = ask.first - 1
    for past in answer["epochs"]:
        if past["epoch"] <= before:
            raise ValueError(f"epoch {past['epoch']} after {before}")
        if len(past["last"]) > TOPICS_MAX:
            raise ValueError(f"{len(past['last'])} topics of one epoch")
        before = past["epoch"]
    return answer


def undelivered(thing: Waiting | Event) -> Iterator[tuple[str, int, int]]:
    """Topic, epoch and sequence of the first message that a thing stands for; no topic if none is known."""
    if isinstance(thing, Gap):
        yield thing.topic, thing.epoch, thing.first
    elif isinstance(thing, UnknownLoss):
        yield "", thing.epoch, 0
    elif isinstance(thing, AskRange):
        yield thing.topic, thing.epoch, thing.first
    elif isinstance(thing, AskEpochs):
        yield "", thing.position.epoch, 0
    elif isinstance(thing, Given):
        for event in thing.events:
            yield from undelivered(event)
        if thing.batch is not None:
            yield thing.batch.topic, thing.batch.epoch, thing.batch.sequence
