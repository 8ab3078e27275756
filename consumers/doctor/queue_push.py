"""A batch sent into a work queue of NATS, as a producer sends it, until it is stored there."""

from __future__ import annotations

import time

from nxcast.process.stop import Stop
from nxcast.schemas.curve import ClientKey
from nxcast.schemas.frames import FRAMES_2, BatchHeader, Frame, encode_batch
from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import encode_request
from nxcast.transport.endpoints import shown

__all__ = ["into_queue"]

LOOK_MS = 50  # milliseconds from one look at what became of it to the next, at most


def into_queue(
    ingress: str, key: ClientKey | None, header: BatchHeader, frame: Frame, seconds: float
) -> str | None:
    """Send a frame, the only one of its producer; None once it is stored, else why it is not."""
    from nxcast.transport.nats.work_producer import WorkProducer  # here: only who wants it needs nats-py

    parts = encode_batch(header, [frame], FRAMES_2)
    asked = encode_request(
        {"version": 1, "id": 1, "ask": "arrived", "sensor": header["sensor"], "epoch": header["epoch"]}
    )
    until = time.monotonic() + seconds
    with Stop() as stop:
        end = WorkProducer(ingress, stop, key)
        try:
            sent = False
            while time.monotonic() < until:
                list(end.events())
                sent = sent or end.send(parts)
                end.ask(asked)
                for answer in end.answers():
                    told, _ = decode_answer(answer)
                    if told["answer"] == "error":
                        return f"{shown(ingress)} does not allow to push as {header['sensor']}"
                    if told["answer"] == "arrived" and told["sequence"] == header["sequence"]:
                        return None
                end.wait(LOOK_MS, writable=not sent)
                if stop.requested:
                    raise KeyboardInterrupt
            return end.unknown or f"{shown(ingress)} stores nothing"
        finally:
            end.close()
