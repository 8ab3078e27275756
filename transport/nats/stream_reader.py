"""The subscriber's end over NATS: what is published, read from the stream in its order, and nothing twice.

A thread of its own has the connection. It reads by pulling, so what waits here is bounded, and by a consumer
that the server forgets by itself: where that is gone, or a message was lost on the way, it makes another one
that begins behind the last message that came. A consumer passes over what the stream lets go of, so it is
looked at what is there each time messages are asked for; what was lost by that is found by who reads. What
comes, each as its parts:

    topic, header, payload, number in the stream       a message
    JOINED, msgpack of Joined                          a consumer was made, of which all that follow are
    STATUS_BEFORE, header, payload                     the latest Status before those
    LET_GO, number in the stream                       before that one some went, perhaps unread
    DENIED_PARTLY, a line                              some of our topics we may not have, wholly or in part
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import select
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgpack
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from nxcast.process.ending import reason
from nxcast.schemas.curve import ClientKey
from nxcast.schemas.topics import SERVERS, STATUS
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.endpoints import shown
from nxcast.transport.ends import HandshakeEvent
from nxcast.transport.nats.bell import Bell
from nxcast.transport.nats.jetstream_layout import (
    STREAM,
    has_servers,
    split_body,
    subject_of,
    subjects_below,
    time_ns_of,
    topic_of_subject,
)
from nxcast.transport.nats.jetstream_rights import part_of
from nxcast.transport.nats.nats_connection import (
    DENIED,
    UNKNOWN,
    ApiError,
    Client,
    DeniedError,
    StreamError,
    ask,
    connect,
    disconnect,
    rights_of,
    text_of,
)
from nxcast.transport.nats.pulling import Pulling
from nxcast.transport.nats.side_thread import SideThread

__all__ = ["DENIED_PARTLY", "JOINED", "LET_GO", "STATUS_BEFORE", "Joined", "StreamReader", "StreamStart"]

JOINED, STATUS_BEFORE, LET_GO, DENIED_PARTLY = b"joined", b"status before", b"let go", b"denied partly"
PULL_MESSAGES = 256  # messages asked for at once
PULL_OCTETS = 4 << 20  # octets of them; more than the largest message
WAITING_MAX = 256  # messages waiting here from which on no more are asked for, and ...
WAITING_OCTETS = 4 << 20  # ... octets of them; with those under way 8 MiB
AGAIN_S = 1.0  # seconds until something that failed is tried again
IDLE_S = 300  # seconds without a request after which the server forgets the consumer
NO_MESSAGE = 10037  # of JetStream's API: none of that subject


class StreamStart(NamedTuple):
    """Where to begin: behind a message by its number, or at a time (ns since 1970); live where neither.

    `created_ns`: when the stream was made that the number is of, as far as that is known.
    """

    after: int | None = None
    time_ns: int | None = None
    created_ns: int | None = None


class Joined(NamedTuple):
    """What a stream told: when it was made, by which one tells it from another, and its first message.

    `pending`: so many messages of ours are there already. `wanted`: the number of the message that we
    wanted to begin with, 0 where it was a time.
    """

    created_ns: int
    oldest_ns: int
    first: int
    pending: int
    wanted: int


class _GoneError(Exception):
    """The consumer is gone, or a message was lost on the way."""


class StreamReader:
    """Reads topics of the stream at `broker`, an endpoint of NATS, from `start` on."""

    def __init__(
        self, broker: str, topics: Sequence[str], key: ClientKey | None, *, start: StreamStart | None = None
    ) -> None:
        self.closed = False
        self.unknown: str | None = None
        self._broker = broker
        self._secret = None if key is None else key.secret
        self._stream = STREAM
        wanted = {*topics, STATUS}
        self._topics = {
            topic
            for topic in wanted
            if not any(topic.startswith(other) and topic != other for other in wanted)
        }
        self._start = start or StreamStart()
        self._created_ns = self._start.created_ns
        self._came: deque[list[bytes]] = deque()
        self._octets_come = self._octets_taken = 0  # a number for each thread to write
        self._happened: deque[HandshakeEvent] = deque()
        self._bell = Bell()
        self._room = asyncio.Event()
        self._paused = False  # whether the other thread waits for it
        self._client: Client | None = None
        self._put_out = False  # whether the server has come to know us no more
        self._number = 0  # of the last message, in its consumer
        self._following: asyncio.Task[None] | None = None
        self._thread = SideThread("nats-reader", "reads the stream", self._bell.ring)
        self._thread.start(self._read(), self._leave)

    def receive(self) -> list[bytes] | None:
        """The next that came, if there is one."""
        try:
            parts = self._came.popleft()
        except IndexError:
            self._thread.check()
            return None
        self._octets_taken += sum(map(len, parts))
        if self._paused and not self._beyond:
            self._paused = False
            self._thread.call(self._room.set)
        return parts

    def events(self) -> Iterator[HandshakeEvent]:
        """What has happened since."""
        while self._happened:
            yield self._happened.popleft()

    def renew(self, own_egress: str | None = None) -> None:
        """Nothing: it connects anew by itself."""

    def open_requests(self, endpoint: str) -> None:
        """Nothing: what is missing is in the stream."""

    def close_requests(self) -> None:
        """Nothing."""

    def request(self, endpoint: str, octets: bytes) -> None:
        """Nothing: there is nobody to be asked."""

    def answer(self) -> None:
        """None ever comes."""

    def wait(self, seconds: float, *, answer: bool) -> None:  # noqa: ARG002  there are no answers
        """Until something came or happened, or the time is over."""
        self._bell.hush()
        if not (self._came or self._happened):
            select.select([self._bell], [], [], seconds)

    async def wait_async(self, seconds: float, *, answer: bool) -> None:  # noqa: ARG002  there are no answers
        """The same for an event loop, which is never blocked."""
        self._bell.hush()
        if self._came or self._happened:
            return
        loop = asyncio.get_running_loop()
        rung = asyncio.Event()
        loop.add_reader(self._bell, rung.set)
        try:
            await asyncio.wait_for(rung.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(self._bell)

    def close(self) -> None:
        """End at once; harmless if done already."""
        if self.closed:
            return
        self.closed = True
        self._thread.end()
        self._bell.close()

    @property
    def _beyond(self) -> bool:
        """Whether enough waits here."""
        octets = self._octets_come - self._octets_taken
        return len(self._came) > WAITING_MAX or octets > WAITING_OCTETS

    def _tell(self, event: HandshakeEvent) -> None:
        self._happened.append(event)
        self._bell.ring()

    async def _read(self) -> None:
        while True:
            try:
                if self._client is None:
                    self._client = await connect(
                        self._broker, "nxcast-consume", self._failed, self._cut, secret=self._secret
                    )
                self._following = asyncio.create_task(self._follow(self._client))
                await self._following
            except _GoneError:
                pass
            except asyncio.CancelledError:  # our own end, or that of the connection
                if self.closed:
                    raise
                if self._put_out:  # to be told so again by who is asked anew
                    self._put_out = False
                    await self._leave()
            except (StreamError, ApiError, NatsError, OSError) as error:
                self._refused(error)
                await asyncio.sleep(AGAIN_S)

    async def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await disconnect(client)

    def _cut(self) -> None:
        """The connection ended, and with it what was asked for."""
        if self._following is not None:
            self._following.cancel()

    def _failed(self, error: Exception) -> None:
        """Something that no call tells of: the server denies a subject, or knows us no more."""
        text = text_of(error)
        if UNKNOWN in text and self._client is not None:
            self._put_out = True
            self._cut()
        if DENIED in text:
            self.unknown = f"{shown(self._broker)} does not allow it: {text}"
            self._tell(HandshakeEvent.FAILED)

    def _refused(self, error: Exception) -> None:
        self.unknown = reason(error)
        if isinstance(error, ApiError):
            self.unknown = f"{shown(self._broker)} has no stream {self._stream} to be read: {error}"
        if isinstance(error, ApiError | DeniedError):
            self._tell(HandshakeEvent.FAILED)

    async def _follow(self, client: Client) -> None:
        """Make a consumer and read what it has, for as long as it is there."""
        joined, topics = await self._join(client)
        subjects = sorted(map(subjects_below, topics))
        wanted = {"filter_subjects": subjects, **_begins(self._start, joined)}
        if self._start.time_ns is None:
            self._start = StreamStart(after=joined.wanted - 1)
        config = {
            **wanted,
            "ack_policy": "none",
            "replay_policy": "instant",
            "inactive_threshold": IDLE_S * SECOND_NS,
            "mem_storage": True,
            "num_replicas": 1,
        }
        request = {"stream_name": self._stream, "config": config}
        consumer = await ask(client, f"CONSUMER.CREATE.{self._stream}", request)
        self.unknown = None
        self._tell(HandshakeEvent.ACCEPTED)
        await self._begin(client, joined._replace(pending=consumer["num_pending"]))
        self._number = 0
        pulling = Pulling(client, self._stream, consumer["name"])
        await pulling.open()
        try:
            while True:
                await self._pull(client, pulling)
        finally:
            await pulling.close()

    async def _join(self, client: Client) -> tuple[Joined, list[str]]:
        """What the stream tells, and which of our topics it may have; raises DeniedError."""
        if self._secret is not None and "@" not in self._broker:
            stream = (await rights_of(client)).stream
            if stream is None:
                raise DeniedError(f"{shown(self._broker)} does not allow this key to subscribe to anything")
            self._stream = stream
        info = await ask(client, f"STREAM.INFO.{self._stream}")
        topics = part_of(info["config"], sorted(self._topics))
        self._tell_denied(topics)
        if not has_servers(info["config"]):
            topics = [topic for topic in topics if topic != SERVERS]
        state = info["state"]
        created_ns = time_ns_of(info["created"])
        if self._created_ns not in (None, created_ns):
            self._start = StreamStart(after=0)  # it was made anew: all of it is new to us
        self._created_ns = created_ns
        wanted = 0 if self._start.time_ns is not None else (self._start.after or 0) + 1
        if self._start == StreamStart():
            wanted = state["last_seq"] + 1
        oldest_ns = max(time_ns_of(state["first_ts"]), 0)  # in year 1 where there is none
        return Joined(created_ns, oldest_ns, state["first_seq"], 0, wanted), topics

    def _tell_denied(self, topics: Sequence[str]) -> None:
        """Tell what of our topics we may not have, if it is something; raises DeniedError where it is all."""
        denied = sorted(topic for topic in self._topics if not topic.startswith(tuple(topics)))
        if not denied:
            return
        why = f"{shown(self._broker)} does not allow this key to subscribe to {', '.join(denied)}"
        if set(topics) <= {STATUS} and self._topics != {STATUS}:
            raise DeniedError(why)
        self._put([DENIED_PARTLY, why.encode()])

    async def _begin(self, client: Client, joined: Joined) -> None:
        self._put([JOINED, msgpack.packb(joined)])
        try:
            found = await ask(client, f"STREAM.MSG.GET.{self._stream}", {"last_by_subj": subject_of(STATUS)})
        except ApiError as error:
            if error.code != NO_MESSAGE:
                raise
            return
        with contextlib.suppress(ValueError):
            self._put([STATUS_BEFORE, *split_body(base64.b64decode(found["message"]["data"]))])

    async def _pull(self, client: Client, pulling: Pulling) -> None:
        """Ask for messages, and take them until that is over."""
        while self._beyond:
            self._room.clear()
            self._paused = True
            if self._beyond:
                await self._room.wait()
        await pulling.ask(PULL_MESSAGES, PULL_OCTETS)
        await self._look(client)
        if await pulling.take(self._take) is not None:
            raise _GoneError

    async def _look(self, client: Client) -> None:
        """Tell where the stream has no more what follows on the last message that came.

        What was asked for before this is passed over or sent by then, so nothing is missed.
        """
        first = (await ask(client, f"STREAM.INFO.{self._stream}"))["state"]["first_seq"]
        if self._start.after is not None and first > self._start.after + 1:
            self._put([LET_GO, b"%d" % first])

    def _take(self, message: Msg) -> None:
        self._number += 1
        sequence = message.metadata.sequence
        if sequence.consumer != self._number:
            raise _GoneError
        self._start = StreamStart(after=sequence.stream)
        topic = topic_of_subject(message.subject).encode()
        try:
            parts = split_body(message.data)
        except ValueError:
            parts = (message.data, b"")  # no header: who reads it says so
        self._put([topic, *parts, b"%d" % sequence.stream])

    def _put(self, parts: list[bytes]) -> None:
        self._octets_come += sum(map(len, parts))
        self._came.append(parts)
        if len(self._came) == 1:
            self._bell.ring()


def _begins(start: StreamStart, joined: Joined) -> dict[str, Any]:
    if start.time_ns is not None:
        at = datetime.fromtimestamp(start.time_ns / SECOND_NS, UTC)
        return {"deliver_policy": "by_start_time", "opt_start_time": at.isoformat().replace("+00:00", "Z")}
    return {"deliver_policy": "by_start_sequence", "opt_start_seq": joined.wanted}
