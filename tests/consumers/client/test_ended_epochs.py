"""A subscriber against a model of a broker and its log: restarts, kills and losses, in any order."""

from dataclasses import dataclass, field

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers import Gap, Restart, UnknownLoss
from nxcast.consumers.client.ended_epochs import ENDS_MAX, Ends, finish
from nxcast.consumers.client.gap_detection import EpochEnd
from nxcast.consumers.client.position import Position
from nxcast.consumers.client.reception import Reception, Send, Tell
from nxcast.consumers.client.session import Intake
from nxcast.consumers.client.waiting import AskEpochs, AskRange, Given
from nxcast.schemas.request_answers import EPOCHS_MAX
from tests.consumers.conftest import message, nxdomain, status

BROKER = "tcp://192.0.2.1:5556"
MX, A, SERVFAIL = "nxdomain/MX/", "nxdomain/A/", "dns-errors/SERVFAIL/"
TOPICS = [MX, A]


@dataclass
class Broker:
    """Numbers what it publishes, and answers as docs/protocol.md says, from a log that may be trimmed."""

    epoch: int = 1
    at_once: int = 2  # messages, and epochs, in an answer
    ended: dict[int, str] = field(default_factory=dict)
    last: dict[int, dict[str, int]] = field(default_factory=lambda: {1: {}})
    oldest: dict[tuple[int, str], int] = field(default_factory=dict)
    begins: int = 1

    def publish(self, topic):
        self.last[self.epoch][topic] = sequence = self.last[self.epoch].get(topic, 0) + 1
        return message(topic, sequence, [nxdomain()], self.epoch)

    def status(self):
        told = status(self.epoch, self.last[self.epoch], replay=5557)
        return message("status/", 1, [told], self.epoch)

    def restart(self, ended):
        self.ended[self.epoch] = ended
        self.epoch += 1
        self.last[self.epoch] = {}

    def trim(self, epoch, topic):
        """Let go of the oldest message of a topic in an epoch."""
        oldest = self.oldest.get((epoch, topic), 1)
        self.oldest[epoch, topic] = min(oldest + 1, self.last.get(epoch, {}).get(topic, 0) + 1)

    def forget(self):
        """Let go of the oldest epoch."""
        self.begins = min(self.begins + 1, self.epoch)

    def answer(self, octets):
        asked = msgpack.unpackb(octets)
        header = {"version": 1, "id": asked["id"], "epoch": self.epoch, "answer": asked["ask"], "error": None}
        if asked["ask"] == "epochs":
            first = max(asked["epoch"], self.begins)
            known = [
                {"epoch": epoch, "ended": self.ended[epoch], "last": self.last[epoch]}
                for epoch in range(first, self.epoch)
            ]
            told = {"epochs": known[: self.at_once], "more": len(known) > self.at_once, "begins": self.begins}
            return [msgpack.packb({**header, **told})]
        topic, epoch = asked["topic"], asked["epoch"]
        known = self.begins <= epoch <= self.epoch
        oldest = self.oldest.get((epoch, topic), 1)
        first = max(asked["first"], oldest)
        end = min(asked["last"], self.last.get(epoch, {}).get(topic, 0), first + self.at_once - 1)
        sequences = range(first, end + 1) if known else range(0)
        header |= {
            "error": None if known else "epoch",
            "topic": topic,
            "first": first,
            "count": len(sequences),
            "oldest": oldest,
        }
        parts = [msgpack.packb(header)]
        for sequence in sequences:
            parts += message(topic, sequence, [nxdomain()], epoch)[1:]
        return parts


class DeathError(Exception):
    """The subscriber's process, with what it was about to do."""


