"""Which batches arrived, which are missing, and when a producer may forget what it sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.arrivals import (
    NAMES_MAX,
    NUMBERINGS_MAX,
    ROUND_NS,
    ROUNDS_MAX,
    SETTLE_NS,
    Arrival,
    Arrivals,
    Place,
)
from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.requests import MISSING_MAX

PRODUCER = ("ns1", 5)


def _header(sequence: int, *, sensor: str = "ns1", epoch: int = 5, held: int | None = 1) -> BatchHeader:
    header: BatchHeader = {"sensor": sensor, "epoch": epoch, "sequence": sequence, "count": 1}
    if held is not None:
        header["held"] = held
    return header


def _arrivals(*sequences: int, held: int | None = 1) -> Arrivals:
    """All taken and settled."""
    arrivals = Arrivals()
    for sequence in sequences:
        arrivals.take(_header(sequence, held=held), 0)
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
        ([3, 7], None, (7, [[4, 6]])),
    ],
)
def test_what_never_came_is_told_as_ranges(
    sequences: list[int], held: int | None, settled: tuple[int, list[list[int]]]
) -> None:
    assert _arrivals(*sequences, held=held).settled(PRODUCER) == settled


@given(st.lists(st.integers(1, 30), max_size=60))
def test_taken_and_missing_together_are_all(sequences: list[int]) -> None:
    arrivals = Arrivals()
    taken: set[int] = set()
    missing = 0
    for sequence in sequences:
        arrival = arrivals.take(_header(sequence), 0)
        assert (arrival.place is Place.REPEATED) == (sequence in taken)
        missing += arrival.missing - (arrival.place is Place.LATE)
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
    assert arrivals.take(_header(1), 0).place is (Place.LATE if ranges <= MISSING_MAX else Place.REPEATED)


def test_of_too_many_producers_the_one_silent_longest_is_forgotten() -> None:
    arrivals = Arrivals()
    for epoch in range(NUMBERINGS_MAX):
        arrivals.take(_header(1, epoch=epoch), 0)
    arrivals.take(_header(2, epoch=0), 0)
    arrivals.take(_header(1, sensor="ns2"), 0)
    arrivals.settle(0, None)
    arrivals.settle(SETTLE_NS, None)
    assert arrivals.settled(("ns1", 0)) == (2, [])
    assert arrivals.settled(("ns1", 1)) == (0, [])


def test_of_too_many_sensors_the_highest_epoch_of_the_one_silent_longest_is_forgotten() -> None:
    """A rise after that is none that we know of, so it begins where it is heard."""
    arrivals = Arrivals()
    for number in range(NAMES_MAX + 1):
        arrivals.take(_header(1, sensor=f"s{number}"), 0)
    for sensor, restarted in (("s1", True), ("s0", False)):
        assert arrivals.take(_header(4, sensor=sensor, epoch=6, held=None), 0) == Arrival(
            Place.NEW, 3 if restarted else 0, restarted, wanted=True
        )


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ([_header(4, held=None)], Arrival(Place.NEW, 0, restarted=False, wanted=True)),
        ([_header(4)], Arrival(Place.NEW, 3, restarted=False, wanted=True)),
        ([_header(1), _header(4)], Arrival(Place.NEW, 2, restarted=False, wanted=True)),
        ([_header(1), _header(4), _header(3)], Arrival(Place.LATE, 0, restarted=False, wanted=True)),
        ([_header(1), _header(1)], Arrival(Place.REPEATED, 0, restarted=False, wanted=False)),
        # Nothing is sent again without `held`: the number is wrong, not the frames.
        ([_header(1), _header(1, held=None)], Arrival(Place.REPEATED, 0, restarted=False, wanted=True)),
        ([_header(9), _header(3, epoch=6)], Arrival(Place.NEW, 2, restarted=True, wanted=True)),
        ([_header(9), _header(3, epoch=4, held=None)], Arrival(Place.NEW, 0, restarted=False, wanted=True)),
        (
            [_header(9), _header(1, epoch=6), _header(10)],
            Arrival(Place.NEW, 0, restarted=False, wanted=True),
        ),
    ],
)
def test_what_the_number_of_the_last_batch_says(headers: list[BatchHeader], told: Arrival) -> None:
    arrivals = Arrivals()
    assert [arrivals.take(header, 0) for header in headers][-1] == told


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
    arrivals.take(_header(1), 0)
    for now_ns, waiting_since_ns in steps:
        arrivals.settle(now_ns, waiting_since_ns)
    assert arrivals.settled(PRODUCER) == (settled, [])


def test_a_steady_flow_settles_in_rounds() -> None:
    arrivals = Arrivals()
    step = 10_000_000
    for sequence in range(1, 101):
        now = sequence * step
        arrivals.take(_header(sequence), now)
        arrivals.settle(now, None)
        settled, _ = arrivals.settled(PRODUCER)
        assert settled * step <= max(now - SETTLE_NS, 0)
        assert settled * step >= now - SETTLE_NS - ROUND_NS - step


def test_one_that_comes_late_is_told_neither_as_missing_nor_as_arrived_until_it_is_settled() -> None:
    arrivals = _arrivals(1, 2, 5)
    arrivals.take(_header(3), SETTLE_NS)
    assert arrivals.settled(PRODUCER) == (2, [])
    arrivals.settle(SETTLE_NS, None)
    arrivals.settle(2 * SETTLE_NS, None)
    assert arrivals.settled(PRODUCER) == (5, [[4, 4]])


def test_while_nothing_goes_out_rounds_are_bounded_and_nothing_settles() -> None:
    arrivals = Arrivals()
    for sequence in range(1, 10 * ROUNDS_MAX):
        arrivals.take(_header(sequence), sequence * ROUND_NS)
        arrivals.settle(sequence * ROUND_NS, ROUND_NS)
    assert arrivals.settled(PRODUCER) == (0, [])
    arrivals.settle(100 * ROUND_NS, None)
    arrivals.settle(100 * ROUND_NS + SETTLE_NS, None)
    assert arrivals.settled(PRODUCER) == (10 * ROUNDS_MAX - 1, [])
