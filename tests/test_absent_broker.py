"""Who waits for a broker is told what to do while it is not there, once; the public programs."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.client import session
from nxcast.consumers.show import console
from tests.conftest import RunningBroker

Said = Callable[[str], None]


@pytest.fixture
def places() -> list[str]:
    """Options of a broker that is to come."""
    names = [f"ipc://@nxcast-test-absent-{os.getpid()}-{name}" for name in ("in", "out", "replay")]
    options = zip(("--ingress", "--egress", "--replay"), names, strict=True)
    return [word for pair in options for word in pair]


class Acts(logging.Handler):
    """Does something as a line is said."""

    def __init__(self, said: Said) -> None:
        super().__init__()
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said(record.getMessage())


@pytest.fixture
def on_line() -> Iterator[Callable[[Said], None]]:
    """Has a function called with each line that a command says."""
    log = logging.getLogger("nxcast.consumers")
    acts: list[Acts] = []

    def add(said: Said) -> None:
        acts.append(Acts(said))
        log.addHandler(acts[-1])

    yield add
    for each in acts:
        log.removeHandler(each)


def until_connected(line: str) -> None:
    """Ctrl-C once it is there."""
    if line.startswith("connected to "):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("command", [("tail", "status/", "--count", "1"), ("dga",), ("causes",)])
def test_that_a_broker_is_waited_for_is_said_once_and_it_may_come_yet(
    places: list[str],
    on_line: Callable[[Said], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
) -> None:
    started: list[RunningBroker] = []

    def start(line: str) -> None:
        if line.startswith("no broker answers at "):
            started.append(RunningBroker(*places))

    monkeypatch.setattr(console, "ABSENT_S", 0.05)
    monkeypatch.setattr(console, "CONNECT_S", 600.0)
    monkeypatch.setattr(session, "SILENT_S", 0.05)  # so that it is silent before it is there
    on_line(start)
    if command[0] != "tail":
        on_line(until_connected)
    try:
        assert main([*command, "--broker", places[3], "--replay", places[5]]) == 0
    finally:
        for each in started:
            each.stop()
    first, second, *rest = capsys.readouterr().err.splitlines()
    assert first == (
        f"nxcast-consume: no broker answers at {places[3]}: start nxcast-broker, "
        "or name another with --broker; it is waited for"
    )
    assert second.startswith("nxcast-consume: connected to ")
    assert not any("no broker" in line for line in rest)


def test_of_a_broker_that_comes_in_time_nothing_is_said(
    places: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(console, "ABSENT_S", 300.0)
    monkeypatch.setattr(console, "CONNECT_S", 600.0)
    with RunningBroker(*places):
        words = ["tail", "status/", "--count", "1", "--broker", places[3], "--replay", places[5]]
        assert main(words) == 0
    assert capsys.readouterr().err.startswith("nxcast-consume: connected to ")
