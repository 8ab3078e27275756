"""The plants of nxcast-consume dga: bots of families, fast and slow, by day and night, among ordinary names.

A plant is one family in a stream of its own, with `BOTS` machines of a sensor each that go through the same
names. What is found of it are the names that a group tells; what else groups tell is wrong.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from heapq import merge
from itertools import islice
from operator import itemgetter
from random import Random
from typing import Any

from bench import dga_families
from bench.dga_families import FAMILIES
from bench.evaluate_stream import DAY_S, FIRST_DAY, SENSORS, Asked, Part, Tried, records
from nxcast.consumers.questions.dga.dga_question import Dga

__all__ = ["tried"]

DAYS = 5  # of slow bots and clean traffic
BURST_DAYS = 1.5
BY_DAY, BY_NIGHT = 10, 26  # hours in which bursts begin, or in the one after
BOTS = 2
EVERY_S = 1.0  # seconds between two look-ups of a bot in a burst
BATCH = 10_000  # records; a group tells the last 2,000 of its names, so it is asked several times a day
SLOW = (20, 100, 1000)  # names a day
SLOW_DEVELOPMENT = ("letters 12-20", "letters 6-11", "base 36, 10-14")
SLOW_TEST = ("murofet", "ramnit", "qadars")
OTHER_ROOTS = ("bazar", "coin", "lib", "emc")  # EmerDNS
A, NS, HTTPS = 1, 2, 65

Names = list[str]  # domains without the last dot, in the order of a bot


def tried(part: Part) -> Iterator[Tried]:
    """Each plant by itself."""
    ordinary = list(records(part.ordinary(DAYS)))
    yield Tried("(clean traffic)", 0, 0, len(_reported(Dga(), ordinary)))
    families, bursts = _families(part), {hour: _Bursts(ordinary, hour) for hour in (BY_DAY, BY_NIGHT)}
    for family, names in families.items():
        for when, hour in (("day", BY_DAY), ("night", BY_NIGHT)):
            yield bursts[hour].tried(f"{family}, by {when}", _burst(part, names[0], hour))
    for family in SLOW_TEST if part.families else SLOW_DEVELOPMENT:
        for count in SLOW:
            bots = _slow(part, families[family], count)
            yield _tried(f"slow, {count} a day", bots, _reported(Dga(), _merged(ordinary, bots)))
    drawn = families["necurs" if part.families else "letters 12-20"][0][:200]
    for qtype, text in ((NS, "NS"), (HTTPS, "HTTPS")):
        yield bursts[BY_DAY].tried(f"type {text}", _burst(part, drawn, BY_DAY, qtype=qtype))
    roots = [f"{name.partition('.')[0]}.{OTHER_ROOTS[at % 4]}" for at, name in enumerate(drawn)]
    yield bursts[BY_DAY].tried("SOA of the root", _burst(part, roots, BY_DAY, soa="."))


class _Bursts:
    """Ordinary records of a day and a half, and what the question knows when bursts of this hour begin."""

    def __init__(self, ordinary: Sequence[Any], hour: int) -> None:
        seconds = [record["time_ns"] / 1e9 - FIRST_DAY * DAY_S for record in ordinary]
        at, end = bisect_left(seconds, hour * 3600), bisect_left(seconds, BURST_DAYS * DAY_S)
        self._before = Dga()
        self._reported = _reported(self._before, ordinary[:at])
        self._after = ordinary[at:end]

    def tried(self, phenomenon: str, bots: list[Asked]) -> Tried:
        """What the question, as it was then, makes of a burst and of what comes with it and after it."""
        reported = _reported(deepcopy(self._before), _merged(self._after, bots))
        return _tried(phenomenon, bots, reported | self._reported)


def _families(part: Part) -> dict[str, list[Names]]:
    """The names of each family, day by day."""
    if part.families:
        return part.families
    return {
        family.name: [dga_families.names(family, FIRST_DAY + day) for day in range(DAYS)]
        for family in FAMILIES
    }


def _tried(phenomenon: str, bots: list[Asked], reported: set[str]) -> Tried:
    planted = {asked.qname for asked in bots}
    return Tried(phenomenon, len(planted), len(planted & reported), len(reported - planted))


def _merged(ordinary: Iterable[Any], bots: list[Asked]) -> Iterator[Any]:
    """With a bot's look-ups; nobody else asks for its names, so caches keep them apart."""
    return merge(ordinary, records(bots), key=itemgetter("time_ns"))


def _reported(question: Dga, stream: Iterable[Any]) -> set[str]:
    """The domains of all groups."""
    reported: set[str] = set()
    left = iter(stream)
    while batch := list(islice(left, BATCH)):
        question.take(batch)
        reported.update(domain for row in question.sections()[0].rows for domain in row["domains"])
    return reported


def _burst(part: Part, names: Names, hour: float, qtype: int = A, soa: str | None = None) -> list[Asked]:
    rng = Random(f"{part.seed}/{names[0]}/{hour}")
    asked = []
    for sensor in rng.sample(SENSORS, BOTS):
        start = (hour + rng.uniform(0, 2)) * 3600
        for number, name in enumerate(names):
            asked.append(_asked(start + (number + rng.random()) * EVERY_S, name, qtype, soa, sensor))
    return sorted(asked)


def _slow(part: Part, days: list[Names], count: int) -> list[Asked]:
    """Two machines that ask for so many names a day each, one after the other and around the clock."""
    rng = Random(f"{part.seed}/{days[0][0]}/{count}")
    asked = []
    for sensor in rng.sample(SENSORS, BOTS):
        for day in range(DAYS):
            names = days[day % len(days)]
            for number in range(min(count, len(names))):
                seconds = day * DAY_S + (number + rng.random()) * DAY_S / count
                asked.append(_asked(seconds, names[(number + day * count) % len(names)], A, None, sensor))
    return sorted(asked)


def _asked(seconds: float, name: str, qtype: int, soa: str | None, sensor: str) -> Asked:
    return Asked(seconds, f"{name}.", qtype, soa or f"{name.partition('.')[2]}.", sensor)
