"""What an NXDOMAIN response denies, and the denials that a resolver heard from authorities, by name.

Rule 1: names here are in uncompressed wire form (RFC 1035 section 3.1), in lower case wherever they are
compared. Length octets are at most 63, below the letters, so `bytes.lower` folds a wire form (RFC 4343).
Rule 2: no octets raise. What can't be read is one of `REASONS`.
Rule 3: walks are bounded: `RECORDS_MAX` records of a section, `ALIASES_MAX` aliases, 127 labels a name.
Rule 4: a denial covers the name that its aliases end at (RFC 6604 section 3) and the names below that (RFC
8020), within the zone that its SOA names, and an authority denies only within the zone it was asked as.
"""

from __future__ import annotations

import struct
from typing import Final

from nxcast.producers.dnstap.recent import Recent
from nxcast.schemas.codes import OPCODE_QUERY, RCODE_NXDOMAIN, TYPE_CNAME, TYPE_SOA
from nxcast.schemas.message import HEADER_SIZE, POINTER, UNREADABLE, rcode, skip_name, wire_name
from nxcast.schemas.names import LABEL_MAX, NAME_MAX
from nxcast.schemas.units import MILLISECOND_NS, SECOND_NS

__all__ = [
    "QNAME",
    "REASONS",
    "SERVER",
    "Asked",
    "Denial",
    "Denials",
    "Heard",
    "asked_in",
    "is_nxdomain",
    "is_within",
    "read",
]

FRESH_NS = 300 * MILLISECOND_NS
"""Nanoseconds from a denial to the client's answer that it caused: 0.1 ms at the median, 5 ms at the 99th
percentile (Unbound), 16 ms (BIND); the rest is for resolvers under load."""
SLACK_NS = 10 * MILLISECOND_NS
"""Nanoseconds that the client's answer may be dated before its denial: BIND's clock ticks in 4 ms, and two
programs of one host (a resolver and a load balancer) take the time at other moments."""
TTL_MAX_S = 10_800  # seconds: three hours, the most that RFC 2308 section 5 recommends

# Of one section. A chain of 16 aliases, each with its DNAME and two signatures, has 64 records; a negative
# answer has at most 8 (RFC 5155 section 7.2.2: SOA, three NSEC3 and their signatures).
RECORDS_MAX = 64
ALIASES_MAX = 16  # of a chain that are followed; Unbound gives up at 11

# Names that were denied; 440 octets each, worst (long ones, TIMES_MAX servers) 2.5 KiB: 28 MiB, worst 157.
DENIALS_MAX = 65_536
# Times at which one name was denied that are told apart: what was heard while a client's answer waited.
TIMES_MAX = 4

REASONS = {
    "unreadable": "NXDOMAIN whose question, answer or SOA can't be read",
    "many_records": f"NXDOMAIN with over {RECORDS_MAX} records in its answer section",
    "no_soa": "NXDOMAIN without an SOA: no negative cache keeps it (RFC 2308 section 5)",
}
"""Why an NXDOMAIN response says too little; complete."""

_COUNTS = struct.Struct("!3H").unpack_from  # QDCOUNT ANCOUNT NSCOUNT, at octet 4
_TYPE_CLASS = struct.Struct("!2H").unpack_from
_RECORD = struct.Struct("!HHIH").unpack_from  # TYPE CLASS TTL RDLENGTH, RFC 1035 section 4.1.3
_RECORD_SIZE = 10  # octets
_MINIMUM = struct.Struct("!I").unpack_from  # the last field of an SOA's RDATA, RFC 1035 section 3.3.13
_SOA_RDATA_MIN = 22  # octets: two root names and five numbers
_FLAGS = 0xF8  # QR and OPCODE in a header's third octet, RFC 1035 section 4.1.1
_RESPONSE = 0x80 | OPCODE_QUERY << 3


# Plain tuples, since these are made for each message: a named one costs 0.3 microseconds.
Asked = tuple[bytes, int, int, int]
"""The question of a response: qname as it was written, qtype, qclass, and the offset (octets) after it."""

Denial = tuple[bytes, bytes, bytes, int]
"""What an NXDOMAIN denies: the name that does not exist (the qname, or where its aliases end; folded), the
owner of the SOA, folded and as it was written, and min(SOA's TTL, MINIMUM) in seconds, at most TTL_MAX_S
(RFC 2308 section 5)."""


Heard = tuple[int, int, int, bytes | None, bytes, bytes]
"""One name's denials by one server, none more than FRESH_NS from the next: times of the first and the last,
and when the last one's negative TTL is over (nanoseconds); the server's address, 4 or 16 octets; the SOA's
owner, folded; and the question that was denied, as it was written."""
SERVER: Final = 3
QNAME: Final = 5
"""Places in a Heard."""


def is_nxdomain(message: bytes) -> bool:
    """Whether it is a response to a QUERY with the full RCODE 3 (RFC 6891 section 6.1.3)."""
    return (
        len(message) >= HEADER_SIZE
        and message[3] & 0x0F == RCODE_NXDOMAIN
        and message[2] & _FLAGS == _RESPONSE
        and rcode(message) == RCODE_NXDOMAIN
    )


def asked_in(message: bytes) -> Asked | None:
    """The question of a message of at least 12 octets, if it has one with a valid, uncompressed name."""
    if message[4] or message[5] != 1:
        return None
    position = HEADER_SIZE
    try:
        while length := message[position]:
            position += length + 1
            if length > LABEL_MAX or position >= HEADER_SIZE + NAME_MAX:
                return None
        position += 1
        qtype, qclass = _TYPE_CLASS(message, position)
    except UNREADABLE:
        return None
    return message[HEADER_SIZE:position], qtype, qclass, position + 4


