"""A program that tests fork finds what one finds that is started, and ends as it does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import forked

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.environ.get(forked.REAL) == "real", reason="programs are started here"
)
PROGRAM = [sys.executable, "-m", forked.PROBE]
TIMEOUT_S = 60


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which way each program came, as it is asked for."""
    came: list[str] = []
    start = forked._Origin.start

    def noted(self: Any, *given: Any) -> int:
        came.append("forked")
        return start(self, *given)

    monkeypatch.setattr(forked._Origin, "start", noted)
    return came


def both(ways: list[str], *words: str, **given: Any) -> tuple[Any, Any]:
    """Status, what it saw, and its standard error, forked and started."""
    given.setdefault("env", dict(os.environ))  # without what readline tells only programs
    outcomes = []
    for how in (subprocess.Popen, forked._plain_popen):
        with how([*PROGRAM, *words], stdout=-1, stderr=-1, stdin=-1, text=True, **given) as process:
            said, errors = process.communicate("to read\n", timeout=TIMEOUT_S)
        first, *others = said.splitlines()
        outcomes.append((process.returncode, json.loads(first), others, errors.splitlines()))
    assert ways == ["forked"]
    seen, wanted = outcomes[0][1], outcomes[1][1]
    for key in wanted:
        assert seen[key] == wanted[key], key
    return outcomes[0], outcomes[1]


def test_what_is_given_to_a_program_is_the_same(ways: list[str], tmp_path: Path) -> None:
    (tmp_path / "tests").symlink_to(forked.ROOT / "tests")
    read, write = os.pipe()
    before = os.umask(0o027)
    try:
        environment = {**os.environ, "ONLY": "this", "TZ": "Asia/Kathmandu", "BYTES": "\udcff"}
        found, wanted = both(
            ways,
            "exit", "3", "two words", "ünï",
            cwd=tmp_path, env=environment, pass_fds=[read], start_new_session=True,
        )  # fmt: skip
    finally:
        os.umask(before)
        os.close(read)
        os.close(write)
    assert found == wanted
    assert (found[0], found[2], found[3]) == (3, ["at exit"], ["last words"])


def test_in_the_group_and_folder_of_the_test_it_is_the_same(ways: list[str]) -> None:
    found, wanted = both(ways, "exit", "0")
    assert found == wanted


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_a_signal_ends_it_the_same(ways: list[str], number: int) -> None:
    found, wanted = both(ways, "kill", str(number))
    assert found == wanted
    assert found[0] == -number


def test_an_error_of_its_own_ends_it_the_same(ways: list[str]) -> None:
    found, wanted = both(ways, "raise")
    assert found[:3] == wanted[:3]
    assert found[3][-1] == wanted[3][-1] == "ValueError: asked to"
    assert found[0] == 1


@pytest.mark.parametrize("words", [("exit", "-1"), ("exit", "259"), ("say", "why it ends")])
def test_whatever_it_says_as_its_status_comes_the_same(ways: list[str], words: tuple[str, str]) -> None:
    found, wanted = both(ways, *words)
    assert found == wanted


def test_what_nobody_hears_ends_it_the_same(ways: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Python says so in its last words, with a status of its own."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # with it, the first word fails
    outcomes = []
    for how in (subprocess.Popen, forked._plain_popen):
        read, write = os.pipe()
        os.close(read)
        with how([*PROGRAM, "exit", "3"], stdin=subprocess.DEVNULL, stdout=write, stderr=-1, text=True) as it:
            os.close(write)
            _, said = it.communicate(timeout=TIMEOUT_S)
        outcomes.append((it.returncode, said))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == 120
    assert ways == ["forked"]


def test_what_a_fork_cannot_give_is_started(ways: list[str], tmp_path: Path) -> None:
    for given in (
        {"env": {**os.environ, "PYTHONHASHSEED": "7"}},
        {"preexec_fn": os.getpid},
        {"process_group": 0},
        {"umask": 0o077},
    ):
        result = subprocess.run(
            [*PROGRAM, "exit", "0"], capture_output=True, timeout=TIMEOUT_S, input=b"", **given
        )
        assert result.returncode == 0
    with pytest.raises(FileNotFoundError):
        subprocess.run([*PROGRAM, "exit", "0"], cwd=tmp_path / "none")
    for word, refusal in (("x" * forked.WORD_MAX, OSError), ("\0", ValueError)):
        with pytest.raises(refusal):
            subprocess.run([*PROGRAM, word])
    assert ways == []
