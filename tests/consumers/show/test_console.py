"""What is shown arrives whole."""

from __future__ import annotations

import array
import fcntl
import os
import signal
import subprocess
import sys
import termios

import pytest

SHOW = """
from nxcast.consumers.show.console import buffered_stdout, show
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
