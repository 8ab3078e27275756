"""Which names are found to be asked for by machines, and which are not."""

from itertools import accumulate, chain, islice
from random import Random

import msgpack
import pytest

from nxcast.broker.derivation.derive import derive
from nxcast.consumers.questions.dead.dead_question import Dead
from nxcast.consumers.questions.loop.lists import Entry
from nxcast.producers.synthetic.stream import generate

START_NS = 1_767_225_600_000_000_000  # 2026-01-01 00:00:00 UTC
HOUR = 3600
NAME = "update.gone-vendor.com."


def records(make, seconds, qname=NAME, **changed):
    return [
        make.nxdomain(qname=qname, qtype=1, time_ns=START_NS + round(second * 1e9), **changed)
        for second in seconds
    ]


def every(period, hours, phase=0):
    return [phase + number * period for number in range(round(hours * HOUR / period))]


def jitter(times, most, seed=1):
    rng = Random(seed)
    return [time + rng.uniform(0, most) for time in times]


def at_random(mean, hours, seed=1):
    rng = Random(seed)
    times = accumulate(rng.expovariate(1 / mean) for _ in range(round(2 * hours * HOUR / mean)))
    return [time for time in times if time < hours * HOUR]


def question_of(*lists, **options):
    question = Dead(**options)
    question.take(sorted(chain(*lists), key=lambda record: record["time_ns"]))
    return question


def found(question, section="regular"):
    rows = {each.name: each.rows for each in question.sections()}[section]
    return [(row["name"], row["period"]) for row in rows]


def entries(*domains):
    return [Entry(domain, frozenset(), line) for line, domain in enumerate(domains, 1)]


REGULAR = {
    "every 10 minutes for 4 hours": (every(600, 4), "10 min"),
    "every minute": (every(60, 3.1), "1 min"),
    "every hour": (every(3600, 8), "1 h"),
    "every two hours, six times": (every(7200, 12), "2 h"),
    "with retries after 1, 3 and 7 seconds": (
        [time + retry for time in every(1800, 6) for retry in (0, 1, 3, 7)],
        "30 min",
    ),
    "with jitter of 1 per cent": (jitter(every(1800, 12), 36), "30 min"),
    "every half an hour with 10 per cent of jitter, for a week": (jitter(every(1800, 24 * 7), 360), "30 min"),
    "with a beat in five missed": ([time for time in every(900, 8) if time % 4500], "15 min"),
}


@pytest.mark.parametrize(("seconds", "period"), REGULAR.values(), ids=REGULAR)
def test_a_name_that_comes_at_regular_intervals_is_found(make, seconds, period):
    (section, _) = question_of(records(make, seconds)).sections()
    (row,) = section.rows
    assert row["name"] == NAME
    # Jitter moves the mean by some seconds.
    assert row["period"].startswith(period.split(" ")[0]) or abs(row["period_s"] - 1800) < 10
    assert row["regularity"] >= 0.75


IRREGULAR = {
    "every hour, five times": every(3600, 5),
    "every minute for two hours": every(60, 2),
    "at random, a minute apart": at_random(60, 12),
    "at random, ten minutes apart": at_random(600, 24),
    "at random, an hour apart": at_random(3600, 72),
    "all the time": every(5, 4),
    "once a day at about the same time": jitter(every(86_400, 24 * 14), 1800),
    "by day only, at random": [time for time in at_random(900, 24 * 5) if 8 <= time / HOUR % 24 < 22],
    "at fixed hours of the day": [
        day * 86_400 + hour * HOUR for day in range(10) for hour in (8, 12, 13, 17, 20)
    ],
    "twice": [0, 4 * HOUR],
}


@pytest.mark.parametrize("seconds", IRREGULAR.values(), ids=IRREGULAR)
def test_a_name_that_does_not_is_not_found(make, seconds):
    assert found(question_of(records(make, seconds))) == []


OTHERS = {
    "a look-up in a blocklist": ("gone-vendor.com.multi.surbl.org.", "multi.surbl.org."),
    "an address in a blocklist that isn't known": ("7.2.0.192.bl.mailkeeper.net.", "bl.mailkeeper.net."),
    "a reverse look-up": ("7.2.0.192.in-addr.arpa.", "192.in-addr.arpa."),
    "an internal name": ("printer.lan.", "."),
    "a name below a network's own top-level domain": ("files.gone-vendor.", "."),
    "a single label": ("qwhzkfjw.", "."),
    "the root": (".", None),
    "a service": ("_sip._tls.gone-vendor.com.", "com."),
    "a proxy's configuration": ("wpad.gone-vendor.com.", "com."),
}


