"""The threat model names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = "".join(path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py")))


def test_each_test_that_the_threat_model_names_is_there() -> None:
    page = (ROOT / "docs/security.md").read_text()
    model = page[page.index("## Who can do what") : page.index("## Without keys")]
    named = re.findall(r"`(test_\w+)`", model)
    assert len(named) >= 10
    assert [name for name in named if f"def {name}(" not in TESTS] == []
