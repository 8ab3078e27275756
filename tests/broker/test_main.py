"""The command: its log lines in either form, and a metrics port that is taken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.broker.test_broker_metrics import base_of
from tests.broker.test_security import Keyed
from tests.conftest import Bench, RunningBroker, receive
from tests.messages import frame, message

FREE = [word for name in ("ingress", "egress", "replay") for word in (f"--{name}", "tcp://127.0.0.1:*")]


def _start(*options: str, form: str = "text") -> subprocess.CompletedProcess[str]:
    """Start a broker that is to fail."""
    return subprocess.run(
        [sys.executable, "-m", "nxcast.broker", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "NXCAST_LOG_FORMAT": form},
    )


@pytest.fixture
def broker() -> Iterator[RunningBroker]:
    with RunningBroker(*FREE[:4], "--log-format", "json", "--metrics", "0") as running:
        yield running


def test_the_start_is_one_json_line_with_all_addresses(broker: RunningBroker) -> None:
    started = json.loads(broker.start_line)
    assert (started["program"], started["level"]) == ("nxcast-broker", "info")
    for name in ("ingress", "egress", "replay"):
        assert started[name] == getattr(broker, name)
    assert f"taking frames on {broker.ingress}, publishing on {broker.egress}, " in started["message"]
    assert f"metrics on {started['metrics']}, for whoever gets there" in started["message"]


def test_what_is_lost_and_malformed_is_told_and_the_stop_has_the_numbers(
    broker: RunningBroker, bench: Bench
) -> None:
    subscriber = bench.subscribe("status/")
    bench.push(frame(message()), sequence=1)
    bench.push(frame(message(0)), frame(message(3, response=False)), sequence=6)
    bench.send(b"junk")
    since = None
    while True:  # a loss is told at the second look, which is a second after the first
        status = receive(subscriber)[2][0]
        if status["counters"]["messages_received"] == 3:
            since = since or status["time_ns"]
            if status["time_ns"] - since > 2_500_000_000:
                break
    exit_status, rest = broker.stop()
    *notices, stopped = [json.loads(line) for line in rest.splitlines()]
    told = [{key: line[key] for key in line.keys() - {"time", "program", "message"}} for line in notices]
    expected: list[dict[str, Any]] = [
        {"level": "warning", "sensor": "ns1", "lost": 4, "lost_batches": 4},
        {"level": "warning", "kind": "messages", "reason": "message_kind", "count": 1},
        {"level": "warning", "kind": "frames", "reason": "not_a_response", "count": 1},
    ]
    assert exit_status == 0
    assert len(told) == len(expected)
    assert all(each in told for each in expected)
    assert stopped["message"].startswith(
        "stopped: 3 frames = 1 noerror (0 answers) + 1 errors + 0 questions (1 nxdomain) + 0 unsolicited + "
    )
    numbers = {
        "messages_received": 3,
        "messages_malformed": 1,
        "frames_received": 3,
        "noerror": 1,
        "errors": 1,
        "nxdomain": 1,
        "questions": 0,
        "unsolicited": 0,
        "mismatched": 0,
        "forwarder": 0,
        "frames_malformed": 1,
    }
    assert {name: stopped[name] for name in numbers} == numbers


def test_refusals_and_new_key_files_name_who_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXCAST_LOG_FORMAT", "json")
    keyed = Keyed(tmp_path)
    keyed.subscribe("mx", "malformed/")
    keyed.refused("not_allowed_subscribe", 1)
    keyed.keys("revoke", "poor")
    while "poor revoked" not in (said := _next_line(keyed.running)):
        refusal = json.loads(said)
    assert {key: refusal[key] for key in ("level", "reason", "client")} == {
        "level": "warning",
        "reason": "not_allowed_subscribe",
        "client": "mx",
    }
    renewal = json.loads(said)
    assert (renewal["level"], renewal["revoked"], renewal["narrowed"]) == ("info", ["poor"], [])
    assert keyed.close()[0] == 0


def _next_line(running: RunningBroker) -> str:
    assert running.process.stderr is not None
    return running.process.stderr.readline()


def test_what_goes_wrong_before_the_start_is_a_line_too() -> None:
    """A plain one, whatever the form of the log: it is for whoever typed the words."""
    failed = _start("--linger-ms", "x", form="json")
    assert failed.returncode == 2
    assert failed.stderr.startswith("nxcast-broker: --linger-ms is 'x': ")
    failed = _start("--log-format", "xml")
    assert failed.returncode == 2
    assert failed.stderr == ("nxcast-broker: --log-format is 'xml': it should be 'auto', 'text' or 'json'\n")


def test_a_metrics_port_in_use_is_one_clear_line() -> None:
    first = RunningBroker(*FREE[:4], "--metrics", "127.0.0.1:0")
    try:
        address = base_of(first).removeprefix("http://")
        second = _start(*FREE, "--metrics", address)
        assert second.returncode == 1
        assert second.stderr == (
            f"nxcast-broker: can't serve metrics on {address}: address already in use; "
            "--metrics names another\n"
        )
    finally:
        first.stop()
