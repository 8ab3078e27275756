"""Endpoints as text, such as tcp://HOST:PORT: what can be told of one, and what one follows from another.

Pure, but for a path looked at.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
from ipaddress import ip_address

from nxcast.process.ending import ProgramError

__all__ = [
    "DEFAULT_EGRESS",
    "DEFAULT_INGRESS",
    "DEFAULT_REPLAY",
    "EGRESS",
    "INGRESS",
    "REPLAY",
    "AddressError",
    "Place",
    "acknowledging_endpoint",
    "check_free",
    "connectable",
    "ingress_endpoint",
    "is_local",
    "is_nats",
    "nats_servers",
    "own_egress",
    "place_of",
    "port_of",
    "reachable",
    "replay_endpoint",
    "shown",
]

# The three ways to a broker: frames in, messages out, requests answered.
INGRESS, EGRESS, REPLAY = "ingress", "egress", "replay"
INGRESS_PORT, EGRESS_PORT, REPLAY_PORT = 5555, 5556, 5557
DEFAULT_INGRESS = f"tcp://127.0.0.1:{INGRESS_PORT}"
DEFAULT_EGRESS = f"tcp://127.0.0.1:{EGRESS_PORT}"
DEFAULT_REPLAY = f"tcp://127.0.0.1:{REPLAY_PORT}"

# What stands for all addresses of the machine when a socket is bound, and its way to itself.
_LOOPBACK = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104  nothing is bound here
_CONNECTABLE = re.compile(r"tcp://[^\s:]\S*:(?P<port>[0-9]{1,5})|ipc://\S+")
_NATS_SERVER = re.compile(
    r"(?:nats|tls)://(?:[^\s/]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::(?P<port>[0-9]{1,5}))?/?"
)
_ALL_ADDRESSES = re.compile(r"tcp://(\*|0\.0\.0\.0|\[::\])(?=:)")


Place = int | str
"""Where a broker's other socket is, for who knows one of it: a TCP port of the same host, or an endpoint."""


class AddressError(ProgramError, ValueError):
    """An endpoint that can't be used: `why`."""

    def __init__(self, endpoint: str, why: str, mend: str = "write it as tcp://HOST:PORT") -> None:
        super().__init__(f"{endpoint}: {why}; {mend}")


def connectable(endpoint: str, mend: str = "write it as tcp://HOST:PORT or ipc://PATH") -> str:
    """The ZeroMQ endpoint, with the loopback address where it says all addresses; others as they are.

    Raises AddressError, with `mend`, for what is none that libzmq could connect to, whatever is there.

    So one NXCAST_EGRESS serves the broker and the consumers beside it: tcp://*:5556 is tcp://127.0.0.1:5556.
    """
    match = _CONNECTABLE.fullmatch(endpoint)
    if match is None or not 0 < int(match["port"] or 1) < 1 << 16:
        raise AddressError(endpoint, "no address of a broker", mend)
    return _ALL_ADDRESSES.sub(lambda match: f"tcp://{_LOOPBACK[match[1]]}", endpoint)


def reachable(endpoint: str) -> str:
    """Servers of NATS as they are, others as `connectable`. Raises AddressError."""
    if is_nats(endpoint.strip().lower()):
        return nats_servers(endpoint)
    return connectable(endpoint, "write it as tcp://HOST:PORT, ipc://PATH or nats://HOST:4222")


def nats_servers(endpoint: str) -> str:
    """The endpoint, if it names servers of NATS that can be connected to. Raises AddressError."""
    first, *others = endpoint.split(",")
    servers = [first, *(each if "://" in each else f"nats://{each}" for each in others)]
    matches = [_NATS_SERVER.fullmatch(server) for server in servers]
    if not all(match and 0 < int(match["port"] or 1) < 1 << 16 for match in matches):
        raise AddressError(
            shown(endpoint),
            "no servers of NATS",
            "write it as nats://HOST:4222 or tls://HOST:4222, several with commas and no space between them",
        )
    return endpoint


def replay_endpoint(broker: str, port: int | None) -> str | None:
    """Where a broker answers requests, from where it publishes and the port in its Status, if that tells."""
    if port is None or not broker.startswith("tcp://"):
        return None
    return f"{broker.rpartition(':')[0]}:{port}"


def place_of(endpoint: str) -> Place:
    """What to tell of an endpoint that is bound."""
    port = port_of(endpoint)
    return endpoint if port is None else port


def own_egress(broker: str, place: Place) -> str | None:
    """Where a client's own socket of the egress is, from the one that it knows; None where that can't be."""
    if isinstance(place, int):
        return replay_endpoint(broker, place)
    return place if place.startswith("ipc://") and broker.startswith("ipc://") else None


def ingress_endpoint(broker: str) -> str | None:
    """Where a broker over TCP takes frames, as a rule, from where it publishes."""
    return _beside(broker, INGRESS_PORT - EGRESS_PORT)


def acknowledging_endpoint(ingress: str) -> str | None:
    """Where a broker over TCP answers requests, as a rule, from where it takes frames."""
    return _beside(ingress, REPLAY_PORT - INGRESS_PORT)


def is_local(endpoint: str) -> bool:
    """Whether only this machine reaches it: a path, or a loopback address written as a number."""
    if not endpoint.startswith("tcp://"):
        return True
    try:
        return ip_address(endpoint.removeprefix("tcp://").rpartition(":")[0].strip("[]")).is_loopback
    except ValueError:
        return False


def is_nats(endpoint: str) -> bool:
    """Whether it names servers of NATS, with commas between them: nats://a:4222,b:4222, with TLS tls://."""
    return endpoint.startswith(("nats://", "tls://"))


def shown(endpoint: str) -> str:
    """The endpoint for people to see, without a password."""
    return re.sub(r"(?<=//)[^,]*@|(?<=,)(?![a-z]+://)[^,]*@", "", endpoint)


def port_of(endpoint: str) -> int | None:
    """Its TCP port, None where it has none."""
    return int(endpoint.rpartition(":")[2]) if endpoint.startswith("tcp://") else None


def check_free(endpoint: str) -> None:
    """Raise OSError where a path is taken: ZeroMQ would remove whatever is there, be it another broker's."""
    path = endpoint.removeprefix("ipc://")
    if path in (endpoint, "*") or path.startswith("@") or not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(path) == 0:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def _beside(endpoint: str, ports: int) -> str | None:
    """The endpoint so many ports above, None where there is none."""
    match = re.fullmatch(r"(tcp://.+:)([0-9]{1,5})", endpoint)
    port = int(match[2]) + ports if match else 0
    return f"{match[1]}{port}" if match and 0 < port < 1 << 16 else None
