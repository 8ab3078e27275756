"""A server for Frame Streams: resolvers connect and send dnstap, many at once, in one thread.

A connection that breaks the format ends, with one log line, and its resolver may come back; nothing that one
of them sends ends the server. Where there is no room for one more, the one that has been idle longest goes,
of those that have not begun a stream where there are many: strangers put out one another first.
"""

from __future__ import annotations

import errno
import logging
import resource
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from itertools import takewhile
from types import TracebackType

from nxcast.process.descriptors import make_room
from nxcast.process.ending import reason
from nxcast.process.stop import Stop
from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.producers.dnstap.listen_address import ListenAddress
from nxcast.producers.dnstap.listening_socket import Access, ListeningSocket, listen_at
from nxcast.producers.dnstap.mute_source import MuteWatch, all_gone, nobody_connects, nothing_to_send
from nxcast.producers.failure import ProducerError
from nxcast.producers.sensor_pushers import Flushing
from nxcast.producers.tally import Tally

__all__ = ["CONNECTIONS_MAX", "FEW_OCTETS", "RECEIVE", "REST_S", "START_TIMEOUT_S", "Server"]

CONNECTIONS_MAX = 1024  # a PowerDNS Recursor with 64 threads opens more than 64
# Octets of frames in the making, of all connections; each may have one of 256 KiB.
UNFINISHED_MAX = 64 << 20
DESCRIPTORS_BESIDE = 64  # that a process has open beside its connections
RECEIVE = 256 << 10  # octets a read, so that one busy resolver doesn't keep the others waiting
# Seconds until resolvers are listened to again, at first and at most, where fewer octets came of all: to wake
# up for each message by itself costs three times as much, and what came waits longer for its batch. A rest
# that found a quarter of that is followed by one of twice its length, one that found half by one of half. A
# burst that comes meanwhile has the socket, with room for 277 that come one by one, and what the resolver's
# dnstap library keeps (512 with fstrm's defaults): 789 in 8 ms are 98,000 a second.
REST_S, LONGEST_REST_S, FEW_OCTETS = 0.002, 0.008, 16 << 10
START_TIMEOUT_S = 10.0  # a resolver sends START in two round trips; who doesn't takes a place from others
# A sixteenth of the places is for those who have just come: with one alone a resolver was put out before its
# START was read, by the next of strangers who begin a stream each, fall silent, and come back.
NEWCOMERS = 16
ACCEPT_PAUSE_S = 0.1  # after a failed accept, which would fail again at once

_log = logging.getLogger(__name__)


class _Connection:
    """One of a resolver's; a resolver has one a thread, or more."""

    def __init__(self, peer: socket.socket, name: str) -> None:
        self.socket = peer
        self.name = name
        self.reader = Reader()
        self.heard_at = time.monotonic()  # the last octets
        self.start_by = self.heard_at + START_TIMEOUT_S
        self.unfinished = 0  # octets of a frame in the making


