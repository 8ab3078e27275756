"""How the broker's three sockets are set: their bounds, and with keys what CURVE wants.

Constants and a table, no socket. What two ends set alike is in `socket_options`.
"""

from __future__ import annotations

from collections.abc import Mapping

import zmq

from nxcast.schemas.curve import CURVE_OVERHEAD
from nxcast.schemas.frames import INGRESS_MESSAGE_MAX
from nxcast.schemas.requests import REQUEST_MAX
from nxcast.transport.endpoints import EGRESS, INGRESS, REPLAY
from nxcast.transport.zeromq.kernel_rounds import INGRESS_KERNEL
from nxcast.transport.zeromq.socket_options import KEEPALIVE

__all__ = [
    "ANSWERS_WAITING",
    "ASKS_KERNEL",
    "INGRESS_HIGH_WATER_MARK",
    "IO_THREADS",
    "LINGER_MS",
    "REQUESTS_WAITING",
    "SUBSCRIPTION_MAX",
    "broker_options",
]

INGRESS_HIGH_WATER_MARK = 4  # messages a producer held here; 4 x 8 MiB = 32 MiB at most, usually 256 KiB
# Octets of what a subscriber sends: the longest topic takes 24, a handshake with keys 300, and up to 255 more
# where a client has named itself.
SUBSCRIPTION_MAX = 1024
# Octets of a subscriber or asker in the kernel, which takes twice that: of one cut off they are still read.
ASKS_KERNEL = 32 << 10
REQUESTS_WAITING = 16  # requests of a client held here; 16 x 2 KiB = 32 KiB
ANSWERS_WAITING = 4  # answers to a client held here before it loses some; 4 x 1 MiB = 4 MiB
# libzmq's threads, and sets of them as bits (zmq_setsockopt(3), ZMQ_AFFINITY): one for producers alone, who
# would else wait for the handshakes and the encryption of a thousand subscribers.
IO_THREADS, FOR_PRODUCERS, FOR_OTHERS = 2, 1, 2
LINGER_MS = 2000  # milliseconds given at the end to subscribers that are behind
OPTIONS: dict[str, Mapping[zmq.SocketOption, int | bytes]] = {
    INGRESS: {
        zmq.SocketOption.AFFINITY: FOR_PRODUCERS,
        zmq.SocketOption.RCVHWM: INGRESS_HIGH_WATER_MARK,
        zmq.SocketOption.RCVBUF: INGRESS_KERNEL,
        zmq.SocketOption.MAXMSGSIZE: INGRESS_MESSAGE_MAX,
        **KEEPALIVE,
        zmq.SocketOption.LINGER: 0,
    },
    EGRESS: {
        zmq.SocketOption.AFFINITY: FOR_OTHERS,
        zmq.SocketOption.RCVBUF: ASKS_KERNEL,
        zmq.SocketOption.XPUB_VERBOSER: 1,  # each subscription shows, also to what another already has
        zmq.SocketOption.MAXMSGSIZE: SUBSCRIPTION_MAX,
        **KEEPALIVE,
        zmq.SocketOption.LINGER: LINGER_MS,
    },
    REPLAY: {
        zmq.SocketOption.AFFINITY: FOR_OTHERS,
        zmq.SocketOption.RCVHWM: REQUESTS_WAITING,
        zmq.SocketOption.RCVBUF: ASKS_KERNEL,
        zmq.SocketOption.SNDHWM: ANSWERS_WAITING,
        zmq.SocketOption.MAXMSGSIZE: REQUEST_MAX,
        zmq.SocketOption.ROUTER_MANDATORY: 0,  # an answer that finds no room, or nobody, is dropped
        **KEEPALIVE,
        zmq.SocketOption.LINGER: 0,
    },
}


def broker_options(secret: str | None) -> dict[str, dict[zmq.SocketOption, int | bytes]]:
    """Those of each socket, by its name; `secret` is the broker's own key (Z85), None without keys."""
    return {
        name: {**plain, **({} if secret is None else _curve_options(secret, name, plain))}
        for name, plain in OPTIONS.items()
    }


def _curve_options(
    secret: str, name: str, plain: Mapping[zmq.SocketOption, int | bytes]
) -> dict[zmq.SocketOption, int | bytes]:
    size = plain[zmq.SocketOption.MAXMSGSIZE]
    assert isinstance(size, int)  # noqa: S101
    options: dict[zmq.SocketOption, int | bytes] = {
        zmq.SocketOption.CURVE_SERVER: 1,
        zmq.SocketOption.CURVE_SECRETKEY: secret.encode(),
        zmq.SocketOption.ZAP_DOMAIN: name.encode(),
        zmq.SocketOption.MAXMSGSIZE: size + CURVE_OVERHEAD,
    }
    return options
