"""Names that look chosen one by one, and are made alike: found together, and what must not be."""

from itertools import islice, product
from random import Random

import pytest

from bench.dga_ordinary import ordinary
from bench.dga_words import GENERATOR_WORDS, PINYIN, WORDS
from nxcast.consumers.questions.dga import dga_question, makes
from nxcast.consumers.questions.dga.dga_question import Dga

LETTERS = "abcdefghijklmnopqrstuvwxyz"
START_S = 1_767_225_600
BURST_S = 600.0  # the burst's first second: parts of three minutes begin at 540 and 720


def record(qname, seconds, **changed):
    return {
        "qname": qname,
        "qclass": 1,
        "qtype": 1,
        "response_ip": "192.0.2.53",
        "soa_rrname": qname.partition(".")[2],
        "time_ns": int((START_S + seconds) * 1e9),
        "sensor": "north",
        **changed,
    }


def usual(seconds=1_200.0):
    """Ordinary names of three resolvers, one a second and a half."""
    looked_up = islice(ordinary(7), int(seconds / 1.5))
    return [
        record(each.qname, at * 1.5, qtype=each.qtype, soa_rrname=each.soa, sensor=("north", "south")[at % 2])
        for at, each in enumerate(looked_up)
    ]


def burst(domains, every_s=1.0, **changed):
    return [record(domain, BURST_S + at * every_s, **changed) for at, domain in enumerate(domains)]


def found(*streams):
    question = Dga()
    alerts = question.take(sorted((one for each in streams for one in each), key=lambda one: one["time_ns"]))
    return alerts, question.sections()[0].rows


def words(count):
    """Names of two words of a list of forty, under one suffix."""
    rng = Random(1)
    return [
        f"{one}{two}.net." for one, two in rng.sample(list(product(GENERATOR_WORDS[:40], repeat=2)), count)
    ]


def of_tail(count):
    rng = Random(2)
    return ["".join(rng.choices(LETTERS, k=4)) + "estonewallpaper.com." for _ in range(count)]


def of_shape(count):
    """Consonant and vowel in turn, seven letters."""
    rng = Random(3)
    places = ("gvlpq", "aeyu", "dtrmz", "aeyo", "lnsxq", "aeyu", "gnrsq")
    return ["".join(map(rng.choice, places)) + ".com." for _ in range(count)]


def of_syllables(count):
    """Syllables of two or three letters: they can be pronounced, and look much as chosen names do."""
    rng = Random(4)
    labels = [
        "".join(
            rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") + rng.choice(("", "", rng.choice("nrslmt")))
            for _ in range(4)
        )
        for _ in range(count)
    ]
    return [f"{label}.ddns.net." for label in labels]


MADE = {"words": words(100), "a tail": of_tail(100), "a shape": of_shape(100), "syllables": of_syllables(60)}


@pytest.mark.parametrize("domains", MADE.values(), ids=MADE)
def test_a_burst_of_names_that_are_made_alike_is_found(domains):
    alerts, rows = found(usual(), burst(domains))
    row = rows[0]
    assert row["alphabet"] == "alike"
    told = {domain for row in rows for domain in row["domains"]}
    planted = set(domains)
    assert len(planted & told) >= 0.9 * len(planted)
    assert len(told - planted) <= 2
    assert row["sensors"] == ["north"]
    assert row["certainty"] >= 0.98
    (alert,) = (alert for alert in alerts if alert.evidence["alphabet"] == "alike")
    assert "characters, made alike, under" in alert.text


@pytest.mark.parametrize("before_s", [18, 42])
def test_a_burst_over_the_end_of_a_part_is_found_whole_and_once(before_s):
    domains = words(60)
    over = [record(domain, 720.0 - before_s + at) for at, domain in enumerate(domains)]
    _, (row,) = found(usual(), over)
    assert len(set(domains) & set(row["domains"])) >= 0.85 * len(domains)
    assert row["queries"] == row["names"] == len(row["domains"])


def test_the_rest_of_a_burst_in_the_next_hour_is_found_too():
    domains = words(100)
    _, (row,) = found(usual(4_000.0), [record(domain, 3_510.0 + at) for at, domain in enumerate(domains)])
    assert len(set(domains) & set(row["domains"])) >= 0.9 * len(domains)


def test_words_joined_by_hyphens_are_found_too():
    domains = [domain.replace("e", "e-", 1).replace("-.", ".") for domain in words(100)]
    _, (row,) = found(usual(), burst(domains))
    assert row["alphabet"] == "alike"


def test_what_goes_on_is_in_a_report_before_its_part_ends():
    question = Dga()
    question.take(sorted(usual(700.0) + burst(words(60)), key=lambda one: one["time_ns"]))
    (first,) = question.sections()[0].rows
    assert question.sections()[0].rows == [first]


def expired(count):
    """Domains that people had, in order, as a list of dropped names is worked through."""
    rng = Random(5)
    languages = [words for words in WORDS.values() for _ in range(3)]
    taken = set()
    for _ in range(20 * count):
        some = rng.choice(languages)
        ending = rng.choice(("", "24", "shop", "hub", "s", rng.choice(some), rng.choice(some)))
        taken.add(
            rng.choice(some) + ending + rng.choice((".com.", ".com.", ".net.", ".de.", ".org.", ".info."))
        )
    return rng.sample(sorted(taken), count)


def mistyped(brands, count):
    rng = Random(6)
    wrong = set()
    while len(wrong) < count:
        brand = rng.choice(brands)
        at = rng.randrange(len(brand))
        swapped = brand[:at] + brand[at + 1 : at + 2] + brand[at] + brand[at + 2 :]
        doubled = brand[:at] + brand[at] + brand[at:]
        other = brand[:at] + rng.choice(LETTERS) + brand[at + 1 :]
        wrong.add(f"{rng.choice((swapped, doubled, brand[:at] + brand[at + 1 :], other))}.com.")
    return sorted(wrong)


