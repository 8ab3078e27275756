r"""Records as CSV (RFC 4180), a line each, by the conventions of the JSON lines.

Octets are base64, nil is an empty cell. Names are a stranger's choice, and a spreadsheet runs a cell that
begins with = + - or @ as a formula: such a cell gets a ' in front, and so does one that begins with '. Taking
one ' off the front of each cell that has one gives back what JSON shows. What is not printable ASCII, such as
a tab or an end of line, is written as \DDD; no valid name has any of it.
"""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from nxcast.consumers.show.columns import CODES, COLUMNS, EDE, TIME, ede_text, known
from nxcast.telemetry.printable import printable, time_text

__all__ = ["csv_header", "record_csv"]

FORMULA = ("=", "+", "-", "@")  # what spreadsheets take for the start of a formula
MARK = "'"


def csv_header(channel: str) -> str:
    """The names of a channel's columns, as its first line, with its end (CR LF)."""
    return _line(COLUMNS[channel])


def record_csv(channel: str, record: Mapping[str, Any]) -> str:
    """The line of a validated record of a channel, with its end (CR LF)."""
    return _line([_cell(column, record) for column in COLUMNS[channel]])


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)  # the dialect 'excel', which is RFC 4180's
    return line.getvalue()


def _cell(column: str, record: Mapping[str, Any]) -> str:
    if column == TIME:
        return time_text(record["time_ns"])
    value: Any = ede_text(record) if column == EDE else known(column, record.get(column))
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if column in CODES:
        return CODES[column](value)
    if isinstance(value, bytes):
        return _harmless(b64encode(value).decode("ascii"))  # it may begin with a +
    return _harmless(printable(str(value)))


def _harmless(text: str) -> str:
    return MARK + text if text.startswith((*FORMULA, MARK)) else text
