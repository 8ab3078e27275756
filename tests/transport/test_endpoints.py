import pytest

from nxcast.transport.endpoints import (
    AddressError,
    connectable,
    ingress_endpoint,
    is_local,
    port_of,
    reachable,
    replay_endpoint,
    shown,
)


@pytest.mark.parametrize(
    ("bound", "connected"),
    [
        ("tcp://*:5556", "tcp://127.0.0.1:5556"),
        ("tcp://0.0.0.0:5556", "tcp://127.0.0.1:5556"),
        ("tcp://[::]:5556", "tcp://[::1]:5556"),
        ("tcp://127.0.0.1:5556", "tcp://127.0.0.1:5556"),
        ("tcp://10.0.0.0:5556", "tcp://10.0.0.0:5556"),
        ("tcp://[::ffff:0.0.0.0]:5556", "tcp://[::ffff:0.0.0.0]:5556"),
        ("tcp://broker.example:5556", "tcp://broker.example:5556"),
        ("ipc:///run/*:1", "ipc:///run/*:1"),
    ],
)
def test_all_addresses_are_reached_by_loopback(bound, connected):
    assert connectable(bound) == connected


@pytest.mark.parametrize(
    "text",
    ["", "*", "localhost", "127.0.0.1:5556", "tcp://", "tcp://:5556", "tcp://h", "tcp://h:", "tcp://h:0",
     "tcp://h:65536", "tcp://h:x", "tcp://a b:1", "ipc://", "udp://h:1", "tcp://h:1\n"],
)  # fmt: skip
def test_what_libzmq_could_connect_to_nowhere_is_refused(text):
    with pytest.raises(
        AddressError, match="no address of a broker; write it as tcp://HOST:PORT or ipc://PATH"
    ):
        connectable(text)


@pytest.mark.parametrize(
    "endpoint",
    [
        "nats://127.0.0.1:4222",
        "tls://nats.example",
        "nats://[::1]:4222",
        "nats://user:p@ss:word@a:4222,b:4222,nats://c/",
    ],
)
def test_servers_of_nats_are_as_they_are_written(endpoint):
    assert reachable(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    ["nats://", "nats://:4222", "nats://a:0", "nats://a:99999", "nats://a:x", "nats://a:4222,,b", "nats://a,",
     "nats://a:4222, b:4222", " nats://a:4222", "nats://a:4222\n", "NATS://a:4222", "Tls://a", "nats://a/b",
     "nats://a,tcp://b:1"],
)  # fmt: skip
def test_what_is_no_server_of_nats_is_refused_with_the_mend(endpoint):
    with pytest.raises(AddressError, match="no servers of NATS; write it as nats://HOST:4222 or tls://"):
        reachable(endpoint)


def test_who_gives_no_scheme_hears_of_all():
    with pytest.raises(AddressError, match=r"tcp://HOST:PORT, ipc://PATH or nats://HOST:4222$"):
        reachable("127.0.0.1:4222")


@pytest.mark.parametrize(
    ("broker", "port", "expected"),
    [
        ("tcp://127.0.0.1:5556", 5557, "tcp://127.0.0.1:5557"),
        ("tcp://[::1]:5556", 6, "tcp://[::1]:6"),
        ("tcp://192.0.2.1:0;broker.example:5556", 5557, "tcp://192.0.2.1:0;broker.example:5557"),
        ("tcp://127.0.0.1:5556", None, None),
        ("ipc:///run/nxcast", 5557, None),
    ],
)
def test_where_requests_go_follows_from_the_port_that_is_told(broker, port, expected):
    assert replay_endpoint(broker, port) == expected


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


@pytest.mark.parametrize(
    ("egress", "ingress"),
    [
        ("tcp://127.0.0.1:5556", "tcp://127.0.0.1:5555"),
        ("tcp://[::1]:2", "tcp://[::1]:1"),
        ("tcp://[::1]:1", None),
        ("tcp://broker.example:x", None),
        ("tcp://broker.example:123456", None),
        ("ipc:///run/nxcast/egress:5556", None),
    ],
)
def test_frames_are_taken_one_port_below(egress: str, ingress: str | None) -> None:
    assert ingress_endpoint(egress) == ingress


def test_a_password_is_never_shown() -> None:
    assert shown("nats://me:secret@a:4222,you:other@b:4222") == "nats://a:4222,b:4222"
    assert shown("nats://a:4222,nats://b:4222") == "nats://a:4222,nats://b:4222"
    assert shown("tls://me:s/e@a:4222") == "tls://a:4222"
    assert shown("nats://me:s@e@a:1,you:t@u@b:2,nats://c:v@d") == "nats://a:1,b:2,nats://d"
    assert shown("tcp://127.0.0.1:5556") == "tcp://127.0.0.1:5556"
