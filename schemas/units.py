"""Units and the ranges of integers, where more than one module needs them."""

from __future__ import annotations

__all__ = ["MILLISECOND_NS", "SECOND_NS", "U16_MAX", "U64_MAX"]

SECOND_NS = 1_000_000_000  # nanoseconds
MILLISECOND_NS = 1_000_000  # nanoseconds
U16_MAX = 0xFFFF  # of a port (RFC 768), a type or a class (RFC 1035 section 3.2)
U64_MAX = 0xFFFF_FFFF_FFFF_FFFF  # the most that an integer of msgpack can say
