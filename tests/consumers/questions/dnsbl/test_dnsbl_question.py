from itertools import islice

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.derivation.derive import derive
from nxcast.consumers.questions.dnsbl.dnsbl_question import SUBJECTS_SHOWN, Dnsbl
from nxcast.consumers.questions.dnsbl.spikes import COUNT_MIN, WARM_UP
from nxcast.consumers.questions.dnsbl.watch import ALERT_EVERY_S
from nxcast.consumers.questions.loop.alerting import ALERTS_MAX
from nxcast.consumers.questions.loop.lists import read_list
from nxcast.producers.synthetic.stream import generate

A = 1
START_NS = 1_767_225_600_000_000_000
SECOND = 1_000_000_000
KEY = "c0ffee00c0ffee00c0ffee00ca"


def record(qname, second=0.0, *, soa_rrname="", response_ip="192.0.2.1", qtype=A, sensor="lab"):
    """A look-up; the SOA's owner is the name's last three labels unless given."""
    return {
        "qname": qname,
        "qclass": 1,
        "qtype": qtype,
        "response_ip": response_ip,
        "soa_rrname": ".".join(qname.split(".")[-4:]) if soa_rrname == "" else soa_rrname,
        "time_ns": START_NS + round(second * SECOND),
        "sensor": sensor,
    }


def asked(name, number, second, over=50, zone="multi.surbl.org."):
    """So many look-ups of a name, spread over so many seconds."""
    return [record(f"{name}.{zone}", second + over * index / number) for index in range(number)]


def usual(minutes):
    """A stream without a spike."""
    return [
        look_up
        for minute in range(minutes)
        for look_up in asked("usual.com", 40, 60 * minute) + asked("other.com", 3, 60 * minute)
    ]


def section(question, name):
    """Rows of a section."""
    (found,) = [one for one in question.sections() if one.name == name]
    return list(found.rows)


def watching(tmp_path, text):
    path = tmp_path / "watch.txt"
    path.write_text(text)
    return Dnsbl(read_list(str(path), marks=("never-sends",)))


def test_volume_is_told_by_zone_and_by_subject():
    question = Dnsbl()
    assert not question.take(
        [
            record("netATLANTic.COM.MuLTI.SuRBl.ORg.", 1),
            record("netatlantic.com.dbl.spamhaus.org.", 2, sensor="other"),
            record("www.netatlantic.com.multi.surbl.org.", 3, response_ip="2001:db8::1"),
            record("2.2.0.192.zen.spamhaus.org.", 4),
            record("192.zen.spamhaus.org.", 5),  # of a resolver that minimises its queries
            record("www.netatlantic.com.", 6, soa_rrname="com."),
        ]
    )
    zones = {row["zone"]: row for row in section(question, "zones")}
    assert {name: (row["look_ups"], row["subjects"]) for name, row in zones.items()} == {
        "multi.surbl.org.": (2, 1),
        "dbl.spamhaus.org.": (1, 1),
        "zen.spamhaus.org.": (1, 1),
    }
    assert zones["zen.spamhaus.org."]["kind"] == "addresses"
    assert zones["zen.spamhaus.org."]["source"].startswith("docs.spamhaus.com")
    assert zones["multi.surbl.org."]["servers"] == ["192.0.2.1", "2001:db8::1"]
    first, second = section(question, "subjects")
    assert (first["subject"], first["look_ups"]) == ("netatlantic.com.", 3)
    assert first["first_seen"] == "2026-01-01T00:00:01.000000000Z"
    assert first["last_seen"] == "2026-01-01T00:00:03.000000000Z"
    assert first["zones"] == ["multi.surbl.org.", "dbl.spamhaus.org."]
    assert first["sensors"] == ["lab", "other"]
    assert (second["subject"], second["look_ups"]) == ("192.0.2.2", 1)


def test_every_section_says_what_it_is_and_that_questions_are_no_verdicts():
    sections = Dnsbl().sections()
    assert [one.name for one in sections] == [
        *("zones", "ended", "subjects", "spikes", "watched", "unknown_zones")
    ]
    assert all(one.note for one in sections)
    assert "NXDOMAIN means 'not listed': these are questions, not verdicts." in sections[0].note


def test_each_row_shows_in_the_columns_of_its_section():
    question = Dnsbl()
    question.take([*usual(12), *asked("new.com", 100, 720)])
    question.take([record(f"{n}.2.0.192.bl.mailwarden.example.", 800) for n in range(10)])
    for one in question.sections():
        for row in one.rows:
            told = {column: row[column.key] for column in one.columns}
            assert all(value is None or column.text(value) for column, value in told.items())


