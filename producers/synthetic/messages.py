"""DNS messages as servers and resolvers write them: the encoder of invented ones. Pure.

Names come as text in plain ASCII without escapes ('www.example.com', '' is the root) and are compressed as
RFC 1035 section 4.1.4 has it, without regard to case, so that a record's owner points into the question and
so repeats its capitals. OPT goes last (RFC 6891 section 6.1.1).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["AA", "QR", "TC", "Record", "encode", "opt", "soa"]
__all__ += ["AAAA", "CNAME", "DS", "IN", "MX", "NS", "PTR", "SOA", "SRV", "TXT", "A"]

# Types: RFC 1035 section 3.2.2, AAAA RFC 3596, SRV RFC 2782, OPT RFC 6891, DS RFC 4034.
A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, OPT, DS = 1, 2, 5, 6, 12, 15, 16, 28, 33, 41, 43
IN = 1
QR, AA, TC = 0x8000, 0x0400, 0x0200  # flags of a header's second word, RFC 1035 section 4.1.1

_POINTER = 0xC000  # the two top bits of a compression pointer
_POINTER_MAX = 0x3FFF  # octets; the 14 bits of an offset
_header = struct.Struct("!6H").pack
_question = struct.Struct("!2H").pack
_record = struct.Struct("!HHI").pack
_u16 = struct.Struct("!H").pack


class Record(NamedTuple):
    """A resource record of class IN; `rdata` in pieces: octets as they are, text as a name to compress."""

    owner: str
    rrtype: int
    ttl: int  # seconds
    rdata: tuple[bytes | str, ...]


def soa(zone: str, serial: int, negative_ttl: int) -> Record:
    """The SOA of a zone as a negative answer carries it, its TTL cut to the minimum (RFC 2308 section 3)."""
    suffix = f".{zone}" if zone else ""
    timers = struct.pack("!5I", serial, 7200, 900, 1_209_600, negative_ttl)
    return Record(zone, SOA, negative_ttl, (f"ns1{suffix}", f"hostmaster{suffix}", timers))


def opt(udp_size: int, extended_rcode: int = 0, options: bytes = b"") -> bytes:
    """An OPT record: the top 8 bits of the full RCODE, version 0, no flags (RFC 6891 section 6.1.3)."""
    return b"\0" + struct.pack("!HHIH", OPT, udp_size, extended_rcode << 24, len(options)) + options


def encode(
    flags: int,
    question: tuple[str, int] | None,
    answers: Sequence[Record] = (),
    authorities: Sequence[Record] = (),
    additionals: Sequence[Record] = (),
    opt: bytes = b"",
) -> bytes:
    """A message of ID 0. `flags` is the header's second word, `question` (qname, qtype), or None for none."""
    counts = (len(answers), len(authorities), len(additionals) + bool(opt))
    message = bytearray(_header(0, flags, question is not None, *counts))
    places: dict[bytes, int] = {}
    if question is not None:
        _put_name(message, places, question[0])
        message += _question(question[1], IN)
    for section in (answers, authorities, additionals):
        for record in section:
            _put_record(message, places, record)
    return bytes(message + opt)


def _put_record(message: bytearray, places: dict[bytes, int], record: Record) -> None:
    _put_name(message, places, record.owner)
    message += _record(record.rrtype, IN, record.ttl)
    length_at = len(message)
    message += b"\0\0"
    for piece in record.rdata:
        if isinstance(piece, str):
            _put_name(message, places, piece)
        else:
            message += piece
    message[length_at : length_at + 2] = _u16(len(message) - length_at - 2)


def _put_name(message: bytearray, places: dict[bytes, int], name: str) -> None:
    """Write a name, as far as it has not been written before; `places` keeps each suffix's offset."""
    rest = name.encode("ascii")
    folded = rest.lower()
    while folded:
        place = places.get(folded)
        if place is not None:
            message += _u16(_POINTER | place)
            return
        if len(message) <= _POINTER_MAX:
            places[folded] = len(message)
        label, _, rest = rest.partition(b".")
        message.append(len(label))
        message += label
        folded = folded[len(label) + 1 :]
    message.append(0)
