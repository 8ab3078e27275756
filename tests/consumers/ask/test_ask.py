"""Each report on a store with plants, and with what is nearly one: all plants are found, nothing else."""

from __future__ import annotations

import json
import struct

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.ask import REPORTS, own_zones
from nxcast.consumers.store.database import Store
from nxcast.consumers.store.gathering import Gathered
from nxcast.consumers.store.importing import import_rows, rows_of
from tests.consumers.conftest import nxdomain
from tests.consumers.store.conftest import CNAME, MX, NS, SRV, TIME_NS, TIME_S, A, Seen, rr, soa, wire

DAY_S = 86_400
ADDRESS, OTHER = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])


def resolved(name, zone, *days, rrtype=A, rdata=ADDRESS):
    """An RRset that was seen on these days."""
    for day in days:
        yield Seen.answer(
            name,
            rrtype,
            zone,
            answers=[rr(name, rrtype, rdata)],
            time_ns=TIME_NS + round(day * DAY_S) * 10**9,
        )


def referred(name, zone, *days, glue=()):
    """A referral to a domain's servers."""
    for day in days:
        yield Seen.answer(
            f"www.{name}",
            A,
            zone,
            authorities=[rr(name, NS, wire(f"ns.{name}"))],
            additionals=[rr(each, A, ADDRESS) for each in glue],
            time_ns=TIME_NS + day * DAY_S * 10**9,
        )


def missing(name, zone, *days):
    """A name that was denied on these days."""
    for day in days:
        yield nxdomain(
            qname=name,
            qtype=A,
            soa_rrname=zone,
            query_zone=zone,
            time_ns=TIME_NS + round(day * DAY_S) * 10**9,
        )


def failed(name, zone, *days, rcode=2, server="192.0.2.53", qtype=A):
    """A question that a server failed on these days."""
    for day in days:
        yield Seen.answer(
            name, qtype, zone, rcode=rcode, response_ip=server, time_ns=TIME_NS + day * DAY_S * 10**9
        )


def records():
    # newly-observed: early.example.com and a domain's www; not one that was never missing before.
    yield from missing("early.example.com.", "example.com.", 0, 3, 5)
    yield from resolved("early.example.com.", "example.com.", 6, 8)
    yield from missing("www.born.net.", "net.", 1)
    yield from resolved("www.born.net.", "born.net.", 4)
    yield from resolved("known.example.com.", "example.com.", 0, 9)
    yield from missing("never.example.com.", "example.com.", 0, 9)
    # expired: gone.com and cascade.net, one with glue that stayed; not one whose own zone denies a name, nor
    # an address's.
    yield from referred("gone.com.", "com.", 0, 2)
    yield from resolved("www.gone.com.", "gone.com.", 0, 3)
    yield from missing("www.gone.com.", "com.", 5, 9)
    yield from missing("gone.com.", "com.", 6)
    yield from referred("cascade.net.", "net.", 0, glue=["ns.cascade.net."])
    yield from resolved("mail.other.net.", "net.", 9, rrtype=NS, rdata=wire("ns.cascade.net."))
    yield Seen.answer(
        "www.kept.net.",
        A,
        "net.",
        authorities=[rr("kept.net.", NS, wire("ns.cascade.net."))],
        additionals=[rr("ns.cascade.net.", A, ADDRESS)],
        time_ns=TIME_NS + 9 * DAY_S * 10**9,
    )
    yield from missing("cascade.net.", "net.", 4, 8)
    yield from resolved("9.45.in-addr.arpa.", "45.in-addr.arpa.", 0)
    yield from missing("9.45.in-addr.arpa.", "in-addr.arpa.", 9)
    yield from resolved("www.lives.com.", "lives.com.", 0)
    yield from missing("typo.lives.com.", "lives.com.", 9)
    # recovered: with another address after twelve days, with the same, and where servers failed; not after
    # five days, not if it was seen meanwhile, not where servers fail at times.
    yield from resolved("moved.example.org.", "example.org.", 0)
    yield from missing("moved.example.org.", "example.org.", 2, 14)
    yield from resolved("moved.example.org.", "example.org.", 15, 16, rdata=OTHER)
    yield from resolved("same.example.org.", "example.org.", 0, 16)
    yield from missing("same.example.org.", "example.org.", 2, 14)
    yield from resolved("served.example.org.", "example.org.", 0)
    yield from failed("served.example.org.", "example.org.", 1, 13)
    yield from resolved("served.example.org.", "example.org.", 14, rdata=OTHER)
    yield from resolved("short.example.org.", "example.org.", 0)
    yield from missing("short.example.org.", "example.org.", 2, 7)
    yield from resolved("short.example.org.", "example.org.", 8, rdata=OTHER)
    yield from resolved("seen.example.org.", "example.org.", 0)
    yield from missing("seen.example.org.", "example.org.", 2, 14)
    yield from resolved("seen.example.org.", "example.org.", 8, 9, rdata=OTHER)
    yield from resolved("seen.example.org.", "example.org.", 15)
    yield from resolved("busy.example.org.", "example.org.", 0, 16)
    yield from failed("busy.example.org.", "example.org.", 1, 15)


