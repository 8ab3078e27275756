"""The one walk through a DNS message: its RCODE, its question, the owner of its first authority SOA, its OPT.

Nothing else of a message is decoded. Records are stepped over by RDLENGTH, so that a bad RDATA hides nothing.
No read goes past the end, a compression pointer only ever leads back before the name's own start and before
the pointer's last target, so every walk ends; nothing recurses. What can't be read is None, never an error.
Messages are `bytes` of at least 12 octets, names come out as text (see `names`). Three raise: `skip_name`
and `name_at`, for walks that begin elsewhere, one of `UNREADABLE`; `name_of`, for a name alone, ValueError.
"""

from __future__ import annotations

import re
import struct

from nxcast.schemas.codes import TYPE_OPT, TYPE_SOA
from nxcast.schemas.names import LABEL_MAX, NAME_MAX, name_text

__all__ = [
    "HEADER_SIZE",
    "OPT_RCODE",
    "POINTER",
    "QR",
    "RD",
    "UNREADABLE",
    "Question",
    "has_records",
    "name_at",
    "name_of",
    "opt_options",
    "question",
    "rcode",
    "same_question",
    "skip_name",
    "soa_rrname",
    "wire_name",
]

HEADER_SIZE = 12  # octets, RFC 1035 section 4.1.1
QR, RD = 0x80, 0x01  # in octet 2, RFC 1035 section 4.1.1
POINTER = 0xC0  # the two top bits of a compression pointer, RFC 1035 section 4.1.4

OPT_RCODE = re.compile(rb"\x00\x29..[^\x00]", re.DOTALL)
"""Matches wherever an OPT record with extended RCODE bits may stand: type 41, any class (the UDP size), and a
TTL whose top octet is not 0. Without a match the header's RCODE is the whole one, and no walk is needed."""

# A whole uncompressed name with nothing to escape and labels up to 32 octets, as nearly all are: its text is
# its wire form with dots for the lengths, which none of its other octets can be taken for.
_plain_name = re.compile(
    b"(?:%b){0,127}+\\x00" % b"|".join([b"\\x%02x[!-\\-/-\\[\\]-~]{%d}" % (n, n) for n in range(1, 33)])
).match
_LENGTHS_TO_DOTS = bytes([ord(".") if octet <= 32 else octet for octet in range(256)])

_OPT_START = b"\x00\x00\x29"  # the root and type 41, RFC 6891 section 6.1.2
_COUNTS = struct.Struct("!4H").unpack_from  # QDCOUNT ANCOUNT NSCOUNT ARCOUNT, at octet 4
_TYPE_CLASS = struct.Struct("!2H").unpack_from
_RECORD = struct.Struct("!HHIH").unpack_from  # TYPE CLASS TTL RDLENGTH, RFC 1035 section 4.1.3
_RECORD_SIZE = 10  # octets
_NAME_END_MAX = HEADER_SIZE + NAME_MAX


Question = tuple[str, int, int]
"""The one question of a message: qname as text, qtype, qclass."""


class _WireError(ValueError):
    """The message breaks the format at the place the walk has come to."""


UNREADABLE = (IndexError, struct.error, _WireError)
"""What a walk raises where a message can't be read; the first two where it would run over the end."""


def rcode(message: bytes) -> int:
    """Full RCODE, 0 to 4095: the top 8 bits of the first OPT's TTL, then the header's 4.

    RFC 6891 section 6.1.3. Where no OPT can be reached the header's bits are all there is.
    """
    low = message[3] & 0x0F
    if OPT_RCODE.search(message, HEADER_SIZE) is None:
        return low
    try:
        place = _first_opt(message)
        return low if place is None else int(_RECORD(message, place)[2]) >> 24 << 4 | low
    except UNREADABLE:
        return low


def opt_options(message: bytes) -> bytes | None:
    """RDATA of the first OPT in the additional section, its options (RFC 6891 section 6.1.2).

    None where there is none, it can't be reached, or it is cut.
    """
    try:
        place = _first_opt(message)
        if place is None:
            return None
        start = place + _RECORD_SIZE
        end = start + int(_RECORD(message, place)[3])
    except UNREADABLE:
        return None
    return message[start:end] if end <= len(message) else None


def question(message: bytes) -> tuple[Question | None, int]:
    """The question where QDCOUNT is 1 and its name valid, and the offset (octets) of what follows it.

    Valid is: uncompressed, labels up to 63 octets, 255 in all. Elsewhere the result is (None, 0).
    """
    try:
        if message[4] or message[5] != 1:
            return None, 0
        plain = _plain_name(message, HEADER_SIZE)
        if plain is not None:
            end = plain.end()
            qname = message[HEADER_SIZE + 1 : end].translate(_LENGTHS_TO_DOTS).decode() or "."
        else:
            end, qname = _uncompressed_name(message, HEADER_SIZE)
        qtype, qclass = _TYPE_CLASS(message, end)
    except UNREADABLE:
        return None, 0
    if end > _NAME_END_MAX:
        return None, 0
    return (qname, qtype, qclass), end + 4


def has_records(message: bytes) -> bool:
    """Whether a section has a record but for an OPT, by the counts and by how OPT begins; no walk.

    One record in the additional section, and none elsewhere, is nearly always an OPT, which stands right
    after the question. Where the question can't be read it is taken for something else.
    """
    _, ancount, nscount, arcount = _COUNTS(message, 4)
    if ancount or nscount or arcount != 1:
        return bool(ancount or nscount or arcount)
    _, end = question(message)
    return not message.startswith(_OPT_START, end)


