"""Connections of uvicorn's that end: what one who only connects, or never reads, can hold, and for how long.

Uvicorn has no limit on how long a client may take to ask or to read; here each has one. So a client costs at
most OUTGOING_MAX octets in this process, and gives them back.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["CONNECTIONS_MAX", "Connection"]

CONNECTIONS_MAX = 256  # at once; 256 x (64 KiB of a request + 64 KiB of an answer) = 32 MiB
OUTGOING_MAX = 64 << 10  # octets that wait for a client before its answer pauses, and one piece on top
ASK_S = 10.0  # seconds from connecting, or from the last answer, to a whole request
READ_S = 20.0  # seconds that an answer may wait for a client to take 48 KiB of what is there
END_S = 0.5  # seconds that an answer has to end, and a client to read its end, once the server stops


class Connection(H11Protocol):
    """One client; cut off when it takes too long."""

    _overdue: asyncio.TimerHandle | None = None
    _stopping = False

    def connection_made(self, transport: Any) -> None:
        """Begin; where there are too many another ends: strangers who hold theirs lock nobody out."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=OUTGOING_MAX)
        ours = (each for each in self.connections if isinstance(each, Connection))
        there = [each for each in ours if not each.transport.is_closing()]
        if len(there) > CONNECTIONS_MAX:
            others = (each for each in there if each is not self and each._overdue is not None)
            min(others, key=Connection._patience, default=self).transport.abort()
        self._expect(ASK_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._overdue is not None:
            self._overdue.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take octets; the time for a request ends once it is whole."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:  # octets of its body gain no time
            self._expect(self._limit())

    def on_response_complete(self) -> None:
        """Expect that the rest is read and the next request comes, if it was not there already."""
        super().on_response_complete()
        self._expect(self._limit())

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for a while: `_expect` sees to it, also where the answer is not read."""

    def pause_writing(self) -> None:
        """The client does not read as fast as is answered."""
        super().pause_writing()
        self._expect(self._limit())

    def resume_writing(self) -> None:
        """It has read; the whole answer, if that was its end."""
        super().resume_writing()
        self._expect(self._limit())

    def shutdown(self) -> None:
        """The server stops, whatever clients do."""
        self._expect(END_S)
        self._stopping = True
        super().shutdown()

    def _patience(self) -> tuple[bool, float]:
        """The least goes: who has asked for nothing for longest, and then who reads nothing."""
        assert self._overdue is not None  # noqa: S101
        return self._limit() != ASK_S, self._overdue.when()

    def _limit(self) -> float | None:
        """Seconds that the client has for what is its turn to do; None while it is ours."""
        if self.cycle is None or self.cycle.response_complete or self.transport.is_closing():
            return ASK_S
        return READ_S if self.flow.write_paused else None

    def _expect(self, within_s: float | None) -> None:
        """Cut the connection off unless something is expected anew within so many seconds."""
        if self._stopping:
            return
        if self._overdue is not None:
            self._overdue.cancel()
        self._overdue = None if within_s is None else self.loop.call_later(within_s, self.transport.abort)
