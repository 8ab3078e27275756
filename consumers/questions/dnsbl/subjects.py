"""What a blocklist was asked about: the part of a name before the zone, decoded (RFC 5782). Pure.

An address stands in reverse, its octets or nibbles as labels; a domain as it is; everything else hashed, as
one label. Parts are folded and have neither the zone nor a customer's key. What is none of these is no
subject: a step of a resolver that minimises its queries (RFC 9156), half an address or a top-level domain;
what a program asks to learn whether a list works, an address of its own host (RFC 5782 section 5 has
127.0.0.1 and 127.0.0.2) or a label that nobody can be listed by (TEST, INVALID, a random one).
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from typing import NamedTuple

from nxcast.consumers.names.domains import known_suffix, registrable
from nxcast.schemas.ip_addresses import address_text

__all__ = [
    "IPV4_LABELS",
    "TEST_ENTRY",
    "Subject",
    "is_hash",
    "is_step",
    "network_of",
    "reversed_address",
    "subject_of",
]

# Parts, at 400 octets each as a rule and 1,000 at most: 1 to 2 MB. All lists are asked for a message within
# seconds; with more parts the processor's own caches would hold less of all else.
CACHED = 2048
IPV4_LABELS, IPV6_LABELS = 4, 32  # RFC 5782 sections 2.1 and 2.4
_OCTETS = frozenset(map(str, range(256)))
_HEX = frozenset("0123456789abcdef")
_HEX_LENGTHS = (32, 40, 56)  # MD5, SHA-1, SHA-224; longer ones don't fit a label
_BASE32 = frozenset("abcdefghijklmnopqrstuvwxyz234567")
_BASE32_LENGTHS = (32, 52)  # SHA-1, SHA-256 (RFC 4648 section 6, unpadded)
TEST_ENTRY = "2.0.0.127"  # which every list of addresses has, while it works (RFC 5782 section 5)
_TEST_DOMAINS = ("invalid.", "localhost.", "test.")  # RFC 6761: nobody has one below them


class Subject(NamedTuple):
    """What was asked about."""

    kind: str  # address, domain or hash
    text: str  # the address; the registrable domain with its last dot; the hash
    name: str = ""  # the domain as it was asked about, with its last dot


@lru_cache(CACHED)
def subject_of(part: str) -> Subject | None:
    """The subject of a look-up in a zone that is a blocklist."""
    address = reversed_address(part)
    if address is not None:
        # Its own host: 127.0.0.0/8 (RFC 1122 section 3.2.1.3), mapped ones too (RFC 5782 section 5), ::1.
        own = address.startswith("127.") or address == "::1"
        return None if own else Subject("address", address)
    while part.rpartition(".")[2].startswith("_"):  # hash._email of Spamhaus's HBL, name._vouch (RFC 5518)
        part = part.rpartition(".")[0]
    if is_hash(part):
        return Subject("hash", part)
    if "." not in part or "\\" in part or not part.isascii():  # what holds escapes is no domain of mail
        return None
    domain = None if part[part.rfind(".") + 1 :].isdigit() else registrable(f"{part}.")
    if domain is None or domain.endswith(_TEST_DOMAINS):
        return None
    return Subject("domain", domain, f"{part}.")


def is_step(part: str) -> bool:
    """Whether a part is what a resolver asks for on its way to a longer one, and no mail server does."""
    labels = part.split(".")
    if len(labels) < IPV4_LABELS and _OCTETS.issuperset(labels):
        return True
    if len(part) < 2 * IPV6_LABELS - 1 and _HEX.issuperset(part[::2]) and set(part[1::2]) <= {"."}:
        return True
    name = f"{part}."
    return not part or ("\\" not in part and known_suffix(name) and registrable(name) is None)


def network_of(address: str) -> str:
    """The network that one sender has as a rule: the /24 of an IPv4 address, the /48 of an IPv6 one."""
    if ":" in address:
        return _network_of(address)
    return f"{address[: address.rfind('.')]}.0/24"


@lru_cache(CACHED)
def _network_of(address: str) -> str:
    return str(ip_network(f"{address}/48", strict=False))


def reversed_address(part: str) -> str | None:
    """The text of the address whose octets or nibbles are these labels, the last first."""
    dots = part.count(".")
    if dots == IPV4_LABELS - 1:
        octets = part.split(".")
        if _OCTETS.issuperset(octets):
            return ".".join(octets[::-1])
    elif dots == IPV6_LABELS - 1 and len(part) == 2 * IPV6_LABELS - 1:
        nibbles = part[::-2]
        if _HEX.issuperset(nibbles):
            return address_text(bytes.fromhex(nibbles))
    return None


def is_hash(part: str) -> bool:
    """Whether a part has the form of a hash, in hexadecimal or base32."""
    if len(part) in _HEX_LENGTHS and _HEX.issuperset(part):
        return True
    return len(part) in _BASE32_LENGTHS and _BASE32.issuperset(part)
