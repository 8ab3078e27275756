"""Which domains don't exist, and yet someone keeps trying to send mail to them. Pure.

A domain is judged by the SOA's owner. A public suffix, or what is above one, says that the domain is not
registered: a candidate. The domain itself, or a zone below it, says that only this host is missing. The
latest evidence wins: a domain that got a zone of its own has been registered, and one that is silent for
longer than ever may have been. What passes the thresholds and is no candidate is left out, and shown with the
reason. Behind a resolver that minimises, MX look-ups come as another type: such sensors are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nxcast.consumers.names.domains import is_private, registrable, within
from nxcast.consumers.names.fold import fold
from nxcast.consumers.names.internal import internal, is_reverse
from nxcast.consumers.questions.loop.findings import (
    SEEN,
    Alert,
    Column,
    Section,
    deaf_section,
    number,
    to_second,
)
from nxcast.consumers.questions.loop.look_ups import look_ups
from nxcast.consumers.questions.spamtrap.evidence import SOURCES_MAX, Evidence, Memory
from nxcast.consumers.questions.spamtrap.hearing import Hearing
from nxcast.consumers.questions.spamtrap.mailbox_providers import near
from nxcast.consumers.show.redact import redacted_text
from nxcast.schemas.records import Status
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import time_text

__all__ = ["DAYS", "MX", "QUERIES", "SOURCES", "Spamtrap"]

# NXDOMAIN is final, so most senders give up at once (RFC 5321 section 5.1); a resolver's retries and a run of
# mail that forged the domain as its sender are over in a day. Three days are three occasions.
DAYS = 3
QUERIES = 3  # one a day: resolvers keep an NXDOMAIN for 15 minutes (com.) to 3 hours (RFC 2308 section 5)
SOURCES = 2  # a single server or sensor could be the one that is wrong

MX = 15  # type of a query for a domain's mail servers (RFC 1035 section 3.2.2)
NOW = "now"  # key of the present in the state
SET_BACK_NS = 2 * 86_400 * SECOND_NS  # a record older than that comes of a clock that was set back
U64_MAX = (1 << 64) - 1

NAME_MAX = 254  # characters of a name without escapes: 255 octets on the wire (RFC 1035 section 2.3.4)
EXAMPLES_MAX = 3  # domains shown for a reason

# Domains remembered: seen once, again on the same day, on several days. An entry takes about 500 octets, so
# 120,000 candidates take 60 MB, and 10,000 for each of seven reasons to be left out 35 MB at most.
REMEMBERED = (60_000, 20_000, 40_000)
REMEMBERED_LEFT_OUT = (4_000, 2_000, 4_000)

CANDIDATE = "candidate"
MAILBOX = "mailbox"
SILENT = "silent"
NOW_REGISTERED = "now_registered"
REGISTERED = "registered"
NO_SUFFIX = "no_suffix"
INTERNAL = "internal"
PRIVATE = "private_suffix"
REVERSE = "reverse"
NO_SOA = "no_soa"
OTHER_SOA = "other_soa"
UNREGISTRABLE = "unregistrable"
REASONS = {
    MAILBOX: "a mailbox provider's, or a typing error away: people's private mail (--near)",
    SILENT: "silent for longer than ever: registered since, or given up",
    NOW_REGISTERED: "not registered at first, but since: it has a zone of its own",
    REGISTERED: "registered, only a host below it is missing",
    NO_SUFFIX: "no such top-level domain or public suffix",
    INTERNAL: "internal suffix, not meant for the public DNS",
    PRIVATE: "below a private suffix, not a registry's",
    REVERSE: "reverse zone",
    NO_SOA: "no SOA, so nobody says what is missing",
    OTHER_SOA: "the SOA is about another name, to which an alias led",
    UNREGISTRABLE: "characters or a length that no registry takes",
}
"""Why a domain is left out, by the word that JSON has."""

_Found = tuple[str, Evidence]


class Spamtrap:
    """Which domains are asked for their mail servers again and again, and are not registered.

    `days`, `queries` and `sources` (up to `SOURCES_MAX`) are how many of each a domain needs at least;
    `show_near` lists what is near a mailbox provider's too.
    """

    STATE_VERSION = 2  # 1 had no time of its own, and didn't tell a domain from a host below it
    STATE_OLDEST = 1

    def __init__(
        self, *, days: int = DAYS, queries: int = QUERIES, sources: int = SOURCES, show_near: bool = False
    ) -> None:
        self._days = days
        self._queries = queries
        self._sources = sources
        self._show_near = show_near
        self._now_ns = 0  # the present, by the records
        self._hearing = Hearing()
        self._candidates = Memory(*REMEMBERED)
        self._memories = {CANDIDATE: self._candidates}
        for reason in (REGISTERED, NO_SUFFIX, INTERNAL, REVERSE, NO_SOA, OTHER_SOA, UNREGISTRABLE):
            self._memories[reason] = Memory(*REMEMBERED_LEFT_OUT)

    def take(self, records: Sequence[Any]) -> list[Alert]:
        """Take records of nxdomain/ in, those of nxdomain/MX/ suffice; nothing here can't wait."""
        for record in look_ups(records):
            self._hearing.take(record)
            if record["qtype"] != MX or record.get("minimised"):
                continue
            time_ns = record["time_ns"]
            if time_ns > self._now_ns or self._now_ns - time_ns > SET_BACK_NS:
                self._now_ns = time_ns
            host = fold(record["qname"])
            soa = record["soa_rrname"]
            if soa is not None:
                soa = fold(soa)
            reason, domain = _judged(host, soa, record.get("denied"))
            if reason == REGISTERED and (known := self._candidates.get(domain)) is not None:
                known.register(time_ns)
            else:
                self._memories[reason].add(domain, record, host, soa)
        return []

    def hear(self, status: Status) -> None:
        """What the broker says of its sensors."""
        self._hearing.hear(status)

    def sections(self) -> list[Section]:
        """Candidates, what was left out, how far the thresholds hold the rest back, and who can't tell."""
        passed = {
            reason: [*filter(self._passes, memory.items())] for reason, memory in self._memories.items()
        }
        asked = dict(passed[CANDIDATE])
        found: dict[str, list[_Found]] = {}
        for first_reason, entries in passed.items():
            for domain, evidence in entries:
                reason = self._final_reason(first_reason, domain, evidence)
                if first_reason == CANDIDATE or domain not in asked:
                    found.setdefault(reason, []).append((domain, evidence))
        candidates = sorted(found.pop(CANDIDATE, ()), key=_rank)
        close = sorted(found.get(MAILBOX, ()), key=_rank) if self._show_near else []
        return [
            Section("candidates", "Spamtrap candidates", _CANDIDATE_COLUMNS, [*map(_row, candidates)], _NOTE),
            Section("near", "Near a mailbox provider", _NEAR_COLUMNS, [*map(_near_row, close)], _NEAR_NOTE),
            Section(
                "left_out",
                "Left out",
                _LEFT_OUT_COLUMNS,
                [
                    _left_out_row(reason, sorted(found[reason], key=_rank))
                    for reason in REASONS
                    if reason in found
                ],
                "what is asked for as often as the candidates are, and why it is none",
            ),
            Section("progress", "On the way", _PROGRESS_COLUMNS, self._progress(len(candidates))),
            deaf_section(self._hearing.deaf(), _DEAF_NOTE),
        ]

    @property
    def forgotten(self) -> int:
        """Domains dropped that were asked for more than once."""
        return sum(memory.forgotten for memory in self._memories.values())

    def dump(self) -> Iterator[tuple[str, Any]]:
        """The evidence: 'candidate example.com.', or a reason in front, and a list; and 'now', a time."""
        yield NOW, self._now_ns
        for reason, memory in self._memories.items():
            for domain, evidence in memory.items():
                yield f"{reason} {domain}", evidence.dump()

    def load(self, entries: Iterable[tuple[str, Any]]) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        for key, value in entries:
            if key == NOW:
                if type(value) is not int or not 0 <= value <= U64_MAX:
                    raise ValueError("no time")
                self._now_ns = value
                continue
            reason, _, domain = key.partition(" ")
            if reason not in self._memories:
                raise ValueError(f"no reason {reason!r}")
            self._memories[reason].load(domain, value)

    def _final_reason(self, reason: str, domain: str, evidence: Evidence) -> str:
        """The reason, with what is only found out for the few that pass: it costs more, or comes later."""
        if reason in (CANDIDATE, NO_SUFFIX):
            if is_private(domain):
                return PRIVATE
            if near(domain) is not None:
                return MAILBOX
        if evidence.registered_ns is not None:
            return NOW_REGISTERED
        return SILENT if reason == CANDIDATE and evidence.is_silent(self._now_ns) else reason

    def _passes(self, entry: _Found) -> bool:
        evidence = entry[1]
        return (
            evidence.days >= self._days
            and evidence.queries >= self._queries
            and evidence.sources >= self._sources
        )

    def _progress(self, candidates: int) -> list[dict[str, int]]:
        known = [evidence for _, evidence in self._candidates.items()]
        if not known:
            return []
        row = {
            "domains": len(known),
            "enough_queries": sum(evidence.queries >= self._queries for evidence in known),
            "enough_days": sum(evidence.days >= self._days for evidence in known),
            "enough_sources": sum(evidence.sources >= self._sources for evidence in known),
            "candidates": candidates,
        }
        return [row]


