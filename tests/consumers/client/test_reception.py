"""Scripts of a subscriber: what happens, and what it does about it, without a socket or a clock."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers import (
    Back,
    Connected,
    Gap,
    Invalid,
    Refused,
    Repaired,
    Replayed,
    Restart,
    Silent,
    UnknownLoss,
    Unreplayed,
)
from nxcast.consumers.client.position import TOPICS_MAX, Position
from nxcast.consumers.client.reception import RENEW_S, CloseRequests, Reception, Renew, Send, Tell
from nxcast.consumers.client.repair import AGAIN_S, PAUSE_S, REPAIR_S
from nxcast.consumers.client.session import SILENT_S, Intake
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
SILENT_KEY = "the broker knows this key but sends nothing: it may not subscribe, it seems"
UNKNOWN_KEY = (
    f"the broker at {BROKER} does not know this key, or no longer, or it may not subscribe "
    "(nxcast-broker keys list tells)"
)


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


def status(epoch=1, replay=5557, **topics):
    """A status that counts so many messages of nxdomain/MX/, nxdomain/A/ and so on."""
    counted = {f"nxdomain/{name}/": number for name, number in topics.items()}
    return Message(message_parts("status/", 1, [status_record(epoch, counted, replay=replay)], epoch))


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

    def __call__(self, event):
        commands = self._done(self._told(event))
        while self._reception.asking:
            done = self._done(self._reception.answer(None, self._now))
            if not done and self._reception.wake > self._now:
                break
            commands += done
        return commands

    def _told(self, event):
        match event:
            case Message(parts):
                assert not self._reception.asking, "no message is read while something is asked for"
                return self._reception.message(parts, self._now)
            case Answer():
                assert self._reception.awaiting, "nothing is awaited"
                return self._reception.answer(self._answer(event), self._now)
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


def test_joining_live():
    """What comes before the first status is given; what it shows missing after it is asked for."""
    assert (
        play()
        >> live(MX, 7)
        << (MX, 7)
        >> status(MX=7, A=3)
        << CONNECTED
        >> live(A, 4)
        << (A, 4)
        >> status(MX=8, A=4)
        << ask_range(1, MX, 8, 8)
        >> ranged(8)
        << (MX, 8)
        << Repaired(MX, 1, 1)
    )


def test_repair_in_several_answers_and_again():
    """One request at a time, sent again where nothing comes, and what follows waits."""
    assert (
        play()
        >> status()
        << CONNECTED
        >> live(MX, 6)
        << ask_range(1, MX, 1, 5)
        >> At(AGAIN_S)
        << ask_range(1, MX, 1, 5)
        >> ranged(1, 2, 3)
        << (MX, 1)
        << (MX, 2)
        << (MX, 3)
        << ask_range(2, MX, 4, 5)
        >> ranged(5)
        << Gap(MX, 1, 4, 4)
        << (MX, 5)
        << Repaired(MX, 1, 4)
        << (MX, 6)
    )


def test_repair_across_a_restart():
    """The new broker's first messages are asked for, of its epoch."""
    assert (
        play()
        >> status(MX=9)
        << CONNECTED
        >> live(MX, 3, epoch=2)
        << ask_epochs(1, 1)
        >> epochs_answer(begins=2)
        << AFTER_EPOCH_1
        << Restart(1, 2)
        << ask_range(2, MX, 1, 2, epoch=2)
        >> ranged(1, 2)
        << (MX, 1)
        << (MX, 2)
        << Repaired(MX, 2, 2)
        << (MX, 3)
    )


def test_a_mute_store_is_not_asked_for_a_while():
    """The wait is told once; until the pause is over or the broker may be another all is lost at once."""
    assert (
        play()
        >> status()
        << CONNECTED
        >> live(MX, 2)
        << ask_range(1, MX, 1, 1)
        >> At(AGAIN_S)
        << ask_range(1, MX, 1, 1)
        >> At(REPAIR_S)
        << CloseRequests()
        << Unreplayed(f"no answer from {REPLAY} within 5 s")
        << Gap(MX, 1, 1, 1)
        << (MX, 2)
        >> live(MX, 4)
        << Gap(MX, 1, 3, 3)
        << (MX, 4)
        >> live(A, 2, epoch=2)
        << ask_epochs(2, 1)
        >> epochs_answer(begins=2)
        << AFTER_EPOCH_1
        << Restart(1, 2)
        << ask_range(3, A, 1, 1, epoch=2)
        >> ranged(1)
        << (A, 1)
        << Repaired(A, 2, 1)
        << (A, 2)
    )


