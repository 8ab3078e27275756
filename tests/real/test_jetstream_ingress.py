"""A producer that sends into the work queue of a real nats-server: a batch has arrived when it is stored."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from nxcast.process.stop import Stop
from nxcast.schemas.frames import FRAMES_2, encode_batch
from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import ArrivedRequest, encode_request
from nxcast.transport.nats.jetstream_layout import split_body
from nxcast.transport.nats.work_producer import WorkProducer
from testbed.nats_server import NatsServer, set_up_at
from tests.messages import frame, message, question

PRODUCE = str(Path(sys.executable).with_name("nxcast-produce"))
TIMEOUT_S = 120.0
"""Seconds for what a healthy machine does in a few."""
ASKED: ArrivedRequest = {"version": 1, "id": 1, "ask": "arrived", "sensor": "ns1.example", "epoch": 1}
USERS = """
authorization { users: [
  { user: "operator", password: "o" }
  { user: "site", password: "s", permissions: {
      publish: ["nxcast.in.ns1/example"], subscribe: ["_INBOX.>"] } }
] }
"""


class Synthetic:
    """`nxcast-produce synthetic`, and what it says."""

    def __init__(self, endpoint: str, count: int, *options: str, sensor: str = "ns1.example") -> None:
        words = ("--count", str(count), "--rate", "0", "--broker", endpoint, "--sensor", sensor, *options)
        self.process = subprocess.Popen(
            (PRODUCE, "synthetic", *words), stderr=subprocess.PIPE, text=True, bufsize=1
        )
        self.said: list[str] = []
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def await_saying(self, words: str) -> None:
        until = time.monotonic() + TIMEOUT_S
        while not any(words in line for line in self.said):
            assert time.monotonic() < until, self.said
            assert self._reading.is_alive(), self.said
            self._reading.join(0.02)

    def end(self) -> int:
        status = self.process.wait(TIMEOUT_S)
        self._reading.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(self.process.stderr)


@pytest.fixture
def work(stream: NatsServer) -> NatsServer:
    """The server, with a work queue that is new."""
    stream.ask("STREAM.DELETE.nxcast-in")
    made = stream.set_up()
    assert "stream nxcast-in made" in made.stdout, made.stderr
    return stream


@pytest.fixture
def users(tmp_path: Path) -> Iterator[NatsServer]:
    running = NatsServer(tmp_path, options=USERS)
    yield running
    running.kill()


def _frames(server: NatsServer) -> dict[tuple[str, int, int], int]:
    """How many frames each batch in the queue has, by its numbers: none is there twice."""
    frames: dict[tuple[str, int, int], int] = {}
    for number in range(1, server.ask("STREAM.INFO.nxcast-in")["state"]["last_seq"] + 1):
        subject, body = server.message("nxcast-in", number)
        head, payload = map(msgpack.unpackb, split_body(body))
        assert subject == "nxcast.in." + head["sensor"].replace(".", "/")
        place = head["sensor"], head["epoch"], head["sequence"]
        assert place not in frames
        frames[place] = len(payload)
        assert len(payload) == head["count"]
    return frames


def test_what_is_sent_is_stored_and_acknowledged(work: NatsServer) -> None:
    producer = Synthetic(work.endpoint, 20_000)
    assert producer.end() == 0, producer.said
    assert "sent 20,000, acknowledged 20,000, dropped 0" in producer.said[-1]
    found = _frames(work)
    assert sum(found.values()) == 20_000
    assert [sequence for _, _, sequence in found] == list(range(1, len(found) + 1))


def test_a_server_that_is_killed_takes_nothing(work: NatsServer) -> None:
    producer = Synthetic(work.endpoint, 60_000)
    while work.ask("STREAM.INFO.nxcast-in")["state"]["messages"] < 20:
        pass
    work.kill()
    try:
        producer.await_saying("went away: waiting for it to come back")
    finally:
        work.start()
    assert producer.end() == 0, producer.said
    assert "sent 60,000, acknowledged 60,000, dropped 0" in producer.said[-1]
    assert sum(_frames(work).values()) == 60_000


def test_that_no_stream_takes_it_is_told_and_waited_out(work: NatsServer) -> None:
    work.ask("STREAM.DELETE.nxcast-in")
    producer = Synthetic(work.endpoint, 5_000)
    producer.await_saying("no stream there takes nxcast.in.ns1/example: `nxcast-broker nats setup` makes it")
    assert work.set_up().returncode == 0
    assert producer.end() == 0, producer.said
    assert sum(_frames(work).values()) == 5_000


def test_a_queue_that_is_full_makes_who_sends_wait(work: NatsServer) -> None:
    """Its stream discards the new: one that discards the old loses what it has acknowledged."""
    config = work.ask("STREAM.INFO.nxcast-in")["config"]
    work.ask("STREAM.UPDATE.nxcast-in", {**config, "max_bytes": 1 << 20})
    producer = Synthetic(work.endpoint, 60_000)
    producer.await_saying("has not answered for 5 seconds: waiting (nothing is stored: maximum bytes")
    stored = work.ask("STREAM.INFO.nxcast-in")["state"]["messages"]
    assert work.ask("STREAM.UPDATE.nxcast-in", config)["config"]["max_bytes"] == config["max_bytes"]
    assert producer.end() == 0, producer.said
    found = _frames(work)
    assert len(found) > stored
    assert sum(found.values()) == 60_000


def test_who_may_not_send_as_this_sensor_is_told(users: NatsServer) -> None:
    """The server tells only aside of a denial, and the call ends in a time-out."""
    at = f"127.0.0.1:{users.port}"
    operator = f"nats://operator:o@{at}"
    assert set_up_at(operator).returncode == 0
    allowed = Synthetic(f"nats://site:s@{at}", 100)
    denied = Synthetic(f"nats://site:s@{at}", 100, sensor="ns2")
    unknown = Synthetic(f"nats://site:wrong@{at}", 100)
    assert [each.end() for each in (allowed, denied, unknown)] == [0, 1, 1]
    assert any("takes nothing: this key may not push as ns2" in line for line in denied.said)
    assert any(f"nats://{at} does not let in who it does not know" in line for line in unknown.said)
    assert not any("wrong" in line or "site" in line for line in unknown.said)


def test_a_batch_that_is_handed_over_again_is_stored_once(work: NatsServer) -> None:
    """As after a connection that was cut: whether it was stored before is not known."""
    batches = [
        encode_batch(
            {"sensor": "ns1.example", "epoch": 1, "sequence": number, "count": 1, "held": 1},
            [frame(message(3, questions=[question(f"{number}.example.")]))],
            FRAMES_2,
        )
        for number in range(1, 41)
    ]
    with Stop() as stop:
        end = WorkProducer(work.endpoint, stop)
        try:
            for _ in range(2):
                _hand_over(end, batches)
                end.reopen()
            _hand_over(end, batches)
            _await_arrival(end, 40)
        finally:
            end.close()
    assert list(_frames(work).values()) == [1] * 40


def _hand_over(end: WorkProducer, batches: list[list[bytes]]) -> None:
    for batch in batches:
        while not end.send(batch):
            end.wait(TIMEOUT_S * 1000, writable=True)
            list(end.events())


def _await_arrival(end: WorkProducer, sequence: int) -> None:
    told = 0
    while told < sequence:
        end.ask(
            encode_request({"version": 1, "id": 1, "ask": "arrived", "sensor": "ns1.example", "epoch": 1})
        )
        end.wait(TIMEOUT_S * 1000, writable=False)
        for parts in end.answers():
            answer, _ = decode_answer(parts)
            assert answer["answer"] == "arrived"
            told = answer["sequence"]
