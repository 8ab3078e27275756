"""What the broker publishes, as it comes, for whoever listens in the server's loop.

One subscriber in a thread of its own takes in the channels that are served. What it gets goes to the loop in
lists, LINGER_S of it in one, and there to each listener, in the order in which it came:

    def heard(news: Sequence[Batch[Any] | Event]) -> None: ...

    with hub.listening(heard):       # in the loop's thread; from the next list on
        ...

News are batches of validated records (`client.events.Batch`: topic, epoch, sequence, time_ns, records) and
events (`Connected`, `Gap`, `UnknownLoss`, `Repaired`, `Restart`, `Silent`, `Back`, `Refused` ...), each
before the batch that follows it. The broker's status comes each second as a batch of `status/`, and
`hub.status` is the latest, None until one came. Records have customers' keys in them: `show.redact` before
they leave.

A listener is called in the loop and must come back soon; it keeps what it needs of a list, which is
everybody's. What is under way to the loop is bounded by HANDED_MAX lists: where the loop does not keep up the
subscriber reads no more, and what overflows then is fetched from the broker's log, or told as a Gap.
An exception of a listener, or of the thread, is a bug of ours: it ends the server (`failure`).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore, Thread
from time import monotonic
from typing import Any, Literal, TypeAlias

from nxcast.consumers.client.event_log import EventLog
from nxcast.consumers.client.events import Batch, Counts, Event
from nxcast.consumers.client.subscriber import Subscriber
from nxcast.consumers.show.console import ABSENT_S, say_absent
from nxcast.schemas.curve import ClientKey
from nxcast.schemas.records import Status
from nxcast.transport.endpoints import replay_endpoint

__all__ = ["Hub", "Listener", "News", "octets_of"]

IDLE_S = 0.25  # seconds of one wait for a message, after which an end is looked for
LINGER_S = 0.1  # seconds of what comes that go in one list: ten writes a second to each reader, not hundreds
HAND_OCTETS = 4 << 20  # of a list as `octets_of` has it, some 2,000 records, and one batch on top
HANDED_MAX = 4  # lists under way to the loop
RECORD_COST = 2000  # octets of a record as an object and as JSON, besides its messages
MESSAGE_COST = 4  # octets of each of a message's, which is base64 in JSON

News: TypeAlias = Batch[Any] | Event
Listener: TypeAlias = Callable[[Sequence[News]], None]


def octets_of(batch: Batch[Any]) -> int:
    """What a batch takes in memory, about, with its records as JSON."""
    messages = sum(len(each.get("response") or b"") + len(each.get("query") or b"") for each in batch.records)
    return RECORD_COST * (len(batch.records) + 1) + MESSAGE_COST * messages


class Hub:
    """Of one subscriber, which `connect` makes, given what is to be called with its events.

    `replay` is where the broker answers requests, None where its status says, False for never; `key` is ours.
    """

    def __init__(
        self,
        connect: Callable[[Callable[[Event], None]], Subscriber[Any]],
        *,
        replay: str | Literal[False] | None = None,
        key: ClientKey | None = None,
    ) -> None:
        self._log = EventLog()
        self._news: list[News] = []  # the thread's
        self._listeners: list[Listener] = []  # the loop's
        self._room = BoundedSemaphore(HANDED_MAX)
        self._ending = False
        self._thread: Thread | None = None
        self._fail: Callable[[], None] = lambda: None
        self._replay = replay
        self.key = key
        self.failure: BaseException | None = None
        """What ended it, if that was a bug of ours."""
        self.subscriber = connect(self._event)

    @property
    def topics(self) -> tuple[str, ...]:
        """Channels and topics that are served; status/ is one of them."""
        return self.subscriber.topics

    @property
    def status(self) -> Status | None:
        """The broker's latest account; None until one came."""
        return self.subscriber.status

    @property
    def counts(self) -> Counts:
        """Messages, records, losses and so on since the server began."""
        return self.subscriber.counts

    def requests_at(self) -> str | None:
        """Where the broker answers requests; None where nobody knows."""
        if self._replay is not None:
            return self._replay or None
        return replay_endpoint(self.subscriber.broker, self.status["replay"] if self.status else None)

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """Have a function called with all that comes, until the block ends."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def begin(self, failed: Callable[[], None]) -> None:
        """Take in, from the running loop on; `failed` is called in it where that can't go on."""
        self._fail = failed
        self._thread = Thread(target=self._run, args=(asyncio.get_running_loop(),), name="live")
        self._thread.start()

    def end(self) -> None:
        """Take in no more, within IDLE_S; harmless if done already."""
        self._ending = True
        if self._thread is not None:
            self._thread.join()
        self.subscriber.close()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        absent_at = monotonic() + ABSENT_S
        try:
            while not self._ending:
                self._gather()
                if monotonic() >= absent_at:
                    absent_at = math.inf
                    self._tell_absent()
                if self._news and self._may_hand():
                    news, self._news = self._news, []
                    loop.call_soon_threadsafe(self._hand, news)
        except Exception as error:
            loop.call_soon_threadsafe(self.failed, error)

    def _tell_absent(self) -> None:
        """Once: who starts this at a wrong address is told while they look."""
        if self.status is None:
            say_absent(self.subscriber)

    def _gather(self) -> None:
        """What comes within LINGER_S of the first."""
        until = monotonic() + IDLE_S
        octets = 0
        while octets < HAND_OCTETS and not self._ending:
            try:
                batch = self.subscriber.receive(max(until - monotonic(), 0))
            except TimeoutError:
                return
            if not octets:
                until = monotonic() + LINGER_S
            self._news.append(batch)
            octets += octets_of(batch)

    def _may_hand(self) -> bool:
        while not self._ending:
            if self._room.acquire(timeout=IDLE_S):
                return True
        return False

    def _event(self, event: Event) -> None:
        self._log(event)
        self._news.append(event)

    def _hand(self, news: list[News]) -> None:
        self._room.release()
        try:
            for listener in tuple(self._listeners):
                listener(news)
        except Exception as error:
            self.failed(error)

    def failed(self, error: BaseException) -> None:
        """A bug of ours, in this or in who listens: end the server."""
        self.failure = self.failure or error
        self._fail()
