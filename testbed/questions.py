"""What to ask the lab, and what must then be seen between the resolver and the authoritative servers.

Rules of this module:
- A question says what the link carries, not what the client is told: the client gets SERVFAIL for a REFUSED.
- It is about the first response whose question is this very name and type, case folded (0x20 changes it).
  More responses may follow: to the target of an alias, to a second try, or over TCP after a truncated one.
- The lists are the same on every run, the "random" names of the DGA included.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

__all__ = ["FAILURES", "SUCCESSES", "Question", "answerable"]


@dataclass(frozen=True)
class Question:
    """One question for `Lab.ask`, and what is expected of the response of the authoritative server."""

    cause: str  # why the world asks such things
    qname: str  # text, fully qualified, in lower case
    qtype: str  # mnemonic
    rcode: str | None  # mnemonic of the full RCODE; None: no server answers at all
    soa: str | None = None  # owner of the first SOA in the authority section, text, in lower case
    ipv6: bool = False  # the server is asked over IPv6, else IPv4
    tcp: bool = False  # this is about the TCP response; one over UDP comes before, with TC=1 and no SOA
    needs: str = ""  # the optional program without which the lab cannot do this


def answerable(questions: Iterable[Question], lacks: frozenset[str]) -> list[Question]:
    """The questions that make sense in a lab that lacks this (`Lab.lacks`)."""
    return [q for q in questions if q.needs not in lacks and not (q.ipv6 and "ipv6" in lacks)]


def _backwards(address: str) -> str:
    """The labels that stand for an address in reverse zones and blocklists: `66.113.0.203`, or 32 nibbles."""
    return ip_address(address).reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")


def _nxdomain(cause: str, soa: str, qtype: str, *qnames: str, ipv6: bool = False) -> list[Question]:
    return [Question(cause, qname, qtype, "NXDOMAIN", soa, ipv6) for qname in qnames]


def _typing_errors() -> list[Question]:
    return [
        *_nxdomain(
            "typing error", "example.", "A", "www.libary.example.", "exmaple.example.", "florsit.example."
        ),
        *_nxdomain("typing error", "example.", "AAAA", "www.libary.example.", "bakrey.example."),
        *_nxdomain("typing error", "test.", "A", "muesum.test.", "www.theater.test.", ipv6=True),
        *_nxdomain("typing error", "test.", "AAAA", "muesum.test.", ipv6=True),
        *_nxdomain(
            "typing error", "example.com.", "A", "wwww.example.com.", "ww.example.com.", "http.example.com."
        ),
        *_nxdomain("typing error", "example.net.", "AAAA", "wwww.example.net.", ipv6=True),
        *_nxdomain("typing error", "example.com.", "TXT", "_dmarc.mial.example.com."),
        *_nxdomain("odd octets in a name", "example.com.", "SRV", "front\\032desk._ipp._tcp.example.com."),
    ]


def _dead_mail() -> list[Question]:
    """Mail to domains that are gone. Those asked again and again are candidates for spamtraps."""
    dead = ["gdsrr.example.", "old-choir.example.", "closed-shop.example.", "mail.gdsrr.example."]
    again = ["gdsrr.example."] * 4
    return [
        *_nxdomain("mail to a dead domain", "example.", "MX", *dead, *again),
        *_nxdomain("mail to a dead domain", "test.", "MX", "chess-club.test.", "chess-club.test.", ipv6=True),
        *_nxdomain(
            "sender check of a dead domain", "example.", "TXT", "gdsrr.example.", "_dmarc.gdsrr.example."
        ),
    ]


def _blocklists() -> list[Question]:
    """Look-ups of what is not listed. They say more about the mail that came in than about the list."""
    ips = ["203.0.113.5", "203.0.113.99", "198.51.100.7", "198.51.100.8", "192.0.2.200", "2001:db8::bad"]
    names = ["library.example", "gdsrr.example", "netatlantic.test", "netatlantic.test", "museum.test"]
    key = "c0ffee00c0ffee00c0ffee00ca"
    return [
        *_nxdomain(
            "blocklist, address", "dnsbl.example.", "A", *(f"{_backwards(ip)}.dnsbl.example." for ip in ips)
        ),
        *_nxdomain("blocklist, address", "dnsbl.example.", "TXT", f"{_backwards(ips[0])}.dnsbl.example."),
        *_nxdomain(
            "blocklist, domain",
            "multi.surbl.example.",
            "A",
            *(f"{n}.multi.surbl.example." for n in names),
            ipv6=True,
        ),
        *_nxdomain(
            "blocklist, with the customer's key",
            "keyed.dnsbl.example.",
            "A",
            *(f"{_backwards(ip)}.{key}.keyed.dnsbl.example." for ip in ips[:3]),
        ),
    ]


def _reverse() -> list[Question]:
    v4 = [f"{_backwards(f'192.0.2.{host}')}.in-addr.arpa." for host in (77, 78, 79)]
    v6 = [f"{_backwards(f'2001:db8::{host}')}.ip6.arpa." for host in (77, 78)]
    return [
        *_nxdomain("address without a name", "2.0.192.in-addr.arpa.", "PTR", *v4),
        *_nxdomain("address without a name", "8.b.d.0.1.0.0.2.ip6.arpa.", "PTR", *v6, ipv6=True),
    ]


def _service_discovery() -> list[Question]:
    return [
        *_nxdomain("telephone looks for its server", "example.com.", "SRV", "_sip._tcp.example.com."),
        *_nxdomain("telephone looks for its server", "example.com.", "SRV", "_sips._tcp.example.com."),
        *_nxdomain(
            "chat looks for its server", "example.net.", "SRV", "_xmpp-client._tcp.example.net.", ipv6=True
        ),
        *_nxdomain(
            "mail program looks for its settings", "example.com.", "SRV", "_autodiscover._tcp.example.com."
        ),
        *_nxdomain("mail program looks for its settings", "example.com.", "A", "autodiscover.example.com."),
        *_nxdomain(
            "mail program looks for its settings", "example.net.", "A", "autoconfig.example.net.", ipv6=True
        ),
        *_nxdomain("browser looks for a proxy", "example.com.", "A", "wpad.example.com."),
        *_nxdomain(
            "private name leaks to the root",
            ".",
            "A",
            "wpad.",
            "printer.local.",
            "intranet.corp.",
            "nas.home.",
        ),
        *_nxdomain("private name leaks to the root", ".", "SRV", "_ldap._tcp.dc._msdcs.office.lan."),
        *_nxdomain(
            "browser tests for lying resolvers", ".", "A", "vkqzhtwmxb.", "pjrowyqgcn.", "zbtulexkfh."
        ),
    ]


def _malware() -> list[Question]:
    """A bot that walks its domain generation algorithm, and two programs that call a service that is gone."""
    dice = random.Random(220)  # any constant
    labels = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(12, 19))) for _ in range(32)]
    return [
        *_nxdomain("DGA", "example.", "A", *(f"{label}.example." for label in labels[::2])),
        *_nxdomain("DGA", "test.", "A", *(f"{label}.test." for label in labels[1::2]), ipv6=True),
        *_nxdomain("beacon of a dead botnet", "test.", "A", *["gate.dead-bot.test."] * 8, ipv6=True),
        *_nxdomain(
            "updates from a defunct provider", "example.", "A", *["update.defunct-antivirus.example."] * 8
        ),
    ]


def _aliases() -> list[Question]:
    """Aliases into nothing: the SOA is about the target, maybe of another zone (RFC 2308, section 2.1)."""
    return [
        *_nxdomain("alias into nothing, elsewhere", "hosting.example.", "A", "shop.example.com."),
        *_nxdomain("alias into nothing, elsewhere", "hosting.example.", "MX", "shop.example.com."),
        *_nxdomain("alias into nothing, same zone", "example.com.", "A", "retired.example.com."),
        *_nxdomain("subtree moved into nothing", "hosting.example.", "A", "www.legacy.example.com."),
    ]


def _broken_servers() -> list[Question]:
    """All that fails for another reason than a missing name."""
    names = ["", "www.", "mail."]
    fixed = ["formerr", "notimp", "notauth", "nxrrset", "badvers"]
    return [
        *(Question("server without data", f"{n}broken.example.", "A", "SERVFAIL") for n in names),
        Question("server without data", "broken.example.", "MX", "SERVFAIL"),
        *(Question("server without data", f"{n}broken.test.", "AAAA", "SERVFAIL", ipv6=True) for n in names),
        *(Question("lame delegation", f"{n}lame.example.", "A", "REFUSED") for n in names),
        Question("lame delegation", "lame.example.", "MX", "REFUSED"),
        *(Question("lame delegation", f"{n}lame.test.", "A", "REFUSED", ipv6=True) for n in names),
        *(Question("fixed answer", f"www.{n}.example.", "A", n.upper(), needs="dnsdist") for n in fixed),
        Question("NXDOMAIN without SOA", "www.nosoa.example.", "A", "NXDOMAIN", needs="dnsdist"),
        Question("nobody answers", "www.silent.example.", "A", None),
    ]


def _over_tcp() -> list[Question]:
    names = ["nothing.", "there."]
    return [
        *(Question("large", f"{n}long.example.", "A", "NXDOMAIN", "long.example.", tcp=True) for n in names),
        *(
            Question("large", f"{n}long.test.", "MX", "NXDOMAIN", "long.test.", ipv6=True, tcp=True)
            for n in names
        ),
    ]


def _found(qtype: str, *qnames: str, ipv6: bool = False) -> list[Question]:
    return [Question("it works", qname, qtype, "NOERROR", ipv6=ipv6) for qname in qnames]


def _no_data(qtype: str, soa: str, *qnames: str, ipv6: bool = False) -> list[Question]:
    return [Question("the name exists, the type does not", q, qtype, "NOERROR", soa, ipv6) for q in qnames]


FAILURES: tuple[Question, ...] = (
    *_typing_errors(),
    *_dead_mail(),
    *_blocklists(),
    *_reverse(),
    *_service_discovery(),
    *_malware(),
    *_aliases(),
    *_broken_servers(),
    *_over_tcp(),
)
"""All but "nobody answers" must reach DNS Errors, and NXDOMAIN the other channel too. Some are repeated."""

SUCCESSES: tuple[Question, ...] = (
    *_found(
        "A", "www.example.com.", "example.com.", "library.example.", "florist.example.", "bakery.example."
    ),
    *_found("A", "www.example.net.", "museum.test.", ipv6=True),
    *_found("AAAA", "www.example.com.", "mail.example.com."),
    *_found("AAAA", "www.example.net.", "museum.test.", "theatre.test.", ipv6=True),
    *_found("MX", "example.com.", "library.example."),
    *_found("MX", "example.net.", "museum.test.", ipv6=True),
    *_found("TXT", "example.com."),
    *_found("SRV", "_imaps._tcp.example.com."),
    *_found("CNAME", "intranet.example.com."),
    *_found("PTR", "10.2.0.192.in-addr.arpa.", "25.2.0.192.in-addr.arpa."),
    *_found("PTR", f"{_backwards('2001:db8::25')}.ip6.arpa.", ipv6=True),
    *_found("A", "2.0.0.127.dnsbl.example.", "66.113.0.203.dnsbl.example.", "67.113.0.203.dnsbl.example."),
    *_found("A", f"{_backwards('2001:db8::1')}.dnsbl.example."),
    *_found("A", "cheap-pills.example.multi.surbl.example.", ipv6=True),
    Question("large", "long.example.", "TXT", "NOERROR", tcp=True),
    Question("large", "long.test.", "TXT", "NOERROR", ipv6=True, tcp=True),
    *_no_data("AAAA", "example.", "library.example.", "florist.example.", "bakery.example."),
    *_no_data("MX", "example.com.", "www.example.com."),
    *_no_data("TXT", "dnsbl.example.", "67.113.0.203.dnsbl.example."),
    *_no_data("HTTPS", "example.com.", "www.example.com."),
    *_no_data("HTTPS", "test.", "museum.test.", ipv6=True),
)
"""NOERROR, the majority in the world: none of these may reach a channel."""
