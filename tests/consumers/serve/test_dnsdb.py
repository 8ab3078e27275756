"""DNSDB's API as its clients ask it, over HTTP: each look-up gives its rows and nothing else."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.consumers.serve.conftest import DAY_S
from tests.consumers.store.conftest import TIME_S, wire

RRSET, RDATA = "/dnsdb/v2/lookup/rrset/", "/dnsdb/v2/lookup/rdata/"
SUCCEEDED = {"cond": "succeeded"}
LIMITED = {"cond": "limited", "msg": "Result limit reached"}
WWW = f"{RRSET}name/www.example.com"


def test_an_rrset_has_all_that_clients_show(server):
    rows, end = server.lines(f"{WWW}/A/com")
    assert end == SUCCEEDED
    assert rows == [
        {
            "count": 1,
            "time_first": TIME_S + DAY_S,
            "time_last": TIME_S + DAY_S,
            "rrname": "www.example.com.",
            "rrtype": "A",
            "bailiwick": "com.",
            "rdata": ["192.0.2.1"],
        }
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name/www.example.com", {("www.example.com.", "A")}),
        ("name/WWW.Example.com./ANY/example.com", {("www.example.com.", "A")}),
        ("name/www.example.com/MX", set()),
        ("name/www.example.com/A/org", set()),
        ("name/%2A.example.com/TYPE65400", {("odd.example.com.", "TYPE65400")}),
        ("name/*.example.com/ANY-DNSSEC", {("example.com.", "DS")}),
        ("name/www.%2A", {("www.example.com.", "A"), ("www.example.net.", "CNAME")}),
        ("name/www.example.*/CNAME", {("www.example.net.", "CNAME")}),
        ("name/a%5C.b.example.com", {("a\\.b.example.com.", "A")}),
        *(
            (f"name/{path}", {("1.0/25.2.0.192.in-addr.arpa.", "PTR")})
            for path in (
                "1.0/25.2.0.192.in-addr.arpa",  # as dnsdbq sends what RFC 2317 has
                "1.0%2F25.2.0.192.in-addr.arpa",
                "*.0/25.2.0.192.in-addr.arpa/PTR",
                "1.0/25.2.0.192.in-addr.arpa/PTR/0/25.2.0.192.in-addr.arpa",
            )
        ),
        (f"raw/{wire('v6.example.com.').hex()}", {("v6.example.com.", "AAAA")}),
        (f"raw/{wire('V6.example.com.').hex().upper()}/AAAA", {("v6.example.com.", "AAAA")}),
    ],
)
def test_rrsets_are_looked_up_by_owner(server, path, expected):
    rows, end = server.lines(RRSET + path)
    assert end == SUCCEEDED
    assert {(row["rrname"], row["rrtype"]) for row in rows} == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name/www.example.com", {("www.example.net.", "www.example.com.")}),
        (
            "name/%2A.example.org",
            {("example.com.", "10 mail.example.org."), ("example.com.", "20 www.example.org.")},
        ),
        ("name/mail.*/MX", {("example.com.", "10 mail.example.org.")}),
        ("ip/192.0.2.77", {("a\\.b.example.com.", "192.0.2.77")}),
        (
            "ip/198.51.100.0%2C24",
            {("www.example.com.", "198.51.100.7"), ("www.example.com.", "198.51.100.8")},
        ),
        ("ip/198.51.100.0,29", {("www.example.com.", "198.51.100.7")}),
        ("ip/198.51.100.8-198.51.100.9", {("www.example.com.", "198.51.100.8")}),
        ("ip/203.0.113.9", set()),  # seen, but nobody knows for which zone
        ("ip/2001%3Adb8%3A%3A,32", {("v6.example.com.", "2001:db8::1")}),
        ("raw/0102", {("odd.example.com.", "\\# 2 0102")}),
        (f"raw/000a{wire('mail.example.org.').hex()}/MX", {("example.com.", "10 mail.example.org.")}),
    ],
)
def test_rdata_is_looked_up_by_name_address_and_octets(server, path, expected):
    rows, end = server.lines(RDATA + path)
    assert end == SUCCEEDED
    assert {(row["rrname"], row["rdata"]) for row in rows} == expected


def test_the_rdata_of_several_rrsets_is_one_row(server):
    (row,), _ = server.lines(f"{RDATA}ip/192.0.2.1")
    assert (row["count"], row["time_first"], row["time_last"]) == (3, TIME_S, TIME_S + 2 * DAY_S)


def test_a_zone_file_has_times_of_its_own(server):
    (row,), _ = server.lines(f"{RRSET}name/ns.published.example/A")
    assert row["zone_time_first"] == row["zone_time_last"] > TIME_S
    assert not {"time_first", "time_last"} & set(row)


@pytest.mark.parametrize(
    ("fence", "expected"),
    [
        (f"time_first_before={TIME_S + 1}", {"example.com."}),
        (f"time_first_after={TIME_S + 1}", {"com.", "example.com."}),
        (f"time_last_before={TIME_S + 2 * DAY_S}", {"com."}),
        (f"time_last_after={TIME_S + 2 * DAY_S}", {"example.com."}),
        (f"time_first_after={TIME_S}&time_last_before={TIME_S + DAY_S}", set()),
        ("time_last_after=-60", set()),
        ("time_last_before=-60", {"com.", "example.com."}),
    ],
)
def test_times_fence_what_is_given(server, fence, expected):
    rows, end = server.lines(f"{WWW}?{fence}")
    assert end == SUCCEEDED
    assert {row["bailiwick"] for row in rows} == expected


def test_pages_follow_one_another_and_the_last_says_that_there_is_no_more(server):
    whole, end = server.lines(f"{RRSET}name/*.example.com?limit=0")
    assert end == SUCCEEDED
    assert len(whole) == 9
    pages = [server.lines(f"{RRSET}name/*.example.com?limit=3&offset={offset}") for offset in (0, 3, 6, 9)]
    assert [row for rows, _ in pages for row in rows] == whole
    assert [end for _, end in pages] == [LIMITED, LIMITED, SUCCEEDED, SUCCEEDED]


def test_a_summary_adds_up_what_the_look_up_would_give(server):
    (told,), end = server.lines("/dnsdb/v2/summarize/rrset/name/www.example.com")
    assert end == SUCCEEDED
    times = {"time_first": TIME_S, "time_last": TIME_S + 3 * DAY_S}
    assert told == {"count": 4, "num_results": 3, **times}
    (told,), _ = server.lines("/dnsdb/v2/summarize/rrset/name/www.example.com?max_count=1")
    assert told["num_results"] == 1
    assert server.lines("/dnsdb/v2/summarize/rdata/ip/192.0.2.200")[0] == [{"count": 0, "num_results": 0}]


def test_human_times_are_rfc_3339(server):
    (row,), _ = server.lines(f"{WWW}/A/com?humantime=t")
    assert row["time_first"] == "2023-11-15T22:13:20Z"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("regex/rrnames/^v[0-9]", {"v6.example.com."}),
        ("regex/rrnames/" + quote(r"^WWW\..*\.net\.$"), {"www.example.net."}),
        ("glob/rrnames/v%3F.*", {"v6.example.com."}),
        ("glob/rrnames/" + quote("[uv]6.example.com"), {"v6.example.com."}),
        ("glob/rrnames/www.*/CNAME", {"www.example.net."}),
        ("glob/rrnames/www.*?exclude=*.net", {"www.example.com."}),
        ("glob/rrnames/example.com/ANY-DNSSEC", {"example.com."}),
        ("glob/rrnames/ww", set()),
    ],
)
def test_owners_are_searched_by_pattern(server, path, expected):
    rows, end = server.lines(f"/dnsdb/v2/{path}")
    assert end == SUCCEEDED
    assert {row["rrname"] for row in rows} == expected
    assert all(bytes.fromhex(row["raw_rrname"]) == wire(row["rrname"]) for row in rows)


def test_a_searched_owner_is_one_result_a_type_with_counts_unless_told_not_to(server):
    (row,), _ = server.lines("/dnsdb/v2/glob/rrnames/www.example.com")
    assert (row["count"], row["time_first"], row["time_last"]) == (4, TIME_S, TIME_S + 3 * DAY_S)
    (row,), _ = server.lines("/dnsdb/v2/glob/rrnames/www.example.com?verbose=False")
    assert set(row) == {"rrname", "rrtype", "raw_rrname"}


def test_rdata_is_searched_as_text_and_comes_once_with_the_counts_of_all_owners(server):
    (row,), end = server.lines("/dnsdb/v2/regex/rdata/" + quote(r"^192\.0\.2\.1$"))
    assert end == SUCCEEDED
    assert (row["rdata"], row["raw_rdata"], row["count"]) == ("192.0.2.1", "C0000201", 3)
    (row,), _ = server.lines("/dnsdb/v2/glob/rdata/*mail.example.org./MX?verbose=0")
    assert row == {"rdata": "10 mail.example.org.", "rrtype": "MX", "raw_rdata": row["raw_rdata"]}


@pytest.mark.parametrize("path", ["ping", "rate_limit"])
def test_ping_and_rate_limit_are_one_whole_line(server, path):
    status, headers, body = server.get(f"/dnsdb/v2/{path}")
    assert (status, headers["content-type"], body[-1]) == (200, "application/json", "\n")
    assert json.loads(body)


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("lookup/rrset/name/a..b", 400, "not a name"),
        ("lookup/rrset/name/www.example.com/NOTYPE", 400, "not a type"),
        ("lookup/rrset/name/%C3%A9.example", 400, "xn--"),
        ("lookup/rrset/name/0/25", 400, "not a type"),
        ("lookup/rrset/name/www.example.com/A/com/more", 404, "no such look-up"),
        ("lookup/rrset/name/" + "a/" * 2000 + "a", 404, "no such look-up"),
        ("lookup/rrset/name", 404, "no such look-up"),
        ("lookup/rrset/raw/zz", 400, "hexadecimal"),
        ("lookup/rrset/raw/0361", 400, "wire form"),
        ("lookup/rdata/ip/192.0.2.300", 400, "not an address"),
        ("lookup/rdata/ip/192.0.2.9-192.0.2.1", 400, "not a range"),
        ("lookup/rdata/ip/192.0.2.1/24", 400, "not a type"),
        ("lookup/rdata/name/", 400, "missing"),
        ("lookup/other/name/a", 404, "no such look-up"),
        ("lookup/rrset/name/a?limit=x", 400, "limit"),
        ("lookup/rrset/name/a?limit=-1", 400, "limit"),
        ("lookup/rrset/name/a?offset=1000000000", 416, "offset"),
        ("lookup/rrset/name/a?humantime=maybe", 400, "humantime"),
        ("regex/rrnames/" + quote("(", safe=""), 400, "not a pattern"),
        ("regex/rrnames/" + quote(r"(a)\1", safe=""), 400, "not a pattern"),
        ("regex/rrnames/" + "a" * 2000, 400, "characters at most"),
        ("regex/rrnames/" + quote("((a{1,99}){1,99}){1,9}", safe=""), 400, "not a pattern"),
        ("lookup/rrset/name/" + "a" * 5000, 414, "octets"),
        ("nothing", 404, "no such look-up"),
    ],
)
def test_what_cannot_be_answered_is_one_line_that_says_why(server, path, status, why):
    got, _, body = server.get(f"/dnsdb/v2/{path}")
    assert (got, body.count("\n")) == (status, 1)
    assert why in body
