"""The words of a subscriber's scripts: what happens to it, and what it does, without a socket or a clock."""

from dataclasses import dataclass

import msgpack

from nxcast.consumers import Connected, Unanswered, UnknownLoss, Unreplayed
from nxcast.consumers.client.reception import CloseRequests, Reception, Send, Tell
from nxcast.consumers.client.repair import ANSWER_S, MUTE_S, TRIES
from nxcast.consumers.client.session import Intake
from nxcast.schemas.curve import ClientKey
from tests.consumers.conftest import message as message_parts
from tests.consumers.conftest import nxdomain
from tests.consumers.conftest import status as status_record
from tests.playbook import Playbook

BROKER, REPLAY = "tcp://192.0.2.1:5556", "tcp://192.0.2.1:5557"
MX, A, TXT = "nxdomain/MX/", "nxdomain/A/", "nxdomain/TXT/"
CONNECTED = Connected(1, "handmade 1")
AFTER_EPOCH_1 = UnknownLoss(1, 2, "the broker has no log of earlier epochs")
NOW_NS = 1_700_000_000_000_000_000  # of the hand-made status
KEY = ClientKey(name="web", public="p" * 40, secret="s" * 40, broker="b" * 40)


@dataclass(frozen=True)
class Message:
    """A message came."""

    parts: list[bytes]

    def __repr__(self):
        return f"Message({self.parts[0].decode()})"


@dataclass(frozen=True)
class Answer:
    """The answer to the latest request came, or to another; `error`: a refusal and the like."""

    kind: str = "range"
    sequences: tuple[int, ...] = ()
    changed: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Late:
    """An answer came that nobody waits for any more; it is read with the next one."""

    answer: Answer


@dataclass(frozen=True)
class At:
    """So many seconds since the start, and nothing has come."""

    seconds: float


@dataclass(frozen=True)
class Handshake:
    """It was done; or the broker does not know the key."""

    done: bool = True


@dataclass(frozen=True)
class Ended:
    """The connection ended."""


def live(topic, *sequences, epoch=1):
    """Messages that are published."""
    (sequence,) = sequences
    return Message(message_parts(topic, sequence, [nxdomain()], epoch))


def status(epoch=1, replay=5557, ended=False, **topics):
    """A status that counts so many messages of nxdomain/MX/, nxdomain/A/ and so on."""
    counted = {f"nxdomain/{name}/": number for name, number in topics.items()}
    last = {"ended": True} if ended else {}
    record = status_record(epoch, counted, replay=replay, **last)
    return Message(message_parts("status/", 1, [record], epoch))


def ranged(*sequences, **changed):
    return Answer("range", sequences, tuple(changed.items()))


def since_answer(**changed):
    return Answer("since", (), tuple(changed.items()))


def epochs_answer(*past, **changed):
    """That these have ended: (epoch, how, sequence by topic)."""
    told = [{"epoch": epoch, "ended": ended, "last": last} for epoch, ended, last in past]
    return Answer("epochs", (), (("epoch", 2), ("epochs", told), *changed.items()))


def rights_answer(*subscribe, replay=True):
    return Answer("rights", (), (("subscribe", list(subscribe)), ("replay", replay)))


REFUSAL = Answer("error", (), (("error", "refused"),))


def ask_range(request_id, topic, first, last, epoch=1, endpoint=REPLAY):
    return endpoint, {
        "id": request_id, "ask": "range", "topic": topic, "epoch": epoch, "first": first, "last": last
    }  # fmt: skip


def ask_since(request_id, time_ns, topics=("nxdomain/",)):
    return REPLAY, {"id": request_id, "ask": "since", "topics": list(topics), "time_ns": time_ns}


def ask_epochs(request_id, epoch):
    return REPLAY, {"id": request_id, "ask": "epochs", "epoch": epoch}


def ask_rights(request_id):
    return REPLAY, {"id": request_id, "ask": "rights"}


MUTE = f"no answer from {REPLAY} within {MUTE_S:.0f} s"


def stays_mute(played, request):
    """No try to get an answer to this request, sent at the start, gets one."""
    played = played >> At(ANSWER_S) << CloseRequests() << Unanswered(REPLAY, ANSWER_S) << request
    for tried in range(2, TRIES):
        played = played >> At(ANSWER_S * (2**tried - 1)) << CloseRequests() << request
    return played >> At(MUTE_S) << Unreplayed(MUTE)


class Script:
    """Turns the loop of a subscriber: after an event it goes on for as long as there is something to do."""

    def __init__(self, *topics, replay=None, key=None, since=None, cursor=None):
        self.intake = Intake(
            topics or ("nxdomain/",),
            validate=True,
            now=0.0,
            since=since,
            position=cursor,
            keyed=key is not None,
        )
        self._reception = Reception(self.intake, BROKER, replay=replay, key=key, now=0.0)
        self._now = 0.0
        self._asked = {}
        self._late = None

    def __call__(self, event):
        commands = self._done(self._told(event))
        while self._reception.asking:
            late, self._late = self._late, None
            done = self._done(self._reception.answer(late, self._now))
            if not done and self._reception.wake > self._now:
                break
            commands += done
        return commands

    def turn_to(self, seconds):
        """So many seconds since the start, and what comes next comes at once."""
        self._now = seconds

    def _told(self, event):
        match event:
            case Message(parts):
                assert not self._reception.asking, "no message is read while something is asked for"
                return self._reception.message(parts, self._now)
            case Answer():
                assert self._reception.awaiting, "nothing is awaited"
                return self._reception.answer(self._answer(event), self._now)
            case Late(answer):
                self._late = self._answer(answer)
                return []
            case Handshake(done):
                if done:
                    return self._reception.accepted(self._now)
                return self._reception.refused(self._now, unknown_key=True)
            case Ended():
                return self._reception.ended()
            case At(seconds):
                self._now = seconds
                return [] if self._reception.asking else self._reception.message(None, self._now)

    def _done(self, commands):
        """The batches that are ready, as (topic, sequence), and what the commands say."""
        plain = list(map(self._plain, commands))
        ready = [(batch.topic, batch.sequence) for batch in self._reception.ready]
        self._reception.ready.clear()
        return [*plain, *ready]

    def _plain(self, command):
        match command:
            case Tell(event):
                return event
            case Send(endpoint, request):
                self._asked = msgpack.unpackb(request)
                assert self._asked["version"] == 1
                return endpoint, {key: value for key, value in self._asked.items() if key != "version"}
        return command

    def _answer(self, answer):
        # A range may be answered where something else was asked for: then it is of anything.
        asked, sequences = {"topic": MX, "epoch": 1, "first": 1, **self._asked}, answer.sequences
        header = {"version": 1, "id": asked["id"], "epoch": 1, "answer": answer.kind, "error": None}
        match answer.kind:
            case "range":
                first = sequences[0] if sequences else asked["first"]
                header |= {
                    "topic": asked["topic"],
                    "epoch": asked["epoch"],
                    "first": first,
                    "count": len(sequences),
                    "oldest": first,
                }
            case "rights":
                header |= {"name": "web", "push": []}
            case "since":
                header |= {"topics": {}, "complete": True}
            case "epochs":
                header |= {"epochs": [], "more": False, "begins": 1}
        parts = [msgpack.packb({**header, **dict(answer.changed)})]
        for sequence in sequences:
            parts += message_parts(asked["topic"], sequence, [nxdomain()], asked["epoch"])[1:]
        return parts


def play(*topics, **keywords):
    return Playbook(Script(*topics, **keywords))
