"""What each resolver makes of a question, against what was seen of the real ones, and what comes of a stream.

The figures are of Debian bookworm's Unbound 1.17.1, BIND 9.18.49 and PowerDNS Recursor 4.8.8 at their
defaults, asked one by one in a lab, in dnstap of theirs.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nxcast.broker.derivation.derive import derive
from nxcast.producers.__main__ import main
from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.producers.dnstap.question_join import QuestionJoin
from nxcast.producers.synthetic.causes import NOERROR, NXDOMAIN, REFUSED, SERVFAIL, Case
from nxcast.producers.synthetic.exchange import Asked, lookup
from nxcast.producers.synthetic.habits import HABITS, asked
from nxcast.producers.synthetic.messages import Record
from nxcast.producers.synthetic.stream import START_NS, Stream, frames, generate
from nxcast.producers.synthetic.world import World
from nxcast.producers.synthetic.writing import write_frames
from nxcast.schemas.batch_decoding import decode_batch
from nxcast.schemas.dnstap import client_answer_in, frame_in, parsed
from nxcast.schemas.frames import FRAMES_2, MARKS, MINIMISED, QUERY_ZONE, Frame, encode_batch
from nxcast.schemas.names import name_wire
from nxcast.schemas.question_frame import QUESTION, QuestionFrame

A, NS, MX, TXT, AAAA, SRV, NAPTR, DS, TLSA = 1, 2, 15, 16, 28, 33, 35, 43, 52
REAL = ("unbound", "bind", "powerdns")


def missing(qname: str, qtype: int, zone: str, encloser: str | None = None) -> Case:
    return Case(qname, qtype, NXDOMAIN, zone, soa=zone, encloser=encloser)


def drawn(resolver: str, seed: int, count: int) -> list[Frame | QuestionFrame]:
    """The start of a stream with habits and questions."""
    stream = Stream("realistic", seed, resolver=resolver, questions=True)
    times = stream.times(count)
    return frames(stream.draw(count), times)


def seen(resolver: str, case: Case) -> list[tuple[str, int]]:
    habits = HABITS[resolver]
    assert habits is not None
    return [(one.qname, one.qtype) for one in asked(habits, case)]


# (question, zone, what exists above): what Unbound, BIND and PowerDNS Recursor asked.
DENIED = [
    (
        missing("dead.com", MX, "com"),  # directly below a signed zone
        [("dead.com", A)],
        [("dead.com", MX)],
        [("dead.com", MX)],
    ),
    (
        missing("sip.dead.com", NAPTR, "com"),  # below a missing name of a signed zone
        [("dead.com", A)],
        [("dead.com", NS), ("sip.dead.com", NAPTR)],
        [("dead.com", A), ("sip.dead.com", NAPTR)],
    ),
    (
        missing("gone.plain.com", MX, "plain.com"),  # directly below an unsigned zone
        [("gone.plain.com", A), ("gone.plain.com", MX), ("gone.plain.com", A)],
        [("gone.plain.com", MX)],
        [("gone.plain.com", MX)],
    ),
    (
        missing("9.2.0.192.bl.example.org", A, "bl.example.org"),  # below a missing name of an unsigned zone
        [("192.bl.example.org", A), ("9.2.0.192.bl.example.org", A)],
        [("192.bl.example.org", NS), ("9.2.0.192.bl.example.org", A)],
        [("192.bl.example.org", A), ("9.2.0.192.bl.example.org", A)],
    ),
    (
        missing("twiterr.com", A, "com"),
        [("twiterr.com", A)],
        [("twiterr.com", A)],
        [("twiterr.com", A)],
    ),
    (
        missing("_sip._tls.plain.com", SRV, "plain.com"),  # PowerDNS makes no step of an underscore
        [("_tls.plain.com", A), ("_sip._tls.plain.com", SRV), ("_tls.plain.com", A)],
        [("_tls.plain.com", NS), ("_sip._tls.plain.com", SRV)],
        [("_sip._tls.plain.com", SRV)],
    ),
    (
        missing("_ldap._tcp.dc._msdcs.dead.net", SRV, "net"),  # nor of the label below one
        [("dead.net", A)],
        [("dead.net", NS), ("_ldap._tcp.dc._msdcs.dead.net", SRV)],
        [("_msdcs.dead.net", A), ("_ldap._tcp.dc._msdcs.dead.net", SRV)],
    ),
    (
        missing("_dmarc.dead.org", TXT, "org"),
        [("dead.org", A)],
        [("dead.org", NS), ("_dmarc.dead.org", TXT)],
        [("_dmarc.dead.org", TXT)],
    ),
    (
        missing("wpad.office", A, ""),  # the root's word ends it behind PowerDNS too
        [("office", A)],
        [("office", NS), ("wpad.office", A)],
        [("office", A)],
    ),
    (
        missing("_25._tcp.www.plain.com", TLSA, "plain.com", "www.plain.com"),  # below a name that exists
        [
            *(("www.plain.com", A), ("_tcp.www.plain.com", A)),
            *(("_25._tcp.www.plain.com", TLSA), ("_tcp.www.plain.com", A)),
        ],
        [("www.plain.com", NS), ("_tcp.www.plain.com", NS), ("_25._tcp.www.plain.com", TLSA)],
        [("_25._tcp.www.plain.com", TLSA)],
    ),
    (
        missing("7.0.2.bl.example.org", A, "bl.example.org", "0.2.bl.example.org"),  # a name without records
        [("2.bl.example.org", A), ("0.2.bl.example.org", A), ("7.0.2.bl.example.org", A)],
        [("2.bl.example.org", NS), ("0.2.bl.example.org", NS), ("7.0.2.bl.example.org", A)],
        [("2.bl.example.org", A), ("0.2.bl.example.org", A), ("7.0.2.bl.example.org", A)],
    ),
]


@pytest.mark.parametrize(
    ("case", "unbound", "bind", "powerdns"), DENIED, ids=lambda one: getattr(one, "qname", "")
)
def test_a_missing_name_is_asked_for_as_each_resolver_does(
    case: Case, unbound: Any, bind: Any, powerdns: Any
) -> None:
    assert {name: seen(name, case) for name in REAL} == {
        "unbound": unbound,
        "bind": bind,
        "powerdns": powerdns,
    }


def test_of_the_way_to_a_missing_name_the_part_that_exists_is_no_denial() -> None:
    case = missing("_25._tcp.www.plain.com", TLSA, "plain.com", "www.plain.com")
    habits = HABITS["bind"]
    assert habits is not None
    assert [one.rcode for one in asked(habits, case)] == [NOERROR, NXDOMAIN, NXDOMAIN]


def test_a_client_is_told_of_the_step_that_was_denied() -> None:
    case = missing("www.www.shop.com", AAAA, "shop.com", "www.shop.com")
    habits = HABITS["bind"]
    assert habits is not None
    *made, told = lookup(habits, True, "typing-error", case, World(1), Random(1), 0)
    assert isinstance(told, Asked)
    assert len(made) == 2
    assert (told.qname, told.denied) == (name_wire("www.www.shop.com."), name_wire("www.www.shop.com."))
    assert told.server == made[1].server


def test_a_name_that_is_there_is_walked_to_label_by_label() -> None:
    case = Case("2.0.0.127.bl.example.org", MX, NOERROR, "bl.example.org")
    steps = ["127", "0.127", "0.0.127"]
    for name, by, whole in (("unbound", A, [("2.0.0.127", A)]), ("bind", NS, []), ("powerdns", A, [])):
        walked = [*((step, by) for step in steps), *whole, ("2.0.0.127", MX)]
        assert seen(name, case) == [(f"{step}.bl.example.org", qtype) for step, qtype in walked]


# Labels of the steps to an IPv6 address of 32 in a zone: Unbound below one of two labels, the others three.
@pytest.mark.parametrize(
    ("resolver", "zone", "lengths"),
    [
        ("unbound", "example.org", [3, 4, 5, 6, 11, 16, 21, 26, 31]),
        ("bind", "bl.example.org", [4, 5, 6]),
        ("powerdns", "bl.example.org", [4, 5, 6, 7, 11, 15, 20, 25, 30]),
    ],
)
def test_a_long_name_is_walked_to_in_leaps(resolver: str, zone: str, lengths: list[int]) -> None:
    """RFC 9156 section 2.3 has ten steps at most."""
    labels = [*(f"{number:x}" for number in range(16)), *"0123456789abcdef", "bl", "example", "org"]
    case = Case(".".join(labels), A, NOERROR, zone)
    assert [name.count(".") + 1 for name, _ in seen(resolver, case)] == [*lengths, 35]


def referral() -> Case:
    """Of a zone that is new to the resolver, with two servers of its own."""
    servers = ("ns1.shop.com", "ns2.shop.com")
    return Case(
        *("www.shop.com", MX, NOERROR, "com"),
        authorities=tuple(Record("shop.com", NS, 172_800, (server,)) for server in servers),
        additionals=tuple(Record(server, A, 172_800, (b"\xc0\0\2\1",)) for server in servers),
        authoritative=False,
    )


def test_a_referral_comes_with_the_first_step() -> None:
    assert seen("unbound", referral()) == [("shop.com", A)]
    assert seen("bind", referral())[0] == ("shop.com", NS)
    assert seen("powerdns", referral()) == [("shop.com", A)]


def test_bind_looks_into_a_delegation_that_is_new_to_it() -> None:
    """The DS record that is not there, and each server's AAAA: from the root, its child, and the zone."""
    habits = HABITS["bind"]
    assert habits is not None
    _, *more = asked(habits, referral())
    servers = ("ns1.shop.com", "ns2.shop.com")
    assert [(one.qname, one.qtype, one.zone) for one in more] == [
        ("shop.com", DS, "com"),
        *((server, AAAA, zone) for server in servers for zone in ("", "com", "shop.com")),
    ]
    assert [one.authoritative for one in more] == [True, *(False, False, True) * 2]
    assert {one.rcode for one in more} == {NOERROR}


