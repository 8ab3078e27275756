"""Evidence that outlives the process: an SQLite file, one question's, held by one process at a time.

What is in it is replaced as a whole in one transaction, with the position of the stream that it is of, so
that a kill leaves the state before or after, and each record counts once. A file that is something else,
another question's, or of a later version is refused and never written to.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import msgpack

from nxcast.consumers.client.position import Position
from nxcast.consumers.questions.loop.findings import Remembering
from nxcast.consumers.show.console import CommandError
from nxcast.process.ending import reason

__all__ = ["State", "open_state"]

APPLICATION_ID = 0x6E786373  # 'nxcs', in the file's header (sqlite.org/fileformat.html section 1.3.17)
LAYOUT = 1  # of the tables here
VALUE_MAX = 1 << 20  # octets of one entry
ENTRIES_MAX = 2_000_000  # in a file; what a question keeps is far below
_NO_FILES = ("", ":memory:")  # what SQLite takes for a database that is gone at the end
# What a question may raise for entries that it didn't write.
_DAMAGED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


class State:
    """An open state file."""

    def __init__(self, database: sqlite3.Connection, path: str) -> None:
        self._database = database
        self._path = path

    def load(self, question: Remembering, name: str) -> None:
        """Give a question what it left; nothing for a new file. CommandError for what isn't its own."""
        with self._telling():
            self._check_or_make(question, name)
            found = self._database.execute("SELECT key, value FROM evidence LIMIT ?", (ENTRIES_MAX,))
            with closing(found) as rows:  # one left open would keep the file locked
                try:
                    question.load((key, _unpacked(value)) for key, value in rows)
                except _DAMAGED as error:
                    raise CommandError(f"{self._path} is damaged: {error}") from error

    def position(self) -> Position | None:
        """Where the stream goes on, after the records that the evidence is of; None if that was not kept."""
        with self._telling():
            if not self._has_position():
                return None
            found = self._database.execute("SELECT text FROM position").fetchone()
        try:
            return Position.parse(found[0])
        except (TypeError, ValueError) as error:
            raise CommandError(f"{self._path} is damaged: {error}") from error

    def save(self, question: Remembering, position: Position | None = None) -> None:
        """Replace what is kept by what the question knows now, and where the stream is, if that is told."""
        with self._telling(), self._database:
            self._database.execute("UPDATE about SET version = ?", (question.STATE_VERSION,))
            self._database.execute("DELETE FROM evidence")
            self._database.executemany(
                "INSERT INTO evidence VALUES (?, ?)",
                ((key, msgpack.packb(value)) for key, value in question.dump()),
            )
            if position is not None:
                self._database.execute("CREATE TABLE IF NOT EXISTS position (text TEXT NOT NULL)")
                self._database.execute("DELETE FROM position")
                self._database.execute("INSERT INTO position VALUES (?)", (position.text(),))

    def _check_or_make(self, question: Remembering, name: str) -> None:
        application = self._pragma("application_id")
        tables = self._database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if application == 0 and not tables:
            self._make(question, name)
            return
        if application != APPLICATION_ID:
            raise CommandError(f"{self._path} is no state file of nxcast")
        if self._pragma("user_version") > LAYOUT:
            raise CommandError(f"{self._path} is of a later version of nxcast; it is left as it is")
        about = None
        with suppress(sqlite3.OperationalError):  # no such table
            about = self._database.execute("SELECT question, version FROM about").fetchone()
        if about is None:
            raise CommandError(f"{self._path} is damaged: it doesn't say whose it is")
        kept, version = about
        if kept != name:
            raise CommandError(f"{self._path} is the state of {kept}, not of {name}")
        newest = question.STATE_VERSION
        if not getattr(question, "STATE_OLDEST", newest) <= version <= newest:
            which = "a later" if version > newest else "an earlier"
            raise CommandError(f"{self._path} is of {which} version of {name}; it is left as it is")

    def _make(self, question: Remembering, name: str) -> None:
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._database.execute(f"PRAGMA user_version = {LAYOUT}")
            self._database.execute("CREATE TABLE about (question TEXT NOT NULL, version INTEGER NOT NULL)")
            self._database.execute("CREATE TABLE evidence (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
            self._database.execute("INSERT INTO about VALUES (?, ?)", (name, question.STATE_VERSION))

    def _has_position(self) -> bool:
        """Not in files of builds that did not keep it."""
        query = "SELECT count(*) FROM sqlite_schema WHERE name = 'position'"
        return bool(self._database.execute(query).fetchone()[0])

    def _pragma(self, name: str) -> int:
        return int(self._database.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise CommandError(f"state file {self._path}: {error}") from error


@contextmanager
def open_state(path: str) -> Iterator[State]:
    """Open a state file, made if there is none; CommandError if it can't be, or another process has it.

    It is for its owner's eyes: names that people's machines asked for are in it.
    """
    if path in _NO_FILES:
        raise CommandError(f"a state file has a name, not {path!r}")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise CommandError(f"state file {path}: {reason(error)}") from error
    try:
        database = sqlite3.connect(path, timeout=0, isolation_level="IMMEDIATE")
    except sqlite3.Error as error:
        raise CommandError(f"state file {path}: {error}") from error
    try:
        yield State(_held(database, path), path)
    finally:
        database.close()


def _held(database: sqlite3.Connection, path: str) -> sqlite3.Connection:
    try:
        # In this mode a lock once taken stays till the end.
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        database.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise CommandError(f"state file {path} is in use by another process") from error
        raise CommandError(f"state file {path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise CommandError(f"{path} is no state file of nxcast ({error})") from error
    return database


def _unpacked(value: object) -> Any:
    if not isinstance(value, bytes) or len(value) > VALUE_MAX:
        raise ValueError("an entry is no bounded octets")
    return msgpack.unpackb(value, strict_map_key=False)
