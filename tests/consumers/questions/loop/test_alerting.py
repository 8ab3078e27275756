"""How many alerts may be given in a minute of the records' time."""

from nxcast.consumers.questions.loop.alerting import ALERTS_MAX, MINUTE_NS, SET_BACK_NS, AlertLimit

NOW_NS = 1_767_225_600_000_000_000  # 2026-01-01 00:00:00 UTC


def allowed(limit, *times_ns):
    return [limit.allows(time_ns) for time_ns in times_ns].count(True)


def test_a_minute_has_its_alerts_and_no_more():
    limit = AlertLimit()
    assert allowed(limit, *[NOW_NS] * 1000) == ALERTS_MAX == 20
    assert allowed(limit, NOW_NS + MINUTE_NS - 1) == 0


def test_the_next_minute_has_its_own():
    limit = AlertLimit()
    allowed(limit, *[NOW_NS] * 1000)
    assert allowed(limit, *[NOW_NS + MINUTE_NS] * 1000) == ALERTS_MAX


def test_records_that_come_late_count_for_the_present_minute():
    limit = AlertLimit()
    late = [NOW_NS - minute * MINUTE_NS for minute in range(60)]
    assert allowed(limit, *late) == ALERTS_MAX


def test_after_the_clock_was_set_back_all_begins_anew():
    limit = AlertLimit()
    allowed(limit, *[NOW_NS] * 1000)
    assert allowed(limit, NOW_NS - SET_BACK_NS) == 0
    assert allowed(limit, NOW_NS - SET_BACK_NS - MINUTE_NS) == 1
