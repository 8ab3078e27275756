"""Which zones, or which servers, fail most: counts by time, in bounded memory. Pure.

What failed once gives way to what failed again (`Sightings`), so that a flood of made-up zones pushes out
nothing that matters.
"""

from __future__ import annotations

from collections import Counter
from heapq import heappush, heappushpop, nlargest

from nxcast.consumers.page.counts_by_time import CountsByTime, Span
from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.consumers.questions.loop.sightings import Sightings

__all__ = ["Busiest", "Tally"]

KEPT = 1024  # once, and as many again, 2.6 KB each: 5 MB
KINDS_MAX = 16  # RCODEs of one; a server that gives each of 4,095 is a joke, and no more are told apart


class Tally:
    """Failures of one zone or server."""

    __slots__ = ("causes", "failed", "names", "rcodes", "times")

    def __init__(self) -> None:
        self.failed = 0  # ever, so at least as often as in any span
        self.times = CountsByTime()
        self.rcodes: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.names = Distinct()

    def add(self, second: int, now_s: int, name: str, rcode: str, cause: str | None) -> None:
        """One failure."""
        self.failed += 1
        self.times.add(second, now_s)
        self.names.add(name)
        if rcode in self.rcodes or len(self.rcodes) < KINDS_MAX:
            self.rcodes[rcode] += 1
        if cause is not None:
            self.causes[cause] += 1


class Busiest:
    """Takes failures by key, and tells those with the most."""

    def __init__(self) -> None:
        self._tallies: Sightings[str, Tally] = Sightings(KEPT, KEPT, Tally)

    def add(self, key: str, second: int, now_s: int, name: str, rcode: str, cause: str | None) -> None:
        """One failure of a key, that counts at a second."""
        self._tallies.see(key).add(second, now_s, name, rcode, cause)

    def top(self, count: int, span: Span) -> list[tuple[str, int, Tally]]:
        """Those with the most failures in a span, with their number.

        Only those are added up that have failed often enough ever: a tenth of 2,048, as a rule.
        """
        found: list[tuple[str, int, Tally]] = []
        most: list[int] = []  # a heap of the largest numbers
        for key, tally in sorted(self._tallies.items(), key=lambda each: -each[1].failed):
            if len(most) == count and tally.failed <= most[0]:
                break
            if failed := tally.times.within(span):
                found.append((key, failed, tally))
                if len(most) < count:
                    heappush(most, failed)
                else:
                    heappushpop(most, failed)
        return nlargest(count, found, key=lambda each: each[1])

    def __len__(self) -> int:
        return len(self._tallies)
