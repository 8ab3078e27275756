"""Names that machines keep asking for: missing names that come at regular intervals for hours.

Each sensor's sightings of a name are measured by themselves, since each resolver's cache has a phase of its
own; a finding holds all of a name. Left out are names that machines ask for by design: reverse zones,
internal names and single labels, service names (`services`), look-ups in blocklists. A name on the
user's list is always kept, however it comes, and its first look-up is an alert. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nxcast.consumers.names.blocklists import listed
from nxcast.consumers.names.domains import known_suffix
from nxcast.consumers.names.fold import fold
from nxcast.consumers.names.internal import internal, is_reverse
from nxcast.consumers.names.services import service_of
from nxcast.consumers.questions.dead.beats import BURST_S, Beats, Newcomers
from nxcast.consumers.questions.dead.caches import SIGHTINGS_MAX, Caches
from nxcast.consumers.questions.dead.regularity import Rhythm, period_text
from nxcast.consumers.questions.loop.findings import SEEN, Alert, Column, Section, number
from nxcast.consumers.questions.loop.lists import Entry, Watched
from nxcast.consumers.questions.loop.look_ups import is_look_up, server_of
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.consumers.show.redact import redacted_text
from nxcast.schemas.codes import type_text
from nxcast.schemas.records import Nxdomain
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import time_text

__all__ = ["HOURS", "SIGHTINGS", "Dead"]

HOURS = 3  # from the first beat to the last; longer than one sitting of a person or one try of a program
SIGHTINGS = 6  # five distances: the fewest that can be too regular for chance

# Seconds after which five sightings will do: of a clock that beats once a day.
SLOW_SPAN_S = 4 * 86_400 - 3600

# Entries, each of one name at one sensor: 480 octets with a few sightings, 950 with the most.
TWICE_MAX = 50_000  # seen twice
OFTEN_MAX = 100_000  # seen more often; 119 MB both if all have the most, with the fingerprints 151 MB
MARKED_MAX = 10_000  # of names on the user's list, once and again each
SHOWN = 8  # sensors, and servers, of a finding


class Dead:
    """Finds names that come at regular intervals, by records of the channel nxdomain/."""

    STATE_VERSION = 2

    def __init__(
        self, *, hours: float = HOURS, sightings: int = SIGHTINGS, indicators: Iterable[Entry] = ()
    ) -> None:
        self._span_s = hours * 3600
        self._sightings = sightings
        self._watched = Watched(indicators)
        self._newcomers = Newcomers()
        # Keys are sensor and name, parted by a blank, which neither can have.
        self._beats: Sightings[str, Beats] = Sightings(TWICE_MAX, OFTEN_MAX, Beats)
        self._marked: Sightings[str, Beats] = Sightings(MARKED_MAX, MARKED_MAX, Beats)
        self._caches = Caches()
        self._told: set[str] = set()  # entries of the list that have had their alert

    @property
    def forgotten(self) -> int:
        """Names dropped that were seen three times or more."""
        return self._beats.forgotten + self._marked.forgotten

    def take(self, records: Sequence[Nxdomain]) -> list[Alert]:
        """Take records in; an alert for the first look-up of each entry of the list."""
        alerts = []
        watching = len(self._watched) > 0
        for record in records:
            if not is_look_up(record):
                continue
            name = fold(redacted_text(record["qname"]))  # names go into the state
            second = record["time_ns"] // SECOND_NS
            key = f"{record['sensor']} {name}"
            if watching and (entry := self._watched.name(name)) is not None:
                beats = _seen(self._marked, key, second)
                if entry.text not in self._told:
                    self._told.add(entry.text)
                    alerts.append(_alert(record, name, entry))
            elif (known := self._beats.get(key)) is not None:
                before_s = known.last_s
                beats = _seen(self._beats, key, second)
                if beats.sightings <= SIGHTINGS_MAX:
                    self._keep_distance(record, second - before_s)
            else:
                first = self._newcomers.first(key, second)
                if first is None or _is_left_out(name, record["soa_rrname"]):
                    continue
                beats = self._beats.see(key)
                beats.add(first)
                beats.add(second)
                self._keep_distance(record, second - first)
            beats.evidence(record["qtype"], server_of(record))
        return alerts

    def _keep_distance(self, record: Nxdomain, distance_s: int) -> None:
        zone = record["soa_rrname"]
        if zone is not None and distance_s > BURST_S:
            self._caches.see(record["sensor"], fold(zone), distance_s)

    def sections(self) -> list[Section]:
        """Regular names, those that a cache can't explain first; and the names on the list."""
        regular = {_name_of(key) for key, beats in self._items() if self._regular(key, beats) is not None}
        marked = {_name_of(key) for key, _ in self._marked.items()}
        names = self._gathered(regular | marked)
        found = sorted((names[name] for name in regular), key=_by_evidence)
        listed = sorted((names[name] for name in marked), key=lambda each: (-each.look_ups, each.name))
        return [
            Section("regular", "Names asked for at regular intervals", _COLUMNS, _rows(found), _NOTE),
            Section("indicators", "Names on the list of indicators", _COLUMNS, _rows(listed), _LIST_NOTE),
        ]

    def dump(self) -> Iterator[tuple[str, Any]]:
        """All evidence but that of names seen once, which is in fingerprints."""
        for key, beats in self._items():
            yield key, beats.dump()
        for key, counts in self._caches.dump():
            yield f"  {key}", counts
        for text in self._told:
            yield f" {text}", None

    def load(self, entries: Iterable[tuple[str, Any]]) -> None:
        """Take what `dump` gave; what the list of indicators holds now decides what is marked."""
        for key, value in entries:
            sensor, blank, name = key.partition(" ")
            if not blank:
                raise ValueError(f"no name of a sensor: {key[:80]!r}")
            entry = self._watched.name(name)
            if name.startswith(" "):
                self._caches.load(name[1:], value)
            elif sensor:
                kept = self._beats if entry is None else self._marked
                beats = kept.see(key)
                beats.load(value)
                if beats.sightings > 2:
                    kept.see(key)
            elif entry is not None and entry.text == name:
                self._told.add(name)

    def _items(self) -> Iterator[tuple[str, Beats]]:
        yield from self._beats.items()
        yield from self._marked.items()

    def _regular(self, key: str, beats: Beats) -> Rhythm | None:
        """The rhythm, if it is one: so regular that the shares say it, or else by likelihood."""
        span_s = beats.last_s - beats.first_s
        if span_s < self._span_s or (beats.sightings < self._sightings and span_s < SLOW_SPAN_S):
            return None
        rhythm = beats.regularity()
        if rhythm is None or not rhythm.is_regular:
            sensor, _, name = key.partition(" ")
            rhythm = beats.likely(self._caches.longest_s(sensor, name))
        elif rhythm.distances < self._sightings - rhythm.machines:
            return None
        if rhythm is None or rhythm.until_s - rhythm.since_s < self._span_s:
            return None
        return rhythm

    def _gathered(self, names: set[str]) -> dict[str, _Name]:
        """What all sensors saw of these names."""
        gathered: dict[str, _Name] = {}
        if names:
            for key, beats in self._items():
                sensor, _, name = key.partition(" ")
                if name in names:
                    found = gathered.get(name)
                    if found is None:
                        found = gathered[name] = _Name(name, self._watched.name(name))
                    found.add(sensor, beats, self._regular(key, beats))
        return gathered


