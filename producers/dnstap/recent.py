"""A bounded mapping that keeps what was used lately, for state that strangers make grow.

Two plain dictionaries, a new and an old generation. What is set or found goes into the new one; once that
holds half of the bound it becomes the old one, and what the old one still held is forgotten. So an entry
that is used at least once in every `most // 2` others stays, as with least recently used, at the cost of
plain dictionaries.
"""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["Recent"]

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `most` entries, an even number. None can't be a value: it stands for 'not there'.

    `new` is the generation in which a look-up need not count as a use, for who looks up often.
    """

    __slots__ = ("_half", "_old", "new")

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self.new: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self.new) + len(self._old)

    def get(self, key: K) -> V | None:
        """The value, which counts as used by this; None where there is none."""
        value = self.new.get(key)
        if value is None and self._old:
            value = self._old.pop(key, None)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Set a value, and forget the old generation where the new one is full."""
        new = self.new
        new[key] = value
        if len(new) >= self._half:
            self._old = new
            self.new = {}
