"""Bursts behind caches: what is looked up again as soon as caches let it through, time after time. Pure.

A resolver keeps a denial for as long as the zone says (RFC 2308 section 5), so however much mail there is
about a subject, a list is asked about it once in that time by each resolver. What shows the mail is how soon
after the denial ran out the list is asked again: that wait is the time to the next message. It is the
interval between two look-ups of the same name less the shortest one that is seen of that zone and sensor.

At a mean wait of w seconds, n waits of E seconds together are as likely as n messages or more in E seconds:
(E/w)^n / n! where E is far below w. What is less likely than `CHANCE` at `RATIO` times the usual rate is a
burst, if several lists or sensors show it. Waits before the last few make up the usual one. What was in a
burst from the first on when all of this began is usual too.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from math import factorial, log
from typing import Any
from zlib import crc32

from nxcast.consumers.questions.dnsbl.tracks import (
    ROUNDS_MAX,
    Again,
    LookUp,
    Round,
    Spike,
    SubjectTrack,
    kept_as,
)
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.schemas.units import SECOND_NS

__all__ = ["Saturation"]

NAMES = 1 << 18  # slots of names by sensor, 8 octets each: 2 MB; two that meet in one forget each other
BLOCK = 1 << 15  # slots of an entry of the state, 256 KiB
RETRY_S = 5  # a second look-up so soon is the same one: another type, a resolver that tries again
ROUND_S = 10  # lists with the same time in caches are asked for one message: one wait
DAY_S = 86_400  # a longer interval says nothing
ROUNDS_MIN = 3  # waits that can make a burst
CHANCE = 1e-6  # a network's hundred thousand waits a day make one in ten days
USUAL_S = 600.0  # seconds from one message to the next of a busy sender, until its own are known
RATIO = 4.0  # times the usual rate; by day there is as much more mail than by night
MEMORY = 0.98  # weight that a wait keeps with the next one
EARLY_NS = 6 * 3600 * SECOND_NS  # at the start: what is saturated since then is usual
SOON_S = 30.0  # a longer wait ends a burst
KEPT_MIN_S = 60  # what caches keep for less can be asked often enough in a minute to be a spike
ANOTHER_S = 3  # an interval so much shorter than the shortest is of another cache

PACES_ONCE, PACES_AGAIN = 512, 1024  # sensors and zones, at 1 KiB each: 1.5 MB
_STEP = log(1.1)  # of intervals in a bin
_BINS = int(log(DAY_S / RETRY_S) / _STEP) + 2
ODD = 0.02  # share of intervals that are no cache's: one restarted, a second one behind the same sensor
_COUNT_MAX = 4096  # intervals, after which old ones count half


class Pace:
    """How long denials of a zone stay in a sensor's caches, by the intervals of what is asked again."""

    __slots__ = ("_all", "_counts", "_lowest", "_total", "kept_s")

    def __init__(self) -> None:
        self._counts = array("I", bytes(4 * _BINS))
        self._lowest = array("I", bytes(4 * _BINS))  # seconds, of each bin
        self._total = 0  # intervals counted
        self._all = 0  # shorter ones too
        self.kept_s: int | None = None  # the shortest interval that is no odd one; None until two are alike

    def add(self, interval_s: int) -> None:
        """Learn of an interval, in seconds, of less than a day."""
        self._all += 1
        if interval_s < RETRY_S:
            return
        at = int(log(interval_s / RETRY_S) / _STEP)
        lowest = self._lowest[at]
        self._lowest[at] = min(lowest, interval_s) if lowest else interval_s
        self._counts[at] += 1
        self._total += 1
        if self._total > _COUNT_MAX:
            self._counts = array("I", [count // 2 for count in self._counts])
            self._total = sum(self._counts)
            self._all //= 2
        self.kept_s = self._shortest()

    def _shortest(self) -> int | None:
        if 2 * self._total < self._all:
            return None  # nothing is kept
        odd = max(1, ODD * self._total)
        below = 0
        for at in range(_BINS - 1):
            both = self._counts[at] + self._counts[at + 1]
            if both >= ROUNDS_MIN - 1 and below + both > odd:
                return self._lowest[at] if self._counts[at] else self._lowest[at + 1]
            below += self._counts[at]
        return None

    def dump(self) -> list[Any]:
        """What `load` takes."""
        return [self._all, self._counts.tobytes(), self._lowest.tobytes()]

    def load(self, value: Any) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        self._all, *octets = kept_as("pace", value)
        counts, lowest = (array("I", each) for each in octets)
        if len(counts) != _BINS or len(lowest) != _BINS:
            raise ValueError("no intervals")
        self._counts, self._lowest, self._total = counts, lowest, sum(counts)
        self.kept_s = self._shortest()


class Saturation:
    """When each name was looked up last, by sensor, and what follows for its subject."""

    def __init__(self) -> None:
        self._names = array("I", bytes(4 * NAMES))  # CRC-32 of a sensor, a zone and what is asked in it
        self._seconds = array("I", bytes(4 * NAMES))  # when that was looked up last, since the epoch
        self._paces: Sightings[str, Pace] = Sightings(PACES_ONCE, PACES_AGAIN, Pace)
        self._since_ns = 0  # when all of this began

    def see(self, subject: str, part: str, look_up: LookUp, track: SubjectTrack) -> Spike | None:
        """Take a look-up that was counted; the burst that begins with it.

        The very first of a subject is passed over, as most of a flood are asked about once.
        """
        if track.total == 1:
            self._since_ns = self._since_ns or look_up.time_ns
            return None
        interval_s = self._interval(look_up, part)
        if not 0 < interval_s < DAY_S:
            return None
        key = f"{look_up.sensor} {look_up.zone}"
        self._paces.see(key).add(interval_s)
        if interval_s < RETRY_S:
            return None
        second = look_up.time_ns // SECOND_NS
        again = track.again = track.again or Again()
        if -DAY_S < second - again.round_s < ROUND_S:
            return self._judge(subject, look_up, track, again) if key != again.rounds[-1].key else None
        again.round_s = second
        self._grow_old(again)
        again.rounds += (Round(interval_s, key),)
        several = any(asked.key != key for asked in again.rounds)
        return self._judge(subject, look_up, track, again) if several or again.burst else None

    def _interval(self, look_up: LookUp, part: str) -> int:
        """Seconds since the same was asked; a day or more where nobody knows."""
        _, _, zone, _, sensor = look_up
        name = crc32(f"{sensor} {zone} {part}".encode()) or 1
        at = name & (NAMES - 1)
        second = min(look_up.time_ns // SECOND_NS, 0xFFFFFFFF)
        interval_s = second - self._seconds[at]
        if self._names[at] != name:
            interval_s = DAY_S
        elif -DAY_S < interval_s < 0:
            return interval_s
        self._names[at], self._seconds[at] = name, second
        return interval_s

    def _grow_old(self, again: Again) -> None:
        """Make room for one more: the oldest wait becomes a usual one."""
        if len(again.rounds) < ROUNDS_MAX:
            return
        wait_s = self._wait(again.rounds[0])
        again.rounds = again.rounds[1:]
        if wait_s is not None:
            again.waits = again.waits * MEMORY + 1
            again.waited_s = again.waited_s * MEMORY + wait_s

    def _wait(self, asked: Round) -> float | None:
        """Seconds from when the denial ran out to the next message; None where that is not known."""
        pace = self._paces.get(asked.key)
        kept_s = None if pace is None else pace.kept_s
        if kept_s is None or kept_s < KEPT_MIN_S or asked.interval_s < kept_s - ANOTHER_S:
            return None
        return max(asked.interval_s - kept_s, 0) + 1.0  # times are in whole seconds

    def _judge(self, subject: str, look_up: LookUp, track: SubjectTrack, again: Again) -> Spike | None:
        waits: list[float] = []
        for asked in reversed(again.rounds):
            wait_s = self._wait(asked)
            if wait_s is None or wait_s > SOON_S:
                break
            waits.append(wait_s)
        burst = again.burst
        if burst is not None:
            if waits:
                burst.go_on(track)
                return None
            again.burst = None
        if len(waits) < ROUNDS_MIN or self._is_usual(track, again):
            return None
        usual_s = (again.waited_s + USUAL_S) / (again.waits + 1)
        if _chance(waits, usual_s / RATIO) > CHANCE:
            return None
        every_s = again.rounds[-1].interval_s
        again.burst = Spike(subject, look_up.time_ns, len(waits), track.usual, track.level, every_s)
        again.burst.go_on(track)
        return again.burst

    def _is_usual(self, track: SubjectTrack, again: Again) -> bool:
        """Whether it has been asked about as soon as could be since all of this began."""
        if track.first_ns >= self._since_ns + EARLY_NS or again.waited_s > SOON_S * again.waits:
            return False
        return all((wait_s := self._wait(asked)) is None or wait_s <= SOON_S for asked in again.rounds)

    def dump(self) -> Iterable[tuple[str, Any]]:
        """All that it knows, as (key, what msgpack can pack)."""
        yield "", self._since_ns
        for first in range(0, NAMES, BLOCK):
            names, seconds = (each[first : first + BLOCK] for each in (self._names, self._seconds))
            if any(names):
                yield str(first), [names.tobytes(), seconds.tobytes()]
        for key, pace in self._paces.items():
            yield key, pace.dump()

    def load(self, key: str, value: Any) -> None:
        """Take one entry of what `dump` gave; ValueError for anything else."""
        if not key:
            self._since_ns = kept_as("since", value)
            return
        if not key.isdecimal():
            self._paces.see(key).load(value)
            self._paces.see(key)
            return
        names, seconds = (array("I", each) for each in kept_as("names", value))
        first = int(key)
        if len(names) != BLOCK or len(seconds) != BLOCK or first not in range(0, NAMES, BLOCK):
            raise ValueError("no names")
        self._names[first : first + BLOCK] = names
        self._seconds[first : first + BLOCK] = seconds


def _chance(waits: list[float], usual_s: float) -> float:
    """How likely the best of the last few waits is by chance, at most."""
    best, together = 1.0, 0.0
    for number, wait_s in enumerate(waits, 1):
        together += wait_s
        if number >= ROUNDS_MIN:
            best = min(best, (together / usual_s) ** number / factorial(number))
    return best
