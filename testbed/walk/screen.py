"""What a terminal of so many columns and lines shows of a program's output. Pure.

As much of ECMA-48 as rich, readline and argparse use: printable characters with wrapping, CR, LF, BS, TAB,
moves of the cursor, and erasing. Colours and modes are passed over. A character takes one column.
"""

from __future__ import annotations

import re

__all__ = ["COLUMNS", "LINES", "Screen"]

COLUMNS, LINES = 80, 24  # what a terminal has unless somebody makes it larger (DEC's VT100)
TAB = 8  # columns
SEQUENCE_MAX = 256  # characters of a sequence; what does not end by then is none

# CSI sequences (ECMA-48 section 5.4), OSC ones (a title, a link), other escapes, one character of anything.
_PIECES = re.compile(
    r"\x1b\[(?P<numbers>[0-9;?]*)[ -/]*(?P<order>[@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]*[0-Z\\^-~]|(?P<character>[^\x1b])"
)


class Screen:
    """Takes output, and knows what can be seen and what has scrolled away."""

    def __init__(self, columns: int = COLUMNS, lines: int = LINES) -> None:
        self._columns = columns
        self._height = lines
        self._cells = [[" "] * columns for _ in range(lines)]
        self._x = self._y = 0
        self._rest = ""
        self.scrolled: list[str] = []
        """Lines that left at the top, the first one first."""

    @property
    def lines(self) -> list[str]:
        """What can be seen, `lines` of them, without blanks at their ends."""
        return ["".join(row).rstrip() for row in self._cells]

    @property
    def text(self) -> str:
        """What can be seen, without empty lines at the end."""
        return "\n".join(self.lines).rstrip("\n")

    @property
    def whole(self) -> str:
        """All that was ever shown and not drawn over."""
        return "\n".join([*self.scrolled, self.text])

    def take(self, output: str) -> None:
        """Show more output; the start of a sequence waits for its end."""
        output = self._rest + output
        place = 0
        while place < len(output):
            piece = _PIECES.match(output, place)
            if piece is None and len(output) - place < SEQUENCE_MAX:
                break
            place = piece.end() if piece else place + 1
            if piece and piece["character"]:
                self._put(piece["character"])
            elif piece and piece["order"]:
                self._obey(piece["order"], piece["numbers"])
        self._rest = output[place:]

    def _put(self, character: str) -> None:
        if character == "\n":
            self._feed()
        elif character == "\r":
            self._x = 0
        elif character == "\b":
            self._x = max(min(self._x, self._columns - 1) - 1, 0)
        elif character == "\t":
            self._x = min(self._x // TAB * TAB + TAB, self._columns - 1)
        elif character.isprintable():
            if self._x == self._columns:  # the last column was written: only now a new line begins
                self._x = 0
                self._feed()
            self._cells[self._y][self._x] = character
            self._x += 1

    def _feed(self) -> None:
        if self._y < self._height - 1:
            self._y += 1
            return
        self.scrolled.append("".join(self._cells.pop(0)).rstrip())
        self._cells.append([" "] * self._columns)

    def _obey(self, order: str, numbers: str) -> None:
        """A CSI sequence: those of ECMA-48 section 8.3 that move the cursor or erase."""
        given = [int(each) if each.isdigit() else 0 for each in numbers.split(";")]
        count = max(given[0], 1)
        if order == "A":
            self._y = max(self._y - count, 0)
        elif order == "B":
            self._y = min(self._y + count, self._height - 1)
        elif order == "C":
            self._x = min(self._x + count, self._columns - 1)
        elif order == "D":
            self._x = max(self._x - count, 0)
        elif order == "G":
            self._x = min(count, self._columns) - 1
        elif order == "H":
            self._y = min(count, self._height) - 1
            self._x = min(max(given[1] if len(given) > 1 else 1, 1), self._columns) - 1
        elif order == "J":
            self._erase_lines(given[0])
        elif order == "K":
            self._erase_line(given[0])

    def _erase_line(self, part: int) -> None:
        """From the cursor to the end (0), from the start to it (1), or all (2)."""
        row = self._cells[self._y]
        first = 0 if part else self._x
        last = min(self._x + 1, self._columns) if part == 1 else self._columns
        row[first:last] = [" "] * (last - first)

    def _erase_lines(self, part: int) -> None:
        """The same of the screen."""
        self._erase_line(part)
        for y in range(0 if part else self._y + 1, self._y if part == 1 else self._height):
            self._cells[y] = [" "] * self._columns
