"""Server-sent events over real sockets: a server, and a broker made by hand."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
from base64 import b64decode
from itertools import count
from threading import Thread
from urllib.parse import quote

import pytest
from starlette.datastructures import QueryParams

from nxcast.consumers.client import session
from nxcast.consumers.client.events import Batch, Connected, Restart, Silent
from nxcast.consumers.client.subscriber import Subscriber
from nxcast.consumers.serve import event_streams
from nxcast.consumers.serve.asked import AskedError
from nxcast.consumers.serve.event_streams import EventStreams
from nxcast.consumers.serve.http_gate import Gate
from nxcast.consumers.serve.live_hub import Hub
from nxcast.consumers.serve.server import listening, serve
from nxcast.consumers.serve.stream_asked import Selection, StreamAsked, stream_asked
from nxcast.consumers.serve.stream_events import Place
from nxcast.consumers.show.json_lines import record_json
from nxcast.telemetry.metrics_address import Address
from tests.consumers.conftest import FakeBroker, dns_error, nxdomain, status
from tests.consumers.serve.conftest import WAIT_S, Server, serving

PASSING = ("connected", "silent", "back")  # what a slow machine makes of a broker
TOPICS = ("nxdomain/", "dns-errors/", "status/")
MX, A, SERVFAIL = "nxdomain/MX/", "nxdomain/A/", "dns-errors/SERVFAIL/"


class Bus:
    """A broker whose clock goes on by one nanosecond each message."""

    def __init__(self):
        self.broker = FakeBroker()
        self.broker.answer_requests()
        self.clock = count(1_800_000_000_000_000_000)
        self.witness = None

    def publish(self, topic, *records, **options):
        self.broker.publish(topic, *records, time_ns=next(self.clock), **options)

    def status(self):
        """After which all that was published has been given."""
        self.broker.publish_status(time_ns=next(self.clock))
        sequence = self.broker.sequences["status/"]
        while self.witness is not None and self.witness.event()[1]["sequence"] != sequence:
            pass


class Reader:
    """A client of a stream; `at` is the last id that came."""

    def __init__(self, port, path, **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        self.connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        self.response = self.connection.getresponse()
        self.at = None

    def block(self):
        """The next event as its fields."""
        fields = {}
        while line := self.response.readline().decode().rstrip("\n"):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        self.at = fields.get("id", self.at)
        return fields

    def joined(self):
        """Wait until it gets what comes from now on."""
        while "id" not in self.block():
            pass
        return self

    def event(self):
        """The next with data: its kind, and that."""
        while "data" not in (block := self.block()) or block.get("event") in PASSING:
            assert block, "the stream ended"
        return block.get("event", "message"), json.loads(block["data"])

    def names(self, number):
        """What was asked for in the next records."""
        return [told.get("qname", told) for told in (self.event()[1] for _ in range(number))]

    def close(self):
        self.response.close()
        self.connection.close()


@pytest.fixture(scope="module")
def bus():
    made = Bus()
    yield made
    made.broker.close()


@pytest.fixture(scope="module")
def served(bus):
    """A server in a thread, for which the broker, who sends a status when told to, is never silent."""
    with pytest.MonkeyPatch.context() as patch, listening(Address("127.0.0.1", 0)) as where:
        patch.setattr(session, "SILENT_S", 1e9)
        hub = Hub(lambda told: Subscriber(*TOPICS, broker=bus.broker.endpoint, on_event=told))
        thread = Thread(target=serve, args=(None, hub, Gate(()), where))
        thread.start()
        try:
            bus.broker.await_subscription()
            bus.status()
            made = Server(None, where.getsockname()[1])
            bus.witness = Reader(made.port, "/v1/stream/status/").joined()
            yield made
            bus.witness.close()
        finally:
            hub._fail()
            thread.join()


@pytest.fixture
def reading(served):
    readers = []

    def read(path, **headers):
        readers.append(Reader(served.port, path, **headers))
        return readers[-1]

    yield read
    for reader in readers:
        reader.close()


def asking(topic):
    return StreamAsked(Selection((topic,)))


def named(name, **changed):
    return nxdomain(qname=f"{name}.example.", **changed)


def test_a_stream_gives_what_tail_gives_of_its_topics_and_terms(bus, reading):
    everything = reading("/v1/stream/").joined()
    mail = reading("/v1/stream/nxdomain/MX/").joined()
    two = reading(f"/v1/stream/nxdomain/MX/?topic={SERVFAIL}&where=qname=b.example").joined()
    assert everything.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert everything.response.headers["cache-control"] == "no-store"
    bus.publish(MX, named("a"), named("www.b"))
    bus.publish(A, named("c", qtype=1))
    bus.publish(SERVFAIL, dns_error(qname="b.example."), dns_error())
    bus.status()
    sequence = bus.broker.sequences[MX]
    kind, told = mail.event()
    batch = Batch(MX, bus.broker.epoch, sequence, 0, [])
    assert (kind, told) == ("message", json.loads(record_json(named("a"), batch)))
    assert mail.names(1) == ["www.b.example."]
    assert two.names(2) == ["www.b.example.", "b.example."]
    assert everything.names(5) == ["a.example.", "www.b.example.", "c.example.", "b.example.", "a.example."]


@pytest.mark.parametrize("by", ["header", "parameter"])
def test_a_reader_that_comes_back_gets_the_rest_once_and_then_what_comes(bus, reading, by):
    first = reading("/v1/stream/").joined()
    bus.publish(A, named("a", qtype=1), named("b", qtype=1), named("c", qtype=1))
    bus.publish(MX, named("d"))
    bus.status()
    assert first.names(2) == ["a.example.", "b.example."]
    first.close()
    bus.publish(SERVFAIL, dns_error(qname="e.example."))
    bus.publish(A, named("f", qtype=1))
    bus.status()
    if by == "header":
        again = reading("/v1/stream/", Last_Event_ID=first.at)
    else:
        again = reading(f"/v1/stream/?last-event-id={quote(first.at)}")
    assert again.names(4) == ["c.example.", "d.example.", "e.example.", "f.example."]
    assert again.event()[0] == "replayed"
    bus.publish(MX, named("g"))
    bus.publish(SERVFAIL, dns_error(qname="h.example."))
    bus.status()
    assert again.names(2) == ["g.example.", "h.example."]
    assert Place.parse(again.at).topic == SERVFAIL
    again.close()
    gone = reading("/v1/stream/", Last_Event_ID=again.at)  # nothing has come since
    assert gone.event()[0] == "replayed"


def test_a_stream_begins_in_the_past_by_time_whatever_the_topic(bus, reading):
    begun = next(bus.clock)
    for name, topic in (("x", MX), ("y", A), ("z", MX)):
        bus.publish(topic, named(name, qtype=1 if topic == A else 15))
    bus.status()
    since = reading(f"/v1/stream/nxdomain/?last-event-id=0,{begun}")
    assert since.names(3) == ["x.example.", "y.example.", "z.example."]
    assert since.event()[0] == "replayed"
    assert reading("/v1/stream/nxdomain/?since=2500-01-01T00:00:00Z").event()[0] == "replayed"


@pytest.mark.parametrize("since", [f"{9:9<295}d", f"{9:9<308}s", "0001-01-01T00:00:00+23:59"])
def test_a_stream_may_begin_before_all_times(since):
    asked = stream_asked([], QueryParams({"since": since}), {}, TOPICS)
    assert asked.begin(1_800_000_000_000_000_000).time_ns < 1000


def test_what_came_late_is_given_in_its_place(bus, reading):
    """So that an id says what was had of every topic, though a message was missing for a while."""
    reader = reading("/v1/stream/nxdomain/").joined()
    bus.publish(MX, named("late"), skip=0)
    bus.broker.lose(A, named("lost", qtype=1), time_ns=next(bus.clock))
    bus.publish(MX, named("after"))
    bus.publish(A, named("then", qtype=1))
    bus.status()
    assert reader.event()[0] == "repaired"
    assert reader.names(4) == ["late.example.", "lost.example.", "after.example.", "then.example."]


def test_what_is_lost_is_told_where_it_was_to_those_of_its_topic(bus, reading):
    replay = bus.broker.replay
    replay.answer = lambda request: replay.honest(request) if request["ask"] != "range" else none(request)

    def none(request):
        kept, bus.broker.at_once = bus.broker.at_once, 0
        try:
            return replay.honest(request, oldest=request["last"] + 1)
        finally:
            bus.broker.at_once = kept

    mail, addresses = reading("/v1/stream/nxdomain/MX/").joined(), reading("/v1/stream/nxdomain/A/").joined()
    try:
        bus.publish(MX, named("kept"), skip=2)
        bus.publish(A, named("other", qtype=1))
        bus.status()
        kind, told = mail.event()
        assert (kind, told["topic"], told["last"] - told["first"]) == ("gap", MX, 1)
        assert mail.names(1) == ["kept.example."]
        assert addresses.names(1) == ["other.example."]
        begun = f"0,{next(bus.clock)}"
        bus.publish(MX, named("gone"))
        bus.status()
        mail.names(1)
        again = reading(f"/v1/stream/nxdomain/MX/?last-event-id={begun}")
        kind, told = again.event()
        assert (kind, told["topic"], told["first"]) == ("gap", MX, bus.broker.sequences[MX])
    finally:
        replay.answer = replay.honest


def test_customers_keys_never_leave(bus, reading):
    key = "k3y0123456789abcdef0123456"
    reader = reading("/v1/stream/").joined()
    wire = b"\1\2\3\4" + bytes([len(key)]) + key.encode() + b"\3zen\2dq\x08spamhaus\3net\0"
    record = dns_error(qname=f"2.0.0.127.{key}.zen.dq.spamhaus.net.", query=wire, response=wire)
    begun = next(bus.clock)
    bus.publish(SERVFAIL, record)
    bus.status()
    lines = [reader.response.readline() for _ in range(3)]
    lines += [
        again.response.readline()
        for again in [reading(f"/v1/stream/?last-event-id=0,{begun}")]
        for _ in range(5)
    ]
    assert sum(b"<key>" in line for line in lines) == 2
    assert not any(key.encode() in line for line in lines)
    response = json.loads(next(line for line in lines if line.startswith(b"data:"))[5:])["response"]
    assert b64decode(response).count(b"x" * len(key)) == 1


@pytest.mark.parametrize(
    ("path", "code", "why"),
    [
        ("/v1/stream/nothing/", 404, "no such topic"),
        ("/v1/stream/answers/", 404, "not served here"),
        ("/v1/stream/?topic=nxdomain/MXX", 404, "such as"),
        ("/v1/stream/?where=colour=red", 400, "Say qname"),
        ("/v1/stream/nxdomain/MX/?where=qtype=A", 400, "can match nothing"),
        ("/v1/stream/?since=yesterday", 400, "since is"),
        ("/v1/stream/?last-event-id=7", 400, "no id of an event"),
        ("/v1/stream/?last-event-id=0,99999999999999999999", 400, "no id of an event"),
        ("/v1/stream/?" + "where=qname=a.example&" * 17, 400, "over 16"),
        ("/v1/stream/%00/", 404, "no such topic"),
        ("/dnsdb/v2/ping", 404, "serve --store"),
        ("/v1/nothing", 404, "/v1/stream/"),
    ],
)
def test_what_can_t_be_had_is_told(served, path, code, why):
    found, _, body = served.get(path)
    assert (found, why in body) == (code, True), body


def test_the_broker_s_account_is_what_tail_gives(served):
    found, _, body = served.get("/v1/status")
    assert found == 200
    assert json.loads(body)["software"] == "handmade 1"


def test_a_restart_is_an_event_and_a_reader_of_before_goes_on_after_it(start_broker):
    broker = start_broker()
    broker.answer_requests()
    with serving(None, "--broker", broker.endpoint) as running:
        broker.await_subscription()
        broker.publish_status()
        reader = Reader(running.port, "/v1/stream/").joined()
        broker.publish(MX, named("before"), time_ns=1_900_000_000_000_000_000)
        broker.publish_status()
        assert reader.names(1) == ["before.example."]
        broker.restart()
        broker.publish(MX, named("after"), time_ns=1_900_000_000_000_000_001)
        broker.publish_status()
        assert [reader.event()[0] for _ in range(2)] == ["lost", "restart"]
        assert reader.names(1) == ["after.example."]
        running.process.send_signal(signal.SIGTERM)  # with a reader connected
        assert running.process.wait(WAIT_S) == 0
        reader.close()


class Quiet:
    """A hub that says nothing."""

    status, key, topics = None, None, ("nxdomain/",)


def second(number):
    """What comes in a second: a message, and the status that tells it."""
    records = [named(f"n{number}")] * 10
    told = status(topics={MX: number}, time_ns=number)
    return [Batch(MX, 1, number, number, records), Batch("status/", 1, number, number, [told])]


async def turns():
    """Let the loop turn."""
    for _ in range(20):
        await asyncio.sleep(0)


class Replay:
    """Of a log that has nothing; `untils` are up to when it was read."""

    moved, ended, messages, events = False, False, 0, 0
    untils: list[int]

    def __init__(self, *_):
        pass

    def steps(self, _had, until):
        self.untils.append(until.time_ns)
        yield from ()


@pytest.fixture
def past(monkeypatch):
    """What is given to a reader that begins in the past, and the streams."""
    monkeypatch.setattr(event_streams, "_Replay", Replay)
    monkeypatch.setattr(Replay, "untils", [], raising=False)
    streams = EventStreams(Quiet())
    asked = stream_asked([], QueryParams({"since": "5m", "topic": MX}), {}, TOPICS)
    with streams.reading(asked) as reader:
        yield streams, streams.events(reader, asked)


def test_an_id_is_not_ahead_of_records_that_wait(past):
    streams, events = past

    async def scenario():
        streams.heard(second(1))
        assert b"retry" in await anext(events)
        assert b"replayed" in await anext(events)
        streams.heard(second(2))  # while that is written
        assert (await anext(events)).startswith(b"id: 1,2,nxdomain/MX/,2,0\n")
        await events.aclose()

    asyncio.run(scenario())


def test_who_came_before_the_broker_s_first_status_gets_an_id_with_it():
    """Else who is cut off in a quiet quarter of a minute comes back without one, and misses what came."""
    streams = EventStreams(Quiet())

    async def scenario():
        asked = asking(MX)
        with streams.reading(asked) as reader:
            events = streams.events(reader, asked)
            assert b"retry" in await anext(events)
            coming = asyncio.ensure_future(anext(events))
            await turns()
            streams.heard([Connected(1, "handmade 1"), *second(1)[1:]])
            await turns()
            assert b"connected" in await coming
            coming = asyncio.ensure_future(anext(events))
            await turns()
            assert coming.done()
            assert b"\nid: 1,1\n" in coming.result()
            await events.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize("what", ["much", Silent(3.0), Restart(1, 2)])
def test_a_reader_of_before_gets_what_was_given_before_a_status_told_it(past, what, monkeypatch):
    streams, events = past

    async def scenario():
        streams.heard(second(1))
        if what == "much":
            monkeypatch.setattr(event_streams, "HELD_MAX", 1)
        streams.heard(second(2)[:1])
        streams.heard([] if what == "much" else [what])
        assert b"retry" in await anext(events)
        coming = asyncio.ensure_future(anext(events))
        await turns()
        streams.heard(second(3))
        assert b"replayed" in await coming
        assert Replay.untils == [3]
        await events.aclose()

    asyncio.run(scenario())


def test_a_reader_too_far_behind_is_closed_and_told(monkeypatch):
    monkeypatch.setattr(event_streams, "BEHIND_MAX", 2000)
    streams = EventStreams(Quiet())
    with (
        streams.reading(asking(MX)) as slow,
        streams.reading(asking(MX)) as other,
    ):
        slow.joined = other.joined = True
        streams.heard(second(1))
        assert (slow.closed, other.closed) == (False, False)
        other._chunks.clear()
        other._octets = 0
        streams.heard(second(2))
        assert (slow.closed, other.closed) == (True, False)
        assert b"event: closed" in slow._chunks[-1]
        assert len(slow._chunks) == 1
        assert dict(streams.closed) == {"slow": 1, "rights": 0}
        assert streams.given_events == 30


def test_readers_and_selections_are_bounded(monkeypatch):
    monkeypatch.setattr(event_streams, "READERS_MAX", 2)
    monkeypatch.setattr(event_streams, "SELECTIONS_MAX", 1)
    streams = EventStreams(Quiet())
    with streams.reading(asking(MX)), streams.reading(asking(MX)):
        for topic in (MX, A):
            with (
                pytest.raises(AskedError, match="try again"),
                streams.reading(asking(topic)),
            ):
                pass
    with streams.reading(asking(A)):
        pass
    assert streams.refused == 2
