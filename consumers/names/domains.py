"""Registrable domains by the Public Suffix List, and what an SOA's owner says about one. Pure.

The list is the one that the package publicsuffixlist ships, its private section included: what a user of
github.io registers is user.github.io. Names are folded text with the last dot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from nxcast.consumers.names.suffixes import Suffixes

__all__ = ["ends", "is_open", "is_private", "known_suffix", "registrable", "registrable_end", "within"]

# Labels of suffixes under which a registry takes only those who are what they say: RFC 920 and RFC 1591 for
# edu, gov, mil, int and arpa; their country forms in the list's section ICANN, as of November 2026.
RESTRICTED = frozenset(
    (
        *("arpa", "edu", "gov", "int", "mil"),
        *("ac", "ed", "go", "gob", "gouv", "govt", "gub", "gv", "k12", "lg", "nhs", "police", "sch"),
    )
)

CACHED = 32_768  # names; with what is found some 300 octets each, 10 MB, and 26 MB if all are of full length
CACHED_SUFFIXES = 4096  # of some 10,000, and of made-up ones; 1 MB, and 4 MB if all are of full length
PLAIN_MAX = 254  # characters of a name without escapes (RFC 1035 section 2.3.4); longer ones are not cached


@cache
def _list() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


@cache
def _suffixes() -> Suffixes:
    return Suffixes(only_icann=False)


@cache
def _registries() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def registrable(name: str) -> str | None:
    """The registrable domain of a name: example.co.uk. for a.example.co.uk.; None for a suffix itself.

    Under a top-level domain that the list doesn't know, the second level.
    """
    if (plain := _suffixes().domain(name)) is not None:
        return plain
    return _registrable(name) if len(name) <= PLAIN_MAX else _registrable.__wrapped__(name)


def registrable_end(end: str, domain: str | None) -> str | None:
    """The registrable domain of the last labels of a name whose own is known, without a look into the list.

    A rule about less than these labels is as much about them as about the name.
    """
    return domain if domain is not None and len(domain) <= len(end) else registrable(end)


def is_private(name: str) -> bool:
    """Whether a name is in or below the list's private section: a provider gives such names, no registry."""
    domain = registrable(name)
    return _section_is_private(name if domain is None else domain.partition(".")[2])


def is_open(domain: str) -> bool:
    """Whether about anybody may register a domain: at a registry, and not only a ministry or university."""
    return registrable(domain) == domain and _is_open_suffix(domain.partition(".")[2])


@lru_cache(CACHED_SUFFIXES)
def _is_open_suffix(suffix: str) -> bool:
    if not known_suffix(suffix) or _section_is_private(suffix):
        return False
    labels = suffix.split(".")[:-1]
    return labels == ["ac"] or RESTRICTED.isdisjoint(labels)  # ac alone is an island's


@lru_cache(CACHED_SUFFIXES)
def _section_is_private(suffix: str) -> bool:
    return known_suffix(suffix) and _registries().publicsuffix(_undotted(suffix)[:-1]) != suffix[:-1]


@lru_cache(CACHED)
def _registrable(name: str) -> str | None:
    found = _list().privatesuffix(_undotted(name)[:-1])
    return found and f"{_dotted(found)}."


def known_suffix(name: str) -> bool:
    """Whether the name's top-level domain is one of the list, so one that exists in the public DNS."""
    return _tld_known(name.rstrip(".").rpartition(".")[2])


@lru_cache(CACHED_SUFFIXES)
def _tld_known(tld: str) -> bool:
    return _registries().publicsuffix(tld) is not None


def within(name: str, domain: str) -> bool:
    r"""Whether a name is the domain or below it; the root holds all, and `a\.b.` is not below `b.`"""
    if name == domain or domain == ".":
        return True
    if not name.endswith(f".{domain}"):
        return False
    before = len(name) - len(domain) - 1
    return name[before - 1 : before] != "\\" or not _escapes(name[:before])


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
