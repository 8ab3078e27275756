"""What went wrong for others with JetStream, each as it goes here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgpack
import pytest
from nats.aio.client import Client

from nxcast.consumers import Subscriber
from nxcast.consumers.client.events import Event, UnknownLoss
from nxcast.process.stop import Stop
from nxcast.schemas.frames import FRAMES_2, encode_batch
from nxcast.transport.nats import stream_end
from nxcast.transport.nats.jetstream_layout import MESSAGE_MAX, channel_stream
from nxcast.transport.nats.jetstream_setup import set_up
from nxcast.transport.nats.nats_connection import StreamError
from nxcast.transport.nats.stream_publisher import Outgoing, StreamPublisher
from nxcast.transport.nats.stream_reader import StreamReader, StreamStart
from nxcast.transport.nats.work_producer import WorkProducer
from testbed.nats_server import NatsServer

TIMEOUT_S = 120.0
"""Seconds for what a healthy machine does in a few."""
USERS = """
authorization { users: [
  { user: "broker", password: "b" }
  { user: "reader", password: "r", permissions: {
      publish: ["$JS.API.STREAM.INFO.nxcast", "$JS.API.STREAM.MSG.GET.nxcast",
                "$JS.API.CONSUMER.CREATE.nxcast", "$JS.API.CONSUMER.MSG.NEXT.nxcast.>"],
      subscribe: ["_INBOX.>"] } }
  { user: "other", password: "o", permissions: { publish: ["others.>"], subscribe: ["_INBOX.>"] } }
] }
"""

Start = Callable[..., NatsServer]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[NatsServer] = []

    def started(options: str = "") -> NatsServer:
        running.append(NatsServer(tmp_path, options=options))
        return running[-1]

    yield started
    for server in running:
        server.kill()


def _make(endpoint: str) -> None:
    set_up(endpoint, channel_stream(replicas=1, octets_max=64 << 20, age_s=3600))


def _messages(count: int, *, epoch: int = 1, octets: int = 0) -> list[Outgoing]:
    topic = "malformed/"
    record = {"time_ns": 1, "sensor": "ns1", "reason": "frame_proto", "data": b"x" * octets}
    return [
        Outgoing(
            topic,
            f"{epoch}:{topic}:{sequence}",
            msgpack.packb({"version": 1, "epoch": epoch, "sequence": sequence, "count": 1, "time_ns": 1}),
            msgpack.packb([record]),
        )
        for sequence in range(1, count + 1)
    ]


def _publish(server: NatsServer, messages: list[Outgoing]) -> None:
    publisher = StreamPublisher(server.endpoint)
    publisher.put(messages)
    assert publisher.close() == 0


def test_what_is_sent_again_is_stored_once(start: Start) -> None:
    """A publish that timed out may be stored: here all of it is, and goes by the next connection too."""
    server = start()
    _make(server.endpoint)
    for _ in range(2):
        publisher = StreamPublisher(server.endpoint)
        publisher.put(_messages(1200))
        assert publisher.close() == 0
        assert publisher.stored == 1200
    assert server.ask("STREAM.INFO.nxcast")["state"]["messages"] == 1200


def test_a_batch_that_is_refused_is_not_taken_for_stored(start: Start) -> None:
    """A stream that may not have atomic batches any more: nothing is stored, it is said, and goes on."""
    server = start()
    _make(server.endpoint)
    publisher = StreamPublisher(server.endpoint)
    config = server.ask("STREAM.INFO.nxcast")["config"]
    server.ask("STREAM.UPDATE.nxcast", {**config, "allow_atomic": False})
    publisher.put(_messages(3))
    while publisher.stalled is None:
        assert publisher.stored == 0
    assert "stores nothing: " in publisher.stalled
    server.ask("STREAM.UPDATE.nxcast", {**config, "allow_atomic": True})
    assert publisher.close() == 0
    assert server.ask("STREAM.INFO.nxcast")["state"]["messages"] == 3


def test_no_message_is_larger_than_the_stream(start: Start) -> None:
    """A server that discards the old acknowledges one that is, and has none of it: that size is refused."""
    server = start()
    done = server.set_up("--bytes", "1000000")
    assert done.returncode == 2
    assert "67108864 or more" in done.stderr
    _make(server.endpoint)
    publisher = StreamPublisher(server.endpoint)
    publisher.put(_messages(100, octets=1_000_000))
    assert publisher.close() == 0
    state = server.ask("STREAM.INFO.nxcast")["state"]
    assert state["last_seq"] == 100
    assert 60 <= state["messages"] < 100


def test_an_id_is_of_one_sensor_and_one_topic(start: Start) -> None:
    """It counts for all of a stream, whatever the subject, and here for an hour and not for two minutes."""
    server = start()
    assert server.set_up().returncode == 0
    for name in ("nxcast", "nxcast-in"):
        assert server.ask(f"STREAM.INFO.{name}")["config"]["duplicate_window"] == 3600 * 10**9
    (message,) = _messages(1)
    others = [
        message._replace(topic=topic, message_id=f"1:{topic}:1") for topic in ("nxdomain/MX/", "nxdomain/A/")
    ]
    _publish(server, [message, *others])
    assert server.ask("STREAM.INFO.nxcast")["state"]["messages"] == 3
    with Stop() as stop:
        end = WorkProducer(server.endpoint, stop)
        try:
            for sensor in ("ns1", "ns2"):
                parts = encode_batch({"sensor": sensor, "epoch": 1, "sequence": 1, "count": 0}, [], FRAMES_2)
                while not end.send(parts):
                    end.wait(TIMEOUT_S * 1000, writable=True)
                    list(end.events())
            while server.ask("STREAM.INFO.nxcast-in")["state"]["messages"] < 2:
                pass
        finally:
            end.close()


def test_what_is_not_stored_when_a_publisher_has_had_its_time_is_told(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends though the server is gone, and says how much nobody has."""
    monkeypatch.setattr(stream_end, "CLOSE_S", 0.1)
    server = start()
    _make(server.endpoint)
    publisher = StreamPublisher(server.endpoint)
    publisher.put(_messages(2))
    while publisher.stored < 2:
        pass
    server.kill()
    publisher.put(_messages(1200)[2:])
    assert publisher.close() == 1198
    assert publisher.stored == 2


