"""`nxcast-produce`: one subcommand a kind of source.

Exit status: 0 when all was sent or a stop was asked for; 1 when something was wrong that a line on standard
error names, such as a broker that went away in the middle of a file; 2 for wrong usage; 130 for Ctrl-C before
the work had begun.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nxcast.process.ending import INTERRUPTED, EarlyInterrupt
from nxcast.process.standard_streams import version_told
from nxcast.version import version_text

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, by default the process's own; returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    if (told := version_told("nxcast-produce", words, version_text)) is not None:
        return told
    with EarlyInterrupt():
        from nxcast.producers.program import parser, run

        arguments = parser().parse_args(words)
    try:
        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
