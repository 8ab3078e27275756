"""JSON lines of tail read back: the same records, and the line of what is none."""

import json

import pytest

from nxcast.consumers.show.console import CommandError
from nxcast.consumers.show.json_lines import record_json
from nxcast.consumers.show.recorded import LINE_MAX, record_of, recorded


def _lines(*records):
    return b"".join(record_json(record).encode() + b"\n" for record in records)


def _read(octets, size=1000):
    chunks = (octets[at : at + size] for at in range(0, len(octets), size))
    return [found for batch in recorded(chunks, "a.json") for found in batch]


def test_records_come_back_as_they_were(make):
    nxdomains = [
        make.nxdomain(),
        make.nxdomain(soa_rrname=None, qtype=65400, qclass=65279, response_ip="2001:db8::1"),
        make.nxdomain(qname=r"a\.b\000\255.example.", time_ns=2**64 // 8, qclass=255),
        make.nxdomain(time_ns=0),
    ]
    errors = [
        make.dns_error(),
        make.dns_error(qname=None, qtype=None, qclass=None, query=None, query_ip="::1", rcode=23, opcode=5),
        make.dns_error(rcode=3841, opcode=7, type=7, proto=6, response=bytes(65_535)),
    ]
    answers = [make.answer(), make.answer(query_zone="example.", qname=None, qtype=None, qclass=None)]
    servers = [make.server_answers(), make.server_answers(response_ip="2001:db8::53", noerror=2**53 - 1)]
    read = _read(_lines(*nxdomains, *errors, *answers, *servers))
    of_channels = {
        "nxdomain/": nxdomains,
        "dns-errors/": errors,
        "answers/": answers,
        "servers/": servers,
    }
    assert read == [(channel, each) for channel, records in of_channels.items() for each in records]


def test_other_channels_and_empty_lines_are_passed_over(make):
    malformed = {"time_ns": 1, "sensor": None, "reason": "frame_type", "data": b"\0"}
    assert _read(b"\n" + _lines(make.status(), malformed) + b" \r\n") == []


GOOD = (
    '{"time":"2016-01-28 16:53:20.000000000","qname":"a.","qclass":"IN","qtype":"MX",'
    '"response_ip":"192.0.2.1","soa_rrname":null,"sensor":"lab"}'
)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("hello", "no JSON object, such as 'nxcast-consume tail --format json' writes"),
        ('{"time":', "no JSON object"),
        ("[" * 100_000, "no JSON object"),
        ("[1]", "no JSON object"),
        ("1" * 5000, "no JSON object"),
        ("\x1f\x8b\x08", "gzip: unpack it first, as in zcat FILE | nxcast-consume ... --from -"),
        ('{"a":1}', "no record, such as 'nxcast-consume tail --format json' writes"),
        ('{"soa_rrname":null,"time":"x"}', "time can't be 'x'"),
        ('{"soa_rrname":null,"time":[1]}', "time can't be [1]"),
        (GOOD.replace('"MX"', '"MXX"'), "qtype can't be 'MXX'"),
        (GOOD.replace('"MX"', '"TYPE99999"'), "qtype can't be 'TYPE99999'"),
        (GOOD.replace('"MX"', '"TYPE-1"'), "qtype can't be 'TYPE-1'"),
        (GOOD.replace('"MX"', "15"), "qtype can't be 15"),
        (GOOD.replace('"MX"', "{}"), "qtype can't be {}"),
        (GOOD.replace('"MX"', "null"), "qtype: input should be a valid integer"),
        (GOOD.replace('"a."', "7"), "qname can't be 7"),
        (GOOD.replace(',"sensor":"lab"', ""), "sensor: field required"),
        (GOOD.replace("2016-01-28", "2016-13-28"), "time can't be '2016-13-28 16:53:20.000000000'"),
        (GOOD.replace(".000000000", "."), "time can't be '2016-01-28 16:53:20.'"),
        (GOOD.replace(".000000000", "+0100"), "time can't be '2016-01-28 16:53:20+0100'"),
        (GOOD.replace('"2016-01-28 16:53:20.000000000"', "7"), "time can't be 7"),
        (GOOD.replace("2016-01-28 16:53:20.000000000", "2016-01-28."), "time can't be '2016-01-28.'"),
        (GOOD.replace("2016", "1816"), "time_ns: input should be greater than or equal to 0"),
        (GOOD.replace('"192.0.2.1"', '"' + "1" * 100 + '"'), "response_ip: "),
        ("x" * (LINE_MAX + 1), f"a line of more than {LINE_MAX:,} octets"),
        ("\xff", "no JSON object"),
    ],
)
def test_a_line_that_is_no_record_is_told_with_file_and_line(line, told):
    octets = line.encode("latin-1") + b"\n"
    with pytest.raises(CommandError) as caught:
        _read(f"{GOOD}\n\n".encode() + octets)
    assert str(caught.value).startswith(f"a.json:3: {told}")
    assert len(str(caught.value)) < 200