def test_another_consumer_of_the_queue_is_told(start: Start) -> None:
    """A work queue has one at most: brokers would get nothing beside it."""
    server = start()
    assert server.set_up().returncode == 0
    server.ask("CONSUMER.DELETE.nxcast-in.brokers")
    config = {"durable_name": "stranger", "ack_policy": "explicit"}
    body = {"stream_name": "nxcast-in", "config": config}
    assert "error" not in server.ask("CONSUMER.DURABLE.CREATE.nxcast-in.stranger", body)
    done = server.set_up()
    assert done.returncode == 1
    assert "can't make the consumer brokers of nxcast-in: " in done.stderr


def test_a_server_that_takes_smaller_messages_is_refused(start: Start) -> None:
    server = start("max_payload: 65536")
    done = server.set_up()
    assert done.returncode == 1
    assert "takes messages of 65536 octets at most: set max_payload to 1048576, its default" in done.stderr


def test_no_batch_is_larger_than_brokers_can_store_whatever_the_server_takes(start: Start) -> None:
    server = start("max_payload: 8388608")
    assert server.set_up().returncode == 0

    async def published(client: Client) -> list[bytes]:
        bodies = bytes(MESSAGE_MAX), bytes(MESSAGE_MAX + 1)
        return [(await client.request("nxcast.in.ns1", body, timeout=30)).data for body in bodies]

    fits, larger = map(json.loads, server.run(published))
    assert fits["seq"] == 1
    assert larger["error"]["description"] == "message size exceeds maximum allowed"
    assert server.ask("STREAM.INFO.nxcast-in")["state"]["messages"] == 1


