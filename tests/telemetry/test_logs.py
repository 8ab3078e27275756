"""Log lines: one event a line, in two forms, and what repeats is counted."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from nxcast.process.ending import one_line
from nxcast.telemetry import logs
from nxcast.telemetry.logs import REPEATS, WINDOW_S, LogFormat, Repeats, log_lines

LOG = logging.getLogger("nxcast.somewhere")


def _warn(log: logging.Logger, text: str, **extra: object) -> None:
    log.warning(text, extra=extra)


def _lines(form: LogFormat, log: Any) -> list[str]:
    """What is written while `log` runs."""
    written: list[str] = []
    with log_lines("nxcast-test", form, written.append):
        log()
    return written


def test_text_names_the_program_and_leaves_out_extra() -> None:
    assert _lines("text", lambda: _warn(LOG, "it is late", sensor="ns1")) == ["nxcast-test: it is late"]


def test_a_json_line_has_time_level_program_message_and_extra() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    [line] = _lines("json", lambda: _warn(LOG, "it is late", sensor="ns1", count=3))
    event = json.loads(line)
    assert before <= datetime.fromisoformat(event.pop("time"))
    assert event == {
        "level": "warning",
        "program": "nxcast-test",
        "message": "it is late",
        "sensor": "ns1",
        "count": 3,
    }


def test_extra_can_not_take_the_place_of_what_every_line_has() -> None:
    [line] = _lines("json", lambda: _warn(LOG, "true", program="other", level="none"))
    event = json.loads(line)
    assert (event["program"], event["level"]) == ("nxcast-test", "warning")


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_event_is_one_line_whatever_is_in_it(form: LogFormat) -> None:
    [line] = _lines(form, lambda: LOG.error("a\nb\r\x1b[2J\u2028c", extra={"name_": "\n"}))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_told_in_the_same_line(form: LogFormat) -> None:
    def fail() -> None:
        try:
            raise ValueError("broken here")
        except ValueError:
            LOG.exception("a bug")

    [line] = _lines(form, fail)
    assert "a bug" in line
    assert "broken here" in line
    assert "test_logs.py" in line


def test_a_value_that_json_has_not_is_told_as_text() -> None:
    [line] = _lines("json", lambda: LOG.info("x", extra={"where": datetime(2026, 1, 1, tzinfo=UTC)}))
    assert json.loads(line)["where"] == "2026-01-01 00:00:00+00:00"


def test_debug_and_other_peoples_records_are_not_shown() -> None:
    def log() -> None:
        LOG.debug("detail")
        logging.getLogger("elsewhere").info("theirs")

    assert _lines("text", log) == []


def test_logging_is_as_before_afterwards() -> None:
    ours = logging.getLogger("nxcast")
    before = ours.level, ours.propagate, list(ours.handlers)
    _lines("text", lambda: None)
    assert (ours.level, ours.propagate, list(ours.handlers)) == before


def test_a_repeated_warning_is_held_back_and_counted() -> None:
    def log() -> None:
        for number in range(REPEATS + 5):
            _warn(LOG, f"again {number}")
        LOG.warning("something else")

    lines = [json.loads(line) for line in _lines("json", log)]
    assert [line["message"] for line in lines] == [
        *[f"again {number}" for number in range(REPEATS)],
        "something else",
        f"again {REPEATS + 4} (and 4 more like it)",
    ]
    assert lines[-1]["held_back"] == 5


def test_one_that_was_held_back_is_told_as_it_is() -> None:
    def log() -> None:
        for number in range(REPEATS + 1):
            _warn(LOG, f"again {number}")

    last = json.loads(_lines("json", log)[-1])
    assert (last["message"], last["held_back"]) == (f"again {REPEATS}", 1)


@pytest.mark.parametrize("level", [logging.INFO, logging.ERROR])
def test_what_is_no_warning_is_told_each_time(level: int) -> None:
    def log() -> None:
        for number in range(REPEATS * 3):
            LOG.log(level, "connected %d", number)

    assert len(_lines("text", log)) == REPEATS * 3


def _record(created: float, line: int = 1, level: int = logging.WARNING) -> logging.LogRecord:
    record = logging.LogRecord("nxcast.x", level, "x.py", line, "at %s", (created,), None)
    record.created = created
    return record


def test_a_window_ends_after_a_minute_and_the_next_one_begins_with_the_next_warning() -> None:
    repeats = Repeats()
    told = [repeats.take(_record(1000.0 + number)) for number in range(REPEATS + 2)]
    assert told == [True] * REPEATS + [False] * 2
    assert repeats.holding
    assert repeats.over(1000.0 + WINDOW_S - 1) == []
    [summary] = repeats.over(1000.0 + WINDOW_S)
    assert summary.getMessage() == f"at {1000.0 + REPEATS + 1} (and 1 more like it)"
    assert not repeats.holding
    assert repeats.take(_record(1000.0 + WINDOW_S))


def test_each_place_in_the_code_has_a_count_of_its_own() -> None:
    repeats = Repeats()
    for _ in range(REPEATS):
        repeats.take(_record(5.0, line=1))
    assert not repeats.take(_record(5.0, line=1))
    assert repeats.take(_record(5.0, line=2))


def test_a_window_ends_where_the_clock_is_set_back() -> None:
    repeats = Repeats()
    for _ in range(REPEATS + 1):
        repeats.take(_record(5000.0))
    assert len(repeats.over(10.0)) == 1


def test_nothing_held_back_is_nothing_to_tell() -> None:
    repeats = Repeats()
    repeats.take(_record(5.0))
    assert repeats.over(500.0) == []


def test_what_is_held_back_is_told_without_another_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "WINDOW_S", 0.05)
    lines: list[str] = []
    told = threading.Event()

    def write(line: str) -> None:
        lines.append(line)
        if len(lines) > REPEATS:
            told.set()

    now = time.time()  # of all of them, so that they are of one window, however long this takes
    with log_lines("nxcast-test", "text", write):
        for _ in range(REPEATS + 1):
            LOG.handle(_record(now))
        assert told.wait(60)


@pytest.mark.parametrize(
    ("variable", "is_json"), [(None, True), ("auto", True), ("json", True), ("text", False), ("odd", True)]
)
def test_off_a_terminal_lines_are_json_unless_the_environment_says_text(
    variable: str | None, is_json: bool
) -> None:
    code = "import logging\nfrom nxcast.telemetry.logs import log_lines\n" \
           "with log_lines('nxcast-test'): logging.getLogger('nxcast.a').info('here')"  # fmt: skip
    environment = {key: value for key, value in os.environ.items() if key != logs.LOG_FORMAT_VARIABLE}
    if variable is not None:
        environment[logs.LOG_FORMAT_VARIABLE] = variable
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr.startswith("{" if is_json else "nxcast-test: here")


def test_a_form_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(logs.LOG_FORMAT_VARIABLE, "xml")
    written: list[str] = []
    with log_lines("nxcast-test", None, written.append):
        LOG.info("here")
    told = [json.loads(line)["message"] for line in written]
    assert told == ["NXCAST_LOG_FORMAT is 'xml': it should be one of auto, text, json", "here"]


def test_on_a_terminal_lines_are_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(logs.LOG_FORMAT_VARIABLE, raising=False)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", terminal)
        with log_lines("nxcast-test"):
            LOG.info("here")
    assert os.read(ours, 100) == b"nxcast-test: here\r\n"
    os.close(ours)


def test_a_program_whose_standard_error_is_closed_or_gone_goes_on() -> None:
    code = "import logging, sys, os\nfrom nxcast.telemetry.logs import log_lines\n" \
           "with log_lines('nxcast-test'):\n" \
           "    [logging.getLogger('nxcast.a').warning('here') for _ in range(100)]\n" \
           "os._exit(0) if len(sys.argv) > 1 else sys.exit(0)"  # fmt: skip
    reader, writer = os.pipe()
    os.close(reader)
    gone = subprocess.run([sys.executable, "-c", code], stderr=writer)
    os.close(writer)
    closed = subprocess.run(["sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, code])
    with open("/dev/full", "w") as full:
        filled = subprocess.run([sys.executable, "-c", code], stderr=full)
    assert (gone.returncode, closed.returncode, filled.returncode) == (0, 0, 0)


def test_text_is_made_one_line() -> None:
    assert one_line("plain ü") == "plain ü"
    assert one_line("a\nb\x1b") == "a\\nb\\x1b"


def test_the_stream_of_the_moment_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    with log_lines("nxcast-test", "text"):
        LOG.info("one")
        monkeypatch.setattr(sys, "stderr", second)
        LOG.info("two")
    assert (first.getvalue(), second.getvalue()) == ("nxcast-test: one\n", "nxcast-test: two\n")


def test_a_warning_is_no_reason_to_end_where_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert len(_lines("text", lambda: [_warn(LOG, "again") for _ in range(REPEATS + 2)])) == REPEATS + 1
