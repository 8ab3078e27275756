"""Client-side denials joined to an authority's: made by hand, and recorded of real resolvers."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.dnstap import client_questions as module
from nxcast.producers.dnstap.client_questions import ClientQuestions, Question
from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.codes import TYPES
from nxcast.schemas.message import name_of
from nxcast.schemas.names import name_wire
from tests.messages import AAAA, CNAME, MX, NS, SOA, A, message, question, record

SERVER, OTHER = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
MS = 1_000_000
START = 1_700_000_000_000 * MS


def soa(owner: str, ttl: int = 60, minimum: int = 60) -> bytes:
    fixed = name_wire(".") * 2 + bytes(16) + minimum.to_bytes(4, "big")
    return record(owner, SOA, fixed, ttl=ttl)


def denied(
    name: str, qtype: int, owner: str | None, *, answers: Sequence[bytes] = (), ttl: int = 60
) -> bytes:
    authorities = [] if owner is None else [soa(owner, ttl)]
    return message(3, questions=[question(name, qtype)], answers=answers, authorities=authorities)


class Stream:
    """A resolver's messages by milliseconds since a start."""

    def __init__(self) -> None:
        self.questions = ClientQuestions()

    def authority(self, at_ms: float, name: str, qtype: int, owner: str, *, zone: str | None = None,
                  server: bytes = SERVER) -> None:  # fmt: skip
        wire = name_wire(owner if zone is None else zone)
        self.questions.resolver_response(START + int(at_ms * MS), server, wire, denied(name, qtype, owner))

    def noerror(self, at_ms: float, zone: str = "com.") -> None:
        self.questions.resolver_response(START + int(at_ms * MS), SERVER, name_wire(zone), message(0))

    def client(self, at_ms: float, name: str, qtype: int, owner: str | None, **more: object) -> None:
        octets = denied(name, qtype, owner, **more)  # type: ignore[arg-type]
        self.questions.client_response(START + int(at_ms * MS), octets, 0.0)

    def end(self) -> list[tuple[str, int, str, str | None, bytes | None]]:
        return [shown(each) for each in self.questions.finish()]


def shown(each: Question) -> tuple[str, int, str, str | None, bytes | None]:
    return name_of(each.qname), each.qtype, each.by, each.denied and name_of(each.denied), each.server


@pytest.fixture
def stream() -> Stream:
    return Stream()


def test_another_type_of_the_same_name_was_denied(stream: Stream) -> None:
    stream.authority(0, "gdsrr.com.", A, "com.")
    stream.client(1, "gdsrr.com.", MX, "com.")
    assert stream.end() == [("gdsrr.com.", MX, "authority", "gdsrr.com.", SERVER)]


def test_a_name_above_was_denied(stream: Stream) -> None:
    stream.authority(0, "gone.com.", NS, "com.")
    stream.client(1, "mail.eu.gone.com.", AAAA, "com.")
    assert stream.end() == [("mail.eu.gone.com.", AAAA, "authority", "gone.com.", SERVER)]


def test_case_is_no_difference_and_is_kept(stream: Stream) -> None:
    stream.authority(0, "gDsRr.CoM.", A, "cOm.", zone="com.")
    stream.client(1, "GDSRR.com.", MX, "COM.")
    assert stream.end() == [("GDSRR.com.", MX, "authority", "gDsRr.CoM.", SERVER)]


def test_a_type_that_is_a_letter_keeps_its_number(stream: Stream) -> None:
    stream.noerror(0)
    for qtype in (65, 97):  # HTTPS, and what its octet is in lower case
        stream.client(1, "gone.com.", qtype, "com.")
    assert [each[1] for each in stream.end()] == [65, 97]


def test_the_end_of_an_alias_was_denied(stream: Stream) -> None:
    stream.authority(0, "target.gone.net.", A, "net.")
    alias = record("www.shop.com.", CNAME, name_wire("target.gone.net."))
    stream.client(1, "www.shop.com.", A, "net.", answers=(alias,))
    assert stream.end() == [("www.shop.com.", A, "authority", "target.gone.net.", SERVER)]


