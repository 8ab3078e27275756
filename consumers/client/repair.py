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
from dataclasses import dataclass
from typing import Any, TypeAlias

from nxcast.consumers.client.events import Batch, Event, Gap, Invalid, Repaired, Replayed, Unreplayed
from nxcast.consumers.client.faults import BAD, reason_of
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

__all__ = ["PAUSE_S", "REPAIR_S", "Missing", "Moment", "Repairs", "Rights"]

REPAIR_S = 5.0  # seconds for an answer, which takes milliseconds
AGAIN_S = 1.0  # seconds until a request goes out again: it or its answer may have gone with a connection
PAUSE_S = 60.0  # seconds without a request after that: a stream that waits 5 of 65 keeps up


@dataclass(slots=True)
class Missing:
    """Messages `first` to `last` of a topic; `first` moves on as they come or are given up."""

    topic: str
    epoch: int
    first: int
    last: int
    wanted: bool  # by `since` or `cursor`, so nothing went wrong
    came: int = 0
    refused: bool = False


@dataclass(slots=True)
class Moment:
    """Where in each topic a time is; it comes out again with its answer, None where there was none."""

    topics: list[str]
    time_ns: int
    status: Status  # that it is reckoned from
    asked: bool = False
    answer: SinceAnswer | None = None


@dataclass(slots=True)
class Rights:
    """What our key allows; it comes out again with its answer, None where there was none."""

    asked: bool = False
    answer: RightsAnswer | None = None


class _EndOfReplay:
    """Stands behind the last Missing that was wanted."""


REFUSED = "refused"  # the error of an answer that the client's key does not allow
Found: TypeAlias = Event | Batch[Any] | Moment | Rights
Waiting: TypeAlias = Found | Missing | _EndOfReplay


