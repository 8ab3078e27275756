"""Counts of values by fixed buckets, as Prometheus takes them. Pure: no clock, no lock.

One thread observes, and another may take a snapshot meanwhile: the counts are copied in one step, so they
agree with one another; the sum may be one value ahead of them or behind. Memory is one number a bucket.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

__all__ = ["Histogram", "Snapshot"]


class Snapshot(NamedTuple):
    """What `HistogramMetricFamily` of prometheus_client is made from, in its order."""

    buckets: list[tuple[str, float]]  # upper bound ("le", inclusive) and how many are up to it; "+Inf" last
    sum_value: float


class Histogram:
    """Counts values up to each of some bounds, in rising order, and those above all of them."""

    def __init__(self, bounds: Sequence[float]) -> None:
        if list(bounds) != sorted(set(bounds)):
            raise ValueError(f"bounds of a histogram rise: {bounds}")
        self._bounds = tuple(bounds)
        self._names = [*(str(float(bound)) for bound in bounds), "+Inf"]
        self._counts = [0] * len(self._names)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value; a bound itself is in its bucket."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def snapshot(self) -> Snapshot:
        """What was counted so far, cumulative; from any thread."""
        counts = self._counts.copy()  # one step of the interpreter
        return Snapshot(list(zip(self._names, accumulate(counts), strict=True)), self._sum)
