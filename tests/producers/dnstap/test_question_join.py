"""Clients' denied questions joined to authorities' denials, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.dnstap import question_join as module
from nxcast.producers.dnstap.question_join import (
    COUNTS,
    HOLD_NS,
    LOCALLY_SERVED,
    PATIENCE_NS,
    Question,
    QuestionJoin,
)
from nxcast.schemas.message import name_of
from nxcast.schemas.names import name_wire
from tests.messages import AAAA, CNAME, MX, NS, SOA, A, message, opt, question, record

ONE, TWO = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
MS = 1_000_000
SECOND = 1_000 * MS
START = 1_700_000_000 * SECOND
PTR = 12


def denied(
    name: str, qtype: int, owner: str | bytes | None, *, ttl: int = 60, answers: Sequence[bytes] = ()
) -> bytes:
    """An NXDOMAIN whose SOA has a MINIMUM of 60 s."""
    rdata = b"\0\0" + bytes(19) + b"\x3c"
    authorities = [] if owner is None else [record(owner, SOA, rdata, ttl=ttl)]
    return message(3, questions=[question(name, qtype)], answers=answers, authorities=authorities)


class Stream:
    """A resolver's messages, by milliseconds since a start."""

    def __init__(self, local_zones: frozenset[bytes] | None = None) -> None:
        self.join = QuestionJoin(local_zones)
        self.given: list[Question] = []

    def shows(self, at_ms: float, zone: str = "com.", server: bytes = ONE) -> None:
        self.join.resolver_response(START + int(at_ms * MS), server, name_wire(zone), message(0))

    def denies(
        self, at_ms: float, name: str, owner: str | bytes, *, zone: str | None = None, server: bytes = ONE,
        answers: Sequence[bytes] = (),
    ) -> None:  # fmt: skip
        """Deny a name; `zone` is the query_zone where that is not the SOA's owner, '' for none."""
        octets = denied(name, A, owner, answers=answers)
        if zone is None:
            assert isinstance(owner, str)
            zone = owner
        query_zone = name_wire(zone) if zone else b""
        self.join.resolver_response(START + int(at_ms * MS), server, query_zone, octets)

    def answers(self, at_ms: float, octets: bytes) -> None:
        self.given += self.join.client_response(START + int(at_ms * MS), octets)

    def end(self) -> list[tuple[str, int, str, str | None, bytes | None]]:
        """name, type, by, denied, server: of what is given now and of all before."""
        self.given += self.join.finish()
        found, self.given = self.given, []
        return [
            (
                name_of(each.qname),
                each.qtype,
                each.by,
                None if each.denied is None else name_of(each.denied),
                each.server,
            )
            for each in found
        ]


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.mark.parametrize(
    ("denial", "asked", "qtype", "zone"),
    [
        ("gone.com.", "gone.com.", MX, "com."),  # the type was another one
        ("gone.com.", "mail.eu.gone.com.", AAAA, "com."),  # the name was cut short
        ("GONE.cOm.", "gone.COM.", A, "coM."),
        ("lan.", "printer.lan.", A, "."),
    ],
)
def test_a_denial_joins_what_it_covers(
    stream: Stream, denial: str, asked: str, qtype: int, zone: str
) -> None:
    stream.denies(0, denial, zone.lower())
    stream.answers(1, denied(asked, qtype, zone))
    assert stream.end() == [(asked, qtype, "authority", denial, ONE)]


def test_the_zone_is_the_soa_owner_as_the_client_was_told(stream: Stream) -> None:
    stream.denies(0, "gone.com.", "com.")
    stream.answers(1, denied("gone.com.", MX, "cOM."))
    assert stream.given[0].zone == name_wire("cOM.")
    assert (stream.given[0].time_ns, stream.given[0].qclass) == (START + MS, 1)


def test_the_very_name_need_not_wait_and_a_name_above_must(stream: Stream) -> None:
    stream.denies(0, "gone.com.", "com.")
    stream.answers(1, denied("gone.com.", MX, "com."))
    assert len(stream.given) == 1
    stream.answers(1, denied("a.gone.com.", MX, "com."))
    assert len(stream.given) == 1
    assert len(stream.join) == 1
    stream.denies(5, "a.gone.com.", "com.")  # the resolver went on and asked the whole name
    assert [each[3] for each in stream.end()] == ["gone.com.", "a.gone.com."]


def test_the_answer_may_be_dated_and_come_before_its_denial(stream: Stream) -> None:
    stream.shows(-50)
    stream.answers(0, denied("gone.com.", MX, "com."))
    stream.denies(8, "gone.com.", "com.")
    assert stream.end() == [("gone.com.", MX, "authority", "gone.com.", ONE)]


