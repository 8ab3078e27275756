"""What mail servers ask blocklists, by the names that are not listed: volume, spikes, what is watched. Pure.

NXDOMAIN is a blocklist's 'not listed', so all here are questions and none is a verdict. A customer's key is
taken off a name before anything else is done with it. What is asked in a zone that only looks like a
blocklist counts from when it does. What is watched is counted by its entry and not as a subject as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from heapq import nlargest
from typing import Any

from nxcast.consumers.dnsbl import tables
from nxcast.consumers.dnsbl.spikes import LookUp, Spike, Spikes, Windows
from nxcast.consumers.dnsbl.subjects import subject_of
from nxcast.consumers.dnsbl.unknown import Unknown
from nxcast.consumers.dnsbl.watch import Watch
from nxcast.consumers.printable import time_text
from nxcast.consumers.question.blocklists import ZONES, listed
from nxcast.consumers.question.distinct import Distinct
from nxcast.consumers.question.findings import Alert, Section
from nxcast.consumers.question.lists import Entry

__all__ = ["Dnsbl"]

SUBJECTS_ONCE, SUBJECTS_AGAIN = 20_000, 40_000  # at about 650 octets each: 40 MB
# Zones of the list, and unknown ones in use: as many as `Unknown` has candidates.
ZONES_ONCE, ZONES_AGAIN = 512, 1024 + len(ZONES)
SUBJECTS_SHOWN = 1000  # in JSON
SPIKES_SHOWN = 200  # the latest ones


class Dnsbl:
    """Look-ups in blocklists: records of nxdomain/ in, zones, subjects, spikes and alerts out."""

    STATE_VERSION = 1

    def __init__(self, watched: Iterable[Entry] = ()) -> None:
        self._windows = Windows()
        self._zones = Spikes(ZONES_ONCE, ZONES_AGAIN)
        self._distinct: dict[str, Distinct] = {}  # subjects of each zone in `_zones`
        self._subjects = Spikes(SUBJECTS_ONCE, SUBJECTS_AGAIN)
        self._watch = Watch(watched)
        self._unknown = Unknown()
        self._spikes: deque[tuple[str, Spike]] = deque(maxlen=SPIKES_SHOWN)

    @property
    def forgotten(self) -> int:
        """Subjects and zones of more than one look-up that had to go."""
        return self._subjects.forgotten + self._zones.forgotten + self._unknown.forgotten

    def take(self, records: Sequence[Any]) -> list[Alert]:
        """Count look-ups; spikes as they begin, and look-ups of what never sends mail."""
        alerts: list[Alert] = []
        for record in records:
            time_ns = record["time_ns"]
            window = self._windows.at(time_ns)
            qname = record["qname"]
            if not qname.isascii():
                continue
            qname = qname.lower()
            soa = record["soa_rrname"]
            if soa is not None:
                soa = soa.lower()
            found = listed(qname, soa)
            if found is not None:
                zone, part = found[0].name, found[1]
            elif soa is None or (asked := self._unknown.see(qname, record["qtype"], soa, time_ns)) is None:
                continue
            else:
                zone, part = soa, asked
            look_up = LookUp(time_ns, window, zone, record["response_ip"], record["sensor"])
            self._count(look_up, part, alerts)
        return alerts

    def _count(self, look_up: LookUp, part: str, alerts: list[Alert]) -> None:
        _, spike = self._zones.see(look_up.zone, look_up)
        if spike is not None:
            alerts.append(self._told("zone", spike))
        subject = subject_of(part)
        if subject is None:
            return
        self._distinct_of(look_up.zone).add(subject.text)
        entry = self._watch.entry(subject)
        if entry is not None:
            alert = self._watch.see(entry, subject, look_up)
            if alert is not None:
                alerts.append(alert)
            return
        _, spike = self._subjects.see(subject.text, look_up)
        if spike is not None:
            alerts.append(self._told(subject.kind, spike))

    def _told(self, kind: str, spike: Spike) -> Alert:
        self._spikes.append((kind, spike))
        evidence = {"subject": spike.key, "kind": kind, **spike.evidence()}
        return Alert(spike.time_ns, "spike", tables.spike_line(spike), evidence)

    def _distinct_of(self, zone: str) -> Distinct:
        distinct = self._distinct.get(zone)
        if distinct is None:
            if len(self._distinct) > 2 * (ZONES_ONCE + ZONES_AGAIN):  # half of them `_zones` has dropped
                kept = {name for name, _ in self._zones.items()}
                self._distinct = {name: one for name, one in self._distinct.items() if name in kept}
            distinct = self._distinct[zone] = Distinct()
        return distinct

    def sections(self) -> list[Section]:
        """Zones, subjects, spikes, what is watched, and unknown zones that look like blocklists."""
        return [
            tables.zones(self._zone_rows()),
            tables.subjects(self._subject_rows()),
            tables.spikes(self._spike_rows()),
            tables.watched(self._watch.rows()),
            tables.unknown_zones(self._unknown_rows()),
        ]

    def _zone_rows(self) -> list[dict[str, Any]]:
        rows = []
        for name, track in self._zones.items():
            zone = ZONES.get(name)
            distinct = self._distinct.get(name)
            row = {
                "zone": name,
                "kind": None if zone is None else zone.kind,
                "known": zone is not None,
                "keyed": zone is not None and zone.keyed,
                "source": None if zone is None else zone.source,
                "subjects": 0 if distinct is None else distinct.estimate,
                **tables.volume(track, self._zones.usual(track)),
            }
            del row["zones"]
            rows.append(row)
        return sorted(rows, key=lambda row: -row["look_ups"])

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
                "look_ups": candidate.addresses + candidate.domains,
                "subjects": candidate.distinct.estimate,
                "share": round(candidate.share, 4),
                "first_seen": time_text(candidate.first_ns),
                "last_seen": time_text(candidate.last_ns),
                "servers": list(tracks[zone].servers) if zone in tracks else [],
                "sensors": list(tracks[zone].sensors) if zone in tracks else [],
            }
            for zone, candidate in self._unknown.likely()
        ]
        return sorted(rows, key=lambda row: -row["look_ups"])

    def dump(self) -> Iterable[tuple[str, Any]]:
        """What is usual for each, and the zones' counts; spikes that were told stay behind."""
        yield "windows", self._windows.dump()
        for name, part in self._parts().items():
            for key, value in part.dump():
                yield f"{name}/{key}", value
        for zone, distinct in self._distinct.items():
            yield f"distinct/{zone}", distinct.dump()

    def load(self, entries: Iterable[tuple[str, Any]]) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        parts = self._parts()
        try:
            for key, value in entries:
                name, _, rest = key.partition("/")
                if name == "windows":
                    self._windows = Windows(*value)
                elif name == "distinct":
                    self._distinct[rest] = Distinct.load(value)
                else:
                    parts[name].load(rest, value)
        except (TypeError, KeyError, IndexError, AttributeError) as error:
            raise ValueError(f"no state of dnsbl: {error!r}") from error

    def _parts(self) -> dict[str, Any]:
        return {
            "zone": self._zones,
            "subject": self._subjects,
            "watched": self._watch,
            "unknown": self._unknown,
        }
