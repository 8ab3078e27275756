"""States that can be seen: a state, and the one table of its transitions. Pure.

Whoever has states writes them as an Enum, what happens to them as another, and what follows as a table. An
event that the table does not have in a state is a bug of ours and raises: what comes from outside is judged
before it becomes an event. docs/states.md draws the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Generic, TypeVar

__all__ = ["ImpossibleEventError", "Machine"]

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


class ImpossibleEventError(RuntimeError):
    """An event that can't be in this state: a bug."""


class Machine(Generic[S, E]):
    """A `state` that only the events of its table change."""

    __slots__ = ("_table", "state")

    def __init__(self, table: Mapping[tuple[S, E], S], state: S) -> None:
        self._table = table
        self.state = state

    def on(self, event: E) -> None:
        """Go where the event leads; ImpossibleEventError where it leads nowhere."""
        after = self._table.get((self.state, event))
        if after is None:
            raise ImpossibleEventError(f"{event} in {self.state}")
        self.state = after
