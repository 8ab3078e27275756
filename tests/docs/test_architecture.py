"""docs/architecture.md against the tree: rooms, the way of a frame, modules that are named."""

from __future__ import annotations

import ast
import re

from nxcast.schemas.topics import CHANNELS
from tests.conftest import ROOT
from tests.test_packaging import ARROWS, ROOMS

PAGE = (ROOT / "docs" / "architecture.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M))


def _rows(section: str, number: int = 0) -> list[list[str]]:
    table = re.findall(r"(?:^\|.*\n)+", SECTIONS[section], re.M)[number]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_step_of_a_frame_is_there() -> None:
    steps = _rows("The way of one frame")
    assert [int(row[0]) for row in steps] == list(range(1, len(steps) + 1))
    for _, where, _ in steps:
        path, name = re.findall(r"`([^`]+)`", where)
        tree = ast.parse((ROOT / path).read_text())
        assert name in {
            node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)
        }, where


def test_every_module_that_is_named_is_there() -> None:
    for path in re.findall(r"`([a-z_]+/[a-z_/]*(?:\.py)?)`", PAGE):
        inside = (ROOT, *(ROOT / room for room in ROOMS), ROOT / "consumers" / "questions")
        assert path in CHANNELS or any((folder / path).exists() for folder in inside), path


def test_every_room_stands_in_the_table() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "testbed", "bench"}
    assert {row[0].strip("`/") for row in _rows("Rooms")} == rooms


def test_the_arrows_are_those_that_are_tested() -> None:
    told = {room.strip("`/"): set(re.findall(r"`([^`]+)/`", allowed)) for room, allowed in _rows("Rooms", 1)}
    assert told == {room: set(allowed) for room, allowed in ARROWS.items()}


def test_the_glossary_is_in_order() -> None:
    words = [row[0] for row in _rows("Glossary")]
    assert words == sorted(words, key=lambda word: (word[0].isdigit(), word.lower()))