def _judged(host: str, soa: str | None, denied: str | None) -> tuple[str, str]:
    """What a name and the SOA's owner say, and of which domain or suffix; both folded.

    `denied` is the name that a server denied, where that is told.
    """
    if len(host) > NAME_MAX or "\\" in host:  # an escape: no letter, digit or hyphen
        return UNREGISTRABLE, redacted_text(host)[-NAME_MAX:]
    if is_reverse(host):
        return REVERSE, "in-addr.arpa." if within(host, "in-addr.arpa.") else "ip6.arpa."
    if (suffix := internal(host)) is not None:
        return INTERNAL, suffix
    domain = registrable(host)
    if domain is not None and not _is_registrable(domain):
        return UNREGISTRABLE, domain
    if not soa:
        return NO_SOA, domain or host
    if not within(host, soa):
        return OTHER_SOA, domain or host
    if domain is None or soa == ".":
        return NO_SUFFIX, domain or host
    if denied is not None and not within(host, fold(denied)):
        return OTHER_SOA, domain
    # What stands above a registrable domain is a public suffix, or above one. Unbound and BIND ask a suffix
    # with NSEC3 and opt-out for the whole name even where it has denied the domain, so which name it denied
    # says no more.
    return (CANDIDATE if len(soa) < len(domain) else REGISTERED), domain


