"""What is shown arrives whole."""

from __future__ import annotations

import array
import fcntl
import os
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

SHOW = """
from nxcast.process.standard_streams import buffered_stdout, show
with buffered_stdout():
    for each in "abc":
        show(each * 300_000 + "\\n")
"""
FULL = 1 << 16  # octets of a pipe of Linux (pipe(7))


@pytest.mark.skipif(sys.platform != "linux", reason="asks how much a pipe holds")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_stop_in_the_midst_of_a_write_loses_nothing(unbuffered: str) -> None:
    """As by Ctrl-Z and fg, while the reader takes nothing."""
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, "-c", SHOW]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        waiting = array.array("i", [0])
        while waiting[0] < FULL:
            fcntl.ioctl(process.stdout, termios.FIONREAD, waiting)
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        os.kill(process.pid, signal.SIGCONT)
        assert process.stdout.read() == "".join(each * 300_000 + "\n" for each in "abc")
    assert process.returncode == 0


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    words = ("keys", "add", "ns1", "--push", "ns1", "--keys", "keys.toml")
    subprocess.run((_program("nxcast-broker"), *words), check=True, capture_output=True, cwd=tmp_path)
    return tmp_path / "keys.toml"


@pytest.mark.parametrize(
    ("command", "told_by"),
    [
        ("nxcast --version", "nxcast"),
        ("nxcast --help", "nxcast"),
        ("nxcast-broker --version", "nxcast-broker"),
        ("nxcast-broker --help", "nxcast-broker"),
        ("nxcast-broker keys list --keys keys.toml", "nxcast-broker keys"),
        ("nxcast-produce --version", "nxcast-produce"),
        ("nxcast-produce pcap --help", "nxcast-produce pcap"),
        ("nxcast-consume --version", "nxcast-consume"),
    ],
)
def test_a_stdout_that_takes_nothing_ends_a_command_with_a_line(
    key_file: Path, command: str, told_by: str
) -> None:
    """And one whose reader has left without a word."""
    reader, left = os.pipe()
    os.close(reader)
    program, *words = command.split()
    ways = {}
    for way, shell in {
        "full": 'exec "$@" >/dev/full',
        "closed": 'exec "$@" >&-',
        "left": 'exec "$@"',
    }.items():
        done = subprocess.run(
            ("sh", "-c", shell, "sh", _program(program), *words),
            stdout=left,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": ""},
            cwd=key_file.parent,
        )
        ways[way] = done.returncode, done.stderr
    os.close(left)
    assert ways == {
        "full": (1, f"{told_by}: can't write to stdout: no space left on device\n"),
        "closed": (1, f"{told_by}: stdout is closed\n"),
        "left": (0, ""),
    }


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