def test_the_answer_may_come_before_its_denial(stream: Stream) -> None:
    stream.client(0, "gdsrr.com.", MX, "com.")
    stream.authority(4, "gdsrr.com.", A, "com.")
    assert stream.end() == [("gdsrr.com.", MX, "authority", "gdsrr.com.", SERVER)]


def test_an_older_denial_is_a_cache_until_its_ttl_is_over(stream: Stream) -> None:
    stream.authority(0, "gdsrr.com.", A, "com.")
    stream.client(30_000, "gdsrr.com.", MX, "com.", ttl=30)
    stream.client(60_001, "gdsrr.com.", AAAA, "com.")
    assert [each[2:4] for each in stream.end()] == [("cache", "gdsrr.com."), ("proof", None)]


def test_a_denial_of_another_zone_or_beside_it_covers_nothing(stream: Stream) -> None:
    stream.noerror(0, "gone.com.")
    stream.authority(0, "x.com.", A, "com.")
    stream.client(1, "y.x.com.", A, "gone.com.")
    stream.client(1, "xx.com.", A, "com.")
    assert [each[2] for each in stream.end()] == ["proof", "proof"]


def test_a_proof_names_a_server_of_the_zone(stream: Stream) -> None:
    stream.noerror(0)
    stream.client(1, "gone.com.", A, "com.")
    assert stream.end() == [("gone.com.", A, "proof", None, SERVER)]


def test_a_negative_cache_would_have_answered(stream: Stream) -> None:
    stream.noerror(0)
    for at_ms in (0, 30_000, 59_999, 60_000):
        stream.client(at_ms, "Gone.com." if at_ms else "gone.com.", MX, "com.")
    stream.client(1, "gone.com.", A, "com.")
    assert [each[:2] for each in stream.end()] == [("gone.com.", MX), ("Gone.com.", MX), ("gone.com.", A)]
    assert stream.questions.counts == {"repeated": 2}


def test_the_ttl_of_the_zone_counts_where_it_has_run_down_in_a_cache(stream: Stream) -> None:
    stream.authority(0, "gone.com.", A, "com.")
    stream.client(59_000, "gone.com.", MX, "com.", ttl=1)
    stream.client(61_000, "gone.com.", MX, "com.")
    assert [each[1] for each in stream.end()] == [MX]


def test_a_zone_that_no_authority_has_shown_is_local(stream: Stream) -> None:
    stream.noerror(0)
    stream.client(1, "printer.corp.example.", A, "corp.example.")
    stream.client(1, "3.2.1.10.in-addr.arpa.", 12, "10.in-addr.arpa.")
    assert stream.end() == []
    assert stream.questions.counts == {"local": 2}


def test_an_authority_shows_no_zone_outside_its_own(stream: Stream) -> None:
    stream.authority(0, "evil.com.", A, "corp.example.", zone="com.")
    stream.client(1, "payroll.corp.example.", A, "corp.example.")
    assert stream.end() == []


def test_without_any_authority_only_the_zones_of_rfc_6303_are_local(stream: Stream) -> None:
    stream.client(0, "gone.com.", MX, "com.")
    stream.client(0, "3.2.1.10.in-addr.arpa.", 12, "3.2.1.10.in-addr.arpa.")
    assert stream.end() == [("gone.com.", MX, "proof", None, None)]
    assert stream.questions.counts == {"local": 1}


def test_an_answer_waits_for_its_resolver_but_not_for_ever(stream: Stream) -> None:
    stream.noerror(0)
    stream.client(0, "gone.com.", MX, "com.")
    assert stream.questions.due(0.0) == []
    stream.noerror(99)
    assert stream.questions.due(2.9) == []
    assert len(stream.questions.due(3.0)) == 1
    stream.client(100, "other.com.", MX, "com.")
    stream.noerror(200)
    assert len(stream.questions.due(0.0)) == 1


