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


def test_there_are_findings() -> None:
    assert SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_can_be_run_and_tells_what_it_must(script: Path) -> None:
    """One test a script: each of the tests is found anew in each of the processes that run them."""
    text = script.read_text()
    _can_be_run_by_sh(script, text)
    _has_its_head(text)
    _tells_a_change_and_what_cannot_be_tried(text)
    _leaves_nothing_behind(text)
    assert "nxcast" not in text, "it is about other people's programs"
    _installs_pinned_versions_only(text)


def _can_be_run_by_sh(script: Path, text: str) -> None:
    assert script.stat().st_mode & 0o111
    assert text.startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", script], capture_output=True, check=False).stderr == b""


def _has_its_head(text: str) -> None:
    """The version, and what is expected, seen and paid."""
    lines = text.splitlines()[1:]
    head = "\n".join(lines[: next(at for at, line in enumerate(lines) if not line.startswith("#"))])
    assert MARKED_VERSION.search(head)
    assert [head.count(f"\n# {word}") for word in HEAD] == [1, 1, 1]


def _tells_a_change_and_what_cannot_be_tried(text: str) -> None:
    assert re.search(r"changed: .*(exit 1|or 1)|changed: .*\n.*exit(Code =|\()? ?1", text)
    assert re.search(r'^untried\(\) \{ echo "not tried: \$\*"; exit 2; \}$', text, re.MULTILINE)


def _leaves_nothing_behind(text: str) -> None:
    assert "\nset -eu\n" in text
    assert len(FOLDER_MADE.findall(text)) == len(FOLDER_REMOVED.findall(text))


def _installs_pinned_versions_only(text: str) -> None:
    for installer, pin in (("pip", "=="), ("npm", "@")):
        for words in re.findall(rf"{installer}\"? .*?install (.*?)(?:>|2>|\|\|)", text, re.DOTALL):
            packages = [word for word in re.split(r"[\s\\]+", words) if re.match(r"@?[a-z]", word)]
            assert packages
            assert [word for word in packages if pin not in word[1:]] == []
