"""The shares of memory_max: never more in all, and so many may connect."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nxcast.transport.memory_shares import DEPTH, MEMORY_MIN, MESSAGE, shares

MEMORY = st.integers(MEMORY_MIN, 1 << 40)


def test_by_default_there_is_room_for_a_thousand_producers_and_half_as_many_subscribers() -> None:
    made = shares(512 << 20)
    assert made == (160 << 20, 96 << 20, 160 << 20, 96 << 20)
    assert made.connections_max == (1024, 512, 1536)


@given(MEMORY)
def test_the_shares_are_no_more_than_there_is(memory_max: int) -> None:
    assert sum(shares(memory_max)) <= memory_max


@given(MEMORY)
def test_as_many_subscribers_as_may_be_have_a_few_messages_each(memory_max: int) -> None:
    made = shares(memory_max)
    assert made.connections_max[1] * (DEPTH + 1) * MESSAGE <= made.egress


@given(MEMORY)
def test_whoever_pushes_or_subscribes_may_ask_too(memory_max: int) -> None:
    producers, subscribers, askers = shares(memory_max).connections_max
    assert askers >= producers + subscribers
