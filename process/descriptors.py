"""File descriptors: how many this process has open, and how many it may have.

Each connection takes one, and where none is free libraries fail in ways of their own: so there is a look
before they are asked.
"""

from __future__ import annotations

import os
import resource
from typing import NamedTuple

from nxcast.process.ending import ProgramError

__all__ = ["Descriptors", "DescriptorsError", "check_descriptors", "descriptors"]


class Descriptors(NamedTuple):
    """Those in use, and the limit (RLIMIT_NOFILE)."""

    open: int
    limit: int


class DescriptorsError(ProgramError, OSError):
    """Too few descriptors; the text says how many there are, how many are needed, and the mend."""


def descriptors() -> Descriptors | None:
    """Those of this process; None on a system that does not tell."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        return Descriptors(len(os.listdir("/proc/self/fd")) - 1, limit)  # one is the folder's own
    except FileNotFoundError:
        return None
    except OSError:  # none is free for the folder
        return Descriptors(limit, limit)


def check_descriptors(needed: int) -> None:
    """Raise DescriptorsError unless so many are free."""
    found = descriptors()
    if found is not None and found.limit - found.open < needed:
        raise DescriptorsError(
            f"only {found.limit} file descriptors may be open (ulimit -n, LimitNOFILE=), and {found.open} "
            f"are: {needed} more are needed"
        )
