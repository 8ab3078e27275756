"""A program run at a terminal: its screen, its exit status, its time and the processor's."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from testbed.walk.screen import COLUMNS, LINES, Screen

__all__ = ["Start", "Terminal", "set_size", "started"]

CHUNK = 64 << 10  # octets read at once
LOOK_S = 0.1  # seconds of one wait for output
SETTLE_S = 2.0  # seconds; a stream that never pauses is looked at as it is then


Start = Callable[[Sequence[str], Mapping[str, str], Path], tuple[int, int]]
"""Starts a program, given its words, environment and folder; its process id and our end of its terminal."""


def started(words: Sequence[str], environment: Mapping[str, str], folder: Path) -> tuple[int, int]:
    """As a user's shell does."""
    pid, terminal = pty.fork()
    if pid == 0:  # what fails in here must not go on as a second process of ours
        try:
            set_size(0)
            os.chdir(folder)
            os.execvpe(words[0], list(words), dict(environment))  # noqa: S606  the words are a step's
        finally:
            os._exit(127)
    return pid, terminal


def set_size(terminal: int) -> None:
    """Give a terminal the size of the screen."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))


class Terminal:
    """A program that runs on a terminal of its own; `close` it, or use it in a with statement."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], folder: Path, start: Start = started
    ) -> None:
        self.screen = Screen()
        self.status: int | None = None
        """Its exit status; -N where signal N ended it, None while it runs."""
        self.cpu_s = 0.0  # user and system, once it has ended
        self._began = time.monotonic()
        self._ended: float | None = None
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._pid, self._terminal = start(words, environment, folder)

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return (self._ended or time.monotonic()) - self._began

    def watch(self, enough: Callable[[], bool], until_s: float) -> bool:
        """Take its output until it is enough, it ends, or it has run so long; whether it was enough."""
        while not enough():
            if self.status is not None or self.seconds > until_s:
                return False
            self._read()
        return True

    def wait(self, until_s: float) -> None:
        """Take its output until it ends or has run so long."""
        self.watch(lambda: False, until_s)

    def settle(self) -> None:
        """Take output until a wait for it gives none: what is being drawn is then drawn whole."""
        until_s = self.seconds + SETTLE_S
        while self.status is None and self.seconds < until_s and self._read():
            pass

    def interrupt(self) -> None:
        """Ctrl-C."""
        if self.status is None:
            os.write(self._terminal, b"\x03")

    def close(self) -> None:
        """End it if it runs, and let go of the terminal."""
        if self.status is None:
            os.kill(self._pid, signal.SIGKILL)
            self._reap(0)
        os.close(self._terminal)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> bool:
        """Wait for output and show it; whether there was some."""
        if self._show(LOOK_S):
            return True
        self._reap(os.WNOHANG)
        while self.status is not None and self._show(0):  # what it said between the look and its end
            pass
        return False

    def _show(self, wait_s: float) -> bool:
        if not select.select([self._terminal], [], [], wait_s)[0]:
            return False
        try:
            output = os.read(self._terminal, CHUNK)
        except OSError:  # EIO: nobody has the other end any more
            return False
        self.screen.take(self._decoder.decode(output))
        return bool(output)

    def _reap(self, options: int) -> None:
        pid, status, used = os.wait4(self._pid, options)
        if pid:
            self.status = os.waitstatus_to_exitcode(status)
            self.cpu_s = used.ru_utime + used.ru_stime
            self._ended = time.monotonic()