def test_denials_that_follow_while_it_waits_hide_none(stream: Stream) -> None:
    stream.answers(0, denied("gone.com.", MX, "com."))
    for number in range(20):
        stream.denies(-1 + 100 * number, "gone.com.", "com.")
    assert stream.end() == [("gone.com.", MX, "authority", "gone.com.", ONE)]


def test_an_older_denial_is_a_cache_until_its_ttl_is_over_then_a_proof(stream: Stream) -> None:
    stream.denies(0, "gone.com.", "com.")
    stream.shows(1_000, server=TWO)  # the server heard last is whom a plain cache would ask
    stream.answers(30_000, denied("a.gone.com.", MX, "com.", ttl=30))
    stream.answers(60_000, denied("a.gone.com.", AAAA, "com."))
    assert stream.end() == [
        ("a.gone.com.", MX, "cache", "gone.com.", TWO),
        ("a.gone.com.", AAAA, "proof", None, TWO),
    ]


def test_an_alias_is_joined_by_where_it_ends(stream: Stream) -> None:
    chain = (
        record("www.shop.com.", CNAME, name_wire("Shop.cdn.net.")),
        record("shop.cdn.net.", CNAME, name_wire("x.gone.net.")),
    )
    stream.denies(0, "gone.net.", "net.")
    stream.answers(1, denied("www.shop.com.", A, "net.", answers=chain))
    assert stream.end() == [("www.shop.com.", A, "authority", "gone.net.", ONE)]


def test_a_name_below_an_alias_is_not_covered(stream: Stream) -> None:
    """A denial by way of an alias says nothing of names below the alias, which exists."""
    stream.denies(0, "a.com.", "com.", answers=[record("a.com.", CNAME, name_wire("gone.com."))])
    stream.answers(1, denied("b.a.com.", A, "com."))
    stream.answers(1, denied("b.gone.com.", A, "com."))
    assert [each[2:4] for each in stream.end()] == [("proof", None), ("authority", "a.com.")]


# Which of some answers, by second, asked MX of the same name, a negative cache of 60 s lets through.
@pytest.mark.parametrize(
    ("seconds", "let_through"),
    [
        ((0, 1, 59, 60, 61), (0, 60)),
        ((0, 59.999, 60), (0, 60)),
        ((0, 120, 150), (0, 120)),
        ((10, 0, 5), (10,)),  # out of order, one period
        ((1_000, 0, 30, 1_030), (1_000, 0, 1_030)),  # a clock set back; two files, the later one first
        ((10**9, 0, 1, 61), (10**9, 0, 61)),  # one wrong time keeps nothing back
    ],
)
def test_a_negative_cache_lets_one_through_a_period(
    stream: Stream, seconds: Sequence[float], let_through: Sequence[float]
) -> None:
    stream.denies(0, "other.com.", "com.")
    for number, second in enumerate(seconds):
        stream.answers(second * 1_000, denied("Gone.com." if number else "gone.com.", MX, "com."))
        stream.given += stream.join.finish()
    found = [(each.time_ns - START) / SECOND for each in stream.given]
    assert found == list(let_through)
    assert stream.join.counts["repeated"] == len(seconds) - len(found)


def test_names_types_and_classes_have_a_period_each(stream: Stream) -> None:
    stream.shows(0)
    for name, qtype in (("a.com.", 65), ("a.com.", 97), ("b.com.", 65)):  # 97 is 65 in lower case
        stream.answers(1, denied(name, qtype, "com."))
    stream.answers(1, denied("a.com.", 65, "com.").replace(b"\0\x41\0\1", b"\0\x41\0\3"))
    assert len(stream.end()) == 4


def test_the_period_is_the_authority_s_where_the_client_s_ttl_has_run_down(stream: Stream) -> None:
    stream.denies(0, "gone.com.", "com.")
    for second in (59, 61, 118, 119):
        stream.answers(second * 1_000, denied("gone.com.", MX, "com.", ttl=1))
    stream.end()
    assert stream.join.counts == {"questions": 2, "repeated": 2}


def test_without_a_denial_the_period_is_the_longest_that_clients_were_told(stream: Stream) -> None:
    stream.shows(0)
    stream.answers(0, denied("a.com.", MX, "com.", ttl=60))
    for second in (0, 30):
        stream.answers(second * 1_000, denied("b.com.", MX, "com.", ttl=5))
    stream.end()
    assert stream.join.counts == {"questions": 2, "repeated": 1}


