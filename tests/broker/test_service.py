"""The broker as its peers see it: a process of its own, real sockets on both sides."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.ledger import SENSORS_MAX, Ledger
from nxcast.schemas.frames import (
    FRAMES_1,
    FRAMES_2,
    INGRESS_MESSAGE_MAX,
    BatchHeader,
    encode_batch,
    make_frame,
)
from nxcast.schemas.names import name_wire
from nxcast.schemas.records import EGRESS_PAYLOAD_MAX, RECORDS
from tests.conftest import Bench, RunningBroker, receive
from tests.messages import TXT, frame, message, opt, question, soa

NXDOMAIN_MX = frame(message(authorities=[soa("com.")]))


def _status_when(subscriber: zmq.Socket[bytes], key: str, value: int) -> dict[str, Any]:
    while True:
        topic, _, records = receive(subscriber)
        if topic == "status/" and records[0]["counters"][key] == value:
            return records[0]


def _start(*options: str) -> subprocess.CompletedProcess[str]:
    """Start a broker that is to fail."""
    command = [sys.executable, "-m", "nxcast.broker", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_an_nxdomain_arrives_on_both_channels(bench: Bench) -> None:
    subscriber = bench.subscribe("nxdomain/MX/", "dns-errors/")
    bench.push(NXDOMAIN_MX)
    received = {
        topic: (header, records) for topic, header, records in [receive(subscriber) for _ in range(2)]
    }
    assert received.keys() == {"nxdomain/MX/", "dns-errors/NXDOMAIN/"}
    for header, records in received.values():
        assert (header["version"], header["sequence"], header["count"], len(records)) == (1, 1, 1, 1)
    (record,) = received["nxdomain/MX/"][1]
    assert (record["qname"], record["soa_rrname"], record["sensor"]) == ("gdsrr.com.", "com.", "ns1")


@pytest.mark.parametrize(
    ("rcode", "qtype", "topics"),
    [
        (3, 1, ["dns-errors/NXDOMAIN/", "nxdomain/A/"]),
        (3, 65_400, ["dns-errors/NXDOMAIN/", "nxdomain/OTHER/"]),
        (2, 1, ["dns-errors/SERVFAIL/"]),
        (5, 1, ["dns-errors/REFUSED/"]),
        (15, 1, ["dns-errors/OTHER/"]),
        (16, 1, ["dns-errors/BADVERS/"]),
    ],
)
def test_each_record_goes_to_its_topic(bench: Bench, rcode: int, qtype: int, topics: list[str]) -> None:
    subscriber = bench.subscribe("nxdomain/", "dns-errors/")
    extended = [opt(rcode >> 4)] if rcode >> 4 else []
    bench.push(frame(message(rcode & 15, questions=[question(qtype=qtype)], additionals=extended)))
    assert sorted(receive(subscriber)[0] for _ in topics) == topics


def test_a_prefix_gets_its_topics_and_no_longer_word(bench: Bench) -> None:
    subscriber = bench.subscribe("nxdomain/A/")
    for qtype in (28, 38, 1):  # AAAA, A6, A
        bench.push(frame(message(questions=[question(qtype=qtype)])))
    assert receive(subscriber)[0] == "nxdomain/A/"


def test_every_message_and_frame_ends_in_one_counter_whatever_is_sent(bench: Bench) -> None:
    subscriber = bench.subscribe("malformed/", "status/")
    bench.push(NXDOMAIN_MX, frame(message(0)), frame(message(2)), frame(message(3), kind=3))
    bench.push(frame(message(3, response=False)), NXDOMAIN_MX)
    bench.push(NXDOMAIN_MX, (1, 2, 3), (*NXDOMAIN_MX[:2], b"123", *NXDOMAIN_MX[3:]))  # type: ignore[arg-type]
    bench.push(NXDOMAIN_MX, count=2)
    bench.push(NXDOMAIN_MX, sensor="no spaces please")
    bench.send(b"NMSG" + b"\0" * 20)
    bench.send(b"")
    bench.send(FRAMES_1)
    bench.send(FRAMES_1, b"\xc1", b"\xc1")
    bench.send(*encode_batch({"sensor": "ns1", "epoch": 1, "sequence": 4, "count": 1}, [])[:2], b"\xc1")
    bench.push()
    malformed: list[dict[str, Any]] = []
    while True:
        topic, _, records = receive(subscriber)
        if topic == "malformed/":
            malformed += records
        elif records[0]["counters"]["messages_received"] == 11 and len(malformed) == 10:
            break
    counters = records[0]["counters"]
    assert counters["frames_received"] == 9
    assert (counters["noerror"], counters["errors"], counters["unsolicited"]) == (1, 4, 1)
    assert counters["malformed"] == {"not_a_response": 1, "frame_shape": 1, "frame_response_ip": 1}
    assert counters["frames_received"] == 1 + 4 + 1 + sum(counters["malformed"].values())
    assert counters["messages_malformed"] == {
        "container_version": 1,
        "message_count": 1,
        "message_header": 2,
        "message_kind": 1,
        "message_parts": 1,
        "message_payload": 1,
    }
    assert sorted(record["reason"] for record in malformed) == sorted(
        reason
        for reasons in (counters["malformed"], counters["messages_malformed"])
        for reason, count in reasons.items()
        for _ in range(count)
    )
    RECORDS["malformed/"].validate_python(malformed)


def test_a_message_over_the_limit_costs_its_sender_only(bench: Bench) -> None:
    subscriber = bench.subscribe("nxdomain/")
    stranger = bench.socket(zmq.PUSH, bench.running.ingress)
    stranger.send(b"\0" * (INGRESS_MESSAGE_MAX + 1))
    bench.push(NXDOMAIN_MX)
    assert receive(subscriber)[0] == "nxdomain/MX/"


def test_what_never_arrived_is_told_by_sensor(bench: Bench) -> None:
    subscriber = bench.subscribe("status/")
    for sequence in (1, 2, 6):
        bench.push(NXDOMAIN_MX, sequence=sequence)
    status = _status_when(subscriber, "messages_received", 3)
    assert status["sensors"]["ns1"] | {"time_ns": 0} == {
        "epoch": 1,
        "sequence": 6,
        "time_ns": 0,
        "batches": 3,
        "frames": 3,
        "lost_batches": 3,
        "repeated_batches": 0,
        "restarts": 0,
    }
    assert status["topics"]["nxdomain/MX/"]["records"] == 3


def test_a_storm_of_subscribers_makes_no_storm_of_statuses(bench: Bench) -> None:
    """By the broker's own time: two a second at most, the one that is due and one for who joined."""
    watch, storm = bench.subscribe("status/"), bench.subscribe("status/")
    times = [receive(watch)[2][0]["time_ns"]]
    while times[-1] - times[0] < 2_000_000_000:
        storm.unsubscribe("status/")
        storm.subscribe("status/")
        if watch.poll(10):
            times.append(receive(watch)[2][0]["time_ns"])
    assert len(times) - 1 <= 2 * (times[-1] - times[0]) / 1e9 + 1


