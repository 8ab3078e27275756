"""The cause that a failing look-up belongs to: one table, one pure function.

A look-up has one cause, the first of the table whose sign it shows. Signs are of three kinds: what the
message says (RCODE, type, class), what the name is (by dated lists and by its form), and the little that
its past says, which the caller remembers. What shows none is `other`: nothing is guessed. Names are folded
text with the last dot.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from nxcast.consumers.names.blocklists import is_no_blocklist, listed
from nxcast.consumers.names.customer_keys import is_key
from nxcast.consumers.names.domains import is_private, known_suffix, registrable, within
from nxcast.consumers.names.internal import internal, is_reverse
from nxcast.consumers.names.services import service, service_of
from nxcast.consumers.names.visited import WEB, is_mistyped_site, is_mistyped_suffix
from nxcast.consumers.questions.dga.lexical import look_again
from nxcast.consumers.questions.dnsbl.subjects import IPV4_LABELS, reversed_address
from nxcast.consumers.questions.loop.look_ups import META

__all__ = ["CAUSES", "OTHER", "SIGHTINGS_TOLD", "LookUp", "cause"]

OTHER = "other"

_QUERY, _IN, _NXDOMAIN, _BADCOOKIE = 0, 1, 3, 23
_A, _NS, _NULL, _MX, _TXT, _AAAA, _DS, _DNSKEY, _HTTPS, _SPF = 1, 2, 10, 15, 16, 28, 43, 48, 65, 99
_RESOLVERS_OWN = frozenset((_NS, _NULL, _DS, _DNSKEY))
_ADDRESSES = (_A, _AAAA, _HTTPS)  # what a browser asks for (RFC 9460 section 3)
_POLICY = "mail policy"  # of `services`
_MAIL_PORTS = ("_25.", "_465.", "_587.")  # a certificate of a mail server (RFC 7672 section 2.2.3)
_PROBE_LENGTHS = range(7, 16)  # of a browser's random label (Chromium's intranet_redirect_detector.cc)

# Classes of `lexical`'s score from which a label was drawn rather than chosen: of a domain that nobody has
# (e^4.5 = 90 times likelier), and of a label below one that exists, where keys and hashes are long (e^8).
_DRAWN, _DRAWN_BELOW, _BELOW_MIN = 7, 9, 16
_CHOSEN = 3  # and to which it was chosen (at most e times likelier drawn)
_PLAIN_MAX = 10  # characters of a label that people type without www.; bots join words to longer ones
_RARE = 3  # sightings; somebody who typed a name wrong tries again, software does for ever
SIGHTINGS_TOLD = _RARE + 1  # and more are one, so that look-ups which can't differ are equal

CACHED = 8_192  # look-ups of different names, types and pasts, at worst 2.5 KiB each

# Private addresses, by the ends of their reverse zones: RFC 1918, RFC 6303 section 4, RFC 6598, RFC 4193.
_PRIVATE = (
    *(".10.in-addr.arpa.", ".168.192.in-addr.arpa.", ".254.169.in-addr.arpa.", ".127.in-addr.arpa."),
    *(f".{number}.172.in-addr.arpa." for number in range(16, 32)),
    *(f".{number}.100.in-addr.arpa." for number in range(64, 128)),
    *(".c.f.ip6.arpa.", ".d.f.ip6.arpa."),
    *(".8.e.f.ip6.arpa.", ".9.e.f.ip6.arpa.", ".a.e.f.ip6.arpa.", ".b.e.f.ip6.arpa."),
)
# Asked by resolvers and by what runs beside them: RFC 8880, RFC 9462.
_RESOLVERS = (".ipv4only.arpa.", ".resolver.arpa.")


class LookUp(NamedTuple):
    """What is known of a failing look-up."""

    name: str
    qtype: int
    qclass: int = _IN
    opcode: int = _QUERY
    rcode: int = _NXDOMAIN
    zone: str | None = None  # that denied it, or that the server was asked as an authority of
    minimised: bool = False  # the resolver asked on its way, and no client did
    mailed: bool = False  # the same name was asked for MX shortly before
    steady: bool = False  # asked for at even distances
    browsed: bool = False  # asked for another type of address too, as browsers do and bots don't
    listing: bool = False  # what is asked below the zone has the look of a blocklist's look-ups
    sightings: int = 1  # of the name, this one too, up to `SIGHTINGS_TOLD`


def cause(asked: LookUp) -> str:
    """The cause of a look-up, one of `CAUSES`; RFC 8020: for NXDOMAIN the type hardly matters."""
    return _by_message(asked) or _by_name(asked)


@lru_cache(CACHED)
def _by_name(asked: LookUp) -> str:
    """That of one whose message shows no sign; most come again within seconds."""
    domain = _domain_of(asked.name, asked.zone)
    is_free = domain is not None and _is_unregistered(domain, asked.zone)
    found = _by_lists(asked, domain, is_free=is_free)
    return found or _by_form(asked, domain, is_free=is_free) or OTHER


# Zones right below which all names are registrable, so that who is denied by one is known at once.
_FLAT = frozenset(("biz.", "com.", "info.", "net.", "org."))


def _domain_of(name: str, zone: str | None) -> str | None:
    if zone in _FLAT and "\\" not in name and name.endswith(f".{zone}"):
        return name[name.rfind(".", 0, -len(zone) - 1) + 1 :]
    return registrable(name)


def _by_message(asked: LookUp) -> str | None:
    """What RCODE, type and class say."""
    name, qtype = asked.name, asked.qtype
    # Two at the start: a name that must not exist, asked to learn whether the resolver tells the truth.
    if asked.opcode != _QUERY or asked.qclass != _IN or qtype in META or name.startswith("__"):
        return OTHER
    if asked.rcode not in (_NXDOMAIN, _BADCOOKIE):
        return "broken-zone"
    # A resolver's trust anchors (RFC 8145 section 5.1), and whether it translates addresses.
    if asked.minimised or asked.rcode == _BADCOOKIE or qtype in _RESOLVERS_OWN or name.startswith("_ta-"):
        return "resolver"
    return None


def _by_lists(asked: LookUp, domain: str | None, *, is_free: bool) -> str | None:
    """What dated lists of names say."""
    name = asked.name
    if name.endswith(".arpa."):
        if f".{name}".endswith(_RESOLVERS):
            return "resolver"
        if f".{name}".endswith(_PRIVATE):
            return "leaked"
        if is_reverse(name):
            return "reverse"
    if _is_blocklist(asked, domain, is_free=is_free):
        return "blocklist"
    found = service_of(name)
    if asked.mailed or asked.qtype in (_MX, _SPF):
        return "mail"
    if found is not None:
        is_policy = service(found.service).kind == _POLICY or name.startswith(_MAIL_PORTS)
        return "mail" if is_policy else "discovery"
    # A sender's policy (RFC 7208 section 3): the only reason to ask a plain name for TXT that so many have.
    if asked.qtype == _TXT and not _is_machine_made(asked, domain, is_free=is_free):
        return "mail"
    return "leaked" if _is_leaked(asked) else None


def _by_form(asked: LookUp, domain: str | None, *, is_free: bool) -> str | None:
    """What the name looks like, and its past."""
    if domain is not None:
        if _is_search_list(asked.name, domain):
            return "search-list"
        if _is_machine_made(asked, domain, is_free=is_free):
            return "machine-made"
    if asked.steady:
        return "beacon"
    return "typing-error" if _is_typing_error(asked, domain, is_free=is_free) else None


def _is_blocklist(asked: LookUp, domain: str | None, *, is_free: bool) -> bool:
    name, zone = asked.name, asked.zone
    if asked.listing or listed(name, zone) is not None:
        return True
    if asked.qtype not in (_A, _TXT, _AAAA) or domain is None:
        return False
    if is_free and not name[0].isdigit() and "bl" not in name:
        return False
    if is_no_blocklist(name) or _is_inside(name, zone):
        return False
    if _CALLED_LIST.search(name):
        return True
    if is_free:  # so no host below it is called by its address
        octets = ".".join(name.split(".", IPV4_LABELS)[:IPV4_LABELS])
        return reversed_address(octets) is not None
    part = _before(name, zone)  # with the zone right behind what is asked about
    if part is None:
        return False
    first, _, rest = part.partition(".")  # a customer's key stands first, or last before the zone
    before, _, last = part.rpartition(".")
    parts = (part, rest if is_key(first) else "", before if is_key(last) else "")
    return any(map(reversed_address, parts))


# How operators call their lists, as a label behind two others at least: dnsbl, rbl, uribl, sibl, dbl, bl.
_CALLED_LIST = re.compile(r"\.[^.]+\.(?:dns|r|rhs|uri|sur|si|ip|hash|d|x|s)?bl\d?\.")


def _is_leaked(asked: LookUp) -> bool:
    name, zone = asked.name, asked.zone
    if name.find(".") == len(name) - 1:
        label = name[:-1]
        found = look_again(label) if len(label) in _PROBE_LENGTHS and label.isalpha() else None
        return bool(label) and (found is None or found.level <= _CHOSEN)
    return _is_inside(name, zone) or (zone == "." and not known_suffix(name) and not is_mistyped_suffix(name))


def _is_inside(name: str, zone: str | None) -> bool:
    """Whether a name of a network of one's own got out; not where a server inside answers."""
    suffix = internal(name)
    if suffix is None:
        return False
    return zone is None or suffix.endswith(".arpa.") or not within(zone, suffix)


