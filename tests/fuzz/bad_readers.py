"""Bad neighbours that read, or rather don't, each by its name: for `tests/fuzz/neighbours.py`.

Each is an endless function over a broker's endpoints and a client's key that may subscribe and replay.
"""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

import zmq

from nxcast.schemas.curve import ClientKey
from nxcast.schemas.requests import encode_request
from nxcast.transport.zeromq.socket_options import set_client_key

__all__ = ["PARTS", "READERS", "Broker"]

SUBSCRIBERS = 300  # that read nothing; with a producer or two as many as a broker has room for, or more
ASKERS = 200
STORM_S = 0.2  # seconds from one subscribe-and-close to the next
DRIPPERS = 100
DRIP_S = 0.05
KNOCKERS, KNOCK_S = 50, 0.05
PARTS = 20_000  # of a message; the loop reads them one by one, for 2 to 4 µs each


class Broker(NamedTuple):
    """Where it is; `metrics` is a port."""

    ingress: str
    egress: str
    replay: str
    metrics: int


def _come_and_go(broker: Broker, key: ClientKey | None) -> None:
    """Subscribe to everything and close, five times a second."""
    context = _context()
    while True:
        made = _connected(context, zmq.SUB, broker.egress, key)
        made.subscribe(b"")
        made.subscribe(b"status/")
        time.sleep(STORM_S)
        made.close()


def _never_read(broker: Broker, key: ClientKey | None) -> None:
    """Subscribe to everything, and read nothing of it."""
    context = _context()
    kept = [_connected(context, zmq.SUB, broker.egress, key) for _ in range(SUBSCRIBERS)]
    for each in kept:
        each.subscribe(b"")
    while True:
        time.sleep(60)


def _ask_and_never_read(broker: Broker, key: ClientKey | None) -> None:
    """Ask for rights and schemas, ten times a second each, and read no answer."""
    context = _context()
    kept = [_connected(context, zmq.DEALER, broker.replay, key) for _ in range(ASKERS)]
    number = 0
    while True:
        for each in kept:
            number += 1
            with suppress(zmq.Again):
                request: Any = {"version": 1, "id": number, "ask": "describe"}
                each.send(encode_request(request), zmq.NOBLOCK)
        time.sleep(0.1)


def _drip(broker: Broker, _: ClientKey | None) -> None:
    """Ask for metrics, an octet at a time, over a hundred connections."""
    kept: dict[int, socket.socket] = {}
    while True:
        for number in range(DRIPPERS):
            try:
                if number not in kept:
                    kept[number] = socket.create_connection(("127.0.0.1", broker.metrics), timeout=5.0)
                kept[number].sendall(b"G")
            except OSError:
                kept.pop(number, None)
        time.sleep(DRIP_S)


def _many_prefixes(broker: Broker, key: ClientKey | None) -> None:
    """Subscribe to ever new prefixes, none of which is ever sent."""
    made = _connected(_context(), zmq.XSUB, broker.egress, key)
    for number in count():
        made.send(b"\1nxdomain/%d/" % number)


def _churn(broker: Broker, key: ClientKey | None) -> None:
    """Subscribe to the same prefix and unsubscribe, as often as goes out."""
    made = _connected(_context(), zmq.XSUB, broker.egress, key)
    while True:
        made.send(b"\1nxdomain/")
        made.send(b"\0nxdomain/")


def _ask_at_length(broker: Broker, key: ClientKey | None) -> None:
    """Ask in twenty thousand parts, again and again."""
    made = _connected(_context(), zmq.DEALER, broker.replay, key)
    while True:
        made.send_multipart([b""] * PARTS)


def _ask_on(broker: Broker, key: ClientKey | None) -> None:
    """Ask for the whole account as soon as the last one has come."""
    made = _connected(_context(), zmq.DEALER, broker.replay, key)
    for number in count():
        request: Any = {"version": 1, "id": number, "ask": "status"}
        made.send(encode_request(request))
        made.recv_multipart()


def _knock(broker: Broker, key: ClientKey | None) -> None:
    """Come as a producer with keys that nobody knows, fifty at a time."""
    while True:
        context = _context()
        made = []
        for _ in range(KNOCKERS):
            public, secret = (each.decode() for each in zmq.curve_keypair())
            unknown = None if key is None else key.model_copy(update={"public": public, "secret": secret})
            made.append(_connected(context, zmq.PUSH, broker.ingress, unknown))
        time.sleep(KNOCK_S)
        context.destroy(linger=0)  # waits until their descriptors are closed


READERS: dict[str, Callable[[Broker, ClientKey | None], None]] = {
    "come-and-go": _come_and_go,
    "never-read": _never_read,
    "ask-only": _ask_and_never_read,
    "drip": _drip,
    "many-prefixes": _many_prefixes,
    "churn": _churn,
    "ask-at-length": _ask_at_length,
    "ask-on": _ask_on,
    "knock": _knock,
}


def _context() -> zmq.Context[zmq.Socket[bytes]]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    return zmq.Context()


def _connected(
    context: zmq.Context[zmq.Socket[bytes]], kind: int, endpoint: str, key: ClientKey | None
) -> zmq.Socket[bytes]:
    made = context.socket(kind)
    made.setsockopt(zmq.LINGER, 0)
    made.setsockopt(zmq.RCVHWM, 1)
    made.setsockopt(zmq.RCVBUF, 4096)
    set_client_key(made, key)
    made.connect(endpoint)
    return made
