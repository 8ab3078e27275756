"""The containers of the profile `nats`, from the outside: a server and a broker are killed, all goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import pytest

from testbed.containers import ContainersError, Testbed

pytestmark = pytest.mark.containers

NATS = "--profile=nats"
PATIENCE_S = 90.0  # a new leader is there after 16 s at most, as docs/jetstream.md has it


@pytest.fixture
def testbed() -> Iterator[Testbed]:
    """The profile's containers, beside whatever else runs here; at its end nothing is left of them."""
    name = f"nxcast-nats-{os.getpid()}"
    try:
        testbed = Testbed({**os.environ, "COMPOSE_PROJECT_NAME": name})
    except ContainersError as error:
        pytest.skip(str(error))
    try:
        assert testbed.run(NATS, "up", "--build", "--detach", "nats-tail").returncode == 0
        yield testbed
    finally:
        testbed.down()
    label = f"--filter=label=com.docker.compose.project={name}"
    kinds = (("ps", "--all"), ("network", "ls"), ("volume", "ls"))
    assert [testbed.docker(*kind, "--quiet", label) for kind in kinds] == ["", "", ""]


def test_records_go_on_without_a_server_and_a_broker(testbed: Testbed) -> None:
    tail = _container(testbed, "nats-tail")

    def records() -> int:
        return testbed.docker("logs", tail).count(" made-up\n")

    _until(lambda: records() > 0, "a record")
    for service in ("nats-b", "nats-broker-a"):
        testbed.docker("kill", _container(testbed, service))
    before = records()
    _until(lambda: records() > before + 1000, "a thousand records more")
    testbed.docker("stop", tail)
    assert testbed.docker("inspect", "--format={{.State.ExitCode}}", tail).strip() == "0"
    summary = testbed.run(NATS, "logs", "--no-color", "nats-tail", capture=True).stdout.splitlines()[-1]
    assert "0 messages lost" in summary, summary


def _container(testbed: Testbed, service: str) -> str:
    return testbed.run(NATS, "ps", "-q", service, capture=True).stdout.strip()


def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"in {PATIENCE_S:.0f} s not {what}"
        time.sleep(0.5)
