"""Reports on narrow terminals and in JSON: what is told stays whole, and keys stay hidden."""

import json
import sys

import pytest

from nxcast.consumers.questions.loop.findings import SEEN, Alert, Column, Section, number
from nxcast.consumers.questions.loop.report import Summary, reports

KEY = "abcdefghijklmnopqrstuvwxyz"
NAME = f"2.0.0.127.{KEY}.zen.dq.spamhaus.net."
SUMMARY = Summary("q", 0, 10**18, 5, 0, 0, 0, 0, True)
COLUMNS = (
    Column("zone", "zone"),
    Column("queries", "queries", number, right=True),
    *SEEN,
    Column("examples", "for example", ", ".join),
)
ROWS = [
    {
        "zone": f"zone-number-{place}.example.",
        "queries": 1_234_567,
        "first_seen": "2026-01-01T00:00:00.000000000Z",
        "last_seen": "2026-01-02T00:00:00.000000000Z",
        "examples": ["one.example.", "two.example.", "three.example."],
    }
    for place in range(3)
]


def _lines(capsys):
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
def test_on_a_narrow_terminal_what_a_row_is_about_and_its_numbers_stay_whole(columns, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    reports("q", "text", None, live=False).report([Section("s", "Title", COLUMNS, ROWS)], SUMMARY)
    table = [line for line in _lines(capsys) if line.startswith("zone")]
    assert len(table) == 4
    assert all(len(line) <= columns for line in table)
    assert all(line.startswith("zone-number-") and "1,234,567" in line for line in table[1:])
    assert ("2026-01-02 00:00:00" in table[1]) == (columns >= 80)


def test_in_a_file_nothing_is_cut_or_wrapped(capsys):
    rows = [{**ROWS[0], "examples": ["x" * 300]}]
    reports("q", "text", None, live=False).report([Section("s", "Title", COLUMNS, rows)], SUMMARY)
    assert any("x" * 300 in line and "2026-01-01 00:00:00" in line for line in _lines(capsys))


def test_keys_are_hidden_in_all_that_json_has(capsys):
    shown = reports("q", "json", None, live=False)
    row = {"zone": NAME, "list": [NAME, {"deep": (NAME,)}]}
    shown.report([Section("s", "Title", COLUMNS, [row])], SUMMARY)
    shown.alert(Alert(1, "kind", f"text with {NAME}", {"names": [NAME]}))
    text = capsys.readouterr().out
    assert KEY not in text
    assert text.count("<key>") == 5
    assert all(json.loads(line)["question"] == "q" for line in text.splitlines())