def test_an_alias_leads_out_of_the_zone_and_is_asked_as_it_is() -> None:
    case = Case("www.shop.com", A, NXDOMAIN, "provider.net", soa="provider.net")
    assert {name: seen(name, case) for name in REAL} == {name: [("www.shop.com", A)] for name in REAL}


@pytest.mark.parametrize("rcode", [REFUSED, SERVFAIL])
def test_two_servers_that_fail_are_tried_as_often_as_each_resolver_does(rcode: int) -> None:
    """30 responses, 10 of them for the name; 6 with the servers' AAAA; 2."""
    case = Case("www.broken.com", TXT, rcode, "broken.com", authoritative=False)
    counts = {name: Counter(seen(name, case)) for name in REAL}
    servers = ("ns1.broken.com", "ns2.broken.com")
    assert counts["unbound"] == {
        ("www.broken.com", TXT): 10,
        **{(server, qtype): 5 for server in servers for qtype in (A, AAAA)},
    }
    assert counts["bind"] == {("www.broken.com", TXT): 2, **{(server, AAAA): 2 for server in servers}}
    assert counts["powerdns"] == {("www.broken.com", TXT): 2}


@pytest.mark.parametrize("resolver", REAL)
def test_a_stream_with_habits_is_taken_by_the_broker(resolver: str) -> None:
    """Every frame and question; the zones that a resolver tells are there, and BIND's steps are marked."""
    made = drawn(resolver, 7, 8000)
    header = {"sensor": "test", "epoch": 1, "sequence": 1, "count": len(made), "questions": True}
    batch = decode_batch(encode_batch(header, made, FRAMES_2))  # type: ignore[arg-type]
    assert not batch.bad
    derived = derive(batch.frames, "test")
    assert not derived.malformed
    assert not derived.mismatched
    exchanges = [frame for frame in made if frame[1] != QUESTION]
    assert all(frame[QUERY_ZONE] is not None for frame in exchanges)
    assert any(frame[MARKS] & MINIMISED for frame in exchanges) == (resolver == "bind")
    assert len(made) - len(exchanges) > 400