class Repairs:
    """Things in order, with stretches among them that are missing. Falsy where nothing waits.

    `read` decodes a message of the store, from its topic, header and payload; it raises one of BAD.
    """

    def __init__(self, read: Callable[[str, Header, bytes], Batch[Any]]) -> None:
        self.deadline = math.inf  # of the answer that is awaited; infinite if none is
        self._again_at = math.inf
        self._read = read
        self._waiting: deque[Waiting] = deque()
        self._told: deque[Event] = deque()  # comes before all of them
        self._messages: deque[tuple[Header, bytes]] = deque()  # of the first Missing, answered
        self._id = 0
        self._rights: RightsAnswer | None = None  # None: as far as we know everything is allowed
        self._paused_until = -math.inf
        self._wanted = 0  # of `replayed`, not told yet
        self.repaired = 0  # messages that came, but for
        self.replayed = 0  # those that were wanted

    def __bool__(self) -> bool:
        return bool(self._waiting or self._told)

    @property
    def asks_rights(self) -> bool:
        """Whether it is rights that are asked for next."""
        return bool(self._waiting) and isinstance(self._waiting[0], Rights)

    @property
    def awaiting(self) -> bool:
        """Whether a request is out."""
        return self.deadline != math.inf

    def add(self, things: Iterable[Found | Missing]) -> None:
        """Take things in, to come out in this order."""
        self._waiting.extend(things)

    def end_replay(self) -> None:
        """All that is `wanted` was added."""
        self._waiting.append(_EndOfReplay())

    def resume(self) -> None:
        """It may be another broker by now: ask again at once."""
        self._paused_until = -math.inf

    def undelivered(self) -> Iterator[tuple[str, int, int]]:
        """Topic, epoch and sequence of the first message of each thing that waits."""
        for thing in self._waiting:
            if isinstance(thing, Missing):
                yield thing.topic, thing.epoch, thing.first
            elif isinstance(thing, Batch):
                yield thing.topic, thing.epoch, thing.sequence

    def pull(self) -> Found | None:
        """The next thing, or None where a request must go out first or its answer come."""
        while self._told or self._waiting:
            if self._told:
                return self._told.popleft()
            head = self._waiting[0]
            if isinstance(head, Missing):
                if self._messages:
                    return self._message(head, *self._messages.popleft())
                self._forgo(head)
                if head.first <= head.last:
                    return None
                self._end(head)
            elif isinstance(head, Moment) and not head.asked and self._barred:
                self._refuse_moment(head)
            elif isinstance(head, Moment | Rights):
                if not head.asked:
                    return None
                self._waiting.popleft()
                return head
            elif isinstance(head, _EndOfReplay):
                self._waiting.popleft()
                self._told.append(Replayed(self._wanted))
                self._wanted = 0
            else:
                self._waiting.popleft()
                return head
        return None

    @property
    def wake(self) -> float:
        """When to look for something to do, though no answer has come."""
        return min(self.deadline, self._again_at)

    def ask(self, now: float) -> bytes | None:
        """After `pull` gave None: the request to send now, if there is one."""
        if not self.awaiting:
            if not self._waiting:
                return None
            if now < self._paused_until:
                self._give_up()
                return None
            self._id += 1
            self.deadline = now + REPAIR_S
        elif now < self._again_at:
            return None
        self._again_at = now + AGAIN_S
        return encode_request(_request(self._waiting[0], self._id))

    def refuse(self, reason: str) -> None:
        """The request can't be sent at all."""
        if isinstance(self._waiting[0], Moment | Rights):
            self._told.append(Unreplayed(reason))
        self._give_up()

    def expire(self, now: float, endpoint: str) -> bool:
        """Whether the answer is overdue: then all that waits for one is given up."""
        if now < self.deadline:
            return False
        self._paused_until = now + PAUSE_S
        self._told.append(Unreplayed(f"no answer from {endpoint} within {REPAIR_S:.0f} s"))
        self._give_up()
        return True

    def answer(self, parts: Sequence[bytes]) -> None:
        """Take in an answer; one to another request is passed over."""
        head = self._waiting[0] if self._waiting else None
        if not self.awaiting or not isinstance(head, Missing | Moment | Rights):
            return
        try:
            header, messages = decode_answer(parts)
            if header["id"] != self._id:
                return
            if isinstance(head, Missing):
                self._take_range(head, header, messages)
            elif isinstance(head, Moment):
                self._take_moment(head, header)
            else:
                self._take_rights(head, header)
        except BAD as error:
            self._told.append(Invalid("", f"answer: {reason_of(error)}"))
            self._drop(head)
        self.deadline = math.inf

    def _take_range(self, missing: Missing, answer: Answer, messages: list[Published]) -> None:
        if _is_refusal(answer):  # so what we know of our rights is wrong
            missing.refused = True
            self._waiting.appendleft(Rights())
            return
        if answer["answer"] != "range":
            raise ValueError(f"{answer['answer']} to a request for a range ({answer['error']})")
        if answer["error"] is not None:  # it is another broker by now, or never had such a topic
            self._drop(missing)
            return
        headers = _checked(missing, answer, messages)
        if answer["first"] > missing.first or not messages:
            self._lose(missing, answer["first"] - 1 if messages else missing.last)
        self._messages.extend(zip(headers, (payload for _, payload in messages), strict=True))

    def _take_moment(self, moment: Moment, answer: Answer) -> None:
        if _is_refusal(answer):
            self._refuse_moment(moment)
            return
        if answer["answer"] != "since":
            raise ValueError(f"{answer['answer']} to a request for a moment ({answer['error']})")
        moment.asked = True
        moment.answer = answer

    def _take_rights(self, rights: Rights, answer: Answer) -> None:
        if answer["answer"] != "rights":
            raise ValueError(f"{answer['answer']} to a request for rights ({answer['error']})")
        rights.asked = True
        rights.answer = self._rights = answer

    @property
    def _barred(self) -> bool:
        """Whether our key does not allow to ask for messages."""
        return self._rights is not None and not self._rights["replay"]

    def _refuse_moment(self, moment: Moment) -> None:
        self._told.append(Unreplayed("the key does not allow it"))
        moment.asked = True

    def _forgo(self, missing: Missing) -> None:
        """Give up what needs not be asked for: it would be refused."""
        rights = self._rights
        if rights is not None and not missing.topic.startswith(tuple(rights["subscribe"])):
            missing.first = missing.last + 1
        elif missing.refused or self._barred:
            self._lose(missing, missing.last)

    def _message(self, missing: Missing, header: Header, payload: bytes) -> Batch[Any] | Invalid:
        missing.first += 1
        try:
            batch = self._read(missing.topic, header, payload)
        except BAD as error:
            return Invalid(missing.topic, reason_of(error))
        missing.came += 1
        if missing.wanted:
            self.replayed += 1
        else:
            self.repaired += 1
        return batch

    def _end(self, missing: Missing) -> None:
        self._waiting.popleft()
        if missing.wanted:
            self._wanted += missing.came
        elif missing.came:
            self._told.append(Repaired(missing.topic, missing.epoch, missing.came))

    def _lose(self, missing: Missing, last: int) -> None:
        """Give messages up, as far as `last`."""
        last = min(last, missing.last)
        if missing.first <= last:
            self._told.append(Gap(missing.topic, missing.epoch, missing.first, last))
            missing.first = last + 1

    def _drop(self, head: Missing | Moment | Rights) -> None:
        if isinstance(head, Moment | Rights):
            head.asked = True
        else:
            self._lose(head, head.last)

    def _give_up(self) -> None:
        """Nothing that waits for an answer gets one; what is lost is told in its place."""
        self.deadline = math.inf
        head = self._waiting[0]
        if isinstance(head, Missing | Moment | Rights):
            self._drop(head)
        for at, thing in enumerate(self._waiting):
            if isinstance(thing, Missing) and thing is not head:
                self._waiting[at] = Gap(thing.topic, thing.epoch, thing.first, thing.last)


