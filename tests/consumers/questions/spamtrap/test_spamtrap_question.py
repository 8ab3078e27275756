"""Records in, candidates and what is left out."""

from itertools import islice

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcast.broker.derivation.derive import derive
from nxcast.consumers.questions.spamtrap import evidence
from nxcast.consumers.questions.spamtrap import spamtrap_question as spamtrap
from nxcast.consumers.questions.spamtrap.spamtrap_question import Spamtrap
from nxcast.producers.synthetic.stream import generate

START = 1_767_225_600_000_000_000  # 2026-01-01 00:00:00 UTC
HOUR = 3_600_000_000_000
DAY = 24 * HOUR
SERVERS = ("192.0.2.1", "198.51.100.1", "2001:db8::1")


def query(make, qname, soa="com.", *, day=0.0, server=SERVERS[0], sensor="lab"):
    return make.nxdomain(
        qname=qname, soa_rrname=soa, time_ns=START + round(day * DAY), response_ip=server, sensor=sensor
    )


@pytest.fixture
def daily(make):
    """Queries once a day at noon, from one server after another."""

    def queries(qname, soa="com.", days=3, first=0):
        return [
            query(make, qname, soa, day=day + 0.5, server=SERVERS[day % len(SERVERS)])
            for day in range(first, first + days)
        ]

    return queries


def asked(*batches, **thresholds):
    question = Spamtrap(**thresholds)
    for records in batches:
        assert question.take(records) == []
    return question


def rows(question, section="candidates"):
    (found,) = [each for each in question.sections() if each.name == section]
    for row in found.rows:
        assert all(column.text(row[column.key]) is not None for column in found.columns)
    return found.rows


def candidates(question):
    return [row["domain"] for row in rows(question)]


def left_out(question):
    return {row["reason"]: row["examples"] for row in rows(question, "left_out")}


# What is found


def test_a_domain_that_is_not_registered_and_asked_for_on_three_days_is_a_candidate(make):
    question = asked(
        [
            query(make, "Gone.COM.", "COM.", day=0.25, server="192.0.2.1"),
            query(make, "gone.com.", day=1.5, server="192.0.2.2", sensor="other"),
            query(make, "mail.GONE.com.", day=1.75, server="192.0.2.1"),
            query(make, "gone.com.", day=2, server="192.0.2.1"),
        ]
    )
    assert rows(question) == [
        {
            "domain": "gone.com.",
            "queries": 4,
            "days": 3,
            "servers": ["192.0.2.1", "192.0.2.2"],
            "sensors": ["lab", "other"],
            "first_seen": "2026-01-01T06:00:00.000000000Z",
            "last_seen": "2026-01-03T00:00:00.000000000Z",
            "suffix": "com.",
            "soa": "com.",
            "hosts": ["mail.GONE.com."],
            "hosts_only": False,
        }
    ]
    assert rows(question, "left_out") == []


@pytest.mark.parametrize(
    ("qname", "soa", "domain"),
    [
        ("gone.com.", "com.", "gone.com."),
        ("a.b.gone.com.", "com.", "gone.com."),
        ("gone.co.uk.", "co.uk.", "gone.co.uk."),
        ("gone.co.uk.", "uk.", "gone.co.uk."),  # an ancestor of the public suffix
        ("mx.gone.com.br.", "com.br.", "gone.com.br."),
        ("xn--bcher-kva.de.", "de.", "xn--bcher-kva.de."),
        ("_x.gone.com.", "com.", "gone.com."),
        ("netATLANTic.cOM.", "Com.", "netatlantic.com."),
    ],
)
def test_an_soa_at_or_above_the_public_suffix_says_not_registered(daily, qname, soa, domain):
    assert candidates(asked(daily(qname, soa))) == [domain]


def test_hosts_and_spellings_of_one_domain_count_together_and_few_are_shown(make):
    names = ["mx1.gone.com.", "MX1.gone.com.", "mx2.gone.com.", "mx3.gone.com.", "mx4.gone.com."]
    question = asked([query(make, name, day=day, server=SERVERS[day % 2]) for day, name in enumerate(names)])
    (row,) = rows(question)
    assert row["queries"] == 5
    assert row["hosts"] == ["mx1.gone.com.", "mx2.gone.com.", "mx3.gone.com."]


