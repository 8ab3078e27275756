"""How the folders install, and the few rules that no tool checks."""

from __future__ import annotations

import ast
import tomllib

import pytest

from tests.conftest import ROOT

ROOMS = ("broker", "consumers", "process", "producers", "schemas", "telemetry", "transport")
SHARED = {"process", "schemas", "telemetry", "transport"}
# What a room may import beside itself; the others: all that is shared, and never one another.
ARROWS = {"process": set(), "schemas": set(), "telemetry": {"process"}, "transport": {"process", "schemas"}}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_is_listed() -> None:
    found = {".".join(("nxcast", *init.parent.relative_to(ROOT).parts))
             for folder in ROOMS for init in (ROOT / folder).rglob("__init__.py")}  # fmt: skip
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert found == set(listed)
    assert set(PROJECT["tool"]["setuptools"]["package-dir"]) == set(listed)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_what_is_shared_and_never_one_another(room: str) -> None:
    for module in (ROOT / room).rglob("*.py"):
        for imported in _imports(module.read_text()):
            if imported.startswith("nxcast."):
                assert imported.split(".")[1] in {room} | ARROWS.get(room, SHARED), module


def test_one_room_knows_the_wire() -> None:
    users = {
        path.relative_to(ROOT).parts[:2]
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if any(imported.split(".")[0] == "zmq" for imported in _imports(path.read_text()))
    }
    assert users == {("transport", "zeromq")}


def test_every_dependency_is_pinned_and_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    lock = (ROOT / "requirements.lock").read_text()
    for requirement in PROJECT["project"]["dependencies"]:
        name = requirement.split(">")[0]
        assert f"\n{name}==" in f"\n{lock}"
        assert f"| {name} " in readme


def _imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found
