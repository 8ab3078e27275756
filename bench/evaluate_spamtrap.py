"""The plants of nxcast-consume spamtrap: dead mail domains, and what must not be taken for one, in a stream.

A plant is one domain, asked for by MX, that ordinary look-ups don't ask for. Of a dead one it is found that
it is a candidate; of the others that it isn't, and why. Clean traffic are days of ordinary look-ups: some
domains that nobody has are asked for by MX there too, so what is wrong are candidates that are near a
provider's.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from bench import dga_ordinary
from bench.evaluate_stream import DAY_S, SENSORS, Asked, Part, Tried, records
from nxcast.consumers.names.domains import registrable
from nxcast.consumers.questions.spamtrap.mailbox_providers import near
from nxcast.consumers.questions.spamtrap.spamtrap_question import Spamtrap

__all__ = ["tried"]

DAYS = 8
DEAD, TYPED, SILENT, GREETED = 100, 60, 20, 20  # domains of each phenomenon
A, MX = 1, 15
LETTERS = "abcdefghijklmnopqrstuvwxyz"
FEW = 0.7, 6.0  # look-ups a day of a domain, from and to
DEVELOPMENT = (
    "gmail.com hotmail.com yahoo.fr aol.com 163.com web.de mail.ru libero.it wp.pl orange.fr comcast.net"
)
TEST = (
    "outlook.com gmx.de qq.com abv.bg seznam.cz rambler.ru laposte.net freemail.hu o2.pl cox.net uol.com.br"
)


def tried(part: Part) -> Iterator[Tried]:
    """All plants in one stream."""
    rng = Random(f"{part.name}/{part.seed}/spamtrap")
    ordinary = part.ordinary(DAYS)
    mailed = {registrable(asked.qname) for asked in ordinary if asked.qtype == MX}
    dead = [name for name in _dead(part, rng, 2 * (DEAD + SILENT + GREETED)) if f"{name}." not in mailed]
    dead = dead[: DEAD + SILENT + GREETED]
    lasting, silent, greeted = dead[:DEAD], dead[DEAD : DEAD + SILENT], dead[DEAD + SILENT :]
    typed = _typed((TEST if part.domains else DEVELOPMENT).split(), rng)
    streams = [ordinary]
    streams += [_asked(name, name, rng) for name in (*lasting, *typed)]
    streams += [_asked(name, name, rng, until=4) for name in silent]
    streams += [_asked(name, f"out{rng.randrange(20)}.{name}", rng) for name in greeted]
    streams.append(_minimised(dead, rng))
    question = Spamtrap(show_near=True)
    question.take(list(records(*streams)))
    sections = {section.name: section.rows for section in question.sections()}
    rows = {row["domain"].removesuffix("."): row for row in sections["candidates"]}
    shown = {row["domain"].removesuffix(".") for row in sections["near"]}
    asked = {name for name in rows if name not in dead and name not in typed}
    yield Tried("(clean traffic)", 0, 0, sum(near(f"{name}.") is not None for name in asked))
    yield Tried("dead", len(lasting), len(rows.keys() & set(lasting)), len(rows.keys() & set(typed)))
    yield Tried("typing errors of providers", len(typed), len(shown & set(typed)), len(shown & set(dead)))
    yield Tried("registered, so silent", len(silent), len(set(silent) - rows.keys()), 0)
    hosts = {name for name, row in rows.items() if row["hosts_only"]}
    first = set(list(rows)[: len(rows) - len(hosts)])  # those rank last
    yield Tried("asked for by those who are greeted", len(greeted), len(hosts & set(greeted) - first), 0)
    deaf = {row["sensor"] for row in sections["deaf"]}
    yield Tried("resolver that minimises", 1, int("deaf" in deaf), len(deaf - {"deaf"}))


def _dead(part: Part, rng: Random, count: int) -> list[str]:
    """Domains that died, none of which is a provider's."""
    if part.domains:
        names = [name for name in rng.sample(part.domains, 2 * count) if name.count(".") == 1]
    else:
        names = _expired(part.seed, 40 * count)
    mailed = [name for name in dict.fromkeys(names) if (found := near(f"{name}.")) is None or found.distance]
    return mailed[:count]


def _expired(seed: int, count: int) -> list[str]:
    made = dga_ordinary.ordinary(seed + 1000)
    found = []
    for _ in range(count):
        look_up = next(made)
        zone = look_up.qname.partition(".")[2]
        if look_up.soa == zone and zone.count(".") == 1:  # nobody has it
            found.append(look_up.qname.removesuffix("."))
    return found


def _typed(providers: list[str], rng: Random) -> list[str]:
    """Providers' domains with one slip in the label, or in com."""
    found: dict[str, None] = {}
    while len(found) < TYPED:
        label, _, suffix = rng.choice(providers).partition(".")
        at = rng.randrange(len(label))
        slips = (
            label[:at] + label[at + 1 :],
            label[:at] + rng.choice(LETTERS) + label[at:],
            label[:at] + label[at] + label[at:],
            label[:at] + rng.choice(LETTERS) + label[at + 1 :],
            label[:at] + label[at : at + 2][::-1] + label[at + 2 :],
            label,
        )
        slip = rng.choice(slips)
        end = rng.choice(("con", "cm", "comm")) if slip == label and suffix == "com" else suffix
        if (slip, end) != (label, suffix) and len(slip) > 1:
            known = near(f"{slip}.{end}.")
            if known is None or known.distance:  # another provider's is no slip
                found[f"{slip}.{end}"] = None
    return list(found)


def _asked(domain: str, name: str, rng: Random, until: float = DAYS) -> list[Asked]:
    mean_s = DAY_S / rng.uniform(*FEW) if until == DAYS else DAY_S / 6
    soa = f"{domain.partition('.')[2]}."
    if soa in ("con.", "cm.", "comm."):
        soa = "."
    asked = []
    seconds = rng.expovariate(1 / mean_s)
    while seconds < until * DAY_S:
        asked.append(Asked(seconds, f"{name}.", MX, soa, rng.choice(SENSORS)))
        seconds += rng.expovariate(1 / mean_s)
    return asked


def _minimised(names: list[str], rng: Random) -> list[Asked]:
    """What a sensor behind a resolver that minimises sees of the same mail."""
    return sorted(
        Asked(rng.uniform(0, DAYS * DAY_S), f"{name}.", A, f"{name.partition('.')[2]}.", "deaf")
        for name in names
    )
