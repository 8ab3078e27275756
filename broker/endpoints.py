"""What can be told of a ZeroMQ endpoint before it is bound: who reaches it, and whether its path is free."""

from __future__ import annotations

import errno
import os
import socket
import stat
from ipaddress import ip_address

__all__ = ["check_free", "is_local", "port_of"]


def is_local(endpoint: str) -> bool:
    """Whether only this machine reaches it: a path, or a loopback address written as a number."""
    if not endpoint.startswith("tcp://"):
        return True
    try:
        return ip_address(endpoint.removeprefix("tcp://").rpartition(":")[0].strip("[]")).is_loopback
    except ValueError:
        return False


def port_of(endpoint: str) -> int | None:
    """Its TCP port, None where it has none."""
    return int(endpoint.rpartition(":")[2]) if endpoint.startswith("tcp://") else None


def check_free(endpoint: str) -> None:
    """Raise OSError where a path is taken: ZeroMQ would remove whatever is there, be it another broker's."""
    path = endpoint.removeprefix("ipc://")
    if path in (endpoint, "*") or path.startswith("@") or not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise FileExistsError(errno.EEXIST, "")
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(path) == 0:
            raise OSError(errno.EADDRINUSE, "")
