from itertools import islice

import pytest

from nxcast.broker.derivation.derive import derive
from nxcast.consumers.questions.authorities import authorities_question as module
from nxcast.consumers.questions.authorities import repeats
from nxcast.consumers.questions.authorities.authorities_question import Authorities
from nxcast.consumers.questions.loop.lists import read_list
from nxcast.producers.synthetic.stream import generate
from tests.messages import message, opt, question

NOON_NS = 1_767_268_800_000_000_000  # 2026-01-01 12:00:00 UTC
SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 1, 2, 3, 4, 5
KEY = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def failure(make):
    """Makes failures; each is 40 seconds after the one before."""
    seconds = iter(range(1_000_000))

    def made(rcode=REFUSED, qname="www.example.com.", server="192.0.2.1", **changed):
        time_ns = NOON_NS + next(seconds) * 40 * SECOND_NS
        return make.dns_error(
            **{"rcode": rcode, "qname": qname, "response_ip": server, "time_ns": time_ns} | changed
        )

    return made


@pytest.fixture
def watch(tmp_path):
    """Entries of a list of what is watched."""

    def read(*lines):
        path = tmp_path / "own.txt"
        path.write_text("\n".join(lines))
        return read_list(str(path))

    return read


def asked(*records, **options):
    authorities = Authorities(**options)
    authorities.take(records)
    return authorities


def rows(authorities, name):
    return next(list(section.rows) for section in authorities.sections() if section.name == name)


def readings(authorities, name):
    return {row[name.removesuffix("s")]: row["reading"] for row in rows(authorities, name)}


def test_failures_are_counted_by_server_and_by_zone(failure):
    authorities = asked(
        failure(REFUSED, "www.example.com.", "192.0.2.1"),
        failure(REFUSED, "WWW.Example.COM.", "192.0.2.2"),
        failure(SERVFAIL, "example.org.", "192.0.2.1"),
    )
    servers = {row["server"]: row for row in rows(authorities, "servers")}
    assert {server: row["failures"] for server, row in servers.items()} == {"192.0.2.1": 2, "192.0.2.2": 1}
    assert (servers["192.0.2.1"]["refused"], servers["192.0.2.1"]["servfail"]) == (1, 1)
    assert servers["192.0.2.1"]["zones"] == 2
    assert sorted(servers["192.0.2.1"]["zones_named"]) == [
        "example.com. REFUSED 1",
        "example.org. SERVFAIL 1",
    ]
    zone = rows(authorities, "zones")[0]
    assert (zone["zone"], zone["failures"], zone["servers"], zone["names"]) == ("example.com.", 2, 2, 1)
    assert zone["servers_named"] == ["192.0.2.1 REFUSED 1", "192.0.2.2 REFUSED 1"]
    assert (zone["first_seen"], zone["last_seen"]) == (
        "2026-01-01T12:00:00.000000000Z",
        "2026-01-01T12:00:40.000000000Z",
    )


def test_the_worst_come_first(failure):
    counts = {"a.example.com.": 2, "a.example.org.": 5, "a.example.net.": 3}
    authorities = asked(*[failure(qname=qname) for qname, count in counts.items() for _ in range(count)])
    assert [row["zone"] for row in rows(authorities, "zones")] == [
        "example.org.",
        "example.net.",
        "example.com.",
    ]


