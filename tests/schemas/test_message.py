"""The walk through DNS messages, held against hand-made messages and against dnslib."""

from __future__ import annotations

import random

import dnslib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nxcast.schemas import message as wire
from nxcast.schemas.message import UNREADABLE, name_of, opt_options, wire_name
from nxcast.schemas.names import name_text, name_wire
from tests.messages import CNAME, MX, NS, TXT, A, message, opt, question, record, soa

POINTER_TO_QNAME = b"\xc0\x0c"
LABEL_63 = b"\x3f" + b"a" * 63
NAME_255 = LABEL_63 * 3 + b"\x3d" + b"a" * 61 + b"\0"
NAME_256 = LABEL_63 * 3 + b"\x3e" + b"a" * 62 + b"\0"


@pytest.mark.parametrize(
    ("qname", "expected"),
    [
        ("gdsrr.com.", "gdsrr.com."),
        (".", "."),
        ("netATLANTic.COM.MuLTI.SuRBl.ORg.", "netATLANTic.COM.MuLTI.SuRBl.ORg."),
        (b"\x03a.b\x02\\\x20\x01\xff\0", r"a\.b.\\\032.\255."),
        (b"\x01*\x04_tcp\x05xn--x\0", "*._tcp.xn--x."),
        (LABEL_63 + b"\0", "a" * 63 + "."),
        (NAME_255, name_text([b"a" * 63] * 3 + [b"a" * 61])),
        (NAME_256, None),
        (b"\x40" + b"a" * 64 + b"\0", None),  # label type 01
        (b"\x80a\0", None),  # label type 10
        (POINTER_TO_QNAME, None),  # a pointer to itself
        (b"\x01a\xc0\x0c", None),  # a pointer in a question
    ],
)
def test_question_is_read_only_if_its_name_is_valid(qname: str | bytes, expected: str | None) -> None:
    octets = message(questions=[question(qname)])
    found, _ = wire.question(octets)
    assert found == (expected and (expected, MX, 1))


@pytest.mark.parametrize("count", [0, 2, 256, 257])
def test_question_needs_a_count_of_one(count: int) -> None:
    assert wire.question(message(questions=[question()], counts=(count, 0, 0, 0))) == (None, 0)


def test_question_cut_at_any_octet_is_none() -> None:
    octets = message()
    assert wire.question(octets)[0] is not None
    for size in range(len(octets)):
        assert wire.question(octets[:size]) == (None, 0)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (message(authorities=[soa("com.")]), "com."),
        (message(authorities=[soa(b"\xc0\x12")]), "com."),  # octet 18 is the com of gdsrr.com
        (message(authorities=[record("com.", NS, b"\0"), soa("first."), soa("second.")]), "first."),
        (message(), None),
        (message(answers=[soa("answer.")]), None),
        (message(additionals=[soa("additional.")]), None),
        (message(questions=[], authorities=[soa()]), "com."),
        (message(questions=[question(), question("b.example.")], authorities=[soa()]), "com."),
        (message(questions=[question(POINTER_TO_QNAME)], authorities=[soa()]), "com."),
        (
            message(
                answers=[record(POINTER_TO_QNAME, CNAME, name_wire("x.org."))], authorities=[soa("org.")]
            ),
            "org.",
        ),
        (message(answers=[record(POINTER_TO_QNAME, TXT, b"\xff" * 40)], authorities=[soa()]), "com."),
        (message(authorities=[soa()]) + b"trailing", "com."),
        (message(authorities=[soa()], counts=(1, 0, 5, 0)), "com."),  # counts lie, the SOA is there
        (message(authorities=[soa()], counts=(1, 1, 1, 0)), None),  # counts lie: the SOA reads as an answer
        (message(authorities=[soa()])[:-1], None),  # RDATA cut
        (message(authorities=[soa(b"\xc0\x1b")]), None),  # a pointer to itself (octet 27)
        (message(authorities=[soa(b"\xc0\xff")]), None),  # a pointer forward
        (message(authorities=[soa(b"\x40" + b"a" * 64 + b"\0")]), None),
        (message(authorities=[soa(NAME_256)]), None),
        (message(authorities=[soa(NAME_255)]), name_text([b"a" * 63] * 3 + [b"a" * 61])),
    ],
)
def test_soa_rrname_is_the_first_soa_of_the_authority_section(octets: bytes, expected: str | None) -> None:
    assert wire.soa_rrname(octets) == expected
    found, answers = wire.question(octets)
    if found is not None:
        assert wire.soa_rrname(octets, found[0], answers) == expected


