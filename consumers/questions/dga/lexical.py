"""How random a single name looks: the features of one label, without its history. Pure.

Structure: length, and the alphabet it keeps to. Language: how likely its letters follow one another in
names that people choose (trigrams), against how likely they were drawn at random from the alphabet. The
logarithm of that ratio is the name's score; above 0 it looks drawn. Statistics: how often names that people
choose, and drawn ones, of the same alphabet and length reach such a score. The features are of FANCI's kinds
(Schüppen et al., USENIX Security 2018: structural, linguistic, statistical).

The tables are in model.json; bench/train_dga.py says of what it is made, and makes it anew. Where it
is installed the compiled kernel looks at labels: kernel/looks.c, which is held to the same answers.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from functools import cache, lru_cache
from importlib.resources import files
from struct import pack
from typing import NamedTuple

try:
    from nxcast.kernel import look as kernels_look
    from nxcast.kernel import looks

    INSTALLED = True
except ImportError:  # no compiler where it was installed
    INSTALLED = False

__all__ = [
    "EDGES",
    "INSTALLED",
    "KINDS",
    "LABEL_MAX",
    "LENGTH_MIN",
    "NO_LEVEL",
    "SYMBOLS",
    "VOWELS",
    "Look",
    "Tables",
    "kind_of",
    "length_class",
    "level_of",
    "likelihoods",
    "look",
    "score",
    "tables",
]

LENGTH_MIN = 5  # characters; below, most names that people choose look drawn, and families with such are rare
HEX_MIN = 8  # characters; shorter ones with a digit are too often codes and years
SYLLABLES_MIN = 8  # characters; shorter ones that alternate are words as a rule

SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789"
VOWELS = frozenset("aeiouy")
_HEX = "0123456789abcdef"
CACHED = 4_096  # labels, at worst 700 octets each
LABEL_MAX = 63  # characters (RFC 1035 section 2.3.4)
_CODES = bytes.maketrans(SYMBOLS.encode(), bytes(range(1, len(SYMBOLS) + 1)))  # of characters; 0: the edge
_CODES_COUNT = len(SYMBOLS) + 1

NO_LEVEL = -1  # below all levels
_LEVELS = 16  # the kernel gives so many times the number of the kind, and the level

KINDS = ("letters", "syllables", "alphanumeric", "hex")
"""Alphabets: letters only; consonant and vowel in turn; letters and digits; hexadecimal digits."""

# Scores are counted by class: below the first edge, between two, from the last on. In nats.
EDGES = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0, 11.0, 14.0, 18.0)

# Names that look drawn are more frequent among failing names than in the list that the tables are of (codes
# of campaigns, short-lived shops, acronyms with a typing error): so many of all are taken to be.
ODD = 0.005
# And more often than not they are mistyped, shortened, of a language that the list has little of: names of
# letters and digits that look rather drawn (a score above 0) are taken to be so many times as frequent.
AS_FREQUENT = {"letters": 3.0, "alphanumeric": 3.0, "syllables": 1.0, "hex": 1.0}
AS_FREQUENT_LONG = 1.5  # of letters from 12 on: acronyms and codes are short

_CLASS_ENDS: dict[str, tuple[int, ...]] = {
    "letters": (*range(LENGTH_MIN, 17), 20, 63),
    "syllables": (9, 11, 13, 63),
    "alphanumeric": (*range(LENGTH_MIN, 11), 14, 18, 63),
    "hex": (11, 63),
}

# The chance of each character of a drawn name, as a negative logarithm.
_LETTER = math.log(26)
_ALPHANUMERIC = math.log(36)
_HEX_DIGIT = math.log(16)
_VOWEL, _CONSONANT = math.log(6), math.log(20)

_STEPS = 10.0  # the table holds tenths of a nat
_LIKELY = tuple(math.exp(-cost / _STEPS) for cost in range(256))  # by cost
_FIRST = 35  # the character code of 0 in it, so that neither a quote nor a backslash comes often


class Look(NamedTuple):
    """What is kept of a label."""

    kind: str  # of KINDS
    length: int  # characters
    level: int  # class of its score: 0 to len(EDGES)


class Tables(NamedTuple):
    """Shares of the names of a kind and length class that reach each level."""

    chosen: tuple[
        float, ...
    ]  # of those chosen by people; a cautious estimate, so they may add up to more than 1
    drawn: tuple[float, ...]  # of those drawn at random


def look(label: str) -> Look | None:
    """The features of a folded label; None for one that no generator of these kinds makes.

    So for short ones, those with a hyphen (and with it all of IDNA, RFC 5890), and numbers.
    """
    if INSTALLED:
        found = kernels_look(_looks(), label)
        return None if found < 0 else Look(KINDS[found // _LEVELS], len(label), found % _LEVELS)
    kind = kind_of(label)
    if kind is None:
        return None
    return Look(kind, len(label), bisect_right(EDGES, score(label, kind)))


def level_of(label: str) -> int:
    """The class of a label's score alone, `NO_LEVEL` for one that has no look."""
    if INSTALLED:
        found = kernels_look(_looks(), label)
        return NO_LEVEL if found < 0 else found % _LEVELS
    return _level_again(label)