@pytest.mark.parametrize(
    "name",
    [
        f"2.0.0.127.{KEY}.zen.dq.spamhaus.net.",
        f"example.com.{KEY}.dbl.dq.spamhaus.net.",
        f"example.com.{KEY}.notknown.mail.abusix.zone.",
        f"{KEY}.2.0.0.127.dnsbl.httpbl.org.",
        f"2.0.0.127.{KEY}.r.mail-abuse.com.",
        f"{KEY}.zen.dq.spamhaus.net.",
        f"2.0.0.127.{KEY}.zen.dq.spamhaus.net.corp.example.",
    ],
)
@pytest.mark.parametrize("soa_rrname", ["", None, "the name"])
def test_a_customers_key_is_kept_nowhere(tmp_path, name, soa_rrname):
    question = watching(tmp_path, "example.com never-sends\n127.0.0.0/8 never-sends")
    soa_rrname = name if soa_rrname == "the name" else soa_rrname
    alerts = question.take([record(name.upper(), soa_rrname=soa_rrname)] * 200)
    kept = repr([alerts, question.sections(), list(question.dump())])
    assert KEY not in kept.lower()


def test_a_domain_never_seen_before_that_gets_120_look_ups_is_a_spike_as_it_happens():
    question = Dnsbl()
    assert not question.take(usual(12))
    alerts = question.take(asked("new.com", 120, 720, over=59))
    (alert,) = alerts
    assert alert.kind == "spike"
    assert alert.time_ns == START_NS + round((720 + 59 * (COUNT_MIN - 1) / 120) * SECOND)
    assert alert.text == "new.com. was looked up 30 times within a minute, usually 0.0: multi.surbl.org."
    assert alert.evidence == {
        "subject": "new.com.",
        "kind": "domain",
        "began": "2026-01-01T00:12:14.258333333Z",
        "look_ups": 30,
        "usual": 0.0,
        "window_s": 60,
        "spike_from": 30,
        "every_s": None,
        "zones": ["multi.surbl.org."],
        "servers": ["192.0.2.1"],
        "sensors": ["lab"],
    }
    (row,) = section(question, "spikes")
    assert (row["subject"], row["look_ups"]) == ("new.com.", 120)


def test_a_zone_can_spike_without_any_of_its_subjects():
    question = Dnsbl()
    addresses = [[f"{n}.{minute}.0.192.bl.spamcop.net." for n in range(5)] for minute in range(12)]
    assert not question.take(
        [
            look_up
            for minute in range(12)
            for look_up in [
                *asked("usual.com", 40, 60 * minute),
                *(record(name, 60 * minute + 50) for name in addresses[minute]),
            ]
        ]
    )
    alerts = question.take([record(f"{n}.2.0.192.bl.spamcop.net.", 730) for n in range(250)])
    assert [(alert.kind, alert.evidence["subject"], alert.evidence["kind"]) for alert in alerts] == [
        ("spike", "bl.spamcop.net.", "zone")
    ]
    assert alerts[0].text == "the blocklist bl.spamcop.net. was asked 31 times within a minute, usually 5.0"


def test_what_one_subject_gets_is_told_once():
    question = Dnsbl()
    question.take(usual(12))
    (alert,) = question.take(asked("new.com", 500, 720))
    assert alert.evidence["subject"] == "new.com."


def test_nothing_is_a_spike_while_warming_up():
    question = Dnsbl()
    assert not question.take([*usual(WARM_UP - 1), *asked("new.com", 500, 60 * (WARM_UP - 1))])


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("parked.example never-sends", "parked.example.dbl.spamhaus.org."),
        ("parked.example never-sends", "PARKED.example.multi.SURBL.org."),
        ("parked.example never-sends", "www.parked.example.multi.surbl.org."),
        ("www.parked.example never-sends", "www.parked.example.multi.surbl.org."),
        ("192.0.2.0/24 never-sends", "7.2.0.192.zen.spamhaus.org."),
        ("192.0.2.7 never-sends", "7.2.0.192.dnsbl.mail-abuse.com."),
        ("2001:db8::/32 never-sends", "1." + "0." * 23 + "8.b.d.0.1.0.0.2.zen.spamhaus.org."),
        ("192.0.2.0/24\n192.0.2.7 never-sends", "7.2.0.192.zen.spamhaus.org."),
    ],
)
def test_any_look_up_of_what_never_sends_mail_is_an_alert(tmp_path, entry, name):
    (alert,) = watching(tmp_path, entry).take([record(name)])
    assert alert.kind == "never-sends"
    assert "never sends mail, but was looked up" in alert.text
    assert alert.evidence["look_ups"] == 1
    assert alert.evidence["servers"] == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("parked.example never-sends", "notparked.example.dbl.spamhaus.org."),
        ("www.parked.example never-sends", "parked.example.multi.surbl.org."),
        ("parked.example never-sends", "www.parked.example."),
        ("192.0.2.0/24 never-sends", "7.3.0.192.zen.spamhaus.org."),
        ("192.0.2.0/24 never-sends", "7.2.0.192.in-addr.arpa."),
        ("192.0.2.0/24 never-sends\n192.0.2.7", "7.2.0.192.zen.spamhaus.org."),
        ("parked.example", "parked.example.dbl.spamhaus.org."),
        ("# nothing", "parked.example.dbl.spamhaus.org."),
        ("parked.example never-sends", "parked.example.corp.example."),  # a search list
    ],
)
def test_no_other_look_up_is(tmp_path, entry, name):
    assert not watching(tmp_path, entry).take([record(name)])


