"""What is known of each subject, zone and entry, and of a spike of one. Pure.

Evidence of who saw it is that of the last window alone, so that it tells of the present. What can be packed
by msgpack and kept is checked as it comes back: the file may be damaged or another's work.
"""

from __future__ import annotations

import math
from functools import cache
from sys import intern
from typing import Any, NamedTuple

from nxcast.schemas.ip_addresses import UNKNOWN
from nxcast.telemetry.printable import time_text

__all__ = [
    "KEYS_MAX",
    "NETWORKS_MAX",
    "ROUNDS_MAX",
    "WINDOW_S",
    "WITNESSES",
    "Again",
    "LookUp",
    "Round",
    "Spike",
    "SubjectTrack",
    "Track",
    "Witnesses",
    "kept_as",
]

WINDOW_S = 60  # seconds; a burst shorter than that falls into two at most
WITNESSES = 8  # zones, servers and sensors named as evidence
NETWORKS_MAX = 20_000  # in a window, at 150 octets each: 3 MB
ROUNDS_MAX = 8  # waits of a subject that can be a burst
KEYS_MAX = 4  # customers of an unknown list behind one broker
WINDOW_MAX = 2**63  # of a window's number
WEIGHT_MAX = 2.0**70  # look-ups; over 60 windows of 2^64


class LookUp(NamedTuple):
    """When something was looked up, where, and who saw it; texts are interned, as many keep them."""

    time_ns: int
    window: int | None  # None where it came too late to count in one
    zone: str
    server: str
    sensor: str


class Witnesses:
    """Where something was looked up and who saw it: the first few of each."""

    __slots__ = ("sensors", "servers", "zones")

    def __init__(self) -> None:
        self.zones: tuple[str, ...] = ()
        self.servers: tuple[str, ...] = ()
        self.sensors: tuple[str, ...] = ()

    def witness(self, look_up: LookUp) -> None:
        """Name who saw a look-up."""
        _, _, zone, server, sensor = look_up
        if zone not in self.zones and len(self.zones) < WITNESSES:
            self.zones += (zone,)
        if server not in self.servers and server != UNKNOWN and len(self.servers) < WITNESSES:
            self.servers += (server,)
        if sensor not in self.sensors and len(self.sensors) < WITNESSES:
            self.sensors += (sensor,)

    def names(self) -> dict[str, list[str]]:
        """As evidence."""
        return {"zones": list(self.zones), "servers": list(self.servers), "sensors": list(self.sensors)}

    def dump_names(self) -> list[tuple[str, ...]]:
        """What `load_names` takes."""
        return [self.zones, self.servers, self.sensors]

    def load_names(self, names: list[list[str]]) -> None:
        """Take what was checked."""
        self.zones, self.servers, self.sensors = (tuple(map(intern, some)) for some in names)


class Spike(Witnesses):
    """One spike, which may go on."""

    __slots__ = ("every_s", "key", "level", "look_ups", "time_ns", "until_ns", "usual", "window_s")

    def __init__(
        self,
        key: str,
        time_ns: int,
        look_ups: int,
        usual: float,
        level: float,
        every_s: int = 0,
        window_s: int = WINDOW_S,
    ) -> None:
        super().__init__()
        self.key = key
        self.time_ns = time_ns
        self.look_ups = look_ups
        self.usual = usual  # look-ups a window
        self.level = level  # look-ups in a window from which it was one
        self.every_s = every_s  # seconds in which a cache lets one look-up through, and did; 0 where unknown
        self.window_s = window_s
        self.until_ns = time_ns

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
            "window_s": self.window_s,
            "spike_from": None if math.isinf(self.level) else math.ceil(self.level),
            "every_s": self.every_s or None,
            **self.names(),
        }

    def dump(self) -> list[Any]:
        """What `loaded` takes."""
        level = None if math.isinf(self.level) else self.level
        values = [self.key, self.time_ns, self.look_ups, self.usual, level, self.every_s, self.window_s]
        return [*values, self.until_ns, self.dump_names()]

    @classmethod
    def loaded(cls, value: Any) -> Spike:
        """The spike that gave this; ValueError for anything else."""
        key, time_ns, look_ups, usual, level, *spans, until_ns, names = kept_as("spike", value)
        spike = cls(key, time_ns, look_ups, usual, math.inf if level is None else level, *spans)
        spike.until_ns = until_ns
        spike.load_names(names)
        return spike


