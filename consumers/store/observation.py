"""What a record of a channel tells the store: RRsets that were seen, and a question that failed. Pure.

Each record ends in one outcome: `answered`, `nodata`, `failed`, `denial` (an NXDOMAIN response on
dns-errors/, whose failure nxdomain/ tells, so that only its alias chain is taken) or a reason of DROPPED. So

    received = answered + nodata + failed + denial + sum of dropped

Without a zone that the server was asked for, or of a forwarder, RRsets are unverified and are kept apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, NamedTuple

from nxcast.consumers.store.bailiwick import ANY, Derived, RRset, alias_target, rrsets_of
from nxcast.consumers.store.sections import Sections, sections_of
from nxcast.schemas.codes import CLASS_IN, OPCODE_QUERY, RCODE_NOERROR, RCODE_NXDOMAIN, TYPE_SOA
from nxcast.schemas.message import UNREADABLE
from nxcast.schemas.names import name_wire
from nxcast.schemas.units import SECOND_NS

__all__ = ["DROPPED", "OUTCOMES", "ROOT", "Failure", "Observation", "observed"]

ROOT = b"\0"
CACHED = 8192  # names, and addresses, whose octets are remembered; at most 1.5 KB each, 12 MB
AHEAD_MAX_S = 86_400  # seconds that a sensor's clock may be ahead, a day; else its times would never age
TRUNCATED = 0x02  # TC, in octet 2, RFC 1035 section 4.1.1

ANSWERED, NODATA, FAILED, DENIAL = "answered", "nodata", "failed", "denial"
OUTCOMES = (ANSWERED, NODATA, FAILED, DENIAL)
NO_QUESTION, NOT_IN, NOT_QUERY, CUT, BAD, NOTHING, UNTIMELY = (
    "no_question",
    "class",
    "opcode",
    "truncated",
    "unreadable",
    "nothing",
    "untimely",
)
DROPPED = (NO_QUESTION, NOT_IN, NOT_QUERY, CUT, BAD, NOTHING, UNTIMELY)
"""Why a record gives nothing: nobody knows what was asked; not class IN; not QUERY; TC is 1; its sections can
not be read; none of its records counts; its time is over a day ahead."""


NONE_DROPPED: Mapping[str, int] = MappingProxyType({})


class Failure(NamedTuple):
    """A question that failed: name asked for, type, RCODE (0: NODATA), zone, the SOA's owner, the server."""

    qname: bytes
    qtype: int
    rcode: int
    zone: bytes
    soa: bytes | None
    server: bytes


class Observation(NamedTuple):
    """What one record gives."""

    outcome: str
    time_s: int = 0  # seconds since 1970-01-01 UTC
    zone: bytes | None = None  # None where it is not known, or a resolver answered
    rrsets: Sequence[RRset] = ()
    failure: Failure | None = None
    dropped: Mapping[str, int] = NONE_DROPPED  # records that do not count, by reason


def observed(record: Mapping[str, Any], now_s: float) -> Observation:
    """What a validated record of nxdomain/, dns-errors/ or answers/ gives; `now_s`: seconds since 1970."""
    time_s = record["time_ns"] // SECOND_NS
    if time_s > now_s + AHEAD_MAX_S:
        return Observation(UNTIMELY)
    reason = _objection(record)
    if reason is not None:
        return Observation(reason)
    qname = _wire(record["qname"])
    zone = _zone(record.get("query_zone"))
    if "response" not in record:
        return Observation(FAILED, time_s, failure=_failure(record, qname, RCODE_NXDOMAIN, zone))
    rcode = record.get("rcode", RCODE_NOERROR)
    try:
        sections = sections_of(record["response"])
    except UNREADABLE:
        if rcode in (RCODE_NOERROR, RCODE_NXDOMAIN):
            return Observation(BAD)
        sections = Sections({}, {}, {})
    verified = None if record.get("forwarder") else zone
    derived = rrsets_of(sections, qname, record["qtype"], ROOT if verified is None else verified)
    rrsets: Sequence[RRset] = derived.answer  # the chain of aliases to what failed
    failure = None
    if rcode == RCODE_NOERROR:
        rrsets = derived.answer + derived.authority + derived.additional
        outcome = ANSWERED if rrsets else NOTHING
        if _is_nodata(sections, derived, qname, record["qtype"]):
            outcome, failure = NODATA, _failure(record, qname, rcode, zone, _soa(derived))
    elif rcode == RCODE_NXDOMAIN:
        outcome = DENIAL
    else:
        outcome, failure = FAILED, _failure(record, qname, rcode, zone, _soa(derived))
    return Observation(outcome, time_s, verified, rrsets, failure, derived.dropped)


def _objection(record: Mapping[str, Any]) -> str | None:
    if record["qname"] is None or record["qtype"] is None:
        return NO_QUESTION
    if record["qclass"] != CLASS_IN:
        return NOT_IN
    if record.get("opcode", OPCODE_QUERY) != OPCODE_QUERY:
        return NOT_QUERY
    return CUT if "response" in record and record["response"][2] & TRUNCATED else None


def _is_nodata(sections: Sections, derived: Derived, qname: bytes, qtype: int) -> bool:
    """Whether there is an SOA, and no record of the type at the end of the chain (RFC 2308 section 2.2)."""
    if not derived.authority or qtype == ANY or _soa(derived) is None:
        return False
    ends = (qname, alias_target(derived.answer, qname))
    return not any(owner in ends and rrtype == qtype for owner, rrtype, _ in sections.answer)


def _soa(derived: Derived) -> bytes | None:
    return next((each.owner for each in derived.authority if each.rrtype == TYPE_SOA), None)


def _failure(
    record: Mapping[str, Any], qname: bytes, rcode: int, zone: bytes | None, soa: bytes | None = None
) -> Failure:
    soa = soa or _zone(record.get("soa_rrname"))
    server = _packed(record["response_ip"])
    return Failure(qname, record["qtype"], rcode, zone or soa or _above(qname), soa, server)


def _above(qname: bytes) -> bytes:
    """The name without its first label: where random names have one parent, it stands for their zone."""
    return qname[qname[0] + 1 :] or ROOT


def _zone(name: str | None) -> bytes | None:
    return None if name is None else _wire(name)


@lru_cache(CACHED)
def _wire(name: str) -> bytes:
    """A name, of which most come again and again, in wire form and lower case."""
    return name_wire(name).lower()


@lru_cache(CACHED)
def _packed(address: str) -> bytes:
    return ip_address(address).packed
