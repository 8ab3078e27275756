"""What clients ask their resolver, after the causes of failing look-ups that README.md names. Pure.

Rules of this module:
- A question says what a client asks. What the resolver then asks, and whom, is for the tests to find out.
- Each cause has names below signed and unsigned zones, since resolvers treat them differently.
- The lists are the same on every run, their order too: causes are mixed as in a resolver's day, and what a
  cause asks again stands later than what it asked first.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from ipaddress import ip_address

from testbed.defaults.world import TLDS

__all__ = ["EXAMPLES", "EXISTING", "QUESTIONS", "Question", "unique"]


@dataclass(frozen=True)
class Question:
    """One question of a client."""

    cause: str  # why the world asks such things
    qname: str  # text, without the last dot, case as the client has it
    qtype: str  # mnemonic

    @property
    def key(self) -> tuple[str, str]:
        """The same for questions that DNS takes for the same: name folded, with its last dot, and type."""
        return f"{self.qname.lower()}.", self.qtype


EXAMPLES = (
    Question("mail to a dead domain", "gdsrr.com", "MX"),
    Question("blocklist, domain", "netATLANTic.COM.MuLTI.SuRBl.ORg", "A"),
    Question("lame delegation", "lame.com", "A"),
    Question("DGA", "xkqwzptrvhbnmd.com", "A"),
    Question("looks for its settings", "_autodiscover._tcp.libretto.com", "SRV"),
)
"""Five that README.md tells of: mail, a blocklist, a lame delegation, a bot, a program without its
settings."""


def _ask(cause: str, qtype: str, *names: str) -> list[Question]:
    return [Question(cause, name, qtype) for name in names]


def _mail() -> list[Question]:
    """A mail server looks for MX, and then for an address; some senders come again, within the negative
    TTL."""
    dead = [
        f"{name}.{tld}" for tld in TLDS for name in ("oldchoir", "closedshop", "kiosk", "quarterly", "pmgone")
    ]
    below = [f"{name}.{zone}.{tld}" for tld in TLDS for name in ("lists",) for zone in ("museum", "libretto")]
    return [
        *_ask("mail to a dead domain", "MX", *dead, *below),
        *_ask("mail to a dead domain", "A", *dead[::3]),
        *_ask("mail to a dead domain", "MX", *dead[::2]),
        *_ask("sender check", "TXT", *(f"_dmarc.{name}" for name in dead[::4])),
        *_ask(
            "sender check",
            "TXT",
            *(f"_dmarc.{zone}.{tld}" for tld in TLDS for zone in ("museum", "libretto")),
        ),
        *_ask("sender check", "TLSA", *(f"_25._tcp.mail.{zone}.com" for zone in ("museum", "libretto"))),
    ]


def _blocklists() -> list[Question]:
    addresses = [f"203.0.113.{last}" for last in (5, 9, 66, 99, 120)] + [
        f"198.51.100.{last}" for last in (7, 8)
    ]
    backwards = [ip_address(address).reverse_pointer.removesuffix(".in-addr.arpa") for address in addresses]
    domains = ["libretto.com", "gdsrr.com", "oldchoir.org", "Museum.ORG", "wWw.KioSk.neT"]
    return [
        *_ask("blocklist, domain", "A", *(f"{name}.MuLTI.SuRBl.ORg" for name in domains)),
        *_ask("blocklist, address", "A", *(f"{name}.ip4.dnsbl.example" for name in backwards)),
        *_ask("blocklist, unknown", "A", *(f"{name}.bl.postmasters.net" for name in backwards)),
        *_ask("blocklist, address", "TXT", *(f"{name}.ip4.dnsbl.example" for name in backwards[:2])),
    ]


def _failing() -> list[Question]:
    lame = [f"{host}lame.{tld}" for tld in TLDS for host in ("", "www.")]
    return [
        *_ask("lame delegation", "A", *lame),
        *_ask("lame delegation", "MX", *lame[::2]),
        *_ask("lame delegation", "A", *(f"www.half.{tld}" for tld in TLDS)),
        *_ask("server without data", "A", *(f"www.broken.{tld}" for tld in TLDS)),
        *_ask("server without data", "MX", *(f"broken.{tld}" for tld in TLDS)),
    ]


def _programs() -> list[Question]:
    """Software: settings that it looks for, updates from a provider that is gone, and the bots of two
    nets."""
    homes = [f"{zone}.{tld}" for tld in TLDS for zone in ("museum", "libretto")]
    dice = random.Random(221)  # any constant
    labels = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(12, 18))) for _ in range(64)]
    return [
        *_ask("looks for its settings", "SRV", *(f"_ldap._tcp.dc._msdcs.{home}" for home in homes)),
        *_ask("looks for its settings", "SRV", *(f"_autodiscover._tcp.{home}" for home in homes[2:])),
        *_ask("looks for its settings", "A", *(f"autodiscover.{home}" for home in homes)),
        *_ask("looks for its settings", "A", *(f"wpad.{home}" for home in homes), "wpad"),
        *_ask("looks for its settings", "SRV", "_ldap._tcp.dc._msdcs.office.lan"),
        *_ask("updates from a defunct provider", "A", *["update.defunctav.com"] * 4),
        *_ask("updates from a defunct provider", "AAAA", *["update.defunctav.com"] * 2),
        *_ask("beacon of a dead botnet", "A", *["gate.deadbot.org", "gate.deadbot.example"] * 4),
        *_ask("DGA", "A", *(f"{label}.{TLDS[place % 4]}" for place, label in enumerate(labels))),
    ]


def _people() -> list[Question]:
    typos = ["www.libary", "musuem", "www.musuem", "florsit"]
    return [
        *_ask("typing error", "A", *(f"{typo}.{tld}" for tld in TLDS for typo in typos)),
        *_ask("typing error", "AAAA", *(f"{typo}.{tld}" for tld in TLDS for typo in typos[:2])),
        *_ask(
            "typing error", "A", *(f"wwww.{zone}.{tld}" for tld in TLDS for zone in ("museum", "libretto"))
        ),
        *_ask("address without a name", "PTR", "9.100.51.45.in-addr.arpa", "10.100.51.45.in-addr.arpa"),
        *_ask("alias into nothing", "A", "shop.museum.com", "shop.libretto.org"),
    ]


def _mixed(*lists: list[Question]) -> tuple[Question, ...]:
    """Evenly mixed, each list in its own order."""
    placed = [
        ((place + 0.5) / len(each), number, question)
        for number, each in enumerate(lists)
        for place, question in enumerate(each)
    ]
    return tuple(question for _, _, question in sorted(placed, key=lambda item: item[:2]))


QUESTIONS = (*EXAMPLES, *_mixed(_mail(), _blocklists(), _failing(), _programs(), _people()))
"""What fails, some of it asked more than once."""

EXISTING = tuple(
    Question("it works", name, qtype)
    for tld in TLDS
    for zone in ("museum", "libretto")
    for name, qtype in ((f"www.{zone}.{tld}", "A"), (f"{zone}.{tld}", "MX"))
) + tuple(
    Question("it works", name, "A")
    for name in ("test.multi.surbl.org", "2.0.0.127.ip4.dnsbl.example", "2.0.0.127.bl.postmasters.net")
)
"""What exists. Asked first, so that the resolver has found the servers, as it has on any but its first
day."""


def unique(label: str, count: int) -> list[Question]:
    """Names that are asked once: what no cache and no proof can answer, one question to an authority each."""
    return [Question("counted", f"{label}{number}.libretto.example", "A") for number in range(count)]
