import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.questions.authorities.failures import (
    CODES_MAX,
    DISTINCT_MAX,
    NAMED_MAX,
    Failures,
    distinct_bit,
    info_codes,
    zone_of,
)
from nxcast.schemas.edns import OPTIONS_MAX
from tests.messages import message, opt, question, record

HOUR_NS = 3_600_000_000_000
NOON_NS = 1_767_268_800_000_000_000  # 2026-01-01 12:00:00 UTC
REFUSED, SERVFAIL = 5, 2


def fail(failures, times, rcode=REFUSED, other="192.0.2.1", name="a.example.", codes=None):
    for time_ns in times:
        failures.add(time_ns, rcode, other, distinct_bit(name), codes)


@pytest.mark.parametrize(
    ("qname", "zone"),
    [
        ("www.example.com.", "example.com."),
        ("a.b.c.example.co.uk.", "example.co.uk."),
        ("example.com.", "example.com."),
        ("com.", "com."),
        ("co.uk.", "co.uk."),
        (".", "."),
        ("host.site.lan.", "site.lan."),
        (r"x\.example.com.", r"x\.example.com."),
        ("4.3.2.1.in-addr.arpa.", "3.2.1.in-addr.arpa."),
        ("2.1.in-addr.arpa.", "2.1.in-addr.arpa."),
        ("4.0-63.3.2.1.in-addr.arpa.", "3.2.1.in-addr.arpa."),
        ("1.in-addr.arpa.", "1.in-addr.arpa."),
        ("in-addr.arpa.", "in-addr.arpa."),
        ("word.1.in-addr.arpa.", "1.in-addr.arpa."),
        ("f.e.d.c.b.a.9.8.7.6.5.4.3.2.1.0.8.b.d.0.1.0.0.2.ip6.arpa.", "3.2.1.0.8.b.d.0.1.0.0.2.ip6.arpa."),
        ("8.b.d.0.1.0.0.2.ip6.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa."),
        ("xin-addr.arpa.", "xin-addr.arpa."),
    ],
)
def test_a_failure_is_put_down_to_the_zone_that_was_likely_delegated(qname, zone):
    assert zone_of(qname) == zone


@given(st.text(alphabet="a1.\\-x", max_size=40), st.sampled_from(["", "in-addr.arpa.", "ip6.arpa.", "arpa."]))
def test_whatever_a_name_is_it_has_a_zone_no_longer_than_it(name, end):
    assert len(zone_of(name + end)) <= len(name + end) + 1


ede = bytes.fromhex("000f 0002 0014")  # option 15, 2 octets, INFO-CODE 20
TSIG = 250  # RFC 8945 section 4.2
cookie = bytes.fromhex("000a 0008 0102030405060708")


@pytest.mark.parametrize(
    ("response", "codes"),
    [
        pytest.param(message(5), None, id="no OPT"),
        pytest.param(message(5, additionals=[opt()]), (), id="no options"),
        pytest.param(message(5, additionals=[opt(options=ede)]), (20,), id="one reason"),
        pytest.param(message(5, additionals=[opt(options=cookie + ede)]), (20,), id="after a cookie"),
        pytest.param(
            message(5, additionals=[opt(options=bytes.fromhex("000f 0006 0012") + b"text" + ede)]),
            (18, 20),
            id="two reasons, one with text",
        ),
        pytest.param(message(5, additionals=[opt(options=cookie)]), (), id="only a cookie"),
        pytest.param(message(5, additionals=[opt(options=ede[:5])]), (), id="cut in the code"),
        pytest.param(message(5, additionals=[opt(options=ede[:3])]), (), id="cut in the length"),
        pytest.param(
            message(5, additionals=[opt(options=bytes.fromhex("000f 0001 14"))]),
            (),
            id="too short for a code",
        ),
        pytest.param(message(5, additionals=[opt(options=ede)])[:-1], None, id="message is cut"),
        pytest.param(message(5, additionals=[opt(options=ede)]) + b"\0", (20,), id="octets after it"),
        pytest.param(
            message(5, additionals=[opt(options=ede), record("key.", TSIG, b"")]), (20,), id="before a TSIG"
        ),
        pytest.param(
            message(5, additionals=[opt(options=ede), opt(options=cookie)]), (20,), id="of two the first"
        ),
        pytest.param(message(5, authorities=[opt(options=ede)]), None, id="in another section"),
        pytest.param(
            message(5, questions=[question("\\000\\000\\041.example.")]), None, id="a name like an OPT"
        ),
        pytest.param(bytes.fromhex("1234 8105 0000 0000 0000 0000"), None, id="header only"),
    ],
)
def test_reasons_are_read_from_the_first_opt_of_the_additional_section(response, codes):
    assert info_codes(response) == codes


