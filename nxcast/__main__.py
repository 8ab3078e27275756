"""`python -m nxcast`: the version, and the programs by name, where their own commands are not on the path."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from nxcast import __version__
from nxcast.process.ending import DONE, INTERRUPTED, MISUSED

__all__ = ["PROGRAMS", "main"]

# The word for each, the module with its `main`, and what it is for.
PROGRAMS = {
    "broker": ("nxcast.broker.__main__", "takes frames, publishes records: nxcast-broker"),
    "produce": ("nxcast.producers.__main__", "sends what resolvers heard to a broker: nxcast-produce"),
    "consume": ("nxcast.consumers.__main__", "subscribes, shows, keeps and asks questions: nxcast-consume"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program that the first word names, with the words after it; its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "-V", "--version"):
        print(_about())
        return DONE
    if words[0] not in PROGRAMS:
        print(f"nxcast: no program {words[0]!r}: it is {', '.join(PROGRAMS)}", file=sys.stderr)
        return MISUSED
    try:
        run: Callable[[Sequence[str]], int] = import_module(PROGRAMS[words[0]][0]).main
    except KeyboardInterrupt:
        return INTERRUPTED
    return run(words[1:])


def _about() -> str:
    lines = [f"nxcast {__version__}", "", "python -m nxcast PROGRAM ..., where PROGRAM is"]
    return "\n".join([*lines, *(f"  {word:<8} {purpose}" for word, (_, purpose) in PROGRAMS.items())])


if __name__ == "__main__":
    sys.exit(main())
