import json

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.show.json_lines import record_json
from nxcast.consumers.show.redact import redacted, redacted_text
from nxcast.consumers.show.text import record_text
from nxcast.schemas.names import name_wire
from tests.messages import A, message, opt, question, soa

KEY = "c0ffee00c0ffee00c0ffee00ca"  # 26 characters, as Spamhaus gives
NAME = f"2.0.0.127.{KEY}.zen.dq.spamhaus.net."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (NAME, "2.0.0.127.<key>.zen.dq.spamhaus.net."),
        (NAME.upper(), "2.0.0.127.<key>.ZEN.DQ.SPAMHAUS.NET."),
        (f"{KEY}.sbl-xbl.dq.spamhaus.net.", "<key>.sbl-xbl.dq.spamhaus.net."),  # a minimised query
        (f"h4sh._email.{KEY}.hbl.dq.spamhaus.net.", "h4sh._email.<key>.hbl.dq.spamhaus.net."),
        (f"example.com.{KEY}.dblack.mail.abusix.zone.", "example.com.<key>.dblack.mail.abusix.zone."),
        (f"{NAME}corp.example.", "2.0.0.127.<key>.zen.dq.spamhaus.net.corp.example."),  # a search list's end
        (
            f"2.0.0.127.{KEY}.attachhash.mail-beta.abusix.zone.",
            "2.0.0.127.<key>.attachhash.mail-beta.abusix.zone.",
        ),
        (f"2.0.0.127.{KEY}.r.mail-abuse.com.", "2.0.0.127.<key>.r.mail-abuse.com."),
        ("abcdefghijkl.2.0.0.127.dnsbl.httpbl.org.", "<key>.2.0.0.127.dnsbl.httpbl.org."),
        ("AbCdEfGhIjKl.2.0.0.127.DnSbL.HtTpBl.OrG.", "<key>.2.0.0.127.DnSbL.HtTpBl.OrG."),
        ("abcdefghijkl.7.1.dnsbl.httpbl.org.", "<key>.7.1.dnsbl.httpbl.org."),  # half an address
        ("abcdefghijkl.dnsbl.httpbl.org.", "<key>.dnsbl.httpbl.org."),
        (f"abcdefghijkl.{'b.' * 32}dnsbl.httpbl.org.", f"<key>.{'b.' * 32}dnsbl.httpbl.org."),
        (
            "abcdefghijkl.2.0.0.127.dnsbl.httpbl.org.corp.example.",
            "<key>.2.0.0.127.dnsbl.httpbl.org.corp.example.",
        ),
        (rf"\007.{NAME}", r"\007.2.0.0.127.<key>.zen.dq.spamhaus.net."),
    ],
)
def test_the_key_is_hidden_in_a_name(make, name, shown):
    names = ("qname", "soa_rrname", "query_zone", "denied")
    assert redacted(make.nxdomain(**dict.fromkeys(names, name))) == make.nxdomain(
        **dict.fromkeys(names, shown)
    )


@pytest.mark.parametrize(
    "name",
    [
        "2.0.0.127.zen.spamhaus.org.",
        "2.0.0.127.zen.dq.spamhaus.net.",  # asked without a key
        "zen.dq.spamhaus.net.",
        "dq.spamhaus.net.",
        f"{KEY}.zen.dq.spamhaus.org.",
        f"{KEY}.keyed.example.",
        "2.0.0.127.dnsbl.httpbl.org.",  # asked without a key
        "2.0.0.127.example.dnsbl.httpbl.org.",
        "abcdefghijkl.2.0.0.127.dnsbl.httpbl.example.",
        ".",
    ],
)
def test_what_holds_no_key_is_left_as_it_is(make, name):
    record = make.dns_error(qname=name, query=message(0, questions=[question(name, A)], response=False))
    assert redacted(record) is record