def test_while_the_broker_is_away_nothing_is_given_up():
    """The next one may have it in its log: so it is waited for, for as long as it takes."""
    script = Script()
    assert (
        Playbook(script)
        >> Handshake()
        >> status()
        << CONNECTED
        >> live(MX, 2)
        << ask_range(1, MX, 1, 1)
        >> Ended()
        >> At(REPAIR_S)
        << CloseRequests()
        << Silent(REPAIR_S)
        << ask_range(1, MX, 1, 1)
        >> At(600)
        << CloseRequests()
        << Renew()
        << ask_range(1, MX, 1, 1)
        >> Handshake()
        >> ranged(1, epoch=2)
        << (MX, 1)
        << Repaired(MX, 1, 1)
        << (MX, 2)
    )
    assert script.intake.counts.lost == 0


def test_one_that_is_there_again_and_mute_is_given_up():
    assert (
        play()
        >> status()
        << CONNECTED
        >> live(MX, 2)
        << ask_range(1, MX, 1, 1)
        >> Ended()
        >> Handshake()
        >> At(REPAIR_S)
        << CloseRequests()
        << Unreplayed(f"no answer from {REPLAY} within 5 s")
        << Gap(MX, 1, 1, 1)
        << (MX, 2)
    )


def test_a_pause_ends_by_itself():
    script = Script()
    played = (
        Playbook(script)
        >> status()
        << CONNECTED
        >> live(MX, 2)
        << ask_range(1, MX, 1, 1)
        >> At(REPAIR_S)
        << CloseRequests()
        << Unreplayed(f"no answer from {REPLAY} within 5 s")
        << Gap(MX, 1, 1, 1)
        << (MX, 2)
        >> At(PAUSE_S + REPAIR_S)
        << Silent(PAUSE_S + REPAIR_S)
        << Renew()
        >> live(MX, 4)
        << Back(PAUSE_S + REPAIR_S)
        << ask_range(2, MX, 3, 3)
    )
    assert played
    assert script.intake.counts.lost == 1


@pytest.mark.parametrize(
    ("keywords", "port", "lost"),
    [
        ({"replay": False}, 5557, True),
        ({}, None, True),
        ({"replay": "ipc:///run/replay"}, None, False),
    ],
)
def test_where_requests_go(keywords, port, lost):
    """To the endpoint that was named, else where the status says; without either nothing is asked."""
    played = play(**keywords) >> status(replay=port) << CONNECTED >> live(MX, 2)
    if lost:
        assert played << Gap(MX, 1, 1, 1) << (MX, 2)
    else:
        assert played << ask_range(1, MX, 1, 1, endpoint="ipc:///run/replay")


def test_since():
    """Messages before the status are passed over, since the store has them as well."""
    assert (
        play(since=3.5)
        >> live(MX, 10)
        >> status(MX=10, A=1)
        << ask_since(1, NOW_NS - 3_500_000_000)
        >> since_answer(topics={MX: 9})
        << CONNECTED
        << ask_range(2, MX, 9, 10)
        >> ranged(9, 10)
        << (MX, 9)
        << (MX, 10)
        << Replayed(2)
        >> live(MX, 11)
        << (MX, 11)
    )


def test_since_of_a_broker_restarted_meanwhile():
    """The status and the answer are of different brokers: the next status is asked about."""
    assert (
        play(since=60)
        >> status(MX=5)
        << ask_since(1, NOW_NS - 60_000_000_000)
        >> since_answer(epoch=2, topics={MX: 1})
        >> live(MX, 1, epoch=2)
        >> status(epoch=2, MX=1)
        << ask_since(2, NOW_NS - 60_000_000_000)
        >> since_answer(epoch=2, topics={MX: 1})
        << Connected(2, "handmade 1")
        << ask_range(3, MX, 1, 1, epoch=2)
        >> ranged(1)
        << (MX, 1)
        << Replayed(1)
    )