def test_look_ups_after_an_alert_are_told_together(tmp_path):
    question = watching(tmp_path, "parked.example never-sends")
    name = "www.parked.example.dbl.spamhaus.org."
    times = [0, 1, 2, ALERT_EVERY_S - 1, ALERT_EVERY_S, ALERT_EVERY_S + 1]
    alerts = question.take([record(name, second, response_ip=f"192.0.2.{second % 9}") for second in times])
    assert [alert.evidence["look_ups"] for alert in alerts] == [1, 3]
    assert alerts[1].text == (
        "parked.example. (www.parked.example.) never sends mail, but was looked up 3 times since "
        "2026-01-01 00:00:00: dbl.spamhaus.org."
    )
    assert alerts[1].evidence["servers"] == ["192.0.2.1", "192.0.2.2", "192.0.2.5"]
    (row,) = section(question, "watched")
    assert (row["entry"], row["never_sends"], row["look_ups"]) == ("parked.example.", True, 6)
    assert section(question, "subjects") == []


@pytest.mark.parametrize("other", ["www.example.com.", "usual.com.multi.surbl.org."])
def test_they_are_told_when_time_has_passed_though_no_further_one_comes(tmp_path, other):
    question = watching(tmp_path, "parked.example never-sends")
    name = "parked.example.dbl.spamhaus.org."
    assert len(question.take([record(name, 10 * number) for number in range(60)])) == 1
    assert not question.take([record(other, ALERT_EVERY_S - 1)])
    (alert,) = question.take([record(other, ALERT_EVERY_S + 30)])
    assert (alert.evidence["look_ups"], alert.time_ns) == (59, START_NS + (ALERT_EVERY_S + 30) * SECOND)
    assert not question.take([record(other, minute * 60) for minute in range(12, 60)])
    (again,) = question.take([record(name, 3600)])
    assert (again.evidence["look_ups"], again.evidence["since"]) == (1, "2026-01-01T01:00:00.000000000Z")


def test_a_single_one_after_an_alert_is_told_with_its_time(tmp_path):
    question = watching(tmp_path, "parked.example never-sends")
    name = "parked.example.dbl.spamhaus.org."
    _, alert = question.take([record(name, 0), record(name, 1), record("www.example.com.", ALERT_EVERY_S)])
    assert "never sends mail, but was looked up once since 2026-01-01 00:00:00: dbl" in alert.text


def test_a_clock_that_was_set_back_does_not_hold_them_up(tmp_path):
    question = watching(tmp_path, "parked.example never-sends")
    name = "parked.example.dbl.spamhaus.org."
    days = 3 * 86_400
    alerts = question.take([record(name, days), record(name, days + 1), record(name, 0)])
    assert [alert.evidence["look_ups"] for alert in alerts] == [1, 1]


def test_no_more_alerts_than_a_person_can_read_and_the_rest_are_told_later(tmp_path):
    names = [f"parked{number}.example" for number in range(50)]
    question = watching(tmp_path, "".join(f"{name} never-sends\n" for name in names))
    look_ups = [record(f"{name}.dbl.spamhaus.org.", 1) for name in names]
    alerts = question.take(look_ups)
    assert len(alerts) == ALERTS_MAX
    later = question.take([record("www.example.com.", ALERT_EVERY_S + 60 * minute) for minute in range(1, 9)])
    assert {alert.evidence["entry"] for alert in alerts + later} == {f"{name}." for name in names}
    assert [alert.time_ns for alert in later].count(later[0].time_ns) == ALERTS_MAX
    assert len(alerts + later) == len(names)


