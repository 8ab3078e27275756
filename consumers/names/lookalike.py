"""Domains that look like one's own: another suffix, a slip of a finger, letters that look alike. Pure.

One difference at a time: the label under another suffix, or under the same suffix a label one slip away
(`slips`) or with the same skeleton. A skeleton is what is left of a label once letters that look alike are
one, the idea of Unicode TS 39 section 4, over the few that are used against names in Latin letters. Domains
are registrable ones, folded text with the last dot.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from nxcast.consumers.names.slips import Neighbours, distance

__all__ = ["HOMOGLYPH", "SUFFIX", "SWAP", "TYPO", "Lookalike", "Lookalikes", "skeleton"]

HOMOGLYPH, SUFFIX, SWAP, TYPO = "homoglyph", "suffix", "transposition", "typo"

SLIP_MIN = 5  # characters of one's own label from which a slip counts: shorter words have too many near them
LABEL_MAX = 63  # octets (RFC 1035 section 2.3.4); escapes make longer text, which looks like nothing
_IDNA = "xn--"  # begins an A-label, RFC 5890 section 2.3.1

# Letters that look like plain Latin ones in most fonts: Cyrillic, Greek, and some of Latin's own.
_LETTERS = {
    **dict(zip("авсԁеһіјкӏмոрԛгѕтԝхуѵ", "abcdehijklmnpqrstwxyv", strict=True)),
    **dict(zip("αβγεηικνορτυχω", "abyenikvoptuxw", strict=True)),
    **dict(zip("оıøđłħŧ", "oiodlht", strict=True)),
}
# And of Latin letters and digits, which one stands for all.
_DIGITS = {"0": "o", "1": "l", "i": "l", "j": "l", "3": "e", "5": "s", "2": "z", "8": "b", "6": "g", "9": "g"}
_ALIKE = str.maketrans({**{char: _DIGITS.get(latin, latin) for char, latin in _LETTERS.items()}, **_DIGITS})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))  # that look like one letter


class Lookalike(NamedTuple):
    """Which of one's own domains another looks like, and how."""

    mine: str
    how: str


class Lookalikes:
    """One's own domains; those that look like one are told. 4 KB for a domain, 20 KB for the longest."""

    def __init__(self, mine: Iterable[str]) -> None:
        self._mine = frozenset(mine)
        self._suffixes: dict[str, list[str]] = {}  # by label
        self._skeletons: dict[str, list[str]] = {}  # labels
        for label, _, suffix in (domain.partition(".") for domain in sorted(self._mine)):
            self._suffixes.setdefault(label, []).append(suffix)
        for label in self._suffixes:
            self._skeletons.setdefault(skeleton(label), []).append(label)
        self._near = Neighbours((label for label in self._suffixes if len(label) >= SLIP_MIN), lambda _: 1)

    def of(self, domain: str) -> Lookalike | None:
        """Which one a domain looks like; None for one's own, and for one that looks like none."""
        label, _, suffix = domain.partition(".")
        if domain in self._mine or len(label) > LABEL_MAX:
            return None
        if label in self._suffixes:
            return Lookalike(f"{label}.{self._suffixes[label][0]}", SUFFIX)
        for mine in self._skeletons.get(skeleton(label), ()):
            if suffix in self._suffixes[mine]:
                return Lookalike(f"{mine}.{suffix}", HOMOGLYPH)
        for mine in sorted(self._near.maybe(label, 1)):
            if suffix in self._suffixes[mine] and distance(label, mine) == 1:
                swapped = len(label) == len(mine) and sorted(label) == sorted(mine)
                return Lookalike(f"{mine}.{suffix}", SWAP if swapped else TYPO)
        return None


def skeleton(label: str) -> str:
    """What a label looks like, letters that look alike as one; that of an A-label as it is shown."""
    if label.startswith(_IDNA):
        with suppress(UnicodeError, OverflowError):  # no A-label: it is shown as it is
            label = label.removeprefix(_IDNA).encode("ascii").decode("punycode")
    if not label.isascii():
        label = unicodedata.normalize("NFKD", label.lower())
        label = "".join(char for char in label if not unicodedata.combining(char))
    label = label.translate(_ALIKE)
    for pair, letter in _PAIRS:
        label = label.replace(pair, letter)
    return label
