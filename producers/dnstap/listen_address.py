"""Where a live source listens, as text: unix:PATH or tcp:HOST:PORT; and how a broker is reached."""

from __future__ import annotations

import os
import re
import socket
from typing import NamedTuple

from nxcast.producers.failure import ProducerError

__all__ = ["UNIX_PATH_MAX", "TcpAddress", "UnixAddress", "over_ipv6", "parse_address"]

UNIX_PATH_MAX = 107  # octets, sun_path of unix(7) less its final NUL
_TCP = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^\[\]:]+)):(?P<port>\d{1,5})")


class UnixAddress(NamedTuple):
    """A unix stream socket in the file system."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


class TcpAddress(NamedTuple):
    """A TCP port; 0 lets the system pick one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"tcp:[{self.host}]:{self.port}" if ":" in self.host else f"tcp:{self.host}:{self.port}"


def parse_address(text: str) -> UnixAddress | TcpAddress | None:
    """The address to listen at, None where the text names a file; raises ProducerError for a bad address."""
    if text.startswith("unix:"):
        return _unix(text)
    if text.startswith("tcp:"):
        match = _TCP.fullmatch(text.removeprefix("tcp:"))
        if match is None or int(match["port"]) > 0xFFFF or not _is_host(match["v6"] or match["host"]):
            raise ProducerError(f"{text}: bad address; write it as tcp:HOST:PORT or tcp:[::1]:PORT")
        return TcpAddress(match["v6"] or match["host"], int(match["port"]))
    return None


def over_ipv6(endpoint: str) -> bool:
    """Whether a ZeroMQ endpoint is to be reached over IPv6: where its host has no IPv4 address.

    libzmq tries one address of a name only, with its option IPV6 an IPv6 one, and localhost has both mostly.
    A name that is not known (yet) may have either: libzmq then takes what it finds.
    """
    host = endpoint.rpartition(";")[2].removeprefix("tcp://").rpartition(":")[0]
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True
    return all(family != socket.AF_INET for family, *_ in found)


def _is_host(host: str) -> bool:
    """Whether a name can be looked up: no empty label, none over 63 octets (RFC 1035 section 2.3.4)."""
    try:
        host.encode("idna")  # as socket.getaddrinfo does
    except UnicodeError:
        return False
    return True


def _unix(text: str) -> UnixAddress:
    path = text.removeprefix("unix:")
    if not path:
        raise ProducerError(f"{text}: no path; write it as unix:/run/nxcast/dnstap.sock")
    if len(os.fsencode(path)) > UNIX_PATH_MAX:
        raise ProducerError(f"{text}: path over {UNIX_PATH_MAX} octets; name a shorter one")
    return UnixAddress(path)
