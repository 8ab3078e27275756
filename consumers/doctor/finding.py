"""What a check found, and how that is shown: a line of text with its mend below, or an object. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from nxcast.consumers.show.console import plural
from nxcast.consumers.show.json_lines import json_line
from nxcast.telemetry.printable import printable

__all__ = ["MARKS", "Finding", "Verdict", "finding_json", "finding_text", "summary"]


class Verdict(Enum):
    """What became of a check."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


MARKS = {Verdict.OK: "✓", Verdict.WARNING: "!", Verdict.WRONG: "✗", Verdict.NOT_CHECKED: "-"}
"""For a terminal that can show them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, what was found, in plain words what to do about it, and values for programs."""

    check: str
    verdict: Verdict
    text: str
    mend: str = ""
    values: dict[str, object] = field(default_factory=dict)


_CHECK_WIDTH = max(map(len, ("malformed", "channels", "refusals")))
_WORD_WIDTH = max(len(verdict.value) for verdict in Verdict)


def finding_text(finding: Finding, *, marks: bool) -> str:
    """Its line, and one for the mend; with `marks` in place of words."""
    word = MARKS[finding.verdict] if marks else f"{finding.verdict.value:{_WORD_WIDTH}}"
    indent = " " * len(word)
    lines = [f"{word} {finding.check:{_CHECK_WIDTH}}  {printable(finding.text)}\n"]
    if finding.mend:
        lines.append(f"{indent} {'':{_CHECK_WIDTH}}  mend: {printable(finding.mend)}\n")
    return "".join(lines)


def finding_json(finding: Finding) -> str:
    """One object on a line."""
    told = {
        "check": finding.check,
        "verdict": finding.verdict.value,
        "text": finding.text,
        "mend": finding.mend or None,
        **finding.values,
    }
    return json_line(told) + "\n"


def summary(findings: Iterable[Finding]) -> str:
    """The last line of the text."""
    verdicts = [finding.verdict for finding in findings]
    wrong, warnings = verdicts.count(Verdict.WRONG), verdicts.count(Verdict.WARNING)
    unchecked = verdicts.count(Verdict.NOT_CHECKED)
    if not (wrong or warnings or unchecked):
        return "all is well\n"
    parts = [f"{wrong} wrong"] * bool(wrong) + [plural(warnings, "warning")] * bool(warnings)
    parts += [f"{unchecked} not checked"] * bool(unchecked)
    return f"{', '.join(parts)}\n"
