"""Time told by records: what is near, what is far, and when the far is the present."""

import pytest

from nxcast.consumers.question.clock import AGREEING, AHEAD_NS, DAY_NS, LATE_NS, Clock

START = 1_767_225_600_000_000_000


def _records(*times):
    return [{"time_ns": time_ns} for time_ns in times]


def _through(clock, *times):
    return [record["time_ns"] for record in clock.timely(_records(*times))]


def test_records_in_order_and_late_ones_go_through():
    clock = Clock()
    times = [START, START + DAY_NS, START + DAY_NS - LATE_NS, START + 2 * DAY_NS]
    assert _through(clock, *times) == times
    assert (clock.first_ns, clock.now_ns, clock.untimely) == (START, START + 2 * DAY_NS, 0)


@pytest.mark.parametrize("far", [START - LATE_NS - 1, START + AHEAD_NS + 1, 0, 2**64 - 1])
def test_one_record_far_from_the_present_is_passed_over_and_counted(far):
    clock = Clock()
    assert _through(clock, START, far, START + 1) == [START, START + 1]
    assert (clock.now_ns, clock.untimely) == (START + 1, 1)


@pytest.mark.parametrize("far", [START - LATE_NS - 1, START + AHEAD_NS])
def test_so_many_in_a_row_are_the_present(far):
    clock = Clock()
    far += 1 if far > START else 0
    assert _through(clock, START, *[far] * (AGREEING + 5)) == [START] + [far] * 6
    assert (clock.now_ns, clock.untimely) == (far, AGREEING - 1)


def test_a_clock_that_is_wrong_beside_a_right_one_never_becomes_the_present():
    clock = Clock()
    for number in range(10 * AGREEING):
        assert _through(clock, START + number, 0) == [START + number]
    assert clock.untimely == 10 * AGREEING


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_how_records_are_cut_into_lists_makes_no_difference(size):
    times = [START, START + 5, 0, START + 3 * DAY_NS, START + DAY_NS, START + 2 * DAY_NS]
    times += [7] * (AGREEING + 2) + [START] * (AGREEING + 1) + [START + AHEAD_NS]
    one_by_one, in_lists = Clock(), Clock()
    expected = [time_ns for each in times for time_ns in _through(one_by_one, each)]
    found = [
        time_ns for at in range(0, len(times), size) for time_ns in _through(in_lists, *times[at : at + size])
    ]
    assert found == expected
    assert (in_lists.now_ns, in_lists.untimely) == (one_by_one.now_ns, one_by_one.untimely)
