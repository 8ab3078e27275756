"""The whole path with a real resolver: Unbound asks NSD, and its dnstap becomes the two channels."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nxcast.schemas.codes import rcode_text, type_text
from nxcast.schemas.topics import dns_errors_topic, nxdomain_topic
from testbed.lab import RESOLVER, Lab, missing
from testbed.questions import FAILURES, SUCCESSES, Question, answerable
from tests.conftest import Bench, RunningBroker, receive

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"needs the Debian packages {missing()}")

RESOLVER_OCTETS = bytes(map(int, RESOLVER.split(".")))
STATUSES_MAX = 30  # one a second; what has not come by then does not come


class Producer:
    """A live producer in its own process; `listening` is where resolvers find it."""

    def __init__(self, listen: str, broker: RunningBroker) -> None:
        command = [
            sys.executable,
            "-m",
            "nxcast.producers",
            "dnstap",
            listen,
            "--broker",
            broker.ingress,
            "--replay",
            broker.replay,
            "--sensor",
            "lab",
        ]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        words = self._process.stderr.readline().replace(",", " ").split()
        self.listening = next(word for word in words if word.startswith(listen.split(":")[0]))

    def stop(self) -> None:
        self._process.terminate()
        _, summary = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, summary


@pytest.fixture(params=["unix", "tcp"])
def producer(request: pytest.FixtureRequest, broker: RunningBroker, tmp_path: Path) -> Iterator[str]:
    """Where a live producer listens."""
    listen = f"unix:{tmp_path}/dnstap.sock" if request.param == "unix" else "tcp:127.0.0.1:0"
    running = Producer(listen, broker)
    try:
        yield running.listening
    finally:
        running.stop()


def test_a_restart_of_resolver_or_producer_heals_by_itself(
    bench: Bench, broker: RunningBroker, tmp_path: Path
) -> None:
    subscriber = bench.subscribe("nxdomain/TXT/")

    def heard(lab: Lab, name: str) -> bool:
        for attempt in range(20):  # what is under way while one side is down may be lost
            lab.ask(f"{name}{attempt}.example.", "TXT")
            while subscriber.poll(2000):
                if any(record["qname"].lower().startswith(name) for record in receive(subscriber)[2]):
                    return True
        return False

    producer = Producer(f"unix:{tmp_path}/dnstap.sock", broker)
    with Lab(tmp_path, producer.listening) as lab:
        assert heard(lab, "first")
        lab.restart_unbound()
        assert heard(lab, "resolver")
        producer.stop()
        producer = Producer(producer.listening, broker)
        assert heard(lab, "producer")
    producer.stop()


def test_each_kind_of_failure_arrives_on_its_topics_with_its_fields(
    bench: Bench, producer: str, tmp_path: Path
) -> None:
    subscriber = bench.subscribe("dns-errors/", "nxdomain/", "status/")
    with Lab(tmp_path, producer) as lab:
        failures = [question for question in answerable(FAILURES, lab.lacks) if question.rcode is not None]
        successes = answerable(SUCCESSES, lab.lacks)
        for question in successes + failures:
            lab.ask(question.qname, question.qtype)
        errors, nxdomains, status = _collect(subscriber, failures, len(successes))

    for question in failures:
        error = _find(errors, question)
        assert error is not None
        assert (error["topic"], rcode_text(error["rcode"])) == (
            dns_errors_topic(error["rcode"]),
            question.rcode,
        )
        assert error["response_ip"] == ("::1" if question.ipv6 else "127.0.0.1")
        assert (error["sensor"], error["query_ip"], error["query_port"]) == ("lab", None, None)
        assert error["type"] == (4 if question.tcp else 1)
        if question.rcode == "NXDOMAIN":
            nxdomain = next(each for each in nxdomains if each["time_ns"] == error["time_ns"])
            assert nxdomain["qname"] == error["qname"]
            assert nxdomain["topic"] == nxdomain_topic(error["qtype"])
            soa = nxdomain["soa_rrname"]
            assert (soa and soa.lower()) == question.soa, question

    assert any(error["qname"] != error["qname"].lower() for error in errors)  # 0x20 is kept
    assert len(nxdomains) == sum(error["rcode"] == 3 for error in errors)
    asked_in_vain = {(question.qname, question.qtype) for question in successes}
    assert not asked_in_vain & {(error["qname"].lower(), type_text(error["qtype"])) for error in errors}
    assert not any(RESOLVER_OCTETS in error["response"] for error in errors)
    counters = status["counters"]
    assert counters["frames_received"] == counters["noerror"] + counters["errors"]
    assert status["sensors"]["lab"]["lost_batches"] == 0


def _collect(
    subscriber: Any, failures: list[Question], successes: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """Records until every failure has shown, and the broker's account has them all and the successes too."""
    statuses = 0
    records: dict[str, list[dict[str, Any]]] = {"dns-errors": [], "nxdomain": []}
    while True:
        topic, _, received = receive(subscriber)
        if topic != "status/":
            records[topic.split("/")[0]] += [{**record, "topic": topic} for record in received]
            continue
        (status,) = received
        statuses += 1
        counters = status["counters"]
        whole = (len(records["dns-errors"]), len(records["nxdomain"])) == (
            counters["errors"],
            counters["nxdomain"],
        )
        missing = [question for question in failures if not _find(records["dns-errors"], question)]
        if whole and not missing and counters["noerror"] >= successes:
            return records["dns-errors"], records["nxdomain"], status
        assert statuses < STATUSES_MAX, (missing, counters)


def _find(errors: list[dict[str, Any]], question: Question) -> dict[str, Any] | None:
    wanted = (question.qname, question.qtype, question.rcode, question.tcp)
    for error in errors:
        name = (
            error["qname"].lower(),
            type_text(error["qtype"]),
            rcode_text(error["rcode"]),
            error["proto"] == 6,
        )
        if name == wanted:
            return error
    return None
