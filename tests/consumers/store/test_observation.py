"""What a record of a channel tells: RRsets, a failure, or why neither."""

from __future__ import annotations

import pytest

from nxcast.consumers.store.bailiwick import RRset
from nxcast.consumers.store.observation import DROPPED, Failure, observed
from tests.consumers.store.conftest import CNAME, NS, TIME_S, A, rr, soa, wire

WWW, ZONE = "www.example.com.", "example.com."
SERVER = bytes([192, 0, 2, 53])
ANSWER = rr("WWW.example.COM.", A, bytes(4))
RRSET = RRset(wire(WWW), A, (bytes(4),))


def test_an_answer_gives_its_rrsets_in_lower_case_with_the_zone_asked(seen):
    found = observed(seen.answer("wWw.eXample.com.", A, "Example.com.", answers=[ANSWER]), TIME_S)
    assert (found.outcome, found.rrsets, found.zone, found.time_s) == (
        "answered",
        [RRSET],
        wire(ZONE),
        TIME_S,
    )
    assert found.failure is None


@pytest.mark.parametrize("more", [{"zone": None}, {"zone": ".", "forwarder": True}])
def test_what_no_authority_is_known_for_is_unverified(seen, more):
    zone = more.pop("zone")
    found = observed(seen.answer(WWW, A, zone, answers=[ANSWER], **more), TIME_S)
    assert (found.outcome, found.rrsets, found.zone) == ("answered", [RRSET], None)


def test_no_such_records_is_a_failure_and_its_soa_an_rrset(seen):
    found = observed(seen.answer(WWW, A, ZONE, authorities=[soa(ZONE)]), TIME_S)
    assert found.outcome == "nodata"
    assert found.failure == Failure(wire(WWW), A, 0, wire(ZONE), wire(ZONE), SERVER)
    assert [rrset.rrtype for rrset in found.rrsets] == [6]


def test_an_alias_to_a_name_without_such_records_is_both(seen):
    chain = rr(WWW, CNAME, wire("a.example.com."))
    found = observed(seen.answer(WWW, A, ZONE, answers=[chain], authorities=[soa(ZONE)]), TIME_S)
    assert (found.outcome, found.failure.qname) == ("nodata", wire(WWW))
    assert [rrset.rrtype for rrset in found.rrsets] == [CNAME, 6]


@pytest.mark.parametrize(
    ("qtype", "sections"),
    [
        (A, {"authorities": [rr(ZONE, NS, wire("ns.example.com."))]}),  # a referral
        (A, {"answers": [ANSWER], "authorities": [soa(ZONE)]}),
        (CNAME, {"answers": [rr(WWW, CNAME, wire("a.example.com."))], "authorities": [soa(ZONE)]}),
        (255, {"answers": [ANSWER], "authorities": [soa(ZONE)]}),
    ],
)
def test_what_was_answered_is_no_failure(seen, qtype, sections):
    found = observed(seen.answer(WWW, qtype, ZONE, **sections), TIME_S)
    assert (found.outcome, found.failure) == ("answered", None)


@pytest.mark.parametrize(("rcode", "outcome"), [(2, "failed"), (5, "failed"), (3, "denial")])
def test_an_error_gives_its_alias_chain_and_a_failure_that_nothing_else_tells(seen, rcode, outcome):
    chain = rr(WWW, CNAME, wire("gone.example.com."))
    found = observed(seen.answer(WWW, A, ZONE, answers=[chain], authorities=[soa(ZONE)], rcode=rcode), TIME_S)
    assert found.outcome == outcome
    assert [rrset.rrtype for rrset in found.rrsets] == [CNAME]
    expected = Failure(wire(WWW), A, rcode, wire(ZONE), wire(ZONE), SERVER)
    assert found.failure == (expected if outcome == "failed" else None)


def test_a_bare_error_is_a_failure(seen):
    record = seen.answer(WWW, A, None, rcode=2)
    found = observed({**record, "response": record["response"][:12]}, TIME_S)
    assert found.failure == Failure(wire(WWW), A, 2, wire(ZONE), None, SERVER)


@pytest.mark.parametrize(
    ("told", "zone"),
    [
        ({"query_zone": "COM.", "soa_rrname": "Example.com."}, "com."),
        ({"soa_rrname": "Example.com."}, "example.com."),
        ({"soa_rrname": None}, "example.com."),
    ],
)
def test_a_name_that_does_not_exist_is_a_failure(make, told, zone):
    found = observed(make.nxdomain(qname="no.example.com.", qtype=A, time_ns=10**9, **told), TIME_S)
    soa_owner = told["soa_rrname"]
    assert (found.outcome, found.time_s, found.rrsets) == ("failed", 1, ())
    assert found.failure == Failure(
        wire("no.example.com."),
        A,
        3,
        wire(zone),
        soa_owner and wire(soa_owner).lower(),
        bytes([192, 33, 14, 30]),
    )


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({"qname": None, "qtype": None, "qclass": None}, "no_question"),
        ({"qclass": 3}, "class"),
        ({"opcode": 4}, "opcode"),
        ({"truncated": True}, "truncated"),
        ({"time_ns": (TIME_S + 86_401) * 10**9}, "untimely"),
        ({"response": bytes([0, 1, 0x80, 0, 0, 0, 0, 9, 0, 0, 0, 0])}, "unreadable"),
    ],
)
def test_what_gives_nothing_is_told_by_reason(seen, more, outcome):
    record = seen.answer(WWW, A, ZONE, answers=[ANSWER], truncated=more.pop("truncated", False))
    found = observed({**record, **more}, TIME_S)
    assert (found.outcome, found.rrsets, found.failure) == (outcome, (), None)
    assert outcome in DROPPED


def test_an_answer_of_which_nothing_counts_is_told(seen):
    found = observed(seen.answer(WWW, A, ZONE, answers=[rr("bank.example.", A, bytes(4))]), TIME_S)
    assert (found.outcome, found.dropped) == ("nothing", {"outside": 1})
