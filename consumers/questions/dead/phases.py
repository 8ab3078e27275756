"""Whether times repeat after a period although several machines ask, each with a phase of its own. Pure.

Behind one resolver the look-ups of many machines with one period make distances of any length, and a cache
hides some. But all of them come again a period later, in the same order. So the share of times that have
another one a certain lag later is compared with what the same distances give when they are shuffled nearby:
of people behind a cache the order tells nothing. Times are in whole seconds, rising.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import log
from random import Random
from typing import NamedTuple

from nxcast.consumers.questions.dead.regularity import log_chance

__all__ = ["Phases", "phases_of"]

FEWEST = 24  # times; three rounds of eight machines
LAG_MIN_S, LAG_MAX_S = 300, 6 * 3600 + 120
# To both sides of a lag: two cut times are off by a second each, and the network's time comes on top.
WIDE_S = 2
NEIGHBOURS = 40  # times that follow one, with which it is compared
NEARLY = 0.95  # of the most pairs: of such lags the shortest is the period, and not its double
SHARE_MIN = 0.6  # of the times that have another one a period later
SHUFFLES = 3  # whose best lag counts
TOGETHER = 12  # distances that are shuffled among one another, so that day and night stay apart
# That the shuffled share gives the real one by chance (Chernoff's bound of a binomial tail).
CHANCE_MAX = 1e-8


class Phases(NamedTuple):
    """A period after which times come again."""

    period_s: float
    on_time: int  # times with another one a period later
    distances: int  # times that could have one
    machines: int  # times in a period


def phases_of(times: Sequence[int]) -> Phases | None:
    """The period after which times come again, None where chance may do the same."""
    if len(times) < FEWEST:
        return None
    lag, on_time, tried = _best_lag(times)
    if on_time < SHARE_MIN * tried or tried < FEWEST // 2:
        return None
    rng = Random(0)  # noqa: S311  (the same shuffles for the same times)
    distances = [later - earlier for earlier, later in pairwise(times)]
    at_random = 1.5 / tried
    for _ in range(SHUFFLES):
        _, shuffled, of = _best_lag(list(accumulate(_shuffled(distances, rng), initial=times[0])))
        at_random = max(at_random, shuffled / max(of, 1))
    machines = round(lag * (len(times) - 1) / (times[-1] - times[0]))
    if machines < 2 or log_chance(on_time / tried, at_random, tried) > log(CHANCE_MAX):
        return None
    return Phases(lag, on_time, tried, machines)


def _best_lag(times: Sequence[int]) -> tuple[float, int, int]:
    """The lag with most pairs, how many times have another one so much later, and how many could have."""
    pairs: Counter[int] = Counter()
    for at, time in enumerate(times):
        for later in times[at + 1 : at + 1 + NEIGHBOURS]:
            lag = later - time
            if lag > LAG_MAX_S:
                break
            if lag >= LAG_MIN_S:
                pairs[lag] += 1
    if not pairs:
        return 0.0, 0, 1
    joined = {
        lag: sum(pairs[near] for near in range(lag - WIDE_S, lag + WIDE_S + 1))
        for lag, count in list(pairs.items())
        if count > 1
    }
    if not joined:
        return 0.0, 0, 1
    most = max(joined.values())
    middle = min(lag for lag, count in joined.items() if count >= NEARLY * most)
    near = range(middle - WIDE_S, middle + WIDE_S + 1)
    tried = sum(time + middle + WIDE_S <= times[-1] for time in times)
    lag_s = sum(lag * pairs[lag] for lag in near) / joined[middle]
    return lag_s, min(joined[middle], tried), max(tried, 1)


def _shuffled(distances: Sequence[int], rng: Random) -> list[int]:
    shuffled: list[int] = []
    for start in range(0, len(distances), TOGETHER):
        together = list(distances[start : start + TOGETHER])
        rng.shuffle(together)
        shuffled += together
    return shuffled
