"""Bad neighbours of an honest producer, all at once and in short; `make hostile` has each of them."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.neighbours import MEMORY_MAX, NAMES, Street
from tests.fuzz.silent_strangers import live


def test_a_resolver_gets_in_beside_strangers_who_fall_silent() -> None:
    """In short: fewer than there are places for; who goes where there is no room has tests of its own."""
    sent, arrived, said = live(0.0, strangers=20)
    assert arrived == sent > 0, said


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
