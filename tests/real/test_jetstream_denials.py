"""What a server denies a broker: it is told at once and by name, while the answer never comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from nats.aio.client import Client

from nxcast.transport.nats import atomic_batches, nats_connection, stream_end
from nxcast.transport.nats.atomic_batches import Storable
from nxcast.transport.nats.jetstream_layout import channel_stream, work_stream
from nxcast.transport.nats.jetstream_setup import set_up
from nxcast.transport.nats.nats_connection import DeniedError
from nxcast.transport.nats.stream_publisher import Outgoing, StreamPublisher
from nxcast.transport.nats.work_end import Result, WorkEnd
from testbed.nats_server import NatsServer

TIMEOUT_S = 120.0
"""Seconds for what a healthy machine does in a few."""
USERS = """
authorization { users: [
  { user: "all", password: "a" }
  { user: "half", password: "h", permissions: { publish: { allow: [">"], deny: ["DENIED"] } } }
] }
"""
MESSAGE = Storable("nxcast.nxdomain.MX", {"Nats-Msg-Id": "ns1:1:1:nxdomain/MX/"}, b"body")

StartWithout = Callable[[str], tuple[NatsServer, str]]


class Kept:
    """Numbers of messages that have theirs."""

    def number(self, results: Sequence[Result]) -> list[Storable]:
        return [draft.message for result in results for draft in result.messages]

    def keep(self) -> None:
        """Nothing."""


class Draft(NamedTuple):
    """A message of a Result."""

    message: Storable
    octets: int = 4


@pytest.fixture
def start_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartWithout]:
    """A server with both streams; and its endpoint for one that may all but publish to this subject.

    Nothing that lasts is told before an hour is over, as by a silence.
    """
    for module, name in (
        (nats_connection, "API_S"),
        (atomic_batches, "STORED_S"),
        (atomic_batches, "STALLED_S"),
    ):
        monkeypatch.setattr(module, name, 3600.0)
    monkeypatch.setattr(stream_end, "CLOSE_S", 0.1)
    running: list[NatsServer] = []

    def started(subject: str) -> tuple[NatsServer, str]:
        server = NatsServer(tmp_path, options=USERS.replace("DENIED", subject))
        running.append(server)
        at = f"127.0.0.1:{server.port}"
        streams = (
            channel_stream(replicas=1, octets_max=64 << 20, age_s=3600),
            work_stream(replicas=1, octets_max=64 << 20),
        )
        set_up(f"nats://all:a@{at}", *streams)
        server.login = {"user": "all", "password": "a"}
        return server, f"nats://half:h@{at}"

    yield started
    for server in running:
        server.kill()


def _stalled(end: StreamPublisher | WorkEnd) -> str:
    until_s = time.monotonic() + TIMEOUT_S
    while end.stalled is None:
        assert time.monotonic() < until_s
    return end.stalled


def test_who_may_not_look_at_the_stream_hears_so(start_without: StartWithout) -> None:
    _, endpoint = start_without("$JS.API.STREAM.INFO.nxcast")
    for begun in (StreamPublisher, lambda place: WorkEnd(place, Kept())):
        with pytest.raises(
            DeniedError, match=r'does not allow it: permissions violation for publish to "\$js'
        ):
            begun(endpoint)


@pytest.mark.parametrize("first", ["malformed/", "nxdomain/MX/"])
def test_a_publisher_that_may_not_store_on_a_subject_says_so(start_without: StartWithout, first: str) -> None:
    """Be it that of the message whose answer is awaited, or of one before it."""
    _, endpoint = start_without("nxcast.malformed")
    publisher = StreamPublisher(endpoint)
    topics = (first, {"malformed/": "nxdomain/MX/", "nxdomain/MX/": "malformed/"}[first])
    publisher.put([Outgoing(topic, f"1:{topic}:1", b"\x80", b"\x90") for topic in topics])
    assert 'stores nothing: permissions violation for publish to "nxcast.malformed"' in _stalled(
        publisher
    ).replace("does not allow it: ", "")
    assert publisher.close() == 2


def test_a_broker_that_may_not_look_whose_a_message_is_says_so_and_ends(start_without: StartWithout) -> None:
    """It would try for ever: the message is there, and it has to know whether by itself."""
    server, endpoint = start_without("$JS.API.STREAM.MSG.GET.nxcast")

    async def store(client: Client) -> None:
        await client.request(MESSAGE.subject, MESSAGE.body, timeout=30, headers=MESSAGE.headers)

    server.run(store)
    end = WorkEnd(endpoint, Kept())
    end.finish(Result([Draft(MESSAGE)], None))
    assert 'permissions violation for publish to "$js.api.stream.msg.get.nxcast"' in _stalled(end)
    assert end.close() == 1


def test_a_broker_that_may_not_take_says_so(start_without: StartWithout) -> None:
    end = WorkEnd(start_without("$JS.API.CONSUMER.MSG.NEXT.>")[1], Kept())
    assert 'no batch is taken: permissions violation for publish to "$js.api.consumer' in _stalled(end)
    assert end.close() == 0
