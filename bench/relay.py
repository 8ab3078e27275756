"""The yardstick for a broker that reads nothing: messages in, the same messages out, by pyzmq alone.

Each second it tells how many frames went through, in the form of a Status.
"""

from __future__ import annotations

import argparse
import sys
import time

import msgpack
import zmq

from nxcast.broker.settings import Settings
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.zeromq.broker_options import INGRESS_HIGH_WATER_MARK


def main(argv: list[str] | None = None) -> int:
    """Relay until killed, from --ingress to --egress."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ingress", required=True)
    parser.add_argument("--egress", required=True)
    parser.add_argument("--frames", type=int, required=True, help="frames that each message has")
    args, _ = parser.parse_known_args(argv)
    context = zmq.Context()
    ingress, egress = context.socket(zmq.PULL), context.socket(zmq.XPUB)
    ingress.set_hwm(INGRESS_HIGH_WATER_MARK)
    egress.set_hwm(Settings.model_fields["high_water_mark"].default)
    ingress.bind(args.ingress)
    egress.bind(args.egress)
    print("relays", file=sys.stderr, flush=True)
    frames, due_ns = 0, time.time_ns() + SECOND_NS
    while True:
        if ingress.poll(100):
            egress.send_multipart([b"relayed/", *ingress.recv_multipart(copy=False)], copy=False)
            frames += args.frames
        if (now_ns := time.time_ns()) >= due_ns:
            due_ns = now_ns + SECOND_NS
            status = {"time_ns": now_ns, "counters": {"frames_received": frames}}
            egress.send_multipart([b"status/", b"", msgpack.packb([status])])


if __name__ == "__main__":
    sys.exit(main())
