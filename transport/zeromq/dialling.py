"""A socket that connects to where an endpoint leads, and follows the name in it.

libzmq gets numbers only. Whenever an attempt of its fails, the name is looked up anew, in the background;
once it leads elsewhere, the socket leaves the one address for the other.
"""

from __future__ import annotations

import math
import select
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count
from time import monotonic
from typing import Protocol

import zmq
from zmq.utils.monitor import parse_monitor_message

from nxcast.schemas.curve import ClientKey
from nxcast.transport.endpoints import AddressError
from nxcast.transport.host_names import HostNames
from nxcast.transport.zeromq.socket_options import (
    KEEPALIVE,
    RECONNECTING,
    failure,
    set_client_key,
    set_options,
)

__all__ = ["DialledSocket", "poll"]

_FOLLOWING = zmq.EVENT_CONNECT_RETRIED | zmq.EVENT_HANDSHAKE_SUCCEEDED
_monitors = count(1)


class _Readable(Protocol):
    def fileno(self) -> int: ...


class DialledSocket:
    """A socket of a kind, connected as far as is known where to; `events` of libzmq that the user wants.

    `named`: the endpoint holds a name; `moved`: it has led elsewhere meanwhile, and what waited to be sent to
    the old address then is lost. `beside`: the endpoint of another socket, whose events tell whether the host
    that both name can be reached; this one's would contradict them where only one port answers. Raises
    AddressError where the endpoint can't be used. Its user calls `follow` when `names` have changed, and
    reads `events`, or does both by `poll`.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        kind: int,
        endpoint: str,
        names: HostNames,
        *,
        options: Mapping[zmq.SocketOption, int | bytes],
        key: ClientKey | None = None,
        events: int = 0,
        beside: str | None = None,
    ) -> None:
        self.named = names.has_name(endpoint)
        telling = self.named and (beside is None or not names.of_one_host(endpoint, beside))
        self.socket: zmq.Socket[bytes] = context.socket(kind)
        self.monitor: zmq.Socket[bytes] | None = None
        self.moved = False
        self._endpoint = endpoint
        self._names = names
        self._at: str | None = None
        set_options(self.socket, {**KEEPALIVE, **RECONNECTING, **options})
        set_client_key(self.socket, key)
        if events or telling:
            self.socket.monitor(
                f"inproc://monitor-{(number := next(_monitors))}",
                events | (_FOLLOWING if telling else 0),
            )
            self.monitor = context.socket(zmq.PAIR)
            self.monitor.linger = 0
            self.monitor.rcvhwm = 0  # no limit, as libzmq's one thread waits for room in the midst of all
            self.monitor.connect(f"inproc://monitor-{number}")
        try:
            self.follow()
        except AddressError:
            self.close(linger=0)
            raise

    @property
    def at(self) -> str | None:
        """The endpoint with the address it connects to; None while that is not known."""
        return self._at

    def follow(self) -> bool:
        """Connect to where the endpoint leads by now; whether it has led elsewhere."""
        where = self._names.endpoint(self._endpoint)
        if where is None or where == self._at:
            return False
        moved = self._at is not None
        self.leave()
        self.socket.setsockopt(zmq.IPV6, "[" in where)  # else an IPv4 address would be a mapped one
        try:
            self.socket.connect(where)
        except (zmq.ZMQError, UnicodeError) as error:
            raise AddressError(self._endpoint, failure(error)) from None
        self._at = where
        self.moved |= moved
        return moved

    def leave(self) -> None:
        """Connect no more, until the endpoint leads elsewhere."""
        if self._at is not None:
            with suppress(zmq.ZMQError):  # libzmq has given up itself
                self.socket.disconnect(self._at)

    def events(self) -> Iterator[int]:
        """What has happened since, of the events that were asked for, or that show whether a name is good."""
        with suppress(zmq.Again):
            while self.monitor is not None and not self.monitor.closed:
                event = parse_monitor_message(self.monitor.recv_multipart(zmq.NOBLOCK))["event"]
                if event == zmq.EVENT_CONNECT_RETRIED:
                    self._names.failing(self._endpoint)
                    continue
                if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                    self._names.answering(self._endpoint)
                yield event

    def attend(self) -> None:
        """Take in the events, where only the name is to know of them."""
        for _ in self.events():
            pass

    def poll(self, seconds: float, flags: int, *others: _Readable) -> bool:
        """Wait until the socket is ready; false when the time is over, or one of the others is readable."""
        until = monotonic() + seconds
        awaited = [*others, self._names, *([self.monitor] if self.monitor else [])]
        while True:
            if self._names.changed:
                self._names.take()
                self.follow()
            self.attend()
            left = max(until - monotonic(), 0)
            if poll(self.socket, left, flags, *awaited):
                return True
            if left == 0 or any(select.select([other], [], [], 0)[0] for other in others):
                return False

    def close(self, linger: int | None = None) -> None:
        """End the socket, and what tells of it.

        The reader ends after the sender: without one, libzmq's thread would wait for good with an event, and
        no socket of this context would ever connect again.
        """
        if self.monitor is not None:
            self.socket.disable_monitor()
            self.monitor.close()
        self.socket.close(linger)


def poll(
    socket: zmq.Socket[bytes], seconds: float, flags: int, *others: _Readable | zmq.Socket[bytes]
) -> bool:
    """Whether a socket is ready; waits until it is, another is readable, or the time is over."""
    poller = zmq.Poller()
    poller.register(socket, flags)
    for other in others:
        poller.register(other, zmq.POLLIN)
    return socket in dict(poller.poll(math.ceil(seconds * 1000)))
