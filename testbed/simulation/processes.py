"""Programs that take turns: each has a thread, and one of them runs at a time, with the baton.

A program gives the baton up only where it waits in its transport, so what it does between is never cut in
two, and the same seed gives the same run. There it may also be killed, which shows inside it as an exception
that nothing catches, or stopped, when it does nothing for a while though time goes on. Who gives the baton up
lets time pass until it is somebody's turn, and hands it on; if that is itself, no thread is switched.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from functools import partial

from nxcast.transport.simulated.timeline import Timeline

__all__ = ["Baton", "Killed", "MachineClock", "Process", "SlowClock"]

STEP_S = 0.00001  # seconds that a call to the transport takes
SLICE_S = 0.002  # seconds at most that a program runs before another one does
WAKE_S = 0.0003  # seconds at most from what it waited for to its turn
EPOCH_NS = 1_790_000_000_000_000_000  # the time of day when a run begins, in nanoseconds since 1970


class Killed(BaseException):
    """SIGKILL. Nothing of the program runs after it but what Python unwinds."""


class MachineClock:
    """A `Clock` of the timeline; `offset_s` is by how much the time of day was set since."""

    def __init__(self, timeline: Timeline) -> None:
        self.offset_s = 0.0
        self.timeline = timeline

    def monotonic(self) -> float:
        return self.timeline.now

    def monotonic_ns(self) -> int:
        return int(self.timeline.now * 1e9)

    def time_ns(self) -> int:
        return EPOCH_NS + int((self.timeline.now + self.offset_s) * 1e9)


class SlowClock:
    """The same for a program that is slow between two looks at it: each takes so many seconds."""

    def __init__(self, clock: MachineClock, look_s: float) -> None:
        self.time_ns = clock.time_ns
        self._clock = clock
        self._look_s = look_s

    def monotonic(self) -> float:
        self._clock.timeline.now += self._look_s
        return self._clock.monotonic()

    def monotonic_ns(self) -> int:
        return int(self.monotonic() * 1e9)


class Baton:
    """What is held by who runs: `run`, or one of the processes."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._until = 0.0
        self._error: BaseException | None = None
        self._main = _lock()

    def run(self, until: float) -> None:
        """Have all go on until then; raises what a call of the timeline raised."""
        self._until = until
        self.give(self._main)
        if self._error is not None:
            raise self._error

    def give(self, mine: threading.Lock | None) -> None:
        """To whoever's turn is next, and have it back with one's own; None: it is not to come back."""
        following = self._next()
        if following is not mine:
            following.release()
            if mine is not None:
                mine.acquire()

    def _next(self) -> threading.Lock:
        try:
            process = self.timeline.run(self._until)
        except BaseException as error:  # in whichever thread
            self._error = error
            return self._main
        return process.go if isinstance(process, Process) else self._main


class Process:
    """A `Host` that runs `main` in a thread once started. `step_s`: how long each of its steps takes."""

    def __init__(self, baton: Baton, name: str, main: Callable[[Process], None]) -> None:
        self.name = name
        self.step_s = STEP_S
        self.died_at = math.inf
        self.over = False
        self.error: BaseException | None = None
        self.steps = 0
        self.on_death: list[Callable[[], None]] = []
        self.go = _lock()
        """With which it has its turn."""
        self._baton = baton
        self._timeline = timeline = baton.timeline
        self._main = main
        self.rested_at = 0.0  # until when it was stopped last
        self._blow: Callable[[], None] | None = None
        self._blow_at = math.inf  # in steps
        self._turn = 0  # a wait, so that what was to end an earlier one ends no later one
        self._waking = False
        self._began = 0.0
        self._waits = False
        self._killed_by_other: threading.Lock | None = None  # to be told when it is over
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        timeline.after(0, partial(self._resume, 0))

    @property
    def resting(self) -> float:
        return max(self.rested_at - self._timeline.now, 0)

    def step(self) -> None:
        """As a Host."""
        self.steps += 1
        self._timeline.now += self.step_s
        if self.steps >= self._blow_at and self._blow is not None:
            blow, self._blow, self._blow_at = self._blow, None, math.inf
            blow()
        if self.died_at < math.inf:
            raise Killed
        while self.rested_at > self._timeline.now:
            self.wait(self.resting)
        if self._timeline.now - self._began > SLICE_S:
            self.wait(0)

    def wait(self, seconds: float) -> None:
        """As a Host."""
        if self.died_at == math.inf:
            self._timeline.after(seconds, partial(self._resume, self._turn))
            self._waits = True
            self._baton.give(self.go)
            self._waits = False
        if self.died_at < math.inf:
            raise Killed

    def wake(self) -> None:
        """As a Host."""
        if not self._waking and not self.over:
            self._waking = True
            self._timeline.after(WAKE_S * self._timeline.random.random(), partial(self._resume, self._turn))

    def kill(self) -> None:
        """SIGKILL, now if it waits, else with its next step."""
        if self.over or self.died_at < math.inf:
            return
        self.died_at = self._timeline.now
        for call in self.on_death:
            call()
        if threading.current_thread() is not self._thread:
            self._killed_by_other = over = _lock()
            self.go.release()
            over.acquire()
        elif self._waits:
            self._timeline.turn = self

    def stop(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after so many seconds."""
        self.rested_at = max(self.rested_at, self._timeline.now + seconds)

    def strike(self, steps: int, blow: Callable[[], None]) -> None:
        """Do this to it in the midst of what it does, after so many steps."""
        self._blow, self._blow_at = blow, self.steps + steps

    def _resume(self, turn: int) -> None:
        if self.died_at < math.inf or self.over or turn != self._turn:
            return
        if self.rested_at > self._timeline.now:
            self._timeline.after(self.resting, partial(self._resume, turn))
            return
        self._turn += 1
        self._waking = False
        self._began = self._timeline.now
        self._timeline.turn = self

    def _run(self) -> None:
        self.go.acquire()
        try:
            if self.died_at == math.inf:
                self._main(self)
        except Killed:
            pass
        except BaseException as error:
            self.error = error
        self.over = True
        if self._killed_by_other is None:
            self._baton.give(None)
        else:
            self._killed_by_other.release()


def _lock() -> threading.Lock:
    """One that is taken."""
    lock = threading.Lock()
    lock.acquire()
    return lock
