"""The broker's third socket as its clients see it: real sockets, DEALER and REQ."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest
import zmq

from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import REQUEST_MAX, encode_request
from tests.conftest import TIMEOUT_MS, Bench, RunningBroker, receive
from tests.messages import frame, message

FREE = ("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
NXDOMAIN = frame(message())
TOPIC = "nxdomain/MX/"
DESCRIBE = encode_request({"version": 1, "id": 9, "ask": "describe"})


@pytest.fixture
def nothing_kept() -> Iterator[Bench]:
    running = RunningBroker(*FREE, "--log", "none", "--log-bytes", "0")
    around = Bench(running)
    try:
        yield around
    finally:
        around.close()
        running.stop()


def _publish(bench: Bench, messages: int, **header: Any) -> list[tuple[bytes, bytes]]:
    """Publish so many messages of one record on TOPIC; their headers and payloads."""
    subscriber = bench.subscribe(TOPIC)
    published = []
    for _ in range(messages):
        bench.push(NXDOMAIN, **header)
        _, *parts = subscriber.recv_multipart()
        published.append((parts[0], parts[1]))
    return published


def _until_arrived(bench: Bench, sequence: int, *, missing: bool = True) -> Any:
    """Until that has, and unless some may be `missing` all before it."""
    while True:
        header, _ = bench.ask(ask="arrived", sensor="ns1", epoch=1)
        if header["sequence"] == sequence and (missing or not header["missing"]):
            return header


def _epoch(bench: Bench) -> int:
    epoch: int = bench.ask(ask="status")[0]["epoch"]
    return epoch


def test_a_range_is_what_subscribers_got_octet_for_octet(bench: Bench) -> None:
    published = _publish(bench, 3)
    header, messages = bench.ask(ask="range", topic=TOPIC, epoch=_epoch(bench), first=2, last=9)
    assert (header["first"], header["count"], header["oldest"]) == (2, 2, 1)
    assert messages == published[1:]


def test_since_tells_what_to_ask_for(bench: Bench) -> None:
    published = _publish(bench, 3)
    second = msgpack.unpackb(published[1][0])["time_ns"]
    header, _ = bench.ask(ask="since", topics=[TOPIC], time_ns=second)
    assert (header["topics"], header["complete"]) == ({TOPIC: 2}, True)
    assert bench.ask(ask="since", topics=[TOPIC], time_ns=0)[0]["complete"] is False


def test_status_is_as_on_its_channel_and_names_the_port(bench: Bench) -> None:
    status = bench.ask(ask="status")[0]["status"]
    assert bench.running.replay.endswith(f":{status['replay']}")
    topic, header, (published,) = receive(bench.subscribe("status/"))
    assert (topic, header["epoch"], published.keys()) == ("status/", status["epoch"], status.keys())


def test_describe_tells_what_there_is(bench: Bench) -> None:
    header, _ = bench.ask(ask="describe")
    assert TOPIC in header["topics"]
    assert "Nxdomain" in header["schemas"]


def test_of_a_batch_that_has_arrived_all_can_be_had(bench: Bench) -> None:
    published = _publish(bench, 2, held=1)
    assert _until_arrived(bench, 2)["missing"] == []
    assert bench.ask(ask="range", topic=TOPIC, epoch=_epoch(bench), first=1, last=9)[1] == published


def test_what_is_sent_again_is_published_once(bench: Bench) -> None:
    subscriber = bench.subscribe(TOPIC, "status/")
    for sequence in (1, 4, 2, 2, 4, 3):
        bench.push(NXDOMAIN, sequence=sequence, held=1)
    _until_arrived(bench, 4, missing=False)
    status = bench.ask(ask="status")[0]["status"]
    assert status["counters"]["frames_received"] == status["counters"]["errors"] == 4
    assert status["topics"][TOPIC]["records"] == 4
    account = status["sensors"]["ns1"]
    assert (account["lost_batches"], account["repeated_batches"], account["batches"]) == (0, 2, 6)
    assert receive(subscriber)[0] == TOPIC


def test_what_never_came_is_missing(bench: Bench) -> None:
    for sequence in (3, 6):
        bench.push(NXDOMAIN, sequence=sequence, held=2)
    assert _until_arrived(bench, 6)["missing"] == [[2, 2], [4, 5]]
    bench.push(NXDOMAIN, sequence=7, held=5)
    assert _until_arrived(bench, 7)["missing"] == [[5, 5]]


def test_what_waits_in_the_outbox_has_not_arrived() -> None:
    running = RunningBroker(*FREE, "--linger-ms", "60000")
    bench = Bench(running)
    try:
        bench.push(frame(message(0)), held=1)  # gives nothing that would wait
        _until_arrived(bench, 1)
        bench.push(NXDOMAIN, held=1)
        while bench.ask(ask="status")[0]["status"]["counters"]["errors"] < 1:
            pass
        status = bench.subscribe("status/")
        receive(status)
        receive(status)  # a second and more
        assert bench.ask(ask="arrived", sensor="ns1", epoch=1)[0]["sequence"] == 1
    finally:
        bench.close()
        running.stop()


def test_a_req_socket_is_answered_too(bench: Bench) -> None:
    asker = bench.socket(zmq.REQ, bench.running.replay)
    for _ in range(3):
        asker.send(DESCRIBE)
        assert decode_answer(asker.recv_multipart())[0]["id"] == 9


def test_without_a_store_ranges_are_empty_and_all_else_is_answered(nothing_kept: Bench) -> None:
    _publish(nothing_kept, 2)
    header, messages = nothing_kept.ask(ask="range", topic=TOPIC, epoch=_epoch(nothing_kept), first=1, last=2)
    assert (header["first"], header["count"], header["oldest"], messages) == (3, 0, 3, [])
    _until_arrived(nothing_kept, 2)


def test_a_paths_port_is_nil(tmp_path: Any) -> None:
    running = RunningBroker(*FREE, "--replay", f"ipc://{tmp_path}/replay")
    bench = Bench(running)
    try:
        assert running.replay == f"ipc://{tmp_path}/replay"
        assert bench.ask(ask="status")[0]["status"]["replay"] is None
    finally:
        bench.close()
        running.stop()


def test_an_answer_never_waits_for_a_client_and_a_quick_one_loses_none(bench: Bench) -> None:
    sluggish = bench.socket(zmq.DEALER, bench.running.replay)
    for _ in range(200):
        sluggish.send(DESCRIBE)  # and reads nothing
    for _ in range(300):
        assert bench.ask(ask="arrived", sensor="ns1", epoch=1)[0]["sequence"] == 0


def test_a_request_over_the_limit_costs_its_sender_only(bench: Bench) -> None:
    stranger = bench.socket(zmq.DEALER, bench.running.replay)
    ended = stranger.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    stranger.send(b"\0" * (REQUEST_MAX + 1))
    assert ended.poll(TIMEOUT_MS)  # what is sent before that goes with the connection
    assert bench.ask(ask="status")[0]["status"]["counters"]["requests_received"] == 1
    stranger.send(b"\0" * REQUEST_MAX)
    assert decode_answer(stranger.recv_multipart())[0]["error"] == "request_shape"


def test_whatever_is_sent_is_answered_and_counted_and_the_broker_goes_on(bench: Bench) -> None:
    stranger = bench.socket(zmq.DEALER, bench.running.replay)
    random.seed(7)
    sent = 300
    for _ in range(sent):
        parts = [random.randbytes(random.randrange(60)) for _ in range(random.randrange(1, 4))]
        stranger.send_multipart(parts)
        answer = stranger.recv_multipart()
        header, _ = decode_answer(answer[len(parts) > 1 and parts[0] == b"" :])
        assert header["answer"] == "error"
    published = _publish(bench, 1)
    counters = bench.ask(ask="status")[0]["status"]["counters"]
    assert counters["requests_received"] == sent + 1
    assert sum(counters["requests_malformed"].values()) == sent
    assert counters["frames_received"] == counters["errors"] == len(published)


def test_a_replay_endpoint_in_use_is_one_clear_line(broker: RunningBroker) -> None:
    command = [sys.executable, "-m", "nxcast.broker", *FREE, "--replay", broker.replay]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (second.returncode, second.stderr) == (
        1,
        f"nxcast-broker: can't bind {broker.replay}: address already in use (is a broker running already?); "
        "--replay names another\n",
    )
