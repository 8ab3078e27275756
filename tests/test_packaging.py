"""How the rooms install, what each may import, and the few other rules that no tool checks."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from nxcast import share
from nxcast.broker.derivation.compiled import INSTALLED
from tests.conftest import ROOT

ROOMS = ("broker", "consumers", "nxcast", "process", "producers", "schemas", "telemetry", "transport")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DATA = ("py.typed", "*.pyi", "*.proto", "*.json", "static/*")

BELOW = frozenset({"nxcast", "process", "schemas", "telemetry", "transport"})
CONSUMING = BELOW | {"consumers/client", "consumers/show", "consumers/names"}
# What a room may import beside itself.
ARROWS: dict[str, frozenset[str]] = {
    "nxcast": frozenset({"process", "schemas"}),
    "process": frozenset(),
    "schemas": frozenset(),
    "telemetry": frozenset({"process"}),
    "transport": frozenset({"process", "schemas"}),
    "broker": BELOW,
    "producers": BELOW,
    "consumers": CONSUMING
    | {
        "consumers/keep",
        "consumers/store",
        "consumers/serve",
        "consumers/ask",
        "consumers/doctor",
        "consumers/questions/*",
        "consumers/questions/causes",
    },
    "consumers/client": BELOW,
    "consumers/names": frozenset({"schemas"}),
    "consumers/show": CONSUMING,
    "consumers/keep": CONSUMING,
    "consumers/store": CONSUMING | {"consumers/questions/loop"},
    "consumers/serve": CONSUMING | {"consumers/store", "consumers/page"},
    "consumers/page": CONSUMING
    | {
        "consumers/doctor",
        "consumers/questions/*",
        "consumers/questions/causes",
        "consumers/questions/loop",
    },
    "consumers/ask": CONSUMING | {"consumers/questions/loop", "consumers/store"},
    "consumers/doctor": CONSUMING,
    "consumers/questions": frozenset(),
    "consumers/questions/loop": CONSUMING,
    "consumers/questions/*": CONSUMING | {"consumers/questions/loop"},
    "consumers/questions/causes": CONSUMING | {"consumers/questions/loop", "consumers/questions/*"},
}


def test_every_package_is_listed() -> None:
    found = {_package(init.parent) for room in ROOMS for init in (ROOT / room).rglob("__init__.py")}
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert found == set(listed)
    assert set(PROJECT["tool"]["setuptools"]["package-dir"]) == set(listed)


def test_a_wheel_has_all_that_the_tree_has(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for room in ROOMS:
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "kernel.*.so")
        shutil.copytree(ROOT / room, tree / room, ignore=ignored)
    installed = PROJECT["tool"]["setuptools"]["data-files"]
    share.main([str(tree / "build/share")])
    data = [name for names in installed.values() for name in names if "*" not in name]
    kernel = [str(path.relative_to(ROOT)) for path in (ROOT / "kernel").iterdir()]
    for name in ("README.md", "LICENSE", *data, *kernel):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    project = (ROOT / "pyproject.toml").read_text()
    assert '"-O3"' in project  # not optimised, the kernel is compiled in half the time
    (tree / "pyproject.toml").write_text(project.replace('"-O3"', '"-O0"'))
    build = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", ".")
    done = subprocess.run(
        (*build, "--wheel-dir", str(tmp_path)), cwd=tree, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("nxcast-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    beside = {name for name in packed if ".data/data/" in name}
    assert {name.partition(".data/data/")[2] for name in beside} == {
        f"{folder}/{path.name}"
        for folder, names in installed.items()
        for name in names
        for path in tree.glob(name)
    }
    assert {f"share/man/man1/{name}.1" for name in share.parsers()} <= {
        name.partition(".data/data/")[2] for name in beside
    }
    packages = [init.parent for room in ROOMS for init in (ROOT / room).rglob("__init__.py")]
    files = [path for package in packages for kind in ("*.py", *DATA) for path in package.glob(kind)]
    ours = {f"{_package(path.parent).replace('.', '/')}/{path.name}" for path in files}
    compiled = packed - beside - ours
    assert packed - beside >= ours
    # One for each platform, for all versions of Python; none where there is no compiler.
    assert compiled == ({"nxcast/kernel.abi3.so"} if _compiles() else set())
    assert "-cp311-abi3-" in wheel.name


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_along_the_arrows_only(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        importing = _room(path.relative_to(ROOT))
        for imported in _rooms_imported(path):
            allowed = ARROWS[_arrow(importing)]
            assert imported == importing or {imported, _arrow(imported)} & allowed, f"{path}: {imported}"


def test_every_arrow_starts_and_ends_at_a_room() -> None:
    there = {_arrow(_room(path.relative_to(ROOT))) for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert there == set(ARROWS)
    assert frozenset().union(*ARROWS.values()) <= there


@pytest.mark.skipif("not _compiles()", reason="no C compiler, or no headers of Python")
def test_where_it_can_be_compiled_the_kernel_is_installed() -> None:
    """Else its own tests would be left out in silence."""
    assert INSTALLED


def _compiles() -> bool:
    return bool(shutil.which("gcc")) and Path(sysconfig.get_path("include"), "Python.h").is_file()


def test_only_these_modules_know_the_kernel_and_do_without_it() -> None:
    users = {
        path.relative_to(ROOT)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if any(imported.split(".")[:2] == ["nxcast", "kernel"] for imported in _imports(path))
    }
    assert users == {
        Path("broker", "derivation", "compiled.py"),
        Path("consumers", "client", "packed.py"),
        Path("consumers", "questions", "dga", "lexical.py"),
        Path("nxcast", "version.py"),  # only whether it is there
        Path("producers", "dnstap", "payload_reading.py"),
    }


def test_one_room_knows_the_wire() -> None:
    users = {
        path.relative_to(ROOT).parts[:2]
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if any(imported.split(".")[0] == "zmq" for imported in _imports(path))
    }
    assert users == {("transport", "zeromq")}


def test_the_parent_of_all_rooms_imports_none() -> None:
    assert not any(imported.startswith("nxcast") for imported in _imports(ROOT / "nxcast" / "__init__.py"))


def test_a_module_is_known_by_its_name() -> None:
    """So that one name in a log, a traceback or a talk means one module."""
    names = Counter(path.name for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    del names["__init__.py"], names["__main__.py"]
    assert [name for name, count in names.items() if count > 1] == []


def test_every_dependency_is_pinned_and_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    lock = (ROOT / "requirements.lock").read_text()
    for requirement in PROJECT["project"]["dependencies"]:
        name = requirement.split(">")[0]
        assert f"\n{name}==" in f"\n{lock}"
        assert f"| {name} " in readme


def test_the_lock_of_the_image_has_what_the_others_have_and_what_store_and_serve_need() -> None:
    serve, dev = (_pins(f"requirements-{name}.lock") for name in ("serve", "dev"))
    assert _pins("requirements.lock") <= serve <= dev
    extras = PROJECT["project"]["optional-dependencies"]
    needed = {requirement.split(">")[0] for extra in ("store", "serve") for requirement in extras[extra]}
    assert needed <= {pin.partition("==")[0] for pin in serve}


def _pins(lock: str) -> set[str]:
    return set(re.findall(r"^(\S+==\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def _package(folder: Path) -> str:
    """The package that a folder of the tree installs as."""
    parts = folder.relative_to(ROOT).parts
    return ".".join(parts if parts[0] == "nxcast" else ("nxcast", *parts))


def _room(path: Path) -> str:
    """The room of a module, by its path in the tree: consumers/ and its questions/ have rooms in them."""
    depth = {("consumers",): 2, ("consumers", "questions"): 3}
    folders = path.parent.parts
    return "/".join(folders[: depth.get(folders[:2], depth.get(folders[:1], 1))])


def _arrow(room: str) -> str:
    """Its line in the table: most questions share one."""
    return room if room in ARROWS else f"{room.rpartition('/')[0]}/*" if "questions/" in room else room


def _rooms_imported(path: Path) -> set[str]:
    rooms = set()
    for imported in _imports(path):
        first, *parts = imported.split(".")
        if first == "nxcast" and parts[:1] != ["kernel"]:
            while (
                parts
                and not (ROOT / Path(*parts)).is_dir()
                and not (ROOT / Path(*parts)).with_suffix(".py").is_file()
            ):
                parts.pop()  # a name in the module
            found = ROOT / Path(*parts) if parts else ROOT / "nxcast"
            module = found / "__init__.py" if found.is_dir() else found.with_suffix(".py")
            rooms.add(_room(module.relative_to(ROOT)))
    return rooms


@cache
def _imports(path: Path) -> set[str]:
    """All that a module imports, each as module.name where it imports a name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


