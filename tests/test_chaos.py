"""The short form of `make chaos`: killed, ended, stopped and cut, no record goes missing without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed.chaos import Chaos, libfaketime

FRAMES, SEED = 60_000, 4


@pytest.mark.long
def test_each_record_is_received_or_reported_as_lost(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, SEED, FRAMES, clock=libfaketime())
    chaos.run()
    accounts = chaos.accounts()
    assert chaos.blows > 3
    assert accounts["both"].expected > FRAMES
    assert {name: account for name, account in accounts.items() if not account.true} == {}
    assert chaos.published_twice() == 0
