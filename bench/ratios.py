"""Ratios of CPU time, each of one run: what the kernel gives, and what a relay costs that reads nothing.

CPU time of the whole process, sockets and log included, by its own account of frames. What is not there to be
compared with is left out, and named.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgpack

from bench.load import Load
from bench.throughput import throughput
from nxcast.broker.derivation.derive import derive
from nxcast.consumers.client.events import Batch
from nxcast.consumers.client.packed import packed
from nxcast.consumers.show.json_lines import record_json
from nxcast.schemas.batch_decoding import decode_batch
from nxcast.schemas.records import decode_records
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN

__all__ = ["main"]

SECONDS = 3.0  # that each broker is measured for, after a warm-up; its CPU time is told in 10 ms
COMPILED = ("--compiled",)
UNCOMPILED = ("--no-compiled",)
NMSGTOOL = "NMSGTOOL"  # variable: where nmsgtool is, which Debian does not have
PEERS = {NMSGTOOL: "nmsgtool"}
PAYLOADS = 32  # batches whose records a subscriber reads
ROUNDS = 5  # of reading them; the best one counts, since others use this machine
TOPICS = 60  # of nxdomain/, and as many types; with those of dns-errors/ some more


def main() -> None:
    """Measure all, print as it comes."""
    print("ratios of CPU time, all of this run")
    for mix, wanted, relayed in (("resolver", 10, 0.5), ("channel 220", 14, 0.25)):
        load = Load(mix)
        compiled = _frame_ns(load, *COMPILED)
        _row(f"broker, {mix} mix, log on", compiled)
        _row("  Python in the kernel's place", _frame_ns(load, *UNCOMPILED), compiled, wanted)
        _row("  a pyzmq relay", _frame_ns(load, module="bench.relay"), compiled, relayed)
    for frames, wanted in ((16, 6), (1, 3)):
        load = Load("resolver", frames)
        compiled = _frame_ns(load, *COMPILED)
        _row(f"broker, {frames} a batch, log on", compiled)
        _row("  Python in the kernel's place", _frame_ns(load, *UNCOMPILED), compiled, wanted)
        _row("  a pyzmq relay", _frame_ns(load, module="bench.relay"), compiled)
    zoned = Load("resolver", zones=True)
    for option in (COMPILED, UNCOMPILED):
        plain = _frame_ns(zoned, *option)
        _row(f"broker, resolver mix with zones, {option[0]}", plain)
        _row("  good answers counted (--servers)", _frame_ns(zoned, *option, "--servers"), plain)
    one, many = (_frame_ns(Load("channel 220", topics=topics), *COMPILED) for topics in (1, TOPICS))
    _row("broker, one type asked", one)
    _row(f"  {TOPICS} types, a topic each", many, one)
    _subscriber()
    for variable, peer in PEERS.items():
        if shutil.which(os.environ.get(variable, peer)) is None:
            print(f"  left out: {peer} is not installed (the variable {variable} names it)", flush=True)


def _frame_ns(load: Load, *options: str, module: str = "nxcast.broker") -> float:
    """CPU time a frame, nanoseconds."""
    if module != "nxcast.broker":
        options = ("--frames", str(load.frames))
    return throughput(module, load, *options, seconds=SECONDS).frame_ns


def _subscriber() -> None:
    """Of payloads as they come from the socket, in this process."""
    batches = [decode_batch(parts).frames for parts in Load("channel 220").batches(PAYLOADS)]
    frames: list[Any] = [frame for batch in batches for frame in batch]
    derived = derive(frames, "bench", accept_unsolicited=False, accept_forwarders=False)
    for channel, records in ((NXDOMAIN, derived.nxdomains), (DNS_ERRORS, derived.errors)):
        payloads = [msgpack.packb(records[at : at + 512]) for at in range(0, len(records), 512)]
        by_python = _record_ns(payloads, len(records), partial(decode_records, channel))
        _row(f"subscriber, {channel}, Python", by_python, of="record")
        for what, read, wanted in _READINGS:
            cost = _record_ns(payloads, len(records), partial(_read, read, channel))
            _row(f"  {what}", cost, of="record", ratio=f"{by_python / cost:.1f} x less", wanted=wanted)
        line = partial(record_json, batch=Batch(channel, 1, 1, 1, records))
        _row("  a line of JSON", _record_ns(records, len(records), line), of="record")


def _read(read: Callable[[Any], object], channel: str, payload: bytes) -> object:
    return read(packed(channel, payload, canaries=False))


def _record_ns(payloads: Sequence[Any], records: int, read: Callable[[Any], object]) -> float:
    """CPU time a record, nanoseconds: the best of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for payload in payloads:
            read(payload)
        rounds.append(time.process_time_ns() - start)
    return min(rounds) / records


def _row(
    what: str,
    cost_ns: float,
    ours_ns: float | None = None,
    wanted: float | None = None,
    *,
    of: str = "frame",
    ratio: str = "",
) -> None:
    """A figure, and how often ours has it: more than 1 where ours costs less."""
    if ours_ns is not None:
        ratio = f"ours {cost_ns / ours_ns:.2f} x"
    target = "" if wanted is None else f"to reach {wanted:g} x"
    print(f"  {what:<34}{cost_ns:>9,.0f} ns a {of:<9}{ratio:<16}{target}", flush=True)


_READINGS: tuple[tuple[str, Callable[[Any], object], float | None], ...] = (
    ("checked", lambda found: found.count, 3),
    ("two columns", lambda found: found.columns(("qname", "qtype")), None),
    ("records", lambda found: found.records(), None),
)


if __name__ == "__main__":
    main()
