import pytest

from nxcast.consumers.endpoint import connectable


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
