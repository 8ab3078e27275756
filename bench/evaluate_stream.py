"""The streams that questions are evaluated on: ordinary failing look-ups of days behind caches, and plants.

Three resolvers, each a sensor with a negative cache (RFC 2308) and thousands of clients, who sleep at night.
A plant is asked through the same caches. What a question is shown are records as the channel nxdomain/ has
them. The same seed gives the same stream.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from bench import dga_ordinary

__all__ = ["DATA", "DAY_S", "FIRST_DAY", "SENSORS", "Asked", "Part", "Tried", "parts", "records"]

DATA = Path(os.environ.get("NXCAST_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
FIRST_DAY = 20_454  # from 2026-01-01, a Thursday, days since the epoch
DAY_S = 86_400
RATE = 0.35  # ordinary failing look-ups a second, mean of a day
BY_DAY, BY_NIGHT = 1.6, 0.4  # times that rate, from 8 to 20 h and else
SENSORS = ("north", "south", "west")
CACHES_S = {"com.": 900, "net.": 900, "org.": 3600}  # seconds that a negative answer is kept, by zone
CACHE_S = 1800  # of other zones
A = 1


class Asked(NamedTuple):
    """What a resolver was asked."""

    seconds: float  # since the first day
    qname: str
    qtype: int
    soa: str | None
    sensor: str


class Tried(NamedTuple):
    """What a question made of one plant: things planted (0 in clean traffic), found, and reported wrongly."""

    phenomenon: str
    planted: int
    found: int
    wrong: int


@dataclass
class Part:
    """What an evaluation is made of."""

    name: str  # development, test
    seed: int
    domains: Sequence[str]  # real ones, to be mistyped and to expire; none where they are invented
    families: dict[str, list[list[str]]]  # names of real families, by days

    def ordinary(self, days: float) -> list[Asked]:
        """Clean traffic, as it reaches the resolvers."""
        rng = Random(f"{self.name}/{self.seed}")
        look_ups = dga_ordinary.ordinary(self.seed, self.domains)
        asked: list[Asked] = []
        seconds = 0.0
        while True:
            hour = seconds / 3600 % 24
            seconds += rng.expovariate(RATE * (BY_DAY if 8 <= hour < 20 else BY_NIGHT))
            if seconds >= days * DAY_S:
                return asked
            asked.append(Asked(seconds, *next(look_ups), rng.choice(SENSORS)))


def parts(name: str, seeds: Sequence[int], data: Path) -> list[Part] | str:
    """A part for each seed; why not, where its names are absent."""
    if name == "development":
        return [Part(name, seed, (), {}) for seed in seeds]
    try:
        names = json.loads(gzip.decompress((data / "names" / "names.json.gz").read_bytes()))
        families = json.loads(gzip.decompress((data / "dga" / "families.json.gz").read_bytes()))
    except OSError as error:
        return f"{error.strerror}: {error.filename}"
    domains = [domain for domain in (*names["top"], *names["random"]) if domain.isascii()]
    days = {
        family: list(about["days"].values()) if isinstance(about["days"], dict) else about["days"]
        for family, about in families.items()
    }
    return [Part(name, seed, domains, days) for seed in seeds]


def records(*streams: Iterable[Asked]) -> Iterator[Any]:
    """What sensors see of streams in order of time: a name once while its zone's answer is kept."""
    kept: dict[tuple[str, str], float] = {}
    for asked in merge(*streams, key=attrgetter("seconds")):
        key = asked.sensor, asked.qname
        if kept.get(key, -1.0) > asked.seconds:
            continue
        kept[key] = asked.seconds + CACHES_S.get(asked.soa or "", CACHE_S)
        yield {
            "qname": asked.qname,
            "qclass": 1,
            "qtype": asked.qtype,
            "response_ip": "192.0.2.53",
            "soa_rrname": asked.soa,
            "time_ns": int((FIRST_DAY * DAY_S + asked.seconds) * 1e9),
            "sensor": asked.sensor,
        }
