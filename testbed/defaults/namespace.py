"""Network namespaces of our own, with programs and sockets in them.

Rules of this module:
- A namespace is empty at first and has no way out of the machine. It needs root.
- It is a namespace of processes too, so that the kernel kills what runs in it when it ends. It ends when it
  is closed, and also when the Python process that made it does, however that happens.
- The caller stays where it is: only a thread enters, and leaves behind a child process or a socket.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from testbed.servers import PACKAGES, LabError, find

__all__ = ["Namespace"]

HANDSHAKE = b"there\n"
STOP_SECONDS = 5.0
"""How long the kernel may take to end what runs inside. It takes some milliseconds."""

T = TypeVar("T")


class Namespace:
    """A network namespace with its loopback up, and its processes. Use as a context manager.

    `net` is the path by which `ip` can name it.
    """

    def __init__(self) -> None:
        program = find("unshare")
        if program is None or find("ip") is None:
            raise LabError(f"not installed: Debian packages {PACKAGES['unshare']} and {PACKAGES['ip']}")
        # cat is the first process inside. It ends when our end of its pipe does, whoever closes that.
        self._holder = subprocess.Popen(
            [program, "--net", "--pid", "--fork", "--kill-child", "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._files: list[int] = []
        try:
            self._await_holder()
            self.net = f"/proc/{self._holder.pid}/ns/net"
            for path in (self.net, f"/proc/{self._holder.pid}/ns/pid_for_children"):
                self._files.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
            self.ip("link set lo up")
        except BaseException:
            self.close()
            raise

    def popen(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start a child process inside. The options are those of `subprocess.Popen`."""
        return self._inside(lambda: subprocess.Popen(command, **options))

    def socket(self, family: int, kind: int) -> socket.socket:
        """A socket that stays inside, for the caller to use."""
        return self._inside(lambda: socket.socket(family, kind))

    def ip(self, arguments: str) -> None:
        """Run `ip` inside; LabError with what it said if that fails."""
        command = [find("ip") or "ip", *arguments.split()]
        process = self.popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, said = process.communicate()
        if process.returncode:
            raise LabError(f"ip {arguments}: {said.decode(errors='replace').strip()}")

    def close(self) -> None:
        """End it and all that runs inside. Does nothing the second time."""
        while self._files:
            os.close(self._files.pop())
        for pipe in (self._holder.stdin, self._holder.stdout, self._holder.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._holder.wait(STOP_SECONDS)
        self._holder.kill()
        self._holder.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _await_holder(self) -> None:
        """Return once the namespace is there: what is written to cat comes back."""
        assert self._holder.stdin is not None
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        with suppress(BrokenPipeError):
            self._holder.stdin.write(HANDSHAKE)
            self._holder.stdin.flush()
        if self._holder.stdout.readline() != HANDSHAKE:
            said = self._holder.stderr.read().decode(errors="replace").strip()
            raise LabError(f"no network namespace can be made here, which needs root: {said}")

    def _inside(self, make: Callable[[], T]) -> T:
        """What `make` returns or raises in a thread that has entered."""
        made: list[T] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                for file in self._files:
                    _setns(file)
                made.append(make())
            except BaseException as error:  # handed on to the caller
                failed.append(error)

        thread = Thread(target=run)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return made[0]


def _setns(file: int) -> None:
    """setns(2) for the calling thread; Python has it as of 3.12."""
    if ctypes.CDLL(None, use_errno=True).setns(file, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