class Service:
    """Keeps each batch together with the position after it, so that a death leaves both or neither."""

    def __init__(self, broker):
        self.broker = broker
        self.position = None
        self.kept = []
        self.told = []
        self.lives_for = None  # batches until it dies
        self._reception = None

    def connect(self):
        self._intake = Intake(["nxdomain/"], validate=True, now=0.0, position=self.position)
        self._reception = Reception(self._intake, BROKER, replay=None, key=None, now=0.0)

    def die(self, after=0):
        """Now, or after so many more batches."""
        if after:
            self.lives_for = after
        else:
            self._reception = None

    def hear(self, parts):
        """Take a message in, and all that follows from it."""
        if self._reception is None:
            return
        try:
            self._do(self._reception.message(parts, 0.0))
            while self._reception.asking:
                self._do(self._reception.answer(None, 0.0))
        except DeathError:
            self.die()

    def _do(self, commands):
        for command in commands:
            match command:
                case Tell(event):
                    self.told.append(event)
                case Send(_, request):
                    answer = self.broker.answer(request)
                    self._do(self._reception.answer(answer, 0.0))
        ready = self._reception.ready
        while ready:
            if self.lives_for == 0:
                self.lives_for = None
                raise DeathError
            batch = ready.popleft()
            self.kept.append((batch.epoch, batch.topic, batch.sequence))
            self.lives_for = None if self.lives_for is None else self.lives_for - 1
            self.position = self._intake.position(ready)
            assert self.position is not None, "a batch comes with its position"
        if not self._reception.asking:  # as a cursor does, whatever else has come
            self.position = self._intake.position([]) or self.position

    def lost(self):
        """What was told as lost, by epoch, topic and sequence."""
        gaps = [event for event in self.told if isinstance(event, Gap)]
        return {(gap.epoch, gap.topic, n) for gap in gaps for n in range(gap.first, gap.last + 1)}


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["publish", "miss"]), st.sampled_from(TOPICS)),
        st.tuples(st.just("restart"), st.sampled_from(["clean", "killed"])),
        st.tuples(st.just("status")),
        st.tuples(st.just("die"), st.integers(0, 5)),
        st.tuples(st.just("connect")),
    ),
    max_size=40,
)
LOSSES = st.lists(
    st.one_of(
        st.tuples(st.just("trim"), st.integers(1, 6), st.sampled_from(TOPICS)), st.tuples(st.just("forget"))
    ),
    max_size=6,
)


def played(actions, losses=()):
    """A broker and a service after all that, and after they have come to rest."""
    broker = Broker()
    service = Service(broker)
    service.connect()
    service.hear(broker.status())
    happens = {
        "publish": lambda topic: service.hear(broker.publish(topic)),
        "miss": broker.publish,
        "restart": broker.restart,
        "status": lambda: service.hear(broker.status()),
        "die": service.die,
        "connect": service.connect,
        "trim": broker.trim,
        "forget": broker.forget,
    }
    for what, *values in [*actions, *losses]:
        happens[what](*values)
    service.lives_for = None
    service.connect()
    service.hear(broker.status())
    return broker, service


def _published(broker):
    return {
        (epoch, topic, sequence)
        for epoch, topics in broker.last.items()
        for topic, last in topics.items()
        for sequence in range(1, last + 1)
    }


@given(ACTIONS)
def test_through_any_restarts_and_deaths_each_message_is_kept_once_and_in_order(actions):
    broker, service = played(actions)
    assert sorted(service.kept) == sorted(_published(broker))
    assert [epoch for epoch, _, _ in service.kept] == sorted(epoch for epoch, _, _ in service.kept)
    for topic in TOPICS:
        of_topic = [(epoch, n) for epoch, name, n in service.kept if name == topic]
        assert of_topic == sorted(of_topic)
    assert not service.lost()
    assert not any(isinstance(event, UnknownLoss) for event in service.told)


@given(ACTIONS, LOSSES)
def test_where_the_log_has_it_no_more_each_message_is_kept_once_or_told_as_lost(actions, losses):
    """By topic and sequence, but for those of epochs that nobody knows: these are an unknown number."""
    broker, service = played(actions, losses)
    assert len(service.kept) == len(set(service.kept))
    missing = _published(broker) - set(service.kept)
    unknown = [event for event in service.told if isinstance(event, UnknownLoss)]
    assert {place for place in missing if place[0] >= broker.begins} <= service.lost()
    for epoch, topic, sequence in missing - service.lost():
        assert any(event.epoch <= epoch < event.next_epoch for event in unknown), (epoch, topic, sequence)
    assert service.lost() <= missing


def ask(epoch=1, next_epoch=5, whole=True, first=None, lost="", **topics):
    position = Position(epoch, {f"nxdomain/{name}/": n for name, n in topics.items()})
    return AskEpochs(position, whole, next_epoch, False, first or epoch, lost)


def past(epoch, ended="clean", **last):
    return {"epoch": epoch, "ended": ended, "last": {f"nxdomain/{name}/": n for name, n in last.items()}}


def told(*epochs, more=False, begins=1, epoch=5):
    header = {"version": 1, "id": 1, "epoch": epoch, "answer": "epochs", "error": None}
    return {**header, "epochs": list(epochs), "more": more, "begins": begins}


def fetch(topic, epoch, first, last):
    return AskRange(f"nxdomain/{topic}/", epoch, first, last, replay=False)


def passage(epoch, next_epoch, lost=""):
    unknown = [UnknownLoss(epoch, next_epoch, lost)] if lost else []
    return Given([*unknown, Restart(epoch, next_epoch)])


