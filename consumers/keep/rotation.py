"""Files that are written part by part, each whole or not there: for what records a channel.

A part is written as NAME.part in its own folder, then synced to the disk and renamed, so that a file without
.part is complete. It ends after so many records or seconds, whichever is first, and begins with a record, so
that none is empty. Nothing is overwritten, and a .part that another run left stays. Time is an argument
(seconds since 1970-01-01 UTC); what the disk refuses is a CommandError.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

from nxcast.consumers.show.console import CommandError, positive, seconds
from nxcast.process.ending import reason
from nxcast.process.file_replacement import sync_folder

__all__ = ["Encoder", "RotatedFiles", "add_rotation", "prefix_for"]

ROTATE_COUNT = 1_000_000  # records; 10 to 300 MB a file as a rule, by what the channel carries
ROTATE_S = 3600.0  # seconds; what a killed run loses at most
UNFINISHED = ".part"


class Encoder(Protocol):
    """Writes records into one open file, that it neither syncs nor closes."""

    def write(self, records: Sequence[Any]) -> None:
        """Write at least one record, or keep it for later."""

    def finish(self) -> None:
        """Write what was kept, and whatever ends a file of this kind."""

    def abandon(self) -> None:
        """The file can't be written to any more: drop what was kept."""


@dataclass(slots=True)
class _Part:
    path: Path  # that it will have
    file: BinaryIO
    encoder: Encoder
    began: float  # seconds since the epoch
    records: int = 0

    @property
    def unfinished(self) -> Path:
        """What it is called until it is complete."""
        return _unfinished(self.path)


class RotatedFiles:
    """Files PREFIX-20261123T151321Z-0001.parquet and so on, by the start of each and its number in this run.

    `begin` makes the encoder of a file. Leaving the `with` completes the last file, after a CommandError too:
    what was written before is good. The folder must be there and writable: CommandError.
    """

    def __init__(
        self,
        prefix: Path,
        suffix: str,
        begin: Callable[[BinaryIO], Encoder],
        *,
        max_records: int = ROTATE_COUNT,
        max_seconds: float = ROTATE_S,
    ) -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._begin = begin
        self._max_records = max_records
        self._max_seconds = max_seconds
        self._part: _Part | None = None
        self._number = 0
        self.files = 0  # completed
        self.records = 0  # in them
        self.leftovers = self._leftovers()  # .part files of runs that were killed, or are at it still

    def write(self, records: Sequence[Any], now: float) -> None:
        """Write records, into as many files as it takes."""
        self.tick(now)
        at = 0
        while at < len(records):
            part = self._part or self._open(now)
            some = records[at : at + self._max_records - part.records]
            with self._writing(part.unfinished):
                part.encoder.write(some)
            part.records += len(some)
            at += len(some)
            if part.records >= self._max_records:
                self.close()

    def tick(self, now: float) -> None:
        """Complete the file if it is old enough; to be called also while no record comes."""
        if self._part is None:
            return
        self._part.began = min(self._part.began, now)  # the clock was set back: count from there
        if now - self._part.began >= self._max_seconds:
            self.close()

    def close(self) -> None:
        """Complete the file that is being written, if any."""
        part = self._part
        if part is None:
            return
        with self._writing(part.unfinished):
            part.encoder.finish()
            part.file.flush()
            os.fsync(part.file.fileno())
            part.file.close()
        self._part = None
        # Who holds the .part has the name to itself among runs of ours: this is for strangers.
        if os.path.lexists(part.path):
            raise CommandError(f"can't write {part.path}: it is there by now; {part.unfinished} is complete")
        with self._writing(part.path):
            part.unfinished.rename(part.path)
            sync_folder(part.path.parent)
        self.files += 1
        self.records += part.records

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is None or isinstance(exc, CommandError):
            self.close()
        else:
            self._abandon()

    def _leftovers(self) -> list[Path]:
        folder = self._prefix.parent
        with self._writing(folder):
            if not os.access(folder, os.W_OK | os.X_OK) and folder.is_dir():
                raise PermissionError(0, "Permission denied")
            return sorted(
                path
                for path in folder.iterdir()
                if path.name.startswith(f"{self._prefix.name}-")
                and path.name.endswith(f"{self._suffix}{UNFINISHED}")
            )

    def _open(self, now: float) -> _Part:
        start = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
        while True:
            self._number += 1
            path = self._prefix.with_name(f"{self._prefix.name}-{start}-{self._number:04}{self._suffix}")
            with self._writing(_unfinished(path)), suppress(FileExistsError):
                file = _unfinished(path).open("xb")
                if not os.path.lexists(path):
                    break
                file.close()
                _unfinished(path).unlink()
        self._part = _Part(path, file, self._begin(file), now)
        return self._part

    @contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._abandon()
            raise CommandError(f"can't write {path}: {reason(error)}") from error

    def _abandon(self) -> None:
        """Leave the file as it is, with its .part."""
        part, self._part = self._part, None
        if part is not None:
            part.encoder.abandon()
            with suppress(OSError):  # it flushes once more
                part.file.close()


def add_rotation(parser: argparse.ArgumentParser) -> None:
    """The options --rotate-count and --rotate-seconds."""
    parser.add_argument(
        "--rotate-count",
        type=positive,
        default=ROTATE_COUNT,
        metavar="N",
        help=f"begin a new file after N records (default: {ROTATE_COUNT:,})",
    )
    parser.add_argument(
        "--rotate-seconds",
        type=seconds,
        default=ROTATE_S,
        metavar="S",
        help=f"begin a new file S seconds after its first record (default: {ROTATE_S:g})",
    )


def prefix_for(target: str, topic: str) -> Path:
    """What the names of a topic's files begin with: 'nxdomain-MX' in a folder, else TARGET-nxdomain-MX."""
    label = topic.rstrip("/").replace("/", "-")
    path = Path(target)
    if target.endswith("/") or path.is_dir():
        return path / label
    return path.with_name(f"{path.name}-{label}")


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + UNFINISHED)
