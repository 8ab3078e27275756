"""Bursts that caches hide: scenarios of mail behind a resolver that keeps denials, and what is told."""

from random import Random

import pytest

from nxcast.consumers.questions.dnsbl.dnsbl_question import Dnsbl
from nxcast.consumers.questions.dnsbl.networks import LEAST
from nxcast.consumers.questions.dnsbl.saturation import NAMES, Saturation

START_NS = 1_767_225_600_000_000_000
SECOND_NS = 1_000_000_000
HOUR_S, DAY_S = 3600, 86_400
LISTS = {"zen.spamhaus.org.": 900, "bl.spamcop.net.": 900, "psbl.surriel.com.": 900}
DOMAIN_LISTS = {"dbl.spamhaus.org.": 900, "multi.uribl.com.": 1800}


def look_ups(mails, lists=LISTS, sensors=("north",), part=None):
    """Records of mails, each (seconds, what it is about), behind caches of these seconds."""
    kept = {}
    for second, about in mails:
        asked = part or ".".join(reversed(about.split("."))) if about[-1].isdigit() else about
        for sensor in sensors:
            for zone, kept_s in lists.items():
                key = sensor, zone, asked
                if kept.get(key, -1) > second:
                    continue
                kept[key] = second + kept_s
                yield {
                    "qname": f"{asked}.{zone}",
                    "qclass": 1,
                    "qtype": 1,
                    "response_ip": "192.0.2.53",
                    "soa_rrname": zone,
                    "time_ns": START_NS + int(second * SECOND_NS),
                    "sensor": sensor,
                }


def poisson(about, per_hour, start_s, end_s, rng):
    second = start_s + rng.expovariate(per_hour / HOUR_S)
    while second < end_s:
        yield second, about
        second += rng.expovariate(per_hour / HOUR_S)


def ordinary(rng, days=2):
    """Senders of a mail an hour up to two a minute, fewer at night."""
    mails = []
    for number in range(60):
        per_hour = 10 ** rng.uniform(0, 2)
        for hour in range(24 * days):
            rate = per_hour * (1.5 if 8 <= hour % 24 < 20 else 0.3)
            about = f"198.51.{number}.{number}"
            mails += poisson(about, rate, hour * HOUR_S, (hour + 1) * HOUR_S, rng)
    return mails


def told(mails, **keywords):
    """What is told of mails, as (subject, kind)."""
    question = Dnsbl()
    alerts = question.take(sorted(look_ups(sorted(mails), **keywords), key=lambda each: each["time_ns"]))
    return {(alert.evidence["subject"], alert.evidence["kind"]) for alert in alerts}


def test_ordinary_mail_of_two_days_gives_nothing():
    assert told(ordinary(Random(7))) == set()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sensors", [("north",), ("north", "south")])
@pytest.mark.parametrize("per_hour", [1200, 7200])
def test_a_burst_of_two_hours_behind_one_resolver_is_told(seed, sensors, per_hour):
    rng = Random(seed)
    mails = [*ordinary(rng, days=1), *poisson("203.0.113.9", per_hour, 12 * HOUR_S, 14 * HOUR_S, rng)]
    assert told(mails, sensors=sensors) == {("203.0.113.9", "address")}


def test_a_burst_about_a_domain_is_told():
    rng = Random(3)
    usual = [each for number in range(20) for each in poisson(f"shop{number}.com", 3, 0, DAY_S, rng)]
    burst = poisson("www.newshop.com", 3600, 10 * HOUR_S, 13 * HOUR_S, rng)
    assert told([*usual, *burst], lists=DOMAIN_LISTS) == {("newshop.com.", "domain")}


def test_a_burst_of_one_who_sends_seldom_is_told_and_how_often_caches_let_it_through():
    rng = Random(4)
    seldom = poisson("203.0.113.9", 2, 0, 12 * HOUR_S, rng)
    burst = poisson("203.0.113.9", 3600, 12 * HOUR_S, 14 * HOUR_S, rng)
    question = Dnsbl()
    (alert,) = question.take(list(look_ups([*seldom, *burst])))
    assert 900 <= alert.evidence["every_s"] <= 905
    assert alert.evidence["zones"]
    assert "as soon as caches let it through" in alert.text
    (row,) = next(one.rows for one in question.sections() if one.name == "spikes")
    assert row["look_ups"] >= 5
    assert row["until"] > row["began"]


@pytest.mark.parametrize(
    "mails",
    [
        [(second, "203.0.113.9") for second in range(0, DAY_S, 2)],  # so from the start
        [(second, "203.0.113.9") for second in range(10 * HOUR_S, 10 * HOUR_S + 1700, 2)],  # over in one wait
        [(second, "203.0.113.9") for second in range(0, 3 * DAY_S, HOUR_S)],  # each hour
    ],
)
def test_what_is_no_burst(mails):
    assert told(mails) == set()


def test_what_a_single_list_shows_may_be_a_clock():
    mails = [(second, "198.51.100.1") for second in range(0, DAY_S, 7000)]
    mails += [(second, "203.0.113.9") for second in range(10 * HOUR_S, 20 * HOUR_S, 2)]
    found = {("203.0.113.9", "address")}
    assert told(mails, lists={"zen.spamhaus.org.": 900}) == set()
    assert told(mails, lists={"zen.spamhaus.org.": 900}, sensors=("north", "south")) == found
    assert told(mails, lists={"zen.spamhaus.org.": 900, "bl.spamcop.net.": 700}) == found


def test_one_network_that_sends_from_many_addresses_is_told():
    rng = Random(5)
    mails = [*ordinary(rng, days=1)]
    mails += [(12 * HOUR_S + 30 * number, f"203.0.113.{number}") for number in range(1, 100)]
    assert told(mails) == {("203.0.113.0/24", "network")}


def test_fewer_addresses_than_a_network_of_servers_has_are_none():
    mails = [*ordinary(Random(6), days=1)]
    mails += [(12 * HOUR_S + 5 * number, f"203.0.113.{number}") for number in range(1, LEAST)]
    assert told(mails) == set()


def test_what_is_known_outlives_the_process():
    rng = Random(8)
    mails = [*ordinary(rng, days=1), *poisson("203.0.113.9", 3600, 12 * HOUR_S, 14 * HOUR_S, rng)]
    records = list(look_ups(sorted(mails)))
    before, after = Dnsbl(), Dnsbl()
    at = next(
        number for number, each in enumerate(records) if each["time_ns"] > START_NS + 45_000 * SECOND_NS
    )
    assert not before.take(records[:at])
    after.load([(key, value) for key, value in before.dump()])
    assert len(after.take(records[at:])) == len(before.take(records[at:])) == 1
    assert after.sections() == before.sections()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("0", [b"", b""]),
        ("7", [bytes(1 << 17)] * 2),
        ("lab zen.", [b"", b""]),
        ("lab zen.", [1, 2]),
        ("0", 7),
    ],
)
def test_what_was_never_kept_is_refused(key, value):
    assert NAMES == 1 << 18
    with pytest.raises(ValueError):  # noqa: PT011  (the text is Python's own for some)
        Saturation().load(key, value)
