"""How far a subscriber has come, in a file, so that the next run goes on from there.

The file is JSON: version, what is subscribed to, the broker's epoch and the last sequence of each topic that
was done with. It is replaced as a whole, so that a kill leaves the one before or the one after. A file that
is something else, or of other topics, is refused and left as it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import MaxLen
from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict

from nxcast.consumers.client.faults import BAD, reason_of
from nxcast.consumers.client.gap_detection import TOPICS_MAX, Position
from nxcast.process.ending import ProgramError, reason
from nxcast.schemas.fields import U64

__all__ = ["Cursor", "CursorError"]

CURSOR_MAX = 1 << 20  # octets; 1,024 topics of 50 octets take 50 KB
UNFINISHED = ".part"


class CursorError(ProgramError, OSError):
    """The file can't be read or written; the text says which and why."""


@with_config(ConfigDict(strict=True, extra="forbid"))
class _Kept(TypedDict):
    version: Literal[1]
    subscribed: list[str]
    epoch: U64
    topics: Annotated[dict[str, U64], MaxLen(TOPICS_MAX)]


_KEPT = TypeAdapter(_Kept)


class Cursor:
    """A cursor file. ValueError for one that is no cursor, or of other topics; CursorError as it says."""

    def __init__(self, path: str | os.PathLike[str], subscribed: Sequence[str]) -> None:
        self._path = Path(path)
        self._subscribed = sorted(subscribed)
        self.position = self._read()
        """Of the run before; None for a new file."""
        self._saved = self.position

    def save(self, position: Position) -> None:
        """Replace what the file says, if it says something else."""
        if position == self._saved:
            return
        kept: _Kept = {
            "version": 1,
            "subscribed": self._subscribed,
            "epoch": position.epoch,
            "topics": position.topics,
        }
        unfinished = self._path.with_name(self._path.name + UNFINISHED)
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path)
        except OSError as error:
            raise self._trouble("write", error) from error
        self._saved = position

    def _read(self) -> Position | None:
        try:
            with self._path.open("rb") as file:
                octets = file.read(CURSOR_MAX + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble("read", error) from error
        try:
            if len(octets) > CURSOR_MAX:
                raise ValueError(f"it has over {CURSOR_MAX} octets")
            kept = _KEPT.validate_python(json.loads(octets))
        except BAD as error:
            raise ValueError(f"{self._path} is no cursor file of nxcast: {reason_of(error)}") from error
        if kept["subscribed"] != self._subscribed:
            raise ValueError(
                f"{self._path} is the cursor of {', '.join(kept['subscribed'])}, "
                f"not of {', '.join(self._subscribed)}"
            )
        return Position(kept["epoch"], kept["topics"])

    def _trouble(self, what: str, error: OSError) -> CursorError:
        return CursorError(f"can't {what} {self._path}: {reason(error)}")