@dataclass(slots=True)
class _Name:
    """What all sensors saw of a name."""

    name: str
    entry: Entry | None
    rhythms: list[Rhythm] = field(default_factory=list)  # of sensors that saw it come regularly
    other: Rhythm | None = None  # the best of the other sensors
    look_ups: int = 0
    sightings: int = 0
    first_s: int = 1 << 64
    last_s: int = 0
    sensors: list[str] = field(default_factory=list)
    servers: dict[str, None] = field(default_factory=dict)
    types: dict[int, None] = field(default_factory=dict)

    def add(self, sensor: str, beats: Beats, rhythm: Rhythm | None) -> None:
        """Take in what one sensor saw."""
        if rhythm is not None:
            self.rhythms.append(rhythm)
        elif (other := beats.regularity()) is not None and (
            self.other is None or other.on_time > self.other.on_time
        ):
            self.other = other
        self.look_ups += beats.look_ups
        self.sightings += beats.sightings
        self.first_s = min(self.first_s, beats.first_s)
        self.last_s = max(self.last_s, beats.last_s)
        self.sensors.append(sensor)
        self.servers |= dict.fromkeys(beats.servers)
        self.types |= dict.fromkeys(beats.types)

    def rhythm(self) -> Rhythm | None:
        """That of the sensor with most beats on time, a regular one if there is any."""
        return max(self.rhythms, key=lambda each: each.on_time, default=self.other)

    def row(self) -> dict[str, Any]:
        """The finding as JSON shows it."""
        rhythm = self.rhythm()
        return {
            "name": self.name,
            "indicator": None if self.entry is None else self.entry.text,
            "period_s": None if rhythm is None else round(rhythm.period_s, 1),
            "period": None if rhythm is None else period_text(rhythm.period_s),
            "regularity": None if rhythm is None else round(rhythm.share, 3),
            "machines": None if rhythm is None else rhythm.machines,
            "cache_s": None if rhythm is None else rhythm.cache_s,
            "sightings": self.sightings,
            "look_ups": self.look_ups,
            "span": period_text(self.last_s - self.first_s),
            "first_seen": time_text(self.first_s * SECOND_NS),
            "last_seen": time_text(self.last_s * SECOND_NS),
            "regular_sensors": len(self.rhythms),
            "sensors": self.sensors[:SHOWN],
            "servers": list(self.servers)[:SHOWN],
            "types": [type_text(qtype) for qtype in self.types],
        }


