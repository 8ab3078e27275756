"""Software looking for its configuration: by service, by domain, and by internal suffix.

A look-up is of a service (`services`), of an internal name (`internal`, or a top-level domain that doesn't
exist), of a single label, or of no concern here; blocklist look-ups are never. Apart are signals of resolvers
and probes of programs, and at a root server typing errors of top-level domains, numbers and octets. A
service that decides where traffic or passwords go is open to registration where the zone that denies it is
that of a public suffix: nobody has the domain, and whoever registers it may answer. Where registries take few
(gov, ac.uk), or a provider gives the names, it isn't. Evidence is bounded; little is kept of what is
internal, since it tells of somebody's network. Tables have the busiest `ROWS_MAX`. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from heapq import nlargest
from typing import Any, TypeVar

from nxcast.consumers.names.blocklists import listed
from nxcast.consumers.names.domains import is_open, known_suffix, registrable, registrable_end, within
from nxcast.consumers.names.fold import fold
from nxcast.consumers.names.internal import internal, is_reverse
from nxcast.consumers.names.services import Found, service, service_of, signal
from nxcast.consumers.names.visited import is_mistyped_suffix
from nxcast.consumers.questions.discovery.tallies import Domain, Names, Open, Tally
from nxcast.consumers.questions.loop.alerting import AlertLimit
from nxcast.consumers.questions.loop.findings import SEEN, Alert, Column, Section, number
from nxcast.consumers.questions.loop.look_ups import look_ups
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.schemas.records import Nxdomain

__all__ = ["Discovery"]

# Entries asked for once, and as many asked for again, at most 600 octets each.
SERVICES_MAX = 2000  # of names that anybody can make up; some 70 are known
DOMAINS_MAX = 30_000  # 36 MB
OPEN_MAX = 10_000  # 12 MB
SUFFIXES_MAX = 2000  # of which some 50 are known, the others mostly typing errors; 1.6 KB each, 6 MB
LABELS_MAX = 5000
ROWS_MAX = 1000  # of a table, also in JSON; making one takes 10 us, and a terminal's report comes each second
AGAIN_NS = 60_000_000_000  # after the first look-up, one is no retry: a minute

# Chromium asks for three random labels of 7 to 15 letters when it starts, to learn whether its resolver
# answers for names that don't exist (its intranet_redirect_detector.cc; later versions by policy only). They
# can't be told from a host's name of that kind, so those are never shown.
PROBE_LENGTHS = range(7, 16)
_HOSTS = frozenset(("localhost", "localdomain", "workgroup"))  # of such a length, and no probes


K = TypeVar("K")
V = TypeVar("V", bound="Tally")


class Discovery:
    """Sorts look-ups by what looks for what, from records of the channel nxdomain/."""

    def __init__(self) -> None:
        self._services: Sightings[str, Tally] = Sightings(SERVICES_MAX, SERVICES_MAX, Tally)
        self._domains: Sightings[str, Domain] = Sightings(DOMAINS_MAX, DOMAINS_MAX, Domain)
        # By domain and service.
        self._open: Sightings[tuple[str, str], Open] = Sightings(OPEN_MAX, OPEN_MAX, Open)
        self._suffixes: Sightings[str, Names] = Sightings(SUFFIXES_MAX, SUFFIXES_MAX, Names)
        self._labels: Sightings[str, Tally] = Sightings(LABELS_MAX, LABELS_MAX, Tally)
        self._probes = Names()  # single labels that may be a browser's
        self._signals: dict[str, Names] = {}  # by kind
        self._noise: dict[str, Names] = {}
        self._mistyped: Sightings[str, Names] = Sightings(SUFFIXES_MAX, SUFFIXES_MAX, Names)
        self._limit = AlertLimit()

    @property
    def forgotten(self) -> int:
        """Services, domains, suffixes and labels dropped that were asked for twice or more."""
        kept = (self._services, self._domains, self._open, self._suffixes, self._labels, self._mistyped)
        return sum(each.forgotten for each in kept)

    def take(self, records: Sequence[Nxdomain]) -> list[Alert]:
        """Take records in; an alert for each service asked for again in a domain that nobody has.

        One beyond `ALERTS_MAX` a minute waits for the next look-up.
        """
        alerts = []
        for record in look_ups(records):
            if record.get("minimised"):
                continue
            name = fold(record["qname"])
            soa_rrname = record["soa_rrname"]
            zone = None if soa_rrname is None else fold(soa_rrname)
            if (kind := signal(name)) is not None:
                self._signals.setdefault(kind, Names()).take(name, record["time_ns"])
                continue
            found = service_of(name)
            if found is None:
                self._take_name(name, zone, record["time_ns"])
            elif listed(name, zone) is None and not is_reverse(name):
                alert = self._take_service(record, name, found, zone)
                if alert is not None:
                    alerts.append(alert)
        return alerts

    def _take_service(self, record: Nxdomain, name: str, found: Found, zone: str | None) -> Alert | None:
        time_ns = record["time_ns"]
        wanted, behind = found
        self._services.see(wanted).add(time_ns)
        suffix, own = internal(name), registrable(name)
        self._take_leak(name, zone, time_ns, suffix, own)
        if behind == ".":
            return None
        below = registrable_end(behind, own)
        # In public a host such as wpad.com. is a domain itself.
        domain = own if suffix is None and wanted[0] != "_" else below
        self._domains.see(_meant(behind, below) or domain or suffix or behind).take(wanted, time_ns)
        if suffix is None and domain is not None and service(wanted).obeyed and _is_free(domain, zone):
            return self._take_open(record, name, zone, (domain, wanted))
        return None

    def _take_open(self, record: Nxdomain, name: str, zone: str | None, key: tuple[str, str]) -> Alert | None:
        seen = self._open.see(key)
        seen.take(record, name, zone)
        time_ns = record["time_ns"]
        if seen.is_told or time_ns < seen.first_ns + AGAIN_NS or not self._limit.allows(time_ns):
            return None
        seen.is_told = True
        domain, wanted = key
        text = f"{wanted} is looked for in {domain}, which nobody has registered"
        return Alert(time_ns, "open-to-registration", text, seen.row(domain, wanted))

    def _take_name(self, name: str, zone: str | None, time_ns: int) -> None:
        """A name that is no service's."""
        suffix = internal(name)
        if name.find(".") == len(name) - 1 and (suffix is None or name == "localhost."):
            self._take_label(name, time_ns)
        else:
            self._take_leak(name, zone, time_ns, suffix, registrable(name))

    def _take_leak(
        self, name: str, zone: str | None, time_ns: int, suffix: str | None, domain: str | None
    ) -> None:
        """A name with its internal suffix and its registrable domain."""
        leaked = _leaked(name, zone, suffix)
        if leaked is None:
            inner = None if domain is None else _inner(name, zone, domain)
            if inner is not None:
                self._suffixes.see(inner).take(name, time_ns, inside=True)
        elif suffix is None and (kind := _noise(leaked)) is not None:
            self._noise.setdefault(kind, Names()).take(name, time_ns)
        elif suffix is None and is_mistyped_suffix(name):
            self._mistyped.see(leaked).take(name, time_ns)
        else:
            self._suffixes.see(leaked).take(name, time_ns)

    def _take_label(self, name: str, time_ns: int) -> None:
        label = name[:-1]
        if not label:
            return
        if (kind := _noise(name)) is not None:
            self._noise.setdefault(kind, Names()).take(name, time_ns)
        elif len(label) in PROBE_LENGTHS and label.isascii() and label.isalpha() and label not in _HOSTS:
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
                "leaks",
                "Internal names that leak",
                _LEAK_COLUMNS,
                self._suffixes,
                _leak_row,
                _LEAK_NOTE,
                rank=lambda each: each.rank,
            ),
            _section(
                "mistyped",
                "Typing errors of top-level domains",
                _MISTYPED_COLUMNS,
                self._mistyped,
                lambda suffix, each: {"suffix": suffix, **each.row(), "examples": list(each.examples)},
                rank=lambda each: each.rank,
            ),
            _section(
                "labels",
                "Single labels",
                _LABEL_COLUMNS,
                self._labels,
                lambda label, each: {"label": label, **each.times()},
            ),
            Section("signals", "Signals and probes", _SIGNAL_COLUMNS, _rows(self._signals), _SIGNAL_NOTE),
            Section("noise", "Noise at the root", _SIGNAL_COLUMNS, _rows(self._noise), _NOISE_NOTE),
            Section(
                "probes",
                "Single labels of 7 to 15 letters",
                _PROBE_COLUMNS,
                [self._probes.row()] if self._probes.look_ups else [],
                "Browsers probe their resolver with random ones, so they are counted and not shown.",
            ),
        ]


