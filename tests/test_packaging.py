"""How the folders install, and the few rules that no tool checks."""

from __future__ import annotations

import ast
import tomllib

import pytest

from tests.conftest import ROOT

FOLDERS = ("broker", "consumers", "producers", "schemas", "telemetry")
SHARED = {"schemas": {"schemas"}, "telemetry": {"telemetry"}}  # which import nothing else of ours
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_is_listed() -> None:
    found = {".".join(("nxcast", *init.parent.relative_to(ROOT).parts))
             for folder in FOLDERS for init in (ROOT / folder).rglob("__init__.py")}  # fmt: skip
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert found == set(listed)
    assert set(PROJECT["tool"]["setuptools"]["package-dir"]) == set(listed)


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_import_what_is_shared_and_never_one_another(folder: str) -> None:
    for module in (ROOT / folder).rglob("*.py"):
        for imported in _imports(module.read_text()):
            if imported.startswith("nxcast."):
                assert imported.split(".")[1] in SHARED.get(folder, {folder, *SHARED}), module


@pytest.mark.parametrize(
    ("folder", "module"),
    [
        ("broker", "sockets.py"),
        ("producers", "sockets.py"),
        ("consumers", "sockets.py"),
        ("schemas", None),
        ("telemetry", None),
    ],
)
def test_one_module_a_folder_knows_the_transport(folder: str, module: str | None) -> None:
    users = [
        path.name
        for path in (ROOT / folder).rglob("*.py")
        if any(imported.split(".")[0] == "zmq" for imported in _imports(path.read_text()))
    ]
    assert users == [module] * bool(module)


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