def test_what_the_stream_let_go_of_is_told(start: Start, tmp_path: Path) -> None:
    server = start()
    _make(server.endpoint)
    cursor = tmp_path / "cursor"
    publisher = StreamPublisher(server.endpoint)
    first, *others = _messages(101, octets=1_000_000)
    with Subscriber(
        "malformed/", broker=server.endpoint, cursor=cursor, since=60, validate=False
    ) as subscriber:
        publisher.put([first])
        assert subscriber.receive(TIMEOUT_S).sequence == 1
        subscriber.commit()
    publisher.put(others)
    assert publisher.close() == 0
    with Subscriber("malformed/", broker=server.endpoint, cursor=cursor, validate=False) as subscriber:
        sequence = subscriber.receive(TIMEOUT_S).sequence
        assert sequence > 2
        assert subscriber.counts.lost is None
        while sequence < 101:
            assert subscriber.receive(TIMEOUT_S).sequence == sequence + 1
            sequence += 1


def test_what_went_before_a_connected_reader_came_to_it_is_told(start: Start) -> None:
    """All of the first broker's, and it has ended: no sequence tells how far that was."""
    server = start()
    _make(server.endpoint)
    events: list[Event] = []
    with Subscriber(
        "malformed/", broker=server.endpoint, since=60, validate=False, on_event=events.append
    ) as subscriber:
        _publish(server, _messages(1100))
        assert subscriber.receive(TIMEOUT_S).sequence == 1
        server.ask("STREAM.PURGE.nxcast", {"seq": 1101})
        _publish(server, _messages(1, epoch=2))
        while subscriber.receive(TIMEOUT_S).epoch == 1:
            pass
        assert [event.next_epoch for event in events if isinstance(event, UnknownLoss)] == [2]


def test_a_restart_where_nothing_went_is_no_loss(start: Start) -> None:
    """Though what was read before has gone since."""
    server = start()
    _make(server.endpoint)
    with Subscriber("malformed/", broker=server.endpoint, since=60) as subscriber:
        _publish(server, _messages(300))
        assert [subscriber.receive(TIMEOUT_S).sequence for _ in range(300)] == list(range(1, 301))
        server.ask("STREAM.PURGE.nxcast", {"seq": 301})
        _publish(server, _messages(300, epoch=2))
        assert [subscriber.receive(TIMEOUT_S).sequence for _ in range(300)] == list(range(1, 301))
        assert (subscriber.counts.lost, subscriber.counts.restarts) == (0, 1)


def test_a_cursor_of_a_stream_that_was_made_anew_gets_all_of_the_new_one(
    start: Start, tmp_path: Path
) -> None:
    """The new one has fewer messages than the number of the cursor."""
    server = start()
    _make(server.endpoint)
    _publish(server, _messages(9))
    cursor = tmp_path / "cursor"
    with Subscriber("malformed/", broker=server.endpoint, cursor=cursor, since=60) as subscriber:
        assert [subscriber.receive(TIMEOUT_S).sequence for _ in range(9)] == list(range(1, 10))
        subscriber.commit()
    server.ask("STREAM.DELETE.nxcast")
    _make(server.endpoint)
    _publish(server, _messages(3, epoch=2))
    with Subscriber("malformed/", broker=server.endpoint, cursor=cursor) as subscriber:
        assert [subscriber.receive(TIMEOUT_S).sequence for _ in range(3)] == [1, 2, 3]
        assert subscriber.counts.lost is None


def test_who_reads_slowly_holds_up_nobody_and_has_all(start: Start) -> None:
    """A request for 256 messages gives the few that are there; and more wait in the server, not here."""
    server = start()
    _make(server.endpoint)
    publisher = StreamPublisher(server.endpoint)
    with Subscriber("malformed/", broker=server.endpoint, since=60) as subscriber:
        publisher.put(_messages(2))
        assert [subscriber.receive(TIMEOUT_S).sequence for _ in range(2)] == [1, 2]
        publisher.put(_messages(3000)[2:])
        assert publisher.close() == 0
        assert [subscriber.receive(TIMEOUT_S).sequence for _ in range(2998)] == list(range(3, 3001))
        assert (subscriber.counts.lost, subscriber.counts.repeated) == (0, 0)


