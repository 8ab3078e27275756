"""How long frames wait for others, by how many come."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nxcast.producers.linger import BATCH_FRAMES, FEW, LINGER_MS, LONGEST_MS, Linger


def _batches(rate: float, seconds: float, *, grows: bool = True) -> list[tuple[float, int]]:
    """When batches leave of a source of so many frames a second, evenly spaced, and their frames."""
    linger = Linger(grows=grows)
    left: list[tuple[float, int]] = []
    frames, due_s = 0, 0.0
    for number in range(int(rate * seconds)):
        now_s = 1000 + number / rate
        if frames and now_s >= due_s:
            linger.left(frames, due_s)
            left.append((due_s - 1000, frames))
            frames = 0
        if not frames:
            due_s = linger.begin(now_s)
        frames += 1
        if frames == BATCH_FRAMES:
            linger.left(frames, now_s)
            left.append((now_s - 1000, frames))
            frames = 0
    return left


@pytest.mark.parametrize(("rate", "a_second"), [(0.5, 0.5), (5, 5), (20, 7), (50, 7), (100, 7), (1000, 50)])
def test_a_slow_source_makes_few_batches_and_a_fast_one_no_fewer_than_before(
    rate: float, a_second: float
) -> None:
    late = [frames for left_s, frames in _batches(rate, 40) if left_s >= 20]
    assert len(late) / 20 <= a_second + 0.1


@pytest.mark.parametrize("rate", [0.5, 5, 30, 100, 700, 3000, 50_000])
def test_no_frame_waits_longer_than_the_longest_linger(rate: float) -> None:
    batches = _batches(rate, 5)
    for (before_s, _), (left_s, frames) in pairwise(batches):
        assert frames == BATCH_FRAMES or left_s - before_s <= LONGEST_MS / 1000 + 1 / rate + 1e-9


def test_it_never_grows_where_it_is_told_not_to() -> None:
    assert len(_batches(100, 10, grows=False)) >= 10 * 1000 / (LINGER_MS + 10) - 1


def _waits_ms(linger: Linger, now_s: float, frames: int) -> int:
    """How long a batch that begins now waits, of which so many frames come meanwhile."""
    due_s = linger.begin(now_s)
    linger.left(frames, due_s)
    return round((due_s - now_s) * 1000)


def test_it_doubles_while_few_come_and_halves_while_many_do() -> None:
    linger = Linger(grows=True)
    came = (1, FEW - 1, FEW - 1, FEW, 2 * FEW - 1, 2 * FEW, 2 * FEW, 2 * FEW, 2 * FEW)
    assert [_waits_ms(linger, 1.0, frames) for frames in came] == [20, 40, 80, 160, 160, 160, 80, 40, 20]


def test_it_starts_over_after_a_full_batch_and_where_nothing_came_for_as_long() -> None:
    linger = Linger(grows=True)
    for _ in range(9):
        _waits_ms(linger, 1.0, 1)
    assert _waits_ms(linger, 1.25, 1) == LONGEST_MS
    assert _waits_ms(linger, 2.0, 1) == LINGER_MS
    assert _waits_ms(linger, 2.0, 1) == 2 * LINGER_MS
    linger.begin(2.0)
    linger.left(BATCH_FRAMES, 2.0)
    assert _waits_ms(linger, 2.0, 1) == LINGER_MS
