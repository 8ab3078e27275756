"""Rows as octets: they come back as they were, in an order that serves, and merge in any order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.store.bailiwick import RRset
from nxcast.consumers.store.observation import Failure
from nxcast.consumers.store.rows import (
    FailureRow,
    RRsetRow,
    failure_key,
    failure_row,
    merged_failure,
    merged_rrset,
    pack,
    reversed_name,
    rrset_key,
    rrset_row,
)
from tests.consumers.store.conftest import wire

LABELS = st.lists(st.binary(min_size=1, max_size=20), max_size=5)
NAMES = LABELS.map(lambda labels: b"".join(bytes([len(label)]) + label for label in labels) + b"\0")
TIMES = st.integers(1, 2**32)


@given(NAMES, st.integers(0, 65535), st.none() | NAMES, st.lists(st.binary(max_size=300), max_size=4), TIMES)
def test_an_rrset_comes_back_as_it_was(owner, rrtype, zone, rdata, time):
    key = rrset_key(RRset(owner, rrtype, tuple(rdata)), zone)
    assert rrset_row(key, pack([1, time, 3])) == RRsetRow(owner, rrtype, zone, tuple(rdata), 1, time, 3)
    assert rrset_row(key, pack([0, 0, 0, 4, 5])).zone_last == 5


@given(NAMES, st.integers(0, 65535), st.integers(0, 4095), NAMES, st.none() | NAMES)
def test_a_failure_comes_back_as_it_was(qname, qtype, rcode, zone, soa):
    key = failure_key(Failure(qname, qtype, rcode, zone, soa, bytes(4)))
    expected = FailureRow(qname, qtype, rcode, zone, 1, 2, 3, soa, (bytes(4),))
    assert failure_row(key, pack([1, 2, 3, soa, [bytes(4)]])) == expected


@given(NAMES)
def test_a_name_reversed_twice_is_itself(name):
    assert reversed_name(reversed_name(name)) == name


def test_a_name_and_all_below_it_are_one_range():
    texts = ["com.", "a.com.", "b.a.com.", "a.com.com.", "com.com.", "aa.com.", "net.", "."]
    order = sorted(texts, key=lambda text: reversed_name(wire(text)))
    assert order == [".", "com.", "a.com.", "b.a.com.", "aa.com.", "com.com.", "a.com.com.", "net."]


VALUES = st.tuples(TIMES, TIMES, TIMES) | st.tuples(TIMES, TIMES, TIMES, TIMES, TIMES)
NOTHING_SEEN = st.tuples(TIMES, TIMES).map(lambda zone: (0, 0, 0, *zone))


@given(VALUES | NOTHING_SEEN, VALUES | NOTHING_SEEN, VALUES | NOTHING_SEEN)
def test_rrsets_merge_in_any_order(one, two, three):
    assert merged_rrset(one, two) == merged_rrset(two, one)
    assert merged_rrset(merged_rrset(one, two), three) == merged_rrset(one, merged_rrset(two, three))


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        ((5, 6, 1), (3, 9, 2), (3, 9, 3)),
        ((5, 6, 1), (0, 0, 0, 7, 8), (5, 6, 1, 7, 8)),
        ((0, 0, 0, 5, 6), (0, 0, 0, 7, 8), (0, 0, 0, 5, 8)),
    ],
)
def test_first_is_the_least_last_the_most_count_the_sum(one, other, merged):
    assert merged_rrset(one, other) == merged


FAILED = st.builds(
    lambda first, last, count, soa, servers: [first, last, count, soa, sorted(servers)],
    TIMES,
    TIMES,
    TIMES,
    st.none() | NAMES,
    st.sets(st.binary(min_size=4, max_size=4), min_size=1, max_size=8),
)


@given(FAILED, FAILED)
def test_failures_merge_in_any_order_with_eight_servers_at_most(one, two):
    merged = merged_failure(one, two)
    assert merged == merged_failure(two, one)
    assert merged[:3] == [min(one[0], two[0]), max(one[1], two[1]), one[2] + two[2]]
    assert merged[4] == sorted({*one[4], *two[4]})[:8]
