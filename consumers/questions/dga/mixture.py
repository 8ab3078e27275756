"""Names that people chose and names that were drawn, told apart by their mixture in a window of time. Pure.

How random a name looks is seldom enough: of short names that people choose, one in twenty looks drawn. But
a bot's names come together: within minutes, under the same few suffixes, of like length. So each name
belongs to one of two parts, with a suffix, a length and a time of its own each, independent of one another
within a part (naive Bayes). How names of either part look is known (`lexical.tables`); the rest is found by
expectation maximisation (Dempster, Laird and Rubin, 1977), deterministically and in a fixed number of
rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["FEATURES", "Cell", "Plain", "certainties"]

ROUNDS = 12  # of estimation; after 8 the certainties move by less than 0.01 as a rule
FIRST_SHARE = 0.05  # of drawn names among all, from which the estimation starts
SHRINKAGE = 10.0  # names; with fewer drawn ones than this, they are taken to come as the others do
FEATURES = 3

_Row = tuple[int, int, int, float, float, int]  # numbers of suffix, length and part; as in Cell


class Cell(NamedTuple):
    """Names alike in all that counts."""

    features: tuple[Hashable, Hashable, Hashable]  # suffix, length, time
    chosen: float  # share of the names that people choose which look so
    drawn: float  # share of drawn ones
    names: int


@dataclass(slots=True)
class Plain:
    """Names that don't look drawn at all, by feature."""

    names: int = 0
    counts: tuple[Counter[Hashable], ...] = field(
        default_factory=lambda: tuple(Counter() for _ in range(FEATURES))
    )

    def add(self, features: Sequence[Hashable]) -> None:
        """One more."""
        self.names += 1
        suffixes, lengths, times = self.counts
        suffix, length, time = features
        suffixes[suffix] += 1
        lengths[length] += 1
        times[time] += 1


def certainties(cells: Sequence[Cell], plain: Plain, times: Mapping[Any, int]) -> list[float]:
    """For each cell, the probability that one of its names was drawn.

    `plain` are the others of the same kind, `times` when names of any kind came that don't look drawn: names
    that people choose come as all of theirs do, and only a bot's in a burst of their own.
    """
    names = [cell.names for cell in cells]
    all_names, all_times = plain.names + sum(names), sum(times.values())
    suffixes = _Spread([cell.features[0] for cell in cells], plain.counts[0], names)
    lengths = _Spread([cell.features[1] for cell in cells], plain.counts[1], names)
    parts = _Spread([cell.features[2] for cell in cells], times)
    rows = [
        (suffix, length, part, cell.drawn, cell.chosen, cell.names)
        for suffix, length, part, cell in zip(
            suffixes.places, lengths.places, parts.places, cells, strict=True
        )
    ]
    odds = FIRST_SHARE / (1 - FIRST_SHARE)
    for _ in range(ROUNDS):
        expected = _expected(rows, odds, suffixes.ratios, lengths.ratios, parts.ratios)
        drawn_names = sum(expected[0])
        other_names = all_names - drawn_names
        suffixes.estimate(expected[0], drawn_names, other_names)
        lengths.estimate(expected[1], drawn_names, other_names)
        parts.estimate(expected[2], drawn_names, all_times)
        odds = (drawn_names + 0.5) / (other_names + 1)
    return [
        _certainty(odds * suffixes.ratios[suffix] * lengths.ratios[length] * parts.ratios[part], cell)
        for suffix, length, part, cell in zip(
            suffixes.places, lengths.places, parts.places, cells, strict=True
        )
    ]


def _certainty(odds: float, cell: Cell) -> float:
    drawn = odds * cell.drawn
    return drawn / (drawn + cell.chosen)


def _expected(
    rows: Sequence[_Row],
    odds: float,
    by_suffix: Sequence[float],
    by_length: Sequence[float],
    by_part: Sequence[float],
) -> tuple[list[float], list[float], list[float]]:
    """How many drawn names there are of each suffix, length and part; what takes the time, so written out."""
    suffixes, lengths, parts = [0.0] * len(by_suffix), [0.0] * len(by_length), [0.0] * len(by_part)
    weights = [odds * ratio for ratio in by_suffix]
    for suffix, length, part, drawn, chosen, names in rows:
        weight = weights[suffix] * by_length[length] * by_part[part] * drawn
        expected = names * weight / (weight + chosen)
        suffixes[suffix] += expected
        lengths[length] += expected
        parts[part] += expected
    return suffixes, lengths, parts


class _Spread:
    """One feature of the cells: its values, numbered, and how much likelier a drawn name has each."""

    def __init__(
        self, values: Sequence[Hashable], usual: Mapping[Hashable, int], names: Sequence[int] = ()
    ) -> None:
        """`usual` counts other names by value; the cells' own `names`, if given, belong to either part."""
        numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
        self.places = [numbers[value] for value in values]  # by cell
        self.ratios = [1.0] * len(numbers)
        self._values = len({*numbers, *usual})
        self._usual = [usual.get(value, 0) for value in numbers]
        self._is_split = bool(names)
        for place, count in zip(self.places, names, strict=False):
            self._usual[place] += count

    def estimate(self, drawn: Sequence[float], drawn_names: float, other_names: float) -> None:
        """Take in how many of each value are drawn."""
        for number, expected in enumerate(drawn):
            others = self._usual[number] - expected if self._is_split else self._usual[number]
            usual = (others + 1) / (other_names + self._values)
            self.ratios[number] = (expected + SHRINKAGE * usual) / (drawn_names + SHRINKAGE) / usual
