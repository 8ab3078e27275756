"""nxcast-consume doctor where the brokers publish to a stream: the real server, two brokers, a canary."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nxcast.transport.nats.jetstream_layout import channel_stream
from nxcast.transport.nats.jetstream_setup import set_up
from testbed.nats_server import NatsServer
from tests.conftest import RunningBroker

TIMEOUT_S = 120.0
"""Seconds for what a healthy machine does in a few."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    running = NatsServer(tmp_path)
    yield running
    running.kill()


def _examined(*options: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit status and the findings."""
    program = str(Path(sys.executable).with_name("nxcast-consume"))
    words = (program, "doctor", "--format", "json", *options)
    done = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_stream_of_two_brokers_is_well(server: NatsServer) -> None:
    set_up(server.endpoint, channel_stream(replicas=1, octets_max=64 << 20, age_s=3600))
    running = [RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", server.endpoint) for _ in range(2)]
    try:
        status, findings = _examined("--broker", server.endpoint, "--ingress", running[0].ingress)
    finally:
        for broker in running:
            assert broker.stop()[0] == 0
    found = {finding["check"]: finding for finding in findings}
    assert found["address"]["text"] == f"{server.endpoint} has the stream, and lets us read it"
    assert [finding["check"] for finding in findings].count("broker") == 2
    assert found["canary"]["verdict"] == "ok"
    assert [finding for finding in findings if finding["verdict"] == "wrong"] == []
    assert status == 0


def test_a_stream_that_is_not_there_is_wrong(server: NatsServer) -> None:
    status, findings = _examined("--broker", server.endpoint)
    assert status == 1
    assert [(finding["check"], finding["verdict"]) for finding in findings] == [("address", "wrong")]
    assert "has no stream nxcast to be read" in findings[0]["text"]
    assert "nxcast-broker nats setup" in findings[0]["mend"]


def test_a_stream_without_a_broker_is_wrong(server: NatsServer) -> None:
    set_up(server.endpoint, channel_stream(replicas=1, octets_max=64 << 20, age_s=3600))
    status, findings = _examined("--broker", server.endpoint)
    assert status == 1
    assert [(finding["check"], finding["verdict"]) for finding in findings] == [("broker", "wrong")]
    assert "no broker has told its status there" in findings[0]["text"]
    assert f"--egress {server.endpoint}" in findings[0]["mend"]
