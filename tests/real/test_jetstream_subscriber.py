"""Subscribers of a stream: live, since, cursor, restarts, kills of the real server, both engines alike."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nxcast.consumers import Subscriber
from nxcast.consumers.client.events import Event, Replayed, Restart
from testbed.nats_server import NatsServer
from tests.conftest import ROOT, Bench, RunningBroker
from tests.messages import frame, message, question

TIMEOUT_S = 120.0
"""Seconds for what a healthy machine does in a few."""


class Publishing:
    """A broker that publishes to the stream, and a producer of numbered names."""

    def __init__(self, endpoint: str) -> None:
        self.running = RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", endpoint)
        self._bench = Bench(self.running)

    def push(self, *numbers: int) -> None:
        for number in numbers:
            self._bench.push(frame(message(3, questions=[question(f"{number}.example.")])))

    def end(self) -> None:
        self._bench.close()
        assert self.running.stop()[0] == 0


@pytest.fixture
def publishing(stream: NatsServer) -> Iterator[Publishing]:
    running = Publishing(stream.endpoint)
    try:
        yield running
    finally:
        running.end()


def _numbers(subscriber: Subscriber, count: int) -> list[int]:
    """Those of the next so many records."""
    found: list[int] = []
    while len(found) < count:
        found += [int(record["qname"].split(".")[0]) for record in subscriber.receive(TIMEOUT_S).records]
    return found


def _record(line: str) -> str:
    """A line of JSON without what is of the message and not of the record."""
    record = json.loads(line)
    return json.dumps({key: record[key] for key in sorted(record.keys() - {"epoch", "sequence"})})


def test_one_goes_on_where_one_was_through_a_new_broker(stream: NatsServer, tmp_path: Path) -> None:
    events: list[Event] = []
    cursor = tmp_path / "cursor"
    first = Publishing(stream.endpoint)
    with Subscriber("nxdomain/", broker=stream.endpoint, cursor=cursor) as subscriber:
        epoch = subscriber.wait_connected(TIMEOUT_S)["epoch"]
        first.push(1, 2, 3)
        assert _numbers(subscriber, 3) == [1, 2, 3]
        subscriber.commit()
    first.push(4, 5)
    first.end()
    second = Publishing(stream.endpoint)
    try:
        second.push(6, 7)
        with Subscriber(
            "nxdomain/", broker=stream.endpoint, cursor=cursor, on_event=events.append
        ) as subscriber:
            assert _numbers(subscriber, 4) == [4, 5, 6, 7]
            status = subscriber.wait_connected(TIMEOUT_S)
            assert Restart(epoch, status["epoch"]) in events
            assert subscriber.counts.lost == 0
        with pytest.raises(ValueError, match=r"cursor of what was read over NATS, and .* speaks ZeroMQ"):
            Subscriber("nxdomain/", broker="tcp://127.0.0.1:5556", cursor=cursor)
    finally:
        second.end()


def test_a_cursor_of_a_socket_is_none_of_a_stream(bench: Bench, stream: NatsServer, tmp_path: Path) -> None:
    cursor = tmp_path / "cursor"
    with Subscriber("nxdomain/", broker=bench.running.egress, cursor=cursor) as subscriber:
        subscriber.wait_connected(TIMEOUT_S)
        bench.push(frame(message(3)))
        subscriber.receive(TIMEOUT_S)
    with pytest.raises(ValueError, match=r"is the cursor of what was read over ZeroMQ, and .* speaks NATS"):
        Subscriber("nxdomain/", broker=stream.endpoint, cursor=cursor)


def test_since_gives_what_was_published_before_and_then_what_comes(
    stream: NatsServer, publishing: Publishing
) -> None:
    events: list[Event] = []
    with Subscriber("dns-errors/NXDOMAIN/", broker=stream.endpoint) as live:
        live.wait_connected(TIMEOUT_S)
        publishing.push(*range(1000))
        assert _numbers(live, 1000) == list(range(1000))
    with Subscriber(
        "dns-errors/NXDOMAIN/", broker=stream.endpoint, since=3600, on_event=events.append
    ) as subscriber:
        assert _numbers(subscriber, 1000) == list(range(1000))
        publishing.push(1000)
        assert _numbers(subscriber, 1) == [1000]
        (replayed,) = [event for event in events if isinstance(event, Replayed)]
        assert replayed.messages == subscriber.counts.replayed
        assert subscriber.counts.lost == 0


def test_a_server_that_is_killed_takes_nothing(stream: NatsServer, publishing: Publishing) -> None:
    with Subscriber("nxdomain/MX/", broker=stream.endpoint) as subscriber:
        subscriber.wait_connected(TIMEOUT_S)
        publishing.push(1, 2)
        assert _numbers(subscriber, 2) == [1, 2]
        for number in (3, 4, 5):
            stream.kill()
            publishing.push(number)
            stream.start()
            assert _numbers(subscriber, 1) == [number]
        assert (subscriber.counts.lost, subscriber.counts.repeated) == (0, 0)


def test_one_waits_at_a_stream_that_has_nothing_for_its_broker(stream: NatsServer) -> None:
    with Subscriber("nxdomain/", broker=stream.endpoint, since=60) as subscriber:
        with pytest.raises(TimeoutError):
            subscriber.receive(1.0)
        first = Publishing(stream.endpoint)
        try:
            first.push(1)
            assert _numbers(subscriber, 1) == [1]
        finally:
            first.end()


def test_a_stream_that_is_not_there_is_said_at_once(server: NatsServer) -> None:
    server.ask("STREAM.DELETE.nxcast")
    with (
        Subscriber("nxdomain/", broker=server.endpoint) as subscriber,
        pytest.raises(PermissionError, match="has no stream nxcast to be read: stream not found"),
    ):
        subscriber.wait_connected(TIMEOUT_S)


def test_both_engines_give_the_same(stream: NatsServer, publishing: Publishing, bench: Bench) -> None:
    """`nxcast-consume tail` of the same frames, as lines of JSON."""
    tails = [
        subprocess.Popen(
            (
                Path(sys.executable).with_name("nxcast-consume"),
                *(
                    "tail",
                    "nxdomain/",
                    "dns-errors/",
                    "--format",
                    "json",
                    "--broker",
                    endpoint,
                    "--count",
                    "400",
                ),
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NXCAST_LOG_FORMAT": "text"},
        )
        for endpoint in (stream.endpoint, bench.running.egress)
    ]
    for tail in tails:
        assert tail.stderr is not None
        assert "connected to" in tail.stderr.readline()
    for number in range(200):
        asked = frame(message(3, questions=[question(f"{number}.example.")]))
        bench.push(asked)
        publishing.push(number)
    lines = [tail.communicate(timeout=TIMEOUT_S)[0].splitlines() for tail in tails]
    given = [sorted(map(_record, each)) for each in lines]
    assert given[0] == given[1]
    assert len(given[0]) == 400


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_an_example_of_the_page_reads_what_is_published(
    stream: NatsServer, publishing: Publishing, tmp_path: Path, language: str
) -> None:
    page = (ROOT / "docs" / "jetstream.md").read_text()
    (example,) = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "example.mjs"
    file.write_text(example.replace("nats://127.0.0.1:4222", stream.endpoint))
    if language == "javascript":
        shutil.copytree(Path(__file__).parent / "node_example", tmp_path, dirs_exist_ok=True)
        install = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        subprocess.run(install, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    program = "node" if language == "javascript" else sys.executable
    reading = subprocess.Popen((program, file), stdout=subprocess.PIPE, text=True)
    try:
        while not stream.ask("CONSUMER.NAMES.nxcast")["consumers"]:
            assert reading.poll() is None
        publishing.push(1)
        assert reading.stdout is not None
        assert re.fullmatch(r"1 \[ ?'1\.example\.' ?\]\n", reading.stdout.readline())
    finally:
        reading.kill()
        reading.communicate()
