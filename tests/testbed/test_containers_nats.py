"""The containers of the profile `nats`, from the outside: a server and a broker are killed, all goes on."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

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
    with _records(tail) as records:
        assert next(records, None), f"in {PATIENCE_S:.0f} s no record"
    for service in ("nats-b", "nats-broker-a"):
        testbed.docker("kill", _container(testbed, service))
    with _records(tail, "--tail=0") as records:
        assert len(list(islice(records, 1000))) == 1000, f"in {PATIENCE_S:.0f} s no thousand records more"
    testbed.docker("stop", tail)
    assert testbed.docker("inspect", "--format={{.State.ExitCode}}", tail).strip() == "0"
    summary = testbed.run(NATS, "logs", "--no-color", "nats-tail", capture=True).stdout.splitlines()[-1]
    assert "0 messages lost" in summary, summary


def _container(testbed: Testbed, service: str) -> str:
    return testbed.run(NATS, "ps", "-q", service, capture=True).stdout.strip()


@contextmanager
def _records(tail: str, *words: str) -> Iterator[Iterator[str]]:
    """What it shows, as it comes, for as long as there is patience."""
    command = ("docker", "logs", "--follow", *words, tail)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        patience = threading.Timer(PATIENCE_S, following.kill)
        patience.start()
        try:
            yield (line for line in following.stdout if line.endswith(" made-up\n"))
        finally:
            patience.cancel()
            following.kill()