def test_status_tells_the_last_sequence_of_every_topic(bench: Bench) -> None:
    subscriber = bench.subscribe("nxdomain/", "status/")
    last: dict[str, int] = {}
    for _ in range(3):
        bench.push(NXDOMAIN_MX, frame(message(questions=[question(qtype=TXT)])))
    while True:
        topic, header, records = receive(subscriber)
        if topic != "status/":
            last[topic] = header["sequence"]
        elif records[0]["topics"].get("nxdomain/TXT/", {}).get("records") == 3:
            break
    published = {topic: each["sequence"] for topic, each in records[0]["topics"].items()}
    assert {topic: published[topic] for topic in last} == last
    RECORDS["status/"].validate_python(records)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_broker_sends_what_it_holds_and_tells_its_counters(number: signal.Signals) -> None:
    running = RunningBroker(
        "--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*", "--linger-ms", "60000"
    )
    bench = Bench(running)
    try:
        subscriber = bench.subscribe("nxdomain/", "status/")
        bench.push(NXDOMAIN_MX, frame(message(0)))
        _status_when(subscriber, "frames_received", 2)
        running.process.send_signal(number)
        topic, _, records = receive(subscriber)
        while topic == "status/":
            topic, _, records = receive(subscriber)
        assert (topic, len(records)) == ("nxdomain/MX/", 1)
        _, text = running.process.communicate(timeout=60)
    finally:
        running.process.kill()
        running.process.communicate()
        bench.close()
    assert running.process.returncode == 0
    assert text == (
        "nxcast-broker: stopped: 2 frames = 1 noerror (0 answers) + 1 errors + 0 questions (1 nxdomain) "
        "+ 0 unsolicited + 0 mismatched + 0 forwarder + 0 malformed, in 1 messages\n"
    )


def test_a_path_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("data")
    started = _start("--ingress", f"ipc://{precious}")
    assert (started.returncode, precious.read_text()) == (1, "data")
    assert (
        started.stderr
        == f"nxcast-broker: can't bind ipc://{precious}: file exists; --ingress names another\n"
    )


def test_a_socket_file_is_taken_over_only_if_nobody_listens(tmp_path: Path) -> None:
    ingress, egress = f"ipc://{tmp_path}/in", f"ipc://{tmp_path}/out"
    first = RunningBroker("--ingress", ingress, "--egress", egress)
    second = _start("--ingress", ingress, "--egress", egress)
    assert (second.returncode, "is a broker running already?" in second.stderr) == (1, True)
    first.process.kill()
    first.process.communicate()
    third = RunningBroker("--ingress", ingress, "--egress", egress)
    assert third.stop()[0] == 0


