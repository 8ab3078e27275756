"""Names behind a negative cache are told from clocks, both ways, by many simulated ones."""

from itertools import accumulate
from random import Random

import pytest

from nxcast.consumers.questions.dead.beats import Beats
from nxcast.consumers.questions.dead.pacing import cache_odds, cache_time

START = 1_767_225_600  # 2026-01-01 00:00:00 UTC
HOUR = 3600
SIMULATED = 300  # names of a kind


def cached(rng, ttl, hours, apart):
    """A name asked for at random, so many seconds apart, behind a cache."""
    distances = (ttl + rng.expovariate(1 / apart) for _ in range(round(hours * HOUR / ttl)))
    return accumulate(distances, initial=START)


def usual_times(rng, hours):
    return cached(rng, rng.choice((180, 240, 1200, 2700, 3600, 5400)), hours, 20)


def odd_times(rng, hours):
    return cached(rng, rng.randint(120, 6000), hours, 20)


def rarely_asked(rng, hours):
    ttl = rng.choice((600, 900, 1200, 1800))
    return cached(rng, ttl, hours, ttl * 0.05)


def exact(rng, hours):
    period = rng.choice((180, 600, 777.7, 1000, 1800, 3600))
    return (START + beat * period for beat in range(round(hours * HOUR / period)))


def with_a_plan(rng, hours):
    """Each beat is early or late by itself."""
    period, jitter = rng.choice((180, 600, 777.7, 1000, 1800, 3600)), rng.choice((0.005, 0.01, 0.02))
    return sorted(
        START + beat * period + rng.gauss(0, jitter * period) for beat in range(round(hours * HOUR / period))
    )


def with_pauses(rng, hours):
    """The pause from one beat to the next is shorter or longer."""
    period, jitter = rng.choice((180, 600, 777.7, 1000, 1800, 3600)), rng.choice((0.01, 0.04, 0.09))
    pauses = (period * (1 + rng.uniform(-jitter, jitter)) for _ in range(round(hours * HOUR / period)))
    return accumulate(pauses, initial=START)


def with_gaps(rng, hours):
    return [time for time in with_a_plan(rng, hours) if rng.random() > 0.1]


def held_up(rng, hours):
    """Exact, and sometimes late."""
    return (time + (30 if rng.random() < 0.05 else 0) for time in exact(rng, hours))


def flagged(make, hours, seed=1):
    """The share of the regular ones that is taken for a cache's, and how many are regular."""
    rng = Random(seed)
    found = []
    for _ in range(SIMULATED):
        beats = Beats()
        for time in make(rng, hours):
            beats.add(int(time))
        rhythm = beats.regularity()
        if rhythm is not None and rhythm.is_regular:
            found.append(rhythm.cache_s is not None)
    return found.count(True) / len(found), len(found)


@pytest.mark.parametrize(
    ("make", "hours", "least"),
    [
        (usual_times, 12, 0.96),
        (usual_times, 48, 0.99),
        (odd_times, 12, 0.70),  # of 7 to 20 sightings many; without a whole minute a few have no shape
        (odd_times, 48, 0.96),
        (rarely_asked, 12, 0.95),
    ],
)
def test_names_behind_a_cache_are_told(make, hours, least):
    share, regular = flagged(make, hours)
    assert regular > SIMULATED / 2
    assert share >= least


@pytest.mark.parametrize(
    ("make", "hours", "most"),
    [
        (exact, 12, 0.0),
        (exact, 72, 0.0),
        (with_a_plan, 12, 0.04),
        (with_a_plan, 72, 0.01),
        (with_pauses, 12, 0.05),
        (with_pauses, 72, 0.01),
        (with_gaps, 12, 0.05),
        (held_up, 12, 0.01),
    ],
)
def test_clocks_are_not_taken_for_a_cache(make, hours, most):
    share, regular = flagged(make, hours)
    assert regular > SIMULATED / 2
    assert share <= most


def test_a_cache_that_was_emptied_once_stays_one():
    rng = Random(1)
    times = [*cached(rng, 1200, 24, 20)]
    again = [times[-1] + 700 + time - START for time in cached(rng, 1200, 24, 20)]
    beats = Beats()
    for time in times + again:
        beats.add(int(time))
    assert beats.regularity().cache_s == 1200


@pytest.mark.parametrize(
    ("lowest_s", "period_s", "distances", "time_s"),
    [
        (900, 920, 30, 900),
        (902, 920, 30, 900),
        (899, 920, 30, 900),  # times are cut to seconds
        (1380, 1400, 30, 1380),  # a whole minute, in no list
        (1234, 1254, 30, 1234),
        (3605, 3800, 30, 3600),
        (900, 901, 30, None),  # late by less than times are exact
    ],
)
def test_the_time_of_a_cache_is_named_by_the_lowest_distance(lowest_s, period_s, distances, time_s):
    assert cache_time(3.0, lowest_s, period_s, distances) == time_s


@pytest.mark.parametrize(
    "distances",
    [[], [900], [900, 910], [900] * 20, [900, 901] * 10, [1, 2, 3], [900] * 20 + [1200], [1800, 2700] * 9],
)
def test_distances_without_a_shape_tell_nothing(distances):
    assert cache_odds(distances, 900) == 0.0


def test_one_lot_of_distances_never_outvotes_all_others():
    assert cache_odds([900, 899, 901, 898, 902] * 6, 900) == -5.0
    rng = Random(1)
    assert cache_odds([900 + round(rng.expovariate(1 / 20)) for _ in range(500)], 920) == 5.0
