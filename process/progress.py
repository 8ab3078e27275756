"""Bars on standard error that show how far a program is, where that is a terminal.

tqdm is imported with the first bar, since it takes 50 ms.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["above_the_bar", "progress_bar"]


def progress_bar(name: str, total: int | None, unit: str) -> tqdm[Any]:
    """A bar from 0 to `total`, None where that is not known; disabled where nobody sees it."""
    from tqdm import tqdm

    # disable=None: no bar where standard error is no terminal; it is None itself where it was closed.
    return tqdm(
        total=total,
        desc=name,
        unit=unit,
        unit_scale=True,
        leave=False,
        disable=True if sys.stderr is None else None,
        file=sys.stderr,
    )


def above_the_bar(line: str) -> None:
    """A line on standard error that leaves a bar whole."""
    from tqdm import tqdm

    if sys.stderr is not None:  # else tqdm takes standard output
        tqdm.write(line, file=sys.stderr)
