"""The broker's end where several share a work queue: batches in, acknowledged when what they give is stored.

A thread of its own has the one connection. What a batch gives is stored as one atomic batch, often with what
others give, and then it is acknowledged. Where that is refused since a message of it is there already, all
of it was stored by another broker, or by this one in a try whose answer was lost: which, is looked at first.
Messages are numbered just before they are stored, so no number is used that is not in the stream. Not here:
what a batch gives, and how it is numbered.
"""

from __future__ import annotations

import asyncio
import base64
import json
import select
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, NamedTuple, Protocol

from nats.errors import Error as NatsError

from nxcast.transport.endpoints import EGRESS, shown
from nxcast.transport.ends import Cuts, Endpoints, Peer, Ready, Received, Said
from nxcast.transport.nats.atomic_batches import (
    BATCH_MESSAGES_MAX,
    BATCH_OCTETS_MAX,
    RETRY_S,
    STORED_S,
    Outcome,
    Storable,
)
from nxcast.transport.nats.bell import Bell
from nxcast.transport.nats.jetstream_layout import STREAM
from nxcast.transport.nats.jetstream_setup import check_work
from nxcast.transport.nats.nats_connection import ApiError, Client, StreamError, ask
from nxcast.transport.nats.side_thread import SideThread, ended
from nxcast.transport.nats.stream_end import StreamEnd
from nxcast.transport.nats.stream_publisher import Outgoing
from nxcast.transport.nats.work_pull import Work, WorkPull

__all__ = ["Numbers", "Result", "WorkEnd"]

NO_ID = 10070  # of JetStream's API: the message before has another id than it should; here: ours is not there
NO_MESSAGE = 10037  # none of that number


class Result(NamedTuple):
    """What a batch gave, to be numbered, and its ticket; None where it is of no batch."""

    messages: Sequence[Any]
    ticket: str | None


class Numbers(Protocol):
    """How messages are numbered; called by the end's thread alone."""

    def number(self, results: Sequence[Result]) -> list[Storable]:
        """Their messages, numbered from those that are kept on."""

    def keep(self) -> None:
        """What was numbered last is stored."""


class _Whose(Enum):
    MINE = "it was stored as it is, so its number is used"
    ANOTHERS = "it has another number, of another broker or of another time that it was given to this one"


