"""Listeners, those who connect to them, and what lies between: connections of two lanes each.

A lane keeps the order. It holds at most its window of messages, from when they leave the sender's queue until
the receiver has read them. A message leaves its process a moment after it was sent: a process that is killed
takes along what has not left. A connection that the network ends loses what is under way; one that an end
closes, or the kernel for one that was killed, delivers what had left. Both sides of a link that is silent go
on waiting; what was under way comes when it is heard again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from nxcast.transport.simulated.timeline import Host, Timeline

__all__ = ["LATENCY_S", "Connection", "Dialler", "Link", "Listener", "Network", "Sizes"]

LATENCY_S = 0.0005  # seconds from process to process
LEAVE_S = 0.001  # seconds at most that a message waits for libzmq's thread to send it
RECONNECT_S, RECONNECT_MAX_S = 0.1, 2.0  # seconds until the next attempt, doubled from one to the other
CONNECT_TIMEOUT_S = 5.0  # seconds until an attempt that nobody answers is given up
# Seconds until a side that was not told notices that the other has gone: 60 in truth, but then a run is long.
KEEPALIVE_S = 15.0


@dataclass(frozen=True)
class Sizes:
    """Messages that queues hold, by default as many as libzmq's are given; few, so that they fill."""

    out: int = 16  # of a producer, not sent
    ingress: int = 16  # from one producer, under way and not read
    egress: int = 1000  # to one subscriber, under way and not read
    requests: int = 16
    answers_waiting: int = 4
    answers: int = 2


class Link:
    """The way from one client to one listener, whichever connection is on it: where faults strike."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.latency_s = LATENCY_S
        self.silent = False
        self.connected = 0  # times
        self.dialler: Dialler | None = None

    @property
    def connection(self) -> Connection | None:
        """The one that there is."""
        return self.dialler.connection if self.dialler else None

    def cut(self) -> None:
        """End it as a network does, with a reset for both."""
        if self.connection is not None:
            self.connection.break_off(0, 0)

    def half_open(self, *, client_knows: bool) -> None:
        """End it, and tell one side only; the other notices by TCP's keep-alive."""
        if self.connection is not None:
            told = (0, KEEPALIVE_S) if client_knows else (KEEPALIVE_S, 0)
            self.connection.break_off(*told)

    def mute(self, *, silent: bool) -> None:
        """Let nothing through, or what has come meanwhile and all else."""
        self.silent = silent
        if not silent and self.connection is not None:
            self.connection.up.heard()
            self.connection.down.heard()


