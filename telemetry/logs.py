"""Log lines on standard error: one event a line, for people on a terminal, as JSON elsewhere.

What `logging` is given under the name 'nxcast' comes out here. What is given with `extra` stands in the JSON
line under its own name. Warnings that one place in the code repeats are held back after `REPEATS` in a
minute, and their number is told. Standard error may go away at any time: a program goes on without it.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Literal, TextIO, TypeAlias, get_args

from nxcast.process.ending import one_line
from nxcast.process.standard_streams import discard, write_line
from nxcast.process.variables import unknown_variables
from nxcast.telemetry.printable import exact

__all__ = [
    "LOG_FORMATS",
    "LOG_FORMAT_VARIABLE",
    "REPEATS",
    "WINDOW_S",
    "LogFormat",
    "Repeats",
    "log_lines",
]

LogFormat: TypeAlias = Literal["auto", "text", "json"]
LOG_FORMATS: tuple[LogFormat, ...] = get_args(LogFormat)
LOG_FORMAT_VARIABLE = "NXCAST_LOG_FORMAT"
REPEATS = 10  # warnings of one place in the code that are told one by one ...
WINDOW_S = 60.0  # ... in so many seconds; the rest are counted

_OURS = "nxcast"  # the logger that all of ours are below
# What every record has; anything else was given with `extra`.
_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


@contextmanager
def log_lines(
    program: str, form: LogFormat | None = None, write: Callable[[str], object] | None = None
) -> Iterator[None]:
    """Show what is logged meanwhile, from INFO on, as lines of `program`.

    `form` None: what $NXCAST_LOG_FORMAT says, else `auto`: text on a terminal, JSON elsewhere. `write` takes
    a line without its end, for a program that shows something else on standard error too.
    """
    lines = _Lines(program, form or _from_environment(), write or write_line)
    log = logging.getLogger(_OURS)
    before = log.level, log.propagate
    log.addHandler(lines)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        if form is None and (given := os.environ.get(LOG_FORMAT_VARIABLE)) and given not in LOG_FORMATS:
            forms = ", ".join(LOG_FORMATS)
            log.warning("%s is %r: it should be one of %s", LOG_FORMAT_VARIABLE, given, forms)
        for line in unknown_variables(os.environ):
            log.warning("%s", line)
        yield
    finally:
        log.removeHandler(lines)
        log.setLevel(before[0])
        log.propagate = before[1]
        lines.close()


class Repeats:
    """Tells warnings, or only counts them, by the place in the code that they come from.

    Pure: time is that of the records, seconds since 1970-01-01 UTC. As many places as there are in the code
    are remembered for a minute.
    """

    def __init__(self) -> None:
        self._windows: dict[tuple[str, int], _Window] = {}

    def take(self, record: logging.LogRecord) -> bool:
        """Whether to tell it; what is not told is counted, and `over` tells how many."""
        if record.levelno != logging.WARNING:
            return True
        window = self._windows.setdefault((record.pathname, record.lineno), _Window(record.created))
        window.told += 1
        if window.told <= REPEATS:
            return True
        window.held_back += 1
        window.last = record
        return False

    @property
    def holding(self) -> bool:
        """Whether something is held back."""
        return any(window.held_back for window in self._windows.values())

    def over(self, now: float) -> list[logging.LogRecord]:
        """End the windows that are a minute old by now (or from before the clock was set back).

        A record for each in which something was held back, to be told.
        """
        ended = [where for where, window in self._windows.items() if not 0 <= now - window.start < WINDOW_S]
        return [record for where in ended if (record := self._windows.pop(where).summary()) is not None]


class _Window:
    """A minute of one place in the code."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.told = 0
        self.held_back = 0
        self.last: logging.LogRecord | None = None

    def summary(self) -> logging.LogRecord | None:
        if self.last is None:
            return None
        record = logging.makeLogRecord(self.last.__dict__)
        more = f" (and {self.held_back - 1} more like it)" if self.held_back > 1 else ""
        record.msg, record.args = f"{self.last.getMessage()}{more}", ()
        record.held_back = self.held_back
        return record


class _Lines(logging.Handler):
    """Writes records as lines. What is held back is told by the next record, a timer, or the end."""

    def __init__(self, program: str, form: LogFormat, write: Callable[[str], object]) -> None:
        super().__init__()
        self._program = program
        self._json = form == "json" or (form == "auto" and not _is_terminal(sys.stderr))
        self._write = write
        self._repeats = Repeats()
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self._tell_held_back(record.created)
        if self._repeats.take(record):
            self._show(record)
        elif self._timer is None:
            self._start_timer()

    def close(self) -> None:
        """Tell what is held back, and let go of what can't be written."""
        self.acquire()
        try:
            if self._timer is not None:
                self._timer.cancel()
            self._tell_held_back(math.inf)
        finally:
            self.release()
        super().close()
        if sys.stderr is not None:
            try:
                sys.stderr.flush()
            except OSError:
                discard(sys.stderr)

    def _start_timer(self) -> None:
        timer = threading.Timer(WINDOW_S, self._wake)
        timer.daemon = True
        with suppress(RuntimeError):  # no more threads here: the next record tells, or the end
            timer.start()
            self._timer = timer

    def _wake(self) -> None:
        self.acquire()
        try:
            self._timer = None
            self._tell_held_back(time.time())
            if self._repeats.holding:
                self._start_timer()
        finally:
            self.release()

    def _tell_held_back(self, now: float) -> None:
        for record in self._repeats.over(now):
            self._show(record)

    def _show(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
        line = self._as_json(record, text) if self._json else f"{self._program}: {one_line(text)}"
        with suppress(OSError):
            self._write(line)

    def _as_json(self, record: logging.LogRecord, text: str) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "program": self._program,
            "message": text,
        }
        extra = {key: value for key, value in record.__dict__.items() if key not in _USUAL}
        return json.dumps(exact({**event, **extra, **event}), default=str)


def _from_environment() -> LogFormat:
    given = os.environ.get(LOG_FORMAT_VARIABLE, "auto")
    return next((form for form in LOG_FORMATS if form == given), "auto")


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()
