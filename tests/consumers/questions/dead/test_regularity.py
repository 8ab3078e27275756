"""Which times are a clock's, and which are not."""

from itertools import accumulate
from random import Random

import pytest

from nxcast.consumers.questions.dead.regularity import best_rhythm, joined, period_text

START = 1_767_225_600  # 2026-01-01 00:00:00 UTC


def beats(count, period, *, phase=0):
    return [START + phase + round(number * period) for number in range(count)]


def jittered(count, period, share, seed=1):
    rng = Random(seed)
    return [START + round(number * period + rng.uniform(-share, share) * period) for number in range(count)]


def at_random(count, mean, seed):
    rng = Random(seed)
    return [START + round(at) for at in accumulate(rng.expovariate(1 / mean) for _ in range(count))]


@pytest.mark.parametrize(
    ("times", "period", "machines"),
    [
        pytest.param(beats(6, 3600), 3600, 1, id="six beats without jitter"),
        pytest.param(beats(30, 60), 60, 1, id="a minute"),
        pytest.param(beats(12, 1800.37), 1800.4, 1, id="a period of no whole seconds"),
        pytest.param(jittered(24, 1800, 0.02), 1800, 1, id="jitter of 2 per cent"),
        pytest.param(
            [time for number, time in enumerate(beats(24, 900)) if number not in (3, 8, 9, 15, 20)],
            900,
            1,
            id="missed beats, two of them in a row",
        ),
        pytest.param(
            [START + round(number * 900 * (1 + 0.001 * number)) for number in range(24)],
            921,
            1,
            id="a clock that slows down by 4 per cent",
        ),
        pytest.param(sorted([*beats(20, 600), START + 4000]), 600, 1, id="a stray look-up"),
        pytest.param(sorted([*beats(12, 3600), *beats(12, 3600, phase=700)]), 3600, 2, id="two machines"),
        pytest.param(
            sorted([*beats(8, 3600), *beats(8, 3600, phase=400), *beats(8, 3600, phase=1900)]),
            3600,
            3,
            id="three machines",
        ),
    ],
)
def test_a_clock_is_found_with_its_period(times, period, machines):
    rhythm = best_rhythm(times)
    assert rhythm is not None
    assert rhythm.is_regular
    assert rhythm.period_s == pytest.approx(period, rel=0.005)
    assert rhythm.machines == machines


@pytest.mark.parametrize(
    "times",
    [
        pytest.param([], id="nothing"),
        pytest.param(beats(1, 1), id="one time"),
        pytest.param(beats(5, 3600), id="four distances, too few"),
        pytest.param(beats(30, 20), id="faster than retries end"),
        pytest.param(beats(30, 7 * 3600), id="slower than people's days"),
        pytest.param(jittered(30, 1800, 0.2), id="jitter of 20 per cent"),
        pytest.param(
            [START + day * 86_400 + hour * 3600 for day in range(8) for hour in (9, 13, 17)],
            id="people at fixed hours of a day",
        ),
        pytest.param([START + 60 * number * number for number in range(20)], id="retries that back off"),
        pytest.param([START] * 20, id="all at once"),
        pytest.param(
            sorted(
                START + turn * 3600 + phase + (0, 0, 250, 250)[turn % 4]
                for turn in range(15)
                for phase in (0, 1500)
            ),
            id="two machines, each off by more than its part of the period allows",
        ),
    ],
)
def test_what_is_no_clock_is_not_regular(times):
    rhythm = best_rhythm(times)
    assert rhythm is None or not rhythm.is_regular


def test_random_times_are_never_regular():
    for seed in range(1000):
        count, mean = (7, 12, 31)[seed % 3], (60, 900, 3600)[seed % 7 % 3]
        rhythm = best_rhythm(at_random(count, mean, seed))
        assert rhythm is None or not rhythm.is_regular


def test_what_two_machines_missed_is_not_on_time():
    # Of two, a distance of two periods may be the other's place.
    times = sorted([*beats(14, 3600), *beats(14, 3600, phase=700)])
    missed = [time for time in times if not START + 5 * 3600 <= time < START + 6 * 3600]
    rhythm = best_rhythm(missed)
    assert (rhythm.machines, rhythm.distances - rhythm.on_time) == (2, 2)
    whole = joined(best_rhythm(times[:12]), missed[8:])
    assert whole.distances - whole.on_time == 2


def test_a_wide_jitter_needs_more_beats_than_a_narrow_one():
    found = {
        (share, count): sum(
            (rhythm := best_rhythm(jittered(count, 1800, share, seed))) is not None and rhythm.is_regular
            for seed in range(40)
        )
        for share in (0.002, 0.02, 0.1)
        for count in (6, 12, 31)
    }
    assert found[0.002, 6] == found[0.002, 31] == found[0.02, 12] == 40
    assert found[0.02, 6] < 10
    assert found[0.1, 12] < 20 < found[0.1, 31]


def test_a_rhythm_goes_on_with_later_times():
    times = beats(60, 900)
    whole = joined(best_rhythm(times[:31]), times[30:])
    assert whole.distances == whole.on_time == 59
    assert (whole.since_s, whole.until_s) == (times[0], times[-1])
    assert whole.share == 1.0


def test_a_rhythm_that_ends_loses_its_share():
    times = [*beats(31, 900), *at_random(60, 900, 1)]
    whole = joined(best_rhythm(times[:31]), at_random(60, 900, 1))
    assert whole.share < 0.75
    assert not whole.is_regular


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (45, "45 s"), (600.2, "10 min"), (5400, "1 h 30 min"), (3725, "1 h 2 min 5 s")],
)
def test_a_period_reads_as_people_say_it(seconds, text):
    assert period_text(seconds) == text
