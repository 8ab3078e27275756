"""What systemd hears of a program: sd_notify(3) over a real socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from nxcast.telemetry.service_manager import notified
from tests.conftest import RunningBroker

TIMEOUT_S = 60.0


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The manager's socket, which the environment names."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(TIMEOUT_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        monkeypatch.setenv("WATCHDOG_USEC", "20000")
        yield heard


def _next(heard: socket.socket) -> str:
    return heard.recv(4096).decode()


def _rest(heard: socket.socket) -> list[str]:
    heard.setblocking(False)
    told = []
    while True:
        try:
            told.append(_next(heard))
        except BlockingIOError:
            return told


def _to_the_end(heard: socket.socket) -> list[str]:
    """What is told before the end; read as it comes, since the socket keeps ten and drops the others."""
    return list(iter(partial(_next, heard), "STOPPING=1"))


def test_a_start_and_an_end_are_told_and_in_between_that_it_works(manager: socket.socket) -> None:
    with ThreadPoolExecutor(1) as reader, notified(lambda: None):
        assert [_next(manager) for _ in range(3)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
        told = reader.submit(_to_the_end, manager)
    assert {*told.result(), *_rest(manager)} <= {"WATCHDOG=1"}


def test_nothing_is_told_while_something_is_wrong(manager: socket.socket) -> None:
    asked = threading.Semaphore(0)

    def stalled() -> str:
        asked.release()
        return "the loop has not turned"

    with notified(stalled):
        for _ in range(3):
            assert asked.acquire(timeout=TIMEOUT_S)
    assert _rest(manager) == ["READY=1", "STOPPING=1"]


@pytest.mark.parametrize(
    ("name", "value"), [("WATCHDOG_USEC", ""), ("WATCHDOG_USEC", "x"), ("WATCHDOG_PID", "1")]
)
def test_who_is_not_watched_is_not_asked(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with notified(lambda: pytest.fail("asked")):
        pass
    assert _rest(manager) == ["READY=1", "STOPPING=1"]


def test_an_abstract_socket_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"nxcast-notify-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        with notified(lambda: None):
            heard.settimeout(TIMEOUT_S)
            assert _next(heard) == "READY=1"


@pytest.mark.parametrize("where", ["", "relative", "/nonexistent/notify"])
def test_a_manager_that_is_not_there_stops_nobody(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", where)
    with notified(lambda: None):
        pass


def test_a_broker_tells(manager: socket.socket) -> None:
    running = RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
    try:
        assert [_next(manager) for _ in range(3)] == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
        with ThreadPoolExecutor(1) as reader:
            told = reader.submit(_to_the_end, manager)
            assert running.stop()[0] == 0
    finally:
        running.process.kill()
        running.process.communicate()
    assert {*told.result(), *_rest(manager)} <= {"WATCHDOG=1"}


def test_a_producer_and_a_consumer_tell(broker: RunningBroker, manager: socket.socket) -> None:
    for words in (
        (
            "nxcast.producers",
            "synthetic",
            "--rate",
            "10",
            "--broker",
            broker.ingress,
            "--replay",
            broker.replay,
        ),
        ("nxcast.consumers", "tail", "--broker", broker.egress),
    ):
        command = (sys.executable, "-m", *words)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                told = _next(manager)
                while told == "WATCHDOG=1":  # of the one before, which may have been told as it ended
                    told = _next(manager)
                assert (told, _next(manager)) == ("READY=1", "WATCHDOG=1")
                process.terminate()
                while told != "STOPPING=1":
                    told = _next(manager)
                assert process.wait(TIMEOUT_S) == 0
            finally:
                process.kill()
