"""The producer's end where the ingress is a work queue of JetStream: a batch has arrived when it is stored.

A thread of its own has the connection. Each batch that it was handed is published until the server says that
it is stored, under one id (`SENSOR:EPOCH:SEQUENCE`), so that one whose answer was lost is stored once. What
has arrived is told in the form of a broker's answers, and only where that is news: who stores nothing is
silent, as a broker would be. A connection that is cut goes on by itself; what was under way is handed over
again by who keeps it.
"""

from __future__ import annotations

import asyncio
import json
import select
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgpack
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from nxcast.process.ending import reason
from nxcast.process.stop import Stop
from nxcast.schemas.curve import ClientKey
from nxcast.schemas.frames import FORMS
from nxcast.schemas.request_answers import encode_answer
from nxcast.transport.ends import ConnectionEvent
from nxcast.transport.nats.bell import Bell
from nxcast.transport.nats.jetstream_layout import WORK, body_of, work_subject
from nxcast.transport.nats.nats_connection import (
    UNKNOWN,
    Client,
    DeniedError,
    StreamError,
    connect,
    disconnect,
    text_of,
    unknown_at,
)
from nxcast.transport.nats.side_thread import SideThread, ended

__all__ = ["WorkProducer"]

UNDER_WAY_MAX = 64  # batches of which it is not known whether they are stored, and ...
UNDER_WAY_OCTETS = 8 << 20  # ... octets of them; where a sync takes 20 ms, 400 MB/s
STORED_S = 5.0  # seconds until a batch is sent again; harmless where it was only slow
RETRY_S = 0.25  # seconds from a refusal to the next try
AGAIN_S = 1.0  # seconds from one try to connect to the next


class _Batch(NamedTuple):
    sequence: int
    subject: str
    message_id: str
    body: bytes


