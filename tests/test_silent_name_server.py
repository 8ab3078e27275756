"""A name server that never answers holds up no stop and no time limit of any program.

Each program runs in a network of its own, whose only name server takes questions and says nothing; the test
has its socket, and so knows when a program is waiting for it.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Seconds for a program to begin and to end. A look-up takes 150: five attempts of thirty seconds.
LIMIT_S = 60
RESOLV_CONF = "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n"
LAUNCHER = """
import os, socket, subprocess, sys
resolv_conf, told, *program = sys.argv[1:]
subprocess.run(("ip", "link", "set", "lo", "up"), check=True)
subprocess.run(("mount", "--bind", resolv_conf, "/etc/resolv.conf"), check=True)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
with socket.socket(socket.AF_UNIX) as test:
    test.connect(told)
    socket.send_fds(test, [b"."], [server.fileno()])
os.execv(program[0], program)
"""
NAMESPACE = ("unshare", "--net", "--mount")
NAMED = ("--broker", "tcp://broker.example:5555", "--replay", "none")
NOBODY = ("--broker", "ipc://@nxcast-test-nobody", "--replay", "none")
PATHS = ("--egress", "ipc://@nxcast-test-out", "--replay", "ipc://@nxcast-test-replay", "--insecure")
SAMPLE = str(ROOT / "testbed" / "sample.dnstap")


def _missing() -> str | None:
    """Why these tests can't run here."""
    if not all(map(shutil.which, ("unshare", "ip", "mount"))):
        return "no unshare, ip or mount"
    if subprocess.run((*NAMESPACE, "true"), capture_output=True, check=False).returncode:
        return "this user may make no network of its own"
    return None


MISSING = _missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


class Asking:
    """A program, once it waits for the name server."""

    def __init__(self, process: subprocess.Popen[str], server: socket.socket) -> None:
        self.process = process
        server.settimeout(LIMIT_S)
        server.recv(512)

    def end(self) -> tuple[int, str]:
        """Its exit status and what it said."""
        _, said = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, said


@contextlib.contextmanager
def _asking(folder: Path, *program: str) -> Iterator[Asking]:
    (folder / "resolv.conf").write_text(RESOLV_CONF)
    launch = (*NAMESPACE, sys.executable, "-c", LAUNCHER, str(folder / "resolv.conf"), str(folder / "told"))
    command = str(Path(sys.executable).with_name(program[0]))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "told"))
        listener.listen()
        listener.settimeout(LIMIT_S)
        process = subprocess.Popen(
            (*launch, command, *program[1:]), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        try:
            launcher, _ = listener.accept()
            with launcher:
                _, descriptors, _, _ = socket.recv_fds(launcher, 1, 1)
            with socket.socket(fileno=descriptors[0]) as server:
                yield Asking(process, server)
        finally:
            process.kill()
            process.communicate()


@pytest.mark.parametrize(
    ("program", "status"),
    [
        (("nxcast-produce", "dnstap", "unix:{folder}/x.sock", *NAMED), 0),
        (("nxcast-produce", "dnstap", SAMPLE, *NAMED, "--connect-timeout", "1000"), 0),
        (("nxcast-produce", "dnstap", "tcp:listen.example:6000", *NOBODY), 0),
        (("nxcast-produce", "dnstap", "unix:{folder}/x.sock", *NOBODY, "--metrics", "m.example:1"), 0),
        (("nxcast-produce", "nmsg", "--zmq", "tcp://reader.example:1,connect", *NOBODY), 0),
        (("nxcast-produce", "nmsg", "--zmq", "tcp://here.example:1,accept", *NOBODY), 0),
        (("nxcast-consume", "tail", "--broker", "tcp://broker.example:5556"), 0),
        (("nxcast-consume", "doctor", "--broker", "tcp://broker.example:5556"), 1),
        (("nxcast-broker", "--ingress", "tcp://in.example:5555", *PATHS), 130),
        (("nxcast-broker", "--ingress", "ipc://@nxcast-test-in", *PATHS, "--metrics", "m.example:1"), 130),
    ],
)
def test_holds_up_no_stop(program: tuple[str, ...], status: int, tmp_path: Path) -> None:
    with _asking(tmp_path, *(word.format(folder=tmp_path) for word in program)) as asking:
        asking.process.send_signal(signal.SIGINT)
        ended, said = asking.end()
        assert ended == status, said
        assert "Traceback" not in said


def test_holds_up_no_time_limit(tmp_path: Path) -> None:
    limit = ("--connect-timeout", "0.5")
    with _asking(tmp_path, "nxcast-produce", "dnstap", SAMPLE, *NAMED, *limit) as asking:
        ended, said = asking.end()
    assert ended == 1
    assert "the name broker.example is not known here: no name server has answered yet; start nxcast-" in said
