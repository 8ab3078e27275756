"""The one place that knows RocksDB: five functions over keys in order. Nothing here knows what a row is.

A write is all or nothing, in the write-ahead log before it returns: a process that is killed loses no write
that had returned. A machine that loses its power loses the last ones whole, the newest first, so what is left
is a moment of the past. One process has a store at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from nxcast.consumers.show.console import CommandError

__all__ = ["Engine"]

PACKAGE = "rocksdict>=0.3.29,<0.4"
MEMTABLE_OCTETS = 32 << 20  # of each of two tables in memory: 64 MiB
CACHE_OCTETS = 64 << 20  # of blocks read
FILES_MAX = 512  # files open at once, of 64 MiB each: 32 GiB
JOURNAL_FILES = 2  # RocksDB's own log files kept, of 1 MiB each


class Engine:
    """A folder of rows; CommandError where it can't be opened, with what to do about it."""

    def __init__(self, folder: Path) -> None:
        try:
            import rocksdict
        except ImportError as error:
            raise CommandError(f"store needs rocksdict: pip install '{PACKAGE}'") from error
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
        rows: Any = self._rows.iter()
        rows.seek(start)
        while rows.valid():
            key = rows.key()
            if key >= end:
                return
            yield key, rows.value()
            rows.next()

    def compact(self) -> None:
        """Give back the room of what was deleted; takes as long as writing the store anew."""
        self._rows.compact_range(None, None)

    def close(self) -> None:
        """Write what is in memory; the engine is of no use after it."""
        self._rows.close()


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
