import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.show.json_lines import record_json


def test_nxdomain_has_its_time_first_and_mnemonics(make):
    assert record_json(make.nxdomain(soa_rrname=None)) == (
        '{"time":"2016-01-28 16:53:20.000000000","qname":"gdsrr.com.","qclass":"IN","qtype":"MX",'
        '"response_ip":"192.33.14.30","soa_rrname":null,"sensor":"lab"}'
    )


def test_dns_error_keeps_the_order_of_the_contract(make):
    record = make.dns_error(opcode=4, rcode=23)
    shown = json.loads(record_json(record))
    assert list(shown) == ["time", *list(record)[1:]]
    assert shown["time"] == "2023-07-13 17:41:09.408162000"
    assert [shown[key] for key in ("type", "proto", "opcode", "rcode", "qtype")] == [
        "UDP_QUERY_RESPONSE",
        "UDP",
        "NOTIFY",
        "BADCOOKIE",
        "A",
    ]
    assert base64.b64decode(shown["response"]) == record["response"]
    assert shown["query_ip"] is None


def test_a_question_that_is_not_known_is_null(make):
    shown = json.loads(record_json(make.dns_error(qname=None, qclass=None, qtype=None, query=None)))
    assert [shown[key] for key in ("qname", "qclass", "qtype", "query")] == [None] * 4


def test_malformed_data_is_base64():
    record = {"time_ns": 0, "sensor": None, "reason": "message_kind", "data": b"\xff"}
    assert json.loads(record_json(record))["data"] == "/w=="


def test_status_times_are_text_also_those_of_sensors(make):
    sensors = {"type": make.status()["sensors"]["lab"]}  # a sensor may be named as a field is
    shown = json.loads(record_json(make.status(sensors=sensors)))
    assert list(shown)[:2] == ["time", "epoch"]
    assert list(shown["sensors"]["type"])[:2] == ["time", "epoch"]
    assert shown["sensors"]["type"]["time"] == "2023-11-14 22:13:20.000000000"


@given(st.text(), st.binary(max_size=50))
def test_whatever_a_record_holds_the_line_is_printable_and_loses_nothing(make, text, octets):
    line = record_json(make.dns_error(qname=text, response_ip=text, response=octets))
    assert line.isascii()
    assert line.isprintable()
    shown = json.loads(line)
    assert shown["qname"] == text
    assert base64.b64decode(shown["response"]) == octets
