import pytest

from nxcast.consumers.questions.authorities.failures import Latest
from nxcast.consumers.questions.authorities.spells import Spells
from nxcast.consumers.questions.loop.alerting import ALERTS_MAX
from tests.messages import message, opt

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
NOON_NS = 1_767_268_800_000_000_000  # 2026-01-01 12:00:00 UTC


def latest(time_ns, **changed):
    return Latest(
        **{
            "time_ns": time_ns,
            "server": "192.0.2.1",
            "zone": "example.com.",
            "qname": "www.example.com.",
            "qtype": 1,
            "rcode": 2,
            "octets": 12,
            "response": bytes.fromhex("1234 8102 0000 0000 0000 0000"),
            **changed,
        }
    )


def kinds(times, entry="example.com.", spells=None):
    spells = spells or Spells(show=False)
    alerts = [spells.fail(entry, latest(time_ns), "192.0.2.1", 1, None) for time_ns in times]
    return [alert.kind for alert in alerts if alert]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param([0], ["fails"], id="the first"),
        pytest.param([0, 1, 2], ["fails"], id="no second soon after"),
        pytest.param(range(100), ["fails", "goes-on", "goes-on"], id="the 1st, 10th and 100th"),
        pytest.param([0, 3500, 7000], ["fails"], id="less than an hour between"),
        pytest.param([0, 3601], ["fails", "fails-again"], id="an hour without"),
        pytest.param([0, 3500, 7101], ["fails", "fails-again"], id="an hour since the last, not the first"),
        pytest.param([7200, 0, 7300], ["fails"], id="one that is late"),
        pytest.param([1000 * 3600, 0, 1], ["fails", "fails"], id="a clock set back"),
    ],
)
def test_alerts_come_at_the_first_failure_of_a_spell_and_at_ten_times_as_many(seconds, expected):
    assert kinds([NOON_NS + second * SECOND_NS for second in seconds]) == expected


def test_an_alert_tells_who_answered_what_to_whom():
    alert = Spells(show=False).fail("example.com.", latest(NOON_NS), "192.0.2.1", 1, (14,))
    assert alert.text == "example.com. fails: SERVFAIL from 192.0.2.1 for www.example.com. A"
    assert alert.time_ns == NOON_NS
    assert alert.evidence["watched"] == "example.com."
    assert alert.evidence["reasons"] == ["14 Not Ready (1)"]
    assert alert.evidence["failures"] == alert.evidence["failures_of_spell"] == 1
    assert "response" not in alert.evidence


def test_an_alert_of_a_spell_that_goes_on_tells_how_many():
    spells = Spells(show=False)
    times = [NOON_NS + second * SECOND_NS for second in range(10)]
    *_, last = [spells.fail("192.0.2.0/24", latest(time_ns), "example.com.", 1, None) for time_ns in times]
    assert last.text == (
        "192.0.2.0/24 fails since 2026-01-01 12:00:00: 10 failures, "
        "the last SERVFAIL from 192.0.2.1 for www.example.com. A"
    )


def test_an_alert_without_a_question_says_so():
    alert = Spells(show=False).fail("192.0.2.1", latest(NOON_NS, qname=None, qtype=None), "unknown", 0, None)
    assert alert.text == "192.0.2.1 fails: SERVFAIL from 192.0.2.1 for an unknown name"


def test_the_response_is_in_the_evidence_where_it_is_to_be_shown():
    alert = Spells(show=True).fail("example.com.", latest(NOON_NS), "192.0.2.1", 1, None)
    assert alert.evidence["response"][0] == ";; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 4660"


def test_an_entry_that_is_one_too_many_in_a_minute_alerts_at_its_next_failure():
    spells = Spells(show=False)
    for number in range(ALERTS_MAX):
        assert kinds([NOON_NS], f"zone{number}.example.", spells) == ["fails"]
    assert kinds([NOON_NS, NOON_NS], "late.example.", spells) == []
    assert kinds([NOON_NS + 60 * SECOND_NS], "late.example.", spells) == ["goes-on"]


@pytest.mark.parametrize(
    ("seconds_back", "expected"),
    [
        pytest.param(3600, [], id="late by an hour: of the same minute"),
        pytest.param(24 * 3600, [], id="late by a day"),
        pytest.param(24 * 3600 + 60, ["fails"], id="a clock set back: another minute"),
    ],
)
def test_alerts_of_a_minute_are_counted_anew_only_where_the_clock_was_set_back(seconds_back, expected):
    spells = Spells(show=False)
    for number in range(ALERTS_MAX):
        kinds([NOON_NS], f"zone{number}.example.", spells)
    assert kinds([NOON_NS - seconds_back * SECOND_NS], "late.example.", spells) == expected


@pytest.mark.parametrize(
    ("seconds_back", "expected"),
    [
        pytest.param(24 * 3600, 2, id="late by a day: of the same spell"),
        pytest.param(24 * 3600 + 1, 1, id="a clock set back: a spell of its own"),
    ],
)
def test_a_spell_ends_where_the_clock_is_set_back(seconds_back, expected):
    spells = Spells(show=False)
    kinds([NOON_NS, NOON_NS - seconds_back * SECOND_NS], spells=spells)
    [(_, spell)] = spells.items()
    assert spell.of_spell == expected


def test_an_alert_has_the_reason_that_the_response_gives():
    response = message(2, additionals=[opt(options=b"\0\x0f\0\x06\0\x0egone" + b"\0\x0f\0\2\0\x17")])
    alert = Spells(show=False).fail("example.com.", latest(NOON_NS, response=response), "192.0.2.1", 1, None)
    assert alert.text.endswith("for www.example.com. A, which says: 14 (Not Ready): gone")
    assert alert.evidence["ede"] == [
        {"code": 14, "name": "Not Ready", "text": "gone"},
        {"code": 23, "name": "Network Error", "text": ""},
    ]


@pytest.mark.parametrize("response", [b"", message(2)])
def test_a_response_without_a_reason_adds_none(response):
    alert = Spells(show=False).fail("example.com.", latest(NOON_NS, response=response), "192.0.2.1", 1, None)
    assert alert.text.endswith("for www.example.com. A")
    assert alert.evidence["ede"] == []
