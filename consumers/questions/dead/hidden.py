"""The likelihood of a timer that a cache hides in part: it shows the first beat after the cache's time. Pure.

With a period of about the cache's time, or a part of it, and jitter, which beat is the first varies, so the
distances are a sum of one beat, of two, of three and so on, each cut off below the cache's time (the first
passage of a renewal process; Cox, Renewal Theory, 1962). People behind the same cache come late with a
density that falls, while this one has humps. Times are in seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from math import erfc, exp, inf, log, pi, sqrt
from typing import NamedTuple

__all__ = ["BEATS_MAX", "Hidden", "hidden_clock"]

FEWEST = 40  # distances; humps need some
WIDEST = 2.6  # the median, in times of the lowest distance: beyond, beats are missed or there is no timer
CACHE_MIN_S, CACHE_MAX_S = 60, 14_400
LONGER = 1.25  # times the longest known: no timer beats at once when the cache's time is over
SHORTEST, LONGEST = 1 / 4, 3 / 2  # periods, in cache times; of shorter ones the humps run together
PERIOD_MIN_S = 30
JITTERS = (0.087, 0.125, 0.174)  # standard deviations, shares of the period: 15 to 30 %, even
STEP = 1 / 4  # of a standard deviation, from one period tried to the next
BINS = 50  # in a cache's time; distances in one are taken for equal
WORSE = 25.0  # nats than the best normal jitter: there, even jitter is not tried
BEATS_MAX = 12  # that a distance may be the sum of
STRAYS = (0.01, 0.1)  # shares of the distances that are none of the timer's

_Shape = Callable[[float, int, float, float, float], float]


class Hidden(NamedTuple):
    """A timer of all that were tried: the likelihood is of their mixture, what else there is of the best."""

    likelihood: float
    period_s: float
    jitter: float


def hidden_clock(ordered: Sequence[int], stray_span: float, longest_s: float | None = None) -> Hidden | None:
    """Timers behind a cache whose time is the shortest distance, or nearly; None where these can't be of one.

    `stray_span` is the logarithm of the longest distance of no timer to the shortest; `longest_s` is what the
    cache keeps such names for, at most, if that is known.
    """
    count = len(ordered)
    if count < FEWEST:
        return None
    longest = CACHE_MAX_S if longest_s is None else min(CACHE_MAX_S, LONGER * longest_s)
    tried: list[Hidden] = []
    for cache in {ordered[0] - 1.0, ordered[count // 50] - 1.0}:
        if CACHE_MIN_S <= cache <= longest and ordered[count // 2] <= WIDEST * cache:
            tried += _tried(ordered, cache, stray_span)
    if not tried:
        return None
    best = max(tried)
    mean = sum(exp(each.likelihood - best.likelihood) for each in tried) / len(tried)
    return best._replace(likelihood=best.likelihood + log(mean))


def _tried(ordered: Sequence[int], cache: float, stray_span: float) -> list[Hidden]:
    """Timers behind a cache of this time."""
    width = cache / BINS
    bins = Counter(int((distance - cache) // width) for distance in ordered if distance > cache)
    places = [(cache + (number + 0.5) * width, count) for number, count in bins.items()]
    emptied = sum(log(1 / stray_span / max(distance, 1)) for distance in ordered if distance <= cache)
    below = bisect_right(ordered, cache)

    def likelihoods(period: float, jitter: float, shape: _Shape) -> Iterator[Hidden]:
        densities = [
            (_first_passage(place, period, jitter * period, cache, shape), 1 / stray_span / place, count)
            for place, count in places
        ]
        for share in STRAYS:
            late = sum(count * log((1 - share) * one + share * stray) for one, stray, count in densities)
            yield Hidden(late + emptied + below * log(share), period, jitter)

    normal = [each for timer in _timers(cache) for each in likelihoods(*timer, _normal)]
    least = max(normal).likelihood - WORSE
    near = {(period, jitter) for likelihood, period, jitter in normal if likelihood >= least}
    even = [each for timer in sorted(near) for each in likelihoods(*timer, _even)]
    # Those not looked at are as unlikely as can be, and count.
    return [*normal, *even, *[Hidden(-inf, 0.0, 0.0)] * (len(normal) - len(even))]


def _timers(cache: float) -> Iterator[tuple[float, float]]:
    """Periods and jitters to try."""
    for jitter in JITTERS:
        period = max(SHORTEST * cache, PERIOD_MIN_S)
        while period <= LONGEST * cache:
            yield period, jitter
            period *= 1 + STEP * jitter


def _first_passage(distance: float, period: float, deviation: float, cache: float, shape: _Shape) -> float:
    """The density of the first beat after the cache's time."""
    total = 0.0
    for beats in range(1, BEATS_MAX + 1):
        off, wide = distance - beats * period, 5 * deviation * sqrt(beats)
        if off < -wide:
            break
        if off <= wide:
            total += shape(distance, beats, period, deviation, cache)
    return total


def _normal(distance: float, beats: int, period: float, deviation: float, cache: float) -> float:
    """That so many beats end there, the last but one before the cache's time; jitter is normal."""
    wide = deviation * sqrt(beats)
    off = (distance - beats * period) / wide
    density = exp(-off * off / 2) / (wide * sqrt(2 * pi))
    if beats == 1:
        return density
    # The last but one, given the last, is normal again.
    before = (cache - distance * (beats - 1) / beats) / (deviation * sqrt((beats - 1) / beats))
    return density * erfc(-before / sqrt(2)) / 2


def _even(distance: float, beats: int, period: float, deviation: float, cache: float) -> float:
    """The same of even jitter; the sum of three beats is as good as normal."""
    if beats > 2:
        return _normal(distance, beats, period, deviation, cache)
    side = sqrt(3) * deviation
    room = beats * side - abs(distance - beats * period)
    if room <= 0:
        return 0.0
    if beats == 1:
        return 1 / (2 * side)
    first, last = max(period - side, distance - period - side), min(period + side, distance - period + side)
    return room / (4 * side * side) * min(max((cache - first) / (last - first), 0.0), 1.0)
