"""Scenarios: records in, groups out, and what must not be one."""

from itertools import islice
from random import Random

import pytest

from bench.dga_ordinary import ordinary
from nxcast.broker.derivation.derive import derive
from nxcast.consumers.questions.dga import groups, window
from nxcast.consumers.questions.dga.dga_question import Dga
from nxcast.consumers.questions.dga.known import Known
from nxcast.producers.synthetic.stream import generate

START_S = 1_767_225_600  # 2026-01-01 00:00:00 UTC
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = (  # noqa: SIM905  (a list would take a line a word)
    "bridge market garage school church repair travel garden clinic guitar coffee bakery storage energy "
    "studio journal weather football health jewelry motor yacht fishing watch stream movie anime manga games"
).split()


def record(qname, seconds=0.0, **changed):
    return {
        "qname": qname,
        "qclass": 1,
        "qtype": 1,
        "response_ip": "192.0.2.53",
        "soa_rrname": qname.split(".", 1)[1],
        "time_ns": int((START_S + seconds) * 1e9),
        "sensor": "lab",
        **changed,
    }


def drawn(count, alphabet=LETTERS, lengths=(12, 20), suffixes=("com.", "net.", "org."), seed=1):
    rng = Random(seed)
    return [
        "".join(rng.choices(alphabet, k=rng.randint(*lengths))) + "." + rng.choice(suffixes)
        for _ in range(count)
    ]


def chosen(count, seed=1):
    rng = Random(seed)
    return [f"{rng.choice(WORDS)}{rng.choice(WORDS)}{rng.choice(WORDS)}.com." for _ in range(count)]


def asked(names, every_s=1.0, start_s=0.0, **changed):
    return [record(name, start_s + number * every_s, **changed) for number, name in enumerate(names)]


def ask(records, question=None):
    question = question or Dga()
    alerts = question.take(sorted(records, key=lambda one: one["time_ns"]))
    (section,) = question.sections()
    return alerts, section.rows


def of_letters(found):
    """The only group of letters; names beyond its bound may be told as made alike."""
    _, rows = found
    (row,) = (row for row in rows if row["alphabet"] == "letters")
    return row


FOUND = {
    "letters": drawn(100),
    "short letters": drawn(200, lengths=(7, 11)),
    "hex": drawn(60, "0123456789abcdef", (32, 32)),
    "letters and digits": drawn(100, LETTERS + "0123456789", (12, 12)),
    "under one suffix": drawn(100, suffixes=("ru.",)),
    "under dynamic DNS": drawn(100, suffixes=("ddns.net.", "duckdns.org.")),
    "below a host": [f"www.{name}" for name in drawn(100)],
    "in capitals of resolvers": [name.swapcase() for name in drawn(100)],
}


@pytest.mark.parametrize("names", FOUND.values(), ids=FOUND)
def test_a_burst_of_drawn_names_is_one_group(names):
    ordinary = asked(chosen(300), 10.0, soa_rrname="com.")
    soa = None
    burst = [
        one
        if soa
        else {
            **one,
            "soa_rrname": one["qname"].split(".", 2)[-1] if one["qname"][:4] == "www." else one["soa_rrname"],
        }
        for one in asked(names, start_s=600.0)
    ]
    _, rows = ask(ordinary + burst)
    (row,) = rows
    folded = {name.lower().removeprefix("www.") for name in names}
    assert set(row["domains"]) <= folded
    assert len(row["domains"]) >= 0.9 * len(folded)


@pytest.mark.parametrize("sensor", ["edge", "lab"])
def test_what_came_at_another_sensor_or_time_is_not_of_a_burst(sensor):
    names, others = drawn(100, lengths=(8, 11)), drawn(2, lengths=(8, 11), seed=9)
    burst = asked(names, start_s=600.0)
    alone = asked(others, every_s=1200.0, start_s=610.0 if sensor == "edge" else 1200.0, sensor=sensor)
    _, (row,) = ask(asked(chosen(300), 10.0) + burst + alone)
    assert set(row["domains"]) == set(names)


def test_names_that_come_all_the_hour_are_one_group():
    names = drawn(60)
    sensors = ("lab", "edge", "west")
    spread = [record(name, 50.0 * at, sensor=sensors[at % 3]) for at, name in enumerate(names)]
    _, (row,) = ask(asked(chosen(300), 10.0) + spread)
    assert set(row["domains"]) == set(names)


