"""The plants of nxcast-consume authorities: name servers and zones that fail, each for a reason of its own.

Of each phenomenon there are some in one stream of five days, between servers that answer as they should and
fail a few times a day. A plant is found where its server is read as what it is, `FORMS` having a part of the
text, and so are its zones, as far as they are among the worst that are shown. Wrong is a server or zone that
is read as given up, lame or broken and isn't. It is done twice: as the channel dns-errors/ alone tells it,
and with what the broker tells on servers/.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from random import Random
from typing import Any, NamedTuple

from bench.evaluate_stream import DAY_S, FIRST_DAY, Part, Tried
from nxcast.consumers.questions.authorities.authorities_question import Authorities

__all__ = ["tried"]

DAYS = 5
A, SERVFAIL, REFUSED = 1, 2, 5
CLEAN, CLEAN_SERVERS = "answers well, 0.2 % fail", 300
ACCUSING = "none its own", "lame", "broken", "the server itself", "answers others"


class Plant(NamedTuple):
    """A server with its zones: how often a name of one is asked, and the share of that which fails."""

    phenomenon: str
    server: str
    zones: list[str]
    rcode: int
    asked_a_day: float
    share: float  # that fails
    spells: bool = False  # whether only in half an hour, three times a day
    answers_others: int = 0  # good answers a day for zones that don't fail


def tried(part: Part) -> Iterator[Tried]:
    """All plants in one stream, without servers/ and with it."""
    rng = Random(f"{part.name}/{part.seed}/authorities")
    plants = list(_plants(part, rng))
    clean = [plant for plant in plants if plant.phenomenon == CLEAN]
    stream = list(merge(*[_records(plant, rng) for plant in plants], key=lambda record: record["time_ns"]))
    for suffix in ("", ", with servers/"):
        question = Authorities()
        question.take([each for each in stream if suffix or "span_ms" not in each])
        sections = {section.name: section.rows for section in question.sections()}
        servers = {row["server"]: row["reading"] for row in sections["servers"]}
        zones = {row["zone"]: row["reading"] for row in sections["zones"]}
        accused = [
            plant
            for plant in clean
            if _accuses(servers.get(plant.server, "")) or _accuses(zones.get(plant.zones[0], ""))
        ]
        yield Tried(f"{CLEAN}{suffix}", len(clean), len(clean) - len(accused), len(accused))
        for phenomenon in FORMS:
            planted = [plant for plant in plants if plant.phenomenon == phenomenon]
            of_server, of_zone = FORMS[phenomenon]
            found = sum(
                of_server in servers.get(plant.server, "nothing")
                and all(of_zone in zones[zone] for zone in plant.zones if zone in zones)
                for plant in planted
            )
            wrong = 0
            if phenomenon in INNOCENT:
                wrong = sum(_accuses(servers.get(plant.server, "")) for plant in planted)
            yield Tried(f"{phenomenon}{suffix}", len(planted), found, wrong)


FORMS = {
    "given up, all its zones": ("none its own", "lame at it"),
    "lame for one zone of many": ("lame for it", "lame at it"),
    "a limit of rates in spells": ("a limit of rates", "a limit of rates"),
    "a limit of rates all day": ("a limit of rates", "a limit of rates"),
    "a server of a large zone, 1 % fail": ("as a rule", "as a rule"),
    "a zone that is broken": ("fails for a few zones", "broken at it"),
    "a zone below the domain, lame": ("lame for it", "lame at it"),
    "half of the machines broken": ("answers too", "answers too"),
}
"""Of each phenomenon a part of what its server is read as, and what its zones are."""

INNOCENT = {
    "a limit of rates in spells",
    "a limit of rates all day",
    "a server of a large zone, 1 % fail",
}


def _accuses(reading: str) -> bool:
    return any(word in reading for word in ACCUSING)


def _plants(part: Part, rng: Random) -> Iterator[Plant]:
    servers = (f"198.51.{number // 256}.{number % 256}" for number in range(1 << 16))
    names = _names(part, rng)

    def zones(count: int) -> list[str]:
        return [next(names) for _ in range(count)]

    for _ in range(20):
        yield Plant("given up, all its zones", next(servers), zones(rng.randint(15, 60)), REFUSED, 6, 1.0)
        yield Plant(
            "lame for one zone of many", next(servers), zones(1), REFUSED, 20, 1.0, answers_others=9_000
        )
        many = zones(rng.randint(15, 40))
        yield Plant("a limit of rates in spells", next(servers), many, REFUSED, 60, 0.9, spells=True)
        few = zones(rng.randint(1, 4))
        yield Plant("a limit of rates all day", next(servers), few, REFUSED, 400, rng.uniform(0.2, 0.8))
        yield Plant("a server of a large zone, 1 % fail", next(servers), zones(1), REFUSED, 4_000, 0.01)
        yield Plant("a zone that is broken", next(servers), zones(1), SERVFAIL, 30, 1.0)
        below = [f"dev.{zone}" for zone in zones(1)]
        yield Plant("a zone below the domain, lame", next(servers), below, REFUSED, 20, 1.0)
        half = zones(1)
        yield Plant("half of the machines broken", next(servers), half, SERVFAIL, 200, rng.uniform(0.4, 0.6))
    for _ in range(CLEAN_SERVERS):
        asked = rng.choice((50, 500, 3_000))
        yield Plant(CLEAN, next(servers), zones(1), rng.choice((SERVFAIL, REFUSED)), asked, 0.002)


def _names(part: Part, rng: Random) -> Iterator[str]:
    """Domains, each once."""
    names = sorted(set(part.domains))
    yield from (f"{name}." for name in rng.sample(names, len(names)) if name.count(".") == 1)
    yield from (f"zone{number}-{part.seed}.example." for number in range(1 << 16))


def _records(plant: Plant, rng: Random) -> list[Any]:
    """What fails, and what was answered, told each ten minutes where the broker does it each minute."""
    made: list[Any] = []
    answered: dict[tuple[int, str], int] = {}
    for zone in plant.zones:
        seconds = 0.0
        while (seconds := seconds + rng.expovariate(plant.asked_a_day / DAY_S)) < DAYS * DAY_S:
            in_spell = not plant.spells or seconds % (DAY_S / 3) < 1800
            if in_spell and rng.random() < plant.share:
                made.append(_failure(plant, zone, seconds, rng))
            else:
                slot = int(seconds // 600), zone
                answered[slot] = answered.get(slot, 0) + 1
    for day in range(DAYS * (plant.answers_others > 0)):
        answered[day * 144 + 143, "others.example."] = plant.answers_others
    made += [
        _answers(plant.server, zone, 600 * (slot + 1), count) for (slot, zone), count in answered.items()
    ]
    return sorted(made, key=lambda record: record["time_ns"])


def _time_ns(seconds: float) -> int:
    return int((FIRST_DAY * DAY_S + seconds) * 1e9)


def _failure(plant: Plant, zone: str, seconds: float, rng: Random) -> dict[str, Any]:
    return {
        "time_ns": _time_ns(seconds),
        "sensor": "north",
        "type": 1,
        "response_ip": plant.server,
        "response_port": 53,
        "proto": 17,
        "query_ip": None,
        "query_port": None,
        "id": 7,
        "opcode": 0,
        "qname": f"n{rng.randrange(1 << 30):x}.{zone}",
        "qclass": 1,
        "qtype": A,
        "rcode": plant.rcode,
        "query": None,
        "response": bytes([0, 7, 0x80, plant.rcode]) + bytes(8),
        "query_zone": zone,
    }


def _answers(server: str, zone: str, seconds: float, count: int) -> dict[str, Any]:
    return {
        "time_ns": _time_ns(seconds),
        "span_ms": 600_000,
        "response_ip": server,
        "query_zone": zone,
        "noerror": count,
        "nxdomain": 0,
    }
