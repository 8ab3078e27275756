"""How a thread with a connection of NATS wakes the one that it works for."""

from __future__ import annotations

import os
from contextlib import suppress

__all__ = ["Bell"]


class Bell:
    """`fileno()` is readable once it was rung, until `hush`; what came before that is looked at after it."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        """To be waited for."""
        return self._reader

    def ring(self) -> None:
        """From any thread, or a signal handler."""
        with suppress(BlockingIOError):  # it is full: whoever looks sees that
            os.write(self._writer, b"x")

    def hush(self) -> None:
        """Make it quiet."""
        with suppress(BlockingIOError):
            os.read(self._reader, 4096)

    def close(self) -> None:
        """No more is rung."""
        os.close(self._reader)
        os.close(self._writer)
