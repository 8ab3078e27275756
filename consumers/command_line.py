"""The subcommands of nxcast-consume: what each is asked to do, and how each may end.

A subcommand is a module of this folder with `add_parser`, listed in `COMMANDS`; the others are not read where
one is asked for. SIGTERM ends one as
Ctrl-C does, and a reader that closes its pipe ends it without a word.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from nxcast.consumers.show.console import PROGRAM, CommandError, say
from nxcast.process.arguments import ArgumentParser
from nxcast.process.ending import DONE, FAILED, MISUSED, MisuseError, ProgramError
from nxcast.process.standard_streams import buffered_stdout, plain_line
from nxcast.telemetry.logs import log_lines
from nxcast.version import version_text

__all__ = ["parser", "run"]

# By name, the module of each: with `add_parser`.
COMMANDS = {
    "tail": "show.tail",
    "channels": "show.channels",
    "doctor": "doctor",
    "causes": "questions.causes",
    "spamtrap": "questions.spamtrap",
    "dnsbl": "questions.dnsbl",
    "dga": "questions.dga",
    "dead": "questions.dead",
    "discovery": "questions.discovery",
    "authorities": "questions.authorities",
    "record": "keep.record",
    "store": "store",
    "serve": "serve",
    "ask": "ask",
    "nmsg": "keep.nmsg_export",
}

_EXAMPLES = """\
examples:
  nxcast-consume doctor                 is it working?
  nxcast-consume channels               what the broker publishes, and how fast
  nxcast-consume tail nxdomain/MX/      names that mail is sent to and that do not exist, as they fail
  nxcast-consume tail --format json     both channels as JSON lines
  nxcast-consume spamtrap               domains that get mail though they don't exist

'nxcast-consume COMMAND --help' tells more.
"""


def parser(words: Sequence[str] = ()) -> ArgumentParser:
    """Of the subcommand that the first of these words names, else of all.

    `--help`, `--version` and wrong arguments exit as argparse does.
    """
    made = ArgumentParser(
        prog=PROGRAM,
        description="Subscribe to the channels of an nxcast broker.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=version_text())
    commands = made.add_subparsers(required=True, metavar="COMMAND", title="commands")
    for name in words[:1] if words and words[0] in COMMANDS else COMMANDS:
        import_module(f"nxcast.consumers.{COMMANDS[name]}").add_parser(commands)
    return made


def run(args: argparse.Namespace) -> int:
    """Run the subcommand; its exit status."""
    with log_lines(PROGRAM, args.log_format):
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if sys.stdout is None:  # closed when we were started; nothing need be fetched then
            raise CommandError("stdout is closed")
        with buffered_stdout():
            return int(args.run(args))
    except KeyboardInterrupt:
        return DONE
    except MisuseError as error:
        plain_line(PROGRAM, str(error))
        return MISUSED
    except ProgramError as error:
        say(str(error), level=logging.ERROR)
        return FAILED
    except BrokenPipeError:
        return DONE
    finally:
        signal.signal(signal.SIGTERM, before)
