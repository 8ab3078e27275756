"""The plants of nxcast-consume dead: timers of every kind, and popular dead names that are none, in a stream.

A plant is one name. Clean traffic are days of ordinary look-ups with popular dead names among them: one that
is reported as a clock (and not as what a cache may have made) is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from bench.evaluate_stream import DAY_S, SENSORS, Asked, Part, Tried, records
from nxcast.consumers.questions.dead.dead_question import Dead

__all__ = ["tried"]

DAYS = 5
EACH = 4  # names of each phenomenon
POPULAR = 30  # dead names that many people ask for
A, AAAA, HTTPS = 1, 28, 65
MINUTE_S, HOUR_S = 60, 3600


class Timer(NamedTuple):
    """A program that asks for a name again and again."""

    phenomenon: str
    periods_s: tuple[float, ...]  # one for each name planted, in turn
    jitter: float = 0.0  # of the period, even, to both sides
    missed: float = 0.0  # share of the beats
    clients: int = 1
    qtypes: tuple[int, ...] = (A,)  # in turn


DEVELOPMENT = (
    Timer("no jitter", (90, 10 * MINUTE_S, HOUR_S, 5 * HOUR_S)),
    Timer("jitter 10 %", (5 * MINUTE_S, 25 * MINUTE_S, 50 * MINUTE_S, 90 * MINUTE_S), 0.1),
    Timer("jitter 20 %", (5 * MINUTE_S, 25 * MINUTE_S, 50 * MINUTE_S, 90 * MINUTE_S), 0.2),
    Timer("jitter 30 %", (5 * MINUTE_S, 25 * MINUTE_S, 50 * MINUTE_S, 90 * MINUTE_S), 0.3),
    Timer("20 % missed", (20 * MINUTE_S, 40 * MINUTE_S, HOUR_S, 2 * HOUR_S), 0.02, 0.2),
    Timer("40 % missed", (20 * MINUTE_S, 40 * MINUTE_S, HOUR_S, 2 * HOUR_S), 0.02, 0.4),
    Timer(
        "types in turn", (7 * MINUTE_S, 20 * MINUTE_S, 40 * MINUTE_S, 70 * MINUTE_S), 0.05, qtypes=(A, HTTPS)
    ),
    Timer("3 clients", (20 * MINUTE_S, 40 * MINUTE_S, HOUR_S, 2 * HOUR_S), clients=3),
    Timer("8 clients", (40 * MINUTE_S, HOUR_S, 2 * HOUR_S, 4 * HOUR_S), clients=8),
    Timer("no multiple of the cache", (4 * MINUTE_S, 6.5 * MINUTE_S, 11 * MINUTE_S, 13 * MINUTE_S), 0.03),
    Timer("12 h", (12 * HOUR_S,)),
    Timer("24 h", (24 * HOUR_S,)),
)
TEST = (
    Timer("no jitter", (MINUTE_S, 15 * MINUTE_S, 30 * MINUTE_S, 6 * HOUR_S)),
    Timer("jitter 10 %", (4 * MINUTE_S, 15 * MINUTE_S, HOUR_S, 2 * HOUR_S), 0.1),
    Timer("jitter 20 %", (4 * MINUTE_S, 15 * MINUTE_S, HOUR_S, 2 * HOUR_S), 0.2),
    Timer("jitter 30 %", (4 * MINUTE_S, 15 * MINUTE_S, HOUR_S, 2 * HOUR_S), 0.3),
    Timer("20 % missed", (15 * MINUTE_S, 30 * MINUTE_S, HOUR_S, 3 * HOUR_S), 0.03, 0.2),
    Timer("40 % missed", (15 * MINUTE_S, 30 * MINUTE_S, HOUR_S, 3 * HOUR_S), 0.03, 0.4),
    Timer("types in turn", (5 * MINUTE_S, 15 * MINUTE_S, 30 * MINUTE_S, HOUR_S), 0.04, qtypes=(A, AAAA)),
    Timer("4 clients", (15 * MINUTE_S, 30 * MINUTE_S, HOUR_S, 3 * HOUR_S), clients=4),
    Timer("8 clients", (30 * MINUTE_S, HOUR_S, 3 * HOUR_S, 6 * HOUR_S), clients=8),
    Timer("16 clients", (HOUR_S, 2 * HOUR_S, 3 * HOUR_S, 6 * HOUR_S), clients=16),
    Timer("no multiple of the cache", (3.5 * MINUTE_S, 7 * MINUTE_S, 8 * MINUTE_S, 14 * MINUTE_S), 0.02),
    Timer("12 h", (12 * HOUR_S,)),
    Timer("24 h", (24 * HOUR_S,)),
)


def tried(part: Part) -> Iterator[Tried]:
    """All plants in one stream."""
    rng = Random(f"{part.name}/{part.seed}/dead")
    plants: dict[str, str] = {}  # phenomenon by name
    streams = [part.ordinary(DAYS)]
    timers = TEST if part.families else DEVELOPMENT
    for kind, timer in enumerate(timers):
        for number in range(EACH):
            name = f"update{kind}.vendor{number}-{part.seed}.com."
            plants[name] = timer.phenomenon
            streams.append(_asked(timer, timer.periods_s[number % len(timer.periods_s)], name, rng))
    streams += [_popular(f"popular{number}-{part.seed}.com.", rng) for number in range(POPULAR)]
    question = Dead()
    question.take(list(records(*streams)))
    clocks = {row["name"] for row in question.sections()[0].rows if row["cache_s"] is None}
    found = {row["name"] for row in question.sections()[0].rows}
    yield Tried("(clean traffic)", 0, 0, len(clocks - plants.keys()))
    for timer in timers:
        names = {name for name, phenomenon in plants.items() if phenomenon == timer.phenomenon}
        yield Tried(timer.phenomenon, len(names), len(names & found), 0)


def _asked(timer: Timer, period: float, name: str, rng: Random) -> list[Asked]:
    sensor = rng.choice(SENSORS)
    asked = []
    for _ in range(timer.clients):
        seconds = rng.uniform(0, period)
        beat = 0
        while seconds < DAYS * DAY_S:
            if rng.random() >= timer.missed:
                late = rng.uniform(0, 0.3)
                asked.append(
                    Asked(seconds + late, name, timer.qtypes[beat % len(timer.qtypes)], "com.", sensor)
                )
            beat += 1
            seconds += period * (1 + rng.uniform(-timer.jitter, timer.jitter))
    return sorted(asked)


def _popular(name: str, rng: Random) -> list[Asked]:
    """People, fewer at night, of three resolvers; some names are asked for by hundreds, some by a handful."""
    mean_s = 10 ** rng.uniform(1.3, 4)
    asked = []
    for sensor in SENSORS:
        seconds = rng.expovariate(1 / mean_s)
        while seconds < DAYS * DAY_S:
            asked.append(Asked(seconds, name, rng.choice((A, AAAA)), "com.", sensor))
            by_day = 8 <= seconds / HOUR_S % 24 < 20
            seconds += rng.expovariate(1 / mean_s) * (0.7 if by_day else 4)
    return asked
