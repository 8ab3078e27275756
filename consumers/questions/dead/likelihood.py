"""Whether distances between times are a clock's by their likelihood, with jitter and missed beats. Pure.

A clock's distances are its period, or two to four of them where beats were missed or a cache hid them, each
with jitter. What else makes distances: people behind a cache, whose distances are the cache's time and on top
of that a mixture of exponentials (a Poisson process whose rate changes; RFC 2308 section 5), and people's
habits, about a day. The evidence is the logarithm of the likelihood ratio of a mixture of clocks, on a grid
fixed beforehand, to the best of those others. Such a ratio passes e**x with a chance of e**-x at most,
however often one looks (Ville's inequality; Ramdas and others, Statistical Science 2023), so `EVIDENCE_MIN`
states the false alarm rate. Timers that a cache hides in part are a second mixture (`hidden`). Where other
names of the zone came again sooner (`caches`), a cache as long as this one's distances is unlikely, and
people's lateness spreads wider than a clock's jitter. Times are in seconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import exp, log, pi, sqrt
from typing import NamedTuple

from nxcast.consumers.questions.dead.hidden import BEATS_MAX, hidden_clock

__all__ = ["EVIDENCE_MIN", "Clock", "clock_of"]

FALSE_ALARMS = 1e-5  # of names that no clock asks for, at most; of some thousands simulated none was one
EVIDENCE_MIN = -log(FALSE_ALARMS) + log(2)  # nats, for each of two mixtures
FEWEST = 4  # distances
# Of the upper quartile to the lower; of exponential distances 4.8, of half the beats missed 3.
SPREAD_MAX = 3.5

PERIOD_MIN_S, PERIOD_MAX_S = 30, 25 * 3600
# People do a thing at about the same hour, once or twice a day: a clock slower keeps its time.
SLOW_S = 6 * 3600
SLOW_JITTER = 0.002

# Standard deviations, as shares of the period; the last six are those of 5 to 30 % to both sides, even.
JITTERS = (0.00003, 0.0003, 0.002, 0.01, 0.029, 0.058, 0.087, 0.116, 0.145, 0.174)
# Shares of the distances that are one, two, three and four periods; the last two of timers hidden by a cache.
PATTERNS = (
    (0.97, 0.02, 0.01, 0.0),
    (0.79, 0.16, 0.04, 0.01),
    (0.61, 0.24, 0.1, 0.05),
    (0.42, 0.31, 0.18, 0.09),
    (0.0, 0.5, 0.5, 0.0),
    (0.0, 0.0, 0.5, 0.5),
)
PLAIN = 4  # of these, whose most frequent distance is one period
STRAYS = (0.01, 0.1)  # shares of the distances that are none of the clock's: nights, restarts
STRAY_SPAN = log(4 * 86_400 / 10)  # those are anything from a burst's length to days, evenly by logarithm
SHAPES = 2  # jitter is normal or even
# What people write into timers: half of the weight is on these, the other half on all periods.
ROUND_S = tuple(60 * minutes for minutes in (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440))
ALTERNATIVES = 2 * len(JITTERS) * len(PATTERNS) * len(STRAYS) * SHAPES
CUT_S = 0.6  # standard deviation that cutting times to seconds adds, and the network
SHARE_MIN = 0.85  # of the distances within three standard deviations; of half the beats missed 0.94

NORMAL = 1 / sqrt(2 * pi)  # density of each shape, in standard deviations, and where the even one ends
EDGE = sqrt(3) * 1.01
EVEN = 1 / (2 * EDGE)
DAY_S = 86_400
HABIT_S = 1800  # standard deviation of what people do each day, at the least
SCALES = 9  # of the exponentials, a factor of two apart
ROUNDS = 15  # of expectation maximisation
CACHE_MAX_S = 10_800.0  # BIND keeps a negative answer so long at most, Unbound and PowerDNS an hour
CACHE_STRAY = 0.03  # share of the distances shorter than the cache's time: it was emptied
SURPRISE = 9.0  # nats: once in 8,000, other names of a zone come again sooner than its cache lets them


class Clock(NamedTuple):
    """The clock that is the likeliest."""

    period_s: float
    jitter: float  # standard deviation, a share of the period
    evidence: float  # nats
    on_time: int  # distances within three standard deviations of some periods
    distances: int


def clock_of(distances: Sequence[int], cache_s: float | None = None) -> Clock | None:
    """The clock behind distances if there is evidence of one, else None.

    `cache_s` is what the cache keeps names of this zone for, at most, as far as others of them tell.
    """
    ordered = sorted(distances)
    count = len(ordered)
    if count < FEWEST or ordered[count // 4] * SPREAD_MAX < ordered[3 * count // 4]:
        return None
    habit = _habit(ordered)
    others = None
    for clock in _clocks(ordered, cache_s):
        if clock.evidence - habit < EVIDENCE_MIN:
            continue
        if others is None:
            others = max(habit, _cached(ordered, cache_s))
        if clock.evidence - others >= EVIDENCE_MIN:
            return clock._replace(evidence=clock.evidence - others)
    return None


def _clocks(ordered: Sequence[int], cache_s: float | None) -> Iterator[Clock]:
    """The likeliest clock and the likeliest that a cache hides in part; their evidence is the likelihood."""
    seen = max(_tried(ordered), default=None)
    if seen is not None:
        likelihood, period, jitter, pattern = seen
        yield Clock(period, jitter, likelihood, _on_time(ordered, period, jitter, pattern), len(ordered))
    hidden = hidden_clock(ordered, STRAY_SPAN, cache_s)
    if hidden is not None:
        on_time = _on_time(ordered, hidden.period_s, hidden.jitter, (1.0,) * BEATS_MAX)
        yield Clock(hidden.period_s, hidden.jitter, hidden.likelihood, on_time, len(ordered))


def _tried(ordered: Sequence[int]) -> Iterator[tuple[float, float, float, tuple[float, ...]]]:
    """Clocks near these distances: likelihood with its share of the weight, period, jitter, pattern."""
    usual, parts = _periods(ordered)
    sums = list(accumulate(ordered, initial=0))
    for jitter in JITTERS:
        # All periods stand half a standard deviation apart; those far from the distances weigh nothing.
        free = log(ALTERNATIVES * log(PERIOD_MAX_S / PERIOD_MIN_S) / (jitter / 2))
        for number, pattern in enumerate(PATTERNS):
            periods = {}
            for first in usual if number < PLAIN else parts:
                if first < PERIOD_MIN_S / 2:
                    continue
                mended = _mended(ordered, sums, first, jitter, pattern)
                periods[mended] = periods[_middle(ordered, mended)] = free
                rounded = _rounded(mended)
                if abs(rounded - mended) <= max(jitter * mended, CUT_S):
                    periods[rounded] = log(ALTERNATIVES * len(ROUND_S))
            for period, weight in periods.items():
                if _on_time(ordered, period, jitter, pattern) < SHARE_MIN * len(ordered):
                    continue
                if PERIOD_MIN_S <= period <= (SLOW_S if jitter > SLOW_JITTER else PERIOD_MAX_S):
                    yield _likelihood(ordered, period, jitter, pattern) - weight, period, jitter, pattern


def _rounded(period: float) -> int:
    """The round period that is nearest."""
    return min(ROUND_S, key=lambda each: abs(each - period))


def _periods(ordered: Sequence[int]) -> tuple[list[float], list[float]]:
    """Where to begin: the median, the middle of the densest third; and parts of the shortest."""
    count = len(ordered)
    median = float(ordered[count // 2])
    third = max(count // 3, 2)
    start = min(range(count - third + 1), key=lambda at: ordered[at + third - 1] / (ordered[at] + 1))
    dense = float(ordered[start + third // 2])
    usual = [median] if abs(median - dense) < 0.02 * median else [median, dense]
    low = float(ordered[count // 8])
    return [*usual, low] if low < 0.8 * min(usual) else usual, [low / 2, low / 3]


def _mended(
    ordered: Sequence[int], sums: Sequence[int], period: float, jitter: float, pattern: tuple[float, ...]
) -> float:
    """The period by the distances that are near it or its multiples; `sums`: of all before each distance."""
    for _ in range(2):
        length = beats = 0
        for passed, first, end in _near(ordered, period, jitter, pattern):
            length += sums[end] - sums[first]
            beats += passed * (end - first)
        if not beats:
            return period
        period = length / beats
    return period


def _middle(ordered: Sequence[int], period: float) -> float:
    """Between the shortest and the longest distance of one period: where even jitter has its middle."""
    first, last = bisect_left(ordered, period / 2), bisect_left(ordered, period * 3 / 2)
    return (ordered[first] + ordered[last - 1]) / 2 if first < last else period


def _on_time(ordered: Sequence[int], period: float, jitter: float, pattern: tuple[float, ...]) -> int:
    return sum(end - first for _, first, end in _near(ordered, period, jitter, pattern))


def _near(
    ordered: Sequence[int], period: float, jitter: float, pattern: tuple[float, ...]
) -> Iterator[tuple[int, int, int]]:
    """How many periods distances are that are on time, and where those of each number begin and end."""
    for passed, share in enumerate(pattern, 1):
        if share:
            wide = 3 * _deviation(period, jitter, passed)
            below, above = bisect_left, bisect_right
            if wide >= period / 2:  # half-way a distance is of the even number
                wide = period / 2
                below, above = (above, below) if passed % 2 else (below, above)
            first = below(ordered, passed * period - wide)
            yield passed, first, max(above(ordered, passed * period + wide), first)


def _deviation(period: float, jitter: float, passed: int) -> float:
    return sqrt(passed * (jitter * period) ** 2 + CUT_S**2)


def _likelihood(ordered: Sequence[int], period: float, jitter: float, pattern: tuple[float, ...]) -> float:
    """Of a clock, with the likeliest shape of its jitter and share of strays."""
    kernels = []
    for passed, share in enumerate(pattern, 1):
        if share:
            deviation = _deviation(period, jitter, passed)
            kernels.append((passed * period, deviation, share / deviation))
    few, many = STRAYS
    totals = [0.0, 0.0, 0.0, 0.0]
    for distance in ordered:
        normal = even = 0.0
        for centre, deviation, weight in kernels:
            off = abs(distance - centre) / deviation
            if off < 6:
                normal += weight * NORMAL * exp(-off * off / 2)
                if off <= EDGE:
                    even += weight * EVEN
        stray = 1 / STRAY_SPAN / max(distance, 1)
        totals[0] += log((1 - few) * normal + few * stray)
        totals[1] += log((1 - many) * normal + many * stray)
        totals[2] += log((1 - few) * even + few * stray)
        totals[3] += log((1 - many) * even + many * stray)
    return max(totals)


def _cached(ordered: Sequence[int], longest_s: float | None) -> float:
    """The likelihood of people behind a cache, or behind none: its time and the rates are the best ones."""
    count = len(ordered)
    lowest = {max(ordered[at] - 1.0, 0.0) for at in (0, count // 50, count // 20)}
    starts = {0.0, *(min(start, CACHE_MAX_S) for start in lowest)}
    if longest_s is None:
        return max(_mixed(ordered, start) for start in starts)
    starts.add(min(longest_s, ordered[0] - 1.0))
    return max(_mixed(ordered, start) - SURPRISE * (start > longest_s) for start in starts)


def _mixed(ordered: Sequence[int], start: float) -> float:
    late = [distance - start for distance in ordered if distance > start]
    stray = CACHE_STRAY / max(ordered[-1], 1)
    mean = max(sum(late) / len(late), 1.0)
    scales = [mean * 2.0 ** (step - SCALES // 2) for step in range(SCALES)]
    rows = [[exp(-each / scale) / scale for scale in scales] for each in late]
    weights = [1.0 / SCALES] * SCALES
    for _ in range(ROUNDS):
        sums = [0.0] * SCALES
        for row in rows:
            parts = [weight * density for weight, density in zip(weights, row, strict=True)]
            whole = sum(parts) + 1e-300
            for at, part in enumerate(parts):
                sums[at] += part / whole
        weights = [each / len(rows) for each in sums]
    total = (len(ordered) - len(late)) * log(stray)
    for row in rows:
        density = sum(weight * each for weight, each in zip(weights, row, strict=True))
        total += log((1 - CACHE_STRAY) * density + stray)
    return total


def _habit(ordered: Sequence[int]) -> float:
    """The likelihood of what people do once a day, or every few days."""
    total = 0.0
    for distance in ordered:
        days = max(round(distance / DAY_S), 1)
        off = (distance - days * DAY_S) / HABIT_S
        total += log(
            0.5**days * exp(-min(off * off / 2, 600)) / (HABIT_S * sqrt(2 * pi))
            + STRAYS[1] / STRAY_SPAN / max(distance, 1)
        )
    return total
