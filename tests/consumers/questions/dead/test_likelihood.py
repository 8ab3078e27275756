"""A clock is told from people by likelihood: with jitter, missed beats, and what a cache hides."""

from itertools import pairwise
from random import Random

import pytest

from nxcast.consumers.questions.dead.likelihood import clock_of

HOUR, DAY = 3600, 86_400


def clock(count, period, *, jitter=0.0, missed=0.0, cache=0, seed=1):
    """Distances that a resolver shows of a timer that waits anew after each beat."""
    rng = Random(seed)
    times, time = [], 0.0
    while len(times) <= count:
        if rng.random() >= missed and (not times or time - times[-1] >= cache):
            times.append(time)
        time += period * (1 + rng.uniform(-jitter, jitter))
    return [round(later) - round(earlier) for earlier, later in pairwise(times)]


def people(count, mean, *, cache=0, by_night=1, seed=1):
    """Distances of look-ups at random behind a cache; rarer by night, if told so."""
    rng = Random(seed)
    times, time = [0.0], 0.0
    while len(times) <= count:
        time += cache + rng.expovariate(1 / mean) * (1 if 8 <= time / HOUR % 24 < 20 else by_night)
        times.append(time)
    return [round(later) - round(earlier) for earlier, later in pairwise(times)]


CLOCKS = {
    "jitter of 10 per cent": (clock(120, HOUR, jitter=0.1), HOUR),
    "of 20 per cent": (clock(120, HOUR, jitter=0.2), HOUR),
    "of 30 per cent": (clock(120, 1500, jitter=0.3), 1500),
    "two in five beats missed": (clock(90, 2700, jitter=0.03, missed=0.4), 2700),
    "as long as the cache, which hides half of it": (clock(60, 900.0, jitter=0.001, cache=900), 900),
    "hidden by a cache to every third or fourth beat": (clock(90, 300, jitter=0.04, cache=900), 300),
    "as long as the cache, a jitter of 20 per cent": (clock(120, 900, jitter=0.2, cache=900), 900),
    "as long as the cache, of 30 per cent": (clock(120, 900, jitter=0.3, cache=900), 900),
    "a third of the cache, of 20 per cent": (clock(120, 300, jitter=0.2, cache=900), 300),
    "twice a day": (clock(9, 12 * HOUR), 12 * HOUR),
    "once a day, five times": (clock(4, DAY), DAY),
}


@pytest.mark.parametrize(("distances", "period"), CLOCKS.values(), ids=CLOCKS)
def test_a_clock_is_found_with_its_period(distances, period):
    found = clock_of(distances)
    # What a cache always hides can't be told from a slower clock.
    assert found.period_s == pytest.approx(round(found.period_s / period) * period, rel=0.05)


@pytest.mark.parametrize("cache", [0, 60, 900, 3600, 10_800])
@pytest.mark.parametrize("mean", [5, 60, 600, 6000])
@pytest.mark.parametrize("by_night", [1, 6])
def test_people_are_no_clock_whatever_the_cache(cache, mean, by_night):
    for seed in range(3):
        for count in (8, 40, 127):
            distances = people(count, mean, cache=cache, by_night=by_night, seed=seed)
            assert clock_of(distances) is None


@pytest.mark.parametrize("jitter", [0.2, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_fewer_distances_do_where_no_cache_is_so_long(jitter, seed):
    distances = clock(60, 2 * HOUR, jitter=jitter, seed=seed)
    assert clock_of(distances, 1000).period_s == pytest.approx(2 * HOUR, rel=0.05)


@pytest.mark.parametrize("cache", [60, 900, 3600])
@pytest.mark.parametrize("mean", [5, 60, 600, 6000])
def test_people_are_no_clock_where_the_cache_is_known(cache, mean):
    for seed in range(3):
        for count in (8, 40, 127):
            assert clock_of(people(count, mean, cache=cache, seed=seed), 1.1 * cache) is None


@pytest.mark.parametrize("mean", [60, 600, 6000])
def test_people_behind_a_longer_cache_than_is_known_are_no_clock_in_time(mean):
    for seed in range(5):
        assert clock_of(people(100, mean, cache=3600, seed=seed), 940) is None


def test_what_people_do_every_day_is_no_clock():
    rng = Random(1)
    times = [day * DAY + rng.gauss(9 * HOUR, 1800) for day in range(60)]
    assert clock_of([round(later - earlier) for earlier, later in pairwise(times)]) is None


@pytest.mark.parametrize("distances", [[], [900], [900] * 3, [0] * 20, [1] * 20, [2**40] * 9])
def test_too_few_and_absurd_distances_are_no_clock(distances):
    assert clock_of(distances) is None
