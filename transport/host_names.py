"""Where the names in endpoints lead, found out in the background and anew whenever what they led to fails.

Transport connects to numbers only: a name server that is silent then holds up nobody, neither an I/O thread
nor a stop, and a host that has moved is found. One address of a host is current; who connects follows it.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from nxcast.process.ending import reason
from nxcast.process.host_lookup import addresses, look_up, numeric
from nxcast.transport.endpoints import AddressError

__all__ = ["HostNames", "bindable"]

PAUSE_S = 2.0  # seconds from one look-up of a name to the next, while it is not known or what it led to fails
# Seconds that an address may fail before another of its host has its turn: a broker that is restarted is back
# within two, and one that answers nothing is given up by a connection attempt after five.
PATIENCE_S = 6.0

_ENDPOINT = re.compile(
    r"tcp://(?P<source>[^;]*;)?(?P<host>\[[^\]]+\]|[A-Za-z0-9:][A-Za-z0-9._:%-]*):(?P<port>[0-9]{1,5})"
)
_BOUND = re.compile(r"tcp://(?P<host>[A-Za-z0-9][A-Za-z0-9._-]*):(?P<port>[0-9*!]+)")


class _Endpoint(NamedTuple):
    source: str  # where to connect from, with its semicolon; empty as a rule
    host: str
    port: int

    def at(self, address: str) -> str:
        bracketed = f"[{address}]" if ":" in address else address
        return f"tcp://{self.source}{bracketed}:{self.port}"


class HostNames:
    """The hosts of some endpoints. `changed` once more is known, and then `fileno()` is readable, too."""

    def __init__(self) -> None:
        self.changed = False
        self._hosts: dict[str, _Host] = {}
        self._closed = threading.Event()
        self._lock = threading.Lock()  # held to signal and to close, so that none signals what is closed
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)

    def has_name(self, endpoint: str) -> bool:
        """Whether it holds a name, so that it may lead elsewhere one day. Raises AddressError."""
        parsed = _parsed(endpoint)
        return parsed is not None and numeric(parsed.host) is None

    def of_one_host(self, endpoint: str, other: str) -> bool:
        """Whether both hold the same name. Raises AddressError."""
        first, second = _parsed(endpoint), _parsed(other)
        return first is not None and second is not None and first.host == second.host

    def endpoint(self, endpoint: str) -> str | None:
        """The endpoint with the address that is current; None while that is not known. Raises AddressError.

        The first time it begins to look the name up.
        """
        parsed = _parsed(endpoint)
        if parsed is None:
            return endpoint
        written = numeric(parsed.host)
        if written is not None:
            return parsed.at(written)
        host = self._hosts.get(parsed.host)
        if host is None:
            host = self._hosts[parsed.host] = _Host(parsed.host)
            self._look_up(host)
        return None if host.current is None else parsed.at(host.current)

    def failing(self, endpoint: str) -> None:
        """What is at the current address doesn't answer: look for another, at most now and then."""
        host = self._host(endpoint)
        if host is None or host.looking:
            return
        now = monotonic()
        host.failing_since = now if host.failing_since is None else host.failing_since
        if now - host.looked_at >= PAUSE_S:
            self._look_up(host)

    def answering(self, endpoint: str) -> None:
        """What is at the current address answers."""
        host = self._host(endpoint)
        if host is not None:
            host.failing_since = None

    def unknown(self, endpoint: str) -> str | None:
        """Why the name in it is not known, None where it is (or is a number): for people."""
        host = self._host(endpoint)
        if host is None or host.current is not None:
            return None
        return f"the name {host.name} is not known here: {host.trouble}"

    def fileno(self) -> int:
        """A descriptor that is readable when something has changed, until `take`."""
        return self._reader.fileno()

    def take(self) -> None:
        """Have taken notice of the change."""
        self.changed = False
        with suppress(BlockingIOError):
            self._reader.recv(64, socket.MSG_DONTWAIT)

    def close(self) -> None:
        """Look up nothing more. A look-up that is under way ends by itself, and nobody waits for it."""
        with self._lock:
            self._closed.set()
            self._reader.close()
            self._writer.close()

    def _host(self, endpoint: str) -> _Host | None:
        parsed = _parsed(endpoint)
        return None if parsed is None else self._hosts.get(parsed.host)

    def _look_up(self, host: _Host) -> None:
        host.looking = True
        host.looked_at = monotonic()
        threading.Thread(target=self._find, args=(host,), daemon=True).start()

    def _find(self, host: _Host) -> None:
        """In a thread of its own: until the name is known for the first time, else once."""
        while not self._closed.is_set():
            try:
                host.found(addresses(host.name), monotonic())
                break
            except OSError as error:
                host.trouble = reason(error)
                if host.current is not None:
                    break
            self._closed.wait(PAUSE_S)
        host.looking = False
        with self._lock:
            if not self._closed.is_set():
                self.changed = True
                with suppress(BlockingIOError):  # full: it is readable already
                    self._writer.send(b"\0")


def bindable(endpoint: str) -> str:
    """An endpoint to bind, with the address of the name in it, where it has one; raises OSError.

    libzmq would look it up itself, for as long as that takes. What it knows of its own is left to it: *, and
    the interfaces of this machine.
    """
    match = _BOUND.fullmatch(endpoint)
    if match is None or numeric(match["host"]) or match["host"] in dict(socket.if_nameindex()).values():
        return endpoint
    address = look_up(match["host"])[0]
    return f"tcp://[{address}]:{match['port']}" if ":" in address else f"tcp://{address}:{match['port']}"


class _Host:
    """What is known of one. Written by one thread at a time: while `looking`, the one that looks it up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.current: str | None = None
        self.trouble = "no name server has answered yet"
        self.looking = False
        self.looked_at = 0.0  # on time.monotonic's clock, as is the next
        self.failing_since: float | None = None

    def found(self, addresses: Sequence[str], now: float) -> None:
        """Stay with the address that there is, unless the name has lost it or it has failed for long."""
        if self.current not in addresses:
            self.current = addresses[0]
        elif self.failing_since is not None and now - self.failing_since >= PATIENCE_S:
            self.current = addresses[(addresses.index(self.current) + 1) % len(addresses)]
        else:
            return
        self.failing_since = None


def _parsed(endpoint: str) -> _Endpoint | None:
    """Its parts; None for one of another kind, such as a path. Raises AddressError."""
    if not endpoint.startswith("tcp://"):
        return None
    match = _ENDPOINT.fullmatch(endpoint)
    if match is None or not 0 < int(match["port"]) < 1 << 16:
        raise AddressError(endpoint, "invalid argument")
    return _Endpoint(match["source"] or "", match["host"].strip("[]"), int(match["port"]))
