"""options: where the broker acknowledges."""

from __future__ import annotations

import pytest

from nxcast.producers.options import replay_endpoint


@pytest.mark.parametrize(
    ("given", "broker", "expected"),
    [
        (None, "tcp://127.0.0.1:5555", "tcp://127.0.0.1:5557"),
        ("", "tcp://broker.example:6000", "tcp://broker.example:6002"),
        (None, "tcp://[::1]:5555", "tcp://[::1]:5557"),
        (None, "ipc:///run/nxcast/ingress", None),
        (None, "ipc:///run/a:5555", None),
        (None, "tcp://127.0.0.1", None),
        (None, "tcp://127.0.0.1:65534", None),  # there is no port 65536
        (None, "nowhere", None),
        ("ipc:///run/nxcast/replay", "ipc:///run/nxcast/ingress", "ipc:///run/nxcast/replay"),
        ("none", "tcp://127.0.0.1:5555", None),
    ],
)
def test_derives_where_the_broker_acknowledges(given: str | None, broker: str, expected: str | None) -> None:
    """Two ports above where it takes frames, unless told otherwise."""
    assert replay_endpoint(given, broker) == expected
