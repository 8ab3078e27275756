"""What mail servers ask blocklists, by the names that are not listed: volume, spikes, what is watched. Pure.

NXDOMAIN is a blocklist's 'not listed', so all here are questions and none is a verdict. A customer's key is
taken off a name before anything else is done with it. What is asked in a zone that only looks like a
blocklist counts from when it does. What is watched is counted by its entry and not as a subject as well.
Steps of query name minimisation that say so are no look-ups.
Names of more than `PLAIN_MAX` characters hold escapes, so nothing that a mail server asks about.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from heapq import nlargest
from sys import intern
from typing import Any

from nxcast.consumers.names.blocklists import ZONES, listed
from nxcast.consumers.names.domains import PLAIN_MAX
from nxcast.consumers.names.fold import fold
from nxcast.consumers.questions.dnsbl import dnsbl_tables as tables
from nxcast.consumers.questions.dnsbl.networks import Networks
from nxcast.consumers.questions.dnsbl.saturation import Saturation
from nxcast.consumers.questions.dnsbl.spikes import Spikes, Windows
from nxcast.consumers.questions.dnsbl.subjects import Subject, subject_of
from nxcast.consumers.questions.dnsbl.tracks import LookUp, Spike, SubjectTrack, Track, kept_as
from nxcast.consumers.questions.dnsbl.unknown import Unknown
from nxcast.consumers.questions.dnsbl.watch import Watch
from nxcast.consumers.questions.dnsbl.zones import Zones
from nxcast.consumers.questions.loop.alerting import AlertLimit
from nxcast.consumers.questions.loop.findings import Alert, Section
from nxcast.consumers.questions.loop.lists import Entry
from nxcast.consumers.questions.loop.look_ups import look_ups, server_of
from nxcast.telemetry.printable import time_text

__all__ = ["Dnsbl"]

SUBJECTS_ONCE, SUBJECTS_AGAIN = 20_000, 40_000  # at about 750 octets each: 45 MB
# Zones of the list, and unknown ones in use: as many as `Unknown` has candidates.
ZONES_ONCE, ZONES_AGAIN = 512, 1024 + len(ZONES)
SUBJECTS_SHOWN = 1000  # in JSON
SPIKES_SHOWN = 200  # the latest ones


class Dnsbl:
    """Look-ups in blocklists: records of nxdomain/ in, zones, subjects, spikes and alerts out."""

    STATE_VERSION = 2

    def __init__(self, watched: Iterable[Entry] = ()) -> None:
        self._limit = AlertLimit()
        self._windows = Windows()
        self._window = 0
        self._zones = Zones(ZONES_ONCE, ZONES_AGAIN)
        self._subjects: Spikes[SubjectTrack] = Spikes(SUBJECTS_ONCE, SUBJECTS_AGAIN, SubjectTrack)
        self._saturation = Saturation()
        self._networks = Networks()
        self._watch = Watch(watched, self._limit)
        self._unknown = Unknown()
        self._spikes: deque[tuple[str, Spike]] = deque(maxlen=SPIKES_SHOWN)

    @property
    def forgotten(self) -> int:
        """Subjects and zones of more than one look-up that had to go."""
        kept = (self._subjects, self._networks, self._zones, self._unknown)
        return sum(each.forgotten for each in kept)

    def take(self, records: Sequence[Any]) -> list[Alert]:
        """Count look-ups; spikes as they begin, and look-ups of what never sends mail."""
        alerts: list[Alert] = []
        for record in look_ups(records):
            if record.get("minimised"):
                continue
            time_ns = record["time_ns"]
            window = self._windows.at(time_ns)
            if window is not None and window != self._window:
                self._window = window
                alerts += self._watch.due(time_ns)
            qname = record["qname"]
            if len(qname) > PLAIN_MAX or not qname.isascii():
                continue
            qname = qname.lower()
            soa = record["soa_rrname"]
            if soa is not None:
                soa = fold(soa)
            found = listed(qname, soa)
            if found is not None:
                zone, part = found[0].name, found[1]
            elif soa is None or (asked := self._see_unknown(record, qname, soa)) is None:
                continue
            else:
                zone, part = intern(soa), asked
            server, sensor = intern(server_of(record)), intern(record["sensor"])
            self._count(LookUp(time_ns, window, zone, server, sensor), part, alerts)
            if soa != zone or self._zones.are_gone:
                self._zones.denied(zone, soa)
        return alerts

    def _see_unknown(self, record: Any, qname: str, soa: str) -> str | None:
        return self._unknown.see(qname, record["qtype"], soa, record["time_ns"], record["sensor"])

    def _count(self, look_up: LookUp, part: str, alerts: list[Alert]) -> None:
        subject = subject_of(part)
        if subject is None:
            self._zones.see_apart(look_up, part)
            return
        spike = self._zones.see_asked(look_up, subject.text)
        if spike is not None:
            self._tell("zone", spike, alerts)
        kind = subject.kind
        entry = self._watch.entry(subject)
        if entry is None:
            spike = self._see_subject(subject, part, look_up, alerts)
        else:
            kind = "watched"
            spike, alert = self._watch.see(entry, subject, look_up)
            if alert is not None:
                alerts.append(alert)
        if spike is not None:
            self._tell(kind, spike, alerts)

    def _see_subject(self, subject: Subject, part: str, look_up: LookUp, alerts: list[Alert]) -> Spike | None:
        track, spike = self._subjects.see(subject.text, look_up)
        if spike is None:
            spike = self._saturation.see(subject.text, part, look_up, track)
        if subject.kind == "address":
            wide = self._networks.see(subject.text, look_up, track)
            if wide is not None:
                self._tell("network", wide, alerts)
        return spike

    def _tell(self, kind: str, spike: Spike, alerts: list[Alert]) -> None:
        self._spikes.append((kind, spike))
        if self._limit.allows(spike.time_ns):
            which = ("watched-spike", "entry") if kind == "watched" else ("spike", "subject")
            evidence = {which[1]: spike.key, "kind": kind, **spike.evidence()}
            alerts.append(Alert(spike.time_ns, which[0], tables.spike_line(spike), evidence))

    def sections(self) -> list[Section]:
        """Zones and what has closed of them, subjects, spikes, what is watched, and unknown zones."""
        zones = self._zone_rows()
        return [
            tables.zones(zones),
            tables.ended([row for row in zones if row["ended"]]),
            tables.subjects(self._subject_rows(), len(self._subjects)),
            tables.spikes(self._spike_rows()),
            tables.watched(self._watch.rows()),
            tables.unknown_zones(self._unknown_rows()),
        ]

    def _zone_rows(self) -> list[dict[str, Any]]:
        rows = []
        for name, track in self._zones.items():
            zone = ZONES.get(name)
            row = {
                "zone": name,
                "kind": None if zone is None else zone.kind,
                "known": zone is not None,
                "keyed": zone is not None and zone.keyed,
                "source": None if zone is None else zone.source,
                "subjects": track.subjects.estimate,
                "probes": track.probes,
                "steps": track.steps,
                "ended": track.ended(name) or None,
                **tables.volume(track, self._zones.usual(track)),
            }
            del row["zones"]
            rows.append(row)
        return sorted(rows, key=lambda row: (-row["look_ups"], -row["probes"]))

    def _subject_rows(self) -> list[dict[str, Any]]:
        busiest = nlargest(SUBJECTS_SHOWN, self._subjects.items(), key=lambda item: item[1].total)
        return [
            {"subject": subject, **tables.volume(track, self._subjects.usual(track))}
            for subject, track in busiest
        ]

    def _spike_rows(self) -> list[dict[str, Any]]:
        return [
            {"subject": spike.key, "kind": kind, "until": time_text(spike.until_ns), **spike.evidence()}
            for kind, spike in reversed(self._spikes)
        ]

    def _unknown_rows(self) -> list[dict[str, Any]]:
        tracks = dict(self._zones.items())  # theirs begin when they look like blocklists
        rows = [
            {
                "zone": zone,
                "looks_like": candidate.kind,
                "look_ups": candidate.look_ups,
                "subjects": candidate.distinct.estimate,
                "share": round(candidate.share, 4),
                "keyed": bool(candidate.keys),
                "first_seen": time_text(candidate.first_ns),
                "last_seen": time_text(candidate.last_ns),
                "servers": list(tracks[zone].servers) if zone in tracks else [],
                "sensors": list(tracks[zone].sensors) if zone in tracks else [],
            }
            for zone, candidate in self._unknown.likely()
        ]
        return sorted(rows, key=lambda row: -row["look_ups"])

    def dump(self) -> Iterable[tuple[str, Any]]:
        """All that is known, except which alerts were one too many in the present minute."""
        yield "windows", self._windows.dump()
        for name, part in self._parts().items():
            for key, value in part.dump():
                yield f"{name}/{key}", value
        for number, (kind, spike) in enumerate(self._spikes):
            yield f"spike/{number}", [kind, spike.dump()]

    def load(self, entries: Iterable[tuple[str, Any]]) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        parts = self._parts()
        spikes: dict[int, Any] = {}
        for key, value in entries:
            name, _, rest = str(key).partition("/")
            if name == "windows":
                self._windows.load(value)
            elif name == "spike" and rest.isdecimal():
                spikes[int(rest)] = kept_as("told spike", value)
            elif name in parts:
                parts[name].load(rest, value)
            else:
                raise ValueError(f"no state of dnsbl: {key!r}")
        self._window = self._windows.number
        for part in (self._zones, self._subjects, self._watch):
            part.loaded(self._window)
        self._networks.loaded()
        for _, (kind, kept) in sorted(spikes.items()):
            self._spikes.append((kind, self._same(kind, Spike.loaded(kept))))

    def _same(self, kind: str, spike: Spike) -> Spike:
        """The one of its track where it goes on, so that the table goes on with it."""
        going_on: Spike | None
        if kind == "network":
            going_on = self._networks.get(spike.key)
        else:
            track: Track | None = self._parts().get(kind, self._subjects).get(spike.key)
            going_on = None if track is None else track.spike
            if spike.every_s:
                again = track.again if isinstance(track, SubjectTrack) else None
                going_on = None if again is None else again.burst
        return going_on if going_on is not None and going_on.time_ns == spike.time_ns else spike

    def _parts(self) -> dict[str, Any]:
        return {
            "zone": self._zones,
            "subject": self._subjects,
            "again": self._saturation,
            "network": self._networks,
            "watched": self._watch,
            "unknown": self._unknown,
        }
