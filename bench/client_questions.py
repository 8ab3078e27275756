"""What joining clients' questions costs the dnstap producer, in CPU of its process; pairs in turn, one run.

The stream is a resolver's with one message in five a client-side NXDOMAIN: of the others, which authorities
gave, one in five is an NXDOMAIN, and most denials answer one question and a half. A broker of its own takes
what comes. What a start costs is measured with a stream of one message, and taken off: as much CPU as some
hundred thousand messages, so that a short stream tells nothing. Both modes read the same messages. The cost
is told by messages read, where sending what clients asked, a fifth more frames, is part of it, and by frames
sent, questions among them.
"""

from __future__ import annotations

import random
import statistics
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bench.producing import ended
from bench.throughput import INGRESS, REPLAY, running
from nxcast.producers.dnstap.frame_streams import CONTENT_TYPE, Control, control_frame
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.names import name_wire

__all__ = ["main"]

MESSAGES = 500_000
PAIRS = 5
CLIENT_SHARE = 0.2  # of all messages
MOST = 1.10  # CPU, of that without the join: see README.md
ZONES = [name_wire(text) for text in ("com.", "net.", "org.", "example.com.", "shop.net.")]
START_NS = 1_700_000_000_000_000_000
BETWEEN_NS = 50_000  # from one message to the next: 20,000 a second
_SOA = struct.Struct("!HHHIH")


class _Cost(NamedTuple):
    """CPU seconds of the command less those of its start, by what it read and what it sent."""

    a_message: float
    a_frame: float


def main() -> None:
    """Measure and print."""
    print(f"dnstap producer, {MESSAGES:,} messages, {CLIENT_SHARE:.0%} of them client-side NXDOMAIN")
    with tempfile.TemporaryDirectory() as folder:
        path, empty = Path(folder) / "stream.dnstap", Path(folder) / "start.dnstap"
        path.write_bytes(_stream(MESSAGES))
        empty.write_bytes(_stream(1))
        pairs = [(_cost(path, empty, "resolver"), _cost(path, empty, "client")) for _ in range(PAIRS)]
    for kind, each in (("messages read", 0), ("frames sent", 1)):
        without, joined = (
            statistics.median(cost[each] for cost in costs) for costs in zip(*pairs, strict=True)
        )
        ratios = [after[each] / before[each] for before, after in pairs]
        print(f"  {kind} a second of CPU: {1 / without:,.0f} without, {1 / joined:,.0f} joined;")
        print(f"  CPU with / without: {statistics.median(ratios):.2f}", end="")
        print(f" ({min(ratios):.2f} to {max(ratios):.2f}); to stay under {MOST:.2f}", flush=True)


def _cost(path: Path, empty: Path, questions: str) -> _Cost:
    start_s, *_ = _run(empty, questions)
    seconds, read, sent = _run(path, questions)
    return _Cost((seconds - start_s) / read, (seconds - start_s) / sent)


def _run(path: Path, questions: str) -> tuple[float, int, int]:
    """CPU seconds of one run of the command, the messages that it read and the frames that it sent."""
    places = ("--broker", INGRESS, "--replay", REPLAY, "--sensor", "bench")
    command = [sys.executable, "-m", "nxcast.producers", "dnstap", str(path), *places]
    with running("nxcast.broker", pinned=False):
        producer = subprocess.Popen([*command, "--questions", questions], stderr=subprocess.PIPE, text=True)
        return ended(producer)


def _stream(messages: int) -> bytes:
    chosen = random.Random(5)
    octets = bytearray(control_frame(Control.START, CONTENT_TYPE))
    recent: list[tuple[bytes, bytes]] = []
    for payload in islice(_payloads(chosen, recent), messages):
        octets += struct.pack("!I", len(payload)) + payload
    return bytes(octets + control_frame(Control.STOP))


def _payloads(chosen: random.Random, recent: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    time_ns = START_NS
    while True:
        time_ns += BETWEEN_NS
        if recent and chosen.random() < CLIENT_SHARE:
            name, zone = chosen.choice(recent[-3:])
            qtype = chosen.choice((1, 15, 28))
            yield _payload(dnstap_pb2.Message.CLIENT_RESPONSE, time_ns, _denial(name, qtype, zone), b"")
            continue
        zone = chosen.choice(ZONES)
        label = "".join(chosen.choices("abcdefghijklmnopqrstuvwxyz", k=10)).encode()
        name = bytes([len(label)]) + label + zone
        denied = chosen.random() < 0.2
        message = _denial(name, 1, zone) if denied else _answer(name)
        if denied:
            recent.append((name, zone))
            del recent[:-10]
        yield _payload(dnstap_pb2.Message.RESOLVER_RESPONSE, time_ns, message, zone)


def _payload(kind: dnstap_pb2.Message.Type.ValueType, time_ns: int, message: bytes, zone: bytes) -> bytes:
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    said = dnstap_pb2.Message(
        type=kind,
        socket_protocol=dnstap_pb2.UDP,
        response_address=bytes([192, 0, 2, time_ns // BETWEEN_NS % 250]),
        response_port=53,
        response_time_sec=seconds,
        response_time_nsec=nanoseconds,
        response_message=message,
        query_zone=zone,
    )
    return dnstap_pb2.Dnstap(type=dnstap_pb2.Dnstap.MESSAGE, message=said).SerializeToString()


def _denial(name: bytes, qtype: int, zone: bytes) -> bytes:
    owner = 0xC000 | 12 + len(name) - len(zone)
    soa = _SOA.pack(owner, 6, 1, 900, 22) + b"\0\0" + struct.pack("!5I", 1, 2, 3, 4, 900)
    return struct.pack("!6H", 1, 0x8403, 1, 0, 1, 0) + name + struct.pack("!HH", qtype, 1) + soa


def _answer(name: bytes) -> bytes:
    head = struct.pack("!6H", 1, 0x8400, 1, 1, 0, 0) + name + struct.pack("!HH", 1, 1)
    return head + struct.pack("!HHHIH4s", 0xC00C, 1, 1, 60, 4, b"\xc0\x00\x02\x01")


if __name__ == "__main__":
    main()
