"""Programs that take turns: each is a greenlet, and one of them runs at a time.

A program lets go only where it waits in its transport, so what it does between is never cut in two, and the
same seed gives the same run. There it may also be killed, which shows inside it as an exception that nothing
catches, or stopped, when it does nothing for a while though time goes on. Time passes between two turns only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from greenlet import getcurrent, greenlet

from nxcast.transport.simulated.timeline import Timeline

__all__ = ["Killed", "MachineClock", "Process", "SlowClock", "take_turns"]

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


def take_turns(timeline: Timeline, until: float) -> None:
    """Have all processes go on until then."""
    while (process := timeline.run(until)) is not None:
        assert isinstance(process, Process)
        process.go_on()


class Process:
    """A `Host` that runs `main` once started. `step_s`: how long each of its steps takes."""

    def __init__(self, timeline: Timeline, name: str, main: Callable[[Process], None]) -> None:
        self.name = name
        self.step_s = STEP_S
        self.died_at = math.inf
        self.over = False
        self.error: BaseException | None = None
        self.steps = 0
        self.on_death: list[Callable[[], None]] = []
        self._timeline = timeline
        self._main = main
        self.rested_at = 0.0  # until when it was stopped last
        self._blow: Callable[[], None] | None = None
        self._blow_at = math.inf  # in steps
        self._turn = 0  # a wait, so that what was to end an earlier one ends no later one
        self._waking = False
        self._began = 0.0
        self._greenlet = greenlet(self._run)
        timeline.after(0, partial(self._resume, 0))

    @property
    def resting(self) -> float:
        return max(self.rested_at - self._timeline.now, 0)

    def go_on(self) -> None:
        """Have it do what it does until it waits, or is over."""
        self._greenlet.switch()

    def step(self) -> None:
        """As a Host."""
        timeline = self._timeline
        self.steps += 1
        timeline.now += self.step_s
        if self.steps >= self._blow_at and self._blow is not None:
            blow, self._blow, self._blow_at = self._blow, None, math.inf
            blow()
        if self.died_at < math.inf:
            raise Killed
        while self.rested_at > timeline.now:
            self.wait(self.resting)
        if timeline.now - self._began > SLICE_S:
            if timeline.waited_for:
                self.wait(0)
            else:
                self._begin()

    def wait(self, seconds: float) -> None:
        """As a Host."""
        if self.died_at == math.inf:
            self._timeline.after(seconds, partial(self._resume, self._turn))
            self._greenlet.parent.switch()
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
        if getcurrent() is not self._greenlet:
            self.go_on()

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
        self._begin()
        self._timeline.turn = self

    def _begin(self) -> None:
        """A turn begins."""
        self._turn += 1
        self._waking = False
        self._began = self._timeline.now

    def _run(self) -> None:
        try:
            if self.died_at == math.inf:
                self._main(self)
        except Killed:
            pass
        except BaseException as error:
            self.error = error
        self.over = True
