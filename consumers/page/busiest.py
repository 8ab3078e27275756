"""Which zones, or which servers, fail most: counts by minute of the last hour, in bounded memory. Pure.

What failed once gives way to what failed again (`Sightings`), so that a flood of made-up zones pushes out
nothing that matters. Minutes are those in which records were published.
"""

from __future__ import annotations

from array import array
from collections import Counter
from heapq import nlargest

from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.consumers.questions.loop.sightings import Sightings

__all__ = ["MINUTES", "Busiest", "Tally"]

KEPT = 1024  # once, and as many again, 2.2 KB each: 4.5 MB
MINUTES = 60  # that a count is of
KINDS_MAX = 16  # RCODEs of one; a server that gives each of 4,095 is a joke, and no more are told apart


class Tally:
    """Failures of one zone or server."""

    __slots__ = ("_minute", "_minutes", "causes", "names", "rcodes")

    def __init__(self) -> None:
        self._minute = 0
        self._minutes = array("I", [0] * MINUTES)
        self.rcodes: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.names = Distinct()

    def add(self, minute: int, name: str, rcode: str, cause: str | None) -> None:
        """One failure."""
        self._turn(minute)
        self._minutes[self._minute % MINUTES] += 1
        self.names.add(name)
        if rcode in self.rcodes or len(self.rcodes) < KINDS_MAX:
            self.rcodes[rcode] += 1
        if cause is not None:
            self.causes[cause] += 1

    def minutes(self, minute: int) -> list[int]:
        """Failures of each of the last minutes, the present one last."""
        return [
            self._minutes[each % MINUTES] if self._minute - MINUTES < each <= self._minute else 0
            for each in range(minute - MINUTES + 1, minute + 1)
        ]

    def total(self, minute: int) -> int:
        """Failures of the last hour."""
        return 0 if minute - self._minute >= MINUTES else sum(self.minutes(minute))

    def _turn(self, minute: int) -> None:
        if abs(minute - self._minute) >= MINUTES:  # long ago, or the broker's clock was set back
            self._minutes = array("I", [0] * MINUTES)
            self._minute = minute
            return
        for passed in range(self._minute + 1, minute + 1):
            self._minutes[passed % MINUTES] = 0
        self._minute = max(self._minute, minute)


class Busiest:
    """Takes failures by key, and tells those with the most."""

    def __init__(self) -> None:
        self._tallies: Sightings[str, Tally] = Sightings(KEPT, KEPT, Tally)

    def add(self, key: str, minute: int, name: str, rcode: str, cause: str | None) -> None:
        """One failure of a key, in a minute since the epoch."""
        self._tallies.see(key).add(minute, name, rcode, cause)

    def top(self, count: int, minute: int) -> list[tuple[str, int, Tally]]:
        """Those with the most failures in the last hour, with their number."""
        found = [(key, tally.total(minute), tally) for key, tally in self._tallies.items()]
        return nlargest(count, [each for each in found if each[1]], key=lambda each: each[1])

    def __len__(self) -> int:
        return len(self._tallies)
