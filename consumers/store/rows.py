r"""Rows as octets: keys in the order that the store is read in, values that merge in any order. Pure.

    r NAME type ZONE (u16 length, RDATA)...   an RRset of a zone asked:    first, last, count
    u NAME type 00 (u16 length, RDATA)...     the same, unverified
    f NAME type rcode ZONE                    a question that failed:      first, last, count, SOA, servers
    z ZONE                                    rows of failures in a zone, and those beyond the bound as one
    m about, m account, m position            what the store is, what it was given, where its stream goes on

NAME and ZONE are labels from the root on, each with its length octet, and 00: so that a name, its zone's
other names and all below it are one range. Numbers in keys are big-endian. Values are msgpack; first and last
are seconds since 1970-01-01 UTC, first = min, last = max, count = sum: merging is associative and
commutative, so the rows of many stores can be merged. Layout 2; layout 1 had no indexes (`indexes`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import msgpack

from nxcast.consumers.store.bailiwick import RRset
from nxcast.consumers.store.observation import ROOT, Failure

__all__ = [
    "ABOUT",
    "ACCOUNT",
    "FAILURES",
    "LAYOUT",
    "NOTHING_SEEN",
    "POSITION",
    "RRSETS",
    "UNVERIFIED",
    "FailureRow",
    "RRsetRow",
    "Seen",
    "failure_key",
    "failure_row",
    "merged_failure",
    "merged_rrset",
    "name_at",
    "name_end",
    "pack",
    "prefixed",
    "reversed_name",
    "rrset_key",
    "rrset_prefix",
    "rrset_row",
    "seen_in",
    "seen_of",
    "span_below",
    "zone_key",
]

LAYOUT = 2
RRSETS, UNVERIFIED, FAILURES, ZONES = b"r", b"u", b"f", b"z"
ABOUT, ACCOUNT, POSITION = b"mabout", b"maccount", b"mposition"
CACHED = 8192  # names, and keys' beginnings, that are remembered; at most 700 octets and 1.2 KB each, 16 MB
SERVERS_MAX = 8  # servers of a failure; those with the lowest addresses stay, so that merging has one result

_U16 = struct.Struct("!H")
_CODES = struct.Struct("!HH")

Seen: TypeAlias = tuple[int, ...]
"""First, last, count, and the first and last of zone files where there were any. Python's collector of cycles
walks no tuples of numbers, as it would lists, again and again."""

NOTHING_SEEN: Seen = (0, 0, 0, 0, 0)
pack = msgpack.Packer().pack


@dataclass(frozen=True, slots=True)
class RRsetRow:
    """An RRset as it is kept; names in wire form, times in seconds, 0: none; zone None: unverified."""

    owner: bytes
    rrtype: int
    zone: bytes | None
    rdata: tuple[bytes, ...]
    first: int
    last: int
    count: int
    zone_first: int = 0  # of imported zone files
    zone_last: int = 0


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A question that failed as it is kept; `rcode` 0 is NODATA; servers are 4 or 16 octets each."""

    qname: bytes
    qtype: int
    rcode: int
    zone: bytes
    first: int
    last: int
    count: int
    soa: bytes | None
    servers: tuple[bytes, ...]


def reversed_name(name: bytes) -> bytes:
    """A name in wire form with its labels from the root on, and 00; the same again gives the name back."""
    labels = []
    position = 0
    while length := name[position]:
        end = position + length + 1
        labels.append(name[position:end])
        position = end
    labels.reverse()
    labels.append(b"\0")
    return b"".join(labels)


_reversed = lru_cache(CACHED)(reversed_name)  # of names that come again and again


def rrset_key(rrset: RRset, zone: bytes | None) -> bytes:
    """The key of an RRset; without a zone that of an unverified one."""
    owner, rrtype, rdata = rrset
    return _home(owner, rrtype, zone) + b"".join([_U16.pack(len(each)) + each for each in rdata])


@lru_cache(CACHED)
def _home(owner: bytes, rrtype: int, zone: bytes | None) -> bytes:
    """What the keys of an owner's RRsets of a type and zone begin with; most come again and again."""
    table = UNVERIFIED if zone is None else RRSETS
    return b"".join([table, reversed_name(owner), _U16.pack(rrtype), _reversed(zone or ROOT)])