def own_records():
    """Zones of mine.com and what they lead to."""
    zone = "mine.com."
    # dangling: an alias, behind another alias too, MX, NS, SRV; not what resolves or was mended, nor no mail.
    yield from resolved("shop.mine.com.", zone, 0, 9, rrtype=CNAME, rdata=wire("shop.gone.net."))
    yield from missing("gone.net.", "net.", 8)
    yield from resolved("two.mine.com.", zone, 9, rrtype=CNAME, rdata=wire("a.cdn.org."))
    yield from resolved("a.cdn.org.", "cdn.org.", 9, rrtype=CNAME, rdata=wire("b.cdn.org."))
    yield from missing("b.cdn.org.", "cdn.org.", 3, 9)
    yield from resolved(zone, zone, 9, rrtype=MX, rdata=b"\0\x0a" + wire("mx.lost.org."))
    yield from missing("mx.lost.org.", "lost.org.", 9)
    yield from resolved(zone, "com.", 9, rrtype=NS, rdata=wire("ns.lost.org."))
    yield from missing("ns.lost.org.", "lost.org.", 9)
    yield from resolved(
        "_sip._tcp.mine.com.",
        zone,
        9,
        rrtype=SRV,
        rdata=struct.pack("!3H", 0, 0, 5060) + wire("sip.lost.org."),
    )
    yield from missing("sip.lost.org.", "lost.org.", 9)
    yield from resolved("ok.mine.com.", zone, 9, rrtype=CNAME, rdata=wire("www.cdn.org."))
    yield from resolved("www.cdn.org.", "cdn.org.", 9)
    yield from missing("www.cdn.org.", "cdn.org.", 2)
    yield from resolved("mended.mine.com.", zone, 0, rrtype=CNAME, rdata=wire("b.cdn.org."))
    yield from resolved("mended.mine.com.", zone, 9, rrtype=CNAME, rdata=wire("www.cdn.org."))
    yield from resolved("nomail.mine.com.", zone, 9, rrtype=MX, rdata=b"\0\0\0")
    yield from resolved("loop.mine.com.", zone, 9, rrtype=CNAME, rdata=wire("loop.mine.com."))
    # An empty name that its server denies, and one below it that was seen.
    yield from resolved("deep.mine.com.", zone, 0, rrtype=CNAME, rdata=wire("x.empty.cdn.org."))
    yield from resolved("x.empty.cdn.org.", "cdn.org.", 1)
    yield from missing("empty.cdn.org.", "cdn.org.", 9)
    yield from resolved("theirs.example.com.", "example.com.", 9, rrtype=CNAME, rdata=wire("b.cdn.org."))
    # lame: two servers of mine; not one of the zone above, not of others, not one that only denies.
    yield from failed("www.mine.com.", zone, 2, 9, rcode=5, server="192.0.2.66")
    yield from failed("mail.mine.com.", zone, 4, rcode=2, server="192.0.2.66", qtype=MX)
    yield from failed("www.sub.mine.com.", "sub.mine.com.", 7, server="2001:db8::66")
    yield from failed("mine.com.", "com.", 7, server="192.0.2.67")
    yield from failed("www.example.com.", "example.com.", 7, server="192.0.2.68")
    yield from missing("no.mine.com.", zone, 7)
    yield Seen.answer("none.mine.com.", A, zone, authorities=[soa(zone)], response_ip="192.0.2.69")
    # lookalikes
    yield from missing("www.nime.com.", "com.", 3, 4)  # too short for a slip
    yield from missing("mine.org.", "org.", 3, 4)
    yield from resolved("www.m1ne.com.", "m1ne.com.", 5)
    yield from missing("longernmae.net.", "net.", 1)


