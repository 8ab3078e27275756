"""Where the log is: its folder, made for its owner alone, and locked while a broker has it."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from nxcast.process.ending import ProgramError, reason
from nxcast.process.state_home import state_home

__all__ = ["LogError", "holder", "locked", "made", "state_folder"]


class LogError(ProgramError):
    """A folder that can't be used; the text names it and says why, in one line."""


def state_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Where the log is in the state folder of the service or user. Raises LogError."""
    try:
        return state_home(environment, platform) / "log"
    except RuntimeError:
        raise LogError("no home for the log: name a folder with --log, or give --log none") from None


def made(folder: Path) -> Path:
    """Make a folder that is its owner's alone, unless it is there; raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def locked(folder: Path) -> int:
    """Make the folder and lock it for this process; the descriptor that holds the lock. Raises LogError."""
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(made(folder) / "lock", flags, 0o600)
    except OSError as error:
        raise LogError(
            f"can't use {folder} for the log: {error.filename}: {reason(error)}; --log names another folder, "
            "--log none does without"
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        first = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise LogError(
            f"{folder} is the log of another broker (process {first}): stop that one, or name another folder "
            "with --log"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def holder(folder: Path) -> str | None:
    """The process of the broker that has this log now, None where none has; raises OSError."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
    finally:
        os.close(descriptor)
    return None