def _is_search_list(name: str, domain: str) -> bool:
    """Whether a whole name of somewhere else stands before the domain: www.example.com.corp.example."""
    part = name[: -len(domain) - 1]
    if "." not in part or "\\" in part:
        return False
    inner = part
    while inner.count("."):
        label = inner.rpartition(".")[2]
        if label in _GENERIC or (part.startswith("www.") and known_suffix(f"{inner}.")):
            return registrable(f"{inner}.") is not None and not label.isdigit()
        inner = inner.rpartition(".")[0]
    return False


# Suffixes that no host is called: a two-letter label may be a country's, or a host's.
_GENERIC = frozenset(("com", "net", "org", "info", "biz", "edu", "gov", "arpa", "local", "lan"))


def _is_machine_made(asked: LookUp, domain: str | None, *, is_free: bool) -> bool:
    name = asked.name
    if domain is None:
        return False
    if is_free:
        found = look_again(domain.partition(".")[0])
        return found is not None and found.level >= _DRAWN
    for label in name[: -len(domain)].split("."):
        if len(label) >= _BELOW_MIN:
            found = look_again(label)
            if found is not None and found.level >= _DRAWN_BELOW:
                return True
    return False


def _is_unregistered(domain: str, zone: str | None) -> bool:
    """Whether the zone that denies is the one that the domain would be in, or above it."""
    return zone is not None and zone != "." and within(domain.partition(".")[2], zone)


