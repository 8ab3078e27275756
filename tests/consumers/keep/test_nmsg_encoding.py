"""What a record is in NMSG, and what has no form there; how payloads fill containers."""

from __future__ import annotations

import pytest

from nxcast.consumers.keep.nmsg_encoding import CONTAINER_MAX, FAULTS, Containers, Payloads
from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.nmsg.container import decode_container
from nxcast.schemas.nmsg.payloads import DNSNX, decode_dnsnx, make_payload, sensor_of, source_of

LAB = sensor_of(source_of("lab"))
WITHOUT_A_FORM = {
    "a server that is none": ({"response_ip": "example"}, "response_address"),
    "a resolver that is none": ({"query_ip": "1.2.3"}, "query_address"),
    "an empty label": ({"qname": "a..example."}, "bad_name"),
    "a long label": ({"qname": "a" * 64 + "."}, "bad_name"),
    "a long name": ({"qname": "a." * 200}, "bad_name"),
    "a name beyond ASCII": ({"qname": "\N{GREEK SMALL LETTER ALPHA}."}, "bad_name"),
    "TCP that is UDP": ({"type": 4}, "type_and_proto"),
    "UDP that is TCP": ({"proto": 6}, "type_and_proto"),
    "a message over UDP's size": ({"response": bytes(65_508)}, "message_too_large"),
    "a message over TCP's size": ({"type": 4, "proto": 6, "response": bytes(65_535)}, "message_too_large"),
}


@pytest.mark.parametrize(("changed", "fault"), WITHOUT_A_FORM.values(), ids=WITHOUT_A_FORM)
def test_a_record_without_a_form_is_counted_and_the_others_go_on(make, changed, fault):
    payloads = Payloads("dns-errors/")
    assert len(payloads.of([make.dns_error(), make.dns_error(**changed), make.dns_error()])) == 2
    assert (payloads.records, payloads.payloads, payloads.faults) == (3, 2, {fault: 1})
    assert fault in FAULTS


@pytest.mark.parametrize(
    ("changed", "fault"),
    [({"qname": "a..b."}, "bad_name"), ({"soa_rrname": "."}, None), ({"soa_rrname": "\\1."}, "bad_name"),
     ({"response_ip": "::g"}, "response_address"), ({"soa_rrname": None}, None), ({"qname": "."}, None),
     ({"qname": "A\\.b.\\255."}, None), ({"response_ip": "2001:db8::1"}, None)],
)  # fmt: skip
def test_any_nxdomain_has_a_form_or_a_reason(make, changed, fault):
    payloads = Payloads("nxdomain/")
    made = payloads.of([make.nxdomain(**changed)])
    assert payloads.faults == ({fault: 1} if fault else {})
    assert [decode_dnsnx(each) for each in made] == [make.nxdomain(**changed, sensor=LAB)] * (not fault)


def test_a_question_that_nobody_told_is_left_out(make):
    (payload,) = Payloads("dns-errors/").of([make.dns_error(qname=None, qtype=None, qclass=None)])
    dnsqr = nmsg_pb2.DnsQR.FromString(payload.payload)
    assert not any(map(dnsqr.HasField, ("qname", "qtype", "qclass")))


def test_each_sensor_has_its_own_source_and_is_told_once(make):
    payloads = Payloads("nxdomain/")
    sensors = ["lab", "nmsg", "ns1", "nmsg-a1ba02cf", "lab", "nmsgs"]
    made = payloads.of([make.nxdomain(sensor=sensor) for sensor in sensors])
    assert [each.source for each in made] == list(map(source_of, sensors))
    assert len({each.source for each in made}) == 5
    assert payloads.new_sources() == [(sensor, source_of(sensor)) for sensor in ("lab", "ns1", "nmsgs")]
    assert payloads.new_sources() == []


def test_sensors_beyond_the_limit_are_not_remembered(make, monkeypatch):
    monkeypatch.setattr("nxcast.consumers.keep.nmsg_encoding.SENSORS_MAX", 2)
    payloads = Payloads("nxdomain/")
    made = payloads.of([make.nxdomain(sensor=f"s{number}") for number in range(5)])
    assert [each.source for each in made] == [source_of(f"s{number}") for number in range(5)]
    assert len(payloads.new_sources()) == 2


@pytest.mark.parametrize("size", [0, 1, 100, 5000, CONTAINER_MAX // 2, CONTAINER_MAX - 100])
def test_containers_are_full_and_within_their_size(size):
    """Whatever the sizes, and with the largest numbers that the fields of a payload can have."""
    payload = make_payload(DNSNX, (1 << 64) - 1, bytes(size), 0xFFFF_FFFF)
    filling = Containers(compress=False, numbered=True)
    full = next(each for each in iter(lambda: filling.add(payload), b"") if each is not None)
    assert CONTAINER_MAX * 0.6 - size < len(full) <= CONTAINER_MAX
    assert filling.waiting == 1
    last = filling.flush()
    assert last is not None
    numbers = [decode_container(each) for each in (full, last)]
    assert [number.sequence for number in numbers] == [0, 1]
    assert len({number.sequence_id for number in numbers}) == 1
    assert (filling.flush(), filling.made) == (None, 2)
