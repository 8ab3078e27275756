"""`nxcast`, also `python -m nxcast`: one program in front of the three, run with the words it was given.

Light to import: what it does not run it does not read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from nxcast import __version__
from nxcast.process.ending import DONE, MISUSED, EarlyInterrupt
from nxcast.process.standard_streams import ended, plain_line, show, version_told
from nxcast.version import version_text

__all__ = ["COMMANDS", "PROGRAMS", "main"]

# The word for each, the module with its `main`, and what it is for.
PROGRAMS = {
    "broker": ("nxcast.broker.__main__", "takes frames, publishes records: nxcast-broker"),
    "produce": ("nxcast.producers.__main__", "sends what resolvers heard to a broker: nxcast-produce"),
    "consume": ("nxcast.consumers.__main__", "subscribes, shows, keeps and asks questions: nxcast-consume"),
}

UP = "up"  # runs several of them

# The commands of each that need no name of a program before them. Both of the last two have an nmsg.
COMMANDS = {
    "broker": ("keys",),
    "produce": ("dnstap", "pcap", "synthetic"),
    "consume": (
        "tail", "channels", "doctor", "record", "store", "serve", "ask",
        "causes", "spamtrap", "dnsbl", "dga", "dead", "discovery", "authorities",
    ),
}  # fmt: skip

_USAGE = """\
usage: nxcast COMMAND ..., where COMMAND is one of

  nxcast up           all that one machine needs, started and stopped together
  nxcast broker       take frames from producers, publish records
  nxcast keys         who may come in at a broker
  nxcast dnstap       send what a resolver tells of the responses it gets
  nxcast pcap         send responses out of packets
  nxcast synthetic    send made-up responses, to try things out
  nxcast doctor       is it working? what is wrong, and what to do about it
  nxcast tail         show what fails, as it fails
  nxcast channels     what the broker publishes, and how fast
  nxcast record       keep records in Parquet files
  nxcast store        keep what resolved and what failed: passive DNS of your own
  nxcast serve        answer from such a store over HTTP: DNSDB API, COF, histories
  nxcast ask          what such a store says: expired, dangling, lame, look-alikes, ...
  nxcast causes, dnsbl, dga, dead, spamtrap, discovery, authorities
                      what the failures say

or a program and its words: nxcast produce nmsg, nxcast consume nmsg, and so on for
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program that the first word names, or has as a command; its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if (told := version_told("nxcast", words, version_text)) is not None:
        return told
    if not words or words[0] in ("-h", "--help"):
        return ended("nxcast", _help)
    if words[0] == UP:
        with EarlyInterrupt():
            from nxcast.up import main as run_all
        return run_all(words[1:])
    program = _program_of(words[0])
    if program is None:
        plain_line("nxcast", f"{_riddle(words[0])} (nxcast --help tells more)")
        return MISUSED
    with EarlyInterrupt():
        run: Callable[[Sequence[str]], int] = import_module(PROGRAMS[program][0]).main
    return run(words[1:] if program == words[0] else words)


def _help() -> int:
    show(f"nxcast {__version__}\n\n{_USAGE}{_programs()}\n")
    return DONE


def _program_of(word: str) -> str | None:
    if word in PROGRAMS:
        return word
    return next((program for program, commands in COMMANDS.items() if word in commands), None)


def _riddle(word: str) -> str:
    """What is wrong with a word that is no command."""
    if word == "nmsg":
        return "which nmsg? nxcast produce nmsg reads NMSG, nxcast consume nmsg writes it"
    from nxcast.process.arguments import meant  # here, as it is the slowest of all imports

    known = [UP, *PROGRAMS, *(each for commands in COMMANDS.values() for each in commands)]
    return f"no command {word!r}{meant(word, known)}"


def _programs() -> str:
    return "\n".join(f"  {word:<8} {purpose}" for word, (_, purpose) in PROGRAMS.items())


if __name__ == "__main__":
    sys.exit(main())