def test_pointers_that_circle_end_the_walk() -> None:
    # The record's owner points to the RDATA of the one before, whose pointer points on to the owner.
    first = record(b"\x01a\0", TXT, b"\xc0\x2a")  # RDATA at octet 40
    octets = message(authorities=[first, soa(b"\xc0\x28")])
    assert (octets[40:42], octets[42:44]) == (b"\xc0\x2a", b"\xc0\x28")
    assert wire.soa_rrname(octets) is None


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (message(0), 0),
        (message(3), 3),
        (message(15), 15),
        (message(0, additionals=[opt(0)]), 0),
        (message(0, additionals=[opt(1)]), 16),  # BADVERS: 0 in the header
        (message(7, additionals=[opt(1)]), 23),  # BADCOOKIE: YXRRSET in the header
        (message(15, additionals=[opt(255)]), 4095),
        (message(0, additionals=[opt(1), opt(2)]), 16),
        (message(0, additionals=[opt(0), opt(2)]), 0),
        (message(0, additionals=[record("x.example.", A, b"\x7f\0\0\1"), opt(1)]), 16),
        (message(0, answers=[opt(1)]), 0),  # an OPT belongs into the additional section
        (message(0, additionals=[record("x.", TXT, opt(1))]), 0),  # what looks like one inside an RDATA
        (message(0, additionals=[opt(1)], counts=(1, 9, 0, 1)), 0),  # out of reach
        (message(5, additionals=[opt(1)], counts=(1, 9, 0, 1)), 5),
        (message(0, additionals=[opt(1, options=b"1234")])[:-4], 16),  # its RDATA cut, its TTL whole
    ],
)
def test_rcode_is_the_full_one(octets: bytes, expected: int) -> None:
    assert wire.rcode(octets) == expected


def test_a_name_without_end_is_given_up_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "name_text", lambda labels: pytest.fail(f"{len(labels)} labels"))
    assert wire.question(message(questions=[question(b"\x01\\" * 30_000 + b"\0")])) == (None, 0)


def _walk(octets: bytes) -> None:
    found, answers = wire.question(octets)
    wire.rcode(octets)
    plainly = wire.soa_rrname(octets)
    if found is not None:
        assert wire.soa_rrname(octets, found[0], answers) == plainly


@given(st.binary(min_size=12, max_size=300))
@example(b"\0" * 12)
@example(b"\xff" * 65_535)
@example(b"\x12\x34\x81\x83" + b"\xff" * 8 + b"\0" * 65_523)
@example(b"\x12\x34\x81\x83\0\0\0\0\xff\xff\0\0" + b"\xc0\x0c" * 20_000)
def test_random_octets_never_raise(octets: bytes) -> None:
    _walk(octets)


REAL = message(
    answers=[record(POINTER_TO_QNAME, CNAME, name_wire("missing.org."))],
    authorities=[record("org.", NS, name_wire("ns.org.")), soa("org.")],
    additionals=[opt(0, options=b"\0\x0a\0\x08abcdefgh")],
)


@given(
    st.lists(st.tuples(st.integers(0, len(REAL) - 1), st.integers(0, 255)), max_size=6), st.integers(0, 40)
)
def test_mutated_messages_never_raise(changes: list[tuple[int, int]], cut: int) -> None:
    octets = bytearray(REAL)
    for place, value in changes:
        octets[place] = value
    _walk(bytes(octets[: max(12, len(octets) - cut)]))


LABELS = st.lists(st.binary(min_size=1, max_size=20).filter(lambda label: label.isascii()), max_size=5)


@st.composite
def _messages(draw: st.DrawFn) -> bytes:
    """Messages as dnslib writes them, compressed, with records of several kinds in every section."""
    reply = dnslib.DNSRecord(
        dnslib.DNSHeader(id=draw(st.integers(0, 65_535)), qr=1, rcode=draw(st.integers(0, 15))),
        q=dnslib.DNSQuestion(dnslib.DNSLabel(draw(LABELS)), draw(st.sampled_from([1, 6, 15, 28, 65_400]))),
    )
    owners = st.one_of(LABELS, st.just(list(reply.q.qname.label)), st.just(list(reply.q.qname.label[1:])))
    rdatas = st.one_of(
        st.builds(lambda labels: ("CNAME", dnslib.CNAME(dnslib.DNSLabel(labels))), owners),
        st.builds(
            lambda labels: ("SOA", dnslib.SOA(dnslib.DNSLabel(labels), "x.y.", (1, 2, 3, 4, 5))), owners
        ),
        st.just(("A", dnslib.A("192.0.2.1"))),
        st.just(("TXT", dnslib.TXT([b"\x00\x29abc", b"\xff" * 9]))),
    )
    records = st.builds(
        lambda labels, pair: dnslib.RR(
            dnslib.DNSLabel(labels), getattr(dnslib.QTYPE, pair[0]), rdata=pair[1]
        ),
        owners,
        rdatas,
    )
    for add in (reply.add_answer, reply.add_auth, reply.add_ar):
        add(*draw(st.lists(records, max_size=3)))
    for extended in draw(st.lists(st.integers(0, 255), max_size=2)):
        reply.add_ar(dnslib.EDNS0(ext_rcode=extended))
    octets: bytes = reply.pack()
    return octets


