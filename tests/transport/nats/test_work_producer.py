"""The producer's end into a work queue, where no server is there."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("nats")

from nxcast.process.stop import Stop
from nxcast.schemas.requests import encode_request
from nxcast.transport.nats.work_producer import WorkProducer
from testbed.ports import free_port


def test_what_was_asked_while_nothing_is_connected_does_not_keep_it_awake() -> None:
    with Stop() as stop:
        end = WorkProducer(f"nats://127.0.0.1:{free_port()}", stop)
        try:
            end.ask(encode_request({"version": 1, "id": 1, "ask": "arrived", "sensor": "ns1", "epoch": 1}))
            began_s = time.monotonic()
            end.wait(200, writable=True)
            assert time.monotonic() - began_s > 0.1
            assert list(end.answers()) == []
        finally:
            end.close()