def _is_typing_error(asked: LookUp, domain: str | None, *, is_free: bool) -> bool:
    if asked.qtype not in _ADDRESSES:
        return False
    name, zone = asked.name, asked.zone
    if is_mistyped_suffix(name):
        return True
    if domain is None:
        return False
    before = name[: -len(domain)]
    if before in WEB:
        return True
    if not (zone is None or is_free):
        return False
    label = domain.partition(".")[0]
    if is_mistyped_site(label):
        return True
    plain = before == "www." or (not before and (asked.browsed or len(label) <= _PLAIN_MAX))
    if not plain or asked.sightings > _RARE or is_private(name):
        return False
    found = look_again(label)
    return found is None or found.level <= _CHOSEN


@lru_cache(8192)
def _before(name: str, zone: str | None) -> str | None:
    """What stands before a zone, without its last dot; None where nothing does."""
    if zone is None or zone == "." or name == zone or not within(name, zone):
        return None
    return name[: -len(zone) - 1]


CAUSES: dict[str, str] = {
    "mail": "mail to domains that don't exist, and its policies",
    "blocklist": "addresses and domains that a blocklist does not list",
    "discovery": "software that looks for its configuration",
    "machine-made": "names that were drawn and not chosen: bots, hashes, keys",
    "beacon": "software that calls at even distances what is gone",
    "leaked": "names of networks of one's own",
    "typing-error": "web addresses typed wrong, or just gone",
    "search-list": "names with one's own domain put behind",
    "broken-zone": "name servers that fail or refuse",
    "reverse": "names of addresses that have none",
    "resolver": "what resolvers ask for themselves",
    OTHER: "no sign of any of these",
}
"""What each means, for people."""
