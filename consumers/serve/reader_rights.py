"""What a reader may read: all that is served, or what the broker's key file gives the client it reads as.

The key file is looked at again as it changes, as a running broker does: what is given to who reads for long
ends within a second of it. One that can't be used is told, and what was in force stays so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from nxcast.consumers.show.console import CommandError
from nxcast.process.ending import reason
from nxcast.process.file_watch import FileWatch
from nxcast.schemas.client_rights import KEY_FILE_MAX, Keys, KeysError, parse_keys

__all__ = ["ALL", "NOTHING", "Clients", "Reading", "Rights"]

LOOK_S = 1.0  # seconds from one look at the file to the next

_log = logging.getLogger("nxcast.consumers.serve")


class Rights(NamedTuple):
    """Topics, by how they begin, and whether what was before is given too."""

    topics: tuple[str, ...]
    replay: bool

    def may(self, topic: str) -> bool:
        """Whether all of a channel or topic may be read."""
        return topic.startswith(self.topics)

    def among(self, served: Sequence[str]) -> tuple[str, ...]:
        """What may be read of channels and topics."""
        found = [each for each in served if self.may(each)]
        found += [own for own in self.topics if own not in found and own.startswith(tuple(served))]
        return tuple(found)


ALL = Rights(("",), replay=True)
NOTHING = Rights((), replay=False)


class Clients:
    """Those of a key file; CommandError where it can't be used at the beginning."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._watch = FileWatch(self._path)
        self._looked = monotonic()
        try:
            self._keys = self._read()
        except (OSError, ValueError) as error:
            raise CommandError(f"{path}: {_why(error)}") from error

    def rights(self, name: str) -> Rights | None:
        """What a client may read now; None where nobody has the name, or its key is over."""
        self._look()
        client = self._keys.clients.get(name)
        if client is None or not client.good_on(datetime.now(UTC).date()):
            return None
        return Rights(client.topics, client.replay)

    def _look(self) -> None:
        now = monotonic()
        if now - self._looked < LOOK_S:
            return
        self._looked = now
        if self._watch.changed():
            try:
                self._keys = self._read()
            except (OSError, ValueError) as error:
                _log.warning("%s: %s; the rights before stay in force", self._path, _why(error))

    def _read(self) -> Keys:
        with self._path.open("rb") as file:
            octets = file.read(KEY_FILE_MAX + 1)
        if len(octets) > KEY_FILE_MAX:
            raise KeysError(f"over {KEY_FILE_MAX >> 20} MiB")
        return parse_keys(octets.decode())


class Reading(NamedTuple):
    """Who was let in, and what it might read then; a client of the key file where `clients` are named."""

    rights: Rights
    name: str = ""
    clients: Clients | None = None

    def holds(self) -> bool:
        """Whether it may still read just that."""
        return self.clients is None or self.clients.rights(self.name) == self.rights


def _why(error: Exception) -> str:
    return reason(error) if isinstance(error, OSError) else str(error)
