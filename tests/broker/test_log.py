"""What a broker promises across deaths of its process: real processes, real sockets, a log on disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest

from tests.conftest import Bench, RunningBroker
from tests.messages import frame, message, question

FREE = ("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
TOPIC = "nxdomain/MX/"


class Life:
    """A broker on a log and a bench around it, until it ends."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.broker = RunningBroker(*FREE, "--log", str(folder), *options)
        self.bench = Bench(self.broker)
        self.epoch: int = self.bench.ask(ask="status")[0]["epoch"]

    def push(self, sequence: int, *names: str) -> None:
        frames = [frame(message(questions=[question(name)])) for name in names]
        self.bench.push(*frames, sequence=sequence, held=1)

    def acknowledged(self, sequence: int) -> None:
        while self.bench.ask(ask="arrived", sensor="ns1", epoch=1)[0]["sequence"] < sequence:
            pass

    def names(self, epoch: int) -> list[str]:
        """Of all records of an epoch on TOPIC."""
        found: list[str] = []
        first = 1
        while True:
            header, messages = self.bench.ask(ask="range", topic=TOPIC, epoch=epoch, first=first, last=2**63)
            assert header["error"] is None
            found += [record["qname"] for _, payload in messages for record in msgpack.unpackb(payload)]
            first = header["first"] + header["count"]
            if not messages:
                return found

    def kill(self) -> None:
        self.broker.process.kill()
        self.end()

    def end(self) -> None:
        self.bench.close()
        if self.broker.process.poll() is None:
            self.broker.stop()
        self.broker.process.wait()
        assert self.broker.process.stderr is not None
        self.broker.process.stderr.close()


Live = Callable[..., Life]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    lives: list[Life] = []

    def begin(*options: str) -> Life:
        lives.append(Life(tmp_path / "log", *options))
        return lives[-1]

    yield begin
    for each in lives:
        each.end()


def test_what_was_acknowledged_is_had_from_the_next_broker_after_a_kill(live: Live) -> None:
    first = live()
    names = [f"n{number}.example." for number in range(1000)]
    for batch in range(10):
        first.push(batch + 1, *names[batch * 100 : batch * 100 + 100])
    first.acknowledged(10)
    first.kill()
    second = live()
    assert second.epoch > first.epoch
    assert second.names(first.epoch) == names
    assert second.names(second.epoch) == []


def test_a_batch_sent_again_to_the_next_broker_is_published_once(live: Live) -> None:
    first = live()
    first.push(1, "one.example.")
    first.acknowledged(1)
    first.kill()
    second = live()
    second.push(1, "one.example.")
    second.push(2, "two.example.")
    second.acknowledged(2)
    assert (second.names(first.epoch), second.names(second.epoch)) == (["one.example."], ["two.example."])
    status = second.bench.ask(ask="status")[0]["status"]
    assert status["sensors"]["ns1"]["repeated_batches"] == 1


@pytest.mark.parametrize(("end", "ended"), [("kill", "killed"), ("end", "clean")])
def test_the_next_broker_tells_how_the_epoch_ended_and_its_last_sequences(
    live: Live, end: str, ended: str
) -> None:
    first = live()
    first.push(1, "one.example.")
    first.acknowledged(1)
    getattr(first, end)()
    second = live()
    answer = second.bench.ask(ask="epochs", epoch=0)[0]
    last = {TOPIC: 1, "dns-errors/NXDOMAIN/": 1}
    assert answer["epochs"] == [{"epoch": first.epoch, "ended": ended, "last": last}]
    assert (answer["begins"], answer["more"]) == (first.epoch, False)
    assert second.bench.ask(ask="epochs", epoch=first.epoch + 1)[0]["epochs"] == []
    unknown: Any = second.bench.ask(ask="range", topic=TOPIC, epoch=7, first=1, last=1)[0]
    assert (unknown["error"], unknown["count"]) == ("epoch", 0)


def test_since_leads_to_an_earlier_epoch(live: Live) -> None:
    first = live()
    first.push(1, "one.example.")
    first.acknowledged(1)
    first.kill()
    second = live()
    answer = second.bench.ask(ask="since", topics=[TOPIC], time_ns=first.epoch)[0]
    assert answer["earlier"] == {"epoch": first.epoch, "topics": {TOPIC: 1}, "complete": True}
    assert (answer["topics"], answer["complete"]) == ({TOPIC: 1}, False)


def test_status_tells_what_the_log_holds(live: Live) -> None:
    first = live("--log-bytes", "5000000")
    first.push(1, "one.example.")
    first.acknowledged(1)
    log = first.bench.ask(ask="status")[0]["status"]["log"]
    assert (log["kept"], log["octets_max"], log["epochs"], log["stuck"]) == ("disk", 5_000_000, 1, None)
    assert log["octets"] > 0
    assert log["oldest_ns"] >= first.epoch


def test_a_second_broker_on_a_log_ends_with_one_line_that_names_the_first(live: Live, tmp_path: Path) -> None:
    first = live()
    command = [sys.executable, "-m", "nxcast.broker", *FREE, "--replay", "tcp://127.0.0.1:*"]
    second = subprocess.run(
        [*command, "--log", str(tmp_path / "log")], capture_output=True, text=True, timeout=60, check=False
    )
    assert (second.returncode, second.stderr) == (
        1,
        f"nxcast-broker: {tmp_path / 'log'} is the log of another broker (process "
        f"{first.broker.process.pid}): stop that one, or name another folder with --log\n",
    )
