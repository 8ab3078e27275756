"""The world that the resolvers ask: its zones, who serves each, and what stands in them. Pure.

Rules of this module:
- The tree is built as the real one is: a signed root (NSEC) of two servers, `com` signed with NSEC3 and
  opt-out, `org` with NSEC3, `net` with NSEC, and `example` unsigned; below them signed and unsigned domains,
  whose servers mostly have names in another zone. Blocklists are unsigned, as nearly all real ones are.
  Those that filters ask by themselves are there too, under their own names, and list nobody.
- Every server has an IPv4 and an IPv6 address, those reserved for documentation (RFC 5737, RFC 3849). Names
  are invented, but for the servers of the root, the lists of filters and the two examples of README.md.
  Nothing leads out of the lab.
- It is the same on every run but for the keys.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["SERVERS", "ZONES", "Signing", "Zone", "addresses", "hints"]

TLDS = ("com", "net", "org", "example")
OTHER_TLDS = ("aero", "biz", "dev", "edu", "fr", "gov", "info", "jobs", "mil", "name", "pro", "uk", "xyz")
"""Only there so that the root's NSEC records don't span the whole alphabet."""

FILLERS = 300
"""Delegations in each top-level domain that nobody asks about; the gaps between them are what NSEC proves."""
FILLERS_SIGNED = 0.05
"""Share of them with a DS record: `com` has about that many."""

NEGATIVE = {".": 86400, "com": 900, "net": 900, "org": 3600, "example": 3600}
"""Seconds that an NXDOMAIN of the zone may be kept (RFC 2308), as the real zones say; an hour of others."""

SERVERS = {
    "a.root-servers.net": ("root", 1),
    "b.root-servers.net": ("root", 2),
    "a.gtld-servers.net": ("tld", 11),
    "b.gtld-servers.net": ("tld", 12),
    "c.gtld-servers.net": ("tld", 13),
    "ns1.hosting.net": ("hosting", 31),
    "ns2.hosting.net": ("hosting", 32),
    "list1.hosting.net": ("blocklists", 41),
    "list2.hosting.net": ("blocklists", 42),
    "lame1.hosting.net": ("failing", 51),
    "lame2.hosting.net": ("failing", 52),
}
"""Name of a server -> the process that answers there, and the last part of its addresses."""


class Signing(StrEnum):
    """How a zone proves that a name does not exist."""

    NONE = "unsigned"
    NSEC = "NSEC"
    NSEC3 = "NSEC3"
    OPT_OUT = "NSEC3 with opt-out"  # RFC 5155, section 6: a gap may hide unsigned delegations


@dataclass(frozen=True)
class Zone:
    """One zone: its name without the last dot ("." is the root), the process that has it, and its records."""

    name: str
    process: str
    signing: Signing = Signing.NONE
    records: str | None = None  # lines of a zone file; None: the process has lost the file, and says SERVFAIL


def addresses(process: str) -> list[str]:
    """Where a process listens."""
    return [
        address
        for owner, number in SERVERS.values()
        if owner == process
        for address in (f"192.0.2.{number}", f"2001:db8::{number}")
    ]


def hints() -> str:
    """The root hints."""
    names = [name for name, (process, _) in SERVERS.items() if process == "root"]
    return "".join(f". 3600000 IN NS {name}.\n{_glue(name)}" for name in names)


def _glue(server: str) -> str:
    number = SERVERS[server][1]
    return f"{server}. 172800 IN A 192.0.2.{number}\n{server}. 172800 IN AAAA 2001:db8::{number}\n"


def _names(process: str) -> list[str]:
    return [name for name, (owner, _) in SERVERS.items() if owner == process]


def _delegation(zone: str, *servers: str) -> str:
    return "".join(f"{zone}. 172800 IN NS {server}.\n" for server in servers)


def _head(zone: str, *servers: str) -> str:
    """SOA and NS records of a zone."""
    apex = "." if zone == "." else f"{zone}."
    negative = NEGATIVE.get(zone, 3600)
    soa = f"{servers[0]}. hostmaster.hosting.net. 1 1800 900 604800 {negative}"
    servers_lines = (f"{apex} 172800 IN NS {server}.\n" for server in servers)
    return f"$TTL 3600\n{apex} {negative} IN SOA {soa}\n" + "".join(servers_lines)


def _root() -> Zone:
    root, tld = _names("root"), _names("tld")
    lines = [_head(".", *root), *map(_glue, root + tld), _delegation("arpa", *root)]
    lines += [_delegation(name, *tld) for name in TLDS + OTHER_TLDS]
    return Zone(".", "root", Signing.NSEC, "".join(lines))


def _tld(name: str, signing: Signing) -> Zone:
    dice = random.Random(name)
    hosting, lame = _names("hosting"), _names("failing")
    lines = [_head(name, *_names("tld")), _delegation(f"libretto.{name}", *hosting)]
    lines.append(_delegation(f"museum.{name}", *hosting))
    lines.append(_delegation(f"lame.{name}", *lame) + _delegation(f"broken.{name}", *lame))
    lines.append(_delegation(f"half.{name}", hosting[0], lame[0]))
    if name == "net":
        lines.append(_delegation("hosting.net", *hosting) + "".join(map(_glue, hosting)))
        lines += [_delegation(f"{process}-servers.net", *_names(owner)) + "".join(map(_glue, _names(owner)))
                  for process, owner in (("root", "root"), ("gtld", "tld"))]  # fmt: skip
    lines += [_delegation(parent, *hosting) for parent in BLOCKLIST_PARENTS if parent.endswith(f".{name}")]
    for _ in range(FILLERS):
        filler = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(6, 12)))
        lines.append(_delegation(f"{filler}.{name}", *hosting))
        if dice.random() < FILLERS_SIGNED:
            lines.append(f"{filler}.{name}. 86400 IN DS 4711 13 2 {dice.getrandbits(256):064x}\n")
    return Zone(name, "tld", signing, "".join(lines))


def _domain(name: str, signing: Signing = Signing.NONE) -> Zone:
    """A domain as a small organisation has it: a web and a mail server."""
    return Zone(
        name,
        "hosting",
        signing,
        _head(name, *_names("hosting"))
        + f'{name}. A 203.0.113.80\n{name}. MX 10 mail.{name}.\n{name}. TXT "v=spf1 mx -all"\n'
        + f"www.{name}. A 203.0.113.80\nmail.{name}. A 203.0.113.25\n"
        + f"shop.{name}. CNAME gone.libretto.example.\n",
    )


BLOCKLISTS = {
    "multi.surbl.org": "surbl.org",
    "ip4.dnsbl.example": "dnsbl.example",
    "bl.postmasters.net": "postmasters.net",
}
"""Blocklist -> the domain above it. The first two are of kinds that lists of lists know, the last is not."""

FILTERS_LISTS = {
    f"{label}.{parent}": parent
    for parent, labels in {
        "dnswl.org": "list dwl",
        "isipp.com": "iadb",
        "mailspike.net": "bl wl rep",
        "manitu.net": "ix.dnsbl",
        "msbl.org": "ebl",
        "rspamd.com": "asn email phishtank uribl",
        "senderscore.com": "bl.score",
        "spamcop.net": "bl",
        "spamhaus.org": "zen dbl",
        "surriel.com": "psbl",
        "uribl.com": "multi",
    }.items()
    for label in labels.split()
}
"""The same of what SpamAssassin 4.0.1 and rspamd 3.4 ask by themselves, as far as com, net and org have
it."""

_LISTS = BLOCKLISTS | FILTERS_LISTS
BLOCKLIST_PARENTS = tuple(sorted(set(_LISTS.values())))


def _above_blocklists(parent: str) -> Zone:
    hosting, lists = _names("hosting"), _names("blocklists")
    delegations = (_delegation(name, *lists) for name, above in _LISTS.items() if above == parent)
    return Zone(parent, "hosting", Signing.NONE, _head(parent, *hosting) + "".join(delegations))


def _blocklist(name: str) -> Zone:
    """A blocklist with its test entries: of an address (RFC 5782, section 5), and of a domain."""
    servers = _names("blocklists")
    entries = f"2.0.0.127.{name}. A 127.0.0.2\ntest.{name}. A 127.0.0.2\n"
    return Zone(name, "blocklists", Signing.NONE, _head(name, *servers) + entries)


def _zones() -> tuple[Zone, ...]:
    root, hosting = _names("root"), _names("hosting")
    signings = dict(zip(TLDS, (Signing.OPT_OUT, Signing.NSEC, Signing.NSEC3, Signing.NONE), strict=True))
    in_addr = _head("in-addr.arpa", *hosting) + "80.113.0.203.in-addr.arpa. PTR www.museum.com.\n"
    return (
        _root(),
        Zone("root-servers.net", "root", Signing.NONE,
             _head("root-servers.net", *root) + "".join(map(_glue, root))),
        Zone("arpa", "root", Signing.NSEC, _head("arpa", *root) + _delegation("in-addr.arpa", *hosting)),
        *(_tld(name, signing) for name, signing in signings.items()),
        Zone("gtld-servers.net", "tld", Signing.NONE,
             _head("gtld-servers.net", *_names("tld")) + "".join(map(_glue, _names("tld")))),
        Zone("hosting.net", "hosting", Signing.NONE, _head("hosting.net", *hosting)
             + "".join(_glue(name) for name in SERVERS if name.endswith(".hosting.net"))),
        Zone("in-addr.arpa", "hosting", Signing.NSEC, in_addr),
        *(_domain(f"libretto.{name}") for name in TLDS),
        *(_domain(f"half.{name}") for name in TLDS),
        *(_domain(f"museum.{name}", Signing.NSEC) for name in TLDS if name != "example"),
        _domain("museum.example"),
        *map(_above_blocklists, BLOCKLIST_PARENTS),
        *map(_blocklist, _LISTS),
        *(Zone(f"broken.{name}", "failing") for name in TLDS),
    )  # fmt: skip


ZONES = _zones()
"""All zones, each after those above it. `lame.com` and its like are delegated and not served:
REFUSED."""
