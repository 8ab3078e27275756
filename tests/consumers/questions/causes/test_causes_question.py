"""Shares, hours and zones; what is remembered of names, and how much."""

import pytest

from nxcast.consumers.questions.causes import causes_question as bounds
from nxcast.consumers.questions.causes.causes_question import Causes
from nxcast.telemetry.printable import time_text

START_NS = 1_767_225_600_000_000_000  # 2026-01-01 00:00:00 UTC
SECOND = 1_000_000_000
A, PTR, MX, TXT, AAAA = 1, 12, 15, 16, 28


def record(seconds, qname, qtype=A, soa_rrname="com.", **changed):
    return {
        "qname": qname,
        "qclass": 1,
        "qtype": qtype,
        "response_ip": "192.0.2.53",
        "soa_rrname": soa_rrname,
        "time_ns": START_NS + int(seconds * SECOND),
        "sensor": "lab",
        **changed,
    }


def error(seconds, qname, rcode, qtype=A, **changed):
    made = {
        **record(seconds, qname, qtype),
        "type": 1,
        "response_port": 53,
        "proto": 17,
        "query_ip": None,
        "query_port": None,
        "id": 1,
        "opcode": 0,
        "rcode": rcode,
        "query": None,
        "response": bytes(12),
    }
    del made["soa_rrname"]
    return {**made, **changed}


def rows(question, name):
    return next(section.rows for section in question.sections() if section.name == name)


def causes(*records):
    question = Causes()
    question.take(records)
    return {row["cause"]: row["look_ups"] for row in rows(question, "causes")}


def test_shares_names_and_examples_of_each_cause():
    question = Causes()
    assert question.take([record(0, "KettleMeadow.com.", MX), record(1, "kettlemeadow.com.", MX)]) == []
    question.take([record(2, "otherplace.com.", MX), error(3, "brokenplace.com.", 2)])
    mail, broken = rows(question, "causes")
    assert (mail["cause"], mail["look_ups"], mail["share"], mail["names"]) == ("mail", 3, 0.75, 2)
    assert mail["examples"] == ["kettlemeadow.com.", "otherplace.com."]
    assert (mail["first_seen"], mail["last_seen"]) == (time_text(START_NS), time_text(START_NS + 2 * SECOND))
    assert (broken["cause"], broken["look_ups"], broken["share"]) == ("broken-zone", 1, 0.25)


def test_zones_have_their_shares():
    question = Causes()
    question.take(
        [record(0, "kettlemeadow.com.", MX), record(1, "a.b.lan.", A, "."), record(2, "x.com.", MX)]
    )
    question.take([error(3, "www.brokenplace.com.", 5, query_zone="BrokenPlace.com.")])
    question.take([error(4, "www.otherplace.co.uk.", 2), record(5, "xqzvkwjrtplmnb.com.", A)])
    found = {row["zone"]: (row["look_ups"], row["cause"], row["causes"]) for row in rows(question, "zones")}
    assert found == {
        "com.": (3, "mail", {"mail": 0.6667, "machine-made": 0.3333}),
        ".": (1, "leaked", {"leaked": 1.0}),
        "brokenplace.com.": (1, "broken-zone", {"broken-zone": 1.0}),
        "otherplace.co.uk.": (1, "broken-zone", {"broken-zone": 1.0}),
    }


def test_a_name_is_told_anew_where_its_type_or_zone_is_another():
    name = "kettlemeadowlantern.com."
    asked = [(A, "com."), (TXT, "com."), (A, "com."), (PTR, "com."), (A, name)]
    question = Causes()
    for seconds, (qtype, zone) in enumerate(asked):
        question.take([record(10 * seconds, f"{'c0ffee11' * 4}.{name}", qtype, zone)])
    found = {row["cause"]: row["look_ups"] for row in rows(question, "causes")}
    assert found == {"other": 3, "mail": 1, "machine-made": 1}


def test_an_address_is_mail_right_after_its_exchanger_was_asked_for():
    name = "kettlemeadowlantern.com."
    assert causes(record(0, name, MX), record(1, name, A), record(2, name, AAAA)) == {"mail": 3}
    assert causes(record(0, name, MX), record(61, name, A)) == {"mail": 1, "other": 1}


