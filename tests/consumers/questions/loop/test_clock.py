"""Time told by records: what is near, what is far, and when the far is the present."""

import pytest

from nxcast.consumers.questions.loop.clock import AGREEING, DAY_NS, NEAR_NS, QUIET_NS, Clock

START = 1_767_225_600_000_000_000


def _records(*times, sensor="a"):
    return [{"time_ns": time_ns, "sensor": sensor} for time_ns in times]


def _through(clock, *times, sensor="a"):
    return [record["time_ns"] for record in clock.timely(_records(*times, sensor=sensor))]


def _settled():
    """A clock that knows two sensors, a and b, and believes a hundred of their records."""
    clock = Clock()
    for number in range(AGREEING):
        _through(clock, START + number, sensor="ab"[number % 2])
    return clock


def test_records_in_order_and_late_ones_go_through():
    clock = Clock()
    times = [START, START + DAY_NS, START + DAY_NS - NEAR_NS, START + 2 * DAY_NS]
    assert _through(clock, *times) == times
    assert (clock.first_ns, clock.now_ns, clock.untimely) == (START, START + 2 * DAY_NS, 0)


@pytest.mark.parametrize("far", [START - 2 * NEAR_NS, START + QUIET_NS + 2 * NEAR_NS, 0, 2**64 - 1])
def test_one_record_far_from_the_present_is_passed_over_and_counted(far):
    clock = _settled()
    assert _through(clock, START, far, START + 1) == [START, START + 1]
    assert (clock.now_ns, clock.untimely) == (START + AGREEING - 1, 1)


def test_a_quiet_network_goes_on_months_later():
    clock = Clock()
    times = [START, START + 40 * DAY_NS, START + 80 * DAY_NS, START + 80 * DAY_NS + QUIET_NS]
    assert _through(clock, *times) == times


def test_two_sensors_of_a_quiet_network_go_on_days_later():
    clock = _settled()
    later = START + 3 * DAY_NS
    assert _through(clock, later, sensor="a") == [later]
    assert _through(clock, later + 3 * DAY_NS, sensor="b") == [later + 3 * DAY_NS]


def test_a_sensor_that_is_ahead_from_the_start_never_silences_the_others():
    clock = _settled()
    for number in range(50):
        assert _through(clock, START + 2 * DAY_NS + number, sensor="wrong") == []
        assert _through(clock, START + AGREEING + number) == [START + AGREEING + number]
    assert clock.untimely == 50


def test_a_sensor_whose_clock_steps_ahead_costs_no_more_than_the_records_that_agree():
    clock = _settled()
    assert _through(clock, START + 30 * DAY_NS, sensor="b") == [START + 30 * DAY_NS]
    times = [START + AGREEING + number for number in range(2 * AGREEING)]
    assert _through(clock, *times, sensor="a") == times[AGREEING - 1 :]
    assert _through(clock, START + 30 * DAY_NS + 1, sensor="b") == []  # known as wrong by now
    assert clock.first_ns == START


@pytest.mark.parametrize("far", [START - 2 * NEAR_NS, START + QUIET_NS + 2 * NEAR_NS])
def test_so_many_in_a_row_are_the_present(far):
    clock = _settled()
    assert _through(clock, *[far] * (AGREEING + 5)) == [far] * 6
    assert (clock.now_ns, clock.untimely) == (far, AGREEING - 1)
    assert clock.first_ns == min(START, far)


def test_so_many_that_do_not_agree_are_not():
    clock = _settled()
    far = START + QUIET_NS
    times = [far + 2 * NEAR_NS * (1 + number) for number in range(2 * AGREEING)]
    assert _through(clock, *times, sensor="new") == []


def test_a_first_record_that_is_wrong_is_overruled_by_two():
    clock = Clock()
    assert _through(clock, 0, START, START + 1, START + 2) == [0, START + 1, START + 2]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_how_records_are_cut_into_lists_makes_no_difference(size):
    times = [START, START + 5, 0, START + 3 * DAY_NS, START + DAY_NS, START + 2 * DAY_NS]
    times += [7] * (AGREEING + 2) + [START] * (AGREEING + 1) + [START + QUIET_NS]
    records = [
        {"time_ns": time_ns, "sensor": "abc"[number % 3 if number % 7 else 0]}
        for number, time_ns in enumerate(times)
    ]
    one_by_one, in_lists = Clock(), Clock()
    expected = [kept for record in records for kept in one_by_one.timely([record])]
    found = [kept for at in range(0, len(records), size) for kept in in_lists.timely(records[at : at + size])]
    assert found == expected
    assert (in_lists.now_ns, in_lists.untimely) == (one_by_one.now_ns, one_by_one.untimely)
