"""The plants of nxcast-consume discovery: services in domains that nobody has, leaks, and what stands apart.

A plant is one domain and service, one suffix, or one name. Clean traffic are days of ordinary look-ups: what
is open to registration in them, and each typing error or signal, is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from bench.evaluate_stream import DAY_S, SENSORS, Asked, Part, Tried, records
from nxcast.consumers.questions.discovery.discovery_question import Discovery

__all__ = ["tried"]

DAYS = 3
EACH = 5  # domains of each service
A, SRV = 1, 33
# What is obeyed, by the kind of network that asks; what is only named; suffixes; slips of suffixes.
DEVELOPMENT = (
    "wpad autodiscover _ldap._tcp.dc._msdcs _kerberos._udp _sipinternaltls._tcp lyncdiscover _vlmcs._tcp",
    "_dmarc _bimi _ts3._udp _etcd-server._tcp _nfs._tcp _kms._tcp _mongodb._tcp _xmpps-client._tcp",
    "lan corp intranet unheardof",
    "con ocm cmo",
)
TEST = (
    "isatap autoconfig _ldap._tcp.pdc._msdcs _kpasswd._tcp _gc._tcp enterpriseenrollment _imaps._tcp "
    "_mssms_mp_s01._tcp",
    "_adsp._domainkey _hip-nat-t._udp _etcd-client-ssl._tcp _x-puppet._tcp _minecraft._tcp _stun._udp "
    "_openpgpkey._tcp",
    "home local localdomain fabrikam",
    "comm nte orgg",
)


def tried(part: Part) -> Iterator[Tried]:
    """All plants in one stream."""
    rng = Random(f"{part.name}/{part.seed}/discovery")
    obeyed, named, suffixes, slips = (text.split() for text in (TEST if part.domains else DEVELOPMENT))
    free = [f"kettle{rng.randrange(10**6)}works.com." for _ in range(EACH)]
    taken = [f"kettle{rng.randrange(10**6)}house.com." for _ in range(EACH)]
    streams = [part.ordinary(DAYS)]
    for service in (*obeyed, *named):
        streams += [_asked(f"{service}.{domain}", "com.", rng) for domain in free]
        streams += [_asked(f"{service}.{domain}", domain, rng) for domain in taken]
    hosts = [f"host{number}" for number in range(20)]
    streams += [_asked(f"{host}.office.{suffix}.", ".", rng) for suffix in suffixes for host in hosts]
    streams += [_asked(f"www.kettle{number}.{slip}.", ".", rng) for slip in slips for number in range(9)]
    inner = [f"{host}.lan.{taken[0]}" for host in hosts]
    streams += [_asked(name, taken[0], rng) for name in inner]
    streams += [_asked(f"_ta-{rng.randrange(1 << 16):04x}.", ".", rng) for _ in range(EACH)]
    streams += [_asked(f"10.{rng.randrange(256)}.0.{rng.randrange(256)}.", ".", rng) for _ in range(EACH)]
    question = Discovery()
    question.take(list(records(*streams)))
    sections = {section.name: section.rows for section in question.sections()}
    opened = {(row["domain"], row["service"].partition(".")[0]) for row in sections["open"]}
    planted = {(domain, _label(service)) for domain in free for service in obeyed}
    only_named = {(domain, _label(service)) for domain in free for service in named}
    clean = len({domain for domain, _ in opened} - {*free, *taken})
    yield Tried("(clean traffic)", 0, 0, clean)
    wrong = len({domain for domain, _ in opened} & set(taken)) + len(opened & only_named)
    yield Tried("open to registration", len(planted), len(planted & opened), wrong)
    kinds = {row["service"].partition(".")[0]: row["kind"] for row in sections["services"]}
    known = {label for label, kind in kinds.items() if kind != "other"}
    labels = {_label(service) for service in (*obeyed, *named)}
    yield Tried("services known", len(labels), len(labels & known), 0)
    leaks = [row["suffix"].removesuffix(".") for row in sections["leaks"]]
    yield Tried("leaks", len(suffixes), len(set(leaks) & set(suffixes)), len(set(leaks) & set(slips)))
    inside = sum(row["inside"] for row in sections["leaks"])
    yield Tried("inside a search list's name", len(inner), min(inside, len(inner)), 0)
    mistyped = {row["suffix"].removesuffix(".") for row in sections["mistyped"]}
    yield Tried(
        "slips of top-level domains", len(slips), len(mistyped & set(slips)), len(mistyped - set(slips))
    )
    signals = {row["kind"]: row["names"] for row in sections["signals"]}
    yield Tried("trust anchors", EACH, min(signals.get("trust anchors", 0), EACH), signals.get("probe", 0))
    noise = {row["kind"]: row["names"] for row in sections["noise"]}
    yield Tried("addresses at the root", EACH, min(noise.get("numbers", 0), EACH), noise.get("octets", 0))


def _label(service: str) -> str:
    """As the question calls it: without the site of `_mssms_mp_SITE`."""
    if service.startswith("_mssms_mp"):
        return "_mssms_mp"
    first, _, rest = service.partition(".")
    return rest if first == "_adsp" and not rest else first


def _asked(name: str, soa: str, rng: Random) -> list[Asked]:
    """Four times, hours apart."""
    start = rng.uniform(0, DAY_S / 2)
    sensor = rng.choice(SENSORS)
    return sorted(
        Asked(start + at * rng.uniform(0.3, 0.6) * DAY_S, name, SRV if name[0] == "_" else A, soa, sensor)
        for at in range(4)
    )
