"""A thread that brings the log to the device, so that the broker's loop never waits for one."""

from __future__ import annotations

import threading
from typing import Protocol

from nxcast.process.ending import reason

__all__ = ["Syncing"]


class Synced(Protocol):
    """What is synced."""

    @property
    def unsynced(self) -> bool:
        """Whether something was written since the last sync."""

    def sync(self) -> None:
        """Bring it to the device; raises OSError."""


class Syncing:
    """Syncs a log each `interval_s` seconds while there is something, until it is closed or a sync fails."""

    def __init__(self, log: Synced, interval_s: float) -> None:
        self.failed: str | None = None
        """Why the last sync failed."""
        self._log = log
        self._interval_s = interval_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-sync", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(self._interval_s):
            if self._log.unsynced:
                try:
                    self._log.sync()
                except OSError as error:
                    self.failed = f"can't sync the log: {reason(error)}"
                    return
