"""Reports on narrow terminals and in JSON: what is told stays whole, and keys stay hidden."""

import json
import re
import sys
from dataclasses import replace

import pytest

from nxcast.consumers import Losses
from nxcast.consumers.questions.loop.findings import SEEN, Alert, Column, Section, number
from nxcast.consumers.questions.loop.report import Summary, reports

KEY = "abcdefghijklmnopqrstuvwxyz"
NAME = f"2.0.0.127.{KEY}.zen.dq.spamhaus.net."
SUMMARY = Summary("q", 0, 10**18, 5, 0, Losses(), Losses(), 0, True)
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


WIDE = (
    Column("service", "service"),
    Column("kind", "kind"),
    Column("what", "what it is"),
    Column("queries", "look-ups", number, right=True),
    Column("queries", "domains", number, right=True),
    *SEEN,
    Column("source", "source"),
)


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("length", [5, 35, 200])
def test_the_number_that_ranks_stays_however_long_the_rest_is(length, columns, capsys, monkeypatch):
    """Rows of discovery and dnsbl are names as long as strangers like, beside texts."""
    row = {**ROWS[0], "service": "s" * length, "kind": "k" * 20, "what": "w" * 60, "source": "x" * 90}
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    reports("q", "text", None, live=False).report([Section("s", "Title", WIDE, [row])], SUMMARY)
    heading, line = [each for each in _lines(capsys) if each.startswith("s")]
    assert "look-ups" in heading
    assert "1,234,567" in line
    assert max(len(heading), len(line)) <= columns


@pytest.fixture
def picture(capsys, monkeypatch):
    """Gives the lines of the picture on a terminal of 80 columns and 24 lines."""
    for name, value in {"COLUMNS": "80", "LINES": "24", "TERM": "xterm", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)

    def pictured(sections, summary, top=None):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        shown = reports("q", "text", top, live=True)
        capsys.readouterr()
        shown.report(sections, summary)
        lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out).splitlines()
        shown.close()
        return [line.rstrip() for line in lines]

    return pictured


LIVE = replace(SUMMARY, final=False)


def test_on_a_terminal_all_sections_fit_by_showing_fewer_rows(picture):
    sections = [Section("s", title, COLUMNS, ROWS * 10) for title in ("One", "Two")]
    lines = picture(sections, LIVE)
    assert len(lines) < 24
    assert "One (30), the first 5" in lines
    assert "Two (30), the first 5" in lines
    assert not any("more lines" in line for line in lines)


@pytest.mark.parametrize(("sections", "top"), [(9, None), (1, 30)])
def test_what_is_below_the_screen_is_told_with_the_way_to_see_it(sections, top, picture):
    lines = picture([Section("s", "Title", COLUMNS, ROWS * 10)] * sections, LIVE, top)
    assert len(lines) == 23
    assert re.fullmatch(r"[0-9]+ more lines: taller window, --top 1, or Ctrl-C ends with all", lines[-1])


def test_the_last_picture_is_whole(picture):
    lines = picture([Section("s", "Title", COLUMNS, ROWS * 10)] * 3, SUMMARY)
    assert len(lines) > 60


def test_an_idle_screen_says_what_comes_in_and_when_a_first_finding_can_come(picture):
    waiting = replace(LIVE, first_ns=None, source="12:00:00 UTC: 0 frames", waiting="takes 3 h")
    lines = picture([], waiting)
    assert lines == ["q: no records", "12:00:00 UTC: 0 frames", "takes 3 h", "nothing found"]


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


@pytest.mark.parametrize(
    ("lost", "in_all", "text", "told"),
    [
        (Losses(), Losses(), "", (0, 0, 0, 0)),
        (Losses(1), Losses(1300), "1 message, 1,300 in all", (1, 1, 1300, 1300)),
        (
            Losses(0, 1),
            Losses(0, 1),
            "an unknown number of messages, an unknown number of messages in all",
            (None, 0, None, 0),
        ),
        (
            Losses(2, 0),
            Losses(5, 1),
            "2 messages, 5 messages and an unknown number more in all",
            (2, 2, None, 5),
        ),
    ],
)
def test_how_much_was_lost_is_told_also_where_nobody_knows(lost, in_all, text, told, capsys):
    summary = replace(SUMMARY, lost=lost, lost_in_all=in_all)
    reports("q", "text", None, live=False).report([], summary)
    lines = [line for line in _lines(capsys) if "lost" in line]
    assert lines == ([f"lost in this window: {text}; counts are too low"] if text else [])
    reports("q", "json", None, live=False).report([], summary)
    numbers = json.loads(capsys.readouterr().out)
    names = (
        "lost_messages",
        "lost_messages_at_least",
        "lost_messages_in_all",
        "lost_messages_in_all_at_least",
    )
    assert tuple(numbers[name] for name in names) == told