def test_spikes_beyond_that_are_in_the_table():
    question = Dnsbl()
    question.take(usual(12))
    alerts = question.take([look_up for n in range(50) for look_up in asked(f"new{n}.com", 31, 720, 1)])
    assert len(alerts) == ALERTS_MAX
    assert len(section(question, "spikes")) == 50


def test_a_spike_of_what_is_watched_is_an_alert_whatever_others_get(tmp_path):
    question = watching(tmp_path, "example.com")
    for minute in range(30):
        question.take(asked(f"new{minute}.com", 100, 60 * minute))  # so 100 a minute is common
        question.take(asked("mail.example.com", 5, 60 * minute))
    assert not question.take(asked("new31.com", 60, 1800))
    (alert,) = question.take(asked("www.example.com", 60, 1800))
    assert alert.kind == "watched-spike"
    assert alert.evidence["entry"] == "example.com."
    assert alert.evidence["usual"] == pytest.approx(5)


def test_a_zone_on_no_list_is_shown_and_its_subjects_count(tmp_path):
    question = watching(tmp_path, "192.0.2.200 never-sends")
    zone = "bl.mailwarden.example."
    assert not question.take([record(f"{n}.2.0.192.{zone}", n) for n in range(10)])
    (row,) = section(question, "unknown_zones")
    assert (row["zone"], row["looks_like"], row["look_ups"]) == (zone, "addresses", 10)
    assert (row["subjects"], row["share"], row["servers"], row["sensors"]) == (
        10,
        1.0,
        ["192.0.2.1"],
        ["lab"],
    )
    (known,) = section(question, "zones")
    assert (known["zone"], known["known"], known["kind"]) == (zone, False, None)
    (alert,) = question.take([record(f"200.2.0.192.{zone}", 11)])
    assert alert.kind == "never-sends"


def test_subjects_shown_are_those_asked_about_most_and_the_note_says_of_how_many():
    question = Dnsbl()
    names = [f"name{number}.com.multi.surbl.org." for number in range(SUBJECTS_SHOWN + 50)]
    question.take([record(name, 1) for name in [*names, *names[-9:]]])
    rows = section(question, "subjects")
    assert len(rows) == SUBJECTS_SHOWN
    assert {row["subject"] for row in rows[:9]} == {f"name{SUBJECTS_SHOWN + 41 + n}.com." for n in range(9)}
    (note,) = [one.note for one in question.sections() if one.name == "subjects"]
    assert note.endswith("Of 1,050 subjects known.")


def test_the_same_texts_are_kept_once():
    question = Dnsbl()
    for number in range(3):
        look_up = record(f"name{number}.com.multi.surbl.org.", number)
        for field in ("response_ip", "sensor"):
            look_up[field] = "".join(look_up[field])  # of its own
        question.take([look_up])
    rows = section(question, "subjects")
    for field in ("zones", "servers", "sensors"):
        assert len({id(row[field][0]) for row in rows}) == 1


@pytest.mark.parametrize(
    "name", ["a" * 300 + ".com.multi.surbl.org.", r"\000" * 62 + ".com.multi.surbl.org."]
)
def test_a_name_longer_than_any_without_escapes_is_about_nothing(name):
    question = Dnsbl()
    question.take([record(name, 1)])
    assert section(question, "zones") == []


def loaded(question, tmp_path, text="# nothing"):
    """Another one that has taken what this one gave."""
    entries = [(key, msgpack.unpackb(msgpack.packb(value))) for key, value in question.dump()]
    assert len({key for key, _ in entries}) == len(entries)
    after = watching(tmp_path, text)
    after.load(reversed(entries))
    return after


def test_all_that_is_shown_outlives_the_process(tmp_path):
    text = "example.com\nparked.example never-sends"
    before = watching(tmp_path, text)
    parked = [record("parked.example.multi.surbl.org.", 700 + number) for number in range(3)]
    before.take([*asked("example.com", 10, 0), *usual(12), *parked])
    before.take([record("once.com.multi.surbl.org.", 719), *asked("new.com", 60, 720, 1)])
    before.take([record(f"{n}.2.0.192.bl.mailwarden.example.", 722) for n in range(10)])
    after = loaded(before, tmp_path, text)

    def shown(question):
        return {one.name: sorted(one.rows, key=repr) for one in question.sections()}

    assert shown(after) == shown(before)
    assert len(shown(after)["spikes"]) == 1
    more = [
        *asked("new.com", 60, 724, 1),  # goes on
        *asked("example.com", 60, 730, 1),
        record("once.com.multi.surbl.org.", 740),
        record("www.example.com.", 1400),
    ]
    alerts = before.take(more)
    assert [alert.kind for alert in alerts] == ["watched-spike", "never-sends"]
    assert after.take(more) == alerts
    assert shown(after) == shown(before)


