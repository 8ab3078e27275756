"""What ends a program for a reason that its user can mend."""

from __future__ import annotations

__all__ = ["ProgramError"]


class ProgramError(Exception):
    """The text is one line for people: it names the thing, and the mend. Ends the program with status 1."""
