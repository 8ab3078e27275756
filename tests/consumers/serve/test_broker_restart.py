"""A stream over HTTP of a real broker that is killed and comes back."""

from __future__ import annotations

import pytest

from testbed.ports import free_ports
from tests.conftest import Bench, RunningBroker
from tests.consumers.serve.conftest import serving
from tests.consumers.serve.test_event_streams import Reader
from tests.messages import A, frame, message, question, soa

BAD = ("gap", "lost", "unreplayed", "closed", "invalid")


def name(number):
    return f"n{number}.example."


def push(broker, *numbers):
    """Have a broker publish that names are missing."""
    bench = Bench(broker)
    bench.push(
        *(
            frame(message(questions=[question(name(each), A)], authorities=[soa("example.")]))
            for each in numbers
        ),
        epoch=numbers[0] + 1,
    )
    return bench


def names_until(reader, last):
    """Names in the order in which they come; nothing may be missing meanwhile."""
    found = []
    while not found or found[-1] != last:
        kind, told = reader.event()
        assert kind not in BAD, told
        if kind == "message":
            found.append(told["qname"])
    return found


@pytest.fixture
def brokers(tmp_path):
    """Starts a broker, and another in the place of one that was killed."""
    started = []
    ends = zip(("--ingress", "--egress", "--replay"), free_ports(3), strict=True)
    places = [word for name, port in ends for word in (name, f"tcp://127.0.0.1:{port}")]

    def start():
        started.append(RunningBroker(*places, "--log", str(tmp_path / "log")))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()


def test_who_comes_back_has_lost_nothing_to_a_broker_that_was_killed(brokers):
    broker = brokers()
    path = "/v1/stream/nxdomain/A/"
    with serving(None, "--broker", broker.egress, "--replay", broker.replay) as running:
        first = Reader(running.port, path).joined()
        benches = [push(broker, 0, 1)]
        assert names_until(first, name(1)) == [name(0), name(1)]
        first.close()
        witness = Reader(running.port, path).joined()
        benches.append(push(broker, 10, 11, 12))
        names_until(witness, name(12))
        broker.process.kill()
        broker.process.wait()
        again = brokers()
        benches.append(push(again, 20, 21))
        names_until(witness, name(21))
        back = Reader(running.port, path, Last_Event_ID=first.at)
        assert names_until(back, name(21)) == [name(each) for each in (10, 11, 12, 20, 21)]
        for each in (witness, back):
            each.close()
        for bench in benches:
            bench.close()
