"""Requests for the messages of a consumer: one at a time, whatever the server tells of those before."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

pytest.importorskip("nats")

from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError

from nxcast.transport.nats.pulling import Pulling


class Server:
    """A client whose server answers request after request with what it was made with."""

    is_connected = True

    def __init__(self, *answers: list[bytes | tuple[str, str]]) -> None:
        self.asked: list[dict[str, Any]] = []
        self._answers = list(answers)
        self._waiting: list[Msg] = []
        self._replies: list[str] = []

    def new_inbox(self) -> str:
        return "_INBOX.a"

    async def subscribe(self, subject: str) -> Server:
        assert subject == "_INBOX.a.*"
        return self

    async def unsubscribe(self) -> None:
        self._waiting = []

    async def publish(self, subject: str, body: bytes, *, reply: str) -> None:
        assert subject == "$JS.API.CONSUMER.MSG.NEXT.some.taker"
        self.asked.append(json.loads(body))
        self._replies.append(reply)
        for each in self._answers.pop(0):
            if isinstance(each, bytes):
                self._put("some.subject", each, {}, "$JS.ACK.some")
            else:
                status, text = each
                reply = self._replies[-2] if text.startswith("before: ") else self._replies[-1]
                self._put(reply, b"", {"Status": status, "Description": text.removeprefix("before: ")}, "")

    async def next_msg(self, timeout: float) -> Msg:  # noqa: ARG002
        if not self._waiting:
            raise NatsTimeoutError
        return self._waiting.pop(0)

    def _put(self, subject: str, body: bytes, headers: dict[str, str], reply: str) -> None:
        self._waiting.append(Msg(self, subject, reply, body, headers))  # type: ignore[arg-type]


def _pulled(server: Server, requests: int) -> tuple[list[bytes], list[str | None]]:
    """What came by so many requests for two messages each, and how each ended."""

    async def run() -> tuple[list[bytes], list[str | None]]:
        pulling = Pulling(server, "some", "taker")  # type: ignore[arg-type]
        await pulling.open()
        taken: list[Msg] = []
        ends = []
        for _ in range(requests):
            await pulling.ask(2, 1000)
            ends.append(await pulling.take(taken.append))
        await pulling.close()
        return [message.data for message in taken], ends

    return asyncio.run(run())


def test_what_is_told_of_an_earlier_request_ends_no_later_one() -> None:
    server = Server(
        [b"1", b"2"], [("409", "before: Batch Completed"), b"3", b"4"], [("408", "Request Timeout")]
    )
    assert _pulled(server, 3) == ([b"1", b"2", b"3", b"4"], [None, None, None])
    assert server.asked == [{"batch": 2, "max_bytes": 1000, "expires": 2_000_000_000}] * 3


@pytest.mark.parametrize(
    "told",
    [
        ("404", "No Messages"),
        ("408", "Request Timeout"),
        ("409", "Batch Completed"),
        ("409", "Message Size Exceeds MaxBytes"),
    ],
    ids=lambda told: told[1],
)
def test_one_that_is_over_as_it_should_be_is_made_anew_at_once(told: tuple[str, str]) -> None:
    assert _pulled(Server([b"1", told], [b"2", b"3"]), 2) == ([b"1", b"2", b"3"], [None, None])


def test_what_ends_one_otherwise_is_said() -> None:
    server = Server([b"1", ("409", "Consumer Deleted")], [b"2"])
    assert _pulled(server, 2) == ([b"1", b"2"], ["Consumer Deleted (409)", "there is no answer"])
