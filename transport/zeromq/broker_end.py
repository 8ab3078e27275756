"""The broker's end: its three sockets, and who may come in.

Ingress is a PULL socket, egress an XPUB socket, replay a ROUTER, all bound; with keys each takes CURVE only,
the egress has one socket more for each set of rights, and one inside the process is asked who may come in.
Nothing here waits but `wait` and `message_waits`, nothing decides, and what peers send is handed on as
octets, with the User-Id of the connection where there are keys. One thread's, but for `stop`. While that one
is at something else for long, as where the disk stands still, a thread of ours looks after memory.
"""

from __future__ import annotations

import errno
import math
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count

import zmq

from nxcast.process.descriptors import DescriptorsError, check_descriptors, make_room
from nxcast.schemas.curve import CURVE_OVERHEAD
from nxcast.transport.endpoints import EGRESS, INGRESS, REPLAY, check_free, is_nats, shown
from nxcast.transport.ends import (
    FLOODED,
    PARTS_MAX,
    BindError,
    Cuts,
    Endpoints,
    Octets,
    Peer,
    Ready,
    Received,
    Said,
)
from nxcast.transport.host_names import bindable
from nxcast.transport.memory_shares import shares
from nxcast.transport.zeromq.broker_options import IO_THREADS, LINGER_MS, broker_options
from nxcast.transport.zeromq.connections import Connection, Connections, sender_of
from nxcast.transport.zeromq.contexts import end_context, new_context
from nxcast.transport.zeromq.crowding import Crowding, kind_of
from nxcast.transport.zeromq.kernel_rounds import KernelRounds
from nxcast.transport.zeromq.socket_options import bound_endpoint, failure, set_options

__all__ = ["VIEWED_MIN", "Sockets", "key_pair"]

ZAP_ENDPOINT = "inproc://zeromq.zap.01"  # RFC 27, 'The ZAP Handler': fixed
KINDS = {INGRESS: zmq.PULL, EGRESS: zmq.XPUB, REPLAY: zmq.ROUTER}  # in the order in which they are bound

# Octets from which on a part is not copied as it comes: libzmq has it by itself; small ones share 8 KiB.
VIEWED_MIN = 64 << 10
DESCRIPTORS_A_SOCKET = 8  # those of the socket, what tells of its connections, and where it listens
DESCRIPTORS_ELSE = 256  # those of 16 sets of rights, the log, metrics, and what is being refused
SHORT_MAX = 255  # octets of a part whose length takes one
# Seconds from one look of our thread to the next: usually, and where a quarter of the memory is used; 75 MB
# and 30 MB may come meanwhile.
WATCH_S, PRESSED_WATCH_S = 0.05, 0.02
# Milliseconds that a wait lasts at most before there is a look at memory and connections: usually, and where
# a quarter of the memory is used.
LOOK_MS, PRESSED_LOOK_MS = 100, 20


