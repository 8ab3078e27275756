"""Whether the distances between times are those of a negative cache or of a clock, by their shape. Pure.

A cache lets a name through once its time is over, and then when the next one asks: no distance is shorter
than that time, and if many ask, what comes on top is exponential. A clock's jitter goes to both sides, and
its distances are about normal or even. The time itself may be any number (RFC 2308 section 5: the lesser of
the SOA's TTL and its MINIMUM), so it only adds to the odds where it is a whole minute. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, expm1, lgamma, log, pi

__all__ = ["cache_odds", "cache_time"]

FEWEST = 3  # distances; two have no shape
LATE_MIN_S = 1  # mean; times are cut to seconds, so what is late by less is not late
OUTLIERS = 6  # times the median's lateness; of an exponential 1.6 % lie beyond, and a clock may be held up
ODDS_MAX = 5.0  # e to this power to one, from the 31 distances that are judged at once: a cache that is
# emptied by a restart makes one distance short, and must not outvote weeks

# In wide use, November 2026: round numbers; 900 for com. and net.; 3600 is the most that Unbound and PowerDNS
# keep a negative answer, 10800 (three hours) BIND. To name a cache's time, not to tell a cache.
USUAL_S = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800)
MINUTE_S = 60
WHOLE_MINUTES = 0.5  # of the times of caches; a guess, since an SOA may have any number
UNSURE = 3  # mean errors of the lowest distance; an exponential is further off once in twenty


def cache_odds(distances: Iterable[int], period_s: float) -> float:
    """The odds, as a logarithm, that distances of about a period are a cache's and not a clock's.

    Densities for any place and scale (the most powerful invariant test; Lehmann and Romano, Testing
    Statistical Hypotheses, section 6.3): of an exponential against the mean of a normal and a uniform.
    """
    single = sorted(distance for distance in distances if round(distance / period_s) == 1)
    if len(single) < FEWEST:
        return 0.0
    lowest = single[0]
    furthest = lowest + OUTLIERS * (single[len(single) // 2] - lowest) + LATE_MIN_S
    single = [distance for distance in single if distance <= furthest]
    count = len(single)
    late = sum(single) / count - lowest if count >= FEWEST else 0.0
    if late <= LATE_MIN_S:
        return 0.0
    squares = sum((distance - lowest - late) ** 2 for distance in single)
    exponential = lgamma(count - 1) - (count - 1) * log(count * late)
    uniform = -log(count - 1) - (count - 1) * log(single[-1] - lowest)
    normal = lgamma((count - 1) / 2) + log(count / 4) / 2 - (count - 1) / 2 * log(pi * squares)
    likelier, other = max(uniform, normal), min(uniform, normal)
    clock = likelier + log((1 + exp(other - likelier)) / 2)
    return max(-ODDS_MAX, min(exponential - clock, ODDS_MAX))


def cache_time(odds: float, lowest_s: int, period_s: float, distances: int) -> int | None:
    """The time that a cache keeps the name, None if a clock is likelier, or there is no telling."""
    late = period_s - lowest_s
    if late <= LATE_MIN_S or odds == 0.0:
        return None
    error = late / distances + 1  # mean, of the lowest of exponential distances; and a second for the cutting
    above = (lowest_s + 1) % MINUTE_S
    aligned = MINUTE_S / error * exp(-above / error) / -expm1(-MINUTE_S / error)
    if odds + log(WHOLE_MINUTES * aligned + 1 - WHOLE_MINUTES) <= 0:
        return None
    whole_minute = lowest_s + 1 - above
    for time_s in (*USUAL_S, whole_minute):
        if 0 <= lowest_s + 1 - time_s <= UNSURE * error:
            return time_s
    return lowest_s
