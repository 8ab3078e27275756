"""How long each resolver keeps missing names of a zone, as far as names that came again tell. Bounded, pure.

All missing names of a zone are kept for one time (RFC 2308 section 5), so none comes again sooner, but by a
cache that was emptied. Of each name the first distances count, so that no single one tells for all.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from nxcast.consumers.questions.loop.sightings import Sightings

__all__ = ["SIGHTINGS_MAX", "Caches"]

SIGHTINGS_MAX = 8  # of a name that count
EDGES_S = tuple(10 * 2 ** (step / 8) for step in range(1, 82))  # to 3 h, the longest that BIND keeps it
FEWEST = 48  # distances, so of seven names at least
MOST = 4096  # then halved, since a zone's time may change
SOONER = 0.1  # of the distances: so many may be of caches that were emptied
ONCE_MAX, AGAIN_MAX = 1024, 4096  # sensors' zones, some 500 octets each: 2.5 MB


class Caches:
    """Counts, for each sensor and zone, distances between two sightings of a name."""

    def __init__(self) -> None:
        self._counts: Sightings[str, array[int]] = Sightings(
            ONCE_MAX, AGAIN_MAX, lambda: array("H", bytes(2 * (len(EDGES_S) + 1)))
        )

    def see(self, sensor: str, zone: str, distance_s: int) -> None:
        """A name of the zone came again."""
        counts = self._counts.see(f"{sensor} {zone}")
        counts[bisect_right(EDGES_S, distance_s)] += 1
        if sum(counts) >= MOST:
            counts[:] = array("H", [count // 2 for count in counts])

    def longest_s(self, sensor: str, name: str) -> float | None:
        """What a cache keeps names beside this one for, at most; None where too little is known."""
        zone = name
        while zone:
            zone = zone.partition(".")[2]
            counts = self._counts.get(f"{sensor} {zone or '.'}")
            if counts is not None and (total := sum(counts)) >= FEWEST:
                return _quantile(counts, SOONER * total)
        return None

    def dump(self) -> Iterator[tuple[str, list[int]]]:
        """All counts, as msgpack can pack them, by sensor and zone."""
        for key, counts in self._counts.items():
            yield key, list(counts)

    def load(self, key: str, dumped: Any) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        try:
            counts = array("H", dumped)
        except (TypeError, OverflowError) as error:
            raise ValueError(f"no counts: {error}") from error
        if len(counts) != len(EDGES_S) + 1 or sum(counts) > MOST:
            raise ValueError("no counts")
        self._counts.keep(key, counts)


def _quantile(counts: array[int], rank: float) -> float | None:
    """The edge below which so many lie; None beyond the last one."""
    below = 0
    for edge, count in zip(EDGES_S, counts, strict=False):
        below += count
        if below >= rank:
            return edge
    return None
