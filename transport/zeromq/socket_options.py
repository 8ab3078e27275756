"""What the sockets of all ends have in common."""

from __future__ import annotations

from collections.abc import Mapping

import zmq

from nxcast.process.ending import reason
from nxcast.schemas.curve import ClientKey

__all__ = [
    "KEEPALIVE",
    "RECONNECTING",
    "bound_endpoint",
    "failure",
    "set_client_key",
    "set_options",
]

# A peer that is gone without a word is noticed by TCP, after 30 s + 3 x 10 s. ZMTP heartbeats would cut off
# one that is merely behind: at its high-water mark it reads nothing and answers no ping.
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_PROBES = 30, 10, 3
KEEPALIVE = {
    zmq.SocketOption.TCP_KEEPALIVE: 1,
    zmq.SocketOption.TCP_KEEPALIVE_IDLE: KEEPALIVE_IDLE_S,
    zmq.SocketOption.TCP_KEEPALIVE_INTVL: KEEPALIVE_INTERVAL_S,
    zmq.SocketOption.TCP_KEEPALIVE_CNT: KEEPALIVE_PROBES,
}

CONNECT_TIMEOUT_MS = 5_000  # an address that swallows packets is tried again, not waited for
RECONNECT_MS = 100  # first wait before connecting again, doubled up to
RECONNECT_MAX_MS = 2_000  # this: a restarted broker is found within two seconds
RECONNECTING = {
    zmq.SocketOption.CONNECT_TIMEOUT: CONNECT_TIMEOUT_MS,
    zmq.SocketOption.RECONNECT_IVL: RECONNECT_MS,
    zmq.SocketOption.RECONNECT_IVL_MAX: RECONNECT_MAX_MS,
}


def set_options(socket: zmq.Socket[bytes], options: Mapping[zmq.SocketOption, int | bytes]) -> None:
    """Set them all."""
    for option, value in options.items():
        socket.setsockopt(option, value)


def set_client_key(socket: zmq.Socket[bytes], key: ClientKey | None) -> None:
    """Make a socket come in with this key; without one it stays as it is."""
    if key is not None:
        socket.curve_publickey = key.public.encode()
        socket.curve_secretkey = key.secret.encode()
        socket.curve_serverkey = key.broker.encode()


def failure(error: Exception) -> str:
    """Why a socket can't be used; pyzmq's own text repeats the endpoint."""
    if isinstance(error, UnicodeError):
        return "not UTF-8"
    return zmq.strerror(error.errno or 0).lower() if isinstance(error, zmq.ZMQError) else reason(error)


def bound_endpoint(socket: zmq.Socket[bytes]) -> str:
    """Where it is bound, with the port that a wildcard got; where it connects to as libzmq has it."""
    octets = socket.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(octets, bytes)  # noqa: S101  as zmq_getsockopt(3) has it
    return octets.rstrip(b"\0").decode()