def test_a_zone_that_no_authority_has_shown_is_local(stream: Stream) -> None:
    stream.answers(0, denied("payroll.corp.example.", A, "corp.example."))
    stream.answers(0, denied("gone.com.", A, "com."))
    stream.shows(1)
    stream.answers(1, denied("3.2.1.10.in-addr.arpa.", PTR, "10.in-addr.arpa."))
    assert stream.end() == [("gone.com.", A, "proof", None, ONE)]
    assert stream.join.counts == {"questions": 1, "local": 2}


def test_before_any_authority_is_heard_nothing_is_public(stream: Stream) -> None:
    stream.answers(0, denied("payroll.corp.example.", A, "corp.example."))
    assert stream.join.due(PATIENCE_NS) == []
    assert stream.join.counts == {"local": 1}


@pytest.mark.parametrize(
    ("name", "owner", "zone", "answers"),
    [
        ("evil.com.", "corp.example.", "evil.com.", ()),
        ("evil.com.", "corp.example.", "", ()),
        (
            "evil.com.", "corp.example.", "evil.com.",
            (record("evil.com.", CNAME, name_wire("payroll.corp.example.")),),
        ),
        (
            "evil.com.", "corp.example.", "",
            (record("evil.com.", CNAME, name_wire("payroll.corp.example.")),),
        ),
        ("x.com.", b"\x0ccorp\7example\0", "example.", ()),  # one label, whose octets end like the zone
    ],
)  # fmt: skip
def test_an_authority_shows_and_denies_nothing_outside_its_own_zone(
    stream: Stream, name: str, owner: str | bytes, zone: str, answers: Sequence[bytes]
) -> None:
    stream.denies(0, name, owner, zone=zone, answers=answers)
    stream.answers(1, denied("payroll.corp.example.", A, "corp.example."))
    assert stream.end() == []
    assert stream.join.counts == {"local": 1}


def test_a_zone_below_the_one_that_was_asked_is_shown_by_its_denial(stream: Stream) -> None:
    stream.denies(0, "gone.shop.com.", "shop.com.", zone="com.")
    stream.denies(0, "gone.shop.net.", "shop.net.", zone="")
    stream.answers(1, denied("gone.shop.com.", MX, "shop.com."))
    stream.answers(1, denied("gone.shop.net.", MX, "shop.net."))
    assert [each[2] for each in stream.end()] == ["authority", "authority"]


def test_with_client_messages_alone_all_but_the_local_zones_is_public() -> None:
    stream = Stream(LOCALLY_SERVED)
    stream.answers(0, denied("gone.com.", MX, "com."))
    stream.answers(0, denied("3.2.1.10.in-addr.arpa.", PTR, "10.in-addr.arpa."))
    stream.answers(0, denied("3.2.1.10.in-addr.arpa.", PTR, "3.2.1.10.IN-ADDR.arpa."))
    stream.answers(0, denied("x.home.arpa.", A, "home.arpa."))
    stream.answers(1_000, denied("gone.com.", MX, "com.", ttl=59))
    assert stream.end() == [("gone.com.", MX, "proof", None, None)]
    assert stream.join.counts == {"questions": 1, "local": 3, "repeated": 1}


def test_the_local_zones_are_as_many_as_the_standards_have() -> None:
    # RFC 6303: 7 with 0, 10, 127 ... , 16 of 172.16/12, 8 of IPv6; RFC 7793: 64; seven names.
    assert len(LOCALLY_SERVED) == 5 + 16 + 64 + 4 + 6 + 2 + 7


def test_an_answer_waits_for_the_resolver_s_other_connections(stream: Stream) -> None:
    stream.shows(0)
    stream.answers(0, denied("a.gone.com.", MX, "com."))
    stream.shows(HOLD_NS / MS - 1)
    assert stream.join.due(PATIENCE_NS - 1) == []
    stream.denies(-1, "gone.com.", "com.")  # a connection that is behind
    stream.shows(HOLD_NS / MS)
    assert [each.by for each in stream.join.due()] == ["authority"]


def test_an_answer_does_not_wait_for_a_quiet_resolver(stream: Stream) -> None:
    stream.shows(0)
    assert stream.join.client_response(START, denied("gone.com.", MX, "com."), 7 * SECOND) == ()
    assert stream.join.due(7 * SECOND + PATIENCE_NS - 1) == []
    assert len(stream.join.due(7 * SECOND + PATIENCE_NS)) == 1


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "other"),
        (message(0), "other"),
        (message(3, opcode=4), "other"),
        (message(3, additionals=[opt(1)]), "other"),
        (message(3, questions=[question(b"\xc0\x00")]), "unreadable"),
        (message(3, counts=(0, 0, 0, 0)), "unreadable"),
        (denied("gone.com.", MX, "com.")[:-1], "unreadable"),
        (denied("gone.com.", MX, None), "no_soa"),
        (message(3, answers=[record("x.", A, bytes(4))] * 65), "many_records"),
    ],
)
def test_what_gives_no_question_is_counted(stream: Stream, octets: bytes, reason: str) -> None:
    stream.answers(0, octets)
    assert stream.end() == []
    assert stream.join.counts == {reason: 1}
    assert reason in COUNTS


