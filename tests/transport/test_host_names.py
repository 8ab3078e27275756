"""Where names in endpoints lead: found in the background, and anew when what they led to fails."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from nxcast.transport import host_names as module
from nxcast.transport.endpoints import AddressError
from nxcast.transport.host_names import HostNames, bindable
from tests.conftest import TIMEOUT_MS

BROKER = "tcp://broker.example:5556"


class NameServer:
    """Answers what it is told to, once it may."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = 0

    def getaddrinfo(self, host: str, *_: Any, flags: int = 0, **__: Any) -> Any:
        if flags & socket.AI_NUMERICHOST:
            return RESOLVE(host, None, flags=flags)
        self.asked += 1
        self.may_answer.wait()
        if not self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        families = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in self.addresses]
        return [
            (family, socket.SOCK_STREAM, 0, "", (address, 0))
            for family, address in zip(families, self.addresses, strict=True)
        ]


RESOLVE = socket.getaddrinfo


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    made = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    yield made
    made.may_answer.set()


@pytest.fixture
def names() -> Iterator[HostNames]:
    made = HostNames()
    yield made
    made.close()


def _changed(names: HostNames) -> None:
    assert select.select([names], [], [], TIMEOUT_MS / 1000)[0]
    assert names.changed
    names.take()
    assert not names.changed
    assert not select.select([names], [], [], 0)[0]


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("tcp://192.0.2.1:5556", "tcp://192.0.2.1:5556"),
        ("tcp://[2001:db8::1]:5556", "tcp://[2001:db8::1]:5556"),
        ("tcp://2001:db8::1:5556", "tcp://[2001:db8::1]:5556"),
        ("tcp://192.0.2.9:0;192.0.2.1:5556", "tcp://192.0.2.9:0;192.0.2.1:5556"),
        ("ipc:///run/nxcast/egress", "ipc:///run/nxcast/egress"),
    ],
)
def test_numbers_and_paths_need_no_name_server(
    endpoint: str, expected: str, names: HostNames, server: NameServer
) -> None:
    assert names.endpoint(endpoint) == expected
    assert not names.has_name(endpoint)
    names.failing(endpoint)
    names.answering(endpoint)
    assert names.unknown(endpoint) is None
    assert server.asked == 0


@pytest.mark.parametrize(
    "endpoint",
    ["tcp://broker", "tcp://:5556", "tcp://broker:0", "tcp://broker:65536", "tcp://a b:1", "tcp://*:1"],
)
def test_what_can_be_no_endpoint_is_refused_at_once(endpoint: str, names: HostNames) -> None:
    with pytest.raises(AddressError, match=r"^tcp://.*: invalid argument; write it as tcp://HOST:PORT$"):
        names.endpoint(endpoint)


def test_a_silent_name_server_holds_up_nothing(names: HostNames, server: NameServer) -> None:
    server.may_answer.clear()
    assert names.endpoint(BROKER) is None
    assert (
        names.unknown(BROKER) == "the name broker.example is not known here: no name server has answered yet"
    )
    server.addresses = ["192.0.2.1"]
    server.may_answer.set()
    _changed(names)
    assert names.endpoint(BROKER) == "tcp://192.0.2.1:5556"
    assert names.endpoint("tcp://broker.example:5557") == "tcp://192.0.2.1:5557"
    assert names.unknown(BROKER) is None
    assert server.asked == 1


def test_a_name_that_is_unknown_at_first_may_be_known_later(names: HostNames, server: NameServer) -> None:
    second = threading.Event()
    resolve = server.getaddrinfo

    def getaddrinfo(*given: Any, **named: Any) -> Any:
        if server.asked > 1:
            second.set()
        return resolve(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        assert names.endpoint(BROKER) is None
        assert second.wait(TIMEOUT_MS / 1000)
        server.addresses = ["2001:db8::1"]
        _changed(names)
    assert names.endpoint(BROKER) == "tcp://[2001:db8::1]:5556"


def test_a_host_that_moves_is_found_where_it_went(names: HostNames, server: NameServer) -> None:
    server.addresses = ["192.0.2.1"]
    names.endpoint(BROKER)
    _changed(names)
    server.addresses = ["2001:db8::2"]
    assert names.endpoint(BROKER) == "tcp://192.0.2.1:5556"  # nothing is wrong with it
    names.failing(BROKER)
    _changed(names)
    assert names.endpoint(BROKER) == "tcp://[2001:db8::2]:5556"


def test_each_address_of_a_host_has_its_turn_while_none_answers(names: HostNames, server: NameServer) -> None:
    server.addresses = ["::1", "127.0.0.1"]
    names.endpoint(BROKER)
    _changed(names)
    seen = []
    for _ in range(3):
        seen.append(names.endpoint(BROKER))
        names.failing(BROKER)
        _changed(names)
    assert seen == ["tcp://127.0.0.1:5556", "tcp://[::1]:5556", "tcp://127.0.0.1:5556"]


def test_an_address_that_fails_for_a_moment_stays(
    names: HostNames, server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that is restarted is looked for where it was."""
    monkeypatch.setattr(module, "PATIENCE_S", 1e6)
    server.addresses = ["127.0.0.1", "::1"]
    names.endpoint(BROKER)
    _changed(names)
    names.failing(BROKER)
    _changed(names)
    assert names.endpoint(BROKER) == "tcp://127.0.0.1:5556"


def test_a_name_that_is_lost_leaves_the_address_it_had(names: HostNames, server: NameServer) -> None:
    server.addresses = ["192.0.2.1"]
    names.endpoint(BROKER)
    _changed(names)
    server.addresses = []
    names.failing(BROKER)
    _changed(names)
    assert names.endpoint(BROKER) == "tcp://192.0.2.1:5556"


def test_closing_waits_for_no_name_server(server: NameServer) -> None:
    server.may_answer.clear()
    names = HostNames()
    names.endpoint(BROKER)
    names.close()
    names.close()


def test_what_is_bound_is_a_number_too(server: NameServer) -> None:
    server.addresses = ["2001:db8::1"]
    assert bindable("tcp://broker.example:5556") == "tcp://[2001:db8::1]:5556"
    server.addresses = ["192.0.2.1"]
    assert bindable("tcp://broker.example:*") == "tcp://192.0.2.1:*"
    for endpoint in ("tcp://*:5556", "tcp://127.0.0.1:5556", "tcp://[::1]:*", "tcp://lo:5556", "ipc://@x"):
        assert bindable(endpoint) == endpoint
