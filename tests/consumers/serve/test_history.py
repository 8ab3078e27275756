"""Failures and the one timeline of a name: resolved until, missing since, back since, at these servers."""

from __future__ import annotations

import pytest

from nxcast.consumers.serve import history
from nxcast.consumers.store import database
from nxcast.consumers.store.rows import FailureRow, RRsetRow
from tests.consumers.serve.conftest import DAY_S, ZONE, Server, fill, serving
from tests.consumers.store.conftest import TIME_NS, TIME_S, A, Seen, rr, soa, wire

SUCCEEDED = {"cond": "succeeded"}
NAME = "shop.example.com."


def told(make):
    """A name that resolved, went missing for a week, and is back; one more that fails; a flood."""

    def address(name, last, day):
        answers = [rr(name, A, bytes([192, 0, 2, last]))]
        return Seen.answer(name, A, ZONE, answers=answers, time_ns=TIME_NS + day * DAY_S * 10**9)

    def missing(name, day, server="192.0.2.53"):
        time_ns = TIME_NS + day * DAY_S * 10**9
        more = {"time_ns": time_ns, "response_ip": server, "query_zone": ZONE}
        return make.nxdomain(qname=name, qtype=A, soa_rrname=ZONE, **more)

    yield address(NAME, 1, 0)
    yield address(NAME, 1, 1)
    yield missing(NAME, 2)
    yield missing(NAME, 8, "2001:db8::53")
    yield address(NAME, 2, 9)
    yield Seen.answer("bad.example.com.", A, ZONE, rcode=2)
    yield Seen.answer("none.example.com.", A, ZONE, authorities=[soa(ZONE)])
    for number in range(20):
        yield missing(f"x{number}.flood.example.com.", 1)


@pytest.fixture(scope="module")
def server(tmp_path_factory, make):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "ZONE_ROWS_MAX", 8)
        folder = fill(tmp_path_factory.mktemp("history") / "store", told(make))
    with serving(folder) as running:
        yield running


def test_a_name_s_history_is_its_state_and_then_what_was_seen_in_its_order(server: Server):
    (state, *spans), end = server.lines("/v1/history/shop.example.com")
    assert end == SUCCEEDED
    day = [TIME_S + number * DAY_S for number in range(10)]
    assert state == {
        "name": NAME,
        "state": "resolved",
        "resolved_since": day[0],
        "resolved_until": day[9],
        "missing_since": day[2],
        "missing_until": day[8],
        "back_since": day[9],
    }
    assert [(span["state"], span["time_first"], span["time_last"]) for span in spans] == [
        ("resolved", day[0], day[1]),
        ("missing", day[2], day[8]),
        ("resolved", day[9], day[9]),
    ]
    assert set(spans[1]["servers"]) == {"192.0.2.53", "2001:db8::53"}
    assert server.lines("/v1/history/nothing.example")[0] == [
        {"name": "nothing.example.", "state": "unknown"}
    ]


def rrset(first, last):
    return RRsetRow(wire(NAME), A, wire(ZONE), (bytes(4),), first, last, 1)


def failure(rcode, first, last):
    return FailureRow(wire(NAME), A, rcode, wire(ZONE), first, last, 1, None, ())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], {"state": "unknown"}),
        ([RRsetRow(wire(NAME), A, wire(ZONE), (), 0, 0, 0, 5, 6)], {"state": "unknown"}),
        ([rrset(1, 2), failure(3, 4, 9)], {"state": "missing", "resolved_until": 2, "missing_since": 4}),
        ([rrset(1, 20), failure(3, 4, 9)], {"state": "resolved", "back_by": 20}),
        ([rrset(1, 2), rrset(11, 20), failure(3, 4, 9)], {"state": "resolved", "back_since": 11}),
        ([rrset(1, 2), failure(2, 4, 9)], {"state": "failing", "failing_since": 4, "failing_until": 9}),
        ([failure(0, 4, 9)], {"state": "nodata", "nodata_since": 4}),
    ],
)
def test_the_state_is_what_was_seen_last(rows, expected):
    found = history.state_of(rows)
    assert {key: found.get(key) for key in expected} == expected
    assert ("back_since" in found, "back_by" in found) == ("back_since" in expected, "back_by" in expected)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name/bad.example.com", {("bad.example.com.", "SERVFAIL")}),
        ("name/none.example.com/A", {("none.example.com.", "NODATA")}),
        ("name/none.example.com/MX", set()),
        ("name/shop.example.com", {(NAME, "NXDOMAIN")}),
        (f"name/shop.example.com?time_last_before={TIME_S}", set()),
    ],
)
def test_failures_are_looked_up_and_fenced_as_rrsets_are(server: Server, path, expected):
    rows, end = server.lines(f"/v1/failures/{path}")
    assert end == SUCCEEDED
    assert {(row["qname"], row["rcode"]) for row in rows} == expected


def test_a_flood_is_one_object_of_its_zone(server: Server):
    rows, _ = server.lines("/v1/failures/name/*.example.com")
    (flood,) = (row for row in rows if "qname" not in row)
    assert flood["zone"] == ZONE
    assert sum(row["count"] for row in rows) == 24
    rows, end = server.lines("/v1/failures/name/*.example.com?limit=1")
    assert (len(rows), end["cond"]) == (1, "limited")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("failures/name/www.*", 400),
        ("failures/name", 404),
        ("failures/name/" + "a/" * 2000 + "a", 404),
        ("failures/ip/192.0.2.1", 404),
        ("history/*.example.com", 404),
        ("history/a/b", 404),
        ("history/" + "a/" * 2000 + "a", 404),
        ("history/a..b", 400),
    ],
)
def test_what_cannot_be_answered_says_why(server: Server, path, status):
    assert server.get(f"/v1/{path}")[0] == status


def test_a_history_of_too_much_is_limited(server: Server):
    rows, end = server.lines("/v1/history/shop.example.com?limit=2")
    assert (len(rows), end["cond"]) == (3, "limited")
