"""A loop that stands still is told."""

from __future__ import annotations

import pytest

from nxcast.telemetry.heartbeat import STALLED_S, Heartbeat


def test_a_heart_that_beats_no_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    heart = Heartbeat()
    now += STALLED_S - 1
    assert heart.stalled() is None
    now += 2
    assert heart.stalled() == "the loop has not turned for 11 s"
    heart.beat()
    assert heart.stalled() is None