@pytest.mark.parametrize("replay", [False, None])
def test_since_that_nobody_answers(replay):
    """It begins where it is, and says so."""
    assert (
        play(since=60, replay=replay)
        >> status(replay=None, MX=5)
        << Unreplayed("the broker has no endpoint for requests")
        << CONNECTED
        << Replayed(0)
        >> live(MX, 6)
        << (MX, 6)
    )


def test_cursor():
    """It goes on after the position; a topic that is not in it is new."""
    assert (
        play(cursor=Position(1, {MX: 3}))
        >> live(MX, 5)
        >> status(MX=5, A=1)
        << CONNECTED
        << ask_range(1, MX, 4, 5)
        >> ranged(4, 5)
        << (MX, 4)
        << (MX, 5)
        << ask_range(2, A, 1, 1)
        >> ranged(1)
        << (A, 1)
        << Replayed(3)
    )


def test_cursor_of_an_earlier_broker():
    assert (
        play(cursor=Position(1, {MX: 3}))
        >> status(epoch=2, MX=1)
        << Connected(2, "handmade 1")
        << ask_epochs(1, 1)
        >> epochs_answer(begins=2)
        << AFTER_EPOCH_1
        << Restart(1, 2)
        << ask_range(2, MX, 1, 1, epoch=2)
        >> ranged(1)
        << (MX, 1)
        << Replayed(1)
    )


def test_an_epoch_that_ended_is_finished_before_the_next_one():
    """The rest of the old one, one that came and went, and the present one; the position all the way."""
    script = Script(cursor=Position(1, {MX: 3}))
    position = partial(script.intake.position, [])
    playbook = Playbook(script)
    assert playbook >> status(epoch=3, MX=1) << Connected(3, "handmade 1") << ask_epochs(1, 1)
    assert position() == Position(1, {MX: 3})
    answer = epochs_answer((1, "killed", {MX: 5}), (2, "clean", {A: 1}), epoch=3)
    assert playbook >> answer << ask_range(2, MX, 4, 5)
    assert position() == Position(1, {MX: 3})
    assert playbook >> ranged(4, epoch=3) << (MX, 4) << ask_range(3, MX, 5, 5)
    assert position() == Position(1, {MX: 4})
    assert playbook >> ranged(5) << (MX, 5) << Restart(1, 2) << ask_range(4, A, 1, 1, epoch=2)
    assert position() == Position(2, {A: 0})
    assert playbook >> ranged(1) << (A, 1) << Restart(2, 3) << ask_range(5, MX, 1, 1, epoch=3)
    assert position() == Position(3, {MX: 0})
    assert playbook >> ranged(1) << (MX, 1) << Replayed(4)
    assert position() == Position(3, {MX: 1})
    assert script.intake.counts.restarts == 2


def test_what_the_log_has_no_more_of_an_epoch_that_ended_is_lost_by_topic_and_sequence():
    script = Script(cursor=Position(1, {MX: 3}))
    assert (
        Playbook(script)
        >> status(epoch=2)
        << Connected(2, "handmade 1")
        << ask_epochs(1, 1)
        >> epochs_answer((1, "clean", {MX: 6, A: 2}))
        << ask_range(2, MX, 4, 6)
        >> ranged(6)
        << Gap(MX, 1, 4, 5)
        << (MX, 6)
        << ask_range(3, A, 1, 2)
        >> ranged(error="epoch")
        << Gap(A, 1, 1, 2)
        << Restart(1, 2)
        << Replayed(1)
    )
    assert script.intake.counts.lost == 4


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (REFUSAL, "the key does not allow it"),
        (Answer("error", (), (("error", "request_ask"),)), "the broker is of a version that has no log"),
        (epochs_answer((2, "clean", {})), "the broker's log has no epoch 1"),
        (epochs_answer(begins=2, epoch=3), "the broker's log begins with epoch 2"),
    ],
)
def test_where_nobody_knows_how_an_epoch_ended_its_loss_is_unknown(answer, why):
    played = play() >> status(MX=3) << CONNECTED >> status(epoch=2) << ask_epochs(1, 1) >> answer
    assert played << UnknownLoss(1, 2, why) << Restart(1, 2)