def _seen(names: Sightings[str, Beats], key: str, second: int) -> Beats:
    """Count a look-up; a burst is one sighting."""
    beats = names.get(key)
    if beats is None:
        beats = names.see(key)
        beats.add(second)
    elif beats.add(second):
        names.see(key)
    return beats


def _is_left_out(name: str, soa_rrname: str | None) -> bool:
    """Whether a name is one that machines ask for by design, which says nothing about a defunct service."""
    labels = name.split(".", 5)
    return (
        len(labels) < 3
        or internal(name) is not None
        or (soa_rrname == "." and not known_suffix(name))  # a network's own top-level domain
        or is_reverse(name)
        or service_of(name) is not None
        or listed(name, soa_rrname and fold(soa_rrname)) is not None
        # An address in a blocklist that isn't known.
        or (len(labels) > 5 and all(label.isdigit() for label in labels[:4]))
    )


def _by_evidence(name: _Name) -> tuple[bool, int, str]:
    rhythm = name.rhythm()
    on_time = 0 if rhythm is None else rhythm.on_time
    return rhythm is not None and rhythm.cache_s is not None, -on_time, name.name


def _name_of(key: str) -> str:
    return key.partition(" ")[2]


def _alert(record: Nxdomain, name: str, entry: Entry) -> Alert:
    evidence = {
        "name": name,
        "indicator": entry.text,
        "qtype": type_text(record["qtype"]),
        "response_ip": server_of(record),
        "sensor": record["sensor"],
    }
    text = f"{name} was asked for, which is on the list of indicators as {entry.text}"
    return Alert(record["time_ns"], "indicator", text, evidence)


def _rows(names: Iterable[_Name]) -> list[Mapping[str, Any]]:
    return [name.row() for name in names]


_COLUMNS = (
    Column("name", "name"),
    Column("period", "period"),
    Column("regularity", "on time", "{:.0%}".format, right=True),
    Column("machines", "machines", right=True),
    Column("cache_s", "or a cache of", period_text),
    Column("sightings", "sightings", number, right=True),
    Column("span", "over"),
    *SEEN,
    Column("sensors", "sensors", ", ".join),
    Column("types", "types", ", ".join),
    Column("indicator", "indicator"),
)
_NOTE = (
    "On time: within 10 % of the period, or of two or three of them. Where a resolver's negative cache may "
    "have made the rhythm, many people may be behind the name."
)
_LIST_NOTE = "Shown however they come; without a period, there is no rhythm."