def test_a_row_tells_the_evidence():
    names = drawn(100)
    burst = asked(names, start_s=600.0) + asked(names, start_s=800.0, sensor="edge")
    _, (row,) = ask(asked(chosen(300), 10.0) + burst)
    assert row["alphabet"] == "letters"
    assert row["lengths"] == [12, 20]
    assert sorted(row["suffixes"]) == ["com.", "net.", "org."]
    assert row["names"] == 100
    assert row["queries"] == 200
    assert row["windows"] == 1
    assert row["certainty"] > 0.98
    assert row["first_seen"] == "2026-01-01T00:10:00.000000000Z"
    assert row["last_seen"] == "2026-01-01T00:14:59.000000000Z"
    assert row["sensors"] == ["edge", "lab"]
    assert len(row["examples"]) == 8
    assert set(row["examples"]) <= set(names)


NOT_FOUND = {
    "names that people choose": (  # made when they are asked for: that takes half a second
        record(each.qname, at, soa_rrname=each.soa, qtype=each.qtype)
        for at, each in enumerate(islice(ordinary(1), 1_000))
    ),
    "a few drawn names": asked(drawn(9)),
    "one drawn name, again and again": asked(drawn(1) * 500),
    "drawn names that mail is sent to": asked(drawn(100), qtype=15),
    "the same, and their addresses next": [
        one for name in drawn(100) for one in (record(name, qtype=15), record(name), record(name, qtype=28))
    ],
    "the same, addresses first, as batches have them": [
        one for name in drawn(100) for one in (record(name), record(name, qtype=15))
    ],
    "of another class": asked(drawn(100), qclass=3),
    "hosts of a domain that exists": asked(drawn(100, suffixes=("mailwarden.com.",))),
    "hosts of a cloud": asked(drawn(100, suffixes=("cloudfront.net.",))),
    "probes of browsers": asked([name.split(".")[0] + "." for name in drawn(100)], soa_rrname="."),
    "internal names": asked(drawn(100, suffixes=("lan.", "local.")), soa_rrname="."),
    "numbers": asked([f"{number}.com." for number in range(10_000, 10_200)]),
    "internationalised names": asked([f"xn--{name}" for name in drawn(100)]),
    "a few drawn names hours apart": asked(drawn(49), 3600.0),
    "short drawn names hours apart": asked(drawn(100, lengths=(7, 11)), 3600.0),
    "one name, mistyped in many ways": asked(
        [
            "gwxqzbrkpltv"[:at] + letter + "gwxqzbrkpltv"[at + 1 :] + ".com."
            for at in range(12)
            for letter in "aeiou"
        ]
    ),
}


@pytest.mark.parametrize("qtype", [1, 2, 16, 28, 65], ids=["A", "NS", "TXT", "AAAA", "HTTPS"])
def test_a_name_that_does_not_exist_does_so_for_all_types(qtype):
    _, (row,) = ask(asked(drawn(100), qtype=qtype))
    assert row["names"] == 100


def test_a_family_under_another_root_is_found():
    _, (row,) = ask(asked(drawn(100, suffixes=("bazar.", "lib.")), soa_rrname="."))
    assert set(row["suffixes"]) == {"bazar.", "lib."}


def minimises(**percent):
    return {"sensors": {name: {"minimises": each} for name, each in percent.items()}}


def test_nobody_is_accused_where_names_are_minimised_and_that_is_said():
    question = Dga()
    question.take(asked(drawn(50), soa_rrname=None))
    question.hear(minimises(lab=86, edge=69))
    alerts = question.take(asked(drawn(150, seed=2), start_s=100.0))
    groups, deaf = question.sections()
    assert (alerts, groups.rows) == ([], [])
    assert deaf.rows == [{"sensor": "lab", "minimises": 86}]
    _, groups = question.take(asked(drawn(100), sensor="edge")), question.sections()[0]
    assert [row["sensors"] for row in groups.rows] == [["edge", "lab"]]


def test_a_sensor_that_hears_what_clients_ask_is_believed():
    question = Dga()
    question.hear(minimises(lab=86))
    question.take(asked(drawn(100), by="authority"))
    assert question.sections()[0].rows[0]["names"] == 100