@pytest.mark.parametrize(
    ("changed", "asked_for", "rcode"),
    [
        pytest.param({"opcode": 5, "rcode": 9, "qtype": 6}, "UPDATE", "NOTAUTH", id="an update"),
        pytest.param({"opcode": 5, "rcode": 8, "qtype": 6}, "UPDATE", "NXRRSET", id="a prerequisite of one"),
        pytest.param({"opcode": 4, "rcode": NOTIMP, "qtype": 6}, "NOTIFY", "NOTIMP", id="a notification"),
        pytest.param({"opcode": 7}, "OPCODE7", "REFUSED", id="an opcode that none knows"),
        pytest.param({"qtype": 252}, "AXFR", "REFUSED", id="a zone transfer"),
        pytest.param({"qtype": 255, "rcode": NOTIMP}, "ANY", "NOTIMP", id="all types at once"),
        pytest.param({"qclass": 3, "qname": "version.bind."}, "QUERY in CH", "REFUSED", id="the class CH"),
        pytest.param({"qclass": 999}, "QUERY in another class", "REFUSED", id="an unknown class"),
        pytest.param({"rcode": 23}, "QUERY", "BADCOOKIE", id="a server that asks for a cookie"),
    ],
)
def test_what_is_no_failure_to_resolve_is_counted_apart(failure, watch, changed, asked_for, rcode):
    authorities = Authorities(watch("example.com", "192.0.2.0/24", "bind"))
    assert authorities.take([failure(**changed)]) == []
    assert not rows(authorities, "servers")
    assert not rows(authorities, "zones")
    assert not rows(authorities, "watched")
    [row] = rows(authorities, "rcodes")
    assert (row["asked"], row["rcode"], row["failures"], row["servers"]) == (asked_for, rcode, 1, 1)


@pytest.mark.parametrize("opcode", [0, 5])
def test_nxdomain_is_no_failure(failure, watch, opcode):
    authorities = Authorities(watch("example.com", "192.0.2.1"), shown=3)
    assert authorities.take([failure(NXDOMAIN, opcode=opcode) for _ in range(9)]) == []
    assert all(not section.rows for section in authorities.sections())


def test_a_response_without_a_question_is_the_servers_only(failure):
    authorities = asked(failure(FORMERR, None, qclass=None, qtype=None))
    [row] = rows(authorities, "servers")
    assert (row["failures"], row["zones"], row["zones_named"]) == (1, 0, ["unknown FORMERR 1"])
    assert not rows(authorities, "zones")


def test_rcodes_without_a_mnemonic_share_a_row(failure):
    authorities = asked(*[failure(rcode) for rcode in (12, 13, 3000, 4095)])
    [row] = rows(authorities, "rcodes")
    assert (row["rcode"], row["failures"]) == ("OTHER", 4)
    assert rows(authorities, "zones")[0]["other"] == 4


# What failures of one zone point to: (RCODE, last octet of the server) and the reading.
ZONES = [
    pytest.param(
        [(REFUSED, 1), (REFUSED, 2), (REFUSED, 1)],
        "REFUSED by 2 of 2 servers that fail: lame at these, others may answer",
        id="refused by all",
    ),
    pytest.param(
        [(REFUSED, 1)] * 3, "REFUSED by one server: lame at it, others may answer", id="refused by one"
    ),
    pytest.param(
        [(REFUSED, 1), (REFUSED, 1), (SERVFAIL, 2)],
        "REFUSED by 1 of 2 servers that fail: lame at it, others may answer",
        id="refused by one, broken at the other",
    ),
    pytest.param(
        [(SERVFAIL, 1), (SERVFAIL, 2), (SERVFAIL, 3), (REFUSED, 3)],
        "SERVFAIL by 3 of 3 servers that fail: broken at these (expired, not loaded, its source away), "
        "others may answer",
        id="broken",
    ),
    pytest.param(
        [(SERVFAIL, number) for number in range(20)],
        "SERVFAIL by 8 servers and more: broken at these (expired, not loaded, its source away), "
        "others may answer",
        id="many servers",
    ),
    pytest.param(
        [(NOTIMP, 1)] * 3,
        "NOTIMP by one server: doesn't know what is asked: EDNS, or a type",
        id="not implemented",
    ),
    pytest.param([(10, 1)] * 3, "NOTZONE by one server", id="no reading"),
    pytest.param([(REFUSED, 1), (REFUSED, 2)], "too few to tell", id="two failures"),
]


