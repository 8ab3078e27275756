"""Findings posted to a URL, by a thread of its own: who asks the question never waits for who is told.

A POST has a JSON array of up to `BATCH` objects (`forms`), one connection each, in order. What fails for now
(no connection, 5xx, 408, 425, 429, no answer in time) is tried again; what fails for good (other answers,
redirects, which are never followed) is not. What is given up, or finds no room, is counted and told. https is
verified; a proxy of the environment is not used. Of the URL only scheme, host and port are ever shown: user,
path and query of webhooks are secrets.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from typing import Any

from nxcast import __version__
from nxcast.consumers.questions.loop.webhook_target import Target
from nxcast.consumers.show.console import plural, say
from nxcast.consumers.show.json_lines import json_line
from nxcast.process.ending import reason

__all__ = ["Webhook"]

BATCH = 100  # objects of a POST
BATCH_OCTETS = 1 << 20  # of a POST, one object more at most
QUEUE_OCTETS = 16 << 20  # that wait, about 16,000 findings: a twelfth of a consumer's 200 MB
ATTEMPTS = 10  # of a POST: 1 + 2 + 4 ... + 60 s between them, four minutes in all
BACKOFF_S = 1.0  # seconds after the first failure, doubled by each further one
BACKOFF_MAX_S = 60.0
CONNECT_S = 10.0  # seconds for a connection, and for each wait on it
ATTEMPT_S = 20.0  # seconds from the connection to its answer's status, however it drips
STOP_S = 5.0  # seconds that a stop waits for what is queued, then it is given up
CUT_S = 1.0  # seconds for the thread to end once its connection has
AGAIN = frozenset(
    (408, 425, 429)
)  # and all from 500 on: RFC 9110 section 15.5.9, RFC 8470, RFC 6585 section 4


class _GivenUpError(Exception):
    """The answer is final, and no success."""


class Webhook:
    """Posts to a target what it is given, until it is closed.

    `pause(seconds)` waits between attempts and returns early with true where a stop is due; tests give one.
    """

    def __init__(self, target: Target, pause: Callable[[float], bool] | None = None) -> None:
        self.posted = 0  # objects that were taken
        self.lost = 0  # objects that were not
        self._target = target
        self._queue: deque[str] = deque()
        self._octets = 0  # of those, and of what is being posted
        self._posting = 0  # objects
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._closed = threading.Event()  # a stop waits no longer
        self._pause = pause or self._stopping.wait
        self._connection: HTTPConnection | None = None
        self._failing = self._full = False
        self._tls = ssl.create_default_context() if target.scheme == "https" else None
        if self._tls is None and not target.is_loopback:
            say(f"webhook {target}: findings go in clear text; use https://", level=logging.WARNING)
        # Daemon: the name service may hold it longer than a stop may take.
        self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
        self._thread.start()

    def take(self, objects: Sequence[Mapping[str, Any]]) -> None:
        """Queue objects; those for which there is no room are lost, and that is told. Never waits."""
        with self._changed:
            for each in objects:
                line = json_line(each)
                if self._octets + len(line) > QUEUE_OCTETS:
                    self.lost += 1
                    if not self._full:
                        say(
                            f"webhook {self._target}: the queue is full, findings are lost",
                            level=logging.WARNING,
                        )
                    self._full = True
                    continue
                self._full = False
                self._queue.append(line)
                self._octets += len(line)
            self._changed.notify()

    def close(self) -> None:
        """Post what is queued for `STOP_S` at most, then give it up; says how many were posted and lost."""
        until = monotonic() + STOP_S
        self._stopping.set()
        with self._changed:
            self._changed.notify()
        try:
            self._thread.join(max(until - monotonic(), 0))
        finally:
            self._closed.set()
            self._cut()
            with self._changed:
                self.lost += len(self._queue)
                self._queue.clear()
            self._thread.join(CUT_S)
            self._tell_end()

    def _tell_end(self) -> None:
        with self._changed:
            posted, lost = self.posted, self.lost + self._posting  # which the name service holds
        level = logging.WARNING if lost else logging.INFO
        told = f"webhook {self._target}: {plural(posted, 'object')} posted, {lost:,} lost"
        say(told, level=level, event="webhook", posted=posted, lost=lost)

    def _run(self) -> None:
        while batch := self._next():
            taken = self._deliver(batch)
            with self._changed:
                self._octets -= sum(map(len, batch))
                self._posting = 0
                if taken:
                    self.posted += len(batch)
                else:
                    self.lost += len(batch)

    def _next(self) -> list[str]:
        """What is posted next; nothing at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stopping.is_set())
            batch: list[str] = []
            octets = 0
            while self._queue and len(batch) < BATCH and octets < BATCH_OCTETS:
                batch.append(self._queue.popleft())
                octets += len(batch[-1])
            self._posting = len(batch)
            return batch

    def _deliver(self, batch: Sequence[str]) -> bool:
        """Whether it was taken in the end."""
        body = f"[{','.join(batch)}]".encode("ascii")
        for attempt in range(ATTEMPTS):
            try:
                self._post(body)
            except _GivenUpError as error:
                self._tell_failure(f"{error}; {plural(len(batch), 'finding')} lost", always=True)
                return False
            except (OSError, HTTPException, ValueError) as error:
                wait_s = min(BACKOFF_S * 2**attempt, BACKOFF_MAX_S)
                self._tell_failure(f"{_reason(error)}; trying again")
                if attempt + 1 < ATTEMPTS and not self._pause(wait_s):
                    continue
                self._tell_failure(f"{_reason(error)}; {plural(len(batch), 'finding')} lost", always=True)
                return False
            if self._failing:
                say(f"webhook {self._target}: works again")
            self._failing = False
            return True
        return False

    def _post(self, body: bytes) -> None:
        """One attempt."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"nxcast/{__version__}",
            "Connection": "close",
        }
        if self._target.user:
            headers["Authorization"] = self._target.user
        connection = self._connection = self._new_connection()
        limit = threading.Timer(ATTEMPT_S, self._cut)
        limit.daemon = True
        try:
            connection.connect()
            limit.start()
            if self._closed.is_set():
                raise OSError("stopped")
            connection.request("POST", self._target.path, body, headers)
            status = connection.getresponse().status
        finally:
            limit.cancel()
            self._connection = None
            connection.close()
        if 200 <= status < 300:
            return
        if status in AGAIN or status >= 500:
            raise HTTPException(f"HTTP status {status}")
        hint = (
            ", and redirects are not followed: give the URL that it leads to" if 300 <= status < 400 else ""
        )
        raise _GivenUpError(f"HTTP status {status}{hint}")

    def _new_connection(self) -> HTTPConnection:
        host, port = self._target.host, self._target.port
        if self._tls is None:
            return HTTPConnection(host, port, timeout=CONNECT_S)
        return HTTPSConnection(host, port, timeout=CONNECT_S, context=self._tls)

    def _cut(self) -> None:
        """End the connection that there is, so that whoever waits on it goes on."""
        connection = self._connection
        sock = None if connection is None else connection.sock
        if sock is not None:
            with suppress(OSError):
                # Not the TLS socket's own, which takes its state away from the thread that reads it.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _tell_failure(self, what: str, *, always: bool = False) -> None:
        if always or not self._failing:
            say(f"webhook {self._target}: {what}", level=logging.WARNING, event="webhook")
        self._failing = True


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return reason(error) if isinstance(error, OSError) else str(error) or type(error).__name__