def test_candidates_are_ranked_by_days_then_queries_then_the_latest(daily, make):
    question = asked(
        daily("few.com."),
        daily("latecomer.com.", first=1),
        daily("days.com.", days=4),
        [query(make, "many.com.", day=day / 20, server=SERVERS[day % 2]) for day in range(60)],
    )
    assert candidates(question) == ["days.com.", "many.com.", "latecomer.com.", "few.com."]


def test_a_second_sensor_is_as_good_as_a_second_server(make):
    question = asked([query(make, "gone.com.", day=day, sensor=f"sensor-{day % 2}") for day in range(3)])
    assert candidates(question) == ["gone.com."]


def test_records_that_come_late_count_for_their_own_day(make):
    days = [2, 1.9, 1.1, 0.1]
    question = asked(
        [query(make, "gone.com.", day=day, server=SERVERS[at % 2]) for at, day in enumerate(days)]
    )
    (row,) = rows(question)
    assert (row["days"], row["first_seen"][:10], row["last_seen"][:10]) == (3, "2026-01-01", "2026-01-03")


def test_a_day_counts_once_however_the_times_jump(make):
    days = [0, 1, 0.5, 1.5, 0.2, 40, 40.5, 20, 20.1, 0, 400, 0]
    question = asked(
        [query(make, "gone.com.", day=day, server=SERVERS[at % 2]) for at, day in enumerate(days)]
    )
    # The days 0, 1, 40, 20 and 400; day 0 is too far back at its end to be known for counted.
    assert rows(question)[0]["days"] == 5


# What is not found


@pytest.mark.parametrize(
    "days", [[0, 0.1, 0.9, 0.95], [0.99, 1.01, 1.5], [0.5, 1.5]], ids=["one day", "two days", "two queries"]
)
def test_without_three_days_there_is_no_candidate(make, days):
    question = asked(
        [query(make, "gone.com.", day=day, server=SERVERS[at % 2]) for at, day in enumerate(days)]
    )
    assert candidates(question) == []
    assert left_out(question) == {}


def test_one_server_and_one_sensor_are_not_enough(make):
    question = asked([query(make, "gone.com.", day=day) for day in range(9)])
    assert candidates(question) == []


def test_a_server_that_nobody_knows_is_no_source(make):
    queries = [
        query(make, "gone.com.", day=day, server=server) for day in range(3) for server in (SERVERS[0], "::")
    ]
    assert candidates(asked(queries)) == []
    assert rows(asked(queries, sources=1))[0]["servers"] == [SERVERS[0]]


def test_thresholds_can_be_raised_and_lowered(daily, make):
    once = query(make, "once.com.")
    assert candidates(asked([once], days=1, queries=1, sources=1)) == ["once.com."]
    assert candidates(asked(daily("gone.com."), days=4)) == []
    assert candidates(asked(daily("gone.com."), queries=4)) == []
    assert candidates(asked(daily("gone.com."), sources=4)) == []


