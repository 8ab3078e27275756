"""What a subscriber says of its losses where a broker ends, is killed, or falls silent."""

import pytest

from nxcast.consumers import Back, Repaired, Restart, Silent, Unanswered
from nxcast.consumers.client.events import Counts, Losses
from nxcast.consumers.client.reception import CloseRequests, Renew
from nxcast.consumers.client.repair import ANSWER_S
from nxcast.consumers.client.session import SILENT_S
from tests.consumers.client.script import (
    AFTER_EPOCH_1,
    CONNECTED,
    MX,
    REPLAY,
    At,
    Ended,
    Handshake,
    Script,
    ask_epochs,
    ask_range,
    epochs_answer,
    live,
    ranged,
    status,
)
from tests.playbook import Playbook


@pytest.fixture
def script():
    """A subscriber that has had one message."""
    made = Script()
    assert Playbook(made) >> Handshake() >> status() << CONNECTED >> live(MX, 1) << (MX, 1)
    return made


def lost(script):
    return script.intake.counts.lost


def test_a_broker_that_is_stopped_tells_its_last(script):
    assert Playbook(script) >> status(MX=1, ended=True) >> Ended()
    assert lost(script) == 0
    assert Playbook(script) >> At(SILENT_S) << Silent(SILENT_S, ended=True)
    assert lost(script) == 0
    assert str(Silent(5.0, ended=True)) == (
        "nothing heard from the broker for 5 s: it was stopped, and told before how much it had published"
    )


def test_what_a_broker_that_is_killed_published_last_is_not_known(script):
    assert Playbook(script) >> status(MX=1) >> Ended()
    assert (lost(script), str(script.intake.counts.losses)) == (None, "an unknown number of messages")
    assert Playbook(script) >> At(SILENT_S) << Silent(SILENT_S)
    assert lost(script) is None


def test_until_the_next_one_has_told(script):
    assert Playbook(script) >> status(MX=1) >> Ended() >> Handshake()
    assert lost(script) is None
    asked = Playbook(script) >> status(epoch=2) << ask_epochs(1, 1)
    assert asked >> epochs_answer((1, "clean", {MX: 1})) << Restart(1, 2)
    assert lost(script) == 0


def test_or_said_that_it_does_not_know(script):
    assert Playbook(script) >> Ended() >> Handshake()
    asked = Playbook(script) >> status(epoch=2) << ask_epochs(1, 1)
    assert asked >> epochs_answer(begins=2) << AFTER_EPOCH_1 << Restart(1, 2)
    assert script.intake.counts == Counts(messages=1, records=1, unknown_losses=1, restarts=1)


def test_the_last_status_may_be_read_after_the_connection_ended(script):
    """It waited in the socket; one before it tells nothing of the end."""
    assert Playbook(script) >> Ended() >> status(MX=1)
    assert lost(script) is None
    assert Playbook(script) >> status(MX=1, ended=True)
    assert lost(script) == 0


def test_what_the_last_status_shows_to_be_missing_is_not_known_until_it_comes(script):
    asked = Playbook(script) >> status(MX=2, ended=True) << ask_range(1, MX, 2, 2) >> Ended()
    assert lost(script) is None
    asked = asked >> At(ANSWER_S) << CloseRequests() << Silent(ANSWER_S, ended=True)
    asked = asked << ask_range(1, MX, 2, 2) >> Handshake() << ask_range(1, MX, 2, 2)
    assert asked >> ranged(2) << (MX, 2) << Repaired(MX, 1, 1)
    assert Playbook(script) >> status(MX=2) << Back(ANSWER_S)
    assert lost(script) == 0


def test_nor_what_is_asked_for_and_not_answered(script):
    """The connection is half open, say: nothing tells yet that the broker is away."""
    asked = Playbook(script) >> status(MX=2) << ask_range(1, MX, 2, 2)
    assert lost(script) == 0  # it is there, and gives it in a moment
    asked = asked >> At(ANSWER_S) << CloseRequests() << Unanswered(REPLAY, ANSWER_S) << ask_range(1, MX, 2, 2)
    assert asked
    assert lost(script) is None
    assert asked >> ranged(2) << (MX, 2) << Repaired(MX, 1, 1)
    assert lost(script) == 0


def test_a_silence_is_over_with_the_next_status(script):
    assert Playbook(script) >> At(SILENT_S) << Silent(SILENT_S)
    assert lost(script) is None
    assert Playbook(script) >> At(2 * SILENT_S) << Renew() >> status(MX=1) << Back(2 * SILENT_S)
    assert lost(script) == 0


def test_what_was_not_known_and_is_now_is_no_loss_of_a_report():
    before, after = Counts(lost_at_least=1, unsettled=True).losses, Counts(lost_at_least=3).losses
    assert after.since(before) == Losses(2, 0)
    assert before.since(Losses()).number is None


def test_who_never_was_connected_misses_nothing():
    script = Script()
    assert Playbook(script) >> Handshake() >> Ended() >> At(SILENT_S) << Silent(SILENT_S)
    assert lost(script) == 0
