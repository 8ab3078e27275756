"""Frames of several sensors in one stream: batches of each, and one account of all."""

from __future__ import annotations

import json
import signal
import socket
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from nxcast.producers import sensor_pushers
from nxcast.producers.pusher import Pusher
from nxcast.producers.sensor_pushers import SensorPushers
from nxcast.producers.tally import Tally, together
from nxcast.schemas import dnstap_pb2

SECONDS = 60.0


def named(wire: Any, identity: bytes, seconds: int) -> bytes:
    """A dnstap payload of that sender."""
    dnstap = dnstap_pb2.Dnstap.FromString(wire.dnstap(response_time_sec=seconds))
    dnstap.identity = identity
    return bytes(dnstap.SerializeToString())


def by_sensor(ingress: Any, frames: int) -> dict[str, list[int]]:
    """Times of the frames that come, by sensor."""
    found: dict[str, list[int]] = defaultdict(list)
    while sum(map(len, found.values())) < frames:
        batch = ingress.batch()
        found[batch.header["sensor"]] += [frame[0] // 1_000_000_000 for frame in batch.frames]
    return dict(found)


def test_a_file_of_several_resolvers_becomes_several_sensors(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    """What has no name goes as --sensor, a name is made fit for a sensor, and one line tells all."""
    path = tmp_path / "x"
    senders = [b"ns1", b"", b"ns 2/\xff", b"ns1", b"test", b"nxcast-canary"]
    path.write_bytes(wire.stream(*[named(wire, sender, second) for second, sender in enumerate(senders, 1)]))
    process = produce("--sensor-from", "identity", path)
    assert by_sensor(ingress, 6) == {"ns1": [1, 4], "test": [2, 5, 6], "ns-2--": [3]}
    status, lines = process.end()
    assert (status, lines[-1]) == (0, "nxcast-produce: read 6, sent 6, acknowledged 6, dropped 0")


def test_resolvers_that_connect_become_sensors(ingress: Any, produce: Any, wire: Any, tmp_path: Path) -> None:
    process = produce("--sensor-from", "identity", f"unix:{tmp_path}/x", NXCAST_LOG_FORMAT="json")
    process.wait_for("listening at")
    for name in (b"one", b"two"):
        with socket.socket(socket.AF_UNIX) as resolver:
            resolver.settimeout(SECONDS)
            resolver.connect(f"{tmp_path}/x")
            resolver.sendall(wire.stream(named(wire, name, 7)))
            assert by_sensor(ingress, 1) == {name.decode(): [7]}
    process.popen.send_signal(signal.SIGTERM)
    status, lines = process.end()
    told = json.loads(lines[-1])
    assert (status, told["read"], told["sent"], told["acknowledged"]) == (0, 2, 2, 2)


def test_there_is_room_for_so_many(
    ingress: Any, stop: Any, wire: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One more goes as our own, counted and told once."""
    monkeypatch.setattr(sensor_pushers, "SENSORS_MAX", 3)
    tally = Tally()
    frame = (1, 1, b"\xc0\0\2\1", 53, 17, None, None, None, wire.response, None, 0)
    with (
        Pusher(ingress.endpoint, "own", stop, replay=ingress.replay) as own,
        SensorPushers(own, stop, tally, SECONDS) as pushers,
    ):
        for name in (b"a", b"b", b"c", b"d", b"", b"own", b"a"):
            pushers.push(name, frame)
        for pusher in (own, *tally.others):
            pusher.flush()
        assert by_sensor(ingress, 7) == {"own": [0] * 4, "a": [0] * 2, "b": [0]}
    assert pushers.unnamed == 3
    assert [line for line in caplog.messages if "more than" in line] == [
        "more than 3 sensors: c and others go as own"
    ]
    assert together([own, *tally.others]).sent == 7
    assert together([own, *tally.others]).acknowledged == 7
