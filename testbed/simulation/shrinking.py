"""A schedule that fails, made smaller for as long as it fails: fewer blows, programs and frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from nxcast.transport.simulated.network import Sizes
from testbed.simulation.schedule import Schedule

__all__ = ["shrink"]

T = TypeVar("T")

TRIES_MAX = 400  # runs; a minute or so


def shrink(schedule: Schedule, fails: Callable[[Schedule], bool]) -> Schedule:
    """The smallest found."""
    tries = 0
    again = True
    while again:
        again = False
        for smaller in _smaller(schedule):
            tries += 1
            if tries > TRIES_MAX:
                return schedule
            if fails(smaller):
                schedule, again = smaller, True
                break
    return schedule


def _smaller(schedule: Schedule) -> Iterator[Schedule]:
    blows = schedule.blows
    size = len(blows) // 2
    while size:
        for at in range(0, len(blows), size):
            yield replace(schedule, blows=blows[:at] + blows[at + size :])
        size //= 2
    for number in range(len(schedule.producers)):
        yield replace(schedule, producers=_without(schedule.producers, number))
    for number in range(len(schedule.subscribers)):
        yield replace(schedule, subscribers=_without(schedule.subscribers, number))
    for number, plan in enumerate(schedule.producers):
        if plan.frames > 1:
            fewer = replace(plan, frames=plan.frames // 2)
            yield replace(
                schedule,
                producers=(*schedule.producers[:number], fewer, *schedule.producers[number + 1 :]),
            )
    if schedule.sizes != Sizes():
        yield replace(schedule, sizes=Sizes())
    for number, blow in enumerate(blows):
        if blow.steps:
            yield replace(schedule, blows=(*blows[:number], replace(blow, steps=0), *blows[number + 1 :]))


def _without(things: tuple[T, ...], number: int) -> tuple[T, ...]:
    return things[:number] + things[number + 1 :]