class Network:
    """Who listens where, and the links that there have been."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.listeners: dict[str, Listener] = {}
        self.links: dict[str, Link] = {}

    def link(self, name: str) -> Link:
        """The link of this name."""
        return self.links.get(name) or self.links.setdefault(name, Link(name))


class Lane:
    """One direction of a connection."""

    def __init__(
        self,
        timeline: Timeline,
        link: Link,
        sender: Host,
        waiting: deque[Any],
        window: int,
        deliver: Callable[[Any], None],
    ) -> None:
        self.waiting = waiting
        self.arrives_at = 0.0  # the last of what is under way
        self._timeline = timeline
        self._link = link
        self._sender = sender
        self._window = window
        self._deliver = deliver
        self._held = 0  # under way, or there and not read
        self._leaves_at = 0.0
        self._open = self._lossless = True
        self._unheard: list[Any] = []  # that came while the link was silent

    def pump(self) -> None:
        """Send what waits, as far as there is room."""
        if not self.waiting:
            return
        if self._sender.resting:
            self._timeline.after(self._sender.resting, self.pump)
            return
        timeline, random = self._timeline, self._timeline.random.random
        while self._open and self.waiting and self._held < self._window:
            message = self.waiting.popleft()
            self._held += 1
            self._leaves_at = max(self._leaves_at, timeline.now + LEAVE_S * random())
            latency = self._link.latency_s * (1 + random())
            self.arrives_at = max(self.arrives_at, self._leaves_at + latency)
            timeline.at(self.arrives_at, partial(self._arrive, message, self._leaves_at))

    def read(self) -> None:
        """The receiver has taken a message: there is room for another."""
        self._held -= 1
        self.pump()

    def heard(self) -> None:
        """The link is silent no longer."""
        unheard, self._unheard = self._unheard, []
        for message in unheard:
            self._arrive(message, 0)

    def close(self, *, lossless: bool) -> None:
        """Take nothing more; what has left its process still arrives, or is lost."""
        self._open = False
        self._lossless = self._lossless and lossless

    def _arrive(self, message: Any, left_at: float) -> None:
        if not self._lossless or left_at > self._sender.died_at:
            return
        if self._link.silent:
            self._unheard.append(message)
        else:
            self._deliver(message)


class Connection:
    """What one client and one listener have, from the handshake on."""

    def __init__(self, dialler: Dialler, listener: Listener, user_id: str | None) -> None:
        timeline, link = dialler.network.timeline, dialler.link
        self.user_id = user_id
        link.connected += 1
        self.name = f"{dialler.host.name} #{link.connected}"
        self.prefixes: dict[bytes, int] = {}  # subscribed to, where it is for that
        self.asked: list[bytes] = []  # subscriptions as they came
        self.dialler = dialler
        self._listener = listener
        self._timeline = timeline
        self.up = Lane(
            timeline, link, dialler.host, dialler.out, listener.window, partial(listener.take, self)
        )
        self.down = Lane(timeline, link, listener.host, deque(), dialler.window, partial(dialler.take, self))
        self.open = True

    def break_off(self, client_after: float, listener_after: float) -> None:
        """It is gone, with all that was under way; each side notices after so many seconds."""
        self.up.close(lossless=False)
        self.down.close(lossless=False)
        self._tell(client_after, listener_after)

    def close(self, *, by_client: bool) -> None:
        """One side closes it, or is dead: what had left it arrives, and then the other is told."""
        own, other = (self.up, self.down) if by_client else (self.down, self.up)
        own.close(lossless=True)
        other.close(lossless=False)
        last = max(own.arrives_at - self._timeline.now, 0)
        self._tell(*((0, last) if by_client else (last, 0)))

    def _tell(self, client_after: float, listener_after: float) -> None:
        if not self.open:
            return
        self.open = False
        latency = self.dialler.link.latency_s
        self._timeline.after(client_after + latency, partial(self.dialler.lost, self))
        self._timeline.after(listener_after + latency, partial(self._listener.lost, self))


class Listener:
    """A bound socket of a broker. `window`: messages of a client under way and not read."""

    def __init__(
        self, network: Network, host: Host, endpoint: str, *, window: int, keyed: bool = False
    ) -> None:
        self.host = host
        self.window = window
        self.unread: deque[tuple[Connection, Any]] = deque()
        self.connections: list[Connection] = []
        self.knocking: deque[Dialler] = deque()
        self.handshakes: list[Dialler] = []  # of those and of who has knocked and has no answer yet
        self.keyed = keyed
        self.on_message: Callable[[Connection, Any], None] = lambda *_: None
        self.on_lost: Callable[[Connection], None] = lambda _: None
        self._network = network
        self._endpoint = endpoint
        network.listeners[endpoint] = self

    def take(self, connection: Connection, message: Any) -> None:
        """A message has come."""
        if self.host.died_at == math.inf:
            self.on_message(connection, message)
            self.unread.append((connection, message))
            self.host.wake()

    def read(self) -> tuple[Connection, Any] | None:
        """The next message, None where there is none."""
        if not self.unread:
            return None
        connection, message = self.unread.popleft()
        connection.up.read()
        return connection, message

    def lost(self, connection: Connection) -> None:
        """A connection is gone."""
        if connection in self.connections:
            self.connections.remove(connection)
            if self.host.died_at == math.inf:
                self.on_lost(connection)
                self.host.wake()

    def close(self) -> None:
        """Give the endpoint up, and all connections."""
        self._network.listeners.pop(self._endpoint, None)
        for connection in self.connections:
            connection.close(by_client=False)
        for dialler in self.handshakes:
            dialler.turned_away()


class Dialler:
    """A client's socket, which connects and connects again until it is closed.

    `out_max`: messages that wait here; `window`: of the listener under way and not read.
    """

    def __init__(
        self, network: Network, host: Host, link: Link, endpoint: str, *, out_max: int, window: int
    ) -> None:
        self.network = network
        self.host = host
        self.link = link
        self.window = window
        self.out: deque[Any] = deque()
        self.unread: deque[tuple[Connection, Any]] = deque()
        self.connection: Connection | None = None
        self.key: bytes | None = None
        self.closed = False
        self.on_up: Callable[[], None] = lambda: None
        self.on_down: Callable[[], None] = lambda: None
        self.on_refused: Callable[[], None] = lambda: None
        self._endpoint = endpoint
        self._out_max = out_max
        self._pause_s = RECONNECT_S
        link.dialler = self
        self._dial_after(0)

    @property
    def room(self) -> bool:
        """Whether a message may be sent."""
        return len(self.out) < self._out_max

    def send(self, message: Any) -> bool:
        """Send it, now or when somebody is there; false if there is no room."""
        if not self.room:
            return False
        self.out.append(message)
        if self.connection is not None:
            self.connection.up.pump()
        return True

    def read(self) -> Any | None:
        """The next message, None where there is none."""
        if not self.unread:
            return None
        connection, message = self.unread.popleft()
        connection.down.read()
        return message

    def take(self, connection: Connection, message: Any) -> None:
        """A message has come."""
        if not self._gone:
            self.unread.append((connection, message))
            self.host.wake()

    def lost(self, connection: Connection) -> None:
        """The connection is gone."""
        if self.connection is connection and not self._gone:
            self.connection = None
            self.on_down()
            self.host.wake()
            self._pause_s = RECONNECT_S
            self._again()

    def close(self) -> None:
        """End it; what waits is lost."""
        self.closed = True
        if self.connection is not None:
            self.connection.close(by_client=True)
            self.connection = None

    def established(self, listener: Listener, user_id: str | None) -> None:
        """The handshake is done."""
        self._answered(listener)
        if self._gone or self.connection is not None:
            return
        self.connection = Connection(self, listener, user_id)
        listener.connections.append(self.connection)
        self.on_up()
        self.connection.up.pump()
        self.host.wake()

    def refused(self, listener: Listener) -> None:
        """The listener does not know our key: as libzmq does, nothing more is tried."""
        self._answered(listener)
        if not self._gone:
            self.on_refused()
            self.host.wake()

    def turned_away(self) -> None:
        """The listener is gone before the handshake was done."""
        if not self._gone and self.connection is None:
            self._again()

    def _answered(self, listener: Listener) -> None:
        if self in listener.handshakes:
            listener.handshakes.remove(self)

    @property
    def _gone(self) -> bool:
        return self.closed or self.host.died_at < math.inf

    def _again(self) -> None:
        self._dial_after(self._pause_s * (0.5 + self.network.timeline.random.random()))
        self._pause_s = min(2 * self._pause_s, RECONNECT_MAX_S)

    def _dial_after(self, seconds: float) -> None:
        self.network.timeline.after(seconds + 2 * self.link.latency_s, self._dial)

    def _dial(self) -> None:
        listener = self.network.listeners.get(self._endpoint)
        if self._gone or self.connection is not None:
            return
        if self.link.silent:
            self._dial_after(CONNECT_TIMEOUT_S)
        elif listener is None:
            self._again()
        elif busy := max(listener.host.resting, self.host.resting):
            self._dial_after(busy)
        elif listener.keyed:
            listener.knocking.append(self)
            listener.handshakes.append(self)
            listener.host.wake()
        else:
            self.established(listener, None)
