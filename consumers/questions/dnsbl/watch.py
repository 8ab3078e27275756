"""What a user watches: domains and networks of one's own, and what is said when they are looked up. Pure.

An entry marked `never-sends` has no business in a blocklist: any look-up of it, or of what is below or in it,
is an alert, and further ones are told together once `ALERT_EVERY_S` have passed. Another entry gives an alert
when its look-ups spike against its own usual alone, whatever others get.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from nxcast.consumers.questions.dnsbl import dnsbl_tables as tables
from nxcast.consumers.questions.dnsbl.spikes import Spikes
from nxcast.consumers.questions.dnsbl.subjects import Subject
from nxcast.consumers.questions.dnsbl.tracks import LookUp, Spike, Track, Witnesses, kept_as
from nxcast.consumers.questions.loop.alerting import AlertLimit
from nxcast.consumers.questions.loop.findings import Alert, to_second
from nxcast.consumers.questions.loop.lists import Entry, Watched
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import time_text

__all__ = ["NEVER_SENDS", "Watch"]

NEVER_SENDS = "never-sends"  # the mark
ALERT_EVERY_S = 600  # seconds between two alerts of an entry; a server that tries again does so for days
_ALERT_EVERY_NS = ALERT_EVERY_S * SECOND_NS


class _Untold(Witnesses):
    """Look-ups of an entry since something was said of it."""

    __slots__ = ("asked", "look_ups", "since_ns")

    def __init__(self, since_ns: int) -> None:
        super().__init__()
        self.since_ns = since_ns
        self.look_ups = 0
        self.asked = ""

    def add(self, subject: Subject, look_up: LookUp) -> None:
        self.look_ups += 1
        self.asked = subject.name or subject.text
        self.witness(look_up)

    def alert(self, entry: str, time_ns: int) -> Alert:
        since = time_text(self.since_ns)
        evidence = {"entry": entry, "asked": self.asked, "look_ups": self.look_ups, "since": since}
        times = "once" if self.look_ups == 1 else f"{self.look_ups:,} times"
        told = "" if self.since_ns == time_ns else f" {times} since {to_second(since)}"
        asked = "" if self.asked == entry else f" ({self.asked})"
        text = f"{entry}{asked} never sends mail, but was looked up{told}: {tables.some(self.zones)}"
        return Alert(time_ns, NEVER_SENDS, text, {**evidence, **self.names()})


class Watch:
    """The entries of a list, and what was looked up of them."""

    def __init__(self, entries: Iterable[Entry], limit: AlertLimit) -> None:
        self._entries = {entry.text: entry for entry in entries}
        self._watched = Watched(self._entries.values())
        room = max(len(self._entries), 1)  # so that none ever has to go
        self._spikes: Spikes[Track] = Spikes(room, room, Track, peers=False)
        self._limit = limit
        self._untold: dict[str, _Untold] = {}  # by entry, for a while after each alert

    def entry(self, subject: Subject) -> Entry | None:
        """The narrowest entry that a subject is in."""
        if not self._entries:
            return None
        if subject.kind == "address":
            return self._watched.address(ip_address(subject.text))
        return self._watched.name(subject.name) if subject.kind == "domain" else None

    def see(self, entry: Entry, subject: Subject, look_up: LookUp) -> tuple[Spike | None, Alert | None]:
        """Count a look-up of an entry; the spike that begins with it, or what is said at once."""
        _, spike = self._spikes.see(entry.text, look_up)
        if NEVER_SENDS not in entry.marks:
            return spike, None
        untold = self._untold.get(entry.text)
        if untold is not None:
            untold.add(subject, look_up)
            return None, None
        time_ns = look_up.time_ns
        untold = self._untold[entry.text] = _Untold(time_ns)
        untold.add(subject, look_up)
        if not self._limit.allows(time_ns):
            return None, None
        self._untold[entry.text] = _Untold(time_ns)
        return None, untold.alert(entry.text, time_ns)

    def due(self, time_ns: int) -> list[Alert]:
        """What has not been told for long enough by this time."""
        alerts = []
        for entry, untold in list(self._untold.items()):
            if abs(time_ns - untold.since_ns) < _ALERT_EVERY_NS:  # else it passed, or the clock was changed
                continue
            if not untold.look_ups:
                del self._untold[entry]
            elif self._limit.allows(time_ns):
                alerts.append(untold.alert(entry, time_ns))
                self._untold[entry] = _Untold(time_ns)
        return alerts

    def get(self, entry: str) -> Track | None:
        """What is known of an entry."""
        return self._spikes.get(entry)

    def rows(self) -> list[dict[str, Any]]:
        """The entries that were looked up, those that never send mail first."""
        rows = [
            {
                "entry": text,
                "never_sends": NEVER_SENDS in self._entries[text].marks,
                **tables.volume(track, self._spikes.usual(track)),
            }
            for text, track in self._spikes.items()
        ]
        return sorted(rows, key=lambda row: (not row["never_sends"], -row["look_ups"]))

    def dump(self) -> Iterable[tuple[str, Any]]:
        """All that it knows, as (key, what msgpack can pack)."""
        for text, value in self._spikes.dump():
            untold = self._untold.get(text)
            if untold is None:
                yield text, [value, None]
            else:
                counts = [untold.since_ns, untold.look_ups, untold.asked]
                yield text, [value, [*counts, untold.dump_names()]]

    def load(self, text: str, value: Any) -> None:
        """Take one entry of what `dump` gave, if it is still watched; ValueError for anything else."""
        track, kept = kept_as("entry", value)
        if text and text not in self._entries:
            return
        self._spikes.load(text, track)
        if kept is not None and text:
            since_ns, look_ups, asked, names = kept_as("untold", kept)
            untold = self._untold[text] = _Untold(since_ns)
            untold.look_ups, untold.asked = look_ups, asked
            untold.load_names(names)

    def loaded(self, number: int) -> None:
        """After the last entry: ValueError if they can't be of one state whose last window is this one."""
        self._spikes.loaded(number)
