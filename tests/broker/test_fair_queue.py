"""Whose message is next, and whose is refused."""

from __future__ import annotations

from collections import Counter, deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker import fair_queue as module
from nxcast.broker.fair_queue import AHEAD_OCTETS, LARGE_OCTETS, LATELY_S, MESSAGE_OVERHEAD, FairQueue

NOW_S = 1000.0


def _served(queue: FairQueue[int], cost_s: dict[str, float], turns: int) -> Counter[str]:
    """How many messages of each sender are done in so many turns, each at its sender's cost."""
    done: Counter[str] = Counter()
    for _ in range(turns):
        turn = queue.next()
        if turn is None:
            break
        name, _ = turn
        queue.charge(name, cost_s[name])
        queue.done(name)
        done[name] += 1
    return done


def _filled(queue: FairQueue[int], **counts: int) -> FairQueue[int]:
    for name, count in counts.items():
        for number in range(count):
            assert queue.put(name, number, 100, NOW_S) == []
    return queue


def test_each_gets_as_much_time_however_much_its_messages_cost() -> None:
    queue = _filled(FairQueue[int](), cheap=1000, dear=1000)
    done = _served(queue, {"cheap": 0.001, "dear": 0.1}, 505)
    assert (done["cheap"], done["dear"]) == (500, 5)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from([0, 1, 3]), st.booleans()), max_size=80))
def test_who_has_cost_least_is_next_and_of_equals_who_has_waited_longest(
    steps: list[tuple[str, int, bool]],
) -> None:
    queue: FairQueue[int] = FairQueue()
    cost_s, waiting, floor_s = dict.fromkeys("abcde", 0), Counter[str](), 0
    for name, spent_s, comes in steps:
        if comes:
            queue.put(name, 0, 100, NOW_S)
            if name not in waiting:
                cost_s[name] = max(cost_s[name], floor_s)
            waiting[name] += 1
            served: str | None = name
        else:
            served = min(waiting, key=cost_s.__getitem__, default=None)
            assert queue.next() == (None if served is None else (served, 0))
        if served is not None:
            queue.charge(served, spent_s)
        if served is not None and not comes:
            floor_s = max(floor_s, cost_s[served])
            queue.done(served)
            waiting[served] -= 1
            waiting += Counter()  # without those that have none
        if served is not None:
            cost_s[served] += spent_s


def test_messages_of_one_sender_stay_in_their_order() -> None:
    queue = _filled(FairQueue[int](), one=3, other=3)
    found: dict[str, list[int]] = {"one": [], "other": []}
    while turn := queue.next():
        found[turn[0]].append(turn[1])
        queue.charge(turn[0], 1.0)
        queue.done(turn[0])
    assert found == {"one": [0, 1, 2], "other": [0, 1, 2]}


def test_a_long_message_gives_way_after_each_slice() -> None:
    queue = _filled(FairQueue[int](), dear=1)
    queue.next()
    queue.charge("dear", 0.005)
    _filled(queue, cheap=1)
    assert queue.next() == ("cheap", 0)
    queue.charge("cheap", 0.006)
    queue.done("cheap")
    assert queue.next() == ("dear", 0)


def test_of_large_messages_one_is_under_way_at_a_time_and_others_go_between_its_slices() -> None:
    queue = FairQueue[int]()
    for name in ("first", "second"):
        queue.put(name, 0, LARGE_OCTETS, NOW_S)
    assert queue.next() == ("first", 0)
    queue.charge("first", 1.0)
    assert queue.next() == ("first", 0)
    queue.charge("first", 1.0)
    _filled(queue, small=1)
    assert queue.next() == ("small", 0)
    queue.charge("small", 2.0)
    queue.done("small")
    assert queue.next() == ("first", 0)
    queue.done("first")
    assert queue.next() == ("second", 0)
    queue.done("second")
    assert queue.next() is None


def test_a_large_message_counts_more_while_it_is_under_way() -> None:
    queue = FairQueue[int](4 * LARGE_OCTETS)
    queue.put("large", 0, LARGE_OCTETS, NOW_S)
    before = queue.octets
    queue.next()
    assert queue.octets == before + LARGE_OCTETS
    for number in range(2):
        assert (
            queue.put("large", 1 + number, LARGE_OCTETS - MESSAGE_OVERHEAD, NOW_S) == [("large", 2)][:number]
        )
    queue.done("large")
    assert queue.octets == LARGE_OCTETS


def test_what_a_large_message_counts_more_is_no_work_that_waits() -> None:
    queue = FairQueue[int]()
    queue.put("large", 0, LARGE_OCTETS, NOW_S)
    queue.next()
    assert queue.octets > AHEAD_OCTETS
    assert not queue.enough(NOW_S)


def test_who_waited_for_a_large_message_has_saved_up_nothing() -> None:
    queue = FairQueue[int]()
    for name in ("first", "second"):
        queue.put(name, 0, LARGE_OCTETS, NOW_S)
    queue.next()
    queue.charge("first", 100.0)
    queue.next()
    queue.done("first")
    assert queue.next() == ("second", 0)
    queue.charge("second", 1.0)
    _filled(queue, small=1)
    assert queue.next() == ("small", 0)


