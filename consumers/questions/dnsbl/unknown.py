"""Zones that look like blocklists and are on no list: by what is asked below the SOA's owner. Pure.

A mail server asks for A or TXT of reversed addresses, domains, host names or hashes, each behind or before
the same key where there is one. What else has that look:

- A search list makes www.example.com.corp.example. of whatever a desktop looks up. That asks for single
  labels and AAAA too, mostly for www, and often after the name itself was denied.
- Mail servers ask a dial-up host's name forward, which may be 7.2.0.192.dial.example., for A and AAAA, and
  after the address was asked for its name.
- A resolver's cache answers for AAAA what A was denied, so the other type may stay hidden. So what was asked
  by itself just before speaks against a list, unless the zone is called one (dnsbl, rbl).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from zlib import crc32

from nxcast.consumers.names.blocklists import (
    ADDRESS,
    DOMAIN,
    HASH,
    HOST,
    is_called_list,
    is_no_blocklist,
)
from nxcast.consumers.names.domains import known_suffix, registrable
from nxcast.consumers.questions.dnsbl.subjects import is_hash, is_step, reversed_address
from nxcast.consumers.questions.dnsbl.tracks import KEYS_MAX, kept_as
from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.schemas.units import SECOND_NS

__all__ = ["Candidate", "Unknown"]

ONCE, AGAIN = 512, 1024  # candidates, at 1.5 KiB each: 2.3 MB
ADDRESSES_MIN = 5  # distinct ones; one server that is set up wrongly asks for its own over and over
DOMAINS_MIN = 20  # distinct ones, of hashes too; names below a provider's zone that end so come singly
HOSTS_MIN = 30  # distinct domains of host names, where no name says that the zone is a list
SHARE_MIN = 0.95  # of what is asked below the zone has the look of a blocklist's
WWW_MAX, WWW_CALLED_MAX = 0.5, 0.8  # of the host names are called www, as what people type is
BY_ITSELF_MAX = 0.5  # of what is asked below the zone was asked by itself just before
KIND_MIN = 0.05  # of what is asked is of a kind that is told
ZONE_MAX = 100  # characters of a zone's name; the longest of the list has 31, and a flood's are kept often
LABELS_MIN = 2  # of a zone's name; the root and top-level domains are no blocklists
KEY_MIN = 10  # characters of a key, with two digits and two letters among them
BEFORE_NS = 10 * SECOND_NS  # a resolver gives up on one name, and its client asks for the next
BEFORE_MAX = 8192  # names, 250 octets each: 2 MB; 10 s of 800 failing look-ups a second
CACHED = 4_096  # parts of names with their forms, at worst 2.5 KiB each
_ASKED = (1, 16)  # A and TXT (RFC 5782 section 2.1)
_REVERSE = (".in-addr.arpa.", ".ip6.arpa.")


class Candidate:
    """What was asked below one SOA's owner, since the first that looked like a blocklist's."""

    __slots__ = (
        *("addresses", "asked", "by_itself", "distinct", "domains", "first_ns", "hashes", "hosts"),
        *("is_called", "keys", "last_ns", "www"),
    )

    def __init__(self) -> None:
        self.asked = 0
        self.addresses = 0  # look-ups of the form of an address
        self.domains = 0  # of the form of a registrable domain
        self.hosts = 0  # of the form of a host's name below one
        self.hashes = 0
        self.www = 0  # of the hosts, called www
        self.by_itself = 0  # asked by itself just before
        self.keys: tuple[int, ...] = ()  # of customers, their CRC-32
        self.is_called = False  # whether its name says that it is a list
        self.distinct = Distinct()  # of all forms; the domains of hosts
        self.first_ns = 0
        self.last_ns = 0

    @property
    def look_ups(self) -> int:
        """Those that have the look of a blocklist's."""
        return self.addresses + self.domains + self.hosts + self.hashes

    @property
    def share(self) -> float:
        """Which part has that look."""
        return self.look_ups / self.asked if self.asked else 0.0

    @property
    def is_likely(self) -> bool:
        """Whether it looks like a blocklist."""
        look_ups = self.look_ups
        if look_ups < SHARE_MIN * self.asked or self.distinct.filled < ADDRESSES_MIN:
            return False
        if 2 * self.addresses > look_ups:
            enough = ADDRESSES_MIN
        elif self._are_hosts and not self.is_called:
            enough = HOSTS_MIN
        else:
            enough = DOMAINS_MIN
        if self.distinct.filled < enough:
            return False
        if self._are_hosts and self.www > (WWW_CALLED_MAX if self.is_called else WWW_MAX) * self.hosts:
            return False
        return self.is_called or self.by_itself <= BY_ITSELF_MAX * look_ups

    @property
    def kind(self) -> str:
        """What it is asked about."""
        names = HOST if self._are_hosts else DOMAIN
        counts = {names: self.domains + self.hosts, ADDRESS: self.addresses, HASH: self.hashes}
        return ", ".join(kind for kind, count in counts.items() if count > KIND_MIN * self.look_ups)

    @property
    def _are_hosts(self) -> bool:
        return self.hosts > KIND_MIN * self.look_ups

    def add(self, form: str, what: str) -> None:
        """Count a look-up of this form."""
        self.distinct.add(registrable(f"{what}.") or what if form == HOST else what)
        if form == ADDRESS:
            self.addresses += 1
        elif form == DOMAIN:
            self.domains += 1
        elif form == HASH:
            self.hashes += 1
        else:
            self.hosts += 1
            self.www += what.startswith("www.")

    def knows(self, key: str) -> bool:
        """Whether a key is one of the few of a network, and not a label that always changes."""
        if not key:
            return True
        mark = crc32(key.encode())
        if mark not in self.keys and len(self.keys) < KEYS_MAX:
            self.keys += (mark,)
        return mark in self.keys


