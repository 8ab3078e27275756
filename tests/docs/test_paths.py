"""Files that pages name in code are there: one that was moved is named where it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

FOLDERS = (
    "bench", "broker", "consumers", "docs", "findings", "kernel", "nxcast", "process", "producers", "schemas",
    "systemd", "telemetry", "testbed", "tests", "transport",
)  # fmt: skip
FILES = [
    path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "node_modules" not in path.parts
]
NAMES = {path.name for path in FILES}
PAGES = sorted([*ROOT.glob("*.md"), *(path for path in FILES if path.suffix == ".md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text()
    paths = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [name for name in re.findall(r"`(\w+\.py)`", text) if name not in NAMES] == []
