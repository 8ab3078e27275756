r"""Domain names: wire form to text and back.

Text is as NMSG's tools write it: fully qualified with a trailing dot, the root is '.', case is kept,
'.' and '\' inside a label are '\.' and '\\', octets outside 0x21..0x7e are '\DDD', and nothing else is
escaped. So a text stands for exactly one name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["LABEL_MAX", "NAME_MAX", "NAME_TEXT_MAX", "is_within", "labels_of", "name_text", "name_wire"]

LABEL_MAX = 63  # octets a label, RFC 1035 section 2.3.4
NAME_MAX = 255  # octets a name with all its length octets, RFC 1035 section 2.3.4
# The longest text: 250 octets of content (four labels and five length octets make 255), each as \DDD,
# and four dots.
NAME_TEXT_MAX = 250 * 4 + 4

_PLAIN = bytes(octet for octet in range(0x21, 0x7F) if octet not in b".\\")
_ESCAPES = [
    chr(octet) if octet in _PLAIN else f"\\{chr(octet)}" if octet in b".\\" else f"\\{octet:03d}"
    for octet in range(256)
]
# One label character: an escape or a plain one.
_CHARACTER = re.compile(r"\\([0-9]{3})|\\([.\\])|([\x21-\x2d\x2f-\x5b\x5d-\x7e])")


def name_text(labels: Sequence[bytes]) -> str:
    """Text of a name given as its labels without the root: (b'com',) is 'com.', () is '.'."""
    name = b".".join(labels)
    if len(name.translate(None, _PLAIN)) >= len(labels):  # more than the dots between: something to escape
        return "".join(["".join([_ESCAPES[octet] for octet in label]) + "." for label in labels]) or "."
    return name.decode() + "."


def labels_of(text: str) -> tuple[bytes, ...]:
    """Labels of a name in text form, without the root; a missing trailing dot is forgiven.

    Raises ValueError where the text is no name: a bad escape, an empty label, a label over 63 octets,
    over 255 octets in all.
    """
    if text in ("", "."):
        return ()
    if "\\" not in text and " " not in text and text.isascii() and text.isprintable():
        # Most names: nothing is escaped, and this is five times as fast as looking at each character.
        found = text.removesuffix(".").encode().split(b".")
        if len(text) < NAME_MAX - 1 and min(map(len, found)) >= 1 and max(map(len, found)) <= LABEL_MAX:
            return tuple(found)
    return _labels(text)


def name_wire(text: str) -> bytes:
    """Uncompressed wire form (RFC 1035 section 3.1) of a name in text form; raises as `labels_of`."""
    return b"".join([bytes([len(label)]) + label for label in labels_of(text)]) + b"\0"


def is_within(name: str, zone: str) -> bool:
    """Whether a name is a zone's apex or below it, both in text form; case means nothing (RFC 4343)."""
    name, zone = name.lower(), zone.lower()
    if zone in (".", name):
        return True
    if not name.endswith("." + zone):
        return False
    above = name[: -len(zone) - 1]
    return (len(above) - len(above.rstrip("\\"))) % 2 == 0  # else the dot is escaped, inside a label


def _labels(text: str) -> tuple[bytes, ...]:
    labels: list[bytes] = []
    label = bytearray()
    position = 0
    while position < len(text):
        if text[position] == ".":
            labels.append(_checked(bytes(label), text))
            label.clear()
            position += 1
            continue
        match = _CHARACTER.match(text, position)
        if match is None or (match[1] and int(match[1]) > 255):
            raise ValueError(f"not a domain name: {text!r} (at character {position + 1})")
        label.append(int(match[1]) if match[1] else ord(match[2] or match[3]))
        position = match.end()
    if label:
        labels.append(_checked(bytes(label), text))
    if sum(map(len, labels)) + len(labels) + 1 > NAME_MAX:
        raise ValueError(f"domain name over {NAME_MAX} octets: {text!r}")
    return tuple(labels)


def _checked(label: bytes, text: str) -> bytes:
    if not 1 <= len(label) <= LABEL_MAX:
        raise ValueError(f"label of {len(label)} octets, not 1 to {LABEL_MAX}, in domain name {text!r}")
    return label
