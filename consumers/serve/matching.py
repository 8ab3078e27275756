"""What a word of the path stands for: names, types, addresses, octets; text that matches a pattern. Pure.

Patterns are RE2's, which looks at each character once whatever the pattern is, and so has no back-references:
a regular expression costs what the text is long, never more.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network

import re2

from nxcast.consumers.serve.asked import AskedError
from nxcast.consumers.store.lookups import Names, Side, Wants
from nxcast.consumers.store.presentation import name_from
from nxcast.schemas.codes import type_number

__all__ = ["glob", "names_asked", "network_asked", "octets_asked", "regex", "types_asked"]

PATTERN_MAX = 1024  # characters
PROGRAM_MAX = 1 << 20  # octets that a compiled pattern may take; x 32 queries, 32 MB
OCTETS_MAX = 1024  # of RDATA or a name given as hexadecimal digits: what a path has room for
# DS RRSIG NSEC DNSKEY NSEC3 NSEC3PARAM CDS CDNSKEY TA DLV: those that ANY leaves out in DNSDB's API.
DNSSEC = frozenset((43, 46, 47, 48, 50, 51, 59, 60, 32768, 32769))
ANY, ANY_DNSSEC = "ANY", "ANY-DNSSEC"

Matches = Callable[[str], bool]


def names_asked(word: str) -> Names:
    """A name, `*.example.com` (with example.com itself, as in DNSDB) or `www.*`; AskedError if it is none."""
    text, side = word, Side.NONE
    if word in ("*", "*."):
        text, side = ".", Side.LEFT
    elif word.startswith("*."):
        text, side = word[2:], Side.LEFT
    elif word.removesuffix(".").endswith(".*"):
        text, side = word.removesuffix(".")[:-2], Side.RIGHT
    try:
        return Names(name_from(text), side)
    except ValueError as error:
        raise AskedError(f"not a name: {error}") from error


def types_asked(word: str = ANY) -> Wants:
    """Whether a type is one of those that a word asks for; ANY is all but DNSSEC's."""
    if word.upper() == ANY:
        return lambda rrtype: rrtype not in DNSSEC
    if word.upper() == ANY_DNSSEC:
        return lambda rrtype: rrtype in DNSSEC
    number = type_number(word.upper())
    if number is None:
        raise AskedError(f"not a type: {word}")
    return lambda rrtype: rrtype == number


def network_asked(word: str) -> tuple[bytes, bytes]:
    """The first and last of `192.0.2.1`, `192.0.2.0,24`, `192.0.2.0/24` or `192.0.2.1-192.0.2.9`."""
    try:
        if "-" in word:
            first, last = (ip_address(each) for each in word.split("-"))
        else:
            network = ip_network(word.replace(",", "/"), strict=False)
            first, last = network[0], network[-1]
    except ValueError as error:
        raise AskedError(f"not an address, network or range: {word}") from error
    if first.version != last.version or first.packed > last.packed:
        raise AskedError(f"not a range: {word}")
    return first.packed, last.packed


def octets_asked(word: str) -> bytes:
    """Octets given as hexadecimal digits."""
    try:
        octets = bytes.fromhex(word)
    except ValueError as error:
        raise AskedError("raw is an even number of hexadecimal digits") from error
    if len(octets) > OCTETS_MAX:
        raise AskedError(f"raw is {OCTETS_MAX} octets at most")
    return octets


def regex(pattern: str) -> Matches:
    """Whether a text has something in it that an extended regular expression describes, whatever its case."""
    if len(pattern) > PATTERN_MAX:
        raise AskedError(f"a pattern has {PATTERN_MAX} characters at most")
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    options.max_mem = PROGRAM_MAX
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        told = error.args[0] if error.args else ""
        raise AskedError(f"not a pattern: {told.decode() if isinstance(told, bytes) else told}") from error
    return lambda text: compiled.search(text) is not None


def glob(pattern: str) -> Matches:
    """Whether a text is as a glob describes it from end to end: `*`, `?`, `[ab]`, `[!ab]`, `\\` before one.

    The last dot of a name may be left out.
    """
    parts = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            parts.append(".*")
        elif character == "?":
            parts.append(".")
        elif character == "[" and (end := pattern.find("]", position + 1)) > 0:
            inside = pattern[position:end].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"[^{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]")
            position = end + 1
        else:
            if character == "\\" and position < len(pattern):
                character = pattern[position]
                position += 1
            parts.append(re2.escape(character))
    return regex(f"^(?:{''.join(parts)})\\.?$")