@pytest.mark.parametrize(("failures", "reading"), ZONES)
def test_a_zones_failures_are_read(failure, failures, reading):
    authorities = asked(*[failure(rcode, server=f"192.0.2.{server}") for rcode, server in failures])
    assert readings(authorities, "zones") == {"example.com.": reading}


# What failures of one server point to: RCODE, number of zones, failures of each, the response, the reading.
PLAIN, EDNS = message(1), message(1, additionals=[opt()])
SERVERS = [
    pytest.param(REFUSED, 20, 1, PLAIN, "refuses many zones: none its own, or no longer", id="refuses many"),
    pytest.param(REFUSED, 3, 1, PLAIN, "refuses a few zones: lame for them", id="refuses a few"),
    pytest.param(REFUSED, 1, 9, PLAIN, "refuses a zone: lame for it", id="refuses one"),
    pytest.param(SERVFAIL, 20, 1, PLAIN, "fails for many zones: the server itself", id="fails for many"),
    pytest.param(SERVFAIL, 1, 20, PLAIN, "fails for a few zones: see these", id="fails for one"),
    pytest.param(FORMERR, 3, 1, PLAIN, "can't read queries: knows no EDNS?", id="no EDNS"),
    pytest.param(FORMERR, 3, 1, EDNS, "can't read queries", id="knows EDNS"),
    pytest.param(16, 3, 1, EDNS, "takes no EDNS of this version", id="version of EDNS"),
    pytest.param(9, 3, 1, PLAIN, "not its zone, or not its key (TSIG)", id="not authoritative"),
    pytest.param(REFUSED, 2, 1, PLAIN, "too few to tell", id="two failures"),
]


@pytest.mark.parametrize(("rcode", "zones", "each", "response", "reading"), SERVERS)
def test_a_servers_failures_are_read(failure, rcode, zones, each, response, reading):
    names = [f"www.zone{number}.example." for number in range(zones) for _ in range(each)]
    authorities = asked(*[failure(rcode, name, response=response) for name in names])
    assert readings(authorities, "servers") == {"192.0.2.1": reading}


def test_a_zone_that_only_servers_with_many_others_refuse_is_told_as_such(failure):
    parked = [failure(qname=f"zone{number}.example.", server=f"192.0.2.{number % 2}") for number in range(40)]
    authorities = asked(
        *parked, *[failure(qname="gone.example.", server=f"192.0.2.{n % 2}") for n in range(4)]
    )
    assert readings(authorities, "zones")["gone.example."] == (
        "REFUSED by 2 of 2 servers that fail: lame at these (refused with many zones), others may answer"
    )


BLOCKLISTS = [
    ("2.0.0.127.zen.spamhaus.org.", "zen.spamhaus.org."),
    ("mailwarden.com.MULTI.surbl.org.", "multi.surbl.org."),
    (f"2.0.0.127.{KEY}.zen.dq.spamhaus.net.", "zen.dq.spamhaus.net."),
]


@pytest.mark.parametrize(("qname", "zone"), BLOCKLISTS)
@pytest.mark.parametrize("servers", [1, 2, 20])
def test_a_blocklist_that_refuses_this_resolver_is_not_lame(failure, qname, zone, servers):
    authorities = asked(*[failure(REFUSED, qname, f"192.0.2.{n % servers}") for n in range(60)])
    reading = readings(authorities, "zones")[zone]
    assert reading.endswith(": a blocklist that refuses this resolver")
    assert set(readings(authorities, "servers").values()) == {"a blocklist's, that refuses this resolver"}


def test_a_blocklist_that_is_broken_and_its_operators_own_site_are_read_as_others_are(failure):
    broken = [failure(SERVFAIL, "2.0.0.127.zen.spamhaus.org.") for _ in range(4)]
    site = [failure(REFUSED, "www.spamhaus.org.", "192.0.2.2") for _ in range(3)]
    told = readings(asked(*broken, *site), "zones")
    assert "broken at it" in told["zen.spamhaus.org."]
    assert told["spamhaus.org."] == "REFUSED by one server: lame at it, others may answer"
    assert readings(asked(*broken, *site), "servers")["192.0.2.2"] == "refuses a zone: lame for it"