def test_all_that_is_usual_outlives_the_process(tmp_path):
    before = watching(tmp_path, "example.com\nparked.example never-sends\ngone.example never-sends")
    watched = [record(f"{name}.example.multi.surbl.org.", 5) for name in ("parked", "gone")]
    before.take([*usual(12), *asked("example.com", 10, 30), *watched])
    before.take([record(f"{n}.2.0.192.bl.mailwarden.example.", 600) for n in range(10)])
    after = watching(tmp_path, "example.com\nparked.example never-sends")
    after.load((key, msgpack.unpackb(msgpack.packb(value))) for key, value in before.dump())
    assert len({key for key, _ in before.dump()}) == len(list(before.dump()))
    for name in ("zones", "unknown_zones"):
        kept = [(row["zone"], row["look_ups"], row["subjects"]) for row in section(after, name)]
        assert kept == [(row["zone"], row["look_ups"], row["subjects"]) for row in section(before, name)]
    assert [row["entry"] for row in section(after, "watched")] == ["parked.example.", "example.com."]
    alerts = after.take([*asked("new.com", 120, 720), record("parked.example.multi.surbl.org.", 721)])
    assert [alert.kind for alert in alerts] == ["spike", "never-sends"]
    assert alerts[1].evidence["look_ups"] == 1  # the one before was told before


@pytest.mark.parametrize(
    "entry",
    [
        *(
            ("windows", 7),
            ("windows", [1, 2, 3]),
            ("windows", ["x"]),
            ("zone/a.", [1]),
            ("else/a.", []),
            (7, 7),
        ),
        *(
            ("zone/", ["x"]),
            ("subject/", [float("inf")] * 7),
            ("spike/x", ["zone", []]),
            ("spike/1", ["zone", []]),
        ),
        *(("watched/a.", ["x"]), ("watched/", [[1], None]), ("unknown/a.", [1]), ("", 1), ("spike/1", 1)),
        ("subject/a.", [1, 1, 1, 5, 5, 1, 1.0, 1.0, None, [[], [], []], None]),  # of a window that never was
    ],
)
def test_what_no_state_gave_is_refused(entry):
    with pytest.raises(ValueError):  # noqa: PT011  (the text is Python's own for some)
        Dnsbl().load([entry])


NAMES = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ["2", "0", "127", "a", "com", "_x", KEY, "é", r"\.", "zen.spamhaus.org", "dq.spamhaus.net"]
    )
).map(lambda labels: ".".join([*labels, ""]))


@given(st.lists(st.tuples(NAMES, st.none() | NAMES, st.integers(0, 2**63)), max_size=20))
def test_whatever_comes_can_be_taken_and_shown(looked_up):
    question = Dnsbl()
    question.take(
        [{**record(qname, soa_rrname=soa), "time_ns": time_ns % 2**61} for qname, soa, time_ns in looked_up]
    )
    for one in question.sections():
        for row in one.rows:
            told = {column: row[column.key] for column in one.columns}
            assert all(value is None or isinstance(column.text(value), str) for column, value in told.items())
    msgpack.packb(list(question.dump()))


def thinned(seconds, rate=205.0):
    """A synthetic stream, in lists of records: all of its bursts, and one in 32 of the rest."""
    frames = []
    responses = generate("sie", 7, rate=rate, causes=["dnsbl-ip4", "dnsbl-domain", "leaked", "dnsbl-spike"])
    for index, response in enumerate(islice(responses, round(rate * seconds))):
        if index % 32 == 0 or response.cause == "dnsbl-spike":
            frames.append(response.frame)
    return derive(frames, "lab").nxdomains


def test_the_bursts_of_the_synthetic_stream_and_its_unknown_zones_are_found_and_nothing_else():
    question = Dnsbl()
    alerts = question.take(thinned(11 * 60))
    assert [(alert.kind, alert.evidence["zones"]) for alert in alerts] == [("spike", ["multi.surbl.org."])]
    assert {row["zone"]: row["looks_like"] for row in section(question, "unknown_zones")} == {
        "bl.mailwarden.example.": "addresses",
        "dbl.mailwarden.example.": "domains",
    }