def filled(folder, told):
    with Store(str(folder)) as store:
        gathered = Gathered()
        gathered.take(list(told), TIME_S + 100 * DAY_S)
        store.write(gathered)
    return str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("ask") / "store", records())


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("own") / "store", own_records())


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("# ours\nMINE.com\nsub.mine.com\nlongername.net\n")
    return str(path)


def asked(capsys, *words):
    """Findings of a report, without its summary."""
    assert main(["ask", *words, "--format", "json"]) == 0
    *found, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert summary == {"report": words[0], "summary": True, "findings": len(found), "floods": 0}
    assert {each.pop("report") for each in found} <= {words[0]}
    return found


def test_names_that_were_missing_before_they_resolved(folder, capsys):
    assert asked(capsys, "newly-observed", "--store", folder) == [
        {
            "name": "early.example.com.",
            "missing_since": "2023-11-14T22:13:20Z",
            "resolved_since": "2023-11-20T22:13:20Z",
            "days": 6.0,
            "queries": 3,
            "missing_until": "2023-11-19T22:13:20Z",
        },
        {
            "name": "www.born.net.",
            "missing_since": "2023-11-15T22:13:20Z",
            "resolved_since": "2023-11-18T22:13:20Z",
            "days": 3.0,
            "queries": 1,
            "missing_until": "2023-11-15T22:13:20Z",
        },
    ]


def test_domains_that_expired_and_are_still_asked_for(folder, capsys):
    assert asked(capsys, "expired", "--store", folder) == [
        {
            "domain": "gone.com.",
            "resolved_first": "2023-11-14T22:13:20Z",
            "resolved_last": "2023-11-17T22:13:20Z",
            "missing_since": "2023-11-19T22:13:20Z",
            "asked_last": "2023-11-23T22:13:20Z",
            "queries": 3,
            "names": 2,
        },
        {
            "domain": "cascade.net.",
            "resolved_first": "2023-11-14T22:13:20Z",
            "resolved_last": "2023-11-14T22:13:20Z",
            "missing_since": "2023-11-18T22:13:20Z",
            "asked_last": "2023-11-22T22:13:20Z",
            "queries": 2,
            "names": 1,
        },
    ]


def test_names_that_are_back_after_ten_days(folder, capsys):
    found = asked(capsys, "recovered", "--store", folder)
    told = [(each["name"], each["how"], each["days"], each["between"], each["back_since"]) for each in found]
    assert sorted(told) == [
        ("moved.example.org.", "missing", 12.0, "nothing", "2023-11-29T22:13:20Z"),
        ("same.example.org.", "missing", 12.0, "unknown", None),
        ("served.example.org.", "failing", 12.0, "nothing", "2023-11-28T22:13:20Z"),
    ]
    found = asked(capsys, "recovered", "--store", folder, "--days", "5")
    assert sorted(each["name"] for each in found) == [
        "moved.example.org.",
        "same.example.org.",
        "served.example.org.",
        "short.example.org.",
    ]
    assert asked(capsys, "recovered", "--store", folder, "--days", "13") == []


def test_records_of_mine_that_lead_to_names_that_do_not_exist(own, mine, capsys):
    found = asked(capsys, "dangling", "--store", own, "--mine", mine)
    told = {
        (each["name"], each["type"], each["target"], each["missing"], each["unregistered"]) for each in found
    }
    assert len(told) == len(found)
    assert told == {
        ("shop.mine.com.", "CNAME", "shop.gone.net.", "gone.net.", True),
        ("two.mine.com.", "CNAME", "a.cdn.org.", "b.cdn.org.", False),
        ("mine.com.", "MX", "mx.lost.org.", "mx.lost.org.", False),
        ("mine.com.", "NS", "ns.lost.org.", "ns.lost.org.", False),
        ("_sip._tcp.mine.com.", "SRV", "sip.lost.org.", "sip.lost.org.", False),
    }


def test_what_a_zone_file_says_of_mine_dangles_too(tmp_path, mine, capsys):
    folder = filled(tmp_path / "store", missing("b.cdn.org.", "cdn.org.", 9))
    zone = tmp_path / "zone"
    zone.write_text("$ORIGIN mine.com.\n$TTL 60\n@ SOA ns a 1 2 3 4 5\n@ NS ns\nold CNAME b.cdn.org.\n")
    with Store(folder) as store:
        import_rows(store, rows_of(str(zone), None))
    assert [each["name"] for each in asked(capsys, "dangling", "--store", folder, "--mine", mine)] == [
        "old.mine.com."
    ]


