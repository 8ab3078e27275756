"""What the broker's log has after a place, in the order of places: all topics by time, epoch after epoch.

A subscriber that begins earlier gives topic after topic, which leaves nobody a place to go on from. Here a
few messages of each topic are asked for at a time and merged, so a stretch of any length takes little memory:
16 messages of each of 100 topics, of 5 KB as a rule, 8 MB. Blocking; for a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import merge
from operator import itemgetter
from types import TracebackType
from typing import Any, NamedTuple, Self

from nxcast.consumers.client.events import Batch, Event, Gap, Invalid, Restart, UnknownLoss, Unreplayed
from nxcast.consumers.client.faults import BAD, reason_of
from nxcast.consumers.client.waiting import AskRange, checked_range, is_refusal
from nxcast.consumers.serve.stream_events import Place
from nxcast.schemas.canary import without_canaries
from nxcast.schemas.curve import ClientKey
from nxcast.schemas.records import decode_records
from nxcast.schemas.request_answers import Answer, PastEpoch, Published, decode_answer
from nxcast.schemas.requests import PREFIXES_MAX, Request, encode_request
from nxcast.schemas.topics import CHANNELS, STATUS, channel_of
from nxcast.telemetry.printable import second_text
from nxcast.transport.zeromq.subscriber_end import Line

__all__ = ["Log", "LogError", "MovedError", "Until"]

ANSWER_S = 10.0  # seconds for an answer, which takes milliseconds
ENTER_S = 1.0  # seconds until somebody lets us in
LOOK_S = 0.25  # seconds of one wait for it, after which a stop is looked for
PIECE = 16  # messages of a topic at once; at most 1 MiB, as an answer is
EPOCHS_MAX = 1024  # epochs that are gone through

Item = tuple[int, str, int, Batch[Any] | Event]
"""Time, topic and sequence that it has its place by."""
_place_of = itemgetter(0, 1, 2)


class LogError(Exception):
    """The log can't be read; its text is for the client."""


class MovedError(LogError):
    """The broker is of another epoch than its last status said; the next one tells."""


class Until(NamedTuple):
    """Up to where: what was published when a status was made."""

    epoch: int
    time_ns: int
    topics: Mapping[str, int]  # the last sequence of each


