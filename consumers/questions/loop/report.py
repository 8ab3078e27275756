"""Reports and alerts as people and machines read them.

In text a report is a heading and a table for each section, and an alert a line; on a terminal the report of
a live stream is renewed in place. For programs each finding and each alert is one object (`forms`) on a line,
and a summary ends each report. Strings come from strangers: they are made printable here.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from shutil import get_terminal_size
from typing import Any, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.segment import Segment, SegmentLines
from rich.table import Table
from rich.text import Text

from nxcast.consumers.questions.loop.ecs import ecs_object
from nxcast.consumers.questions.loop.findings import Alert, Section, Summary
from nxcast.consumers.questions.loop.forms import alert_object, report_objects
from nxcast.consumers.questions.loop.layout import section_parts
from nxcast.consumers.show.json_lines import json_line
from nxcast.consumers.show.redact import redacted_text
from nxcast.consumers.show.vitals import Vitals
from nxcast.process.standard_streams import show
from nxcast.telemetry.printable import printable, second_text

__all__ = ["Counting", "ObjectReports", "Reports", "Summary", "reports"]

TOP = 20  # rows of a section in text unless told otherwise: what fits on a screen
UNBOUNDED = 100_000  # columns; text that goes into a file or a pipe is not wrapped
TOP_LEAST = 3  # rows of a section that a terminal shows at least, unless told otherwise


class Reports(Protocol):
    """Where findings go; `top` rows of each section, None for all."""

    in_place: bool
    """Whether a report takes the place of the one before."""

    def alert(self, alert: Alert) -> None:
        """Show an alert."""

    def report(self, sections: Sequence[Section], summary: Summary) -> None:
        """Show a report."""

    def close(self) -> None:
        """Leave the terminal as it was."""


Take = Callable[[Sequence[Mapping[str, Any]]], None]


def show_lines(objects: Sequence[Mapping[str, Any]]) -> None:
    """Each as JSON on a line of stdout."""
    show("".join(f"{json_line(each)}\n" for each in objects))


class ObjectReports:
    """Findings and alerts as objects (`forms`), or by Elastic's names, for `take`: lines, or a webhook."""

    in_place = False

    def __init__(self, question: str, layout: str, top: int | None, take: Take) -> None:
        self._question = question
        self._ecs = layout == "ecs"
        self._top = top
        self._take = take

    def alert(self, alert: Alert) -> None:
        self._give([alert_object(self._question, alert)])

    def report(self, sections: Sequence[Section], summary: Summary) -> None:
        self._give(report_objects(self._question, sections, summary, self._top))

    def close(self) -> None:
        pass

    def _give(self, objects: Sequence[Mapping[str, Any]]) -> None:
        self._take([ecs_object(each) for each in objects] if self._ecs else objects)


class TextReports:
    """Tables, one report after another."""

    in_place = False

    def __init__(self, top: int) -> None:
        self._top = top
        self._shown = False

    def alert(self, alert: Alert) -> None:
        show(f"{_alert_line(alert)}\n")
        self._shown = True

    def report(self, sections: Sequence[Section], summary: Summary) -> None:
        # No colours, and no wrapping where what reads this is a file.
        width = get_terminal_size().columns if sys.stdout.isatty() else UNBOUNDED
        console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
        with console.capture() as capture:
            console.print(_laid_out(sections, summary, self._top, width), soft_wrap=width == UNBOUNDED)
        lines = [line.rstrip() for line in capture.get().splitlines()]
        show(("\n" if self._shown else "") + "\n".join(lines) + "\n")
        self._shown = True

    def close(self) -> None:
        pass