def _leaked(name: str, zone: str | None, suffix: str | None) -> str | None:
    """The suffix of a name that was meant for inside and asked for outside; None for others.

    An internal suffix, unless a server inside answered, that has a zone in it; or a top-level domain that
    doesn't exist, since the root denies it.
    """
    if suffix is not None:
        inside = zone is not None and within(zone, suffix) and not suffix.endswith(".arpa.")
        return None if inside else suffix
    return None if zone != "." or known_suffix(name) else name[name.rfind(".", 0, -1) + 1 :]


# What stands before another domain and is no host's label there: defaults of systems (`internal`).
_INNER = frozenset(("lan", "local", "localdomain", "mshome", "novalocal", "openstacklocal", "workgroup"))


def _inner(name: str, zone: str | None, domain: str) -> str | None:
    """The internal suffix inside a name that a search list made longer: lan. in nas.lan.example.com."""
    # The host's name, the suffix, and perhaps labels of the search list.
    labels = name[: -len(domain) - 1].split(".")[1:]
    if _INNER.isdisjoint(labels) or (zone is not None and not within(domain, zone)):
        return None
    return next(f"{label}." for label in reversed(labels) if label in _INNER)


# Ends of a domain inside another; a label of two letters may be a country's, or a host's.
_GENERIC = frozenset(("biz", "com", "edu", "gov", "info", "net", "org"))


