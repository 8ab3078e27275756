"""A bounded memory of what was seen: what came once gives way before what came again. Pure.

A flood of names that nobody asks twice would push everything else out of a plain cache. So a new key waits
among those seen once, in the order of arrival; one seen again moves to those, in the order of last use.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

__all__ = ["Sightings"]

K = TypeVar("K")
V = TypeVar("V")


class Sightings(Generic[K, V]):
    """A map of at most `once` + `again` keys."""

    def __init__(self, once: int, again: int, make: Callable[[], V]) -> None:
        self._once_max = once
        self._again_max = again
        self._make = make
        self._once: OrderedDict[K, V] = OrderedDict()
        self._again: OrderedDict[K, V] = OrderedDict()
        self.forgotten = 0  # keys seen more than once that had to go

    def see(self, key: K) -> V:
        """The value of a key that is seen now, made if it is new."""
        value = self._again.get(key)
        if value is not None:
            self._again.move_to_end(key)
            return value
        once = self._once
        value = once.get(key)
        if value is None:
            value = once[key] = self._make()
            if len(once) > self._once_max:
                once.popitem(last=False)
            return value
        del once[key]
        self.keep(key, value)
        return value

    def keep(self, key: K, value: V) -> None:
        """Put a value among those seen again."""
        self._again[key] = value
        if len(self._again) > self._again_max:
            self._again.popitem(last=False)
            self.forgotten += 1

    def get(self, key: K) -> V | None:
        """The value of a key, without a sighting."""
        return self._again.get(key) or self._once.get(key)

    def pop(self, key: K) -> V | None:
        """Drop a key."""
        return self._again.pop(key, None) or self._once.pop(key, None)

    def items(self) -> Iterator[tuple[K, V]]:
        """All keys and values, those seen again first."""
        yield from self._again.items()
        yield from self._once.items()

    def __len__(self) -> int:
        return len(self._once) + len(self._again)
