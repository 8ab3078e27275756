"""Records as CSV: what JSON shows, in cells that no spreadsheet runs."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.show.columns import COLUMNS
from nxcast.consumers.show.csv_lines import csv_header, record_csv
from nxcast.consumers.show.json_lines import record_json
from nxcast.schemas.names import name_text
from tests.messages import message, opt


def rows(channel, *records):
    """What a reader of RFC 4180 makes of the lines, by column."""
    text = csv_header(channel) + "".join(record_csv(channel, record) for record in records)
    return list(csv.DictReader(text.split("\r\n")[:-1], strict=True))


def taken_back(cell):
    """The value of a cell, by the rule that is documented."""
    return cell.removeprefix("'")


def test_nxdomain_is_a_line_below_its_columns(make):
    assert csv_header("nxdomain/") == (
        "time,qname,qclass,qtype,response_ip,soa_rrname,sensor,query_zone,minimised,forwarder,denied,by\r\n"
    )
    assert record_csv("nxdomain/", make.nxdomain()) == (
        "2016-01-28T16:53:20.000000000Z,gdsrr.com.,IN,MX,192.33.14.30,com.,lab,,,,,\r\n"
    )


@pytest.mark.parametrize("channel", ["dns-errors/", "nxdomain/", "malformed/"])
def test_cells_are_what_json_shows_and_nil_is_empty(make, channel):
    record = {
        "dns-errors/": make.dns_error(opcode=4, rcode=23, qclass=None, query=None, query_zone="example."),
        "nxdomain/": make.nxdomain(qtype=65400, soa_rrname=None, minimised=True),
        "malformed/": {"time_ns": 0, "sensor": None, "reason": "message_kind", "data": b"\xff"},
    }[channel]
    shown = json.loads(record_json(record))
    (row,) = rows(channel, record)
    assert list(row) == [*COLUMNS[channel]]
    assert [each for each in row if each in shown] == list(shown)
    texts = {each: str(value).lower() if value is True else str(value) for each, value in shown.items()}
    assert row == {each: "" if shown.get(each) in (None, []) else texts[each] for each in row}


def test_a_response_tells_its_reasons_in_one_cell(make):
    options = b"\0\x0f\0\x06\0\x16go\ne" + b"\0\x0f\0\2\0\x09"
    record = make.dns_error(response=message(2, additionals=[opt(options=options)]))
    (row,) = rows("dns-errors/", record)
    assert row["ede"] == r"22 (No Reachable Authority): go\010e; 9 (DNSKEY Missing)"


def test_a_port_that_the_source_did_not_tell_is_empty(make):
    (row,) = rows("dns-errors/", make.dns_error(response_port=0))
    assert row["response_port"] == ""


def test_columns_keep_their_places_whatever_the_order_of_a_records_keys(make):
    record = make.nxdomain()
    turned = {key: record[key] for key in reversed(record)}
    assert record_csv("nxdomain/", {**turned, "later": 1}) == record_csv("nxdomain/", record)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1.example.", "'=1+1.example."),
        ("+x.example.", "'+x.example."),
        ("-x.example.", "'-x.example."),
        ("@.example.", "'@.example."),
        ("'-x.example.", "''-x.example."),
        ("'.example.", "''.example."),
        (r"\009=1.example.", r"\009=1.example."),
        ("a=1.example.", "a=1.example."),
        ("_dmarc.example.", "_dmarc.example."),
        ('a,"b".example.', '"a,""b"".example."'),
        ('=cmd|"/c calc"!a1.example.', '"\'=cmd|""/c calc""!a1.example."'),
        ("\t=1", r"\009=1"),
        ("\r\n=1", r"\013\010=1"),
        ("\x1b[2J\u00fc", r"\027[2J\195\188"),
        ("", ""),
    ],
)
def test_a_cell_that_would_be_a_formula_is_marked(make, name, cell):
    line = record_csv("nxdomain/", make.nxdomain(qname=name))
    assert line == f"2016-01-28T16:53:20.000000000Z,{cell},IN,MX,192.33.14.30,com.,lab,,,,,\r\n"


def test_base64_that_begins_with_a_plus_is_marked_too(make):
    record = make.dns_error(response=b"\xf8" * 12)
    (row,) = rows("dns-errors/", record)
    assert row["response"] == "'+Pj4+Pj4+Pj4+Pj4"
    assert taken_back(row["response"]) == json.loads(record_json(record))["response"]


names = st.lists(st.binary(min_size=1, max_size=12), max_size=4).map(name_text)


@given(names, names, st.binary(max_size=20))
def test_names_and_octets_come_back_as_json_shows_them(make, qname, other, octets):
    record = make.dns_error(qname=qname, sensor=other, response=octets)
    shown = json.loads(record_json(record))
    (row,) = rows("dns-errors/", record)
    for column in ("qname", "sensor", "response"):
        assert taken_back(row[column]) == shown[column]


@given(st.text(), st.text())
def test_whatever_a_record_holds_it_is_one_printable_line_of_harmless_cells(make, name, address):
    line = record_csv("nxdomain/", make.nxdomain(qname=name, response_ip=address))
    assert line.isascii()
    assert line.endswith("\r\n")
    assert line[:-2].isprintable()
    (cells,) = csv.reader([line[:-2]], strict=True)
    assert len(cells) == len(COLUMNS["nxdomain/"])
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in cells)
