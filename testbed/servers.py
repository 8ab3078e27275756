"""Programs that answer DNS queries, as child processes: find, start, await, stop.

Rules of this module:
- A server counts as started when it has answered a query, never because time has passed.
- A server is stopped with all its children, asked first and killed if it does not listen.
- It knows nothing of the lab's zones.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from dnslib import DNSRecord

__all__ = [
    "START_SECONDS",
    "STOP_SECONDS",
    "LabError",
    "Server",
    "exchange",
    "find",
    "missing",
]

PACKAGES = {
    "chromium-headless-shell": "chromium-headless-shell",
    "dnsdist": "dnsdist",
    "dnssec-keygen": "bind9-utils",
    "dnssec-signzone": "bind9-utils",
    "fstrm_capture": "fstrm-bin",
    "ip": "iproute2",
    "kresd": "knot-resolver",
    "named": "bind9",
    "nsd": "nsd",
    "pdns_recursor": "pdns-recursor",
    "postfix": "postfix",
    "postqueue": "postfix",
    "rspamd": "rspamd",
    "spamassassin": "spamassassin",
    "unbound": "unbound",
    "unshare": "util-linux",
}
"""Program -> the Debian package it comes from."""

START_SECONDS = 30.0
"""How long a server may take to give its first answer. On an idle machine each takes a tenth of a second."""

STOP_SECONDS = 5.0
"""How long a server may take to stop before it is killed."""


Popen = Callable[..., subprocess.Popen[bytes]]
NewSocket = Callable[[int, int], socket.socket]  # family and kind


class LabError(Exception):
    """The lab cannot run here, or a server of it failed: one line that says which and why."""


def missing(programs: Iterable[str] = ("unbound", "nsd")) -> list[str]:
    """The Debian packages to install before `programs` can run; empty if all are there.

    The two are those without which there is no lab. dnsdist is used if it is there.
    """
    return [PACKAGES[program] for program in programs if find(program) is None]


def find(program: str) -> str | None:
    """Where a program is. Servers live in /usr/sbin, which is not on the PATH of every user."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    return shutil.which(program, path=path)


class Server:
    """One running server. It runs in `directory`, and what it prints goes to `{name}.out` there.

    `popen` and `new_socket` are given where it runs in a network namespace other than the caller's.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        command: list[str],
        *,
        popen: Popen = subprocess.Popen,
        new_socket: NewSocket = socket.socket,
    ) -> None:
        program = find(command[0])
        if program is None:
            raise LabError(f"not installed: Debian package {PACKAGES[command[0]]}")
        self.name = name
        self.directory = directory
        self._new_socket = new_socket
        with (directory / f"{name}.out").open("ab") as out:
            self.process = popen(
                [program, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=directory,
                start_new_session=True,  # a process group of its own, also out of reach of Ctrl-C
            )

    def wait(self, address: tuple[str, int], probe: str) -> None:
        """Return once it answers a query for the name `probe` at `address`, whatever the answer says."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise LabError(
                    f"{self.name} ended with status {self.process.returncode}: {self._last_words()}"
                )
            with suppress(OSError):
                exchange(address, DNSRecord.question(probe), False, 0.1, self._new_socket)
                return
            time.sleep(0.01)  # while nobody listens, the kernel refuses at once
        raise LabError(f"{self.name} gave no answer within {START_SECONDS:g} s: {self._last_words()}")

    def stop(self) -> None:
        """Ask it to stop, then make it, children included. Does nothing the second time."""
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _last_words(self) -> str:
        paths = [self.directory / f"{self.name}{ending}" for ending in (".log", ".out")]
        logs = [path.read_text(errors="replace") for path in paths if path.exists()]
        return "".join(logs).strip().rpartition("\n")[2] or "it said nothing"


def exchange(
    address: tuple[str, int],
    query: DNSRecord,
    tcp: bool,
    seconds: float,
    new_socket: NewSocket = socket.socket,
) -> DNSRecord:
    """Send one query and return the answer to it. Raises OSError: TimeoutError, ConnectionError."""
    deadline = time.monotonic() + seconds
    with new_socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
        sock.settimeout(seconds)
        sock.connect(address)
        wire = query.pack()
        if tcp:
            sock.sendall(struct.pack("!H", len(wire)) + wire)
            with sock.makefile("rb") as stream:
                (length,) = struct.unpack("!H", _read(stream, 2))
                return DNSRecord.parse(_read(stream, length))
        sock.send(wire)
        while (left := deadline - time.monotonic()) > 0:
            sock.settimeout(left)
            answer = DNSRecord.parse(sock.recv(65535))
            if answer.header.id == query.header.id:
                return answer
        raise TimeoutError(f"no answer from {address[0]} port {address[1]}")


def _read(stream: IO[bytes], octets: int) -> bytes:
    data = stream.read(octets)
    if len(data) < octets:
        raise ConnectionError("the server closed the connection in the middle of an answer")
    return data
