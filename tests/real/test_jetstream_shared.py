"""Brokers that share a work queue: the records are those of one broker, each once, whoever is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client

from nxcast.consumers import Subscriber
from nxcast.schemas.frames import FRAMES_2, BatchHeader, encode_batch
from nxcast.schemas.names import name_wire
from testbed.chaos_nats import ChaosNats
from testbed.nats_server import NatsServer
from tests.messages import frame, message, question

FRAMES = 20_000
TIMEOUT_S = 120.0
"""Seconds for what a healthy machine does in a few."""


@pytest.fixture
def chaos(tmp_path: Path) -> Iterator[ChaosNats]:
    running = ChaosNats(tmp_path, seed=1, replicas=1)
    yield running
    running.close()


@pytest.fixture
def work(stream: NatsServer) -> NatsServer:
    """The server, with a work queue that is new."""
    stream.ask("STREAM.DELETE.nxcast-in")
    assert stream.set_up().returncode == 0
    return stream


class Broker:
    """One of those that share the queue."""

    def __init__(self, server: NatsServer, *options: str) -> None:
        words = ("--ingress", server.endpoint, "--egress", server.endpoint, *options)
        self._process = subprocess.Popen(
            (sys.executable, "-m", "nxcast.broker", *words), stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        said = self._process.stderr.readline()
        assert "taking frames on the work queue at nats://" in said
        assert "for whom that server lets in (settings: " in said

    def stop(self) -> int:
        self._process.terminate()
        self._process.communicate(timeout=TIMEOUT_S)
        return self._process.returncode


def _push(server: NatsServer, sequence: int, message_id: str, zone: bytes | None = None) -> None:
    header: BatchHeader = {"sensor": "ns1", "epoch": 1, "sequence": sequence, "count": 1}
    made = frame(message(3, questions=[question(f"{sequence}.example.")]))
    body = b"".join(encode_batch(header, [(*made, zone, 0)], FRAMES_2)[1:])  # type: ignore[list-item]

    async def publish(client: Client) -> None:
        await client.request("nxcast.in.ns1", body, timeout=30, headers={"Nats-Msg-Id": message_id})

    server.run(publish)


def test_brokers_and_the_server_are_killed_and_each_record_is_there_once(chaos: ChaosNats) -> None:
    assert chaos.round(1, FRAMES, chaos.kill_broker, 6)
    assert chaos.round(2, FRAMES, chaos.kill_leader, 1) == 1


def test_a_batch_that_comes_again_is_there_once_and_leaves_no_gap(work: NatsServer) -> None:
    """As it does where it was acknowledged too late; here it is sent again by another id."""
    first, second = Broker(work), Broker(work)
    with Subscriber("nxdomain/", broker=work.endpoint) as subscriber:
        subscriber.wait_connected(TIMEOUT_S)
        for sequence in range(1, 41):
            for time in range(4):
                _push(work, sequence, f"{sequence} {time}")
        found: list[str] = []
        while len(found) < 40:
            found += [record["qname"] for record in subscriber.receive(TIMEOUT_S).records]
        assert sorted(found) == sorted(f"{sequence}.example." for sequence in range(1, 41))
        counts = [first.stop(), second.stop()]
        assert counts == [0, 0]
        with pytest.raises(TimeoutError):
            subscriber.receive(0)
        assert (subscriber.counts.lost, subscriber.counts.repeated) == (0, 0)
    assert work.ask("STREAM.INFO.nxcast-in")["state"]["messages"] == 0


def test_a_broker_that_ends_gives_back_what_it_holds(work: NatsServer) -> None:
    """At once: the server would take it for gone after an hour."""
    config = work.ask("CONSUMER.INFO.nxcast-in.brokers")["config"]
    body = {"stream_name": "nxcast-in", "config": {**config, "ack_wait": 3600 * 10**9}, "action": "update"}
    assert "error" not in work.ask("CONSUMER.CREATE.nxcast-in.brokers", body)
    first = Broker(work)
    for sequence in range(1, 200):
        _push(work, sequence, str(sequence))
    assert first.stop() == 0
    second = Broker(work)
    found = 0
    with Subscriber("nxdomain/", broker=work.endpoint, since=600) as subscriber:
        while found < 199:
            found += len(subscriber.receive(TIMEOUT_S).records)
    assert second.stop() == 0
    assert work.ask("CONSUMER.INFO.nxcast-in.brokers")["num_ack_pending"] == 0


def test_brokers_that_share_tell_what_servers_answered_well_each_its_own(work: NatsServer) -> None:
    """When they end at the latest; who adds up what they tell has all."""
    brokers = Broker(work, "--servers"), Broker(work, "--servers")
    for sequence in range(1, 41):
        _push(work, sequence, str(sequence), name_wire("example."))
    with Subscriber("nxdomain/", broker=work.endpoint, since=600) as subscriber:
        found = 0
        while found < 40:
            found += len(subscriber.receive(TIMEOUT_S).records)
    assert [broker.stop() for broker in brokers] == [0, 0]
    denied = 0
    with Subscriber("servers/", broker=work.endpoint, since=600) as subscriber:
        while denied < 40:
            for told in subscriber.receive(TIMEOUT_S).records:
                assert (told["query_zone"], told["noerror"]) == ("example.", 0)
                denied += told["nxdomain"]
    assert denied == 40
