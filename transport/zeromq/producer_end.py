"""The producer's end: PUSH for the batches, DEALER to ask what has arrived.

Nothing here waits but `wait` and `see_out`, and a stop ends each.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from enum import Enum

import zmq
from zmq.utils.monitor import parse_monitor_message

from nxcast.process.stop import Stop
from nxcast.schemas.curve import CURVE_OVERHEAD, ClientKey
from nxcast.schemas.requests import ANSWER_HEADER_MAX
from nxcast.transport.addresses import AddressError, over_ipv6
from nxcast.transport.zeromq.socket_options import KEEPALIVE, RECONNECTING, set_client_key, set_options

__all__ = ["HIGH_WATER_MARK", "TURN_S", "Connection", "News"]

# Batches that may wait in ZeroMQ, copies of those kept: at most 16 x (256 KiB + 128 KiB) = 6 MiB.
HIGH_WATER_MARK = 16
SEND_BUFFER = 256 << 10  # octets that the kernel may hold; Linux doubles it
ANSWERS_WAITING = 4  # answers, and requests, that wait in this process: 4 x 1 MiB at worst, 4 x 2 KiB usually
CLOSE_MARGIN_MS = 100  # ZeroMQ gets so much more: a socket that ends before has not run out of time
TURN_S = 1.0  # the longest that any loop here waits: it shows so that it still turns

_EVENTS = (
    zmq.EVENT_CONNECTED
    | zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_DISCONNECTED
    | zmq.EVENT_MONITOR_STOPPED
)
# Contexts whose sockets still held something when a stop came. Ending one would wait for a broker, and so
# would its finalizer: they stay until the process ends.
_abandoned: list[zmq.Context[zmq.Socket[bytes]]] = []


class News(Enum):
    """What became of a connection."""

    UP = "a broker is there"
    DOWN = "it went away"
    REFUSED = "it does not know our key"


class Connection:
    """To a broker's ingress and, after `open_asker`, to where it tells what has arrived.

    `connected`: whether a broker is there, as far as `news` has told. `accepted`: whether something accepted
    a connection, a broker or not. Raises AddressError where an endpoint can't be used.
    """

    def __init__(self, endpoint: str, stop: Stop, key: ClientKey | None = None) -> None:
        self.connected = self.accepted = False
        self._endpoint = endpoint
        self._key = key
        self._stop = stop
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._asker: zmq.Socket[bytes] | None = None
        self._gone = False  # the socket has ended, and all that waited in it had left
        self._monitors = 0
        self._over_ipv6: dict[str, bool] = {}
        self._open()

    def open_asker(self, endpoint: str) -> None:
        """Connect anew to where questions go."""
        self.close_asker()
        self._asker = self._context.socket(zmq.DEALER)
        self._asker.linger = 0
        self._asker.sndhwm = self._asker.rcvhwm = ANSWERS_WAITING
        self._asker.setsockopt(zmq.MAXMSGSIZE, ANSWER_HEADER_MAX + CURVE_OVERHEAD)
        self._connect(self._asker, endpoint, "replay")

    def close_asker(self) -> None:
        """Ask no more."""
        if self._asker is not None:
            self._asker.close()
            self._asker = None

    def reopen(self) -> None:
        """Begin anew, with nothing left of what waited."""
        self._socket.close(linger=0)
        self._monitor.close()
        self.connected = False
        self._open()

    def send(self, parts: Sequence[bytes]) -> bool:
        """Hand a batch to ZeroMQ; false if there is no room."""
        try:
            self._socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def ask(self, request: bytes) -> None:
        """Send a request; where there is no room for it, it is lost."""
        if self._asker is not None:
            with suppress(zmq.Again):
                self._asker.send(request, zmq.NOBLOCK)

    def answers(self) -> Iterator[list[bytes]]:
        """The answers that have come, each as its parts."""
        with suppress(zmq.Again):
            while self._asker is not None:
                yield self._asker.recv_multipart(zmq.NOBLOCK)

    def news(self) -> Iterator[News]:
        """What has happened to the connection since."""
        while True:
            try:
                event = parse_monitor_message(self._monitor.recv_multipart(zmq.NOBLOCK))["event"]
            except zmq.Again:
                return
            if event == zmq.EVENT_CONNECTED:
                self.accepted = True
            elif event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.connected = True
                yield News.UP
            elif event == zmq.EVENT_DISCONNECTED and self.connected:
                self.connected = False
                yield News.DOWN
            elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                yield News.REFUSED
            elif event == zmq.EVENT_MONITOR_STOPPED:
                self._gone = True

    def wait(self, timeout_ms: float, *, writable: bool) -> None:
        """Until there is room (if that is asked for), an answer, news, a stop, or the time is over."""
        poller = zmq.Poller()
        poller.register(self._monitor, zmq.POLLIN)
        if not self._stop.requested:
            poller.register(self._stop, zmq.POLLIN)
        if self._asker is not None:
            poller.register(self._asker, zmq.POLLIN)
        if writable:
            poller.register(self._socket, zmq.POLLOUT)
        # Rounded up: a wait of 0 ms in a loop would be a busy one.
        poller.poll(int(timeout_ms) + 1)

    def see_out(self, *, patient: bool, linger_ms: int, beat: Callable[[], object]) -> bool:
        """End once all that waits here has left: patient until a stop comes, then and else within a time.

        False if some of it has not left. `beat` is called meanwhile, each `TURN_S` at least.
        """
        self.close_asker()
        self._socket.close(linger=-1 if patient else linger_ms + CLOSE_MARGIN_MS)
        gone = self._is_gone(None if patient else linger_ms, beat)
        if not gone and patient:  # a stop came: what leaves in this time leaves
            gone = self._is_gone(linger_ms, beat)
        self._monitor.close()
        if gone or not patient:  # a limited linger is over in a moment
            self._context.term()
        else:
            _abandoned.append(self._context)
        return gone

    def close(self) -> None:
        """End at once; what waits here is lost."""
        self._context.destroy(linger=0)

    def _open(self) -> None:
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.sndhwm = HIGH_WATER_MARK
        self._socket.setsockopt(zmq.SNDBUF, SEND_BUFFER)
        self._socket.setsockopt(
            zmq.IMMEDIATE, 0
        )  # what waits for a broker that has gone waits for the next one
        self._monitors += 1
        self._socket.monitor(f"inproc://monitor-{self._monitors}", _EVENTS)
        self._monitor = self._context.socket(zmq.PAIR)
        self._monitor.linger = 0
        self._monitor.connect(f"inproc://monitor-{self._monitors}")
        self._connect(self._socket, self._endpoint, "broker")

    def _connect(self, socket: zmq.Socket[bytes], endpoint: str, what: str) -> None:
        if endpoint not in self._over_ipv6:  # once only: a lookup would keep a live source waiting
            self._over_ipv6[endpoint] = over_ipv6(endpoint)
        socket.setsockopt(zmq.IPV6, self._over_ipv6[endpoint])
        set_options(socket, {**KEEPALIVE, **RECONNECTING})
        set_client_key(socket, self._key)
        try:
            socket.connect(endpoint)
        except (zmq.ZMQError, UnicodeError) as error:
            self.close()
            reason = getattr(error, "strerror", "not UTF-8")
            raise AddressError(
                f"bad {what} endpoint {endpoint} ({reason}): write it as tcp://HOST:PORT"
            ) from None

    def _is_gone(self, timeout_ms: int | None, beat: Callable[[], object]) -> bool:
        """Wait until the closed socket is gone; false if the time is over, or without one a stop has come."""
        until = None if timeout_ms is None else time.monotonic() + timeout_ms / 1000
        while not self._gone:
            beat()
            left_ms = None if until is None else (until - time.monotonic()) * 1000
            if self._stop.requested if left_ms is None else left_ms <= 0:
                return False
            self.wait(min(TURN_S * 1000, math.inf if left_ms is None else left_ms), writable=False)
            for _ in self.news():
                pass
        return True
