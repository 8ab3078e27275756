"""How the findings of dnsbl look to people: tables, notes and lines. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nxcast.consumers.questions.dnsbl.spikes import COUNT_MIN, RATIO, WARM_UP
from nxcast.consumers.questions.dnsbl.tracks import WINDOW_S, Spike, Track
from nxcast.consumers.questions.loop.findings import SEEN, Column, Section, number, to_second
from nxcast.telemetry.printable import time_text

__all__ = [
    "ended",
    "some",
    "spike_line",
    "spikes",
    "subjects",
    "unknown_zones",
    "volume",
    "watched",
    "zones",
]

Rows = Sequence[Mapping[str, Any]]

NOT_VERDICTS = "NXDOMAIN means 'not listed': these are questions, not verdicts."
_NAMED = 3  # zones or servers named in a line; the evidence has more


def some(names: Sequence[str]) -> str:
    """The first of many names."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _rate(usual: float) -> str:
    return f"{usual:,.1f}"


def _share(share: float) -> str:
    return f"{share:.1%}"


def _known(known: bool) -> str:
    return "yes" if known else "no"


_LOOK_UPS = Column("look_ups", "look-ups", number, right=True)
_USUAL = Column("usual", "a minute", _rate, right=True)
_DISTINCT = Column("subjects", "subjects", number, right=True)
_IN_ZONES = Column("zones", "lately in", some)
_OF_SERVERS = Column("servers", "servers", some)


def zones(rows: Rows) -> Section:
    """Volume by zone."""
    columns = (
        Column("zone", "zone"),
        Column("kind", "lists"),
        Column("known", "known", _known),
        *(_LOOK_UPS, _USUAL, _DISTINCT, Column("probes", "probes", number, right=True), *SEEN),
    )
    note = (
        f"{NOT_VERDICTS} Subjects are an estimate, off by 3 % as a rule. Probes ask whether the list works, "
        "about nobody."
    )
    return Section("zones", "Blocklists asked", columns, rows, note)


def ended(rows: Rows) -> Section:
    """Zones that have closed, and are asked all the same."""
    columns = (
        Column("zone", "zone"),
        Column("ended", "why"),
        *(_LOOK_UPS, Column("probes", "probes", number, right=True), *SEEN, _OF_SERVERS),
        Column("sensors", "sensors", some),
    )
    note = (
        "Take these out of the mail server's or the filter's configuration: they list nobody, or everybody."
    )
    return Section("ended", "Closed blocklists that are asked", columns, rows, note)


def subjects(rows: Rows, known: int) -> Section:
    """Volume by subject, of the so many that are known."""
    columns = (Column("subject", "asked about"), _LOOK_UPS, _USUAL, *SEEN, _IN_ZONES)
    note = f"{NOT_VERDICTS} Of {known:,} subjects known."
    return Section("subjects", "Asked about most", columns, rows, note)


def spikes(rows: Rows) -> Section:
    """Spikes of zones, subjects and what is watched."""
    columns = (
        Column("began", "began", to_second),
        Column("until", "until", to_second),
        Column("subject", "asked about, or zone"),
        Column("look_ups", "look-ups", number, right=True),
        Column("usual", "usual a minute", _rate, right=True),
        *(Column("zones", "in", some), _OF_SERVERS),
    )
    note = (
        f"A spike is a window of {WINDOW_S} s with {COUNT_MIN} look-ups or more, {RATIO:g} times the usual "
        f"or more, beyond what others reach as a rule and beyond the rise of all; none in the first "
        f"{WARM_UP} windows."
    )
    return Section("spikes", "Spikes, the latest first", columns, rows, note)


def watched(rows: Rows) -> Section:
    """What was looked up of the user's own list."""
    columns = (
        Column("entry", "entry"),
        Column("never_sends", "never sends", _known),
        *(_LOOK_UPS, _USUAL, *SEEN, _IN_ZONES, _OF_SERVERS),
    )
    note = "Entries of --watch that were looked up; of one that never sends mail, any look-up is an alert."
    return Section("watched", "What is watched", columns, rows, note)


def unknown_zones(rows: Rows) -> Section:
    """Zones on no list that look like blocklists."""
    columns = (
        Column("zone", "zone"),
        Column("looks_like", "looks like a list of"),
        *(_LOOK_UPS, _DISTINCT),
        Column("share", "share", _share, right=True),
        *(*SEEN, _OF_SERVERS),
    )
    note = (
        "On no list known here, but asked as a blocklist is (share: of all look-ups below it). It may be "
        "something else that is asked about addresses or domains."
    )
    return Section("unknown_zones", "Unknown zones that look like blocklists", columns, rows, note)


def volume(track: Track, usual: float | None) -> dict[str, Any]:
    """What a row tells of a track; zones, servers and sensors are those of its last window."""
    return {
        "look_ups": track.total,
        "usual": None if usual is None else round(usual, 2),
        "first_seen": time_text(track.first_ns),
        "last_seen": time_text(track.last_ns),
        **track.names(),
    }


def spike_line(spike: Spike) -> str:
    """A spike, as it begins, in one line."""
    if spike.every_s:
        return (
            f"{spike.key} was looked up {spike.look_ups} times as soon as caches let it through, every "
            f"{spike.every_s:,} s: {some(spike.zones)}"
        )
    if "/" in spike.key and spike.zones != (spike.key,):
        return (
            f"{spike.look_ups} addresses of {spike.key} were looked up within {spike.window_s // 60} min, "
            f"usually {spike.usual:.1f}: {some(spike.zones)}"
        )
    times = f"{spike.look_ups} times within a minute, usually {spike.usual:.1f}"
    if spike.zones == (spike.key,):
        return f"the blocklist {spike.key} was asked {times}"
    return f"{spike.key} was looked up {times}: {some(spike.zones)}"
