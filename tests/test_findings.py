"""The scripts of findings/: each can be run, has its head, and tells changed and not tried from holds.

They are not run here: they need the network and other people's programs (`make findings`).
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

FINDINGS = Path(__file__).parent.parent / "findings"
SCRIPTS = sorted(FINDINGS.glob("*.sh"))
HEAD = ("Expected:", "Seen:", "Costs:")
MARKED_VERSION = re.compile(r"\d+\.\d+")
FOLDER_MADE = re.compile(r"^dir=\$\(mktemp -d\)", re.MULTILINE)
FOLDER_REMOVED = re.compile(r"^trap '.*rm -rf \"\$dir\"' EXIT|; trap 'rm -rf \"\$dir\"' EXIT", re.MULTILINE)
each = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def test_there_are_findings() -> None:
    assert SCRIPTS


@each
def test_can_be_run_by_sh(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    assert script.read_text().startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", script], capture_output=True, check=False).stderr == b""


@each
def test_head_has_the_version_and_what_is_expected_seen_and_paid(script: Path) -> None:
    lines = script.read_text().splitlines()[1:]
    head = "\n".join(lines[: next(at for at, line in enumerate(lines) if not line.startswith("#"))])
    assert MARKED_VERSION.search(head)
    assert [head.count(f"\n# {word}") for word in HEAD] == [1, 1, 1]


@each
def test_tells_a_change_and_what_cannot_be_tried(script: Path) -> None:
    text = script.read_text()
    assert re.search(r"changed: .*(exit 1|or 1)|changed: .*\n.*exit(Code =|\()? ?1", text)
    assert re.search(r'^untried\(\) \{ echo "not tried: \$\*"; exit 2; \}$', text, re.MULTILINE)


@each
def test_leaves_nothing_behind(script: Path) -> None:
    text = script.read_text()
    assert "\nset -eu\n" in text
    assert len(FOLDER_MADE.findall(text)) == len(FOLDER_REMOVED.findall(text))


@each
def test_is_about_other_peoples_programs(script: Path) -> None:
    assert "nxcast" not in script.read_text()


@each
def test_installs_pinned_versions_only(script: Path) -> None:
    text = script.read_text()
    for installer, pin in (("pip", "=="), ("npm", "@")):
        for words in re.findall(rf"{installer}\"? .*?install (.*?)(?:>|2>|\|\|)", text, re.DOTALL):
            packages = [word for word in re.split(r"[\s\\]+", words) if re.match(r"@?[a-z]", word)]
            assert packages
            assert [word for word in packages if pin not in word[1:]] == []
