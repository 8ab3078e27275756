"""nxcast-consume spamtrap, asked about a file."""

import json

import pytest

from nxcast.consumers.command_line import parser
from nxcast.consumers.command_line import run as run_command
from nxcast.consumers.show.json_lines import record_json

START = 1_767_225_600_000_000_000
DAY = 86_400_000_000_000


@pytest.fixture
def recorded(tmp_path, make):
    """Three days of mail to gone.com. in a file, and look-ups of another type."""
    path = tmp_path / "recorded.jsonl"
    records = [
        make.nxdomain(
            qname="gone.com.",
            qtype=qtype,
            time_ns=START + day * DAY,
            response_ip=f"192.0.2.{day}",
        )
        for day in range(3)
        for qtype in (15, 1)
    ]
    path.write_text("".join(f"{record_json(record)}\n" for record in records))
    return str(path)


def run(capsys, *argv):
    assert run_command(parser().parse_args(["spamtrap", *argv])) == 0
    return capsys.readouterr().out


def test_candidates_come_as_json(capsys, recorded):
    found = [json.loads(line) for line in run(capsys, "--from", recorded, "--format", "json").splitlines()]
    assert [row["section"] for row in found] == ["candidates", "progress", "summary"]
    assert (found[0]["domain"], found[0]["queries"], found[0]["days"]) == ("gone.com.", 3, 3)


def test_candidates_come_as_text(capsys, recorded):
    shown = run(capsys, "--from", recorded)
    assert "Spamtrap candidates (1)" in shown
    assert "gone.com." in shown
    assert "2026-01-01 00:00" in shown


def test_thresholds_are_options(capsys, recorded):
    for option in ("--days", "--queries", "--sources"):
        assert "Spamtrap candidates" not in run(capsys, "--from", recorded, option, "4")


def test_evidence_is_kept_in_a_file(capsys, recorded, tmp_path):
    state = str(tmp_path / "spamtrap.db")
    for queries in (3, 6):
        rows = run(capsys, "--from", recorded, "--state", state, "--format", "json").splitlines()
        assert json.loads(rows[0])["queries"] == queries


@pytest.mark.parametrize(
    "argv", [["--sources", "17"], ["--sources", "0"], ["--days", "0"], ["--queries", "x"]]
)
def test_a_threshold_out_of_range_is_refused(capsys, argv):
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args(["spamtrap", *argv])
    assert "whole number from 1" in capsys.readouterr().err


def test_what_is_near_a_provider_is_an_option_and_so_is_a_sensor_that_cannot_tell(capsys, tmp_path, make):
    path = tmp_path / "near.jsonl"
    near = [
        make.nxdomain(qname="gmial.com.", time_ns=START + day * DAY, response_ip=f"192.0.2.{day}")
        for day in range(3)
    ]
    steps = [
        make.nxdomain(qname=f"n{n}.com.", qtype=1, sensor="deaf", time_ns=START + 2 * DAY) for n in range(10)
    ]
    path.write_text("".join(f"{record_json(record)}\n" for record in near + steps))
    rows = [json.loads(line) for line in run(capsys, "--from", str(path), "--format", "json").splitlines()]
    assert [row["section"] for row in rows] == ["left_out", "progress", "deaf", "summary"]
    shown = run(capsys, "--from", str(path), "--near")
    assert "Near a mailbox provider (1)" in shown
    assert "Sensors that can't tell (1)" in shown
