"""Why DNS look-ups fail, and how it looks: one small function a cause. Pure.

Each takes the world, a source of randomness and the day (days since the epoch, UTC) and returns a Case: what
is asked, whose servers answer, and what they say. Octets, transport and capitals are not decided here.
`CAUSES` holds them by name, each with its RCODE and its weight among the causes of that RCODE. A name's part
before the hyphen is its family: dga-hex is of the family dga.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from ipaddress import IPv6Address
from random import Random
from typing import NamedTuple

from nxcast.producers.synthetic.messages import AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT, A, Record
from nxcast.producers.synthetic.world import (
    DNSBL_DOMAIN_ZONES,
    DNSBL_IP_ZONES,
    DNSBL_KEY_ZONES,
    World,
    dga_names,
)

__all__ = ["CAUSES", "SCHEDULED", "Case", "Cause", "beacon", "dnsbl_spike"]
__all__ += ["NOERROR", "NXDOMAIN", "REFUSED", "SERVFAIL"]

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 0, 1, 2, 3, 4, 5  # RFC 1035 section 4.1.1
NXRRSET, NOTAUTH = 8, 9  # RFC 2136 section 2.2
BADVERS, BADCOOKIE = 16, 23  # RFC 6891 section 9, RFC 7873 section 8
UPDATE = 5  # opcode, RFC 2136
HTTPS = 65  # type, RFC 9460
# An OPT option that says why: RFC 8914, code 15 'Extended DNS Error', INFO-CODE 20 'Not Authoritative'.
_EDE_NOT_AUTHORITATIVE = struct.pack("!HHH", 15, 2, 20)
_COOKIE = 10  # OPT option, RFC 7873
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_HOSTS = ("www", "mail", "api", "cdn", "img", "shop", "m", "login", "static")
_ADDRESS_TYPES = (A, A, AAAA)


class Case(NamedTuple):
    """One question and its answer; names as text without the last dot, '' is the root."""

    qname: str
    qtype: int
    rcode: int  # the full one
    zone: str  # whose servers answer
    soa: str | None = None  # owner of the SOA in the authority section
    encloser: str | None = None  # of an NXDOMAIN: the closest name above that exists, if below the zone's
    answers: tuple[Record, ...] = ()
    authorities: tuple[Record, ...] = ()
    additionals: tuple[Record, ...] = ()
    opcode: int = 0
    authoritative: bool = True
    truncated: bool = False
    bare: bool = False  # the response is a header and nothing else
    edns: bool = True  # the server knows EDNS
    options: bytes = b""  # of its OPT
    query_options: bytes = b""  # of the query's OPT
    capitals: float = 0.3  # share of the resolvers that ask with 0x20


Make = Callable[[World, Random, int], Case]


class Cause(NamedTuple):
    """A cause's RCODE, its share among the causes of that RCODE (any unit), and what makes its cases."""

    rcode: int
    weight: float
    make: Make


def _tld(domain: str) -> str:
    return domain.rpartition(".")[2]


def _missing(qname: str, qtype: int, zone: str) -> Case:
    """NXDOMAIN from the zone in which the name would be."""
    return Case(qname, qtype, NXDOMAIN, zone, soa=zone)


# NXDOMAIN: what does not exist


def _typing_error(world: World, rng: Random, _day: int) -> Case:
    domain = world.popular(rng)
    if rng.random() < 0.3:
        prefix = rng.choice(("wwww", "ww", "wwww", "http", "www.www", "wwe"))
        encloser = f"www.{domain}" if "." in prefix else None
        return _missing(f"{prefix}.{domain}", rng.choice(_ADDRESS_TYPES), domain)._replace(encloser=encloser)
    name, _, tld = domain.partition(".")
    qname = f"{_mistyped(name, rng)}.{tld}"
    while qname in world.delegated:
        qname = f"{_mistyped(name, rng)}.{tld}"
    return _missing(qname if rng.random() < 0.5 else f"www.{qname}", rng.choice(_ADDRESS_TYPES), tld)


def _mistyped(name: str, rng: Random) -> str:
    """Two letters swapped, one lost, one doubled, or the key beside it."""
    at = rng.randrange(1, len(name) - 1)
    mistake = rng.randrange(4)
    if mistake == 0 and name[at] != name[at + 1]:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if mistake == 1:
        return name[:at] + name[at + 1 :]
    row = next((row for row in _KEYBOARD if name[at] in row), "")
    if mistake == 2 and row:
        place = row.index(name[at])
        return name[:at] + row[place - 1 if place else 1] + name[at + 1 :]
    return name[: at + 1] + name[at:]


