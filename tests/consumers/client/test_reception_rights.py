"""Scripts of a subscriber with a key: what it may have, what it misses, and a broker that refuses."""

from nxcast.consumers import Gap, Refused, Repaired, Replayed, Silent, Unreplayed
from nxcast.consumers.client.reception import RENEW_S, Renew
from nxcast.consumers.client.session import SILENT_S
from tests.consumers.client.script import (
    BROKER,
    CONNECTED,
    KEY,
    MX,
    REFUSAL,
    A,
    At,
    Handshake,
    Script,
    ask_range,
    ask_rights,
    live,
    play,
    ranged,
    rights_answer,
    status,
)
from tests.playbook import Playbook

SILENT_KEY = "the broker knows this key but sends nothing: it may not subscribe, it seems"
UNKNOWN_KEY = (
    f"the broker at {BROKER} does not know this key, or no longer, or it may not subscribe "
    "(nxcast-broker keys list tells)"
)


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
        << ask_rights(1)
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