def test_no_more_options_are_looked_at_than_a_bound():
    assert len(info_codes(message(5, additionals=[opt(options=ede * (OPTIONS_MAX + 1))]))) == OPTIONS_MAX


@given(
    st.binary(min_size=12, max_size=100)
    | st.binary(max_size=60).map(lambda end: bytes(12) + b"\0\0\x29" + end)
)
def test_any_octets_have_reasons_or_none(octets):
    found = info_codes(octets)
    assert found is None or all(0 <= code <= 0xFFFF for code in found)


def test_the_last_hour_is_told_by_ten_minutes():
    failures = Failures()
    fail(failures, [NOON_NS - 2 * HOUR_NS, NOON_NS - HOUR_NS // 2, NOON_NS, NOON_NS])
    assert failures.recent(NOON_NS) == [0, 0, 1, 0, 0, 2]
    assert failures.recent(NOON_NS + HOUR_NS // 2) == [0, 0, 2, 0, 0, 0]
    assert failures.recent(NOON_NS + 2 * HOUR_NS) == [0] * 6


def test_the_usual_hour_is_the_mean_of_those_before_the_last():
    failures = Failures()
    fail(failures, [NOON_NS - hour * HOUR_NS - HOUR_NS for hour in range(10) for _ in range(6)])
    fail(failures, [NOON_NS] * 100)
    assert sum(failures.recent(NOON_NS)) == 100
    assert failures.usual(NOON_NS) == pytest.approx(6, rel=0.1)


def test_there_is_no_usual_hour_before_two_have_passed():
    failures = Failures()
    fail(failures, [NOON_NS, NOON_NS + HOUR_NS])
    assert failures.usual(NOON_NS + HOUR_NS) is None


@pytest.mark.parametrize(
    ("late_ns", "recent"),
    [
        pytest.param(HOUR_NS // 6, [0, 0, 0, 0, 1, 1], id="ten minutes"),
        pytest.param(2 * HOUR_NS, [0, 0, 0, 0, 0, 1], id="two hours"),
    ],
)
def test_what_comes_late_counts_where_it_belongs(late_ns, recent):
    failures = Failures()
    fail(failures, [NOON_NS, NOON_NS - late_ns])
    assert failures.count == 2
    assert failures.recent(NOON_NS) == recent
    assert (failures.first_ns, failures.last_ns) == (NOON_NS - late_ns, NOON_NS)


def test_a_clock_set_back_begins_the_hour_anew():
    failures = Failures()
    fail(failures, [NOON_NS, NOON_NS - 1000 * HOUR_NS])
    assert failures.recent(NOON_NS - 1000 * HOUR_NS) == [0, 0, 0, 0, 0, 1]
    assert failures.usual(NOON_NS - 1000 * HOUR_NS) is None


def test_others_are_named_up_to_a_bound_and_counted_beyond():
    failures = Failures()
    for number in range(3 * NAMED_MAX):
        fail(failures, [NOON_NS], other=f"192.0.2.{number}")
    assert len(failures.others()) == NAMED_MAX
    assert not failures.all_named
    assert failures.rcodes() == [(REFUSED, 3 * NAMED_MAX)]


def test_others_are_told_by_rcode():
    failures = Failures()
    fail(failures, [NOON_NS] * 2, other="192.0.2.1")
    fail(failures, [NOON_NS] * 3, other="192.0.2.2")
    fail(failures, [NOON_NS], other="192.0.2.1", rcode=SERVFAIL)
    assert list(failures.others()) == ["192.0.2.1", "192.0.2.2"]
    assert list(failures.others(SERVFAIL)) == ["192.0.2.1"]
    assert failures.rcodes() == [(REFUSED, 5), (SERVFAIL, 1)]
    assert failures.all_named


@pytest.mark.parametrize("number", [0, 1, 3, 50, 400])
def test_distinct_things_are_counted_about_right(number):
    failures = Failures()
    for each in range(number):
        fail(failures, [NOON_NS] * 2, name=f"host{each}.example.")
    assert failures.about() == pytest.approx(number, rel=0.1)


def test_distinct_things_are_counted_up_to_a_bound():
    failures = Failures()
    for each in range(20_000):
        fail(failures, [NOON_NS], name=f"host{each}.example.")
    assert failures.about() == DISTINCT_MAX


def test_reasons_are_kept_up_to_a_bound():
    failures = Failures()
    for code in range(100):
        fail(failures, [NOON_NS] * 2, codes=(code,))
    assert failures.codes == dict.fromkeys(range(CODES_MAX), 2)
    assert failures.with_opt == 200
