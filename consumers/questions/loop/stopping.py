"""A clean stop: SIGINT and SIGTERM ask for an end, and whoever works looks when it suits.

Whoever waits is woken. A second signal ends at once, as Python does by default.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

__all__ = ["Stop", "stopping"]

T = TypeVar("T")


class Stop:
    """Whether a stop was asked for."""

    def __init__(self) -> None:
        self.asked = False
        self._waiting = False

    def wait(self, call: Callable[[], T]) -> T | None:
        """What a call gives that may wait for ever; None if a stop is asked for before or meanwhile."""
        try:
            self._waiting = True
            return None if self.asked else call()
        except KeyboardInterrupt:
            if not self.asked:
                raise
            return None
        finally:
            self._waiting = False

    def ask(self) -> None:
        """Ask for it; raises KeyboardInterrupt in the call of a `wait`."""
        self.asked = True
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt


@contextmanager
def stopping() -> Iterator[Stop]:
    """Signals ask the Stop while the block runs."""
    stop = Stop()
    before: dict[signal.Signals, object] = {}

    def ask(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.default_int_handler)
        stop.ask()

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