def _dead_mail(world: World, rng: Random, _day: int) -> Case:
    domain = world.dead[int(len(world.dead) * rng.random() ** 2)]
    return _missing(domain, MX, _tld(domain))


def _dnsbl_ip4(_world: World, rng: Random, _day: int) -> Case:
    zone = rng.choice(DNSBL_IP_ZONES)
    return _missing(f"{_reversed_v4(rng)}.{zone}", A, zone)


def _dnsbl_ip6(_world: World, rng: Random, _day: int) -> Case:
    zone = rng.choice(DNSBL_IP_ZONES)
    return _missing(f"{_reversed_v6(rng)}.{zone}", A, zone)


def _dnsbl_domain(world: World, rng: Random, _day: int) -> Case:
    zone = rng.choice(DNSBL_DOMAIN_ZONES)
    domain = rng.choice(world.dead) if rng.random() < 0.1 else world.popular(rng)
    return _missing(f"{domain}.{zone}", A, zone)._replace(capitals=0.7)


def _dnsbl_key(world: World, rng: Random, _day: int) -> Case:
    zone = rng.choice(DNSBL_KEY_ZONES)
    what = world.popular(rng) if zone.startswith("dbl") else _reversed_v4(rng)
    return _missing(f"{what}.{rng.choice(world.keys)}.{zone}", A, zone)


def dnsbl_spike(world: World) -> Case:
    """A domain that never sends mail, looked up in a blocklist. Comes in bursts, so it has no weight."""
    zone = DNSBL_DOMAIN_ZONES[0]
    return _missing(f"{world.spiked}.{zone}", A, zone)._replace(capitals=0.7)


def _reversed_v4(rng: Random) -> str:
    """The labels of an IPv4 address, last octet first (RFC 5782 section 2.1)."""
    return f"{rng.randint(1, 254)}.{rng.choice(('2.0.192', '100.51.198', '113.0.203'))}"


def _reversed_v6(rng: Random) -> str:
    """The 32 nibbles of an IPv6 address, last first (RFC 5782 section 2.4)."""
    address = IPv6Address(0x20010DB8 << 96 | rng.getrandbits(16) << 64 | rng.getrandbits(32))
    return address.reverse_pointer.removesuffix(".ip6.arpa")


def _dga(kind: str) -> Make:
    def make(world: World, rng: Random, day: int) -> Case:
        names = dga_names(world.seed, kind, day)
        qname = rng.choice(names)
        while qname in world.delegated:  # as a few of those made of words are
            qname = rng.choice(names)
        return _missing(qname, A, _tld(qname))

    return make


def _service(world: World, rng: Random, _day: int) -> Case:
    if rng.random() < 0.4:
        site = rng.choice(("corp", "office.local", "ad.lan"))
        return _missing(f"_ldap._tcp.dc._msdcs.{site}", SRV, "")
    domain = world.popular(rng)
    service = rng.choice(("_sip._tls", "_sipfederationtls._tcp", "_autodiscover._tcp", "_kerberos._udp"))
    return _missing(f"{service}.{domain}", SRV, domain)


def _autoconfig(world: World, rng: Random, _day: int) -> Case:
    host = rng.choice(("wpad", "autodiscover", "isatap", "autoconfig", "lyncdiscover"))
    if rng.random() < 0.3:
        return _missing(f"{host}.{rng.choice(('lan', 'home', 'localdomain'))}", A, "")
    domain = world.popular(rng)
    return _missing(f"{host}.{domain}", rng.choice(_ADDRESS_TYPES), domain)


def _leaked(world: World, rng: Random, _day: int) -> Case:
    host = world.popular(rng).partition(".")[0].partition("-")[0]
    suffix = rng.choice(("local", "lan", "home", "corp", "internal", "localdomain"))
    return _missing(f"{host}.{suffix}", rng.choice(_ADDRESS_TYPES), "")


def _browser_probe(_world: World, rng: Random, _day: int) -> Case:
    label = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(7, 15)))
    return _missing(label, A, "")


