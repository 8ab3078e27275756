"""What is heard, and what the picture says of it."""

from __future__ import annotations

import json
from random import Random

import pytest

from nxcast.consumers.client.events import Back, Batch, Gap, Refused, UnknownLoss
from nxcast.consumers.page.known_findings import NOTHING_KNOWN, KnownFindings, read_known_findings
from nxcast.consumers.page.picture import SAMPLE, Picture
from nxcast.consumers.page.recent_records import Looked
from nxcast.consumers.show.console import CommandError
from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.units import SECOND_NS

NOW = 1_700_000_000 * SECOND_NS
KEY = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def heard(make):
    return Heard(make)


class Heard:
    """A picture, and what it hears."""

    def __init__(self, make, known=NOTHING_KNOWN):
        self.make = make
        self.picture = Picture("tcp://192.0.2.9:5556", NOW, known=known)
        self.now = NOW

    def status(self, **changed):
        changed = {"time_ns": self.now, **changed}
        self.picture.status(self.make.status(**changed), self.now)

    def nxdomain(self, qname="gone.example.com.", *, published=None, **changed):
        record = self.make.nxdomain(**{"qname": qname, "time_ns": self.now, "qtype": 1, **changed})
        self.batch("nxdomain/A/", [record], published)

    def error(self, qname="www.broken.example.", topic="dns-errors/SERVFAIL/", **changed):
        self.batch(topic, [self.make.dns_error(**{"qname": qname, "time_ns": self.now, **changed})])

    def batch(self, topic, records, published=None):
        self.picture.take(Batch(topic, 7, 1, published or self.now, records), self.now)

    def drawn(self):
        return self.picture.drawn(self.now)


def sensor(make, **changed):
    return {**make.status()["sensors"]["lab"], "time_ns": NOW, "lost_batches": 0, **changed}


def test_each_record_of_a_message_counts_as_what_it_is(heard):
    """Some of another second, sensor or cause, and one of another day."""
    second, made = heard.now // SECOND_NS, heard.make.nxdomain
    records = [
        made(qname=qname, qtype=qtype, soa_rrname=zone, sensor=sensor, time_ns=heard.now - late * SECOND_NS)
        for qname, qtype, zone, sensor, late in (
            ("gone.example.com.", 1, "example.com.", "lab", 0),
            ("gone.example.com.", 1, "example.com.", "lab", 0),
            ("mail.example.com.", 15, "example.com.", "lab", 1),
            ("1.2.0.192.in-addr.arpa.", 12, "192.in-addr.arpa.", "roof", 1),
            ("gone.example.org.", 1, "example.org.", "roof", 90_000),
        )
    ]
    heard.batch("nxdomain/A/", records)
    drawn, span = heard.drawn(), heard.picture.span(second - 60, second + 1, heard.now)
    assert drawn["failures"] == 5
    assert drawn["elsewhen"] == 1
    assert drawn["rates"]["rcodes"]["NXDOMAIN"][-2:] == [2, 3]
    assert {row["cause"]: row["look_ups"] for row in span["causes"]} == {"other": 3, "mail": 1, "reverse": 1}
    assert {row["sensor"]: row["failed"] for row in span["sensors"]} == {"lab": 3, "roof": 2}
    assert {row["zone"]: row["failed"] for row in span["zones"]} == {
        "example.com.": 3,
        "192.in-addr.arpa.": 1,
        "example.org.": 1,
    }


def test_without_a_broker_it_says_so_and_what_to_do(heard):
    heard.now += 90 * SECOND_NS
    state = heard.drawn()["state"]
    assert state["word"] == "no-broker"
    assert state["text"] == "no broker answers at tcp://192.0.2.9:5556, for 90 s"
    assert "nxcast-broker" in state["mend"]


def test_a_broker_that_nobody_sends_to_and_what_to_type(heard):
    counters = {**heard.make.status()["counters"], "frames_received": 0}
    heard.status(counters=counters, sensors={})
    state = heard.drawn()["state"]
    assert state["word"] == "no-producer"
    assert "nxcast-produce synthetic" in state["mend"]


