"""Names as they compare. Pure."""

from __future__ import annotations

import string

__all__ = ["fold"]

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str) -> str:
    """A name's text as names compare: ASCII letters in lower case (RFC 4343). Takes any text."""
    return name.lower() if name.isascii() else name.translate(_LOWER)
