"""Frames to records: each rule and each trap as one row."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.derivation.derive import derive
from nxcast.schemas.frames import Frame
from nxcast.schemas.names import name_text, name_wire
from nxcast.schemas.records import RECORDS
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN
from tests.messages import (
    AUTHORITY,
    CNAME,
    TIME_NS,
    TXT,
    A,
    frame,
    message,
    opt,
    question,
    record,
    soa,
)

QNAME_257 = b"".join(b"\x3f" + b"a" * 63 for _ in range(4)) + b"\0"
QUERY = message(0, response=False)


def test_nxdomain_gives_a_record_on_each_channel() -> None:
    response = message(authorities=[soa("com.")])
    derived = derive([frame(response)], "ns1")
    assert derived.errors == [
        {
            "time_ns": TIME_NS,
            "sensor": "ns1",
            "type": 1,
            "response_ip": "192.33.14.30",
            "response_port": 53,
            "proto": 17,
            "query_ip": None,
            "query_port": None,
            "id": 0x1234,
            "opcode": 0,
            "qname": "gdsrr.com.",
            "qclass": 1,
            "qtype": 15,
            "rcode": 3,
            "query": None,
            "response": response,
        }
    ]
    assert derived.nxdomains == [
        {
            "qname": "gdsrr.com.",
            "qclass": 1,
            "qtype": 15,
            "response_ip": "192.33.14.30",
            "soa_rrname": "com.",
            "time_ns": TIME_NS,
            "sensor": "ns1",
        }
    ]


def test_an_ipv4_host_is_one_text_whatever_the_socket_shows() -> None:
    mapped = bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1])
    (error,) = derive([(TIME_NS, 1, mapped, 53, 17, mapped, 9, None, message())], "lab").errors
    assert (error["response_ip"], error["query_ip"]) == ("192.0.2.1", "192.0.2.1")


@pytest.mark.parametrize("address", [bytes(4), bytes(16), None])
def test_what_stands_for_a_resolver_that_is_not_known_is_nil(address: bytes | None) -> None:
    (error,) = derive(
        [(TIME_NS, 1, bytes([192, 0, 2, 1]), 53, 17, address, 0, None, message())], "lab"
    ).errors
    assert (error["query_ip"], error["query_port"]) == (None, None)


def test_addresses_are_text_in_both_families() -> None:
    six = bytes.fromhex("20010db8000000000000000000000001")
    response = message()
    seen: Frame = (TIME_NS, 1, six, 53, 17, AUTHORITY, 4242, QUERY, response)
    (error,) = derive([seen], "s").errors
    assert (error["response_ip"], error["query_ip"], error["query_port"]) == (
        "2001:db8::1",
        "192.33.14.30",
        4242,
    )


MIXED = "netATLANTic.COM.MuLTI.SuRBl.ORg."


@pytest.mark.parametrize(
    ("trap", "seen", "qname", "rcode", "on_nxdomain", "soa_rrname"),
    [
        (
            "1 BADVERS is 0 in the header",
            frame(message(0, additionals=[opt(1)])),
            "gdsrr.com.",
            16,
            False,
            None,
        ),
        (
            "1 BADCOOKIE reads as YXRRSET",
            frame(message(7, additionals=[opt(1)])),
            "gdsrr.com.",
            23,
            False,
            None,
        ),
        (
            "1 NXDOMAIN bits, but RCODE 19",
            frame(message(3, additionals=[opt(1)])),
            "gdsrr.com.",
            19,
            False,
            None,
        ),
        ("2 0x20 case is kept", frame(message(questions=[question(MIXED)])), MIXED, 3, True, None),
        (
            "2 an echo in lower case still answers",
            frame(message(questions=[question(MIXED.lower())]), query=message(questions=[question(MIXED)])),
            MIXED.lower(),
            3,
            True,
            None,
        ),
        ("3 name over 255 octets", frame(message(questions=[question(QNAME_257)])), None, 3, False, None),
        (
            "3 pointer in the question",
            frame(message(questions=[question(b"\xc0\x0c")])),
            None,
            3,
            False,
            None,
        ),
        (
            "3 label of 64",
            frame(message(questions=[question(b"\x40" + b"a" * 64 + b"\0")])),
            None,
            3,
            False,
            None,
        ),
        (
            "3 a bad name: the query's counts",
            frame(message(questions=[question(QNAME_257)]), query=QUERY),
            "gdsrr.com.",
            3,
            True,
            None,
        ),
        (
            "4 a bad record hides nothing",
            frame(message(answers=[record("x.", A, b"\xff" * 300)], authorities=[soa("com.")])),
            "gdsrr.com.",
            3,
            True,
            "com.",
        ),
        (
            "4 counts lie",
            frame(message(authorities=[soa()], counts=(1, 7, 7, 7))),
            "gdsrr.com.",
            3,
            True,
            None,
        ),
        ("4 trailing octets", frame(message(authorities=[soa()]) + b"xyz"), "gdsrr.com.", 3, True, "com."),
        ("4 compression loop", frame(message(authorities=[soa(b"\xc0\x1b")])), "gdsrr.com.", 3, True, None),
        ("5 header only FORMERR", frame(message(1, questions=[]), query=QUERY), "gdsrr.com.", 1, False, None),
        ("5 header only, no query", frame(message(5, questions=[])), None, 5, False, None),
        ("5 header only, broken query", frame(message(2, questions=[]), query=b"\0"), None, 2, False, None),
        ("5 NXDOMAIN with no question", frame(message(3, questions=[])), None, 3, False, None),
        (
            "5 NXDOMAIN, the query tells",
            frame(message(3, questions=[]), query=QUERY),
            "gdsrr.com.",
            3,
            True,
            None,
        ),
        ("5 two questions", frame(message(questions=[question(), question()])), None, 3, False, None),
        (
            "6 CNAME into nothing: the SOA is about its target",
            frame(
                message(
                    answers=[record(b"\xc0\x0c", CNAME, name_wire("gone.org."))], authorities=[soa("org.")]
                )
            ),
            "gdsrr.com.",
            3,
            True,
            "org.",
        ),
        ("7 no SOA", frame(message()), "gdsrr.com.", 3, True, None),
        ("7 TC=1", frame(message(truncated=True)), "gdsrr.com.", 3, True, None),
        ("7 two SOAs", frame(message(authorities=[soa("a."), soa("b.")])), "gdsrr.com.", 3, True, "a."),
        ("7 SOA in the answer", frame(message(answers=[soa("a.")])), "gdsrr.com.", 3, True, None),
        ("8 NOTIFY", frame(message(9, opcode=4)), "gdsrr.com.", 9, False, None),
        ("8 UPDATE", frame(message(3, opcode=5)), "gdsrr.com.", 3, False, None),
        ("9 TCP", frame(message(authorities=[soa()]), kind=4), "gdsrr.com.", 3, True, "com."),
        ("RCODE without a mnemonic", frame(message(15)), "gdsrr.com.", 15, False, None),
        ("one-sided capture", frame(message(2), kind=7), "gdsrr.com.", 2, False, None),
        ("root", frame(message(questions=[question(".")], authorities=[soa(".")])), ".", 3, True, "."),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_traps(
    trap: str, seen: Frame, qname: str | None, rcode: int, on_nxdomain: bool, soa_rrname: str | None
) -> None:
    derived = derive([seen], "s")
    (error,) = derived.errors
    assert (error["qname"], error["rcode"], error["response"]) == (qname, rcode, seen[8]), trap
    assert [(record["qname"], record["soa_rrname"]) for record in derived.nxdomains] == (
        [(qname, soa_rrname)] if on_nxdomain else []
    )


@pytest.mark.parametrize(
    ("response", "kind", "accept", "ends_in"),
    [
        (message(0), 1, False, "noerror"),
        (message(0, authorities=[soa()]), 1, False, "noerror"),  # trap 8: NODATA is no error
        (message(0, additionals=[opt(0)]), 1, False, "noerror"),
        (message(0, answers=[record("x.", TXT, opt(1))]), 1, False, "noerror"),  # no OPT, it looks like one
        (message(3), 3, False, "unsolicited"),
        (message(0), 3, False, "unsolicited"),
        (message(3), 3, True, "errors"),
        (message(0), 3, True, "noerror"),
        (message(3, response=False), 1, False, "not_responses"),
        (message(3, response=False), 3, False, "not_responses"),
        (message(2), 1, False, "errors"),
    ],
)
def test_each_frame_ends_in_exactly_one_place(
    response: bytes, kind: Literal[1, 3, 4, 7], accept: bool, ends_in: str
) -> None:
    derived = derive([frame(response, kind=kind)], "s", accept_unsolicited=accept)
    counts = {
        "noerror": derived.noerror,
        "unsolicited": derived.unsolicited,
        "errors": len(derived.errors),
        "not_responses": len(derived.not_responses),
    }
    assert counts == {**dict.fromkeys(counts, 0), ends_in: 1}


FRAMES = st.builds(
    lambda response, kind, query: frame(response, kind=kind, query=query),
    st.one_of(
        st.binary(min_size=12, max_size=200),
        st.binary(min_size=8, max_size=200).map(lambda octets: b"\x12\x34\x81\x83" + octets),
        st.builds(lambda octets: message(authorities=[soa()]) + octets, st.binary(max_size=20)),
    ),
    st.sampled_from([1, 3, 4, 7]),
    st.none() | st.binary(max_size=60),
)


@given(st.lists(FRAMES, max_size=20), st.booleans())
def test_whatever_comes_in_is_counted_once_and_every_record_fits_its_schema(
    frames: list[Frame], accept: bool
) -> None:
    derived = derive(frames, "s", accept_unsolicited=accept)
    ends = derived.noerror + derived.unsolicited + len(derived.errors) + len(derived.not_responses)
    assert ends == len(frames)
    RECORDS[DNS_ERRORS].validate_python(derived.errors)
    RECORDS[NXDOMAIN].validate_python(derived.nxdomains)


def test_a_name_of_255_octets_that_must_all_be_escaped_fits_the_schema() -> None:
    labels = [b"\xff" * 63] * 3 + [b"\xff" * 61]
    wire_name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    derived = derive([frame(message(questions=[question(wire_name)], authorities=[soa(wire_name)]))], "s")
    RECORDS[NXDOMAIN].validate_python(derived.nxdomains)
    assert derived.nxdomains[0]["qname"] == derived.nxdomains[0]["soa_rrname"] == name_text(labels)