def test_a_broker_that_fell_silent_and_is_back(heard):
    heard.status()
    assert heard.drawn()["state"]["word"] == "live"
    heard.now += 30 * SECOND_NS
    state = heard.drawn()["state"]
    assert (state["word"], "silent for 30 s" in state["text"]) == ("silent", True)
    heard.picture.event(Back(30.0), heard.now)
    heard.status()
    assert heard.drawn()["state"]["word"] == "live"


def test_a_broker_that_refuses(heard):
    heard.picture.event(Refused("the key is not known there"), heard.now)
    state = heard.drawn()["state"]
    assert (state["word"], state["text"]) == ("refused", "the key is not known there")


def test_what_was_published_long_ago_is_behind(heard):
    heard.status()
    heard.nxdomain(published=NOW - 12 * SECOND_NS)
    state = heard.drawn()["state"]
    assert (state["word"], "behind 12 s" in state["text"]) == ("behind", True)


def test_failures_count_at_their_own_second_and_by_rcode(heard):
    heard.status()
    heard.nxdomain(time_ns=NOW - 100 * SECOND_NS)
    heard.nxdomain(time_ns=NOW - 100 * SECOND_NS)
    heard.error(time_ns=NOW - 3 * SECOND_NS)
    rates = heard.drawn()["rates"]
    assert set(rates["rcodes"]) == {"NXDOMAIN", "SERVFAIL"}
    place = 1_700_000_000 - 100 - rates["first"]
    assert rates["rcodes"]["NXDOMAIN"][place] == 2 == sum(rates["rcodes"]["NXDOMAIN"])
    assert heard.drawn()["failures"] == 3


def test_what_was_held_back_by_a_gap_takes_no_count_from_what_came_meanwhile(heard):
    heard.status()
    heard.nxdomain()
    before = NOW - 10 * SECOND_NS
    heard.batch("nxdomain/MX/", [heard.make.nxdomain(time_ns=before)], published=before)
    drawn = heard.drawn()
    assert sum(drawn["rates"]["rcodes"]["NXDOMAIN"]) == drawn["failures"] == 2


def test_what_is_on_both_channels_counts_once(heard):
    heard.nxdomain()
    heard.error(topic="dns-errors/NXDOMAIN/", rcode=3)
    assert heard.drawn()["failures"] == 1


def test_records_of_another_day_count_when_they_were_published(heard):
    heard.nxdomain(time_ns=NOW - 6 * 86_400 * SECOND_NS)
    heard.nxdomain(time_ns=NOW + 3600 * SECOND_NS)
    drawn = heard.drawn()
    assert drawn["elsewhen"] == 2
    assert drawn["rates"]["rcodes"]["NXDOMAIN"][-1] == 2


def test_the_rate_is_of_whole_seconds(heard):
    for back in range(1, 11):
        heard.nxdomain(time_ns=NOW - back * SECOND_NS)
        heard.nxdomain(time_ns=NOW - back * SECOND_NS)
    assert heard.drawn()["failures_per_second"] == 2


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Gap("nxdomain/A/", 7, 3, 5), "3 messages"),
        (UnknownLoss(7, 8, "its log is gone"), "an unknown number of messages"),
    ],
)
def test_a_loss_is_marked_where_it_was(heard, event, text):
    heard.nxdomain()
    heard.now += 20 * SECOND_NS
    heard.picture.event(event, heard.now)
    drawn = heard.drawn()
    assert drawn["rates"]["gaps"] == [[1_700_000_000, 1_700_000_020]]
    assert drawn["lost"]["text"] == text


def test_zones_and_servers_by_failures_of_the_last_hour(heard):
    heard.error(response_ip="192.0.2.1")
    for number in range(3):
        heard.nxdomain(f"n{number}.example.com.", soa_rrname="Example.com.", response_ip="192.0.2.2")
    drawn = heard.drawn()
    first, second = drawn["zones"]
    assert (first["zone"], first["failed"], first["distinct"]) == ("example.com.", 3, 3)
    assert (first["minutes"][-1], len(first["minutes"])) == (3, 60)
    assert second["zone"] == "broken.example."
    assert [(each["server"], each["rcodes"]) for each in drawn["servers"]] == [
        ("192.0.2.2", {"NXDOMAIN": 3}),
        ("192.0.2.1", {"SERVFAIL": 1}),
    ]
    heard.now += 2 * 3600 * SECOND_NS
    heard.status()
    assert heard.drawn()["zones"] == []


