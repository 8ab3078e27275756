import struct

import dnslib
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.show.message_text import message_lines
from nxcast.consumers.show.text import record_text


def lines(topic, record):
    return record_text(topic, record).split("\n")


def test_nxdomain_is_the_five_lines_of_sie(make):
    assert lines("nxdomain/MX/", make.nxdomain()) == [
        "qname: gdsrr.com.",
        "qclass: IN (1)",
        "qtype: MX (15)",
        "response_ip: 192.33.14.30",
        "soa_rrname: com.",
    ]


def test_nxdomain_without_soa_is_four_lines(make):
    assert len(lines("nxdomain/MX/", make.nxdomain(soa_rrname=None))) == 4


def test_unknown_codes_read_as_in_rfc_3597(make):
    text = record_text("nxdomain/OTHER/", make.nxdomain(qtype=65400, qclass=65279))
    assert "qtype: TYPE65400 (65400)" in text
    assert "qclass: CLASS65279 (65279)" in text


def test_an_answer_is_in_the_order_of_dnsqr_too(make):
    answer, error = lines("answers/A/", make.answer()), lines("dns-errors/SERVFAIL/", make.dns_error())
    assert answer[9] == "rcode: NOERROR (0)"
    assert answer[:9] + answer[10:16] == error[:9] + error[10:16]
    assert ";; AUTHORITY SECTION:" in answer


def test_dns_error_is_in_the_order_of_dnsqr_with_its_messages_decoded(make):
    assert lines("dns-errors/SERVFAIL/", make.dns_error()) == [
        "type: UDP_QUERY_RESPONSE",
        "response_ip: 192.5.5.241",
        "proto: UDP (17)",
        "query_port: 54924",
        "response_port: 53",
        "id: 4660",
        "qname: a.example.",
        "qclass: IN (1)",
        "qtype: A (1)",
        "rcode: SERVFAIL (2)",
        "query: [27 octets]",
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4660",
        ";; flags: rd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0",
        ";; QUESTION SECTION:",
        ";a.example.                     IN      A",
        "---",
        "response: [27 octets]",
        ";; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 4660",
        ";; flags: qr rd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0",
        ";; QUESTION SECTION:",
        ";a.example.                     IN      A",
        "---",
    ]


def test_fields_that_are_nil_are_left_out(make):
    record = make.dns_error(query_port=None, query=None, qname=None, qclass=None, qtype=None)
    fields = [line.partition(":")[0] for line in lines("dns-errors/SERVFAIL/", record)]
    assert fields[:7] == ["type", "response_ip", "proto", "response_port", "id", "rcode", "response"]


def test_what_a_record_has_besides_is_shown(make):
    more = {"query_zone": "com.", "denied": "b.com.", "by": "cache", "minimised": True}
    shown = lines("nxdomain/MX/", make.nxdomain(response_ip="::", **more))
    assert shown[3:] == [
        "soa_rrname: com.", "query_zone: com.", "denied: b.com.", "by: cache", "minimised: true"
    ]  # fmt: skip
    shown = lines("dns-errors/SERVFAIL/", make.dns_error(query_zone="example.", forwarder=True))
    assert shown[10:13] == ["query_zone: example.", "forwarder: true", "query: [27 octets]"]


def test_the_resolver_is_shown_where_it_is_known(make):
    assert (
        lines("dns-errors/SERVFAIL/", make.dns_error(query_ip="203.0.113.195"))[1]
        == "query_ip: 203.0.113.195"
    )


def test_edns_has_lines_of_its_own(make):
    reply = dnslib.DNSRecord.question("a.example").reply()
    reply.add_ar(dnslib.EDNS0(flags="do", udp_len=1232))
    shown = lines("dns-errors/SERVFAIL/", make.dns_error(response=reply.pack()))
    assert "; EDNS: version: 0, flags: do; udp: 1232" in shown


def test_a_message_alone_is_its_lines(make):
    assert (
        message_lines(make.dns_error()["response"]) == lines("dns-errors/SERVFAIL/", make.dns_error())[-5:-1]
    )


def test_what_a_server_answered_well_is_shown(make):
    assert lines("servers/", make.server_answers()) == [
        "time: 2023-11-14T22:14:20.000000000Z",
        "span_ms: 60001",
        "response_ip: 192.0.2.53",
        "query_zone: example.",
        "noerror: 1200",
        "nxdomain: 300",
    ]


def test_malformed_is_shown_with_its_octets():
    record = {"time_ns": 0, "sensor": None, "reason": "message_kind", "data": b"\x00\x1b"}
    assert lines("malformed/", record) == [
        "time: 1970-01-01T00:00:00.000000000Z",
        "reason: message_kind",
        "data: [2 octets]",
        "00 1b",
    ]


def test_status_tells_counters_sensors_and_topics(make):
    shown = lines("status/", make.status(topics={"nxdomain/MX/": 3}))
    assert shown[:3] == ["time: 2023-11-14T22:13:20.000000000Z", "epoch: 1", "software: handmade 1"]
    assert "messages_malformed: none" in shown
    assert "malformed: frame_type 1" in shown
    assert "topic nxdomain/MX/: sequence 3, records 30" in shown
    assert any(line.startswith("sensor lab: epoch 7, sequence 3, time 2023-11-14T22:13:20") for line in shown)


dns_like = st.builds(
    lambda flags, counts, rest: struct.pack("!HH4H", 1, flags, *counts) + rest,
    st.integers(0, 0xFFFF),
    st.tuples(*[st.integers(0, 3)] * 4),
    st.binary(max_size=200),
)
octets = st.binary(min_size=12, max_size=200) | dns_like


@given(query=octets | st.none(), response=octets, name=st.text(max_size=20), address=st.text(max_size=20))
def test_whatever_a_record_holds_every_line_is_printable(make, query, response, name, address):
    for topic, record in (
        (
            "dns-errors/OTHER/",
            make.dns_error(query=query, response=response, qname=name, response_ip=address),
        ),
        ("nxdomain/A/", make.nxdomain(qname=name, soa_rrname=name, response_ip=address)),
        ("malformed/", {"time_ns": 1, "sensor": "lab", "reason": name, "data": response}),
        ("status/", make.status(software=name, topics={name: 1})),
    ):
        for line in lines(topic, record):
            assert line.isascii()
            assert line.isprintable()
