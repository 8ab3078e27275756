"""Ports of loopback for programs that listen later, each for one caller only.

A port that was free a moment ago may have another user by the time a program listens there: the system hands
out ephemeral ports by the dozen a second while tests run, to whoever binds to port 0 or connects. So these
come from below its usual range (32768 on, ip(7)), and each process keeps a block of them to itself, by
holding the block's first port as long as it lives. Nor can who dials one in vain reach itself: a socket that
connects to an ephemeral port may be given that one as its own (RFC 9293, simultaneous open).
"""

import functools
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import cycle, islice

__all__ = ["free_port", "free_ports", "free_row", "has_ipv6"]

FIRST, END = 10_000, 32_600
BLOCK = 100


def free_port() -> int:
    """A port on which nobody listens, neither by UDP nor by TCP, neither on 127.0.0.1 nor on ::1."""
    return next(_ours(os.getpid()))


def free_ports(count: int) -> list[int]:
    """Different ones."""
    return list(islice(_ours(os.getpid()), count))


def free_row(count: int) -> int:
    """The first of so many, one behind the other."""
    row = [free_port()]
    while len(row) < count:
        port = free_port()
        row = [*row, port] if port == row[-1] + 1 else [port]
    return row[0]


def has_ipv6() -> bool:
    """Whether ::1 is there."""
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.bind(("::1", 0))
        return True
    return False


@functools.cache
def _ours(process: int) -> Iterator[int]:
    """The free ports of a block that only this process has, again and again."""
    firsts = range(FIRST, END, BLOCK)
    for number in range(len(firsts)):
        first = firsts[(process + number) % len(firsts)]
        with suppress(OSError), socket.socket() as holder:
            holder.bind(("127.0.0.1", first))
            holder.detach()  # held until this process ends
            return filter(_is_free, cycle(range(first + 1, first + BLOCK)))
    raise RuntimeError("each block of ports on loopback has an owner")


def _is_free(port: int) -> bool:
    families = [(socket.AF_INET, "127.0.0.1")] + ([(socket.AF_INET6, "::1")] if has_ipv6() else [])
    with suppress(OSError), ExitStack() as stack:
        for family, address in families:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                probe = stack.enter_context(socket.socket(family, kind))
                if kind == socket.SOCK_STREAM:  # which a connection that ended there does not forbid
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        return True
    return False
