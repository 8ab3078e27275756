"""window: what is kept, given out again, and let go of."""

from __future__ import annotations

import pytest

from nxcast.producers import send_window as module
from nxcast.producers.send_window import BATCH_OVERHEAD, Window

FRAMES = 10  # of each batch


@pytest.fixture(autouse=True)
def _room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these windows have may all be under way, unless a test says otherwise."""
    monkeypatch.setattr(module, "UNDER_WAY_MIN", 16)


def window(count: int, *, sent: int = 0, octets_max: int = 1 << 20, keep: bool = True) -> Window:
    """One with batches 1 to `count`, the first ones sent."""
    made = Window(octets_max, keep=keep)
    for sequence in range(1, count + 1):
        made.add(sequence, FRAMES, bytes(100))
    for _ in range(sent):
        assert made.next() is not None
        made.sent()
    return made


def given(made: Window) -> list[int]:
    """The sequences that it gives out to be sent, until all are under way."""
    sequences = []
    while (batch := made.next()) is not None:
        sequences.append(batch.sequence)
        made.sent()
    return sequences


def test_gives_out_each_batch_once_and_in_order() -> None:
    made = window(3)
    assert made.next() is made.next()
    assert given(made) == [1, 2, 3]
    assert (len(made), made.lowest, made.unsent) == (3, 1, 0)


def test_counts_the_octets_that_it_keeps() -> None:
    made = window(3, sent=3, octets_max=3 * (100 + BATCH_OVERHEAD))
    assert (made.octets, made.full) == (3 * (100 + BATCH_OVERHEAD), False)
    made.add(4, FRAMES, b"")
    assert made.full
    made.settle(1, [])
    assert (made.octets, made.full) == (2 * (100 + BATCH_OVERHEAD) + BATCH_OVERHEAD, False)
    made.settle(3, [])
    assert made.forget() is not None
    assert (made.octets, made.lowest, len(made)) == (0, None, 0)


@pytest.mark.parametrize(
    ("sequence", "missing", "kept"),
    [
        (0, [], [1, 2, 3, 4, 5, 6]),
        (4, [], [5, 6]),
        (6, [], []),
        (99, [], []),
        (6, [[2, 3]], [2, 3]),
        (6, [[5, 5], [1, 2]], [1, 2, 5]),
        (6, [[1, 6]], [1, 2, 3, 4, 5, 6]),
        (4, [[3, 99]], [3, 4, 5, 6]),
        (6, [[0, 0], [4, 3], [6, 99]], [6]),
    ],
)
def test_lets_go_of_what_has_arrived(sequence: int, missing: list[list[int]], kept: list[int]) -> None:
    """All up to the sequence, but for the ranges; numbers that make no sense change nothing."""
    made = window(6, sent=6)
    settled = made.settle(sequence, missing)
    assert settled.acknowledged == FRAMES * (6 - len(kept))
    made.again()
    assert given(made) == kept


def test_believes_no_answer_about_what_was_never_sent() -> None:
    made = window(3, sent=1)
    assert made.settle(3, []).acknowledged == FRAMES
    assert (made.lowest, made.unsent) == (2, 2 * FRAMES)


def test_gives_out_what_is_missing_once_and_before_the_rest() -> None:
    """An answer that was made before the repetition came would else have it sent again and again."""
    made = window(5, sent=4)
    made.settle(4, [[1, 1], [3, 3]])
    made.settle(4, [[1, 1], [3, 3]])
    assert given(made) == [1, 3, 5]
    made.settle(5, [[1, 1]])
    assert given(made) == []
    assert (made.lowest, len(made)) == (1, 1)


def answered(made: Window, answers: int, missing: list[list[int]]) -> list[int]:
    """At which of so many answers that tell the same it gave out something."""
    at = []
    for number in range(1, answers + 1):
        made.settle(9, missing)
        if given(made):
            at.append(number)
    return at


def test_gives_out_what_is_told_missing_still_after_ever_longer_whiles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is under way, or the broker has no room for it."""
    monkeypatch.setattr(module, "REPEAT_ANSWERS", 10)
    made = window(9, sent=9)
    assert answered(made, 699, [[9, 9]]) == [1, 11, 31, 71, 151, 231, 311, 391, 471, 551, 631]