def test_a_server_of_a_blocklist_that_refuses_other_zones_too_is_lame(failure):
    names = ["2.0.0.127.zen.spamhaus.org.", "a.example.com.", "a.example.org."]
    told = readings(asked(*[failure(REFUSED, name) for name in names]), "servers")
    assert told == {"192.0.2.1": "refuses a few zones: lame for them"}


def test_reasons_that_responses_give_are_shown(failure):
    refused = message(REFUSED, additionals=[opt(options=bytes.fromhex("000f 0002 0014"))])
    authorities = asked(failure(response=refused), failure(response=refused), failure())
    assert rows(authorities, "servers")[0]["reasons"] == ["20 Not Authoritative (2)"]
    assert rows(authorities, "zones")[0]["reasons"] == ["20 Not Authoritative (2)"]


def _with_code(rcode, code):
    return message(rcode, additionals=[opt(options=bytes([0, 15, 0, 2, 0, code]))])


# RCODE, INFO-CODE, how many of three failures give it, and what the zone's reading says.
REASONS = [
    (SERVFAIL, 14, 3, "broken at it (not ready, as it says: starting, or not loaded)"),
    (SERVFAIL, 22, 2, "broken at it (can't reach its own source, as it says)"),
    (SERVFAIL, 24, 3, "broken at it (its data is invalid or expired, as it says)"),
    (SERVFAIL, 24, 1, "broken at it (expired, not loaded, its source away)"),
    (SERVFAIL, 0, 3, "broken at it (expired, not loaded, its source away)"),
    (REFUSED, 18, 3, ": this resolver may not ask, as it says"),
    (REFUSED, 18, 1, "lame at it"),
    (REFUSED, 20, 3, "lame at it"),
]


@pytest.mark.parametrize(("rcode", "code", "given", "reading"), REASONS)
def test_a_reason_that_most_responses_give_is_read(failure, rcode, code, given, reading):
    responses = [_with_code(rcode, code)] * given + [message(rcode)] * (3 - given)
    authorities = asked(*[failure(rcode, response=response) for response in responses])
    assert reading in readings(authorities, "zones")["example.com."]


def test_a_server_that_says_that_it_may_not_be_asked_is_not_lame(failure):
    response = _with_code(REFUSED, 18)
    authorities = asked(*[failure(qname=f"a.zone{n}.example.", response=response) for n in range(20)])
    assert readings(authorities, "servers") == {"192.0.2.1": "refuses this resolver by policy, as it says"}


def test_the_last_hour_stands_beside_the_usual_one(failure):
    before = [
        failure(qname=f"{number}.example.com.", time_ns=NOON_NS - hour * HOUR_NS)
        for hour in range(1, 11)
        for number in range(2)
    ]
    now = [failure(qname=f"{number}.example.com.", time_ns=NOON_NS) for number in range(50)]
    [row] = rows(asked(*before, *now), "zones")
    assert row["last_hour"] == 50
    assert row["usual_hour"] == pytest.approx(2, rel=0.15)


# The same trouble reads the same


@pytest.mark.parametrize("times", [1, 3, 15], ids=["PowerDNS", "BIND", "Unbound"])
def test_what_a_resolver_asks_again_at_once_counts_once(failure, times):
    questions = [
        failure(SERVFAIL, f"host{number}.example.com.", f"192.0.2.{server}", time_ns=time_ns)
        for number in range(2)
        for again in range(times)
        for server in (1, 2)
        for time_ns in [NOON_NS + number * HOUR_NS + again * SECOND_NS]
    ]
    authorities = asked(*questions)
    [zone] = rows(authorities, "zones")
    assert (zone["failures"], zone["names"], zone["servers"]) == (4, 2, 2)
    assert zone["reading"].startswith("SERVFAIL by 2 of 2 servers that fail: broken at these")
    told = next(section.note for section in authorities.sections() if section.name == "rcodes")
    assert f" {4 * (times - 1)} more were a server's for the same name and type within 30 s." in told


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"server": "192.0.2.2"}, id="another server"),
        pytest.param({"qname": "ftp.example.com."}, id="another name"),
        pytest.param({"qtype": 28}, id="another type"),
        pytest.param({"rcode": SERVFAIL}, id="another RCODE"),
        pytest.param({"time_ns": NOON_NS + 30 * SECOND_NS}, id="later"),
    ],
)
def test_what_is_not_the_same_again_counts(failure, changed):
    first = {"qtype": 1, "time_ns": NOON_NS}
    [row] = rows(asked(failure(**first), failure(**first | changed)), "zones")
    assert row["failures"] == 2


