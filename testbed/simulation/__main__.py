"""`make simulate SEEDS=N [SEED=n]`: N seeds from n on; what fails is made small and printed with its seed."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from nxcast.process.garbage import collect_seldom
from testbed.simulation.put_back import FAULTS
from testbed.simulation.running import run_all
from testbed.simulation.schedule import Schedule, make_schedule
from testbed.simulation.shrinking import shrink
from testbed.simulation.world import Outcome, run

__all__ = ["main"]

SHOWN = 5  # violations of a run that are printed
PROGRESS_S = 10.0  # seconds from one word about how far it is to the next


def main(argv: Sequence[str] | None = None) -> int:
    """Run them; 0 if no promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m testbed.simulation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the first one")
    parser.add_argument(
        "--fault", choices=sorted(FAULTS), help="put this fault back, and stop where it is found"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes; as many as cores are"
    )
    parser.add_argument("--no-shrink", action="store_true", help="print what fails as it is")
    args = parser.parse_args(argv)
    seeds = range(args.seed, args.seed + args.seeds)
    if args.fault is None:
        return simulate(seeds, jobs=args.jobs, smaller=not args.no_shrink)
    with FAULTS[args.fault].put_back():
        seed = find(seeds, smaller=not args.no_shrink)
    where = f"found by seed {seed}" if seed is not None else f"NOT found by seeds {seeds[0]} to {seeds[-1]}"
    print(f"{args.fault} ({FAULTS[args.fault].text}): {where}")
    return 1 if seed is None else 0


def simulate(seeds: range, *, jobs: int, smaller: bool) -> int:
    """Run them all, in so many processes; 0 if no promise was broken."""
    began = told = time.monotonic()
    messages, cpu_s, failed = 0, 0.0, []
    for seed, outcome, ran_s in run_all(seeds, jobs):
        messages += outcome.published
        cpu_s += ran_s
        if outcome.violations:
            failed.append(seed)
            tell(make_schedule(seed), outcome, smaller=smaller)
        if time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            print(f"seeds {seeds[0]} to {seed}: {len(failed)} broke a promise", file=sys.stderr)
    took_s = time.monotonic() - began
    print(
        f"seeds {seeds[0]} to {seeds[-1]}: {messages:,} messages published, "
        f"{len(seeds) / took_s:.1f} runs a second, {len(seeds) / cpu_s:.1f} a second of CPU time, "
        f"{len(failed)} broke a promise {failed or ''}".rstrip()
    )
    return 1 if failed else 0


def find(seeds: range, *, smaller: bool) -> int | None:
    """The first that breaks a promise."""
    for seed in seeds:
        schedule = make_schedule(seed)
        outcome = run(schedule)
        if outcome.violations:
            tell(schedule, outcome, smaller=smaller)
            return seed
    return None


def tell(schedule: Schedule, outcome: Outcome, *, smaller: bool) -> None:
    """Print what failed."""
    if smaller:
        schedule = shrink(schedule, lambda each: bool(run(each).violations))
        outcome = run(schedule)
    print(schedule)
    for text in outcome.violations[:SHOWN]:
        print(f"  BROKEN {text}")
    if left := len(outcome.violations) - SHOWN:
        print(f"  and {left} more" if left > 0 else "")


if __name__ == "__main__":
    collect_seldom()
    sys.exit(main())
