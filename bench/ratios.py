"""Ratios of CPU time, each of one run: what the kernel gives, and what a relay costs that reads nothing.

CPU time of the whole process, sockets and log included, by its own account of frames. What is not there to be
compared with is left out, and named.
"""

from __future__ import annotations

import os
import shutil

from bench.load import Load
from bench.throughput import throughput

__all__ = ["main"]

SECONDS = 3.0  # that each broker is measured for, after a warm-up; its CPU time is told in 10 ms
COMPILED = ("--compiled",)
UNCOMPILED = ("--no-compiled",)
NMSGTOOL = "NMSGTOOL"  # variable: where nmsgtool is, which Debian does not have
PEERS = {NMSGTOOL: "nmsgtool"}
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
    one, many = (_frame_ns(Load("channel 220", topics=topics), *COMPILED) for topics in (1, TOPICS))
    _row("broker, one type asked", one)
    _row(f"  {TOPICS} types, a topic each", many, one)
    for variable, peer in PEERS.items():
        if shutil.which(os.environ.get(variable, peer)) is None:
            print(f"  left out: {peer} is not installed (the variable {variable} names it)", flush=True)


def _frame_ns(load: Load, *options: str, module: str = "nxcast.broker") -> float:
    """CPU time a frame, nanoseconds."""
    if module != "nxcast.broker":
        options = ("--frames", str(load.frames))
    return throughput(module, load, *options, seconds=SECONDS).frame_ns


def _row(what: str, cost_ns: float, ours_ns: float | None = None, wanted: float | None = None) -> None:
    """A figure, and how often ours has it: more than 1 where ours costs less."""
    ratio = "" if ours_ns is None else f"ours {cost_ns / ours_ns:.2f} x"
    target = "" if wanted is None else f"to reach {wanted:g} x"
    print(f"  {what:<34}{cost_ns:>9,.0f} ns a frame   {ratio:<16}{target}", flush=True)


if __name__ == "__main__":
    main()
