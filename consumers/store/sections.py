"""The records of a DNS message, by section, each in the one form that the same record always has. Pure.

Names are uncompressed and in lower case, those inside RDATA too, so that the same RRset from two servers, or
with capitals at random, is the same octets (RFC 4034 section 6.2). RDATA that breaks its type's layout is
None: one bad record must not hide its neighbours. A walk that would leave the message raises one of
`message.UNREADABLE`.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from nxcast.schemas.message import HEADER_SIZE, POINTER, UNREADABLE, skip_name, wire_name

__all__ = ["NAMED_TYPES", "Record", "Sections", "canonical", "names_in", "sections_of"]

# By type, where names are in its RDATA: octets before them, and how many follow one another. What comes after
# them is kept as it is. Those of RFC 1035 section 3.3, and those that RFC 3597 section 4 names; types that
# came later have no compression (RFC 3597 section 4), and their case is kept.
NAMES_IN_RDATA = {
    2: (0, 1),  # NS
    3: (0, 1),  # MD
    4: (0, 1),  # MF
    5: (0, 1),  # CNAME
    6: (0, 2),  # SOA
    7: (0, 1),  # MB
    8: (0, 1),  # MG
    9: (0, 1),  # MR
    12: (0, 1),  # PTR
    14: (0, 2),  # MINFO
    15: (2, 1),  # MX
    17: (0, 2),  # RP
    18: (2, 1),  # AFSDB
    21: (2, 1),  # RT
    26: (2, 2),  # PX
    33: (6, 1),  # SRV
    36: (2, 1),  # KX
    39: (0, 1),  # DNAME
}
NAPTR, NAPTR_FIXED, NAPTR_STRINGS = (
    35,
    4,
    3,
)  # order and preference, three strings, then its name (RFC 3403)
SIZES = {1: 4, 28: 16}  # octets of RDATA that has one size: A (RFC 1035), AAAA (RFC 3596)
SERVICE, PRIORITY = (
    frozenset((64, 65)),
    2,
)  # SVCB, HTTPS: octets before the target's name, RFC 9460 section 2.2
NAMED_TYPES = (*NAMES_IN_RDATA, NAPTR, *sorted(SERVICE))
"""Types with names in their RDATA."""
SOA, SOA_REST = 6, 20  # octets after its names: five numbers, RFC 1035 section 3.3.13

_COUNTS = struct.Struct("!4H").unpack_from  # QDCOUNT ANCOUNT NSCOUNT ARCOUNT, at octet 4
_RECORD = struct.Struct("!HHIH").unpack_from  # TYPE CLASS TTL RDLENGTH, RFC 1035 section 4.1.3
_RECORD_SIZE = 10  # octets


class Record(NamedTuple):
    """One record: owner in wire form and lower case, type, class, canonical RDATA or None for a bad one."""

    owner: bytes
    rrtype: int
    rrclass: int
    rdata: bytes | None


class Sections(NamedTuple):
    """The three sections that have records."""

    answer: list[Record]
    authority: list[Record]
    additional: list[Record]


def sections_of(message: bytes) -> Sections:
    """All records of a message; raises one of UNREADABLE where its counts or lengths lead beyond its end."""
    qdcount, *counts = _COUNTS(message, 4)
    position = HEADER_SIZE
    for _ in range(qdcount):
        position = skip_name(message, position) + 4
    found: list[list[Record]] = []
    owners: dict[int, bytes] = {}  # by the offset that a bare pointer leads to
    for count in counts:
        section = []
        for _ in range(count):
            owner, position = _owner(message, position, owners)
            rrtype, rrclass, _, rdlength = _RECORD(message, position)
            start = position + _RECORD_SIZE
            position = start + rdlength
            if position > len(message):
                raise IndexError("RDATA beyond the end")
            section.append(Record(owner, rrtype, rrclass, canonical(message, rrtype, start, position)))
        found.append(section)
    return Sections(*found)


def canonical(message: bytes, rrtype: int, start: int, end: int) -> bytes | None:
    """RDATA of octets `start` to `end`, names uncompressed, in lower case; None if it breaks its type."""
    size = SIZES.get(rrtype)
    if size is not None:
        return message[start:end] if end - start == size else None
    try:
        if rrtype in NAMES_IN_RDATA:
            before, names = NAMES_IN_RDATA[rrtype]
            return _with_names(message, start, end, before, names, rest=SOA_REST if rrtype == SOA else 0)
        if rrtype == NAPTR:
            before = _after_strings(message, start) - start
            return _with_names(message, start, end, before, 1, rest=0)
    except UNREADABLE:
        return None
    return message[start:end]


def names_in(rrtype: int, rdata: bytes) -> tuple[bytes, ...]:
    """The names inside canonical RDATA, in lower case; none where its type has none or is broken."""
    if rrtype not in NAMED_TYPES:
        return ()
    position, names = NAMES_IN_RDATA.get(rrtype, (PRIORITY, 1))
    found = []
    try:
        if rrtype == NAPTR:
            position = _after_strings(rdata, 0)
        for _ in range(names):
            name, position = wire_name(rdata, position)
            found.append(name.lower())
    except UNREADABLE:
        return ()
    return tuple(found)


def _after_strings(message: bytes, start: int) -> int:
    """Where the name of NAPTR's RDATA begins."""
    position = start + NAPTR_FIXED
    for _ in range(NAPTR_STRINGS):
        position += message[position] + 1
    return position


def _with_names(message: bytes, start: int, end: int, before: int, names: int, *, rest: int) -> bytes | None:
    position = start + before
    parts = [message[start:position]]
    for _ in range(names):
        if position >= end:
            return None
        name, position = wire_name(message, position)
        parts.append(name.lower())
    if end - position != rest:
        return None
    return b"".join([*parts, message[position:end]])


def _owner(message: bytes, position: int, owners: dict[int, bytes]) -> tuple[bytes, int]:
    """The owner at an offset, and what follows it; most are a bare pointer to one that was read before."""
    if not message[position]:  # OPT's
        return b"\0", position + 1
    if message[position] >= POINTER:
        target = (message[position] & 0x3F) << 8 | message[position + 1]
        known = owners.get(target)
        if known is None:
            # One that leads forward raises at its own place.
            name, _ = wire_name(message, min(target, position))
            known = owners[target] = name.lower()
        return known, position + 2
    name, after = wire_name(message, position)
    return name.lower(), after
