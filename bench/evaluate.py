"""`make evaluate`: how much of what was planted in a stream each question finds, and what else it reports.

Two parts that share no name, no family and no seed: constants are set by looking at `development`, whose
names are all invented here; figures are reported of `test`, whose names are real ones of a folder that is no
part of this project (`--data`: names/names.json.gz, dga/families.json.gz). Where it is absent the test part
is passed over, and that is said.

A phenomenon is met where `RECALL` of what was planted of it is found in all seeds together. What is reported
and was not planted is false. Exit status 1 if anything is reported of clean traffic.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import (
    evaluate_authorities,
    evaluate_dead,
    evaluate_dga,
    evaluate_discovery,
    evaluate_dnsbl,
    evaluate_spamtrap,
)
from bench.evaluate_stream import DATA, Part, Tried, parts

__all__ = ["main"]

PRECISION, RECALL = 0.98, 0.90
SEEDS = {"development": (11, 12, 13), "test": (2018, 2019, 2020)}

QUESTIONS: dict[str, Callable[[Part], Iterator[Tried]]] = {
    "dga": evaluate_dga.tried,
    "dead": evaluate_dead.tried,
    "dnsbl": evaluate_dnsbl.tried,
    "spamtrap": evaluate_spamtrap.tried,
    "discovery": evaluate_discovery.tried,
    "authorities": evaluate_authorities.tried,
}
"""Each question by what it made of the plants of a part, phenomenon by phenomenon."""


def main(argv: list[str] | None = None) -> int:
    """Print the tables as they come; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.evaluate", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "questions", nargs="*", metavar="QUESTION", help=f"of {', '.join(QUESTIONS)} (default: all)"
    )
    parser.add_argument("--part", choices=SEEDS, help="only this one (default: both)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="how many (default: 3)")
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="FOLDER", help="of real names (default: %(default)s)"
    )
    args = parser.parse_args(argv)
    clean = True
    for part in [args.part] if args.part else SEEDS:
        made = parts(part, SEEDS[part][: args.seeds], args.data)
        if isinstance(made, str):
            print(f"{part}: not evaluated: {made}")
            continue
        for name in args.questions or QUESTIONS:
            clean &= _table(name, part, made)
    return 0 if clean else 1


def _table(question: str, part: str, made: list[Part]) -> bool:
    """Print what a question found; whether clean traffic gave nothing."""
    print(f"\n{question}, {part}, seeds {', '.join(str(each.seed) for each in made)}")
    print(f"  {'phenomenon':40}{'planted':>9}{'recall':>8}{'false':>7}")
    started = time.process_time()
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for each in made:
        for tried in QUESTIONS[question](each):
            for at, number in enumerate((tried.planted, tried.found, tried.wrong)):
                sums[tried.phenomenon][at] += number
    met = plants = found_in_all = wrong_in_all = 0
    clean = True
    for phenomenon, (planted, found, wrong) in sums.items():
        found_in_all, wrong_in_all = found_in_all + found, wrong_in_all + wrong
        if not planted:
            clean &= not wrong
            print(f"  {phenomenon:40}{'':17}{wrong:7,}")
            continue
        plants += 1
        passed = found >= RECALL * planted and wrong <= (1 - PRECISION) * (found + wrong)
        met += passed
        print(f"  {phenomenon:40}{planted:9,}{found / planted:8.2f}{wrong:7,}{'' if passed else '  *'}")
    precision = found_in_all / max(found_in_all + wrong_in_all, 1)
    print(
        f"  {met} of {plants} reach {RECALL:.2f} and {PRECISION:.2f}; precision of all {precision:.3f}; "
        f"{time.process_time() - started:.0f} s of CPU time",
        flush=True,
    )
    return clean


if __name__ == "__main__":
    sys.exit(main())
