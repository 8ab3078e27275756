"""A store as it grows: octets an RRset, and how long it takes to read all RRsets of a zone.

    python -m bench.store_growth [ROWS ...]        (default: 2000000 20000000; an hour of one core)

RRsets are made up (`storing`) and come once each, in no order of their names. Each figure is of the store
once compacted, as each is of one reader that has read nothing before. Beside the CPU time stands what a clock
said, which has the disk in it and whoever else the machine works for.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.storing import NOW_S, key_of, lookups
from nxcast.consumers.store.database import Store
from nxcast.consumers.store.gathering import Gathered

__all__ = ["main"]

STEP = 1_000_003  # a prime, so that its multiples modulo a number of rows are all of them, far apart


def main(sizes: list[int]) -> None:
    """Grow a store from size to size, and print what it is at each."""
    print(
        "RRsets        octets each  written/s of CPU  *.zone p50, p99 of CPU  by the clock       memory",
        flush=True,
    )
    chance = Random(1)
    with TemporaryDirectory(prefix="nxcast-bench-store-") as name:
        folder = Path(name)
        had = 0
        for rows in sizes:
            with Store(str(folder)) as store:
                spent = _grow(store, had, rows, chance)
                store.compact()
                octets = store.octets / rows
            cpu, clock = lookups(folder, chance, rows)
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
            print(
                f"{rows:<12,}  {octets:11.1f}  {(rows - had) / spent:16,.0f}  "
                f"{cpu[0]:9.3f}, {cpu[1]:.3f} ms    {clock[0]:9.3f}, {clock[1]:.3f} ms   {peak_mb:,.0f} MB",
                flush=True,
            )
            had = rows


def _grow(store: Store, had: int, rows: int, chance: Random) -> float:
    """Write RRsets from number `had` on; seconds of CPU time that it took, without making them up."""
    spent = 0.0
    gathered = Gathered()
    for number in _shuffled(had, rows):
        gathered.add_rrset(key_of(number, chance), (NOW_S, NOW_S, 1))
        if gathered.full:
            begun = time.process_time()
            store.write(gathered)
            spent += time.process_time() - begun
            gathered = Gathered()
    begun = time.process_time()
    store.write(gathered)
    return spent + time.process_time() - begun


def _shuffled(first: int, end: int) -> Iterator[int]:
    """Each number from one up to another, once, in no order."""
    count = end - first
    return (first + number * STEP % count for number in range(count))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [2_000_000, 20_000_000])
