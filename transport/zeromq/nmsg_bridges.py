"""Bridges to programs that speak ZeroMQ and not our protocol, as nmsgtool does.

`Receiver` reads what they publish or push, `Publisher` hands on to those that subscribe or pull. What is in a
message is not looked at.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import NamedTuple, Self

import zmq

from nxcast.process.stop import Stop
from nxcast.schemas.frames import INGRESS_MESSAGE_MAX
from nxcast.transport.addresses import AddressError, over_ipv6
from nxcast.transport.zeromq.socket_options import (
    KEEPALIVE,
    RECONNECTING,
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


class ZmqInput(NamedTuple):
    """A ZeroMQ endpoint to read from: whether to bind to it (`accept`) and to subscribe (else: pull)."""

    endpoint: str
    accept: bool
    subscribe: bool


class Receiver:
    """A socket that messages come in on: SUB for what begins with `prefix`, or PULL.

    Raises AddressError where the endpoint can't be used; the text names it and the mend.
    """

    def __init__(self, source: ZmqInput, prefix: bytes, stop: Stop) -> None:
        self._stop = stop
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB if source.subscribe else zmq.PULL)
        self._socket.linger = 0
        self._socket.rcvhwm = RECEIVE_HIGH_WATER_MARK
        self._socket.setsockopt(zmq.MAXMSGSIZE, INGRESS_MESSAGE_MAX)
        set_options(self._socket, KEEPALIVE)
        # Bound, it takes IPv4 all the same.
        self._socket.setsockopt(zmq.IPV6, source.accept or over_ipv6(source.endpoint))
        if source.subscribe:
            self._socket.subscribe(prefix)
        try:
            (self._socket.bind if source.accept else self._socket.connect)(source.endpoint)
        except zmq.ZMQError as error:
            self.close()
            mend = "name another port" if error.errno == zmq.EADDRINUSE else "write it as tcp://HOST:PORT"
            raise AddressError(f"{source.endpoint}: {failure(error)}; {mend}") from None
        self.endpoint = bound_endpoint(self._socket)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(stop, zmq.POLLIN)

    def receive(self, timeout_s: float) -> list[list[bytes]]:
        """The messages that are there, each as its parts; waits for one until the time is over or a stop."""
        messages: list[list[bytes]] = []
        self._poller.poll(int(timeout_s * 1000) + 1)
        try:
            while len(messages) < RECEIVE_MESSAGES:
                messages.append(self._socket.recv_multipart(zmq.NOBLOCK))
        except zmq.Again:
            pass
        return messages

    def close(self) -> None:
        """End the socket; what waits in it is lost."""
        self._socket.close()
        self._context.term()

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
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        # Unlike PUB, XPUB tells of subscriptions.
        self._socket = self._context.socket(zmq.XPUB if pubsub else zmq.PUSH)
        self._socket.sndhwm = SEND_MAX
        self._socket.setsockopt(zmq.MAXMSGSIZE, SUBSCRIPTION_MAX)
        set_options(self._socket, {**KEEPALIVE, **RECONNECTING})
        # Bound, it takes IPv4 all the same.
        self._socket.setsockopt(zmq.IPV6, accept or over_ipv6(address))
        try:
            (self._socket.bind if accept else self._socket.connect)(address)
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise AddressError(f"{address}: {failure(error)}") from error
        self.address = bound_endpoint(self._socket)

    def send(self, message: bytes, timeout: float) -> bool:
        """Send one message; false where no reader that pulls had room for it within `timeout` seconds."""
        if self._pubsub:
            self.unread += not self.has_subscriber()
        elif not self._socket.poll(math.ceil(timeout * 1000), zmq.POLLOUT):
            return False
        try:
            self._socket.send(message, zmq.NOBLOCK)
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
                said = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                left = until - monotonic()
                if self._heard or left <= 0:
                    return bool(self._heard)
                self._socket.poll(math.ceil(left * 1000))
                continue
            if self._prefix.startswith(said[1:]):
                (self._heard.add if said[:1] == b"\1" else self._heard.discard)(said[1:])

    def close(self, until: Callable[[], bool]) -> bool:
        """End, once what was sent has left this process, `CLOSE_S` after `until` says so at the latest.

        Whether it has left; what has not is lost then.
        """
        self._socket.close(linger=-1)
        # In a thread: a signal just before the call would not end it.
        ending = threading.Thread(target=self._context.term, daemon=True)
        ending.start()
        self._ended = True
        while ending.is_alive() and not until():
            ending.join(LOOK_S)
        ending.join(CLOSE_S)
        return not ending.is_alive()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._ended:
            self._context.destroy(linger=0)