def test_what_says_too_little_is_counted(stream: Stream) -> None:
    stream.client(0, "gone.com.", MX, None)
    stream.questions.client_response(START, message(3, questions=[b"\xc0\x0c\0\1\0\1"]), 0.0)
    stream.questions.client_response(START, message(3, counts=(0, 0, 0, 0)), 0.0)
    assert stream.end() == []
    assert stream.questions.counts == {"no_soa": 1, "unreadable": 2}


@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=12, max_size=80)), max_size=8))
def test_no_octets_raise(messages: list[tuple[bool, bytes]]) -> None:
    questions = ClientQuestions()
    for number, (resolver, octets) in enumerate(messages):
        octets = octets[:3] + b"\x03\0\1" + octets[6:]
        if resolver:
            questions.resolver_response(number, SERVER, b"\0", octets)
        else:
            questions.client_response(number, octets, 0.0)
    questions.finish()


def test_every_store_keeps_its_bound(monkeypatch: pytest.MonkeyPatch, stream: Stream) -> None:
    for name in ("HELD_MAX", "ZONES_MAX", "DENIALS_MAX", "ASKED_MAX"):
        monkeypatch.setattr(module, name, 8)
    for number in range(100):
        stream.authority(0, f"a{number}.x{number}.com.", A, f"x{number}.com.")
        stream.client(0, f"a{number}.x{number}.com.", MX, f"x{number}.com.")
        stream.questions.due(0.0)
    stores = [value for value in vars(stream.questions).values() if isinstance(value, dict)]
    assert len(stores) == 6
    assert all(len(store) <= 8 for store in stores)
    assert len(stream.questions) == 8
    assert stream.questions.counts["hurried"] == 92


RECORDINGS = {
    # Private reverse names, which the resolver answers itself: local, so not published.
    "unbound-1.17.1-default": 2,
    "unbound-1.17.1-noqmin-noaggressive": 2,
    "bind-9.18.49-default": 2,
    "bind-9.18.49-noqmin-nosynth": 2,
    "kresd-5.6.0-default": 2,
}
LOCAL = {("3.2.1.10.in-addr.arpa.", "PTR"), ("7.1.168.192.in-addr.arpa.", "PTR")}


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_of_real_resolvers_give_what_was_asked(shared: Path, name: str) -> None:
    folder = shared / "resolvers"
    questions = ClientQuestions()
    found: list[Question] = []
    for payload in Reader().receive_data((folder / f"{name}.dnstap").read_bytes()):
        said = dnstap_pb2.Dnstap.FromString(payload).message
        time_ns = said.response_time_sec * 1_000_000_000 + said.response_time_nsec
        if said.type == dnstap_pb2.Message.RESOLVER_RESPONSE:
            questions.resolver_response(
                time_ns, said.response_address, said.query_zone, said.response_message
            )
        elif said.type == dnstap_pb2.Message.CLIENT_RESPONSE:
            questions.client_response(time_ns, said.response_message, 0.0)
        found += questions.due(0.0)
    found += questions.finish()
    with (folder / f"{name}.truth.tsv").open() as file:
        asked = {(row["qname"].lower(), row["qtype"]): row for row in csv.DictReader(file, delimiter="\t")
                 if row["rcode"] == "3"}  # fmt: skip
    given_ = Counter((name_of(each.qname).lower(), TYPES[each.qtype]) for each in found)
    assert set(given_) == set(asked) - LOCAL
    assert set(given_.values()) == {1}
    assert questions.counts["local"] == len(LOCAL)
    for each in found:
        row = asked[name_of(each.qname).lower(), TYPES[each.qtype]]
        assert name_of(each.zone) == row["soa_rrname"].lower()
        if each.by == "authority" and row["authority_nxdomains"]:
            denials = {denial.rpartition("/")[0].lower() for denial in row["authority_nxdomains"].split()}
            assert each.denied is not None
            assert name_of(each.denied).lower() in {text.rstrip(".") + "." for text in denials}
