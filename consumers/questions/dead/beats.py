"""What is kept of one name as one sensor saw it, and of names seen for the first time. Bounded, pure.

Look-ups within `BURST_S` of one another are one sighting: retries, A and AAAA, several servers in turn. Only
the last `TIMES_MAX` sightings are kept one by one. Where they are a rhythm they are summed up before they go,
and stay until then, since evidence of jitter and of several machines is in all of them.
Times are whole seconds since the epoch.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from itertools import pairwise
from math import isfinite
from sys import intern
from typing import Any, TypeVar

from nxcast.consumers.questions.dead.likelihood import Clock, clock_of
from nxcast.consumers.questions.dead.phases import Phases, phases_of
from nxcast.consumers.questions.dead.regularity import (
    MACHINES_MAX,
    PERIOD_MIN_S,
    TOLERANCES,
    Rhythm,
    best_rhythm,
    joined,
)
from nxcast.schemas.ip_addresses import UNKNOWN

__all__ = ["BURST_S", "Beats", "Newcomers"]

E = TypeVar("E")

BURST_S = 10  # seconds; resolvers try a server for 1 to 5 s, and its neighbour after that
TIMES_MAX = 128  # sightings, 4 octets each; jitter of 30 % to both sides shows after some 80
TIMES_LEFT = 100  # of those, once they are full
TICKS_MAX = 1 << 32  # seconds after the first sighting; what is later begins anew
EVIDENCE_MAX = 8  # servers, and types, kept of a name
DAY_S = 86_400
NEW_S = 3 * DAY_S  # that a name seen once is waited for: what comes once a day may be missed once

SHARED = 8192  # tuples of servers and types, some 300 octets each with the cache: 2.5 MB
JUDGED = 4096  # names whose likelihoods are remembered, up to 800 octets each: 3 MB
SLOTS = 1 << 22  # of 8 octets, 32 MiB; at a million names an hour, four in five are still there after an hour


class Beats:
    """When one sensor saw one name."""

    __slots__ = (
        "first_s",
        "last_s",
        "look_ups",
        "rhythm",
        "servers",
        "sightings",
        "summed",
        "ticks",
        "types",
    )

    def __init__(self) -> None:
        self.look_ups = 0  # look-ups, with those that a sighting has many of
        self.sightings = 0
        self.first_s = 0
        self.last_s = 0  # of the last look-up
        self.ticks = array("I")  # times, after the first one
        self.rhythm: Rhythm | None = (
            None  # of the times no longer kept, and of the first `summed` ones of those kept
        )
        self.summed = 0
        self.types: tuple[int, ...] = ()
        self.servers: tuple[str, ...] = ()

    def add(self, second: int) -> bool:
        """Count a look-up; whether it is a new sighting.

        One that comes late counts as a look-up only: sensors send what waited. After a day, the clock was
        set back, and all begins anew.
        """
        if self.sightings and not self.last_s - DAY_S <= second < self.first_s + TICKS_MAX:
            self.look_ups = self.sightings = 0
            del self.ticks[:]
            self.summed = 0
            self.rhythm = None
        self.look_ups += 1
        if self.sightings:
            if second <= self.last_s + BURST_S:
                if second > self.last_s:
                    self.last_s = second
                return False
        else:
            self.first_s = second
        self.last_s = second
        self.sightings += 1
        self.ticks.append(second - self.first_s)
        if len(self.ticks) == TIMES_MAX:
            self._sum_up()
        return True

    def evidence(self, qtype: int, server: str) -> None:
        """Keep who was asked, and for what."""
        if qtype not in self.types and len(self.types) < EVIDENCE_MAX:
            self.types = _with(self.types, qtype)
        if server not in self.servers and server != UNKNOWN and len(self.servers) < EVIDENCE_MAX:
            self.servers = _with(self.servers, intern(server))

    @property
    def times(self) -> list[int]:
        """The last sightings, as seconds since the epoch."""
        return [self.first_s + tick for tick in self.ticks]

    def regularity(self) -> Rhythm | None:
        """The rhythm of all that was seen, None where there is none at all; it may not be regular."""
        if self.rhythm is not None:
            # The next distances begin at those that end where the rhythm does.
            return joined(self.rhythm, self.times[max(self.summed - self.rhythm.machines, 0) :])
        return best_rhythm(self.times)

    def likely(self, cache_s: float | None = None) -> Rhythm | None:
        """A clock with jitter, or several machines, by likelihood; a rhythm not to be judged again.

        `cache_s` is what the cache keeps such names for, at most, if that is known.
        """
        ticks = self.ticks
        found = _likely(ticks.tobytes(), cache_s)
        if found is None:
            return None
        machines, jitter = (found.machines, 0.0) if isinstance(found, Phases) else (1, found.jitter)
        lowest = min(later - earlier for earlier, later in pairwise(ticks))
        since, until = self.first_s + ticks[0], self.first_s + ticks[-1]
        return Rhythm(found.period_s, found.on_time, found.distances, machines, jitter, lowest, since, until)

    def _sum_up(self) -> None:
        times = self.times
        rhythm = self.regularity()
        if self.rhythm is not None and rhythm is not None and not rhythm.is_regular:
            rhythm = best_rhythm(times)
        self.rhythm = rhythm if rhythm is not None and rhythm.is_regular else None
        del self.ticks[:-TIMES_LEFT]
        self.summed = len(self.ticks) if self.rhythm else 0

    def dump(self) -> list[Any]:
        """All of it, as msgpack can pack it."""
        rhythm = None if self.rhythm is None else list(self.rhythm)
        return [
            self.look_ups,
            self.sightings,
            self.first_s,
            self.last_s,
            self.times,
            rhythm,
            list(self.types),
            list(self.servers),
            self.summed,
        ]

    def load(self, dumped: Any) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        try:
            self.look_ups, self.sightings, self.first_s, self.last_s, times, rhythm, types, servers, *more = (
                dumped
            )
            self.ticks = array("I", [time - self.first_s for time in times])
            self.rhythm = None if rhythm is None else Rhythm(*rhythm)
            # Without it, of a version that kept no times once they were summed up but those that go on.
            self.summed = more[0] if more else (self.rhythm.machines if self.rhythm else 0)
            self.types = tuple(types)
            self.servers = tuple(map(intern, servers))
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"no beats: {error}") from error
        numbers = (self.summed, self.look_ups, self.sightings, self.first_s, self.last_s, *self.types)
        if not (
            all(type(number) is int and number >= 0 for number in numbers)
            and len(more) <= 1
            and 0 < len(self.ticks) < TIMES_MAX
            and len(self.types) <= EVIDENCE_MAX
            and len(self.servers) <= EVIDENCE_MAX
            and (self.rhythm is None or _is_sound(self.rhythm))
        ):
            raise ValueError("no beats")


@lru_cache(JUDGED)
def _likely(ticks: bytes, cache_s: float | None) -> Clock | Phases | None:
    """What likelihood says of times; most names have had no other since the last report."""
    times = array("I", ticks)
    return clock_of([later - earlier for earlier, later in pairwise(times)], cache_s) or phases_of(times)


@lru_cache(SHARED)
def _with(kept: tuple[E, ...], new: E) -> tuple[E, ...]:
    """One more at the end. Names of one zone have the same, so that most tuples are shared."""
    return (*kept, new)


def _is_sound(rhythm: Rhythm) -> bool:
    numbers = (
        rhythm.on_time,
        rhythm.distances,
        rhythm.machines,
        rhythm.lowest_s,
        rhythm.since_s,
        rhythm.until_s,
    )
    return (
        all(type(number) is int and number >= 0 for number in numbers)
        and all(type(number) is float and isfinite(number) for number in (rhythm.period_s, rhythm.odds))
        and rhythm.on_time <= rhythm.distances
        and 1 <= rhythm.machines <= MACHINES_MAX
        and rhythm.period_s >= PERIOD_MIN_S
        and rhythm.tolerance in TOLERANCES
        and rhythm.is_regular
    )


class Newcomers:
    """Names seen once, by a fingerprint each: most never come again, and they are too many to be kept.

    A fixed table in which a new name takes the place of an older one. Two names are taken for one once
    in 2 to the power of 31, which costs a name that is no newcomer its first time.
    """

    def __init__(self) -> None:
        # Zeroes of a bytearray take memory only once written to.
        self._slots = memoryview(bytearray(8 * SLOTS)).cast("Q")

    def first(self, name: str, second: int) -> int | None:
        """The time at which a name was seen first, once it comes again; None for a newcomer."""
        mark = hash(name)
        at = mark & (SLOTS - 1)
        fingerprint = mark >> 22 & 0xFFFFFFFF | 1  # not 0, as in a slot not used yet
        held = self._slots[at]
        age = (second - held) & 0xFFFFFFFF  # modulo 2^32 seconds, as the time is kept
        if held >> 32 != fingerprint or age > NEW_S:
            self._slots[at] = fingerprint << 32 | second & 0xFFFFFFFF
            return None
        return second - age if age >= PERIOD_MIN_S else None
