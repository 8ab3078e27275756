"""The command shows what the question finds."""

from nxcast.consumers.command_line import parser, run
from nxcast.consumers.show.json_lines import record_json


def test_findings_and_alerts_are_shown(make, tmp_path, capsys):
    path = tmp_path / "nxdomain.jsonl"
    lines = [
        record_json(make.nxdomain(qname="wpad.oddshop.com.", time_ns=1_767_225_600_000_000_000 + minute))
        for minute in (0, 60_000_000_000)
    ]
    path.write_text("\n".join(lines) + "\n")
    assert run(parser().parse_args(["discovery", "--from", str(path)])) == 0
    shown = capsys.readouterr().out
    assert "ALERT 2026-01-01 00:01:00 open-to-registration: wpad is looked for in oddshop.com." in shown
    assert "Open to registration (1)" in shown
