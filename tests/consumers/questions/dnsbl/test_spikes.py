"""Scenarios of look-ups a minute: which minutes begin a spike, and which must not."""

import pytest

from nxcast.consumers.questions.dnsbl.spikes import (
    COUNT_MIN,
    INTERRUPTION,
    LATE,
    LATE_IN_A_ROW,
    WARM_UP,
    Spikes,
    Windows,
)
from nxcast.consumers.questions.dnsbl.tracks import WINDOW_S, LookUp, Track

START_NS = 1_767_225_600_000_000_000
MINUTE_NS = WINDOW_S * 1_000_000_000


def look_up(window, time_ns=0, zone="zen.spamhaus.org.", server="192.0.2.1", sensor="lab"):
    return LookUp(time_ns or START_NS + window * MINUTE_NS, window, zone, server, sensor)


def minutes(*stretches):
    """Counts by minute of each key: (number of minutes, {key: look-ups})."""
    return [counts for number, counts in stretches for _ in range(number)]


def tracking(room=10, *, peers=True):
    return Spikes(room, room, Track, peers=peers)


def begun(counts, spikes=None):
    """The (minute, key) of each spike that begins."""
    spikes = tracking(1000) if spikes is None else spikes
    found = []
    for window, keys in enumerate(counts):
        for key, number in keys.items():
            for _ in range(number):
                _, spike = spikes.see(key, look_up(window))
                if spike is not None:
                    found.append((window, key))
    return found


USUAL = {"a": 10, "b": 3}


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        # Four times one's own usual.
        (minutes((20, USUAL), (1, {"a": 60, "b": 3})), [(20, "a")]),
        # Never seen before: its usual is none.
        (minutes((20, USUAL), (1, {**USUAL, "new": 120})), [(20, "new")]),
        # Known, and quiet for long.
        (minutes((1, {"a": 10, "b": 1}), (30, {"a": 10}), (1, {"a": 10, "b": 60})), [(31, "b")]),
        # One spike that lasts is told once, and again after it had calmed.
        (minutes((20, USUAL), (3, {"a": 100}), (5, USUAL), (1, {"a": 100})), [(20, "a"), (28, "a")]),
        # Bursts now and then never become usual.
        (
            minutes(*[(2, {"a": 10, "b": 60}), (8, {"a": 10})] * 4),
            [(10, "b"), (20, "b"), (30, "b")],
        ),
        # What grows a little each minute is none, what jumps after it is.
        (minutes(*[(1, {"a": 10 + n}) for n in range(60)], (1, {"a": 300})), [(60, "a")]),
    ],
)
def test_a_minute_far_above_the_usual_begins_a_spike(counts, found):
    assert begun(counts) == found


@pytest.mark.parametrize(
    "counts",
    [
        # Warming up.
        minutes((WARM_UP - 1, USUAL), (1, {"a": 500, "new": 500})),
        # Too few in all.
        minutes((20, {"a": 1}), (1, {"a": COUNT_MIN - 1, "new": COUNT_MIN - 1})),
        # Much, but not for who gets that much.
        minutes((20, {"a": 100}), (1, {"a": 350})),
        minutes((20, {"a": 3000}), (5, {"a": 6000})),
        # A whole minute after the first, which the stream began in the midst of.
        minutes((1, {"a": 2}), (30, {"a": 200})),
        # New ones reach that much all the time.
        minutes(*[(1, {f"new{n}": 50, "a": 10}) for n in range(40)]),
        # So do those that come back.
        minutes(*[(1, {f"back{n % 20}": 50, "a": 10}) for n in range(80)]),
        # The stream begins with what is busy all along.
        minutes((60, {"a": 500, "b": 50, "c": 5})),
        # Twice a minute, then quiet, then as before.
        minutes((20, {"a": 20}), (20, {"b": 1}), (20, {"a": 20, "b": 1})),
    ],
)
def test_what_is_usual_for_one_or_for_all_is_no_spike(counts):
    assert begun(counts) == []


def test_a_rise_that_stays_becomes_usual():
    counts = minutes((20, {"a": 10}), (60, {"a": 100}), (1, {"a": 100}), (1, {"a": 10}), (1, {"a": 100}))
    assert begun(counts) == [(20, "a")]


