"""What next to none of a group's names have, and so is of others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from nxcast.consumers.questions.dga.mixture import FEATURES

__all__ = ["RARE_EVEN", "without_rare"]

_T = TypeVar("_T")

# Shares of a group's names; those with a suffix, length or time that fewer have, though an even spread
# would give it far more, are of others. Ordinary names show by their suffixes most; the last part of a burst
# may be small.
RARE = (0.1, 0.02, 0.02)
RARE_EVEN = 0.3  # of an even spread


def without_rare(
    chosen: Sequence[_T], features: Callable[[_T], Sequence[Hashable]], names: Callable[[_T], int]
) -> Sequence[_T]:
    """Without those of a suffix, a length or a time that next to none of the others have."""
    for feature in range(FEATURES):
        counts: Counter[Hashable] = Counter()
        for each in chosen:
            counts[features(each)[feature]] += names(each)
        least = min(RARE[feature], RARE_EVEN / max(len(counts), 1)) * counts.total()
        chosen = [each for each in chosen if counts[features(each)[feature]] >= least]
    return chosen