def test_those_that_failed_most_before_hide_none_that_fail_now(heard):
    heard.status()
    for number in range(30):
        for _ in range(40 - number):
            heard.nxdomain(f"a.before{number}.example.", soa_rrname=f"before{number}.example.")
    heard.now += 2 * 3600 * SECOND_NS
    heard.status()
    for number in range(25):
        for _ in range(number + 1):
            heard.nxdomain(f"a.now{number}.example.", soa_rrname=f"now{number}.example.")
    told = [(each["zone"], each["failed"]) for each in heard.drawn()["zones"]]
    assert told == [(f"now{number}.example.", number + 1) for number in range(24, 4, -1)]


def test_a_span_has_the_causes_zones_and_servers_of_its_failures(heard):
    heard.status()
    heard.nxdomain("server.corp.internal.", soa_rrname=".", time_ns=NOW - 600 * SECOND_NS)
    heard.nxdomain("a.example.com.", soa_rrname="example.com.", response_ip="192.0.2.2")
    heard.error(response_ip="192.0.2.1", time_ns=NOW - 90 * SECOND_NS)
    second = NOW // SECOND_NS
    whole = second // 60 * 60
    told = heard.picture.span(second - 100, second - 80, heard.now)
    assert (told["from"], told["until"], told["step"]) == (whole - 120, whole - 60, 60)
    assert told["causes"] == [{**told["causes"][0], "cause": "broken-zone", "look_ups": 1, "share": 1.0}]
    assert told["zones"] == [{"zone": "broken.example.", "failed": 1}]
    assert told["servers"] == [{"server": "192.0.2.1", "failed": 1}]
    assert told["sensors"] == [{"sensor": "lab", "failed": 1}]
    told = heard.picture.span(second - 3600, second + 3600, heard.now)
    assert [each["look_ups"] for each in told["causes"]] == [1, 1, 1]
    assert (told["until"], len(told["zones"])) == (whole + 60, 3)


def test_a_span_has_the_findings_that_were_seen_in_it(heard):
    for number in range(3):
        heard.now += 60 * SECOND_NS
        heard.nxdomain("wpad.oddshop.com.", soa_rrname="com.", response_ip=f"192.0.2.{number}")
    heard.now += 1800 * SECOND_NS
    heard.status()
    for _ in range(7):  # each question in turn
        heard.drawn()

    def seen(begin, end):
        told = heard.picture.span(begin, end, heard.now)["findings"]
        return {each.get("alert") or each["section"] for each in told}

    second = NOW // SECOND_NS
    assert {"open-to-registration", "open"} <= seen(second + 60, second + 181)
    assert seen(second - 600, second - 300) == set()
    assert seen(second + 600, second + 1200) == set()


def test_the_canary_is_no_sensor_of_a_span(heard):
    heard.status()
    heard.nxdomain(sensor=CANARY_SENSOR)
    second = NOW // SECOND_NS
    assert heard.picture.span(second - 60, second + 60, heard.now)["sensors"] == []


def test_a_spans_numbers_are_those_of_the_records_that_are_found_in_it(heard):
    random = Random(20)
    heard.status()
    for _ in range(300):
        heard.now += random.randrange(30) * SECOND_NS
        late_s = random.choice([0, 1, 20, 400])
        heard.nxdomain("a.example.com.", soa_rrname="example.com.", time_ns=heard.now - late_s * SECOND_NS)
        heard.status()
    now_s = heard.now // SECOND_NS
    steps = set()
    for _ in range(50):
        begin = now_s - random.randrange(6000)
        told = heard.picture.span(begin, begin + random.randrange(2000), heard.now)
        terms = [f"from={told['from']}", f"until={told['until']}", "zone=example.com."]
        found = len(heard.picture.records(Looked(terms), 500)["records"])
        assert sum(each["failed"] for each in told["zones"]) == found
        assert sum(each["look_ups"] for each in told["causes"]) == found
        assert sum(each["failed"] for each in told["sensors"]) == found
        steps.add(told["step"])
    assert steps == {60, 900}