def score(label: str, kind: str) -> float:
    """The natural logarithm of how much likelier the label was drawn than chosen."""
    return sum(_costs(label)) / _STEPS - _drawn(label, kind)


# For labels that come again; of a million new ones it would cost a tenth more.
@lru_cache(CACHED)
def _level_again(label: str) -> int:
    looked = look(label)
    return NO_LEVEL if looked is None else looked.level


def _drawn(label: str, kind: str) -> float:
    length = len(label)
    if kind == "letters":
        return length * _LETTER
    if kind == "hex":
        return length * _HEX_DIGIT
    if kind == "alphanumeric":
        return length * _ALPHANUMERIC
    vowels = (length + (label[:1] in VOWELS)) // 2
    return vowels * _VOWEL + (length - vowels) * _CONSONANT


def kind_of(label: str) -> str | None:
    """The alphabet of a folded label, of KINDS; None for one that no generator of these kinds makes."""
    # Letters and digits of ASCII, at least one of them a letter: a number has no lower case.
    if not LENGTH_MIN <= len(label) <= LABEL_MAX:
        return None
    if not (label.isalnum() and label.isascii() and label.islower()):
        return None
    if label.isalpha():
        return "syllables" if len(label) >= SYLLABLES_MIN and _alternates(label) else "letters"
    return "hex" if len(label) >= HEX_MIN and not label.strip(_HEX) else "alphanumeric"


def _alternates(label: str) -> bool:
    # Every other letter is a vowel, and none of those between. Most labels show early that it isn't so.
    if (label[0] in VOWELS) == (label[1] in VOWELS) or (label[1] in VOWELS) == (label[2] in VOWELS):
        return False
    odd, even = set(label[1::2]), set(label[::2])
    if odd <= VOWELS:
        return not even & VOWELS
    return even <= VOWELS and not odd & VOWELS


def length_class(kind: str, length: int) -> int:
    """The longest length that is counted in one class with this: as fine as the names at hand allow."""
    ends = _CLASS_ENDS[kind]
    return ends[bisect_left(ends, length)]


def likelihoods(label: str) -> list[float]:
    """How likely each character of a label is after the two before it in names that people choose.

    A folded label of `SYMBOLS` only.
    """
    return [_LIKELY[cost] for cost in _costs(label)]


def _costs(label: str) -> list[int]:
    """What each character costs after the two before it, in steps."""
    table = _model()[0]
    costs = []
    last_two = 0  # both edges
    for code in label.encode().translate(_CODES):
        trigram = last_two * _CODES_COUNT + code
        costs.append(table[trigram])
        last_two = trigram % _CODES_COUNT**2
    return costs


@cache
def tables(kind: str, length: int, odd: float = ODD) -> Tables:
    """How names of this kind and length spread over the levels; of the chosen ones `odd` look drawn."""
    chosen, drawn = _model()[1][f"{kind}/{length_class(kind, length)}"]
    frequent = AS_FREQUENT_LONG if kind == "letters" and length >= 12 else AS_FREQUENT[kind]
    mixed = ((1 - odd) * one + odd * two for one, two in zip(chosen, drawn, strict=True))
    rather_drawn = EDGES.index(0.0)
    return Tables(
        tuple(
            min(1.0, share * frequent) if level > rather_drawn else share for level, share in enumerate(mixed)
        ),
        drawn,
    )


@cache
def _model() -> tuple[bytes, dict[str, Tables]]:
    """What each trigram costs, by its place, and the tables."""
    text = files(__package__).joinpath("model.json").read_text("ascii")
    read = json.loads(text)
    costs = bytearray(_CODES_COUNT**3)
    # In the file's order, which is that of their places: after both edges, after one, after none.
    befores = (two for two in range(_CODES_COUNT**2) if two < _CODES_COUNT or two % _CODES_COUNT)
    places = (two * _CODES_COUNT + code for two in befores for code in range(1, _CODES_COUNT))
    for place, cost in zip(places, read["trigrams"], strict=True):
        costs[place] = ord(cost) - _FIRST
    return bytes(costs), {name: Tables(*map(tuple, pair)) for name, pair in read["levels"].items()}


@cache
def _looks() -> object:
    """What the kernel takes: all that arithmetic gives by kind and length, so that its scores are these."""
    rows = [(kind, "b") for kind in KINDS] + [("syllables", "a")]  # and syllables that begin with a vowel
    drawn = [_drawn(first * length, kind) for kind, first in rows for length in range(LABEL_MAX + 1)]
    edges = pack(f"={len(EDGES)}d", *EDGES)
    return looks(
        _model()[0], _STEPS, pack(f"={len(drawn)}d", *drawn), edges, LENGTH_MIN, HEX_MIN, SYLLABLES_MIN
    )
