"""What is missing is asked of the broker's store and takes its place in the stream before what follows.

Rules. Things come out in the order in which they went in. One request is out at a time, so that a stretch of
any length needs the memory of one answer. An answer is believed only if it is what was asked for: the same
id, topic and epoch, the sequences in order; one that is not ends its stretch. What the store has no more,
what a bad answer left out, and what was not answered in time is lost: a Gap. After one that was not answered
nothing is asked for a while, since each wait holds up the stream. Where a key does not allow replay all of it
is lost; what is of a topic that it does not allow is not missed. Pure: no clock, no socket.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from nxcast.consumers.client.events import Batch, Event, Gap, Invalid, Repaired, Replayed, Unreplayed
from nxcast.consumers.client.faults import BAD, reason_of
from nxcast.consumers.client.session_states import EXCHANGE, Exchange, ExchangeEvent
from nxcast.process.state_machine import Machine
from nxcast.schemas.records import Header, Status, decode_header
from nxcast.schemas.requests import (
    REPLY_MESSAGES_MAX,
    REPLY_OCTETS_MAX,
    Answer,
    Published,
    RangeAnswer,
    Request,
    RightsAnswer,
    SinceAnswer,
    decode_answer,
    encode_request,
)

__all__ = ["PAUSE_S", "REPAIR_S", "AskRange", "AskRights", "AskSince", "Found", "Given", "Repairs"]

REPAIR_S = 5.0  # seconds for an answer, which takes milliseconds
AGAIN_S = 1.0  # seconds until a request goes out again: it or its answer may have gone with a connection
PAUSE_S = 60.0  # seconds without a request after that: a stream that waits 5 of 65 keeps up


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
class EndOfReplay:
    """Stands behind the last range that is a replay."""

    kind: Literal["end"] = "end"


REFUSED = "refused"  # the error of an answer that the client's key does not allow
Ask: TypeAlias = AskRange | AskSince | AskRights
Found: TypeAlias = Given | AskSince | AskRights
Waiting: TypeAlias = Given | Ask | EndOfReplay


class Repairs:
    """Things in order, with stretches among them that are missing. Falsy where nothing waits.

    `read` decodes a message of the store, from its topic, header and payload; it raises one of BAD.
    """

    def __init__(self, read: Callable[[str, Header, bytes], Batch[Any]]) -> None:
        self._exchange = Machine(EXCHANGE, Exchange.READY)
        self._deadline = math.inf  # of the answer that is awaited; infinite if none is
        self._again_at = math.inf
        self._read = read
        self._waiting: deque[Waiting] = deque()
        self._events: deque[Event] = deque()  # come before all of them
        self._messages: deque[tuple[Header, bytes]] = deque()  # of the first range, answered
        self._id = 0
        self._rights: RightsAnswer | None = None  # None: as far as we know everything is allowed
        self._paused_until = -math.inf
        self._untold = 0  # of `replayed`
        self.repaired = 0  # messages that came, but for
        self.replayed = 0  # those that are a replay

    def __bool__(self) -> bool:
        return bool(self._waiting or self._events)

    @property
    def asks_rights(self) -> bool:
        """Whether it is rights that are asked for next."""
        return bool(self._waiting) and self._waiting[0].kind == "rights"

    @property
    def awaiting(self) -> bool:
        """Whether a request is out."""
        return self._exchange.state is Exchange.AWAITING

    def add(self, things: Iterable[Given | Ask]) -> None:
        """Take things in, to come out in this order."""
        self._waiting.extend(things)

    def end_replay(self) -> None:
        """All that is a replay was added."""
        self._waiting.append(EndOfReplay())

    def resume(self) -> None:
        """It may be another broker by now: ask again at once."""
        self._exchange.on(ExchangeEvent.RESUME)

    def undelivered(self) -> Iterator[tuple[str, int, int]]:
        """Topic, epoch and sequence of the first message of each thing that waits."""
        for thing in self._waiting:
            if thing.kind == "range":
                yield thing.topic, thing.epoch, thing.first
            elif thing.kind == "given" and thing.batch is not None:
                yield thing.batch.topic, thing.batch.epoch, thing.batch.sequence

    def pull(self) -> Found | None:
        """The next thing, or None where a request must go out first or its answer come."""
        while self._events or self._waiting:
            if self._events:
                return Given([self._events.popleft()])
            head = self._waiting[0]
            if head.kind == "range":
                if self._messages:
                    return self._message(head, *self._messages.popleft())
                self._forgo(head)
                if head.first <= head.last:
                    return None
                self._end(head)
            elif head.kind == "since" and not head.done and self._barred:
                self._refuse_since(head)
            elif head.kind == "since" or head.kind == "rights":
                if not head.done:
                    return None
                self._waiting.popleft()
                return head
            elif head.kind == "end":
                self._waiting.popleft()
                self._events.append(Replayed(self._untold))
                self._untold = 0
            else:
                self._waiting.popleft()
                return head
        return None

    @property
    def wake(self) -> float:
        """When to look for something to do, though no answer has come."""
        return min(self._deadline, self._again_at)

    def ask(self, now: float) -> bytes | None:
        """After `pull` gave None: the request to send now, if there is one."""
        head = self._head()
        if head is None:
            return None
        if self._exchange.state is Exchange.PAUSED and now >= self._paused_until:
            self._exchange.on(ExchangeEvent.RESUME)
        match self._exchange.state:
            case Exchange.PAUSED:
                self._give_up()
                return None
            case Exchange.READY:
                self._id += 1
                self._deadline = now + REPAIR_S
            case Exchange.AWAITING:
                if now < self._again_at:
                    return None
        self._exchange.on(ExchangeEvent.REQUEST)
        self._again_at = now + AGAIN_S
        return encode_request(_request(head, self._id))

    def refuse(self, reason: str) -> None:
        """The request that `ask` gave can't be sent at all."""
        head = self._head()
        if head is not None and head.kind != "range":
            self._events.append(Unreplayed(reason))
        self._finish(ExchangeEvent.UNSENDABLE)
        self._give_up()

    def expire(self, now: float, endpoint: str) -> bool:
        """Whether the answer is overdue: then all that waits for one is given up."""
        if now < self._deadline:
            return False
        self._paused_until = now + PAUSE_S
        self._events.append(Unreplayed(f"no answer from {endpoint} within {REPAIR_S:.0f} s"))
        self._finish(ExchangeEvent.OVERDUE)
        self._give_up()
        return True

    def answer(self, parts: Sequence[bytes]) -> None:
        """Take in an answer; one to another request is passed over."""
        head = self._head()
        if not self.awaiting or head is None:
            return
        try:
            header, messages = decode_answer(parts)
            if header["id"] != self._id:
                return
            if head.kind == "range":
                self._take_range(head, header, messages)
            elif head.kind == "since":
                self._take_since(head, header)
            else:
                self._take_rights(head, header)
        except BAD as error:
            self._events.append(Invalid("", f"answer: {reason_of(error)}"))
            self._drop(head)
        self._finish(ExchangeEvent.ANSWER)

    def _head(self) -> Ask | None:
        """What stands first, if it is to be asked for."""
        head = self._waiting[0] if self._waiting else None
        return None if head is None or head.kind == "given" or head.kind == "end" else head

    def _finish(self, event: ExchangeEvent) -> None:
        self._exchange.on(event)
        self._deadline = math.inf

    def _take_range(self, ask: AskRange, answer: Answer, messages: list[Published]) -> None:
        if _is_refusal(answer):  # so what we know of our rights is wrong
            ask.refused = True
            self._waiting.appendleft(AskRights())
            return
        if answer["answer"] != "range":
            raise ValueError(f"{answer['answer']} to a request for a range ({answer['error']})")
        if answer["error"] is not None:  # it is another broker by now, or never had such a topic
            self._drop(ask)
            return
        headers = _checked(ask, answer, messages)
        if answer["first"] > ask.first or not messages:
            self._lose(ask, answer["first"] - 1 if messages else ask.last)
        self._messages.extend(zip(headers, (payload for _, payload in messages), strict=True))

    def _take_since(self, ask: AskSince, answer: Answer) -> None:
        if _is_refusal(answer):
            self._refuse_since(ask)
            return
        if answer["answer"] != "since":
            raise ValueError(f"{answer['answer']} to a request for a moment ({answer['error']})")
        ask.done = True
        ask.answer = answer

    def _take_rights(self, ask: AskRights, answer: Answer) -> None:
        if answer["answer"] != "rights":
            raise ValueError(f"{answer['answer']} to a request for rights ({answer['error']})")
        ask.done = True
        ask.answer = self._rights = answer

    @property
    def _barred(self) -> bool:
        """Whether our key does not allow to ask for messages."""
        return self._rights is not None and not self._rights["replay"]

    def _refuse_since(self, ask: AskSince) -> None:
        self._events.append(Unreplayed("the key does not allow it"))
        ask.done = True

    def _forgo(self, ask: AskRange) -> None:
        """Give up what needs not be asked for: it would be refused."""
        rights = self._rights
        if rights is not None and not ask.topic.startswith(tuple(rights["subscribe"])):
            ask.first = ask.last + 1
        elif ask.refused or self._barred:
            self._lose(ask, ask.last)

    def _message(self, ask: AskRange, header: Header, payload: bytes) -> Given:
        ask.first += 1
        try:
            batch = self._read(ask.topic, header, payload)
        except BAD as error:
            return Given([Invalid(ask.topic, reason_of(error))])
        ask.fetched += 1
        if ask.replay:
            self.replayed += 1
        else:
            self.repaired += 1
        return Given(batch=batch)

    def _end(self, ask: AskRange) -> None:
        self._waiting.popleft()
        if ask.replay:
            self._untold += ask.fetched
        elif ask.fetched:
            self._events.append(Repaired(ask.topic, ask.epoch, ask.fetched))

    def _lose(self, ask: AskRange, last: int) -> None:
        """Give messages up, as far as `last`."""
        last = min(last, ask.last)
        if ask.first <= last:
            self._events.append(Gap(ask.topic, ask.epoch, ask.first, last))
            ask.first = last + 1

    def _drop(self, ask: Ask) -> None:
        if ask.kind == "range":
            self._lose(ask, ask.last)
        else:
            ask.done = True

    def _give_up(self) -> None:
        """Nothing that waits for an answer gets one; what is lost is told in its place."""
        head = self._head()
        if head is not None:
            self._drop(head)
        for at, thing in enumerate(self._waiting):
            if thing.kind == "range" and thing is not head:
                self._waiting[at] = Given([Gap(thing.topic, thing.epoch, thing.first, thing.last)])


def _request(ask: Ask, request_id: int) -> Request:
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
    return {
        "version": 1,
        "id": request_id,
        "ask": "range",
        "topic": ask.topic,
        "epoch": ask.epoch,
        "first": ask.first,
        "last": ask.last,
    }


def _is_refusal(answer: Answer) -> bool:
    return answer["answer"] == "error" and answer["error"] == REFUSED


def _checked(ask: AskRange, answer: RangeAnswer, messages: list[Published]) -> list[Header]:
    """The headers of what was answered, all of them those asked for; else ValueError."""
    if (answer["topic"], answer["epoch"]) != (ask.topic, ask.epoch):
        raise ValueError("of another topic or epoch than asked for")
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
