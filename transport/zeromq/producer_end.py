"""The producer's end: PUSH for the batches, DEALER to ask what has arrived.

Nothing here waits but `wait` and `see_out`, and a stop ends each.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import zmq

from nxcast.process.stop import Stop
from nxcast.schemas.curve import CURVE_OVERHEAD, ClientKey
from nxcast.schemas.request_answers import ANSWER_HEADER_MAX
from nxcast.transport.endpoints import AddressError
from nxcast.transport.ends import ConnectionEvent
from nxcast.transport.host_names import HostNames
from nxcast.transport.zeromq.contexts import end_context, new_context
from nxcast.transport.zeromq.dialling import DialledSocket

__all__ = ["HIGH_WATER_MARK", "TURN_S", "Connection"]

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
_SENDING = {
    zmq.SocketOption.SNDHWM: HIGH_WATER_MARK,
    zmq.SocketOption.SNDBUF: SEND_BUFFER,
    zmq.SocketOption.IMMEDIATE: 0,  # what waits for a broker that has gone waits for the next one
}
_ASKING = {
    zmq.SocketOption.LINGER: 0,
    zmq.SocketOption.SNDHWM: ANSWERS_WAITING,
    zmq.SocketOption.RCVHWM: ANSWERS_WAITING,
    zmq.SocketOption.MAXMSGSIZE: ANSWER_HEADER_MAX + CURVE_OVERHEAD,
}
# Contexts whose sockets still held something when a stop came. Ending one would wait for a broker, and so
# would its finalizer: they stay until the process ends.
_abandoned: list[zmq.Context[zmq.Socket[bytes]]] = []


class Connection:
    """To a broker's ingress and, after `open_asker`, to where it tells what has arrived.

    `connected`: whether a broker is there, as far as `events` told. `accepted`: whether something accepted
    a connection, a broker or not. Raises AddressError where an endpoint can't be used.

    A name in the endpoint is followed. What is sent to one waits for a broker here, not in ZeroMQ, which
    would lose it if the name leads elsewhere by then.
    """

    def __init__(self, endpoint: str, stop: Stop, key: ClientKey | None = None) -> None:
        self.connected = self.accepted = False
        self._endpoint = endpoint
        self._key = key
        self._stop = stop
        self._context: zmq.Context[zmq.Socket[bytes]] = new_context()
        self._names = HostNames()
        self._asker: DialledSocket | None = None
        self._gone = False  # the socket has ended, and all that waited in it had left
        self._ingress = self._opened()

    def open_asker(self, endpoint: str) -> None:
        """Connect anew to where questions go."""
        self.close_asker()
        self._asker = self._dialled(zmq.DEALER, endpoint, _ASKING)

    def close_asker(self) -> None:
        """Ask no more."""
        if self._asker is not None:
            self._asker.close()
            self._asker = None

    @property
    def unknown(self) -> str | None:
        """Why nothing is connected to: the name of the broker is not known; None where it is."""
        return self._names.unknown(self._endpoint)

    def reopen(self) -> None:
        """Begin anew, with nothing left of what waited."""
        self._ingress.close(linger=0)
        self.connected = False
        self._ingress = self._opened()

    def send(self, parts: Sequence[bytes]) -> bool:
        """Hand a batch to ZeroMQ; false if there is no room."""
        if not self._may_send:
            return False
        try:
            self._ingress.socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def ask(self, request: bytes) -> None:
        """Send a request; where there is no room for it, it is lost."""
        if self._asker is not None:
            with suppress(zmq.Again):
                self._asker.socket.send(request, zmq.NOBLOCK)

    def answers(self) -> Iterator[list[bytes]]:
        """The answers that have come, each as its parts."""
        if self._asker is not None:
            self._asker.attend()
        with suppress(zmq.Again):
            while self._asker is not None:
                yield self._asker.socket.recv_multipart(zmq.NOBLOCK)

    def events(self) -> Iterator[ConnectionEvent]:
        """What has happened to the connection since."""
        if self._names.changed and not self._ingress.socket.closed:
            self._names.take()
            if self._asker is not None:
                self._asker.follow()
            if self._ingress.follow() and not self.connected:
                yield ConnectionEvent.MOVED
        for event in self._ingress.events():
            if event == zmq.EVENT_CONNECTED:
                self.accepted = True
            elif event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.connected = True
                yield ConnectionEvent.UP
            elif event == zmq.EVENT_DISCONNECTED and self.connected:
                self.connected = False
                yield ConnectionEvent.DOWN
            elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                yield ConnectionEvent.REFUSED
            elif event == zmq.EVENT_MONITOR_STOPPED:
                self._gone = True

    def wait(self, timeout_ms: float, *, writable: bool) -> None:
        """Until there is room (if that is asked for), an answer, an event, a stop, or the time is over."""
        poller = zmq.Poller()
        poller.register(self._ingress.monitor, zmq.POLLIN)
        poller.register(self._names, zmq.POLLIN)
        if not self._stop.requested:
            poller.register(self._stop, zmq.POLLIN)
        if self._asker is not None:
            poller.register(self._asker.socket, zmq.POLLIN)
        if writable and self._may_send:
            poller.register(self._ingress.socket, zmq.POLLOUT)
        # Rounded up: a wait of 0 ms in a loop would be a busy one.
        poller.poll(int(timeout_ms) + 1)

    def see_out(self, *, patient: bool, linger_ms: int, beat: Callable[[], object]) -> bool:
        """End once all that waits here has left: patient until a stop comes, then and else within a time.

        False if some of it has not left. `beat` is called meanwhile, each `TURN_S` at least.
        """
        self.close_asker()
        self._ingress.socket.close(linger=-1 if patient else linger_ms + CLOSE_MARGIN_MS)
        gone = self._is_gone(None if patient else linger_ms, beat)
        if not gone and patient:  # a stop came: what leaves in this time leaves
            gone = self._is_gone(linger_ms, beat)
        self._names.close()
        assert self._ingress.monitor is not None  # noqa: S101  we want its events
        self._ingress.monitor.close()
        if gone or not patient:  # a limited linger is over in a moment
            end_context(self._context)
        else:
            _abandoned.append(self._context)
        return gone

    def close(self) -> None:
        """End at once; what waits here is lost."""
        self._names.close()
        end_context(self._context, linger=0)

    @property
    def _may_send(self) -> bool:
        return self.connected or not self._ingress.named

    def _opened(self) -> DialledSocket:
        return self._dialled(zmq.PUSH, self._endpoint, _SENDING, _EVENTS)

    def _dialled(
        self, kind: int, endpoint: str, options: dict[zmq.SocketOption, int], events: int = 0
    ) -> DialledSocket:
        beside = None if events else self._endpoint
        try:
            return DialledSocket(
                self._context,
                kind,
                endpoint,
                self._names,
                options=options,
                key=self._key,
                events=events,
                beside=beside,
            )
        except AddressError:
            self.close()
            raise

    def _is_gone(self, timeout_ms: int | None, beat: Callable[[], object]) -> bool:
        """Wait until the closed socket is gone; false if the time is over, or without one a stop has come."""
        until = None if timeout_ms is None else time.monotonic() + timeout_ms / 1000
        while not self._gone:
            beat()
            left_ms = None if until is None else (until - time.monotonic()) * 1000
            if self._stop.requested if left_ms is None else left_ms <= 0:
                return False
            self.wait(min(TURN_S * 1000, math.inf if left_ms is None else left_ms), writable=False)
            for _ in self.events():
                pass
        return True
