"""The connections of a bound socket: who is there, what each has sent and taken, and how one is ended.

libzmq tells who comes and goes by its events, and nothing of what waits for whom; the kernel tells of each
TCP connection how many octets came and how many the other end has taken. So what libzmq holds of a producer
is what came less what was read of it here, and who takes nothing is one whose octets wait and don't move.
Of ipc:// connections the kernel tells none of this. Nothing here decides.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import os
import socket
import struct
import termios
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import zmq

from nxcast.transport.endpoints import port_of
from nxcast.transport.zeromq.socket_options import bound_endpoint

__all__ = ["ROUND_MIN", "Connection", "Connections", "Traffic", "sender_of"]

# Connections that came or went, read at a time: each takes libzmq some 300 octets until it is. It lets in and
# ends about 20,000 connections a second, so what waits is read within seconds.
EVENTS_A_LOOK = 65_536
EVENT = struct.Struct("=HI")  # zmq_socket_monitor(3): 16 bits say what happened, 32 to which descriptor
IPC = "ipc"  # in place of a port
# Octets of one in the kernel at least, and of who has just connected. With less the kernel waits until there
# is room for a whole segment, which has up to 64 KiB on this machine itself: 50 producers nearly stood still
# with 32 KiB.
ROUND_MIN = 64 << 10
WINDOW_MAX = 1 << 30  # octets (RFC 7323, section 2.2)
# Octets of one in the kernel that the other end has no room for yet: a message or two. Without a limit it is
# up to 4 MB (tcp_wmem), beside memory_max, and libzmq encrypts all of it for each who reads nothing. What is
# on its way is not limited (TCP_NOTSENT_LOWAT), so a long line carries as much.
UNSENT_MAX = 128 << 10
STOPPED_KERNEL = 1  # octets; the kernel makes its minimum of it, 2,304
# struct tcp_info of Linux (since 4.1): tcpi_bytes_acked and tcpi_bytes_received, u64 each, from octet 120 on.
TCP_INFO = struct.Struct("=120xQQ")


# socket(7), for a listening socket: which packets it takes, by a program of the Berkeley Packet Filter; this
# one returns 0 for each, none (struct sock_filter: BPF_RET | BPF_K, and no octet). On x86 and ARM, at least.
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
TAKE_NOTHING = struct.pack("HBBI", 6, 0, 0, 0)


@dataclass(slots=True)
class Connection:
    """One connection, by its descriptor, which is libzmq's."""

    descriptor: int
    since_s: float
    said: bool = False  # whether anything came of it
    user_id: str | None = None
    sender: str | None = None  # as whose its messages were handed on
    read: int = 0  # octets of it that were handed on
    prefixes: int = 0  # octets of what it subscribes to
    words: int = 0  # octets of subscriptions and their ends that it said, or parts of long messages ...
    words_s: float = 0.0  # ... in the second that began then
    taken: int = 0  # octets that it had taken ...
    moved_s: float = 0.0  # ... when it had last taken a message's worth, or had nothing to take
    kernel_octets: int = 0  # that the kernel may have of it before libzmq reads them; 0: as it came
    stopped: bool = False  # whether the kernel takes no more of it
    waits_s: float = 0.0  # since when it waits for room for a large message; 0: it does not
    goes_s: float = 0.0  # when it last began to go on


class Traffic(NamedTuple):
    """Octets of a TCP connection, as the kernel counts them."""

    taken: int  # by the other end's kernel
    waiting: int  # for the other end, in the kernel
    came: int  # and were read by libzmq
    unread: int = 0  # that came, and were not


