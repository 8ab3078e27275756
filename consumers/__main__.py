"""nxcast-consume: subscribe to a broker's channels from the command line.

The way in, light to import: Ctrl-C ends it without a traceback from here on. The rest is in `command_line`.
"""

from __future__ import annotations

import os
import signal
import sys

from nxcast import tells_version
from nxcast.process.ending import DONE, INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; its exit status."""
    words = sys.argv[1:] if argv is None else argv
    if tells_version(words):
        return DONE
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else the signal is ignored, or whoever calls us sees to it
        # Not KeyboardInterrupt: in the middle of an import that may be swallowed, or become another error.
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        from nxcast.consumers.command_line import parser, run

        args = parser(words).parse_args(words)
    finally:
        signal.signal(signal.SIGINT, before)
    return run(args)


if __name__ == "__main__":
    sys.exit(main())
