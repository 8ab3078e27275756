"""docs/sources.md: its lines are those that the lab's real resolvers run with, its options are there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from testbed.defaults.resolvers import KINDS, Places, dnsdist
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "sources.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M))
SOCKET = "/run/nxcast/dnstap.sock"


def _lines(section: str) -> list[str]:
    (block,) = re.findall(r"^```(?:yaml|c|lua)\n(.*?)^```", SECTIONS[section], re.S | re.M)
    return [line.strip() for line in block.splitlines()]


@pytest.mark.parametrize(
    ("section", "name"),
    [("Unbound", "unbound"), ("BIND", "bind"), ("PowerDNS Recursor", "powerdns"), ("Knot Resolver", "knot")],
)
def test_the_lab_runs_with_the_lines(section: str, name: str, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(". 3600 IN DNSKEY 257 3 13 AAAA\n")
    places = Places(tmp_path, key, tmp_path / "hints", Path(SOCKET), clients=False)
    written = "\n".join(KINDS[name].files(places).values())
    there = [line.strip() for line in written.splitlines()]
    assert [line for line in _lines(section) if line not in there] == []


def test_the_lab_runs_dnsdist_with_the_line() -> None:
    (line,) = _lines("dnsdist, in front of any resolver")
    assert line in dnsdist(Path(SOCKET))


def test_each_option_is_one() -> None:
    shown = ""
    for source in ("dnstap", "pcap"):
        command = [sys.executable, "-m", "nxcast.producers", source, "--help"]
        shown += subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for option in set(re.findall(r"--[a-z][a-z-]+", PAGE)):
        assert option in shown, option
