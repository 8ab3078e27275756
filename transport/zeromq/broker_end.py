"""The broker's end: its three sockets, and who may come in.

Ingress is a PULL socket, egress an XPUB socket, replay a ROUTER, all bound; with keys each takes CURVE only,
and a fourth, inside the process, is asked who may come in. Nothing here waits but `wait` and
`message_waits`, nothing decides, and what peers send is handed on as octets, with the User-Id of the
connection where there are keys. One thread's, but for `stop`.
"""

from __future__ import annotations

import errno
import socket
import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import count

import zmq

from nxcast.schemas.curve import CURVE_OVERHEAD
from nxcast.schemas.frames import INGRESS_MESSAGE_MAX
from nxcast.schemas.requests import REQUEST_MAX
from nxcast.transport.endpoints import EGRESS, INGRESS, REPLAY, check_free
from nxcast.transport.ends import BindError, Endpoints, Ready, Received, Said
from nxcast.transport.host_names import bindable
from nxcast.transport.zeromq.socket_options import (
    KEEPALIVE,
    bound_endpoint,
    failure,
    new_context,
    set_options,
)

__all__ = ["Sockets", "key_pair"]

ZAP_ENDPOINT = "inproc://zeromq.zap.01"  # RFC 27, 'The ZAP Handler': fixed
KINDS = {INGRESS: zmq.PULL, EGRESS: zmq.XPUB, REPLAY: zmq.ROUTER}  # in the order in which they are bound

INGRESS_HIGH_WATER_MARK = 16  # messages a producer held here; 16 x 8 MiB = 128 MiB at most, usually 1 MiB
# Octets of what a subscriber sends: the longest topic takes 24, a handshake with keys 300, and up to 255 more
# where a client has named itself.
SUBSCRIPTION_MAX = 1024
REQUESTS_WAITING = 16  # requests of a client held here; 16 x 2 KiB = 32 KiB
ANSWERS_WAITING = 4  # answers to a client held here before it loses some; 4 x 1 MiB = 4 MiB
REBIND_S = 2.0  # seconds; ZeroMQ gives an endpoint up in about a millisecond
LINGER_MS = 2000  # milliseconds given at the end to subscribers that are behind
# Connections that came or went, read at a time: each takes libzmq some 300 octets until it is. It lets in and
# ends about 20,000 connections a second, so what waits is read within seconds.
EVENTS_A_LOOK = 65_536
EVENT = struct.Struct("=HI")  # zmq_socket_monitor(3): 16 bits say what happened, 32 to which descriptor
OPTIONS: dict[str, Mapping[zmq.SocketOption, int | bytes]] = {
    INGRESS: {
        zmq.SocketOption.RCVHWM: INGRESS_HIGH_WATER_MARK,
        zmq.SocketOption.MAXMSGSIZE: INGRESS_MESSAGE_MAX,
        **KEEPALIVE,
        zmq.SocketOption.LINGER: 0,
    },
    EGRESS: {
        zmq.SocketOption.XPUB_VERBOSER: 1,  # each subscription shows, also to what another already has
        zmq.SocketOption.MAXMSGSIZE: SUBSCRIPTION_MAX,
        **KEEPALIVE,
        zmq.SocketOption.LINGER: LINGER_MS,
    },
    REPLAY: {
        zmq.SocketOption.RCVHWM: REQUESTS_WAITING,
        zmq.SocketOption.SNDHWM: ANSWERS_WAITING,
        zmq.SocketOption.MAXMSGSIZE: REQUEST_MAX,
        zmq.SocketOption.ROUTER_MANDATORY: 0,  # an answer that finds no room, or nobody, is dropped
        **KEEPALIVE,
        zmq.SocketOption.LINGER: 0,
    },
}


