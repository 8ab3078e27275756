"""The records of a DNS message, by section, each in the one form that the same record always has. Pure.

Names are uncompressed and in lower case, those inside RDATA too, so that the same RRset from two servers, or
with capitals at random, is the same octets (RFC 4034 section 6.2). RDATA that breaks its type's layout is
None: one bad record must not hide its neighbours. A walk that would leave the message raises one of
`message.UNREADABLE`.
"""

from __future__ import annotations

import struct
from typing import NamedTuple, TypeAlias

from nxcast.schemas.codes import TYPE_OPT
from nxcast.schemas.message import HEADER_SIZE, POINTER, UNREADABLE, skip_name, wire_name

__all__ = ["NAMED_TYPES", "Section", "Sections", "canonical", "names_in", "sections_of"]

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
NAMED_TYPES = SERVICE.union(NAMES_IN_RDATA, (NAPTR,))
"""Types with names in their RDATA."""
SOA, SOA_REST = 6, 20  # octets after its names: five numbers, RFC 1035 section 3.3.13

_QNAME = bytes([POINTER, HEADER_SIZE])  # a pointer to the question's name
_COUNTS = struct.Struct("!4H").unpack_from  # QDCOUNT ANCOUNT NSCOUNT ARCOUNT, at octet 4
_RECORD = struct.Struct("!HHIH").unpack_from  # TYPE CLASS TTL RDLENGTH, RFC 1035 section 4.1.3
_RECORD_SIZE = 10  # octets


Section: TypeAlias = dict[tuple[bytes, int, int], list[bytes | None]]
"""By owner (wire form, lower case), type and class the canonical RDATA of each record, None for a bad one."""


class Sections(NamedTuple):
    """The three sections that have records."""

    answer: Section
    authority: Section
    additional: Section


def sections_of(message: bytes) -> Sections:
    """All records but OPT; raises one of UNREADABLE where counts or lengths lead beyond the message's end."""
    qdcount, *counts = _COUNTS(message, 4)
    position = HEADER_SIZE
    owners: dict[bytes, bytes] = {}  # by the two octets of a bare pointer to them
    if qdcount:
        qname, position = wire_name(message, position)
        owners[_QNAME] = qname.lower()
        position += 4
    for _ in range(qdcount - 1):
        position = skip_name(message, position) + 4
    found: list[Section] = []
    for count in counts:
        section: Section = {}
        for _ in range(count):
            owner = owners.get(message[position : position + 2])
            if owner is None:
                owner, position = _owner(message, position, owners)
            else:
                position += 2
            rrtype, rrclass, _, rdlength = _RECORD(message, position)
            start = position + _RECORD_SIZE
            position = start + rdlength
            if position > len(message):
                raise IndexError("RDATA beyond the end")
            if rrtype == TYPE_OPT:  # in nearly all, and no data
                continue
            if SIZES.get(rrtype) == rdlength:  # most
                rdata: bytes | None = message[start:position]
            else:
                rdata = canonical(message, rrtype, start, position)
            key = owner, rrtype, rrclass
            if key in section:
                section[key].append(rdata)
            else:
                section[key] = [rdata]
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


def _owner(message: bytes, position: int, owners: dict[bytes, bytes]) -> tuple[bytes, int]:
    """The owner at an offset, and what follows it; one that a bare pointer leads to is remembered."""
    if not message[position]:  # OPT's
        return b"\0", position + 1
    if message[position] >= POINTER:
        target = (message[position] & 0x3F) << 8 | message[position + 1]
        # One that leads forward raises at its own place.
        name, _ = wire_name(message, min(target, position))
        owner = owners[message[position : position + 2]] = name.lower()
        return owner, position + 2
    name, after = wire_name(message, position)
    return name.lower(), after
