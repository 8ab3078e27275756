"""Where a live source listens, as text: unix:PATH, tcp:HOST:PORT, or systemd:NAME for what systemd holds."""

from __future__ import annotations

import os
import re
from typing import NamedTuple, TypeAlias

from nxcast.process.ending import MisuseError

__all__ = ["UNIX_PATH_MAX", "ListenAddress", "SystemdAddress", "TcpAddress", "UnixAddress", "parse_address"]

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


class SystemdAddress(NamedTuple):
    """The sockets that systemd listens at for us (sd_listen_fds(3)): those of a name, or all."""

    name: str

    def __str__(self) -> str:
        return f"systemd:{self.name}"


ListenAddress: TypeAlias = UnixAddress | TcpAddress | SystemdAddress


def parse_address(text: str) -> ListenAddress | None:
    """The address to listen at, None where the text names a file; raises ProducerError for a bad address."""
    if text.startswith("unix:"):
        return _unix(text)
    if text.startswith("tcp:"):
        match = _TCP.fullmatch(text.removeprefix("tcp:"))
        if match is None or int(match["port"]) > 0xFFFF or not _is_host(match["v6"] or match["host"]):
            raise MisuseError(f"{text}: bad address; write it as tcp:HOST:PORT or tcp:[::1]:PORT")
        return TcpAddress(match["v6"] or match["host"], int(match["port"]))
    if text.startswith("systemd:"):
        return SystemdAddress(text.removeprefix("systemd:"))
    return None


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
        raise MisuseError(f"{text}: no path; write it as unix:/run/nxcast/dnstap.sock")
    if len(os.fsencode(path)) > UNIX_PATH_MAX:
        raise MisuseError(f"{text}: path over {UNIX_PATH_MAX} octets; name a shorter one")
    return UnixAddress(path)