@pytest.mark.parametrize("name", ["kettlemeadowlantern.com.", "xqzvkwjrtplmnb.com.", "kettle.lan."])
def test_an_address_just_before_its_exchanger_is_mail_once_that_is_known(name):
    question = Causes()
    question.take([record(0, name, A), record(0.1, name, AAAA)])
    assert "mail" not in question.sections()[1].rows[0]["causes"]
    question.take([record(0.2, name, MX)])
    (row,) = rows(question, "causes")
    assert (row["cause"], row["look_ups"], row["this_hour"], row["names"]) == ("mail", 3, 3, 1)
    (zone,) = rows(question, "zones")
    assert (zone["look_ups"], zone["causes"]) == (3, {"mail": 1.0})
    question.take([record(0.3, name, MX)])
    assert question.look_ups()["mail"] == 4


def test_an_address_long_before_or_of_another_name_or_of_no_mail_stays_what_it_was():
    name = "kettlemeadowlantern.com."
    assert causes(record(0, name, A), record(61, name, MX)) == {"mail": 1, "other": 1}
    assert causes(record(0, name, A), record(1, f"x{name}", MX)) == {"mail": 1, "other": 1}
    listed = "2.0.0.127.zen.spamhaus.org."
    assert causes(record(0, listed, A, "zen.spamhaus.org."), record(1, listed, MX))["blocklist"] >= 1
    broken = error(0, name, 2)
    assert causes(broken, record(1, name, MX)) == {"mail": 1, "broken-zone": 1}


def test_of_a_name_that_is_asked_for_without_end_a_few_addresses_go_with_its_mail():
    name = "kettlemeadowlantern.com."
    question = Causes()
    question.take([*(record(at / 10, name, A) for at in range(100)), record(11, name, MX)])
    assert question.look_ups()["mail"] == 1 + 4
    assert question.look_ups()["other"] == 96


def test_several_types_of_address_are_a_browsers():
    name = "kettlemeadowlantern.com."
    assert causes(record(0, name, A), record(0.1, name, AAAA)) == {"other": 1, "typing-error": 1}


@pytest.mark.parametrize(
    ("times", "beacons"),
    [
        (range(0, 3000, 300), 3),
        ((0, 305, 595, 905, 1200, 1490, 1800, 2700, 3000), 2),  # jitter, and two beats missed
        ((0, 1, 300, 301, 600, 601, 900, 1200, 1500, 1800, 2100), 1),  # and retries, no sightings
        (range(0, 100, 10), 0),  # tries again at once
        ((0, 300, 420, 1300, 1350, 2900, 3000, 3600, 5000, 5070), 0),
    ],
)
def test_a_beacon_keeps_its_pace(times, beacons):
    found = causes(*(record(time, "update.kettlemeadowlantern.com.") for time in times))
    assert found.get("beacon", 0) == beacons


def test_a_zone_below_which_only_domains_are_asked_for_is_a_blocklist():
    zone = "watch.kettlemeadow.org."
    found = causes(*(record(number, f"shop{number}.de.{zone}", A, zone) for number in range(40)))
    assert found["blocklist"] == 21  # from the twentieth on


def test_this_hour_stands_beside_a_usual_one():
    question = Causes()
    busy = [2, 5, 4, 6, 9]  # look-ups of each hour; the first was not seen whole
    for hour, count in enumerate(busy):
        question.take([record(3600 * hour + each, f"m{hour}x{each}.com.", MX) for each in range(count)])
        (row,) = rows(question, "causes")
        assert (row["this_hour"], row["usual_hour"]) == (count, None if hour < 4 else 5)
    question.take([record(3600 * 6, "later.com.", MX)])  # an hour without any, and the next
    (row,) = rows(question, "causes")
    assert (row["this_hour"], row["usual_hour"]) == (1, 5)


def test_what_has_no_name_is_left_out_and_told():
    question = Causes()
    question.take([error(0, None, 1, None), record(1, "kettlemeadow.com.", MX)])
    (section, _) = question.sections()
    assert [row["look_ups"] for row in section.rows] == [1]
    assert section.note == "1 without a name are left out."


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(bounds, "NAMES_MAX", 10)
    monkeypatch.setattr(bounds, "ZONES_MAX", 10)
    question = Causes()
    question.take([record(number, f"m{number}.com.", MX, f"z{number}.") for number in range(100)])
    assert len(rows(question, "zones")) == 10
    assert question.forgotten == 0
    question.take([record(200, f"m{number % 50}.com.", MX, f"z{number % 50}.") for number in range(100)])
    assert len(rows(question, "zones")) <= 20
