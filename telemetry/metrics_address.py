"""Where a program tells its metrics and health."""

from __future__ import annotations

import re
from typing import NamedTuple

from nxcast.process.ending import ProgramError

__all__ = ["Address", "EndpointError", "parse_address"]

LOOPBACK = "127.0.0.1"
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
