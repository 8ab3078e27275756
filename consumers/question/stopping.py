"""A clean stop: SIGINT and SIGTERM ask for an end, and whoever works looks when it suits.

A second signal ends at once, as Python does by default.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stop", "stopping"]


class Stop:
    """Whether a stop was asked for."""

    def __init__(self) -> None:
        self.asked = False


@contextmanager
def stopping() -> Iterator[Stop]:
    """Signals ask the Stop while the block runs."""
    stop = Stop()
    before: dict[signal.Signals, object] = {}

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.asked = True
        for number in before:
            signal.signal(number, signal.default_int_handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