@pytest.mark.parametrize(
    "answer",
    [
        rights_answer("nxdomain/"),
        epochs_answer((1, "clean", {}), (1, "clean", {})),
        epochs_answer((0, "clean", {})),
        epochs_answer((1, "clean", {f"nxdomain/T{number}/": 1 for number in range(TOPICS_MAX + 1)})),
    ],
)
def test_an_answer_about_epochs_that_is_wrong_tells_nothing(answer):
    script = Script()
    assert Playbook(script) >> status() << CONNECTED >> status(epoch=2) << ask_epochs(1, 1)
    told = script(answer)
    assert [type(event) for event in told] == [Invalid, UnknownLoss, Restart]
    assert told[1] == UnknownLoss(1, 2, "the broker's answer is wrong")


def test_where_nothing_is_asked_a_loss_across_a_restart_is_unknown():
    played = play(replay=False) >> status(MX=1) << CONNECTED >> live(MX, 1, epoch=2)
    assert played << UnknownLoss(1, 2, "the broker has no endpoint for requests") << Restart(1, 2) << (MX, 1)


def test_a_broker_that_does_not_answer_about_epochs_is_waited_for_as_for_all():
    assert (
        play()
        >> status()
        << CONNECTED
        >> live(MX, 2, epoch=2)
        << ask_epochs(1, 1)
        >> At(REPAIR_S)
        << CloseRequests()
        << Unreplayed(f"no answer from {REPLAY} within 5 s")
        << UnknownLoss(1, 2, f"no answer from {REPLAY} within 5 s")
        << Restart(1, 2)
        << Gap(MX, 2, 1, 1)
        << (MX, 2)
    )


def test_a_key_that_may_not_replay_asks_nothing_about_epochs():
    assert (
        play(key=KEY)
        >> status()
        << ask_rights(1)
        >> rights_answer("nxdomain/", replay=False)
        << CONNECTED
        >> live(MX, 1, epoch=2)
        << UnknownLoss(1, 2, "the key does not allow it")
        << Restart(1, 2)
        << (MX, 1)
    )


def test_of_status_alone_nothing_is_missed_at_a_restart():
    assert (
        play("status/") >> status() << CONNECTED << ("status/", 1) >> status(epoch=2)
        << Restart(1, 2) << ("status/", 1)
    )  # fmt: skip


def test_since_a_moment_in_an_earlier_epoch():
    earlier = {"epoch": 1, "topics": {MX: 3, A: 1}, "complete": False}
    assert (
        play(since=60)
        >> status(epoch=2, A=1)
        << ask_since(1, NOW_NS - 60_000_000_000)
        >> since_answer(topics={A: 1}, epoch=2, earlier=earlier)
        << Unreplayed("not all since 2023-11-14 22:12:20 UTC is kept by the broker")
        << Connected(2, "handmade 1")
        << ask_epochs(2, 1)
        >> epochs_answer((1, "clean", {MX: 3}))
        << ask_range(3, MX, 3, 3)
        >> ranged(3)
        << (MX, 3)
        << Restart(1, 2)
        << ask_range(4, A, 1, 1, epoch=2)
        >> ranged(1)
        << (A, 1)
        << Replayed(2)
    )


def test_an_earlier_epoch_that_is_none_is_passed_over():
    earlier = {"epoch": 1, "topics": {MX: 3}, "complete": False}
    assert (
        play(since=60)
        >> status(MX=1)
        << ask_since(1, NOW_NS - 60_000_000_000)
        >> since_answer(topics={MX: 1}, earlier=earlier)
        << CONNECTED
        << ask_range(2, MX, 1, 1)
    )


def test_a_position_is_known_once_joined_and_waits_for_what_is_missing():
    """What is asked for is not done with, so a cursor stands before it."""
    script = Script(cursor=Position(1, {MX: 3}))
    position = partial(script.intake.position, [])
    playbook = Playbook(script) >> live(MX, 5)
    assert position() is None
    assert playbook >> status(MX=5) << CONNECTED << ask_range(1, MX, 4, 5)
    assert position() == Position(1, {MX: 3})
    assert playbook >> ranged(4, 5) << (MX, 4) << (MX, 5) << Replayed(2)
    assert position() == Position(1, {MX: 5})


