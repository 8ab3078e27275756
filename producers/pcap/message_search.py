"""Where in the octets of a TCP stream the next DNS message begins, when its place is not known. Pure.

A message is believed only as a whole: its length in front, a header that can be, one question with a valid
name of a known class, and records that end where the length says. Random octets are one by less than one in
10^12 places, and so are the insides of another message.
"""

from __future__ import annotations

import re
import struct
from enum import Enum

from nxcast.schemas.message import HEADER_SIZE, UNREADABLE, question, skip_name
from nxcast.schemas.names import NAME_MAX

__all__ = ["PLACES_MAX", "RECORDS_MAX", "WALKS_MAX", "Place", "find_message"]

# Hostile octets cost little: a walk takes up to 15 us and a place 1 us, so a segment 0.3 ms at most. Segments
# of real messages, zone transfers too, have up to 90 places that look like a header, and no walk ends badly.
RECORDS_MAX = 64  # of a message that is searched for
WALKS_MAX, PLACES_MAX = 8, 128  # a segment

_LENGTH = 2  # octets in front of a message, RFC 1035 section 4.2.2
_CLASSES = frozenset({1, 3, 4, 254, 255})  # IN, CH, HS, NONE, ANY: IANA's list as of November 2026
# Length, 12 at least; ID; opcode 0, 1, 2, 4, 5 or 6 (IANA, January 2026); Z 0 (RFC 1035 section 4.1.1);
# QDCOUNT 1, or a header alone with QR 1 and no counts, as in a FORMERR.
_QUERIES, _RESPONSES = (
    b"".join(b"\\x%02x-\\x%02x" % (qr | opcode << 3, qr | opcode << 3 | 7) for opcode in (0, 1, 2, 4, 5, 6))
    for qr in (0, 0x80)
)
_NO_Z = rb"\x00-\x3f\x80-\xbf"
_header = re.compile(
    rb"(?=(?:\x00[\x0c-\xff]|[\x01-\xff].)..[" + _QUERIES + _RESPONSES + rb"][" + _NO_Z + rb"]\x00\x01"
    rb"|\x00\x0c..[" + _RESPONSES + rb"][" + _NO_Z + rb"]\x00\x00)",
    re.DOTALL,
).search
_HEAD = 8  # octets that the pattern looks at

_counts_at = struct.Struct("!4H").unpack_from
_record_at = struct.Struct("!HHIH").unpack_from  # RFC 1035 section 4.1.3
_RECORD_SIZE = 10  # octets, without the owner
_RECORD_MIN, _QUESTION_MIN = 1 + _RECORD_SIZE, 1 + 4  # octets
_LOOK = HEADER_SIZE + NAME_MAX + 4  # octets that a header and a question take at most


class Place(Enum):
    """What is at the place that the search has come to."""

    MESSAGE = 1
    UNDECIDED = 2  # more octets are needed to tell


def find_message(octets: bytearray, start: int, *, last: bool = False) -> tuple[Place, int]:
    """The first place from `start` on where a message is or may still come, as its offset (octets).

    `last`: no more octets will come, so that none may. What is left after so many places that were none is
    passed over.
    """
    size = len(octets)
    whole = bytes(octets)
    walks = WALKS_MAX
    for _ in range(PLACES_MAX):
        match = _header(whole, start)
        if match is None or not walks:
            break
        start = match.start()
        first = start + _LENGTH
        end = first + (whole[start] << 8 | whole[start + 1])
        if (end <= size or not last) and _can_be(whole[first : min(end, first + _LOOK)], end - first):
            if end > size:
                return Place.UNDECIDED, start
            if _is_message(whole, first, end):
                return Place.MESSAGE, start
            walks -= 1
        start += 1
    return Place.UNDECIDED, max(start, size - _HEAD + 1)


def _can_be(message: bytes, length: int) -> bool:
    """Whether these octets can be the beginning of a message of that length."""
    if len(message) < HEADER_SIZE:
        return True
    qdcount, *others = _counts_at(message, 4)
    if not qdcount:
        return not any(others)
    if sum(others) > RECORDS_MAX or length < HEADER_SIZE + _QUESTION_MIN + sum(others) * _RECORD_MIN:
        return False
    return len(message) < min(length, _LOOK) or _asks(message) is not None


def _is_message(octets: bytes, start: int, end: int) -> bool:
    """Whether what can be a message between these offsets is one from the first octet to the last."""
    qdcount, *others = _counts_at(octets, start + 4)
    if not qdcount:
        return octets[start + 3] & 0x0F != 0
    asked = _asks(octets[start : min(end, start + _LOOK)])
    if asked is None:
        return False
    position = start + asked
    try:
        for _ in range(sum(others)):
            position = skip_name(octets, position)
            position += _RECORD_SIZE + int(_record_at(octets, position)[3])
            if position > end:
                return False
    except UNREADABLE:
        return False
    return position == end


def _asks(message: bytes) -> int | None:
    """Offset after a question that somebody may ask; None for all else."""
    asked, position = question(message)
    return position if asked is not None and asked[1] and asked[2] in _CLASSES else None
