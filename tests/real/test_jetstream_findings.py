"""The same consumer and the same file of frames: what is found is the same over both engines."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nxcast.schemas.topics import FAILURES, NXDOMAIN, SERVERS
from testbed.nats_server import NatsServer
from testbed.ports import free_port
from tests.conftest import Bench

FRAMES = 20_000
QUESTIONS = {
    "authorities": (*FAILURES, SERVERS),
    "causes": (NXDOMAIN, *FAILURES),
    "dnsbl": (NXDOMAIN,),
    "spamtrap": ("nxdomain/MX/",),
}
"""And what each subscribes to."""
NAMED = ("examples", "zones_named", "first_time")  # of what came first
PARTS = ("id", "server", "zone")
TIMEOUT_S = 120.0
"""Seconds for what a healthy machine does in a few."""


class Asking:
    """A question that is asked of a broker, live, until `found`."""

    def __init__(self, question: str, broker: str) -> None:
        self._metrics = f"127.0.0.1:{free_port()}"
        places = ("--broker", broker, "--metrics", self._metrics, "--log-format", "text")
        self._process = subprocess.Popen(
            (_program("nxcast-consume"), question, "--format", "json", *places),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        while "connected to" not in (line := self._process.stderr.readline()):
            assert line

    def found(self, records: int) -> list[dict[str, Any]]:
        """What it reports once it has read so many records."""
        until_s = time.monotonic() + TIMEOUT_S
        while self._records() < records:
            assert time.monotonic() < until_s, f"{self._records()} of {records} records"
            time.sleep(0.05)
        self._process.send_signal(signal.SIGINT)
        told, said = self._process.communicate(timeout=TIMEOUT_S)
        assert self._process.returncode in (0, 130), said
        return [json.loads(line) for line in told.splitlines()]

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def _records(self) -> float:
        with urllib.request.urlopen(f"http://{self._metrics}/metrics", timeout=TIMEOUT_S) as answer:
            lines = answer.read().decode().splitlines()
        return float(
            next(line.split()[1] for line in lines if line.startswith("nxcast_consumer_records_total "))
        )


@pytest.fixture
def shared(stream: NatsServer) -> Iterator[str]:
    """The endpoint of one that takes from a work queue and publishes to a stream."""
    stream.ask("STREAM.DELETE.nxcast-in")
    assert stream.set_up().returncode == 0
    words = ("--ingress", stream.endpoint, "--egress", stream.endpoint)
    running = subprocess.Popen((sys.executable, "-m", "nxcast.broker", *words))
    yield stream.endpoint
    running.terminate()
    assert running.wait(TIMEOUT_S) == 0


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("frames") / "frames.pcap"
    words = ("synthetic", "--mix", "sie", "--count", str(FRAMES), "--seed", "7", "--write", str(file))
    subprocess.run((_program("nxcast-produce"), *words), check=True, timeout=TIMEOUT_S)
    return file


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_found_is_the_same(shared: str, bench: Bench, capture: Path, question: str) -> None:
    asking = [Asking(question, place) for place in (bench.running.egress, shared)]
    try:
        _push(capture, "--broker", bench.running.ingress, "--replay", bench.running.replay)
        _push(capture, "--broker", shared)
        topics = bench.ask(ask="status")[0]["status"]["topics"]
        records = sum(
            each["records"] for topic, each in topics.items() if topic.startswith(QUESTIONS[question])
        )
        over_zeromq, over_nats = [each.found(records) for each in asking]
    finally:
        for each in asking:
            each.end()
    assert over_zeromq
    assert _unordered(over_nats) == _unordered(over_zeromq)


def _unordered(findings: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """By what they are of, but for what comes first among equals: no order of two topics is promised."""
    parts = {"causes": ("cause",)}  # what tells those of a section apart
    by_place = {
        (each.get("section"), *(each.get(part) for part in parts.get(each.get("section", ""), PARTS))): each
        for each in findings
    }
    assert len(by_place) == len(findings)
    return {place: {**each, **dict.fromkeys(NAMED)} for place, each in by_place.items()}


def _push(capture: Path, *places: str) -> None:
    words = ("pcap", str(capture), "--sensor", "ns1", *places)
    done = subprocess.run(
        (_program("nxcast-produce"), *words), capture_output=True, text=True, timeout=TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
