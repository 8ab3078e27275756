"""Endpoints: which of them only this machine reaches."""

from __future__ import annotations

import pytest

from nxcast.broker.endpoints import is_local, port_of


@pytest.mark.parametrize(
    ("endpoint", "local"),
    [
        ("tcp://127.0.0.1:5555", True),
        ("tcp://127.8.8.8:*", True),
        ("tcp://[::1]:5555", True),
        ("ipc:///run/nxcast/ingress", True),
        ("tcp://0.0.0.0:5555", False),
        ("tcp://*:5555", False),
        ("tcp://[::]:5555", False),
        ("tcp://192.0.2.1:5555", False),
        ("tcp://eth0:5555", False),
        ("tcp://localhost:5555", False),  # whatever that stands for here
        ("tcp://127.0.0.1.example:5555", False),
        ("tcp://5555", False),
    ],
)
def test_only_loopback_and_paths_are_local(endpoint: str, local: bool) -> None:
    assert is_local(endpoint) is local


def test_a_path_has_no_port() -> None:
    assert (port_of("tcp://127.0.0.1:5557"), port_of("ipc:///run/nxcast/replay")) == (5557, None)