def test_a_flood_does_not_make_the_memory_of_repeats_grow(failure, monkeypatch):
    monkeypatch.setattr(repeats, "ASKED_MAX", 8)
    asked_for = [failure(qname=f"host{number}.example.com.", time_ns=NOON_NS) for number in range(100)]
    authorities = asked(*asked_for, asked_for[99], asked_for[0])
    assert rows(authorities, "zones")[0]["failures"] == 101  # the last was known, the first no more


def test_three_failures_in_five_days_are_no_trouble(failure):
    authorities = asked(*[failure(SERVFAIL, time_ns=NOON_NS + day * 48 * HOUR_NS) for day in range(3)])
    assert set(readings(authorities, "zones").values()) == {"too few to tell"}
    assert set(readings(authorities, "servers").values()) == {"too few to tell"}


def test_a_bad_day_is_remembered(failure):
    days = [failure(time_ns=NOON_NS + number * HOUR_NS) for number in range(3)]
    later = [failure(time_ns=NOON_NS + number * 48 * HOUR_NS) for number in range(1, 5)]
    assert "lame" in readings(asked(*days, *later), "zones")["example.com."]


@pytest.mark.parametrize("zone", ["dev.example.com.", "DEV.example.com."])
def test_a_zone_below_the_registrable_domain_is_seen_where_the_sensor_tells(failure, zone):
    authorities = asked(*[failure(qname="www.dev.example.com.", query_zone=zone) for _ in range(3)])
    assert readings(authorities, "zones") == {
        "dev.example.com.": "REFUSED by one server: lame at it, others may answer"
    }


def test_a_known_blocklist_is_one_whatever_zone_was_asked(failure):
    failures = [failure(qname="2.0.0.127.zen.spamhaus.org.", query_zone="spamhaus.org.") for _ in range(3)]
    assert list(readings(asked(*failures), "zones")) == ["zen.spamhaus.org."]


@pytest.mark.parametrize(
    "changed", [{"forwarder": True}, {"response": message(0x80 | SERVFAIL)}], ids=["marked", "RA=1"]
)
def test_what_a_resolver_fails_at_is_no_name_servers(failure, changed):
    authorities = asked(*[failure(SERVFAIL, **changed) for _ in range(9)])
    assert not rows(authorities, "servers")
    assert not rows(authorities, "zones")
    [row] = rows(authorities, "rcodes")
    assert (row["asked"], row["failures"]) == ("QUERY at a resolver", 9)


def refusals(failure, minutes, names):
    """From these minutes of a day on names of a zone each are refused."""
    return [
        failure(qname=f"www.zone{number}.example.", time_ns=NOON_NS + (minute * 60 + number) * SECOND_NS)
        for minute in minutes
        for number in names(minute)
    ]


