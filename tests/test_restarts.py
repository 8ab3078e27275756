"""Real processes: brokers end while a subscriber with a cursor is away; what it gets, and what it is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nxcast.consumers import Subscriber
from nxcast.schemas.records import Nxdomain
from testbed.ports import free_ports
from tests.conftest import Bench, RunningBroker, receive
from tests.messages import frame, message

TIMEOUT_S = 60.0
LOG_BYTES = 256 << 10  # of a small log, which takes some thousand records
AWAY = 1000  # records that are published while the subscriber is away


class Restarted:
    """A broker at ports of its own, again and again, and what `nxcast-consume` says of it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.cursor = folder / "here.json"
        ports = zip(("--ingress", "--egress", "--replay"), free_ports(3), strict=True)
        self._options = [word for name, port in ports for word in (name, f"tcp://127.0.0.1:{port}")]
        self._options += options
        self._begin()

    def _begin(self) -> None:
        self.broker = RunningBroker(*self._options)
        self._bench = Bench(self.broker)

    def publish(self, records: int) -> None:
        """So many, and until they are out."""
        seen = self._bench.subscribe("nxdomain/")
        for _ in range(records):
            self._bench.push(frame(message()))
        while records:
            records -= len(receive(seen)[2])

    def kill(self) -> None:
        """And start another one."""
        self.end()
        self._begin()

    def upgrade(self) -> None:
        """Stop it as an operator does, and start another one."""
        self.broker.process.terminate()
        self.broker.process.wait(TIMEOUT_S)
        self.kill()

    def end(self) -> None:
        self._bench.close()
        self.broker.process.kill()
        self.broker.process.communicate()

    def consume(self, *words: str) -> list[dict[str, Any]]:
        """What a command with the cursor says on both, as JSON."""
        ended = subprocess.run(
            [sys.executable, "-m", "nxcast.consumers", *words, "--cursor", str(self.cursor)],
            env={**os.environ, "NXCAST_EGRESS": self.broker.egress, "NXCAST_LOG_FORMAT": "json"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        return [json.loads(line) for line in (ended.stdout + ended.stderr).splitlines()]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Restarted]]:
    """Starts a broker, and ends it with the test."""
    made: list[Restarted] = []

    def started(*options: str) -> Restarted:
        made.append(Restarted(tmp_path, *options))
        return made[-1]

    yield started
    for each in made:
        each.end()


def _joined(restarted: Restarted) -> Restarted:
    """A subscriber has had the first record, and is away."""
    restarted.publish(1)
    told = restarted.consume(*_tail(1), "--since", "1h")
    assert (told[-1]["lost"], told[-1]["restarts"]) == (0, 0)
    return restarted


def _tail(count: int) -> tuple[str, ...]:
    return ("tail", "nxdomain/", "--format", "json", "--count", str(count))


def _places(told: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Epoch and sequence of the messages that came, each once."""
    return list(dict.fromkeys((int(each["epoch"]), each["sequence"]) for each in told if "qname" in each))


def test_through_restarts_and_kills_a_subscriber_with_a_cursor_loses_nothing(
    start: Callable[..., Restarted], tmp_path: Path
) -> None:
    """Of the epoch in which it went away, of one that began and ended meanwhile, and of the present one."""
    restarted = _joined(start("--log", str(tmp_path / "log")))
    restarted.publish(AWAY)
    restarted.kill()
    restarted.publish(AWAY // 2)
    restarted.upgrade()
    restarted.publish(AWAY // 2)
    told = restarted.consume(*_tail(1 + 2 * AWAY))  # the first one once more: it was shown, not done with
    records = [each for each in told if "qname" in each]
    assert len(records) == 1 + 2 * AWAY
    places = _places(told)
    assert places == sorted(places)
    epochs = sorted({epoch for epoch, _ in places})
    assert len(epochs) == 3
    for epoch in epochs:
        sequences = [sequence for of, sequence in places if of == epoch]
        assert sequences == list(range(1, len(sequences) + 1))
    assert (told[-1]["lost"], told[-1]["restarts"]) == (0, 2)
    assert [int(each["new_epoch"]) for each in told if each.get("event") == "restart"] == epochs[1:]


def test_what_the_log_let_go_of_is_told_by_topic_and_sequence(
    start: Callable[..., Restarted], tmp_path: Path
) -> None:
    restarted = _joined(start("--log", str(tmp_path / "log"), "--log-bytes", str(LOG_BYTES)))
    restarted.publish(6 * AWAY)
    restarted.kill()
    restarted.publish(1)
    seen = restarted.consume(*_tail(1))
    (gap,) = [each for each in seen if each.get("event") == "gap"]
    assert (gap["topic"], gap["first"]) == ("nxdomain/MX/", 1)
    assert seen[-1]["lost"] == gap["lost"] > 1


def test_what_went_with_a_broker_is_never_told_as_nothing(start: Callable[..., Restarted]) -> None:
    restarted = _joined(start("--log", "none"))
    restarted.publish(AWAY)
    restarted.kill()
    restarted.publish(1)
    told = restarted.consume(*_tail(1))
    (unknown,) = [each for each in told if each.get("event") == "unknownloss"]
    assert unknown["lost"] is None
    assert (told[-1]["lost"], told[-1]["unknown_losses"], told[-1]["restarts"]) == (None, 1, 1)
    assert ", an unknown number of messages lost, 1 restart" in told[-1]["message"]


@pytest.mark.parametrize(("killed", "lost"), [(True, None), (False, 0)])
def test_what_a_broker_published_last_is_known_only_if_it_was_stopped(
    start: Callable[..., Restarted], *, killed: bool, lost: int | None
) -> None:
    restarted = start("--log", "none")
    with Subscriber[Nxdomain]("nxdomain/", broker=restarted.broker.egress) as subscriber:
        subscriber.wait_connected(TIMEOUT_S)
        restarted.publish(1)
        assert subscriber.receive(TIMEOUT_S).count == 1
        assert subscriber.counts.lost == 0
        process = restarted.broker.process
        process.send_signal(signal.SIGKILL if killed else signal.SIGTERM)
        process.wait(TIMEOUT_S)
        until = time.monotonic() + TIMEOUT_S
        while not _knows_of_the_end(subscriber, killed=killed):
            assert time.monotonic() < until
            with suppress(TimeoutError):
                subscriber.receive(0.05)
        assert subscriber.counts.lost == lost


def _knows_of_the_end(subscriber: Subscriber[Nxdomain], *, killed: bool) -> bool:
    status = subscriber.status
    assert status is not None
    return subscriber.counts.unsettled if killed else "ended" in status