def test_servers_of_mine_that_fail_since_when(own, mine, capsys):
    assert asked(capsys, "lame", "--store", own, "--mine", mine) == [
        {
            "server": "2001:db8::66",
            "zone": "sub.mine.com.",
            "rcodes": ["SERVFAIL"],
            "failing_since": "2023-11-21T22:13:20Z",
            "failed_last": "2023-11-21T22:13:20Z",
            "queries": 1,
            "questions": 1,
        },
        {
            "server": "192.0.2.66",
            "zone": "mine.com.",
            "rcodes": ["SERVFAIL", "REFUSED"],
            "failing_since": "2023-11-16T22:13:20Z",
            "failed_last": "2023-11-23T22:13:20Z",
            "queries": 3,
            "questions": 2,
        },
    ]


def test_more_servers_than_are_held_are_told(own, mine, monkeypatch, capsys):
    monkeypatch.setattr(own_zones, "PAIRS_MAX", 1)
    assert main(["ask", "lame", "--store", own, "--mine", mine]) == 1
    assert "over 1 servers fail for zones of mine.com." in capsys.readouterr().err


def test_domains_that_look_like_mine(own, mine, capsys):
    found = asked(capsys, "lookalikes", "--store", own, "--mine", mine)
    told = [(each["domain"], each["like"], each["how"], each["state"], each["queries"]) for each in found]
    assert told == [
        ("m1ne.com.", "mine.com.", "homoglyph", "resolves", 1),
        ("longernmae.net.", "longername.net.", "transposition", "fails", 1),
        ("mine.org.", "mine.com.", "suffix", "fails", 2),
    ]


def test_the_first_ones_in_text(folder, capsys):
    assert main(["ask", "expired", "--store", folder, "--top", "1"]) == 0
    heading, title, columns, row, note = capsys.readouterr().out.splitlines()
    assert heading == "expired: 2 found"
    assert title == "Domains that resolved, and are missing now (1)"
    assert columns.split()[:3] == ["domain", "queries", "names"]
    assert row.split()[:4] == ["gone.com.", "3", "2", "2023-11-17"]
    assert note.startswith("whoever registers one")
    assert main(["ask", "recovered", "--store", folder, "--days", "13"]) == 0
    assert capsys.readouterr().out == "recovered: nothing found\n"


def test_a_report_reads_while_the_store_is_written(folder, capsys):
    with Store(folder):
        assert len(asked(capsys, "expired", "--store", folder)) == 2


@pytest.mark.parametrize(
    ("told", "options", "hint"),
    [
        ([], [], "is empty: 'nxcast-consume store --store"),
        (missing("a.com.", "com.", 1), [], "(nxcast-broker --answers)"),
        (resolved("a.com.", None, 1), [], "--unverified takes them"),
    ],
)
def test_a_store_that_can_not_answer_says_what_is_missing(tmp_path, capsys, told, options, hint):
    folder = filled(tmp_path / "store", told)
    assert main(["ask", "expired", "--store", folder, *options]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert hint in line


def test_rrsets_of_no_known_zone_count_where_they_are_asked_for(tmp_path, capsys):
    told = [*resolved("www.gone.com.", None, 1), *missing("gone.com.", "com.", 3)]
    folder = filled(tmp_path / "store", told)
    assert [each["domain"] for each in asked(capsys, "expired", "--store", folder, "--unverified")] == [
        "gone.com."
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "has no domain"),
        ("192.0.2.1\n", ":1: a domain expected"),
        ("com\n", "no domain that anybody registers"),
    ],
)
def test_domains_that_can_not_be_read_are_one_line(own, tmp_path, capsys, text, hint):
    path = tmp_path / "mine.txt"
    path.write_text(text)
    assert main(["ask", "lookalikes", "--store", own, "--mine", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert hint in line


def test_a_folder_without_a_store_says_what_makes_one(tmp_path, capsys):
    assert main(["ask", "expired", "--store", str(tmp_path / "none")]) == 1
    assert "has no store; nxcast-consume store makes one" in capsys.readouterr().err


@pytest.mark.parametrize("report", REPORTS)
def test_the_help_of_each_report_teaches(report, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["ask", report, "--help"])
    assert caught.value.code == 0
    told = capsys.readouterr().out
    assert f"examples:\n  nxcast-consume ask {report} --store /var/lib/nxcast/store" in told
