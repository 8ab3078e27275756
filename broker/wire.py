"""The walk through a DNS message: its RCODE, its question, the owner of its first authority SOA.

Nothing else of a message is decoded. Records are stepped over by RDLENGTH, so that a bad RDATA hides nothing.
No read goes past the end, a compression pointer only ever leads back before the name's own start and before
the pointer's last target, so every walk ends; nothing recurses. What can't be read is None, never an error.
Messages are `bytes` of at least 12 octets, names come out as text (see schemas.names).
"""

from __future__ import annotations

import re
import struct

from nxcast.schemas.names import LABEL_MAX, NAME_MAX, name_text

__all__ = ["OPT_RCODE", "Question", "question", "rcode", "soa_rrname"]

HEADER_SIZE = 12  # octets, RFC 1035 section 4.1.1
TYPE_SOA = 6  # RFC 1035 section 3.2.2
TYPE_OPT = 41  # RFC 6891 section 6.1.1
POINTER = 0xC0  # the two top bits of a compression pointer, RFC 1035 section 4.1.4

OPT_RCODE = re.compile(rb"\x00\x29..[^\x00]", re.DOTALL)
"""Matches wherever an OPT record with extended RCODE bits may stand: type 41, any class (the UDP size), and a
TTL whose top octet is not 0. Without a match the header's RCODE is the whole one, and no walk is needed."""

_COUNTS = struct.Struct("!4H").unpack_from  # QDCOUNT ANCOUNT NSCOUNT ARCOUNT, at octet 4
_TYPE_CLASS = struct.Struct("!2H").unpack_from
_RECORD = struct.Struct("!HHIH").unpack_from  # TYPE CLASS TTL RDLENGTH, RFC 1035 section 4.1.3
_RECORD_SIZE = 10  # octets


Question = tuple[str, int, int]
"""The one question of a message: qname as text, qtype, qclass."""


class _WireError(ValueError):
    """The message breaks the format at the place the walk has come to."""


# What runs over the end of the message shows as one of the first two.
_UNREADABLE = (IndexError, struct.error, _WireError)


def rcode(message: bytes) -> int:
    """Full RCODE, 0 to 4095: the top 8 bits of the first OPT's TTL, then the header's 4.

    RFC 6891 section 6.1.3. Where no OPT can be reached the header's bits are all there is.
    """
    low = message[3] & 0x0F
    if OPT_RCODE.search(message, HEADER_SIZE) is None:
        return low
    try:
        return _first_opt_rcode(message) << 4 | low
    except _UNREADABLE:
        return low


def question(message: bytes) -> tuple[Question | None, int | None]:
    """The question where QDCOUNT is 1 and its name valid, and the offset (octets) of what follows it.

    Valid is: uncompressed, labels up to 63 octets, 255 in all. Both are None elsewhere.
    """
    if len(message) < HEADER_SIZE or message[4] or message[5] != 1:
        return None, None
    labels = []
    position = HEADER_SIZE
    try:
        while length := message[position]:
            if length > LABEL_MAX:
                return None, None
            end = position + length + 1
            labels.append(message[position + 1 : end])
            position = end
        qtype, qclass = _TYPE_CLASS(message, position + 1)
    except _UNREADABLE:
        return None, None
    if position - HEADER_SIZE >= NAME_MAX:
        return None, None
    return (name_text(labels), qtype, qclass), position + 5


def soa_rrname(message: bytes, answers: int | None = None) -> str | None:
    """Owner of the first SOA in the authority section, or None where there is none or it can't be reached.

    `answers` is the offset (octets) of the answer section, where `question` has told it.
    """
    qdcount, ancount, nscount, _ = _COUNTS(message, 4)
    if not nscount:
        return None
    try:
        position = _skip_questions(message, qdcount) if answers is None else answers
        if ancount:
            position = _skip_records(message, position, ancount)
        for _ in range(nscount):
            owner = position
            position = _skip_name(message, position)
            rrtype, _, _, rdlength = _RECORD(message, position)
            position += _RECORD_SIZE + rdlength
            if position > len(message):
                return None
            if rrtype == TYPE_SOA:
                return name_text(_labels(message, owner))
    except _UNREADABLE:
        pass
    return None


def _first_opt_rcode(message: bytes) -> int:
    qdcount, ancount, nscount, arcount = _COUNTS(message, 4)
    position = _skip_records(message, _skip_questions(message, qdcount), ancount + nscount)
    for _ in range(arcount):
        position = _skip_name(message, position)
        rrtype, _, ttl, rdlength = _RECORD(message, position)
        if rrtype == TYPE_OPT:
            return int(ttl >> 24)
        position += _RECORD_SIZE + rdlength
    return 0


def _skip_questions(message: bytes, count: int) -> int:
    position = HEADER_SIZE
    for _ in range(count):
        position = _skip_name(message, position) + 4
    return position


def _skip_records(message: bytes, position: int, count: int) -> int:
    for _ in range(count):
        position = _skip_name(message, position)
        position += _RECORD_SIZE + int(_RECORD(message, position)[3])
    return position


def _skip_name(message: bytes, position: int) -> int:
    while length := message[position]:
        if length >= POINTER:
            return position + 2
        if length > LABEL_MAX:
            raise _WireError("label type")
        position += length + 1
    return position + 1


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
