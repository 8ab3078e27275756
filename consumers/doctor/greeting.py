"""Who is at an address: whether it is reached, speaks ZeroMQ, and asks for keys, from the first octets.

Plain sockets, since libzmq tries again and again and never says why. A name leads to the
first of its addresses that transport would try, so that what is found here holds there. What a
stranger sends is read up to the 64 octets of a greeting and for a bounded time.
"""

from __future__ import annotations

import socket
from time import monotonic
from typing import Any

from nxcast.consumers.doctor.finding import Finding, Verdict
from nxcast.process.ending import reason
from nxcast.process.host_lookup import look_up
from nxcast.telemetry.printable import printable

__all__ = ["REACH_S", "UnreachedError", "greeting"]

REACH_S = 5.0  # seconds for each of: the name, the connection, the greeting

# ZMTP 3.1 (ZeroMQ RFC 37), 'greeting': signature, version, mechanism, as-server, filler. After signature and
# version of ours a server sends all of its own.
SIGNATURE = b"\xff\0\0\0\0\0\0\0\x01\x7f"
VERSION = b"\x03\x01"
GREETING_OCTETS = 64
_MECHANISM = slice(12, 32)
EXCERPT_OCTETS = 40  # shown of what is no greeting


class UnreachedError(Exception):
    """Nobody there, or none that speaks ZeroMQ: what is wrong and what to do about it."""

    def __init__(self, text: str, mend: str) -> None:
        super().__init__(text)
        self.text = text
        self.mend = mend

    def finding(self, check: str) -> Finding:
        """It as what a check found."""
        return Finding(check, Verdict.WRONG, self.text, self.mend)


def greeting(endpoint: str) -> str:
    """The mechanism that a ZeroMQ endpoint asks for, NULL or CURVE as a rule; raises UnreachedError."""
    connected = _connected(endpoint)
    try:
        octets = _exchange(connected)
    finally:
        connected.close()
    if len(octets) < GREETING_OCTETS or octets[:1] != SIGNATURE[:1] or octets[9:10] != SIGNATURE[9:]:
        raise UnreachedError(
            _stranger(endpoint, octets), "--broker names the egress of a broker: is it this address?"
        )
    return printable(octets[_MECHANISM].rstrip(b"\0").decode("latin-1"))


def _stranger(endpoint: str, octets: bytes) -> str:
    if not octets:
        return (
            f"something takes connections at {endpoint} and says nothing: it is no broker, or one that hangs"
        )
    said = octets[:EXCERPT_OCTETS].decode("latin-1")
    return f"something at {endpoint} does not speak ZeroMQ: it says {printable(said)!r}"


def _exchange(connected: socket.socket) -> bytes:
    """What the other side says first, as far as a greeting goes."""
    octets = b""
    until = monotonic() + REACH_S
    try:
        connected.sendall(SIGNATURE + VERSION)
        while len(octets) < GREETING_OCTETS and (left := until - monotonic()) > 0:
            connected.settimeout(left)
            more = connected.recv(GREETING_OCTETS - len(octets))
            if not more:
                break
            octets += more
    except OSError:  # it hung up, or time is over
        pass
    return octets


def _connected(endpoint: str) -> socket.socket:
    scheme, _, rest = endpoint.partition("://")
    if scheme == "ipc":
        family, where = socket.AF_UNIX, f"\0{rest[1:]}" if rest.startswith("@") else rest
    elif scheme == "tcp":
        family, where = _resolved(endpoint, rest)
    else:
        raise UnreachedError(f"{endpoint} is no address of a broker", "it is tcp://HOST:PORT or ipc://PATH")
    made = socket.socket(family, socket.SOCK_STREAM)
    made.settimeout(REACH_S)
    try:
        made.connect(where)
    except (OSError, ValueError) as error:  # a ValueError: octets that no path may have
        made.close()
        raise _unconnected(endpoint, where, error) from None
    return made


def _unconnected(endpoint: str, where: Any, error: Exception) -> UnreachedError:
    shown = endpoint
    if isinstance(where, tuple):
        address = where[0].removeprefix("::ffff:")
        shown += f" ({address})" * (address not in endpoint)
    if isinstance(error, ConnectionRefusedError | FileNotFoundError):
        return UnreachedError(
            f"nobody listens at {shown}",
            "start nxcast-broker; if it runs, its first line says where it publishes (without keys, for its "
            "own machine only), and --broker has to name that",
        )
    if isinstance(error, TimeoutError):
        return UnreachedError(
            f"{shown} does not answer within {REACH_S:.0f} s",
            "is that machine up, and does a firewall let this port through?",
        )
    return UnreachedError(
        f"{shown} is not reached: {reason(error)}", "is it the right address, and may this user go there?"
    )


def _resolved(endpoint: str, rest: str) -> tuple[socket.AddressFamily, Any]:
    host, _, port = rest.rpartition(";")[2].rpartition(":")  # before ';' is where to connect from
    if not (host and port.isascii() and port.isdecimal() and 0 < int(port) < 1 << 16):
        raise UnreachedError(f"{endpoint} is no address of a broker", "it is tcp://HOST:PORT or ipc://PATH")
    try:
        address = look_up(host.strip("[]"), REACH_S)[0]
    except OSError as error:
        raise UnreachedError(
            f"the name {host} is not known here: {reason(error)}",
            "is it written right in --broker (or NXCAST_EGRESS), and in DNS or /etc/hosts?",
        ) from None
    return socket.AF_INET6 if ":" in address else socket.AF_INET, (address, int(port))
