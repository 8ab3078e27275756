"""Which records of a response count, and for which zone: the bailiwick rule. Pure.

A server is believed for names in the zone that the resolver asked it for, the bailiwick, and for nothing
else: so nobody can put a record of another's domain into the store. In their order:

1. class IN; the owner within the zone;
2. answer: each RRset, so each link of an alias chain that is within the zone, also of a response that failed;
3. authority: NS, SOA and DS at the name asked for or above it (a referral's bailiwick is the zone asked);
4. additional: A and AAAA of names that an accepted NS, MX or SRV leads to;
5. records of DNSSEC but DS only where they were asked for; none that is no data (OPT, TSIG, ANY ...).

What does not count is counted by reason. Names are in wire form and lower case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from nxcast.consumers.store.sections import Section, Sections
from nxcast.schemas.codes import CLASS_IN, TYPE_A, TYPE_CNAME, TYPE_NS, TYPE_OPT, TYPE_SOA

__all__ = ["ANY", "DROPPED_RECORDS", "Derived", "RRset", "alias_target", "rrsets_of", "within"]

AAAA, MX, SRV, DS, ANY = 28, 15, 33, 43, 255
AUTHORITY = (TYPE_NS, TYPE_SOA, DS)
# SIG KEY NXT RRSIG NSEC DNSKEY NSEC3 NSEC3PARAM CDS CDNSKEY: RFC 4034, 5155, 7344, and 2535 before them.
DNSSEC = frozenset((24, 25, 30, 46, 47, 48, 50, 51, 59, 60))
META = frozenset((0, TYPE_OPT, *range(128, 256)))  # QTYPEs and pseudo-records, RFC 6895 section 3.1
_TARGET_AT = {TYPE_NS: 0, MX: 2, SRV: 6}  # octet of RDATA where the name of a host begins

OUTSIDE, CLASS, RDATA, TYPE, PLACE, UNNAMED = "outside", "class", "rdata", "type", "place", "unnamed"
DROPPED_RECORDS = (OUTSIDE, CLASS, RDATA, TYPE, PLACE, UNNAMED)
"""Why a record does not count: its owner is outside of the zone; not class IN; RDATA that breaks its type; a
type that is no data or was not asked for; not where it belongs; glue that nothing accepted leads to."""


Objection = Callable[[bytes, int], str | None]
"""Why records of an owner and type do not belong where they are."""


class RRset(NamedTuple):
    """All RDATA that one response has of an owner and a type, sorted."""

    owner: bytes
    rrtype: int
    rdata: tuple[bytes, ...]


class Derived(NamedTuple):
    """What counts of a response, and what does not, by reason."""

    answer: list[RRset]
    authority: list[RRset]
    additional: list[RRset]
    dropped: dict[str, int]


def rrsets_of(sections: Sections, qname: bytes, qtype: int, zone: bytes) -> Derived:
    """What counts of a response to this question, asked of a server of this zone."""
    dropped: dict[str, int] = {}
    answer = _accepted(sections.answer, zone, qtype, dropped, None)
    if not (sections.authority or sections.additional):
        return Derived(answer, [], [], dropped)

    def misplaced(owner: bytes, rrtype: int) -> str | None:
        return None if rrtype in AUTHORITY and within(qname, owner) else PLACE

    authority = _accepted(sections.authority, zone, qtype, dropped, misplaced)
    named = {
        rdata[_TARGET_AT[rrset.rrtype] :]
        for rrset in (*answer, *authority)
        if rrset.rrtype in _TARGET_AT
        for rdata in rrset.rdata
    }

    def unnamed(owner: bytes, rrtype: int) -> str | None:
        return None if rrtype in (TYPE_A, AAAA) and owner in named else UNNAMED

    additional = _accepted(sections.additional, zone, qtype, dropped, unnamed)
    return Derived(answer, authority, additional, dropped)


def within(name: bytes, zone: bytes) -> bool:
    """Whether a name is a zone's apex or below it, label by label: octets inside a label mean nothing."""
    if not name.endswith(zone):
        return False
    position, start = 0, len(name) - len(zone)
    while position < start:
        position += name[position] + 1
    return position == start


def alias_target(answer: Iterable[RRset], qname: bytes) -> bytes:
    """Where the chain of aliases from a name ends, as far as it is there (RFC 1034 section 3.6.2)."""
    links = {each.owner: each.rdata[0] for each in answer if each.rrtype == TYPE_CNAME}
    for _ in range(len(links)):  # a chain that circles ends too
        qname = links.get(qname, qname)
    return qname


def _accepted(
    section: Section, zone: bytes, qtype: int, dropped: dict[str, int], objection: Objection | None
) -> list[RRset]:
    """The RRsets of a section that count; what does not is counted by reason."""
    found = []
    for (owner, rrtype, rrclass), records in section.items():
        if rrclass != CLASS_IN:
            reason: str | None = CLASS
        elif not within(owner, zone):
            reason = OUTSIDE
        elif rrtype in META or (rrtype in DNSSEC and qtype not in (rrtype, ANY)):
            reason = TYPE
        else:
            reason = objection and objection(owner, rrtype)
        if reason is not None:
            dropped[reason] = dropped.get(reason, 0) + len(records)
            continue
        rdata = [each for each in records if each is not None]
        if len(rdata) < len(records):
            dropped[RDATA] = dropped.get(RDATA, 0) + len(records) - len(rdata)
        if rdata:
            found.append(RRset(owner, rrtype, tuple(sorted(set(rdata)) if rdata[1:] else rdata)))
    return found
