"""`make fuzz FOR=60`: every target for its share of so many seconds, on all cores.

Each is hunted by a process of its own (see `hunt`). At the end a line a target: inputs a second and what was
found. A finding is a file in build/fuzz/findings: `python -m tests.fuzz --again FILE` shows the error, and a
test of the module that it is in keeps it. The exit status is 1 if something was found.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.corpus import ROOT
from tests.fuzz.hunt import TOLD
from tests.fuzz.targets import TARGETS

FOLDER = ROOT / "build" / "fuzz"
_TOLD = re.compile(rf"{TOLD}\s*(\d+)|^#(\d+)\s", re.MULTILINE)  # at the end, else while it went on


class Hunt(NamedTuple):
    """A process and what it is after."""

    target: str
    process: subprocess.Popen[str]
    log: Path


def main() -> int:
    """Hunt all targets; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--for", dest="seconds", type=int, default=60, help="seconds for all (default: 60)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="default: the time's")
    parser.add_argument("--again", type=Path, metavar="FILE", help="take in one finding, and show its error")
    parser.add_argument("targets", nargs="*", help=f"some of {', '.join(TARGETS)} (default: all)")
    args = parser.parse_args()
    if args.again:
        TARGETS[args.again.name.split("-")[0]](args.again.read_bytes())
        return 0
    return _hunt_all(args.targets or list(TARGETS), args.seconds, args.seed)


def _hunt_all(targets: list[str], seconds: int, seed: int) -> int:
    cores = os.cpu_count() or 1
    share = max(1, seconds * cores // len(targets))
    how = "atheris" if find_spec("atheris") else "blind mutations: atheris is not installed"
    print(f"{len(targets)} targets, {share} s each on {cores} cores, seed {seed}, {how}", file=sys.stderr)
    FOLDER.mkdir(parents=True, exist_ok=True)
    before = _findings()
    started = time.monotonic()
    waiting, running, inputs = list(targets), list[Hunt](), dict[str, int]()
    while waiting or running:
        while waiting and len(running) < cores:
            running.append(_start(waiting.pop(0), share, seed))
        for hunt in [each for each in running if each.process.poll() is not None]:
            running.remove(hunt)
            inputs[hunt.target] = _inputs(hunt)
        now = ", ".join(hunt.target for hunt in running)
        done = f"{time.monotonic() - started:4.0f} s, {sum(inputs.values()):,} inputs"
        print(f"\r\33[K{done}, {len(_findings() - before)} findings, now {now}", end="", file=sys.stderr)
        time.sleep(0.2)
    print("\r\33[K", end="", file=sys.stderr)
    found = _findings() - before
    for target in targets:
        files = sorted(path.name for path in found if path.name.split("-")[0] == target)
        speed = f"{inputs[target] // share:,} inputs/s"
        print(f"{target:13}{speed:>16}{inputs[target]:>12,}  {', '.join(files) or 'nothing'}")
    idle = [target for target in targets if not inputs[target]]
    if idle:
        print(f"did not start, see {FOLDER}/*.log: {', '.join(idle)}")
    if found:
        print(f"findings are in {FOLDER / 'findings'}")
    return 1 if found or idle else 0


def _start(target: str, seconds: int, seed: int) -> Hunt:
    log = FOLDER / f"{target}.log"
    command = [sys.executable, "-m", "tests.fuzz.hunt", target, str(seconds), str(FOLDER), str(seed)]
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file, text=True)
    return Hunt(target, process, log)


def _inputs(hunt: Hunt) -> int:
    counts = _TOLD.findall(hunt.log.read_text(errors="replace"))
    return int("".join(counts[-1])) if counts else 0


def _findings() -> set[Path]:
    return set((FOLDER / "findings").glob("*"))


if __name__ == "__main__":
    sys.exit(main())