TEXTS = (".py", ".md", ".toml", ".yml", ".sh", "")
TOP = {*ROOMS, ".ci", "bench", "docs", "findings", "kernel", "systemd", "testbed", "tests"}
"""Folders at the top; a log that a broker left there is none."""


def _listed() -> list[str]:
    """The files of the tree, as git has them."""
    listed = subprocess.run(("git", "ls-files", "-z"), cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split("\0")[:-1]


def test_nothing_else_stands_at_the_top() -> None:
    assert {name.partition("/")[0] for name in _listed() if "/" in name} == TOP


def test_extras_are_named_by_their_packages() -> None:
    """The name nxcast on the public index is not this project's."""
    extras = PROJECT["project"]["optional-dependencies"]
    told = set()
    for name in _listed():
        path = ROOT / name
        if path.suffix in TEXTS and path.is_file() and path != Path(__file__):
            text = path.read_text(errors="replace")
            assert not re.search(
                r"nxcast\[|\.\[(?:compressed|nats|pcap|parquet|serve|store)|pip install ['\"]?nxcast\b", text
            ), name
            for packages in re.findall(r"pip install ((?:'[^']*' ?)+)", text):
                told.update(re.findall(r"'([a-z0-9-]+>=[^']*)'", packages))
    assert told == {each for name, packages in extras.items() if name != "dev" for each in packages}
