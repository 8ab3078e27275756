"""The cause that a failing look-up belongs to: one table, one pure function.

A look-up has one cause, the first of the table whose sign it shows. Signs are of three kinds: what the
message says (RCODE, type, class), what the name is (by dated lists and by its form), and the little that
its past says, which the caller remembers. What shows none is `other`: nothing is guessed. Names are folded
text with the last dot.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from nxcast.consumers.names.blocklists import is_no_blocklist, listed
from nxcast.consumers.names.customer_keys import is_key
from nxcast.consumers.names.domains import is_private, known_suffix, registrable, within
from nxcast.consumers.names.internal import internal, is_reverse
from nxcast.consumers.names.services import service, service_of
from nxcast.consumers.names.visited import WEB, is_mistyped_site, is_mistyped_suffix
from nxcast.consumers.questions.dga.lexical import level_of
from nxcast.consumers.questions.dnsbl.subjects import IPV4_LABELS, reversed_address
from nxcast.consumers.questions.loop.look_ups import META

__all__ = ["CAUSES", "OTHER", "LookUp", "Signs", "Told", "by_message", "by_past", "cause", "signs"]

OTHER = "other"

_QUERY, _IN, _NXDOMAIN, _BADCOOKIE = 0, 1, 3, 23
_A, _NS, _NULL, _MX, _TXT, _AAAA, _DS, _DNSKEY, _HTTPS, _SPF = 1, 2, 10, 15, 16, 28, 43, 48, 65, 99
_RESOLVERS_OWN = frozenset((_NS, _NULL, _DS, _DNSKEY))
_MAILS = (_MX, _SPF)
_LISTS_ASKED = (_A, _TXT, _AAAA)
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
# Whose look-ups of a name are typing errors: nobody's, those of browsers and of all while it is rare, all.
_NEVER, _BROWSED, _SELDOM, _ALWAYS = range(4)

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


class Told(Protocol):
    """What a name's look-ups so far tell."""

    @property
    def mailed(self) -> bool:
        """Whether the same name was asked for MX shortly before."""

    @property
    def steady(self) -> bool:
        """Whether it is asked for at even distances."""

    @property
    def browsed(self) -> bool:
        """Whether it was asked for another type of address too, as browsers do and bots don't."""

    @property
    def sightings(self) -> int:
        """How many, the present one too."""


class LookUp(NamedTuple):
    """All that is known of a failing look-up."""

    name: str
    qtype: int
    qclass: int = _IN
    opcode: int = _QUERY
    rcode: int = _NXDOMAIN
    zone: str | None = None  # that denied it, or that the server was asked as an authority of
    minimised: bool = False  # the resolver asked on its way, and no client did
    mailed: bool = False  # these four as in `Told`
    steady: bool = False
    browsed: bool = False
    listing: bool = False  # what is asked below the zone has the look of a blocklist's look-ups
    sightings: int = 1


class Signs(NamedTuple):
    """What name, type and zone say by themselves, the same at each look-up."""

    sure: str | None = None  # the cause
    likely: str | None = None  # the same, unless the name gets mail or the zone is a list
    typed: int = _NEVER  # which of those who ask may have typed it wrong


_SURE = {each: Signs(sure=each) for each in ("blocklist", "leaked", "resolver", "reverse")}
_LIKELY = {
    each: Signs(likely=each) for each in ("mail", "discovery", "leaked", "search-list", "machine-made")
}
_TYPED = tuple(Signs(typed=each) for each in (_NEVER, _BROWSED, _SELDOM, _ALWAYS))


def cause(asked: LookUp) -> str:
    """The cause of a look-up, one of `CAUSES`; RFC 8020: for NXDOMAIN the type hardly matters."""
    message = by_message(
        asked.name, asked.qtype, asked.qclass, asked.opcode, asked.rcode, minimised=asked.minimised
    )
    return message or by_past(signs(asked.name, asked.qtype, asked.zone), asked, listing=asked.listing)


def by_message(name: str, qtype: int, qclass: int, opcode: int, rcode: int, *, minimised: bool) -> str | None:
    """What RCODE, type and class say."""
    # Two at the start: a name that must not exist, asked to learn whether the resolver tells the truth.
    if opcode != _QUERY or qclass != _IN or qtype in META or name.startswith("__"):
        return OTHER
    if rcode != _NXDOMAIN:
        return "resolver" if rcode == _BADCOOKIE else "broken-zone"
    # A resolver's trust anchors (RFC 8145 section 5.1), and whether it translates addresses.
    return "resolver" if minimised or qtype in _RESOLVERS_OWN or name.startswith("_ta-") else None


def by_past(signs: Signs, told: Told, *, listing: bool) -> str:
    """What the signs come to, with what came before."""
    sure, likely, typed = signs
    if sure is not None:
        return sure
    if listing:
        return "blocklist"
    if told.mailed:
        return "mail"
    if likely is not None:
        return likely
    if told.steady:
        return "beacon"
    if typed == _ALWAYS:
        return "typing-error"
    rare = typed != _NEVER and told.sightings <= _RARE
    return "typing-error" if rare and (typed == _SELDOM or told.browsed) else OTHER


