"""What sockets are made from, and their end, which libzmq does not hold up."""

from __future__ import annotations

import logging
import threading

import zmq

from nxcast.process.descriptors import check_descriptors

__all__ = ["end_context", "new_context"]

_log = logging.getLogger("nxcast.transport")

# Descriptors that an end needs at once: libzmq takes eight for its threads, two or three a socket, of which
# a broker has nine at most and another end four; without them it ends the process.
DESCRIPTORS_MIN = 40
# Milliseconds that what waits for an address gets once its socket has left it. libzmq 4.3.5 goes by the
# linger of that moment, and for a peer that went by the one with which the socket was bound. By default each
# is for ever, whatever linger the socket is closed with later, and the context would never end.
LEFT_MS = 1000
END_S = 3.0  # seconds in which libzmq lets go of what waits for nothing more; it takes a few milliseconds


def new_context(io_threads: int = 1) -> zmq.Context[zmq.Socket[bytes]]:
    """One whose sockets wait for nobody for ever; raises DescriptorsError where there could be none."""
    check_descriptors(DESCRIPTORS_MIN)
    made: zmq.Context[zmq.Socket[bytes]] = zmq.Context(io_threads)
    made.linger = LEFT_MS  # of each socket that is given no other
    return made


def end_context(
    context: zmq.Context[zmq.Socket[bytes]], linger: int | None = None, *, within_s: float = 0.0
) -> None:
    """Close its sockets, with this linger (ms) or their own, and wait until libzmq has let go of all.

    No longer than `within_s`, which the lingers may take, and `END_S`: what is left then stays until the
    process ends, which it holds up as little.
    """
    if context.closed:
        return
    ending = threading.Thread(target=context.destroy, args=(linger,), name="ending", daemon=True)
    ending.start()
    ending.join(within_s + END_S)
    if ending.is_alive():
        _log.warning("libzmq has not ended its connections in %g s: going on without", within_s + END_S)