class Sockets:
    """All sockets of a broker, bound when made, at these endpoints, but for NATS's. Raises BindError.

    `high_water_mark` is that of the egress, in messages a subscriber; all that waits keeps to `memory_max`
    (octets); `secret` is the broker's own key (Z85), None where there are no keys.
    """

    def __init__(
        self, endpoints: Endpoints, *, high_water_mark: int, memory_max: int, secret: str | None
    ) -> None:
        self._keyed = secret is not None
        self._options = broker_options(secret)
        # Never changed afterwards: libzmq 4.3.5 is not made for that.
        self._options[EGRESS][zmq.SocketOption.SNDHWM] = high_water_mark
        room = shares(memory_max)
        make_room(sum(room.connections_max) + DESCRIPTORS_ELSE)
        self._context: zmq.Context[zmq.Socket[bytes]] = new_context(IO_THREADS)
        self._poller = zmq.Poller()
        self._stop_reader, self._stop_writer = socket.socketpair()
        self._poller.register(self._stop_reader, zmq.POLLIN)
        self._knocks = self._context.socket(zmq.REP)
        if self._keyed:  # before the others: without it ZeroMQ would let any key in
            self._knocks.bind(ZAP_ENDPOINT)
            self._poller.register(self._knocks, zmq.POLLIN)
        self._endpoints = dict(zip(KINDS, map(shown, endpoints), strict=True))
        self._bound: dict[str, zmq.Socket[bytes]] = {}
        self._monitors: dict[str, Connections] = {}
        self._crowding = Crowding(memory_max, room, self._monitors)
        self._now_s = time.monotonic()
        self._guard = threading.Lock()  # on connections, and what tells of them
        self._closing = threading.Event()
        self._numbers = count(1)
        try:
            for name, endpoint in zip(KINDS, endpoints, strict=True):
                if not is_nats(endpoint):
                    self._bind(name, endpoint, name)
        except BindError:
            self.close()
            raise
        self._rounds = KernelRounds(self._monitors[INGRESS])
        threading.Thread(target=self._watch_memory, name="memory", daemon=True).start()

    @property
    def endpoints(self) -> Endpoints:
        """Where they are bound."""
        bound = {name: bound_endpoint(self._bound[name]) for name in KINDS if name in self._bound}
        return Endpoints(**{**self._endpoints, **bound})

    def wait(self, timeout_ms: int, *, messages: bool = True) -> set[Ready]:
        """Until something is there, or the time is over; without `messages` those of producers wait.

        Meanwhile, and at least once a call, connections that must end are ended.
        """
        self._poller.register(self._bound[INGRESS], zmq.POLLIN if messages else 0)
        what: dict[object, Ready] = {
            self._stop_reader.fileno(): Ready.STOP,
            self._knocks: Ready.KNOCK,
            **dict.fromkeys([self._bound[name] for name in self._egresses()], Ready.SUBSCRIPTION),
            self._bound[INGRESS]: Ready.MESSAGE,
            self._bound[REPLAY]: Ready.REQUEST,
        }
        until_s = time.monotonic() + timeout_ms / 1000
        while True:
            left_ms = max(0, math.ceil((until_s - time.monotonic()) * 1000))
            look_ms = PRESSED_LOOK_MS if self._crowding.pressed else LOOK_MS
            with self._guard:
                found = [each for each, _ in self._poller.poll(min(left_ms, look_ms))]
            self._look(events=any(each not in what for each in found))
            ready = {what[each] for each in found if each in what}
            self._crowding.dry |= messages and Ready.MESSAGE not in ready
            if ready or self._now_s >= until_s:
                return ready

    def stop(self) -> None:
        """Make `wait` find a stop, now or next; may be called from a signal handler or another thread."""
        with suppress(OSError):  # closed already
            self._stop_writer.send(b"x")

    def message(self) -> Received | None:
        """The next message of a producer, None where there is none."""
        receive = self._bound[INGRESS].recv
        try:
            frame = receive(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            self._crowding.dry = True
            return None
        parts, count = [frame.buffer if len(frame) >= VIEWED_MIN else frame.bytes], 1
        while frame.more:  # recv_multipart asks the socket after each part, for 2 µs
            frame = receive(copy=False)
            count += 1
            if len(parts) <= PARTS_MAX:
                parts.append(frame.buffer if len(frame) >= VIEWED_MIN else frame.bytes)
        user_id = self._user_id(frame)
        sender = sender_of(frame, user_id)
        self._heard(INGRESS, frame, user_id, self._wire(parts), sender)
        if count > PARTS_MAX:
            self._sent_parts(INGRESS, frame, count)
        return Received(parts, user_id, sender)

    @property
    def short(self) -> bool:
        """Whether memory is: what producers sent has to be read then, and refused where it is too much."""
        return self._crowding.short

    @property
    def waits(self) -> int:
        """How often so far a producer of large messages had to wait until there was memory for them."""
        return self._crowding.waits

    def message_waits(self, timeout_ms: int) -> bool:
        """Whether there is one, or comes within this time."""
        return bool(self._bound[INGRESS].poll(timeout_ms))

    def subscription(self) -> Said | None:
        """The next thing that a subscriber said, None where there is nothing."""
        for name in self._egresses():
            with suppress(zmq.Again):
                frame = self._bound[name].recv(zmq.NOBLOCK, copy=False)
                said = Said(frame.bytes, self._sender(name, frame), name)
                with self._guard:
                    connection = self._connection(name, frame)
                    if connection is not None:
                        self._crowding.subscriber_said(name, connection, said.octets, self._now_s)
                return said
        return None

    def open_egress(self, name: str, endpoint: str) -> str:
        """With keys: one socket more of the egress, and where it is bound. Raises BindError."""
        self._options[name] = {**self._options[EGRESS], zmq.SocketOption.ZAP_DOMAIN: name.encode()}
        self._bind(name, endpoint, "egress-ports")
        return bound_endpoint(self._bound[name])

    def close_egress(self, name: str) -> None:
        """End it, and all its connections."""
        with self._guard:
            bound, monitor = self._bound.pop(name), self._monitors.pop(name)
            self._poller.unregister(bound)
            self._poller.unregister(monitor.events)
            monitor.close()
        bound.close(linger=0)

    def publish(self, message: Sequence[bytes], sockets: Sequence[str] = (EGRESS,)) -> None:
        """Send a message to all that subscribe to its topic there; who is too far behind misses it."""
        if len(sockets) == 1:
            self._bound[sockets[0]].send_multipart(message)
            return
        frames = [zmq.Frame(part) for part in message]  # copied once at most, and shared by all
        for name in sockets:
            self._bound[name].send_multipart(frames, copy=False)

    def request(self) -> Received | None:
        """The next request, None where there is none; its first part says who asks."""
        # poll takes in what clients have read meanwhile; without it answers are dropped as if none had been.
        if not self._bound[REPLAY].poll(0):
            return None
        receive = self._bound[REPLAY].recv
        frame = receive(zmq.NOBLOCK, copy=False)
        parts, count = [frame.bytes], 1
        while frame.more:
            frame = receive(copy=False)
            count += 1
            if len(parts) <= PARTS_MAX:
                parts.append(frame.bytes)
        user_id = self._sender(REPLAY, frame)
        if count > PARTS_MAX:
            self._sent_parts(REPLAY, frame, count)
        return Received(parts, user_id)

    def answer(self, parts: Sequence[bytes]) -> None:
        """Answer a request, the first part being that of the request; lost where there is no room for it."""
        self._bound[REPLAY].send_multipart(parts, zmq.NOBLOCK)

    def knock(self) -> list[bytes] | None:
        """ZeroMQ's next question (ZAP) whether a client may come in; `admit` has to answer it."""
        return self._knocks.recv_multipart() if self._knocks.poll(0) else None

    def admit(self, reply: Sequence[bytes]) -> None:
        """Answer it."""
        self._knocks.send_multipart(reply)

    def cut(self, name: str, whose: Callable[[str], bool]) -> None:
        """With keys: end the connections of a socket that have such a User-Id, or have sent nothing yet.

        Who may come in again does so by itself.
        """
        with self._guard:
            self._monitors[name].look(self._now_s)
            self._monitors[name].cut(whose)

    def cut_sender(self, sender: str) -> None:
        """End the connections of a sender of messages, by its name as Received has it: it floods."""
        with self._guard:
            self._monitors[INGRESS].look(self._now_s)
            for each in self._monitors[INGRESS].all():
                if each.sender == sender:
                    self._crowding.end(INGRESS, each, FLOODED)

    def heard(self, name: str) -> set[str]:
        """With keys: the User-Ids of the connections of a socket that have said something."""
        with self._guard:
            return self._monitors[name].users()

    def cuts(self, other_octets: int = 0) -> Cuts:
        """Who was cut off since the last call, for want of room or of taking anything, and how often.

        `other_octets` are those that the process has for other things than messages on their way.
        """
        with self._guard:
            self._crowding.other_octets = other_octets
            cuts, self._crowding.cuts = self._crowding.cuts, Cuts()
            return cuts

    def connections(self) -> dict[str, int]:
        """How many are connected to each, those included that have not said yet who they are."""
        self._look(events=True)
        return {kind: self._crowding.count(kind) for kind in KINDS}

    def peers(self) -> list[Peer]:
        """Who they are, and what waits: some 30 µs for each."""
        self._look(events=True)
        with self._guard:
            return [peer for kind in KINDS for peer in self._crowding.peers(kind, self._now_s)]

    def close(self) -> None:
        """Give up all endpoints; subscribers that are behind get two seconds for what is theirs."""
        self._closing.set()
        with self._guard:
            for monitor in self._monitors.values():
                monitor.close()
            self._monitors.clear()
        end_context(self._context, within_s=LINGER_MS / 1000)
        self._stop_reader.close()
        self._stop_writer.close()

    def _look(self, *, events: bool) -> None:
        """End the connections that must end, and give producers their room."""
        with self._guard:
            self._now_s = time.monotonic()
            self._crowding.look(self._now_s, events=events)
            self._rounds.look(self._now_s, events=events)

    def _watch_memory(self) -> None:
        """Look after it while nobody else has for a while."""
        while not self._closing.wait(wait_s := PRESSED_WATCH_S if self._crowding.pressed else WATCH_S):
            if self._guard.acquire(blocking=False):
                try:
                    now_s = time.monotonic()
                    if now_s - self._now_s > wait_s:
                        self._crowding.look(now_s, events=True)
                finally:
                    self._guard.release()

    def _wire(self, parts: Sequence[Octets]) -> int:
        """Octets that a message takes on its way (ZMTP 3.1: flags, and a length of one octet or eight)."""
        octets = 0
        for part in parts:
            size = len(part) + (CURVE_OVERHEAD if self._keyed else 0)
            octets += size + (2 if size <= SHORT_MAX else 9)
        return octets

    def _sender(self, name: str, frame: zmq.Frame) -> str | None:
        """The User-Id of who sent this to a socket, which has said something by it."""
        user_id = self._user_id(frame)
        self._heard(name, frame, user_id)
        return user_id

    def _user_id(self, frame: zmq.Frame) -> str | None:
        """What the gate gave the sender's connection when it came in, None without keys.

        None as well where libzmq itself says something.
        """
        try:
            return str(frame.get("User-Id")) if self._keyed else None
        except zmq.ZMQError:
            return None

    def _heard(
        self, name: str, frame: zmq.Frame, user_id: str | None, octets: int = 0, sender: str | None = None
    ) -> None:
        # A private property of pyzmq and libzmq; without it nobody is known to have sent anything.
        with suppress(zmq.ZMQError, ValueError), self._guard:
            self._monitors[name].heard(int(frame.get("__fd")), user_id, octets, self._now_s, sender)

    def _connection(self, name: str, frame: zmq.Frame) -> Connection | None:
        """The connection to a socket that this came from, if it is still there."""
        try:
            return self._monitors[name].at(int(frame.get("__fd")))
        except (zmq.ZMQError, ValueError):
            return None

    def _sent_parts(self, name: str, frame: zmq.Frame, count: int) -> None:
        """Have the connection that this came from ended where it sends too many of them."""
        with self._guard:
            self._monitors[name].look(self._now_s)
            connection = self._connection(name, frame)
            if connection is not None:
                self._crowding.sent_parts(name, connection, count, self._now_s)

    def _egresses(self) -> list[str]:
        return [name for name in self._bound if kind_of(name) == EGRESS]

    def _bind(self, name: str, endpoint: str, option: str) -> None:
        try:
            check_descriptors(DESCRIPTORS_A_SOCKET)
        except DescriptorsError as error:
            raise BindError(f"can't bind {endpoint}: {error}") from None
        bound: zmq.Socket[bytes] = self._context.socket(KINDS[kind_of(name)])
        set_options(bound, self._options[name])
        try:
            at = bindable(endpoint)
        except OSError as error:
            bound.close(linger=0)
            raise BindError(f"can't bind {endpoint}: {failure(error)}; --{option} names another") from None
        bound.setsockopt(zmq.IPV6, "[" in at)  # else an IPv4 address would show as ::ffff:127.0.0.1
        monitor = Connections(self._context, bound, f"inproc://monitor-{next(self._numbers)}")
        try:
            check_free(endpoint)
            bound.bind(at)
        except (OSError, zmq.ZMQError) as error:
            monitor.close()
            bound.close(linger=0)
            running = " (is a broker running already?)" if error.errno == errno.EADDRINUSE else ""
            raise BindError(
                f"can't bind {endpoint}: {failure(error)}{running}; --{option} names another"
            ) from None
        monitor.locate()
        self._poller.register(bound, zmq.POLLIN)
        self._poller.register(monitor.events, zmq.POLLIN)
        with self._guard:
            self._bound[name], self._monitors[name] = bound, monitor


def key_pair() -> tuple[str, str]:
    """A new key pair for CURVE, in Z85: public, secret."""
    public, secret = zmq.curve_keypair()
    return public.decode(), secret.decode()