def _request(head: Waiting, request_id: int) -> Request:
    if isinstance(head, Moment):
        return {
            "version": 1,
            "id": request_id,
            "ask": "since",
            "topics": head.topics,
            "time_ns": head.time_ns,
        }
    if isinstance(head, Rights):
        return {"version": 1, "id": request_id, "ask": "rights"}
    assert isinstance(head, Missing)  # noqa: S101  nothing else makes `pull` give None
    return {
        "version": 1,
        "id": request_id,
        "ask": "range",
        "topic": head.topic,
        "epoch": head.epoch,
        "first": head.first,
        "last": head.last,
    }


def _is_refusal(answer: Answer) -> bool:
    return answer["answer"] == "error" and answer["error"] == REFUSED


def _checked(missing: Missing, answer: RangeAnswer, messages: list[Published]) -> list[Header]:
    """The headers of what was answered, all of them those asked for; else ValueError."""
    if (answer["topic"], answer["epoch"]) != (missing.topic, missing.epoch):
        raise ValueError("of another topic or epoch than asked for")
    first, end = answer["first"], answer["first"] + len(messages)
    if messages and not missing.first <= first < end <= missing.last + 1:
        raise ValueError(f"messages {first} to {end - 1} where {missing.first} to {missing.last} are missing")
    octets = sum(len(header) + len(payload) for header, payload in messages)
    if len(messages) > 1 and (len(messages) > REPLY_MESSAGES_MAX or octets > REPLY_OCTETS_MAX):
        raise ValueError(f"{len(messages)} messages of {octets} octets are too many for one")
    headers = [decode_header(header) for header, _ in messages]
    for sequence, header in enumerate(headers, first):
        if (header["epoch"], header["sequence"]) != (missing.epoch, sequence):
            raise ValueError(f"message {sequence} is another by its own header")
    return headers
