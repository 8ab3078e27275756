"""The short form of `make chaos`: killed, stopped and cut, no record goes missing without a word."""

from __future__ import annotations

from pathlib import Path

from testbed.chaos import Chaos

FRAMES, SEED = 60_000, 4


def test_each_record_is_received_or_reported_as_lost(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, SEED, FRAMES)
    chaos.run()
    account = chaos.account()
    assert chaos.blows > 3
    assert account.expected > FRAMES
    assert account.true, account
