"""Where all programs are said to be here, a test whose program is missing fails, and no other that skips."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

NEEDS_A_PROGRAM = "tests/test_readme.py::test_the_lines_for_unbound_are_good"
NEEDS_CAPTURES = "tests/test_public_captures.py"
STARTS_PROGRAMS = "tests/consumers/serve/test_page_restart.py"


@pytest.mark.parametrize(("said", "outcome"), [({}, "1 skipped"), ({"TESTS_SKIP": "fail"}, "1 error")])
def test_a_missing_program_fails_where_that_is_asked_for(said: dict[str, str], outcome: str) -> None:
    assert outcome in _run(NEEDS_A_PROGRAM, {**said, "PATH": "/nonexistent"})


def test_captures_that_are_not_here_are_no_program() -> None:
    told = _run(NEEDS_CAPTURES, {"TESTS_SKIP": "fail", "NXCAST_SHARED": "/nonexistent"})
    assert " skipped in " in told
    assert "failed" not in told
    assert "error" not in told


def test_who_names_the_folder_of_captures_has_the_same_tests_pass() -> None:
    """Programs warn of variables that none of them reads, before they say where they are."""
    assert "1 passed" in _run(STARTS_PROGRAMS, {"NXCAST_SHARED": "/nonexistent"})


def _run(tests: str, variables: dict[str, str]) -> str:
    words = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests)
    environment = {**{k: v for k, v in os.environ.items() if k != "TESTS_SKIP"}, **variables}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True).stdout
