"""DNS messages made by hand, octet for octet, so that tests can also make the ones no library would."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal

from nxcast.schemas.frames import Frame
from nxcast.schemas.names import name_wire

A, NS, CNAME, SOA, MX, TXT, AAAA, OPT = 1, 2, 5, 6, 15, 16, 28, 41
IN = 1
TIME_NS = 1_700_000_000_123_456_789
AUTHORITY = bytes([192, 33, 14, 30])


def question(qname: str | bytes = "gdsrr.com.", qtype: int = MX, qclass: int = IN) -> bytes:
    return _wire(qname) + struct.pack("!2H", qtype, qclass)


def record(owner: str | bytes, rrtype: int, rdata: bytes, *, ttl: int = 0, rrclass: int = IN) -> bytes:
    return _wire(owner) + struct.pack("!HHIH", rrtype, rrclass, ttl, len(rdata)) + rdata


def soa(owner: str | bytes = "com.") -> bytes:
    return record(
        owner, SOA, name_wire("a.example.") + name_wire("b.example.") + struct.pack("!5I", 1, 2, 3, 4, 5)
    )


def opt(extended_rcode: int = 0, *, options: bytes = b"") -> bytes:
    return record(".", OPT, options, ttl=extended_rcode << 24, rrclass=1232)


def message(
    rcode: int = 3,
    *,
    questions: Sequence[bytes] | None = None,
    answers: Sequence[bytes] = (),
    authorities: Sequence[bytes] = (),
    additionals: Sequence[bytes] = (),
    opcode: int = 0,
    response: bool = True,
    truncated: bool = False,
    counts: tuple[int, int, int, int] | None = None,
) -> bytes:
    """A message of ID 0x1234; without `questions` it asks for gdsrr.com. MX."""
    sections = [[question()] if questions is None else questions, answers, authorities, additionals]
    flags = response << 15 | opcode << 11 | truncated << 9 | rcode
    header = struct.pack("!6H", 0x1234, flags, *(counts or map(len, sections)))
    return header + b"".join(octets for section in sections for octets in section)


def frame(response: bytes, *, kind: Literal[1, 3, 4, 7] = 1, query: bytes | None = None) -> Frame:
    return (TIME_NS, kind, AUTHORITY, 53, 6 if kind == 4 else 17, None, None, query, response)


def _wire(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name_wire(name)