def test_a_server_of_another_size_is_not_known(stream: Stream) -> None:
    stream.shows(0, server=bytes(5))
    stream.answers(0, denied("gone.com.", MX, "com."))
    assert stream.end() == [("gone.com.", MX, "proof", None, None)]


_OCTETS = st.one_of(
    st.binary(max_size=80),
    st.binary(max_size=80).map(lambda tail: b"\x12\x34\x81\x83\0\1\0\1\0\1\0\0" + tail),
    st.sampled_from([denied(f"{name}.com.", A, "com.") for name in ("a", "b.a", "c.b.a")]),
)


@given(
    st.lists(
        st.tuples(
            st.booleans(), st.integers(0, 2**64), st.binary(max_size=17), st.binary(max_size=9), _OCTETS
        )
    ),
    st.booleans(),
)
def test_no_octets_raise_and_every_answer_is_accounted_for(
    steps: list[tuple[bool, int, bytes, bytes, bytes]], alone: bool
) -> None:
    join = QuestionJoin(LOCALLY_SERVED if alone else None)
    answers, given_ = 0, 0
    for number, (resolver, time_ns, server, zone, octets) in enumerate(steps):
        if resolver:
            join.resolver_response(time_ns, server, zone, octets)
        else:
            answers += 1
            given_ += len(join.client_response(time_ns, octets, number))
        assert sum(join.counts[name] for name in COUNTS) + len(join) == answers
    for each in join.finish():
        given_ += 1
        assert name_of(each.qname)
        assert name_of(each.zone)
        assert each.server is None or len(each.server) in (4, 16)
    assert join.counts["questions"] == given_
    assert sum(join.counts[name] for name in COUNTS) == answers


def test_every_store_keeps_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HELD_MAX", "ZONES_MAX", "ASKED_MAX"):
        monkeypatch.setattr(module, name, 8)
    stream = Stream()
    for number in range(100):
        stream.denies(0, f"a{number}.x{number}.com.", f"x{number}.com.")
        stream.answers(0, denied(f"a{number}.x{number}.com.", MX, f"x{number}.com."))
        stream.answers(0, denied(f"b{number}.x{number}.com.", MX, f"x{number}.com."))
    join = stream.join
    assert len(join) == 8
    assert join.counts["hurried"] == 92
    assert len(join._zones) <= 8
    assert len(join._asked) <= 8


def test_nothing_of_a_client_is_kept_or_given(stream: Stream) -> None:
    """The id and EDNS options, such as a client's subnet (RFC 7871), of 8 octets that occur nowhere else."""
    secret = b"\xde\xad\xbe\xef\xde\xad\xbe\xef"
    octets = denied("gone.com.", MX, "com.")[:-2] + b"\0\1" + opt(options=b"\0\x08\0\x08" + secret)
    octets = secret[:2] + octets[2:10] + b"\0\1" + octets[12:]
    stream.shows(0)
    stream.answers(1, octets)
    kept = repr((list(stream.join._held), stream.join._denials._heard.new, stream.join._asked.new))
    assert repr(secret[:2])[2:-1] not in kept
    assert "gone" in kept
    assert repr(secret[:2])[2:-1] not in repr(stream.join.finish())


def test_answers_out_of_a_cache_are_given_once_a_period_over_hours(stream: Stream) -> None:
    """A resolver that asks again whenever its cache is over, and clients each second: as often as it asks."""
    expires = -1
    asked = 0
    for second in range(7_200):
        if second >= expires:
            stream.denies(second * 1_000, "gone.com.", "com.")
            expires, asked = second + 60, asked + 1
        stream.answers(second * 1_000 + 1, denied("gone.com.", MX, "com.", ttl=expires - second))
    found = stream.end()
    assert len(found) == asked == 120
    assert {each[2] for each in found} == {"authority"}


def test_a_minimising_resolver_s_ns_questions_are_not_given(stream: Stream) -> None:
    stream.join.resolver_response(START, ONE, name_wire("com."), denied("gone.com.", NS, "com."))
    assert stream.end() == []