@pytest.mark.parametrize(
    ("qname", "soa", "reason", "example"),
    [
        ("mail.alive.com.", "alive.com.", "registered", "alive.com. (mail.alive.com.)"),
        ("x.mail.alive.com.", "mail.alive.com.", "registered", "alive.com. (x.mail.alive.com.)"),
        ("ALIVE.com.", "Alive.COM.", "registered", "alive.com."),
        ("alias.com.", "target.net.", "other_soa", "alias.com. (SOA target.net.)"),
        ("alias.com.", "lias.com.", "other_soa", "alias.com. (SOA lias.com.)"),
        ("gone.com.", None, "no_soa", "gone.com."),
        ("gone.com.", "", "no_soa", "gone.com."),
        ("gone.invented.", ".", "no_suffix", "gone.invented."),
        ("mx.gone.cmo.", ".", "no_suffix", "gone.cmo. (mx.gone.cmo.)"),
        ("invented.", ".", "no_suffix", "invented."),
        ("co.uk.", "uk.", "no_suffix", "co.uk."),
        (".", ".", "no_suffix", "."),
        ("printer.local.", ".", "internal", "local. (printer.local.)"),
        ("dc.office.corp.", ".", "internal", "corp. (dc.office.corp.)"),
        ("tv.home.arpa.", "home.arpa.", "internal", "home.arpa. (tv.home.arpa.)"),
        (
            "1.2.0.192.in-addr.arpa.",
            "0.192.in-addr.arpa.",
            "reverse",
            "in-addr.arpa. (1.2.0.192.in-addr.arpa.)",
        ),
        ("8.b.d.0.1.0.0.2.ip6.arpa.", "ip6.arpa.", "reverse", "ip6.arpa. (8.b.d.0.1.0.0.2.ip6.arpa.)"),
        ("x.herokuapp.com.", "herokuapp.com.", "private_suffix", "x.herokuapp.com."),
        (
            "mail.user.github.io.",
            "github.io.",
            "private_suffix",
            "user.github.io. (mail.user.github.io.)",
        ),
        (
            "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com.",
            "compute.amazonaws.com.",
            "private_suffix",
            "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com.",
        ),
        ("gmial.com.", "com.", "mailbox", "gmial.com. (gmail.com.)"),
        ("mx.hotmial.co.uk.", "co.uk.", "mailbox", "hotmial.co.uk. (hotmail.co.uk.)"),
        ("gmail.con.", ".", "mailbox", "gmail.con. (gmail.com.)"),
        ("gmailcom.", ".", "mailbox", "gmailcom. (gmail.com.)"),
        ("mx9.gmail.com.", "gmail.com.", "registered", "gmail.com. (mx9.gmail.com.)"),
        ("john\\.doe.com.", "com.", "unregistrable", "john\\.doe.com."),
        ("gone\\032.com.", "com.", "unregistrable", "gone\\032.com."),
        ("un_der.com.", "com.", "unregistrable", "un_der.com."),
        ("-gone.com.", "com.", "unregistrable", "-gone.com."),
        ("b\u00fccher.de.", "de.", "unregistrable", "b\u00fccher.de."),
        (f"{'a.' * 200}com.", "com.", "unregistrable", f"{'a.' * 125}com."[-254:]),
    ],
)
def test_what_is_no_candidate_is_left_out_with_the_reason(daily, qname, soa, reason, example):
    question = asked(daily(qname, soa))
    assert candidates(question) == []
    assert left_out(question) == {reason: [example]}


def test_a_row_of_what_is_left_out_counts_its_domains_and_queries(daily):
    question = asked(*(daily(f"{name}.com.", days=days) for name, days in (("gmial", 3), ("yaho", 5))))
    assert rows(question, "left_out") == [
        {
            "reason": "mailbox",
            "why": "a mailbox provider's, or a typing error away: people's private mail (--near)",
            "domains": 2,
            "queries": 8,
            "first_seen": "2026-01-01T12:00:00.000000000Z",
            "last_seen": "2026-01-05T12:00:00.000000000Z",
            "examples": ["yaho.com. (yahoo.com.)", "gmial.com. (gmail.com.)"],
        }
    ]


def test_what_is_asked_for_too_rarely_is_not_even_left_out(daily):
    assert left_out(asked(daily("gmial.com.", days=2), daily("a.local.", ".", days=2))) == {}


def test_a_candidate_is_not_also_left_out_for_answers_that_say_less(daily):
    question = asked(daily("gone.com."), daily("gone.com.", None), daily("gone.com.", "other.net."))
    assert candidates(question) == ["gone.com."]
    assert left_out(question) == {}


# What comes later wins


def test_a_domain_that_is_registered_later_is_no_candidate_any_more(daily, make):
    question = asked(daily("gone.com."), [query(make, "mx.gone.com.", "gone.com.", day=5)])
    assert candidates(question) == []
    assert left_out(question) == {"now_registered": ["gone.com."]}


def test_a_domain_that_expires_begins_anew(daily, make):
    registered = [query(make, "mx.gone.com.", "gone.com.", day=5)]
    twice = asked(daily("gone.com."), registered, daily("gone.com.", first=6, days=2))
    assert candidates(twice) == []
    assert left_out(twice) == {}
    again = asked(daily("gone.com."), registered, daily("gone.com.", first=6, days=3))
    (row,) = rows(again)
    assert (row["queries"], row["first_seen"][:10]) == (3, "2026-01-07")


