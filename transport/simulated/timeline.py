"""Time that passes only from one event to the next: what is due is called in the order of its time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Protocol

__all__ = ["Host", "Timeline"]

Call = Callable[[], object]


class Timeline:
    """`now` is in seconds from the beginning. All chance comes from one `random`, so a seed says it all."""

    def __init__(self, random: Random) -> None:
        self.now = 0.0
        self.random = random
        self.turn: object | None = None
        """Whose turn a call has said it is: `run` ends with it."""
        self._until = 0.0
        self._due: list[tuple[float, int, Call]] = []
        self._number = count()  # of two at the same time the one that was planned first

    def after(self, seconds: float, call: Call) -> None:
        """Call this so many seconds from now."""
        heapq.heappush(self._due, (self.now + seconds, next(self._number), call))

    def at(self, when: float, call: Call) -> None:
        """Call this then; calls for the same time in the order in which they were planned."""
        heapq.heappush(self._due, (when, next(self._number), call))

    @property
    def waited_for(self) -> bool:
        """Whether `run` has something to do by now: calls that are due, or to end."""
        return self.now > self._until or bool(self._due and self._due[0][0] <= self.now)

    def run(self, until: float) -> object | None:
        """Call what is due up to then, or until it is somebody's turn, who is given."""
        self._until = until
        due = self._due
        while due and due[0][0] <= until:
            when, _, call = heapq.heappop(due)
            if when > self.now:
                self.now = when
            call()
            if self.turn is not None:
                turn, self.turn = self.turn, None
                return turn
        self.now = max(self.now, until)
        return None


class Host(Protocol):
    """The process that an end belongs to."""

    @property
    def name(self) -> str:
        """What it is known by in the network."""

    @property
    def resting(self) -> float:
        """Seconds that it still does nothing, because it is stopped."""

    @property
    def died_at(self) -> float:
        """When it was killed; infinite while it lives."""

    def step(self) -> None:
        """It does something: a little time passes, and it may be killed or stopped here."""

    def wait(self, seconds: float) -> None:
        """Until it is woken, or the time is over."""

    def wake(self) -> None:
        """Something may be there for it."""