def in_pinyin(count):
    rng = Random(8)
    return ["".join(rng.choices(PINYIN, k=rng.randint(2, 4))) + ".cn." for _ in range(count)]


LISTS = {
    "dropped names": expired(700),
    "typing errors of brands": mistyped(("bridgemarket", "gardenclinic", "weatherfilm"), 400),
    "names of Chinese words": in_pinyin(400),
    "numbers with a word": [f"{number}{word}.com." for number in range(12) for word in WORDS["Finnish"]],
}


@pytest.mark.parametrize("every_s", [0.1, 1.0])
@pytest.mark.parametrize("domains", LISTS.values(), ids=LISTS)
def test_a_list_that_somebody_works_through_is_no_make(domains, every_s):
    _, rows = found(usual(), burst(domains, every_s))
    assert [row for row in rows if row["alphabet"] == "alike"] == []


def test_domains_that_mail_is_sent_to_are_no_make():
    domains = words(100)
    mail = [record(domain, BURST_S + at, qtype=15) for at, domain in enumerate(domains)]
    assert found(usual(), mail, burst(domains))[1] == []


def test_names_of_several_sensors_are_no_burst_of_one():
    sensors = [f"sensor{number}" for number in range(10)]
    spread = [one | {"sensor": sensors[at % 10]} for at, one in enumerate(burst(words(100)))]
    assert found(usual(), spread)[1] == []


def test_a_sensor_that_sees_names_only_accuses_nobody():
    question = Dga()
    question.hear({"sensors": {"north": {"minimises": 90}}})
    question.take(sorted(usual() + burst(words(100)), key=lambda one: one["time_ns"]))
    assert question.sections()[0].rows == []


def test_names_kept_of_a_part_are_bounded(monkeypatch):
    monkeypatch.setattr(makes, "NAMES_MAX", 60)
    _, (row,) = found(usual(), burst(words(150), 0.5))
    assert 20 <= row["names"] <= 60
    monkeypatch.setattr(makes, "ALL_MAX", 25)
    _, rows = found(usual(), burst(words(150), 0.5))
    assert sum(row["names"] for row in rows) <= 25


def test_names_beyond_the_bounds_of_a_part_are_counted_as_forgotten(monkeypatch):
    monkeypatch.setattr(makes, "NAMES_MAX", 60)
    question = Dga()
    question.take(burst(words(150), 0.5) + burst(words(60), 0.5, sensor="west"))
    assert question.forgotten == 90
    question.take(burst(words(150)[:60], 0.5))  # those that are here
    assert question.forgotten == 90
    monkeypatch.setattr(makes, "ALL_MAX", 120)
    question.take(burst(words(30), 0.5, sensor="east"))
    assert question.forgotten == 120


def test_domains_of_mail_beyond_the_bound_are_counted_as_forgotten_within_an_hour(monkeypatch):
    monkeypatch.setattr(makes, "MAILED_MAX", 100)
    question = Dga()
    domains = words(180)
    question.take([record(domain, at, qtype=15) for at, domain in enumerate(domains[:100] * 2)])
    assert question.forgotten == 0
    question.take([record(domain, 200.0 + at, qtype=15) for at, domain in enumerate(domains[100:130])])
    assert question.forgotten == 30
    question.take([record(domain, 4_000.0 + at, qtype=15) for at, domain in enumerate(domains[130:])])
    assert question.forgotten == 30


@pytest.mark.parametrize(("bound", "forgotten"), [(1, 2), (2, 1), (3, 0)])
def test_findings_beyond_the_bound_of_a_window_are_counted_as_forgotten(monkeypatch, bound, forgotten):
    monkeypatch.setattr(dga_question, "MADE_MAX", bound)
    question = Dga()
    names = words(300)
    bursts = [
        one
        for at, sensor in enumerate(("east", "west", "port"))
        for one in burst(names[100 * at : 100 * (at + 1)], sensor=sensor)
    ]
    question.take(sorted(usual() + bursts, key=lambda one: one["time_ns"]))
    (row,) = question.sections()[0].rows
    assert len(row["sensors"]) == bound
    assert question.forgotten == forgotten


def test_where_nothing_came_before_nobody_knows_what_is_usual():
    assert found(burst(words(100)))[1] == []


def test_words_that_are_usual_here_are_no_make():
    before = [record(domain, at * 3.0) for at, domain in enumerate(words(180))]
    _, rows = found(before, burst(words(400)[180:]))
    assert rows == []


def test_names_that_are_told_as_drawn_are_not_usual_here():
    question, domains = makes.Makes(), words(160)
    of_words = [tuple(domain.split(".", 1)) for domain in domains]
    for name in of_words[:80]:
        question.add(name, 0, "north")
    for at, one in enumerate(usual(300.0)):
        question.add(tuple(one["qname"].split(".", 1)), at, "south")
    for _ in range(2):
        question.next_part((), set(domains[:80]), follows=True)
    for name in of_words[80:]:
        question.add(name, 0, "north")
    (finding,) = question.findings(set())
    assert len(set(finding.domains) & set(domains)) >= 0.8 * 80


def test_names_that_are_told_as_drawn_are_told_once():
    rng = Random(9)
    domains = ["".join(rng.choices(LETTERS, k=16)) + ".com." for _ in range(200)]
    _, (row,) = found(usual(), burst(domains))
    assert row["alphabet"] == "letters"
