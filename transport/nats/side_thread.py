"""An event loop in a thread of its own, which has a connection and works for who made it, and how it ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

__all__ = ["SideThread", "ended"]

CANCEL_S = 0.1  # seconds from one try to end what is done to the next


class SideThread:
    """Runs `start`'s work on `loop`, and what is last after it, however that ended.

    `does` says what, for the error where it ended by a bug, of which `on_bug` is told.
    """

    def __init__(self, name: str, does: str, on_bug: Callable[[], object] = lambda: None) -> None:
        self.loop = asyncio.new_event_loop()
        self.bug: BaseException | None = None
        self._name = name
        self._does = does
        self._on_bug = on_bug

    def start(self, work: Coroutine[Any, Any, None], last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin."""
        self._task = self.loop.create_task(work)
        self._thread = threading.Thread(target=self._run, args=(last,), name=self._name, daemon=True)
        self._thread.start()

    def call(self, call: Callable[..., object], *args: object) -> None:
        """Have something called there."""
        self.loop.call_soon_threadsafe(call, *args)

    def check(self) -> None:
        """Raise what it ended by, if that was a bug."""
        if self.bug is not None:
            raise RuntimeError(f"the thread that {self._does} has ended") from self.bug

    def end(self) -> None:
        """Cancel its work, and await its end; harmless if done already."""
        if not self.loop.is_closed():
            self.call(self._cancel)
            self.join()

    def join(self) -> None:
        """Await the end of its work."""
        self._thread.join()
        self.loop.close()

    def _cancel(self) -> None:
        """Again until that is heeded, as in `ended`; not what is last."""
        if not self._task.done():
            self._task.cancel()
            self.loop.call_later(CANCEL_S, self._cancel)

    def _run(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            try:
                self.loop.run_until_complete(self._task)
            finally:
                self.loop.run_until_complete(last())
                self.loop.run_until_complete(_sweep())
        except asyncio.CancelledError:
            pass
        except BaseException as bug:  # raised where somebody looks
            self.bug = bug
            self._on_bug()


async def _sweep() -> None:
    """Cancel what the library has left behind."""
    if others := {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.wait(others, timeout=CANCEL_S)


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, again until that is heeded: wait_for (until Python 3.12) may lose it.

    Raises what one ended by, if that was a bug.
    """
    while left := {task for task in tasks if not task.done()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=CANCEL_S)
    for task in tasks:
        with suppress(asyncio.CancelledError):
            task.result()
