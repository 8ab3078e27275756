"""options: where the broker acknowledges, and what may be a sensor's name."""

from __future__ import annotations

import pytest

from nxcast.producers.failure import ProducerError
from nxcast.producers.options import check_sensor, replay_endpoint, sensor_name


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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ns1.example", "ns1.example"),
        ("ns 1", "ns-1"),
        ("-ns1", "_ns1"),
        (" ns1", "_ns1"),
        (".", "_"),
        ("..", "_."),
        (".hidden", ".hidden"),
        ("", ""),
        ("a" * 65, "a" * 64),
    ],
)
def test_of_any_text_a_name_is_made_that_may_be_pushed_as(text: str, name: str) -> None:
    assert sensor_name(text) == name
    assert name == "" or check_sensor(name) == name


@pytest.mark.parametrize("name", ["-ns1", ".", "...", "", "a/b", "a" * 65])
def test_a_name_that_the_broker_refuses_is_refused_here(name: str) -> None:
    with pytest.raises(ProducerError, match="bad sensor name"):
        check_sensor(name)
