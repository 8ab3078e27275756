"""A listening socket that outlives the program behind it, as a systemd socket unit's does.

`systemd-socket-activate` can't stand in for one here: it turns into the program that it starts, and the
socket ends with that. So the socket is bound here, and handed to one program after the other the way
sd_listen_fds(3) says: it is descriptor 3, LISTEN_FDS is 1, and LISTEN_PID the program's own process.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["HeldSocket"]

FIRST_DESCRIPTOR = 3  # SD_LISTEN_FDS_START
BACKLOG = 128  # connections that wait; systemd's default is larger, PowerDNS opens five

WITH_OWN_PID = 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
"""Only the process itself knows its number before the program runs."""


class HeldSocket:
    """A unix socket, bound and listening until closed. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen(BACKLOG)

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start a program that takes the socket over. The options are those of `subprocess.Popen`."""
        number = self._socket.fileno()
        return subprocess.Popen(
            ["/bin/sh", "-c", WITH_OWN_PID, "sh", *command],
            pass_fds=(FIRST_DESCRIPTOR,),
            preexec_fn=lambda: os.dup2(number, FIRST_DESCRIPTOR),
            **options,
        )

    def close(self) -> None:
        """Close and remove it; harmless if that was done."""
        self._socket.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
