"""GET /v1/stream/: the channels as server-sent events, for many readers, and on from where a reader was.

What comes is held until the broker's next status, which comes each second and shows what of it is missing
still; the subscriber fetches that before it gives the status. So readers get all of a second at once, in the
order of `stream_events.Place`, and the id of an event says what they had, of every topic. A reader that comes
back, or asks for what was before, gets that from the broker's log in the same order, until it has all that
the others were given; then it is one of them. Only where the broker falls silent what is held is given
without ids, and so once more to who comes back before it is there again.

A record is encoded once, and what readers of one selection get is one list of octets for all. Each may leave
BEHIND_MAX of it unread when more comes, else it is closed, told and counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from math import inf
from typing import Any

import anyio
from anyio.to_thread import run_sync
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from nxcast.consumers.client.events import Batch, Event, Replayed, Restart, Silent, UnknownLoss, Unreplayed
from nxcast.consumers.serve.asked import AskedError
from nxcast.consumers.serve.live_hub import Hub, News, octets_of
from nxcast.consumers.serve.log_reading import Log, LogError, MovedError, Until
from nxcast.consumers.serve.stream_asked import Selection, StreamAsked
from nxcast.consumers.serve.stream_events import HELLO, PING, Place, event_of, id_of, record_events, told
from nxcast.consumers.serve.streaming import HEADERS
from nxcast.schemas.topics import STATUS

__all__ = ["EventStreams"]

READERS_MAX = 200  # at once; beside queries they are within CONNECTIONS_MAX
SELECTIONS_MAX = 32  # that differ, of all readers: each is a test of every record
BEHIND_MAX = (
    1 << 20
)  # octets that a reader may have before it when more comes, shared by those of a selection
HELD_MAX = 64 << 20  # octets held for a status, as `live_hub.octets_of` has them: some 30,000 records
CHUNK = 64 << 10  # octets of one write, and one event on top
PING_S = 15.0  # seconds of silence after which a reader gets a comment, so that nobody between gives up
PAST_MAX = 4  # readers that are given what was before, at once; each 8 MB (`log_reading`)
PAST_STEP = 200  # messages and events read at once

_log = logging.getLogger("nxcast.consumers.serve")


class _Reader:
    """One that reads; `joined` once it has all that was given before."""

    def __init__(self, asked: StreamAsked, ended: Counter[str]) -> None:
        self._ended = ended  # readers by reason
        self.selection = asked.selection
        self.holds = asked.reading.holds
        self.joined = False
        self.closed = False
        self._chunks: deque[bytes] = deque()
        self._octets = 0
        self._came = asyncio.Event()

    def give(self, chunks: Sequence[bytes]) -> bool:
        """Whether it takes them."""
        if self.closed or not chunks:
            return False
        if self._octets > BEHIND_MAX:
            _log.warning("a reader of a stream was %d octets behind, and is closed", self._octets)
            self._end("slow", f"over {BEHIND_MAX} octets behind: read quicker, or ask for less")
            return False
        if not self.holds():
            self._end("rights", "what the key may read that this token is for has changed")
            return False
        self._chunks.extend(chunks)
        self._octets += sum(map(len, chunks))
        self._came.set()
        return True

    def _end(self, reason: str, text: str) -> None:
        self._chunks.clear()
        self._chunks.append(told("closed", text))
        self._octets = len(self._chunks[0])
        self._ended[reason] += 1
        self.close()

    @property
    def behind(self) -> int:
        """Octets before it."""
        return self._octets

    @property
    def idle(self) -> bool:
        """Whether it has all that it was given; an id says so."""
        return not self._chunks

    def close(self) -> None:
        self.closed = True
        self._came.set()

    async def chunks(self, quiet: Callable[[], bytes]) -> AsyncIterator[bytes]:
        """What it is given, until it is closed; `quiet` makes what comes after each PING_S of nothing."""
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._octets -= len(chunk)
                yield chunk
            if self.closed:
                return
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), PING_S)
            except TimeoutError:
                if self.idle:
                    yield quiet()


@dataclass(slots=True)
class _Held:
    batch: Batch[Any]
    events: list[bytes] = field(default_factory=list)  # once they are made

    def octets(self) -> list[bytes]:
        if not self.events:
            self.events = record_events(self.batch)
        return self.events


class EventStreams:
    """All streams of a hub, which it listens to."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._readers: dict[Selection, list[_Reader]] = {}
        self._held: list[_Held] = []
        self._octets = 0  # held
        self._events: list[Event] = []  # to be told before them
        self._until: Until | None = None  # what has been given
        self._ahead = False  # more has, which no status has told yet
        self._given = asyncio.Event()  # set, and replaced, as that changes
        self._past = asyncio.Semaphore(PAST_MAX)
        self._threads = anyio.CapacityLimiter(PAST_MAX)
        self._stopping = False
        self.given_events = 0
        """Events given, of all readers together."""
        self.closed = Counter[str]({"slow": 0, "rights": 0})
        """Readers closed, by reason."""
        self.refused = 0
        """Readers too many."""

    def behind(self) -> list[int]:
        """Octets before each reader; from any thread."""
        return [reader.behind for readers in list(self._readers.values()) for reader in list(readers)]

    def heard(self, news: Sequence[News]) -> None:
        """Take what the hub hears."""
        for each in news:
            if isinstance(each, Batch):
                self._hold(each)
            elif isinstance(each, UnknownLoss | Restart):
                self._ahead = True
                self._give(held=True)
                self._tell(each)
            elif isinstance(each, Silent):
                self._give(held=True, sure=False)
                self._tell(each)
            else:
                self._events.append(each)
        if not self._held:
            self._give()

    def response(self, asked: StreamAsked) -> StreamingResponse:
        """The answer to a request; AskedError where there are as many readers as there can be."""
        return _Stream(self, asked)

    def stop(self) -> None:
        """End all streams."""
        self._stopping = True
        for readers in self._readers.values():
            for reader in readers:
                reader.close()
        self._given.set()

    def _hold(self, batch: Batch[Any]) -> None:
        held = _Held(batch)
        self._held.append(held)
        self._octets += octets_of(batch)
        if any(selection.wants(batch.topic) for selection in self._readers):
            held.octets()
        if batch.topic == STATUS:
            topics = {topic: each["sequence"] for topic, each in batch.records[-1]["topics"].items()}
            self._give(held=True)
            before, self._until = self._until, Until(batch.epoch, batch.records[-1]["time_ns"], topics)
            if before is None:
                self._place()
            self._ahead = False
            self._given.set()
            self._given = asyncio.Event()
        elif self._octets >= HELD_MAX:
            self._give(held=True, sure=False)

    def _place(self) -> None:
        """Give an id to who came before there was any, and may be cut off before the next record."""
        for reader in chain(*self._readers.values()):
            if reader.joined and reader.behind <= BEHIND_MAX:  # none is closed for the sake of an id
                reader.give([self._quiet()])

    def _tell(self, event: Event) -> None:
        self._events.append(event)
        self._give()

    def _give(self, *, held: bool = False, sure: bool = True) -> None:
        """Give events, and what is held; with ids where it is sure that nothing before it is missing."""
        batches: list[_Held] = []
        if held:
            batches, self._held, self._octets = self._held, [], 0
            self._ahead = self._ahead or bool(batches)
            batches.sort(key=lambda each: (each.batch.time_ns, each.batch.topic, each.batch.sequence))
        events, self._events = self._events, []
        for selection, readers in self._readers.items():
            joined = [reader for reader in readers if reader.joined]
            if joined:
                parts = list(_parts(selection, events, batches, sure=sure))
                chunks = list(_chunks(parts))
                self.given_events += len(parts) * sum([reader.give(chunks) for reader in joined])

    @contextmanager
    def reading(self, asked: StreamAsked) -> Iterator[_Reader]:
        """A reader, until the block ends."""
        selection = asked.selection
        if selection not in self._readers and len(self._readers) >= SELECTIONS_MAX:
            self.refused += 1
            raise AskedError("as many different streams as there can be: try again", 503)
        if sum(map(len, self._readers.values())) >= READERS_MAX:
            self.refused += 1
            raise AskedError("as many readers as there can be: try again", 503)
        reader = _Reader(asked, self.closed)
        reader.closed = self._stopping
        readers = self._readers.setdefault(selection, [])
        readers.append(reader)
        try:
            yield reader
        finally:
            readers.remove(reader)
            if not readers:
                del self._readers[selection]

    async def events(self, reader: _Reader, asked: StreamAsked) -> AsyncIterator[bytes]:
        """All that a reader gets, in writes."""
        yield HELLO
        if not asked.live and not asked.reading.rights.replay:
            yield event_of(Unreplayed("the key that this token is for may not ask for what was before"))
        elif not asked.live:
            async for chunk in self._before(reader, asked):
                yield chunk
        reader.joined = True
        if self._until is not None and reader.idle:
            yield self._quiet()
        async for chunk in reader.chunks(self._quiet):
            yield chunk

    def _quiet(self) -> bytes:
        """A comment, and how far it is: all of that was given."""
        return PING if self._until is None else PING + id_of(Place(self._until.epoch, self._until.time_ns))

    async def _before(self, reader: _Reader, asked: StreamAsked) -> AsyncIterator[bytes]:
        """What the log has, until that is all that was given."""
        taken = asyncio.ensure_future(self._past.acquire())
        try:
            async for ping in _pinged(taken):
                yield ping
            stopped = partial(self._is_over, reader)
            replay = _Replay(self._hub, reader.selection, stopped)
            while not stopped():
                until = self._until
                if until is None or replay.moved or self._ahead:
                    replay.moved = False
                    async for ping in _pinged(asyncio.ensure_future(self._given.wait())):
                        yield ping
                    continue
                steps = replay.steps(asked.begin(until.time_ns), until)
                try:
                    while (chunk := await run_sync(next, steps, None, limiter=self._threads)) is not None:
                        yield chunk
                finally:
                    steps.close()
                    self.given_events += replay.events
                    replay.events = 0
                if replay.ended:
                    return
                if until is self._until and not self._ahead and not replay.moved:
                    reader.joined = True  # before a word more, during which more may be given
                    yield event_of(Replayed(replay.messages))
                    return
                if not replay.moved:
                    asked = asked.after(Place(until.epoch, until.time_ns))
        finally:
            if not taken.cancel() and not taken.cancelled():
                self._past.release()

    def _is_over(self, reader: _Reader) -> bool:
        return self._stopping or not reader.holds()


