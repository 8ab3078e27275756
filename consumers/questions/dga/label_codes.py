"""What labels tell of another: which characters follow which, and which of vowel and consonant. Pure.

Two codes, each of labels that are known, and both against names that people choose (`lexical.likelihoods`).
The first learns what the labels have in common to the letter: words, tails, a small alphabet. It is
prediction by partial matching (Cleary and Witten, 1984): what a character costs is mixed of contexts of up to
`CONTEXT` characters, the longest first, and at last of what is known of names that people choose. The second
knows shapes only: which of vowel, consonant and digit follows which two, and how frequent each character is
among its kind. Of names that can be pronounced, but were drawn, a few dozen tell it what thousands tell the
first.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from nxcast.consumers.questions.dga.lexical import SYMBOLS, VOWELS, likelihoods

__all__ = ["Code"]

CONTEXT = 4  # characters before one, at most, that tell of it
_WEIGHTS = (0.0, 8.0, 4.0, 1.0, 1.0)  # of what is known with a character less, in sightings
_EDGE = "^^"  # stands before a label

_SHAPES = {one: "d" if one.isdigit() else "v" if one in VOWELS else "c" for one in SYMBOLS}
_TO_SHAPES = str.maketrans(_SHAPES)
_SIZES = Counter(_SHAPES.values())
EVEN = 20.0  # sightings of a kind, for which its characters count as evenly frequent


class Code:
    """What some labels tell of another."""

    def __init__(self, labels: Iterable[str]) -> None:
        texts = [_text(label) for label in labels]
        followed = [
            text[start : at + 1]
            for text in texts
            for at in range(len(_EDGE), len(text))
            for start in range(max(at - CONTEXT, 0), at)
        ]
        self._followed = Counter(followed)  # contexts with the character after
        self._seen = Counter([each[:-1] for each in followed])  # contexts
        shapes = [text.translate(_TO_SHAPES) for text in texts]
        steps = [shape[at - 2 : at + 1] for shape in shapes for at in range(len(_EDGE), len(shape))]
        self._steps = Counter(steps)
        self._befores = Counter([step[:-1] for step in steps])
        self._characters = Counter("".join(texts))
        self._kinds = Counter("".join(shapes))

    def gain(self, label: str) -> float:
        """How much likelier a label is with these known, in nats, by either code, each half."""
        text = _text(label)
        chosen_by = likelihoods(text[len(_EDGE) :])
        by_contexts, by_shapes = self._by_contexts(text, chosen_by), self._by_shapes(text, chosen_by)
        most = max(by_contexts, by_shapes)
        return most + math.log((math.exp(by_contexts - most) + math.exp(by_shapes - most)) / 2)

    def _by_contexts(self, text: str, chosen_by: Sequence[float]) -> float:
        gain = 0.0
        for at, chosen in enumerate(chosen_by, len(_EDGE)):
            likely = chosen
            for length in range(1, min(CONTEXT, at) + 1):
                seen = self._seen.get(text[at - length : at])
                if seen is None:
                    break
                weight = _WEIGHTS[length]
                followed = self._followed.get(text[at - length : at + 1], 0)
                likely = (followed + weight * likely) / (seen + weight)
            gain += math.log(likely / chosen)
        return gain

    def _by_shapes(self, text: str, chosen_by: Sequence[float]) -> float:
        shape = text.translate(_TO_SHAPES)
        gain = 0.0
        for at, chosen in enumerate(chosen_by, len(_EDGE)):
            kind, size = shape[at], _SIZES[shape[at]]
            likely = (self._steps[shape[at - 2 : at + 1]] + 1) / (
                self._befores[shape[at - 2 : at]] + len(_SIZES)
            )
            likely *= (self._characters[text[at]] + EVEN / size) / (self._kinds[kind] + EVEN)
            gain += math.log(likely / chosen)
        return gain


def _text(label: str) -> str:
    return _EDGE + label.replace("-", "")
