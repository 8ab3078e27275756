"""Sections as tables that fit the width of what they are shown on. Pure.

Where there is too little room, columns go: the times first, then those at the right. What a row is about and
the first number, by which rows are ranked, always stay. Then lists of names and texts are cut, the widest
first, and only in the end what a row is about. Each column has its width from here, so that nothing is left
for rich to cut. Strings come from strangers: keys are hidden, and the rest is made printable, here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from nxcast.consumers.questions.loop.findings import SEEN, Column, Section
from nxcast.consumers.show.redact import redacted_text
from nxcast.telemetry.printable import printable

__all__ = ["section_parts"]

CELL_MAX = 1000  # characters of a line of a cell, as long as a name can be; JSON has the rest
FLEXIBLE = 12  # columns of a terminal that a list of names takes at least
GAP = 2  # columns between two

_Shown = list[tuple[Column, list[str]]]  # with its cells


def section_parts(section: Section, top: int, width: int) -> list[Text | Table]:
    """Title, table of the first `top` rows and note of a section that has rows, for so many columns."""
    rows = section.rows[:top]
    shown = _fitting([(column, [_cell(column, row) for row in rows]) for column in section.columns], width)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), show_edge=False)
    for (column, _), columns in zip(shown, _widths(shown, width), strict=True):
        table.add_column(
            column.heading,
            justify="right" if column.right else "left",
            width=columns,
            no_wrap=True,
            overflow="crop",
            header_style="bold",
        )
    for row_cells in zip(*(cells for _, cells in shown), strict=True):
        table.add_row(*map(Text, row_cells))
    title = f"{section.title} ({len(section.rows):,})"
    if len(section.rows) > top:
        title += f", the first {top}"
    parts: list[Text | Table] = [Text(title, style="bold"), table]
    if section.note:
        parts.append(Text(section.note, style="italic"))
    return parts


def _fitting(columns: _Shown, width: int) -> _Shown:
    """The columns that there is room for."""
    ranking = next((column for column, _ in columns if column.right), None)
    kept = [column for column, _ in columns[:1]] + [ranking]
    droppable = [each for each, _ in columns if each in SEEN]
    droppable += [each for each, _ in reversed(columns) if each not in kept and each not in droppable]
    left = columns
    for column in droppable:
        leasts = [_least(*each, left) for each in left]
        leasts[0] = min(leasts[0], width // 2)  # a long name is cut before a column goes
        if sum(leasts) + GAP * (len(left) - 1) <= width:
            break
        left = [each for each in left if each[0] is not column]
    return left


def _widths(shown: _Shown, width: int) -> list[int]:
    """Columns of a terminal for each: as wide as it is, less what there is no room for."""
    widths = [_natural(*each) for each in shown]
    leasts = [_least(*each, shown) for each in shown]
    leasts[0] = min(leasts[0], max(FLEXIBLE, len(shown[0][0].heading)))
    excess = sum(widths) + GAP * (len(widths) - 1) - width
    for place in sorted(range(len(widths)), key=lambda place: (place == 0, -widths[place])):
        less = max(min(excess, widths[place] - leasts[place]), 0)
        widths[place] -= less
        excess -= less
    return widths


def _natural(column: Column, cells: list[str]) -> int:
    return max(len(column.heading), *(len(line) for cell in cells for line in cell.split("\n")), 0)


def _least(column: Column, cells: list[str], columns: _Shown) -> int:
    """The columns of a terminal without which it says nothing: all, but for lists of names and texts."""
    natural = _natural(column, cells)
    fixed = column is columns[0][0] or column.right or column in SEEN
    return natural if fixed else min(natural, max(FLEXIBLE, len(column.heading)))


def _cell(column: Column, row: Mapping[str, Any]) -> str:
    value = row[column.key]
    text = "-" if value is None else column.text(value)
    return "\n".join(printable(redacted_text(line))[:CELL_MAX] for line in text.split("\n"))