def test_who_was_away_has_saved_up_nothing_and_waits_for_one_turn_at_most() -> None:
    queue = _filled(FairQueue[int](), busy=1000)
    _served(queue, {"busy": 1.0}, 500)
    _filled(queue, new=1000)
    done = _served(queue, {"busy": 1.0, "new": 1.0}, 100)
    assert abs(done["busy"] - done["new"]) <= 1


def test_what_was_spent_stays_spent_where_its_sender_goes_away() -> None:
    queue = _filled(FairQueue[int](), dear=1, cheap=50)
    _served(queue, {"dear": 10.0, "cheap": 1.0}, 3)
    _filled(queue, dear=1)
    assert _served(queue, {"dear": 10.0, "cheap": 1.0}, 8) == {"cheap": 8}


def test_who_has_the_most_waiting_is_refused_and_nobody_else() -> None:
    queue = FairQueue[int](octets_max=100 * (MESSAGE_OVERHEAD + 1000))
    refused = [queue.put("flood", number, 1000, NOW_S) for number in range(150)]
    assert refused == [[]] * 100 + [[("flood", number)] for number in range(100, 150)]
    newest = [queue.put("honest", number, 1000, NOW_S) for number in range(50)]
    assert newest == [[("flood", number)] for number in range(99, 49, -1)]
    shares = dict(queue.shares())
    assert (shares["flood"].refused, shares["honest"].refused) == (100, 0)
    assert shares["flood"].octets == shares["honest"].octets == queue.octets // 2


def test_what_is_under_way_is_not_refused() -> None:
    queue = FairQueue[int](octets_max=5000)
    queue.put("one", 1, 3000, NOW_S)
    assert queue.next() == ("one", 1)
    assert queue.put("two", 2, 2000, NOW_S) == [("two", 2)]
    assert queue.put("one", 3, 3000, NOW_S) == [("one", 3)]
    queue.done("one")
    assert queue.next() is None
    assert queue.octets == 0


def test_nothing_more_is_read_while_all_have_enough() -> None:
    """One alone, and several that all have something waiting: they wait, and nothing is refused."""
    queue = FairQueue[int]()
    assert not queue.enough(NOW_S)
    queue.put("one", 1, AHEAD_OCTETS - MESSAGE_OVERHEAD - 1, NOW_S)
    assert not queue.enough(NOW_S)
    queue.put("one", 2, 0, NOW_S)
    assert queue.enough(NOW_S)
    queue.put("two", 3, 0, NOW_S)
    assert queue.enough(NOW_S)
    assert _served(queue, {"one": 1.0, "two": 1.0}, 2) == {"one": 1, "two": 1}
    queue.put("one", 4, AHEAD_OCTETS, NOW_S)
    assert not queue.enough(NOW_S)
    assert queue.enough(NOW_S + LATELY_S)  # the other has gone, as far as is known


def test_senders_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those with nothing waiting go first; where all have something, a new one is refused."""
    monkeypatch.setattr(module, "SENDERS_MAX", 3)
    queue = _filled(FairQueue[int](), a=1, b=1, c=1)
    assert queue.put("d", 0, 100, NOW_S) == [("d", 0)]
    _served(queue, dict.fromkeys("abc", 1.0), 1)
    assert queue.put("d", 0, 100, NOW_S) == []
    assert [name for name, _ in queue.shares()] == ["b", "c", "d"]
    queue.charge("a", 1.0)  # forgotten, and no harm


_steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("abc"), st.integers(0, 3000)),
        st.tuples(st.just("turn"), st.sampled_from([0.0, 0.1, 1.0]), st.booleans()),
    ),
    max_size=60,
)


@given(_steps)
def test_nothing_is_lost_but_what_is_told_refused(steps: list[tuple[str, object, object]]) -> None:
    """Octets stay in their bound, messages of a sender in their order, and the newest of one is refused."""
    queue = FairQueue[int](octets_max=10_000)
    waiting: dict[str, deque[int]] = {name: deque() for name in "abc"}
    running: dict[str, bool] = dict.fromkeys("abc", False)
    for number, (what, first, second) in enumerate(steps):
        if what == "put":
            name, octets = str(first), int(str(second))
            waiting[name].append(number)
            for refused, newest in queue.put(name, number, octets, NOW_S):
                assert len(waiting[refused]) > running[refused]
                assert waiting[refused].pop() == newest
            assert queue.octets <= 10_000 or sum(map(len, waiting.values())) == sum(running.values())
        elif turn := queue.next():
            name, item = turn
            assert item == waiting[name][0]
            running[name] = True
            queue.charge(name, float(str(first)))
            if second:
                queue.done(name)
                waiting[name].popleft()
                running[name] = False
        else:
            assert not any(waiting.values())
    assert {name: share.octets > 0 for name, share in queue.shares()} == {
        name: bool(waiting[name]) for name, _ in queue.shares()
    }
    assert sum(share.octets for _, share in queue.shares()) == queue.octets
