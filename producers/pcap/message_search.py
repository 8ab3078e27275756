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

__all__ = ["RECORDS_MAX", "Place", "find_message"]

RECORDS_MAX = 64  # of a message that is searched for: a walk takes 15 us, so hostile octets cost little

_LENGTH = 2  # octets in front of a message, RFC 1035 section 4.2.2
_CLASSES = frozenset({1, 3, 4, 254, 255})  # IN, CH, HS, NONE, ANY: IANA's list as of November 2026
# Length, ID; opcode 0, 1, 2, 4, 5 or 6 (IANA, January 2026); Z 0 (RFC 1035 section 4.1.1); QDCOUNT 0 or 1.
_FIRST = [qr | opcode << 3 for qr in (0, 0x80) for opcode in (0, 1, 2, 4, 5, 6)]
_OPCODES = b"".join(b"\\x%02x-\\x%02x" % (octet, octet | 7) for octet in _FIRST)
_NO_Z = rb"\x00-\x3f\x80-\xbf"
_header = re.compile(rb"(?=....[" + _OPCODES + rb"][" + _NO_Z + rb"]\x00[\x00\x01])", re.DOTALL).search
_HEAD = 8  # octets that the pattern looks at

_counts_at = struct.Struct("!4H").unpack_from
_record_at = struct.Struct("!HHIH").unpack_from  # RFC 1035 section 4.1.3
_RECORD_SIZE = 10  # octets, without the owner
_RECORD_MIN, _QUESTION_MIN, _QUESTION_MAX = 1 + _RECORD_SIZE, 1 + 4, NAME_MAX + 4  # octets


class Place(Enum):
    """What is at the place that the search has come to."""

    MESSAGE = 1
    UNDECIDED = 2  # more octets are needed to tell


def find_message(octets: bytearray, start: int, *, last: bool = False) -> tuple[Place, int]:
    """The first place from `start` on where a message is or may still come, as its offset (octets).

    `last`: no more octets will come, so that none may.
    """
    size = len(octets)
    while (match := _header(octets, start)) is not None:
        start = match.start()
        end = start + _LENGTH + (octets[start] << 8 | octets[start + 1])
        if end > size and not last and _can_be(bytes(octets[start + _LENGTH :]), end - start - _LENGTH):
            return Place.UNDECIDED, start
        if end <= size and _is_message(bytes(octets[start + _LENGTH : end])):
            return Place.MESSAGE, start
        start += 1
    return Place.UNDECIDED, max(start, size - _HEAD + 1)


def _can_be(message: bytes, length: int) -> bool:
    """Whether these octets can be the beginning of a message of that length."""
    if length < HEADER_SIZE:
        return False
    if len(message) < HEADER_SIZE:
        return True
    qdcount, *others = _counts_at(message, 4)
    if not qdcount:  # a header alone, which would be here
        return False
    if sum(others) > RECORDS_MAX or length < HEADER_SIZE + _QUESTION_MIN + sum(others) * _RECORD_MIN:
        return False
    return len(message) < HEADER_SIZE + _QUESTION_MAX or _asks(message) is not None


def _is_message(message: bytes) -> bool:
    """Whether these octets are one, from the first to the last."""
    if len(message) < HEADER_SIZE:
        return False
    qdcount, *others = _counts_at(message, 4)
    if not qdcount:  # a header alone, as in a FORMERR
        return len(message) == HEADER_SIZE and message[2] >= 0x80 and message[3] & 0x0F != 0
    position = _asks(message)
    if position is None or sum(others) > RECORDS_MAX:
        return False
    try:
        for _ in range(sum(others)):
            position = skip_name(message, position)
            position += _RECORD_SIZE + int(_record_at(message, position)[3])
    except UNREADABLE:
        return False
    return position == len(message)


def _asks(message: bytes) -> int | None:
    """Offset after a question that somebody may ask; None for all else."""
    asked, position = question(message)
    return position if asked is not None and asked[1] and asked[2] in _CLASSES else None
