"""What is remembered of each domain, and for how many of them. Pure.

An entry counts queries and days, and has the servers, the sensors and a few hosts. The memory is bounded: a
domain asked for on one day gives way before one asked for on several, however large a flood is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import cache, lru_cache
from sys import intern
from typing import Any

from nxcast.consumers.names.fold import fold
from nxcast.consumers.questions.loop.look_ups import only, server_of
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.consumers.show.redact import redacted_text
from nxcast.schemas.ip_addresses import UNKNOWN

__all__ = ["SOURCES_MAX", "Evidence", "Memory"]

SOURCES_MAX = 16  # servers, and sensors, told apart for a domain: com. has 26 addresses, two prove the point
HOSTS_MAX = 3  # names below a domain kept as examples
HOST_MAX = 100  # characters of one; longer ones are rare and say no more
RECENT_DAYS = 32  # of which it is known whether a domain was asked for; records are late by a day at most

DAY_NS = 86_400_000_000_000

# Silence: so many whole days, of which a weekend has two, that would have been less likely by chance; or so
# many queries that didn't come (e^-7 is 1 in 1,000), where a weekend has a fifth of a week day's.
SILENT_DAYS = 3
SILENT_CHANCE = 0.01
SILENT_QUERIES = 7
WEEKEND = 0.2

# As `dump` gives them; what is new comes last.
_FIELDS = (
    *("days", "first_ns", "hosts", "last_ns", "queries", "recent", "registered_ns", "sensors", "servers"),
    *("soa", "direct"),
)


class Evidence:
    """What is known of one domain."""

    __slots__ = (
        "days",
        "direct",
        "first_ns",
        "hosts",
        "last_ns",
        "queries",
        "recent",
        "registered_ns",
        "sensors",
        "servers",
        "soa",
    )

    def __init__(self) -> None:
        self.queries = 0
        self.direct = 0  # of them for the domain itself, not for a host below it
        self.first_ns = 0
        self.last_ns = 0
        self.days = 0  # distinct ones
        self.recent = 0  # bit N is set where there was a query N days before that of the last one
        self.registered_ns: int | None = None
        self.soa: str | None = None  # of the latest query
        self.servers: tuple[str, ...] = ()
        self.sensors: tuple[str, ...] = ()
        self.hosts: tuple[str, ...] = ()  # names below the domain, as they were asked for

    @property
    def sources(self) -> int:
        return max(len(self.servers), len(self.sensors))

    def add(self, record: Any, soa: str | None, host: str | None) -> None:
        """A query; `host` is its folded name where that is not the domain itself."""
        time_ns = record["time_ns"]
        if self.registered_ns is not None:
            if time_ns <= self.registered_ns:
                return
            self._forget()
        self._at(time_ns)
        self.queries += 1
        if soa != self.soa:
            self.soa = soa and _shown(soa)  # it goes into the state
        server, sensor = server_of(record), record["sensor"]
        if server not in self.servers and server != UNKNOWN and len(self.servers) < SOURCES_MAX:
            self.servers = (*self.servers, intern(server)) if self.servers else only(server)
        if sensor not in self.sensors and len(self.sensors) < SOURCES_MAX:
            self.sensors = (*self.sensors, intern(sensor)) if self.sensors else only(sensor)
        if host is None:
            self.direct += 1
        elif len(self.hosts) < HOSTS_MAX:
            self._example(record["qname"], host)

    def register(self, time_ns: int) -> None:
        """Its own zone answered, so it is registered, unless that was before the last query."""
        if time_ns >= self.last_ns:
            self.registered_ns = max(time_ns, self.registered_ns or 0)

    def is_silent(self, now_ns: int) -> bool:
        """Whether it was asked for so often before that it would have been since, if anybody still did."""
        whole = now_ns // DAY_NS - self.last_ns // DAY_NS - 1  # days
        span = self.last_ns // DAY_NS - self.first_ns // DAY_NS + 1
        usual = (self.days + 0.5) / (span + 1)  # share of days with a query; half a day of doubt
        if whole >= SILENT_DAYS and (1 - usual) ** whole < SILENT_CHANCE:
            return True
        expected = self.queries / span * (now_ns - self.last_ns) / DAY_NS
        return now_ns - self.last_ns >= DAY_NS and expected * WEEKEND >= SILENT_QUERIES

    def dump(self) -> list[Any]:
        """For `load`."""
        values = [getattr(self, name) for name in _FIELDS]
        return [list(value) if isinstance(value, tuple) else value for value in values]

    def load(self, values: Any) -> None:
        """Take what `dump` gave, or that of an earlier version; ValueError for anything else."""
        if not isinstance(values, list) or len(values) not in (len(_FIELDS) - 1, len(_FIELDS)):
            raise ValueError("no evidence of a domain")
        if len(values) < len(_FIELDS):
            values = [*values, values[_FIELDS.index("queries")]]  # not told, so none ranks lower for it
        for name, value in zip(_FIELDS, _kept().validate_python(tuple(values)), strict=True):
            setattr(self, name, tuple(map(intern, value)) if isinstance(value, list) else value)

    def _forget(self) -> None:
        """Begin anew: it had an owner meanwhile, so its past is another's."""
        self.queries = self.direct = 0
        self.registered_ns = None
        self.servers = self.sensors = self.hosts = ()

    def _at(self, time_ns: int) -> None:
        if not self.queries:
            self.first_ns = self.last_ns = time_ns
            self.days = self.recent = 1
            return
        later = time_ns // DAY_NS - self.last_ns // DAY_NS
        if later > 0:
            self.days += 1
            self.recent = (self.recent << later | 1) % (1 << RECENT_DAYS) if later < RECENT_DAYS else 1
        elif later > -RECENT_DAYS and not self.recent >> -later & 1:
            self.days += 1
            self.recent |= 1 << -later
        if time_ns > self.last_ns:
            self.last_ns = time_ns
        elif time_ns < self.first_ns:
            self.first_ns = time_ns

    def _example(self, qname: str, host: str) -> None:
        if len(qname) > HOST_MAX:
            return
        shown = redacted_text(qname)
        if shown is not qname:
            host = fold(shown)
        if not self.hosts:
            self.hosts = (shown,)
        elif host not in map(fold, self.hosts):
            self.hosts = (*self.hosts, shown)


