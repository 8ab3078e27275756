"""Records and text as people may see them: without the keys that customers put into blocklist queries.

Under some DNSBL zones the name asked for holds a secret: 2.0.0.127.KEY.zen.dq.spamhaus.net. Whoever reads
it can query, and be billed, as that customer. Names show it as <key>; octets have it overwritten in place,
so that a DNS message still decodes. Pure; what a stranger put into a record can hide its own text only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from nxcast.consumers.names.customer_keys import KEY_FIRST_ZONES, KEY_MIN, KEYED_ZONES, PLACEHOLDER

__all__ = ["redacted", "redacted_text"]

KEY_MAX = 44  # octets; the length octet of a longer label (45, 48 ...) could be a character of it
ADDRESS_LABELS_MAX = 32  # nibbles of an IPv6 address, should http:BL be asked about one

_OCTET = "[a-z0-9_-]"  # of a key, or of a list's label


def _either(zones: tuple[str, ...]) -> str:
    """A pattern of the zones' labels, each with the dot or length octet before it."""
    return "|".join("".join(rf"[\x{len(label):02x}.]{label}" for label in zone.split(".")) for zone in zones)


# Finds keys in a name's text, in its wire form (read as latin-1) and in prose: between labels stands a dot or
# a length octet. Not bound to a name's end, since search lists append a domain.
_KEY = re.compile(
    rf"(?<!{_OCTET}){_OCTET}{{{KEY_MIN},{KEY_MAX}}}+"
    rf"(?=[\x01-\x2c.]{_OCTET}{{1,{KEY_MAX}}}+(?:{_either(KEYED_ZONES)})"
    rf"|(?:[\x01-\x03.][0-9a-f]{{1,3}}(?=[\x01-\x05.])){{0,{ADDRESS_LABELS_MAX}}}+(?:{_either(KEY_FIRST_ZONES)}))",
    re.IGNORECASE | re.ASCII,
)
_WORD = re.compile(rf"{_OCTET}{{{KEY_MIN},}}+", re.IGNORECASE | re.ASCII)
_NAMES = ("qname", "soa_rrname", "query_zone", "denied")  # fields that hold a name's text
# One of these labels is in every text with a key, and one of the zones that have it, without the last label;
# the pattern would take ten times as long to say no.
_MARKS: dict[str, list[str]] = {}
for _zone in KEYED_ZONES + KEY_FIRST_ZONES:
    _labels = _zone.split(".")[:-1]
    _MARKS.setdefault(_labels[-1], []).extend(end.join(_labels) for end in (".", chr(len(_labels[-1]))))


def redacted(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record of any channel, without keys; itself where it holds none.

    A key found in one field is hidden in all, so also where a message has it without the zone.
    """
    if not _may_hold_key(record):
        return record
    texts = {field: text for field, value in record.items() if (text := _text(field, value)) is not None}
    keys = {key for text in texts.values() for key in _keys(text)}
    if not keys:
        return record
    shown = dict(record)
    for field, text in texts.items():
        if isinstance(record[field], bytes):
            shown[field] = _without(keys, text, lambda key: "x" * len(key)).encode("latin-1")
        else:
            shown[field] = _without(keys, text, lambda _: PLACEHOLDER)
    return shown


def redacted_text(text: str) -> str:
    """Any text, of one line or many, with <key> for each key in it; itself where it holds none."""
    if not _is_marked(text.lower()):  # nearly none is
        return text
    keys = _keys(text)
    return _without(keys, text, lambda _: PLACEHOLDER) if keys else text


def _keys(text: str) -> set[str]:
    """The keys in a text, folded."""
    return {key.lower() for key in _KEY.findall(text)} if _is_marked(text.lower()) else set()


def _may_hold_key(record: Mapping[str, Any]) -> bool:
    """Of most records one look at all names and messages says no."""
    names = ".".join([name for field in _NAMES if isinstance(name := record.get(field), str)])
    octets = b".".join([value for value in record.values() if isinstance(value, bytes)])
    return _is_marked(f"{names}.{octets.decode('latin-1')}".lower())


def _is_marked(folded: str) -> bool:
    return bool([end for label, ends in _MARKS.items() if label in folded for end in ends if end in folded])


def _text(field: str, value: object) -> str | None:
    """What a key may be in; None where there can be none."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) and field in _NAMES else None


def _without(keys: set[str], text: str, hidden: Callable[[str], str]) -> str:
    # Word by word, and not by a pattern of all keys: a hostile message may hold thousands.
    return _WORD.sub(lambda word: hidden(word[0]) if word[0].lower() in keys else word[0], text)
