"""What decoding a stranger's octets raises, and how that is told in one printable line."""

from __future__ import annotations

from pydantic import ValidationError

from nxcast.telemetry.printable import printable

__all__ = ["BAD", "excerpt", "reason_of"]

EXCERPT_MAX = 64  # characters of a hostile topic in an event; the longest of ours has 24
ERRORS_MAX = 100  # errors pydantic may list for a reason's sake; each costs about 600 octets
BAD = (ValueError, MemoryError, RecursionError)  # what decoding raises for any octets at all


def excerpt(topic: bytes) -> str:
    """The beginning of a topic."""
    return printable(topic[:EXCERPT_MAX].decode("latin-1"))


def reason_of(error: BaseException) -> str:
    """What was wrong."""
    # A status may hold 100,000 errors; listing them takes 60 MB, and there is no asking for the first alone.
    if not isinstance(error, ValidationError):
        return printable(str(error) or type(error).__name__)
    if error.error_count() > ERRORS_MAX:
        return f"{error.error_count()} errors of validation"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(step)[:EXCERPT_MAX] for step in first["loc"])
    return printable(f"{place}: {first['msg']}" if place else first["msg"])