def test_a_server_that_limits_rates_is_told_from_one_that_was_given_up(failure):
    limiting = asked(
        *refusals(failure, (0, 300, 360, 840, 1380), lambda minute: range(minute // 60, minute // 60 + 20))
    )
    reading = readings(limiting, "servers")["192.0.2.1"]
    assert reading == "refuses in spells: a limit of rates, or of who may ask"
    assert readings(limiting, "zones")["zone15.example."] == (
        "REFUSED by one server: refused in spells, a limit of rates"
    )
    gone = asked(*refusals(failure, range(0, 1440, 10), lambda _: range(20)))
    assert readings(gone, "servers")["192.0.2.1"] == "refuses many zones: none its own, or no longer"
    assert "lame at it (refused with many zones)" in readings(gone, "zones")["zone15.example."]


# What servers answer well


def answers(make, count, zone="example.com.", server="192.0.2.1", **changed):
    return make.server_answers(
        **{"response_ip": server, "query_zone": zone, "noerror": count, "nxdomain": 0} | changed
    )


# Failures and good answers of one server for one zone: RCODE, failures, answers, and how both are read.
SHARES = [
    pytest.param(
        REFUSED, 5, 495, "answers as a rule, 1.00% fail", "answers as a rule, 1.00% fail", id="seldom"
    ),
    pytest.param(
        SERVFAIL, 50, 50, "answers too, 50% fail", "answers too, 50% fail", id="half of it is broken"
    ),
    pytest.param(
        REFUSED,
        60,
        40,
        "answers too, 60% refused: a limit of rates, or of who may ask",
        "answers too, 60% refused: a limit of rates, or of who may ask",
        id="a limit",
    ),
    pytest.param(
        REFUSED,
        99,
        1,
        "refuses a zone: lame for it",
        "lame at it, no other was seen to answer",
        id="given up",
    ),
    pytest.param(
        REFUSED,
        9,
        0,
        "refuses a zone: lame for it",
        "lame at it, no other was seen to answer",
        id="no answer",
    ),
]


@pytest.mark.parametrize(("rcode", "failed", "good", "server", "zone"), SHARES)
def test_a_share_that_fails_is_read(make, failure, rcode, failed, good, server, zone):
    failures = [
        failure(rcode, qname=f"n{number}.example.com.", query_zone="Example.com.") for number in range(failed)
    ]
    authorities = asked(*failures, answers(make, good))
    assert readings(authorities, "servers") == {"192.0.2.1": server}
    name = {REFUSED: "REFUSED", SERVFAIL: "SERVFAIL"}[rcode]
    assert readings(authorities, "zones") == {"example.com.": f"{name} by one server: {zone}"}
    (row,) = rows(authorities, "servers")
    assert row["answered"] == good
    assert row["share_failed"] == (round(failed / (failed + good), 4) if good else None)


def test_names_that_do_not_exist_are_answered_well(make, failure):
    authorities = asked(*[failure() for _ in range(5)], answers(make, 45, nxdomain=50))
    (row,) = rows(authorities, "zones")
    assert (row["answered"], row["share_failed"]) == (95, 0.05)


def test_servers_of_a_zone_that_answer_are_told_of(make, failure):
    authorities = asked(*[failure() for _ in range(3)], answers(make, 7, server="192.0.2.2"))
    assert readings(authorities, "zones") == {
        "example.com.": "REFUSED by one server: lame at it, others answer"
    }
    assert readings(authorities, "servers") == {"192.0.2.1": "refuses a zone: lame for it"}


def test_a_server_that_answers_for_others_did_not_give_up_all(make, failure):
    refused = [failure(qname=f"zone{number}.example.") for number in range(40)]
    none = "refuses many zones: none its own, or no longer"
    assert readings(asked(*refused, answers(make, 7, server="192.0.2.9")), "servers")["192.0.2.1"] == none
    others = asked(*refused, answers(make, 7, "other.example."))
    assert readings(others, "servers")["192.0.2.1"] == "refuses many zones: answers others"


def test_what_was_answered_before_the_first_failure_does_not_count(make, failure):
    authorities = asked(answers(make, 1000), *[failure() for _ in range(3)], answers(make, 3))
    (row,) = rows(authorities, "servers")
    assert row["answered"] == 3


def test_without_what_is_answered_nothing_is_told_of_it(failure):
    (row,) = rows(asked(*[failure() for _ in range(3)]), "servers")
    assert (row["answered"], row["share_failed"]) == (None, None)


# Watched


@pytest.mark.parametrize(
    ("line", "changed", "expected"),
    [
        pytest.param("example.com", {}, "example.com. fails", id="zone"),
        pytest.param("example.com", {"qname": "A.B.EXAMPLE.com."}, "example.com. fails", id="in any case"),
        pytest.param("www.example.com", {}, "www.example.com. fails", id="a zone below"),
        pytest.param("192.0.2.1", {"qname": "a.example.org."}, "192.0.2.1 fails", id="server"),
        pytest.param("192.0.2.0/24", {"qname": None}, "192.0.2.0/24 fails", id="network, no question"),
        pytest.param("2001:db8::/32", {"server": "2001:db8::53"}, "2001:db8::/32 fails", id="IPv6"),
    ],
)
def test_what_is_watched_alerts_as_it_begins_to_fail(failure, watch, line, changed, expected):
    authorities = Authorities(watch(line))
    alerts = authorities.take([failure(**changed), failure(**changed)])
    assert [alert.text.partition(": ")[0] for alert in alerts] == [expected]
    [row] = rows(authorities, "watched")
    assert row["failures"] == 2


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        pytest.param("ample.com", {}, id="another zone"),
        pytest.param("a.www.example.com", {}, id="below what was asked"),
        pytest.param("192.0.2.2", {}, id="another server"),
        pytest.param("2001:db8::1", {"server": "192.0.2.1"}, id="another family"),
        pytest.param("example.com", {"qname": None}, id="no question"),
        pytest.param("192.0.2.1", {"server": "no address"}, id="what is no address"),
    ],
)
def test_what_is_not_watched_does_not(failure, watch, line, changed):
    authorities = Authorities(watch(line))
    assert authorities.take([failure(**changed)]) == []
    assert not rows(authorities, "watched")


