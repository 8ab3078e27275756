"""Lines sent as they are found, for as long as finding them costs no more than it may.

Lines come from a generator that says None where it has looked at something and found nothing. It is run in
slices of SLICE_S in a few threads, so that a query that reads all delays others by slices only, and is over
when it has had WORK_S of a core, or has lasted for LAST_S with a client that reads slowly: then its `Work`
says so, and the generator writes its own end. So it does when the server stops.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from time import monotonic, thread_time

import anyio
from anyio.to_thread import run_sync
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from nxcast.consumers.serve.asked import AskedError
from nxcast.consumers.show.console import CommandError

__all__ = ["HEADERS", "JSON_LINES", "OVER", "Answers", "Limited", "Lines", "Work"]

JSON_LINES = "application/x-ndjson"
WORK_S = 20.0  # seconds of CPU time a query: some four million rows looked at
LAST_S = 600.0  # seconds that an answer may take in all
SLICE_S = 0.02  # seconds of CPU time in one go
SLICE_OCTETS = 64 << 10  # of lines in one go, and one line on top
STEPS = 64  # lines or rows between two looks at the time; 64 x 10 us
QUERIES_MAX = 32  # answers at once; what each may hold stands in docs/memory.md
THREADS = 4
FULL = "as many queries as there can be: try again"
OVER = "the query was ended: it read more than a query may; ask for less"

Lines = Generator[bytes | None, None, None]
"""Lines with their ends, and None for each row looked at in vain."""

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Limited(Exception):  # noqa: N818 - an answer that is not whole is no error
    """There is more, or there may be; its text is for the client."""


class Work:
    """What a query has cost, of those that `answers` makes."""

    def __init__(self, answers: Answers) -> None:
        self.spent_s = 0.0  # of CPU time
        self._begun = monotonic()
        self._answers = answers

    def check(self) -> None:
        """Raise Limited where a query has had all that it may have, CommandError where the server stops."""
        if self._answers.stopping:
            raise CommandError("the server was stopped")
        if self.spent_s >= WORK_S or monotonic() - self._begun >= LAST_S:
            raise Limited(OVER)


class Answers:
    """Makes answers, so many at once, until it is told to stop."""

    def __init__(self) -> None:
        self.open = 0
        """Under way."""
        self.stopping = False
        self.threads = anyio.CapacityLimiter(THREADS)

    def stream(self, lines: Lines, work: Work, media_type: str = JSON_LINES) -> StreamingResponse:
        """An answer of these lines."""
        return _Answer(self, lines, work, media_type)

    async def collect(self, lines: Lines, work: Work) -> bytes:
        """All lines at once, for an answer that bounds itself."""
        with self.place():
            return b"".join([part async for part in _slices(self, lines, work)])

    @contextmanager
    def place(self) -> Iterator[None]:
        """Be one of QUERIES_MAX; AskedError where there are as many."""
        if self.open >= QUERIES_MAX:
            raise AskedError(FULL, 503)
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


class _Answer(StreamingResponse):
    def __init__(self, answers: Answers, lines: Lines, work: Work, media_type: str) -> None:
        super().__init__(_slices(answers, lines, work), 200, HEADERS, media_type)
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._answers.place():
            await super().__call__(scope, receive, send)


async def _slices(answers: Answers, lines: Lines, work: Work) -> AsyncIterator[bytes]:
    ended = False
    while not ended:
        part, ended = await run_sync(_slice, lines, work, limiter=answers.threads)
        if part:
            yield part


def _slice(lines: Lines, work: Work) -> tuple[bytes, bool]:
    """The next lines, and whether they were the last."""
    begun = thread_time()
    parts: list[bytes] = []
    octets = 0
    ended = True
    for step, line in enumerate(lines, 1):
        if line is not None:
            parts.append(line)
            octets += len(line)
        if octets >= SLICE_OCTETS or (step % STEPS == 0 and thread_time() - begun >= SLICE_S):
            ended = False
            break
    work.spent_s += thread_time() - begun
    return b"".join(parts), ended
