"""Which batches arrived, which are missing, and when a producer may forget what it sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.arrivals import NUMBERINGS_MAX, ROUND_NS, ROUNDS_MAX, SETTLE_NS, Arrivals
from nxcast.schemas.requests import MISSING_MAX

PRODUCER = ("ns1", 5)


def _arrivals(*sequences: int, held: int | None = 1) -> Arrivals:
    """All taken and settled."""
    arrivals = Arrivals()
    arrivals.begin(PRODUCER, 0)
    for sequence in sequences:
        arrivals.take(PRODUCER, sequence, held, 0)
    arrivals.settle(0, None)
    arrivals.settle(SETTLE_NS, None)
    return arrivals


@pytest.mark.parametrize(
    ("sequences", "held", "settled"),
    [
        ([], 1, (0, [])),
        ([1, 2, 3], 1, (3, [])),
        ([1, 4], 1, (4, [[2, 3]])),
        ([4], 1, (4, [[1, 3]])),
        ([1, 5, 3], 1, (5, [[2, 2], [4, 4]])),
        ([1, 5, 2], 1, (5, [[3, 4]])),
        ([1, 5, 4], 1, (5, [[2, 3]])),
        ([1, 5, 4, 3, 2], 1, (5, [])),
        ([1, 5, 5, 1], 1, (5, [[2, 4]])),
        ([5], 3, (5, [[3, 4]])),
        ([3, 7], 5, (7, [[5, 6]])),
        ([3, 7], 7, (7, [])),
        ([3, 7], None, (7, [[1, 2], [4, 6]])),
    ],
)
def test_what_never_came_is_told_as_ranges(
    sequences: list[int], held: int | None, settled: tuple[int, list[list[int]]]
) -> None:
    assert _arrivals(*sequences, held=held).settled(PRODUCER) == settled


@given(st.lists(st.integers(1, 30), max_size=60))
def test_taken_and_missing_together_are_all(sequences: list[int]) -> None:
    arrivals = Arrivals()
    arrivals.begin(PRODUCER, 0)
    taken: set[int] = set()
    missing = 0
    for sequence in sequences:
        change = arrivals.take(PRODUCER, sequence, 1, 0)
        assert (change is None) == (sequence in taken)
        missing += change or 0
        taken.add(sequence)
    arrivals.settle(0, None)
    arrivals.settle(SETTLE_NS, None)
    highest, ranges = arrivals.settled(PRODUCER)
    told = {sequence for first, last in ranges for sequence in range(first, last + 1)}
    assert highest == max(taken, default=0)
    assert told == set(range(1, highest + 1)) - taken
    assert (len(told), sorted(ranges)) == (missing, ranges)


@pytest.mark.parametrize("ranges", [MISSING_MAX - 1, MISSING_MAX, MISSING_MAX + 1])
def test_of_too_many_ranges_the_oldest_is_given_up(ranges: int) -> None:
    arrivals = _arrivals(*range(2, 2 * ranges + 2, 2))
    _, missing = arrivals.settled(PRODUCER)
    assert len(missing) == min(ranges, MISSING_MAX)
    assert missing[-1] == [2 * ranges - 1] * 2
    assert arrivals.take(PRODUCER, 1, 1, 0) == (-1 if ranges <= MISSING_MAX else None)


def test_of_too_many_producers_the_one_silent_longest_is_forgotten() -> None:
    arrivals = Arrivals()
    for epoch in range(NUMBERINGS_MAX):
        arrivals.begin(("ns1", epoch), 0)
    arrivals.take(("ns1", 0), 1, 1, 0)
    arrivals.begin(("ns2", 0), 0)
    assert ("ns1", 0) in arrivals
    assert ("ns1", 1) not in arrivals
    assert arrivals.settled(("ns1", 1)) == (0, [])


@pytest.mark.parametrize(
    ("steps", "settled"),
    [
        ([(0, None)], 0),
        ([(0, None), (SETTLE_NS - 1, None)], 0),
        ([(0, None), (SETTLE_NS, None)], 1),
        ([(10, 0), (SETTLE_NS + 10, 0)], 0),  # its records may be those that wait
        ([(10, 1), (SETTLE_NS + 10, 1)], 1),  # what waits came after it
        ([(10, 0), (20, 11), (SETTLE_NS + 19, None)], 0),
        ([(10, 0), (20, 11), (SETTLE_NS + 20, None)], 1),
        ([(10, None), (5, None), (SETTLE_NS + 5, None)], 1),  # the clock was set back
    ],
)
def test_a_batch_is_settled_once_what_it_gave_has_been_out_for_a_while(
    steps: list[tuple[int, int | None]], settled: int
) -> None:
    arrivals = Arrivals()
    arrivals.begin(PRODUCER, 0)
    arrivals.take(PRODUCER, 1, 1, 0)
    for now_ns, waiting_since_ns in steps:
        arrivals.settle(now_ns, waiting_since_ns)
    assert arrivals.settled(PRODUCER) == (settled, [])


def test_a_steady_flow_settles_in_rounds() -> None:
    arrivals = Arrivals()
    arrivals.begin(PRODUCER, 0)
    step = 10_000_000
    for sequence in range(1, 101):
        now = sequence * step
        arrivals.take(PRODUCER, sequence, 1, now)
        arrivals.settle(now, None)
        settled, _ = arrivals.settled(PRODUCER)
        assert settled * step <= max(now - SETTLE_NS, 0)
        assert settled * step >= now - SETTLE_NS - ROUND_NS - step


def test_one_that_comes_late_is_told_neither_as_missing_nor_as_arrived_until_it_is_settled() -> None:
    arrivals = _arrivals(1, 2, 5)
    arrivals.take(PRODUCER, 3, 1, SETTLE_NS)
    assert arrivals.settled(PRODUCER) == (2, [])
    arrivals.settle(SETTLE_NS, None)
    arrivals.settle(2 * SETTLE_NS, None)
    assert arrivals.settled(PRODUCER) == (5, [[4, 4]])


def test_while_nothing_goes_out_rounds_are_bounded_and_nothing_settles() -> None:
    arrivals = Arrivals()
    arrivals.begin(PRODUCER, 0)
    for sequence in range(1, 10 * ROUNDS_MAX):
        arrivals.take(PRODUCER, sequence, 1, sequence * ROUND_NS)
        arrivals.settle(sequence * ROUND_NS, ROUND_NS)
    assert arrivals.settled(PRODUCER) == (0, [])
    arrivals.settle(100 * ROUND_NS, None)
    arrivals.settle(100 * ROUND_NS + SETTLE_NS, None)
    assert arrivals.settled(PRODUCER) == (10 * ROUNDS_MAX - 1, [])