def _reverse(_world: World, rng: Random, _day: int) -> Case:
    if rng.random() < 0.2:
        return _missing(f"{_reversed_v6(rng)}.ip6.arpa", PTR, "8.b.d.0.1.0.0.2.ip6.arpa")
    qname = f"{_reversed_v4(rng)}.in-addr.arpa"
    return _missing(qname, PTR, qname.partition(".")[2])


def _hash_lookup(world: World, rng: Random, _day: int) -> Case:
    zone = f"avts.{world.domains[0]}"
    return _missing(f"{rng.randbytes(16).hex()}.files.{zone}", A, zone)


def _cname(world: World, rng: Random, _day: int) -> Case:
    provider = world.domains[1 + rng.randrange(8)]
    owner = f"www.{world.popular(rng)}"
    target = f"{owner.split('.')[1]}.edge.{provider}"
    alias = Record(owner, CNAME, 300, (target,))
    return Case(owner, A, NXDOMAIN, provider, soa=provider, answers=(alias,))


def _without_soa(world: World, rng: Random, day: int) -> Case:
    return _typing_error(world, rng, day)._replace(soa=None)


def _truncated(world: World, rng: Random, day: int) -> Case:
    return _typing_error(world, rng, day)._replace(soa=None, truncated=True)


def beacon(world: World, number: int) -> Case:
    """What the software of defunct provider `number` asks. Comes at regular intervals: it has no weight."""
    domain = world.defunct[number]
    return _missing(f"update.{domain}", A, _tld(domain))._replace(capitals=0.0)


# Other errors: servers that can't or won't


def _lame(world: World, rng: Random, _day: int) -> Case:
    number = int(len(world.lame) * rng.random() ** 2)
    domain = world.lame[number]
    qname = domain if rng.random() < 0.4 else f"{rng.choice(_HOSTS)}.{domain}"
    style = rng.random()
    return Case(
        qname,
        rng.choice((A, A, AAAA, MX, NS, TXT)),
        REFUSED,
        f"parking{number % 4}.{world.domains[9]}",
        authoritative=False,
        bare=style < 0.05,
        edns=style < 0.85,
        options=_EDE_NOT_AUTHORITATIVE if style > 0.6 else b"",
    )


def _broken(world: World, rng: Random, _day: int) -> Case:
    domain = rng.choice(world.broken)
    qname = domain if rng.random() < 0.4 else f"{rng.choice(_HOSTS)}.{domain}"
    bare = rng.random() < 0.03
    return Case(qname, rng.choice((A, AAAA, MX, SOA)), SERVFAIL, domain, authoritative=False, bare=bare)


def _formerr(world: World, rng: Random, _day: int) -> Case:
    domain = world.popular(rng)
    return Case(domain, A, FORMERR, domain, authoritative=False, bare=rng.random() < 0.8, edns=False)


def _notimp(world: World, rng: Random, _day: int) -> Case:
    domain = world.popular(rng)
    return Case(domain, HTTPS, NOTIMP, domain, authoritative=False, bare=rng.random() < 0.5, edns=False)


def _update(rcode: int) -> Make:
    def make(world: World, rng: Random, _day: int) -> Case:
        domain = world.popular(rng)
        return Case(domain, SOA, rcode, domain, opcode=UPDATE, authoritative=False, edns=False, capitals=0.0)

    return make


def _badvers(world: World, rng: Random, _day: int) -> Case:
    domain = world.popular(rng)
    return Case(domain, A, BADVERS, domain, authoritative=False)


def _badcookie(world: World, rng: Random, _day: int) -> Case:
    domain = world.popular(rng)
    ours, theirs = rng.randbytes(8), rng.randbytes(8)  # of client and server, RFC 7873 section 4
    return Case(
        domain,
        A,
        BADCOOKIE,
        domain,
        authoritative=False,
        options=struct.pack("!HH", _COOKIE, 16) + ours + theirs,
        query_options=struct.pack("!HH", _COOKIE, 8) + ours,
    )


# NOERROR: what a resolver gets most of the time


