"""The command's options reach the question."""

import json

from nxcast.consumers.command_line import parser, run
from nxcast.consumers.show.json_lines import record_json

START_NS = 1_767_225_600_000_000_000


def test_options_reach_the_question(make, tmp_path, capsys):
    lines = [
        record_json(make.nxdomain(qname=name, time_ns=START_NS + beat * 600 * 10**9))
        for beat in range(10)
        for name in ("update.gone-vendor.com.", "c2.gone-botnet.net.")
    ]
    (tmp_path / "nxdomain.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "known.txt").write_text("# of the botnet\ngone-botnet.net\n")
    told = {}
    for state in ("new", "kept"):
        args = parser().parse_args(
            [
                *("dead", "--from", str(tmp_path / "nxdomain.jsonl"), "--format", "json", "--hours", "1"),
                *("--sightings", "8", "--indicators", str(tmp_path / "known.txt")),
                *("--state", str(tmp_path / "dead.db")),
            ]
        )
        assert run(args) == 0
        told[state] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each.get("alert", each.get("section")) for each in told["new"]] == [
        *("indicator", "regular", "regular", "indicators", "summary"),
    ]
    assert "indicator" not in [each.get("alert") for each in told["kept"]]