def test_a_message_has_the_key_overwritten_and_still_decodes(make):
    told = f"no such key: {KEY}".encode()
    response = message(
        5,
        questions=[question(NAME, A)],
        authorities=[soa(f"{KEY.upper()}.zen.dq.spamhaus.net.")],
        additionals=[opt(options=b"\x00\x0f" + bytes([0, len(told) + 2, 0, 20]) + told)],  # EDE, RFC 8914
    )
    record = make.dns_error(qname=NAME, query=message(0, questions=[question(NAME, A)]), response=response)
    shown = redacted(record)
    hidden = name_wire(NAME.replace(KEY, "x" * 26))
    assert shown["query"] == record["query"].replace(name_wire(NAME), hidden)
    assert len(shown["response"]) == len(response)
    assert KEY.encode() not in shown["response"].lower()
    decoded = dnslib.DNSRecord.parse(shown["response"])
    assert str(decoded.q.qname) == NAME.replace(KEY, "x" * 26)
    assert str(decoded.auth[0].rname) == f"{'x' * 26}.zen.dq.spamhaus.net."


def test_a_key_that_comes_first_of_all_is_overwritten_in_a_message():
    wire = name_wire("abcdefghijkl.5.2.0.192.dnsbl.httpbl.org.")
    data = {"time_ns": 0, "sensor": None, "reason": "not_a_response", "data": b"\1\2" + wire}
    assert redacted(data)["data"] == b"\1\2" + wire.replace(b"abcdefghijkl", b"x" * 12)


def test_a_question_only_the_message_tells_is_hidden_too(make):
    response = message(5, questions=[question(NAME, A)] * 2)
    record = make.dns_error(qname=None, query=None, response=response)
    assert redacted(record)["response"] == response.replace(KEY.encode(), b"x" * 26)
    data = {"time_ns": 0, "sensor": None, "reason": "not_a_response", "data": b"\x93\xc4" + response}
    assert KEY.encode() not in redacted(data)["data"]


def test_thousands_of_keys_are_hidden_in_one_walk(make):
    names = [name_wire(f"hostile-{number:05}.a.dq.spamhaus.net.") for number in range(2000)]
    response = message(5) + b"".join(names)
    assert b"hostile" not in redacted(make.dns_error(response=response))["response"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"120 look-ups of {NAME}", "120 look-ups of 2.0.0.127.<key>.zen.dq.spamhaus.net."),
        (f"{KEY}: {NAME.upper()}", "<key>: 2.0.0.127.<key>.ZEN.DQ.SPAMHAUS.NET."),
        (f"a, 2.{KEY}.zen.dq.spamhaus.net", "a, 2.<key>.zen.dq.spamhaus.net"),
        ("see abcdefghijkl.5.2.0.192.dnsbl.httpbl.org", "see <key>.5.2.0.192.dnsbl.httpbl.org"),
        (f"{KEY}.zen.dq.spamhaus.net\n{KEY}", "<key>.zen.dq.spamhaus.net\n<key>"),
        ("zen.dq.spamhaus.net, dnsbl.httpbl.org", "zen.dq.spamhaus.net, dnsbl.httpbl.org"),
        ("2.0.0.127.<key>.zen.dq.spamhaus.net.", "2.0.0.127.<key>.zen.dq.spamhaus.net."),
        ("", ""),
    ],
)
def test_any_text_can_be_shown_without_keys(text, shown):
    assert redacted_text(text) == shown


def test_text_full_of_what_is_almost_a_key_is_read_in_one_walk():
    text = ("abcdefgh" + ".1" * 33 + ".dnsbl.httpbl.") * 5000 + "org"
    assert redacted_text(text) == text


def test_a_status_is_left_as_it_is(make):
    status = make.status()
    assert redacted(status) is status


zone = st.sampled_from(
    [
        ".zen.dq.spamhaus.net.",
        "\x03zen\x02dq\x08spamhaus\x03net\0",
        ".a.mail.abusix.zone",
        ".4.3.2.1.dnsbl.httpbl.org.",
        "",
    ]
)
hostile = st.lists(st.tuples(st.text(max_size=70) | st.from_regex(r"[a-z0-9]{0,64}"), zone)).map(
    lambda parts: "".join(map("".join, parts))
)


@given(hostile)
def test_whatever_a_record_holds_it_can_be_shown_and_nothing_else_is_changed(make, text):
    octets = text.encode()
    record = make.dns_error(qname=text, query=octets, response=octets, sensor=text, response_ip=text)
    shown = redacted(record)
    assert list(shown) == list(record)
    assert {field for field in record if shown[field] != record[field]} <= {"qname", "query", "response"}
    assert [len(shown[field]) for field in ("query", "response")] == [len(octets)] * 2
    assert record_text("dns-errors/SERVFAIL/", shown).isascii()
    assert json.loads(record_json(shown))["sensor"] == text
