"""Bars on standard error that show how far a program is, where that is a terminal.

While a bar is shown, what is printed to standard error goes above it. rich's bars are imported with the first
one, since that takes 50 ms.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["Bar"]

DRAW_S = 0.1  # seconds between two pictures at least
# Columns: with octets (15), 310,000/s of 123 million responses (32) and blanks (3) these are 78 of 80, so
# that a ^C beside them begins no new line.
NAME_MAX = 16  # a path may be long
BAR = 12


class Bar:
    """A bar from 0 to `total` (None where that is not known) of octets or of things; `close` it.

    Standard error may go away meanwhile: nothing is drawn then.
    """

    def __init__(self, name: str, total: int | None, unit: str = "octets") -> None:
        self.shown = sys.stderr is not None and sys.stderr.isatty()
        """Whether anybody sees it."""
        self._start = self._due = time.monotonic()
        self._done = 0
        self._said = ""
        self._progress = _drawn(unit) if self.shown else None
        if self._progress is not None:
            self._task = self._progress.add_task(name, total=total, said="")

    def update(self, more: int) -> None:
        """So many more are done."""
        self._done += more
        if self._progress is not None and time.monotonic() >= self._due:
            self._due = time.monotonic() + DRAW_S
            with suppress(OSError):
                self._progress.update(self._task, completed=self._done, said=self._said, refresh=True)

    def say(self, responses: int) -> None:
        """Show beside it how many responses that were so far, and how many a second."""
        seconds = time.monotonic() - self._start or 1
        self._said = f"{responses:,} responses, {responses / seconds:,.0f}/s"

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._progress is not None:
            with suppress(OSError):
                self._progress.stop()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _drawn(unit: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.table import Column

    console = Console(stderr=True)
    progress = Progress(
        TextColumn(
            "{task.description}",
            markup=False,
            table_column=Column(no_wrap=True, overflow="ellipsis", max_width=NAME_MAX),
        ),
        BarColumn(bar_width=BAR),
        DownloadColumn() if unit == "octets" else MofNCompleteColumn(),
        TextColumn("{task.fields[said]}", markup=False, table_column=Column(no_wrap=True, overflow="crop")),
        console=console,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,  # records go there
    )
    with suppress(OSError):
        progress.start()
        console.show_cursor(True)  # a kill would leave the terminal without one
    return progress
