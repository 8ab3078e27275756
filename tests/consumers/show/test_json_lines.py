import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.client.events import Batch
from nxcast.consumers.show.columns import CODES, EDE
from nxcast.consumers.show.json_lines import json_line, record_json
from tests.messages import message, opt


def test_nxdomain_has_its_time_first_and_mnemonics(make):
    assert record_json(make.nxdomain(soa_rrname=None)) == (
        '{"time":"2016-01-28T16:53:20.000000000Z","qname":"gdsrr.com.","qclass":"IN","qtype":"MX",'
        '"response_ip":"192.33.14.30","soa_rrname":null,"sensor":"lab"}'
    )


def test_dns_error_keeps_the_order_of_the_contract(make):
    record = make.dns_error(opcode=4, rcode=23)
    shown = json.loads(record_json(record))
    assert list(shown) == ["time", *list(record)[1:], "ede"]
    assert shown["time"] == "2023-07-13T17:41:09.408162000Z"
    assert [shown[key] for key in ("type", "proto", "opcode", "rcode", "qtype")] == [
        "UDP_QUERY_RESPONSE",
        "UDP",
        "NOTIFY",
        "BADCOOKIE",
        "A",
    ]
    assert base64.b64decode(shown["response"]) == record["response"]
    assert shown["query_ip"] is None


def test_a_record_has_the_place_of_its_message(make):
    batch = Batch("nxdomain/MX/", 1_764_349_484_000_000_001, 7, 0, [])
    shown = json.loads(record_json(make.nxdomain(), batch))
    assert list(shown)[:5] == ["time", "topic", "epoch", "sequence", "qname"]
    assert [shown[key] for key in ("topic", "epoch", "sequence")] == [
        "nxdomain/MX/",
        "1764349484000000001",
        7,
    ]


def test_what_a_double_does_not_hold_is_text(make):
    """As a reader sees it that has no other numbers, such as JavaScript."""
    status = make.status(topics={"nxdomain/MX/": 2**53})
    line = record_json(status, Batch("status/", 3, 2**53 - 1, 0, []))
    shown = json.loads(line, parse_int=float)
    assert shown["epoch"] == "1"  # whatever it is, so that it is one type
    assert shown["sequence"] == 2**53 - 1
    assert shown["topics"]["nxdomain/MX/"]["sequence"] == str(2**53)
    assert json_line({"a": [2**64 - 1, -(2**53), True, 1.5]}) == (
        '{"a":["18446744073709551615","-9007199254740992",true,1.5]}'
    )


def test_a_response_tells_its_reasons(make):
    options = b"\0\x0f\0\x06\0\x16gone" + b"\0\x0f\0\2\0\x09"
    response = message(2, additionals=[opt(options=options)])
    assert json.loads(record_json(make.dns_error(response=response)))["ede"] == [
        {"code": 22, "name": "No Reachable Authority", "text": "gone"},
        {"code": 9, "name": "DNSKEY Missing", "text": ""},
    ]
    assert json.loads(record_json(make.dns_error()))["ede"] == []
    assert "ede" not in json.loads(record_json(make.nxdomain()))


def test_a_port_that_the_source_did_not_tell_is_null(make):
    shown = json.loads(record_json(make.dns_error(response_port=0, query_port=0)))
    assert (shown["response_port"], shown["query_port"]) == (None, None)


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
    assert shown["sensors"]["type"]["time"] == "2023-11-14T22:13:20.000000000Z"


@given(st.text(), st.binary(max_size=50))
def test_whatever_a_record_holds_the_line_is_printable_and_loses_nothing(make, text, octets):
    line = record_json(make.dns_error(qname=text, response_ip=text, response=octets))
    assert line.isascii()
    assert line.isprintable()
    shown = json.loads(line)
    assert shown["qname"] == text
    assert base64.b64decode(shown["response"]) == octets


OTHER_FIELDS = {
    "time_ns",
    "time",
    "sensors",
    "epoch",
    "response",
    "response_port",
    "response_ip",
    "query_port",
}
FIELDS = st.text().filter(lambda key: key not in {*OTHER_FIELDS, EDE, *CODES})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(FIELDS, VALUES, max_size=5))
def test_a_record_has_the_form_of_any_other_line(fields):
    line = record_json({"time_ns": 1, **fields})
    assert line == json_line({"time": "1970-01-01T00:00:00.000000001Z", **fields})


def test_an_error_of_any_text_has_the_form_of_any_other_line(make):
    text = '"\\\n\x7f\xe4\U0001f600'
    data = text.encode()
    options = b"\0\x0f" + (2 + len(data)).to_bytes(2) + b"\0\x16" + data
    line = record_json(make.dns_error(response=message(2, additionals=[opt(options=options)])))
    error = {"code": 22, "name": "No Reachable Authority", "text": text}
    assert line.endswith(f'"ede":[{json_line(error)}]}}')


def test_codes_without_a_name_are_told_each_by_its_own(make):
    lines = [json.loads(record_json(make.nxdomain(qtype=qtype))) for qtype in (65_400, 65_401, 1, 65_400)]
    assert [line["qtype"] for line in lines] == ["TYPE65400", "TYPE65401", "A", "TYPE65400"]
