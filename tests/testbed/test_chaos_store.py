"""The short form of `make chaos-store`: killed in mid-stream, a store counts each observation once."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed.chaos_store import ChaosStore, Sums

KILLS, SEED = 20, 7


@pytest.mark.long
def test_killed_in_mid_stream_a_store_counts_each_observation_once(tmp_path: Path) -> None:
    with ChaosStore(tmp_path, SEED) as chaos:
        chaos.kill(KILLS)
        sums = chaos.sums()
    assert sums.answers >= 10 * KILLS  # each life has a batch at least
    assert sums.true, sums


@pytest.mark.parametrize(("field", "off"), [("received", 1), ("rrsets", -1), ("failures", 1)])
def test_sums_that_are_off_by_one_are_not_true(field: str, off: int) -> None:
    sums = Sums(5, 5, 15, 5, 5, 0, 0)
    assert sums.true
    assert not sums._replace(**{field: getattr(sums, field) + off}).true
