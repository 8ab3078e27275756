"""pusher: batches and their numbers, waiting and dropping, with a real socket at the other end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nxcast.process import stop as stop_module
from nxcast.process.stop import Stop, Stopped
from nxcast.producers import arrival_inquiry as inquiry_module
from nxcast.producers import batch_form as form_module
from nxcast.producers import pusher as module
from nxcast.producers import send_window as window_module
from nxcast.producers.failure import ProducerError
from nxcast.producers.linger import BATCH_FRAMES, BATCH_OCTETS, LINGER_MS
from nxcast.producers.pusher import Pusher
from nxcast.producers.send_window import BATCH_OVERHEAD
from nxcast.schemas.frames import Frame, make_frame
from nxcast.transport.zeromq.producer_end import HIGH_WATER_MARK, TURN_S

SECONDS = 60.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine one that is there may not answer for a while."""
    monkeypatch.setattr(inquiry_module, "SILENCE_S", SECONDS)


def frame(number: int = 0, size: int = 12) -> Frame:
    return make_frame(number, 1, bytes(4), 53, 17, None, None, None, bytes(size))


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
        assert inquiry_module.ASK_S < pusher.due_in() <= TURN_S


def test_a_lone_frame_leaves_when_it_is_due(ingress: Any, stop: Stop) -> None:
    """`due_in` tells when, and `flush_due` does nothing before."""
    with Pusher(ingress.endpoint, "here", stop) as pusher:
        pusher.push(frame())
        while not pusher.sent:
            assert pusher.due_in() <= LINGER_MS / 1000
            stop.wait(pusher.due_in())
            pusher.flush_due()
        assert ingress.batch().header["count"] == 1


def test_names_the_endpoint_where_nobody_answers(idle_ingress: Any, stop: Stop) -> None:
    """No broker in time is an error with a mend."""
    with Pusher(idle_ingress.endpoint, "here", stop) as pusher, pytest.raises(ProducerError) as caught:
        pusher.wait_connected(0.05)
    assert str(caught.value) == (
        f"no broker answers at {idle_ingress.endpoint}: start nxcast-broker, or name another with --broker"
    )


def test_what_was_told_while_it_was_waited_for_is_not_told_again(
    idle_ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "ABSENT_S", 0.01)
    with Pusher(idle_ingress.endpoint, "here", stop) as pusher, pytest.raises(ProducerError) as caught:
        pusher.wait_connected(0.05)
    assert str(caught.value) == "no broker answered in 0.05 s"
    mend = "start nxcast-broker, or name another with --broker"
    assert caplog.messages == [f"no broker answers at {idle_ingress.endpoint}: {mend}; it is waited for"]


@pytest.mark.parametrize(
    "endpoint", ["127.0.0.1:5555", "tcp://127.0.0.1", "carrier://pigeon:1", "tcp://\udcff:1"]
)
def test_refuses_a_bad_endpoint(endpoint: str, stop: Stop) -> None:
    """The endpoint is named, with how to write it."""
    with pytest.raises(ProducerError, match=r": .*; write it as tcp://HOST:PORT$"):
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
                pusher._wait(SECONDS * 1000)
            assert pusher.times_away == times_away
            ingress.start()


