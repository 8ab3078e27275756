"""Domain generation algorithms for the evaluation: one of each kind that is published, all of them invented.

Each makes the names of a day from the date and a seed of its own, as bots and their masters do, by a linear
congruential generator (glibc's constants) or by hashing. No name that a real family makes is among them but
by chance. The detector's tables don't come from these: its drawn names are of Python's own generator.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Callable, Iterator
from typing import NamedTuple

from bench.dga_words import GENERATOR_WORDS

__all__ = ["FAMILIES", "Family"]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_BASE36 = "0123456789" + _LETTERS
_CONSONANTS, _VOWELS = "bcdfghklmnprstvz", "aeiou"


class Family(NamedTuple):
    """One kind of algorithm."""

    name: str
    names: int  # a day
    seconds: float  # between two look-ups of a bot
    suffixes: tuple[str, ...]
    label: Callable[[Lcg, int], str]
    exempt: bool = False  # its figures are shown and not judged


class Lcg:
    """The generator of C's rand(), as a bot would carry it: 31 bits a step, the upper ones used."""

    def __init__(self, seed: str) -> None:
        self._state = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big")

    def below(self, bound: int) -> int:
        """The next number from 0 to below `bound`."""
        self._state = (self._state * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        return (self._state >> 8) % bound

    def text(self, alphabet: str, first: int, last: int) -> str:
        """The next text of `first` to `last` characters."""
        return "".join(
            alphabet[self.below(len(alphabet))] for _ in range(first + self.below(last - first + 1))
        )


def names(family: Family, day: int) -> list[str]:
    """The names of a day (days since the epoch), all different, in the order in which a bot asks for them."""
    lcg = Lcg(f"{family.name}/{day}")
    made: dict[str, None] = {}
    number = 0
    while len(made) < family.names:
        label = family.label(lcg, number)
        made[f"{label}.{family.suffixes[lcg.below(len(family.suffixes))]}"] = None
        number += 1
    return list(made)


def _md5(lcg: Lcg, number: int) -> str:
    return hashlib.md5(f"{lcg.below(1 << 20)}/{number}".encode(), usedforsecurity=False).hexdigest()


def _base32(lcg: Lcg, number: int) -> str:
    digest = hashlib.sha256(f"{lcg.below(1 << 20)}/{number}".encode()).digest()
    return b32encode(digest[:10]).decode().lower()


def _syllables(lcg: Lcg, _number: int) -> str:
    label = ""
    for _ in range(4 + lcg.below(3)):
        label += _CONSONANTS[lcg.below(len(_CONSONANTS))] + _VOWELS[lcg.below(len(_VOWELS))]
    return label


def _pronounceable(lcg: Lcg, _number: int) -> str:
    """Syllables of two or three letters; what many families make that want to pass for words."""
    label = ""
    for _ in range(3 + lcg.below(3)):
        label += _CONSONANTS[lcg.below(len(_CONSONANTS))] + _VOWELS[lcg.below(len(_VOWELS))]
        if lcg.below(3) == 0:
            label += "nrslmt"[lcg.below(6)]
    return label


def _words(lcg: Lcg, _number: int) -> str:
    return "".join(GENERATOR_WORDS[lcg.below(len(GENERATOR_WORDS))] for _ in range(2 + lcg.below(2)))


def _of(alphabet: str, first: int, last: int) -> Callable[[Lcg, int], str]:
    return lambda lcg, _number: lcg.text(alphabet, first, last)


FAMILIES = (
    Family("letters 12-20", 500, 0.5, ("com", "net", "org", "info", "biz", "ru"), _of(_LETTERS, 12, 20)),
    Family("letters 8-15, one suffix", 300, 1.0, ("com",), _of(_LETTERS, 8, 15)),
    Family("letters 6-11", 1000, 0.3, ("com", "net", "org", "biz", "info"), _of(_LETTERS, 6, 11)),
    Family(
        "letters 5-11, by date",
        250,
        0.5,
        ("com", "net", "org", "info", "biz", "cc", "ws"),
        _of(_LETTERS, 5, 11),
    ),
    Family("letters 16, country suffixes", 50, 5.0, ("eu", "in", "pw", "su", "tk"), _of(_LETTERS, 16, 16)),
    Family("hex 32 (MD5)", 200, 0.5, ("com", "net", "ws", "in"), _md5),
    Family("hex 8-16", 100, 2.0, ("com", "top", "xyz"), _of("0123456789abcdef", 8, 16)),
    Family("base 36, 10-14", 300, 0.5, ("com", "net", "club"), _of(_BASE36, 10, 14)),
    Family("base 32, 16", 200, 1.0, ("net", "org", "cn"), _base32),
    Family("letters, dynamic DNS", 150, 1.0, ("ddns.net", "duckdns.org", "dyndns.org"), _of(_LETTERS, 7, 12)),
    Family("consonant and vowel", 400, 0.5, ("com", "net", "ru"), _syllables),
    Family("pronounceable", 400, 0.5, ("com", "net", "biz"), _pronounceable),
    Family("word lists", 300, 0.5, ("com", "net", "ru"), _words, exempt=True),
)


def bot(family: Family, day: int, start_s: float) -> Iterator[tuple[float, str]]:
    """What a bot asks for on a day: seconds and name."""
    for number, name in enumerate(names(family, day)):
        yield start_s + number * family.seconds, name
