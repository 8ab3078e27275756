"""Several machines with one period are told by what comes again, and people never are."""

from itertools import accumulate
from random import Random

import pytest

from nxcast.consumers.questions.dead.phases import phases_of


def machines(count, period, *, cache=900, days=5, seed=1):
    """Times at which a resolver asks for a name that so many machines want, each with a phase of its own."""
    rng = Random(seed)
    phases = sorted(rng.uniform(0, period) for _ in range(count))
    times = []
    for turn in range(round(days * 86_400 / period)):
        for phase in phases:
            time = turn * period + phase + rng.uniform(0, 0.3)
            if not times or time - times[-1] >= cache:
                times.append(time)
    return [round(time) for time in times[-127:]]


@pytest.mark.parametrize(("count", "period"), [(4, 3600), (8, 3600), (8, 10_800), (16, 7200), (16, 21_600)])
def test_a_period_shows_behind_a_cache(count, period):
    found = phases_of(machines(count, period))
    turns = round(found.period_s / period)
    assert turns in (1, 2, 3)  # what the cache lets through may come again after some turns only
    assert found.period_s == pytest.approx(turns * period, abs=1)
    assert found.on_time >= 0.9 * found.distances


@pytest.mark.parametrize("cache", [0, 60, 900, 3600])
@pytest.mark.parametrize("mean", [10, 100, 1000])
def test_people_behind_a_cache_never_come_again_in_their_order(cache, mean):
    for seed in range(4):
        rng = Random(seed)
        times = list(accumulate(round(cache + rng.expovariate(1 / mean)) for _ in range(127)))
        assert phases_of(times) is None


def test_one_clock_is_no_several_machines():
    assert phases_of(range(0, 127 * 900, 900)) is None


@pytest.mark.parametrize("times", [[], [5], [5] * 127, list(range(127)), [n * 2**33 for n in range(127)]])
def test_too_few_and_absurd_times_tell_nothing(times):
    assert phases_of(times) is None