def _is_registrable(domain: str) -> bool:
    """Letters, digits, and hyphens inside (RFC 5890 section 2.3.1); what is international has its A-label."""
    label = domain.partition(".")[0]
    letters = domain.replace("-", "").replace(".", "")
    return letters.isascii() and letters.isalnum() and label[:1] != "-" != label[-1:]


def _rank(entry: _Found) -> tuple[bool, int, int, int, str]:
    """Days count most: a burst makes many queries, and habit makes days.

    What is asked for as a host only comes last: servers ask for the names that others greet them with (HELO,
    RFC 5321 section 4.1.1.1), and mail goes to a domain.
    """
    domain, evidence = entry
    return not evidence.direct, -evidence.days, -evidence.queries, -evidence.last_ns, domain


def _row(entry: _Found) -> dict[str, Any]:
    domain, evidence = entry
    return {
        "domain": domain,
        "queries": evidence.queries,
        "days": evidence.days,
        "servers": list(evidence.servers),
        "sensors": list(evidence.sensors),
        "first_seen": time_text(evidence.first_ns),
        "last_seen": time_text(evidence.last_ns),
        "suffix": domain.partition(".")[2],
        "soa": evidence.soa,
        "hosts": list(evidence.hosts),
        "hosts_only": not evidence.direct,
    }


def _near_row(entry: _Found) -> dict[str, Any]:
    found = near(entry[0])
    return {**_row(entry), "provider": found and found.provider, "distance": found and found.distance}


def _left_out_row(reason: str, entries: list[_Found]) -> dict[str, Any]:
    return {
        "reason": reason,
        "why": REASONS[reason],
        "domains": len(entries),
        "queries": sum(evidence.queries for _, evidence in entries),
        "first_seen": time_text(min(evidence.first_ns for _, evidence in entries)),
        "last_seen": time_text(max(evidence.last_ns for _, evidence in entries)),
        "examples": [_example_text(reason, *entry) for entry in entries[:EXAMPLES_MAX]],
    }


def _example_text(reason: str, domain: str, evidence: Evidence) -> str:
    """A domain and, in brackets, what speaks for the reason."""
    if reason == MAILBOX:
        return f"{domain} ({_near_row((domain, evidence))['provider']})"
    if reason == OTHER_SOA:
        return f"{domain} (SOA {evidence.soa})"
    return f"{domain} ({evidence.hosts[0]})" if evidence.hosts else domain


def _count(values: Sequence[str]) -> str:
    return f"{len(values)}+" if len(values) == SOURCES_MAX else str(len(values))


_CANDIDATE_COLUMNS = (
    Column("domain", "domain"),
    Column("days", "days", number, right=True),
    Column("queries", "queries", number, right=True),
    Column("servers", "servers", _count, right=True),
    Column("sensors", "sensors", _count, right=True),
    *SEEN,
    Column("soa", "SOA"),
    Column("hosts_only", "asked as", lambda only: "host" if only else "domain"),
    Column("hosts", "hosts below it", ", ".join),
)
_NEAR_COLUMNS = (
    _CANDIDATE_COLUMNS[0],
    Column("days", "days", number, right=True),
    Column("queries", "queries", number, right=True),
    Column("provider", "near"),
    Column("distance", "slips", number, right=True),
    *SEEN,
)
_LEFT_OUT_COLUMNS = (
    Column("why", "reason"),
    Column("domains", "domains", number, right=True),
    Column("queries", "queries", number, right=True),
    Column("last_seen", "last seen", to_second),
    Column("examples", "such as", ", ".join),
)
_PROGRESS_COLUMNS = (
    Column("domains", "domains asked for", number, right=True),
    Column("enough_queries", "enough queries", number, right=True),
    Column("enough_days", "enough days", number, right=True),
    Column("enough_sources", "enough sources", number, right=True),
    Column("candidates", "candidates", number, right=True),
)
_DEAF_NOTE = (
    "their resolvers minimise query names (RFC 9156), and ask for A or NS where mail is meant: have the "
    "producer hear what clients ask, --questions client"
)
_NEAR_NOTE = "mail to these is meant for people at the provider: private, and no business of a trap"
_NOTE = (
    "not registered when last asked for; caches hide most queries. Before use: who had the domain, and whose "
    "mail would come?"
)
