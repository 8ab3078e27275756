"""Frames to records: each rule and each trap as one row."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.derivation.derive import NOT_A_NAME, Derived, derive
from nxcast.schemas.frames import FORWARDER, MINIMISED, Frame, make_frame
from nxcast.schemas.names import name_text, name_wire
from nxcast.schemas.question_frame import QuestionFrame, make_question
from nxcast.schemas.records import RECORDS
from nxcast.schemas.topics import ANSWERS, DNS_ERRORS, NXDOMAIN
from tests.messages import (
    AUTHORITY,
    CNAME,
    MX,
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

ANOTHER = message(0, questions=[question("gdsrr.com.", A)], response=False)
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
        (message(3, response=False), 1, False, "malformed"),
        (message(3, response=False), 3, False, "malformed"),
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
        "malformed": len(derived.malformed),
    }
    assert counts == {**dict.fromkeys(counts, 0), ends_in: 1}


COM, NET, ROOT = name_wire("com."), name_wire("net."), b"\0"


def zoned(response: bytes, zone: bytes | None = None, marks: int = 0, **seen: Any) -> Frame:
    return make_frame(*frame(response, **seen), zone, marks)


def asked_for_resolution(rcode: int = 3, **sections: Any) -> bytes:
    """A response with RD=1."""
    octets = bytearray(message(rcode, **sections))
    octets[2] |= 1
    return bytes(octets)


@pytest.mark.parametrize("rcode", [2, 3, 5])
def test_records_tell_the_zone_that_the_server_was_asked_for(rcode: int) -> None:
    """Also of a SERVFAIL or REFUSED, which names none."""
    derived = derive([zoned(message(rcode), COM)], "s")
    assert [record.get("query_zone") for record in derived.errors] == ["com."]
    assert [record.get("query_zone") for record in derived.nxdomains] == ["com."] * (rcode == 3)


@pytest.mark.parametrize("seen", [frame(message()), zoned(message())])
def test_keys_are_left_out_where_there_is_nothing_to_say(seen: Frame) -> None:
    """So records of the older form are as they always were."""
    derived = derive([seen], "s")
    for each in (*derived.errors, *derived.nxdomains):
        assert not {"query_zone", "minimised", "forwarder", "denied", "by"} & set(each)


def test_a_minimised_name_is_marked_on_both_channels() -> None:
    derived = derive([zoned(message(), marks=MINIMISED)], "s")
    assert [record.get("minimised") for record in (*derived.errors, *derived.nxdomains)] == [True, True]


@pytest.mark.parametrize(
    ("asked", "zone", "counted"),
    [
        (("missing.com.", 1), COM, (1, 1)),
        (("missing.com.", 2), COM, (1, 1)),
        (("missing.com.", 15), COM, (1, 0)),
        (("www.missing.com.", 1), COM, (1, 0)),
        (("missing.", 1), ROOT, (0, 0)),
        (("a.example.com.", 1), name_wire("example.com."), (0, 0)),
        (("missing.com.", 1), None, (0, 0)),
    ],
)
def test_what_top_level_domains_deny_is_counted_by_whether_it_may_be_a_step_of_minimisation(
    asked: tuple[str, int], zone: bytes | None, counted: tuple[int, int]
) -> None:
    derived = derive([zoned(message(questions=[question(*asked)]), zone)], "s")
    assert (derived.top_denials, derived.top_denials_cut) == counted


@pytest.mark.parametrize("marks", [4, 0x8000])
def test_marks_of_later_versions_are_ignored(marks: int) -> None:
    assert derive([zoned(message(), marks=marks)], "s") == derive([zoned(message())], "s")


@pytest.mark.parametrize(
    ("qname", "zone", "within"),
    [
        ("gdsrr.com.", "com.", True),
        ("com.", "com.", True),
        ("gdsrr.com.", ".", True),
        (".", ".", True),
        ("GDSRR.cOm.", "CoM.", True),
        ("gdsrr.com.", "net.", False),
        ("com.", "gdsrr.com.", False),
        ("notcom.", "com.", False),
        ("not-com.", "com.", False),
        (r"a\.com.", "com.", False),  # one label
        (r"a\\.com.", "com.", True),  # two, the first of which ends in a backslash
        (".", "com.", False),
    ],
)
def test_an_answer_about_a_name_outside_its_zone_is_mismatched(qname: str, zone: str, within: bool) -> None:
    """A server of one zone must not put names of another on the channels."""
    seen = zoned(message(questions=[question(qname)]), name_wire(zone))
    derived = derive([seen], "s")
    assert (derived.mismatched, len(derived.errors), len(derived.nxdomains)) == (not within, within, within)


def test_a_question_that_only_the_query_tells_is_held_against_the_zone_too() -> None:
    bare = message(5, questions=[])
    assert derive([zoned(bare, NET, query=QUERY)], "s").mismatched == 1
    assert len(derive([zoned(bare, COM, query=QUERY)], "s").errors) == 1
    assert len(derive([zoned(bare, NET)], "s").errors) == 1  # nothing to compare


@pytest.mark.parametrize(
    ("asked", "answered", "matches"),
    [
        (question(), question(), True),
        (question("GDSRR.com."), question("gdsrr.COM."), True),
        (question(), question("victim.com."), False),
        (question(), question("gdsrr.com.", A), False),
        (question(), question("gdsrr.com.", MX, 3), False),
        (question("gdsrr.com.", 65), question("gdsrr.com.", 97), False),  # 'A' and 'a', but no letters
        (question("gdsrr.com.", MX, 65), question("gdsrr.com.", MX, 97), False),
        (question(), question("x.gdsrr.com."), False),
        (question("x.gdsrr.com."), question(), False),
        (b"", question(), False),
    ],
)
def test_an_answer_to_another_question_is_mismatched(asked: bytes, answered: bytes, matches: bool) -> None:
    query = message(0, questions=[asked] if asked else [], response=False)
    derived = derive([frame(message(questions=[answered]), query=query)], "s")
    assert (derived.mismatched, len(derived.errors)) == (not matches, matches)


def test_a_zone_that_is_no_name_spoils_its_frame() -> None:
    for zone in (b"com", b"\xc0\x0c", COM + b"\0", b"\x40" + bytes(64) + b"\0"):
        derived = derive([zoned(message(), zone), zoned(message(), COM)], "s")
        assert derived.malformed == [(NOT_A_NAME, zone)]
        assert len(derived.errors) == 1


@pytest.mark.parametrize("rcode", [2, 3])
def test_answers_of_resolvers_reach_a_channel_only_if_marked_or_accepted(rcode: int) -> None:
    response = asked_for_resolution(rcode)
    for seen in (zoned(response), zoned(response, COM, MINIMISED)):
        assert derive([seen], "s") == Derived(forwarder=1)
    for derived in (
        derive([zoned(response, COM, FORWARDER)], "s"),
        derive([zoned(response)], "s", accept_forwarders=True),
        derive([frame(response)], "s"),  # frames/1 can't mark them
    ):
        assert derived.forwarder == 0
        assert [record.get("forwarder") for record in derived.errors] == [True]
        assert [record.get("forwarder") for record in derived.nxdomains] == [True] * (rcode == 3)


def test_a_marked_answer_is_a_resolvers_whatever_its_bits_say() -> None:
    (error,) = derive([zoned(message(), marks=FORWARDER)], "s").errors
    assert error["forwarder"] is True


def test_an_answer_of_a_resolver_without_an_error_is_noerror() -> None:
    assert derive([zoned(asked_for_resolution(0))], "s").noerror == 1


ANSWERED = record("gdsrr.com.", MX, b"\0\x0a" + name_wire("mx.gdsrr.com."))


@pytest.mark.parametrize(
    ("response", "published"),
    [
        (message(0, answers=[ANSWERED]), True),
        (message(0, authorities=[soa("gdsrr.com.")]), True),  # NODATA
        (message(0, authorities=[record("gdsrr.com.", 2, name_wire("ns."))]), True),  # a referral
        (message(0, additionals=[record("a.gdsrr.com.", 1, bytes(4)), opt()]), True),
        (message(0, additionals=[record("a.gdsrr.com.", 1, bytes(4))]), True),
        (message(0, questions=[], answers=[ANSWERED]), True),
        (message(0, answers=[ANSWERED], truncated=True), True),
        (message(0, opcode=4, answers=[ANSWERED]), True),
        (message(0, additionals=[opt()]), False),
        (message(0), False),
        (message(0, questions=[]), False),
        (message(2, answers=[ANSWERED]), False),
    ],
)
def test_what_has_records_and_no_error_is_an_answer_where_answers_are_wanted(
    response: bytes, published: bool
) -> None:
    assert derive([zoned(response, COM)], "s").answers == []
    derived = derive([zoned(response, COM, MINIMISED)], "s", answers=True)
    assert [each["response"] for each in derived.answers] == [response] * published
    assert derived.noerror + len(derived.errors) == 1
    RECORDS[ANSWERS].validate_python(derived.answers)
    for answer in derived.answers:
        assert (answer["query_zone"], answer["minimised"]) == ("com.", True)
        asked = (None, None, None) if response[5] == 0 else ("gdsrr.com.", 1, MX)
        assert (answer["qname"], answer["qclass"], answer["qtype"]) == asked


def test_an_extended_rcode_is_no_answer() -> None:
    derived = derive([frame(message(0, answers=[ANSWERED], additionals=[opt(1)]))], "s", answers=True)
    assert ([error["rcode"] for error in derived.errors], derived.answers) == ([16], [])


@pytest.mark.parametrize(
    ("seen", "counter"),
    [
        (zoned(message(0, answers=[ANSWERED]), NET), "mismatched"),
        (zoned(asked_for_resolution(0, answers=[ANSWERED]), COM), "forwarder"),
        (
            make_frame(*frame(message(0, answers=[ANSWERED]), query=QUERY[:-4] + b"\0\1\0\1"), COM),
            "mismatched",
        ),
        (make_frame(*frame(message(0, answers=[ANSWERED]), kind=3), COM), "unsolicited"),
    ],
)
def test_an_answer_is_dropped_for_what_an_error_is_dropped_for(seen: Frame, counter: str) -> None:
    derived = derive([seen], "s", answers=True)
    assert (getattr(derived, counter), derived.answers, derived.noerror) == (1, [], 0)


def test_a_sensor_that_asks_has_its_denials_on_one_channel_each() -> None:
    """Its NXDOMAIN responses are a DnsError alone, its questions an Nxdomain alone."""
    asked = make_question(
        7, name_wire("www.gdsrr.com."), A, 1, AUTHORITY, COM, name_wire("gdsrr.com."), "authority"
    )
    derived = derive([zoned(message(), COM)], "s", [asked], asks=True)
    assert [error["qname"] for error in derived.errors] == ["gdsrr.com."]
    assert derived.nxdomains == [
        {
            "qname": "www.gdsrr.com.",
            "qclass": 1,
            "qtype": A,
            "response_ip": "192.33.14.30",
            "soa_rrname": "com.",
            "time_ns": 7,
            "sensor": "s",
            "query_zone": "com.",
            "denied": "gdsrr.com.",
            "by": "authority",
        }
    ]
    assert derived.questions == 1


def test_what_no_server_was_seen_for_has_the_address_of_none() -> None:
    asked = make_question(7, name_wire("a.com."), A, 1, None, COM, None, "cache")
    (record,) = derive([], "s", [asked]).nxdomains
    assert (record["response_ip"], record["by"], "denied" in record) == ("::", "cache", False)
    RECORDS[NXDOMAIN].validate_python([record])


@pytest.mark.parametrize("place", [2, 6, 7])
def test_a_question_with_a_name_that_is_none_is_malformed(place: int) -> None:
    asked = list(make_question(7, COM, A, 1, None, COM, COM, "proof"))
    asked[place] = b"\xc0\x0c"
    assert derive([], "s", [tuple(asked)]) == Derived(malformed=[(NOT_A_NAME, b"\xc0\x0c")])


FRAMES = st.builds(
    lambda response, kind, query: frame(response, kind=kind, query=query),
    st.one_of(
        st.binary(min_size=12, max_size=200),
        st.binary(min_size=8, max_size=200).map(lambda octets: b"\x12\x34\x81\x83" + octets),
        st.builds(lambda octets: message(authorities=[soa()]) + octets, st.binary(max_size=20)),
    ),
    st.sampled_from([1, 3, 4, 7]),
    st.none() | st.binary(max_size=60) | st.just(QUERY),
)
NAMES = st.binary(min_size=1, max_size=20) | st.sampled_from([COM, NET, ROOT])
FRAMES_2 = st.builds(
    lambda seen, zone, marks: make_frame(*seen, zone, marks), FRAMES, st.none() | NAMES, st.integers(0, 7)
)
QUESTIONS = st.builds(
    make_question,
    st.integers(0, 9),
    NAMES,
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.none() | st.just(AUTHORITY),
    NAMES,
    st.none() | NAMES,
    st.sampled_from(["authority", "cache", "proof"]),
)


@given(
    st.lists(FRAMES | FRAMES_2, max_size=20), st.lists(QUESTIONS, max_size=5), st.booleans(), st.booleans()
)
def test_whatever_comes_in_is_counted_once_and_every_record_fits_its_schema(
    frames: list[Frame], questions: list[QuestionFrame], accept: bool, answers: bool
) -> None:
    derived = derive(
        frames,
        "s",
        questions,
        accept_unsolicited=accept,
        accept_forwarders=accept,
        asks=not accept,
        answers=answers,
    )
    dropped = derived.noerror + derived.unsolicited + derived.mismatched + derived.forwarder
    ends = dropped + len(derived.errors) + len(derived.malformed)
    assert ends + derived.questions == len(frames) + len(questions)
    RECORDS[DNS_ERRORS].validate_python(derived.errors)
    RECORDS[NXDOMAIN].validate_python(derived.nxdomains)
    RECORDS[ANSWERS].validate_python(derived.answers)
    assert len(derived.answers) <= (derived.noerror if answers else 0)


def test_a_name_of_255_octets_that_must_all_be_escaped_fits_the_schema() -> None:
    labels = [b"\xff" * 63] * 3 + [b"\xff" * 61]
    wire_name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    derived = derive([frame(message(questions=[question(wire_name)], authorities=[soa(wire_name)]))], "s")
    RECORDS[NXDOMAIN].validate_python(derived.nxdomains)
    assert derived.nxdomains[0]["qname"] == derived.nxdomains[0]["soa_rrname"] == name_text(labels)