def test_zone_and_server_of_one_failure_both_alert(failure, watch):
    alerts = Authorities(watch("example.com", "192.0.2.1")).take([failure()])
    assert [alert.evidence["watched"] for alert in alerts] == ["192.0.2.1", "example.com."]


def test_nothing_is_said_of_watching_without_a_list(failure):
    assert [section.name for section in asked(failure()).sections()] == ["rcodes", "servers", "zones"]


# Responses


def test_responses_are_shown_decoded_each_once(failure):
    response = message(REFUSED, questions=[question("www.example.com.", 1)])
    [row] = rows(asked(failure(response=response), shown=1), "responses")
    assert (row["server"], row["zone"], row["rcode"]) == ("192.0.2.1", "example.com.", "REFUSED")
    assert row["response"][0] == ";; ->>HEADER<<- opcode: QUERY, status: REFUSED, id: 4660"
    assert row["response"][-1].split() == [";www.example.com.", "IN", "A"]


def test_responses_of_the_worst_only_are_shown(failure):
    authorities = asked(
        *[failure(qname="a.example.com.", server="192.0.2.1") for _ in range(3)],
        failure(qname="a.example.org.", server="192.0.2.2"),
        shown=1,
    )
    assert [row["zone"] for row in rows(authorities, "responses")] == ["example.com."]


def test_what_cannot_be_decoded_is_hexadecimal(failure):
    response = message(REFUSED, counts=(1, 1, 0, 0)) + b"\x1b[2J"
    [row] = rows(asked(failure(response=response), shown=1), "responses")
    assert row["response"][-1] == "1b 5b 32 4a"


def test_a_response_too_long_to_be_kept_is_told_with_its_length(failure):
    [row] = rows(asked(failure(response=message(REFUSED) + bytes(2000)), shown=1), "responses")
    assert row["response"] == [f"[{len(message(REFUSED)) + 2000} octets, too long to be kept]"]