class Memory:
    """Evidence by domain, bounded; one that was seen on several days never gives way to one day's flood."""

    def __init__(self, once: int, again: int, lasting: int) -> None:
        self._one_day: Sightings[str, Evidence] = Sightings(once, again, Evidence)
        self._days: OrderedDict[str, Evidence] = OrderedDict()
        self._days_max = lasting
        self._forgotten = 0

    @property
    def forgotten(self) -> int:
        return self._forgotten + self._one_day.forgotten

    def get(self, domain: str) -> Evidence | None:
        return self._days.get(domain) or self._one_day.get(domain)

    def add(self, domain: str, record: Any, host: str, soa: str | None) -> None:
        below = None if host == domain else host
        evidence = self._days.get(domain)
        if evidence is not None:
            self._days.move_to_end(domain)
            evidence.add(record, soa, below)
            return
        evidence = self._one_day.see(domain)
        evidence.add(record, soa, below)
        self._settle(domain, evidence)

    def load(self, domain: str, values: Any) -> None:
        evidence = self._one_day.see(domain)
        evidence.load(values)
        if evidence.queries > 1:
            self._one_day.see(domain)
        self._settle(domain, evidence)

    def items(self) -> Iterator[tuple[str, Evidence]]:
        """The least recent first of each kind, so that `load` restores the order."""
        yield from self._days.items()
        yield from self._one_day.items()

    def _settle(self, domain: str, evidence: Evidence) -> None:
        if evidence.days > 1:
            self._one_day.pop(domain)
            self._days[domain] = evidence
            if len(self._days) > self._days_max:
                self._days.popitem(last=False)
                self._forgotten += 1


@lru_cache(1024)
def _shown(zone: str) -> str:
    """A zone's name without a key, shared by all that have the same."""
    return intern(redacted_text(zone))


@cache
def _kept() -> Any:
    """What validates a dump of evidence, in the order of `_FIELDS`."""
    # Here, since --help needs none of it, and pydantic takes 0.15 s.
    from typing import Annotated

    from annotated_types import Ge, Lt, MaxLen
    from pydantic import ConfigDict, TypeAdapter

    from nxcast.schemas.fields import U64
    from nxcast.schemas.names import NAME_TEXT_MAX

    text = Annotated[str, MaxLen(NAME_TEXT_MAX)]
    some = Annotated[list[text], MaxLen(SOURCES_MAX)]
    count = Annotated[U64, Ge(1)]
    recent = Annotated[int, Ge(1), Lt(1 << RECENT_DAYS)]
    return TypeAdapter(
        tuple[count, U64, some, U64, count, recent, U64 | None, some, some, text | None, U64],
        config=ConfigDict(strict=True),
    )