def soa_rrname(message: bytes, qname: str = "", answers: int = 0) -> str | None:
    """Owner of the first SOA in the authority section, or None where there is none or it can't be reached.

    `qname` and `answers` (the offset of the answer section, octets) are what `question` has told, if it has.
    """
    qdcount, ancount, nscount, _ = _COUNTS(message, 4)
    if not nscount:
        return None
    try:
        position = answers or _skip_questions(message, qdcount)
        if ancount:
            position = _skip_records(message, position, ancount)
        for _ in range(nscount):
            owner = position
            position = owner + 2 if message[owner] >= POINTER else skip_name(message, owner)
            rrtype, _, _, rdlength = _RECORD(message, position)
            position += _RECORD_SIZE + rdlength
            if position > len(message):
                return None
            if rrtype == TYPE_SOA:
                return _suffix(message, owner, qname, answers) or name_at(message, owner)
    except UNREADABLE:
        pass
    return None


def same_question(query: bytes, response: bytes, end: int) -> bool:
    """Whether a query asks what a response repeats, whose question ends at `end`; case apart."""
    asked, echoed = query[HEADER_SIZE:end], response[HEADER_SIZE:end]
    if asked == echoed:
        return True
    # A label's length is under 64, so lower() changes letters only; type and class are not to be changed.
    return asked[-4:] == echoed[-4:] and asked[:-4].lower() == echoed[:-4].lower()


def name_of(wire: bytes) -> str:
    """Text of a name in uncompressed wire form and nothing after it; raises ValueError for all else."""
    plain = _plain_name(wire)
    if plain is not None and plain.end() == len(wire) <= NAME_MAX:
        return wire[1:].translate(_LENGTHS_TO_DOTS).decode() or "."
    try:
        end, text = _uncompressed_name(wire, 0)
    except IndexError:
        raise ValueError("name without an end") from None
    if end != len(wire) or end > NAME_MAX:
        raise ValueError("not one name of up to 255 octets")
    return text


def name_at(message: bytes, position: int) -> str:
    """Text of the name at an offset (octets), compressed or not; raises one of UNREADABLE."""
    return name_text(_labels(message, position))


def skip_name(message: bytes, position: int) -> int:
    """Offset of what follows a name, compressed or not; raises one of UNREADABLE."""
    while length := message[position]:
        if length >= POINTER:
            return position + 2
        if length > LABEL_MAX:
            raise _WireError("label type")
        position += length + 1
    return position + 1


def wire_name(message: bytes, position: int) -> tuple[bytes, int]:
    """A name, compressed or not, in uncompressed wire form, and the offset of what follows it.

    Raises one of UNREADABLE.
    """
    end = position
    while 0 < message[end] <= LABEL_MAX:
        end += message[end] + 1
    if not message[end] and end - position < NAME_MAX:  # uncompressed
        return message[position : end + 1], end + 1
    labels = [bytes([len(label)]) + label for label in _labels(message, position)]
    return b"".join(labels) + b"\0", skip_name(message, position)


def _suffix(message: bytes, owner: int, qname: str, answers: int) -> str | None:
    """Text of an owner that is just a pointer into the question's name, as most are: an end of its text.

    Only where that text is the wire form octet for octet, with dots for lengths: so without escapes.
    """
    if message[owner] < POINTER or len(qname) != answers - HEADER_SIZE - 5:
        return None
    start = ((message[owner] ^ POINTER) << 8 | message[owner + 1]) - HEADER_SIZE
    if start and (start < 0 or qname[start - 1 : start] != "."):
        return None
    return qname[start:]


def _uncompressed_name(message: bytes, position: int) -> tuple[int, str]:
    labels = []
    limit = position + NAME_MAX
    while length := message[position]:
        if length > LABEL_MAX or position >= limit:
            raise _WireError("label type, or name over 255 octets")
        end = position + length + 1
        labels.append(message[position + 1 : end])
        position = end
    return position + 1, name_text(labels)


def _first_opt(message: bytes) -> int | None:
    """Offset of the type of the first OPT in the additional section, where RFC 6891 section 6.1.1 has it."""
    qdcount, ancount, nscount, arcount = _COUNTS(message, 4)
    position = _skip_records(message, _skip_questions(message, qdcount), ancount + nscount)
    for _ in range(arcount):
        position = skip_name(message, position)
        rrtype, _, _, rdlength = _RECORD(message, position)
        if rrtype == TYPE_OPT:
            return position
        position += _RECORD_SIZE + int(rdlength)
    return None


def _skip_questions(message: bytes, count: int) -> int:
    position = HEADER_SIZE
    for _ in range(count):
        position = skip_name(message, position) + 4
    return position


def _skip_records(message: bytes, position: int, count: int) -> int:
    for _ in range(count):
        position = skip_name(message, position)
        position += _RECORD_SIZE + int(_RECORD(message, position)[3])
    return position


def _labels(message: bytes, position: int) -> list[bytes]:
    labels = []
    size = 1
    earliest = position
    while length := message[position]:
        if length <= LABEL_MAX:
            end = position + length + 1
            labels.append(message[position + 1 : end])
            position = end
            size += length + 1
            if size > NAME_MAX:
                raise _WireError("name over 255 octets")
        elif length >= POINTER:
            position = (length ^ POINTER) << 8 | message[position + 1]
            if position >= earliest:
                raise _WireError("pointer that does not lead back")
            earliest = position
        else:
            raise _WireError("label type")
    return labels
