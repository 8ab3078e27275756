"""A record as one line: everything that tells what failed, and nothing that a terminal would act on."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.show.line import record_line
from tests.messages import message, opt, soa

TODAY = "2026-11-28"
TIME_NS = 1_795_876_755_074_999_999  # 2026-11-28 14:39:15 UTC
EDE = b"\0\x0f\0\x06\0\x16gone"


def nxdomain(make, **changed):
    return record_line("nxdomain/MX/", make.nxdomain(time_ns=TIME_NS, sensor="ns1", **changed), TODAY)


def dns_error(make, **changed):
    record = make.dns_error(time_ns=TIME_NS, sensor="ns1", **changed)
    return record_line("dns-errors/SERVFAIL/", record, TODAY)


def test_a_name_that_does_not_exist(make):
    assert nxdomain(make) == "14:39:15.074 NXDOMAIN MX gdsrr.com. from 192.33.14.30 soa com. ns1"
    assert nxdomain(make, soa_rrname=None) == "14:39:15.074 NXDOMAIN MX gdsrr.com. from 192.33.14.30 ns1"


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"denied": "b.example.", "by": "cache"}, " soa com. denied b.example. by cache ns1"),
        ({"denied": "GDSRR.com.", "by": "proof"}, " soa com. by proof ns1"),
        ({"query_zone": "COM.", "minimised": True}, " soa com. minimised ns1"),
        (
            {"query_zone": "gdsrr.com.", "minimised": False, "forwarder": True},
            " soa com. zone gdsrr.com. forwarder ns1",
        ),
        ({"response_ip": "::"}, " NXDOMAIN MX gdsrr.com. soa com. ns1"),
    ],
)
def test_what_is_known_besides_is_told(make, more, shown):
    assert nxdomain(make, **more).endswith(shown)


def test_the_zone_of_a_server_that_fails_is_told(make):
    assert " from 192.5.5.241 zone example. 27 octets " in dns_error(make, query_zone="example.")


def test_an_answer_is_as_an_error_with_its_rcode(make):
    line = record_line("answers/A/", make.answer(time_ns=TIME_NS, query_zone="example."), TODAY)
    assert line == "14:39:15.074 NOERROR A a.example. from 192.5.5.241 soa example. 63 octets lab"
    coloured = record_line("answers/A/", make.answer(time_ns=TIME_NS), TODAY, colour=True)
    assert "\x1b[32mNOERROR\x1b[0m A" in coloured


def test_the_day_is_told_where_it_is_not_todays(make):
    line = record_line("nxdomain/MX/", make.nxdomain(time_ns=TIME_NS), "2026-11-29")
    assert line.startswith("2026-11-28 14:39:15.074 NXDOMAIN ")


def test_a_class_that_is_not_the_internets_is_told(make):
    assert " NXDOMAIN CH TXT version.bind. from " in nxdomain(make, qclass=3, qtype=16, qname="version.bind.")


def test_a_failure(make):
    assert dns_error(make) == "14:39:15.074 SERVFAIL A a.example. from 192.5.5.241 27 octets ns1"


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"rcode": 5, "opcode": 5}, " REFUSED UPDATE A a.example. from "),
        ({"rcode": 1, "qname": None, "qtype": None, "qclass": None}, " FORMERR (no question) from "),
        ({"query_ip": "203.0.113.195"}, " from 192.5.5.241 to 203.0.113.195 "),
        ({"proto": 6, "type": 4}, " 27 octets by TCP ns1"),
        ({"response": message(3, authorities=[soa()])}, " soa com. "),
        (
            {"response": message(2, additionals=[opt(options=EDE + EDE)])},
            " ede 22 (No Reachable Authority): gone ede 22 (No Reachable Authority): gone 58 octets ns1",
        ),
    ],
)
def test_what_a_failure_has_besides(make, changed, shown):
    assert shown in dns_error(make, **changed)


def test_a_long_reason_is_cut(make):
    response = message(2, additionals=[opt(options=b"\0\x0f\x03\xe8\0\0" + b"x" * 998)])
    assert len(dns_error(make, response=response)) < 300


def test_what_came_malformed_and_what_the_broker_tells(make):
    malformed = {"time_ns": TIME_NS, "sensor": None, "reason": "message_kind", "data": b"\0\x1b"}
    assert record_line("servers/", make.server_answers(), TODAY).endswith(
        " answered example. from 192.0.2.53 1,200 NOERROR, 300 NXDOMAIN in 60 s"
    )
    assert record_line("malformed/", malformed, TODAY) == "14:39:15.074 malformed message_kind 2 octets"
    status = record_line("status/", make.status(), TODAY)
    assert re.search(r" status handmade 1 [\d,]+ frames, [\d,]+ errors, [\d,]+ nxdomain, 1 sensors$", status)


def test_an_rcode_has_its_colour_where_that_is_asked_for(make):
    failure = record_line("dns-errors/SERVFAIL/", make.dns_error(), TODAY, colour=True)
    missing = record_line("nxdomain/MX/", make.nxdomain(), TODAY, colour=True)
    assert " \x1b[31mSERVFAIL\x1b[0m A " in failure
    assert " \x1b[33mNXDOMAIN\x1b[0m MX " in missing
    assert failure.count("\x1b") == missing.count("\x1b") == 2


@given(st.binary(min_size=12, max_size=100), st.text(max_size=20), st.text(max_size=20))
def test_whatever_a_record_holds_it_is_one_printable_line(make, response, name, address):
    for topic, record in (
        ("dns-errors/OTHER/", make.dns_error(response=response, qname=name, response_ip=address)),
        ("nxdomain/A/", make.nxdomain(qname=name, soa_rrname=name, response_ip=address, sensor=name)),
        ("malformed/", {"time_ns": 1, "sensor": name, "reason": name, "data": response}),
        ("status/", make.status(software=name)),
    ):
        line = record_line(topic, record, TODAY)
        assert line.isascii()
        assert line.isprintable()