def test_a_spike_is_told_at_the_look_up_that_makes_it_one_and_then_goes_on():
    spikes = tracking()
    begun(minutes((20, {"a": 10})), spikes)
    for number in range(1, 200):
        _, spike = spikes.see("a", look_up(20, server=f"192.0.2.{number % 20}"))
        if spike is not None:
            break
    assert number == 40
    assert (spike.look_ups, spike.level, spike.usual) == (40, pytest.approx(40), pytest.approx(10))
    spikes.see("a", look_up(21, sensor="other"))
    evidence = spike.evidence()
    assert evidence["look_ups"] == 41
    assert evidence["sensors"] == ["lab", "other"]
    assert len(evidence["servers"]) == 8


def test_what_one_s_peers_get_does_not_count_where_each_stands_for_itself():
    counts = minutes(*[(1, {f"new{n}": 50}) for n in range(40)])
    assert begun(counts, tracking(100, peers=False))[0] == (WARM_UP, f"new{WARM_UP}")


def test_a_flood_of_distinct_keys_neither_grows_nor_hides_a_spike():
    spikes = tracking(50)
    begun(minutes((20, {"a": 10})), spikes)
    for number in range(2000):
        assert spikes.see(f"once-{number}", look_up(20))[1] is None
    assert len(list(spikes.items())) <= 100
    assert begun([{}] * 20 + [{"a": 60}], spikes) == [(20, "a")]


def windows_of(*times_s):
    windows = Windows()
    return [windows.at(START_NS + round(time_s * 1e9)) for time_s in times_s]


@pytest.mark.parametrize(
    ("times_s", "numbers"),
    [
        ((0, 59.9, 60, 119, 120), [1, 1, 2, 2, 3]),
        ((0, 300), [1, 6]),  # quiet minutes count
        ((0, 60 * INTERRUPTION), [1, 1 + INTERRUPTION]),
        ((0, 60 * INTERRUPTION + 60, 86_400 * 300), [1, 2, 3]),  # nothing at all came: no evidence of quiet
        ((600, 590, 600 - 60 * LATE, 601), [1, 1, 1, 1]),  # a sensor whose clock is behind
        ((600, 590 - 60 * LATE, 601), [1, None, 1]),  # a backlog
        ((0, -86_400 * 2, -86_400 * 2 + 60), [1, 2, 3]),  # the clock was changed
    ],
)
def test_minutes_are_numbered_by_the_records_time(times_s, numbers):
    assert windows_of(*times_s) == numbers


def test_a_present_that_was_wrong_is_given_up():
    numbers = windows_of(0, 7200, *[60] * (LATE_IN_A_ROW + 1), 120)
    assert numbers[2] is None
    assert numbers[-2:] == [3, 4]


def test_what_is_usual_falls_while_nothing_comes():
    spikes = tracking()
    begun(minutes((20, {"a": 12, "b": 3}), (20, {"b": 3})), spikes)
    tracks = dict(spikes.items())
    assert 4 < spikes.usual(tracks["a"]) < 6
    assert spikes.usual(tracks["b"]) == pytest.approx(3)


def test_what_comes_late_counts_in_the_total_and_in_no_minute():
    spikes = tracking()
    begun(minutes((20, {"a": 10})), spikes)
    for _ in range(500):
        assert spikes.see("a", LookUp(START_NS, None, "zone.", "192.0.2.1", "lab"))[1] is None
    assert dict(spikes.items())["a"].total == 700


def test_nothing_is_usual_in_the_first_window():
    spikes = tracking()
    begun(minutes((1, {"a": 40})), spikes)
    assert spikes.usual(dict(spikes.items())["a"]) is None
    begun(minutes((2, {"a": 40})), spikes)
    assert spikes.usual(dict(spikes.items())["a"]) is not None


def test_what_is_usual_outlives_the_process():
    before = tracking()
    begun(minutes((20, {"a": 10, "b": 100})), before)
    after = tracking()
    for key, value in before.dump():
        after.load(key, value)
    counts = [{}] * 20 + [{"a": 60, "b": 200}]
    assert begun(counts, after) == begun(counts, before) == [(20, "a")]


def test_what_the_first_minutes_hold_says_nothing_of_what_others_reach():
    first = {"name": 600}
    for uneven in range(3):
        quiet = minutes((WARM_UP, {"a": 10}))
        quiet[uneven] = {"a": 10, **first}
        assert begun([*quiet, {"a": 10}, {"a": 10, "b": 30}]) == ([(WARM_UP + 1, "b")] if uneven < 2 else [])