def test_a_stream_with_habits_goes_on_by_its_clock() -> None:
    """The same in pieces of any size; beacons come as often as before, not the later for what is between."""
    pieces = []
    stream = Stream("realistic", 1, rate=20.0, resolver="unbound")
    for size in (1, 700, 299, 2000):
        times = stream.times(size)
        pieces += frames(stream.draw(size), times)
    whole = list(islice(generate(seed=1, rate=20.0, resolver="unbound"), 3000))
    assert pieces == [one.frame for one in whole]
    beats = [
        one.frame[0]
        for one in islice(
            generate(seed=1, rate=20.0, resolver="unbound", causes=["beacon", "nodata"]), 20_000
        )
        if one.cause == "beacon"
    ]
    minute = [time for time in beats if abs((time - START_NS) % 60_000_000_000 - 7_000_000_000) < 2e9]
    assert len(minute) >= 15
    for before, after in pairwise(minute):
        assert after - before == pytest.approx(60_000_000_000, abs=2e9)


def test_trust_anchors_are_told_once_a_start_and_cookies_by_bind_alone() -> None:
    causes = {
        name: Counter(one.cause for one in islice(generate(seed=2, resolver=name, causes=["extended"]), 2000))
        for name in REAL
    }
    assert {name: count["trust-anchor"] for name, count in causes.items()} == {
        "unbound": 1,
        "bind": 0,
        "powerdns": 0,
    }
    assert [name for name, count in causes.items() if count["extended-badcookie"]] == ["bind"]
    with pytest.raises(ValueError, match="no resolver 'djbdns': the resolvers are none, unbound, "):
        Stream("sie", 1, resolver="djbdns")


@pytest.mark.parametrize("resolver", REAL)
def test_a_file_with_clients_answers_gives_their_questions(resolver: str, tmp_path: Path) -> None:
    """Through the dnstap producer's own join: each name and type that the stream tells, and no other."""
    made = drawn(resolver, 3, 3000)
    told = {(frame[2].lower(), frame[3]) for frame in made if frame[1] == QUESTION}
    path = tmp_path / "stream.dnstap"
    write_frames(path, made)
    reader = Reader()
    join = QuestionJoin()
    given = []
    for payload in reader.receive_data(path.read_bytes()):
        dnstap = parsed(payload)
        assert dnstap is not None
        frame = frame_in(dnstap, 0)
        if not isinstance(frame, str):
            join.resolver_response(frame[0], frame[2], frame[QUERY_ZONE] or b"", frame[8])
        elif (answer := client_answer_in(dnstap)) is not None:
            given += join.client_response(*answer)
    given += join.finish()
    assert {(question.qname.lower(), question.qtype) for question in given} == told
    assert len(told) > 200
    assert all(question.denied is not None for question in given if question.by == "authority")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--questions", "client"], "add --resolver to --questions client"),
        (
            ["--questions", "client", "--resolver", "bind", "--count", "1", "--write", "x.pcap"],
            "x.pcap: clients' questions go into a file.dnstap only",
        ),
    ],
)
def test_what_cannot_be_is_said(
    options: list[str], text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["synthetic", *options]) == 2
    assert capsys.readouterr().err.rstrip("\n").endswith(text)
