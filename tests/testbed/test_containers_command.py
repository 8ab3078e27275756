"""`make testbed` where something is missing: one line that says what, and nothing started."""

from __future__ import annotations

import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed import containers
from testbed.ports import free_ports, free_row


class Engine:
    """Stand-ins for docker and docker-compose in a folder that is the whole path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said = folder / "said"

    def put(self, program: str, cases: str = "") -> None:
        """A program that notes its words and does what the cases say of them, else nothing."""
        path = self._folder / program
        path.write_text(
            f'#!/bin/sh\necho "{program} $*" >> {self._said}\ncase "{program} $*" in\n{cases}\nesac\n'
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def words(self) -> list[str]:
        """What the programs were asked, but for what only looks."""
        lines = self._said.read_text().splitlines() if self._said.exists() else []
        looks = (" version", " info", " ps -q")
        return [line for line in lines if not any(look in line for look in looks)]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(containers, "KEY", tmp_path / "host.key")
    monkeypatch.setattr(containers, "ROUTES", tmp_path / "none")
    for variable, port in zip(containers.PORTS, free_ports(len(containers.PORTS)), strict=True):
        monkeypatch.setenv(variable, str(port))
    monkeypatch.setenv("NXCAST_PORT_SETS", str(free_row(containers.SETS)))
    return Engine(folder)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_without_docker_it_says_so(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert _fails(capsys) == "docker is not installed: install Docker Engine and Compose"
    assert engine.words() == []


def test_without_compose_it_says_so(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.put("docker", "docker\\ compose*) exit 1 ;;")
    assert _fails(capsys).startswith("Docker Compose is not installed")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Cannot connect to the Docker daemon. Is it running?", "the Docker engine is not running: start it"),
        ("permission denied while trying to connect", "no right to use the Docker engine: run this as root"),
    ],
)
def test_an_engine_that_does_not_answer_is_told_by_its_reason(
    engine: Engine, capsys: pytest.CaptureFixture[str], said: str, told: str
) -> None:
    engine.put("docker", f"docker\\ info) echo '{said}' >&2; exit 1 ;;")
    assert _fails(capsys).startswith(told)
    assert engine.words() == []


def test_a_port_in_use_is_named_with_the_variable_that_moves_it(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    engine.put("docker")
    monkeypatch.setenv("NXCAST_PORT_REPLAY", str(taken))
    line = _fails(capsys)
    assert line.startswith(f"port {taken} of 127.0.0.1 is in use")
    assert "NXCAST_PORT_REPLAY=" in line
    assert engine.words() == []


def test_each_port_of_the_sets_of_rights_is_looked_at(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.put("docker")
    first = free_row(containers.SETS)
    monkeypatch.setenv("NXCAST_PORT_SETS", str(first))
    with socket.create_server(("127.0.0.1", first + containers.SETS - 1)):
        line = _fails(capsys)
    assert line.startswith(f"port {first + containers.SETS - 1} of 127.0.0.1 is in use")
    assert "NXCAST_PORT_SETS=" in line


def test_compose_is_told_the_last_port_of_the_sets(
    engine: Engine, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.put("docker", 'docker\\ compose\\ --profile=full\\ down*) echo "to $NXCAST_PORT_SETS_LAST" ;;')
    monkeypatch.setenv("NXCAST_PORT_SETS", "15560")
    assert containers.main(["down"]) == 0
    assert "to 15563" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("variable", "port", "most"), [("NXCAST_PORT_EGRESS", 70000, 65535), ("NXCAST_PORT_SETS", 65533, 65532)]
)
def test_what_is_no_port_is_refused(
    engine: Engine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    port: int,
    most: int,
) -> None:
    engine.put("docker")
    monkeypatch.setenv(variable, str(port))
    assert _fails(capsys) == f"{variable} is '{port}': give a port, 1 to {most}"


@pytest.mark.parametrize(
    ("net", "told"),
    [
        ("198.51.100", "this machine has a route to 198.51.100.128/25"),
        ("198.51", "NXCAST_DNS_NET is '198.51': give three octets, such as 198.51.100"),
        ("127.0.0", "NXCAST_DNS_NET is '127.0.0': no network can be there"),
    ],
)
def test_a_network_that_is_taken_or_none_is_refused(
    engine: Engine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    net: str,
    told: str,
) -> None:
    engine.put("docker")
    _route_there(tmp_path, monkeypatch)
    monkeypatch.setenv("NXCAST_DNS_NET", net)
    assert _fails(capsys).startswith(told)
    assert engine.words() == []


def test_a_testbed_that_was_stopped_is_not_in_its_own_way(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stopped = "docker\\ inspect*) echo false ;;\ndocker\\ compose\\ ps*) echo 1f ;;\n"
    engine.put("docker", f"{stopped}docker\\ compose\\ build*) exit 1 ;;")
    _route_there(tmp_path, monkeypatch)
    assert _fails(capsys) == "'docker compose build' failed: the lines above say why"


def test_a_build_that_fails_starts_nothing(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.put("docker", "docker\\ compose\\ build*) exit 1 ;;")
    assert _fails(capsys) == "'docker compose build' failed: the lines above say why"
    assert engine.words() == ["docker compose build --quiet"]


def test_the_older_compose_is_used_where_there_is_no_plugin(engine: Engine) -> None:
    engine.put("docker", "docker\\ compose*) exit 1 ;;")
    engine.put("docker-compose")
    assert containers.main(["down"]) == 0
    assert engine.words() == ["docker-compose --profile=full down --volumes --remove-orphans --timeout=10"]


def _route_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A routing table with 198.51.100.128/25 in it, as proc(5) has it on this machine."""
    network, mask = (_hex(octets) for octets in ((198, 51, 100, 128), (255, 255, 255, 128)))
    path = folder / "route"
    path.write_text(
        "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
        "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n"
        f"eth1 {network} 00000000 0001 0 0 0 {mask} 0 0 0\n"
    )
    monkeypatch.setattr(containers, "ROUTES", path)


def _hex(octets: tuple[int, ...]) -> str:
    return f"{int.from_bytes(bytes(octets), sys.byteorder):08X}"


def _fails(capsys: pytest.CaptureFixture[str]) -> str:
    """What the one line on standard error says."""
    assert containers.main(["up"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    program, _, text = line.partition(": ")
    assert program == "testbed"
    return text