def test_a_sensor_that_the_broker_has_forgotten_is_heard_anew():
    """So that what is remembered of sensors is no more than a status has, whoever makes up how many."""
    question = Dga()
    question.hear(minimises(lab=86))
    question.take(asked(drawn(1), by="authority"))
    assert len(question.sections()) == 1
    question.hear(minimises(edge=86))
    question.hear(minimises(lab=86))
    assert question.sections()[1].rows == [{"sensor": "lab", "minimises": 86}]


KNOWN = Known("adhosts", "letters", 12, 20, frozenset({"com.", "net.", "org."}))


@pytest.mark.parametrize(
    ("known", "name"),
    [
        (KNOWN, "adhosts"),
        (KNOWN._replace(kind="hex"), None),
        (KNOWN._replace(first=16), None),
        (KNOWN._replace(suffixes=frozenset({"com.", "net."})), None),
    ],
)
def test_a_known_family_is_named_and_gives_no_alert(known, name):
    alerts, rows = ask(asked(drawn(300)), Dga(known=[known]))
    assert [row["known"] for row in rows] == [name]
    assert len(alerts) == (0 if name else 1)


def test_a_known_family_comes_last():
    records = asked(drawn(300)) + asked(drawn(60, "0123456789abcdef", (32, 32)))
    _, rows = ask(records, Dga(known=[KNOWN]))
    assert [(row["alphabet"], row["known"]) for row in rows] == [("hex", None), ("letters", "adhosts")]


@pytest.mark.parametrize("records", NOT_FOUND.values(), ids=NOT_FOUND)
def test_what_is_no_family_is_not_found(records):
    alerts, rows = ask(records)
    assert (alerts, list(rows)) == ([], [])


def test_a_few_names_are_a_group_only_where_they_come_together():
    ordinary = asked(chosen(300), 12.0)
    assert ask(ordinary + asked(drawn(12), start_s=1000.0))[1]
    assert not ask(ordinary + asked(drawn(12), 290.0))[1]
    assert ask(ordinary + asked(drawn(60), 58.0))[1]


def is_nearly(row, names):
    """Of names come one by one those that look rather chosen are not told."""
    return row["windows"] == 1 and 0.96 * names <= row["names"] == row["queries"] <= names


@pytest.mark.parametrize(("names", "every_s"), [(96, 900.0), (120, 4_320.0)])  # four an hour, twenty a day
def test_a_slow_bot_shows_once_its_names_add_up(names, every_s):
    question = Dga()
    slow = asked(drawn(names), every_s)  # from a Thursday's start: a week begins
    (alert,) = question.take(slow)
    assert 50 <= alert.evidence["names"] <= 55 + 5_000 / every_s
    (row,) = question.sections()[0].rows
    assert is_nearly(row, names)
    question.take(asked(chosen(1), start_s=8 * 86_400.0))  # the week has ended
    assert question.sections()[0].rows == [row]


def test_typing_errors_of_one_name_are_not_of_a_slow_bot():
    mistyped = [
        error
        for name in drawn(8, lengths=(12, 12), seed=9)
        for error in (f"{name[:2]}q{name[2:]}", f"{name[:9]}x{name[9:]}")
    ]
    names = drawn(120)
    _, (row,) = ask(asked(names, 4_320.0) + asked(mistyped, 30_000.0))
    assert not set(row["domains"]) & set(mistyped)
    assert is_nearly(row, len(names))


def test_words_doubled_are_not_of_a_slow_bot():
    names, doubled = drawn(120), [f"{half[:8]}{half}" for half in drawn(12, lengths=(8, 8), seed=9)]
    _, (row,) = ask(asked(names, 4_320.0) + asked(doubled, 40_000.0))
    assert not set(row["domains"]) & set(doubled)


def test_names_with_a_word_in_common_are_not_of_a_slow_bot():
    names, others = drawn(120), drawn(12, lengths=(9, 9), seed=9)
    in_common = [f"{name[:4]}kwqzxv{name[4:]}" for name in others]
    _, (row,) = ask(asked(names, 4_320.0) + asked(in_common, 40_000.0))
    assert len(set(row["domains"]) & set(in_common)) <= 1  # the first
    assert len(set(row["domains"]) & set(names)) >= 0.96 * len(names)


