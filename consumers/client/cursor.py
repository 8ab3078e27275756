"""How far a subscriber has come, in a file, so that the next run goes on from there.

The file holds the text of a position. It is replaced as a whole, so that a kill leaves the one before or the
one after. A file that is something else, or of other topics, is refused and left as it is. One
subscriber has it at a time, by a lock on a file beside it, .NAME.lock: two would each take the other back,
and lose what lies between.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

from nxcast.consumers.client.position import POSITION_MAX, Position
from nxcast.process.ending import ProgramError, reason
from nxcast.process.file_replacement import remove_unfinished, replace_file

__all__ = ["Cursor", "CursorError"]

LOCK_MAX = 20  # octets of a lock file that are read: a process id


class CursorError(ProgramError, OSError):
    """The file can't be read or written, or another subscriber has it; the text says which and why."""


class Cursor:
    """A cursor file, ours until `close`. ValueError for one that is none, or of other topics; CursorError."""

    def __init__(self, path: str | os.PathLike[str], subscribed: Sequence[str]) -> None:
        self._path = Path(path)
        self._subscribed = tuple(subscribed)
        try:
            self._lock = _Lock(self._path)
            remove_unfinished(self._path)
        except CursorError:
            raise
        except OSError as error:
            raise self._trouble("write", error) from error
        try:
            self.position = self._read()
            """Of the run before; None for a new file."""
        except (ValueError, CursorError):
            self.close()
            raise
        self._saved = self.position

    def save(self, position: Position) -> None:
        """Replace what the file says, if it says something else."""
        position = position.of(self._subscribed)
        if position == self._saved:
            return
        try:
            replace_file(self._path, position.text().encode(), mode=0o666)
        except OSError as error:
            raise self._trouble("write", error) from error
        self._saved = position

    def close(self) -> None:
        """Let another subscriber have it."""
        self._lock.release()

    def _read(self) -> Position | None:
        try:
            with open(self._path, "rb", opener=_opened_to_read) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ValueError(f"{self._path} is no file that a cursor can be kept in")
                octets = file.read(POSITION_MAX + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble("read", error) from error
        try:
            position = Position.parse(octets)
        except ValueError as error:
            raise ValueError(f"{self._path} is no cursor file of nxcast: {error}") from error
        position.check(self._subscribed, str(self._path))
        return position

    def _trouble(self, what: str, error: OSError) -> CursorError:
        return CursorError(f"can't {what} {self._path}: {reason(error)}")


class _Lock:
    """That nobody else has a cursor, be it another subscriber of this process. OSError, CursorError."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f".{path.name}.lock")
        self._file = self._open(path)
        while not self._is_there():  # who had it has just removed it
            self._file.close()
            self._file = self._open(path)
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let others have it; harmless if done already."""
        if self._file.closed:
            return
        if self._is_there():
            self._path.unlink(missing_ok=True)
        self._file.close()

    def _open(self, path: Path) -> FileIO:
        # A file object, so that the lock ends with a subscriber that nobody closed.
        file = FileIO(self._path, "r+", opener=_opened_for_lock)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with file:
                raise CursorError(_in_use(path, file.read(LOCK_MAX))) from None
        return file

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), os.lstat(self._path))
        except FileNotFoundError:
            return False


def _opened_for_lock(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o644)


def _opened_to_read(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe that nobody writes to would be waited for


def _in_use(path: Path, holder: bytes) -> str:
    number = holder.strip()
    if number == str(os.getpid()).encode():
        return f"{path} is in use by another Subscriber of this program: close that, or name another file"
    who = f"process {int(number)}" if number.isdigit() else "another process"
    return f"{path} is in use by {who}: end that first, or name another file"