def test_evidence_that_comes_late_is_weighed_by_its_time(daily, make):
    early_zone = [query(make, "mx.gone.com.", "gone.com.", day=1)]
    assert candidates(asked(daily("gone.com."), early_zone)) == ["gone.com."]
    late_zone = [query(make, "mx.gone.com.", "gone.com.", day=5)]
    late_query = [query(make, "gone.com.", day=4.9)]
    assert candidates(asked(daily("gone.com."), late_zone, late_query)) == []


def test_a_query_that_comes_late_does_not_undo_a_registration(daily, make):
    late = [query(make, "gone.com.", day=day) for day in (4.8, 4.9)]
    question = asked(daily("gone.com."), [query(make, "mx.gone.com.", "gone.com.", day=5)], late)
    assert candidates(question) == []
    assert left_out(question) == {"now_registered": ["gone.com."]}


# Bounds


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(spamtrap, "REMEMBERED", (50, 20, 10))
    monkeypatch.setattr(spamtrap, "REMEMBERED_LEFT_OUT", (5, 5, 5))


KEY = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("qname", "soa", "times"),
    [
        (f"gone.com.{KEY}.dbl.dq.spamhaus.net.", "net.", 1),
        (f"gone.com.{KEY}.dbl.dq.spamhaus.net.office.com.", "com.", 1),
        (f"gone.com.{KEY}.dbl.dq.spamhaus.net.", f"{KEY}.dbl.dq.spamhaus.net.", 2),
        (f"a\\.b.{KEY}.dbl.dq.spamhaus.net.", "net.", 2),
    ],
    ids=["a name", "one with a search list's domain", "a zone", "an escape"],
)
def test_keys_of_blocklist_customers_are_not_kept(daily, qname, soa, times):
    kept = str(list(asked(daily(qname, soa), daily(qname.upper(), soa)).dump())).lower()
    assert KEY not in kept
    assert kept.count("<key>") == times


@pytest.mark.usefixtures("small")
def test_a_flood_of_a_day_does_not_push_out_what_was_seen_on_several_days(daily, make):
    flood = [query(make, f"flood{number % 500}.com.", day=2.1) for number in range(2000)]
    question = asked(daily("gone.com.", days=2), flood, daily("gone.com.", first=2, days=1))
    assert candidates(question) == ["gone.com."]


@pytest.mark.usefixtures("small")
def test_what_was_forgotten_is_counted(daily):
    question = asked(*(daily(f"gone{number}.com.") for number in range(25)))
    assert len(candidates(question)) == 10
    assert question.forgotten == 15


@pytest.mark.usefixtures("small")
def test_a_flood_of_what_is_left_out_does_not_touch_candidates(daily):
    floods = [daily(f"host.alive{number}.com.", f"alive{number}.com.") for number in range(50)]
    question = asked(daily("gone.com."), *floods)
    assert candidates(question) == ["gone.com."]
    assert rows(question, "left_out")[0]["domains"] == 5


def test_servers_sensors_and_hosts_of_a_domain_are_bounded(make):
    question = asked(
        [
            query(make, f"h{n}.gone.com.", day=n / 10, server=f"192.0.2.{n}", sensor=f"s{n}")
            for n in range(100)
        ]
    )
    (row,) = rows(question)
    assert len(row["servers"]) == len(row["sensors"]) == evidence.SOURCES_MAX
    assert len(row["hosts"]) == 3
    servers = next(column for column in question.sections()[0].columns if column.key == "servers")
    assert servers.text(row["servers"]) == "16+"


RECORD = st.fixed_dictionaries(
    {
        "qname": st.text(max_size=1004)
        | st.sampled_from(["gone.com.", "GONE.com.", "mx.gone.com.", "..", ""]),
        "qclass": st.just(1),
        "qtype": st.just(15),
        "response_ip": st.sampled_from(SERVERS),
        "soa_rrname": st.none() | st.text(max_size=1004) | st.sampled_from([".", "com.", "gone.com.", ""]),
        "time_ns": st.integers(0, 2**64 - 1),
        "sensor": st.sampled_from(["lab", "other"]),
    }
)