def _answer(world: World, rng: Random, _day: int) -> Case:
    domain = world.popular(rng)
    owner = domain if rng.random() < 0.4 else f"{rng.choice(_HOSTS)}.{domain}"
    kind = rng.random()
    if kind < 0.1:
        exchanger = Record(owner, MX, 3600, (b"\0\x0a", f"mx1.{domain}"))
        return Case(owner, MX, NOERROR, domain, answers=(exchanger,))
    if kind < 0.15:
        return Case(owner, TXT, NOERROR, domain, answers=(Record(owner, TXT, 3600, (b"\x0bv=spf1 -all",)),))
    if kind < 0.35:
        address = b"\x20\x01\x0d\xb8" + rng.randbytes(2) + bytes(9) + b"\x50"
        return Case(owner, AAAA, NOERROR, domain, answers=(Record(owner, AAAA, 300, (address,)),))
    if kind < 0.5:
        alias = Record(owner, CNAME, 300, (f"web.{domain}",))
        return Case(owner, A, NOERROR, domain, answers=(alias, _host(f"web.{domain}", rng)))
    return Case(owner, A, NOERROR, domain, answers=tuple(_host(owner, rng) for _ in range(rng.randint(1, 3))))


def _nodata(world: World, rng: Random, _day: int) -> Case:
    domain = world.popular(rng)
    return Case(f"{rng.choice(_HOSTS)}.{domain}", rng.choice((AAAA, HTTPS)), NOERROR, domain, soa=domain)


def _referral(world: World, rng: Random, _day: int) -> Case:
    domain = world.popular(rng)
    hosts = [f"ns{number}.{domain}" for number in (1, 2)]
    return Case(
        f"{rng.choice(_HOSTS)}.{domain}",
        rng.choice(_ADDRESS_TYPES),
        NOERROR,
        _tld(domain),
        authorities=tuple(Record(domain, NS, 172_800, (host,)) for host in hosts),
        additionals=tuple(_host(host, rng) for host in hosts),
        authoritative=False,
    )


def _host(owner: str, rng: Random) -> Record:
    return Record(owner, A, 300, (b"\xc0\x00\x02" + bytes([rng.randint(64, 254)]),))


CAUSES: dict[str, Cause] = {
    "typing-error": Cause(NXDOMAIN, 22, _typing_error),
    "dead-mail": Cause(NXDOMAIN, 16, _dead_mail),
    "dnsbl-ip4": Cause(NXDOMAIN, 16, _dnsbl_ip4),
    "dnsbl-ip6": Cause(NXDOMAIN, 2, _dnsbl_ip6),
    "dnsbl-domain": Cause(NXDOMAIN, 8, _dnsbl_domain),
    "dnsbl-key": Cause(NXDOMAIN, 3, _dnsbl_key),
    "dga-letters": Cause(NXDOMAIN, 5, _dga("letters")),
    "dga-hex": Cause(NXDOMAIN, 4, _dga("hex")),
    "dga-words": Cause(NXDOMAIN, 4, _dga("words")),
    "service": Cause(NXDOMAIN, 4, _service),
    "autoconfig": Cause(NXDOMAIN, 4, _autoconfig),
    "leaked": Cause(NXDOMAIN, 3, _leaked),
    "browser-probe": Cause(NXDOMAIN, 2, _browser_probe),
    "reverse": Cause(NXDOMAIN, 3, _reverse),
    "hash-lookup": Cause(NXDOMAIN, 1, _hash_lookup),
    "cname": Cause(NXDOMAIN, 1.5, _cname),
    "without-soa": Cause(NXDOMAIN, 1, _without_soa),
    "truncated": Cause(NXDOMAIN, 0.5, _truncated),
    "lame": Cause(REFUSED, 1, _lame),
    "broken": Cause(SERVFAIL, 1, _broken),
    "formerr": Cause(FORMERR, 1, _formerr),
    "notimp": Cause(NOTIMP, 1, _notimp),
    "update-notauth": Cause(NOTAUTH, 1, _update(NOTAUTH)),
    "update-nxrrset": Cause(NXRRSET, 1, _update(NXRRSET)),
    "extended-badvers": Cause(BADVERS, 1, _badvers),
    "extended-badcookie": Cause(BADCOOKIE, 1, _badcookie),
    "answer": Cause(NOERROR, 55, _answer),
    "nodata": Cause(NOERROR, 10, _nodata),
    "referral": Cause(NOERROR, 10, _referral),
}
"""The causes that come at random, by name."""

SCHEDULED = ("beacon", "dnsbl-spike")
"""The causes that come by the clock, all of them NXDOMAIN."""
