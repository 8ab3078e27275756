"""A broker that publishes to NATS JetStream: the real server, and its public client that reads there."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import msgpack
import pytest

from testbed.nats_server import NatsServer, set_up_at
from tests.conftest import Bench, RunningBroker
from tests.messages import frame, message, question

INGRESS = ("--ingress", "tcp://127.0.0.1:*")
DEADLINE_S = 120.0
"""Seconds for what a healthy machine does in a few."""

TOPICS = {
    "nxcast.dns-errors.NXDOMAIN",
    "nxcast.dns-errors.SERVFAIL",
    "nxcast.nxdomain.MX",
    "nxcast.malformed",
}
"""The subjects of what `_push` gives."""


def _push(bench: Bench, batches: int) -> None:
    """Batches of three frames: NXDOMAIN, SERVFAIL, and one that is malformed."""
    for number in range(batches):
        asked = [question(f"{number}.example.")]
        good = frame(message(3, questions=asked)), frame(message(2, questions=asked))
        bench.push(*good, frame(message(2, response=False)), held=1)


def _await_arrival(bench: Bench, last: int) -> None:
    until = time.monotonic() + DEADLINE_S
    while bench.ask(ask="arrived", sensor="ns1", epoch=1)[0]["sequence"] < last:
        assert time.monotonic() < until, "not acknowledged"
        time.sleep(0.05)


def _records(stream: NatsServer) -> dict[str, list[Any]]:
    """By subject, the records that the stream has, those of status/ left out; numbers are without a gap."""
    found: dict[str, list[Any]] = {}
    last: dict[str, int] = {}
    for subject, body in stream.stored():
        header, records = _unpacked(body)
        if subject == "nxcast.status":
            continue
        assert header["sequence"] == last.get(subject, 0) + 1
        assert header["count"] == len(records)
        last[subject] = header["sequence"]
        found.setdefault(subject, []).extend(records)
    return found


def _unpacked(body: bytes) -> tuple[dict[str, Any], list[Any]]:
    """As a stranger reads it: two msgpack values behind one another."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(body)
    return unpacker.unpack(), unpacker.unpack()


def test_setup_makes_a_stream_once_and_refuses_another(server: NatsServer) -> None:
    server.ask("STREAM.DELETE.nxcast")
    made, again = server.set_up(), server.set_up("--monitor", server.monitor)
    assert (made.returncode, again.returncode) == (0, 0)
    assert "stream nxcast made" in made.stdout
    assert "stream nxcast is there, and as it should be" in again.stdout
    assert "warning" not in again.stdout
    other = server.set_up("--bytes", "2147483648", "--seconds", "86400")
    assert other.returncode == 1
    assert "the stream nxcast differs: max_age is 604800000000000, not 86400000000000; " in other.stderr
    assert "max_bytes is 1073741824, not 2147483648. Nothing was changed" in other.stderr
    assert server.ask("STREAM.INFO.nxcast")["config"]["max_bytes"] == 1 << 30


def test_a_server_that_does_not_sync_first_is_warned_of(tmp_path_factory: pytest.TempPathFactory) -> None:
    lazy = NatsServer(tmp_path_factory.mktemp("nats"), sync="2m")
    try:
        done = lazy.set_up("--monitor", lazy.monitor)
    finally:
        lazy.kill()
    assert done.returncode == 0
    assert "warning: a power cut can take what was acknowledged; set sync_interval: always" in done.stdout


def test_what_is_published_is_what_a_socket_gets(stream: NatsServer, bench: Bench) -> None:
    """Octet for octet, but for the epoch and the time."""
    running = RunningBroker(*INGRESS, "--egress", stream.endpoint)
    there = Bench(running)
    try:
        subscriber = bench.subscribe("dns-errors/", "nxdomain/", "malformed/")
        _push(bench, 20)
        _push(there, 20)
        _await_arrival(there, 20)
        expected: dict[str, list[Any]] = {}
        while sum(map(len, expected.values())) < 80:
            topic, _, payload = subscriber.recv_multipart()
            subject = "nxcast." + topic.decode().rstrip("/").replace("/", ".")
            expected.setdefault(subject, []).extend(msgpack.unpackb(payload))
        for records in (*expected.values(), *(found := _records(stream)).values()):
            for record in records:
                record.pop("time_ns")
        assert set(found) == TOPICS
        assert found == expected
        statuses = [body for subject, body in stream.stored() if subject == "nxcast.status"]
        _, (status,) = _unpacked(statuses[-1])
        assert (status["log"]["kept"], status["log"]["octets_max"]) == ("stream", 1 << 30)
    finally:
        there.close()
        assert running.stop()[0] == 0


def test_a_batch_has_arrived_when_it_is_stored_and_not_before(stream: NatsServer) -> None:
    """The server is killed, and all of it is there once when it is back."""
    running = RunningBroker(*INGRESS, "--egress", stream.endpoint)
    bench = Bench(running)
    try:
        _push(bench, 10)
        _await_arrival(bench, 10)
        stream.kill()
        try:
            _push(bench, 10)
            taken = bench.ask(ask="status")[0]
            while taken["status"]["counters"]["messages_received"] < 20:
                taken = bench.ask(ask="status")[0]
            assert bench.ask(ask="arrived", sensor="ns1", epoch=1)[0]["sequence"] == 10
        finally:
            stream.start()
        _await_arrival(bench, 20)
        found = _records(stream)
        names = [record["qname"] for record in found["nxcast.nxdomain.MX"]]
        assert names == [f"{number}.example." for number in (*range(10), *range(10))]
    finally:
        bench.close()
        assert running.stop()[0] == 0


def test_what_was_taken_is_stored_before_a_broker_ends(stream: NatsServer) -> None:
    running = RunningBroker(*INGRESS, "--egress", stream.endpoint)
    bench = Bench(running)
    _push(bench, 50)
    bench.ask(ask="status")
    status, said = running.stop()
    bench.close()
    assert status == 0
    assert "150 frames" in said
    assert len(_records(stream)["nxcast.nxdomain.MX"]) == 50


@pytest.mark.parametrize("there", [False, True])
def test_a_broker_without_a_stream_says_what_is_to_be_done(server: NatsServer, *, there: bool) -> None:
    server.ask("STREAM.DELETE.nxcast")
    if there:
        server.ask("STREAM.CREATE.nxcast", {"name": "nxcast", "subjects": ["nxcast.status"]})
    words = (sys.executable, "-m", "nxcast.broker", *INGRESS, "--replay", "tcp://127.0.0.1:*")
    done = subprocess.run(
        (*words, "--egress", server.endpoint), capture_output=True, text=True, timeout=DEADLINE_S
    )
    assert done.returncode == 1
    expected = (
        'the stream nxcast differs: subjects is ["nxcast.status"], not ['
        if there
        else "`nxcast-broker nats setup"
    )
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_that_nobody_is_there_is_told() -> None:
    done = set_up_at("nats://127.0.0.1:1")
    assert done.returncode == 1
    assert "can't connect to nats://127.0.0.1:1: " in done.stderr
    assert "is a nats-server running there?" in done.stderr
