"""Addresses to connect to, made from those that a broker binds or tells. Pure."""

from __future__ import annotations

import re

__all__ = ["connectable", "ingress_endpoint", "replay_endpoint"]

# What stands for all addresses of the machine when a socket is bound, and its way to itself.
_LOOPBACK = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104  nothing is bound here
_ALL_ADDRESSES = re.compile(r"tcp://(\*|0\.0\.0\.0|\[::\])(?=:)")


def connectable(endpoint: str) -> str:
    """The ZeroMQ endpoint, with the loopback address where it says all addresses; others as they are.

    So one NXCAST_EGRESS serves the broker and the consumers beside it: tcp://*:5556 is tcp://127.0.0.1:5556.
    """
    return _ALL_ADDRESSES.sub(lambda match: f"tcp://{_LOOPBACK[match[1]]}", endpoint)


def replay_endpoint(broker: str, port: int | None) -> str | None:
    """Where a broker answers requests, from where it publishes and the port in its Status, if that tells."""
    if port is None or not broker.startswith("tcp://"):
        return None
    return f"{broker.rpartition(':')[0]}:{port}"


def ingress_endpoint(broker: str) -> str | None:
    """Where a broker over TCP takes frames, as a rule: one port below where it publishes."""
    host, _, port = broker.rpartition(":")
    if not (
        broker.startswith("tcp://") and port.isascii() and port.isdecimal() and 1 < int(port[:6]) < 1 << 16
    ):
        return None
    return f"{host}:{int(port) - 1}"
