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
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import Self

import zmq
from zmq.utils.monitor import parse_monitor_message

from nxcast.schemas.curve import CURVE_OVERHEAD, ClientKey
from nxcast.schemas.records import EGRESS_PAYLOAD_MAX
from nxcast.schemas.topics import STATUS
from nxcast.transport.addresses import DEFAULT_EGRESS, AddressError, over_ipv6
from nxcast.transport.zeromq.socket_options import KEEPALIVE, RECONNECTING, set_client_key, set_options

__all__ = ["Connection", "Line", "News"]

RECEIVE_MAX = 1000  # messages waiting in the socket; of 64 KiB each, 64 MB
ANSWERS_MAX = 2  # answers waiting in the other socket; one is asked for at a time, of 1 MiB
# Handshakes cut off in a row, 0.1 s apart. Most of what fails for good shows as that, and so may a broker
# that is just ending or starting, or a forwarder to one, but not for two seconds.
FAILURES_MAX = 20

_RECEIVING = {
    **KEEPALIVE,
    **RECONNECTING,
    # Of a part; one who sends more is cut off by ZeroMQ.
    zmq.SocketOption.MAXMSGSIZE: EGRESS_PAYLOAD_MAX + CURVE_OVERHEAD,
    zmq.SocketOption.LINGER: 0,
}

_CUT_OFF = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
_HANDSHAKES = (
    zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | _CUT_OFF
)


class News(Enum):
    """What became of a handshake."""

    ACCEPTED = "done"
    UNKNOWN_KEY = "the broker does not know the key"
    FAILED = "one side has keys and the other has none, or another one, or there is no broker"


class Connection:
    """To where a broker publishes and, with the first request, to where it answers: `requests_at`.

    AddressError for an endpoint that can't be used. After a failure nothing more is tried until `renew`.
    """

    def __init__(self, broker: str, topics: Sequence[str], key: ClientKey | None) -> None:
        self._broker = broker
        self._topics = topics
        self._key = key
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._requests: zmq.Socket[bytes] | None = None
        self.requests_at = ""
        self._over_ipv6: dict[str, bool] = {}
        self._failures = 0
        self._monitors = 0
        try:
            self._open()
        except AddressError:
            self.close()
            raise

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._context.closed

    def receive(self) -> list[bytes] | None:
        """The next message, if there is one."""
        try:
            return self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None

    def news(self) -> Iterator[News]:
        """What has happened since."""
        with suppress(zmq.Again):
            while True:
                event = parse_monitor_message(self._monitor.recv_multipart(zmq.NOBLOCK))["event"]
                if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                    self._failures = 0
                    yield News.ACCEPTED
                elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                    yield News.UNKNOWN_KEY
                else:
                    self._failures += 1 if event == _CUT_OFF else FAILURES_MAX
                    if self._failures >= FAILURES_MAX:
                        self._failures = 0
                        with suppress(zmq.ZMQError):  # libzmq has given up itself
                            self._socket.disconnect(self._broker)
                        yield News.FAILED

    def renew(self) -> None:
        """Connect anew."""
        self._monitor.close()
        self._socket.close()
        self.close_requests()
        self._open()

    def open_requests(self, endpoint: str) -> None:
        """Connect to where requests go, if that is not done."""
        if self._requests is not None and self.requests_at == endpoint:
            return
        self.close_requests()
        self.requests_at = endpoint
        self._requests = self._connected(zmq.DEALER, endpoint, {zmq.SocketOption.RCVHWM: ANSWERS_MAX})

    def close_requests(self) -> None:
        """Let go of that, and of what was asked there."""
        if self._requests is not None:
            self._requests.close()
            self._requests = None

    def request(self, endpoint: str, octets: bytes) -> None:
        """Send a request there; AddressError where that can't be done."""
        self.open_requests(endpoint)
        assert self._requests is not None  # noqa: S101  just opened
        try:
            self._requests.send(octets, zmq.NOBLOCK)
        except zmq.ZMQError as error:
            raise AddressError(f"{endpoint}: {error}") from error

    def answer(self) -> list[bytes] | None:
        """The next answer, if there is one."""
        try:
            return None if self._requests is None else self._requests.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return None

    def wait(self, seconds: float, *, answer: bool) -> None:
        """Until a message or news may be there, with `answer` an answer instead, or the time is over."""
        poller = zmq.Poller()
        for socket in self._awaited(answer=answer):
            poller.register(socket, zmq.POLLIN)
        poller.poll(math.ceil(seconds * 1000))

    async def wait_async(self, seconds: float, *, answer: bool) -> None:
        """The same for an event loop, which is never blocked."""
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        # The descriptor tells of news inside ZeroMQ, not of messages, and once only: so it is watched
        # first, and asked for messages after that, lest one that came in between is slept over.
        awaited = self._awaited(answer=answer)
        descriptors = [socket.fileno() for socket in awaited]
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
        self._context.destroy(linger=0)

    def _awaited(self, *, answer: bool) -> list[zmq.Socket[bytes]]:
        return [self._requests if answer and self._requests is not None else self._socket, self._monitor]

    def _open(self) -> None:
        self._monitors += 1
        monitored = f"inproc://monitor-{self._monitors}"
        # A SUB socket silently drops subscriptions beyond its SNDHWM.
        options: dict[zmq.SocketOption, int] = {
            zmq.SocketOption.RCVHWM: RECEIVE_MAX,
            zmq.SocketOption.SNDHWM: 0,
        }
        self._socket = self._connected(zmq.SUB, self._broker, options, monitored)
        # What is not read there makes ZeroMQ wait with the next attempt, so it is bounded.
        self._monitor = self._context.socket(zmq.PAIR)
        self._monitor.linger = 0
        self._monitor.connect(monitored)
        # On a reconnect ZeroMQ repeats subscriptions in the order of their octets: status/ is last again.
        for topic in (*(topic for topic in self._topics if topic != STATUS), STATUS):
            self._socket.setsockopt(zmq.SUBSCRIBE, topic.encode("ascii"))

    def _connected(
        self, kind: int, endpoint: str, options: dict[zmq.SocketOption, int], monitored: str | None = None
    ) -> zmq.Socket[bytes]:
        host = endpoint.rpartition(":")[0]
        if host not in self._over_ipv6:  # once only: a lookup would hold up an event loop
            self._over_ipv6[host] = over_ipv6(endpoint)
        every: dict[zmq.SocketOption, int] = {**options, zmq.SocketOption.IPV6: self._over_ipv6[host]}
        return _connected(self._context, kind, endpoint, self._key, every, monitored)