class _Replay:
    """What one reader is given of the log."""

    def __init__(self, hub: Hub, selection: Selection, stopped: Callable[[], bool]) -> None:
        self._hub = hub
        self._selection = selection
        self._stopped = stopped
        self.messages = 0
        self.events = 0  # since they were counted
        self.moved = False  # the broker was restarted, and no status told that yet
        self.ended = False  # there is no more to be had

    def steps(self, had: Place, until: Until) -> Generator[bytes, None, None]:
        """Octets to write, now and then. Blocks."""
        try:
            with Log(self._hub.requests_at(), self._hub.key, self._stopped) as log:
                yield from _chunks(self._parts(log, had, until), every=PAST_STEP)
        except MovedError:
            self.moved = True
        except LogError as error:
            self.ended = True
            yield event_of(Unreplayed(str(error)))

    def _parts(self, log: Log, had: Place, until: Until) -> Iterator[bytes]:
        for each in log.after(had, until, self._selection.topics):
            if not isinstance(each, Batch):
                self.events += 1
                yield event_of(each)
                continue
            self.messages += 1
            for index, octets in enumerate(record_events(each)):
                if self._selection.where(each.records[index]) and not had.has(each, index):
                    self.events += 1
                    yield octets
            yield b""


class _Stream(StreamingResponse):
    """One answer; its reader is there as long as it is."""

    def __init__(self, streams: EventStreams, asked: StreamAsked) -> None:
        super().__init__(iter(()), 200, HEADERS, "text/event-stream")
        self._streams = streams
        self._asked = asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.reading(self._asked) as reader:
            self.body_iterator = self._streams.events(reader, self._asked)
            await super().__call__(scope, receive, send)


async def _pinged(awaited: asyncio.Future[Any]) -> AsyncIterator[bytes]:
    """A comment after each PING_S until something has come."""
    try:
        while not (await asyncio.wait([awaited], timeout=PING_S))[0]:
            yield PING
    finally:
        awaited.cancel()  # no more than a word where it has come


def _parts(
    selection: Selection, events: Sequence[Event], batches: Sequence[_Held], *, sure: bool
) -> Iterator[bytes]:
    for event in events:
        if selection.concerns(event):
            yield event_of(event)
    for held in batches:
        if selection.wants(held.batch.topic):
            for record, octets in zip(held.batch.records, held.octets(), strict=True):
                if selection.where(record):
                    yield octets if sure else octets.partition(b"\n")[2]


def _chunks(parts: Iterable[bytes], every: float = inf) -> Iterator[bytes]:
    """Put together to CHUNK octets, or of so many parts."""
    gathered: list[bytes] = []
    octets = 0
    for part in parts:
        gathered.append(part)
        octets += len(part)
        if octets >= CHUNK or len(gathered) >= every:
            yield b"".join(gathered)
            gathered, octets = [], 0
    if octets:
        yield b"".join(gathered)
