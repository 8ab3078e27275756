"""How near two words are, and which of many are near to one: slips of a finger. Pure.

A slip is a character lost, added, exchanged, or swapped with the next: optimal string alignment. Words that
are so many slips apart have a rest in common once each has lost as many characters (the idea of SymSpell), so
that the near ones of a word are found without a look at all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations

__all__ = ["Neighbours", "deletions", "distance"]


class Neighbours:
    """Words, found by those that are near them; `slips`: how many a word may be off.

    A word of 15 characters takes 2 KB for one slip, and 15 KB for two.
    """

    def __init__(self, words: Iterable[str], slips: Callable[[str], int]) -> None:
        self._by_rest: dict[str, tuple[str, ...]] = {}
        for word in words:
            for rest in deletions(word, slips(word)):
                self._by_rest[rest] = (*self._by_rest.get(rest, ()), word)

    def maybe(self, word: str, slips: int) -> set[str]:
        """Words that may be so many slips from one, and itself if it is one; `distance` tells which are.

        All that are near are among them if they and the word are longer than the slips.
        """
        found: set[str] = set()
        for rest in deletions(word, slips):
            found.update(self._by_rest.get(rest, ()))
        return found


def distance(one: str, other: str) -> int:
    """Slips from one word to another (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (char != wanted))
            if i > 1 < j and char == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def deletions(word: str, count: int) -> set[str]:
    """The word, and what is left of it once up to `count` of its characters are lost."""
    found = {word}
    for lost in range(1, min(count, len(word) - 1) + 1):
        for kept in combinations(word, len(word) - lost):
            found.add("".join(kept))
    return found
