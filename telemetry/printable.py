"""Text that is safe on a terminal, times as people and programs read them, and integers that JSON can hold.

What a channel carries was chosen by strangers: a name, an address or a topic may hold escape sequences
that clear a screen or forge a line. Whatever this project prints goes through `printable` first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

__all__ = ["EXACT_MAX", "exact", "hex_text", "printable", "second_text", "time_text"]

HEX_MAX = 512  # octets shown of what can't be decoded, a line of 1,024 digits; JSON carries all of them
EXACT_MAX = (1 << 53) - 1  # the largest integer that all readers of JSON hold exactly (RFC 8259 section 6)
SECONDS_KEPT = 256  # texts of seconds kept: records come in the order of their times, or nearly
_SECOND = 1_000_000_000  # nanoseconds


def printable(text: str) -> str:
    r"""The text with everything but printable ASCII (0x20 to 0x7e) written as \DDD, octet by octet."""
    if text.isascii() and text.isprintable():
        return text
    octets = text.encode("utf-8", "backslashreplace")
    return "".join([chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03d}" for octet in octets])


def hex_text(octets: bytes) -> str:
    """Hexadecimal digits in pairs, cut with an ellipsis after `HEX_MAX` octets."""
    return octets[:HEX_MAX].hex(" ") + (" ..." if len(octets) > HEX_MAX else "")


def time_text(time_ns: int) -> str:
    """Nanoseconds since the epoch as RFC 3339 in UTC, all nine digits: 2023-07-13T17:41:09.408162000Z."""
    seconds, nanoseconds = divmod(time_ns, _SECOND)
    return f"{_second(seconds)}.{nanoseconds:09d}Z"


@lru_cache(SECONDS_KEPT)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def second_text(time_ns: int) -> str:
    """Nanoseconds since the epoch as people read them, in UTC: 2023-07-13 17:41:09."""
    return f"{datetime.fromtimestamp(time_ns // _SECOND, UTC):%Y-%m-%d %H:%M:%S}"


_AS_THEY_ARE = frozenset({str, float, bool, type(None)})


def exact(value: Any, key: str = "") -> Any:
    """The value for JSON, integers as text of their digits where a double would not hold them exactly.

    Those beyond `EXACT_MAX` either way, at any depth, and whatever has the key 'epoch', which as a rule is
    one of these and so is always text.
    """
    kind = type(value)
    if kind in _AS_THEY_ARE:  # most are, and to ask for a Mapping takes five times as long
        return value
    if kind is int:
        return str(value) if key == "epoch" or not -EXACT_MAX <= value <= EXACT_MAX else value
    if isinstance(value, Mapping):
        return {name: exact(each, name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [exact(each, key) for each in value]
    return value
