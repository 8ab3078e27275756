"""Three servers: the leader of the stream is killed under load, and nothing is missing or there twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from nxcast.consumers import Subscriber
from testbed.nats_server import NatsServer, cluster_of_three, set_up_at
from tests.conftest import Bench, RunningBroker
from tests.messages import frame, message, question

KILLS = 3
BATCHES = 40  # between two kills
FRAMES = 20  # a batch
TIMEOUT_S = 180.0
"""Seconds for what a healthy machine does in ten."""


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[NatsServer]]:
    running = cluster_of_three(tmp_path)
    yield running
    for server in running:
        with suppress(ProcessLookupError):
            server.kill()


def _leader(servers: list[NatsServer]) -> NatsServer:
    """That of the stream, once there is one."""
    until = time.monotonic() + TIMEOUT_S
    while True:
        with suppress(Exception):
            info = servers[0].ask("STREAM.INFO.nxcast")
            for server in servers:
                if server.name == info["cluster"]["leader"]:
                    return server
        assert time.monotonic() < until, "no leader"


def _push(bench: Bench, numbers: range) -> None:
    for first in numbers:
        names = range(first * FRAMES, (first + 1) * FRAMES)
        asked = [question(f"{number}.example.") for number in names]
        bench.push(*(frame(message(3, questions=[each])) for each in asked), held=1)


def test_a_leader_that_is_killed_takes_nothing(servers: list[NatsServer], figures: list[str]) -> None:
    endpoint = "nats://" + ",".join(f"127.0.0.1:{server.port}" for server in servers)
    made = set_up_at(endpoint, "--replicas", "3")
    assert made.returncode == 0, made.stderr
    running = RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", endpoint)
    bench = Bench(running)
    stalls = []
    try:
        with Subscriber("nxdomain/", broker=endpoint) as subscriber:
            subscriber.wait_connected(TIMEOUT_S)
            for kill in range(KILLS):
                _push(bench, range(kill * BATCHES, kill * BATCHES + BATCHES // 2))
                leader = _leader(servers)
                leader.kill()
                began_s = time.monotonic()
                last = (kill + 1) * BATCHES
                _push(bench, range(last - BATCHES // 2, last))
                while bench.ask(ask="arrived", sensor="ns1", epoch=1)[0]["sequence"] < last:
                    assert time.monotonic() < began_s + TIMEOUT_S, "not acknowledged"
                stalls.append(time.monotonic() - began_s)
                leader.start()
            found: list[int] = []
            while len(found) < KILLS * BATCHES * FRAMES:
                batch = subscriber.receive(TIMEOUT_S)
                found += [int(record["qname"].split(".")[0]) for record in batch.records]
            assert found == list(range(KILLS * BATCHES * FRAMES))
            assert (subscriber.counts.lost, subscriber.counts.repeated) == (0, 0)
    finally:
        bench.close()
        assert running.stop()[0] == 0
    told = ", ".join(f"{stall:.1f}" for stall in stalls)
    figures.append(
        f"leader of three killed: acknowledged again after {told} s; nothing missing, nothing twice"
    )
