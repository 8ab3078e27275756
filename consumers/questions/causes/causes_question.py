"""Why look-ups fail: shares of causes, this hour beside a usual one, and the zones they fail in.

`cause` decides; here is what it needs to remember: which names got mail, and which come at even distances.
All of it is bounded, and names that came once give way to those that came again. Pure.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from functools import lru_cache
from heapq import nlargest
from typing import Any, NamedTuple

from nxcast.consumers.names.domains import registrable
from nxcast.consumers.names.fold import fold
from nxcast.consumers.questions.causes.cause import CAUSES, OTHER, by_message, by_past
from nxcast.consumers.questions.causes.past import Past
from nxcast.consumers.questions.dnsbl.unknown import Unknown
from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.consumers.questions.loop.findings import SEEN, Alert, Column, Section, number
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.telemetry.printable import time_text

__all__ = ["Causes", "Placed"]

NAMES_MAX = 32_768  # once, and as many again, some 350 octets each: 23 MB
ZONES_MAX = 8_192  # once, and as many again, some 600 octets each: 10 MB
ZONES_CACHED = 4_096  # zones as they came and folded, at worst 2.5 KiB each
ROWS_MAX = 1000  # zones of a report, also in JSON
EXAMPLES = 3  # names shown of a cause
HOUR_NS = 3_600_000_000_000
HOURS = 24  # that a usual hour is the middle one of
HOURS_MIN = 3  # hours before there is a usual one
QUERY, IN, NXDOMAIN = 0, 1, 3
MX = 15
ADDRESSES = frozenset((1, 28, 65))  # A, AAAA, HTTPS
_INTERNETS = (IN, None)  # classes; nil where neither message told
# Causes that an address would not have had, had MX been asked for first: those below mail in `cause`'s table.
_MAIL_TAKES = frozenset(
    ("discovery", "leaked", "search-list", "machine-made", "beacon", "typing-error", OTHER)
)


# Zones that most look-ups are of, folded once, so that names that are remembered share the text.
_zone = lru_cache(ZONES_CACHED)(fold)


class Placed(NamedTuple):
    """Where a look-up belongs."""

    cause: str
    name: str  # folded
    zone: str  # that denied or failed, else the domain that the name is in


class Causes:
    """Counts look-ups by cause and by zone, from records of nxdomain/ and of the other errors.

    The table of zones has so many `rows` at most.
    """

    def __init__(self, *, rows: int = ROWS_MAX) -> None:
        self._rows = rows
        self._causes = {name: _Tally() for name in CAUSES}
        self._zones: Sightings[str, Counter[str]] = Sightings(ZONES_MAX, ZONES_MAX, Counter)
        self._names: Sightings[str, Past] = Sightings(NAMES_MAX, NAMES_MAX, Past)
        self._blocklists = Unknown()
        self._hour = 0  # since the epoch
        self._unnamed = 0

    @property
    def forgotten(self) -> int:
        """Names and zones seen more than once that had to go."""
        return self._names.forgotten + self._zones.forgotten + self._blocklists.forgotten

    def take(self, records: Sequence[Any]) -> list[Alert]:
        """Take records in; nothing is an alert."""
        for record in records:
            self.see(record)
        return []

    def see(self, record: Any) -> Placed | None:
        """Take one in, and say where it belongs; None where it has no name."""
        if record["qname"] is None:
            self._unnamed += 1
            return None
        time_ns, qtype, name = record["time_ns"], record["qtype"] or 0, fold(record["qname"])
        if time_ns // HOUR_NS != self._hour:
            self._turn(time_ns // HOUR_NS)
        past = self._names.see(name)
        past.take(qtype, time_ns)
        zone = record.get("soa_rrname") or record.get("query_zone")
        if zone is not None:
            zone = _zone(zone)
        found = self._cause(record, name, zone, past)
        self._causes[found].add(name, time_ns, new=past.sightings == 1)
        place = zone or registrable(name) or name
        causes = self._zones.see(place)
        causes[found] += 1
        if qtype == MX:
            for early in past.take_early(time_ns):
                self._move(name, time_ns, causes, early, found)
        elif qtype in ADDRESSES and found in _MAIL_TAKES and record["qclass"] in _INTERNETS:
            past.early(found, time_ns)
        return Placed(found, name, place)

    def _cause(self, record: Any, name: str, zone: str | None, past: Past) -> str:
        qtype, qclass = record["qtype"] or 0, record["qclass"]
        listing = zone is not None and (
            self._blocklists.see(name, qtype, zone, record["time_ns"], record["sensor"]) is not None
        )
        found = by_message(
            name,
            qtype,
            IN if qclass is None else qclass,
            record.get("opcode", QUERY),
            record.get("rcode", NXDOMAIN),
            minimised=record.get("minimised", False),
        )
        return found or by_past(past.signs(name, qtype, zone), past, listing=listing)

    def _move(self, name: str, time_ns: int, zone: Counter[str], early: str, found: str) -> None:
        """An address had this cause before MX told what it was for."""
        self._causes[early].give(name)
        self._causes[found].add(name, time_ns, new=True)
        if zone[early]:
            zone[found] += 1
            zone[early] -= 1
        zone += Counter()  # none that is 0

    def look_ups(self) -> dict[str, int]:
        """How many so far, by cause."""
        return {name: tally.look_ups for name, tally in self._causes.items()}

    def sections(self) -> list[Section]:
        """Causes, then zones; most look-ups first."""
        total = sum(self.look_ups().values())
        found = [(name, tally) for name, tally in self._causes.items() if tally.look_ups]
        found.sort(key=lambda item: -item[1].look_ups)
        busiest = nlargest(self._rows, self._zones.items(), key=lambda item: item[1].total())
        note = f"{self._unnamed:,} without a name are left out." if self._unnamed else ""
        return [
            Section("causes", "Why", _COLUMNS, [tally.row(name, total) for name, tally in found], note),
            Section("zones", "Where", _ZONE_COLUMNS, [_zone_row(*item) for item in busiest]),
        ]

    def _turn(self, hour: int) -> None:
        if hour > self._hour or self._hour - hour > HOURS:  # late ones count in this hour
            passed = hour - self._hour if self._hour and hour > self._hour else 0
            for tally in self._causes.values():
                tally.turn(passed)
            self._hour = hour


class _Tally:
    """Look-ups of one cause."""

    def __init__(self) -> None:
        self.look_ups = 0
        self.first_ns = 1 << 64
        self.last_ns = 0
        self.hour = 0  # look-ups of the present hour
        self.hours: deque[int] = deque(maxlen=HOURS)  # of whole ones before it
        self.names = Distinct()
        self.examples: deque[str] = deque(maxlen=EXAMPLES)  # the latest
        self._whole = False  # whether the present hour was seen from its start

    def add(self, name: str, time_ns: int, *, new: bool) -> None:
        self.look_ups += 1
        self.hour += 1
        if time_ns < self.first_ns:
            self.first_ns = time_ns
        if time_ns > self.last_ns:
            self.last_ns = time_ns
        if not new and self.examples:
            return
        self.names.add(name)
        if name not in self.examples:
            self.examples.append(name)

    def give(self, name: str) -> None:
        """Another cause has a look-up that was counted here, in this hour or just before it."""
        self.look_ups -= 1
        self.hour = max(self.hour - 1, 0)
        if name in self.examples:
            self.examples.remove(name)

    def turn(self, passed: int) -> None:
        """So many hours have passed; 0 where they begin anew."""
        if passed and self._whole:
            self.hours.append(self.hour)
            self.hours.extend([0] * min(passed - 1, HOURS))
        self._whole = passed > 0
        self.hour = 0

    @property
    def usual(self) -> int | None:
        """Look-ups of the middle one of the last hours; None until there are enough."""
        return sorted(self.hours)[len(self.hours) // 2] if len(self.hours) >= HOURS_MIN else None

    def row(self, name: str, total: int) -> dict[str, Any]:
        return {
            "cause": name,
            "what": CAUSES[name],
            "look_ups": self.look_ups,
            "share": round(self.look_ups / total, 4),
            "this_hour": self.hour,
            "usual_hour": self.usual,
            "names": self.names.estimate,
            "first_seen": time_text(self.first_ns),
            "last_seen": time_text(self.last_ns),
            "examples": list(self.examples),
        }


def _zone_row(zone: str, causes: Counter[str]) -> dict[str, Any]:
    (main, most), *_ = causes.most_common(1)
    total = causes.total()
    shares = {name: round(count / total, 4) for name, count in causes.most_common()}
    return {"zone": zone, "look_ups": total, "cause": main, "share": round(most / total, 4), "causes": shares}


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _or_dash(count: int | None) -> str:
    return "-" if count is None else number(count)


_LOOK_UPS = Column("look_ups", "look-ups", number, right=True)
_SHARE = Column("share", "share", _percent, right=True)
_COLUMNS = (
    Column("cause", "cause"),
    _LOOK_UPS,
    _SHARE,
    Column("this_hour", "this hour", number, right=True),
    Column("usual_hour", "usual", _or_dash, right=True),
    Column("names", "names, about", number, right=True),
    Column("what", "what it is"),
    *SEEN,
    Column("examples", "for example", ", ".join),
)
_ZONE_COLUMNS = (
    Column("zone", "zone"),
    _LOOK_UPS,
    Column("cause", "mostly"),
    _SHARE,
    Column(
        "causes", "all", lambda causes: ", ".join(f"{name} {_percent(of)}" for name, of in causes.items())
    ),
)