@settings(max_examples=100, deadline=None)
@given(st.lists(RECORD, max_size=20))
def test_any_record_may_come_and_what_is_kept_comes_back(records):
    question = asked(records, days=1, queries=1, sources=1)
    later = Spamtrap(days=1, queries=1, sources=1)
    later.load([(key, msgpack.unpackb(msgpack.packb(value))) for key, value in question.dump()])
    assert later.sections() == question.sections()


# What is near, silent, or asked for by those who greet


@pytest.mark.parametrize(
    ("domain", "provider", "distance"),
    [("aokl.com.", "aol.com.", 1), ("1633.com.", "163.com.", 1), ("abbv.bg.", "abv.bg.", 1)],
)
def test_what_is_near_a_provider_is_shown_only_where_that_is_asked_for(daily, domain, provider, distance):
    records = daily(domain, domain.partition(".")[2])
    assert candidates(asked(records)) == []
    assert rows(asked(records), "near") == []
    (row,) = rows(asked(records, show_near=True), "near")
    assert (row["domain"], row["provider"], row["distance"]) == (domain, provider, distance)
    assert candidates(asked(records, show_near=True)) == []


def test_a_domain_that_falls_silent_is_no_candidate_until_it_is_asked_for_again(daily):
    question = asked(daily("gone.com.", days=5), daily("lasting.com.", days=8))
    assert candidates(question) == ["lasting.com.", "gone.com."]  # two whole days may be a weekend
    question.take(daily("lasting.com.", first=8, days=1))
    assert candidates(question) == ["lasting.com."]
    assert left_out(question) == {"silent": ["gone.com."]}
    question.take(daily("gone.com.", first=9, days=1))
    assert candidates(question) == ["lasting.com.", "gone.com."]


def test_a_domain_that_is_asked_for_now_and_then_is_not_soon_silent(make, daily):
    rare = [query(make, "rare.com.", day=day, server=SERVERS[day % 2]) for day in (0, 7, 15, 21)]
    assert candidates(asked(rare, daily("lasting.com.", days=28))) == ["lasting.com.", "rare.com."]


def test_a_busy_domain_is_silent_after_a_day(make, daily):
    busy = [query(make, "busy.com.", day=at / 50, server=SERVERS[at % 2]) for at in range(150)]
    assert candidates(asked(busy, daily("lasting.com.", days=4))) == ["lasting.com.", "busy.com."]
    assert candidates(asked(busy, daily("lasting.com.", days=5))) == ["lasting.com."]


def test_the_present_goes_back_with_a_clock_that_is_set_back(daily):
    question = asked(daily("gone.com.", first=400), daily("back.com."))
    assert candidates(question) == ["gone.com.", "back.com."]


def test_what_is_asked_for_as_a_host_only_ranks_last(daily):
    question = asked(daily("out7.greeter.net.", "net.", days=5), daily("gone.com.", days=5)[:-1])
    assert [(row["domain"], row["hosts_only"]) for row in rows(question)] == [
        ("gone.com.", False),
        ("greeter.net.", True),
    ]


# What was really asked


@pytest.mark.parametrize("qtype", [1, 2, 16, 28])
def test_only_mx_is_about_mail(daily, qtype):
    records = [{**record, "qtype": qtype} for record in daily("gone.com.")]
    assert candidates(asked(records)) == []


def test_steps_of_a_resolver_are_not_counted(daily):
    records = [{**record, "minimised": True} for record in daily("gone.com.")]
    assert candidates(asked(records)) == []


@pytest.mark.parametrize(
    ("qname", "denied", "reason"),
    [
        ("gone.com.", "gone.com.", None),
        ("mx.gone.com.", "GONE.com.", None),
        ("mx.gone.com.", "mx.gone.com.", None),
        ("alias.com.", "target.com.", "other_soa"),
    ],
)
def test_the_name_that_was_denied_is_the_one_asked_for_or_above_it(daily, qname, denied, reason):
    question = asked([{**record, "denied": denied, "by": "authority"} for record in daily(qname)])
    assert candidates(question) == ([] if reason else ["gone.com."])
    assert list(left_out(question)) == ([reason] if reason else [])


def minimised(make, count, sensor="lab"):
    """What a resolver asks of com. in place of MX."""
    return [{**query(make, f"gone{number}.com.", sensor=sensor), "qtype": 1} for number in range(count)]


def deaf(question):
    return [row["sensor"] for row in rows(question, "deaf")]


