"""python -m nxcast.share: completions that shells read, and a man page a command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nxcast import share
from nxcast.__main__ import COMMANDS, PROGRAMS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("share")
    assert share.main([str(made)]) == 0
    return made


def _completed(folder: Path, *words: str) -> list[str]:
    """What bash offers after these words, the last one unfinished."""
    script = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; '
        'COMP_POINT=${#COMP_LINE}; way=$(complete -p "$1"); way=${way#*-F }; '
        '${way%% *} "$1" "${@: -1}" ""; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    file = folder / "bash-completion/completions" / words[0]
    done = subprocess.run(
        ("bash", "--norc", "-c", script, "bash", str(file), *words),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert not done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("nxcast", "chan"), ["channels"]),
        (("nxcast", "tail", "--since"), ["--since"]),
        (("nxcast", "broker", "key"), ["keys"]),
        (("nxcast-broker", "--linger"), ["--linger-ms"]),
        (("nxcast-broker", "keys", "re"), ["revoke"]),
        (("nxcast-consume", "tail", "--format", "j"), ["json"]),
        (("nxcast-produce", "dnstap", "--questions", "client-"), ["client-only"]),
        (("nxcast-consume", "tail", "--cursor", "/etc/host"), ["/etc/hosts"]),
    ],
)
def test_bash_completes_commands_options_choices_and_files(
    folder: Path, words: tuple[str, ...], offered: list[str]
) -> None:
    assert offered[0] in _completed(folder, *words)
    assert all(each.startswith(words[-1]) for each in _completed(folder, *words))


def test_every_program_has_a_file_for_each_shell(folder: Path) -> None:
    for program in share.parsers():
        for path in share.COMPLETIONS.values():
            assert program in (folder / path.format(program)).read_text()


def test_there_is_a_man_page_a_command_with_its_options_and_examples(folder: Path) -> None:
    pages = {page.stem: page.read_text() for page in (folder / "man/man1").iterdir()}
    for program in PROGRAMS:
        front = "nxcast-produce" if program == "produce" else f"nxcast-{program}"
        assert {f"{front}-{command}" for command in COMMANDS[program]} <= set(pages)
    assert {"nxcast", "nxcast-broker-keys-add", "nxcast-broker-log-trim", "nxcast-broker-nats-setup"} <= set(
        pages
    )
    tail = pages["nxcast-consume-tail"]
    assert tail.startswith('.TH NXCAST\\-CONSUME\\-TAIL "1"')
    assert "nxcast\\-consume\\-tail \\- show the records" in tail
    assert "\\-\\-where" in tail
    assert "examples:" in tail
    # No line of text may begin with what roff takes for a request of its own.
    for page in pages.values():
        requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
        assert requests <= {".TH", ".SH", ".TP", ".B", ".nf", ".fi", ".PP", ".I", ".R", ".RS", ".RE"}


def test_without_the_packages_it_names_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert share.main([str(tmp_path)]) == 1
    assert "pip install 'shtab" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "man").touch()
    assert share.main([str(tmp_path)]) == 1
    assert str(tmp_path / "man/man1") in capsys.readouterr().err