@pytest.mark.parametrize(("begin_s", "end_s"), [(60, 120), (-200_000, -100_000), (5, 1), (600, 1200)])
def test_a_span_of_which_nothing_is_kept_is_empty(heard, begin_s, end_s):
    heard.status()
    heard.nxdomain(time_ns=NOW - 300 * SECOND_NS)
    second = NOW // SECOND_NS
    told = heard.picture.span(second + begin_s, second + end_s, heard.now)
    assert (told["causes"], told["zones"], told["servers"]) == ([], [], [])
    assert told["from"] <= told["until"]


def test_a_clock_that_is_set_back_takes_no_count_from_what_comes_then(heard):
    for back_s in (0, 100, 200_000):
        heard.now = NOW - back_s * SECOND_NS
        heard.status()
        heard.nxdomain("a.example.com.", soa_rrname="example.com.")
        now_s = heard.now // SECOND_NS
        told = heard.picture.span(now_s - 1, now_s + 1, heard.now)
        assert [each["failed"] for each in told["zones"]] == [1]
        assert heard.drawn()["zones"][0]["minutes"][-1] == 1


def test_why_is_what_causes_says(heard):
    heard.nxdomain("server.corp.internal.", soa_rrname=".")
    heard.error()
    found = {each["cause"]: each for each in heard.drawn()["causes"]}
    assert found["leaked"]["look_ups"] == found["broken-zone"]["look_ups"] == 1
    assert found["leaked"]["share"] == 0.5
    assert found["leaked"]["what"]


def test_a_finding_is_shown_as_it_comes_with_its_evidence(heard):
    for number in range(3):
        heard.now += 60 * SECOND_NS
        heard.nxdomain("wpad.oddshop.com.", soa_rrname="com.", response_ip=f"192.0.2.{number}")
    for _ in range(7):  # each question in turn
        drawn = heard.drawn()
    found = [each for each in drawn["findings"] if each.get("alert") == "open-to-registration"]
    assert found
    assert found[0]["severity"] == "high"
    assert "wpad" in found[0]["text"]


def leaking(heard):
    """What is drawn after something to find was heard, once each question has had its turn."""
    for number in range(3):
        heard.now += 60 * SECOND_NS
        heard.nxdomain("wpad.oddshop.com.", soa_rrname="com.", response_ip=f"192.0.2.{number}")
        heard.nxdomain("server.corp.example-corp.", soa_rrname=".")
    for _ in range(7):
        drawn = heard.drawn()
    return drawn


def test_what_is_known_is_shown_to_nobody_and_counted(make):
    all_found = leaking(Heard(make))["findings"]
    known = {each["fingerprint"] for each in all_found if each["question"] == "discovery" and "alert" in each}
    assert known
    drawn = leaking(Heard(make, KnownFindings(frozenset(known), ())))
    assert {each["fingerprint"] for each in drawn["findings"]} == {
        each["fingerprint"] for each in all_found
    } - known
    assert drawn["muted"] == len(known)


def generated(heard):
    """What is drawn after many names without sense."""
    chance = Random(1)
    for _ in range(400):
        heard.now += SECOND_NS
        name = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(12, 16)))
        heard.nxdomain(f"{name}.com.", soa_rrname="com.")
    for _ in range(7):
        drawn = heard.drawn()
    return [each for each in drawn["findings"] if each["question"] == "dga"], drawn["muted"]


def test_a_family_that_is_known_is_no_finding(make, tmp_path):
    found, muted = generated(Heard(make))
    assert (bool(found), muted) == (True, 0)
    file = tmp_path / "known"
    file.write_text("adhosts letters 12-16 com.  # looked at on Monday\n")
    found, muted = generated(Heard(make, read_known_findings(str(file))))
    assert (found, muted) == ([], 1)


def test_a_file_of_what_is_known_has_fingerprints_and_families(tmp_path):
    file = tmp_path / "known"
    file.write_text(f"# ours\n{'0a' * 16}  # discovery: wpad\n\nadhosts letters 12-20 com.,net.\n")
    known = read_known_findings(str(file))
    assert known.fingerprints == {"0a" * 16}
    assert [each.name for each in known.families] == ["adhosts"]


