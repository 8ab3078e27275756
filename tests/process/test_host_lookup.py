"""Names of hosts: found where they are known, and never waited for longer than allowed."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from nxcast.process.host_lookup import look_up, numeric
from nxcast.process.stop import Stop, Stopped


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No name server answers until this is set; what is written as a number needs none."""
    answer = threading.Event()
    resolve = socket.getaddrinfo

    def getaddrinfo(host: str, *given: Any, flags: int = 0, **named: Any) -> Any:
        if not flags & socket.AI_NUMERICHOST:
            answer.wait()
        return resolve(host, *given, flags=flags, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield answer
    answer.set()


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("localhost", None), ("", None)]
)
def test_a_number_is_told_from_a_name(host: str, address: str | None, silent: threading.Event) -> None:  # noqa: ARG001
    assert numeric(host) == address


def test_ipv4_comes_first_and_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (family, kind, 0, "", (address, 0))
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        for family, address in ((socket.AF_INET6, "2001:db8::1"), (socket.AF_INET, "192.0.2.1"))
    ]

    def getaddrinfo(*_: Any, flags: int = 0, **__: Any) -> Any:
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        return found

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert look_up("broker.example") == ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize("host", ["nobody.invalid", "a..b", "x" * 64 + ".example", ""])
def test_a_name_that_leads_nowhere_is_an_error_of_the_system(host: str) -> None:
    with pytest.raises(OSError, match=r"[a-z]"):
        look_up(host)


def test_a_silent_name_server_is_given_up_in_time(silent: threading.Event) -> None:  # noqa: ARG001
    with pytest.raises(TimeoutError, match="no name server answers within 1 s"):
        look_up("broker.example", 0.01)
    assert look_up("127.0.0.1", 0) == ("127.0.0.1",)


def test_a_stop_ends_the_wait(silent: threading.Event) -> None:  # noqa: ARG001
    with Stop() as stop:
        end = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
        end.start()
        with pytest.raises(Stopped):
            stop.unless_stopped(lambda: look_up("broker.example", 1e6))
        end.join()
