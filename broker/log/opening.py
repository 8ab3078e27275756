"""The log that a broker's settings name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nxcast.broker.log.commit_log import CommitLog
from nxcast.broker.log.folder import state_folder
from nxcast.broker.log.interface import Log
from nxcast.broker.log.memory_log import MemoryLog
from nxcast.broker.settings import NO_LOG, STATE_FOLDER, Settings

if TYPE_CHECKING:
    from nxcast.broker.log.stream_log import StreamLog

__all__ = ["OpenLog", "folder_of", "open_log", "open_stream"]

MEMORY_OCTETS = 256 << 20  # octets of a log in memory, where the settings say nothing of it


def folder_of(settings: Settings) -> Path | None:
    """Where the log is, None where there is none; raises LogError."""
    if settings.log == NO_LOG:
        return None
    return state_folder(os.environ) if settings.log == STATE_FOLDER else Path(settings.log).absolute()


def open_log(settings: Settings, now_ns: int, now_s: float) -> Log:
    """Open it; raises LogError. `now_ns` is the time, `now_s` a clock that nobody can set, seconds."""
    folder = folder_of(settings)
    if folder is None:
        octets_max = settings.log_bytes if "log_bytes" in settings.model_fields_set else MEMORY_OCTETS
        return MemoryLog(octets_max=octets_max, age_s=settings.log_seconds, now_ns=now_ns)
    return CommitLog(
        folder,
        octets_max=settings.log_bytes,
        age_s=settings.log_seconds,
        now_ns=now_ns,
        now_s=now_s,
        sync_s=settings.log_sync_ms / 1000,
    )


def open_stream(settings: Settings, now_ns: int, secret: str | None) -> StreamLog:
    """The stream of the egress, which is the log then; `secret`: the broker's own key, if it has one.

    Raises StreamError, ProgramError without nats-py.
    """
    from nxcast.broker.log.stream_log import StreamLog  # here: only who wants it needs nats-py
    from nxcast.transport.nats.stream_publisher import StreamPublisher

    return StreamLog(StreamPublisher(settings.egress, secret, servers=settings.servers), now_ns)


OpenLog = Callable[[Settings, int, float], Log]
"""As `open_log`."""
