"""`python -m testbed.walk [PART ...]`: walk, and show what was seen; 1 where something is wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from testbed.walk.steps import WALK
from testbed.walk.walking import Seen, World, walk

RULE = "+" + "-" * 80 + "+"


def main(argv: Sequence[str] | None = None) -> int:
    """Walk the parts named, or all; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m testbed.walk", description=__doc__)
    names = [part.name for part in WALK]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(names)} (default: all)")
    parser.add_argument("--quiet", action="store_true", help="without the screens")
    wanted = parser.parse_args(argv)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="nxcast-walk-") as folder:
        world = World(Path(folder))
        for part in WALK:
            if part.name in (wanted.parts or names):
                print(f"\n# {part.name}")
                for seen in walk(part, world):
                    _show(seen, screen=not wanted.quiet)
                    wrong += bool(seen.faults)
    print(f"\n{wrong} wrong")
    return 1 if wrong else 0


def _show(seen: Seen, *, screen: bool) -> None:
    print(f"$ {seen.step.command}\n  exit {seen.status}, {seen.seconds:.1f} s, CPU {seen.cpu_s:.2f} s")
    for fault in seen.faults:
        print(f"  WRONG: {fault}")
    if screen:
        print("\n".join([RULE, *(f"|{line:80}|" for line in seen.screen.splitlines()), RULE]))


if __name__ == "__main__":
    sys.exit(main())