def rrset_prefix(owner: bytes, rrtype: int) -> bytes:
    """What comes after the table's letter in the keys of all RRsets of an owner and type."""
    return reversed_name(owner) + _U16.pack(rrtype)


def span_below(table: bytes, name: bytes) -> tuple[bytes, bytes]:
    """The first key of a name and all below it, and the first after them; the root's are all of a table."""
    start = table + reversed_name(name)[:-1]
    return start, start + b"\x40"  # what follows is the length of a label, at most 63, or 00


def prefixed(prefix: bytes) -> tuple[bytes, bytes]:
    """The first key that begins so, and the first after all that do; one octet at least is not FF."""
    kept = prefix.rstrip(b"\xff")
    return prefix, kept[:-1] + bytes([kept[-1] + 1])


def rrset_row(key: bytes, value: bytes) -> RRsetRow:
    """A row of RRSETS or UNVERIFIED."""
    owner, position = name_at(key, 1)
    (rrtype,) = _U16.unpack_from(key, position)
    zone, position = name_at(key, position + 2)
    rdata = []
    while position < len(key):
        (length,) = _U16.unpack_from(key, position)
        position += 2 + length
        rdata.append(key[position - length : position])
    return RRsetRow(owner, rrtype, zone if key[:1] == RRSETS else None, tuple(rdata), *msgpack.unpackb(value))


def merged_rrset(one: Seen, other: Seen) -> Seen:
    """Values of two rows of one key as one; zone times where either has them."""
    last, other_last = one[1], other[1]
    merged = (_least(one[0], other[0]), last if last > other_last else other_last, one[2] + other[2])
    if len(one) == len(other) == len(merged):  # as nearly all
        return merged
    zone, other_zone = one[3:], other[3:]
    if zone and other_zone:
        zone = (_least(zone[0], other_zone[0]), max(zone[1], other_zone[1]))
    return merged + (zone or other_zone)


def seen_of(row: Any) -> Seen:
    """When and how often a row was seen, as `merged_rrset` merges it: the value that is kept of an RRset."""
    return row.first, row.last, row.count, row.zone_first, row.zone_last


def seen_in(value: bytes) -> Seen:
    """The value of an RRset's row, as it is kept."""
    return tuple(msgpack.unpackb(value))


def failure_key(failure: Failure) -> bytes:
    """The key of a failure."""
    codes = _CODES.pack(failure.qtype, failure.rcode)
    return FAILURES + _reversed(failure.qname) + codes + _reversed(failure.zone)


def failure_row(key: bytes, value: bytes) -> FailureRow:
    """A row of FAILURES."""
    qname, position = name_at(key, 1)
    qtype, rcode = _CODES.unpack_from(key, position)
    zone, _ = name_at(key, position + 4)
    first, last, count, soa, servers = msgpack.unpackb(value)
    return FailureRow(qname, qtype, rcode, zone, first, last, count, soa, tuple(servers))


def merged_failure(one: list[Any], other: list[Any]) -> list[Any]:
    """Values of two rows of one key as one; the SOA of the later one, where it has any."""
    early, late = sorted((one, other), key=lambda each: (each[1], each[3] or b""))
    servers = sorted({*one[4], *other[4]})[:SERVERS_MAX]
    return [_least(one[0], other[0]), late[1], one[2] + other[2], late[3] or early[3], servers]


def zone_key(zone: bytes) -> bytes:
    """The key of a zone's account of failures."""
    return ZONES + reversed_name(zone)


def _least(one: int, other: int) -> int:
    """The earlier of two times, of which 0 is none."""
    if one and other:
        return one if one < other else other
    return one or other


def name_at(key: bytes, position: int) -> tuple[bytes, int]:
    """The name, in wire form, that is kept reversed at an octet of a key, and the octet after it."""
    end = name_end(key, position)
    return reversed_name(key[position:end]), end


def name_end(key: bytes, position: int) -> int:
    """The octet after the name at an octet of a key."""
    while length := key[position]:
        position += length + 1
    return position + 1
