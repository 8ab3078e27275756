"""Which DNSBL zone a name is asked in: by a dated list, and by what the operators say they list. Pure.

The list is as of November 2026, each operator's own documentation beside its zones. It holds what is in
use, lists of good senders among it, and what has closed and is still asked, with the month in which it did.
Names are folded text with the last dot.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from nxcast.consumers.names.customer_keys import KEY_FIRST_ZONES, KEYED_ZONES, is_key

__all__ = [
    "ADDRESS",
    "DOMAIN",
    "HASH",
    "HOST",
    "MIXED",
    "ZONES",
    "Zone",
    "is_called_list",
    "is_no_blocklist",
    "listed",
]

# What a zone is asked about, RFC 5782 sections 2.1 (IPv4), 2.4 (IPv6) and 3 (domains).
ADDRESS, DOMAIN, HASH, MIXED = "addresses", "domains", "hashes", "domains, addresses"
HOST = "host names"  # the same as domains, with what stands before them


class Zone(NamedTuple):
    """A zone of the list."""

    name: str
    kind: str
    source: str  # where its operator tells of it
    keyed: bool = False  # the customer's key is a label of each name asked for
    closed: str = ""  # the month, 2024-06, since which it lists nothing; empty while it is in use


# By operator: where it is documented, what is listed, the zones.
_OPEN = (
    (
        "docs.spamhaus.com, Available Zones",
        ADDRESS,
        "zen.spamhaus.org sbl.spamhaus.org xbl.spamhaus.org pbl.spamhaus.org sbl-xbl.spamhaus.org",
    ),
    ("docs.spamhaus.com, Available Zones", DOMAIN, "dbl.spamhaus.org"),
    ("spamhaus.org, CBL: the same data as XBL", ADDRESS, "cbl.abuseat.org"),
    ("spamcop.net/bl.shtml", ADDRESS, "bl.spamcop.net"),
    ("barracudacentral.org/rbl", ADDRESS, "b.barracudacentral.org bb.barracudacentral.org"),
    (
        "mailspike.org/usage.html",
        ADDRESS,
        "bl.mailspike.net rep.mailspike.net z.mailspike.net wl.mailspike.net",
    ),
    ("psbl.org, How to use PSBL", ADDRESS, "psbl.surriel.com"),
    (
        "uceprotect.net, Blacklist Policy",
        ADDRESS,
        "dnsbl-1.uceprotect.net dnsbl-2.uceprotect.net dnsbl-3.uceprotect.net",
    ),
    ("backscatterer.org, Usage", ADDRESS, "ips.backscatterer.org"),
    ("blocklist.de, RBL", ADDRESS, "bl.blocklist.de"),
    ("dronebl.org/docs", ADDRESS, "dnsbl.dronebl.org"),
    ("usenix.org.uk/content/rbl.html", ADDRESS, "all.s5h.net"),
    ("gbudb.com/truncate", ADDRESS, "truncate.gbudb.net"),
    (
        "spamrats.com/lists.php",
        ADDRESS,
        "all.spamrats.com auth.spamrats.com dyna.spamrats.com noptr.spamrats.com spam.spamrats.com",
    ),
    ("senderscore.org, Blocklist", ADDRESS, "bl.score.senderscore.com"),
    ("dnswl.org/tech", ADDRESS, "list.dnswl.org"),
    ("dnswl.org/tech", DOMAIN, "dwl.dnswl.org"),
    ("isipp.com, IADB", ADDRESS, "iadb.isipp.com"),
    ("wiki.junkemailfilter.com, Spam DNS Lists", MIXED, "hostkarma.junkemailfilter.com"),
    (
        "spameatingmonkey.com/lists.html",
        ADDRESS,
        "bl.spameatingmonkey.net bl.ipv6.spameatingmonkey.net backscatter.spameatingmonkey.net",
    ),
    (
        "spameatingmonkey.com/lists.html",
        DOMAIN,
        "uribl.spameatingmonkey.net fresh.spameatingmonkey.net "
        "fresh10.spameatingmonkey.net fresh15.spameatingmonkey.net",
    ),
    ("nordspam.com/usage", ADDRESS, "bl.nordspam.com"),
    ("nordspam.com/usage", DOMAIN, "dbl.nordspam.com"),
    ("suomispam.net", ADDRESS, "bl.suomispam.net"),
    ("suomispam.net", DOMAIN, "dbl.suomispam.net"),
    ("spfbl.net/en/dnsbl", MIXED, "dnsbl.spfbl.net"),
    ("rbl.interserver.net", ADDRESS, "rbl.interserver.net"),
    ("team-cymru.com/bogon-reference-dns", ADDRESS, "bogons.cymru.com"),
    ("team-cymru.com/bogon-reference-dns", ADDRESS, "v4.fullbogons.cymru.com v6.fullbogons.cymru.com"),
    ("team-cymru.com/mhr", HASH, "hash.cymru.com"),
    ("surbl.org/lists", MIXED, "multi.surbl.org"),
    ("surbl.org/lists", HASH, "hashbl.surbl.org"),
    (
        "uribl.com/about.shtml",
        MIXED,
        "multi.uribl.com black.uribl.com grey.uribl.com red.uribl.com white.uribl.com",
    ),
    ("msbl.org/ebl-design.html", HASH, "ebl.msbl.org"),
    ("docs.rspamd.com, module rbl", HASH, "email.rspamd.com phishtank.rspamd.com uribl.rspamd.com"),
    ("virusfree.cz/en", ADDRESS, "bip.virusfree.cz"),
    ("projecthoneypot.org/httpbl_api.php", ADDRESS, " ".join(KEY_FIRST_ZONES)),
    # Asked by SpamAssassin 4.0.1 as it comes.
    ("SpamAssassin, 20_dnsbl_tests.cf", ADDRESS, "sa-trusted.bondedsender.org sa-accredit.habeas.com"),
    ("SpamAssassin, 25_uribl.cf", MIXED, "dob.sibl.support-intelligence.net"),
    ("fmb.la", DOMAIN, "fresh.fmb.la"),
)

# The same of those that have closed, and when.
_CLOSED = (
    (
        "sorbs.net, closed by its owner",
        ADDRESS,
        "2024-06",
        "dnsbl.sorbs.net dul.dnsbl.sorbs.net http.dnsbl.sorbs.net socks.dnsbl.sorbs.net misc.dnsbl.sorbs.net "
        "smtp.dnsbl.sorbs.net web.dnsbl.sorbs.net spam.dnsbl.sorbs.net new.spam.dnsbl.sorbs.net "
        "recent.spam.dnsbl.sorbs.net old.spam.dnsbl.sorbs.net escalations.dnsbl.sorbs.net "
        "block.dnsbl.sorbs.net zombie.dnsbl.sorbs.net safe.dnsbl.sorbs.net relays.dnsbl.sorbs.net "
        "proxies.dnsbl.sorbs.net problems.dnsbl.sorbs.net noserver.dnsbl.sorbs.net",
    ),
    (
        "sorbs.net, closed by its owner",
        DOMAIN,
        "2024-06",
        "rhsbl.sorbs.net badconf.rhsbl.sorbs.net nomail.rhsbl.sorbs.net",
    ),
    ("heise.de, NiX Spam", ADDRESS, "2025-01", "ix.dnsbl.manitu.net"),
    ("wpbl.info", ADDRESS, "2024-01", "db.wpbl.info"),
    ("ahbl.org", ADDRESS, "2015-01", "dnsbl.ahbl.org ircbl.ahbl.org"),
    ("ahbl.org", DOMAIN, "2015-01", "rhsbl.ahbl.org"),
    ("dnsbl.com, NJABL", ADDRESS, "2013-03", "dnsbl.njabl.org combined.njabl.org"),
    ("dnsbl.com, inps.de", ADDRESS, "2020-05", "dnsbl.inps.de"),
    ("dsbl.org", ADDRESS, "2008-05", "list.dsbl.org multihop.dsbl.org unconfirmed.dsbl.org"),
    ("ordb.org", ADDRESS, "2006-12", "relays.ordb.org"),
    ("rfc-ignorant.org", ADDRESS, "2012-11", "ipwhois.rfc-ignorant.org"),
    (
        "rfc-ignorant.org",
        DOMAIN,
        "2012-11",
        "dsn.rfc-ignorant.org postmaster.rfc-ignorant.org abuse.rfc-ignorant.org whois.rfc-ignorant.org "
        "bogusmx.rfc-ignorant.org fulldom.rfc-ignorant.org",
    ),
)

# The same below the parents of `customer_keys.KEYED_ZONES`: the label that names the list.
_KEYED = (
    ("docs.spamhaus.com, Available Zones", ADDRESS, "dq.spamhaus.net", "zen sbl xbl pbl sbl-xbl authbl"),
    ("docs.spamhaus.com, Available Zones", DOMAIN, "dq.spamhaus.net", "dbl zrd"),
    ("docs.spamhaus.com, Available Zones", HASH, "dq.spamhaus.net", "hbl"),
    (
        "docs.abusix.com, Production Zones",
        ADDRESS,
        "mail.abusix.zone",
        "combined black exploit dynamic authbl noip white",
    ),
    ("docs.abusix.com, Production Zones", MIXED, "mail.abusix.zone", "dblack nod"),
    ("docs.abusix.com, Production Zones", HASH, "mail.abusix.zone", "shorthash diskhash"),
    ("docs.abusix.com, Beta Zones", HASH, "mail-beta.abusix.zone", "btc-wallets attachhash"),
    ("docs.trendmicro.com, Email Reputation Services", ADDRESS, "mail-abuse.com", "r q"),
)


def _zones() -> dict[str, Zone]:
    zones = [
        Zone(f"{name}.", kind, source, name in KEY_FIRST_ZONES)
        for source, kind, names in _OPEN
        for name in names.split()
    ]
    zones += [
        Zone(f"{label}.{parent}.", kind, source, keyed=True)
        for source, kind, parent, labels in _KEYED
        for label in labels.split()
    ]
    zones += [
        Zone(f"{name}.", kind, source, closed=closed)
        for source, kind, closed, names in _CLOSED
        for name in names.split()
    ]
    # A list that isn't known stands under its parent's name: the label may be anything.
    zones += [Zone(f"{parent}.", MIXED, "a list not known here", keyed=True) for parent in KEYED_ZONES]
    return {zone.name: zone for zone in zones}


ZONES = _zones()
"""The list, by name."""

# Asked with reversed addresses as a blocklist is, for the network's origin (AS number). As of November 2026.
_NO_BLOCKLISTS = (
    ".asn.cymru.com.",  # team-cymru.com/ip-asn-mapping
    ".asn.spameatingmonkey.net.",  # spameatingmonkey.com/lists.html: 'must not be used for blocking'
    *(".asn.routeviews.org.", ".aspath.routeviews.org."),  # routeviews.org, origin AS and path by address
    *(".asn.shadowserver.org.", ".peer.shadowserver.org."),  # shadowserver.org, IP-BGP
    ".abuse-contacts.abusix.zone.",  # docs.abusix.com, Abuse Contact Database
    *(".asn.rspamd.com.", ".asn6.rspamd.com."),  # rspamd.com/doc, module asn
    ".arpa.",  # reverse look-ups: RFC 1035 section 3.5, RFC 3596 section 2.5
    # Customers' host names stand below these, as in www.example.com.edgekey.net.
    *(".edgekey.net.", ".edgesuite.net.", ".akamaiedge.net.", ".akamaized.net.", ".akadns.net."),
    *(".cdn.cloudflare.net.", ".cdngslb.com.", ".impervadns.net.", ".edgecastcdn.net.", ".fastly.net."),
)
# How operators call their lists, as a whole label: dnsbl, rbl, rhsbl, uribl, dbl, bl, wl.
_CALLED = re.compile(r"(?:^|\.)(?:dns|r|rhs|uri|sur|si|ip|hash|d|x|s)?[bw]l\d?\.")

_PARENTS = {f"{parent}." for parent in KEYED_ZONES}
_KEY_FIRST = {f"{zone}." for zone in KEY_FIRST_ZONES}
_ENDS = frozenset(".".join(name.split(".")[-3:]) for name in ZONES)  # the last two labels of each
_LABELS_MAX = max(name.count(".") for name in ZONES)


def listed(qname: str, soa_rrname: str | None) -> tuple[Zone, str] | None:
    """The zone of the list that a name is asked in, and the part of the name before it, without the key.

    Where the SOA's owner is a zone of the list above the name, that zone; else the longest of the list. The
    part has no last dot and may be empty. None if no zone of the list is above the name.
    """
    if soa_rrname in ZONES and soa_rrname not in _PARENTS and qname.endswith(f".{soa_rrname}"):
        zone = ZONES[soa_rrname]
    else:
        found = _longest(qname)
        if found is None:
            return None
        zone = found
    part = qname[: -len(zone.name) - 1]
    return zone, _without_key(part, zone) if zone.keyed else part


def is_no_blocklist(zone: str) -> bool:
    """Whether a zone is known to be asked about addresses for another reason than mail."""
    return f".{zone}".endswith(_NO_BLOCKLISTS)


def is_called_list(zone: str) -> bool:
    """Whether a zone's name says that it is a list."""
    return _CALLED.search(zone) is not None


def _longest(qname: str) -> Zone | None:
    at = qname.rfind(".", 0, qname.rfind(".", 0, -1))
    if qname[at + 1 :] not in _ENDS:
        return None
    found = ZONES.get(qname[at + 1 :])
    for _ in range(_LABELS_MAX - 2):
        if at < 0:
            break
        at = qname.rfind(".", 0, at)
        found = ZONES.get(qname[at + 1 :], found)
    return found


def _without_key(part: str, zone: Zone) -> str:
    if zone.name in _KEY_FIRST:
        first, _, rest = part.partition(".")
        return rest if is_key(first) else part
    if zone.name in _PARENTS:
        part = part.rpartition(".")[0]  # the list's label
    rest, _, last = part.rpartition(".")
    return rest if is_key(last) else part
