"""Wrong words on a command line are one plain line that names the word and what was meant."""

from __future__ import annotations

import argparse

import pytest

from nxcast.process.arguments import ArgumentParser, meant, part


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="program")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    tail = commands.add_parser("tail")
    tail.add_argument("topics", nargs="*", type=int)
    tail.add_argument("--format", choices=("text", "json"))
    tail.add_argument("--log-level")
    commands.add_parser("doctor")
    return parser


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["tial"], "program: no command 'tial': did you mean tail? (program --help"),
        (["x"], "program: no command 'x': it is one of tail, doctor (program --help"),
        ([], "program: the following arguments are required: COMMAND (program --help"),
        (["--fast", "tail"], "program: no option --fast (program --help"),
        (
            ["tail", "--frmat", "json"],
            "program tail: no option --frmat: did you mean --format? (program",
        ),
        (["tail", "--frmat=json"], "program tail: no option --frmat: did you mean --format? (program"),
        (["tail", "--format", "jso"], "program tail: no --format 'jso': did you mean json? (program tail"),
        (["tail", "--format", "x"], "program tail: no --format 'x': it is one of text, json (program tail"),
        (["tail", "x\ny"], r"program tail: argument topics: invalid int value: 'x\ny' (program tail"),
        (["tail", "\x1b[2J"], r"program tail: argument topics: invalid int value: '\x1b[2J' (program tail"),
        (
            ["tail", "--", "--frmat"],
            "program tail: argument topics: invalid int value: '--frmat' (program",
        ),
    ],
)
def test_one_line_tells_what_is_wrong(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        _parser().parse_args(words)
    assert caught.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(line)
    assert told.err.endswith(" --help tells more)\n")
    assert told.err.count("\n") == 1


def test_what_is_right_is_taken_as_argparse_takes_it() -> None:
    taken = _parser().parse_args(["tail", "--log", "a b", "--form", "json", "1", "2"])
    assert taken == argparse.Namespace(topics=[1, 2], format="json", log_level="a b")


def test_what_is_not_like_anything_is_not_guessed_at() -> None:
    assert meant("zzz", ["tail", "doctor"]) == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--once", "--every", "3"], "--once goes without --every"),
        (["--every=3", "--on"], "--once goes without --every"),
        (["--ev", "3", "--once"], "--once goes without --every"),
        (["--once"], ""),
        (["--every", "3", "x"], ""),
        (["--once", "--", "--every"], ""),
    ],
)
def test_an_option_that_another_makes_no_use_of_is_refused(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = ArgumentParser(prog="program")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--every", type=int)
    part(parser, "--once", "--every")
    if not told:
        parser.parse_args(words)
        return
    with pytest.raises(SystemExit):
        parser.parse_args(words)
    assert told in capsys.readouterr().err