def test_keys_are_not_shown_in_responses(failure):
    qname = f"2.0.0.127.{KEY}.zen.dq.spamhaus.net."
    response = message(REFUSED, questions=[question(qname, 1)])
    authorities = asked(failure(qname=qname, response=response), shown=1)
    assert rows(authorities, "responses")[0]["response"]
    told = [row for section in authorities.sections() if section.name != "responses" for row in section.rows]
    assert KEY not in str(told)
    assert KEY not in str([row["response"] for row in rows(authorities, "responses")])


# Bounds, and what strangers send


def test_a_flood_of_zones_and_servers_leaves_those_that_fail_again(failure, monkeypatch):
    for name in ("ZONES_ONCE", "ZONES_AGAIN", "SERVERS_ONCE", "SERVERS_AGAIN"):
        monkeypatch.setattr(module, name, 8)
    authorities = asked(failure(), failure())
    for number in range(100):
        authorities.take([failure(qname=f"a.zone{number}.example.", server=f"2001:db8::{number:x}")])
    assert len(rows(authorities, "zones")) == len(rows(authorities, "servers")) == 9
    assert rows(authorities, "zones")[0]["zone"] == "example.com."
    assert authorities.forgotten == 0


def test_what_failed_again_and_had_to_go_is_counted(failure, monkeypatch):
    monkeypatch.setattr(module, "ZONES_AGAIN", 4)
    authorities = asked(*[failure(qname=f"zone{number}.com.") for number in range(10) for _ in range(2)])
    assert authorities.forgotten == 6


@pytest.mark.parametrize(
    "changed",
    [
        {"qname": ""},
        {"qname": "."},
        {"qname": "no dot at the end"},
        {"qname": "\\" * 3},
        {"qname": "a" * 1004},
        {"qname": "." * 1004},
        {"qname": "\x00\u0130\U0001f600."},
        {"qname": "1." * 400 + "in-addr.arpa."},
        {"qname": "in-addr.arpa."},
        {"response": bytes(12)},
        {"response": b"\0\0\x29" * 20_000},
        {"response_ip": "::"},
        {"response_ip": "fe80::1%eth0"},
        {"time_ns": 0},
        {"time_ns": (1 << 64) - 1},
        {"qtype": None, "qclass": None},
        {"rcode": 4095, "opcode": 15},
    ],
    ids=repr,
)
def test_whatever_a_record_holds_nothing_raises(failure, watch, changed):
    authorities = Authorities(watch("example.com", "192.0.2.1"), shown=5)
    authorities.take([failure(**changed), failure(), failure(**changed)])
    assert authorities.sections()


def test_asking_changes_nothing(failure):
    authorities = asked(*[failure(qname=f"{number}.example.com.") for number in range(5)], shown=2)
    assert authorities.sections() == authorities.sections()


# The synthetic stream


def synthetic(count, **options):
    frames = [response.frame for response in islice(generate("sie", 7, **options), count)]
    return derive(frames, "lab").errors


def test_in_a_made_up_stream_lame_and_broken_zones_are_told_apart():
    authorities = Authorities()
    authorities.take(synthetic(8_000))
    [first, *_] = rows(authorities, "servers")
    assert first["reading"].startswith("refuses many zones")
    assert first["reasons"][0].startswith("20 Not Authoritative")
    lame = [row for row in rows(authorities, "zones") if "lame at these" in row["reading"]]
    broken = [row for row in rows(authorities, "zones") if "broken" in row["reading"]]
    assert len(lame) > 50
    assert len(broken) > 30
    assert all(row["refused"] == row["failures"] for row in lame)
    apart = {row["asked"] for row in rows(authorities, "rcodes")}
    assert apart == {"QUERY", "UPDATE"}


def test_in_a_made_up_stream_of_nxdomain_nothing_is_found(watch):
    authorities = Authorities(watch("com", "0.0.0.0/0"), shown=5)
    without = ["lame", "broken", "formerr", "notimp", "update", "extended"]
    assert authorities.take(synthetic(2_000, without=without)) == []
    assert all(not section.rows for section in authorities.sections())