def test_a_last_line_that_is_cut_off_is_told_and_passed_over(caplog):
    assert len(_read(f"{GOOD}\n{GOOD[:50]}".encode())) == 1
    assert caplog.messages == ["a.json:2: the last line is cut off, passed over"]


def test_a_last_line_without_a_newline_is_read():
    assert len(_read(f"{GOOD}\n{GOOD}".encode())) == 2


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_how_a_file_is_cut_into_pieces_makes_no_difference(make, size):
    assert len(_read(_lines(make.nxdomain()) * 20, size)) == 20


def test_a_line_without_an_end_is_told_before_it_is_all_read():
    with pytest.raises(CommandError, match=f"a.json:1: a line of more than {LINE_MAX:,} octets"):
        next(iter([*recorded(iter(lambda: b"x" * 1000, b""), "a.json")]))


@pytest.mark.parametrize(
    "time",
    [
        "2016-01-28 16:53:20.500000000",  # as it was written before
        "2016-01-28T16:53:20.500000000Z",
        "2016-01-28t16:53:20.5z",
        "2016-01-28T17:53:20.5+01:00",
    ],
)
def test_a_time_is_read_in_any_legal_form(time):
    line = GOOD.replace("2016-01-28 16:53:20.000000000", time)
    assert record_of(line.encode())[1]["time_ns"] == 1_454_000_000_500_000_000


@pytest.mark.parametrize(
    ("field", "text", "read"),
    [
        ("response_ip", "2001:0DB8:0:0::0053", "2001:db8::53"),
        ("response_ip", "::ffff:192.0.2.1", "192.0.2.1"),
        ("response_ip", "::FFFF:c000:0201", "192.0.2.1"),
        ("qname", "a.example", "a.example."),
        ("qname", r"\065\095.example.", "A_.example."),
        ("qname", r"a\.b\032c.example.", r"a\.b\032c.example."),
        ("qname", "..", ".."),
        ("response_ip", "no address", "no address"),  # which a broker may send
        ("soa_rrname", "example", "example."),
        ("qtype", "TYPE15", 15),
        ("qclass", "CLASS1", 1),
    ],
)
def test_what_is_written_in_another_legal_form_is_the_same(field, text, read):
    told = {**json.loads(GOOD), field: text}
    assert record_of(json.dumps(told).encode())[1][field] == read


def test_an_address_that_is_not_known_is_read_back(make):
    record = make.nxdomain(response_ip="::")
    assert json.loads(_lines(record))["response_ip"] is None
    assert _read(_lines(record)) == [("nxdomain/", record)]


def test_a_port_that_is_not_known_is_read_back(make):
    record = make.dns_error(response_port=0, query_port=None)
    assert json.loads(_lines(record))["response_port"] is None
    assert _read(_lines(record)) == [("dns-errors/", record)]


def test_a_key_that_is_no_field_is_told():
    told = json.loads(GOOD)
    told["more"] = 1
    assert record_of(json.dumps(told).encode()) is not None  # a later version may write more
