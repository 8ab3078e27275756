"""What was published last: what is kept, for how long, and where a moment is."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.log.memory_log import OVERHEAD, Store
from nxcast.schemas.request_answers import REPLY_MESSAGES_MAX, REPLY_OCTETS_MAX

AGE_NS = 1000
SIZE = OVERHEAD + 10  # octets that a message of `_store` takes


def _message(number: int, size: int = 10) -> tuple[bytes, bytes]:
    return b"%04d" % number, b"x" * (size - 4)


def _store(times: Iterable[int], *, kept: int = 100, topic: bytes = b"a/") -> Store:
    """One message a time, of which the last so many fit."""
    store = Store(octets_max=kept * SIZE, age_ns=AGE_NS)
    for number, time_ns in enumerate(times, 1):
        store.add(topic, _message(number), time_ns)
    return store


@pytest.mark.parametrize(
    ("first", "last", "given_first", "given_last"),
    [
        (1, 10, 6, 10),
        (1, 2**64 - 1, 6, 10),
        (6, 10, 6, 10),
        (7, 8, 7, 8),
        (10, 10, 10, 10),
        (1, 5, 6, 5),  # all gone
        (5, 6, 6, 6),
        (11, 12, 11, 10),  # not published yet
        (2**63, 2**64 - 1, 11, 10),
    ],
)
def test_a_stretch_is_what_is_kept_of_it(first: int, last: int, given_first: int, given_last: int) -> None:
    stretch = _store(range(10), kept=5).stretch(b"a/", first, last)
    assert (stretch.first, stretch.oldest) == (given_first, 6)
    assert stretch.messages == [_message(number) for number in range(given_first, given_last + 1)]


def test_a_topic_that_had_no_message_begins_at_one() -> None:
    assert _store([1]).stretch(b"b/", 1, 5) == (1, [], 1)
    assert _store([1]).moment(b"b/", 0) == (1, True)


@pytest.mark.parametrize(
    ("size", "count"),
    [
        (REPLY_OCTETS_MAX // 4, 4),
        (REPLY_OCTETS_MAX // 4 + 1, 3),
        (REPLY_OCTETS_MAX, 1),
        (2 * REPLY_OCTETS_MAX, 1),
    ],
)
def test_a_stretch_ends_before_it_is_too_large_but_is_never_empty_for_that(size: int, count: int) -> None:
    store = Store(octets_max=1 << 30, age_ns=AGE_NS)
    for number in range(6):
        store.add(b"a/", _message(number, size), 0)
    assert len(store.stretch(b"a/", 1, 6).messages) == count


@pytest.mark.parametrize("published", [REPLY_MESSAGES_MAX - 1, REPLY_MESSAGES_MAX, REPLY_MESSAGES_MAX + 1])
def test_a_stretch_has_no_more_messages_than_an_answer(published: int) -> None:
    store = _store([0] * published, kept=published)
    assert len(store.stretch(b"a/", 1, published).messages) == min(published, REPLY_MESSAGES_MAX)


@pytest.mark.parametrize(("spare", "kept"), [(-1, 2), (0, 3), (1, 3)])
def test_the_oldest_go_first_once_all_are_too_large(spare: int, kept: int) -> None:
    store = Store(octets_max=3 * SIZE + spare, age_ns=AGE_NS)
    for number, topic in enumerate([b"a/", b"b/", b"a/"], 1):
        store.add(topic, _message(number), number)
    assert store.octets == kept * SIZE
    assert store.stretch(b"a/", 1, 9).oldest == (1 if kept == 3 else 2)
    assert store.stretch(b"b/", 1, 9).oldest == 1


def test_without_room_nothing_is_kept_but_the_numbers() -> None:
    store = _store(range(10), kept=0)
    assert (store.octets, store.stretch(b"a/", 1, 10)) == (0, (11, [], 11))
    assert store.moment(b"a/", 10) == (11, True)
    assert store.moment(b"a/", 9) == (11, False)


def test_it_tells_how_many_it_holds_and_since_when() -> None:
    store = _store([30, 20, 40], kept=2)
    assert (store.messages, store.octets_max, store.oldest_ns) == (2, 2 * SIZE, 30)  # set back, and as before
    store.expire(40 + AGE_NS)
    assert (store.messages, store.oldest_ns) == (1, 40)
    store.expire(41 + AGE_NS)
    assert (store.messages, store.oldest_ns) == (0, None)


@pytest.mark.parametrize(("now", "oldest"), [(0, 1), (AGE_NS, 1), (AGE_NS + 1, 2), (AGE_NS + 10, 11)])
def test_what_is_too_old_goes(now: int, oldest: int) -> None:
    store = _store(range(10))
    store.expire(now)
    assert (store.stretch(b"a/", 1, 1).oldest, store.octets) == (oldest, (11 - oldest) * SIZE)


@pytest.mark.parametrize(
    ("times", "time_ns", "sequence"),
    [
        ([10, 20, 30], 0, 1),
        ([10, 20, 30], 10, 1),
        ([10, 20, 30], 11, 2),
        ([10, 20, 30], 30, 3),
        ([10, 20, 30], 31, 4),
        ([20, 20, 20], 20, 1),
        ([10, 30, 20, 40], 20, 2),  # the clock was set back
        ([10, 30, 20, 40], 35, 4),
        ([30, 10, 20], 15, 1),
    ],
)
def test_a_moment_is_where_its_first_message_is(times: list[int], time_ns: int, sequence: int) -> None:
    assert _store(times).moment(b"a/", time_ns) == (sequence, True)


@pytest.mark.parametrize(("time_ns", "sequence", "complete"), [(9, 2, False), (10, 2, False), (11, 2, True)])
def test_a_moment_is_complete_unless_something_later_is_gone(
    time_ns: int, sequence: int, complete: bool
) -> None:
    assert _store([10, 20, 30], kept=2).moment(b"a/", time_ns) == (sequence, complete)


@given(
    st.lists(st.tuples(st.sampled_from([b"a/", b"b/"]), st.integers(1, 60), st.integers(0, 50))),
    st.integers(0, 1500),
)
def test_what_is_kept_is_an_end_of_all_within_the_bound(
    steps: list[tuple[bytes, int, int]], octets_max: int
) -> None:
    store = Store(octets_max=octets_max, age_ns=AGE_NS)
    published: list[tuple[bytes, tuple[bytes, bytes], int]] = []
    now = 0
    for number, (topic, size, later) in enumerate(steps):
        now += later
        published.append((topic, _message(number, size + 4), now))
        store.add(*published[-1])
        store.expire(now)
    kept = [
        (topic, message)
        for topic in (b"a/", b"b/")
        for message in store.stretch(topic, 1, len(published)).messages
    ]
    assert sorted(kept) == sorted((topic, message) for topic, message, _ in published[-len(kept) :] if kept)
    assert store.octets == sum(len(head) + len(rest) + OVERHEAD for _, (head, rest) in kept) <= octets_max
