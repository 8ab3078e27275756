"""What ends a producer for a reason that its user can mend."""

from __future__ import annotations

__all__ = ["ProducerError"]


class ProducerError(Exception):
    """The text is one line for people: it names the thing, and the mend. Ends the command with status 1."""
