"""Bad neighbours of an honest producer, all at once and in short; `make hostile` has each of them."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.neighbours import MEMORY_MAX, NAMES, Street


def test_an_honest_producer_loses_nothing_beside_all_bad_neighbours(tmp_path: Path) -> None:
    street = Street(tmp_path, rate=1_000)
    try:
        outcome = street.live(2.0, *NAMES)
    finally:
        exit_status, said = street.close()
    assert outcome.arrived == outcome.sent > 0
    assert "honest" not in outcome.refused
    assert outcome.peak_mib <= MEMORY_MAX
    assert exit_status == 0, said
