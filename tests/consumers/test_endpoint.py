import pytest

from nxcast.consumers.endpoint import connectable, replay_endpoint


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