def test_gives_out_what_is_missing_in_order_and_before_the_rest() -> None:
    """Whatever was told missing first: a broker takes nothing above the lowest that it had no room for."""
    made = window(9, sent=8)
    made.settle(6, [[4, 6]])
    made.settle(8, [[3, 8]])
    assert given(made) == [4, 5, 6, 7, 8, 9]
    made = window(9, sent=8)
    made.settle(8, [[7, 8]])
    made.settle(8, [[2, 2], [7, 8]])
    assert given(made) == [7, 8, 9]


def test_has_less_under_way_where_there_is_no_room_and_more_again_as_it_arrives() -> None:
    made = window(1000, sent=600)
    made.settle(600, [[201, 600]])
    assert given(made) == list(range(201, 401))  # half of the 400 that were under way
    for sequence in range(201, 217):
        made.settle(sequence, [])
    assert len(given(made)) == 64  # 16 in place of those that arrived, and 48 more
    made = window(1000, sent=3)
    made.settle(3, [[1, 3]])
    assert given(made) == list(range(1, module.UNDER_WAY_MIN + 1))


def test_gives_out_all_again_on_a_new_connection() -> None:
    """Those that were told missing before as well, and still each once."""
    made = window(5, sent=4)
    made.settle(2, [[1, 1]])
    made.again()
    made.settle(2, [[1, 1]])
    assert given(made) == [1, 3, 4, 5]
    made.again()
    made.settle(3, [])
    assert given(made) == [4, 5]


def test_forgets_the_oldest_whether_it_was_sent_or_not() -> None:
    made = window(3, sent=1)
    forgotten = [made.forget(), made.forget()]
    assert [batch and (batch.sequence, batch.sent) for batch in forgotten] == [(1, True), (2, False)]
    assert (made.lowest, given(made)) == (3, [3])
    made.forget()
    assert made.forget() is None


def test_keeps_nothing_where_it_is_told_so() -> None:
    """A batch goes once it is sent, and is full as long as one waits."""
    made = window(2, keep=False)
    assert made.full
    assert given(made) == [1, 2]
    assert (len(made), made.octets, made.full) == (0, 0, False)


def test_releases_what_was_sent_and_keeps_the_rest() -> None:
    made = window(3, sent=2)
    assert made.release() == 2 * FRAMES
    assert given(made) == [3]


def test_gives_up_what_two_sendings_did_not_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many answers without progress all is sent again, and after as many more let go of."""
    monkeypatch.setattr(module, "STALL_ANSWERS", 3)
    made = window(3, sent=3)
    made.settle(3, [[2, 2]])
    assert given(made) == [2]
    assert [made.settle(3, [[2, 2]]).given_up for _ in range(3)] == [0, 0, 0]
    assert given(made) == [2]
    assert [made.settle(3, [[2, 2]]).given_up for _ in range(3)] == [0, 0, FRAMES]
    assert len(made) == 0


def test_does_not_give_up_while_anything_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STALL_ANSWERS", 2)
    made = window(9, sent=9)
    for sequence in range(1, 10):
        assert made.settle(sequence - 1, []).given_up == 0
        assert made.settle(sequence, []).acknowledged == FRAMES
    assert given(made) == []


def test_does_not_give_up_what_has_had_no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """While something finds no room to be sent, the broker is behind, or it is about to come."""
    monkeypatch.setattr(module, "STALL_ANSWERS", 2)
    made = window(2, sent=1)
    assert [made.settle(0, []).given_up for _ in range(10)] == [0] * 10
    assert given(made) == [2]
