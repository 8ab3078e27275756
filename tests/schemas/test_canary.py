"""The canary is a response like any other, and known by its sensor alone."""

from __future__ import annotations

from typing import Any

import dnslib
import pytest

from nxcast.broker.derivation.derive import derive
from nxcast.schemas.batch_decoding import decode_batch
from nxcast.schemas.canary import (
    CANARY_ERRORS,
    CANARY_NXDOMAINS,
    CANARY_SENSOR,
    canary,
    is_canary,
    without_canaries,
)
from nxcast.schemas.frames import encode_batch
from nxcast.schemas.records import RECORDS
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN, dns_errors_topic, nxdomain_topic
from tests.messages import TIME_NS

CANARY = canary("0123abcd", TIME_NS)
MALFORMED = {"time_ns": 1, "sensor": CANARY_SENSOR, "reason": "type", "data": b""}


def test_the_broker_makes_of_its_frame_just_the_records_that_it_tells() -> None:
    header: Any = {"sensor": CANARY_SENSOR, "epoch": 1, "sequence": 1, "count": 1}
    batch = decode_batch(encode_batch(header, [CANARY.frame]))
    assert batch.bad == []
    derived = derive(batch.frames, batch.header["sensor"])
    assert (derived.errors, derived.nxdomains) == ([CANARY.error], [CANARY.nxdomain])
    RECORDS[DNS_ERRORS].validate_python(derived.errors)
    RECORDS[NXDOMAIN].validate_python(derived.nxdomains)
    assert dns_errors_topic(CANARY.error["rcode"]) == CANARY_ERRORS
    assert nxdomain_topic(CANARY.nxdomain["qtype"]) == CANARY_NXDOMAINS


def test_its_messages_are_well_formed() -> None:
    query, response = (dnslib.DNSRecord.parse(octets) for octets in CANARY.frame[7:])
    assert query.pack() == CANARY.frame[7]
    assert str(response.q.qname) == str(query.q.qname) == "0123abcd.canary.nxcast.invalid."
    assert (response.header.id, response.header.rcode, response.header.qr) == (query.header.id, 3, 1)
    assert [str(each.rname) for each in response.auth] == ["canary.nxcast.invalid."]
    assert dnslib.QTYPE[response.auth[0].rtype] == "SOA"


@pytest.mark.parametrize("record", [CANARY.error, CANARY.nxdomain])
def test_its_records_are_known_by_their_sensor(record: Any) -> None:
    assert is_canary(record)
    assert not is_canary({**record, "sensor": "ns1"})


@pytest.mark.parametrize(
    "record", [None, 5, [], {}, {"sensor": None}, MALFORMED, {"qname": CANARY.error["qname"]}]
)
def test_anything_else_is_none(record: Any) -> None:
    assert not is_canary(record)


def test_they_are_left_out_of_records_and_nothing_else_is() -> None:
    others: list[Any] = [{**CANARY.error, "sensor": "ns1"}, {**CANARY.nxdomain, "sensor": "nxcast"}]
    assert without_canaries([others[0], CANARY.error, others[1], CANARY.nxdomain]) == others
    assert without_canaries(others) is others
    odd: list[Any] = [None, 5, {}, [CANARY.error], {"sensor": [CANARY_SENSOR]}]
    assert without_canaries([*odd, CANARY.error]) == odd
