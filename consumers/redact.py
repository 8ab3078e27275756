"""Records as people may see them: without the keys that customers of a blocklist put into their queries.

Under some DNSBL zones the name asked for holds a secret: 2.0.0.127.KEY.zen.dq.spamhaus.net. Whoever reads
it can query, and be billed, as that customer. Names show it as <key>; octets have it overwritten in place,
so that a DNS message still decodes. Pure; what a stranger put into a record can hide its own text only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["KEYED_ZONES", "redacted"]

# Zones with lists below them (zen, dbl, combined ...) and the key as the label before the list's.
# As of November 2026. Not here: dnsbl.httpbl.org, whose key is the first label of all, before the address.
KEYED_ZONES = (
    "dq.spamhaus.net",  # docs.spamhaus.com, Data Query Service: <key>.<list>.dq.spamhaus.net, 26 characters
    "mail.abusix.zone",  # abusix.com/docs, Abusix Mail Intelligence: <APIKEY>.<list>.mail.abusix.zone
)
PLACEHOLDER = "<key>"
KEY_MIN = 8  # octets; shorter is a part of what is looked up, by a customer who forgot the key
KEY_MAX = 44  # octets; the length octet of a longer label (45, 48 ...) could be a character of it

_OCTET = "[a-z0-9_-]"  # of a key, or of a list's label
_ZONE = "|".join(
    "".join(f"[\\x{len(label):02x}.]{label}" for label in zone.split(".")) for zone in KEYED_ZONES
)
# Finds keys in a name's text, in its wire form (read as latin-1) and in prose: between labels stands a dot or
# a length octet. Not bound to a name's end, since search lists append a domain.
_KEY = re.compile(
    rf"(?<!{_OCTET}){_OCTET}{{{KEY_MIN},{KEY_MAX}}}+(?=[\x01-\x2c.]{_OCTET}{{1,{KEY_MAX}}}+(?:{_ZONE}))",
    re.IGNORECASE | re.ASCII,
)
_WORD = re.compile(rf"{_OCTET}{{{KEY_MIN},}}+", re.IGNORECASE | re.ASCII)
_NAMES = ("qname", "soa_rrname")  # fields that hold a name's text


def redacted(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record of any channel, without keys; itself where it holds none.

    A key found in one field is hidden in all, so also where a message has it without the zone.
    """
    texts = {field: text for field, value in record.items() if (text := _text(field, value)) is not None}
    keys = {key.lower() for text in texts.values() for key in _KEY.findall(text)}
    if not keys:
        return record
    shown = dict(record)
    for field, text in texts.items():
        if isinstance(record[field], bytes):
            shown[field] = _without(keys, text, lambda key: "x" * len(key)).encode("latin-1")
        else:
            shown[field] = _without(keys, text, lambda _: PLACEHOLDER)
    return shown


def _text(field: str, value: object) -> str | None:
    """What a key may be in; None where there can be none."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) and field in _NAMES else None


def _without(keys: set[str], text: str, hidden: Callable[[str], str]) -> str:
    # Word by word, and not by a pattern of all keys: a hostile message may hold thousands.
    return _WORD.sub(lambda word: hidden(word[0]) if word[0].lower() in keys else word[0], text)
