"""What the tests with real resolvers share: a lab, the programs of nxcast around it, a table at the end.

nxcast is used as its users do: the commands as processes, and `nxcast.consumers.Subscriber`. A program of
Debian's that is missing makes these tests fail, where others skip: whoever runs them asked for the real ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed.defaults.lab import DefaultsLab
from testbed.nats_server import NatsServer
from tests.conftest import RunningBroker

STOP_SECONDS = 20.0

TABLES = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that is in this folder is marked, so that no file can forget it."""
    here = f"{Path(__file__).parent}{os.sep}"
    for item in items:
        if str(item.path).startswith(here):  # of ten thousand tests: to ask for parents takes a second
            item.add_marker(pytest.mark.real)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The figures of this run, above pytest's own last lines."""
    if lines := config.stash.get(TABLES, []):
        terminalreporter.section("real resolvers at their defaults")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[str]:
    """Lines to be printed at the end of the run."""
    return request.config.stash.setdefault(TABLES, [])


@pytest.fixture(scope="session")
def lab() -> Iterator[DefaultsLab]:
    """The world, its servers running. The folder's name is short, since it has the unix sockets too."""
    with tempfile.TemporaryDirectory(prefix="lab-") as directory, DefaultsLab(Path(directory)) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A server of NATS."""
    running = NatsServer(tmp_path_factory.mktemp("nats"))
    yield running
    running.kill()


@pytest.fixture
def stream(server: NatsServer) -> NatsServer:
    """The server, with a stream that is new."""
    server.ask("STREAM.DELETE.nxcast")
    made = server.set_up()
    assert made.returncode == 0, made.stderr
    return server


class Producer:
    """`nxcast-produce dnstap`, live, listening at `source`, such as unix:PATH.

    `popen` is given where it is started in another way, as `HeldSocket.start` does.
    """

    def __init__(
        self,
        source: str,
        broker: RunningBroker,
        *options: str,
        sensor: str = "real",
        popen: Callable[..., subprocess.Popen[str]] = subprocess.Popen,
    ) -> None:
        program = str(Path(sys.executable).with_name("nxcast-produce"))
        places = ["--broker", broker.ingress, "--replay", broker.replay, "--sensor", sensor]
        self.process = popen(
            [program, "dnstap", source, *places, *options], stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        self.start_line = self.process.stderr.readline()
        assert self.start_line.startswith("nxcast-produce:"), self.start_line

    def stop(self) -> str:
        """Stop it as an operator does; what it said after its first line."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=STOP_SECONDS)
        assert self.process.returncode == 0, said
        return said

    def __enter__(self) -> Producer:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
