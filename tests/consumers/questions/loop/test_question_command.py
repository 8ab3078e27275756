"""A question asked from the command line: the bus or a file, alerts, reports, state, gaps, a clean stop."""

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from nxcast.consumers.questions.loop.findings import Alert, Column, First, Section
from nxcast.consumers.questions.loop.question_command import add_question, answer
from nxcast.consumers.questions.loop.state import open_state
from nxcast.consumers.show.console import CommandError
from nxcast.consumers.show.json_lines import record_json
from nxcast.process.arguments import ArgumentParser

NS = 1_000_000_000
ROOT = Path(__file__).resolve().parents[4]
START = 1_767_225_600 * NS
KEY = "abcdefghijklmnopqrstuvwxyz"


class Names:
    """Counts names; the name 'now.' can't wait, and 'stop.' is as Ctrl-C."""

    STATE_VERSION = 1
    forgotten = 0

    def __init__(self):
        self.counts = Counter()

    def take(self, records):
        if records[-1]["qname"] == "stop.":
            os.kill(os.getpid(), signal.SIGTERM)
        self.counts.update(record["qname"] for record in records)
        return [
            Alert(record["time_ns"], "now", f"now from {record['sensor']}", {"sensor": record["sensor"]})
            for record in records
            if record["qname"] == "now."
        ]

    def sections(self):
        rows = [{"qname": name, "queries": number} for name, number in self.counts.most_common()]
        columns = [Column("qname", "name"), Column("queries", "queries", "{:,}".format, right=True)]
        return [Section("names", "Names asked for", columns, rows, "How often each was asked for.")]

    def dump(self):
        return self.counts.items()

    def load(self, entries):
        self.counts.update(dict(entries))


def ask(*argv, topics=("nxdomain/",), first=None):
    parser = ArgumentParser()
    commands = parser.add_subparsers()
    add_question(commands, "names", summary="s", description="d", epilog="e", state=True)
    return answer(parser.parse_args(["names", *argv]), Names(), topics, first)


@pytest.fixture
def write(tmp_path, make):
    """Writes names with the second at which each was asked for."""

    def written(*asked):
        path = tmp_path / "recorded.json"
        records = [make.nxdomain(qname=name, time_ns=START + round(at * NS)) for name, at in asked]
        path.write_text("".join(f"{record_json(record)}\n" for record in records))
        return str(path)

    return written