class WorkProducer:
    """Sends to the servers at `endpoint`."""

    def __init__(self, endpoint: str, stop: Stop, key: ClientKey | None = None) -> None:
        self.accepted = False
        self.unknown: str | None = None
        self._endpoint = endpoint
        self._secret = None if key is None else key.secret
        self._stop = stop
        self._epoch = time.time_ns()  # as who answers
        self._connected = False
        self._asked: int | None = None  # id of the request under way
        self._told: int | None = None  # what was answered last
        self._denied = False
        self._put = self._octets_put = 0  # by this thread, the next by the other one
        self._done = self._octets_done = 0
        self._settled = 0  # all up to this number is stored
        self._highest = 0  # the highest number that is
        self._under_way: dict[int, asyncio.Task[None]] = {}  # the other thread's
        self._events: deque[ConnectionEvent] = deque()
        self._bell = Bell()
        self._client: Client | None = None
        self._thread = SideThread("nats-producer", "sends batches", self._bell.ring)
        self._thread.start(self._serve(), self._leave)

    def open_asker(self, endpoint: str) -> None:
        """Nothing: the same connection tells it."""

    def close_asker(self) -> None:
        """Nothing."""

    def reopen(self) -> None:
        """Let go of what was under way: who keeps it hands it over again."""
        asyncio.run_coroutine_threadsafe(self._let_go(), self._thread.loop).result()
        self._told = None

    def send(self, parts: Sequence[bytes]) -> bool:
        """Hand over a batch; false if there is no room."""
        if not self._room:
            return False
        _, head, payload = parts
        header = msgpack.unpackb(head)
        sensor, sequence = header["sensor"], header["sequence"]
        message_id = f"{sensor}:{header['epoch']}:{sequence}"
        batch = _Batch(sequence, work_subject(sensor), message_id, body_of(head, payload))
        self._put += 1
        self._octets_put += len(batch.body)
        self._thread.call(self._begin, batch)
        return True

    def ask(self, request: bytes) -> None:
        """What has arrived is asked."""
        self._asked = msgpack.unpackb(request)["id"]

    def answers(self) -> Iterator[list[bytes]]:
        """What has arrived since, or that this sensor may not send."""
        self._thread.check()
        if self._asked is None or not self._news:
            return
        number, self._asked, settled = self._asked, None, self._settled
        if self._denied:
            yield encode_answer(
                {"version": 1, "id": number, "epoch": self._epoch, "answer": "error", "error": "refused"}
            )
            return
        self._told = settled
        yield encode_answer(
            {
                "version": 1,
                "id": number,
                "epoch": self._epoch,
                "answer": "arrived",
                "error": None,
                "sequence": settled,
                "missing": [],
                "forms": [form.decode() for form in FORMS],
            }
        )

    def events(self) -> Iterator[ConnectionEvent]:
        """What has happened to the connection since."""
        while self._events:
            event = self._events.popleft()
            self._connected = event is ConnectionEvent.UP
            yield event

    def wait(self, timeout_ms: float, *, writable: bool) -> None:
        """Until there is room (if that is asked for), an answer, an event, a stop, or the time is over."""
        self._bell.hush()
        if self._events or (writable and self._room) or (self._asked is not None and self._news):
            return
        stop = [] if self._stop.requested else [self._stop.fileno()]
        select.select([self._bell.fileno(), *stop], [], [], timeout_ms / 1000)

    def see_out(self, *, patient: bool, linger_ms: int, beat: object) -> bool:  # noqa: ARG002
        """End; true, since what was sent was awaited before: it is told what is stored."""
        self.close()
        return True

    def close(self) -> None:
        """End at once; what waits is lost. Harmless if done already."""
        if self._thread.loop.is_closed():
            return
        self._thread.end()
        self._bell.close()

    @property
    def _news(self) -> bool:
        """Whether there is something to answer by."""
        news = self._denied or self._settled != self._told or self._put == self._done
        return self._connected and news

    @property
    def _room(self) -> bool:
        octets = self._octets_put - self._octets_done
        return self._connected and self._put - self._done < UNDER_WAY_MAX and octets < UNDER_WAY_OCTETS

    async def _serve(self) -> None:
        self._client = await self._come()
        self._tell(ConnectionEvent.UP)
        await self._thread.loop.create_future()  # until it is cancelled

    async def _leave(self) -> None:
        await self._let_go()
        if self._client is not None:
            await disconnect(self._client)

    async def _come(self) -> Client:
        """Connect, as often as it takes."""
        while True:
            try:
                return await connect(
                    self._endpoint,
                    "nxcast-produce",
                    self._failed,
                    lambda: self._tell(ConnectionEvent.DOWN),
                    lambda: self._tell(ConnectionEvent.UP),
                    secret=self._secret,
                )
            except StreamError as error:
                self.unknown = reason(error)
                if isinstance(error, DeniedError):
                    self._tell(ConnectionEvent.REFUSED)
            await asyncio.sleep(AGAIN_S)

    def _tell(self, event: ConnectionEvent) -> None:
        self.accepted = self.accepted or event is not ConnectionEvent.DOWN
        if event is ConnectionEvent.UP:
            self.unknown = None
        self._events.append(event)
        self._bell.ring()

    def _failed(self, error: Exception) -> None:
        """Something that no call tells of: the server knows us no more."""
        if UNKNOWN in text_of(error) and self._client is not None:
            self.unknown = unknown_at(self._endpoint)
            self._tell(ConnectionEvent.REFUSED)

    def _begin(self, batch: _Batch) -> None:
        self._under_way[batch.sequence] = asyncio.create_task(self._store(batch))

    async def _store(self, batch: _Batch) -> None:
        """Until it is stored."""
        while (why := await self._try(batch)) is not None:
            self.unknown = why
            await asyncio.sleep(STORED_S if self._denied else RETRY_S)
        self.unknown = None
        self._highest = max(self._highest, batch.sequence)
        self._gone(batch)

    async def _try(self, batch: _Batch) -> str | None:
        """Publish it; None where it is stored, else why not, as far as that is known."""
        if self._client is None:
            return "there is no connection"
        try:
            answer = await self._client.request(
                batch.subject, batch.body, timeout=STORED_S, headers={"Nats-Msg-Id": batch.message_id}
            )
            told: dict[str, Any] = json.loads(answer.data)
        except DeniedError as error:
            self._denied = True
            self._bell.ring()
            return reason(error)
        except NoRespondersError:
            return f"no stream there takes {batch.subject}: `nxcast-broker nats setup` makes it, if it is new"
        except (NatsError, OSError, ValueError) as error:
            return f"nothing is stored: {text_of(error)}"
        if "error" in told:
            return f"nothing is stored: {told['error'].get('description')} ({told['error'].get('err_code')})"
        return None if told.get("stream") == WORK else f"it is the stream {told.get('stream')} that answers"

    def _gone(self, batch: _Batch) -> None:
        del self._under_way[batch.sequence]
        self._settled = max(self._settled, min(self._under_way, default=self._highest + 1) - 1)
        self._denied = False
        self._octets_done += len(batch.body)
        self._done += 1
        self._bell.ring()

    async def _let_go(self) -> None:
        await ended(*self._under_way.values())
        self._under_way.clear()
        self._done, self._octets_done = self._put, self._octets_put
