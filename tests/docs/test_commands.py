"""Every command of nxcast in README.md and docs/ is one that its program takes as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from nxcast.consumers.command_line import parser as consuming
from nxcast.consumers.show.columns import table_of
from nxcast.consumers.show.where import Where
from nxcast.producers.program import parser as producing
from tests.conftest import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "testbed" / "README.md")
_LINE = re.compile(r"^(?:    |\$ )?(nxcast-(?:consume|produce) [a-z]+\b.*)", re.MULTILINE)  # of a block
_INLINE = re.compile(r"`(nxcast-(?:consume|produce)\s[a-z]+\s[^`]+)`")  # with more than a subcommand

_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def _found() -> list[tuple[Path, str]]:
    pages = [(page, page.read_text()) for page in PAGES]
    return [
        (page, " ".join(command.split()))
        for page, text in pages
        for command in (*_LINE.findall(text), *_INLINE.findall(_BLOCK.sub("", text)))
        if "`" not in command and not any("..." in word or word.isupper() for word in _words(command))
    ]


def _words(command: str) -> list[str]:
    """Those of the command itself, without a comment and without what it is piped into."""
    return shlex.split(re.split(r"[|<>&]", command)[0], comments=True)


def test_there_are_commands_to_look_at() -> None:
    assert len(_found()) > 60


@pytest.mark.parametrize(("page", "command"), _found(), ids=lambda value: str(value)[-60:])
def test_a_command_is_taken_as_it_stands(
    page: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = _words(command)
    program = consuming if words[0] == "nxcast-consume" else producing
    if "--help" in words:
        return
    try:
        args = program().parse_args(words[1:])
    except SystemExit:
        why = capsys.readouterr().err
        if "arguments are required" in why and f"`{command}`" in page.read_text():
            return  # a mention of options, which are known, without what they are about
        pytest.fail(f"{page.name}: {command}: {why}")
    if words[1] == "tail":
        topics = args.topics or ["nxdomain/", "dns-errors/"]
        assert Where(args.where).objection(topics) is None
        assert args.format != "csv" or table_of(topics)
