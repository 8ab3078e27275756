"""Common Output Format: a name, what leads to it, an address, and pages."""

from __future__ import annotations

import json

import pytest

from nxcast.consumers.serve import cof
from nxcast.consumers.serve.cof import page_asked
from nxcast.consumers.serve.streaming import Answers, Work
from nxcast.consumers.store.lookups import Reader
from tests.consumers.serve.conftest import DAY_S
from tests.consumers.store.conftest import TIME_S


def ask(server, word, headers=None):
    status, told, body = server.get(f"/pdns/query/{word}", headers)
    assert status == 200, body
    return [json.loads(line) for line in body.splitlines()], told


def test_a_name_gives_its_rrsets_and_what_leads_to_it(server):
    rows, headers = ask(server, "www.example.com")
    assert [(row["rrname"], row["rrtype"]) for row in rows] == [("www.example.com.", "A")] * 3 + [
        ("www.example.net.", "CNAME")
    ]
    assert rows[0] == {
        "time_first": TIME_S + DAY_S,
        "time_last": TIME_S + DAY_S,
        "count": 1,
        "rrname": "www.example.com.",
        "rrtype": "A",
        "bailiwick": "com.",
        "rdata": "192.0.2.1",
    }
    assert {"x-dribble-cursor", "x-dribble-errors"}.isdisjoint(name.lower() for name in headers)


def test_a_name_may_have_a_slash_in_it(server):
    for word in ("1.0/25.2.0.192.in-addr.arpa", "1.0%2F25.2.0.192.in-addr.arpa"):
        rows, _ = ask(server, word)
        assert [row["rdata"] for row in rows] == ["host.example.com."]


def test_an_address_gives_the_names_that_have_it(server):
    rows, _ = ask(server, "2001:db8::1")
    assert [row["rrname"] for row in rows] == ["v6.example.com."]


def test_rows_of_a_zone_file_have_both_times_too(server):
    rows, _ = ask(server, "ns.published.example")
    assert all(row["time_first"] and row["time_last"] for row in rows)


def test_types_are_filtered_by_a_header(server):
    rows, _ = ask(server, "www.example.com", {"dribble-filter-rrtype": "CNAME"})
    assert [row["rrtype"] for row in rows] == ["CNAME"]


def test_pages_lead_to_one_another(server):
    whole, _ = ask(server, "www.example.com")
    headers, found = {"dribble-paginate-count": "3"}, []
    for expected in ("3", None):
        rows, told = ask(server, "www.example.com", headers)
        found += rows
        assert told.get("x-dribble-cursor") == expected
        headers["dribble-paginate-cursor"] = "3"
    assert found == whole


def test_an_answer_that_is_cut_without_pages_says_so(planted, monkeypatch):
    monkeypatch.setattr(cof, "PAGE_OCTETS", 1)
    for headers, expected in (
        ({}, "x-dribble-errors"),
        ({"dribble-paginate-count": "9"}, "x-dribble-cursor"),
    ):
        page = page_asked(["www.example.com"], headers)
        with Reader(str(planted)) as reader:
            assert len([line for line in page.lines(reader, Work(Answers())) if line]) == 1
        assert list(page.headers()) == [expected]


@pytest.mark.parametrize(
    ("word", "headers", "status"),
    [
        ("a..b", {}, 400),
        ("a/b", {}, 404),
        ("a", {"dribble-paginate-count": "x"}, 400),
        ("a", {"dribble-paginate-cursor": "1000000000"}, 400),
        ("a", {"dribble-filter-rrtype": "NOTYPE"}, 400),
    ],
)
def test_what_cannot_be_answered_says_why(server, word, headers, status):
    assert server.get(f"/pdns/query/{word}", headers)[0] == status
