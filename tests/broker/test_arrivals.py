"""Which batches arrived, which are missing, and when a producer may forget what it sent."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.arrivals import (
    NAMES_MAX,
    NUMBERINGS_MAX,
    PARTS_MAX,
    UNSETTLED_MAX,
    Arrival,
    Arrivals,
    Place,
    Taken,
)
from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.request_answers import MISSING_MAX

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
        arrivals.take(_header(sequence, held=held))
    arrivals.committed(1)
    arrivals.settle(1)
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
        arrival = arrivals.take(_header(sequence))
        assert (arrival.place is Place.REPEATED) == (sequence in taken)
        missing += arrival.missing - (arrival.place is Place.LATE)
        taken.add(sequence)
    arrivals.committed(1)
    arrivals.settle(1)
    highest, ranges = arrivals.settled(PRODUCER)
    told = {sequence for first, last in ranges for sequence in range(first, last + 1)}
    assert highest == max(taken, default=0)
    assert told == set(range(1, highest + 1)) - taken
    assert (len(told), sorted(ranges)) == (missing, ranges)


@pytest.mark.parametrize("ranges", [MISSING_MAX - 1, MISSING_MAX, MISSING_MAX + 1])
def test_of_too_many_ranges_the_oldest_is_given_up_where_nothing_is_sent_again(ranges: int) -> None:
    arrivals = _arrivals(1, *range(3, 2 * ranges + 3, 2), held=None)
    _, missing = arrivals.settled(PRODUCER)
    assert len(missing) == min(ranges, MISSING_MAX)
    assert missing[-1] == [2 * ranges] * 2
    late = arrivals.take(_header(2, held=None))
    assert late.place is (Place.LATE if ranges <= MISSING_MAX else Place.REPEATED)


def test_of_too_many_ranges_none_is_told_as_arrived_where_all_are_kept() -> None:
    """What would be one range more is refused, until what is missing has come or is given up."""
    arrivals = _arrivals(*range(2, 2 * MISSING_MAX + 2, 2))
    last, one_more = 2 * MISSING_MAX, 2 * MISSING_MAX + 2
    assert arrivals.has_room(_header(last + 1))
    assert not arrivals.has_room(_header(one_more))
    arrivals.refuse(_header(one_more))
    missing = [[first, first] for first in range(1, last, 2)]
    assert arrivals.settled(PRODUCER) == (last, missing)
    assert arrivals.has_room(_header(one_more, held=2))
    arrivals = _arrivals(*range(2, last + 1, 2), 1)
    assert arrivals.has_room(_header(one_more))


def test_a_late_one_that_makes_two_ranges_of_one_needs_room_too() -> None:
    arrivals = _arrivals(*range(4, 4 * MISSING_MAX + 4, 4))
    assert [arrivals.has_room(_header(sequence)) for sequence in (1, 2, 3, 4)] == [True, False, True, True]


def _settle(arrivals: Arrivals) -> tuple[int, list[list[int]]]:
    arrivals.committed(9)
    arrivals.settle(9)
    return arrivals.settled(PRODUCER)


def test_nothing_above_what_was_refused_is_taken_before_it_comes() -> None:
    arrivals = _arrivals(1, 2)
    for sequence in (5, 4):  # the newest is refused first
        arrivals.refuse(_header(sequence))
    assert [arrivals.admits(_header(sequence)) for sequence in (6, 5, 3, 2, 4, 5)] == [
        *(False, False, True, True, True, True)
    ]
    assert not arrivals.refusing or arrivals.admits(_header(6))
    assert not arrivals.refusing


def test_what_was_refused_is_told_as_missing_once_all_below_is_settled() -> None:
    arrivals = _arrivals(1)
    for sequence in (3, 4, 5):
        arrivals.refuse(_header(sequence))
    assert arrivals.settled(PRODUCER) == (1, [])  # 2 waits for its turn
    arrivals.take(_header(2))
    assert arrivals.settled(PRODUCER) == (1, [])
    assert _settle(arrivals) == (5, [[3, 5]])
    assert arrivals.admits(_header(3))
    assert arrivals.settled(PRODUCER) == (2, [])  # it waits, too
    arrivals.take(_header(3))
    assert _settle(arrivals) == (5, [[4, 5]])


def test_what_was_refused_of_one_never_heard_is_told_too() -> None:
    arrivals = Arrivals()
    arrivals.refuse(_header(1))
    assert arrivals.settled(PRODUCER) == (1, [[1, 1]])
    assert arrivals.admits(_header(1))
    assert arrivals.settled(PRODUCER) == (0, [])


@pytest.mark.parametrize("held", [4, 9])
def test_what_was_refused_and_is_given_up_holds_up_nothing(held: int) -> None:
    arrivals = _arrivals(1)
    arrivals.refuse(_header(2))
    arrivals.refuse(_header(3))
    assert arrivals.admits(_header(9, held=held))
    assert not arrivals.refusing


def test_a_repetition_that_is_refused_holds_up_nothing() -> None:
    """One that came, or that came after all while it waited for its turn."""
    arrivals = _arrivals(1, 2)
    arrivals.refuse(_header(2))
    assert not arrivals.refusing
    arrivals.refuse(_header(3))
    arrivals.take(_header(3))
    assert arrivals.admits(_header(4))
    assert _settle(arrivals) == (3, [])


def test_who_sends_nothing_again_is_not_waited_for() -> None:
    arrivals = _arrivals(1, held=None)
    arrivals.refuse(_header(2, held=None))
    assert not arrivals.refusing
    arrivals.refuse(_header(2))
    assert arrivals.admits(_header(3, held=None))


def test_of_too_many_producers_the_one_silent_longest_is_forgotten() -> None:
    arrivals = Arrivals()
    for epoch in range(NUMBERINGS_MAX):
        arrivals.take(_header(1, epoch=epoch))
    arrivals.take(_header(2, epoch=0))
    arrivals.take(_header(1, sensor="ns2"))
    arrivals.committed(1)
    arrivals.settle(1)
    assert arrivals.settled(("ns1", 0)) == (2, [])
    assert arrivals.settled(("ns1", 1)) == (0, [])


def test_of_too_many_sensors_the_highest_epoch_of_the_one_silent_longest_is_forgotten() -> None:
    """A rise after that is none that we know of, so it begins where it is heard."""
    arrivals = Arrivals()
    for number in range(NAMES_MAX + 1):
        arrivals.take(_header(1, sensor=f"s{number}"))
    for sensor, restarted in (("s1", True), ("s0", False)):
        assert arrivals.take(_header(4, sensor=sensor, epoch=6, held=None)) == Arrival(
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
    assert [arrivals.take(header) for header in headers][-1] == told


def test_a_batch_is_settled_with_its_commit() -> None:
    arrivals = Arrivals()
    for sequence in (1, 2, 3):
        arrivals.take(_header(sequence))
        arrivals.committed(sequence)
    arrivals.take(_header(4))
    for number in range(5):
        arrivals.settle(number)
        assert arrivals.settled(PRODUCER) == (min(number, 3), [])


def test_one_that_comes_late_is_told_neither_as_missing_nor_as_arrived_until_it_is_settled() -> None:
    arrivals = _arrivals(1, 2, 5)
    arrivals.take(_header(3))
    assert arrivals.settled(PRODUCER) == (2, [])
    arrivals.committed(2)
    assert arrivals.settled(PRODUCER) == (2, [])
    arrivals.settle(2)
    assert arrivals.settled(PRODUCER) == (5, [[4, 4]])


def test_commits_that_are_not_settled_are_bounded_and_none_settles_early() -> None:
    arrivals = Arrivals()
    last = 3 * UNSETTLED_MAX
    for sequence in range(1, last + 1):
        arrivals.take(_header(sequence))
        arrivals.committed(sequence)
    arrivals.settle(UNSETTLED_MAX - 1)
    assert arrivals.settled(PRODUCER) == (UNSETTLED_MAX - 1, [])
    arrivals.settle(last - 1)
    assert arrivals.settled(PRODUCER) == (UNSETTLED_MAX - 1, [])
    arrivals.settle(last)
    assert arrivals.settled(PRODUCER) == (last, [])


def test_what_was_taken_is_known_to_the_next_one() -> None:
    arrivals = _arrivals(1, 2, 5)
    state = arrivals.state()
    arrivals.take(_header(3))
    arrivals.take(_header(1, sensor="ns2"))
    again = Arrivals()
    again.restore([state, arrivals.taken()])
    assert again.settled(PRODUCER) == (5, [[4, 4]])
    assert again.settled(("ns2", 5)) == (1, [])
    assert again.take(_header(3)).place is Place.REPEATED
    assert again.take(_header(4)).place is Place.LATE
    assert again.take(_header(1, epoch=6)) == Arrival(Place.NEW, 0, restarted=True, wanted=True)


def test_only_what_was_taken_since_the_last_commit_is_told() -> None:
    arrivals = _arrivals(1)
    assert (arrivals.taken(), arrivals.uncommitted) == ([], False)
    arrivals.take(_header(2))
    assert (arrivals.taken(), arrivals.uncommitted) == ([("ns1", 5, 2, [])], True)
    arrivals.committed(2)
    arrivals.take(_header(2))
    assert (arrivals.taken(), arrivals.uncommitted) == ([], False)


def _after_a_kill(arrivals: Arrivals) -> Arrivals:
    """Of the next broker, from what the log has of this one."""
    restored = Arrivals()
    kept: Taken = msgpack.unpackb(msgpack.packb(arrivals.state()))
    restored.restore([kept])
    return restored


@pytest.mark.parametrize("taken", [(), (1,)])
def test_how_far_a_batch_was_published_is_known_to_the_next_broker(taken: tuple[int, ...]) -> None:
    arrivals = _arrivals(*taken)
    arrivals.publish_part(_header(2), 512)
    arrivals.publish_part(_header(2), 1024)
    assert arrivals.under_way(_header(2))
    last = [(*PRODUCER, 1 if taken else -1, [], [(2, 1024)])]
    assert arrivals.taken() == last
    arrivals.committed(2)
    assert arrivals.taken() == []
    restored = _after_a_kill(arrivals)
    assert (restored.part(_header(2)), restored.under_way(_header(2))) == (1024, False)
    assert restored.wants(_header(2))
    assert restored.settled(PRODUCER)[0] == len(taken)
    assert restored.take(_header(2)).place is Place.NEW
    assert restored.part(_header(2)) == 0
    assert _after_a_kill(restored).part(_header(2)) == 0


def test_a_batch_taken_after_its_parts_is_whole_in_what_is_restored() -> None:
    arrivals = _arrivals(1)
    arrivals.publish_part(_header(2), 512)
    parts = arrivals.taken()
    arrivals.committed(2)
    arrivals.take(_header(2))
    restored = Arrivals()
    restored.restore([parts, arrivals.taken()])
    assert (restored.part(_header(2)), restored.wants(_header(2))) == (0, False)


def test_of_a_producer_that_never_sends_again_no_part_is_kept() -> None:
    arrivals = _arrivals(1, held=None)
    arrivals.publish_part(_header(2, held=None), 512)
    assert not arrivals.under_way(_header(2, held=None))
    assert arrivals.taken() == []


def test_a_part_of_a_batch_that_is_held_no_more_is_forgotten() -> None:
    arrivals = _arrivals(1)
    arrivals.publish_part(_header(2), 512)
    arrivals.take(_header(3, held=3))
    assert _after_a_kill(arrivals).part(_header(2)) == 0


def test_parts_are_bounded() -> None:
    arrivals = Arrivals()
    for number in range(PARTS_MAX + 1):
        arrivals.publish_part(_header(number + 1, sensor=f"ns{number}"), 512)
    assert len(arrivals.state()) == PARTS_MAX


def test_parts_that_are_restored_are_bounded_and_the_latest_count() -> None:
    arrivals = Arrivals()
    kept: list[Taken] = [[(f"ns{number}", 5, -1, [], [(1, 512)])] for number in range(PARTS_MAX + 1)]
    arrivals.restore([*kept[:1], *kept])
    assert sorted(arrivals.state()) == sorted(each for taken in kept[1:] for each in taken)
    assert not arrivals.under_way(_header(1, sensor="ns0"))


def test_what_an_earlier_version_kept_is_restored() -> None:
    restored = Arrivals()
    restored.restore([[("ns1", 5, 7, [(3, 4)])]])
    assert (restored.wants(_header(3)), restored.wants(_header(7))) == (True, False)