@pytest.mark.parametrize(("qname", "soa_rrname"), OTHERS.values(), ids=OTHERS)
def test_what_machines_ask_for_by_design_is_left_out(make, qname, soa_rrname):
    assert found(question_of(records(make, every(600, 6), qname, soa_rrname=soa_rrname))) == []


def test_a_finding_shows_its_evidence(make):
    times = every(1800, 5)
    question = question_of(
        records(make, times, response_ip="192.0.2.1"),
        records(make, [time + 0.2 for time in times], qname=NAME.upper(), response_ip="2001:db8::1"),
    )
    (row,) = question.sections()[0].rows
    assert row == {
        "name": NAME,
        "indicator": None,
        "period_s": 1800.0,
        "period": "30 min",
        "regularity": 1.0,
        "machines": 1,
        "cache_s": None,
        "sightings": 10,
        "look_ups": 19,  # the first one made the name known, with its time
        "span": "4 h 30 min",
        "first_seen": "2026-01-01T00:00:00.000000000Z",
        "last_seen": "2026-01-01T04:30:00.000000000Z",
        "regular_sensors": 1,
        "sensors": ["lab"],
        "servers": ["192.0.2.1", "2001:db8::1"],
        "types": ["A"],
    }


def test_each_sensor_has_a_phase_of_its_own_and_the_finding_has_all(make):
    question = question_of(
        records(make, every(1800, 6), sensor="east"),
        records(make, every(1800, 6, phase=677), sensor="west"),
        records(make, at_random(1800, 6), sensor="north"),
    )
    (row,) = question.sections()[0].rows
    assert row["period"] == "30 min"
    assert sorted(row["sensors"]) == ["east", "north", "west"]
    assert row["regular_sensors"] == 2


def test_several_machines_behind_one_resolver_are_found_with_their_period(make):
    phases = (0, 700, 2000)
    times = sorted(time for phase in phases for time in every(3600, 12, phase))
    (row,) = question_of(records(make, times)).sections()[0].rows
    assert (row["period"], row["machines"]) == ("1 h", 3)


def cached(ttl, apart, hours, seed=1):
    """Asked for at random by many, and let through once in a while."""
    rng = Random(seed)
    return list(accumulate(ttl + rng.expovariate(1 / apart) for _ in range(round(hours * HOUR / ttl))))


@pytest.mark.parametrize(
    ("seconds", "cache_s"),
    [
        pytest.param(cached(900, 15, 10), 900, id="behind a cache of 15 minutes"),
        pytest.param(cached(1200, 20, 12), 1200, id="of 20 minutes"),
        pytest.param(cached(3600, 30, 24), 3600, id="of an hour"),
        pytest.param(cached(777, 15, 24), 777, id="of any number of seconds"),
        pytest.param(every(900, 10), None, id="a clock's 900 seconds"),
        pytest.param(jitter(every(900, 10), 20), None, id="a clock's 900 seconds with jitter to both sides"),
        pytest.param(list(accumulate(jitter([900] * 40, 30))), None, id="a clock's pauses, evenly longer"),
    ],
)
def test_a_rhythm_that_a_negative_cache_may_have_made_says_so(make, seconds, cache_s):
    (row,) = question_of(records(make, seconds)).sections()[0].rows
    assert row["cache_s"] == cache_s


def test_what_a_cache_cannot_have_made_comes_first(make):
    question = question_of(
        records(make, cached(900, 15, 15), "busy.gone-vendor.com."),
        records(make, every(3600, 10), "update.gone-vendor.com."),
    )
    assert [name for name, _ in found(question)] == ["update.gone-vendor.com.", "busy.gone-vendor.com."]


def test_thresholds_are_options(make):
    times = records(make, every(600, 2))
    assert found(question_of(times, hours=1)) == [(NAME, "10 min")]
    assert found(question_of(times, hours=2)) == []
    assert found(question_of(times, hours=1, sightings=12)) == [(NAME, "10 min")]
    assert found(question_of(times, hours=1, sightings=13)) == []