def test_the_usual_of_a_newcomer_is_that_of_its_own_time():
    old, new = {"a": 20}, {"a": 20, "b": 20}
    assert begun(minutes((30, old), (5, new), (1, {"a": 20, "b": 70}))) == []
    assert begun(minutes((30, old), (5, new), (1, {"a": 20, "b": 90}))) == [(35, "b")]


def together(counts, spikes=None):
    """As `begun`, but the keys' look-ups of a minute come by turns."""
    spikes = tracking(100) if spikes is None else spikes
    found = []
    for window, keys in enumerate(counts):
        for turn in range(max(keys.values())):
            for key, number in keys.items():
                if turn < number and spikes.see(key, look_up(window))[1] is not None:
                    found.append((window, key))
    return found


def test_what_rises_with_all_others_is_no_spike():
    night, day = {"a": 2, "b": 5, "c": 3}, {"a": 40, "b": 100, "c": 60}
    assert together(minutes((60, night), (30, day), (120, night), (30, day))) == []
    assert together(minutes((60, night), (1, {**night, "a": 40}))) == [(60, "a")]
    assert together(minutes((60, night), (1, {**day, "new": 40}))) == [(60, "new")]


def test_a_spike_goes_on_in_the_next_process():
    before, after = tracking(), tracking()
    begun(minutes((20, {"a": 10}), (1, {"a": 60})), before)
    for key, value in before.dump():
        after.load(key, value)
    after.loaded(20)
    assert list(after.dump()) == list(before.dump())
    assert after.see("a", look_up(20))[1] is None
    assert after.get("a").spike.look_ups == 61


TRACK = [2, 0, 1, 3, 4, 1, 1.0, 1.0, None, [["zen."], [], []], None]
ALL = [0, 5, 0, 0.0, 0.0, 1, 1.0]


def changed(values, at, value):
    return [*values[:at], value, *values[at + 1 :]]


def test_such_a_state_is_taken():
    spikes = tracking()
    spikes.load("", ALL)
    spikes.load("a", TRACK)
    spikes.loaded(5)
    assert begun([{}] * 6 + [{"a": 5}], spikes) == []


@pytest.mark.parametrize(
    "values",
    [
        *([], 7, None, "abcdefghijk", [1, 2, 3], ["a"] * 11, {"a": 1}),
        *(changed(TRACK, at, -2) for at in range(9)),
        *(changed(TRACK, at, "x") for at in range(11)),
        *(changed(TRACK, at, True) for at in range(6)),
        *(changed(TRACK, at, 2**64) for at in range(6)),
        *(changed(TRACK, at, value) for at in (6, 7, 8) for value in (float("nan"), float("inf"), 1e300)),
        *(changed(TRACK, 9, value) for value in ([[], []], [[1], [], []], [["a"] * 9, [], []])),
        *(changed(TRACK, 10, value) for value in ([], ["a", 1, 1, 1.0, float("inf"), 1, [[], [], []]])),
        changed(TRACK, 3, 5),  # first seen after it was seen last
        changed(TRACK, 5, 3),  # more in a window than in all
    ],
)
def test_what_no_track_gave_is_refused(values):
    with pytest.raises(ValueError):  # noqa: PT011  (the text is pydantic's for most)
        tracking().load("a", values)


@pytest.mark.parametrize(
    "values",
    [
        *([], 7, ["x"], None),
        *(
            changed(ALL, at, value)
            for at in range(7)
            for value in (-2, "x", float("nan"), float("inf"), 2**80)
        ),
        changed(ALL, 0, 6),
        changed(ALL, 0, -1),
        changed(ALL, 0, 4),  # after a track was first seen
        changed(ALL, 1, 3),  # before a track was last seen
        changed(ALL, 1, 6),  # after the last window of the stream
    ],
)
def test_what_is_not_of_one_state_is_refused(values):
    spikes = tracking()
    with pytest.raises(ValueError):  # noqa: PT011, PT012
        spikes.load("", values)
        spikes.load("a", TRACK)
        spikes.loaded(5)


def test_a_track_without_the_windows_of_all_is_refused():
    spikes = tracking()
    spikes.load("a", TRACK)
    with pytest.raises(ValueError, match="windows that can't be for 'a'"):
        spikes.loaded(5)


@pytest.mark.parametrize(
    "value", [[], ["x"], [1], [1, "x"], [1.5, 2], [-1, 2], [1, -1], [1, 2, 3], 7, [1, 2**80]]
)
def test_what_no_windows_gave_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011
        Windows().load(value)
