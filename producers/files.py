"""Files and standard input, read in chunks at a pace, and the progress bar for who watches.

For all sources that are files. A wait for more octets or for the next moment of a pace ends at a stop, and
meanwhile the pusher does what is due.
"""

from __future__ import annotations

import os
import select
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from nxcast.process.ending import MisuseError, reason
from nxcast.process.progress import Bar
from nxcast.process.stop import Stop, Stopped
from nxcast.producers.failure import ProducerError
from nxcast.producers.sensor_pushers import Flushing
from nxcast.producers.tally import Tally

__all__ = [
    "CHUNK",
    "STDIN",
    "InputFile",
    "Pace",
    "check_file",
    "check_names",
    "first_octets",
    "open_file",
    "replay",
]

CHUNK = 256 << 10  # octets a read; from here on larger ones are no faster
STDIN = "-"
FOLLOW_S = 0.2  # seconds until a file is looked at again for what was added


class Pace:
    """Holds frames back to a rate, counted from the first one."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._start: float | None = None
        self._count = 0

    def next_in(self, now: float) -> float:
        """Seconds until the next frame may go, and count it; `now` is on any clock that goes forward."""
        if self._start is None:
            self._start = now
        due = self._start + self._count / self._rate
        self._count += 1
        return max(due - now, 0)


class InputFile:
    """An open file: its chunks, and the bar that shows how far it is."""

    def __init__(
        self, name: str, descriptor: int, stop: Stop, pusher: Flushing, *, follow: bool = False
    ) -> None:
        self.name = name
        self._follow = follow
        self._descriptor = descriptor
        self._stop = stop
        self._pusher = pusher
        self.each_turn: Callable[[], object] = lambda: None  # called while it is read, each second at least
        status = os.fstat(descriptor)
        self._bar = Bar(name, status.st_size if stat.S_ISREG(status.st_mode) else None)

    def chunks(self) -> Iterator[bytes]:
        """The file's octets as they come; raises Stopped, or ProducerError where it can't be read."""
        while self._readable():
            try:
                chunk = os.read(self._descriptor, CHUNK)
            except OSError as error:
                raise ProducerError(f"{self.name}: {reason(error)}") from None
            if not chunk:
                if not self._follow:
                    return
                if self._rolled():
                    self._follow = False  # once more, for what was added before it was rolled
                else:
                    self._pusher.pause(FOLLOW_S)
                continue
            self._bar.update(len(chunk))
            yield chunk

    def await_next(self) -> None:
        """Wait until another file has its name; raises Stopped."""
        while not self._rolled():
            self._pusher.pause(FOLLOW_S)

    def _rolled(self) -> bool:
        """Whether another file has its name, or it was cut: what came last has been read."""
        try:
            there = os.stat(self.name)
        except FileNotFoundError:
            return False  # between the rename of the old one and the making of the new one
        ours = os.fstat(self._descriptor)
        other = (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)
        return other or ours.st_size < os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def show(self, responses: int) -> None:
        """Tell the bar how many responses have gone on so far."""
        self._bar.say(responses)

    def holder(self, pace: Pace | None) -> Callable[[], None] | None:
        """What waits until the next frame may go; None where there is no pace to keep."""
        if pace is None:
            return None

        def hold() -> None:
            seconds = pace.next_in(time.monotonic())
            if seconds > 0:
                self._pusher.pause(seconds)

        return hold

    def close(self) -> None:
        """End the bar; standard input itself stays open."""
        self._bar.close()

    def _readable(self) -> bool:
        poll = select.poll()  # which, unlike epoll, takes regular files too
        poll.register(self._descriptor, select.POLLIN)
        poll.register(self._stop, select.POLLIN)
        while True:
            self._pusher.flush_due()  # before each chunk, too: it shows that the loop turns
            self.each_turn()
            ready = dict(poll.poll(int(self._pusher.due_in() * 1000) + 1))
            if self._stop.fileno() in ready:
                raise Stopped
            if self._descriptor in ready:
                return True


@contextmanager
def open_file(name: str, stop: Stop, pusher: Flushing, *, follow: bool = False) -> Iterator[InputFile]:
    """Open a file, or standard input for '-'; raises ProducerError with the mend.

    With `follow` it ends only where another file has taken its name.
    """
    descriptor = _open(name)
    source = InputFile("standard input" if name == STDIN else name, descriptor, stop, pusher, follow=follow)
    try:
        yield source
    finally:
        source.close()
        if name != STDIN:
            os.close(descriptor)


def check_names(names: Sequence[str], *, loop: bool) -> None:
    """Raise ProducerError where standard input would have to be read twice."""
    if names.count(STDIN) > (0 if loop else 1):
        raise MisuseError("standard input can be read once only: name - once, and not with --loop")


def replay(read_all: Callable[[], bool], stop: Stop, tally: Tally, *, loop: bool) -> bool:
    """Read all files, with `loop` again and again until a stop; false where `read_all` says one was bad."""
    while not stop.requested:
        before = tally.frames
        if not read_all():
            return False
        if not loop:
            break
        if tally.frames == before:
            raise ProducerError("no responses to send in there: nothing to repeat with --loop")
    return True


def check_file(name: str) -> None:
    """Raise ProducerError now if opening the file would later."""
    if name == STDIN:
        if sys.stdin is None:
            raise ProducerError("standard input is closed; name a file, or give it one with <")
        return
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        raise ProducerError(f"{name}: no such file; name a file, or - for standard input") from None
    except OSError as error:
        raise ProducerError(f"{name}: {reason(error)}") from None
    if stat.S_ISDIR(mode):
        raise ProducerError(f"{name}: is a directory; name the files in it")
    if not os.access(name, os.R_OK):
        raise ProducerError(f"{name}: may not be read; mend its permissions")


def first_octets(name: str, count: int) -> bytes | None:
    """So many octets from the beginning of a regular file, fewer where it ends; None for what is none."""
    check_file(name)
    if name == STDIN or not os.path.isfile(name):
        return None  # could be read once only
    try:
        with open(name, "rb", buffering=0) as file:
            return file.read(count)
    except OSError as error:
        raise ProducerError(f"{name}: {reason(error)}") from None


def _open(name: str) -> int:
    check_file(name)
    if name == STDIN:
        return sys.stdin.fileno()
    try:
        # O_NONBLOCK: a named pipe opens at once, and its writer is waited for where a stop is seen.
        return os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ProducerError(f"{name}: {reason(error)}") from None
