"""Bad neighbours that are many, each crowd by its name: for `tests/fuzz/neighbours.py`.

Each is an endless function over a broker's endpoints and a client's key that may push as `neighbour`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import zmq

from nxcast.schemas.curve import ClientKey
from nxcast.schemas.frames import FRAMES_1, batch_parts, encode_frames
from nxcast.transport.zeromq.socket_options import set_client_key
from tests.fuzz.bad_readers import Broker
from tests.messages import frame, message, question

__all__ = ["CROWDS"]

PRODUCERS = 50
FRAMES = 65_536  # as many as a batch may have, of 125 octets: 8 MB


def _large(broker: Broker, key: ClientKey | None) -> None:
    """Fifty producers of the largest batches that there may be, as many as go out."""
    name = f"{'a' * 60}.{'b' * 14}.example."
    # Shared by all: it is the broker's memory that this is about.
    payload = zmq.Frame(encode_frames([frame(message(0, questions=[question(name)]))] * FRAMES))
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    pushes = []
    for _ in range(PRODUCERS):
        made = context.socket(zmq.PUSH)
        made.setsockopt(zmq.LINGER, 0)
        made.setsockopt(zmq.SNDHWM, 1)
        set_client_key(made, key)
        made.connect(broker.ingress)
        pushes.append(made)
    sequence = 0
    while True:
        for each in pushes:
            sequence += 1
            header: Any = {"sensor": "neighbour", "epoch": 1, "sequence": sequence, "count": FRAMES}
            form, head, _ = batch_parts(header, b"", FRAMES_1)
            with suppress(zmq.Again):
                each.send_multipart([form, head, payload], zmq.NOBLOCK, copy=False)
        time.sleep(0.01)


CROWDS: dict[str, Callable[[Broker, ClientKey | None], None]] = {"large-crowd": _large}
