"""pusher: batches and their numbers, waiting and dropping, with a real socket at the other end."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nxcast.producers import pusher as module
from nxcast.producers import stop as stop_module
from nxcast.producers.failure import ProducerError
from nxcast.producers.pusher import BATCH_FRAMES, BATCH_OCTETS, HIGH_WATER_MARK, Pusher
from nxcast.producers.stop import Stop, Stopped
from nxcast.schemas.frames import Frame

SECONDS = 20.0


def frame(number: int = 0, size: int = 12) -> Frame:
    return (number, 1, bytes(4), 53, 17, None, None, None, bytes(size))


def test_numbers_its_batches(ingress: Any, stop: Stop) -> None:
    """Full batches leave at once, the rest at the end, all in order and numbered from 1."""
    with Pusher(ingress.endpoint, "here", stop) as pusher:
        pusher.wait_connected()
        for number in range(BATCH_FRAMES + 3):
            pusher.push(frame(number))
        first = ingress.batch()
    second = ingress.batch()
    assert [batch.header["count"] for batch in (first, second)] == [BATCH_FRAMES, 3]
    assert [batch.header["sequence"] for batch in (first, second)] == [1, 2]
    assert first.header["epoch"] == second.header["epoch"] > 0
    assert first.header["sensor"] == "here"
    assert [entry[0] for entry in first.frames + second.frames] == list(range(BATCH_FRAMES + 3))
    assert (pusher.sent, pusher.dropped, pusher.unsent, pusher.unsure) == (BATCH_FRAMES + 3, 0, 0, 0)


def test_limits_a_batch_by_octets(ingress: Any, stop: Stop) -> None:
    """Large responses leave in smaller batches."""
    with Pusher(ingress.endpoint, "here", stop) as pusher:
        for _ in range(5):
            pusher.push(frame(size=60_000))
        assert ingress.batch().header["count"] == 1 + BATCH_OCTETS // 60_064
        assert pusher.due_in() is None


def test_a_lone_frame_leaves_when_it_is_due(ingress: Any, stop: Stop) -> None:
    """`due_in` tells when, and `flush_due` does nothing before."""
    with Pusher(ingress.endpoint, "here", stop) as pusher:
        pusher.push(frame())
        while (due := pusher.due_in()) is not None:
            assert due <= module.LINGER_MS / 1000
            stop.wait(due)
            pusher.flush_due()
        assert ingress.batch().header["count"] == 1


def test_names_the_endpoint_where_nobody_answers(idle_ingress: Any, stop: Stop) -> None:
    """No broker in time is an error with a mend."""
    with Pusher(idle_ingress.endpoint, "here", stop) as pusher, pytest.raises(ProducerError) as caught:
        pusher.wait_connected(0.05)
    assert str(caught.value) == (
        f"no broker answers at {idle_ingress.endpoint}: start nxcast-broker, or name another with --broker"
    )


@pytest.mark.parametrize(
    "endpoint", ["127.0.0.1:5555", "tcp://127.0.0.1", "carrier://pigeon:1", "tcp://\udcff:1"]
)
def test_refuses_a_bad_endpoint(endpoint: str, stop: Stop) -> None:
    """The endpoint is named, with how to write it."""
    with pytest.raises(ProducerError, match=r"^bad broker endpoint .*: write it as tcp://HOST:PORT$"):
        Pusher(endpoint, "here", stop)


def test_live_drops_and_leaves_a_gap(idle_ingress: Any, stop: Stop, caplog: pytest.LogCaptureFixture) -> None:
    """Without a broker the queue fills, then batches are dropped, counted, and missing from the sequence."""
    caplog.set_level(logging.INFO)
    with Pusher(idle_ingress.endpoint, "here", stop, block_ms=10) as pusher:
        pusher.wait_connected(0.01)
        for _ in range(HIGH_WATER_MARK + 2):
            pusher.push(frame())
            pusher.flush()
        assert (pusher.sent, pusher.dropped) == (HIGH_WATER_MARK, 2)
        idle_ingress.start()
        waited = [idle_ingress.batch().header["sequence"] for _ in range(HIGH_WATER_MARK)]
        assert waited == list(range(1, HIGH_WATER_MARK + 1))
        while not pusher.connected:
            pusher.wait_connected()
        dropped = pusher.dropped
        while pusher.dropped == dropped and pusher.sent == HIGH_WATER_MARK:
            pusher.push(frame())
            pusher.flush()
        assert idle_ingress.batch().header["sequence"] > HIGH_WATER_MARK + 2
    assert caplog.messages[0].startswith(f"no broker answers at {idle_ingress.endpoint}")
    assert "is behind or away: dropping" in caplog.messages[1]
    assert any("is back" in message for message in caplog.messages)
    assert any("takes batches again, 2 frames dropped" in message for message in caplog.messages)


def test_a_stop_ends_the_wait(idle_ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiting producer that is stopped counts what it could not hand over."""
    monkeypatch.setattr(module, "STOP_LINGER_MS", 10)
    pusher = Pusher(idle_ingress.endpoint, "here", stop)
    for _ in range(HIGH_WATER_MARK):
        pusher.push(frame())
        pusher.flush()
    pusher.push(frame())
    stop.request()
    with pytest.raises(Stopped):
        pusher.flush()
    pusher.close()
    assert (pusher.sent, pusher.unsent, pusher.unsure) == (HIGH_WATER_MARK, 1, HIGH_WATER_MARK)


