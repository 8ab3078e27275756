"""File descriptors: how many this process has open, and how many it may have.

Each connection takes one, and where none is free libraries fail in ways of their own: so there is a look
before they are asked.
"""

from __future__ import annotations

import fcntl
import os
import resource
from contextlib import suppress
from typing import NamedTuple

from nxcast.process.ending import ProgramError

__all__ = ["Descriptors", "DescriptorsError", "check_descriptors", "descriptors", "make_room"]


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


def make_room(number: int) -> None:
    """Have the kernel's table of descriptors made for so many at once, as far as the limit goes.

    Linux doubles it as it fills. Where a process has threads, each that opens something waits meanwhile until
    every processor has been elsewhere (RCU): 20 to 140 ms, measured on two busy ones. It takes eight octets
    for each.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError), open(os.devnull, "rb") as any_file:
        os.close(fcntl.fcntl(any_file, fcntl.F_DUPFD_CLOEXEC, min(number, limit) - 1))
