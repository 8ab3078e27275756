"""What is said to whoever waits: what the broker gets, and how often that is repeated."""

import pytest

from nxcast.consumers.show.pulse import AGAIN_S, NOTICES_S, Notices, Pulse

SECOND_NS = 1_000_000_000


def status(make, second, frames, *, epoch=1, heard=0):
    found = make.status(time_ns=second * SECOND_NS, epoch=epoch)
    found["counters"] = {**found["counters"], "frames_received": frames}
    found["sensors"] = {"ns1": {**next(iter(found["sensors"].values())), "time_ns": heard * SECOND_NS}}
    return found


def said(*statuses):
    pulse = Pulse()
    for each in statuses:
        pulse.take(each)
    return pulse.text


def test_nothing_is_said_before_the_broker_has_told():
    assert said(None) == ""


def test_a_broker_without_producers_says_how_to_start_one(make):
    text = said(status(make, 1, 0), status(make, 2, 0))
    assert text.startswith("the broker gets 0 frames a second, no producer has sent anything yet: start ")
    assert "nxcast-produce synthetic, to try" in text


def test_the_rate_is_that_of_the_last_second(make):
    assert said(status(make, 1, 100)) == "the broker gets frames from 1 sensor"
    text = said(status(make, 1, 100), status(make, 2, 200), status(make, 4, 3200))
    assert text == "the broker gets 1,500 frames a second from 1 sensor"


def test_statuses_in_between_make_no_rate_of_a_moment(make):
    """Others' subscriptions bring statuses that are not a second apart."""
    soon = status(make, 1, 5000)
    soon["time_ns"] += 1000
    assert said(status(make, 1, 100), soon, status(make, 2, 200)) == said(
        status(make, 1, 100), status(make, 2, 200)
    )
    late = status(make, 2, 5000)
    late["time_ns"] += 1000
    assert said(status(make, 1, 100), status(make, 2, 200), late) == said(
        status(make, 1, 100), status(make, 2, 200)
    )


def test_a_sensor_that_fell_silent_is_named(make):
    text = said(status(make, 99, 200), status(make, 100, 200, heard=60))
    assert text.startswith("the broker gets 0 frames a second: the last to send was ns1, 40 s ago; ")


def test_another_broker_begins_anew(make):
    anew = said(status(make, 1, 900), status(make, 2, 100, epoch=2))
    assert anew == said(status(make, 2, 100, epoch=2)) == "the broker gets frames from 1 sensor"


def test_of_a_broker_that_is_away_nothing_is_said_to_come_in(make):
    pulse, last = Pulse(), status(make, 1, 100)
    for each, unsettled, text in (
        (last, True, "the broker is away"),
        (status(make, 2, 100) | {"ended": True}, False, "the broker was stopped"),
        (status(make, 9, 50, epoch=2), False, "the broker gets frames from 1 sensor"),
    ):
        pulse.take(each, unsettled=unsettled)
        assert pulse.text == text


@pytest.mark.parametrize("channel", ["answers/", "servers/"])
def test_who_waits_for_what_a_broker_leaves_out_is_told_the_setting(make, channel):
    pulse = Pulse()
    pulse.take(status(make, 1, 100))
    text = pulse.text_on([f"{channel}A/" if channel == "answers/" else channel, "nxdomain/"])
    assert text.startswith("the broker gets frames from 1 sensor; ")
    assert f"nxcast-broker --{channel[:-1]}" in text
    assert pulse.text_on(["nxdomain/"]) == pulse.text


def test_a_broker_that_publishes_them_is_not_told_how(make):
    had = status(make, 1, 100)
    had["topics"] = {"answers/A/": {"sequence": 1, "records": 1}}
    pulse = Pulse()
    pulse.take(had)
    assert pulse.text_on(["answers/MX/"]) == pulse.text


def test_it_is_told_less_and_less_often():
    notices = Notices(0)
    told = [second for second in range(3 * 3600) if notices.due(second) is not None]
    assert told == [*map(int, NOTICES_S), int(AGAIN_S), int(2 * AGAIN_S)]


@pytest.mark.parametrize("last", [4.9, 1000])
def test_a_record_ends_the_waiting(last):
    notices = Notices(0)
    notices.due(last)
    notices.came(last)
    assert notices.due(last + 4.9) is None
    assert notices.due(last + 5) == pytest.approx(5)
