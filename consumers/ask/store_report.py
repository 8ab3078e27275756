"""What a report of `ask` is, and how it is shown: a table of the first of its findings, or JSON lines of all.

Findings are made one by one and are never held together: of a table the first by rank are, of JSON none. So a
report over any store takes the memory of `--top` rows.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from shutil import get_terminal_size
from typing import Any

from rich.console import Console

from nxcast.consumers.questions.loop.findings import Column, Section, number
from nxcast.consumers.questions.loop.layout import section_parts
from nxcast.consumers.show.json_lines import json_line
from nxcast.consumers.store.lookups import Reader
from nxcast.process.standard_streams import show

__all__ = [
    "QUERIES",
    "Asked",
    "Finding",
    "Report",
    "Span",
    "queries_of",
    "show_json",
    "show_text",
    "time_or_none",
]

TOP = 20  # findings in text unless told otherwise: what fits on a screen
UNBOUNDED = 100_000  # columns; text that goes into a file or a pipe is not wrapped
TIME_MAX = 253_402_300_799  # seconds, the end of the year 9999, as far as datetime goes
QUERIES = Column("queries", "queries", number, right=True)

Finding = Mapping[str, Any]
"""What JSON shows; times are text in RFC 3339 to the second, None where there is none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked about."""

    mine: Sequence[str] = ()  # domains of one's own, folded text with the last dot, none below another
    days: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """A question to a store; `find` gives its findings as it walks, `rank` puts the first one first."""

    name: str
    summary: str  # half a line for the list of all
    title: str
    help: str  # what counts and what does not
    columns: Sequence[Column]
    find: Callable[[Reader, Asked], Iterator[Finding]]
    rank: Callable[[Finding], Any]
    example: str  # arguments behind the name
    note: str = ""
    needs_rrsets: bool = True
    mine: bool = False


class Span:
    """When something was seen first and last, in seconds since 1970, how often, and in how many rows."""

    __slots__ = ("count", "first", "last", "rows")

    def __init__(self) -> None:
        self.first = self.last = self.count = self.rows = 0

    def add(self, row: Any) -> None:
        """Take a row that was seen: its last time is not 0."""
        self.first = min(self.first, row.first) if self.rows else row.first
        self.last = max(self.last, row.last)
        self.count += row.count
        self.rows += 1


def queries_of(finding: Finding) -> int:
    """Rank of a finding by how often its names were asked for."""
    return int(finding["queries"])


def time_or_none(time_s: int) -> str | None:
    """Seconds since 1970 as RFC 3339 in UTC; None for 0."""
    return f"{datetime.fromtimestamp(min(time_s, TIME_MAX), UTC):%Y-%m-%dT%H:%M:%SZ}" if time_s else None


def show_json(report: Report, findings: Iterable[Finding], top: int | None, floods: int) -> None:
    """A line for each finding, as they are found or, with `top`, the first ones; then a summary."""
    found = _Counted(findings)
    for each in found if top is None else nlargest(top, found, key=report.rank):
        show(json_line({"report": report.name, **each}) + "\n")
    summary = {"report": report.name, "summary": True, "findings": found.number, "floods": floods}
    show(json_line(summary) + "\n")


def show_text(report: Report, findings: Iterable[Finding], top: int | None, floods: int) -> None:
    """A table of the first ones."""
    found = _Counted(findings)
    rows = nlargest(TOP if top is None else top, found, key=report.rank)
    width = get_terminal_size().columns if sys.stdout.isatty() else UNBOUNDED
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(f"{report.name}: {found.number:,} found" if rows else f"{report.name}: nothing found")
        if rows:
            section = Section(report.name, report.title, report.columns, rows, report.note)
            for part in section_parts(section, len(rows), width):
                console.print(part, soft_wrap=width == UNBOUNDED)
        if floods:
            console.print(f"{floods:,} zones had so many failures that the rest is not kept by name")
    show("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


class _Counted:
    """Findings, and how many there were."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._findings = findings
        self.number = 0

    def __iter__(self) -> Iterator[Finding]:
        for each in self._findings:
            self.number += 1
            yield each