def test_a_sensor_whose_resolver_minimises_is_named(make):
    assert deaf(asked(minimised(make, 9))) == []
    assert deaf(asked(minimised(make, 10))) == ["lab"]
    assert deaf(asked(minimised(make, 70), [query(make, "gone.com.")] * 30)) == ["lab"]
    assert deaf(asked(minimised(make, 69), [query(make, "gone.com.")] * 31)) == []


def test_a_sensor_whose_clients_have_ipv6_is_named_too(make):
    addresses = [{**each, "qtype": 28} for each in minimised(make, 10)]
    assert deaf(asked(minimised(make, 10), addresses)) == ["lab"]
    assert deaf(asked(minimised(make, 9), addresses)) == []


def test_a_sensor_that_hears_what_clients_ask_is_not(make):
    heard = [{**query(make, "gone.com."), "by": "authority"}]
    assert deaf(asked(minimised(make, 100), heard)) == []
    assert deaf(asked(minimised(make, 100, sensor="other"), heard)) == ["other"]


def test_the_broker_tells_of_sensors_too(make):
    question = asked([query(make, "gone.com.")])
    question.hear({"sensors": {"deaf": {"minimises": 70}, "fine": {"minimises": 69}, "new": {}}})
    assert rows(question, "deaf") == [{"sensor": "deaf", "minimises": 70}]


# State and progress


def test_evidence_goes_on_where_it_was_left(daily):
    before = asked(daily("gone.com.", days=2), daily("x.local.", ".", days=2))
    after = Spamtrap()
    after.load((key, msgpack.unpackb(msgpack.packb(value))) for key, value in before.dump())
    after.take(daily("gone.com.", first=2, days=1))
    after.take(daily("x.local.", ".", first=2, days=1))
    whole = asked(daily("gone.com."), daily("x.local.", "."))
    assert after.sections() == whole.sections()
    assert sorted(after.dump()) == sorted(whole.dump())


GOOD = [3, 0, [], DAY, 3, 7, None, ["lab"], ["192.0.2.1"], "com.", 3]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("gone.com.", GOOD),
        ("mailbox gone.com.", GOOD),
        ("candidate gone.com.", None),
        ("candidate gone.com.", GOOD[:-2]),
        ("now", -1),
        ("now", 2**64),
        ("now", "x"),
        ("candidate gone.com.", {}),
        *(
            ("candidate gone.com.", [*GOOD[:at], bad, *GOOD[at + 1 :]])
            for at, bad in [
                (0, 0),
                (1, -1),
                (2, "x"),
                (3, 2**64),
                (4, 1.5),
                (5, 2**32),
                (6, ""),
                (7, ["x"] * 17),
            ]
        ),
    ],
)
def test_a_state_that_is_not_its_own_is_refused(key, value):
    with pytest.raises(ValueError, match=r".+"):
        Spamtrap().load([(key, value)])


def test_a_state_that_is_its_own_is_taken():
    for good in (GOOD, GOOD[:-1]):  # and one of version 1
        question = Spamtrap(sources=1)
        question.load([("candidate gone.com.", good)])
        assert candidates(question) == ["gone.com."]
        assert not rows(question)[0]["hosts_only"]


def test_progress_tells_how_far_the_thresholds_hold_the_domains_back(daily, make):
    question = asked(daily("gone.com."), daily("two.com.", days=2), [query(make, "one.com.")])
    assert rows(question, "progress") == [
        {"domains": 3, "enough_queries": 1, "enough_days": 1, "enough_sources": 2, "candidates": 1}
    ]


def test_nothing_asked_for_is_nothing_found():
    assert [section.rows for section in Spamtrap().sections()] == [[], [], [], [], []]


# A made-up world


def test_dead_domains_of_the_synthetic_world_are_found_and_nothing_else():
    # Four days of mail to dead domains, among everything else that fails there.
    dead, found = set(), Spamtrap()
    for made in islice(generate("sie", 3, rate=0.04), 14_000):
        records = [record for record in derive([made.frame], "lab").nxdomains if record["qtype"] == 15]
        found.take(records)
        if made.cause == "dead-mail":
            dead.update(record["qname"].lower() for record in records)
    assert set(candidates(found)) <= dead
    assert len(candidates(found)) > 50
