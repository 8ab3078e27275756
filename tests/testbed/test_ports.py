"""Ports that nobody else is given before who asked for them listens."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from testbed.ports import free_port, free_ports, free_row

ROOT = Path(__file__).parents[2]
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_they_differ_and_nobody_listens_there() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.skipif(not EPHEMERAL.exists(), reason="not Linux")
def test_they_are_none_that_the_system_hands_out() -> None:
    assert max(free_ports(20)) < 32_768 == int(EPHEMERAL.read_text().split()[0])


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_one_that_is_taken_is_passed_over(kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        assert port not in free_ports(200)  # more than there are in a block


def test_a_row_is_one_behind_the_other() -> None:
    firsts = [free_row(4) for _ in range(60)]  # over the end of a block too
    for first in firsts:
        for port in range(first, first + 4):
            socket.create_server(("127.0.0.1", port)).close()


def test_processes_have_none_in_common() -> None:
    code = "from testbed.ports import free_ports\nprint(*free_ports(200))\ninput()"
    command = [sys.executable, "-c", code]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": ROOT, "text": True}
    with subprocess.Popen(command, **pipes) as first, subprocess.Popen(command, **pipes) as second:  # type: ignore[call-overload]
        found = [set(map(int, each.stdout.readline().split())) for each in (first, second)]
        for each in (first, second):
            each.communicate("\n")
    assert found[0].isdisjoint(found[1])
    assert all(found)
