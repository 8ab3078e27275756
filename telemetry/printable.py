"""Text that is safe on a terminal, and times as people read them.

What a channel carries was chosen by strangers: a name, an address or a topic may hold escape sequences
that clear a screen or forge a line. Whatever this project prints goes through `printable` first.
"""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["hex_text", "printable", "time_text"]

HEX_MAX = 512  # octets shown of what can't be decoded, a line of 1,024 digits; JSON carries all of them
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
    """Nanoseconds since the epoch as UTC, all nine digits: 2023-07-13 17:41:09.408162000."""
    seconds, nanoseconds = divmod(time_ns, _SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{nanoseconds:09d}"
