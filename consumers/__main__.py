"""nxcast-consume: subscribe to a broker's channels from the command line.

The way in, light to import: Ctrl-C ends it without a traceback from here on. The rest is in `command_line`.
"""

from __future__ import annotations

import sys

from nxcast.process.ending import EarlyInterrupt
from nxcast.process.standard_streams import version_told
from nxcast.version import version_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; its exit status."""
    words = sys.argv[1:] if argv is None else argv
    if (told := version_told("nxcast-consume", words, version_text)) is not None:
        return told
    with EarlyInterrupt():
        from nxcast.consumers.command_line import parser, run

        args = parser(words).parse_args(words)
    return run(args)


if __name__ == "__main__":
    sys.exit(main())
