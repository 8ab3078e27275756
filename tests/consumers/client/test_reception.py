"""Scripts of a subscriber: what happens, and what it does about it, without a socket or a clock."""

from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers import (
    Back,
    Connected,
    Gap,
    Invalid,
    Repaired,
    Replayed,
    Restart,
    Silent,
    Unanswered,
    UnknownLoss,
    Unreplayed,
)
from nxcast.consumers.client.position import Position
from nxcast.consumers.client.reception import RENEW_S, CloseRequests, Renew
from nxcast.consumers.client.repair import AGAIN_S, ANSWER_S, MUTE_S, PAUSE_S
from nxcast.consumers.client.session import SILENT_S
from tests.consumers.client.script import (
    AFTER_EPOCH_1,
    CONNECTED,
    KEY,
    MX,
    NOW_NS,
    REFUSAL,
    REPLAY,
    A,
    Answer,
    At,
    Ended,
    Handshake,
    Late,
    Message,
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


def test_what_is_missing_before_the_first_status_is_asked_for_once_that_says_where():
    """Nothing is lost by not knowing where to ask: what follows waits, in order, and is not held up after."""
    script = Script()
    assert (
        Playbook(script)
        >> live(MX, 7)
        << (MX, 7)
        >> live(MX, 9)
        >> live(A, 3)
        >> At(SILENT_S - 1)
        >> status(MX=9, A=4)
        << ask_range(1, MX, 8, 8)
        >> ranged(8)
        << (MX, 8)
        << Repaired(MX, 1, 1)
        << (MX, 9)
        << (A, 3)
        << CONNECTED
        << ask_range(2, A, 4, 4)
        >> ranged(4)
        << (A, 4)
        << Repaired(A, 1, 1)
        >> live(A, 5)
        << (A, 5)
    )
    assert script.intake.counts.lost == 0


def test_a_restart_before_the_first_status_waits_for_it_too():
    assert (
        play()
        >> live(MX, 7)
        << (MX, 7)
        >> live(MX, 2, epoch=2)
        >> status(epoch=2, MX=2)
        << ask_epochs(1, 1)
        >> epochs_answer((1, "killed", {MX: 8}))
        << ask_range(2, MX, 8, 8)
        >> ranged(8)
        << (MX, 8)
        << Repaired(MX, 1, 1)
        << Restart(1, 2)
        << ask_range(3, MX, 1, 1, epoch=2)
        >> ranged(1)
        << (MX, 1)
        << Repaired(MX, 2, 1)
        << (MX, 2)
        << Connected(2, "handmade 1")
    )


def test_with_a_key_rights_are_asked_once_what_was_missing_before_has_come():
    assert (
        play(key=KEY)
        >> Handshake()
        >> live(MX, 7)
        << (MX, 7)
        >> live(MX, 9)
        >> status(MX=9)
        << ask_range(1, MX, 8, 8)
        >> ranged(8)
        << (MX, 8)
        << Repaired(MX, 1, 1)
        << (MX, 9)
        << ask_rights(2)
        >> rights_answer("nxdomain/")
        << CONNECTED
    )


def held_up():
    return play() >> Handshake() >> live(MX, 7) << (MX, 7) >> live(MX, 9)


def test_a_broker_that_has_no_endpoint_costs_what_is_missing_and_nothing_else():
    assert (
        held_up()
        >> live(MX, 10)
        >> status(replay=None, MX=11)
        << Gap(MX, 1, 8, 8)
        << (MX, 9)
        << (MX, 10)
        << CONNECTED
        << Gap(MX, 1, 11, 11)
    )


def test_without_requests_nothing_is_waited_for():
    assert play(replay=False) >> live(MX, 7) << (MX, 7) >> live(MX, 9) << Gap(MX, 1, 8, 8) << (MX, 9)


def test_an_endpoint_that_was_named_is_asked_before_any_status():
    assert play(replay=REPLAY) >> live(MX, 7) << (MX, 7) >> live(MX, 9) << ask_range(1, MX, 8, 8)


def test_who_never_sends_a_status_holds_up_the_stream_once():
    """It is told as lost in the end, the broker being there, and what is missing next at once."""
    assert (
        held_up()
        >> At(SILENT_S)
        << Silent(SILENT_S)
        >> At(MUTE_S - 1)
        << Renew()
        >> live(MX, 10)
        >> At(MUTE_S)
        << Gap(MX, 1, 8, 8)
        << (MX, 9)
        << Back(MUTE_S - 1)
        << (MX, 10)
        >> live(MX, 12)
        << Gap(MX, 1, 11, 11)
        << (MX, 12)
    )


def test_nor_does_a_stream_in_which_something_always_comes():
    """Nothing but messages happens, and the time is over."""
    script = Script()
    played = Playbook(script) >> live(MX, 7) << (MX, 7) >> live(MX, 9)
    script.turn_to(MUTE_S)
    assert played >> live(MX, 10) << Gap(MX, 1, 8, 8) << (MX, 9) << (MX, 10)


def test_the_first_status_is_waited_for_while_the_broker_is_away():
    assert (
        held_up()
        >> Ended()
        >> At(2 * MUTE_S)
        << Silent(2 * MUTE_S)
        << Renew()
        >> Handshake()
        >> At(3 * MUTE_S - 1)
        << Renew()
        >> status(MX=9)
        << ask_range(1, MX, 8, 8)
        >> ranged(8)
        << (MX, 8)
        << Repaired(MX, 1, 1)
        << (MX, 9)
        << Back(3 * MUTE_S - 1)
        << CONNECTED
    )


def test_what_has_no_room_while_the_first_status_is_awaited_is_asked_for_too(monkeypatch):
    """Memory is bounded: what is passed over counts as missing."""
    monkeypatch.setattr("nxcast.consumers.client.repair.HELD_MAX", 4)
    played = held_up()
    for sequence in range(10, 100):
        played = played >> live(MX, sequence)
    assert (
        played
        >> status(MX=99)
        << ask_range(1, MX, 8, 8)
        >> ranged(8)
        << (MX, 8)
        << Repaired(MX, 1, 1)
        << (MX, 9)
        << (MX, 10)
        << (MX, 11)
        << CONNECTED
        << ask_range(2, MX, 12, 99)
    )


def test_nothing_but_what_is_no_good_ends_the_wait_for_the_first_status(monkeypatch):
    monkeypatch.setattr("nxcast.consumers.client.repair.HELD_MAX", 4)
    bad, told = Message([b"nxdomain/???", b"", b""]), Invalid("nxdomain/???", "no topic of the contract")
    played = held_up() >> bad >> bad >> bad >> bad >> bad >> bad << Gap(MX, 1, 8, 8) << (MX, 9)
    for _ in range(6):
        played = played << told
    assert played >> live(MX, 10) << (MX, 10)


def missing_one():
    return play() >> status() << CONNECTED >> live(MX, 2) << ask_range(1, MX, 1, 1)


def test_a_mute_store_is_not_asked_for_a_while():
    """The wait is told once; until the pause is over or the broker may be another all is lost at once."""
    assert (
        stays_mute(missing_one(), ask_range(1, MX, 1, 1))
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


def test_a_slow_answer_is_waited_for():
    """The log may have it: it is asked for over other connections, and taken whenever it comes."""
    assert (
        missing_one()
        >> At(ANSWER_S)
        << CloseRequests()
        << Unanswered(REPLAY, ANSWER_S)
        << ask_range(1, MX, 1, 1)
        >> At(3 * ANSWER_S)
        << CloseRequests()
        << ask_range(1, MX, 1, 1)
        >> At(MUTE_S - 1)
        << CloseRequests()
        << ask_range(1, MX, 1, 1)
        >> ranged(1)
        << (MX, 1)
        << Repaired(MX, 1, 1)
        << (MX, 2)
    )


def test_an_answer_after_all_tries_ends_the_pause():
    """What it was asked for is given up by then, and told; what is missing next is asked for again."""
    assert (
        stays_mute(missing_one(), ask_range(1, MX, 1, 1))
        << Gap(MX, 1, 1, 1)
        << (MX, 2)
        >> live(MX, 4)
        << Gap(MX, 1, 3, 3)
        << (MX, 4)
        >> Late(ranged(1))
        >> live(MX, 6)
        << ask_range(2, MX, 5, 5)
        >> ranged(5)
        << (MX, 5)
        << Repaired(MX, 1, 1)
        << (MX, 6)
    )


def test_a_broker_that_comes_back_is_asked_at_once_and_through_all_tries():
    """It was killed while it was asked, and came back just before the answer was overdue."""
    assert (
        Playbook(Script())
        >> Handshake()
        >> status()
        << CONNECTED
        >> live(MX, 2)
        << ask_range(1, MX, 1, 1)
        >> Ended()
        >> At(ANSWER_S - 0.1)
        << ask_range(1, MX, 1, 1)
        >> Handshake()
        << ask_range(1, MX, 1, 1)
        >> At(ANSWER_S)
        >> At(2 * ANSWER_S - 0.1)
        << CloseRequests()
        << Unanswered(REPLAY, ANSWER_S)
        << ask_range(1, MX, 1, 1)
        >> ranged(1)
        << (MX, 1)
        << Repaired(MX, 1, 1)
        << (MX, 2)
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
        >> At(ANSWER_S)
        << CloseRequests()
        << Silent(ANSWER_S)
        << ask_range(1, MX, 1, 1)
        >> At(600)
        << CloseRequests()
        << Renew()
        << ask_range(1, MX, 1, 1)
        >> Handshake()
        << ask_range(1, MX, 1, 1)
        >> ranged(1, epoch=2)
        << (MX, 1)
        << Repaired(MX, 1, 1)
        << (MX, 2)
    )
    assert script.intake.counts.lost is None  # until a status tells how much there was
    assert Playbook(script) >> status(MX=2) << Back(600)
    assert script.intake.counts.lost == 0


def test_one_that_is_there_again_and_mute_is_given_up():
    played = missing_one() >> Ended() >> Handshake() << ask_range(1, MX, 1, 1)
    assert stays_mute(played, ask_range(1, MX, 1, 1)) << Gap(MX, 1, 1, 1) << (MX, 2)


def test_a_pause_ends_by_itself():
    script = Script()
    played = Playbook(script) >> status() << CONNECTED >> live(MX, 2) << ask_range(1, MX, 1, 1)
    assert (
        stays_mute(played, ask_range(1, MX, 1, 1))
        << Gap(MX, 1, 1, 1)
        << (MX, 2)
        >> At(PAUSE_S + MUTE_S)
        << Silent(PAUSE_S + MUTE_S)
        << Renew()
        >> live(MX, 4)
        << Back(PAUSE_S + MUTE_S)
        << ask_range(2, MX, 3, 3)
    )
    assert (script.intake.counts.lost, script.intake.counts.lost_at_least) == (None, 1)


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
    st.builds(At, st.sampled_from([0.1, AGAIN_S, SILENT_S, ANSWER_S, MUTE_S, PAUSE_S])),
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
    counts = script.intake.counts
    assert counts.losses == (lost, len(unknown) + counts.unsettled)
    assert counts.lost == (None if unknown or counts.unsettled else lost)
    restarts = [(event.old_epoch, event.new_epoch) for event in told if isinstance(event, Restart)]
    assert {(event.epoch, event.next_epoch) for event in unknown} <= set(restarts)
    assert all(old == new for (_, old), (new, _) in pairwise(restarts)), (
        "each goes on where the one before led"
    )
    assert script.intake.counts.messages == len(batches)
    position = script.intake.position([])
    assert position is None or all(sequence >= 0 for sequence in position.topics.values())
