"""Software looking for its configuration: by service, by domain, and by internal suffix.

A look-up is of a service (`services`), of an internal name (`internal`, or a top-level domain that doesn't
exist), of a single label, or of no concern here; blocklist look-ups are never. A service that decides where
traffic or passwords go is open to registration where the zone that denies it is that of a public suffix:
nobody has the domain, and whoever registers it may answer. Where registries take few (gov, ac.uk), or a
provider gives the names, it isn't. Evidence is bounded; little is kept of what is internal, since it tells of
somebody's network. Tables have the busiest `ROWS_MAX`. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from heapq import nlargest
from typing import Any, TypeVar

from nxcast.consumers.names.blocklists import listed
from nxcast.consumers.names.domains import is_open, known_suffix, registrable, within
from nxcast.consumers.names.fold import fold
from nxcast.consumers.names.internal import internal, is_reverse
from nxcast.consumers.names.services import Found, service, service_of
from nxcast.consumers.questions.loop.alerting import AlertLimit
from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.consumers.questions.loop.findings import SEEN, Alert, Column, Section, number
from nxcast.consumers.questions.loop.look_ups import is_look_up, server_of
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.schemas.codes import type_text
from nxcast.schemas.ip_addresses import UNKNOWN
from nxcast.schemas.records import Nxdomain
from nxcast.telemetry.printable import time_text

__all__ = ["Discovery"]

# Entries asked for once, and as many asked for again, at most 600 octets each.
SERVICES_MAX = 2000  # of names that anybody can make up; some 70 are known
DOMAINS_MAX = 30_000  # 36 MB
OPEN_MAX = 10_000  # 12 MB
SUFFIXES_MAX = 2000  # of which some 50 are known, the others mostly typing errors; 1.6 KB each, 6 MB
LABELS_MAX = 5000
EXAMPLES = 3  # names shown of a suffix
EVIDENCE_MAX = 16  # services of a domain, servers and sensors
ROWS_MAX = 1000  # of a table, also in JSON; making one takes 10 us, and a terminal's report comes each second
AGAIN_NS = 60_000_000_000  # after the first look-up, one is no retry: a minute

# Chromium asks for three random labels of 7 to 15 letters when it starts, to learn whether its resolver
# answers for names that don't exist (its intranet_redirect_detector.cc; later versions by policy only). They
# can't be told from a host's name of that kind, so those are never shown.
PROBE_LENGTHS = range(7, 16)
_HOSTS = frozenset(("localhost", "localdomain", "workgroup"))  # of such a length, and no probes


K = TypeVar("K")
V = TypeVar("V", bound="_Tally")


class Discovery:
    """Sorts look-ups by what looks for what, from records of the channel nxdomain/."""

    def __init__(self) -> None:
        self._services: Sightings[str, _Tally] = Sightings(SERVICES_MAX, SERVICES_MAX, _Tally)
        self._domains: Sightings[str, _Domain] = Sightings(DOMAINS_MAX, DOMAINS_MAX, _Domain)
        # By domain and service.
        self._open: Sightings[tuple[str, str], _Open] = Sightings(OPEN_MAX, OPEN_MAX, _Open)
        self._suffixes: Sightings[str, _Names] = Sightings(SUFFIXES_MAX, SUFFIXES_MAX, _Names)
        self._labels: Sightings[str, _Tally] = Sightings(LABELS_MAX, LABELS_MAX, _Tally)
        self._probes = _Names()  # single labels that may be a browser's
        self._limit = AlertLimit()

    @property
    def forgotten(self) -> int:
        """Services, domains, suffixes and labels dropped that were asked for twice or more."""
        kept = (self._services, self._domains, self._open, self._suffixes, self._labels)
        return sum(each.forgotten for each in kept)

    def take(self, records: Sequence[Nxdomain]) -> list[Alert]:
        """Take records in; an alert for each service asked for again in a domain that nobody has.

        One beyond `ALERTS_MAX` a minute waits for the next look-up.
        """
        alerts = []
        for record in records:
            if not is_look_up(record):
                continue
            name = fold(record["qname"])
            soa_rrname = record["soa_rrname"]
            zone = None if soa_rrname is None else fold(soa_rrname)
            found = service_of(name)
            if found is not None:
                if listed(name, zone) is None and not is_reverse(name):
                    alert = self._take_service(record, name, found, zone)
                    if alert is not None:
                        alerts.append(alert)
            elif name.find(".") == len(name) - 1:
                self._take_label(name, record["time_ns"])
            elif (suffix := _leaked(name, zone)) is not None:
                self._suffixes.see(suffix).take(name, record["time_ns"])
        return alerts

    def _take_service(self, record: Nxdomain, name: str, found: Found, zone: str | None) -> Alert | None:
        time_ns = record["time_ns"]
        self._services.see(found.service).add(time_ns)
        leaked = _leaked(name, zone)
        if leaked is not None:
            self._suffixes.see(leaked).take(name, time_ns)
        if found.domain == ".":
            return None
        suffix = internal(name)
        # In public a host such as wpad.com. is a domain itself.
        public_host = suffix is None and found.service[0] != "_"
        domain = registrable(name if public_host else found.domain) or suffix or found.domain
        self._domains.see(domain).take(found.service, time_ns)
        if suffix is None and service(found.service).obeyed and _is_free(domain, zone):
            return self._take_open(record, name, found, domain)
        return None

    def _take_open(self, record: Nxdomain, name: str, found: Found, domain: str) -> Alert | None:
        seen = self._open.see((domain, found.service))
        seen.take(record, name)
        time_ns = record["time_ns"]
        if seen.is_told or time_ns < seen.first_ns + AGAIN_NS or not self._limit.allows(time_ns):
            return None
        seen.is_told = True
        text = f"{found.service} is looked for in {domain}, which nobody has registered"
        return Alert(time_ns, "open-to-registration", text, seen.row(domain, found.service))

    def _take_label(self, name: str, time_ns: int) -> None:
        label = name[:-1]
        if not label:
            return
        if len(label) in PROBE_LENGTHS and label.isascii() and label.isalpha() and label not in _HOSTS:
            self._probes.take(name, time_ns)
        else:
            self._labels.see(name).add(time_ns)

    def sections(self) -> list[Section]:
        """What is open to registration, services, domains, suffixes, and single labels; the busiest first."""
        domains_of = Counter(found for _, domain in self._domains.items() for found in domain.services)
        return [
            _section("open", "Open to registration", _OPEN_COLUMNS, self._open, _open_row, _OPEN_NOTE),
            _section(
                "services",
                "Services",
                _SERVICE_COLUMNS,
                self._services,
                lambda name, each: _service_row(name, each, domains_of[name]),
            ),
            _section(
                "domains",
                "Domains they are looked for in",
                _DOMAIN_COLUMNS,
                self._domains,
                lambda name, each: {"domain": name, **each.row()},
            ),
            _section(
                "leaks", "Internal names that leak", _LEAK_COLUMNS, self._suffixes, _leak_row, _LEAK_NOTE
            ),
            _section(
                "labels",
                "Single labels",
                _LABEL_COLUMNS,
                self._labels,
                lambda label, each: {"label": label, **each.times()},
            ),
            Section(
                "probes",
                "Single labels of 7 to 15 letters",
                _PROBE_COLUMNS,
                [self._probes.row()] if self._probes.look_ups else [],
                "Browsers probe their resolver with random ones, so they are counted and not shown.",
            ),
        ]


class _Tally:
    """How often something was asked for, and when."""

    __slots__ = ("first_ns", "last_ns", "look_ups")

    def __init__(self) -> None:
        self.look_ups = 0
        self.first_ns = 1 << 64
        self.last_ns = 0

    def add(self, time_ns: int) -> None:
        self.look_ups += 1
        if time_ns < self.first_ns:
            self.first_ns = time_ns
        if time_ns > self.last_ns:
            self.last_ns = time_ns

    def times(self) -> dict[str, Any]:
        return {
            "look_ups": self.look_ups,
            "first_seen": time_text(self.first_ns),
            "last_seen": time_text(self.last_ns),
        }


class _Domain(_Tally):
    """A domain, or an internal suffix, in which services are looked for."""

    __slots__ = ("services",)

    def __init__(self) -> None:
        super().__init__()
        self.services: tuple[str, ...] = ()

    def take(self, found: str, time_ns: int) -> None:
        self.add(time_ns)
        self.services = _with(self.services, found)

    def row(self) -> dict[str, Any]:
        return {"services": list(self.services), **self.times()}


class _Open(_Tally):
    """A service looked for in a domain that nobody has."""

    __slots__ = ("is_told", "name", "sensors", "servers", "types", "zone")

    def __init__(self) -> None:
        super().__init__()
        self.is_told = False  # whether it had its alert
        self.name = ""
        self.zone = ""
        self.servers: tuple[str, ...] = ()
        self.sensors: tuple[str, ...] = ()
        self.types: tuple[str, ...] = ()

    def take(self, record: Nxdomain, name: str) -> None:
        self.add(record["time_ns"])
        self.name = name
        self.zone = fold(record["soa_rrname"] or "")
        server = server_of(record)
        if server != UNKNOWN:
            self.servers = _with(self.servers, server)
        self.sensors = _with(self.sensors, record["sensor"])
        self.types = _with(self.types, type_text(record["qtype"]))

    def row(self, domain: str, found: str) -> dict[str, Any]:
        return {
            "domain": domain,
            "service": found,
            "what": service(found).what,
            "name": self.name,
            "soa_rrname": self.zone,
            **self.times(),
            "servers": list(self.servers),
            "sensors": list(self.sensors),
            "types": list(self.types),
        }


class _Names(_Tally):
    """Names asked for, a few of them, and how many there were."""

    __slots__ = ("distinct", "examples")

    def __init__(self) -> None:
        super().__init__()
        self.examples: tuple[str, ...] = ()
        self.distinct: Distinct | None = None  # where there are more: it takes 1 KiB

    def take(self, name: str, time_ns: int) -> None:
        self.add(time_ns)
        if name in self.examples:
            return
        if len(self.examples) < EXAMPLES:
            self.examples += (name,)
            return
        if self.distinct is None:
            self.distinct = Distinct()
            for example in self.examples:
                self.distinct.add(example)
        self.distinct.add(name)

    def row(self) -> dict[str, Any]:
        count = len(self.examples) if self.distinct is None else self.distinct.estimate
        return {"names": count, **self.times()}


@lru_cache(8192)  # most have the same: 2 MB
def _with(kept: tuple[str, ...], new: str) -> tuple[str, ...]:
    """One more at the end, if it is new and there is room."""
    return kept if new in kept or len(kept) >= EVIDENCE_MAX else (*kept, new)


def _leaked(name: str, zone: str | None) -> str | None:
    """The suffix of a name that was meant for inside and asked for outside; None for others.

    An internal suffix, unless a server inside answered, that has a zone in it; or a top-level domain that
    doesn't exist, since the root denies it.
    """
    suffix = internal(name)
    if suffix is not None:
        inside = zone is not None and within(zone, suffix) and not suffix.endswith(".arpa.")
        return None if inside else suffix
    return None if zone != "." or known_suffix(name) else name[name.rfind(".", 0, -1) + 1 :]


def _is_free(domain: str, zone: str | None) -> bool:
    """Whether the zone that denies a name is the one that its domain would be registered in, or above."""
    if zone is None or zone == ".":  # the root denies top-level domains
        return False
    return within(domain.partition(".")[2], zone) and is_open(domain)


def _service_row(name: str, tally: _Tally, domains: int) -> dict[str, Any]:
    known = service(name)
    return {
        "service": name,
        "kind": known.kind,
        "what": known.what,
        "source": known.source,
        "domains": domains,
        **tally.times(),
    }


def _open_row(key: tuple[str, str], each: _Open) -> dict[str, Any]:
    return each.row(*key)


def _leak_row(suffix: str, each: _Names) -> dict[str, Any]:
    return {
        "suffix": suffix,
        "known": internal(suffix) is not None,
        **each.row(),
        "examples": list(each.examples),
    }


def _section(
    name: str,
    title: str,
    columns: Sequence[Column],
    found: Sightings[K, V],
    row: Callable[[K, V], dict[str, Any]],
    note: str = "",
) -> Section:
    """Most look-ups first, otherwise as they are kept; a row is made only of what is shown."""
    busiest = nlargest(ROWS_MAX, found.items(), key=lambda item: item[1].look_ups)
    if len(found) > ROWS_MAX:
        note = f"The busiest {ROWS_MAX:,} of {len(found):,}. {note}".rstrip()
    return Section(name, title, columns, [row(key, each) for key, each in busiest], note)


_LOOKUPS = Column("look_ups", "look-ups", number, right=True)
_OPEN_COLUMNS = (
    Column("domain", "domain"),
    Column("service", "service"),
    Column("what", "what it is"),
    _LOOKUPS,
    *SEEN,
    Column("servers", "denied by", ", ".join),
)
_OPEN_NOTE = (
    "Nobody has these domains, or the name is an alias of such a one: whoever registers it may answer, and "
    "decide where traffic or passwords go."
)
_LEAK_NOTE = "Unknown suffixes are top-level domains that don't exist: a network's own, or typing errors."
_SERVICE_COLUMNS = (
    Column("service", "service"),
    Column("kind", "kind"),
    Column("what", "what it is"),
    _LOOKUPS,
    Column("domains", "domains", number, right=True),
    *SEEN,
    Column("source", "source"),
)
_DOMAIN_COLUMNS = (Column("domain", "domain"), _LOOKUPS, *SEEN, Column("services", "services", ", ".join))
_LEAK_COLUMNS = (
    Column("suffix", "suffix"),
    Column("known", "is", lambda known: "internal" if known else "unknown"),
    _LOOKUPS,
    Column("names", "names, about", number, right=True),
    *SEEN,
    Column("examples", "for example", ", ".join),
)
_LABEL_COLUMNS = (Column("label", "label"), _LOOKUPS, *SEEN)
_PROBE_COLUMNS = (_LOOKUPS, Column("names", "labels, about", number, right=True), *SEEN)
