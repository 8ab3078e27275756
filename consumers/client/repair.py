"""What is missing is asked of the broker's store and takes its place in the stream before what follows.

Rules. Things come out in the order in which they went in. One request is out at a time, so that a stretch of
any length needs the memory of one answer. An answer is believed only if it is what was asked for: the same
id, topic and epoch, the sequences in order; one that is not ends its stretch. What the store has no more,
and what a bad answer left out, is lost: a Gap. No answer says nothing of the log: it is asked for again, over
another connection and for longer, and while the broker is away, or has come back, all over again. Only where
one that is there stays mute through all tries it is given up, and nothing is asked for a while, since a wait
holds up the stream, unless the answer comes after all. Where a key does not allow replay all of it
is lost; what is of a topic that it does not allow is not missed. Pure: no clock, no socket.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from nxcast.consumers.client.events import (
    Batch,
    Event,
    Gap,
    Invalid,
    Repaired,
    Replayed,
    Unanswered,
    Unreplayed,
)
from nxcast.consumers.client.faults import BAD, reason_of
from nxcast.consumers.client.session_states import EXCHANGE, Exchange, ExchangeEvent
from nxcast.consumers.client.waiting import (
    Ask,
    AskEpochs,
    AskRange,
    AskRights,
    AskSince,
    EndOfReplay,
    Found,
    Given,
    Waiting,
    checked_epochs,
    checked_range,
    is_refusal,
    request_of,
    undelivered,
)
from nxcast.process.state_machine import Machine
from nxcast.schemas.records import Header
from nxcast.schemas.request_answers import Answer, Published, RightsAnswer, decode_answer
from nxcast.schemas.requests import encode_request

__all__ = ["AGAIN_S", "ANSWER_S", "HELD_MAX", "MUTE_S", "PAUSE_S", "TRIES", "Repairs"]

ANSWER_S = 5.0  # seconds for an answer, which takes milliseconds, or two seconds of a broker under full load
TRIES = 4  # each twice as long as the one before: a machine may stall, and 1 MiB come over a slow line
MUTE_S = ANSWER_S * (2**TRIES - 1)  # seconds of all tries: 5 + 10 + 20 + 40
AGAIN_S = 1.0  # seconds until a request goes out again, doubled likewise: it may have gone with a connection
HELD_MAX = 1000  # things that wait while messages are read, until the first status
PAUSE_S = 600.0  # seconds without a request after all tries: a stream that waits 75 of 675 keeps up
NOT_ALLOWED = "the key does not allow it"
_JOINS = ("since", "rights")  # what is asked at joining, and can be done without, holds nothing up for longer


class Repairs:
    """Things in order, with stretches among them that are missing. Falsy where nothing waits.

    `read` decodes a message of the store, from its topic, header and payload; it raises one of BAD.
    """

    def __init__(self, read: Callable[[str, Header, bytes], Batch[Any]]) -> None:
        self._exchange = Machine(EXCHANGE, Exchange.READY)
        self._deadline = math.inf  # of the answer that is awaited; infinite if none is
        self._again_at = math.inf
        self._again_s = AGAIN_S
        self._tries = 0  # that are over, of those that a broker which was there all the time did not answer
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
    def full(self) -> bool:
        """Whether no more messages are to be taken in."""
        return len(self._waiting) >= HELD_MAX

    @property
    def overfull(self) -> bool:
        """Whether as much came besides, of what is no good."""
        return len(self._waiting) >= 2 * HELD_MAX

    @property
    def missing(self) -> bool:
        """Whether something is asked for that may turn out to be lost."""
        return any(thing.kind in ("range", "epochs") for thing in self._waiting)

    @property
    def unanswered(self) -> bool:
        """Whether the answer that is awaited is overdue."""
        return self.awaiting and self._tries > 0

    @property
    def asks_rights(self) -> bool:
        """Whether it is rights that are asked for next."""
        return bool(self._waiting) and self._waiting[0].kind == "rights"

    @property
    def awaiting(self) -> bool:
        """Whether a request is out, be it one that was given up."""
        return self._exchange.state is not Exchange.READY

    @property
    def paused(self) -> bool:
        """Whether what is out was given up, and nothing else is asked for."""
        return self._exchange.state is Exchange.PAUSED

    def add(self, things: Iterable[Given | Ask]) -> None:
        """Take things in, to come out in this order."""
        self._waiting.extend(things)

    def insert(self, things: Sequence[Given | Ask]) -> None:
        """Take things in, to come out in this order, before all others."""
        self._waiting.extendleft(reversed(things))

    def end_replay(self) -> None:
        """All that is a replay was added."""
        self._waiting.append(EndOfReplay())

    def resume(self) -> None:
        """It may be another broker by now: what was not answered before counts no more."""
        self._exchange.on(ExchangeEvent.RESUME)
        self._tries = 0

    def back(self, now: float) -> None:
        """The broker was away and is there again: what is asked goes out anew, with all tries before it."""
        self.resume()
        if self._exchange.state is Exchange.AWAITING:
            self._begin_try(now)

    def forget_rights(self) -> None:
        """The key may allow more by now: until its rights are told again nothing is forgone by them."""
        self._rights = None

    def undelivered(self) -> Iterator[tuple[str, int, int]]:
        """Topic, epoch and sequence of the first message of each thing that waits."""
        for thing in (*self._events, *self._waiting):
            yield from undelivered(thing)

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
            elif head.kind == "end":
                self._waiting.popleft()
                self._events.append(Replayed(self._untold))
                self._untold = 0
            elif head.kind == "given" or head.done:
                self._waiting.popleft()
                return head
            elif head.kind == "rights" or not self._barred:
                return None
            else:
                self._refuse(head)
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
                self._give_up("the broker did not answer a moment ago")
                return None
            case Exchange.READY:
                self._id += 1
                self._tries = 0
                self._begin_try(now)
            case Exchange.AWAITING:
                if now < self._again_at:
                    return None
        self._exchange.on(ExchangeEvent.REQUEST)
        self._again_at = now + self._again_s
        self._again_s *= 2
        return encode_request(request_of(head, self._id))

    def refuse(self, reason: str) -> None:
        """The request that `ask` gave can't be sent at all."""
        head = self._head()
        if head is not None and (head.kind == "since" or head.kind == "rights"):
            self._events.append(Unreplayed(reason))
        self._finish(ExchangeEvent.UNSENDABLE)
        self._give_up(reason)

    def overdue(self, now: float, endpoint: str, *, away: bool) -> bool:
        """Whether the answer is overdue: then another try begins, or all that waits for one is given up.

        `away`: nobody is there to give it, and so the tries begin anew.
        """
        if now < self._deadline:
            return False
        self._tries = 0 if away else self._tries + 1
        head = self._head()
        joins = head is not None and head.kind in _JOINS and not away
        if self._tries < TRIES and not joins:
            if self._tries == 1:
                self._events.append(Unanswered(endpoint, ANSWER_S))
            self._begin_try(now)
            return True
        reason = f"no answer from {endpoint} within {ANSWER_S if joins else MUTE_S:.0f} s"
        self._events.append(Unreplayed(reason))
        if head is not None and joins:
            self._finish(ExchangeEvent.FORGONE)
            self._drop(head, reason)
        else:
            self._paused_until = now + PAUSE_S
            self._finish(ExchangeEvent.OVERDUE)
            self._give_up(reason)
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
            if self._exchange.state is Exchange.PAUSED:
                self.resume()
                return
            if head.kind == "range":
                self._take_range(head, header, messages)
            elif head.kind == "since":
                self._take_since(head, header)
            elif head.kind == "epochs":
                self._take_epochs(head, header)
            else:
                self._take_rights(head, header)
        except BAD as error:
            if self._exchange.state is Exchange.PAUSED:
                return
            self._events.append(Invalid("", f"answer: {reason_of(error)}"))
            self._drop(head, "the broker's answer is wrong")
        self._finish(ExchangeEvent.ANSWER)

    def _head(self) -> Ask | None:
        """What stands first, if it is to be asked for."""
        head = self._waiting[0] if self._waiting else None
        return None if head is None or head.kind == "given" or head.kind == "end" else head

    def _begin_try(self, now: float) -> None:
        self._deadline = now + ANSWER_S * 2**self._tries
        self._again_at, self._again_s = now, AGAIN_S

    def _finish(self, event: ExchangeEvent) -> None:
        self._exchange.on(event)
        self._deadline = math.inf

    def _take_range(self, ask: AskRange, answer: Answer, messages: list[Published]) -> None:
        if is_refusal(answer):  # so what we know of our rights is wrong
            ask.refused = True
            self._waiting.appendleft(AskRights())
            return
        if answer["answer"] != "range":
            raise ValueError(f"{answer['answer']} to a request for a range ({answer['error']})")
        if answer["error"] is not None:  # it is another broker by now, or never had such a topic
            self._lose(ask, ask.last)
            return
        headers = checked_range(ask, answer, messages)
        if answer["first"] > ask.first or not messages:
            self._lose(ask, answer["first"] - 1 if messages else ask.last)
        self._messages.extend(zip(headers, (payload for _, payload in messages), strict=True))

    def _take_since(self, ask: AskSince, answer: Answer) -> None:
        if is_refusal(answer):
            self._refuse(ask)
            return
        if answer["answer"] != "since":
            raise ValueError(f"{answer['answer']} to a request for a moment ({answer['error']})")
        ask.done = True
        ask.answer = answer

    def _take_epochs(self, ask: AskEpochs, answer: Answer) -> None:
        if is_refusal(answer):
            self._refuse(ask)
        elif answer["answer"] == "error" and answer["error"] == "request_ask":
            self._drop(ask, "the broker is of a version that has no log")
        elif answer["answer"] != "epochs":
            raise ValueError(f"{answer['answer']} to a request for epochs ({answer['error']})")
        else:
            ask.answer = checked_epochs(ask, answer)
            ask.done = True

    def _take_rights(self, ask: AskRights, answer: Answer) -> None:
        if answer["answer"] != "rights":
            raise ValueError(f"{answer['answer']} to a request for rights ({answer['error']})")
        ask.done = True
        ask.answer = self._rights = answer

    @property
    def _barred(self) -> bool:
        """Whether our key does not allow to ask for messages."""
        return self._rights is not None and not self._rights["replay"]

    def _refuse(self, ask: AskSince | AskEpochs) -> None:
        if ask.kind == "since":
            self._events.append(Unreplayed(NOT_ALLOWED))
        self._drop(ask, NOT_ALLOWED)

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

    def _drop(self, ask: Ask, reason: str) -> None:
        """It gets no answer."""
        if ask.kind == "range":
            self._lose(ask, ask.last)
            return
        ask.done = True
        if ask.kind == "epochs":
            ask.why = reason

    def _give_up(self, reason: str) -> None:
        """Nothing that waits for an answer gets one; what is lost is told in its place."""
        head = self._head()
        if head is not None:
            self._drop(head, reason)
        for at, thing in enumerate(self._waiting):
            if thing.kind == "range" and thing is not head:
                self._waiting[at] = Given([Gap(thing.topic, thing.epoch, thing.first, thing.last)])
            elif thing.kind == "epochs" and not thing.done:
                self._drop(thing, reason)