class Server:
    """Listens at some addresses from its making on and until it is closed; raises ProducerError."""

    def __init__(
        self,
        addresses: Sequence[ListenAddress],
        take: Callable[[list[bytes]], None],
        pusher: Flushing,
        stop: Stop,
        tally: Tally,
        *,
        access: Access = Access(),  # noqa: B008  it can't change
    ) -> None:
        self._take = take
        self._pusher = pusher
        self._stop = stop
        self._tally = tally
        self._mute = MuteWatch(lambda: tally.frames, self._why_mute)
        self._unfinished = 0
        self._rest_s = REST_S
        self.refused = 0
        """Connections from where none may come."""
        self._connections_max = _descriptors(CONNECTIONS_MAX)
        make_room(self._connections_max + DESCRIPTORS_BESIDE)
        self._selector = selectors.DefaultSelector()
        self._connections: dict[_Connection, None] = {}
        self._unstarted: dict[_Connection, None] = {}  # those of them without a stream, in their order
        self._listeners: list[ListeningSocket] = []
        try:
            self._listeners = stop.unless_stopped(
                lambda: listen_at(addresses, access)
            )  # with names looked up
        except BaseException:
            self.close()
            raise
        self._selector.register(stop, selectors.EVENT_READ)
        for listener in self._listeners:
            self._selector.register(listener.socket, selectors.EVENT_READ, listener)
            _log.info("listening at %s", listener.name, extra={"address": listener.name})

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    def serve(self) -> None:
        """Take what the resolvers send until a stop; payloads go to `take` as they come."""
        while not self._stop.requested:
            octets = 0
            for number, (key, _) in enumerate(self._selector.select(self._due_in())):
                if number:
                    self._pusher.flush_due()  # after each of them, as a thousand can be long
                if isinstance(key.data, ListeningSocket):
                    self._accept(key.data)
                elif key.data in self._connections:  # else it has just made room for another
                    octets += self._receive(key.data)
            self._take([])  # what waited for others may be due
            if self._unstarted:
                self._drop_unstarted()
            self._mute.look()
            self._pusher.flush_due()
            self._rest(octets)
        self._drain()

    def close(self) -> None:
        """Close all connections and listeners, and remove the unix sockets."""
        for connection in self._connections:
            connection.socket.close()
        self._connections.clear()
        for listener in self._listeners:
            listener.close()
        self._selector.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _drain(self) -> None:
        """After a stop: take what has come already, within the grace that the stop gives."""
        while ready := [key.data for key, _ in self._selector.select(0) if key.data in self._connections]:
            for connection in ready:
                if connection not in self._connections:
                    continue  # it has just made room for another
                if self._stop.grace_left() > 0:
                    self._receive(connection)
                else:
                    self._drop(connection, "cut by the stop, with data left unread")

    def _rest(self, octets: int) -> None:
        """After so many octets, none or of all that were read: wait for more, where those were few."""
        if octets >= FEW_OCTETS:
            self._rest_s = REST_S
        elif octets:
            self._stop.wait(min(self._rest_s, self._pusher.due_in()))
            if octets < FEW_OCTETS // 4:
                self._rest_s = min(2 * self._rest_s, LONGEST_REST_S)
            elif octets >= FEW_OCTETS // 2:
                self._rest_s = max(self._rest_s / 2, REST_S)

    def _due_in(self) -> float:
        """Seconds until a batch or a connection that has not started wants something."""
        due_s = min(self._pusher.due_in(), self._mute.due_in())
        if (first := next(iter(self._unstarted), None)) is None:
            return due_s
        return min(due_s, max(first.start_by - time.monotonic(), 0))

    def _why_mute(self) -> str:
        """Why nothing could be sent."""
        if self._tally.skipped or self._connections:
            return nothing_to_send(self._tally.skipped, listening=True)
        if came := sum(listener.connections for listener in self._listeners):
            return all_gone(came, self.refused)
        places = ", ".join(listener.name for listener in self._listeners)
        return nobody_connects(places, "; ".join(listener.who_may() for listener in self._listeners))

    def _drop_unstarted(self) -> None:
        now = time.monotonic()
        for connection in takewhile(lambda each: each.start_by <= now, list(self._unstarted)):
            self._drop(connection, f"no START frame in {START_TIMEOUT_S:g} seconds")

    def _accept(self, listener: ListeningSocket) -> None:
        try:
            peer, where = listener.socket.accept()
        except OSError as error:  # the peer has gone again, or no descriptor is free
            if error.errno in (errno.EMFILE, errno.ENFILE) and self._make_room("no descriptor is free"):
                return
            _log.warning(
                "%s: can't accept a connection: %s",
                listener.name,
                reason(error),
                extra={"address": listener.name, "reason": reason(error)},
            )
            self._stop.wait(ACCEPT_PAUSE_S)
            return
        listener.connections += 1
        if not listener.admits(where):
            self.refused += 1
            peer.close()
            extra = {"address": listener.name, "peer": str(where[0]), "refused": self.refused}
            _log.warning("%s: refused %s: not in --allow", listener.name, where[0], extra=extra)
            return
        peer.setblocking(False)
        peer.setsockopt(
            socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1
        )  # so that a vanished resolver frees its place
        if len(self._connections) >= self._connections_max:
            self._make_room(f"{self._connections_max} connections are open, and another came")
        connection = _Connection(peer, f"{listener.name}, connection {listener.connections}")
        self._connections[connection] = self._unstarted[connection] = None
        self._selector.register(peer, selectors.EVENT_READ, connection)
        _log.info("%s: connected", connection.name, extra={"connection": connection.name})

    def _make_room(self, why: str) -> bool:
        """End the connection that has been idle longest, of many unstarted first; false: there is none."""
        if not self._connections:
            return False
        many = len(self._unstarted) > self._connections_max // NEWCOMERS
        idle = min(self._unstarted if many else self._connections, key=lambda each: each.heard_at)
        self._drop(idle, f"idle longest, and {why}")
        return True

    def _receive(self, connection: _Connection) -> int:
        """Take what came, and say how many octets that is."""
        try:
            data = connection.socket.recv(RECEIVE)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._drop(connection, reason(error))
            return 0
        reader = connection.reader
        connection.heard_at = time.monotonic()
        if data:
            self._take(reader.receive_data(data))
            self._unfinished += reader.unfinished - connection.unfinished
            connection.unfinished = reader.unfinished
            if reader.started:
                self._unstarted.pop(connection, None)
        else:
            reader.receive_eof()
        if not _answer(connection):
            self._drop(connection, "takes no answer")
        elif reader.error is not None:
            self._drop(connection, str(reader.error))
        elif reader.finished:
            self._drop(connection, "finished", logging.INFO)
        if self._unfinished > UNFINISHED_MAX:
            holding = (each for each in self._connections if each.unfinished)
            idle = min(holding, key=lambda each: each.heard_at)
            self._drop(idle, f"idle longest, and unfinished frames take {UNFINISHED_MAX >> 20} MiB in all")
        return len(data)

    def _drop(self, connection: _Connection, why: str, level: int = logging.WARNING) -> None:
        extra = {"connection": connection.name, "reason": why}
        _log.log(level, "%s: closed: %s", connection.name, why, extra=extra)
        self._selector.unregister(connection.socket)
        connection.socket.close()
        del self._connections[connection]
        self._unstarted.pop(connection, None)
        self._unfinished -= connection.unfinished


def _descriptors(connections: int) -> int:
    """How many connections this process may have, its limit on descriptors raised as far as it can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + DESCRIPTORS_BESIDE
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most <= DESCRIPTORS_BESIDE:
        raise ProducerError(f"only {most} descriptors may be open (ulimit -n): {wanted} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < wanted:
        _log.warning(
            "room for %d connections, not %d: only %d descriptors may be open (ulimit -n, LimitNOFILE=)",
            most - DESCRIPTORS_BESIDE,
            connections,
            most,
        )
    return most - DESCRIPTORS_BESIDE


def _answer(connection: _Connection) -> bool:
    """Send what the stream asks for: at most 42 octets and 12 in all, so room for it is no question."""
    answer = connection.reader.data_to_send()
    try:
        return connection.socket.send(answer) == len(answer) if answer else True
    except OSError:
        return False
