"""How a program ends: its exit status, and the error that ends it with one line.

Light to import: the commands read it before they can catch a Ctrl-C.
"""

from __future__ import annotations

__all__ = ["DONE", "FAILED", "INTERRUPTED", "MISUSED", "MisuseError", "ProgramError", "one_line", "reason"]

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
