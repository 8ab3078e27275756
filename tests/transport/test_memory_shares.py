"""The shares of memory_max: never more in all, and what may wait follows from how many connect."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nxcast.transport.memory_shares import DEPTH_MIN, MEMORY_MIN, MESSAGE, shares

MEMORY = st.integers(MEMORY_MIN, 1 << 40)


def test_by_default_there_is_room_for_a_thousand_producers_and_half_as_many_subscribers() -> None:
    made = shares(512 << 20)
    assert made == (160 << 20, 96 << 20, 160 << 20, 96 << 20)
    assert made.connections_max == (1024, 512, 1536)
    assert [made.depth(count, 1000) for count in (0, 1, 2, 10, 25, 512)] == [1000, 1000, 1000, 255, 101, 4]


@given(MEMORY)
def test_the_shares_are_no_more_than_there_is(memory_max: int) -> None:
    assert sum(shares(memory_max)) <= memory_max


@given(MEMORY, st.integers(1, 1 << 20), st.integers(1, 1_000_000))
def test_connections_times_what_waits_for_each_is_no_more_than_the_share(
    memory_max: int, wanted: int, high_water_mark: int
) -> None:
    made = shares(memory_max)
    count = min(wanted, made.connections_max[1])
    depth = made.depth(count, high_water_mark)
    assert 1 <= depth <= high_water_mark
    assert count * (depth + 1) * MESSAGE <= made.egress
    assert depth >= min(DEPTH_MIN, high_water_mark)


@given(MEMORY)
def test_whoever_pushes_or_subscribes_may_ask_too(memory_max: int) -> None:
    producers, subscribers, askers = shares(memory_max).connections_max
    assert askers >= producers + subscribers