@pytest.mark.parametrize("accept", [False, True])
def test_unsolicited_responses_reach_a_channel_only_if_accepted(accept: bool) -> None:
    options = ["--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*"]
    running = RunningBroker(*options, *["--accept-unsolicited"] * accept)
    bench = Bench(running)
    try:
        subscriber = bench.subscribe("nxdomain/")
        bench.push(frame(message(questions=[question("spoofed.")]), kind=3), NXDOMAIN_MX)
        _, _, records = receive(subscriber)
        assert [record["qname"] for record in records] == ["spoofed."] * accept + ["gdsrr.com."]
    finally:
        bench.close()
        running.stop()


@pytest.mark.parametrize("answers", [False, True])
def test_answers_are_published_and_kept_only_where_they_are_wanted(answers: bool) -> None:
    options = [
        "--ingress",
        "tcp://127.0.0.1:*",
        "--egress",
        "tcp://127.0.0.1:*",
        "--replay",
        "tcp://127.0.0.1:*",
    ]
    running = RunningBroker(*options, *["--answers"] * answers)
    bench = Bench(running)
    try:
        subscriber = bench.subscribe("answers/", "nxdomain/")
        bench.push(frame(message(0, authorities=[soa("com.")])), NXDOMAIN_MX)
        received = {topic: records for topic, _, records in [receive(subscriber) for _ in range(1 + answers)]}
        assert set(received) == {"nxdomain/MX/", *["answers/MX/"] * answers}
        status = bench.ask(ask="status")[0]["status"]
        assert (status["counters"]["noerror"], status["counters"]["answers"]) == (1, int(answers))
        asked = {"ask": "range", "topic": "answers/MX/", "epoch": status["epoch"], "first": 1, "last": 1}
        _, messages = bench.ask(**asked)
        kept = [record for _, payload in messages for record in msgpack.unpackb(payload)]
        assert kept == received.get("answers/MX/", [])
    finally:
        bench.close()
        running.stop()


@pytest.mark.parametrize("compiled", ["--compiled", "--no-compiled"])
@pytest.mark.parametrize("servers", [False, True])
def test_servers_that_answer_well_are_told_where_that_is_wanted(servers: bool, compiled: str) -> None:
    """Of the minute that was begun when the broker ends."""
    running = RunningBroker(
        "--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*", compiled, *["--servers"] * servers
    )
    bench = Bench(running)
    try:
        subscriber = bench.subscribe("servers/", "nxdomain/")
        zone = name_wire("com.")
        frames = [make_frame(*frame(message(rcode)), zone) for rcode in (0, 0, 2, 3)]
        header: BatchHeader = {"sensor": "ns1", "epoch": 1, "sequence": 1, "count": len(frames)}
        bench.send(*encode_batch(header, frames, FRAMES_2))
        assert receive(subscriber)[0] == "nxdomain/MX/"
        running.process.send_signal(signal.SIGTERM)
        if servers:
            topic, told, (record,) = receive(subscriber)
            assert (topic, told["sequence"], told["count"]) == ("servers/", 1, 1)
            RECORDS["servers/"].validate_python([record])
            counted = {key: record[key] for key in ("response_ip", "query_zone", "noerror", "nxdomain")}
            assert counted == {
                "response_ip": "192.33.14.30", "query_zone": "com.", "noerror": 2, "nxdomain": 1,
            }  # fmt: skip
        assert running.process.wait(60) == 0
        assert not subscriber.poll(0)
    finally:
        bench.close()
        running.stop()


def test_an_address_in_use_is_one_clear_line(broker: RunningBroker) -> None:
    second = _start("--ingress", broker.ingress)
    assert second.returncode == 1
    assert second.stderr == (
        f"nxcast-broker: can't bind {broker.ingress}: address already in use (is a broker running already?); "
        "--ingress names another\n"
    )


def test_the_largest_status_fits_what_subscribers_take() -> None:
    ledger = Ledger()
    for number in range(SENSORS_MAX):
        header: BatchHeader = {
            "sensor": f"{number:x<64}",
            "epoch": 2**64 - 1,
            "sequence": 2**64 - 1,
            "count": 65_536,
        }
        ledger.batch(header, Arrivals().take(header), 2**64 - 1)
    assert len(msgpack.packb(ledger.sensors())) + 20_000 < EGRESS_PAYLOAD_MAX


def test_a_sighup_without_keys_is_told_and_changes_nothing(bench: Bench) -> None:
    bench.running.process.send_signal(signal.SIGHUP)
    assert bench.running.process.stderr is not None
    line = bench.running.process.stderr.readline()
    assert line == "nxcast-broker: nothing to read again: there are no keys\n"
    subscriber = bench.subscribe("nxdomain/")
    bench.push(NXDOMAIN_MX)
    assert receive(subscriber)[0] == "nxdomain/MX/"