class Unknown:
    """Candidates by zone."""

    def __init__(self) -> None:
        self._candidates: Sightings[str, Candidate] = Sightings(ONCE, AGAIN, Candidate)
        # When what was denied by itself, by sensor: a name, or the labels of an address asked for its name,
        # with a dot behind.
        # Not kept with the state, since it is of the last seconds.
        self._before: OrderedDict[tuple[str, str], int] = OrderedDict()

    @property
    def forgotten(self) -> int:
        """Candidates of more than one look-up that had to go."""
        return self._candidates.forgotten

    def see(self, qname: str, qtype: int, soa_rrname: str, time_ns: int, sensor: str = "") -> str | None:
        """Take a look-up in no zone of the list; what is asked about if the zone looks like a blocklist.

        That is the part of the name before the zone, without a customer's key.
        """
        before = self._before_of(qname, time_ns, sensor)
        if soa_rrname.count(".") < LABELS_MIN or len(soa_rrname) > ZONE_MAX:
            return None
        if not qname.endswith(f".{soa_rrname}"):
            return None
        part = qname[: -len(soa_rrname) - 1]
        form, what, key = _form(part) if qtype in _ASKED else _NONE
        candidate = self._candidates.get(soa_rrname)
        if not form or (candidate is not None and not candidate.knows(key)):
            if candidate is not None and not is_step(part):
                candidate.asked += 1
            return None
        if not _can_be_one(soa_rrname):
            return None
        candidate = self._candidates.see(soa_rrname)
        if not candidate.asked:
            candidate.is_called = is_called_list(soa_rrname)
            candidate.knows(key)
        candidate.asked += 1
        candidate.add(form, what)
        candidate.by_itself += time_ns - before.get((sensor, f"{what}."), -BEFORE_NS) < BEFORE_NS
        candidate.first_ns = candidate.first_ns or time_ns
        candidate.last_ns = max(candidate.last_ns, time_ns)
        return what if candidate.is_likely else None

    def likely(self) -> list[tuple[str, Candidate]]:
        """Those that look like blocklists."""
        return [(zone, candidate) for zone, candidate in self._candidates.items() if candidate.is_likely]

    def dump(self) -> Iterable[tuple[str, list[Any]]]:
        """All that it knows, as (key, what msgpack can pack)."""
        for zone, one in self._candidates.items():
            forms = [one.addresses, one.domains, one.hosts, one.hashes]
            counts = [one.asked, *forms, one.www, one.by_itself, one.first_ns, one.last_ns]
            yield zone, [*counts, list(one.keys), one.distinct.dump()]

    def load(self, zone: str, value: Any) -> None:
        """Take one entry of what `dump` gave; ValueError for anything else."""
        one = self._candidates.see(zone)
        one.asked, *counts, one.first_ns, one.last_ns, keys, registers = kept_as("candidate", value)
        one.addresses, one.domains, one.hosts, one.hashes, one.www, one.by_itself = counts
        if not 0 < one.look_ups <= one.asked:
            raise ValueError(f"counts that can't be for {zone!r}")
        one.keys = tuple(keys)
        one.is_called = is_called_list(zone)
        one.distinct = Distinct.load(registers)
        if one.look_ups > 1:
            self._candidates.see(zone)  # so that it is among those seen again

    def _before_of(self, qname: str, time_ns: int, sensor: str) -> OrderedDict[tuple[str, str], int]:
        """What was asked by itself until now; this name is from now on."""
        if qname.endswith(_REVERSE):
            qname = qname[: qname.rfind(".", 0, -len("arpa.") - 1) + 1]
        self._before[sensor, qname] = time_ns
        if len(self._before) > BEFORE_MAX:
            self._before.popitem(last=False)
        return self._before


_NONE = ("", "", "")


@lru_cache(CACHED)
def _form(part: str) -> tuple[str, str, str]:
    """What the part before a zone has the form of, that without a key, and the key; empty where of none."""
    if form := _plain_form(part):
        return form, part, ""
    first, _, behind = part.partition(".")
    before, _, last = part.rpartition(".")
    for key, rest in ((last, before), (first, behind)):
        if _is_key(key) and (keyed := _plain_form(rest)):
            return keyed, rest, key
    return _NONE


def _plain_form(part: str) -> str:
    """The same of a part without a key."""
    if is_hash(part):
        return HASH if len(set(part)) > len(part) // 4 else ""  # else it counts, and was not computed
    if "." not in part or "\\" in part:
        return ""
    if reversed_address(part) is not None:
        return ADDRESS
    rest, _, last = part.rpartition(".")
    if last[:1] == "_":  # hash._email, name._vouch (RFC 5518)
        return HASH if is_hash(rest) else ""
    name = f"{part}."
    domain = registrable(name) if known_suffix(name) else None
    if domain is None or "_" in part:
        return ""
    return DOMAIN if domain == name else HOST


def _is_key(label: str) -> bool:
    """Whether a label may be a customer's key: drawn from letters and digits, and no word."""
    if len(label) < KEY_MIN or not (label.isascii() and label.isalnum()):
        return False
    digits = sum(map(str.isdigit, label))
    return 2 <= digits <= len(label) - 2 and not is_hash(label)


def _can_be_one(zone: str) -> bool:
    """Whether a zone could be a blocklist: someone registered it, and it isn't known to be something else."""
    return registrable(zone) is not None and not is_no_blocklist(zone)
