"""A scripted test of a pure core: what happens goes in, the commands that must come out stand beside it.

    assert (
        Playbook(react)
        >> event
        << command
        >> another_event
    )

Whatever comes out must be written down, in its order, before the next event goes in and at the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Self

__all__ = ["Playbook"]


class Playbook:
    """`react` hands an event to the core and gives the commands that come of it."""

    def __init__(self, react: Callable[[Any], Iterable[Any]]) -> None:
        self._react = react
        self._due: deque[Any] = deque()
        self._played: list[str] = []

    def __rshift__(self, event: Any) -> Self:
        """An event goes in; nothing of the one before may be left."""
        self._done()
        self._played.append(f">> {event}")
        self._due.extend(self._react(event))
        return self

    def __lshift__(self, command: Any) -> Self:
        """This command comes out next."""
        found = self._due.popleft() if self._due else "nothing"
        assert found == command, self._story(f"<< {found}, not {command}")
        self._played.append(f"<< {command}")
        return self

    def __bool__(self) -> bool:
        """The end: nothing is left."""
        self._done()
        return True

    def _done(self) -> None:
        assert not self._due, self._story(
            *(f"<< {command}, which nobody wrote down" for command in self._due)
        )

    def _story(self, *lines: str) -> str:
        return "\n".join(("", *self._played, *lines))