class Sockets:
    """All sockets of a broker, bound when made, at these endpoints. Raises BindError.

    `high_water_mark` is that of the egress, in messages a subscriber; `secret` is the broker's own key (Z85),
    None where there are no keys.
    """

    def __init__(self, endpoints: Endpoints, *, high_water_mark: int, secret: str | None) -> None:
        self._keyed = secret is not None
        self._options: dict[str, dict[zmq.SocketOption, int | bytes]] = {
            name: {**plain, **({} if secret is None else _curve_options(secret, name, plain))}
            for name, plain in OPTIONS.items()
        }
        self._options[EGRESS][zmq.SocketOption.SNDHWM] = high_water_mark
        self._context: zmq.Context[zmq.Socket[bytes]] = new_context()
        self._poller = zmq.Poller()
        self._stop_reader, self._stop_writer = socket.socketpair()
        self._poller.register(self._stop_reader, zmq.POLLIN)
        self._knocks = self._context.socket(zmq.REP)
        if self._keyed:  # before the others: without it ZeroMQ would let any key in
            self._knocks.bind(ZAP_ENDPOINT)
            self._poller.register(self._knocks, zmq.POLLIN)
        self._bound: dict[str, zmq.Socket[bytes]] = {}
        self._monitors: dict[str, _Monitor] = {}
        self._numbers = count(1)
        try:
            for name, endpoint in zip(KINDS, endpoints, strict=True):
                self._bind(name, endpoint)
        except BindError:
            self.close()
            raise

    @property
    def endpoints(self) -> Endpoints:
        """Where they are bound."""
        return Endpoints(*(bound_endpoint(self._bound[name]) for name in KINDS))

    def wait(self, timeout_ms: int, *, messages: bool = True) -> set[Ready]:
        """Until something is there, or the time is over; without `messages` those of producers wait."""
        self._poller.register(self._bound[INGRESS], zmq.POLLIN if messages else 0)
        what: dict[object, Ready] = {
            self._stop_reader.fileno(): Ready.STOP,
            self._knocks: Ready.KNOCK,
            self._bound[EGRESS]: Ready.SUBSCRIPTION,
            self._bound[INGRESS]: Ready.MESSAGE,
            self._bound[REPLAY]: Ready.REQUEST,
        }
        return {what[each] for each, _ in self._poller.poll(timeout_ms)}

    def stop(self) -> None:
        """Make `wait` find a stop, now or next; may be called from a signal handler or another thread."""
        with suppress(OSError):  # closed already
            self._stop_writer.send(b"x")

    def message(self) -> Received | None:
        """The next message of a producer, None where there is none."""
        try:
            frames = self._bound[INGRESS].recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None
        last = frames[-1]
        user_id = _user_id(last) if self._keyed else None
        sender = _connection(last) if user_id is None else user_id.partition(" ")[2]
        return Received([frame.bytes for frame in frames], user_id, sender)

    def message_waits(self, timeout_ms: int) -> bool:
        """Whether there is one, or comes within this time."""
        return bool(self._bound[INGRESS].poll(timeout_ms))

    def subscription(self) -> Said | None:
        """The next thing that a subscriber said, None where there is nothing."""
        try:  # part by part: libzmq takes each for a subscription of its own
            frame = self._bound[EGRESS].recv(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None
        return Said(frame.bytes, _user_id(frame))

    def subscribe(self, prefixes: Iterable[bytes]) -> None:
        """With keys: put subscriptions in force for the connection whose message was read last."""
        for prefix in prefixes:
            self._bound[EGRESS].setsockopt(zmq.SUBSCRIBE, prefix)

    def unsubscribe(self, prefixes: Iterable[bytes]) -> None:
        """With keys: end subscriptions of that connection."""
        for prefix in prefixes:
            self._bound[EGRESS].setsockopt(zmq.UNSUBSCRIBE, prefix)

    def publish(self, message: Sequence[bytes]) -> None:
        """Send a message to all that subscribe to its topic; who is too far behind misses it."""
        self._bound[EGRESS].send_multipart(message)

    def request(self) -> Received | None:
        """The next request, None where there is none; its first part says who asks."""
        # poll takes in what clients have read meanwhile; without it answers are dropped as if none had been.
        return self._receive(self._bound[REPLAY]) if self._bound[REPLAY].poll(0) else None

    def answer(self, parts: Sequence[bytes]) -> None:
        """Answer a request, the first part being that of the request; lost where there is no room for it."""
        self._bound[REPLAY].send_multipart(parts, zmq.NOBLOCK)

    def knock(self) -> list[bytes] | None:
        """ZeroMQ's next question (ZAP) whether a client may come in; `admit` has to answer it."""
        return self._knocks.recv_multipart() if self._knocks.poll(0) else None

    def admit(self, reply: Sequence[bytes]) -> None:
        """Answer it."""
        self._knocks.send_multipart(reply)

    def cut_off(self, name: str) -> None:
        """End all connections of a socket: ZeroMQ can't end one. Who may come in again does so by itself.

        The socket is bound anew, and what had not been read of it is gone. Raises BindError.
        """
        old = self._bound[name]
        endpoint = bound_endpoint(old)
        self._poller.register(old, 0)
        self._monitors.pop(name).close()
        old.close(linger=0)
        deadline = time.monotonic() + REBIND_S
        while True:
            try:
                self._bind(name, endpoint)
                return
            except BindError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.001)

    def connections(self) -> dict[str, int]:
        """How many are connected to each socket, those included that have not said yet who they are."""
        return {name: monitor.connections() for name, monitor in self._monitors.items()}

    def close(self) -> None:
        """Give up all endpoints; subscribers that are behind get two seconds for what is theirs."""
        for monitor in self._monitors.values():
            monitor.close()
        self._context.destroy()
        self._stop_reader.close()
        self._stop_writer.close()

    def _receive(self, bound: zmq.Socket[bytes]) -> Received:
        if not self._keyed:
            return Received(bound.recv_multipart(zmq.NOBLOCK), None)
        frames = bound.recv_multipart(zmq.NOBLOCK, copy=False)
        return Received([frame.bytes for frame in frames], _user_id(frames[-1]))

    def _bind(self, name: str, endpoint: str) -> None:
        bound: zmq.Socket[bytes] = self._context.socket(KINDS[name])
        set_options(bound, self._options[name])
        try:
            at = bindable(endpoint)
        except OSError as error:
            bound.close(linger=0)
            raise BindError(f"can't bind {endpoint}: {failure(error)}; --{name} names another") from None
        bound.setsockopt(zmq.IPV6, "[" in at)  # else an IPv4 address would show as ::ffff:127.0.0.1
        monitor = _Monitor(self._context, bound, f"inproc://monitor-{next(self._numbers)}")
        try:
            check_free(endpoint)
            bound.bind(at)
        except (OSError, zmq.ZMQError) as error:
            monitor.close()
            bound.close(linger=0)
            running = " (is a broker running already?)" if error.errno == errno.EADDRINUSE else ""
            raise BindError(
                f"can't bind {endpoint}: {failure(error)}{running}; --{name} names another"
            ) from None
        self._poller.register(bound, zmq.POLLIN)
        self._bound[name], self._monitors[name] = bound, monitor


