"""Spikes: what is asked far more often than is usual for it, told as soon as it is. Pure.

Time is cut into windows of a minute. What is usual for one is its mean over its past windows, older ones
counting less and quiet ones as zero. A spike is a window with many times the usual, unless others reach
about as much beyond their own usual as a rule: so what is new needs no usual of its own. A spike counts for
the mean only as far as it is none, so that bursts now and then never become usual, and what goes on does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from nxcast.consumers.printable import time_text
from nxcast.consumers.question.sightings import Sightings

__all__ = ["COUNT_MIN", "RATIO", "WARM_UP", "WINDOW_S", "LookUp", "Spike", "Spikes", "Track", "Windows"]

WINDOW_S = 60  # seconds; a burst shorter than that falls into two at most
MEMORY = 60  # windows; the weight of one an hour ago is 0.37 of the present one's
WARM_UP = 10  # windows before there can be a spike
UNEVEN = 2  # windows at the start, the first in part, that tell nothing of what is beyond a usual
COUNT_MIN = 30  # look-ups in a window; a mail server with 20 lists asks 20 times for one message
RATIO = 4.0  # times its usual; so what happens in one window of four is usual
PEERS_RATIO = 2.0  # times the most that anyone gets, as a rule, beyond `RATIO` times its own usual
LATE = 5  # windows that a sensor's clock may be behind another's
INTERRUPTION = 10  # windows without any record at all, beyond which they are no evidence of quiet
ANEW = 1500  # windows back, over a day: the clock was changed
LATE_IN_A_ROW = 5000  # records, after which the present was wrong; ten batches of the broker
WITNESSES = 8  # zones, servers and sensors named as evidence

_WINDOW_NS = WINDOW_S * 1_000_000_000
_KEPT = 1 - 1 / MEMORY  # weight that a window keeps when the next one begins


class Windows:
    """Numbers the windows of a stream, without its interruptions."""

    def __init__(self, index: int | None = None, number: int = 0) -> None:
        self._index = index
        self.number = number
        self._late = 0

    def at(self, time_ns: int) -> int | None:
        """The number of the window for a record of this time; None for one too late to count."""
        index = time_ns // _WINDOW_NS
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


class LookUp(NamedTuple):
    """When something was looked up, where, and who saw it."""

    time_ns: int
    window: int | None  # None where it came too late to count in one
    zone: str
    server: str
    sensor: str


class Track:
    """What is known of one subject, zone or entry."""

    __slots__ = (
        *("total", "first_ns", "last_ns"),
        *("born", "window", "count", "weight", "usual", "level"),
        *("zones", "servers", "sensors", "spike"),
    )

    def __init__(self) -> None:
        self.total = 0  # look-ups
        self.first_ns = 0
        self.last_ns = 0
        self.born = -1  # window in which it was first seen
        self.window = -1  # window in which it was last seen
        self.count = 0  # look-ups in that window
        self.weight = 0.0  # look-ups of the windows before, each by its weight
        self.usual = 0.0  # mean of those windows
        self.level = math.inf  # look-ups that would be a spike
        self.zones: tuple[str, ...] = ()  # of the window, as are the next two
        self.servers: tuple[str, ...] = ()
        self.sensors: tuple[str, ...] = ()
        self.spike: Spike | None = None

    def see(self, time_ns: int) -> None:
        """Count a look-up, whenever it was."""
        if not self.total:
            self.first_ns = time_ns
        self.total += 1
        if time_ns > self.last_ns:
            self.last_ns = time_ns

    def witness(self, look_up: LookUp) -> None:
        """Name who saw a look-up of the window."""
        _, _, zone, server, sensor = look_up
        if zone not in self.zones:
            self.zones = (*self.zones, zone)[:WITNESSES]
        if server not in self.servers:
            self.servers = (*self.servers, server)[:WITNESSES]
        if sensor not in self.sensors:
            self.sensors = (*self.sensors, sensor)[:WITNESSES]


@dataclass(slots=True)
class Spike:
    """One spike, which may go on."""

    key: str
    time_ns: int
    look_ups: int
    usual: float  # look-ups a window
    level: float  # look-ups in a window from which it was one
    until_ns: int = 0
    zones: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()

    def go_on(self, track: Track) -> None:
        """Take in the look-up that its track has just counted."""
        self.look_ups += 1
        self.until_ns = track.last_ns
        self.zones, self.servers, self.sensors = track.zones, track.servers, track.sensors

    def evidence(self) -> dict[str, Any]:
        """What makes it one, and who saw it."""
        return {
            "began": time_text(self.time_ns),
            "look_ups": self.look_ups,
            "usual": round(self.usual, 2),
            "window_s": WINDOW_S,
            "spike_from": math.ceil(self.level),
            "zones": list(self.zones),
            "servers": list(self.servers),
            "sensors": list(self.sensors),
        }


class Spikes:
    """Tracks, at most `once` + `again` of them, and their spikes."""

    def __init__(self, once: int, again: int, *, peers: bool = True) -> None:
        self._tracks: Sightings[str, Track] = Sightings(once, again, Track)
        self._peers = peers
        self._started = -1  # window
        self._window = -1
        self._most = 0  # look-ups in this window of one that is beyond `RATIO` times its usual
        self._most_weight = 0.0  # the same of the windows before, each by its weight
        self._floor = 0.0  # look-ups below which nothing is a spike

    @property
    def forgotten(self) -> int:
        """Tracks of more than one look-up that had to go."""
        return self._tracks.forgotten

    def see(self, key: str, look_up: LookUp) -> tuple[Track, Spike | None]:
        """Count a look-up; its track, and the spike that begins with it."""
        track = self._tracks.see(key)
        track.see(look_up.time_ns)
        window = look_up.window
        if window is None:
            return track, None
        if window != self._window:
            self._next(window)
        if window != track.window:
            self._roll(track, window)
        track.count += 1
        track.witness(look_up)
        if track.spike is not None:
            track.spike.go_on(track)
        elif track.count >= track.level:
            track.spike = Spike(key, look_up.time_ns, track.count - 1, track.usual, track.level)
            track.spike.go_on(track)
            return track, track.spike
        elif track.count > self._most and track.count > RATIO * track.usual:
            self._most = track.count
        return track, None

    def usual(self, track: Track) -> float:
        """What is usual for one now, look-ups a window, the present one aside."""
        passed = self._window - track.window
        weight = track.weight if passed <= 0 else _weight(track, passed)
        windows = max(self._window, track.window) - track.born
        return weight / _weights(windows) if windows else 0.0

    def items(self) -> Iterator[tuple[str, Track]]:
        """All tracks by key."""
        return self._tracks.items()

    def _next(self, window: int) -> None:
        """Begin a window for all: learn what was reached beyond the usual."""
        if self._started < 0:
            self._started = window
        elif self._peers and self._window >= self._started + UNEVEN:
            self._most_weight = (self._most_weight + self._most) * _KEPT ** (window - self._window)
            self._floor = PEERS_RATIO * self._most_weight / _weights(window - self._started - UNEVEN)
        self._window = window
        self._most = 0

    def _roll(self, track: Track, window: int) -> None:
        """Begin a window for one: what it got before becomes part of what is usual."""
        warm = window - self._started >= WARM_UP
        if track.born < 0:
            track.born = track.window = window
            track.level = max(COUNT_MIN, self._floor) if warm else math.inf
            return
        passed = window - track.window
        if track.spike is not None and (passed > 1 or track.count < track.level):
            track.spike = None
        track.weight = _weight(track, passed)
        track.usual = track.weight / _weights(window - track.born)
        track.window = window
        track.count = 0
        if track.spike is None:
            track.zones = track.servers = track.sensors = ()
        track.level = max(COUNT_MIN, RATIO * track.usual, self._floor) if warm else math.inf

    def dump(self, least: int = 2) -> Iterable[tuple[str, list[Any]]]:
        """What later ones need, as (key, what msgpack can pack), of tracks with so many look-ups at least."""
        yield "", [self._started, self._window, self._most_weight, self._floor]
        for key, track in self._tracks.items():
            if track.total >= least:
                history = [track.born, track.window, track.count, track.weight]
                yield key, [track.total, track.first_ns, track.last_ns, *history]

    def load(self, key: str, value: list[Any]) -> None:
        """Take one entry of what `dump` gave; ValueError for anything else."""
        if not key:
            self._started, self._window, self._most_weight, self._floor = value
            return
        track = Track()
        track.total, track.first_ns, track.last_ns, track.born, track.window, track.count, track.weight = (
            value
        )
        if min(track.total, track.first_ns, track.last_ns, track.born + 1, track.count, track.weight) < 0:
            raise ValueError(f"a count below 0 for {key!r}")
        self._tracks.keep(key, track)


def _weight(track: Track, passed: int) -> float:
    """The weight of a track's look-ups so many windows after its last."""
    return (track.weight + min(track.count, track.level)) * _KEPT**passed


def _weights(windows: int) -> float:
    """The weight of so many windows before the present one, all together."""
    return _KEPT * (1 - _KEPT**windows) / (1 - _KEPT)
