"""The plants of nxcast-consume dnsbl: bursts behind caches, unknown lists, closed ones, in a stream of mail.

Clean traffic are days of ordinary look-ups, and mail of senders large and small, more by day than by night,
that is looked up in known lists; search lists, dial-up hosts' names that mail servers ask forward, and
look-ups of networks' origins are in it too. A spike, a zone that looks like a list or a closed one that was
not planted is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import NamedTuple

from bench.evaluate_stream import DAY_S, SENSORS, Asked, Part, Tried, records
from nxcast.consumers.questions.dnsbl.dnsbl_question import Dnsbl

__all__ = ["tried"]

DAYS = 2
EACH = 4  # plants of each phenomenon
SENDERS = 120
HOUR_S = 3600
A, PTR, TXT, AAAA = 1, 12, 16, 28
ORDINARY_LISTS = {"zen.mailwarden.com.", "dbl.mailwarden.com.", "list.dnswarden.net."}  # of `dga_ordinary`


class World(NamedTuple):
    """What development and test have of their own."""

    addresses: tuple[str, ...]  # lists
    domains: tuple[str, ...]
    per_minute: tuple[float, ...]  # mails of each burst, in turn
    hours: float  # that it goes on
    network: tuple[int, ...]  # addresses that one sends from
    key: str
    closed: tuple[tuple[str, str], ...]  # list, and the owner of the SOA that denies
    word: str  # in the names of unknown lists


DEVELOPMENT = World(
    ("zen.spamhaus.org.", "bl.spamcop.net.", "psbl.surriel.com.", "bl.mailspike.net."),
    ("dbl.spamhaus.org.", "multi.uribl.com.", "multi.surbl.org."),
    (20, 40, 60, 120),
    3.5,
    (40, 60, 100, 200),
    "k3x9q1v7t2m8",
    (("dnsbl.sorbs.net.", "dnsbl.sorbs.net."), ("b.barracudacentral.org.", "org.")),
    "warden",
)
TEST = World(
    ("sbl.spamhaus.org.", "xbl.spamhaus.org.", "b.barracudacentral.org.", "all.s5h.net.", "list.dnswl.org."),
    ("dbl.nordspam.com.", "uribl.spameatingmonkey.net."),
    (15, 30, 90, 240),
    4.0,
    (30, 80, 120, 250),
    "9f4e1c77ab02d358e6b1c094f7a2d5e8c3",
    (
        ("ix.dnsbl.manitu.net.", "ix.dnsbl.manitu.net."),
        ("dul.dnsbl.sorbs.net.", "net."),
        ("dnsbl.spfbl.net.", "net."),
    ),
    "sentry",
)


def tried(part: Part) -> Iterator[Tried]:
    """All plants in one stream."""
    rng = Random(f"{part.name}/{part.seed}/dnsbl")
    world = TEST if part.families else DEVELOPMENT
    streams = [part.ordinary(DAYS), _mail(world, rng), *_no_lists(rng)]
    planted: dict[str, set[str]] = {}
    for phenomenon, plants in (
        ("burst, address", _bursts(world, rng, about="address")),
        ("burst, domain", _bursts(world, rng, about="domain")),
        ("many addresses of a network", _networks(world, rng)),
        *((f"unknown list, {kind}", _unknown(world, kind, rng)) for kind in KINDS),
        ("closed list", _closed(world, rng)),
    ):
        planted[phenomenon] = set()
        for name, asked in plants:
            planted[phenomenon].add(name)
            streams.append(asked)
    question = Dnsbl()
    question.take(list(records(*streams)))
    rows = {section.name: section.rows for section in question.sections()}
    found = {row["subject"] for row in rows["spikes"]}
    found |= {row["zone"] for name in ("unknown_zones", "ended") for row in rows[name]}
    known = set().union(*planted.values(), ORDINARY_LISTS)
    yield Tried("(clean traffic)", 0, 0, len(found - known))
    for phenomenon, names in planted.items():
        yield Tried(phenomenon, len(names), len(names & found), 0)


def _reversed(address: str) -> str:
    return ".".join(reversed(address.split(".")))


def _poisson(per_hour: float, start_s: float, end_s: float, rng: Random) -> Iterator[float]:
    seconds = start_s + rng.expovariate(per_hour / HOUR_S)
    while seconds < end_s:
        yield seconds
        seconds += rng.expovariate(per_hour / HOUR_S)


def _looked_up(times: Iterator[float], part: str, lists: tuple[str, ...], sensor: str) -> list[Asked]:
    return [
        Asked(seconds + number / 100, f"{part}.{zone}", A, zone, sensor)
        for seconds in times
        for number, zone in enumerate(lists)
    ]


def _by_day(per_hour: float, rng: Random) -> Iterator[float]:
    for hour in range(24 * DAYS):
        rate = per_hour * (1.6 if 8 <= hour % 24 < 20 else 0.4)
        yield from _poisson(rate, hour * HOUR_S, (hour + 1) * HOUR_S, rng)


def _mail(world: World, rng: Random) -> list[Asked]:
    asked = []
    for number in range(SENDERS):
        per_hour = 10 ** rng.uniform(-0.5, 1.8)
        times = list(_by_day(per_hour, rng))
        sensor = rng.choice(SENSORS)
        address = f"198.{rng.randint(18, 19)}.{number}.{rng.randint(1, 254)}"
        asked += _looked_up(iter(times), _reversed(address), world.addresses, sensor)
        asked += _looked_up(iter(times), f"company{number}.com", world.domains, sensor)
    return sorted(asked)


def _bursts(world: World, rng: Random, *, about: str) -> Iterator[tuple[str, list[Asked]]]:
    """Each seen by one resolver."""
    for number in range(EACH):
        start_s = rng.uniform(7, 24 * DAYS - world.hours) * HOUR_S
        times = _poisson(world.per_minute[number] * 60, start_s, start_s + world.hours * HOUR_S, rng)
        sensor = rng.choice(SENSORS)
        if about == "address":
            name = f"203.0.{rng.randint(114, 250)}.{rng.randint(1, 254)}"
            yield name, _looked_up(times, _reversed(name), world.addresses, sensor)
        else:
            name = f"burst{number}-{rng.randrange(10**6)}.net"
            yield f"{name}.", _looked_up(times, f"www.{name}", world.domains, sensor)


def _networks(world: World, rng: Random) -> Iterator[tuple[str, list[Asked]]]:
    for number, addresses in enumerate(world.network):
        start_s = rng.uniform(7, 24 * DAYS - 1) * HOUR_S
        network = f"100.{64 + number}.{rng.randint(0, 255)}"
        sensor = rng.choice(SENSORS)
        asked: list[Asked] = []
        for host in range(1, addresses + 1):
            at_s = start_s + rng.uniform(0, 1500)
            asked += _looked_up(iter([at_s]), _reversed(f"{network}.{host}"), world.addresses, sensor)
        yield f"{network}.0/24", sorted(asked)


KINDS = ("addresses", "domains", "host names", "hashes", "with a key", "minimised")


def _unknown(world: World, kind: str, rng: Random) -> Iterator[tuple[str, list[Asked]]]:
    """Lists that nobody knows, each asked about some 80 subjects in the two days."""
    for number in range(EACH):
        zone = f"{kind.split()[0]}{number}.{world.word}{number}.net."
        sensor = rng.choice(SENSORS)
        asked = []
        for seconds in _poisson(80 / 24 / DAYS, 0, DAYS * DAY_S, rng):
            part = _part(kind, world, rng)
            if kind == "minimised":
                step = part.rpartition(".")[2]
                asked.append(Asked(seconds, f"{step}.{zone}", A, zone, sensor))
            asked.append(Asked(seconds + 0.01, f"{part}.{zone}", rng.choice((A, A, TXT)), zone, sensor))
        yield zone, asked


def _part(kind: str, world: World, rng: Random) -> str:
    address = ".".join(str(rng.randint(1, 254)) for _ in range(4))
    domain = f"{world.word[:3]}{rng.randrange(10**5)}.{rng.choice(('com', 'net', 'org', 'info'))}"
    if kind == "domains":
        return domain
    if kind == "host names":
        return f"{rng.choice(('www', 'mail', 'click', 'img', 'mx1.eu'))}.{domain}"
    if kind == "hashes":
        return sha256(domain.encode()).hexdigest()[: rng.choice((32, 40))]
    return f"{address}.{world.key}" if kind == "with a key" else address


def _closed(world: World, rng: Random) -> Iterator[tuple[str, list[Asked]]]:
    for zone, soa in world.closed:
        asked = []
        for seconds in _poisson(2, 0, DAYS * DAY_S, rng):
            address = ".".join(str(rng.randint(1, 254)) for _ in range(4))
            asked.append(Asked(seconds, f"{address}.{zone}", A, soa, SENSORS[0]))
        yield zone, asked


def _no_lists(rng: Random) -> Iterator[list[Asked]]:
    """What has the look of a list and is none."""
    forward, searched, origins = [], [], []
    for seconds in _poisson(10, 0, DAYS * DAY_S, rng):
        sensor = rng.choice(SENSORS)
        address = f"{rng.randint(1, 254)}.{rng.randint(1, 254)}.77.100"
        forward.append(Asked(seconds, f"{address}.in-addr.arpa.", PTR, "100.in-addr.arpa.", sensor))
        for number, qtype in enumerate((A, AAAA)):
            name = f"{address}.access.provider.net."
            forward.append(Asked(seconds + 1 + number / 100, name, qtype, "access.provider.net.", sensor))
        typed = f"{rng.choice(('', 'www.'))}misspelt{rng.randrange(10**6)}.com."
        searched.append(Asked(seconds, typed, A, "com.", sensor))
        for number, qtype in enumerate((A, AAAA)):
            name = f"{typed}corp.company.org."
            searched.append(Asked(seconds + 1 + number / 100, name, qtype, "company.org.", sensor))
        name = f"{address}.asn.routeviews.org."
        origins.append(Asked(seconds, name, TXT, "asn.routeviews.org.", sensor))
    yield from (forward, searched, origins)
