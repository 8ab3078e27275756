"""What is out before any name is scored, and what of the others is. Pure.

A generated domain is one that nobody registered: the zone that denies it is that of the public suffix. So all
below a domain that exists is out at once, however random it looks: blocklist look-ups, reverse zones, hashes
that virus scanners and CDNs ask for, hosts mistyped, names of services. So are single labels (browsers probe
with random ones) and names inside of networks. What stays is one label, the one that somebody would have had
to register; what type of record is asked for says nothing, as it exists for none (RFC 8020).
"""

from __future__ import annotations

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from nxcast.consumers.names.domains import within
from nxcast.consumers.names.fold import fold
from nxcast.consumers.names.internal import internal
from nxcast.consumers.names.suffixes import Suffixes

__all__ = ["DYNAMIC_DNS", "OTHER_ROOTS", "candidate"]

# Domains under which whoever likes has a host for nothing within a minute: families use them as they do
# top-level domains. As of November 2026, of the Public Suffix List's private section and of common knowledge
# of their providers' zones. Clouds and CDNs are not here: random labels are their rule.
DYNAMIC_DNS: frozenset[str] = frozenset(
    f"{zone}."
    for zone in (
        *("3322.org", "8866.org", "f3322.net", "f3322.org"),  # pubyun.com
        *("vicp.cc", "vicp.net", "xicp.net"),  # oray.com
        *(
            "chickenkiller.com",
            "crabdance.com",
            "ignorelist.com",
            "jumpingcrab.com",
            "mooo.com",
        ),  # afraid.org
        *("strangled.net", "us.to"),
        *("ddns.me", "ddns.net", "bounceme.net", "gotdns.ch", "hopto.org", "myftp.org"),  # noip.com
        *("no-ip.biz", "no-ip.info", "no-ip.org", "noip.me", "redirectme.net", "servebeer.com"),
        *("serveftp.com", "sytes.net", "webhop.me", "zapto.org", "3utilities.com"),
        *("dnsalias.com", "dynalias.com", "dyndns.info", "dyndns.org", "gotdns.com", "homeip.net"),  # dyn.com
        *("is-a-geek.com", "mine.nu", "selfip.com"),
        *(
            "accesscam.org",
            "camdvr.org",
            "casacam.net",
            "ddnsfree.com",
            "dynu.net",
            "freeddns.org",
        ),  # dynu.com
        *("giize.com", "gleeze.com", "kozow.com", "loseyourip.com", "mywire.org", "ooguy.com"),
        *("theworkpc.com", "webredirect.org"),
        *("cloudns.cc", "dynns.com", "dynserv.org", "dynv6.net", "duckdns.org", "dy.fi", "spdns.de"),
    )
)

# Top-level domains of other roots, which families use as nobody can take a domain away there; the root that
# all ask denies them. As of November 2026: EmerDNS (emercoin.com), Namecoin (namecoin.org), OpenNIC's own
# (opennic.org, wiki, New TLDs) but for "o" and "free", which names of networks have.
OTHER_ROOTS: frozenset[str] = frozenset(
    f"{zone}."
    for zone in (
        *("bazar", "coin", "emc", "lib"),
        "bit",
        *("bbs", "chan", "cyb", "dyn", "epic", "fur", "geek", "gopher", "indy", "libre", "neo", "null"),
        *("oss", "oz", "parody", "pirate"),
    )
)

CACHED = 16_384  # answers, and zones that denied, some 400 octets each with their names: 14 MB


def candidate(qname: str, soa_rrname: str | None) -> tuple[str, str] | None:
    """The label that isn't registered and its suffix, folded ('qxkzj', 'com.'); None for a name that is out.

    Both names as records have them. Without an SOA (a truncated response, say) only a name that has nothing
    before the label is sure not to be a host of a domain that exists.
    """
    denies = None if soa_rrname is None else _denies(soa_rrname)
    if denies is _OUT:
        return None
    if not qname.isascii() or "_" in qname or "\\" in qname:
        return None
    if denies is None:
        return _candidate(qname, soa_rrname)
    # A top-level domain is the suffix, but where a longer rule begins as the name ends.
    end, suffix = denies
    name = qname.lower()
    if not name.endswith(end):
        return None
    before = name[: -len(end)]
    start = before.rfind(".") + 1
    label = before[start:]
    if not label or (start and (name[0] == "." or ".." in name)):
        return None  # no name has an empty label but the root
    if f"{label}{end}" in _suffixes().longer:
        return _candidate(qname, soa_rrname)
    return label, suffix


@lru_cache(CACHED)
def _candidate(qname: str, soa_rrname: str | None) -> tuple[str, str] | None:
    """The same of any name without escapes."""
    if not qname.endswith("."):
        return None
    name = fold(qname)
    if name.count(".") < 2 or internal(name) is not None:
        return None
    suffix = _suffix(name, soa_rrname)
    if suffix is None or len(name) <= len(suffix) + 1:
        return None
    end = len(name) - len(suffix) - 1
    start = name.rfind(".", 0, end) + 1
    return (name[start:end], suffix) if soa_rrname is not None or not start else None


_OUT = ("", "")


@lru_cache(CACHED)
def _denies(soa_rrname: str) -> tuple[str, str] | None:
    """How names end that a top-level domain denies, and itself ('.com.', 'com.').

    `_OUT` for a zone that denies no domain that somebody could register, None for any other.
    """
    zone = fold(soa_rrname)
    if zone == ".":
        return None
    if not _registers(zone):
        return _OUT
    suffixes = _suffixes()
    plain = zone in suffixes.tops and zone not in suffixes.wild and internal(zone) is None
    return (f".{zone}", zone) if plain and zone not in DYNAMIC_DNS and zone != "arpa." else None


def _suffix(name: str, soa_rrname: str | None) -> str | None:
    """Under what the name isn't registered; None where what is missing is something below a domain."""
    if soa_rrname is not None:
        zone = fold(soa_rrname)
        if zone == ".":
            top = name[name.rfind(".", 0, -1) + 1 :]
            return top if top in OTHER_ROOTS else None
        if not within(name, zone):
            return None
        if zone in DYNAMIC_DNS:
            return zone
    domain = _suffixes().domain(name)
    if domain is not None:
        top = domain[domain.find(".") + 1 :]
        return top if top in _suffixes().tops else None
    found = _list().publicsuffix(name[:-1])
    return found and f"{found}."


@lru_cache(CACHED)
def _registers(zone: str) -> bool:
    """Whether domains are registered in a zone. The root is none: it denies top-level domains."""
    return zone in DYNAMIC_DNS or (len(zone) > 1 and _list().publicsuffix(zone[:-1]) == zone[:-1])


@cache
def _suffixes() -> Suffixes:
    return Suffixes(only_icann=True)


@cache
def _list() -> PublicSuffixList:
    # Without its private section: a dead host of a cloud or a CDN is no domain that nobody registered.
    return PublicSuffixList(accept_unknown=False, only_icann=True)
