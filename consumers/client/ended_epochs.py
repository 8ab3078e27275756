"""How epochs that have ended are finished: what of them is fetched, and what is lost, before the next one.

Rules. An epoch is finished before the next one begins, topic by topic, as far as the broker's log knows it;
of one that we were not there for, all of it. So all comes in order, through any number of epochs. What the
log has no more is a gap, by topic and sequence. Where it does not know an epoch of ours, or not how it ended,
what came last in it is an unknown loss. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from nxcast.consumers.client.events import Restart, UnknownLoss
from nxcast.consumers.client.gap_detection import EpochEnd
from nxcast.consumers.client.position import Position
from nxcast.consumers.client.waiting import Ask, AskEpochs, AskRange, Given
from nxcast.schemas.records import Status
from nxcast.schemas.request_answers import PastEpoch, SinceAnswer

__all__ = ["Ends", "Finish", "finish", "place"]

ENDS_MAX = 64  # epochs whose end is remembered: 32 of an answer, those before them that are still to be given
_KNOWN_ENDS = ("clean", "killed")  # all that was published is in the log


class Finish(NamedTuple):
    """Things to come out before all others, and of each epoch where it ended, as far as it is known."""

    things: list[Given | Ask]
    ends: list[Position]


class Ends:
    """Where the epochs ended of which something may still be to be given."""

    def __init__(self) -> None:
        self._topics: dict[int, dict[str, int]] = {}  # by epoch, in the order in which they are given

    def begun(self, end: EpochEnd) -> None:
        """An epoch has ended, as far as we had come."""
        self._topics.pop(end.next_epoch, None)  # it is there again
        self.told([end.position])

    def told(self, ends: Sequence[Position]) -> None:
        """Epochs ended there."""
        for end in ends:
            self._topics[end.epoch] = end.topics
        while len(self._topics) > ENDS_MAX:
            del self._topics[next(iter(self._topics))]

    def position(self, undelivered: Sequence[tuple[str, int, int]], latest: Position) -> Position | None:
        """How far we are in the first epoch of which something is undelivered, else in the latest.

        None where that epoch is not remembered.
        """
        epochs = {epoch for _, epoch, _ in undelivered}
        known = {**self._topics, latest.epoch: latest.topics}
        if not epochs <= known.keys():
            return None
        epoch = next((epoch for epoch in self._topics if epoch in epochs), latest.epoch)
        topics = dict(known[epoch])
        for topic, of, sequence in undelivered:
            if of == epoch and topic in topics:
                topics[topic] = min(topics[topic], sequence - 1)
        return Position(epoch, topics)


def place(answer: SinceAnswer, status: Status) -> tuple[Position, bool]:
    """Before the first message that a moment asks for, and whether all since then is kept."""
    earlier = answer.get("earlier")
    if earlier is not None and earlier["epoch"] < answer["epoch"]:
        before = {topic: max(first - 1, 0) for topic, first in earlier["topics"].items()}
        return Position(earlier["epoch"], before), earlier["complete"]
    published = {topic: each["sequence"] for topic, each in status["topics"].items()}
    before = {
        topic: max(min(first - 1, published.get(topic, 0)), 0) for topic, first in answer["topics"].items()
    }
    return Position(answer["epoch"], before), answer["complete"]


def finish(ask: AskEpochs, missed: Callable[[str], bool]) -> Finish:
    """What follows from the answer; `missed`: whether a topic is one that we want and may have."""
    at, whole, answer = ask.position, ask.whole, ask.answer
    things: list[Given | Ask] = []
    ends: list[Position] = []
    lost = _why_unknown(ask)
    past = [] if answer is None else [past for past in answer["epochs"] if past["epoch"] < ask.next_epoch]
    for each in past:
        if each["epoch"] > at.epoch:
            things.append(_passage(at.epoch, each["epoch"], lost))
            at, whole = Position(each["epoch"], {}), True
        end = _end(each, missed)
        things += _ranges(at, end, whole=whole, replay=ask.replay)
        at = Position(
            at.epoch, {**end, **{topic: max(n, end.get(topic, 0)) for topic, n in at.topics.items()}}
        )
        ends.append(at)
        lost = "" if each["ended"] in _KNOWN_ENDS else f"nobody knows how epoch {at.epoch} ended"
    if answer is not None and answer["more"] and past and past[-1] is answer["epochs"][-1]:
        things.append(AskEpochs(at, whole, ask.next_epoch, ask.replay, first=at.epoch + 1, lost=lost))
    else:
        things.append(_passage(at.epoch, ask.next_epoch, lost))
    return Finish(things, ends)


def _why_unknown(ask: AskEpochs) -> str:
    """Why what came after our position is lost, for as long as the answer has not got its epoch.

    That of the rest of an answer knows how the epoch ended, unless the log let go of what follows meanwhile.
    """
    answer, epoch = ask.answer, ask.position.epoch
    if answer is None:
        return ask.why
    if ask.first > epoch >= answer["begins"]:
        return ask.lost
    if answer["begins"] == answer["epoch"]:
        return "the broker has no log of earlier epochs"
    if epoch < answer["begins"]:
        return f"the broker's log begins with epoch {answer['begins']}"
    return f"the broker's log has no epoch {epoch}"


def _passage(epoch: int, next_epoch: int, lost: str) -> Given:
    unknown = [UnknownLoss(epoch, next_epoch, lost)] if lost else []
    return Given([*unknown, Restart(epoch, next_epoch)])


def _end(past: PastEpoch, missed: Callable[[str], bool]) -> dict[str, int]:
    return {topic: last for topic, last in past["last"].items() if missed(topic)}


def _ranges(at: Position, end: dict[str, int], *, whole: bool, replay: bool) -> list[AskRange]:
    firsts = {topic: at.topics.get(topic, 0 if whole else last) + 1 for topic, last in end.items()}
    return [
        AskRange(topic, at.epoch, first, end[topic], replay)
        for topic, first in firsts.items()
        if first <= end[topic]
    ]