@pytest.mark.parametrize("line", ["0a0a", "0A" * 16, "some words that mean nothing", f"{'0a' * 16} remark"])
def test_a_line_that_can_t_be_read_is_told(tmp_path, line):
    file = tmp_path / "known"
    file.write_text(f"\n{line}\n")
    with pytest.raises(CommandError, match=r"known:2: "):
        read_known_findings(str(file))


def test_questions_say_when_they_can_find_something(heard):
    heard.nxdomain()
    for _ in range(7):
        drawn = heard.drawn()
    told = {each["question"]: each["waiting"] for each in drawn["questions"]}
    assert set(told) == {"causes", "dga", "dnsbl", "dead", "spamtrap", "discovery", "authorities"}
    assert "a first alert takes 3 min of records" in told["dga"]
    assert told["discovery"] == ""


def test_a_report_is_tables_of_text(heard):
    heard.error()
    for _ in range(7):
        heard.drawn()
    report = heard.picture.report("authorities")
    servers = next(each for each in report["sections"] if each["name"] == "servers")
    assert servers["rows"][0][0] == "192.5.5.241"
    assert len(servers["rows"][0]) == len(servers["columns"])
    assert heard.picture.report("nothing") is None


def test_a_sensor_is_red_only_where_somebody_has_to_act(heard):
    make = heard.make
    sensors = {
        "well": sensor(make, lost_batches=5),
        "silent": sensor(make, time_ns=NOW - 400 * SECOND_NS),
        CANARY_SENSOR: sensor(make, time_ns=NOW - 900 * SECOND_NS),
    }
    heard.status(sensors=dict(sensors))
    rows = heard.drawn()["sensors"]
    assert [(row["sensor"], row["verdict"]) for row in rows] == [("silent", "act"), ("well", "ok")]
    assert "producer" in rows[0]["mend"]
    heard.now += SECOND_NS
    heard.status(sensors={"well": sensor(make, lost_batches=7, frames=18, time_ns=heard.now)})
    well = next(row for row in heard.drawn()["sensors"] if row["sensor"] == "well")
    assert (well["verdict"], well["lost_lately"], well["frames_per_second"]) == ("act", 2, 10.0)


def test_a_broker_whose_clock_was_set_back_goes_on_telling_of_its_sensors(heard):
    heard.status(sensors={"a": sensor(heard.make, frames=1)})
    back = NOW - 3600 * SECOND_NS
    for second in range(2):
        time_ns = back + second * SECOND_NS
        told = sensor(heard.make, frames=5 + second, time_ns=time_ns)
        heard.status(time_ns=time_ns, sensors={"a": told})
    row = heard.drawn()["sensors"][0]
    assert (row["frames"], row["frames_per_second"], row["silent_seconds"]) == (6, 1, 0)


def test_what_doctor_says_of_the_broker_is_there(heard):
    heard.status()
    heard.now += SECOND_NS
    heard.status()
    checks = {each["check"]: each["verdict"] for each in heard.drawn()["health"]}
    assert checks["malformed"] == "warning"
    assert "sensor" not in checks