def read(message: bytes, name: bytes, end: int) -> Denial | str:
    """What an NXDOMAIN denies, or one of REASONS; `name` is its folded qname, `end` as `asked_in` has it."""
    try:
        return _read(message, name, end)
    except UNREADABLE:
        return "unreadable"


def is_within(name: bytes, apex: bytes) -> bool:
    """Whether a name is equal to or below another, label by label; both folded."""
    return name.endswith(apex) and _is_label(name, len(name) - len(apex))


class Denials:
    """Denials that a resolver heard, by the name denied; those of names not used lately are forgotten."""

    def __init__(self, most: int = DENIALS_MAX) -> None:
        self._heard: Recent[bytes, tuple[Heard, ...]] = Recent(most)

    def __len__(self) -> int:
        """How many names there are denials of."""
        return len(self._heard)

    def add(self, time_ns: int, server: bytes | None, qname: bytes, denial: Denial) -> None:
        """Keep what a server denied; the denial is in its bailiwick, which is for the caller to know."""
        name, soa, _, ttl_s = denial
        until_ns = time_ns + ttl_s * SECOND_NS
        kept = self._heard.get(name)
        if kept is None:  # as most are
            self._heard.put(name, ((time_ns, time_ns, until_ns, server, soa, qname),))
            return
        first_ns = last_ns = time_ns
        for each in kept:
            first, last, until, its_server, its_soa, _ = each
            near = first - FRESH_NS <= time_ns <= last + FRESH_NS
            if near and its_server == server and its_soa == soa:
                kept = tuple(other for other in kept if other is not each)
                first_ns = min(first_ns, first)
                last_ns = max(last_ns, last)
                until_ns = max(until_ns, until)
                break
        heard = (first_ns, last_ns, until_ns, server, soa, qname)
        self._heard.put(name, (*kept[1 - TIMES_MAX :], heard))

    def fresh(self, time_ns: int, name: bytes, soa: bytes) -> Heard | None:
        """The latest denial of this very name that can have caused a client's answer of this time."""
        for heard in reversed(self._heard.get(name) or ()):
            if heard[0] - SLACK_NS <= time_ns <= heard[1] + FRESH_NS and heard[4] == soa:
                return heard
        return None

    def covering(self, time_ns: int, name: bytes, soa: bytes) -> tuple[Heard | None, Heard | None]:
        """A fresh denial of a name or of one above it in the zone, else one whose TTL is not over."""
        cached = None
        end = len(name) - len(soa)
        position = 0
        while position <= end:
            for heard in reversed(self._heard.get(name[position:]) or ()):
                first_ns, last_ns, until_ns, _, its_soa, _ = heard
                if its_soa != soa:
                    continue
                if first_ns - SLACK_NS <= time_ns <= last_ns + FRESH_NS:
                    return heard, None
                if cached is None and first_ns <= time_ns < until_ns:
                    cached = heard
            position += name[position] + 1
        return None, cached


def _read(message: bytes, qname: bytes, position: int) -> Denial | str:
    _, ancount, nscount = _COUNTS(message, 4)
    name = qname
    if ancount:
        if ancount > RECORDS_MAX:
            return "many_records"
        name, position = _end_of_aliases(message, position, ancount, qname)
    for _ in range(nscount if nscount < RECORDS_MAX else RECORDS_MAX):
        owner = position
        position = position + 2 if message[position] >= POINTER else skip_name(message, position)
        rrtype, _, ttl_s, size = _RECORD(message, position)
        position += _RECORD_SIZE + size
        if rrtype == TYPE_SOA:
            if size < _SOA_RDATA_MIN:
                return "unreadable"
            (minimum_s,) = _MINIMUM(message, position - 4)  # raises where the RDATA is cut
            # A TTL with its top bit set is large, not negative (RFC 8767 section 4).
            if ttl_s > minimum_s:
                ttl_s = minimum_s
            soa = _owner(message, owner, len(qname))
            return name, soa.lower(), soa, ttl_s if ttl_s < TTL_MAX_S else TTL_MAX_S
    return "no_soa"


def _end_of_aliases(message: bytes, position: int, ancount: int, name: bytes) -> tuple[bytes, int]:
    """Where the CNAMEs of an answer lead to from a folded name, and the offset after the answer section.

    Servers write a chain in its order (RFC 1034 section 4.3.2), and a CNAME with each DNAME (RFC 6672
    section 3.1).
    """
    aliases = 0
    for _ in range(ancount):
        owner = position
        position = skip_name(message, position)
        rrtype, _, _, size = _RECORD(message, position)
        position += _RECORD_SIZE
        if rrtype == TYPE_CNAME and aliases < ALIASES_MAX and wire_name(message, owner)[0].lower() == name:
            name = wire_name(message, position)[0].lower()
            aliases += 1
        position += size
    return name, position


def _owner(message: bytes, position: int, qname_size: int) -> bytes:
    """A record's owner as it was written: mostly just a pointer to a label of the question's name."""
    start = (message[position] << 8 | message[position + 1]) ^ POINTER << 8
    end = HEADER_SIZE + qname_size
    if HEADER_SIZE <= start < end:
        label = HEADER_SIZE
        while label < start:
            label += message[label] + 1
        if label == start:
            return message[start:end]
    return wire_name(message, position)[0]


def _is_label(name: bytes, start: int) -> bool:
    """Whether a label of a name, the root among them, starts at this offset."""
    position = 0
    while position < start:
        position += name[position] + 1
    return position == start
