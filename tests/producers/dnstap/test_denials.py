"""NXDOMAIN responses read, and denials kept by name."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nxcast.producers.dnstap.denials import (
    ALIASES_MAX,
    FRESH_NS,
    REASONS,
    SERVER,
    SLACK_NS,
    TIMES_MAX,
    TTL_MAX_S,
    Denial,
    Denials,
    asked_in,
    is_nxdomain,
    is_within,
    read,
)
from nxcast.schemas.message import name_of
from nxcast.schemas.names import name_wire
from tests.messages import CNAME, MX, NS, SOA, TXT, message, opt, question, record

SECOND = 10**9
LABEL_63 = b"\x3f" + b"a" * 63
NAME_255 = LABEL_63 * 3 + b"\x3d" + b"a" * 61 + b"\0"
NAME_256 = LABEL_63 * 3 + b"\x3e" + b"a" * 62 + b"\0"
ONE, TWO = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])


def soa(owner: str | bytes = "com.", *, ttl: int = 60, minimum: int = 60) -> bytes:
    return record(owner, SOA, b"\0\0" + bytes(16) + minimum.to_bytes(4, "big"), ttl=ttl)


def alias(owner: str, target: str | bytes) -> bytes:
    return record(owner, CNAME, target if isinstance(target, bytes) else name_wire(target))


def reading(octets: bytes) -> Denial | str | None:
    asked = asked_in(octets)
    return asked and read(octets, asked[0].lower(), asked[3])


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (message(3), True),
        (message(0), False),
        (message(3, response=False), False),
        (message(3, opcode=5), False),  # UPDATE
        (message(3, truncated=True), True),
        (message(3, additionals=[opt(1)]), False),  # BADMODE, 19
        (message(3)[:11], False),
        (b"", False),
    ],
)
def test_nxdomain_is_a_response_to_a_query_with_the_whole_rcode_3(octets: bytes, expected: bool) -> None:
    assert is_nxdomain(octets) is expected


@pytest.mark.parametrize(
    ("qname", "valid"),
    [
        (b"\0", True),
        (name_wire("gDsRr.com."), True),
        (NAME_255, True),
        (NAME_256, False),
        (b"\x40" + b"a" * 64 + b"\0", False),
        (b"\xc0\x00", False),  # a pointer that ends in the octet of a root
        (b"\x01a\xc0\x00", False),
        (b"\x01a" * 30_000, False),
        (b"\x05cut", False),
    ],
)
def test_a_question_is_one_valid_uncompressed_name(qname: bytes, valid: bool) -> None:
    found = asked_in(message(questions=[question(qname)]))
    assert found == ((qname, MX, 1, 12 + len(qname) + 4) if valid else None)


@pytest.mark.parametrize("count", [0, 2, 256, 257])
def test_a_message_with_another_count_of_questions_has_none(count: int) -> None:
    assert asked_in(message(counts=(count, 0, 0, 0))) is None


def test_a_question_cut_at_any_octet_is_none() -> None:
    octets = message()
    assert asked_in(octets) is not None
    assert all(asked_in(octets[:size]) is None for size in range(12, len(octets)))


LONG_CHAIN = [
    alias(f"a{number}.com." if number else "gdsrr.com.", f"a{number + 1}.com.") for number in range(40)
]


@pytest.mark.parametrize(
    ("answers", "authorities", "expected"),
    [
        ([], [soa()], ("gdsrr.com.", "com.", 60)),
        ([], [soa("COM.")], ("gdsrr.com.", "COM.", 60)),
        ([], [soa(b"\xc0\x12")], ("gdsrr.com.", "com.", 60)),  # octet 18 is the com of gdsrr.com
        ([], [soa(b"\xc0\x11")], "unreadable"),  # octet 17 is the r before it, no label
        ([], [soa(b"\xc0\xff")], "unreadable"),  # a pointer forward
        ([], [record("com.", NS, b"\0"), soa(), soa("second.")], ("gdsrr.com.", "com.", 60)),
        ([], [], "no_soa"),
        ([], [soa(ttl=30)], ("gdsrr.com.", "com.", 30)),
        ([], [soa(minimum=20)], ("gdsrr.com.", "com.", 20)),
        ([], [soa(ttl=0)], ("gdsrr.com.", "com.", 0)),
        ([], [soa(ttl=86_400, minimum=86_400)], ("gdsrr.com.", "com.", TTL_MAX_S)),
        ([], [soa(ttl=1 << 31, minimum=20)], ("gdsrr.com.", "com.", 20)),
        ([], [record("com.", SOA, bytes(21))], "unreadable"),
        ([], [soa()[:-1]], "unreadable"),
        ([alias("gdsrr.com.", "x.Org.")], [soa("org.")], ("x.org.", "org.", 60)),
        ([alias("GDSRR.com.", "y.net."), alias("y.net.", "x.org.")], [soa("org.")], ("x.org.", "org.", 60)),
        ([alias("other.com.", "x.org.")], [soa()], ("gdsrr.com.", "com.", 60)),
        ([alias("gdsrr.com.", "gdsrr.com.")], [soa()], ("gdsrr.com.", "com.", 60)),
        ([alias("gdsrr.com.", b"\xc0\xff")], [soa()], "unreadable"),
        ([record("gdsrr.com.", TXT, b"\xff" * 9)], [soa()], ("gdsrr.com.", "com.", 60)),
        (LONG_CHAIN, [soa()], (f"a{ALIASES_MAX}.com.", "com.", 60)),
        (LONG_CHAIN * 2, [soa()], "many_records"),
    ],
)
def test_what_an_nxdomain_denies(
    answers: Sequence[bytes], authorities: Sequence[bytes], expected: tuple[str, str, int] | str
) -> None:
    found = reading(message(answers=answers, authorities=authorities))
    if isinstance(expected, str):
        assert found == expected
        assert found in REASONS
    else:
        name, owner, ttl_s = expected
        assert found == (name_wire(name), name_wire(owner.lower()), name_wire(owner), ttl_s)


REAL = message(answers=[alias("gdsrr.com.", "x.org.")], authorities=[soa(b"\xc0\x12")])
MANY_POINTERS = b"\x12\x34\x81\x83\0\1\xff\xff\xff\xff\xff\xff\1a\0\0\1\0\1" + b"\xc0\x0c" * 30_000
MANY_ALIASES = (
    b"\x12\x34\x81\x83\0\1\0\x40\xff\xff\0\0\1a\0\0\1\0\1" + b"\xc0\x0c\0\5\0\1\0\0\0\0\0\2\xc0\x0c" * 4_000
)


def _check(octets: bytes) -> None:
    is_nxdomain(octets)
    found = reading(octets) if len(octets) >= 12 else None
    if isinstance(found, tuple):
        assert name_of(found[0]).lower() == name_of(found[0])
        assert name_of(found[1]) == name_of(found[2]).lower()
        assert 0 <= found[3] <= TTL_MAX_S


@given(st.binary(max_size=300))
@example(MANY_POINTERS)
@example(MANY_ALIASES)
def test_no_octets_raise(octets: bytes) -> None:
    _check(octets)


@given(
    st.lists(st.tuples(st.integers(0, len(REAL) - 1), st.integers(0, 255)), max_size=6), st.integers(0, 40)
)
def test_no_mutation_of_a_real_message_raises(changes: list[tuple[int, int]], cut: int) -> None:
    octets = bytearray(REAL)
    for place, value in changes:
        octets[place] = value
    _check(bytes(octets[: len(octets) - cut]))


@pytest.mark.parametrize(
    ("name", "apex", "expected"),
    [
        (b"\1a\3com\0", b"\3com\0", True),
        (b"\3com\0", b"\3com\0", True),
        (b"\3com\0", b"\0", True),
        (b"\0", b"\3com\0", False),
        (b"\4xcom\0", b"\3com\0", False),
        (b"\5a\3com\0", b"\3com\0", False),  # one label whose octets end like the zone
    ],
)
def test_within_is_label_by_label(name: bytes, apex: bytes, expected: bool) -> None:
    assert is_within(name, apex) is expected


def _denial(name: str, zone: str = "com.", ttl_s: int = 60) -> Denial:
    return name_wire(name), name_wire(zone), name_wire(zone), ttl_s


def _covering(
    denials: Denials, time_ns: int, name: str, zone: str = "com."
) -> tuple[str, bytes | None] | None:
    fresh, cached = denials.covering(time_ns, name_wire(name), name_wire(zone))
    if fresh is not None:
        return "fresh", fresh[SERVER]
    return None if cached is None else ("cached", cached[SERVER])


@pytest.mark.parametrize(
    ("after_ns", "name", "zone", "expected"),
    [
        (0, "gone.com.", "com.", "fresh"),
        (FRESH_NS, "gone.com.", "com.", "fresh"),
        (FRESH_NS + 1, "gone.com.", "com.", "cached"),
        (-SLACK_NS, "gone.com.", "com.", "fresh"),
        (-SLACK_NS - 1, "gone.com.", "com.", None),
        (60 * SECOND - 1, "gone.com.", "com.", "cached"),
        (60 * SECOND, "gone.com.", "com.", None),
        (0, "a.b.gone.com.", "com.", "fresh"),
        (0, "com.", "com.", None),
        (0, "xgone.com.", "com.", None),
        (0, "gone.com.", ".", None),  # another SOA
    ],
)
def test_a_denial_covers_its_name_and_those_below_for_a_time(
    after_ns: int, name: str, zone: str, expected: str | None
) -> None:
    denials = Denials()
    denials.add(100 * SECOND, ONE, name_wire("Gone.com."), _denial("gone.com."))
    found = _covering(denials, 100 * SECOND + after_ns, name, zone)
    assert (found and found[0]) == expected


def test_a_denial_of_the_root_zone_covers() -> None:
    denials = Denials()
    denials.add(0, ONE, name_wire("lan."), _denial("lan.", "."))
    assert _covering(denials, 0, "printer.lan.", ".") == ("fresh", ONE)


def test_the_name_itself_goes_before_one_above() -> None:
    denials = Denials()
    denials.add(1, TWO, b"", _denial("a.gone.com."))
    denials.add(2, ONE, b"", _denial("gone.com."))
    assert _covering(denials, 2, "a.gone.com.") == ("fresh", TWO)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_denials_of_one_name_are_told_apart_by_time_and_server_in_any_order(order: Sequence[int]) -> None:
    denials = Denials()
    events = [(0, ONE), (100 * SECOND, TWO), (100 * SECOND + 50_000_000, ONE)]
    for place in order:
        denials.add(events[place][0], events[place][1], b"", _denial("gone.com."))
    assert _covering(denials, 5, "gone.com.") == ("fresh", ONE)
    assert _covering(denials, 100 * SECOND + 5, "gone.com.") == ("fresh", TWO)
    assert _covering(denials, 70 * SECOND, "gone.com.") is None
    assert _covering(denials, 101 * SECOND, "gone.com.") in (("cached", ONE), ("cached", TWO))


@given(st.lists(st.integers(0, 3 * FRESH_NS), min_size=1, max_size=30), st.integers(0, 3 * FRESH_NS))
def test_repeats_of_one_server_hide_nothing(times: list[int], asked_ns: int) -> None:
    """A run of denials, none far from the next, takes one place and is as good as all of them."""
    denials = Denials()
    for time_ns in sorted(times):
        denials.add(time_ns, ONE, b"", _denial("gone.com."))
    expected = any(time_ns - SLACK_NS <= asked_ns <= time_ns + FRESH_NS for time_ns in times)
    assert (denials.fresh(asked_ns, name_wire("gone.com."), name_wire("com.")) is not None) is expected


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.integers(0, 2**64)), max_size=100))
def test_denials_keep_their_bounds(steps: list[tuple[int, int, int]]) -> None:
    denials = Denials(16)
    for name, server, time_ns in steps:
        denials.add(time_ns, bytes([server] * 4), b"", _denial(f"n{name}.com."))
        assert len(denials) <= 16
        assert len(denials._heard.get(name_wire(f"n{name}.com.")) or ()) <= TIMES_MAX
