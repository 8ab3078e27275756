"""Scripts of a subscriber whose broker was restarted: how the epochs that ended are finished."""

from functools import partial

import pytest

from nxcast.consumers import Connected, Gap, Invalid, Replayed, Restart, UnknownLoss, Unreplayed
from nxcast.consumers.client.position import TOPICS_MAX, Position
from tests.consumers.client.script import (
    CONNECTED,
    KEY,
    MUTE,
    MX,
    NOW_NS,
    REFUSAL,
    A,
    Answer,
    Script,
    ask_epochs,
    ask_range,
    ask_rights,
    ask_since,
    epochs_answer,
    live,
    play,
    ranged,
    rights_answer,
    since_answer,
    status,
    stays_mute,
)
from tests.playbook import Playbook


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
    played = play() >> status() << CONNECTED >> live(MX, 2, epoch=2) << ask_epochs(1, 1)
    assert (
        stays_mute(played, ask_epochs(1, 1))
        << UnknownLoss(1, 2, MUTE)
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