class Log:
    """Of the broker that answers at an endpoint."""

    def __init__(self, endpoint: str | None, key: ClientKey | None, stopped: Callable[[], bool]) -> None:
        if endpoint is None:
            raise LogError("the broker has no endpoint for requests")
        self._endpoint = endpoint
        self._stopped = stopped
        self._line = Line(endpoint, key)
        self._id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._line.__exit__(exc_type, exc, traceback)

    def after(self, had: Place, until: Until, topics: Sequence[str]) -> Iterator[Batch[Any] | Event]:
        """What of these topics was published from the time of a place on; LogError."""
        asked = list(topics) if len(topics) <= PREFIXES_MAX else list(CHANNELS)
        answer, _ = self._ask(
            {"version": 1, "id": 0, "ask": "since", "topics": asked, "time_ns": had.time_ns}
        )
        if answer["answer"] != "since":
            raise LogError(f"{answer['answer']} to a request for a moment")
        if answer["epoch"] != until.epoch:
            raise MovedError("the broker was restarted")
        firsts = answer["topics"]
        earlier = answer.get("earlier")
        if not (answer["complete"] if earlier is None else earlier["complete"]):
            yield Unreplayed(f"not all since {second_text(had.time_ns)} UTC is kept by the broker")
        if earlier is not None and earlier["epoch"] < answer["epoch"]:
            places = earlier["topics"]
            past = self._epochs(earlier["epoch"], until.epoch)
            for each, next_epoch in zip(
                past, [*(one["epoch"] for one in past[1:]), until.epoch], strict=True
            ):
                yield from self._merged(each["epoch"], places, each["last"], topics)
                places = {}
                if each["ended"] not in ("clean", "killed"):
                    yield UnknownLoss(each["epoch"], next_epoch, "nobody knows how that epoch ended")
                yield Restart(each["epoch"], next_epoch)
            firsts = {}
        yield from self._merged(until.epoch, firsts, until.topics, topics)

    def _epochs(self, first: int, end: int) -> list[PastEpoch]:
        """Those from `first` on that ended before `end`."""
        found: list[PastEpoch] = []
        more = True
        while more and len(found) < EPOCHS_MAX:
            answer, _ = self._ask({"version": 1, "id": 0, "ask": "epochs", "epoch": first})
            if answer["answer"] != "epochs":
                raise LogError(f"{answer['answer']} to a request for epochs")
            came = [each for each in answer["epochs"] if first <= each["epoch"] < end]
            found += came
            more = answer["more"] and bool(came)
            first = came[-1]["epoch"] + 1 if came else first
        return found

    def _merged(
        self, epoch: int, firsts: Mapping[str, int], lasts: Mapping[str, int], topics: Sequence[str]
    ) -> Iterator[Batch[Any] | Event]:
        ranges = [
            self._range(AskRange(topic, epoch, max(firsts.get(topic, 1), 1), last, replay=True))
            for topic, last in lasts.items()
            if topic != STATUS and topic.startswith(tuple(topics))
        ]
        for _, _, _, item in merge(*ranges, key=_place_of):
            yield item

    def _range(self, ask: AskRange) -> Iterator[Item]:
        """Messages of a topic; what is not there any more, and what is broken, in its place."""
        time_ns, last = 0, ask.last
        while ask.first <= last:
            ask.last = min(ask.first + PIECE - 1, last)
            answer, messages = self._ask(
                {
                    "version": 1,
                    "id": 0,
                    "ask": "range",
                    "topic": ask.topic,
                    "epoch": ask.epoch,
                    "first": ask.first,
                    "last": ask.last,
                }
            )
            if answer["answer"] != "range":
                raise LogError(f"{answer['answer']} to a request for a range")
            try:
                headers = checked_range(ask, answer, messages)
            except BAD as error:
                raise LogError(f"the broker's answer is wrong: {reason_of(error)}") from error
            if answer["error"] is not None:
                begins = last + 1
            else:
                begins = answer["first"] if messages else min(max(answer["oldest"], ask.last + 1), last + 1)
            if begins > ask.first:
                yield time_ns, ask.topic, ask.first, Gap(ask.topic, ask.epoch, ask.first, begins - 1)
            for header, (_, payload) in zip(headers, messages, strict=True):
                time_ns = header["time_ns"]
                yield (
                    time_ns,
                    ask.topic,
                    header["sequence"],
                    _batch(ask, header["sequence"], time_ns, payload),
                )
            ask.first = begins + len(messages)

    def _ask(self, request: Request) -> tuple[Answer, list[Published]]:
        self._id += 1
        request["id"] = self._id
        if not self._line.send([encode_request(request)], ENTER_S):
            raise LogError(f"nobody lets us in at {self._endpoint}")
        for _ in range(int(ANSWER_S / LOOK_S)):
            if self._stopped():
                break
            if (parts := self._line.receive(LOOK_S)) is None:
                continue
            try:
                answer, messages = decode_answer(parts)
            except BAD as error:
                raise LogError(f"the broker's answer is wrong: {reason_of(error)}") from error
            if answer["id"] == self._id:
                if is_refusal(answer):
                    raise LogError("the key of this server does not allow it")
                return answer, messages
        raise LogError(f"no answer from {self._endpoint} within {ANSWER_S:.0f} s")


def _batch(ask: AskRange, sequence: int, time_ns: int, payload: bytes) -> Batch[Any] | Event:
    try:
        records = without_canaries(decode_records(channel_of(ask.topic) or "", payload))
    except BAD as error:
        return Invalid(ask.topic, reason_of(error))
    return Batch(ask.topic, ask.epoch, sequence, time_ns, records)
