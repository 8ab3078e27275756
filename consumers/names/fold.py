"""Names as they compare. Pure."""

from __future__ import annotations

__all__ = ["fold"]


def fold(name: str) -> str:
    """A name's text as names compare: ASCII letters in lower case (RFC 4343)."""
    return name.lower() if name.isascii() else name.encode().lower().decode()