# Zones right below which all names are registrable, so that who is denied by one is known at once.
_FLAT = {zone: f".{zone}" for zone in ("biz.", "com.", "info.", "net.", "org.")}


def signs(name: str, qtype: int, zone: str | None) -> Signs:
    """What dated lists of names say, and what the name looks like. A and AAAA are the same to it."""
    domain: str | None
    if zone is not None and zone in _FLAT and name.endswith(_FLAT[zone]) and "\\" not in name:
        domain, is_free = name[name.rfind(".", 0, -len(zone) - 1) + 1 :], True
        if (told := _by_look(name, qtype, domain)) is not None:
            return told
    else:
        if name.endswith(".arpa.") and (found := _of_arpa(name)) is not None:
            return _SURE[found]
        domain = registrable(name)
        is_free = domain is not None and _is_unregistered(domain, zone)
    if _is_blocklist(name, qtype, zone, domain, is_free=is_free):
        return _SURE["blocklist"]
    if qtype in _MAILS:
        return _LIKELY["mail"]
    found = _by_service(name) or _by_form(name, qtype, zone, domain, is_free=is_free)
    if found is not None:
        return _LIKELY[found]
    return _TYPED[_typed(name, zone, domain, is_free=is_free) if qtype in _ADDRESSES else _NEVER]


def _by_look(name: str, qtype: int, domain: str) -> Signs | None:
    """The signs of most names of `_FLAT` zones, by their looks alone; None where more may tell."""
    before = name[: -len(domain)]
    if qtype not in _ADDRESSES or before.count(".") > 1 or "bl" in name or name[0].isdigit():
        return None
    if listed(name, None) is not None or service_of(name) is not None:
        return None
    label = domain.partition(".")[0]
    if level_of(label) >= _DRAWN:
        return _LIKELY["machine-made"]
    return _TYPED[_ALWAYS if before in WEB else _typed_nobodys(name, before, label)]


def _by_form(name: str, qtype: int, zone: str | None, domain: str | None, *, is_free: bool) -> str | None:
    is_machine_made = domain is not None and _is_machine_made(name, domain, is_free=is_free)
    # A sender's policy (RFC 7208 section 3): the only reason to ask a plain name for TXT that many have.
    if qtype == _TXT and not is_machine_made:
        return "mail"
    if _is_leaked(name, zone):
        return "leaked"
    if domain is not None and _is_search_list(name, domain):
        return "search-list"
    return "machine-made" if is_machine_made else None


def _of_arpa(name: str) -> str | None:
    if f".{name}".endswith(_RESOLVERS):
        return "resolver"
    if f".{name}".endswith(_PRIVATE):
        return "leaked"
    return "reverse" if is_reverse(name) else None


def _by_service(name: str) -> str | None:
    found = service_of(name)
    if found is None:
        return None
    is_policy = service(found.service).kind == _POLICY or name.startswith(_MAIL_PORTS)
    return "mail" if is_policy else "discovery"


def _is_blocklist(name: str, qtype: int, zone: str | None, domain: str | None, *, is_free: bool) -> bool:
    if listed(name, zone) is not None:
        return True
    if domain is None or qtype not in _LISTS_ASKED:
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


def _is_leaked(name: str, zone: str | None) -> bool:
    if name.find(".") == len(name) - 1:
        label = name[:-1]
        is_probe = len(label) in _PROBE_LENGTHS and label.isalpha() and level_of(label) > _CHOSEN
        return bool(label) and not is_probe
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


def _is_machine_made(name: str, domain: str, *, is_free: bool) -> bool:
    if is_free:
        return level_of(domain.partition(".")[0]) >= _DRAWN
    below = name[: -len(domain)].split(".")
    return any(len(label) >= _BELOW_MIN and level_of(label) >= _DRAWN_BELOW for label in below)


def _is_unregistered(domain: str, zone: str | None) -> bool:
    """Whether the zone that denies is the one that the domain would be in, or above it."""
    return zone is not None and zone != "." and within(domain.partition(".")[2], zone)


def _typed(name: str, zone: str | None, domain: str | None, *, is_free: bool) -> int:
    """Which of those who ask for an address may have typed it wrong."""
    if is_mistyped_suffix(name):
        return _ALWAYS
    if domain is None:
        return _NEVER
    before = name[: -len(domain)]
    if before in WEB:
        return _ALWAYS
    if not (zone is None or is_free):
        return _NEVER
    return _typed_nobodys(name, before, domain.partition(".")[0])


def _typed_nobodys(name: str, before: str, label: str) -> int:
    """The same of a label that nobody has, and what stands before it."""
    if is_mistyped_site(label):
        return _ALWAYS
    if before not in ("", "www.") or is_private(name):
        return _NEVER
    if level_of(label) > _CHOSEN:
        return _NEVER
    return _SELDOM if before or len(label) <= _PLAIN_MAX else _BROWSED


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
