"""Messages stored as one, all of them or none, and sent again until it is known which.

An atomic batch (ADR-50) of which it is not known whether it was stored is sent again, and refused where it
was: each message has an id. So a new leader, a restart of the server or a cut connection lose nothing and
double nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple

from nats.errors import Error as NatsError
from nats.nuid import NUID

from nxcast.transport.endpoints import shown
from nxcast.transport.nats.nats_connection import Client, DeniedError, text_of

__all__ = ["BATCH_MESSAGES_MAX", "BATCH_OCTETS_MAX", "AtomicBatches", "Outcome", "Storable"]

BATCH_MESSAGES_MAX = 500  # messages of an atomic batch; the server takes 1,000
BATCH_OCTETS_MAX = 4 << 20  # octets of one: where a sync takes 20 ms, 200 MB/s are stored
STORED_S = 5.0  # seconds until a batch is sent again; harmless where it was only slow
RETRY_S = 0.25  # seconds from a refusal to the next try
DENIED_S = 5.0  # the same where it is for want of a right
STALLED_S = 2.0  # seconds of trying after which it is told that nothing is stored
DUPLICATE = 10201  # 'contains duplicate message id': one of them at least was stored before


class Storable(NamedTuple):
    """A message as it is published."""

    subject: str
    headers: dict[str, str]
    body: bytes


class Outcome(Enum):
    """What became of a batch."""

    STORED = "it is stored"
    THERE = "one of its messages, at least, is there already, and nothing of it was stored now"
    ENDED = "the end came before it was stored"


class AtomicBatches:
    """Stores one batch at a time; `stalled` says why nothing is stored, None while it is.

    A denial is told at once, since it does not pass, and other reasons when they last.
    """

    def __init__(self, endpoint: str) -> None:
        self.stalled: str | None = None
        self.ending_s: float | None = None  # when trying ends, by time.monotonic
        self._endpoint = endpoint
        self._batch_ids = NUID()
        self._failing_s: float | None = None  # since when
        self._trying: asyncio.Task[Outcome | Exception | str] | None = None

    def cut(self) -> None:
        """The connection ended, and with it the answer that is awaited."""
        if self._trying is not None:
            self._trying.cancel()

    async def store(self, client: Client, batch: Sequence[Storable]) -> Outcome:
        """Until it is known what became of it."""
        while True:
            self._trying = asyncio.get_running_loop().create_task(self._try(client, batch))
            outcome: Outcome | Exception | str
            try:
                outcome = await self._trying
            except asyncio.CancelledError:
                outcome = "the connection was cut"
            if outcome is Outcome.STORED:
                self.went_well()
            if isinstance(outcome, Outcome):
                return outcome
            if self.failed(outcome):
                return Outcome.ENDED
            await asyncio.sleep(DENIED_S if isinstance(outcome, DeniedError) else RETRY_S)

    def failed(self, why: Exception | str) -> bool:
        """A try did not do it; whether trying has to end."""
        now_s = time.monotonic()
        if self._failing_s is None:
            self._failing_s = now_s
        text = why if isinstance(why, str) else text_of(why).removeprefix(f"{shown(self._endpoint)} ")
        if now_s - self._failing_s >= STALLED_S or isinstance(why, DeniedError):
            self.stalled = f"{shown(self._endpoint)} stores nothing: {text}"
        return self.ending_s is not None and now_s >= self.ending_s

    def went_well(self) -> None:
        """A try did it."""
        self.stalled = self._failing_s = None

    async def _try(self, client: Client, batch: Sequence[Storable]) -> Outcome | Exception | str:
        """Send it once; else why it is not stored, as far as that is known."""
        if not client.is_connected:
            return "there is no connection"
        client.denial = None
        until_s = time.monotonic() + STORED_S
        batch_id = self._batch_ids.next().decode()
        *others, last = enumerate(batch, 1)
        try:
            for at, each in others:
                if time.monotonic() >= until_s:
                    return "the server takes nothing"
                await client.publish(each.subject, each.body, headers=_headers(each, batch_id, at))
            at, each = last
            answer = await client.request(
                each.subject,
                each.body,
                timeout=STORED_S,
                headers={**_headers(each, batch_id, at), "Nats-Batch-Commit": "1"},
            )
        except (NatsError, OSError, DeniedError) as error:
            return error
        refusal: dict[str, Any] | None = json.loads(answer.data).get("error")
        if refusal is None:
            return Outcome.STORED
        if refusal.get("err_code") == DUPLICATE:
            return Outcome.THERE
        denial = client.denial or ""
        if any(each.subject.lower() in denial for each in batch):
            return DeniedError(denial)
        return f"{refusal.get('description')} ({refusal.get('err_code')})"


def _headers(each: Storable, batch_id: str, at: int) -> dict[str, str]:
    return {**each.headers, "Nats-Batch-Id": batch_id, "Nats-Batch-Sequence": str(at)}