def test_a_name_on_the_list_is_shown_however_it_comes_and_alerts_once(make):
    question = Dead(indicators=entries("gone-vendor.com."))
    alerts = question.take(
        [
            *records(make, [0], "Www.Gone-Vendor.com.", sensor="east"),
            *records(make, [1], "other.com."),
            *records(make, [60, 7000], "cdn.gone-vendor.com."),
        ]
    )
    assert [(alert.kind, alert.evidence["name"], alert.evidence["sensor"]) for alert in alerts] == [
        ("indicator", "www.gone-vendor.com.", "east")
    ]
    rows = question.sections()[1].rows
    assert [(row["name"], row["indicator"], row["look_ups"]) for row in rows] == [
        ("cdn.gone-vendor.com.", "gone-vendor.com.", 2),
        ("www.gone-vendor.com.", "gone-vendor.com.", 1),
    ]
    assert found(question) == []


def test_a_regular_name_on_the_list_is_in_both_sections(make):
    question = question_of(records(make, every(600, 6)), indicators=entries("gone-vendor.com."))
    assert found(question) == found(question, "indicators") == [(NAME, "10 min")]


def test_state_goes_on_where_it_stopped(make):
    first, second = records(make, every(1800, 3)), records(make, every(1800, 3, phase=3 * HOUR))
    marked = entries("known.net.")
    before = question_of(first, records(make, [5], "www.known.net."), indicators=marked)
    packed = [(key, msgpack.packb(value)) for key, value in before.dump()]
    after = Dead(indicators=marked)
    after.load((key, msgpack.unpackb(value)) for key, value in packed)
    assert after.take(records(make, [7], "www.known.net.")) == []
    after.take(second)
    assert found(after) == [(NAME, "30 min")]
    assert after.sections()[0].rows[0]["sightings"] == 12


def slow_timer_and_other_names(make):
    rng = Random(5)
    beats = list(accumulate(7200 * rng.uniform(0.7, 1.3) for _ in range(60)))
    others = [
        records(make, accumulate(rng.uniform(900, 3000) for _ in range(8)), f"other{number}.com.")
        for number in range(12)
    ]
    lists = [[{**each, "soa_rrname": "com."} for each in other] for other in others]
    return [{**each, "soa_rrname": "com."} for each in records(make, beats)], lists


def test_other_names_of_a_zone_tell_that_no_cache_is_as_slow_as_a_timer(make):
    beats, others = slow_timer_and_other_names(make)
    assert found(question_of(beats)) == []
    ((name, _),) = found(question_of(beats, *others))
    assert name == NAME


def test_what_other_names_tell_is_in_the_state(make):
    beats, others = slow_timer_and_other_names(make)
    before, after = question_of(*others), Dead()
    after.load(before.dump())
    after.take(beats)
    ((name, _),) = found(after)
    assert name == NAME


def test_a_long_history_is_kept_in_the_state(make):
    before = question_of(records(make, every(60, 6)))
    after = Dead()
    after.load(before.dump())
    assert after.sections() == before.sections()
    assert after.sections()[0].rows[0]["sightings"] == 360


@pytest.mark.parametrize(
    "entry",
    [
        ("no blank", [1]),
        ("lab a.com.", None),
        ("lab a.com.", [1, 1, 0, 0, [0], None, [1]]),
        ("lab a.com.", [1, 1, 0, 0, [], None, [1], []]),
        ("lab a.com.", [1, 1, 0, 0, [-1], None, [1], []]),
        ("lab a.com.", ["1", 1, 0, 0, [0], None, [1], []]),
        ("lab a.com.", [1, 1, 0, 0, [0], [0.0, 1, 1, 0, 0.1, 1, 1, 1, 0.0], [1], []]),
        ("lab a.com.", [1, 1, 0, 0, [0], [900.0, 9, 9, 1, 0.05, "1", 1, 1, 0.0], [1], []]),
        ("lab a.com.", [1, 1, 0, 0, [0], [900.0, 9, 9, 1, 0.05, 900, 1, 1, float("nan")], [1], []]),
        ("lab a.com.", [1, 1, 0, 0, [0], [900.0, 9, 9, 1, 0.5, 900, 1, 1, 0.0], [1], []]),
        ("lab a.com.", [1, 1, 0, 0, [0], None, [1], [7]]),
        ("lab a.com.", [1, 1, 0, 0, [0] * 128, None, [1], []]),
    ],
)
def test_a_damaged_state_is_refused(entry):
    with pytest.raises(ValueError, match="no "):
        Dead().load([entry])


