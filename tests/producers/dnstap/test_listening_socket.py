"""Listening sockets: who may connect, and those that systemd hands over."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from nxcast.producers.dnstap.listen_address import SystemdAddress, TcpAddress, UnixAddress
from nxcast.producers.dnstap.listening_socket import Access, ListeningSocket, listen_at
from nxcast.producers.failure import ProducerError

SECONDS = 60.0


def unix(path: Path, **access: Any) -> ListeningSocket:
    (made,) = listen_at([UnixAddress(str(path))], Access(**access))
    return made


@pytest.mark.parametrize(("access", "mode"), [({"mode": 0o666}, 0o666), ({"mode": 0o600}, 0o600)])
def test_the_mode_is_as_asked(tmp_path: Path, access: dict[str, Any], mode: int) -> None:
    made = unix(tmp_path / "x", **access)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == mode
    made.close()
    assert not (tmp_path / "x").exists()


def test_a_group_may_connect(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    made = unix(tmp_path / "x", group=group)
    assert f", the group {group} (mode 660)" in made.who_may()
    made.close()


def test_who_may_is_told_with_the_folders_above(tmp_path: Path) -> None:
    """A folder keeps out whom the socket would let in."""
    folder = tmp_path / "narrow"
    folder.mkdir()
    folder.chmod(0o750)
    made = unix(folder / "x", mode=0o622)
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    on_socket = f"the user {user}, the group {group}, others (mode 622)"
    on_folder = f"; and into the folder {folder}: the user {user}, the group {group} (mode 750)"
    assert made.who_may().startswith(on_socket + on_folder)
    folder.chmod(0o755)
    assert str(folder) not in made.who_may()
    made.close()


def test_a_socket_whose_file_is_gone_is_told(tmp_path: Path) -> None:
    """As a program that tidies up may remove it."""
    made = unix(tmp_path / "x")
    (tmp_path / "x").unlink()
    assert made.who_may().startswith("nobody, since its file is not there (no such file or directory): ")
    made.close()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else")
@pytest.mark.parametrize(
    ("access", "let_in"), [({}, False), ({"group": "nogroup"}, True), ({"mode": 0o666}, True)]
)
def test_a_resolver_with_a_user_of_its_own_gets_in_where_it_is_told_to(
    access: dict[str, Any], let_in: bool
) -> None:
    """A producer of root's keeps it out by default, whatever it is; nobody here, whose group is nogroup."""
    connect = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        made = unix(Path(folder) / "x", **access)
        done = subprocess.run(
            ["/usr/bin/env", "python3", "-c", connect, f"{folder}/x"],
            user="nobody",
            group="nogroup",
            extra_groups=(),
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
        made.close()
    assert (done.returncode == 0) is let_in, done.stderr
    assert let_in or b"PermissionError" in done.stderr


def test_an_unknown_group_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ProducerError, match="--socket-group nobody-has-this: no such group"):
        unix(tmp_path / "x", group="nobody-has-this")
    assert not (tmp_path / "x").exists()


def test_a_port_that_others_reach_must_be_meant() -> None:
    with pytest.raises(ProducerError, match="--allow, or say --insecure"):
        listen_at([TcpAddress("0.0.0.0", 0)], Access())  # noqa: S104  it is refused
    for networks in (None, (ip_network("192.0.2.0/24"),)):
        (made,) = listen_at([TcpAddress("0.0.0.0", 0)], Access(networks=networks))  # noqa: S104
        made.close()


@pytest.mark.parametrize(
    ("networks", "peer", "admitted"),
    [
        ((), ("127.0.0.1", 1), True),
        ((), ("::1", 1, 0, 0), True),
        ((), ("192.0.2.1", 1), False),
        (("192.0.2.0/24",), ("192.0.2.1", 1), True),
        (("192.0.2.0/24",), ("::ffff:192.0.2.1", 1, 0, 0), True),
        (("192.0.2.0/24",), ("198.51.100.1", 1), False),
        (("fe80::/10",), ("fe80::1%eth0", 1, 0, 2), True),
        (None, ("198.51.100.1", 1), True),
    ],
)
def test_only_who_is_allowed_is_admitted(
    networks: tuple[str, ...] | None, peer: tuple[Any, ...], admitted: bool
) -> None:
    allowed = None if networks is None else tuple(map(ip_network, networks))
    (made,) = listen_at([TcpAddress("127.0.0.1", 0)], Access(networks=allowed))
    assert made.admits(peer) is admitted
    made.close()


def test_without_systemd_it_is_told() -> None:
    with pytest.raises(ProducerError, match=r"systemd:x: systemd has handed over no socket"):
        listen_at([SystemdAddress("x")], Access())


HELD = """\
import os, socket, sys
held = socket.socket(socket.AF_UNIX)
held.bind(sys.argv[1].replace("@", "\\0"))
held.listen(8)
if held.fileno() != 3:
    os.dup2(held.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="dnstap")
os.execv(sys.executable, [sys.executable, "-m", "nxcast.producers", "dnstap", *sys.argv[2:]])
"""


def test_an_abstract_socket_is_served(ingress: Any, wire: Any) -> None:
    """It has no file, and whoever is on this machine may connect (unix(7))."""
    name = f"@nxcast-test-{os.getpid()}"
    command = [sys.executable, "-c", HELD, name, "systemd:", *ingress.options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"nxcast-produce: listening at unix:{name}\n"
        with socket.socket(socket.AF_UNIX) as resolver:
            resolver.settimeout(SECONDS)
            resolver.connect(name.replace("@", "\0"))
            resolver.sendall(wire.stream(wire.dnstap(response_time_sec=5)))
            assert len(ingress.frames(1)) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


@pytest.mark.parametrize("name", ["systemd:", "systemd:dnstap"])
def test_a_socket_that_was_handed_over_is_served_and_stays(
    ingress: Any, wire: Any, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "x"
    command = [sys.executable, "-c", HELD, str(path), name, *ingress.options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"nxcast-produce: listening at unix:{path}\n"
        with socket.socket(socket.AF_UNIX) as resolver:
            resolver.settimeout(SECONDS)
            resolver.connect(str(path))
            resolver.sendall(wire.stream(wire.dnstap(response_time_sec=5)))
            assert len(ingress.frames(1)) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    assert path.exists()


def test_another_name_is_told(tmp_path: Path, ingress: Any) -> None:
    command = [sys.executable, "-c", HELD, str(tmp_path / "x"), "systemd:other", *ingress.options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 1
    assert "systemd:other: no socket of that name (FileDescriptorName=): dnstap\n" in done.stderr


def test_a_socket_of_systemd_socket_activate_is_served(ingress: Any, wire: Any, tmp_path: Path) -> None:
    program = shutil.which("systemd-socket-activate")
    if program is None:
        pytest.skip("systemd-socket-activate is not here (Debian: systemd)")
    path = tmp_path / "x"
    command = (program, "-l", str(path), "--fdname=dnstap", sys.executable, "-m", "nxcast.producers")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    passed = [
        f"--setenv={name}" for name in ("PYTHONPATH", "PATH", "NXCAST_LOG_FORMAT") if name in environment
    ]
    arguments = (*command[:1], *passed, *command[1:], "dnstap", "systemd:dnstap", *ingress.options)
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        assert "Listening on" in process.stderr.readline()
        with socket.socket(socket.AF_UNIX) as resolver:  # the program starts with the first connection
            resolver.settimeout(SECONDS)
            resolver.connect(str(path))
            resolver.sendall(wire.stream(wire.dnstap(response_time_sec=5)))
            assert len(ingress.frames(1)) == 1
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(SECONDS) == 0
