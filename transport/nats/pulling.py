"""Requests for the messages of a consumer: one at a time, so that no more comes than was asked for.

The server tells where one is over that it did not fill in time, and also where it did (409, Batch Completed)
or would have gone beyond the octets that were asked for, after the last message. The next one may be under
way by then, so each has a reply subject of its own, and what is told of an earlier one is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError

from nxcast.schemas.units import SECOND_NS
from nxcast.transport.nats.nats_connection import Client

__all__ = ["LATE_S", "PULL_S", "Pulling"]

PULL_S = 2.0  # seconds after which the server ends a request that is not filled
LATE_S = 5.0  # seconds more, after which nothing more of it comes
_OVER = ("batch completed", "message size exceeds maxbytes")  # 409, lower case: it was filled


class Pulling:
    """Of the consumer `name` of `stream`; to be opened, and closed."""

    def __init__(self, client: Client, stream: str, name: str) -> None:
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}"
        self._inbox = client.new_inbox()
        self._asked = 0

    async def open(self) -> None:
        """Listen for what comes."""
        self._subscription: Any = await self._client.subscribe(f"{self._inbox}.*")

    async def close(self) -> None:
        """No more comes."""
        if self._client.is_connected:
            with suppress(NatsError):
                await self._subscription.unsubscribe()

    async def ask(self, messages: int, octets: int) -> None:
        """Ask for so many; what was asked for before has to be taken."""
        self._asked += 1
        request = {"batch": messages, "max_bytes": octets, "expires": int(PULL_S * SECOND_NS)}
        await self._client.publish(self._subject, json.dumps(request).encode(), reply=self._reply)
        self._left = messages

    async def take(self, took: Callable[[Msg], None]) -> str | None:
        """Call `took` with each message, until that is over; if for another reason than it should, why."""
        while self._left:
            try:
                message: Msg = await self._subscription.next_msg(PULL_S + LATE_S)
            except NatsTimeoutError:
                return "there is no answer"
            if message.headers and "Status" in message.headers and not message.reply.startswith("$JS.ACK."):
                if message.subject == self._reply:
                    return _why(message.headers)
                continue
            self._left -= 1
            took(message)
        return None

    @property
    def _reply(self) -> str:
        return f"{self._inbox}.{self._asked}"


def _why(headers: dict[str, str]) -> str | None:
    status, text = headers["Status"], headers.get("Description", "")
    over = status in ("404", "408") or (status == "409" and text.lower() in _OVER)
    return None if over else f"{text} ({status})"
