"""NMSG containers on the broker's ingress: records, counters and losses, whatever is sent."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.ledger import SENSORS_MAX, Ledger
from nxcast.broker.nmsg_intake import ContainerIntake, is_container
from nxcast.schemas.batch_decoding import MessageError
from nxcast.schemas.frames import Frame
from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.nmsg.container import (
    CONTAINER_REASONS,
    FLAG_FRAGMENT,
    FLAG_ZLIB,
    encode_container,
    with_header,
)
from nxcast.schemas.nmsg.dnsqr import encode_dnsqr
from nxcast.schemas.nmsg.payloads import DNSQR, FAULTS, make_payload
from nxcast.schemas.nmsg.reassembly import AGE_MAX_NS, split
from nxcast.schemas.records import RECORDS
from tests.conftest import Bench, receive
from tests.messages import AUTHORITY, TIME_NS, frame, message, soa

NXDOMAIN: Frame = (*frame(message(authorities=[soa("com.")]))[:5], bytes([203, 0, 113, 7]), 4000, None,
                   message(authorities=[soa("com.")]))  # fmt: skip
SOURCE = 0xA1BA02CF


def dnsqr(made: Frame = NXDOMAIN, source: int = SOURCE) -> nmsg_pb2.NmsgPayload:
    return make_payload(DNSQR, TIME_NS, encode_dnsqr(made), source)


def status_when(subscriber: zmq.Socket[bytes], key: str, value: int) -> dict[str, Any]:
    while True:
        topic, _, records = receive(subscriber)
        if topic == "status/" and records[0]["counters"][key] == value:
            RECORDS["status/"].validate_python(records)
            return records[0]


@pytest.mark.parametrize("compress", [False, True])
def test_a_container_gives_records(bench: Bench, compress: bool) -> None:
    """As a native batch would; the sensor is named after the source, and the resolver is withheld."""
    subscriber = bench.subscribe("dns-errors/", "nxdomain/")
    bench.send(encode_container([dnsqr()], compress=compress))
    received = {topic: records[0] for topic, _, records in [receive(subscriber) for _ in range(2)]}
    record = received["dns-errors/NXDOMAIN/"]
    assert (record["sensor"], record["time_ns"]) == ("nmsg-a1ba02cf", TIME_NS)
    assert (record["query_ip"], record["query_port"]) == (None, None)
    assert received["nxdomain/MX/"]["soa_rrname"] == "com."


def test_each_source_is_a_sensor(bench: Bench) -> None:
    subscriber = bench.subscribe("nxdomain/", "status/")
    bench.send(encode_container([dnsqr(source=1), dnsqr(source=0), dnsqr(source=1)]))
    sensors = status_when(subscriber, "errors", 3)["sensors"]
    assert {name: sensor["frames"] for name, sensor in sensors.items()} == {"nmsg-00000001": 2, "nmsg": 1}


def test_fragments_are_put_together(bench: Bench) -> None:
    """In any order."""
    subscriber = bench.subscribe("nxdomain/")
    for part in reversed(split(encode_container([dnsqr()] * 3, compress=True), 80, 9)):
        bench.send(part)
    assert len(receive(subscriber)[2]) == 3


def wrong_crc() -> bytes:
    octets = dnsqr().SerializeToString()
    return with_header(0, nmsg_pb2.Nmsg(payloads=[octets] * 2, payload_crcs=[1]).SerializeToString())


HOSTILE: list[tuple[bytes, str]] = [
    (wrong_crc(), "payload_crc"),
    (encode_container([make_payload(DNSQR, 0, b"\xff")]), "bad_protobuf"),
    (encode_container([make_payload(DNSQR, 0, encode_dnsqr(NXDOMAIN)[:-60])]), "bad_protobuf"),
    (b"NMSG", "container_length"),
    (b"NMSG" + bytes(20), "container_version"),
    (with_header(8, b""), "container_flags"),
    (with_header(0, b"\xff"), "container_protobuf"),
    (with_header(0, b"")[:-1] + b"\1", "container_length"),
    (with_header(FLAG_ZLIB, b"\0\0\0\5 no zlib"), "container_zlib"),
    (
        with_header(FLAG_ZLIB, struct.pack("!I", 9) + zlib.compress(bytes(9 << 20))),
        "container_inflated_size",
    ),
    (with_header(FLAG_ZLIB, struct.pack("!I", 9000) + zlib.compress(bytes(9000))), "container_inflation"),
    (with_header(FLAG_ZLIB, b"\xff" * 8), "container_inflated_size"),
    (
        with_header(FLAG_ZLIB, struct.pack("!I", 400) + zlib.compress(b"\x0a\0" * 200)),
        "container_payloads",
    ),
    (with_header(FLAG_FRAGMENT, b"\xff"), "container_fragment"),
]


def test_every_container_and_payload_ends_in_one_counter(bench: Bench) -> None:
    """Whatever is sent, the broker goes on, and what was wrong is on malformed/ by its reason."""
    subscriber = bench.subscribe("malformed/", "status/")
    for octets, _ in HOSTILE:
        bench.send(octets)
    bench.send(encode_container([]))
    bench.send(encode_container([make_payload((1, 6), 0, b"\x12\x02\xc1\x80"), make_payload((9, 9), 0, b"")]))
    bench.send(split(encode_container([dnsqr()]), 80, 1)[0])  # waits for others that never come
    bench.send(encode_container([dnsqr(frame(message(0))), dnsqr(frame(message(2))), dnsqr()]))
    bench.send(encode_container([dnsqr(frame(message(3), kind=3))]))
    bench.send(encode_container([dnsqr(frame(message(3, response=False)))]))
    bench.send(b"NMSG", b"in two parts")
    sent = len(HOSTILE) + 7
    malformed: list[dict[str, Any]] = []
    while True:
        topic, _, records = receive(subscriber)
        if topic == "malformed/":
            malformed += records
        elif records[0]["counters"]["messages_received"] == sent and len(malformed) == len(HOSTILE) + 2:
            break
    counters = records[0]["counters"]
    assert (counters["noerror"], counters["errors"], counters["unsolicited"]) == (1, 3, 1)
    assert counters["malformed"] == {"payload_crc": 1, "bad_protobuf": 2, "not_a_response": 1}
    assert counters["frames_received"] == 1 + 3 + 1 + sum(counters["malformed"].values())
    assert counters["skipped"] == {"base:logline": 1, "other_type": 1}
    assert counters["messages_malformed"]["message_kind"] == 1
    reasons = [*(reason for _, reason in HOSTILE), "message_kind", "not_a_response"]
    assert sorted(record["reason"] for record in malformed) == sorted(reasons)
    for counted in ("malformed", "messages_malformed"):
        for reason, count in counters[counted].items():
            assert reasons.count(reason) == count
    (crc,) = [record for record in malformed if record["reason"] == "payload_crc"]
    assert (crc["sensor"], crc["data"]) == ("nmsg-a1ba02cf", dnsqr().SerializeToString())
    RECORDS["malformed/"].validate_python(malformed)


def test_what_never_arrived_is_told_by_sensor(bench: Bench) -> None:
    """Gaps in the numbers of one output are losses, another output is a restart and no loss."""
    subscriber = bench.subscribe("status/")
    for sequence_id, sequence in [(9, 0), (9, 1), (9, 5), (9, 5), (3, 700), (3, 702)]:
        bench.send(encode_container([dnsqr()], sequence=sequence, sequence_id=sequence_id))
    bench.send(encode_container([dnsqr()]))
    sensor = status_when(subscriber, "messages_received", 7)["sensors"]["nmsg-a1ba02cf"]
    assert sensor | {"time_ns": 0} == {
        "epoch": 3,
        "sequence": 702,
        "time_ns": 0,
        "batches": 7,
        "frames": 7,
        "lost_batches": 3 + 1,
        "repeated_batches": 1,
        "restarts": 1,
    }


def test_the_public_files_give_what_nmsgtool_reads(bench: Bench, shared: Path) -> None:
    subscriber = bench.subscribe("status/")
    folder = shared / "farsight"
    files = sorted(folder.rglob("*.nmsg"))
    assert files
    for path in files:
        bench.send(path.read_bytes())
    counters = status_when(subscriber, "messages_received", len(files))["counters"]
    assert counters["messages_malformed"] == {}
    assert counters["malformed"]["payload_crc"] == 1
    assert counters["frames_received"] == (
        counters["noerror"]
        + counters["errors"]
        + counters["questions"]
        + counters["unsolicited"]
        + counters["mismatched"]
        + counters["forwarder"]
        + sum(counters["malformed"].values())
    )
    assert counters["skipped"] == {
        "UDP_UNANSWERED_QUERY": 9,
        "SIE:dnsnx": 3,
        "base:logline": 5,
        "base:dns": 14,
    }


def test_a_container_is_one_part_that_begins_with_nmsg() -> None:
    assert is_container([b"NMSG"])
    assert not is_container([b"NMSG", b""])
    assert not is_container([b"frames/1"])


def test_fragments_that_never_come_are_told() -> None:
    intake = ContainerIntake()
    part = split(encode_container([dnsqr()]), 80, 9)[0]
    assert intake.take(part, 0) is None
    assert intake.lost(AGE_MAX_NS) == []
    (lost,) = intake.lost(AGE_MAX_NS + 1)
    assert lost.fragments == 1
    assert intake.lost(AGE_MAX_NS + 1) == []


def test_the_sensor_of_a_container_is_that_of_its_first_payload() -> None:
    """Also where that gives no frame, so that the numbers of its output are followed."""
    skipped = make_payload((1, 6), 0, b"", 5)
    taken = ContainerIntake().take(
        encode_container([skipped, dnsqr(source=7), dnsqr(source=5)], sequence=1, sequence_id=2), 0
    )
    assert taken is not None
    assert [(name, len(frames)) for name, frames in taken.frames.items()] == [
        ("nmsg-00000005", 1),
        ("nmsg-00000007", 1),
    ]
    assert taken.place == (2, 1)


@pytest.mark.parametrize(
    ("heard", "lost", "restarts"),
    [
        (
            [("a", 9, 0), ("b", 9, 1), ("a", 9, 2)],
            {"a": 0, "b": 0},
            {"a": 0, "b": 0},
        ),  # one output, two sources
        ([("a", 9, 0), ("b", 9, 3)], {"a": 0, "b": 2}, {"a": 0, "b": 0}),
        ([("a", 9, 0), ("a", 4, 0), ("a", 9, 1), ("a", 4, 2)], {"a": 1}, {"a": 1}),  # two outputs, one source
    ],
)
def test_losses_are_those_of_the_output(
    heard: list[tuple[str, int, int]], lost: dict[str, int], restarts: dict[str, int]
) -> None:
    ledger = Ledger()
    for name, sequence_id, sequence in heard:
        ledger.container({name: 1}, (sequence_id, sequence), 0)
    sensors = ledger.sensors()
    assert {name: sensor["lost_batches"] for name, sensor in sensors.items()} == lost
    assert {name: sensor["restarts"] for name, sensor in sensors.items()} == restarts


def test_a_container_of_more_sensors_than_are_kept_is_accounted_for() -> None:
    ledger = Ledger()
    ledger.container({"nmsg": 1}, (5, 1), 0)
    ledger.container({f"nmsg-{number:08x}": 1 for number in range(SENSORS_MAX + 9)}, (5, 3), 0)
    assert (len(ledger.sensors()), ledger.sensors_forgotten) == (SENSORS_MAX, 10)


def test_a_stopped_broker_tells_the_fragments_that_still_waited(bench: Bench) -> None:
    subscriber = bench.subscribe("malformed/")
    bench.send(split(encode_container([dnsqr()]), 80, 1)[0])
    bench.send(b"NMSG")
    assert receive(subscriber)[2][0]["reason"] == "container_length"
    status, text = bench.running.stop()
    assert status == 0
    assert text.endswith("in 2 messages; malformed: container_fragments_lost 1, container_length 1\n")


VALID = encode_container([dnsqr(), dnsqr(source=0)], sequence=1, sequence_id=2)
PARTS = split(VALID, 200, 3)


@given(st.lists(st.tuples(st.sampled_from([VALID, *PARTS]), st.integers(0, 999), st.integers(0, 255))))
def test_mutated_containers_only_ever_raise_our_error(
    changes: list[tuple[bytes, int, int]],
) -> None:
    """And each payload that was taken is a frame, bad, or skipped."""
    intake = ContainerIntake()
    for octets, place, value in changes:
        changed = bytearray(octets)
        changed[place % len(changed)] = value
        try:
            taken = intake.take(bytes(changed), 0)
        except MessageError as error:
            reason = error.reason
            assert reason in CONTAINER_REASONS
        else:
            assert taken is None or {bad.reason for bad in taken.bad} <= FAULTS.keys()


def test_the_address_of_the_authority_is_kept() -> None:
    taken = ContainerIntake().take(VALID, 0)
    assert taken is not None
    assert [frames[0][2] for frames in taken.frames.values()] == [AUTHORITY, AUTHORITY]
