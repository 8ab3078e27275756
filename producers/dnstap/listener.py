"""A server for Frame Streams: resolvers connect and send dnstap, several at once, in one thread.

A resolver that breaks the format loses its connection, with one log line, and may come back; nothing that one
of them sends ends the server. What is listened at is given back at the end.
"""

from __future__ import annotations

import errno
import logging
import os
import selectors
import socket
import stat
import time
from collections.abc import Callable, Sequence
from types import TracebackType

from nxcast.process.ending import reason
from nxcast.process.stop import Stop
from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.producers.dnstap.listen_address import TcpAddress, UnixAddress
from nxcast.producers.failure import ProducerError
from nxcast.producers.pusher import Pusher

__all__ = ["CONNECTIONS_MAX", "RECEIVE", "START_TIMEOUT_S", "Server"]

CONNECTIONS_MAX = 64  # each may hold a frame of 256 KiB in the making: 16 MiB; more wait in the backlog
BACKLOG = 16  # connections that the kernel keeps waiting, a listener
RECEIVE = 256 << 10  # octets a read, so that one busy resolver doesn't keep the others waiting
START_TIMEOUT_S = 10.0  # a resolver sends START in two round trips; who doesn't takes a place from others
ACCEPT_PAUSE_S = 0.1  # after a failed accept, which would fail again at once

_log = logging.getLogger(__name__)


class _Listener:
    """A listening socket and what it takes to leave nothing behind."""

    def __init__(self, address: UnixAddress | TcpAddress) -> None:
        self._inode: tuple[int, int] | None = None
        if isinstance(address, UnixAddress):
            self.socket = _bind_unix(address)
            self.name = str(address)
            status = os.stat(address.path)
            self._path, self._inode = address.path, (status.st_dev, status.st_ino)
        else:
            self.socket = _bind_tcp(address)
            self.name = str(TcpAddress(*self.socket.getsockname()[:2]))
        self.socket.setblocking(False)
        self.count = 0  # connections so far

    def close(self) -> None:
        self.socket.close()
        if self._inode is None:
            return
        try:
            status = os.stat(self._path)
            if (status.st_dev, status.st_ino) == self._inode:  # not another's that took its place
                os.unlink(self._path)
        except FileNotFoundError:
            pass


class _Connection:
    """One resolver."""

    def __init__(self, peer: socket.socket, name: str) -> None:
        self.socket = peer
        self.name = name
        self.reader = Reader()
        self.start_by = time.monotonic() + START_TIMEOUT_S


