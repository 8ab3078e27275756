"""docs/memory.md is what its script makes of the constants."""

from __future__ import annotations

from tests.conftest import ROOT
from tests.docs.memory_page import MIB, PROGRAMS, octets, page


def test_the_page_is_of_today() -> None:
    """`python -m tests.docs.memory_page > docs/memory.md` renews it."""
    assert (ROOT / "docs" / "memory.md").read_text() == page()


def test_no_program_can_be_made_to_take_much() -> None:
    """The worst of all stores of one together, with what is on the way to the broker."""
    way = sum(map(octets, PROGRAMS["every producer, on the way to the broker"]))
    for program, bounds in PROGRAMS.items():
        assert sum(map(octets, bounds)) + way <= 450 * MIB, program
