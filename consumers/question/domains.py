"""Registrable domains by the Public Suffix List, and what an SOA's owner says about one. Pure.

The list is the one that the package publicsuffixlist ships, its private section included: what a user of
github.io registers is user.github.io. Names are folded text with the last dot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

__all__ = ["ends", "known_suffix", "public_suffix", "registrable", "within"]

CACHED = 32_768  # names; with what is found some 300 octets each, 10 MB, and 26 MB if all are of full length
PLAIN_MAX = 254  # characters of a name without escapes (RFC 1035 section 2.3.4); longer ones are not cached


@cache
def _list() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


@cache
def _known() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def registrable(name: str) -> str | None:
    """The registrable domain of a name: example.co.uk. for a.example.co.uk.; None for a suffix itself.

    Under a top-level domain that the list doesn't know, the second level.
    """
    return _registrable(name) if len(name) <= PLAIN_MAX else _registrable.__wrapped__(name)


def public_suffix(name: str) -> str | None:
    """The suffix under which a name could be registered: co.uk. for a.example.co.uk.; None for the root."""
    return _public_suffix(name) if len(name) <= PLAIN_MAX else _public_suffix.__wrapped__(name)


@lru_cache(CACHED)
def _registrable(name: str) -> str | None:
    found = _list().privatesuffix(_undotted(name)[:-1])
    return found and f"{_dotted(found)}."


@lru_cache(CACHED)
def _public_suffix(name: str) -> str | None:
    found = _list().publicsuffix(_undotted(name)[:-1])
    return found and f"{_dotted(found)}."


def known_suffix(name: str) -> bool:
    """Whether the name's top-level domain is one of the list, so one that exists in the public DNS."""
    return _tld_known(name.rstrip(".").rpartition(".")[2])


@lru_cache(4096)
def _tld_known(tld: str) -> bool:
    return _known().publicsuffix(tld) is not None


def within(name: str, domain: str) -> bool:
    r"""Whether a name is the domain or below it; the root holds all, and `a\.b.` is not below `b.`"""
    if name == domain or domain == ".":
        return True
    return name.endswith(f".{domain}") and not _escapes(name[: -len(domain) - 1])


def ends(name: str) -> Iterator[str]:
    r"""The name, then each domain that it is below, down to its top-level domain."""
    yield name
    at = name.find(".")
    while 0 <= at < len(name) - 1:
        if not _escapes(name[:at]):
            yield name[at + 1 :]
        at = name.find(".", at + 1)


def _escapes(before: str) -> bool:
    """Whether a dot after this text is a part of its label."""
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


# The package parts labels at each dot, so a dot inside a label must not look like one.
_DOT_INSIDE = "\0"
_ESCAPED = re.compile(r"\\(.)")


def _undotted(name: str) -> str:
    if "\\." not in name:
        return name
    return _ESCAPED.sub(lambda found: _DOT_INSIDE if found[1] == "." else found[0], name)


def _dotted(name: str) -> str:
    return name.replace(_DOT_INSIDE, r"\.")