def test_counts_how_often_the_broker_goes_away(ingress: Any, stop: Stop) -> None:
    """Only once something has been sent: before that nothing can be lost."""
    with Pusher(ingress.endpoint, "here", stop) as pusher:
        for sent, times_away in ((False, 0), (True, 1), (False, 2)):
            pusher.wait_connected()
            if sent:
                pusher.push(frame())
                pusher.flush()
                ingress.batch()
            ingress.stop()
            while pusher.connected:
                pusher._wait(SECONDS * 1000, writable=False)
            assert pusher.times_away == times_away
            ingress.start()


def test_live_waits_for_room_after_a_stop_too(
    ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a stop finds delivered is not dropped for a broker that is only a moment behind."""
    monkeypatch.setattr(stop_module, "GRACE_S", SECONDS)
    count = 200  # of 60,000 octets: more than the queue and the kernel hold
    full = threading.Event()
    with ThreadPoolExecutor(1) as reader:

        def read() -> list[int]:
            assert full.wait(SECONDS)
            return [ingress.batch().header["sequence"] for _ in range(count)]

        with Pusher(ingress.endpoint, "here", stop, block_ms=SECONDS * 1000) as pusher:
            pusher.wait_connected()
            stop.request()
            seen = reader.submit(read)
            for number in range(count):
                if number == HIGH_WATER_MARK:
                    full.set()
                pusher.push(frame(number, 60_000))
                pusher.flush()
            assert seen.result(SECONDS) == list(range(1, count + 1))
    assert (pusher.sent, pusher.dropped) == (count, 0)


def test_live_waits_after_a_stop_for_the_grace_only(
    idle_ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it would wait otherwise."""
    monkeypatch.setattr(stop_module, "GRACE_S", 0)
    monkeypatch.setattr(module, "STOP_LINGER_MS", 10)
    with Pusher(idle_ingress.endpoint, "here", stop, block_ms=1e9) as pusher:
        stop.request()
        for _ in range(HIGH_WATER_MARK + 1):
            pusher.push(frame())
            pusher.flush()
        assert (pusher.sent, pusher.dropped) == (HIGH_WATER_MARK, 1)


def test_hands_over_before_it_ends(ingress: Any, stop: Stop) -> None:
    """Closing waits for the reader: nothing of a full queue is lost."""
    count = 3 * HIGH_WATER_MARK
    with ThreadPoolExecutor(1) as reader:
        seen = reader.submit(lambda: [ingress.batch().header["sequence"] for _ in range(count)])
        with Pusher(ingress.endpoint, "here", stop) as pusher:
            for number in range(count):
                pusher.push(frame(number, 60_000))
                pusher.flush()
        assert seen.result(SECONDS) == list(range(1, count + 1))
    assert (pusher.sent, pusher.unsure) == (count, 0)
