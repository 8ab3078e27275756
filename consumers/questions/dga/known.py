"""Families that somebody has looked at: their names, and how their groups are known again. Reads a file.

A line is a name, then what a report tells of the group: alphabet, lengths (12-20, or 32) and suffixes with
commas between, parted by blanks; `#` begins a comment. A group is known where nearly all of its names are so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from nxcast.consumers.names.fold import fold
from nxcast.consumers.questions.dga.lexical import KINDS
from nxcast.consumers.questions.dga.makes import ALIKE
from nxcast.consumers.questions.loop.lists import lines
from nxcast.consumers.show.console import CommandError

__all__ = ["Known", "known_of", "name_of", "read_known"]

KNOWN = 0.9  # of a group's names, by length and by suffix; a window has some that are others'
_LENGTHS = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?")
_FORM = "a name, an alphabet, lengths and suffixes expected, such as: adhosts letters 12-20 com.,net."


class Known(NamedTuple):
    """One family."""

    name: str
    kind: str  # alphabet, of lexical.KINDS, or makes.ALIKE
    first: int  # lengths, characters
    last: int
    suffixes: frozenset[str]  # folded, with their last dot


def read_known(path: str) -> tuple[Known, ...]:
    """The families of a file; CommandError for what can't be read, with its line."""
    found = []
    for number, line in enumerate(lines(path), 1):
        words = line.partition("#")[0].split()
        if words:
            try:
                found.append(known_of(words))
            except ValueError as error:
                raise CommandError(f"{path}:{number}: {error}") from error
    return tuple(found)


def name_of(known: Iterable[Known], kind: str, lengths: Counter[int], suffixes: Counter[str]) -> str | None:
    """The name of the first family that a group of such names is of."""
    least = KNOWN * lengths.total()
    for each in known:
        if (
            each.kind == kind
            and sum(count for length, count in lengths.items() if each.first <= length <= each.last) >= least
            and sum(count for suffix, count in suffixes.items() if suffix in each.suffixes) >= least
        ):
            return each.name
    return None


def known_of(words: list[str]) -> Known:
    """The family of a line; ValueError."""
    if len(words) != 4:
        raise ValueError(_FORM)
    name, kind, lengths, suffixes = words
    if kind not in (*KINDS, ALIKE):
        raise ValueError(f"what alphabet is {kind!r}? ({', '.join((*KINDS, ALIKE))})")
    found = _LENGTHS.fullmatch(lengths)
    if found is None:
        raise ValueError(f"what lengths are {lengths!r}? (12-20, or 32)")
    first, last = found.groups()
    ends = (f"{fold(suffix).strip('.')}." for suffix in suffixes.split(","))
    return Known(name, kind, int(first), int(last or first), frozenset(ends))