def _meant(domain: str, behind: str | None) -> str | None:
    """The domain that was meant where a search list put its own one, which is registrable, behind it."""
    if behind is None or len(behind) >= len(domain):
        return None
    labels = domain[: -len(behind) - 1].split(".")
    if _GENERIC.isdisjoint(labels[1:]):
        return None
    at = next(at for at, label in enumerate(labels) if at and label in _GENERIC)
    return registrable(".".join(labels[: at + 1]) + ".")


def _noise(suffix: str) -> str | None:
    """What a top label is that nobody means as one; None for one that somebody may."""
    label = suffix[:-1]
    if label.isdigit():
        return "numbers"
    return None if label.isascii() and label.replace("-", "").replace("_", "").isalnum() else "octets"


def _is_free(domain: str, zone: str | None) -> bool:
    """Whether the zone that denies a name is the one that its domain would be registered in, or above."""
    if zone is None or zone == ".":  # the root denies top-level domains
        return False
    return within(domain.partition(".")[2], zone) and is_open(domain)


def _service_row(name: str, tally: Tally, domains: int) -> dict[str, Any]:
    known = service(name)
    return {
        "service": name,
        "kind": known.kind,
        "what": known.what,
        "source": known.source,
        "domains": domains,
        **tally.times(),
    }


def _open_row(key: tuple[str, str], each: Open) -> dict[str, Any]:
    return each.row(*key)


def _rows(found: dict[str, Names]) -> list[dict[str, Any]]:
    return [{"kind": kind, **each.row()} for kind, each in sorted(found.items())]


def _leak_row(suffix: str, each: Names) -> dict[str, Any]:
    return {
        "suffix": suffix,
        "known": internal(suffix) is not None,
        **each.row(),
        "inside": each.inside,
        "examples": list(each.examples),
    }


def _section(
    name: str,
    title: str,
    columns: Sequence[Column],
    found: Sightings[K, V],
    row: Callable[[K, V], dict[str, Any]],
    note: str = "",
    rank: Callable[[V], Any] = lambda each: each.look_ups,
) -> Section:
    """Most look-ups first, otherwise as they are kept; a row is made only of what is shown."""
    busiest = nlargest(ROWS_MAX, found.items(), key=lambda item: rank(item[1]))
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
_LEAK_NOTE = (
    "Unknown suffixes are top-level domains that don't exist, mostly a network's own. Most names first. "
    "Inside: look-ups with another domain behind the suffix."
)
_SIGNAL_NOTE = (
    "Resolvers tell their trust anchors, and programs ask whether a resolver lies: nobody wants an answer."
)
_NOISE_NOTE = "Names that end in numbers, addresses mostly, or in octets that no name of a host has."
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
    Column("days", "days", number, right=True),
    Column("inside", "inside", number, right=True),
    *SEEN,
    Column("examples", "for example", ", ".join),
)
_MISTYPED_COLUMNS = tuple(column for column in _LEAK_COLUMNS if column.key not in ("known", "inside"))
_LABEL_COLUMNS = (Column("label", "label"), _LOOKUPS, *SEEN)
_SIGNAL_COLUMNS = (
    Column("kind", "kind"),
    _LOOKUPS,
    Column("names", "names, about", number, right=True),
    *SEEN,
)
_PROBE_COLUMNS = (_LOOKUPS, Column("names", "labels, about", number, right=True), *SEEN)