class _Monitor:
    """Who is connected to a socket, by libzmq's events of it. Made before the socket is bound.

    libzmq's own thread sends them and waits for room, and would hold up all sockets: so there is always room,
    and the reader ends after the sender, never before.
    """

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], bound: zmq.Socket[bytes], endpoint: str
    ) -> None:
        self._bound = bound
        self._open: set[int] = set()  # descriptors of connections
        bound.monitor(endpoint, zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED)
        self._events = context.socket(zmq.PAIR)
        self._events.rcvhwm = 0  # no limit
        self._events.connect(endpoint)

    def connections(self) -> int:
        """How many there are."""
        with suppress(zmq.Again):
            for _ in range(EVENTS_A_LOOK):
                octets, _ = self._events.recv_multipart(zmq.NOBLOCK)
                event, descriptor = EVENT.unpack(octets)
                change = self._open.add if event == zmq.EVENT_ACCEPTED else self._open.discard
                change(descriptor)
        return len(self._open)

    def close(self) -> None:
        self._bound.disable_monitor()
        self._events.close(linger=0)


def key_pair() -> tuple[str, str]:
    """A new key pair for CURVE, in Z85: public, secret."""
    public, secret = zmq.curve_keypair()
    return public.decode(), secret.decode()


def _curve_options(
    secret: str, name: str, plain: Mapping[zmq.SocketOption, int | bytes]
) -> dict[zmq.SocketOption, int | bytes]:
    size = plain[zmq.SocketOption.MAXMSGSIZE]
    assert isinstance(size, int)  # noqa: S101
    options: dict[zmq.SocketOption, int | bytes] = {
        zmq.SocketOption.CURVE_SERVER: 1,
        zmq.SocketOption.CURVE_SECRETKEY: secret.encode(),
        zmq.SocketOption.ZAP_DOMAIN: name.encode(),
        zmq.SocketOption.MAXMSGSIZE: size + CURVE_OVERHEAD,
    }
    if name == EGRESS:
        options[zmq.SocketOption.XPUB_MANUAL] = 1  # a subscription is in force only where it is allowed
    return options


def _connection(frame: zmq.Frame) -> str:
    """Where a message came from: address, and the number of the connection here."""
    try:
        return f"{frame.get('Peer-Address')} #{frame.get('__fd')}"
    except zmq.ZMQError:  # libzmq keeps the number to itself: then all are one sender
        return ""


def _user_id(frame: zmq.Frame) -> str | None:
    """What the gate gave the sender's connection when it came in; None: libzmq says something of its own."""
    try:
        return str(frame.get("User-Id"))
    except zmq.ZMQError:
        return None
