"""Subscribe to channels, and publish what was made of them: the only module here that touches ZeroMQ.

One plain SUB socket serves `for` and `async for`: wait until it is readable, then drain without blocking.
It subscribes to `status/` too, and last, whether or not the caller asked: the broker answers each such
subscription with a status, and a connection keeps the order, so the first status proves that every
subscription is in force, and later ones show losses at the tail. It reconnects by itself. `Publisher` is
for consumers that hand records on to programs that speak ZeroMQ and not our protocol.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from time import monotonic
from types import TracebackType
from typing import Any, Generic, Self

import zmq
from typing_extensions import TypeVar

from nxcast.consumers.events import Back, Batch, Connected, Counts, Event
from nxcast.consumers.intake import Intake, checked_topic
from nxcast.schemas.records import EGRESS_PAYLOAD_MAX, Status
from nxcast.schemas.topics import STATUS

__all__ = ["DEFAULT_BROKER", "Publisher", "Subscriber"]

DEFAULT_BROKER = "tcp://127.0.0.1:5556"

RECEIVE_MAX = 1000  # messages waiting in the socket; of 64 KiB each, 64 MB
READY_MAX = 1000  # batches set aside while waiting for the first status, which takes 20 ms
WAIT_MAX_S = 60.0  # seconds of one wait, so that milliseconds always fit in poll's int
TURN_MAX = 64  # messages taken in before other tasks of the event loop get their turn

# TCP notices a broker gone without a word, after 30 s + 3 x 10 s. No ZMTP heartbeats: a subscriber that is
# behind stops reading, misses the answers to its pings, and would be cut off; libzmq 4.3.5 can even abort.
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_PROBES = 30, 10, 3
CONNECT_TIMEOUT_MS = 5_000  # an address that swallows packets is tried again, not waited for
RECONNECT_MS = 100  # first wait before connecting again, doubled up to
RECONNECT_MAX_MS = 2_000  # this: a restarted broker is found within two seconds

SEND_MAX = 256  # messages that a Publisher keeps for a reader; of 64 KiB each, 16 MB
SUBSCRIPTION_MAX = 1024  # octets; all that a reader has to say is what it subscribes to
CLOSE_MS = 2_000  # for what waits to leave at the end

_CONNECTION = {
    zmq.IPV6: 1,  # IPv4 works all the same
    zmq.TCP_KEEPALIVE: 1,
    zmq.TCP_KEEPALIVE_IDLE: KEEPALIVE_IDLE_S,
    zmq.TCP_KEEPALIVE_INTVL: KEEPALIVE_INTERVAL_S,
    zmq.TCP_KEEPALIVE_CNT: KEEPALIVE_PROBES,
    zmq.CONNECT_TIMEOUT: CONNECT_TIMEOUT_MS,
    zmq.RECONNECT_IVL: RECONNECT_MS,
    zmq.RECONNECT_IVL_MAX: RECONNECT_MAX_MS,
}

_log = logging.getLogger("nxcast.consumers")

R = TypeVar("R", default=Any)


class Subscriber(Generic[R]):
    """Subscription to channels or topics of one broker, for one thread or one asyncio task.

    `topics` end in '/': a channel ('nxdomain/') or one topic of it ('nxdomain/MX/'); ValueError for others.
    `broker` is a ZeroMQ endpoint. Iteration ends when no batch came for `timeout` seconds; None waits for
    ever, also for a broker that is not there yet. With `validate` off, records are what the broker sent:
    quicker, for a broker that you trust. `on_event` is called with each event, before the batch that
    follows it; without it events go to the log 'nxcast.consumers'. Either way they are counted.

        with Subscriber[Nxdomain]("nxdomain/MX/") as subscriber:
            for record in subscriber.records():
                print(record["qname"])
    """

    def __init__(
        self,
        *topics: str,
        broker: str = DEFAULT_BROKER,
        timeout: float | None = None,
        validate: bool = True,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        if not topics:
            raise ValueError("no topic to subscribe to, such as nxdomain/ or dns-errors/SERVFAIL/")
        self.topics = tuple(dict.fromkeys(map(checked_topic, topics)))
        self.broker = broker
        self._timeout = timeout
        self._on_event = on_event or _log_event
        self._intake = Intake(self.topics, validate=validate, now=monotonic())
        self._ready: deque[Batch[R]] = deque()
        self._turn = 0  # messages taken in since other tasks had their turn
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        try:
            self._connect()
        except zmq.ZMQError as error:
            self.close()
            raise ValueError(f"no ZeroMQ endpoint: {broker!r} ({error}), one is {DEFAULT_BROKER}") from error

    @property
    def counts(self) -> Counts:
        """Messages, records, losses, restarts and so on, so far."""
        return self._intake.counts

    @property
    def status(self) -> Status | None:
        """The broker's latest status; None until connected."""
        return self._intake.status

    def wait_connected(self, timeout: float | None = None) -> Status:
        """Block until the first status: connected, and every subscription in force.

        Raises TimeoutError after `timeout` seconds. Batches that come meanwhile are kept for the iteration.
        """
        until = _until(timeout)
        while self.status is None:
            if len(self._ready) >= READY_MAX:
                raise TimeoutError(f"{self.broker} sends records but no status")
            self._wait(self._step(until))
        return self.status

    def receive(self, timeout: float | None = None) -> Batch[R]:
        """The next batch; raises TimeoutError if none comes within `timeout` seconds."""
        until = _until(timeout)
        while not self._ready:
            self._wait(self._step(until))
        return self._ready.popleft()

    def __iter__(self) -> Iterator[Batch[R]]:
        while True:
            try:
                batch = self.receive(self._timeout)
            except TimeoutError:
                return
            yield batch

    async def __aiter__(self) -> AsyncIterator[Batch[R]]:
        while True:
            try:
                batch = await self._receive_async(self._timeout)
            except TimeoutError:
                return
            yield batch

    def records(self) -> Records[R]:
        """The records of all batches, one by one, for `for` or `async for`."""
        return Records(self)

    def close(self) -> None:
        """Close the connection; harmless if closed already."""
        self._context.destroy(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _connect(self) -> None:
        options = {
            zmq.RCVHWM: RECEIVE_MAX,
            zmq.SNDHWM: 0,  # a SUB socket silently drops subscriptions beyond its SNDHWM
            zmq.MAXMSGSIZE: EGRESS_PAYLOAD_MAX,  # of a part; one who sends more is cut off by ZeroMQ
            zmq.LINGER: 0,
            **_CONNECTION,
        }
        for option, setting in options.items():
            self._socket.setsockopt(option, setting)
        self._socket.connect(self.broker)
        # On a reconnect ZeroMQ repeats subscriptions in the order of their octets: status/ is last again.
        for topic in (*(topic for topic in self.topics if topic != STATUS), STATUS):
            self._socket.setsockopt(zmq.SUBSCRIBE, topic.encode("ascii"))

    def _step(self, until: float) -> float:
        """Take in one message if there is one; seconds to wait for the next, 0 if one may be there.

        Raises TimeoutError after `until`, unless a batch has just come.
        """
        if self._socket.closed:
            raise RuntimeError("the Subscriber is closed")
        now = monotonic()
        try:
            parts = self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            self._report(self._intake.idle(now))
            wait = min(until, self._intake.silent_at, now + WAIT_MAX_S) - now
        else:
            events, batch = self._intake.take(parts, now)
            if batch is not None:
                self._ready.append(batch)
            self._report(events)
            wait = 0.0
        if now >= until and not self._ready:
            raise TimeoutError(f"nothing of {', '.join(self.topics)} came in time")
        return wait

    def _report(self, events: list[Event]) -> None:
        for event in events:
            self._on_event(event)

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._socket.poll(math.ceil(seconds * 1000))

    async def _receive_async(self, timeout: float | None) -> Batch[R]:
        until = _until(timeout)
        while not self._ready:
            wait = self._step(until)
            self._turn = (self._turn + 1) % TURN_MAX
            if wait > 0 or self._turn == 0:
                await self._wait_async(wait)
        return self._ready.popleft()

    async def _wait_async(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        # The descriptor tells of news inside ZeroMQ, not of messages, and once only: so it is watched
        # first, and asked for messages after that, lest one that came in between is slept over.
        descriptor = self._socket.fileno()
        loop.add_reader(descriptor, readable.set)
        try:
            if not self._socket.poll(0):
                await asyncio.wait_for(readable.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(descriptor)


class Records(Generic[R]):
    """The records of a subscriber's batches; iterates as it does, sync or async."""

    def __init__(self, subscriber: Subscriber[R]) -> None:
        self._subscriber = subscriber

    def __iter__(self) -> Iterator[R]:
        for batch in self._subscriber:
            yield from batch.records

    async def __aiter__(self) -> AsyncIterator[R]:
        async for batch in self._subscriber:
            for record in batch.records:
                yield record


class Publisher:
    """Sends messages of one part: to all readers that subscribe (`pubsub`), or each to one that pulls.

    `address` is a ZeroMQ endpoint to bind to (`accept`) or to connect to; ValueError for one that can't be
    used. Subscribers that are slow or not there yet miss messages, which nobody can count here; but `unread`
    counts the messages for which there was no subscriber at all. Those that pull are waited for.
    """

    def __init__(self, address: str, *, accept: bool, pubsub: bool, prefix: bytes) -> None:
        self.unread = 0
        self._pubsub = pubsub
        self._prefix = prefix  # of all messages
        self._heard: set[bytes] = set()  # subscriptions in force that match it, at most one an octet of it
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        # Unlike PUB, XPUB tells of subscriptions.
        self._socket = self._context.socket(zmq.XPUB if pubsub else zmq.PUSH)
        options = {zmq.SNDHWM: SEND_MAX, zmq.MAXMSGSIZE: SUBSCRIPTION_MAX, **_CONNECTION}
        for option, setting in options.items():
            self._socket.setsockopt(option, setting)
        try:
            (self._socket.bind if accept else self._socket.connect)(address)
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise ValueError(f"{address}: {os.strerror(error.errno or 0).lower()}") from error
        bound = self._socket.getsockopt(zmq.LAST_ENDPOINT)
        self.address = bound.rstrip(b"\0").decode() if isinstance(bound, bytes) else address

    def send(self, message: bytes, timeout: float) -> bool:
        """Send one message; false where no reader that pulls had room for it within `timeout` seconds."""
        if self._pubsub:
            self.unread += not self.has_subscriber()
        elif not self._socket.poll(math.ceil(timeout * 1000), zmq.POLLOUT):
            return False
        try:
            self._socket.send(message, zmq.NOBLOCK)
        except zmq.Again:  # the reader has just gone
            return False
        return True

    def has_subscriber(self, timeout: float = 0.0) -> bool:
        """Whether a reader subscribes to what is sent here, waiting for one up to `timeout` seconds.

        To be asked now and then: what readers say waits in the socket until then.
        """
        until = monotonic() + timeout
        while True:
            try:
                said = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                left = until - monotonic()
                if self._heard or left <= 0:
                    return bool(self._heard)
                self._socket.poll(math.ceil(left * 1000))
                continue
            if self._prefix.startswith(said[1:]):
                (self._heard.add if said[:1] == b"\1" else self._heard.discard)(said[1:])

    def close(self, *, patient: bool) -> bool:
        """End, once what was sent has left this process; whether it has.

        A signal, or without patience `CLOSE_MS`, ends the wait, and what has not left is lost then.
        """
        before = monotonic()
        self._socket.close(linger=-1 if patient else CLOSE_MS)
        self._context.term()
        return patient or monotonic() - before < CLOSE_MS / 1000

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._context.destroy(linger=0)  # nothing is left to do after `close`


def _until(timeout: float | None) -> float:
    return math.inf if timeout is None else monotonic() + timeout


def _log_event(event: Event) -> None:
    level = logging.INFO if isinstance(event, Connected | Back) else logging.WARNING
    _log.log(level, "%s", event)
