"""python -m nxcast: says what there is, and runs it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

from nxcast import __version__
from nxcast.__main__ import PROGRAMS


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "nxcast", *words), capture_output=True, text=True, timeout=60
    )


def test_the_version_is_one() -> None:
    assert version("nxcast") == __version__


@pytest.mark.parametrize("words", [(), ("--version",), ("--help",)])
def test_says_its_version_and_which_programs_there_are(words: tuple[str, ...]) -> None:
    done = _run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"nxcast {__version__}\n")
    assert all(f"  {word}" in done.stdout for word in PROGRAMS)


@pytest.mark.parametrize(
    ("word", "program"),
    [("broker", "nxcast-broker"), ("produce", "nxcast-produce"), ("consume", "nxcast-consume")],
)
def test_runs_a_program_with_the_words_after_its_name(word: str, program: str) -> None:
    done = _run(word, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {program} ")


def test_an_exit_status_is_handed_on() -> None:
    assert _run("produce", "dnstap", "/nonexistent/x.dnstap").returncode == 1


def test_a_word_that_is_no_program_is_told_those_that_are() -> None:
    done = _run("brokr")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nxcast: no program 'brokr': it is broker, produce, consume\n"