def test_chinese_words_with_a_typing_error_are_not_of_a_slow_bot():
    names, words = drawn(120), ["lvyqouyujuqiqi.com.", "yzujujuziqiqi.net.", "qiqiyujuxiqnxi.org."]
    _, (row,) = ask(asked(names, 4_320.0) + asked(words, 150_000.0))
    assert not set(row["domains"]) & set(words)
    assert is_nearly(row, len(names))


def test_names_of_another_sensor_are_not_of_a_slow_bot():
    names, others = drawn(120), drawn(5, seed=9)
    _, (row,) = ask(asked(names, 4_320.0) + asked(others, 600.0, 200_000.0, sensor="edge"))
    assert not set(row["domains"]) & set(others)
    assert is_nearly(row, len(names))


def test_a_slow_bot_of_two_weeks_is_one_group_and_one_alert():
    question = Dga()
    alerts = question.take(asked(drawn(280), 4_320.0))
    (row,) = question.sections()[0].rows
    assert (len(alerts), row["windows"]) == (1, 2)
    assert 0.96 * 280 <= row["names"] <= 280


def test_what_a_week_has_no_room_for_is_told(monkeypatch):
    monkeypatch.setattr(window, "NAMES_MAX", 2_000)  # so 50 in the first part of a week, some eight hours
    question = Dga()
    question.take(asked(drawn(96), 60.0))
    assert "The week had no room for" in question.sections()[0].note
    assert "The week" not in Dga().sections()[0].note


def test_what_an_hour_has_told_a_week_does_not_tell_again():
    burst = asked(drawn(100), start_s=600.0)
    slow = asked(drawn(96, seed=2), 850.0, 4000.0)
    _, (row,) = ask(burst + slow)
    assert 0.96 * 196 <= row["names"] == row["queries"] <= 196
    assert row["windows"] == 2


def test_a_large_family_that_hours_have_told_is_counted_once(monkeypatch):
    monkeypatch.setattr(groups, "DOMAINS_MAX", 50)
    _, (row,) = ask(asked(drawn(300)) + asked(chosen(5), 3_600.0, 3_600.0))
    assert 290 <= row["names"] <= 300


def test_short_names_of_a_day_are_no_slow_bot():
    assert not ask(asked(drawn(96, lengths=(7, 11)), 900.0))[1]


def test_the_least_number_of_names_and_the_window_can_be_chosen():
    slow = asked(drawn(40), 900.0)  # four an hour
    assert not ask(slow)[1]
    assert ask(slow, Dga(window_s=86_400))[1]
    assert not ask(slow, Dga(names=50, window_s=86_400))[1]


def test_a_new_group_is_told_once_and_while_the_window_lasts():
    question = Dga()
    alerts, _ = ask(asked(drawn(100), start_s=60.0), question)
    later, _ = ask(
        asked(drawn(100, seed=2), start_s=600.0) + asked(drawn(100, seed=3), start_s=90_000.0), question
    )
    told = alerts + later
    assert len(told) == 1
    assert told[0].kind == "dga"
    assert told[0].time_ns < (START_S + 3600) * 1_000_000_000
    assert "12 to 20 letters under" in told[0].text
    assert told[0].evidence["names"] >= 10


def test_the_names_of_another_day_join_the_group():
    _, rows = ask(asked(drawn(100)) + asked(drawn(100, seed=2), start_s=86_400.0))
    (row,) = rows
    assert row["windows"] == 2
    assert row["names"] > 180


def test_other_suffixes_are_another_group():
    _, rows = ask(asked(drawn(100)) + asked(drawn(100, suffixes=("ru.",), seed=2), start_s=86_400.0))
    assert sorted(row["suffixes"][0] for row in rows)[-1] == "ru."
    assert len(rows) == 2


def test_asking_changes_nothing():
    question = Dga()
    ask(asked(drawn(100)), question)
    first = question.sections()[0].rows
    assert question.sections()[0].rows == first
    assert first


def test_late_records_count_with_the_present_and_a_clock_set_back_begins_anew():
    question = Dga()
    ask(asked(drawn(60), start_s=7200.0), question)
    _, (row,) = ask(asked(drawn(60, seed=2), start_s=0.0), question)
    assert row["windows"] == 1
    assert row["names"] > 110
    _, rows = ask(asked(drawn(60, seed=3), start_s=-864_000.0), question)
    assert rows[0]["windows"] == 2


