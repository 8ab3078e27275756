"""Bridges to programs that speak ZeroMQ and not our protocol, as nmsgtool does.

`Receiver` reads what they publish or push, `Publisher` hands on to those that subscribe or pull. What is in a
message is not looked at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from time import monotonic
from types import TracebackType
from typing import NamedTuple, Self

import zmq

from nxcast.process.stop import Stop
from nxcast.schemas.frames import INGRESS_MESSAGE_MAX
from nxcast.transport.endpoints import AddressError
from nxcast.transport.host_names import HostNames, bindable
from nxcast.transport.zeromq.contexts import end_context, new_context
from nxcast.transport.zeromq.dialling import DialledSocket, poll
from nxcast.transport.zeromq.socket_options import (
    KEEPALIVE,
    bound_endpoint,
    failure,
    set_options,
)

__all__ = ["Publisher", "Receiver", "ZmqInput"]

# Messages of a source that wait in this process: 64 x 8 MiB = 512 MiB at worst, 512 KiB from nmsgtool.
RECEIVE_HIGH_WATER_MARK = 64
RECEIVE_MESSAGES = 64  # messages a call of `receive`, before a stop or the pusher is looked at
SEND_MAX = 256  # messages that a Publisher keeps for a reader; of 64 KiB each, 16 MB
SUBSCRIPTION_MAX = 1024  # octets; all that a reader has to say is what it subscribes to
CLOSE_S = 2.0  # seconds for what waits to leave, after a stop
LOOK_S = 0.1  # seconds from one look for a stop to the next

_RECEIVING = {
    zmq.SocketOption.LINGER: 0,
    zmq.SocketOption.RCVHWM: RECEIVE_HIGH_WATER_MARK,
    zmq.SocketOption.MAXMSGSIZE: INGRESS_MESSAGE_MAX,
}
_SENDING = {zmq.SocketOption.SNDHWM: SEND_MAX, zmq.SocketOption.MAXMSGSIZE: SUBSCRIPTION_MAX}


class ZmqInput(NamedTuple):
    """A ZeroMQ endpoint to read from: whether to bind to it (`accept`) and to subscribe (else: pull)."""

    endpoint: str
    accept: bool
    subscribe: bool


class Receiver:
    """A socket that messages come in on: SUB for what begins with `prefix`, or PULL.

    Raises AddressError where the endpoint can't be used, and Stopped.
    """

    def __init__(self, source: ZmqInput, prefix: bytes, stop: Stop) -> None:
        self._stop = stop
        kind = zmq.SUB if source.subscribe else zmq.PULL
        self._bridge = stop.unless_stopped(
            lambda: _Bridge(kind, source.endpoint, _RECEIVING, accept=source.accept)
        )
        self.endpoint = self._bridge.endpoint
        if source.subscribe:
            self._bridge.socket.subscribe(prefix)

    def receive(self, timeout_s: float) -> list[list[bytes]]:
        """The messages that are there, each as its parts; waits for one until the time is over or a stop."""
        messages: list[list[bytes]] = []
        self._bridge.poll(timeout_s, zmq.POLLIN, self._stop)
        try:
            while len(messages) < RECEIVE_MESSAGES:
                messages.append(self._bridge.socket.recv_multipart(zmq.NOBLOCK))
        except zmq.Again:
            pass
        return messages

    def close(self) -> None:
        """End the socket; what waits in it is lost."""
        self._bridge.close()

    def __enter__(self) -> Receiver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Publisher:
    """Sends messages of one part: to all readers that subscribe (`pubsub`), or each to one that pulls.

    `address` is a ZeroMQ endpoint to bind to (`accept`) or to connect to; AddressError for one that can't be
    used. Subscribers that are slow or not there yet miss messages, which nobody can count here; but `unread`
    counts the messages for which there was no subscriber at all. Those that pull are waited for.
    """

    def __init__(self, address: str, *, accept: bool, pubsub: bool, prefix: bytes) -> None:
        self.unread = 0
        self._pubsub = pubsub
        self._ended = False
        self._prefix = prefix  # of all messages
        self._heard: set[bytes] = set()  # subscriptions in force that match it, at most one an octet of it
        kind = zmq.XPUB if pubsub else zmq.PUSH  # unlike PUB, XPUB tells of subscriptions
        self._bridge = _Bridge(kind, address, _SENDING, accept=accept)
        self.address = self._bridge.endpoint

    def send(self, message: bytes, timeout: float) -> bool:
        """Send one message; false where no reader that pulls had room for it within `timeout` seconds."""
        if self._pubsub:
            self.unread += not self.has_subscriber()
        elif not self._bridge.poll(timeout, zmq.POLLOUT):
            return False
        try:
            self._bridge.socket.send(message, zmq.NOBLOCK)
        except zmq.Again:  # the reader has just gone
            return False
        return True

    def has_subscriber(self, timeout: float = 0.0) -> bool:
        """Whether a reader subscribes to what is sent here, waiting for one up to `timeout` seconds.

        To be asked now and then: what readers say waits in the socket until then.
        """
        until = monotonic() + timeout
        while True:
            try:
                said = self._bridge.socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                left = until - monotonic()
                if self._heard or left <= 0:
                    return bool(self._heard)
                self._bridge.poll(left, zmq.POLLIN)
                continue
            if self._prefix.startswith(said[1:]):
                (self._heard.add if said[:1] == b"\1" else self._heard.discard)(said[1:])

    def close(self, until: Callable[[], bool]) -> bool:
        """End, once what was sent has left this process, `CLOSE_S` after `until` says so at the latest.

        Whether all has left; what has not is lost.
        """
        self._ended = True
        return self._bridge.see_out(until)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._ended:
            self._bridge.close()


class _Bridge:
    """A socket that is bound (`accept`) or connected, and in that case follows the name in its endpoint."""

    def __init__(
        self,
        kind: int,
        endpoint: str,
        options: Mapping[zmq.SocketOption, int | bytes],
        *,
        accept: bool,
    ) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = new_context()
        self._names = HostNames()
        self._dialled: DialledSocket | None = None
        self.endpoint = endpoint
        try:
            if accept:
                self.socket = self._bound(kind, endpoint, options)
                self.endpoint = bound_endpoint(self.socket)
            else:
                self._dialled = DialledSocket(self._context, kind, endpoint, self._names, options=options)
                self.socket = self._dialled.socket
        except BaseException:  # a stop, too, while a name is looked up
            self.close()
            raise

    def poll(self, seconds: float, flags: int, stop: Stop | None = None) -> bool:
        """Whether the socket is ready, or becomes so within the time and before a stop."""
        others = [] if stop is None else [stop]
        if self._dialled is not None:
            return self._dialled.poll(seconds, flags, *others)
        return poll(self.socket, seconds, flags, *others)

    def see_out(self, until: Callable[[], bool]) -> bool:
        """As `Publisher.close`."""
        moved = self._dialled is not None and self._dialled.moved
        if self._dialled is None:
            self.socket.close(linger=-1)
        else:
            self._dialled.close(linger=-1)
        # In a thread: a signal just before the call would not end it.
        ending = threading.Thread(target=self._context.term, daemon=True)
        ending.start()
        while ending.is_alive() and not until():
            ending.join(LOOK_S)
        ending.join(CLOSE_S)
        self._names.close()
        return not ending.is_alive() and not moved

    def close(self) -> None:
        """End at once; what waits here is lost."""
        self._names.close()
        end_context(self._context, linger=0)

    def _bound(
        self,
        kind: int,
        endpoint: str,
        options: Mapping[zmq.SocketOption, int | bytes],
    ) -> zmq.Socket[bytes]:
        bound: zmq.Socket[bytes] = self._context.socket(kind)
        set_options(bound, {**KEEPALIVE, **options, zmq.SocketOption.IPV6: 1})  # it takes IPv4 all the same
        try:
            bound.bind(bindable(endpoint))
        except (OSError, zmq.ZMQError) as error:
            mend = "name another port" if error.errno == zmq.EADDRINUSE else "write it as tcp://HOST:PORT"
            raise AddressError(endpoint, failure(error), mend) from None
        return bound
