"""Real processes: a broker is killed while a subscriber with a cursor is away, and what is told of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testbed.chaos import free_ports
from tests.conftest import Bench, RunningBroker, receive
from tests.messages import frame, message

TIMEOUT_S = 60.0
AWAY = 1000  # records that are published while the subscriber is away


class Restarted:
    """A broker at ports of its own, again and again, and what `nxcast-consume` says of it."""

    def __init__(self, folder: Path) -> None:
        self.cursor = folder / "here.json"
        ports = zip(("--ingress", "--egress", "--replay"), free_ports(3), strict=True)
        self._options = [word for name, port in ports for word in (name, f"tcp://127.0.0.1:{port}")]
        self._begin()

    def _begin(self) -> None:
        self.broker = RunningBroker(*self._options)
        self._bench = Bench(self.broker)

    def publish(self, records: int) -> None:
        """So many, and until they are out."""
        seen = self._bench.subscribe("nxdomain/")
        for _ in range(records):
            self._bench.push(frame(message()))
        while records:
            records -= len(receive(seen)[2])

    def kill(self) -> None:
        """And start another one."""
        self.broker.process.kill()
        self.end()
        self._begin()

    def end(self) -> None:
        self._bench.close()
        self.broker.process.kill()
        self.broker.process.communicate()

    def consume(self, *words: str) -> list[dict[str, Any]]:
        """What a command with the cursor says on both, as JSON."""
        ended = subprocess.run(
            [sys.executable, "-m", "nxcast.consumers", *words, "--cursor", str(self.cursor)],
            env={**os.environ, "NXCAST_EGRESS": self.broker.egress, "NXCAST_LOG_FORMAT": "json"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        return [json.loads(line) for line in (ended.stdout + ended.stderr).splitlines()]


@pytest.fixture
def restarted(tmp_path: Path) -> Iterator[Restarted]:
    made = Restarted(tmp_path)
    try:
        yield made
    finally:
        made.end()


def test_what_went_with_a_broker_is_never_told_as_nothing(restarted: Restarted) -> None:
    restarted.publish(1)
    tail = ("tail", "nxdomain/", "--format", "json", "--count", "1")
    first = restarted.consume(*tail, "--since", "1h")
    assert (first[-1]["lost"], first[-1]["restarts"]) == (0, 0)
    restarted.publish(AWAY)
    restarted.kill()
    restarted.publish(1)
    told = restarted.consume(*tail)
    (unknown,) = [each for each in told if each.get("event") == "unknownloss"]
    assert unknown["lost"] is None
    assert (told[-1]["lost"], told[-1]["unknown_losses"], told[-1]["restarts"]) == (None, 1, 1)
    assert ", an unknown number of messages lost, 1 restart" in told[-1]["message"]