def _objects(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_file_gives_alerts_as_they_come_and_a_report_at_its_end(write, capsys):
    path = write(("a.", 0), ("now.", 1), ("a.", 61))
    assert ask("--from", path) == 0
    assert capsys.readouterr().out == (
        "ALERT 2026-01-01 00:00:01 now: now from lab\n"
        "\n"
        "names: 2026-01-01 00:00:00 to 2026-01-01 00:01:01 UTC, 3 records\n"
        "\n"
        "Names asked for (2)\n"
        "name  queries\n"
        "a.          2\n"
        "now.        1\n"
        "How often each was asked for.\n"
    )


def _told(line, severity):
    """What every line of the form has; what it must be is tested with the form."""
    return {"form": 1, "id": line["id"], "fingerprint": line["fingerprint"], "severity": severity}


def test_a_receiver_as_in_the_docs_gets_what_json_shows(write, capsys):
    """Alerts and reports, whatever is shown; the same objects as on the lines of --format json."""
    path = write(("a.", 0), ("now.", 1), ("a.", 61))
    ask("--from", path, "--format", "json")
    lines = _objects(capsys.readouterr().out)
    text = (ROOT / "docs" / "consumers.md").read_text()
    code = text.split("A receiver:\n\n```python\n")[1].split("```")[0]
    assert "8099" in code
    ready = "server = HTTPServer(('127.0.0.1', 0), Receiver); print(server.server_port, flush=True); server"
    code = code.replace('HTTPServer(("127.0.0.1", 8099), Receiver)', ready)
    code = code.replace(
        'finding["question"], finding.get("severity"), finding.get("text", finding)', "json.dumps(finding)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        ask("--from", path, "--webhook", f"http://127.0.0.1:{run.stdout.readline().strip()}/")
        got = [json.loads(run.stdout.readline()) for _ in lines]
        run.terminate()
    assert got == lines
    assert "ALERT" in capsys.readouterr().out


def test_the_same_as_json(write, capsys):
    assert ask("--from", write(("a.", 0), ("now.", 1), ("a.", 61)), "--format", "json") == 0
    alert, *rows, summary = _objects(capsys.readouterr().out)
    assert alert == {
        "question": "names",
        "alert": "now",
        "time": "2026-01-01T00:00:01.000000000Z",
        "text": "now from lab",
        **_told(alert, "medium"),
        "sensor": "lab",
    }
    shown = {"question": "names", "section": "names", "reported": "2026-01-01T00:01:01.000000000Z"}
    assert rows == [
        {**shown, **_told(rows[0], "info"), "qname": "a.", "queries": 2},
        {**shown, **_told(rows[1], "info"), "qname": "now.", "queries": 1},
    ]
    assert summary == {
        "question": "names",
        "section": "summary",
        "form": 1,
        "first_time": "2026-01-01T00:00:00.000000000Z",
        "last_time": "2026-01-01T00:01:01.000000000Z",
        "records": 3,
        "untimely": 0,
        "lost_messages": 0,
        "lost_messages_at_least": 0,
        "lost_messages_in_all": 0,
        "lost_messages_in_all_at_least": 0,
        "forgotten": 0,
        "final": True,
    }


def test_reports_come_by_the_time_of_the_records(write, capsys):
    path = write(("a.", 0), ("b.", 59), ("c.", 60), ("d.", 300), ("e.", 301))
    ask("--from", path, "--format", "json", "--every", "60")
    summaries = [told for told in _objects(capsys.readouterr().out) if told["section"] == "summary"]
    assert [(each["records"], each["last_time"][11:19], each["final"]) for each in summaries] == [
        (2, "00:01:00", False),
        (3, "00:02:00", False),
        (5, "00:05:01", True),
    ]


def test_nothing_found_and_no_records_are_said(write, capsys):
    assert ask("--from", write()) == 0
    assert capsys.readouterr().out == "names: no records\nnothing found\n"


def test_top_limits_what_is_shown(write, capsys):
    path = write(*((f"n{number:02}.", number) for number in range(30)))
    ask("--from", path)
    text = capsys.readouterr().out
    assert "Names asked for (30), the first 20\n" in text
    assert "n19." in text
    assert "n20." not in text
    ask("--from", path, "--format", "json")
    assert len(_objects(capsys.readouterr().out)) == 31
    ask("--from", path, "--format", "json", "--top", "2")
    assert len(_objects(capsys.readouterr().out)) == 3


@pytest.mark.parametrize("layout", ["text", "json"])
def test_keys_are_hidden_and_nothing_harms_a_terminal(write, capsys, layout):
    ask(
        "--from",
        write((f"2.0.0.127.{KEY}.zen.dq.spamhaus.net.", 0), ("\x1b[2J\u202e[bold].", 1)),
        "--format",
        layout,
    )
    text = capsys.readouterr().out
    assert "2.0.0.127.<key>.zen.dq.spamhaus.net." in text
    assert "[bold]" in text
    assert text.replace("\n", "").isascii()
    assert text.replace("\n", "").isprintable()


def test_other_channels_and_topics_of_a_file_are_left_out(tmp_path, make, capsys):
    path = tmp_path / "mixed.json"
    records = [
        make.nxdomain(qname="mx."),
        make.nxdomain(qname="a.", qtype=1),
        make.dns_error(qname="servfail."),
        make.dns_error(qname="refused.", rcode=5),
        make.status(),
    ]
    path.write_text("".join(f"{record_json(record)}\n" for record in records))
    wanted = {
        ("nxdomain/",): ["mx.", "a."],
        ("nxdomain/MX/",): ["mx."],
        ("dns-errors/REFUSED/", "dns-errors/FORMERR/"): ["refused."],
    }
    for topics, names in wanted.items():
        ask("--from", str(path), "--format", "json", topics=topics)
        *rows, _ = _objects(capsys.readouterr().out)
        assert [row["qname"] for row in rows] == names


def test_a_wrong_line_is_one_clear_error(write):
    path = write(("a.", 0))
    with open(path, "a") as file:
        file.write("what?\n")
    with pytest.raises(CommandError, match=r"recorded\.json:2: no JSON object"):
        ask("--from", path)


def test_no_such_file_is_one_clear_error(tmp_path):
    with pytest.raises(CommandError, match=r"can't read .*none: no such file or directory"):
        ask("--from", str(tmp_path / "none"))
    with pytest.raises(CommandError, match=r"can't read .*: is a directory"):
        ask("--from", str(tmp_path))


def test_a_stop_ends_the_wait_for_a_pipe_with_a_report(write):
    with open(write(("a.", 0))) as file:
        line = file.read()
    command = [
        sys.executable,
        "-m",
        "nxcast.consumers",
        "dead",
        "--from",
        "-",
        "--every",
        "1",
        "--format",
        "json",
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write(line + line.replace("00:00:00.", "00:00:09."))
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["records"] == 1
    process.terminate()  # while it waits for more
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["records"]) == (0, 2)


def test_a_closed_stdin_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CommandError, match="stdin is closed"):
        ask("--from", "-")


def test_a_state_that_can_not_be_saved_costs_no_report(write, tmp_path, capsys, caplog, monkeypatch):
    def full(*_):
        raise CommandError("state file x: database or disk is full")

    monkeypatch.setattr("nxcast.consumers.questions.loop.state.State.save", full)
    monkeypatch.setattr("nxcast.consumers.questions.loop.question_command.SAVE_S", 0)
    with pytest.raises(CommandError, match="disk is full"):
        ask("--from", write(("a.", 0)), "--state", str(tmp_path / "state"))
    assert "1 record\n" in capsys.readouterr().out
    assert "state file x: database or disk is full" in caplog.messages  # tried in between, and gone on


def test_a_reader_that_leaves_costs_no_state(write, tmp_path, monkeypatch, capsys):
    def leave(_):
        raise BrokenPipeError

    state = str(tmp_path / "state")
    with monkeypatch.context() as patch:
        patch.setattr("nxcast.consumers.questions.loop.report.show", leave)
        with pytest.raises(BrokenPipeError):
            ask("--from", write(("a.", 0)), "--state", state)
    ask("--from", write(("a.", 0)), "--state", state, "--format", "json")
    assert _objects(capsys.readouterr().out)[0]["queries"] == 2


def test_stdin_is_read(write, capsys, monkeypatch):
    with open(write(("a.", 0)), "rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read())))
    ask("--from", "-")
    assert "1 record\n" in capsys.readouterr().out


def test_state_goes_on_where_it_was(write, tmp_path, capsys):
    path, state = write(("a.", 0)), str(tmp_path / "state")
    for expected in (1, 2):
        ask("--from", path, "--state", state, "--format", "json")
        row, _ = _objects(capsys.readouterr().out)
        assert row["queries"] == expected


def test_state_is_left_as_it_was_after_a_wrong_line(write, tmp_path, capsys):
    state = str(tmp_path / "state")
    ask("--from", write(("a.", 0)), "--state", state)
    path = write(("b.", 0))
    with open(path, "a") as file:
        file.write("what?\n")
    with pytest.raises(CommandError):
        ask("--from", path, "--state", state)
    capsys.readouterr()
    ask("--from", write(("c.", 0)), "--state", state, "--format", "json")
    *rows, _ = _objects(capsys.readouterr().out)
    assert [row["qname"] for row in rows] == ["a.", "c."]


@pytest.fixture
def on_the_bus(broker, make):
    """Asks the bus while a broker publishes names, 10 seconds apart, some messages lost before them."""

    def run(*published, options=()):
        def publish():
            broker.await_subscription()
            broker.publish_status()
            for number, (name, lost) in enumerate((*published, ("stop.", 0))):
                record = make.nxdomain(qname=name, time_ns=START + 10 * number * NS)
                broker.publish("nxdomain/MX/", record, skip=lost)

        publisher = threading.Thread(target=publish)
        publisher.start()
        assert ask("--broker", broker.endpoint, *options) == 0
        publisher.join()

    return run


def test_the_bus_gives_the_same_and_tells_what_was_lost(on_the_bus, capsys, caplog):
    on_the_bus(("a.", 0), ("b.", 12), ("now.", 1), options=["--every", "10"])
    out = capsys.readouterr().out
    assert "ALERT 2026-01-01 00:00:20 now: now from lab\n" in out
    reports = re.findall(r"^names: .* ([0-9]+) records?\n((?:lost .*\n)?)", out, re.MULTILINE)
    assert reports == [
        ("1", "lost in this window: 12 messages, 12 in all; counts are too low\n"),
        ("2", "lost in this window: 1 message, 13 in all; counts are too low\n"),
        ("3", "lost in this window: 0 messages, 13 in all; counts are too low\n"),
        ("4", "lost in this window: 0 messages, 13 in all; counts are too low\n"),
    ]
    assert "lost messages 2 to 13 of nxdomain/MX/" in caplog.messages


def test_a_stop_ends_with_a_report_and_the_state_saved(on_the_bus, tmp_path, capsys):
    state = str(tmp_path / "state")
    on_the_bus(("a.", 0), options=["--state", state])
    assert "2 records" in capsys.readouterr().out
    with open_state(state) as kept:
        names = Names()
        kept.load(names, "names")
    assert names.counts == {"a.": 1, "stop.": 1}


def test_the_next_run_goes_on_after_the_records_that_the_state_is_of(broker, make, tmp_path, capsys):
    """What is published while nobody asks counts once, with no cursor, and what a kill undid counts again."""
    state = tmp_path / "state"
    broker.answer_requests()

    def publish(*names):
        for name in names:
            broker.lose("nxdomain/MX/", make.nxdomain(qname=name, time_ns=START), time_ns=2**62)

    def asked():
        def hear():
            broker.await_subscription()
            broker.publish_status()

        hearing = threading.Thread(target=hear)
        hearing.start()
        assert (
            ask("--broker", broker.endpoint, "--state", str(state), "--format", "json", "--since", "1h") == 0
        )
        hearing.join()
        *rows, _ = _objects(capsys.readouterr().out)
        return {row["qname"]: row["queries"] for row in rows}

    publish("a.", "stop.")
    assert asked() == {"a.": 1, "stop.": 1}
    killed_later = state.read_bytes()
    publish("b.", "stop.")
    assert asked() == {"a.": 1, "b.": 1, "stop.": 2}
    state.write_bytes(killed_later)
    assert asked() == {"a.": 1, "b.": 1, "stop.": 2}


def test_no_broker_is_one_clear_error(monkeypatch):
    monkeypatch.setattr("nxcast.consumers.show.console.ABSENT_S", 0.02)
    monkeypatch.setattr("nxcast.consumers.show.console.CONNECT_S", 0.05)
    with pytest.raises(CommandError, match=r"no broker answered in 0\.05 s"):
        ask("--broker", "tcp://127.0.0.1:1")


def test_on_a_terminal_the_report_is_renewed_in_place(broker):
    """The whole program on a terminal of its own."""
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "nxcast.consumers", "spamtrap", "--broker", broker.endpoint],
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(terminal)
    try:
        broker.await_subscription()
        broker.publish_status()
        seen = b""
        while b"no records" not in seen:
            seen += os.read(main, 4096)
        process.terminate()
        while chunk := _read(main):
            seen += chunk
    finally:
        process.kill()
        process.wait()
        os.close(main)
    assert process.returncode == 0
    assert b"\x1b[1A" in seen  # up a line: over the picture before


def _read(descriptor):
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how Linux tells that the other side of a terminal is closed
        return b""


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (0, "a first finding takes 3 h of records: it can come in 3 h"),
        (3600, "a first finding takes 3 h of records: it can come in 2 h"),
        (3 * 3600 - 45, "a first finding takes 3 h of records: it can come in 45 s"),
        (3 * 3600, None),
    ],
)
def test_a_report_says_when_a_first_finding_can_come(write, capsys, last, told):
    first = First("3 h", lambda first_ns: first_ns + 3 * 3600 * NS)
    ask("--from", write(("a.", 0), ("a.", last)), first=first)
    heading, second, *_ = capsys.readouterr().out.splitlines()
    assert heading.startswith("names: ")
    assert second == (told or "")


def test_where_nothing_came_a_report_says_how_long_a_first_finding_takes(write, capsys):
    ask("--from", write(), first=First("3 days", lambda first_ns: first_ns))
    assert "a first finding takes 3 days of records, and none has come" in capsys.readouterr().out


def test_with_evidence_of_earlier_runs_nobody_knows_when(write, capsys, tmp_path):
    first, state = First("3 h", lambda first_ns: first_ns + 3 * 3600 * NS), str(tmp_path / "state")
    ask("--from", write(("a.", 0)), "--state", state, first=first)
    assert "a first finding takes 3 h" in capsys.readouterr().out
    ask("--from", write(("a.", 0)), "--state", state, first=first)
    assert "a first finding takes 3 h" not in capsys.readouterr().out