def test_rights_of_a_part():
    """They are asked before the status counts, so that what is not allowed is not missed."""
    assert (
        play(key=KEY)
        >> Handshake()
        >> status(MX=2, TXT=2)
        << ask_rights(1)
        >> rights_answer(MX)
        << Refused("the key web may not subscribe to all of nxdomain/; it may: nxdomain/MX/", partly=True)
        << CONNECTED
        >> status(MX=3, TXT=9)
        << ask_range(2, MX, 3, 3)
        >> ranged(3)
        << (MX, 3)
        << Repaired(MX, 1, 1)
    )


def test_rights_are_asked_again_on_each_connection():
    """And what has not changed is not told again."""
    partly = Refused("the key web may not subscribe to all of nxdomain/; it may: nxdomain/MX/", partly=True)
    assert (
        play(key=KEY)
        >> Handshake()
        >> status()
        << ask_rights(1)
        >> rights_answer(MX)
        << partly
        << CONNECTED
        >> Handshake()
        >> status()
        << ask_rights(2)
        >> rights_answer(MX)
        >> status()
        >> Handshake()
        >> status()
        << ask_rights(3)
        >> rights_answer("nxdomain/")
        >> status()
    )


def test_a_message_that_comes_before_rights_are_told_again_shows_a_loss():
    """By the rights of the connection before, nothing of its topic was missed."""
    assert (
        play(key=KEY)
        >> Handshake()
        >> status(MX=2, A=1)
        << ask_rights(1)
        >> rights_answer(MX)
        << Refused("the key web may not subscribe to all of nxdomain/; it may: nxdomain/MX/", partly=True)
        << CONNECTED
        >> Handshake()
        >> live(A, 4)
        << ask_range(2, A, 2, 3)
        >> ranged(3)
        << Gap(A, 1, 2, 2)
        << (A, 3)
        << Repaired(A, 1, 1)
        << (A, 4)
    )


def test_no_right_at_all():
    script = Script("nxdomain/", key=KEY)
    refused = "the key web may not subscribe to nxdomain/; it may: dns-errors/"
    assert (
        Playbook(script)
        >> Handshake()
        >> status()
        << ask_rights(1)
        >> rights_answer("dns-errors/")
        << Refused(refused)
        << CONNECTED
    )
    assert script.intake.refusal == refused


def test_rights_that_nobody_tells():
    """All that is known is that the broker let us in, so all counts."""
    assert (
        play(key=KEY, replay=False)
        >> Handshake()
        >> status(replay=None)
        << Unreplayed("the broker has no endpoint for requests")
        << CONNECTED
        >> live(MX, 2)
        << Gap(MX, 1, 1, 1)
        << (MX, 2)
    )


def test_a_connection_that_ends_while_rights_are_asked():
    """The answer may be another broker's by then: they are asked once more, and the status is not lost."""
    assert (
        play(key=KEY)
        >> Handshake()
        >> status()
        << ask_rights(1)
        >> Handshake()
        >> rights_answer("nxdomain/")
        << ask_rights(2)
        >> rights_answer("nxdomain/")
        << CONNECTED
    )


def test_rights_and_since():
    """Rights first, as `since` may be refused by them."""
    assert (
        play(key=KEY, since=60)
        >> Handshake()
        >> status(MX=1)
        << ask_rights(1)
        >> rights_answer("nxdomain/", replay=False)
        << Unreplayed("the key does not allow it")
        << CONNECTED
        << Replayed(0)
    )


def test_a_range_that_is_refused():
    """What was known of our rights is wrong, so they are asked for; what they still allow is lost."""
    assert (
        play()
        >> status()
        << CONNECTED
        >> live(MX, 2)
        << ask_range(1, MX, 1, 1)
        >> REFUSAL
        << ask_rights(2)
        >> rights_answer("nxdomain/", replay=False)
        << Gap(MX, 1, 1, 1)
        << (MX, 2)
    )


def test_a_key_that_is_not_known_is_told_once_and_tried_again():
    assert (
        play(key=KEY)
        >> Handshake(done=False)
        << Refused(UNKNOWN_KEY)
        >> Handshake(done=False)
        >> At(SILENT_S)
        << Silent(SILENT_S)
        >> At(RENEW_S)
        << Renew()
        >> Handshake()
        >> status()
        << ask_rights(1)
        >> rights_answer("nxdomain/")
        << CONNECTED
    )


