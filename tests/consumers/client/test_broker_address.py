import pytest

from nxcast.consumers.client.broker_address import connectable, over_ipv6, replay_endpoint


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
        ("*", "*"),
    ],
)
def test_all_addresses_are_reached_by_loopback(bound, connected):
    assert connectable(bound) == connected


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
    ("endpoint", "expected"),
    [
        ("tcp://127.0.0.1:5555", False),
        ("tcp://[::1]:5555", True),
        ("tcp://192.0.2.1:0;127.0.0.1:5555", False),
        ("tcp://localhost:5555", False),
        ("tcp://nowhere.invalid:5555", True),
        ("ipc:///run/nxcast/ingress", True),
        ("", True),
    ],
)
def test_ipv6_is_for_a_host_without_an_ipv4_address(endpoint: str, expected: bool) -> None:
    """A name that has both would else be looked for over IPv6 only."""
    assert over_ipv6(endpoint) is expected
