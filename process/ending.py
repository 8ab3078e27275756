"""How a program ends: its exit status, the error that ends it with one line, and an early Ctrl-C.

Light to import: the commands read it before they can catch a Ctrl-C.
"""

from __future__ import annotations

import os
import signal

__all__ = [
    "DONE",
    "FAILED",
    "INTERRUPTED",
    "MISUSED",
    "EarlyInterrupt",
    "MisuseError",
    "ProgramError",
    "one_line",
    "reason",
]

# Exit statuses.
DONE = 0  # all was done, or a stop was asked for
FAILED = 1  # a line on standard error says what was wrong
MISUSED = 2  # wrong usage, as argparse has it
INTERRUPTED = 130  # SIGINT came before the work had begun: 128 + 2, as shells have it


class ProgramError(Exception):
    """Ends a program with status `FAILED`: the text is one line that names the thing and the mend."""


class MisuseError(ProgramError):
    """Wrong words on the command line, in a variable or a settings file: ends it with status `MISUSED`.

    Told as argparse tells it: a plain line for whoever typed the words, and no event of a running program.
    """


class EarlyInterrupt:
    """While entered, Ctrl-C ends the process at once and without a word, with status `INTERRUPTED`.

    For the time in which modules and words are read. KeyboardInterrupt will not do there: in the midst of an
    import it may be swallowed, or become another error. In the main thread only; where SIGINT is ignored, or
    whoever calls us sees to it, that stays.
    """

    def __enter__(self) -> None:
        self._ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._ours:
            signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))

    def __exit__(self, *_: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def reason(error: Exception) -> str:
    """Why, for the end of a line: what the system or libzmq has to say, else the error's own text."""
    return str(getattr(error, "strerror", None) or error).lower()


def one_line(text: str) -> str:
    """The text with what is not printable escaped: names of files and hosts may hold anything."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )
