"""nxcast-consume: subscribe to a broker's channels from the command line.

Each subcommand is a module of this folder with `add_parser`, listed in `COMMANDS`. SIGTERM ends one as
Ctrl-C does, and a reader that closes its pipe ends it without a word.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from nxcast.consumers import channels, tail
from nxcast.consumers.command import PROGRAM, CommandError, say

__all__ = ["main"]

COMMANDS = (tail, channels)

_EXAMPLES = """\
examples:
  nxcast-consume channels               what the broker publishes, and how fast
  nxcast-consume tail nxdomain/MX/      names that mail is sent to and that do not exist, as they fail
  nxcast-consume tail --format json     both channels as JSON lines

'nxcast-consume COMMAND --help' tells more.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; its exit status."""
    args = _parser().parse_args(argv)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return 0
    except CommandError as error:
        say(str(error))
        return 1
    except BrokenPipeError:
        # Python flushes stdout once more at exit: let that go nowhere, or it complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Subscribe to the channels of an nxcast broker.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