def test_one_request_is_under_way_at_a_time(start: Start) -> None:
    """Though the server tells of one that it is over when it has filled it, after the last message."""
    server = start()
    _make(server.endpoint)
    _publish(server, _messages(2600))
    with Subscriber("malformed/", broker=server.endpoint, since=60) as subscriber:
        assert [subscriber.receive(TIMEOUT_S).sequence for _ in range(2600)] == list(range(1, 2601))
        (consumer,) = server.ask("CONSUMER.LIST.nxcast")["consumers"]
        assert consumer["num_waiting"] <= 1


def test_what_waits_for_a_slow_reader_is_bounded_in_octets(start: Start) -> None:
    """Of 40 messages of a million octets no more than 8 MiB have left the server and not been taken."""
    server = start()
    _make(server.endpoint)
    _publish(server, _messages(40, octets=1_000_000))
    reader = StreamReader(server.endpoint, ["malformed/"], None, start=StreamStart(after=0))
    taken = 0
    try:
        while taken < 40:
            parts = reader.receive()
            if parts is None:
                reader.wait(TIMEOUT_S, answer=False)
            elif parts[0] == b"malformed/":
                taken += 1
                (consumer,) = server.ask("CONSUMER.LIST.nxcast")["consumers"]
                assert consumer["delivered"]["consumer_seq"] - taken < 9
    finally:
        reader.close()


def test_a_reader_ends_while_messages_come(start: Start) -> None:
    """Half the time the end came with a message, and was lost by that."""
    server = start()
    _make(server.endpoint)
    _publish(server, _messages(40, octets=1_000_000))
    for _ in range(8):
        reader = StreamReader(server.endpoint, ["malformed/"], None, start=StreamStart(after=0))
        taken = 0
        while taken < 10:
            reader.wait(TIMEOUT_S, answer=False)
            while reader.receive() is not None:
                taken += 1
        reader.close()
        assert reader.closed


def test_a_stranger_in_the_stream_is_passed_over(start: Start) -> None:
    server = start()
    _make(server.endpoint)

    async def publish(client: Client) -> None:
        for body in (b"", b"\xc1", json.dumps({"a": 1}).encode()):
            await client.request("nxcast.malformed", body, timeout=30)

    server.run(publish)
    publisher = StreamPublisher(server.endpoint)
    publisher.put(_messages(1))
    assert publisher.close() == 0
    with Subscriber("malformed/", broker=server.endpoint, since=60) as subscriber:
        assert subscriber.receive(TIMEOUT_S).sequence == 1
        assert subscriber.counts.invalid == 3


def test_who_is_denied_is_told_at_once(start: Start) -> None:
    """The server tells only aside of a denial, and the call ends in a time-out."""
    server = start(USERS)
    at = f"127.0.0.1:{server.port}"
    _make(f"nats://broker:b@{at}")
    publisher = StreamPublisher(f"nats://broker:b@{at}")
    publisher.put(_messages(1))
    assert publisher.close() == 0
    with Subscriber("malformed/", broker=f"nats://reader:r@{at}", since=60) as subscriber:
        assert subscriber.receive(TIMEOUT_S).sequence == 1
    with (
        Subscriber("malformed/", broker=f"nats://other:o@{at}") as subscriber,
        pytest.raises(PermissionError, match=r"does not allow it: .*permissions violation for publish"),
    ):
        subscriber.wait_connected(TIMEOUT_S)
    with (
        Subscriber("malformed/", broker=f"nats://reader:wrong@{at}") as subscriber,
        pytest.raises(PermissionError, match=f"nats://{at} does not let in who it does not know"),
    ):
        subscriber.wait_connected(TIMEOUT_S)
    with pytest.raises(StreamError, match="does not let in who it does not know"):
        StreamPublisher(server.endpoint)
