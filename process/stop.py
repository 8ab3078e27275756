"""SIGINT and SIGTERM, and SIGHUP where it is to be, as something to look for and to wait for.

A handler that raises could cut work in two; this one only marks. `fileno()` becomes readable for good at the
first signal, so each wait of a program (a selector, a poll, a pause) can watch it beside its own work; what
can't watch it, such as opening a named pipe, is called through `unless_stopped`.
"""

from __future__ import annotations

import math
import select
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TypeVar

from nxcast.process.system_clock import Clock

__all__ = ["GRACE_S", "Stop", "Stopped"]

GRACE_S = 1.0  # after a stop, for a live source to read and hand over what has come already

T = TypeVar("T")


class Stopped(Exception):  # noqa: N818  (no error: it is what the user asked for)
    """A stop was asked for while something was waiting."""


class Stop:
    """Whether to stop, from SIGINT and SIGTERM while entered as a context, or from `request()`.

    With `second_ends`, a second signal ends the program at once, as Python does by default: for work after a
    stop that has no limit of time. With `hangup`, SIGHUP (a closed terminal) asks for it too, unless it is
    ignored, as under nohup: for a program that has to stop others, which no terminal ends. To be entered in
    the main thread only, as Python sets signal handlers nowhere else.
    """

    def __init__(self, *, second_ends: bool = False, hangup: bool = False, clock: Clock = time) -> None:
        self.requested = False
        self._signals = [signal.SIGINT, signal.SIGTERM]
        if hangup and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            self._signals.append(signal.SIGHUP)
        self._clock = clock
        self._second_ends = second_ends
        self._calling = False  # in `unless_stopped`
        self._since = math.inf  # on time.monotonic's clock
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._before: list[object] = []
        self._wakeup = -1

    def request(self) -> None:
        """Ask for the stop; a second time changes nothing."""
        if not self.requested:
            self._mark()
            self._writer.send(b"\0")

    def fileno(self) -> int:
        """A descriptor that is readable once a stop has been asked for."""
        return self._reader.fileno()

    def grace_left(self) -> float:
        """Seconds left of `GRACE_S`, below 0 when they are over; infinite before a stop."""
        return self._since + GRACE_S - self._clock.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the stop."""
        if not self.requested:
            select.select([self._reader], [], [], max(seconds, 0))

    def until_writable(self, descriptor: int) -> bool:
        """Wait until a pipe takes `select.PIPE_BUF` octets; false once the grace is over without that."""
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        if not self.requested:
            poll.register(self, select.POLLIN)
        while True:
            left = self.grace_left()
            ready = [each for each, _ in poll.poll(None if left == math.inf else max(left, 0) * 1000)]
            if descriptor in ready:
                return True
            if self.grace_left() <= 0:
                return False
            if self.fileno() in ready:
                poll.unregister(self)

    def unless_stopped(self, call: Callable[[], T]) -> T:
        """What a call gives that may wait for ever; raises Stopped if a signal comes before or meanwhile."""
        try:
            self._calling = True
            if self.requested:
                raise Stopped
            return call()
        except KeyboardInterrupt:
            if not self.requested:
                raise
            raise Stopped from None
        finally:
            self._calling = False

    def __enter__(self) -> Stop:
        # The wake-up descriptor is written to in the signal itself, so none is missed between a check of
        # `requested` and the system call after it.
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._before = [signal.signal(number, self._handle) for number in self._signals]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in zip(self._signals, self._before, strict=True):
            signal.signal(number, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(self._wakeup)
        self._reader.close()
        self._writer.close()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._second_ends:
            for number in self._signals:
                signal.signal(number, signal.default_int_handler)
        self._mark()
        if self._calling:
            self._calling = False
            raise KeyboardInterrupt

    def _mark(self) -> None:
        self._since = min(self._since, self._clock.monotonic())
        self.requested = True
