"""python -m nxcast: says what there is, and runs it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from nxcast import __version__
from nxcast.__main__ import COMMANDS, PROGRAMS
from nxcast.broker.derivation.compiled import INSTALLED
from nxcast.consumers.command_line import parser as consuming
from nxcast.producers.program import parser as producing
from nxcast.version import version_text


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "nxcast", *words), capture_output=True, text=True, timeout=60
    )


def test_the_version_is_one() -> None:
    assert version("nxcast") == __version__


def test_each_program_tells_the_version_without_reading_its_options() -> None:
    for module in ("nxcast", *(f"nxcast.{name}" for name in ("broker", "producers", "consumers"))):
        told = subprocess.run(
            (sys.executable, "-X", "importtime", "-m", module, "--version"),
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert told.stdout == f"{version_text()}\n"
        read = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
        assert not {"argparse", "pydantic", "zmq", "msgpack"} & read, module


def test_the_version_says_whether_the_kernel_can_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    has = "with" if INSTALLED else "without"
    assert version_text().startswith(f"nxcast {__version__}, {has} its compiled kernel")
    monkeypatch.setitem(sys.modules, "nxcast.kernel", None)
    assert version_text().startswith(f"nxcast {__version__}, without its compiled kernel: ")


@pytest.mark.parametrize("words", [(), ("--help",)])
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
    assert done.stderr == "nxcast: no command 'brokr': did you mean broker? (nxcast --help tells more)\n"


def test_each_command_is_had_without_the_name_of_its_program() -> None:
    """Both programs that read and write NMSG call that nmsg."""
    assert set(COMMANDS["produce"]) == _commands(producing()) - {"nmsg"}
    assert set(COMMANDS["consume"]) == _commands(consuming()) - {"nmsg"}
    for word, program in (
        ("tail", "nxcast-consume tail"),
        ("dnstap", "nxcast-produce dnstap"),
        ("keys", "nxcast-broker keys"),
    ):
        assert _run(word, "--help").stdout.startswith(f"usage: {program} ")
    assert "nxcast produce nmsg reads NMSG, nxcast consume nmsg writes it" in _run("nmsg").stderr


def _commands(parser: argparse.ArgumentParser) -> set[str]:
    (commands,) = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return set(commands.choices)


# The interrupt comes where Python tells of what is raised, and goes on.
_INTERRUPTED = """
import os, signal
class Gone:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
Gone()
"""


@pytest.mark.parametrize(
    ("module", "words", "read"),
    [
        ("nxcast", ("tail",), "msgpack"),
        ("nxcast", ("up",), "tomllib"),
        ("nxcast.broker", (), "zmq"),
        ("nxcast.broker", ("keys", "list"), "zmq"),
        ("nxcast.producers", ("dnstap", "-"), "msgpack"),
        ("nxcast.consumers", ("tail",), "msgpack"),
    ],
)
def test_an_interrupt_while_modules_are_read_ends_each_program_quietly(
    tmp_path: Path, module: str, words: tuple[str, ...], read: str
) -> None:
    (tmp_path / f"{read}.py").write_text(_INTERRUPTED)
    ended = subprocess.run(
        (sys.executable, "-m", module, *words),
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
