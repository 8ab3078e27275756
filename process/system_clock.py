"""What a loop reads the time from: the module `time`, or whoever stands in for it, such as a simulation."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Clock"]


class Clock(Protocol):
    """The functions of `time` that our loops call, so that the module itself is one."""

    def monotonic(self) -> float:
        """Seconds that only go forward, from an unknown beginning."""

    def monotonic_ns(self) -> int:
        """The same in nanoseconds."""

    def time_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC, as far as the machine knows; anybody may set it."""
