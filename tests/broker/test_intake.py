"""Ingress messages in, records by channel out; what frames become is `test_derive`'s."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgpack
import pytest

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.derivation.compiled import INSTALLED, Compiled
from nxcast.broker.derivation.outbox import Packed
from nxcast.broker.intake import Intake
from nxcast.broker.ledger import Ledger
from nxcast.broker.malformed_records import RECORDS_A_MESSAGE
from nxcast.broker.rights.gate import Gate
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.schemas.frames import FRAMES_1, FRAMES_2, encode_batch, make_frame
from nxcast.schemas.nmsg.container import encode_container
from nxcast.schemas.nmsg.dnsqr import encode_dnsqr
from nxcast.schemas.nmsg.payloads import DNSQR, make_payload
from nxcast.schemas.question_frame import make_question
from nxcast.schemas.records import MALFORMED_DATA_MAX, RECORDS
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN, channel_of
from tests.messages import frame, message, record

NOW_NS = 10**18
NXDOMAIN_MX = frame(message())


def _batch(*frames: Any, sequence: int = 1, form: bytes = FRAMES_1, **header: Any) -> list[bytes]:
    usual = {"sensor": "ns1", "epoch": 1, "sequence": sequence, "count": len(frames)}
    return encode_batch({**usual, **header}, frames, form)  # type: ignore[typeddict-item]


def _container(*sources: int) -> list[bytes]:
    payloads = [make_payload(DNSQR, 0, encode_dnsqr(NXDOMAIN_MX), source) for source in sources]
    return [encode_container(payloads)]


def _take(intake: Intake, parts: Sequence[bytes | memoryview]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """By channel, (topic, record) pairs."""
    taken: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for given in intake.take(parts, None, NOW_NS):
        if isinstance(given, Packed):
            unpacker = msgpack.Unpacker(use_list=False)
            unpacker.feed(given.octets)
            channel = channel_of(given.topic)
            assert channel is not None
            taken.setdefault(channel, []).extend((given.topic, record) for record in unpacker)
        else:
            taken.setdefault(given.channel, []).extend(zip(given.topics, given.records, strict=True))
    return {channel: pairs for channel, pairs in taken.items() if pairs}


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def _compiled(*, accept: bool = False) -> Compiled:
    if not INSTALLED:
        pytest.skip("no C compiler where nxcast was installed")
    return Compiled(accept_unsolicited=accept, accept_forwarders=accept)


@pytest.fixture(params=["python", "compiled"])
def intake(ledger: Ledger, request: pytest.FixtureRequest) -> Intake:
    compiled = _compiled() if request.param == "compiled" else None
    return Intake(
        ledger, Arrivals(), None, accept_unsolicited=False, accept_forwarders=False, compiled=compiled
    )


def test_what_the_kernel_took_is_counted(ledger: Ledger) -> None:
    """All of a clean batch, and of another one all but what is wrong."""
    compiled = _compiled()
    taking = Intake(
        ledger, Arrivals(), None, accept_unsolicited=False, accept_forwarders=False, compiled=compiled
    )
    _take(taking, _batch(NXDOMAIN_MX, frame(message(0))))
    _take(taking, _batch(NXDOMAIN_MX, (1, 2, 3), sequence=2))
    counters = ledger.counters()
    assert (counters.get("compiled"), counters["frames_received"], counters["errors"]) == (3, 4, 2)


def test_a_kernel_that_breaks_the_schema_is_counted_and_python_takes_its_batch(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = _compiled()
    taking = Intake(
        ledger, Arrivals(), None, accept_unsolicited=False, accept_forwarders=False, compiled=compiled
    )
    monkeypatch.setitem(RECORDS, DNS_ERRORS, RECORDS[NXDOMAIN])
    taken = _take(taking, _batch(NXDOMAIN_MX))
    assert {channel: len(pairs) for channel, pairs in taken.items()} == {"dns-errors/": 1, "nxdomain/": 1}
    counters = ledger.counters()
    assert (counters.get("compiled"), counters.get("kernel_breaches"), counters["errors"]) == (0, 1, 1)


def test_a_batch_gives_records_of_its_sensor_with_their_topics(intake: Intake, ledger: Ledger) -> None:
    taken = _take(intake, _batch(NXDOMAIN_MX, frame(message(0)), frame(message(2))))
    assert {channel: sorted(topic for topic, _ in pairs) for channel, pairs in taken.items()} == {
        "dns-errors/": ["dns-errors/NXDOMAIN/", "dns-errors/SERVFAIL/"],
        "nxdomain/": ["nxdomain/MX/"],
    }
    assert {record["sensor"] for pairs in taken.values() for _, record in pairs} == {"ns1"}
    assert (ledger.messages_received, ledger.frames_received, ledger.noerror) == (1, 3, 1)


@pytest.mark.parametrize(
    "parts",
    [
        _batch(NXDOMAIN_MX, frame(message(2))),
        _batch(NXDOMAIN_MX, (1, 2)),
        _batch(NXDOMAIN_MX, count=2),
        _container(7),
        [b"NMSG" + b"\0" * 20],
        [b"x" * (MALFORMED_DATA_MAX + 1)],
        [b"frames/12" + b"x" * MALFORMED_DATA_MAX, b"", b""],
        [bytes(8 << 20), b"x"],
    ],
)
def test_what_the_transport_still_has_is_read_as_what_was_copied(parts: list[bytes]) -> None:
    def counted(parts: Sequence[bytes | memoryview]) -> tuple[Any, dict[str, Any]]:
        ledger = Ledger()
        intake = Intake(ledger, Arrivals(), None, accept_unsolicited=False, accept_forwarders=False)
        return _take(intake, parts), ledger.counters()

    assert counted([memoryview(bytearray(part)) for part in parts]) == counted(parts)


@pytest.mark.parametrize(
    ("parts", "reason", "sensor", "data"),
    [
        ([b"junk"], "message_kind", None, b"junk"),
        (_batch(NXDOMAIN_MX, count=2), "message_count", "ns1", None),
        (_batch((1, 2)), "frame_shape", "ns1", None),
        (_batch(frame(message(3, response=False))), "not_a_response", "ns1", None),
        ([b"NMSG" + b"\0" * 20], "container_version", None, None),
        ([b"x" * (MALFORMED_DATA_MAX + 1)], "message_kind", None, b"x" * MALFORMED_DATA_MAX),
    ],
)
def test_what_is_malformed_becomes_a_record_and_is_counted_once(
    intake: Intake, ledger: Ledger, parts: list[bytes], reason: str, sensor: str | None, data: bytes | None
) -> None:
    taken = _take(intake, parts)
    assert set(taken) == {"malformed/"}
    ((topic, record),) = taken["malformed/"]
    assert (topic, record["time_ns"], record["sensor"], record["reason"]) == (
        "malformed/",
        NOW_NS,
        sensor,
        reason,
    )
    assert data is None or record["data"] == data
    assert ledger.messages_malformed + ledger.malformed == {reason: 1}


@pytest.mark.parametrize("kind", ["frames", "payloads", "responses"])
def test_of_a_message_sixteen_malformed_records_are_published_and_all_counted(
    intake: Intake, ledger: Ledger, kind: str
) -> None:
    parts = {
        "frames": _batch(*[frame(message(), kind=99)] * 40),
        "payloads": [encode_container([make_payload(DNSQR, 0, b"\xff", 1)] * 40)],
        "responses": _batch(*[frame(message(3, response=False))] * 40),
    }[kind]
    assert len(_take(intake, parts)["malformed/"]) == RECORDS_A_MESSAGE
    assert ledger.malformed.total() == ledger.frames_received == 40
    assert ledger.counters()["malformed_withheld"] == 40 - RECORDS_A_MESSAGE


@pytest.mark.parametrize(
    "parts",
    [
        [b"NMSG" + b"\xff" * 20],
        [FRAMES_1, encode_batch({"sensor": "ns2", "epoch": 1, "sequence": 1, "count": 9}, [])[1], b"\xff"],
    ],
    ids=["container", "batch"],
)
def test_rights_come_before_work(ledger: Ledger, tmp_path: Path, parts: list[bytes]) -> None:
    """What may not be pushed is refused by its header: that the rest of it can't be read never shows."""
    key = "k" * 40
    path = tmp_path / "keys.toml"
    path.write_text(render_keys(Keys({"ns1": Client(key=key, push=("ns1",))})))
    gate = Gate(path, ledger.refused, NOW_NS)
    intake = Intake(ledger, Arrivals(), gate, accept_unsolicited=False, accept_forwarders=False)
    assert [each for each in intake.take(parts, f"1 {key}", NOW_NS) if each.records] == []
    assert ledger.messages_malformed == {"not_allowed": 1}
    assert ledger.messages_received == 1


