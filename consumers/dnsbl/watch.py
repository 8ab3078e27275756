"""What a user watches: domains and networks of one's own, and what is said when they are looked up. Pure.

An entry marked `never-sends` has no business in a blocklist: any look-up of it, or of what is below or in it,
is an alert, and further ones are told together after `ALERT_EVERY_S`. Another entry gives an alert when its
look-ups spike against its own usual alone, whatever others get.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from nxcast.consumers.dnsbl import tables
from nxcast.consumers.dnsbl.spikes import LookUp, Spikes
from nxcast.consumers.dnsbl.subjects import Subject
from nxcast.consumers.printable import time_text
from nxcast.consumers.question.findings import Alert, to_second
from nxcast.consumers.question.lists import Entry, Watched

__all__ = ["NEVER_SENDS", "Watch"]

NEVER_SENDS = "never-sends"  # the mark
ALERT_EVERY_S = 600  # seconds between two alerts of an entry; a server that tries again does so for days
_ALERT_EVERY_NS = ALERT_EVERY_S * 1_000_000_000


class Watch:
    """The entries of a list, and what was looked up of them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.text: entry for entry in entries}
        self._watched = Watched(self._entries.values())
        room = max(len(self._entries), 1)  # so that none ever has to go
        self._spikes = Spikes(room, room, peers=False)
        self._pauses: dict[str, tuple[int, int]] = {}  # by entry: time of its last alert, look-ups till then

    def entry(self, subject: Subject) -> Entry | None:
        """The narrowest entry that a subject is in."""
        if not self._entries:
            return None
        if subject.kind == "address":
            return self._watched.address(ip_address(subject.text))
        return self._watched.name(subject.name) if subject.kind == "domain" else None

    def see(self, entry: Entry, subject: Subject, look_up: LookUp) -> Alert | None:
        """Count a look-up of an entry; the alert that it gives rise to."""
        track, spike = self._spikes.see(entry.text, look_up)
        time_ns = look_up.time_ns
        if NEVER_SENDS not in entry.marks:
            if spike is None:
                return None
            evidence = {"entry": entry.text, **spike.evidence()}
            return Alert(time_ns, "watched-spike", tables.spike_line(spike), evidence)
        told_ns, told = self._pauses.get(entry.text, (None, 0))
        if told_ns is not None and abs(time_ns - told_ns) < _ALERT_EVERY_NS:
            return None
        self._pauses[entry.text] = time_ns, track.total
        evidence = {
            "entry": entry.text,
            "asked": subject.name or subject.text,
            "look_ups": track.total - told,
            "since": time_text(track.first_ns if told_ns is None else told_ns),
            "zones": list(track.zones) or [look_up.zone],
            "servers": list(track.servers) or [look_up.server],
            "sensors": list(track.sensors) or [look_up.sensor],
        }
        return Alert(time_ns, NEVER_SENDS, _line(evidence), evidence)

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
        """What a later one needs, as (key, what msgpack can pack)."""
        for text, value in self._spikes.dump(least=1):
            yield text, [value, self._pauses.get(text)]

    def load(self, text: str, value: Any) -> None:
        """Take one entry of what `dump` gave, if it is still watched; ValueError for anything else."""
        track, pause = value
        if not text or text in self._entries:
            self._spikes.load(text, track)
        if pause is not None and text in self._entries:
            told_ns, told = pause
            self._pauses[text] = int(told_ns), int(told)


def _line(evidence: dict[str, Any]) -> str:
    asked = "" if evidence["asked"] == evidence["entry"] else f" ({evidence['asked']})"
    number = evidence["look_ups"]
    times = "" if number == 1 else f" {number} times since {to_second(evidence['since'])}"
    zones = tables.some(evidence["zones"])
    return f"{evidence['entry']}{asked} never sends mail, but was looked up{times}: {zones}"