def test_the_sample_is_of_the_latest_and_one_opens(heard):
    for number in range(SAMPLE + 5):
        heard.nxdomain(f"n{number}.example.com.")
    heard.error()
    rows = heard.drawn()["records"]
    assert len(rows) == SAMPLE
    assert (rows[0]["rcode"], rows[1]["qname"]) == ("SERVFAIL", f"n{SAMPLE + 4}.example.com.")
    opened = heard.picture.record(rows[0]["id"])
    assert "status: SERVFAIL" in opened["text"]
    assert opened["octets"].startswith("EjSBAg")
    assert heard.picture.record(10**9) is None


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        (["wpad"], ["wpad.example.com."]),
        (["qname=example.com"], ["wpad.example.com.", "gone.example.com."]),
        (["qtype=MX"], []),
        (["rcode=SERVFAIL"], ["www.broken.example."]),
        (["response=192.5.5.0/24"], ["www.broken.example."]),
        (["zone=com."], ["wpad.example.com.", "gone.example.com."]),
        (["cause=broken-zone"], ["www.broken.example."]),
        (["sensor=lab", "WPAD"], ["wpad.example.com."]),
        ([], ["wpad.example.com.", "www.broken.example.", "gone.example.com."]),
    ],
)
def test_records_are_found(heard, terms, found):
    heard.nxdomain()
    heard.error()
    heard.nxdomain("wpad.example.com.")
    told = heard.picture.records(Looked(terms), 25)
    assert [each["qname"] for each in told["records"]] == found
    assert (told["among"], told["more"]) == (3, False)
    assert len(heard.picture.records(Looked([]), 2)["records"]) == 2


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (["qtipe=MX"], "qtipe=MX"),
        (["qtype=NOTHING"], "NOTHING"),
        (["from=yesterday"], "from=yesterday.*seconds? since 1970"),
        (["until=-5"], "until=-5"),
        (["until=" + "9" * 13], "since 1970"),
        (["x" * 2000], "at most 16 terms of 1100 characters"),
        (["a"] * 17, "at most 16 terms of 1100 characters"),
        (["contains=" + "a," * 64], "at most 64 values"),
        (["response=" + ",".join(["192.0.2.1"] * 33), "qname=" + ",".join(["a."] * 32)], "at most 64 values"),
    ],
)
def test_what_cannot_be_looked_for_is_told(terms, told):
    with pytest.raises(ValueError, match=told):
        Looked(terms)


@pytest.mark.parametrize("before_s", [3, 6 * 86_400])
def test_records_are_found_by_the_seconds_that_they_count_at(heard, before_s):
    heard.nxdomain("then.example.", time_ns=NOW - before_s * SECOND_NS)
    heard.now += 10 * SECOND_NS
    heard.error()
    rates = heard.drawn()["rates"]
    second = rates["first"] + rates["rcodes"]["NXDOMAIN"].index(1)

    def found(since, until):
        told = heard.picture.records(Looked([f"from={since}", f"until={until}"]), 25)
        return [each["qname"] for each in told["records"]]

    assert found(second, second + 1) == ["then.example."]
    assert found(second + 1, second + 100) == ["www.broken.example."]
    assert found(second - 100, second) == found(second + 1, second) == []


def test_as_many_values_as_there_may_be_are_looked_for(heard):
    heard.nxdomain()
    names = [f"n{number}.example." for number in range(62)]
    found = heard.picture.records(Looked([f"qname={','.join(names)},example.com.", "gone"]), 25)
    assert len(found["records"]) == 1


def test_no_customers_key_leaves(heard):
    name = f"2.0.0.127.{KEY}.zen.dq.spamhaus.net."
    for number in range(40):
        heard.nxdomain(name, soa_rrname=f"{KEY}.zen.dq.spamhaus.net.", time_ns=NOW + number)
    heard.error(name)
    told = [heard.drawn() for _ in range(7)]
    told += [heard.picture.report(each["question"]) for each in told[0]["questions"]]
    told += [heard.picture.records(Looked([]), 100), heard.picture.record(1)]
    text = json.dumps(told)
    assert "zen.dq.spamhaus.net" in text
    assert KEY not in text


def test_no_search_tells_a_part_of_a_key(heard):
    heard.nxdomain(f"2.0.0.127.{KEY}.zen.dq.spamhaus.net.")
    heard.nxdomain(f"{KEY}.example.", soa_rrname=f"{KEY}.zen.dq.spamhaus.net.")

    def found(part):
        return [each["id"] for each in heard.picture.records(Looked([part]), 25)["records"]]

    assert found("<KEY>") == [1]
    assert found(".zen.dq") == [1]
    assert found(".example") == [2]
    assert [found(KEY[:length]) for length in (3, 25, 26)] == [[], [], []]


def test_numbers_that_nobody_has_are_only_numbers(heard):
    most = 2**64 - 1
    heard.status(time_ns=most)
    heard.nxdomain(time_ns=most, published=most)
    heard.nxdomain(time_ns=0, published=1)
    heard.error(time_ns=most, rcode=4095, qname=None, qtype=None, qclass=None)
    assert json.dumps(heard.drawn())
    heard.status()
    assert json.dumps(heard.drawn())