class Server:
    """Listens at some addresses from its making on and until it is closed; raises ProducerError."""

    def __init__(
        self,
        addresses: Sequence[UnixAddress | TcpAddress],
        take: Callable[[list[bytes]], None],
        pusher: Pusher,
        stop: Stop,
    ) -> None:
        self._take = take
        self._pusher = pusher
        self._stop = stop
        self._selector = selectors.DefaultSelector()
        self._listeners: list[_Listener] = []
        self._connections: set[_Connection] = set()
        try:
            for address in addresses:
                self._listeners.append(_Listener(address))
        except BaseException:
            self.close()
            raise
        self._selector.register(stop, selectors.EVENT_READ)
        self._accepting(True)
        for listener in self._listeners:
            _log.info("listening at %s", listener.name, extra={"address": listener.name})

    @property
    def connections(self) -> int:
        """How many resolvers are connected."""
        return len(self._connections)

    def serve(self) -> None:
        """Take what the resolvers send until a stop; payloads go to `take` as they come."""
        while not self._stop.requested:
            for key, _ in self._selector.select(self._due_in()):
                if isinstance(key.data, _Listener):
                    self._accept(key.data)
                elif isinstance(key.data, _Connection):
                    self._receive(key.data)
                self._pusher.flush_due()  # after each of them, as 64 can be long
            self._drop_unstarted()
            self._pusher.flush_due()
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
        while ready := [key.data for key, _ in self._selector.select(0) if isinstance(key.data, _Connection)]:
            for connection in ready:
                if self._stop.grace_left() > 0:
                    self._receive(connection)
                else:
                    self._drop(connection, "cut by the stop, with data left unread")

    def _unstarted(self) -> list[_Connection]:
        return [connection for connection in self._connections if not connection.reader.started]

    def _due_in(self) -> float:
        """Seconds until a batch or a connection that has not started wants something."""
        now = time.monotonic()
        waits = [max(connection.start_by - now, 0) for connection in self._unstarted()]
        return min([self._pusher.due_in(), *waits])

    def _drop_unstarted(self) -> None:
        now = time.monotonic()
        for connection in self._unstarted():
            if connection.start_by <= now:
                self._drop(connection, f"no START frame in {START_TIMEOUT_S:g} seconds")

    def _accepting(self, on: bool) -> None:
        for listener in self._listeners:
            if on:
                self._selector.register(listener.socket, selectors.EVENT_READ, listener)
            else:
                self._selector.unregister(listener.socket)

    def _accept(self, listener: _Listener) -> None:
        if len(self._connections) >= CONNECTIONS_MAX:
            return  # several listeners were ready at once
        try:
            peer, _ = listener.socket.accept()
        except OSError as error:  # the peer has gone again, or no descriptor is free
            _log.warning(
                "%s: can't accept a connection: %s",
                listener.name,
                reason(error),
                extra={"address": listener.name, "reason": reason(error)},
            )
            self._stop.wait(ACCEPT_PAUSE_S)
            return
        peer.setblocking(False)
        peer.setsockopt(
            socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1
        )  # so that a vanished resolver frees its place
        listener.count += 1
        connection = _Connection(peer, f"{listener.name}, resolver {listener.count}")
        self._connections.add(connection)
        self._selector.register(peer, selectors.EVENT_READ, connection)
        _log.info("%s: connected", connection.name, extra={"resolver": connection.name})
        if len(self._connections) == CONNECTIONS_MAX:
            self._accepting(False)
            _log.warning(
                "%d resolvers are connected: others have to wait",
                CONNECTIONS_MAX,
                extra={"count": CONNECTIONS_MAX},
            )

    def _receive(self, connection: _Connection) -> None:
        try:
            data = connection.socket.recv(RECEIVE)
        except BlockingIOError:
            return
        except OSError as error:
            self._drop(connection, reason(error))
            return
        reader = connection.reader
        if data:
            self._take(reader.receive_data(data))
        else:
            reader.receive_eof()
        if not _answer(connection):
            self._drop(connection, "takes no answer")
        elif reader.error is not None:
            self._drop(connection, str(reader.error))
        elif reader.finished:
            self._drop(connection, "finished", logging.INFO)

    def _drop(self, connection: _Connection, why: str, level: int = logging.WARNING) -> None:
        extra = {"resolver": connection.name, "reason": why}
        _log.log(level, "%s: closed: %s", connection.name, why, extra=extra)
        full = len(self._connections) == CONNECTIONS_MAX
        self._selector.unregister(connection.socket)
        connection.socket.close()
        self._connections.discard(connection)
        if full:
            self._accepting(True)


def _answer(connection: _Connection) -> bool:
    """Send what the stream asks for: at most 42 octets and 12 in all, so room for it is no question."""
    answer = connection.reader.data_to_send()
    try:
        return connection.socket.send(answer) == len(answer) if answer else True
    except OSError:
        return False


def _bind_unix(address: UnixAddress) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        try:
            listener.bind(address.path)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            _remove_stale(address)
            listener.bind(address.path)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ProducerError(f"{address}: {_reason(error)}") from None
    except ProducerError:
        listener.close()
        raise
    return listener


def _remove_stale(address: UnixAddress) -> None:
    """Remove a socket that nobody listens at any more, as a killed process leaves it."""
    if not stat.S_ISSOCK(os.lstat(address.path).st_mode):
        raise ProducerError(f"{address}: there is a file that is no socket; remove it or name another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # a full backlog must not keep us; it is in use then
        if probe.connect_ex(address.path) != errno.ECONNREFUSED:
            raise ProducerError(f"{address}: address in use; stop who listens there or name another path")
    os.unlink(address.path)


def _bind_tcp(address: TcpAddress) -> socket.socket:
    try:
        family, kind, proto, _, where = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ProducerError(f"{address}: {reason(error)}; name an address of this host") from None
    listener = socket.socket(family, kind, proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ProducerError(f"{address}: {_reason(error)}") from None
    return listener


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "address in use; stop who listens there or name another port"
    if error.errno == errno.ENOENT:
        return "no such folder; make it first"
    return reason(error)