def test_late_records_and_a_clock_set_back_spoil_nothing(make):
    times = every(600, 6)
    late = [*times[:20], times[5], times[7] + 300, *times[20:]]
    question = Dead()
    question.take(records(make, late))
    assert found(question) == [(NAME, "10 min")]

    question.take(records(make, [time - 90 * 86_400 for time in times]))
    (row,) = question.sections()[0].rows
    assert row["first_seen"].startswith("2025-10-03")
    assert row["sightings"] == 36


@pytest.mark.parametrize("qname", ["", ".", "..", "a..b.", "\\", "\\..", "é.com.", "x" * 1004, "." * 1004])
def test_any_text_may_be_a_name(make, qname):
    question = Dead(indicators=entries("b."))
    for soa_rrname in (None, "", ".", qname):
        question.take(records(make, every(600, 6), qname, soa_rrname=soa_rrname))
    question.sections()
    again = Dead(indicators=entries("b."))
    again.load(question.dump())
    assert again.sections() == question.sections()


def test_a_name_without_a_dot_at_its_end_does_not_spoil_the_state(make):
    question = question_of(records(make, every(600, 6), "no.dot.com"), records(make, every(600, 6)))
    again = Dead()
    again.load(question.dump())
    assert sorted(found(again)) == [("no.dot.com", "10 min"), (NAME, "10 min")]


@pytest.mark.parametrize("indicators", [(), ("spamhaus.net.",)], ids=["no list", "on the list"])
def test_keys_of_blocklist_customers_are_not_kept(make, indicators):
    key = "abcdefghijklmnopqrstuvwxyz"
    question = Dead(indicators=entries(*indicators))
    for qname in (f"gone.com.{key}.dbl.dq.spamhaus.net.", f"gone.com.{key}.dbl.dq.spamhaus.net.office.com."):
        alerts = question.take(records(make, every(600, 6), qname))
        assert key not in str(alerts)
    kept = [name for name, _ in question.dump()]
    assert any("<key>" in name for name in kept)
    assert not any(key in name for name in kept)


def test_times_at_either_end_are_no_trouble(make):
    question = Dead()
    for time_ns in (0, 2**64 - 1, 0, 2**63, 2**32 * 10**9):
        question.take([make.nxdomain(qname=NAME, time_ns=time_ns + beat * 10**9) for beat in (0,)])
    question.sections()


def test_names_seen_once_or_twice_never_push_out_one_that_comes_again(make):
    question = Dead()
    times = every(600, 4)
    for number, time in enumerate(times):
        question.take(records(make, [time]))
        question.take(
            [record for each in range(200) for record in records(make, [time + 1], f"h{number}x{each}.net.")]
        )
    assert found(question) == [(NAME, "10 min")]
    assert question.forgotten == 0


def synthetic(rate, hours, seed=0, **options):
    responses = generate(seed=seed, rate=rate, **options)
    frames = [response.frame for response in islice(responses, round(rate * hours * HOUR))]
    return derive(frames, "lab").nxdomains


@pytest.fixture(scope="module")
def half_a_day():
    return synthetic(0.5, 14)


def test_beacons_of_a_synthetic_stream_are_found_and_nothing_else(half_a_day):
    question = Dead()
    question.take(half_a_day)
    rows = question.sections()[0].rows
    assert [row["period"] for row in rows] == ["10 min", "15 min", "20 min", "30 min", "1 h", "2 h"]
    assert all(row["name"].startswith("update.") and row["regularity"] > 0.95 for row in rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_found_in_a_synthetic_stream_without_beacons(seed):
    question = Dead()
    question.take(synthetic(0.5, 14, seed, without=["beacon"]))
    assert found(question) == []


def test_state_is_the_same_however_records_are_cut(half_a_day):
    whole, cut = Dead(), Dead()
    whole.take(half_a_day[:3000])
    for start in range(0, 3000, 37):
        cut.take(half_a_day[start : min(start + 37, 3000)])
    assert list(whole.dump()) == list(cut.dump())


def test_a_state_of_the_time_before_times_were_kept_is_read():
    question = Dead()
    old = [9, 9, 1_767_225_600, 1_767_232_800, [1_767_231_900, 1_767_232_800], None, [1], ["192.0.2.1"]]
    question.load([("lab update.gone-vendor.com.", old)])
    (entry,) = question.dump()
    assert entry == ("lab update.gone-vendor.com.", [*old, 0])