class Line:
    """To where a broker answers or, with `push`, to where it takes frames: for a few messages.

    AddressError for an endpoint that can't be used.
    """

    def __init__(self, endpoint: str, key: ClientKey | None, *, push: bool = False) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        kind = zmq.PUSH if push else zmq.DEALER
        try:
            # Nothing is sent before somebody is there who let us in.
            options: dict[zmq.SocketOption, int] = {
                zmq.SocketOption.IMMEDIATE: 1,
                zmq.SocketOption.IPV6: over_ipv6(endpoint),
            }
            self._socket = _connected(self._context, kind, endpoint, key, options)
        except AddressError:
            self._context.destroy(linger=0)
            raise

    def send(self, parts: Sequence[bytes], timeout: float) -> bool:
        """Send a message; false where nobody has let us in within `timeout` seconds."""
        if not self._socket.poll(_milliseconds(timeout), zmq.POLLOUT):
            return False
        try:
            self._socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:  # whoever was there has just gone
            return False
        return True

    def receive(self, timeout: float) -> list[bytes] | None:
        """The next message; None where none comes within `timeout` seconds."""
        if not self._socket.poll(_milliseconds(timeout)):
            return None
        return self._socket.recv_multipart()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._context.destroy(linger=0)


def _connected(
    context: zmq.Context[zmq.Socket[bytes]],
    kind: int,
    endpoint: str,
    key: ClientKey | None,
    options: dict[zmq.SocketOption, int],
    monitored: str | None = None,
) -> zmq.Socket[bytes]:
    made = context.socket(kind)
    set_options(made, _RECEIVING)
    set_options(made, options)
    set_client_key(made, key)
    if monitored is not None:
        made.monitor(monitored, _HANDSHAKES)
    try:
        made.connect(endpoint)
    except zmq.ZMQError as error:
        made.close()
        raise AddressError(f"no ZeroMQ endpoint: {endpoint!r} ({error}), one is {DEFAULT_EGRESS}") from error
    return made


def _milliseconds(seconds: float) -> int:
    return max(math.ceil(seconds * 1000), 0)
