"""What programs write to stdout and stderr, and how one ends where stdout takes nothing.

Stderr may take nothing: a program goes on without it. Light to import: programs tell their version by it.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress

from nxcast.process.ending import DONE, FAILED, MISUSED, MisuseError, ProgramError, one_line, reason

TYPE_CHECKING = False  # typing's own is worth no import; type checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

__all__ = [
    "StdoutError",
    "buffered_stdout",
    "discard",
    "ended",
    "plain_line",
    "show",
    "version_told",
    "write_line",
]


class StdoutError(ProgramError):
    """Stdout takes nothing."""


def show(text: str) -> None:
    """Write to stdout at once; BrokenPipeError where its reader has left, StdoutError where it is full."""
    if sys.stdout is None:  # so Python has one that was closed when we were started
        raise StdoutError("stdout is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        discard(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise
        raise StdoutError(f"can't write to stdout: {reason(error)}") from error


@contextmanager
def buffered_stdout() -> Iterator[None]:
    """Have stdout write again what a short write left, also where Python was told not to buffer it.

    With -u or PYTHONUNBUFFERED, as containers have it, Python writes once and drops the rest, and a write to
    a full pipe is cut short by a stop that is followed by SIGCONT.
    """
    given = sys.stdout
    if not isinstance(getattr(given, "buffer", None), io.RawIOBase):
        yield
        return
    with open(given.fileno(), "w", encoding=given.encoding, errors=given.errors, closefd=False) as sys.stdout:
        try:
            yield
        finally:
            sys.stdout = given


def ended(program: str, work: Callable[[], int]) -> int:
    """Do what a command does that is done at once; its exit status, and a line on stderr where it failed.

    It ends without a word where who reads stdout has left, as `head` does.
    """
    try:
        with buffered_stdout():
            return work()
    except BrokenPipeError:
        return DONE
    except ProgramError as error:
        plain_line(program, str(error))
        return MISUSED if isinstance(error, MisuseError) else FAILED


def version_told(program: str, words: Sequence[str], version: Callable[[], str]) -> int | None:
    """Tell the version where these words ask for that alone; the exit status, None where they don't.

    Each program asks before it reads its options, which takes ten times as long.
    """
    if list(words) != ["--version"]:
        return None

    def tell() -> int:
        show(f"{version()}\n")
        return DONE

    return ended(program, tell)


def plain_line(program: str, text: str) -> None:
    """A line on stderr for whoever typed the words that it is about, in one form whatever the log's is."""
    with suppress(OSError):
        write_line(f"{program}: {one_line(text)}")


def write_line(line: str) -> None:
    """Write a line to stderr; OSError where it takes nothing."""
    # Python has None for a stream that was closed at the start, and print takes that for stdout.
    if sys.stderr is not None:
        print(line, file=sys.stderr, flush=True)


def discard(stream: TextIO) -> None:
    """Let the rest of a stream go nowhere: Python flushes it once more at exit, and would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