def test_a_batch_that_came_before_gives_nothing_where_its_producer_sends_again(
    intake: Intake, ledger: Ledger
) -> None:
    again = _batch(NXDOMAIN_MX, held=1)
    assert set(_take(intake, again)) == {"dns-errors/", "nxdomain/"}
    assert _take(intake, again) == {}
    assert (ledger.messages_received, ledger.frames_received) == (2, 1)


def test_a_container_gives_records_by_the_sensors_of_its_payloads(intake: Intake, ledger: Ledger) -> None:
    taken = _take(intake, _container(1, 2, 1))
    assert sorted(record["sensor"] for _, record in taken["nxdomain/"]) == [
        "nmsg-00000001",
        "nmsg-00000001",
        "nmsg-00000002",
    ]
    assert (ledger.messages_received, ledger.frames_received) == (1, 3)


@pytest.mark.parametrize("kind", ["unsolicited", "forwarder"])
def test_what_is_dropped_by_default_gives_records_only_if_accepted(ledger: Ledger, kind: str) -> None:
    response = bytearray(message())
    response[2] |= kind == "forwarder"  # RD
    dropped = make_frame(*frame(bytes(response), kind=3 if kind == "unsolicited" else 1))
    for accept in (False, True):
        intake = Intake(ledger, Arrivals(), None, accept_unsolicited=accept, accept_forwarders=accept)
        assert ("nxdomain/" in _take(intake, _batch(dropped, form=FRAMES_2))) == accept
    assert (getattr(ledger, kind), ledger.errors, ledger.frames_received) == (1, 1, 2)