class Track(Witnesses):
    """What is known of one subject, zone or entry; the witnesses are those of its window."""

    __slots__ = (
        *("total", "first_ns", "last_ns"),
        *("born", "window", "count", "weight", "usual", "level"),
        *("spike", "again", "in_network"),
    )

    def __init__(self) -> None:
        self.zones = self.servers = self.sensors = ()
        self.total = 0  # look-ups
        self.first_ns = 0
        self.last_ns = 0
        self.born = -1  # window in which it was first seen
        self.window = -1  # window in which it was last seen
        self.count = 0  # look-ups in that window
        self.weight = 0.0  # look-ups of the windows before, each by its weight
        self.usual = 0.0  # mean of those windows
        self.level = math.inf  # look-ups that would be a spike
        self.spike: Spike | None = None
        self.again: Again | None = None  # of a subject
        self.in_network = -1  # window in which an address was counted for its network

    @property
    def sightings(self) -> int:
        """How often it was seen."""
        return self.total

    def dump(self) -> list[Any]:
        """What `load` takes."""
        level = None if math.isinf(self.level) else self.level
        spike = None if self.spike is None else self.spike.dump()
        counts = [self.total, self.first_ns, self.last_ns, self.born, self.window, self.count]
        return [*counts, self.weight, self.usual, level, self.dump_names(), spike]

    def load(self, value: Any) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        *counts, level, names, spike = kept_as("track", value)
        self.total, self.first_ns, self.last_ns, self.born, self.window, self.count = counts[:6]
        self.weight, self.usual = counts[6:]
        self.level = math.inf if level is None else level
        self.load_names(names)
        self.spike = None if spike is None else Spike.loaded(spike)
        if self.born > self.window or (self.born < 0) != (self.window < 0) or self.count > self.total:
            raise ValueError("counts that can't be")


class Round(NamedTuple):
    """Something that was looked up again."""

    interval_s: int  # since it was looked up before
    key: str  # sensor and zone, parted by a blank


class Again:
    """How soon a subject is looked up again (`saturation`)."""

    __slots__ = ("burst", "round_s", "rounds", "waited_s", "waits")

    def __init__(self) -> None:
        self.rounds: tuple[Round, ...] = ()  # the last ones
        self.round_s = 0  # when the last one was, since the epoch
        self.waits = 0.0  # of the rounds before, each by its weight
        self.waited_s = 0.0  # seconds together, each by its weight
        self.burst: Spike | None = None

    def dump(self) -> list[Any]:
        """What `load` takes."""
        burst = None if self.burst is None else self.burst.dump()
        return [[list(each) for each in self.rounds], self.round_s, self.waits, self.waited_s, burst]

    def load(self, value: Any) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        rounds, *counts, burst = kept_as("again", value)
        self.rounds = tuple(Round(interval_s, intern(key)) for interval_s, key in rounds)
        self.round_s, self.waits, self.waited_s = counts
        self.burst = None if burst is None else Spike.loaded(burst)


class SubjectTrack(Track):
    """What is known of a subject, and how soon it is looked up again."""

    __slots__ = ()

    def dump(self) -> list[Any]:
        """What `load` takes."""
        return [super().dump(), self.in_network, None if self.again is None else self.again.dump()]

    def load(self, value: Any) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        track, self.in_network, again = kept_as("subject", value)
        super().load(track)
        if again is not None:
            self.again = Again()
            self.again.load(again)


def kept_as(kind: str, value: Any) -> Any:
    """A value from a state file, if it is one of this kind; ValueError for anything else."""
    return _kinds()[kind].validate_python(tuple(value) if isinstance(value, list) else value)


@cache
def _kinds() -> Any:
    # Here, since --help needs none of it, and pydantic takes 0.15 s.
    from typing import Annotated

    from annotated_types import Ge, Le, MaxLen
    from pydantic import ConfigDict, FiniteFloat, Strict, TypeAdapter

    from nxcast.schemas.fields import U64
    from nxcast.schemas.names import NAME_TEXT_MAX

    text = Annotated[str, MaxLen(NAME_TEXT_MAX)]
    some = Annotated[list[text], MaxLen(WITNESSES), Strict(False)]
    names = Annotated[tuple[some, some, some], Strict(False)]
    window = Annotated[int, Ge(-1), Le(WINDOW_MAX)]
    weight = Annotated[FiniteFloat, Ge(0), Le(WEIGHT_MAX)]
    count = Annotated[U64, Ge(1)]
    one = Annotated[tuple[count, text], Strict(False)]
    rounds = Annotated[list[one], MaxLen(ROUNDS_MAX), Strict(False)]
    keys = Annotated[list[Annotated[int, Ge(0), Le(0xFFFFFFFF)]], MaxLen(KEYS_MAX), Strict(False)]
    kinds: dict[str, Any] = {
        "windows": tuple[U64 | None, Annotated[window, Ge(0)]],
        "peers": tuple[window, window, U64, weight, weight, U64, weight],
        "track": tuple[U64, U64, U64, window, window, U64, weight, weight, weight | None, names, Any],
        "spike": tuple[text, U64, count, weight, weight | None, U64, count, U64, names],
        "subject": tuple[Any, window, Any],
        "again": tuple[rounds, U64, weight, weight, Any],
        "network": tuple[U64, weight],
        "networks": tuple[U64, U64, weight, U64, weight, Annotated[dict[text, count], MaxLen(NETWORKS_MAX)]],
        "pace": tuple[U64, bytes, bytes],
        "names": tuple[bytes, bytes],
        "since": U64,
        "told spike": tuple[text, Any],
        "zone": tuple[Any, text, U64, U64, bytes, Annotated[tuple[U64, U64, bool, U64], Strict(False)]],
        "entry": tuple[Any, Any],
        "untold": tuple[U64, U64, text, names],
        "candidate": tuple[U64, U64, U64, U64, U64, U64, U64, U64, U64, keys, bytes],
    }
    config = ConfigDict(strict=True)
    return {kind: TypeAdapter[Any](made, config=config) for kind, made in kinds.items()}
