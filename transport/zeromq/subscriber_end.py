"""The subscriber's end: SUB for the channels, DEALER to ask for what is missing.

 It subscribes to
`status/` too, and last, whether or not the caller asked: the broker answers each such subscription with a
status, and a connection keeps the order, so the first status proves that every subscription is in force, and
later ones show losses at the tail. It reconnects by itself, but not to a broker that refuses: libzmq gives up
on a key that is not known, and what fails again and again is given up here. `Line` is for a few messages to a
broker.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import zmq

from nxcast.schemas.curve import CURVE_OVERHEAD, ClientKey
from nxcast.schemas.records import EGRESS_PAYLOAD_MAX
from nxcast.schemas.topics import STATUS
from nxcast.transport.endpoints import AddressError
from nxcast.transport.ends import HandshakeEvent
from nxcast.transport.host_names import HostNames
from nxcast.transport.zeromq.contexts import end_context, new_context
from nxcast.transport.zeromq.dialling import DialledSocket
from nxcast.transport.zeromq.socket_options import failure

__all__ = ["Connection", "Line"]

RECEIVE_MAX = 1000  # messages waiting in the socket; of 64 KiB each, 64 MB
ANSWERS_MAX = 2  # answers waiting in the other socket; one is asked for at a time, of 1 MiB
# Handshakes cut off in a row, 0.1 s apart. Most of what fails for good shows as that, and so may a broker
# that is just ending or starting, or a forwarder to one, but not for two seconds.
FAILURES_MAX = 20

_RECEIVING = {
    # Of a part; one who sends more is cut off by ZeroMQ.
    zmq.SocketOption.MAXMSGSIZE: EGRESS_PAYLOAD_MAX + CURVE_OVERHEAD,
    zmq.SocketOption.LINGER: 0,
}

_SUBSCRIBING = {
    **_RECEIVING,
    zmq.SocketOption.RCVHWM: RECEIVE_MAX,
    zmq.SocketOption.SNDHWM: 0,  # a SUB socket silently drops subscriptions beyond it
}
_ASKING = {**_RECEIVING, zmq.SocketOption.RCVHWM: ANSWERS_MAX}
# Nothing is sent before somebody is there who let us in.
_SENDING = {**_RECEIVING, zmq.SocketOption.IMMEDIATE: 1}

_CUT_OFF = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
_HANDSHAKES = (
    zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_DISCONNECTED
    | _CUT_OFF
)


class Connection:
    """To where a broker publishes and, with the first request, to where it answers: `requests_at`.

    AddressError for an endpoint that can't be used. A name in one is followed. After a failure nothing more
    is tried until `renew`.
    """

    def __init__(self, broker: str, topics: Sequence[str], key: ClientKey | None) -> None:
        self._broker = self._at = broker  # where the broker is known to be, and where messages come from
        self._topics = topics
        self._key = key
        self._context: zmq.Context[zmq.Socket[bytes]] = new_context()
        self._names = HostNames()
        self._requests: DialledSocket | None = None
        self._closed = False
        self._unsent: bytes | None = None  # a request that waits until it is known where to
        self.requests_at = ""
        self._failures = 0
        try:
            self._egress = self._opened()
        except AddressError:
            self.close()
            raise

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def unknown(self) -> str | None:
        """Why nothing is connected to: the name of the broker is not known; None where it is."""
        return self._names.unknown(self._at)

    def receive(self) -> list[bytes] | None:
        """The next message, if there is one."""
        try:
            return self._egress.socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None

    def events(self) -> Iterator[HandshakeEvent]:
        """What has happened since."""
        if self._requests is not None:
            self._requests.attend()
        if self._names.changed:
            self._follow()
        for event in self._egress.events():
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._failures = 0
                yield HandshakeEvent.ACCEPTED
            elif event == zmq.EVENT_DISCONNECTED:
                yield HandshakeEvent.ENDED
            elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                yield HandshakeEvent.UNKNOWN_KEY
            else:
                self._failures += 1 if event == _CUT_OFF else FAILURES_MAX
                if self._failures >= FAILURES_MAX:
                    self._failures = 0
                    self._egress.leave()
                    yield HandshakeEvent.FAILED

    def renew(self, own_egress: str | None = None) -> None:
        """Connect anew: to where the broker is, or to the client's own egress."""
        if own_egress is None:
            self._names.failing(self._broker)
        self._at = own_egress or self._broker
        self._egress.close()
        self.close_requests()
        self._egress = self._opened()

    def open_requests(self, endpoint: str) -> None:
        """Connect to where requests go, if that is not done."""
        if self._requests is not None and self.requests_at == endpoint:
            return
        self.close_requests()
        self.requests_at = endpoint
        self._requests = self._dialled(zmq.DEALER, endpoint, _ASKING)

    def close_requests(self) -> None:
        """Let go of that, and of what was asked there."""
        if self._requests is not None:
            self._requests.close()
            self._requests = self._unsent = None

    def request(self, endpoint: str, octets: bytes) -> None:
        """Send a request there, at once or when its name is known; AddressError where that can never be done.

        It may be lost, like its answer: with the connection, and where libzmq has given that up.
        """
        self.open_requests(endpoint)
        self._unsent = octets
        self._send_request()

    def answer(self) -> list[bytes] | None:
        """The next answer, if there is one."""
        try:
            return None if self._requests is None else self._requests.socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None

    def wait(self, seconds: float, *, answer: bool) -> None:
        """Until a message or an event may be there, with `answer` an answer instead, or the time is over."""
        poller = zmq.Poller()
        poller.register(self._names, zmq.POLLIN)
        for socket in self._awaited(answer=answer):
            poller.register(socket, zmq.POLLIN)
        poller.poll(math.ceil(seconds * 1000))

    async def wait_async(self, seconds: float, *, answer: bool) -> None:
        """The same for an event loop, which is never blocked."""
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        # The descriptor tells of events inside ZeroMQ, not of messages, and once only: so it is watched
        # first, and asked for messages after that, lest one that came in between is slept over.
        awaited = self._awaited(answer=answer)
        descriptors = [self._names.fileno(), *(socket.fileno() for socket in awaited)]
        for descriptor in descriptors:
            loop.add_reader(descriptor, readable.set)
        try:
            if not any(socket.poll(0) for socket in awaited):
                await asyncio.wait_for(readable.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            for descriptor in descriptors:
                loop.remove_reader(descriptor)

    def close(self) -> None:
        """End at once; harmless if done already."""
        if self._closed:
            return
        self._closed = True
        self._names.close()
        end_context(self._context, linger=0)

    def _awaited(self, *, answer: bool) -> list[zmq.Socket[bytes]]:
        from_broker = self._requests if answer and self._requests is not None else self._egress
        assert self._egress.monitor is not None  # noqa: S101  we want its events
        return [from_broker.socket, self._egress.monitor]

    def _opened(self) -> DialledSocket:
        opened = self._dialled(zmq.SUB, self._at, _SUBSCRIBING, _HANDSHAKES)
        # On a reconnect ZeroMQ repeats subscriptions in the order of their octets: status/ is last again.
        for topic in (*(topic for topic in self._topics if topic != STATUS), STATUS):
            opened.socket.setsockopt(zmq.SUBSCRIBE, topic.encode("ascii"))
        return opened

    def _dialled(
        self, kind: int, endpoint: str, options: dict[zmq.SocketOption, int], events: int = 0
    ) -> DialledSocket:
        return DialledSocket(
            self._context,
            kind,
            endpoint,
            self._names,
            options=options,
            key=self._key,
            events=events,
            beside=None if events else self._at,
        )

    def _follow(self) -> None:
        self._names.take()
        self._egress.follow()
        if self._requests is not None:
            self._requests.follow()
            self._send_request()

    def _send_request(self) -> None:
        if self._requests is None or self._requests.at is None or self._unsent is None:
            return
        octets, self._unsent = self._unsent, None
        try:
            self._requests.socket.send(octets, zmq.NOBLOCK)
        except zmq.Again:  # libzmq has given up that connection: it is lost like one that was under way
            return
        except zmq.ZMQError as error:
            raise AddressError(self.requests_at, failure(error)) from error


class Line:
    """To where a broker answers or, with `push`, to where it takes frames: for a few messages.

    AddressError for an endpoint that can't be used.
    """

    def __init__(self, endpoint: str, key: ClientKey | None, *, push: bool = False) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = new_context()
        self._names = HostNames()
        kind = zmq.PUSH if push else zmq.DEALER
        try:
            self._line = DialledSocket(self._context, kind, endpoint, self._names, options=_SENDING, key=key)
        except AddressError:
            self._close()
            raise

    def send(self, parts: Sequence[bytes], timeout: float) -> bool:
        """Send a message; false where nobody has let us in within `timeout` seconds."""
        if not self._line.poll(timeout, zmq.POLLOUT):
            return False
        try:
            self._line.socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:  # whoever was there has just gone
            return False
        return True

    def receive(self, timeout: float) -> list[bytes] | None:
        """The next message; None where none comes within `timeout` seconds."""
        return self._line.socket.recv_multipart() if self._line.poll(timeout, zmq.POLLIN) else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        self._names.close()
        end_context(self._context, linger=0)
