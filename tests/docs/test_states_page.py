"""docs/states.md against the tables it is made from."""

from __future__ import annotations

from tests.conftest import ROOT
from tests.docs.states import page


def test_the_page_is_what_the_tables_say() -> None:
    """After a change: python -m tests.docs.states > docs/states.md."""
    assert (ROOT / "docs" / "states.md").read_text() == page()
