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
from typing import NamedTuple

__all__ = ["FEATURES", "Cell", "Plain", "certainties"]

ROUNDS = 12  # of estimation; after 8 the certainties move by less than 0.01 as a rule
FIRST_SHARE = 0.05  # of drawn names among all, from which the estimation starts
SHRINKAGE = 10.0  # names; with fewer drawn ones than this, they are taken to come as the others do
FEATURES = 3


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
        for counter, value in zip(self.counts, features, strict=True):
            counter[value] += 1


def certainties(cells: Sequence[Cell], plain: Plain, times: Mapping[Hashable, int]) -> list[float]:
    """For each cell, the probability that one of its names was drawn.

    `plain` are the others of the same kind, `times` when names of any kind came that don't look drawn: names
    that people choose come as all of theirs do, and only a bot's in a burst of their own.
    """
    certain = [_certainty(FIRST_SHARE / (1 - FIRST_SHARE), cell) for cell in cells]
    for _ in range(ROUNDS):
        odds, ratios = _estimated(cells, certain, plain, times)
        by_suffix, by_length, by_time = ratios
        certain = [
            _certainty(odds * by_suffix[suffix] * by_length[length] * by_time[time], cell)
            for cell in cells
            for suffix, length, time in (cell.features,)
        ]
    return certain


def _certainty(odds: float, cell: Cell) -> float:
    drawn = odds * cell.drawn
    return drawn / (drawn + cell.chosen)


def _estimated(
    cells: Sequence[Cell], certain: Sequence[float], plain: Plain, times: Mapping[Hashable, int]
) -> tuple[float, list[dict[Hashable, float]]]:
    """Odds of a drawn name, and for each value of each feature how much likelier a drawn name has it."""
    drawn: list[dict[Hashable, float]] = [{} for _ in range(FEATURES)]
    other: list[dict[Hashable, float]] = [dict(counter) for counter in plain.counts]
    drawn_names = 0.0
    for cell, share in zip(cells, certain, strict=True):
        expected = share * cell.names
        rest = cell.names - expected
        drawn_names += expected
        for feature, value in enumerate(cell.features):
            here, there = drawn[feature], other[feature]
            here[value] = here.get(value, 0.0) + expected
            there[value] = there.get(value, 0.0) + rest
    other_names = plain.names + sum(cell.names for cell in cells) - drawn_names
    ratios = [
        _ratios(here, drawn_names, there, other_names) for here, there in zip(drawn[:2], other, strict=False)
    ]
    ratios.append(_ratios(drawn[2], drawn_names, times, sum(times.values())))
    return (drawn_names + 0.5) / (other_names + 1), ratios


def _ratios(
    drawn: Mapping[Hashable, float], drawn_names: float, other: Mapping[Hashable, float], other_names: float
) -> dict[Hashable, float]:
    ratios = {}
    values = len({*drawn, *other})
    for value, expected in drawn.items():
        usual = (other.get(value, 0.0) + 1) / (other_names + values)
        ratios[value] = (expected + SHRINKAGE * usual) / (drawn_names + SHRINKAGE) / usual
    return ratios
