"""Subscribe to channels: batches of records, and events that say what happened to the stream.

One subscriber serves `for` and `async for`: it takes in what is there without blocking, and waits where there
is nothing. What is missing is asked for, and no further message is read until it has come: what overflows in
the socket meanwhile is the next thing that is missing. A broker that refuses is asked again now and then.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, Generic, Literal, Self

from typing_extensions import TypeVar

from nxcast.consumers.client.cursor import Cursor
from nxcast.consumers.client.engines import Beginning, Engine, over_sockets, over_stream
from nxcast.consumers.client.event_log import EventLog
from nxcast.consumers.client.events import Batch, Counts, Event
from nxcast.consumers.client.position import Position
from nxcast.consumers.client.reception import (
    RENEW_S,
    CloseRequests,
    Command,
    Renew,
    Send,
    Tell,
)
from nxcast.consumers.client.subscription import checked_topic
from nxcast.process.ending import reason
from nxcast.process.system_clock import Clock
from nxcast.schemas.curve import CLIENT_KEY_MAX, ClientKey, parse_client_key
from nxcast.schemas.records import Status
from nxcast.transport.endpoints import DEFAULT_EGRESS as DEFAULT_BROKER
from nxcast.transport.endpoints import is_nats
from nxcast.transport.ends import HandshakeEvent, MakeSubscriberEnd
from nxcast.transport.zeromq.subscriber_end import Connection

__all__ = ["DEFAULT_BROKER", "Subscriber", "read_key"]

READY_MAX = 1000  # batches set aside while waiting for the first status, which takes 20 ms
TURN_MAX = 64  # messages taken in before other tasks of the event loop get their turn
SAVE_S = 1.0  # seconds between two savings of the cursor, of a few milliseconds each
WAIT_MAX_S = RENEW_S  # seconds of one wait, so that a silent connection is looked after

R = TypeVar("R", default=Any)


class Subscriber(Generic[R]):
    """Subscription to channels or topics of one broker, for one thread or one asyncio task.

    `topics` end in '/': a channel ('nxdomain/') or one topic of it ('nxdomain/MX/'); ValueError for others.
    `broker` is a ZeroMQ endpoint, or nats://HOST:4222 where the broker publishes to a stream. Iteration ends
    when no batch came for `timeout` seconds; None waits for ever, also for a broker that is not there yet.
    With `validate` off, records are what the broker sent: quicker, for a broker that you trust. `on_event` is
    called with each event, before the batch that follows it; without it events go to the log
    'nxcast.consumers'. Either way they are counted.

    What is missing is fetched from the broker's store and comes in its place: at `replay`, by default where
    the status says (for a broker over TCP), never if that is False. `since` begins with what was published so
    many seconds ago, or at a time (with its zone), as far as the broker keeps it. `cursor` is a file that
    keeps how far this subscriber has come, and where it goes on if the file is there (whatever `since`
    says): a batch is done with when the next one is asked for, or with `autocommit` off, when `commit` is
    called. After a kill the batches not done with come once more, and after an interrupt (Ctrl-C) that fell
    into the taking in of a message those of the last second; the subscriber can't go on then. One
    subscriber has a cursor at a time, until `close`. ValueError for a file that is no cursor, and
    CursorError, an OSError, where it can't be read or written, or another subscriber has it.

    `position` is the same by value, for who keeps it with the records, in one transaction of their database:
    it goes on where `position` of an earlier subscriber of the same topics was, whatever `since` and the
    cursor say. ValueError for one of others.

    The records of canaries, which doctor sends to see whether all is well, are left out unless `canaries` is
    set, and a message that has no others gives no batch.

    `key` is the file that lets a client in where the broker asks for keys; OSError where it can't be read,
    ValueError for one that is none. A broker that refuses is an event, and asked again now and then.
    `transport` makes the connection, over ZeroMQ by default; `clock` is what the time is read from.

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
        replay: str | Literal[False] | None = None,
        since: float | datetime | None = None,
        cursor: str | os.PathLike[str] | None = None,
        position: Position | None = None,
        autocommit: bool = True,
        key: str | os.PathLike[str] | None = None,
        canaries: bool = False,
        transport: MakeSubscriberEnd | None = None,
        clock: Clock = time,
    ) -> None:
        if not topics:
            raise ValueError("no topic to subscribe to, such as nxdomain/ or dns-errors/SERVFAIL/")
        self.topics = tuple(dict.fromkeys(map(checked_topic, topics)))
        self.broker = broker
        self._clock = clock
        self._timeout = timeout
        self._on_event = on_event or EventLog()
        since = _checked_since(since)
        client_key = None if key is None else read_key(key)
        if position is not None:
            position.check(self.topics, "position")
        self._cursor = None if cursor is None else Cursor(cursor, self.topics)
        self._autocommit = autocommit
        self._committed: Position | None = None  # what the cursor may say
        self._save_at = 0.0
        if position is None and self._cursor is not None:
            position = self._cursor.position
        since = since if position is None else None
        self._given: Batch[R] | None = None  # that the caller has in hand
        self._untouched = True  # the caller has had no batch
        self._turn = 0  # messages taken in since other tasks had their turn
        self._taking = False  # a message is being taken in
        self._due: deque[Command] = deque()  # what is to be done of those that were
        try:
            if position is not None:
                position.check_engine(broker, "position" if cursor is None else str(cursor))
            self._intake, self._reception, self._connection = self._engine(
                {"since": since, "position": position, "validate": validate, "canaries": canaries},
                transport or Connection,
                client_key,
                replay,
            )
        except BaseException:  # ProgramError where nats-py is not installed, for one
            if self._cursor is not None:
                self._cursor.close()
            raise

    @property
    def counts(self) -> Counts:
        """Messages, records, losses, restarts and so on, so far."""
        return self._intake.counts

    @property
    def status(self) -> Status | None:
        """The broker's latest status; None until connected."""
        return self._intake.status

    @property
    def position(self) -> Position | None:
        """After all batches given, the one in hand too: where another subscriber goes on.

        None until connected, and once a message was left half taken in.
        """
        position = self._position(None)
        return None if position is None else position.of(self.topics)

    @property
    def unknown(self) -> str | None:
        """Why no broker can be there yet: its name is not known, for people; None where it is."""
        return self._connection.unknown

    def wait_connected(self, timeout: float | None = None) -> Status:
        """Block until the first status: connected, and every subscription in force.

        Raises TimeoutError after `timeout` seconds, and PermissionError where the broker refuses, or does not
        allow any of the topics. Batches that come meanwhile are kept for the iteration.
        """
        until = self._until(timeout)
        while self.status is None or self._intake.refusal is not None:
            if len(self._reception.ready) >= READY_MAX:
                raise TimeoutError(f"{self.broker} sends records but no status")
            wait = self._step(until)
            if self._intake.refusal is not None:
                raise PermissionError(self._intake.refusal)
            self._wait(wait)
        return self.status

    def receive(self, timeout: float | None = None) -> Batch[R]:
        """The next batch; raises TimeoutError if none comes within `timeout` seconds."""
        until = self._until(timeout)
        self._given = None
        while not self._reception.ready:
            self._wait(self._step(until))
        return self._give()

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

    def commit(self, *, but_last: bool = False) -> None:
        """All batches received are done with, or all but the last: the cursor may pass them.

        It is written within a second or so, of later calls to `receive`, or by `close`.
        """
        self._committed = self._position(self._given if but_last else None) or self._committed
        if not but_last:
            self._given = None

    def close(self) -> None:
        """Close the connection, and write the cursor; harmless if closed already."""
        self._connection.close()
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            try:
                self._save(cursor)
            finally:
                cursor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _engine(
        self,
        begin: Beginning,
        transport: MakeSubscriberEnd,
        key: ClientKey | None,
        replay: str | Literal[False] | None,
    ) -> Engine:
        now = self._clock.monotonic()
        if is_nats(self.broker):
            now_ns = self._clock.time_ns()
            return over_stream(self.broker, self.topics, begin, key=key, now=now, now_ns=now_ns)
        return over_sockets(
            self.broker, self.topics, begin, transport=transport, key=key, replay=replay, now=now
        )

    def _step(self, until: float) -> float:
        """Take in one message if there is one; seconds to wait for the next, 0 if one may be there.

        Raises TimeoutError after `until`, unless a batch has just come.
        """
        if self._connection.closed:
            raise RuntimeError("the Subscriber is closed")
        if self._taking:
            raise RuntimeError("the Subscriber was interrupted while it took a message in: make another one")
        now = self._clock.monotonic()
        if self._cursor is not None and now >= self._save_at and self._save(self._cursor):
            self._save_at = now + SAVE_S
        # KeyboardInterrupt, or what another handler of a signal raises, comes anywhere. Here it leaves a
        # message accounted for that nobody has, and so the position must not move any more.
        self._taking = True
        for event in self._connection.events():
            self._due.extend(self._handshake(event, now))
        if self._reception.asking:
            answer = self._connection.answer() if self._reception.awaiting else None
            self._due.extend(self._reception.answer(answer, now))
        else:
            self._due.extend(self._reception.message(self._connection.receive(), now))
        while self._due:
            self._do(self._due.popleft())
        self._taking = False
        wake = self._reception.wake
        if now >= until and not self._reception.ready and (wake > now or not self._reception.asking):
            raise TimeoutError(f"nothing of {', '.join(self.topics)} came in time")
        return min(until, wake, now + WAIT_MAX_S) - now

    def _handshake(self, event: HandshakeEvent, now: float) -> list[Command]:
        if event is HandshakeEvent.ACCEPTED:
            return self._reception.accepted(now)
        if event is HandshakeEvent.ENDED:
            return self._reception.ended()
        return self._reception.refused(now, unknown_key=event is HandshakeEvent.UNKNOWN_KEY)

    def _do(self, command: Command) -> None:
        match command:
            case Tell():
                try:
                    self._on_event(command.event)
                except Exception:  # the caller's own; what else is due is done with the next step
                    self._taking = False
                    raise
            case Send():
                self._request(command)
            case CloseRequests():
                self._connection.close_requests()
            case Renew():
                self._connection.renew(command.own_egress)

    def _request(self, command: Send) -> None:
        try:
            self._connection.request(command.endpoint, command.request)
        except ValueError as error:
            self._reception.unsendable(str(error))

    def _give(self) -> Batch[R]:
        self._untouched = False
        self._given = self._reception.ready[0]
        self._reception.ready.popleft()
        return self._given

    def _position(self, held: Batch[R] | None) -> Position | None:
        if self._taking or self._due:
            return None
        return self._intake.position([*self._reception.ready, *([held] if held else [])])

    def _save(self, cursor: Cursor) -> bool:
        """Whether there was something to save: where it began, as soon as that is known."""
        if self._autocommit or (self._committed is None and self._untouched):
            self._committed = self._position(self._given) or self._committed
        if self._committed is None:
            return False
        cursor.save(self._committed)
        return True

    def _until(self, timeout: float | None) -> float:
        return math.inf if timeout is None else self._clock.monotonic() + timeout

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._connection.wait(seconds, answer=self._reception.asking)

    async def _receive_async(self, timeout: float | None) -> Batch[R]:
        until = self._until(timeout)
        self._given = None
        while not self._reception.ready:
            wait = self._step(until)
            self._turn = (self._turn + 1) % TURN_MAX
            if wait > 0 or self._turn == 0:
                await self._wait_async(wait)
        return self._give()

    async def _wait_async(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
        else:
            await self._connection.wait_async(seconds, answer=self._reception.asking)


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


def read_key(path: str | os.PathLike[str]) -> ClientKey:
    """The key in a file; OSError where it can't be read, ValueError where it is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse_client_key(file.read(CLIENT_KEY_MAX))
    except OSError as error:
        raise OSError(f"can't read {path}: {reason(error)}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None  # its cause may show what is secret


def _checked_since(since: float | datetime | None) -> float | datetime | None:
    if isinstance(since, datetime):
        if since.tzinfo is None:
            raise ValueError(f"a time to begin at needs its zone: {since}")
    elif since is not None and not (math.isfinite(since) and since >= 0):
        raise ValueError(f"no seconds to go back: {since}")
    return since
