"""Nothing is lost with a real broker that is killed, or stands still, while a file is replayed into it."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

import msgpack
import pytest
import zmq

from nxcast.broker.derivation.derive import derive
from nxcast.producers.synthetic.dnstap_writing import dnstap_file
from nxcast.producers.synthetic.stream import generate
from nxcast.schemas.frames import Frame
from testbed.ports import free_ports
from tests.conftest import RunningBroker
from tests.producers.conftest import Process

SECONDS = 60.0
COUNT = 40_000
SOME = 1_000  # frames that a producer takes from a pipe and sends to a broker that stands still
START = datetime(2027, 1, 15, tzinfo=UTC)


class Way:
    """A broker that can be killed and started again at the same ports, and a subscriber that sees it all."""

    def __init__(self) -> None:
        names = ("ingress", "egress", "replay")
        ports = zip(names, free_ports(3), strict=True)
        self.endpoints = {name: f"tcp://127.0.0.1:{port}" for name, port in ports}
        self.received: Counter[tuple[int, int]] = Counter()  # by the broker's epoch and the record's time
        self.times: set[int] = set()  # of all records
        self._context = zmq.Context()
        self._subscriber = self._context.socket(zmq.SUB)
        self._subscriber.rcvhwm = 0
        self._subscriber.connect(self.endpoints["egress"])
        for topic in ("dns-errors/", "status/"):
            self._subscriber.subscribe(topic)
        self._start()

    def restart(self) -> None:
        self.kill()
        self._start()

    def kill(self) -> None:
        self.broker.process.kill()
        self.broker.process.communicate(timeout=SECONDS)

    def receive(self, count: int) -> None:
        """Until so many records have come that had not come before."""
        while len(self.times) < count:
            self._receive()

    def close(self) -> None:
        self.broker.process.send_signal(signal.SIGCONT)
        self.kill()
        self._context.destroy(linger=0)

    def _start(self) -> None:
        options = [option for name, value in self.endpoints.items() for option in (f"--{name}", value)]
        self.broker = RunningBroker(*options, "--high-water-mark", "100000")
        while self._receive() != b"status/":  # of the new one: it shows that the subscription is in force
            pass

    def _receive(self) -> bytes:
        assert self._subscriber.poll(SECONDS * 1000)
        topic, header, payload = self._subscriber.recv_multipart()
        if topic != b"status/":
            epoch = msgpack.unpackb(header)["epoch"]
            times = [record["time_ns"] for record in msgpack.unpackb(payload)]
            self.received.update((epoch, time_ns) for time_ns in times)
            self.times.update(times)
        return bytes(topic)


@pytest.fixture
def way() -> Iterator[Way]:
    way = Way()
    yield way
    way.close()


class Fed(Process):
    """A producer that reads what it is fed, so that it can't have ended before it is to."""

    def __init__(self, way: Way, frames: Sequence[Frame]) -> None:
        options = ("--broker", way.endpoints["ingress"], "--replay", way.endpoints["replay"])
        super().__init__(("dnstap", "-", *options), {})
        self._pieces = dnstap_file(frames)

    def feed(self, frames: int | None = None) -> None:
        """So many, or all that are left; all but what a pipe holds has been taken then."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(b"".join(islice(self._pieces, frames)))
        self.popen.stdin.flush()


@pytest.fixture
def producer(way: Way, frames: list[Frame]) -> Iterator[Fed]:
    process = Fed(way, frames)
    yield process
    process.close()


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    responses = generate("sie", start_ns=int(START.timestamp()) * 10**9)
    return [response.frame for response in islice(responses, COUNT)]


@pytest.fixture(scope="module")
def expected(frames: list[Frame]) -> set[int]:
    """The times of the records that the stream gives; no two are the same."""
    errors = derive(frames, "here", accept_unsolicited=False).errors
    times = {error["time_ns"] for error in errors}
    assert len(times) == len(errors) > COUNT / 2
    return times


def test_loses_nothing_with_a_broker_that_is_killed_again_and_again(
    way: Way, producer: Fed, expected: set[int]
) -> None:
    """Each record is published in one of its lives, in none of them twice, and what was repeated is told."""
    for share in (0.05, 0.3, 0.55):
        producer.feed(COUNT // 4)
        way.receive(int(share * len(expected)))
        way.broker.process.send_signal(signal.SIGSTOP)  # of what comes now it acknowledges nothing
        producer.feed(SOME)
        producer.popen.send_signal(signal.SIGSTOP)  # until the subscriber is there again
        way.restart()
        producer.popen.send_signal(signal.SIGCONT)
    producer.feed()
    way.receive(len(expected))
    status, lines = producer.end()
    assert way.times == expected
    assert set(way.received.values()) == {1}
    assert status == 0
    assert re.fullmatch(
        rf"nxcast-produce: read {COUNT:,}, sent {COUNT:,}, acknowledged {COUNT:,}, dropped 0, "
        r"sent again [\d,]+; the broker went away (once|[23] times) meanwhile",
        lines[-1],
    )


def test_loses_and_doubles_nothing_with_a_broker_that_stands_still(
    way: Way, producer: Fed, expected: set[int]
) -> None:
    """It is waited for, which is said, and nothing is sent again."""
    producer.feed(COUNT // 4)
    way.receive(COUNT // 10)
    way.broker.process.send_signal(signal.SIGSTOP)
    producer.feed(SOME)
    producer.wait_for("has not answered for 5 seconds: waiting\n")
    way.broker.process.send_signal(signal.SIGCONT)
    producer.feed()
    way.receive(len(expected))
    status, lines = producer.end()
    assert way.times == expected
    assert set(way.received.values()) == {1}
    assert (status, lines[-1]) == (
        0,
        f"nxcast-produce: read {COUNT:,}, sent {COUNT:,}, acknowledged {COUNT:,}, dropped 0",
    )


def test_a_stop_tells_what_is_not_acknowledged(way: Way, producer: Fed) -> None:
    """It doesn't wait for a broker that stands still, and that is no fault."""
    producer.feed(COUNT // 4)
    way.receive(COUNT // 10)
    way.broker.process.send_signal(signal.SIGSTOP)
    producer.feed(SOME)
    producer.popen.send_signal(signal.SIGINT)
    status, lines = producer.end()
    told = re.search(
        r"sent ([\d,]+), acknowledged ([\d,]+), dropped 0.*, not acknowledged ([\d,]+), which", lines[-1]
    )
    assert told is not None
    sent, acknowledged, unsure = (int(number.replace(",", "")) for number in told.groups())
    assert (status, sent - acknowledged) == (0, unsure)
    assert unsure > 0
