"""Descriptors are counted, and too few are one line that says the mend."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from nxcast.process.descriptors import DescriptorsError, check_descriptors, descriptors, make_room


def test_one_that_is_opened_counts() -> None:
    before = descriptors()
    opened = os.open(os.devnull, os.O_RDONLY)
    after = descriptors()
    os.close(opened)
    assert before is not None
    assert after == (before.open + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def test_too_few_are_told_with_the_mend() -> None:
    found = descriptors()
    assert found is not None
    check_descriptors(10)
    with pytest.raises(
        DescriptorsError, match=r"\(ulimit -n, LimitNOFILE=\), and \d+ are: \d+ more are needed"
    ):
        check_descriptors(found.limit)


def _table() -> int:
    """For how many descriptors the kernel has room in its table of this process (proc_pid_status(5))."""
    (size,) = [
        line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "FDSize" in line
    ]
    return int(size)


def test_room_is_made_for_as_many_as_are_to_come_and_none_is_taken_by_it() -> None:
    before, limit = descriptors(), resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    wanted = min(2 * _table(), limit)
    make_room(wanted)
    assert _table() >= wanted
    make_room(1 << 40)  # as many as there may be
    assert descriptors() == before


@pytest.mark.parametrize(
    "words",
    [
        ["nxcast.broker", "--log-format", "text"],
        ["nxcast.producers", "synthetic", "--count", "1", "--log-format", "text"],
        ["nxcast.consumers", "tail", "nxdomain/"],
    ],
)
def test_each_program_ends_in_one_line_where_there_are_too_few(words: list[str]) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))

    done = subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=few,
    )
    assert done.returncode == 1, done.stderr
    assert "only 30 file descriptors may be open (ulimit -n, LimitNOFILE=), and " in done.stderr
    assert len(done.stderr.splitlines()) == 1
