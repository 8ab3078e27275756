"""Spikes: what is asked far more often than is usual for it, told as soon as it is. Pure.

Time is cut into windows of a minute. What is usual for one is its mean over its past windows, older ones
counting less and quiet ones as zero. A spike is a window with many times the usual, unless others reach
about as much beyond their own usual as a rule (so what is new needs no usual of its own), or all that is
asked has risen as much. A spike counts for the mean only as far as it is none, so that bursts now and then
never become usual, and what goes on does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from nxcast.consumers.questions.dnsbl.tracks import WINDOW_S, WITNESSES, LookUp, Spike, Track, kept_as
from nxcast.consumers.questions.loop.look_ups import only
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.schemas.ip_addresses import UNKNOWN
from nxcast.schemas.units import SECOND_NS

__all__ = ["COUNT_MIN", "RATIO", "USUAL_MIN", "WARM_UP", "Spikes", "Windows"]

MEMORY = 60  # windows; the weight of one an hour ago is 0.37 of the present one's
WARM_UP = 10  # windows before there can be a spike
UNEVEN = 2  # windows at the start, the first in part, that tell nothing of what is beyond a usual
COUNT_MIN = 30  # look-ups in a window; a mail server with 20 lists asks 20 times for one message
RATIO = 4.0  # times its usual; so what happens in one window of four is usual
PEERS_RATIO = 2.0  # times the most that anyone gets, as a rule, beyond `RATIO` times its own usual
USUAL_MIN = 1.0  # look-ups a window; a mean below it says little of what is usual
LATE = 5  # windows that a sensor's clock may be behind another's
INTERRUPTION = 10  # windows without any record at all, beyond which they are no evidence of quiet
ANEW = 1500  # windows back, over a day: the clock was changed
LATE_IN_A_ROW = 5000  # records, after which the present was wrong; ten batches of the broker

_KEPT = 1 - 1 / MEMORY  # weight that a window keeps when the next one begins

T = TypeVar("T", bound=Track)


class Windows:
    """Numbers the windows of a stream, of so many seconds, without its interruptions."""

    def __init__(self, window_s: int = WINDOW_S) -> None:
        self._window_ns = window_s * SECOND_NS
        self._index: int | None = None
        self.number = 0
        self._late = 0

    def at(self, time_ns: int) -> int | None:
        """The number of the window for a record of this time; None for one too late to count."""
        index = time_ns // self._window_ns
        if index != self._index:
            return self._other(index)
        self._late = 0
        return self.number

    def _other(self, index: int) -> int | None:
        ahead = 1 if self._index is None else index - self._index
        if -LATE <= ahead < 0:
            return self.number
        if -ANEW <= ahead < 0 and self._late < LATE_IN_A_ROW:
            self._late += 1
            return None
        self.number += ahead if 0 < ahead <= INTERRUPTION else 1
        self._index = index
        self._late = 0
        return self.number

    def dump(self) -> list[int | None]:
        """What later windows can be made of."""
        return [self._index, self.number]

    def load(self, value: Any) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        self._index, self.number = kept_as("windows", value)


class Spikes(Generic[T]):
    """Tracks, at most `once` + `again` of them, and their spikes; `peers` are compared with each other."""

    def __init__(self, once: int, again: int, make: Callable[[], T], *, peers: bool = True) -> None:
        self._tracks: Sightings[str, T] = Sightings(once, again, make)
        self._peers = peers
        self._started = -1  # window
        self._window = -1
        self._most = 0  # look-ups in this window of one that is beyond `RATIO` times its usual
        self._most_weight = 0.0  # the same of the windows before, each by its weight
        self._floor = 0.0  # look-ups below which nothing is a spike
        self._count = 0  # look-ups of all in this window
        self._weight = 0.0  # the same of the windows before, each by its weight
        self._usual = 0.0  # mean of those windows
        self._level = math.inf  # look-ups that would be a spike of one without a usual

    @property
    def forgotten(self) -> int:
        """Tracks of more than one look-up that had to go."""
        return self._tracks.forgotten

    def see(self, key: str, look_up: LookUp) -> tuple[T, Spike | None]:
        """Count a look-up; its track, and the spike that begins with it."""
        track = self._tracks.see(key)
        time_ns, window, zone, server, sensor = look_up
        if not track.first_ns:
            track.first_ns = time_ns
        track.total += 1
        if time_ns > track.last_ns:
            track.last_ns = time_ns
        if window is None:
            return track, None
        if window != self._window:
            self._next(window)
        self._count += 1
        if track.born < 0:
            return self._begin(track, look_up), None
        if window != track.window:
            self._roll(track, window)
        track.count += 1
        if (
            zone not in track.zones
            or sensor not in track.sensors
            or (server not in track.servers and len(track.servers) < WITNESSES)
        ):
            track.witness(look_up)
        # Nearly all look-ups: `_judge` would change nothing, and is spared.
        if track.spike is None and track.count < track.level and track.count <= self._most:
            return track, None
        return track, self._judge(key, track, time_ns)

    def usual(self, track: T) -> float | None:
        """What is usual for one now, look-ups a window, the present one aside; None in its first window."""
        windows = max(self._window, track.window) - track.born
        if track.born < 0 or not windows:
            return None
        passed = self._window - track.window
        return _mean(track.weight if passed <= 0 else _weight(track, passed), windows)

    def get(self, key: str) -> T | None:
        """One track."""
        return self._tracks.get(key)

    def items(self) -> Iterator[tuple[str, T]]:
        """All tracks by key."""
        return self._tracks.items()

    def __len__(self) -> int:
        return len(self._tracks)

    def _judge(self, key: str, track: T, time_ns: int) -> Spike | None:
        """The spike that begins with the look-up that a track has just counted."""
        if track.spike is not None:
            track.spike.go_on(track)
        elif track.count >= track.level and self._stands_out(track):
            track.spike = Spike(key, time_ns, track.count - 1, track.usual, track.level)
            track.spike.go_on(track)
            return track.spike
        elif track.count > self._most and track.count > RATIO * track.usual:
            self._most = track.count
        return None

    def _stands_out(self, track: T) -> bool:
        """Whether one that reached its level has risen beyond what all others have."""
        others = self._others(track)
        if not self._peers or others < USUAL_MIN:
            return True
        return track.count >= RATIO * track.usual * (self._count - track.count) / others

    def _others(self, track: T) -> float:
        """What is usual for all others together in the time that this knows, look-ups a window."""
        return self._usual - _mean(track.weight, self._window - self._started)

    def _next(self, window: int) -> None:
        """Begin a window for all: learn how much it was, and what was reached beyond the usual."""
        passed = window - self._window
        if self._started < 0:
            self._started = window
        else:
            self._weight = (self._weight + self._count) * _KEPT**passed
            if self._peers and self._window >= self._started + UNEVEN:
                self._most_weight = (self._most_weight + self._most) * _KEPT**passed
                self._floor = PEERS_RATIO * _mean(self._most_weight, window - self._started - UNEVEN)
        self._window = window
        self._most = self._count = 0
        self._derive()

    def _derive(self) -> None:
        windows = self._window - self._started
        self._usual = _mean(self._weight, windows)
        self._level = max(COUNT_MIN, self._floor) if windows >= WARM_UP else math.inf

    def _begin(self, track: T, look_up: LookUp) -> T:
        """Begin with one, as most of a flood do that are looked up once."""
        _, _, zone, server, sensor = look_up
        track.born = track.window = self._window
        track.level = self._level
        track.count = 1
        track.zones, track.sensors = only(zone), only(sensor)
        track.servers = only(server) if server != UNKNOWN else ()
        return track

    def _roll(self, track: T, window: int) -> None:
        """Begin a window for one: what it got before becomes part of what is usual."""
        passed = window - track.window
        track.weight = _weight(track, passed)
        if track.spike is not None and (passed > 1 or track.count < track.level):
            track.spike = None
        track.usual = _mean(track.weight, window - track.born)
        track.window = window
        track.count = 0
        if track.spike is None:
            track.zones = track.servers = track.sensors = ()
        track.level = max(self._level, RATIO * track.usual)

    def dump(self) -> Iterable[tuple[str, list[Any]]]:
        """All that it knows, as (key, what msgpack can pack)."""
        most = [self._most, self._most_weight, self._floor]
        yield "", [self._started, self._window, *most, self._count, self._weight]
        for key, track in self._tracks.items():
            yield key, track.dump()

    def load(self, key: str, value: Any) -> None:
        """Take one entry of what `dump` gave; ValueError for anything else."""
        if not key:
            self._started, self._window, *most, self._count, self._weight = kept_as("peers", value)
            self._most, self._most_weight, self._floor = most
            return
        track = self._tracks.see(key)
        track.load(value)
        if track.sightings > 1:
            self._tracks.see(key)  # so that it is among those seen again

    def loaded(self, number: int) -> None:
        """After the last entry: ValueError if they can't be of one state whose last window is this one."""
        if not self._started <= self._window <= number or (self._started < 0) != (self._window < 0):
            raise ValueError("windows that can't be")
        for key, track in self._tracks.items():
            if track.window > self._window or 0 <= track.born < self._started:
                raise ValueError(f"windows that can't be for {key!r}")
        self._derive()


def _weight(track: Track, passed: int) -> float:
    """The weight of a track's look-ups so many windows after its last."""
    count = track.count if track.spike is None else min(track.count, track.level)
    return (track.weight + count) * _KEPT**passed


def _mean(weight: float, windows: int) -> float:
    """The mean of so many windows before the present one, whose look-ups have this weight together."""
    return weight / (_KEPT * (1 - _KEPT**windows) / (1 - _KEPT)) if windows else 0.0
