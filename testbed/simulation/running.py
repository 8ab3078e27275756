"""Runs of many seeds, in as many processes as there are cores."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from nxcast.process.garbage import collect_seldom
from testbed.simulation.schedule import make_schedule
from testbed.simulation.world import Outcome, run

__all__ = ["Ran", "run_all", "run_seed"]

CHUNK = 5  # seeds that a process is given at a time


class Ran(NamedTuple):
    """A seed, what its run gave, and the seconds of CPU time that it took."""

    seed: int
    outcome: Outcome
    cpu_s: float


def run_all(seeds: range, jobs: int) -> Iterator[Ran]:
    """The runs, in the order of their seeds, by so many processes; by this one where they are few."""
    jobs = min(jobs, len(seeds) // CHUNK)
    if jobs <= 1:
        yield from map(run_seed, seeds)
        return
    # Spawned: each has its own order of sets, which a run must not depend on.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, spawn, initializer=collect_seldom) as pool:
        yield from pool.map(run_seed, seeds, chunksize=CHUNK)


def run_seed(seed: int) -> Ran:
    """One."""
    began = time.process_time()
    return Ran(seed, run(make_schedule(seed)), time.process_time() - began)
