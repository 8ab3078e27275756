"""nxcast-consume authorities, asked about a file."""

import json

import pytest

from nxcast.consumers.command_line import parser
from nxcast.consumers.command_line import run as run_command
from nxcast.consumers.show.console import CommandError
from nxcast.consumers.show.json_lines import record_json

NOON_NS = 1_767_268_800_000_000_000  # 2026-01-01 12:00:00 UTC


@pytest.fixture
def recorded(tmp_path, make):
    """A zone refused by two servers and a name that does not exist, in a file."""
    path = tmp_path / "errors.jsonl"
    records = [
        make.dns_error(
            rcode=rcode, qname=qname, response_ip=f"192.0.2.{server}", time_ns=NOON_NS + at * 1_000_000_000
        )
        for at, (rcode, qname, server) in enumerate(
            [
                (5, "a.example.com.", 1),
                (5, "b.example.com.", 2),
                (5, "example.com.", 1),
                (12, "a.example.net.", 3),
                (3, "a.example.org.", 3),
            ]
        )
    ]
    path.write_text("".join(f"{record_json(record)}\n" for record in records))
    return str(path)


def run(capsys, *argv):
    assert run_command(parser().parse_args(["authorities", *argv])) == 0
    return capsys.readouterr().out


def test_servers_and_zones_come_as_text(capsys, recorded):
    shown = run(capsys, "--from", recorded)
    assert "Servers that fail (3)" in shown
    assert "REFUSED by 2 of 2 servers that fail: lame at these" in shown
    assert "example.org." not in shown
    assert "Latest responses" not in shown


def test_each_finding_comes_as_json(capsys, recorded):
    found = [json.loads(line) for line in run(capsys, "--from", recorded, "--format", "json").splitlines()]
    sections = [row["section"] for row in found]
    assert sections == ["rcodes", "rcodes", "servers", "servers", "servers", "zones", "zones", "summary"]
    zone = found[5]
    assert (zone["zone"], zone["refused"], zone["servers"], zone["names"]) == ("example.com.", 3, 2, 3)
    assert found[-1]["records"] == 4  # those of NXDOMAIN's topic are not asked for


def test_what_is_watched_alerts_before_the_report(capsys, recorded, tmp_path):
    own = tmp_path / "own.txt"
    own.write_text("example.com  # ours\n192.0.2.99\n")
    shown = run(capsys, "--from", recorded, "--watch", str(own))
    assert shown.startswith(
        "ALERT 2026-01-01 12:00:00 fails: example.com. fails: REFUSED from 192.0.2.1 for a.example.com. A\n"
    )
    assert "1 of 2 watched had no failure" in shown


def test_responses_are_shown_decoded(capsys, recorded):
    lines = run(capsys, "--from", recorded, "--show", "--top", "1").splitlines()
    [at] = [number for number, line in enumerate(lines) if "->>HEADER<<-" in line]
    assert lines[at].split()[:2] == ["192.0.2.1", "example.com."]
    assert "QUESTION SECTION" in lines[at + 2]


def test_a_list_that_cannot_be_read_ends_it(recorded, tmp_path):
    own = tmp_path / "own.txt"
    own.write_text("example.com\nwhat is this\n")
    args = parser().parse_args(["authorities", "--from", recorded, "--watch", str(own)])
    with pytest.raises(CommandError, match=r"own.txt:2: "):
        args.run(args)