HOSTILE = [
    record("\\000" * 250 + ".com.", soa_rrname="com."),
    record("." * 1000, soa_rrname="."),
    record("a." * 500, soa_rrname="a."),
    record("q" * 1000 + ".com.", soa_rrname="com."),
    record("ä" * 200 + ".com.", soa_rrname="com."),
    record("\ud800" * 20 + ".com.", soa_rrname="com."),
    record("x.com.", soa_rrname="\ud800"),
    record("İ" * 20 + ".com.", soa_rrname="com."),
    record("q.q", time_ns=0),
    record("qxkzjvwplm.com.", time_ns=2**64 - 1),
]


def test_nothing_hostile_raises():
    question = Dga()
    for number in range(len(HOSTILE)):
        question.take(HOSTILE[number:])
    question.sections()


def test_every_bound_holds_and_what_is_dropped_is_told(monkeypatch):
    monkeypatch.setattr(window, "NAMES_MAX", 50)
    monkeypatch.setattr(window, "CELLS_MAX", 40)
    monkeypatch.setattr(window, "SUFFIXES_MAX", 2)
    monkeypatch.setattr(groups, "DOMAINS_MAX", 20)
    question = Dga()
    _, rows = ask(asked(drawn(300, suffixes=("com.", "net.", "org.", "biz.", "info."))), question)
    assert question.forgotten > 0
    assert all(len(row["domains"]) <= 20 for row in rows)


def test_a_flood_hides_the_rest_of_its_part_and_not_of_the_window(monkeypatch):
    monkeypatch.setattr(window, "NAMES_MAX", 100 * window.TIMES)
    part_s = 3600 / window.TIMES
    flood = asked(drawn(2_000), part_s / 4_000, soa_rrname=None)
    question = Dga()
    row = of_letters(ask(flood, question))
    assert (row["names"], row["queries"], question.forgotten) == (100, 100, 1_900)
    ask(asked(drawn(2_000)[:50], 0.001, part_s - 1.0), question)  # known, so counted
    later = asked(drawn(60, "0123456789abcdef", (32, 32), seed=2), 1.0, 5 * part_s)
    _, rows = ask(later, question)
    assert {
        row["alphabet"]: (row["names"], row["queries"]) for row in rows if row["alphabet"] != "alike"
    } == {
        "letters": (100, 150),
        "hex": (60, 60),
    }
    assert question.forgotten == 1_900


def test_what_a_part_leaves_of_the_bound_is_for_those_after_it(monkeypatch):
    monkeypatch.setattr(window, "NAMES_MAX", 100 * window.TIMES)
    question = Dga()
    row = of_letters(ask(asked(drawn(600), 0.01, 3600 / window.TIMES * 4), question))
    assert row["names"] == 500
    assert 90 <= question.forgotten <= 100  # some begin or end as others do


def test_labels_longer_than_any_are_nobodys():
    names = drawn(100, lengths=(64, 400))
    question = Dga()
    assert ask(asked(names), question) == ([], [])
    assert ask(asked(drawn(100, lengths=(63, 63))), question)[1]


def test_groups_seen_longest_ago_give_way(monkeypatch):
    monkeypatch.setattr(groups, "GROUPS_MAX", 2)
    question = Dga()
    for day, suffix in enumerate(("ru.", "net.", "org.")):
        ask(asked(drawn(50, suffixes=(suffix,), seed=day), start_s=day * 86_400.0), question)
    _, rows = ask(asked(chosen(1), start_s=4 * 86_400.0), question)
    assert sorted(row["suffixes"][0] for row in rows) == ["net.", "org."]
    assert question.forgotten == 1


@pytest.mark.parametrize(("rate", "count"), [(0.5, 25_000), (1000.0, 25_000)])
def test_the_families_of_the_synthetic_stream_are_found_and_nothing_without_them(rate, count):
    for without, kinds in (((), ["hex", "letters"]), (("dga",), [])):
        frames = [one.frame for one in islice(generate(rate=rate, without=without), count)]
        question = Dga()
        question.take(derive(frames, "lab").nxdomains)
        assert sorted(row["alphabet"] for row in question.sections()[0].rows) == kinds
