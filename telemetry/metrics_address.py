"""Where a program tells its metrics and health, and by which names it may be asked."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import NamedTuple

from nxcast.process.ending import ProgramError

__all__ = ["Address", "EndpointError", "host_allowed", "parse_address", "parse_names"]

LOOPBACK = "127.0.0.1"
LOCALHOST = "localhost"
# RFC 9110, section 7.2: Host = uri-host [ ":" port ]
_HOST = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))(?::[0-9]{0,5})?")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})")  # RFC 1035: a name has 253 characters at most
_ADDRESS = re.compile(r"(?:(?:\[(?P<ipv6>[^]]+)\]|(?P<host>[^:]+)):)?(?P<port>[0-9]{1,5})")


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int  # 0: one that is free

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class EndpointError(ProgramError):
    """An address that can't be listened at."""


def parse_address(text: str) -> Address:
    """PORT, which is on loopback, or HOST:PORT, an IPv6 address in brackets. Raises ValueError."""
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) >= 1 << 16:
        raise ValueError(f"{text!r}: it should look like 9153 (then on loopback) or 127.0.0.1:9153")
    return Address(match["ipv6"] or match["host"] or LOOPBACK, int(match["port"]))


def parse_names(text: str) -> tuple[str, ...]:
    """Names of hosts, with commas; raises ValueError."""
    names = tuple(word.strip() for word in text.split(",") if word.strip())
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r}: it should look like broker.example, or several with commas")
    return names


def host_allowed(host: str, names: Collection[str]) -> bool:
    """Whether the Host of a request is an address, localhost or one of these names.

    A name of somebody else's that leads to this machine (DNS rebinding) is none.
    """
    match = _HOST.fullmatch(host.strip())
    if match is None:
        return False
    asked = (match["ipv6"] or match["host"]).lower().rstrip(".")
    if asked in (LOCALHOST, *(name.lower().rstrip(".") for name in names)):
        return True
    try:
        ip_address(asked)
    except ValueError:
        return False
    return True
