"""Zones that look like blocklists and are on no list: by what is asked below the SOA's owner. Pure.

Reversed addresses give one away, as nothing else but reverse zones is asked for them. Domains don't: a
search list makes www.example.com.corp.example. of whatever a desktop looks up. But that asks for hosts,
single labels and AAAA too, while a mail server asks a blocklist for A or TXT of registrable domains only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nxcast.consumers.names.blocklists import ADDRESS, DOMAIN, MIXED, is_no_blocklist
from nxcast.consumers.names.domains import known_suffix, registrable
from nxcast.consumers.questions.dnsbl.subjects import reversed_address
from nxcast.consumers.questions.dnsbl.tracks import kept_as
from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.consumers.questions.loop.sightings import Sightings

__all__ = ["Candidate", "Unknown"]

ONCE, AGAIN = 512, 1024  # candidates, at 1.5 KiB each: 2.3 MB
ADDRESSES_MIN = 5  # distinct ones; one server that is set up wrongly asks for its own over and over
DOMAINS_MIN = 20  # distinct ones; names below a provider's zone that end in a top-level domain come singly
SHARE_MIN = 0.95  # of what is asked below the zone has the look of a blocklist's
ZONE_MAX = 100  # characters of a zone's name; the longest of the list has 31, and a flood's are kept often
LABELS_MIN = 2  # of a zone's name; the root and top-level domains are no blocklists
_ASKED = (1, 16)  # A and TXT (RFC 5782 section 2.1)


class Candidate:
    """What was asked below one SOA's owner, since the first that looked like a blocklist's."""

    __slots__ = ("addresses", "asked", "distinct", "domains", "first_ns", "last_ns")

    def __init__(self) -> None:
        self.asked = 0
        self.addresses = 0  # look-ups of the form of an address
        self.domains = 0  # look-ups of the form of a domain
        self.distinct = Distinct()  # of both forms
        self.first_ns = 0
        self.last_ns = 0

    @property
    def share(self) -> float:
        """Which part has the look of a blocklist's."""
        return (self.addresses + self.domains) / self.asked if self.asked else 0.0

    @property
    def is_likely(self) -> bool:
        """Whether it looks like a blocklist."""
        enough = ADDRESSES_MIN if self.addresses > self.domains else DOMAINS_MIN
        return self.distinct.filled >= enough and self.share >= SHARE_MIN

    @property
    def kind(self) -> str:
        """What it is asked about."""
        if self.addresses and self.domains:
            return MIXED
        return ADDRESS if self.addresses else DOMAIN


class Unknown:
    """Candidates by zone."""

    def __init__(self) -> None:
        self._candidates: Sightings[str, Candidate] = Sightings(ONCE, AGAIN, Candidate)

    @property
    def forgotten(self) -> int:
        """Candidates of more than one look-up that had to go."""
        return self._candidates.forgotten

    def see(self, qname: str, qtype: int, soa_rrname: str, time_ns: int) -> str | None:
        """Take a look-up in no zone of the list; the part before the zone if that looks like a blocklist."""
        if not qname.endswith(f".{soa_rrname}") or len(soa_rrname) > ZONE_MAX:
            return None
        if soa_rrname.count(".") < LABELS_MIN:
            return None
        part = qname[: -len(soa_rrname) - 1]
        form = _form(part) if qtype in _ASKED else None
        if form is None:
            candidate = self._candidates.get(soa_rrname)
            if candidate is not None:
                candidate.asked += 1
            return None
        if not _can_be_one(soa_rrname):
            return None
        candidate = self._candidates.see(soa_rrname)
        candidate.asked += 1
        if form == ADDRESS:
            candidate.addresses += 1
        else:
            candidate.domains += 1
        candidate.distinct.add(part)
        candidate.first_ns = candidate.first_ns or time_ns
        candidate.last_ns = max(candidate.last_ns, time_ns)
        return part if candidate.is_likely else None

    def likely(self) -> list[tuple[str, Candidate]]:
        """Those that look like blocklists."""
        return [(zone, candidate) for zone, candidate in self._candidates.items() if candidate.is_likely]

    def dump(self) -> Iterable[tuple[str, list[Any]]]:
        """All that it knows, as (key, what msgpack can pack)."""
        for zone, one in self._candidates.items():
            counts = [one.asked, one.addresses, one.domains, one.first_ns, one.last_ns]
            yield zone, [*counts, one.distinct.dump()]

    def load(self, zone: str, value: Any) -> None:
        """Take one entry of what `dump` gave; ValueError for anything else."""
        one = self._candidates.see(zone)
        *counts, registers = kept_as("candidate", value)
        one.asked, one.addresses, one.domains, one.first_ns, one.last_ns = counts
        if not 0 < one.addresses + one.domains <= one.asked:
            raise ValueError(f"counts that can't be for {zone!r}")
        one.distinct = Distinct.load(registers)
        if one.addresses + one.domains > 1:
            self._candidates.see(zone)  # so that it is among those seen again


def _form(part: str) -> str | None:
    """Whether the part before a zone has the form of an address, or of a registrable domain."""
    if "." not in part:
        return None
    if reversed_address(part) is not None:
        return ADDRESS
    name = f"{part}."
    if "\\" not in part and known_suffix(name) and registrable(name) == name:
        return DOMAIN
    return None


def _can_be_one(zone: str) -> bool:
    """Whether a zone could be a blocklist: someone registered it, and it isn't known to be something else."""
    return registrable(zone) is not None and not is_no_blocklist(zone)