def test_answers_have_topics_by_type_where_they_are_wanted(ledger: Ledger) -> None:
    response = message(0, answers=[record("gdsrr.com.", 1, bytes(4))])
    for wanted in (False, True):
        intake = Intake(
            ledger, Arrivals(), None, accept_unsolicited=False, accept_forwarders=False, answers=wanted
        )
        taken = _take(intake, _batch(frame(response), frame(message(0))))
        assert [topic for topic, _ in taken.get("answers/", [])] == ["answers/MX/"] * wanted
    assert (ledger.frames_received, ledger.noerror, ledger.answers) == (4, 4, 1)
    assert ledger.counters()["answers"] == 1


def test_a_batch_of_today_counts_each_frame_once(intake: Intake, ledger: Ledger) -> None:
    com, net = b"\x03com\0", b"\x03net\0"
    asked = make_question(7, b"\x01a" + com, 1, 1, None, com, None, "cache")
    frames = [
        make_frame(*NXDOMAIN_MX, com),
        make_frame(*NXDOMAIN_MX, net),
        make_frame(*frame(message(0)), com),
        asked,
        (*asked[:2], b"\xc0\x0c", *asked[3:]),
    ]
    taken = _take(intake, _batch(*frames, form=FRAMES_2, questions=True))
    assert {channel: [topic for topic, _ in pairs] for channel, pairs in taken.items()} == {
        "dns-errors/": ["dns-errors/NXDOMAIN/"],
        "nxdomain/": ["nxdomain/A/"],
        "malformed/": ["malformed/"],
    }
    counted = ("errors", "questions", "mismatched", "noerror", "nxdomain")
    assert [getattr(ledger, each) for each in counted] == [1, 1, 1, 1, 1]
    assert ledger.malformed == {"not_a_name": 1}
    assert ledger.frames_received == 5