def test_a_key_that_hears_nothing_may_not_subscribe():
    assert (
        play(key=KEY)
        >> At(1.0)
        >> Handshake()
        >> At(SILENT_S)
        >> At(1.0 + SILENT_S)
        << Silent(SILENT_S)
        << Refused(SILENT_KEY)
    )


def test_a_key_revoked_before_anything_came_is_not_said_to_be_known():
    assert (
        play(key=KEY)
        >> Handshake()
        >> Handshake(done=False)
        << Refused(UNKNOWN_KEY)
        >> At(SILENT_S)
        << Silent(SILENT_S)
    )


def test_silence_and_its_end():
    assert (
        play()
        >> status()
        << CONNECTED
        >> At(SILENT_S)
        << Silent(SILENT_S)
        >> At(SILENT_S + 1)
        >> At(RENEW_S)
        << Renew()
        >> At(RENEW_S + 1)
        >> status()
        << Back(RENEW_S + 1)
    )


TOPICS = st.sampled_from([MX, A])
NUMBERS, EPOCHS = st.integers(1, 6), st.integers(1, 2)
EVENTS = st.one_of(
    st.builds(
        lambda topic, number, epoch: live(topic, number, epoch=epoch), TOPICS, NUMBERS, st.integers(1, 2)
    ),
    st.builds(lambda mx, a, epoch: status(epoch, MX=mx, A=a), NUMBERS, NUMBERS, st.integers(1, 2)),
    st.builds(lambda first, count: ranged(*range(first, first + count)), NUMBERS, st.integers(0, 3)),
    st.builds(
        lambda topics, epoch: since_answer(topics=topics, epoch=epoch),
        st.dictionaries(TOPICS, NUMBERS),
        st.integers(1, 2),
    ),
    st.builds(rights_answer, st.sampled_from(["nxdomain/", MX, "dns-errors/"]), replay=st.booleans()),
    st.builds(
        lambda past, more, begins: epochs_answer(*past, more=more, begins=begins),
        st.lists(
            st.tuples(
                st.integers(0, 3), st.sampled_from(["clean", "power"]), st.dictionaries(TOPICS, NUMBERS)
            ),
            max_size=3,
        ),
        st.booleans(),
        st.integers(1, 3),
    ),
    st.just(REFUSAL),
    st.builds(At, st.sampled_from([0.1, AGAIN_S, SILENT_S, REPAIR_S, PAUSE_S])),
    st.builds(Handshake, st.booleans()),
    st.just(Ended()),
)
BEGINNINGS = st.sampled_from([{}, {"since": 60}, {"cursor": Position(1, {MX: 2})}])


class Outside(Script):
    """Has happen only what a subscriber reads at the time, and lets time go on."""

    def __call__(self, event):
        match event:
            case Message() if self._reception.asking:
                return []
            case Answer() if not self._reception.awaiting:
                return []
            case At(seconds):
                event = At(self._now + seconds)
        return super().__call__(event)


@given(st.lists(EVENTS, max_size=40), BEGINNINGS, st.booleans(), st.sampled_from([None, False, REPLAY]))
def test_whatever_comes_each_loss_is_told_and_counted(events, beginning, keyed, replay):
    """In whatever order, from whatever broker; and each batch given."""
    script = Outside(**beginning, key=KEY if keyed else None, replay=replay)
    told = [command for event in events for command in script(event)]
    gaps = [event for event in told if isinstance(event, Gap)]
    batches = [command for command in told if isinstance(command, tuple) and isinstance(command[1], int)]
    unknown = [event for event in told if isinstance(event, UnknownLoss)]
    lost = sum(gap.lost for gap in gaps)
    assert script.intake.counts.losses == (lost, len(unknown))
    assert script.intake.counts.lost == (None if unknown else lost)
    restarts = [(event.old_epoch, event.new_epoch) for event in told if isinstance(event, Restart)]
    assert {(event.epoch, event.next_epoch) for event in unknown} <= set(restarts)
    assert all(old == new for (_, old), (new, _) in pairwise(restarts)), (
        "each goes on where the one before led"
    )
    assert script.intake.counts.messages == len(batches)
    position = script.intake.position([])
    assert position is None or all(sequence >= 0 for sequence in position.topics.values())