class TerminalReports:
    """A report that is renewed in place; alerts go above it.

    Without `top`, sections have as many rows as let all of it fit on the screen, `TOP` at most. What is below
    the screen all the same is told, with the way to see it.
    """

    in_place = True

    def __init__(self, top: int | None) -> None:
        self._top = top
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="visible")
        self._live.start()

    def alert(self, alert: Alert) -> None:
        self._live.console.print(Text(_alert_line(alert), style="bold red"))

    def report(self, sections: Sequence[Section], summary: Summary) -> None:
        lines = self._lines(sections, summary, self._top or TOP)
        if not summary.final:
            room = self._console.height - 1  # the cursor has the last line
            for top in () if self._top else _fewer(TOP):
                if len(lines) <= room:
                    break
                lines = self._lines(sections, summary, top)
            if len(lines) > room:
                below = len(lines) - room + 1
                told = Text(f"{below} more lines: taller window, --top 1, or Ctrl-C ends with all", "reverse")
                lines[room - 1 :] = self._console.render_lines(told, pad=False)[:1]
        self._live.update(SegmentLines(lines, new_lines=True), refresh=True)

    def close(self) -> None:
        self._live.stop()

    def _lines(self, sections: Sequence[Section], summary: Summary, top: int) -> list[list[Segment]]:
        group = _laid_out(sections, summary, top, self._console.width)
        return self._console.render_lines(group, pad=False)


def _fewer(top: int) -> Iterator[int]:
    while top > TOP_LEAST:
        top = max(top // 2, TOP_LEAST)
        yield top


class Counting:
    """Counts what it hands on, for metrics; `posted` gets all but pictures too."""

    def __init__(self, shown: Reports, vitals: Vitals, posted: Reports | None = None) -> None:
        self._shown = shown
        self._vitals = vitals
        self._posted = posted
        self.in_place = shown.in_place

    def alert(self, alert: Alert) -> None:
        self._vitals.alerts[alert.kind] += 1
        if self._posted is not None:  # first, as stdout may be closed
            self._posted.alert(alert)
        self._shown.alert(alert)

    def report(self, sections: Sequence[Section], summary: Summary) -> None:
        self._vitals.findings = {section.name: len(section.rows) for section in sections}
        if self._posted is not None and not summary.passing:
            self._posted.report(sections, summary)
        self._shown.report(sections, summary)

    def close(self) -> None:
        self._shown.close()


def reports(question: str, layout: str, top: int | None, *, live: bool) -> Reports:
    """The reports that options ask for."""
    if layout != "text":
        return ObjectReports(question, layout, top, show_lines)
    if live and sys.stdout.isatty():
        return TerminalReports(top)
    return TextReports(TOP if top is None else top)


def _laid_out(sections: Sequence[Section], summary: Summary, top: int, width: int) -> Group:
    parts: list[Text | Table] = [Text(line) for line in _heading(summary)]
    for section in sections:
        if section.rows:
            parts += [Text(), *section_parts(section, top, width)]
    if not any(section.rows for section in sections):
        parts.append(Text("nothing found"))
    return Group(*parts)


def _heading(summary: Summary) -> list[str]:
    span = "no records"
    if summary.first_ns is not None and summary.last_ns is not None:
        span = f"{second_text(summary.first_ns)} to {second_text(summary.last_ns)} UTC, "
        span += _many(summary.records, "record")
    lines = [f"{summary.question}: {span}"]
    lines += [line for line in (summary.source, summary.waiting) if line]
    if any(summary.lost_in_all):
        lost, in_all = summary.lost.text(",d"), summary.lost_in_all
        told = in_all.text(",d") if in_all.unknown else f"{in_all.at_least:,}"
        lines.append(f"lost in this window: {lost}, {told} in all; counts are too low")
    if summary.untimely:
        lines.append(f"passed over: {_many(summary.untimely, 'record')}, far in time from the others")
    if summary.forgotten:
        lines.append(f"forgotten, to stay within bounds: {summary.forgotten:,} of the least recent")
    return lines


def _alert_line(alert: Alert) -> str:
    return f"ALERT {second_text(alert.time_ns)} {alert.kind}: {printable(redacted_text(alert.text))}"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
