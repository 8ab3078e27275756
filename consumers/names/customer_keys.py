"""Blocklists that put a customer's key into the names asked for: which zones, and where in the name. Pure.

Whoever reads such a name can query, and be billed, as that customer.
"""

from __future__ import annotations

__all__ = ["KEYED_ZONES", "KEY_FIRST_ZONES", "KEY_MIN", "PLACEHOLDER", "is_key"]

# Zones with lists below them (zen, dbl, combined ...) and the key as the label before the list's.
# As of November 2026.
KEYED_ZONES = (
    "dq.spamhaus.net",  # docs.spamhaus.com, Data Query Service: <key>.<list>.dq.spamhaus.net, 26 characters
    "mail.abusix.zone",  # docs.abusix.com, Production Zones: <APIKEY>.<list>.mail.abusix.zone
    "mail-beta.abusix.zone",  # docs.abusix.com, Beta Zones
    "mail-abuse.com",  # docs.trendmicro.com, Email Reputation Services: <activation code>.r.mail-abuse.com
)
# Zones where the key is the first label of all, before the reversed address. As of November 2026.
KEY_FIRST_ZONES = (
    "dnsbl.httpbl.org",  # projecthoneypot.org/httpbl_api.php: <key>.<address>.dnsbl.httpbl.org, 12 letters
)
PLACEHOLDER = "<key>"  # what people see in its place
KEY_MIN = 8  # octets; shorter is a part of what is looked up, by a customer who forgot the key


def is_key(label: str) -> bool:
    """Whether a folded label, where a key belongs, is one, or stands for one that was taken out."""
    return len(label) >= KEY_MIN or label == PLACEHOLDER
