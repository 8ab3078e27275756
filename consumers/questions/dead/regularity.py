"""Whether times are those of a clock: the period, the share of beats on time, and the odds of it by chance.

Times are whole seconds, rising. The period is the median distance of one time to the next, or to the second,
third or fourth next where that fits better: machines behind one resolver each have a phase of their own. A
distance is on time if it is the period, or up to three of them where beats were missed, give or take a
tolerance. A rhythm is regular if that share is high, and would come about less than once among ten million
names asked at random. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log
from typing import NamedTuple

from nxcast.consumers.questions.dead.pacing import cache_odds, cache_time

__all__ = [
    "MACHINES_MAX",
    "PERIOD_MIN_S",
    "TOLERANCES",
    "Rhythm",
    "best_rhythm",
    "joined",
    "log_chance",
    "period_text",
]

# Seconds a beat; anything faster can't be told from retries, which back off for some ten seconds.
PERIOD_MIN_S = 30
PERIOD_MAX_S = 6 * 3600  # seconds; people do a thing at about the same hour, once or twice a day
SHARE_MIN = 0.75  # of the beats on time; one stray look-up between two beats costs two
TOLERANCES = (0.01, 0.02, 0.05, 0.1)  # of the period; a wider one needs more beats to stand out from chance
WIDEST = TOLERANCES[-1]  # the jitter and, over some thirty beats, the drift that a rhythm may have
TOLERANCE_MIN_S = 1  # seconds; times are cut to seconds, so a distance is wrong by up to one
MISSED_MAX = 2  # beats in a row
LOT = 31  # distances whose odds of being a cache's are bounded together
MACHINES_MAX = 4  # phases that are told apart

# Look-ups at random (a Poisson process) have distances with the density exp(-x), x in mean distances; their
# median lies at ln 2. Within a tolerance s of it or of its double or triple falls a share of
# 2 s ln 2 (1/2 + 1/4 + 1/8) = 1.21 s; of the sum of two, three or four distances 1.05 s, 1.32 s and 1.54 s.
CHANCE_A_BEAT = 1.6
CHANCE_MAX = 1e-7  # a rhythm that comes about at random more often is none


def log_chance(share: float, at_random: float, tried: float) -> float:
    """Logarithm of an upper bound of the chance of such a share or more (Chernoff's of a binomial tail)."""
    if share <= at_random:
        return 0.0
    divergence = share * log(share / at_random)
    if share < 1.0:
        divergence += (1 - share) * log((1 - share) / (1 - at_random))
    return -tried * divergence


class Rhythm(NamedTuple):
    """Distances between times, measured against a period."""

    period_s: float
    on_time: int  # distances that are one to three periods
    distances: int
    machines: int  # phases: the distance is that to the next, or to the machines-th next time
    tolerance: float  # share of the period, or of a machine's part of it
    lowest_s: int  # of the distances on time that are one period
    since_s: int  # first and last time
    until_s: int
    odds: float = 0.0  # logarithm: that the distances are a cache's, by their shape

    @property
    def share(self) -> float:
        """Of the distances on time, 0 to 1."""
        return self.on_time / self.distances

    @property
    def chance(self) -> float:
        """An upper bound of how likely random times are so regular (Chernoff's for a binomial tail)."""
        # Distances that overlap are not independent, and one is on time since the period was taken from it.
        tried = self.distances / self.machines - 1
        if tried <= 0:
            return 1.0
        share = min(max(self.on_time / self.machines - 1, 0) / tried, 1.0)
        window = max(self.tolerance / self.machines, (TOLERANCE_MIN_S + 0.5) / self.period_s)
        at_random = min(CHANCE_A_BEAT * window, 1.0)
        return exp(log_chance(share, at_random, tried))

    @property
    def cache_s(self) -> int | None:
        """The time of a negative cache that may have made the rhythm, None where a clock is likelier."""
        return cache_time(self.odds, self.lowest_s, self.period_s, self.distances)

    @property
    def is_regular(self) -> bool:
        """Whether it counts as a clock's."""
        return (
            self.period_s / self.machines >= PERIOD_MIN_S
            and self.period_s <= PERIOD_MAX_S
            and self.share >= SHARE_MIN
            and self.chance <= CHANCE_MAX
        )


def best_rhythm(times: Sequence[int]) -> Rhythm | None:
    """The least likely one that has enough beats on time, whatever its chance; None where there is none."""
    best = None
    least = 2.0
    for machines in range(1, MACHINES_MAX + 1):
        for rhythm in _rhythms(times, machines):
            chance = rhythm.chance
            if chance < least:
                best, least = rhythm, chance
    return best and best._replace(odds=_cache_odds(_distances(times, best.machines), best.period_s))


def joined(earlier: Rhythm, times: Sequence[int]) -> Rhythm:
    """The rhythm gone on with: later times measured against its period, which follows them."""
    distances = _distances(times, earlier.machines)
    if not distances:
        return earlier
    # Evidence abounds by now; what counts is that a period that drifts is followed.
    later = _measured(times, distances, earlier.period_s, earlier.machines, WIDEST)
    count = earlier.distances + later.distances
    drift = (later.period_s - earlier.period_s) * later.on_time / max(earlier.on_time + later.on_time, 1)
    return later._replace(
        period_s=earlier.period_s + drift,
        on_time=earlier.on_time + later.on_time,
        distances=count,
        lowest_s=min(earlier.lowest_s, later.lowest_s),
        since_s=earlier.since_s,
        odds=earlier.odds + _cache_odds(distances, later.period_s),
    )


def _cache_odds(distances: Sequence[int], period_s: float) -> float:
    """In lots, since one odd distance may outvote all of its lot."""
    lots = [distances[start : start + LOT] for start in range(0, len(distances), LOT)]
    return sum(cache_odds(lot, period_s) for lot in lots)


def _rhythms(times: Sequence[int], machines: int) -> Iterable[Rhythm]:
    distances = _distances(times, machines)
    if not distances:
        return
    median = sorted(distances)[len(distances) // 2]
    if median < PERIOD_MIN_S * (1 - WIDEST) * machines or median > PERIOD_MAX_S * (1 + WIDEST):
        return
    needed = SHARE_MIN * len(distances)
    for tolerance in reversed(TOLERANCES):
        rhythm = _measured(times, distances, median, machines, tolerance)
        if rhythm.on_time < needed:
            return
        yield rhythm


def _distances(times: Sequence[int], machines: int) -> list[int]:
    return [later - earlier for earlier, later in zip(times, times[machines:], strict=False)]


def _measured(
    times: Sequence[int], distances: Sequence[int], period: float, machines: int, tolerance: float
) -> Rhythm:
    """The distances against a period, which is mended by those on time."""
    # The sum of several distances is steadier than each, so their period must not be easier to keep.
    within = max(period * tolerance / machines, TOLERANCE_MIN_S)
    missed = MISSED_MAX if machines == 1 else 0  # of several machines, it moves the others' places
    on_time = beats = length = 0
    lowest = PERIOD_MAX_S * 2
    for distance in distances:
        passed = round(distance / period)
        if 1 <= passed <= 1 + missed and abs(distance - passed * period) <= within:
            on_time += 1
            beats += passed
            length += distance
            if passed == 1 and distance < lowest:
                lowest = distance
    mended = length / beats if beats else period
    return Rhythm(mended, on_time, len(distances), machines, tolerance, lowest, times[0], times[-1])


def period_text(seconds: float) -> str:
    """A period for people: 45 s, 10 min, 1 h 30 min."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (left, "s")) if number]
    return " ".join(parts) or "0 s"