@pytest.mark.parametrize("block_ms", [None, 10])
def test_sees_at_its_next_batch_that_a_broker_is_gone_which_acknowledges_nothing(
    ingress: Any, stop: Stop, block_ms: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it sent may be lost, and the source may end right after."""
    monkeypatch.setattr(module, "TURN_S", SECONDS)
    pusher = Pusher(ingress.endpoint, "here", stop, block_ms=block_ms)
    pusher.wait_connected()
    pusher.push(frame())
    pusher.flush()
    ingress.batch()
    ingress.stop()
    until = time.monotonic() + SECONDS / 2
    while pusher.connected and time.monotonic() < until:  # until libzmq tells
        pusher.push(frame())
        pusher.flush()
    assert pusher.times_away == 1
    stop.request()
    pusher.close()


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


def push(pusher: Pusher, *numbers: int) -> None:
    """A batch of one frame each."""
    for number in numbers:
        pusher.push(frame(number))
        pusher.flush()


def wait_until(pusher: Pusher, done: Callable[[], bool]) -> None:
    """Let it look after what it keeps, as its sources do."""
    until = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < until
        pusher._wait(100)


def counts(pusher: Pusher) -> dict[str, int]:
    """The counts that are not 0."""
    names = ("sent", "acknowledged", "sent_again", "dropped", "unsent", "unsure", "times_away")
    return {name: value for name in names if (value := getattr(pusher, name))}


def test_ends_when_all_is_acknowledged(ingress: Any, stop: Stop) -> None:
    """Not before, and each batch tells the lowest that is kept."""
    with ThreadPoolExecutor(1) as reader:
        with Pusher(ingress.endpoint, "here", stop, replay=ingress.replay) as pusher:
            push(pusher, 1, 2)
            headers = [ingress.batch().header for _ in range(2)]
            wait_until(pusher, lambda: pusher.acknowledged == 2)
            push(pusher, 3)
            seen = reader.submit(ingress.batch)
        headers.append(seen.result(0).header)
    assert [(header["sequence"], header["held"]) for header in headers] == [(1, 1), (2, 1), (3, 3)]
    assert counts(pusher) == {"sent": 3, "acknowledged": 3}
    assert not pusher.in_doubt


def test_sends_again_what_a_broker_took_along(ingress: Any, stop: Stop) -> None:
    """All that was not acknowledged, from the lowest on, however often a broker dies."""
    pusher = Pusher(ingress.endpoint, "here", stop, replay=ingress.replay)
    push(pusher, 1)
    ingress.batch()
    wait_until(pusher, lambda: pusher.acknowledged == 1)
    ingress.acknowledging = False
    push(pusher, 2, 3)
    for _ in range(3):
        assert [ingress.batch().header["sequence"] for _ in range(2)] == [2, 3]
        ingress.stop()
        wait_until(pusher, lambda: not pusher.connected)
        ingress.start()
        wait_until(pusher, lambda: pusher.connected)
    ingress.acknowledging = True
    assert [ingress.batch().header["held"] for _ in range(2)] == [2, 2]
    pusher.close()
    assert counts(pusher) == {"sent": 3, "acknowledged": 3, "sent_again": 6, "times_away": 3}
    assert not pusher.in_doubt


def test_sends_again_what_is_missing(ingress: Any, stop: Stop) -> None:
    """Only that, on a connection that goes on."""
    pusher = Pusher(ingress.endpoint, "here", stop, replay=ingress.replay)
    ingress.acknowledging = False
    push(pusher, 1, 2, 3)
    for _ in range(3):
        ingress.batch()
    ingress.lose(2)
    ingress.acknowledging = True
    wait_until(pusher, lambda: pusher.acknowledged == 2)
    wait_until(pusher, lambda: pusher.sent_again == 1)
    assert ingress.batch().header["sequence"] == 2
    pusher.close()
    assert counts(pusher) == {"sent": 3, "acknowledged": 3, "sent_again": 1}


def test_sends_all_again_to_another_broker_on_the_same_connection(ingress: Any, stop: Stop) -> None:
    """As behind a proxy: its epoch tells."""
    pusher = Pusher(ingress.endpoint, "here", stop, replay=ingress.replay)
    push(pusher, 1)
    ingress.batch()
    wait_until(pusher, lambda: pusher.acknowledged == 1)
    push(pusher, 2)
    wait_until(pusher, ingress.heard.is_set)
    ingress.epoch += 1
    assert [ingress.batch().header["sequence"]] == [2]
    wait_until(pusher, lambda: pusher.acknowledged == 2)
    pusher.close()
    assert pusher.sent_again <= 1


def test_waits_while_too_much_is_not_acknowledged(
    ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window is bounded, and a stop ends the wait for it."""
    monkeypatch.setattr(module, "HELD_OCTETS", 3 * (50 + BATCH_OVERHEAD))
    monkeypatch.setattr(module, "STOP_LINGER_MS", 10)
    pusher = Pusher(ingress.endpoint, "here", stop, replay=ingress.replay)
    push(pusher, 1)
    ingress.batch()
    wait_until(pusher, lambda: pusher.acknowledged == 1)
    ingress.acknowledging = False
    push(pusher, 2, 3, 4)
    with ThreadPoolExecutor(1) as other:
        requested = other.submit(lambda: (ingress.batch(), ingress.batch(), stop.request()))
        with pytest.raises(Stopped):
            push(pusher, 5)
        requested.result(SECONDS)
    pusher.close()
    assert counts(pusher) == {"sent": 5, "acknowledged": 1, "unsure": 4}
    assert not pusher.in_doubt  # it was the stop


def test_live_forgets_the_oldest(idle_ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept without a broker is bounded, what goes is counted, and the wait comes only once."""
    monkeypatch.setattr(module, "HELD_LIVE_OCTETS", 20 * (50 + BATCH_OVERHEAD))
    pusher = Pusher(idle_ingress.endpoint, "here", stop, replay=idle_ingress.replay, block_ms=SECONDS * 10)
    before = time.monotonic()
    push(pusher, *range(1, 101))
    assert SECONDS * 10 <= (time.monotonic() - before) * 1000 < SECONDS * 10 * 40
    kept = len(pusher.held)
    assert 20 <= kept <= 22
    assert counts(pusher) == {"dropped": 100 - kept}
    idle_ingress.start()
    with ThreadPoolExecutor(1) as reader:
        seen = reader.submit(lambda: [idle_ingress.batch().header for _ in range(kept)])
        wait_until(pusher, seen.done)
    headers = seen.result()
    assert [header["sequence"] for header in headers] == list(range(101 - kept, 101))
    assert headers[0]["held"] == 101 - kept
    pusher.close()
    assert (pusher.acknowledged, pusher.dropped) == (kept, 100 - kept)


def test_live_survives_a_restart_without_a_loss(ingress: Any, stop: Stop) -> None:
    """It never waits while there is room in what it keeps."""
    pusher = Pusher(ingress.endpoint, "here", stop, replay=ingress.replay, block_ms=SECONDS * 1000)
    push(pusher, 1)
    wait_until(pusher, lambda: pusher.sent == 1)
    ingress.batch()
    ingress.stop()
    wait_until(pusher, lambda: not pusher.connected)
    before = time.monotonic()
    push(pusher, *range(2, 201))
    assert time.monotonic() - before < SECONDS / 2
    ingress.start()
    with ThreadPoolExecutor(1) as reader:
        seen = reader.submit(lambda: [ingress.batch().header["sequence"] for _ in range(200)])
        wait_until(pusher, seen.done)
        assert seen.result()[-199:] == list(range(2, 201))
    stop.request()
    pusher.close()
    assert (pusher.dropped, pusher.unsure, pusher.unsent) == (0, 0, 0)


def unanswered(ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch) -> Pusher:
    """Nobody answered when its first batch was sent, so it kept that no more, nor the second."""
    monkeypatch.setattr(inquiry_module, "ANSWER_S", 0.2)
    monkeypatch.setattr(form_module, "FORM_S", 0.0)
    ingress.acknowledging = False
    pusher = Pusher(ingress.endpoint, "here", stop, replay=ingress.replay)
    push(pusher, 1)
    assert ingress.batch().header["held"] == 1
    with monkeypatch.context() as patched:
        patched.setattr(inquiry_module, "SILENCE_S", 0.05)
        wait_until(pusher, lambda: len(pusher.held) == 0)
    push(pusher, 2)
    assert "held" not in ingress.batch().header
    return pusher


def test_goes_on_without_a_third_socket(
    ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Warns once, keeps nothing, and asks again after the next connection."""
    pusher = unanswered(ingress, stop, monkeypatch)
    ingress.stop()
    wait_until(pusher, lambda: not pusher.connected)
    ingress.start()
    wait_until(pusher, lambda: pusher.connected)
    ingress.acknowledging = True
    push(pusher, 3)
    assert ingress.batch().header["held"] == 3
    pusher.close()
    assert counts(pusher) == {"sent": 3, "acknowledged": 1, "unsure": 2, "times_away": 1}
    assert pusher.in_doubt
    told = [message for message in caplog.messages if "acknowledges" in message]
    assert told == [
        f"nobody at {ingress.replay} acknowledges what is sent, so what is under way is lost if the broker "
        "ends; name its third socket with --replay, or none"
    ]


def test_keeps_again_once_a_broker_that_was_slow_to_start_answers(
    ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the same connection; what went out before is counted as not acknowledged."""
    pusher = unanswered(ingress, stop, monkeypatch)
    ingress.acknowledging = True
    wait_until(pusher, lambda: pusher.acknowledging)
    push(pusher, 3)
    assert ingress.batch().header["held"] == 3
    pusher.close()
    assert counts(pusher) == {"sent": 3, "acknowledged": 1, "unsure": 2}
    assert pusher.in_doubt


def test_waits_for_a_broker_that_has_fallen_silent(
    ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who acknowledged once is waited for, and people are told once."""
    monkeypatch.setattr(inquiry_module, "ANSWER_S", 0.2)
    pusher = Pusher(ingress.endpoint, "here", stop, replay=ingress.replay)
    push(pusher, 1)
    ingress.batch()
    wait_until(pusher, lambda: pusher.acknowledged == 1)
    ingress.acknowledging = False
    push(pusher, 2)
    ingress.batch()
    with monkeypatch.context() as patched:
        patched.setattr(inquiry_module, "SILENCE_S", 0.05)
        wait_until(pusher, lambda: "has not answered" in caplog.text)
    pusher._wait(100)
    pusher.wait_connected()
    assert pusher.trouble == f"the broker at {ingress.endpoint} has not answered for 5 seconds"
    ingress.acknowledging = True
    wait_until(pusher, lambda: pusher.trouble is None)
    pusher.close()
    assert caplog.messages[0].startswith(f"the broker at {ingress.endpoint} has not answered for ")
    assert caplog.messages[1:] == [f"the broker at {ingress.endpoint} answers again"]
    assert counts(pusher) == {"sent": 2, "acknowledged": 2}


def test_gives_up_what_a_broker_never_takes(
    ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It does not wait for ever for what the broker that is there does not acknowledge."""
    monkeypatch.setattr(window_module, "STALL_ANSWERS", 3)
    monkeypatch.setattr(inquiry_module, "ASK_S", 0.01)
    pusher = Pusher(ingress.endpoint, "here", stop, replay=ingress.replay)
    push(pusher, 1)
    ingress.batch()
    wait_until(pusher, lambda: pusher.acknowledged == 1)
    push(pusher, 2)
    pusher.close()  # nobody reads what is sent
    assert counts(pusher) == {"sent": 2, "acknowledged": 1, "sent_again": 1, "unsure": 1}
    assert pusher.in_doubt
    assert caplog.messages == ["giving up what was sent twice and not acknowledged: 1 frames"]


def test_notices_that_the_answers_are_about_others(
    ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As of another broker's third socket: it ends, and says so."""
    monkeypatch.setattr(window_module, "STALL_ANSWERS", 3)
    monkeypatch.setattr(inquiry_module, "ASK_S", 0.01)
    pusher = Pusher(ingress.endpoint, "here", stop, replay=ingress.replay)
    push(pusher, 1)
    wait_until(pusher, lambda: len(pusher.held) == 0)
    ingress.batch()
    pusher.close()
    assert pusher.in_doubt
    assert caplog.messages[-1].startswith(f"nobody at {ingress.replay} acknowledges what is sent")