class WorkEnd(StreamEnd):
    """Has the form of a BrokerEnd, with no socket, and that of a publisher as a log of a stream wants it.

    Connects when made, as a StreamEnd does; StreamError also where there is no queue that it can use.
    """

    short = False
    waits = 0
    full = False  # what waits to be stored is of batches that are held, and those are bounded
    stored = 0

    def __init__(
        self, endpoint: str, numbers: Numbers, secret: str | None = None, *, servers: bool = False
    ) -> None:
        self.endpoints = Endpoints(f"the work queue at {shown(endpoint)}", shown(endpoint), "no socket")
        self._numbers = numbers
        self._came: deque[Work] = deque()
        self._results: deque[Result] = deque()
        self._stopping = False
        self._bell = Bell()
        self._pull = WorkPull(self._take)
        thread = SideThread("nats-broker", "takes and stores", self._bell.ring)
        try:
            super().__init__(endpoint, secret, thread, servers=servers)
        except StreamError:
            self._bell.close()
            raise

    @property
    def stalled(self) -> str | None:
        """Why nothing is stored, or taken; None while it is."""
        return self._batches.stalled or self._pull.denied

    @property
    def work_waits(self) -> bool:
        """Whether there is a batch to be taken."""
        return bool(self._came) or self._thread.bug is not None

    def take(self) -> Work | None:
        """The next batch, if there is one; its result has to be put."""
        self._thread.check()
        return self._came.popleft() if self._came else None

    def put(self, messages: Sequence[Outgoing]) -> int:  # noqa: ARG002
        """Not to be called: nothing is stored here that has a number already."""
        raise AssertionError("what a batch of a work queue gave is stored by finish()")

    def finish(self, result: Result) -> None:
        """What a batch gave: it is stored, and then the batch is acknowledged."""
        self._results.append(result)
        self._awaken()

    def wait(self, timeout_ms: int, *, messages: bool = True) -> set[Ready]:
        """Until something is there, or the time is over; without `messages` batches wait."""
        self._bell.hush()
        if not (self._stopping or (messages and self.work_waits)):
            select.select([self._bell], [], [], timeout_ms / 1000)
        ready = {Ready.MESSAGE} if messages and self.work_waits else set()
        return ready | ({Ready.STOP} if self._stopping else set())

    def stop(self) -> None:
        """Make `wait` find a stop; may be called from a signal handler or another thread."""
        self._stopping = True
        self._bell.ring()

    def close(self) -> int:
        """End, once what was put is stored or has had its time; how many results were not."""
        if self._thread.loop.is_closed():
            return 0
        self._end()
        self._bell.close()
        return len(self._results)

    def message(self) -> Received | None:
        """None: batches are taken by `take`."""

    def message_waits(self, timeout_ms: int) -> bool:  # noqa: ARG002
        """Whether one is here."""
        return self.work_waits

    def subscription(self) -> Said | None:
        """None: who subscribes says so to the server."""

    def open_egress(self, name: str, endpoint: str) -> str:  # noqa: ARG002
        """Not to be called: there are no keys."""
        raise AssertionError("the servers of a work queue say who comes in: no socket is opened for keys")

    def close_egress(self, name: str) -> None:
        """Nothing."""

    def publish(self, message: Sequence[bytes], sockets: Sequence[str] = (EGRESS,)) -> None:
        """Nothing: what is stored is published."""

    def request(self) -> Received | None:
        """None: nobody asks."""

    def answer(self, parts: Sequence[bytes]) -> None:
        """Nothing."""

    def knock(self) -> list[bytes] | None:
        """None: the server says who comes in."""

    def admit(self, reply: Sequence[bytes]) -> None:
        """Nothing."""

    def cut(self, name: str, whose: Callable[[str], bool]) -> None:
        """Nothing."""

    def cut_sender(self, sender: str) -> None:
        """Nothing."""

    def heard(self, name: str) -> set[str]:  # noqa: ARG002
        """Nobody."""
        return set()

    def cuts(self, other_octets: int = 0) -> Cuts:  # noqa: ARG002
        """Nobody was."""
        return Counter()

    def connections(self) -> dict[str, int]:
        """None of ours."""
        return {}

    def peers(self) -> list[Peer]:
        """Nobody."""
        return []

    async def _check(self, client: Client) -> None:
        await super()._check(client)
        self._taken_s = await check_work(client, self._endpoint)

    def _cut(self) -> None:
        super()._cut()
        self._pull.cut()

    def _failed(self, error: Exception) -> None:
        self._pull.failed(error)

    def _take(self, work: Work) -> None:
        self._came.append(work)
        self._bell.ring()

    async def _serve(self) -> None:
        beside = [
            asyncio.create_task(each)
            for each in (
                self._pull.run(self._client),
                self._pull.say(self._client, self._taken_s),
                self._look(),
            )
        ]
        storing = asyncio.create_task(self._store_all())
        await asyncio.wait([storing, *beside], return_when=asyncio.FIRST_COMPLETED)
        self._batches.ending_s = self._batches.ending_s or time.monotonic()
        await self._pull.give_back(self._client)
        await ended(storing, *beside)

    async def _store_all(self) -> None:
        while await self._awaited(self._results):
            results = self._next()
            if not await self._store(results):
                return
            for _ in results:
                self._results.popleft()

    def _next(self) -> list[Result]:
        """What is stored next: as much as one batch takes, and the first in any case."""
        results: list[Result] = []
        messages = octets = 0
        for result in list(self._results):
            messages += len(result.messages)
            octets += sum(each.octets for each in result.messages)
            if results and (messages > BATCH_MESSAGES_MAX or octets > BATCH_OCTETS_MAX):
                break
            results.append(result)
        return results

    async def _store(self, results: Sequence[Result]) -> bool:
        """Until all of them are stored, by whomever, and their batches acknowledged; false at the end."""
        while True:
            batch = self._numbers.number(results)
            outcome = await self._batches.store(self._client, batch) if batch else Outcome.STORED
            if outcome is Outcome.ENDED:
                return False
            if outcome is Outcome.THERE and len(results) > 1:
                return await self._store_each(results)
            whose = _Whose.MINE if outcome is Outcome.STORED else await self._whose(batch[0])
            if isinstance(whose, _Whose):
                break
            if self._batches.failed(whose):
                return False
            await asyncio.sleep(RETRY_S)
        self._batches.went_well()
        if whose is _Whose.MINE:
            self._numbers.keep()
        for ticket in filter(None, (result.ticket for result in results)):
            await self._pull.done(self._client, ticket)
        return True

    async def _store_each(self, results: Sequence[Result]) -> bool:
        """The same, one after the other."""
        for result in results:
            if not await self._store([result]):
                return False
        return True

    async def _whose(self, message: Storable) -> _Whose | Exception | str:
        """Who has stored the message with this id, with the number that it has here, or with another.

        It is sent so that it would be refused if its id were new, and nothing is stored by it: the answer has
        the number of the one that is there. Why that is not known, where it is not: one that is there and
        can't be read yet may still be lost with the leader that has it, and so it is sent again.
        """
        headers = {**message.headers, "Nats-Expected-Last-Msg-Id": "none"}
        try:
            answer = await self._client.request(message.subject, b"", timeout=STORED_S, headers=headers)
            told = json.loads(answer.data)
            if told.get("error", {}).get("err_code") == NO_ID:
                return _Whose.ANOTHERS  # it is another message of the batch that is there, so it is not ours
            if not told.get("duplicate"):
                return f"{message.headers['Nats-Msg-Id']} is said to be there, and is not"
            found = await ask(self._client, f"STREAM.MSG.GET.{STREAM}", {"seq": told["seq"]})
        except ApiError as error:
            gone = error.code == NO_MESSAGE and await self._was(told["seq"])
            return _Whose.MINE if gone else str(error)  # rather a number left out than one used twice
        except (NatsError, OSError, StreamError) as error:
            return error
        mine = base64.b64decode(found["message"].get("data", "")) == message.body
        return _Whose.MINE if mine else _Whose.ANOTHERS

    async def _was(self, number: int) -> bool:
        """Whether the stream has come to this number."""
        with suppress(ApiError, StreamError):
            info = await ask(self._client, f"STREAM.INFO.{STREAM}")
            return 0 < number <= int(info["state"]["last_seq"])
        return False
