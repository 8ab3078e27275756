"""`make run` stops what it started: the broker, a page, a consumer and a producer."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LIMIT_S = 60  # a hard time-out for it to end; it gives each of its programs STOP_S = 10

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def running():
    """It and its four programs by their process ids, once a record was shown."""
    name = f"ipc://@nxcast-test-stop-{os.getpid()}"
    sockets = {f"NXCAST_{socket}": f"{name}-{socket}" for socket in ("INGRESS", "EGRESS", "REPLAY")}
    process = subprocess.Popen(
        [sys.executable, "-m", "testbed.run"],
        cwd=ROOT,
        env={**os.environ, **sockets},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    children = []
    try:
        assert process.stdout.readline()
        children += map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
        assert len(children) == 4
        yield process, children
    finally:
        process.kill()
        for child in filter(_runs, children):
            os.kill(child, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_running(running, number):
    process, children = running
    process.send_signal(number)
    process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert not [child for child in children if _runs(child)]


@pytest.mark.parametrize("again", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_it_stops_leaves_nothing_running(running, again):
    process, children = running
    producer = children[-1]
    os.kill(producer, signal.SIGSTOP)  # it will hear SIGTERM, and not act upon it
    while not _status(producer)["State"].startswith("T"):  # SIGTERM, the lower, would come first
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    while not int(_status(producer)["ShdPnd"], 16) >> (signal.SIGTERM - 1) & 1:
        assert process.poll() is None
    process.send_signal(again)
    process.communicate(timeout=LIMIT_S)
    assert not [child for child in children if _runs(child)]


def _runs(process_id):
    return Path(f"/proc/{process_id}").exists()


def _status(process_id):
    """What proc(5) tells of a process in ``status``, by its keys."""
    return dict(line.split(":\t") for line in Path(f"/proc/{process_id}/status").read_text().splitlines())