@pytest.mark.parametrize(
    ("asked", "answer", "things"),
    [
        pytest.param(ask(MX=3), told(past(1, MX=3)), [passage(1, 5)], id="nothing is missing"),
        pytest.param(
            ask(MX=3),
            told(past(1, "killed", MX=5, A=1)),
            [fetch("MX", 1, 4, 5), fetch("A", 1, 1, 1), passage(1, 5)],
            id="the rest of ours",
        ),
        pytest.param(
            ask(MX=3, whole=False),
            told(past(1, MX=5, A=9)),
            [fetch("MX", 1, 4, 5), passage(1, 5)],
            id="a topic that was not joined",
        ),
        pytest.param(
            ask(MX=3),
            told(past(1, MX=3), past(2), past(4, A=2, MX=1)),
            [passage(1, 2), passage(2, 4), fetch("A", 4, 1, 2), fetch("MX", 4, 1, 1), passage(4, 5)],
            id="epochs between",
        ),
        pytest.param(
            ask(MX=3),
            told(past(1, "power", MX=4), past(2, "power"), past(3, "later")),
            [
                fetch("MX", 1, 4, 4),
                passage(1, 2, "nobody knows how epoch 1 ended"),
                passage(2, 3, "nobody knows how epoch 2 ended"),
                passage(3, 5, "nobody knows how epoch 3 ended"),
            ],
            id="the power was lost",
        ),
        pytest.param(
            ask(MX=3),
            told(past(3, MX=1), begins=3),
            [passage(1, 3, "the broker's log begins with epoch 3"), fetch("MX", 3, 1, 1), passage(3, 5)],
            id="below where the log begins",
        ),
        pytest.param(
            ask(epoch=2, MX=3),
            told(past(3, MX=1)),
            [passage(2, 3, "the broker's log has no epoch 2"), fetch("MX", 3, 1, 1), passage(3, 5)],
            id="of another broker",
        ),
        pytest.param(
            ask(epoch=7, next_epoch=5),
            told(),
            [passage(7, 5, "the broker's log has no epoch 7")],
            id="a higher epoch, of another broker",
        ),
        pytest.param(
            ask(),
            told(begins=5),
            [passage(1, 5, "the broker has no log of earlier epochs")],
            id="without a log",
        ),
        pytest.param(
            ask(MX=3),
            told(past(1, MX=3), past(5, MX=9), past(6), epoch=7),
            [passage(1, 5)],
            id="restarted again meanwhile",
        ),
        pytest.param(
            ask(MX=3),
            told(past(1, MX=3), past(2, "power", MX=1), more=True),
            [
                passage(1, 2),
                fetch("MX", 2, 1, 1),
                ask(2, MX=1, first=3, lost="nobody knows how epoch 2 ended"),
            ],
            id="more than an answer takes",
        ),
        pytest.param(
            ask(2, MX=1, first=3, lost="nobody knows how epoch 2 ended"),
            told(past(4, MX=2)),
            [passage(2, 4, "nobody knows how epoch 2 ended"), fetch("MX", 4, 1, 2), passage(4, 5)],
            id="the rest of the answer",
        ),
        pytest.param(ask(2, first=3), told(), [passage(2, 5)], id="no rest"),
        pytest.param(
            ask(2, first=3),
            told(past(4, MX=2), begins=4),
            [passage(2, 4, "the broker's log begins with epoch 4"), fetch("MX", 4, 1, 2), passage(4, 5)],
            id="a rest that the log has let go of meanwhile",
        ),
    ],
)
def test_how_an_epoch_is_finished(asked, answer, things):
    asked.answer = answer
    assert finish(asked, lambda topic: topic in TOPICS).things == things


def test_what_is_not_wanted_is_not_fetched():
    asked = ask()
    asked.answer = told({**past(1, MX=1), "last": {SERVFAIL: 3, "status/": 9, MX: 1}})
    assert finish(asked, lambda topic: topic in TOPICS) == (
        [fetch("MX", 1, 1, 1), passage(1, 5)],
        [Position(1, {MX: 1})],
    )


@pytest.mark.parametrize("asked", [ask(), ask(first=2)], ids=["of the first epochs", "of the rest"])
def test_without_an_answer_the_number_is_unknown(asked):
    asked.why = "no answer"
    assert finish(asked, lambda _: True) == ([passage(1, 5, "no answer")], [])


def test_so_many_ends_are_remembered_and_a_position_of_others_is_not_told():
    ends = Ends()
    for epoch in range(1, ENDS_MAX + 2):
        ends.begun(EpochEnd(Position(epoch, {MX: epoch}), True, epoch + 1))
    latest = Position(ENDS_MAX + 2, {})
    assert ends.position([(MX, 1, 1)], latest) is None
    assert ends.position([(MX, 3, 3), (MX, 2, 2)], latest) == Position(2, {MX: 1})
    assert ends.position([], latest) == latest
    assert ENDS_MAX >= 2 * EPOCHS_MAX