class Connections:
    """Those of one socket. Made before the socket is bound.

    libzmq's own thread sends the events and waits for room, and would hold up all sockets: so there is always
    room, and the reader ends after the sender, never before.
    """

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], bound: zmq.Socket[bytes], endpoint: str
    ) -> None:
        self._bound = bound
        self._open: dict[int, Connection] = {}
        self._port: str | int | None = None  # where the socket is bound, once it is
        self._listening: int | None = None  # libzmq's descriptor
        self._shut = False
        bound.monitor(endpoint, zmq.EVENT_LISTENING | zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED)
        self.events = context.socket(zmq.PAIR)
        self.events.rcvhwm = 0  # no limit
        self.events.connect(endpoint)

    def locate(self) -> None:
        """Note where the socket is, now that it is bound: later calls may be another thread's."""
        self._port = port_of(bound_endpoint(self._bound)) or IPC

    def look(self, now_s: float) -> None:
        """Take in who came and went. One that came on the descriptor of another has said nothing yet."""
        with suppress(zmq.Again):
            for _ in range(EVENTS_A_LOOK):
                octets, _ = self.events.recv_multipart(zmq.NOBLOCK)
                event, descriptor = EVENT.unpack(octets)
                if event == zmq.EVENT_LISTENING:
                    self._listening = descriptor
                elif event == zmq.EVENT_ACCEPTED:
                    self._open[descriptor] = Connection(descriptor, now_s, moved_s=now_s)
                    self._limit_unsent(descriptor)
                else:
                    self._open.pop(descriptor, None)

    def all(self) -> list[Connection]:
        """Those that were there at the last look, the oldest first."""
        return list(self._open.values())

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, connection: Connection) -> bool:
        """Whether it is still there, and no other one on its descriptor."""
        return self._open.get(connection.descriptor) is connection

    def heard(
        self, descriptor: int, user_id: str | None, octets: int, now_s: float, sender: str | None = None
    ) -> None:
        """Something of so many octets came from a connection, unless it has ended since.

        What it left behind, is read beside what the next one on its descriptor says, and is not that one's.
        """
        found = self._open.get(descriptor)
        if found is None or found.user_id != user_id:
            self.look(now_s)
            found = self._open.get(descriptor)
        if found is not None and found.user_id in (None, user_id):
            found.said, found.user_id, found.sender = True, user_id, sender
            found.read += octets

    def at(self, descriptor: int) -> Connection | None:
        """The connection that has this descriptor, if it was there at the last look."""
        return self._open.get(descriptor)

    def users(self) -> set[str]:
        """The User-Ids that were heard, of those that are there."""
        return {each.user_id for each in self._open.values() if each.user_id is not None}

    def traffic(self, connection: Connection) -> Traffic | None:
        """What the kernel tells of it; None where it tells nothing."""
        try:
            with socket.socket(fileno=os.dup(connection.descriptor)) as found:
                if not self._ours(found):
                    return None
                octets = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO.size)
                taken, came = TCP_INFO.unpack(octets)
                unread = _waiting(found, termios.FIONREAD)
                return Traffic(taken, _waiting(found, termios.TIOCOUTQ), max(came - unread, 0), unread)
        except (OSError, struct.error):  # it has just ended, or this is no TCP, or an old kernel
            return None

    def address(self, connection: Connection) -> str:
        """Of its other end; empty where that is no TCP, or it has just ended."""
        with suppress(OSError), socket.socket(fileno=os.dup(connection.descriptor)) as found:
            if self._ours(found):
                return _host(found)
        return ""

    def held(self, connection: Connection) -> int:
        """Octets of it that libzmq has; 0 where the kernel does not tell."""
        traffic = self.traffic(connection)
        if traffic is None:
            return 0
        # A message of who was there before on the same descriptor may have been taken for one of this.
        connection.read = min(connection.read, traffic.came)
        return traffic.came - connection.read

    def stop(self, connection: Connection) -> None:
        """Let the kernel take no more of it than drops, some 25 kB/s on this machine itself."""
        if not connection.stopped:
            self.set_kernel_octets(connection, STOPPED_KERNEL)
            connection.stopped = True

    def go_on(self, connection: Connection) -> None:
        """Let it send again, little at first."""
        if connection.stopped:
            connection.stopped = False
            self.set_kernel_octets(connection, ROUND_MIN)

    def set_kernel_octets(self, connection: Connection, octets: int) -> None:
        """Let the kernel have so many octets of it at most (tcp(7), SO_RCVBUF); what it has stays.

        Not of one that is stopped.
        """
        if connection.stopped or octets == connection.kernel_octets:
            return
        connection.kernel_octets = octets
        with suppress(OSError), socket.socket(fileno=os.dup(connection.descriptor)) as found:
            if self._ours(found):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, octets)
                # Linux (6.18) lowers the largest window with the buffer, and does not raise it again.
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP, WINDOW_MAX)

    def _limit_unsent(self, descriptor: int) -> None:
        with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as found:
            if self._ours(found):
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_MAX)

    def shut_door(self, *, shut: bool) -> None:
        """Whether who wants to connect has to wait; the other end's kernel tries again after a second."""
        if shut == self._shut or self._listening is None:
            return
        self._shut = shut
        with suppress(OSError), socket.socket(fileno=os.dup(self._listening)) as found:
            if shut:
                code = ctypes.create_string_buffer(TAKE_NOTHING)
                program = struct.pack("HP", 1, ctypes.addressof(code))
                found.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
            else:
                found.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)

    def end(self, connection: Connection) -> str:
        """End it, if it is still there; the address of its other end, or nothing.

        A duplicate is shut down: libzmq sees the end, and closes its own.
        """
        self._open.pop(connection.descriptor, None)
        address = ""
        with suppress(OSError), socket.socket(fileno=os.dup(connection.descriptor)) as found:
            if self._ours(found):
                address = _host(found)
                found.shutdown(socket.SHUT_RDWR)
        return address

    def cut(self, whose: Callable[[str], bool]) -> None:
        """End the connections of these, and those that nothing came from since they were accepted."""
        for each in self.all():
            if each.user_id is None or whose(each.user_id):
                self.end(each)

    def close(self) -> None:
        self._bound.disable_monitor()
        self.events.close(linger=0)

    def _ours(self, found: socket.socket) -> bool:
        """Whether a descriptor is still that of a connection to this socket, and none that came after it."""
        if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return False
        if self._port is None:
            self.locate()
        where = found.getsockname()
        return self._port == (where[1] if isinstance(where, tuple) else IPC)


def _host(found: socket.socket) -> str:
    peer = found.getpeername()
    return str(peer[0]) if isinstance(peer, tuple) else ""


def _waiting(found: socket.socket, which: int) -> int:
    octets = array.array("i", [0])
    fcntl.ioctl(found, which, octets)
    return octets[0]


def sender_of(frame: zmq.Frame, user_id: str | None) -> str:
    """Who sent a message: the key in the User-Id, or without one an address, and its number here."""
    if user_id is not None:
        return user_id.partition(" ")[2]
    try:
        return f"{frame.get('Peer-Address')} #{frame.get('__fd')}"
    except zmq.ZMQError:  # libzmq keeps the number to itself: then all are one sender
        return ""
