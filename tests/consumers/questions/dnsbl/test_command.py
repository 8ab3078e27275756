"""nxcast-consume dnsbl from end to end, on records of a file."""

import json

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.names.customer_keys import PLACEHOLDER
from nxcast.consumers.show.json_lines import record_json
from nxcast.consumers.show.redact import redacted_text

KEY = "c0ffee00c0ffee00c0ffee00ca"


@pytest.fixture
def recorded(tmp_path, make):
    """A file of three look-ups, one with a customer's key, and a name that mail was sent to."""
    names = [
        ("parked.example.multi.surbl.org.", "multi.surbl.org."),
        (f"5.2.0.192.{KEY}.zen.dq.spamhaus.net.", f"{KEY}.zen.dq.spamhaus.net."),
        ("netatlantic.example.multi.surbl.org.", None),
        ("gdsrr.com.", "com."),
    ]
    path = tmp_path / "records.json"
    lines = [record_json(make.nxdomain(qname=qname, soa_rrname=soa)) for qname, soa in names]
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


@pytest.fixture
def watched(tmp_path):
    path = tmp_path / "ours.txt"
    path.write_text("parked.example never-sends\n192.0.2.0/24\n")
    return str(path)


def test_a_file_is_answered_in_text(recorded, watched, capsys):
    assert main(["dnsbl", "--from", recorded, "--watch", watched]) == 0
    shown = capsys.readouterr().out
    assert "parked.example. never sends mail, but was looked up: multi.surbl.org." in shown
    assert "zen.dq.spamhaus.net." in shown
    assert "questions, not verdicts" in shown
    assert "192.0.2.0/24" in shown
    assert "gdsrr" not in shown
    assert KEY not in shown


def test_a_file_is_answered_in_json(recorded, watched, capsys):
    assert main(["dnsbl", "--from", recorded, "--watch", watched, "--format", "json"]) == 0
    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    assert any("never-sends" in line.values() for line in lines)
    assert KEY not in out


def test_a_file_with_its_keys_taken_out_is_answered_the_same(recorded, tmp_path, capsys):
    with open(recorded) as file:
        text = file.read()
    shown = tmp_path / "shown.json"
    shown.write_text(redacted_text(text))
    assert shown.read_text() == text.replace(KEY, PLACEHOLDER) != text
    outs = []
    for path in (recorded, str(shown)):
        assert main(["dnsbl", "--from", path, "--format", "json"]) == 0
        outs.append(capsys.readouterr().out)
    assert outs[0] == outs[1]
    assert "192.0.2.5" in outs[1]


def test_what_was_seen_is_kept_in_the_state_file(recorded, tmp_path, capsys):
    state = str(tmp_path / "state")
    for total in ("2", "4"):
        assert main(["dnsbl", "--from", recorded, "--state", state]) == 0
        (line,) = [
            line for line in capsys.readouterr().out.splitlines() if line.startswith("multi.surbl.org.")
        ]
        assert total in line.split()
    with open(state, "rb") as file:
        assert KEY.encode() not in file.read()


@pytest.mark.parametrize(
    ("text", "told"),
    [("parked.example never-send", "never-sends"), ("not a domain!", ":1: "), ("300.0.0.0/8", ":1: ")],
)
def test_a_list_that_cannot_be_read_is_told_with_its_line(tmp_path, recorded, capsys, text, told):
    path = tmp_path / "wrong.txt"
    path.write_text(text)
    assert main(["dnsbl", "--from", recorded, "--watch", str(path)]) == 1
    assert told in capsys.readouterr().err
