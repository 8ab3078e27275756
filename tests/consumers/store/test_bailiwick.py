"""Which records count: vectors of what is true, and of what somebody would like to be believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.store.bailiwick import DROPPED_RECORDS, RRset, alias_target, rrsets_of, within
from nxcast.consumers.store.sections import sections_of
from nxcast.schemas.message import UNREADABLE
from tests.consumers.store.conftest import AAAA, CNAME, DS, MX, NS, SRV, TXT, A, rr, soa, wire
from tests.messages import message, opt, question

WWW, HOST = "www.example.com.", "ns1.example.com."
ADDRESS = bytes([192, 0, 2, 1])
RRSIG, DNAME, TSIG = 46, 39, 250


def derive(qname=WWW, qtype=A, zone="example.com.", **sections):
    octets = message(0, questions=[question(qname, qtype)], **sections)
    return rrsets_of(sections_of(octets), wire(qname).lower(), qtype, wire(zone))


def names(rrsets):
    return [(rrset.owner, rrset.rrtype) for rrset in rrsets]


ACCEPTED = [
    ("an address", {"answers": [rr(WWW, A, ADDRESS)]}, [(WWW, A)]),
    ("two addresses are one RRset", {"answers": [rr(WWW, A, ADDRESS), rr(WWW, A, bytes(4))]}, [(WWW, A)]),
    (
        "each link of a chain that stays in the zone",
        {"answers": [rr(WWW, CNAME, wire("a.example.com.")), rr("a.example.com.", A, ADDRESS)]},
        [(WWW, CNAME), ("a.example.com.", A)],
    ),
    (
        "a DNAME and what it gives",
        {"answers": [rr("example.com.", DNAME, wire("example.net."))]},
        [("example.com.", DNAME)],
    ),
    ("SOA of the zone", {"authorities": [soa("example.com.")]}, [("example.com.", 6)]),
    ("a referral", {"authorities": [rr(WWW, NS, wire("ns.example.org."))]}, [(WWW, NS)]),
    ("its DS", {"authorities": [rr(WWW, DS, bytes(36))]}, [(WWW, DS)]),
    (
        "glue that an accepted NS leads to",
        {
            "authorities": [rr(WWW, NS, wire(HOST))],
            "additionals": [rr(HOST, A, ADDRESS), rr(HOST, AAAA, bytes(16))],
        },
        [(WWW, NS), (HOST, A), (HOST, AAAA)],
    ),
    (
        "the host of an MX, whose name had capitals",
        {
            "qtype": MX,
            "answers": [rr(WWW, MX, b"\0\x0a" + wire("NS1.Example.COM."))],
            "additionals": [rr(HOST, A, ADDRESS)],
        },
        [(WWW, MX), (HOST, A)],
    ),
    (
        "the host of an SRV",
        {
            "qtype": SRV,
            "answers": [rr(WWW, SRV, bytes(6) + wire(HOST))],
            "additionals": [rr(HOST, A, ADDRESS), opt()],
        },
        [(WWW, SRV), (HOST, A)],
    ),
    (
        "a signature that was asked for",
        {"qtype": RRSIG, "answers": [rr(WWW, RRSIG, bytes(20))]},
        [(WWW, RRSIG)],
    ),
    ("a type that nobody knows", {"qtype": 65400, "answers": [rr(WWW, 65400, b"\x01\xff")]}, [(WWW, 65400)]),
    (
        "a name with odd octets",
        {"qname": r"a\.b\000.example.com.", "answers": [rr(r"A\.b\000.example.com.", A, ADDRESS)]},
        [(r"a\.b\000.example.com.", A)],
    ),
    (
        "the root's own",
        {"qname": ".", "qtype": NS, "zone": ".", "answers": [rr(".", NS, wire("a.root-servers.net."))]},
        [(".", NS)],
    ),
]


@pytest.mark.parametrize(("what", "given_", "expected"), ACCEPTED, ids=[each[0] for each in ACCEPTED])
def test_what_a_server_may_say_of_its_zone_counts(what, given_, expected):
    found = derive(**given_)
    assert names([*found.answer, *found.authority, *found.additional]) == [
        (wire(owner), rrtype) for owner, rrtype in expected
    ]
    assert found.dropped == {}, what


POISON = [
    ("another's address", {"answers": [rr("www.bank.example.", A, ADDRESS)]}, {"outside": 1}),
    ("the zone above", {"answers": [rr("com.", A, ADDRESS)]}, {"outside": 1}),
    ("a name that ends alike", {"answers": [rr("www.notexample.com.", A, ADDRESS)]}, {"outside": 1}),
    (
        "a label that holds the zone's octets",
        {"answers": [rr(r"a\007example\003com.", A, ADDRESS)]},
        {"outside": 1},
    ),
    (
        "a chain that leaves the zone",
        {"answers": [rr("www.bank.example.", A, ADDRESS), rr("cdn.example.net.", CNAME, wire(WWW))]},
        {"outside": 2},
    ),
    ("NS of the zone above", {"authorities": [rr("com.", NS, wire("ns.evil.example."))]}, {"outside": 1}),
    (
        "NS of a sibling",
        {"authorities": [rr("mail.example.com.", NS, wire("ns.evil.example."))]},
        {"place": 1},
    ),
    ("an address in the authority section", {"authorities": [rr(WWW, A, ADDRESS)]}, {"place": 1}),
    ("glue for nothing", {"additionals": [rr(HOST, A, ADDRESS)]}, {"unnamed": 1}),
    ("more than glue", {"additionals": [rr(HOST, TXT, b"\x01a")]}, {"unnamed": 1}),
    ("a class that is none", {"answers": [rr(WWW, A, ADDRESS, rrclass=3)]}, {"class": 1}),
    ("an address of three octets", {"answers": [rr(WWW, A, bytes(3))]}, {"rdata": 1}),
    ("a name that does not end", {"answers": [rr(WWW, CNAME, b"\x03www")]}, {"rdata": 1}),
    ("a name and more", {"answers": [rr(WWW, CNAME, wire("a.") + b"x")]}, {"rdata": 1}),
    ("an SOA without its numbers", {"answers": [rr(WWW, 6, wire("a.") + wire("b."))]}, {"rdata": 1}),
    ("an MX of two octets", {"answers": [rr(WWW, MX, b"\0\x0a")]}, {"rdata": 1}),
    ("a pointer to itself", {"answers": [rr(WWW, CNAME, b"\xc0\x5b")]}, {"rdata": 1}),
    ("a signature nobody asked for", {"answers": [rr(WWW, RRSIG, bytes(20))]}, {"type": 1}),
    ("what is no data", {"answers": [rr(WWW, TSIG, bytes(20))]}, {"type": 1}),
]


@pytest.mark.parametrize(("what", "given_", "dropped"), POISON, ids=[each[0] for each in POISON])
def test_what_a_server_may_not_say_is_dropped_and_counted(what, given_, dropped):
    good = rr(WWW, A, bytes([192, 0, 2, 9]))
    found = derive(**{**given_, "answers": [good, *given_.get("answers", ())]})
    assert [*found.answer, *found.authority, *found.additional] == [
        RRset(wire(WWW), A, (bytes([192, 0, 2, 9]),))
    ], what
    assert found.dropped == dropped
    assert set(dropped) <= set(DROPPED_RECORDS)


def test_glue_of_a_delegation_that_was_refused_is_refused():
    found = derive(authorities=[rr("mail.example.com.", NS, wire(HOST))], additionals=[rr(HOST, A, ADDRESS)])
    assert found.additional == []
    assert found.dropped == {"place": 1, "unnamed": 1}


@pytest.mark.parametrize(
    ("name", "zone", "inside"),
    [
        ("a.b.", "b.", True),
        ("b.", "b.", True),
        ("b.", ".", True),
        (".", ".", True),
        ("ab.", "b.", False),
        ("b.", "a.b.", False),
        (r"x\001b.", "b.", False),
    ],
)
def test_a_name_is_within_a_zone_by_whole_labels(name, zone, inside):
    assert within(wire(name), wire(zone)) == inside


def test_a_chain_of_aliases_ends_also_where_it_circles():
    chain = [RRset(b"\x01a\0", CNAME, (b"\x01b\0",)), RRset(b"\x01b\0", CNAME, (b"\x01c\0",))]
    assert alias_target(chain, b"\x01a\0") == b"\x01c\0"
    assert alias_target([*chain, RRset(b"\x01c\0", CNAME, (b"\x01a\0",))], b"\x01a\0") == b"\x01a\0"


@given(st.binary(max_size=200), st.integers(0, 3))
def test_whatever_a_message_holds_it_is_read_or_unreadable(octets, records):
    header = bytes([0, 1, 0x80, 0, 0, 1, 0, records, 0, records, 0, 1])
    try:
        sections = sections_of(header + wire("a.example.com.") + b"\0\1\0\1" + octets)
    except UNREADABLE:
        return
    found = rrsets_of(sections, wire("a.example.com."), A, wire("com."))
    for rrset in (*found.answer, *found.authority, *found.additional):
        assert within(rrset.owner, wire("com."))
