"""The one place that knows RocksDB: five functions over keys in order. Nothing here knows what a row is.

A write is all or nothing, in the write-ahead log before it returns: a process that is killed loses no write
that had returned. A machine that loses its power loses the last ones whole, the newest first, so what is left
is a moment of the past. One process writes a store at a time; others may read it meanwhile.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from nxcast.consumers.show.console import CommandError
from nxcast.process.ending import reason

__all__ = ["Engine", "Follower"]

PACKAGE = "rocksdict>=0.3.29,<0.4"
MEMTABLE_OCTETS = 32 << 20  # of each of two tables in memory: 64 MiB
CACHE_OCTETS = 64 << 20  # of blocks read
FILES_MAX = 512  # files open at once, of 64 MiB each: 32 GiB
JOURNAL_FILES = 2  # RocksDB's own log files kept, of 1 MiB each


class Engine:
    """A folder of rows; CommandError where it can't be opened, with what to do about it."""

    def __init__(self, folder: Path) -> None:
        rocksdict = _rocksdict()
        self._batch = rocksdict.WriteBatch
        try:
            self._rows = rocksdict.Rdict(str(folder), _options(rocksdict))
        except Exception as error:  # rocksdict has no class of its own for RocksDB's errors
            if "LOCK" in str(error) or "lock" in str(error):
                raise CommandError(f"store {folder} is in use by another process") from error
            raise CommandError(f"store {folder}: {error}") from error

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of keys, None for one that is not there."""
        return list(self._rows.get(list(keys)) or ()) if keys else []

    def write(self, puts: Iterable[tuple[bytes, bytes]], deletes: Iterable[bytes] = ()) -> None:
        """Put and delete rows: all of it or nothing; CommandError where the disk takes no more."""
        batch = self._batch(raw_mode=True)
        for key in deletes:
            batch.delete(key)
        for key, value in puts:
            batch.put(key, value)
        try:
            self._rows.write(batch)
        except Exception as error:
            raise CommandError(f"can't write to the store: {error}") from error

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows from `start` on and before `end`, in the order of their octets."""
        return _scan(self._rows, start, end)

    def compact(self) -> None:
        """Give back the room of what was deleted; takes as long as writing the store anew."""
        self._rows.compact_range(None, None)

    def close(self) -> None:
        """Write what is in memory; the engine is of no use after it."""
        self._rows.close()


class Follower:
    """A folder of rows that another process may be writing, to read; CommandError where it can't be opened.

    It sees what was written before the last `catch_up`, and a scan what was there when it began.
    """

    def __init__(self, folder: Path) -> None:
        rocksdict = _rocksdict()
        options = rocksdict.Options(raw_mode=True)
        options.set_max_open_files(-1)  # all: else files that the writer deletes are missed
        options.set_keep_log_file_num(JOURNAL_FILES)
        try:
            self._journal = tempfile.TemporaryDirectory(prefix="nxcast-store-")
        except OSError as error:
            raise CommandError(
                f"a store is read with a temporary folder beside it: {reason(error)}"
            ) from error
        try:
            access = rocksdict.AccessType.secondary(self._journal.name)
            self._rows = rocksdict.Rdict(str(folder), options, access_type=access)
        except Exception as error:
            self._journal.cleanup()
            writable = os.access(folder, os.W_OK, effective_ids=True)
            mend = (
                ""
                if writable
                else ": who reads it has to be able to write in its folder, where rocksdict keeps a file"
            )
            raise CommandError(f"store {folder}: {error}{mend}") from error

    def catch_up(self) -> None:
        """See what was written until now; CommandError where it can't be read."""
        try:
            self._rows.try_catch_up_with_primary()
        except Exception as error:
            raise CommandError(f"can't read the store: {error}") from error

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, None if it is not there."""
        value: bytes | None = self._rows.get(key)
        return value

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows from `start` on and before `end`, in the order of their octets; from any thread."""
        return _scan(self._rows, start, end)

    def close(self) -> None:
        """The follower is of no use after it."""
        self._rows.close()
        self._journal.cleanup()


def _scan(opened: Any, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
    rows = opened.iter()
    rows.seek(start)
    while rows.valid():
        key = rows.key()
        if key >= end:
            return
        yield key, rows.value()
        rows.next()
    try:
        rows.status()
    except Exception as error:
        raise CommandError(f"can't read the store: {error}") from error


def _rocksdict() -> Any:
    try:
        import rocksdict
    except ImportError as error:
        raise CommandError(f"store needs rocksdict: pip install '{PACKAGE}'") from error
    return rocksdict


def _options(rocksdict: Any) -> Any:
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_compression_type(rocksdict.DBCompressionType.lz4())
    options.set_bottommost_compression_type(rocksdict.DBCompressionType.zstd())
    options.set_write_buffer_size(MEMTABLE_OCTETS)
    options.set_max_open_files(FILES_MAX)
    options.set_max_background_jobs(2)
    options.set_keep_log_file_num(JOURNAL_FILES)
    options.set_max_log_file_size(1 << 20)
    blocks = rocksdict.BlockBasedOptions()
    blocks.set_block_cache(rocksdict.Cache(CACHE_OCTETS))
    blocks.set_bloom_filter(10.0, False)
    blocks.set_format_version(5)
    options.set_block_based_table_factory(blocks)
    return options
