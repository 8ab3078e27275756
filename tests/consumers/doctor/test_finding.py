"""How findings are shown."""

import json

import pytest

from nxcast.consumers.doctor.finding import Finding, Verdict, finding_json, finding_text, summary
from nxcast.consumers.show.console import duration

SECOND = 1_000_000_000
GOOD = Finding("address", Verdict.OK, "it is there")
BAD = Finding("canary", Verdict.WRONG, "no \x1b[2J", "try \u2026 again", {"delay_ms": 1.5})


def test_text_is_a_line_and_one_for_the_mend():
    assert finding_text(GOOD, marks=False) == "ok          address    it is there\n"
    assert finding_text(GOOD, marks=True) == "✓ address    it is there\n"
    assert finding_text(BAD, marks=True) == (
        "✗ canary     no \\027[2J\n             mend: try \\226\\128\\166 again\n"
    )


def test_json_is_an_object():
    assert json.loads(finding_json(GOOD)) == {
        "check": "address",
        "verdict": "ok",
        "text": "it is there",
        "mend": None,
    }
    line = finding_json(BAD)
    assert line.isascii()
    assert json.loads(line)["delay_ms"] == 1.5


@pytest.mark.parametrize(
    ("verdicts", "line"),
    [
        ([Verdict.OK], "all is well\n"),
        ([Verdict.OK, Verdict.WARNING], "1 warning\n"),
        ([Verdict.WRONG, Verdict.WARNING, Verdict.WARNING], "1 wrong, 2 warnings\n"),
        ([Verdict.WRONG, Verdict.NOT_CHECKED], "1 wrong, 1 not checked\n"),
    ],
)
def test_the_last_line_counts(verdicts, line):
    assert summary([Finding("x", verdict, "") for verdict in verdicts]) == line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
        (2**64 // SECOND, "213,503 days"),
    ],
)
def test_a_duration_is_rough(seconds, text):
    assert duration(seconds * SECOND) == text