@given(_messages(), st.randoms(use_true_random=False), st.integers(0, 3))
def test_walk_agrees_with_dnslib_wherever_dnslib_decodes(
    octets: bytes, rng: random.Random, flips: int
) -> None:
    changed = bytearray(octets)
    for _ in range(flips):
        changed[rng.randrange(2, len(changed))] = rng.randrange(256)
    octets = bytes(changed)
    try:
        header, questions, (_, authorities, additionals) = _decode(octets)
    except Exception:  # whatever dnslib raises on what it can't decode
        return
    owners = [rr.rname for rr in authorities if rr.rtype == dnslib.QTYPE.SOA]
    if all(_valid(owner) for owner in owners[:1]):
        assert wire.soa_rrname(octets) == (name_text(owners[0].label) if owners else None)
    extended = [rr.ttl >> 24 for rr in additionals if rr.rtype == dnslib.QTYPE.OPT]
    assert wire.rcode(octets) == (extended[0] if extended else 0) << 4 | header.rcode
    found, _ = wire.question(octets)
    if found is not None:
        (asked,) = questions
        assert found == (name_text(asked.qname.label), asked.qtype, asked.qclass)


def _decode(octets: bytes) -> tuple[dnslib.DNSHeader, list[dnslib.DNSQuestion], list[list[dnslib.RR]]]:
    buffer = dnslib.DNSBuffer(octets)
    header = dnslib.DNSHeader.parse(buffer)
    questions = [dnslib.DNSQuestion.parse(buffer) for _ in range(header.q)]
    sections = [
        [_decode_record(buffer) for _ in range(count)] for count in (header.a, header.auth, header.ar)
    ]
    return header, questions, sections


def _decode_record(buffer: dnslib.DNSBuffer) -> dnslib.RR:
    # dnslib goes on where the names in an RDATA end, even if RDLENGTH says otherwise
    start = buffer.offset
    buffer.decode_name()
    *_, rdlength = buffer.unpack("!HHIH")
    end = buffer.offset + rdlength
    buffer.offset = start
    record = dnslib.RR.parse(buffer)
    if buffer.offset != end:
        raise dnslib.DNSError("RDLENGTH")
    return record


def _valid(name: dnslib.DNSLabel) -> bool:
    # dnslib takes labels up to 191 octets and names of any length
    return max(map(len, name.label), default=0) <= 63 and sum(map(len, name.label)) + len(name.label) < 255


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (message(0), None),
        (message(0, additionals=[opt(options=b"")]), b""),
        (message(0, additionals=[opt(options=b"1234")]), b"1234"),
        (message(0, additionals=[opt(options=b"1234"), opt(options=b"")]), b"1234"),
        (message(0, authorities=[opt(options=b"1234")]), None),
        (message(0, additionals=[opt(options=b"1234")])[:-1], None),
        (message(0, additionals=[opt()], counts=(1, 9, 0, 1)), None),
    ],
)
def test_the_options_are_those_of_the_first_opt(octets: bytes, expected: bytes | None) -> None:
    assert opt_options(octets) == expected


@pytest.mark.parametrize(
    ("wire_form", "text"),
    [
        (b"\0", "."),
        (b"\x03com\0", "com."),
        (b"\x03a.b\x02\\\x20\x01\xff\0", r"a\.b.\\\032.\255."),
        (LABEL_63 + b"\0", "a" * 63 + "."),
        (NAME_255, name_text([b"a" * 63] * 3 + [b"a" * 61])),
    ],
)
def test_the_text_of_a_name_alone(wire_form: bytes, text: str) -> None:
    assert name_of(wire_form) == text


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x03com", b"\x03co", b"\x03com\0\0", b"\xc0\x0c", b"\x40" + b"a" * 64 + b"\0", NAME_256],
)
def test_what_is_no_name_alone_raises(octets: bytes) -> None:
    with pytest.raises(ValueError, match=r"name|label"):
        name_of(octets)


@given(st.binary(max_size=300))
def test_any_octets_are_a_name_or_raise(octets: bytes) -> None:
    try:
        text = name_of(octets)
    except ValueError:
        return
    assert name_wire(text) == octets


@pytest.mark.parametrize(
    ("octets", "at", "name", "end"),
    [
        (b"\0", 0, b"\0", 1),
        (b"\1a\2bc\0x", 0, b"\1a\2bc\0", 6),
        (b"\2bc\0\1a\xc0\0x", 4, b"\1a\2bc\0", 8),
        (b"\2bc\0\xc0\0x", 4, b"\2bc\0", 6),
    ],
)
def test_a_name_in_wire_form_is_uncompressed(octets: bytes, at: int, name: bytes, end: int) -> None:
    assert wire_name(octets, at) == (name, end)


@pytest.mark.parametrize("octets", [b"", b"\1", b"\xc0", b"\xc0\0", b"\x40a\0", (b"\x3f" + bytes(63)) * 5])
def test_a_name_that_can_not_be_read_raises_one_of_unreadable(octets: bytes) -> None:
    with pytest.raises(UNREADABLE):
        wire_name(octets, 0)
