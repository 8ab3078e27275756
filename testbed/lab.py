"""A real Unbound that asks real authoritative servers, all on loopback, for tests and recordings.

Rules of this module:
- Every server is a child process in the foreground, on a high port that was free at start; nothing is daemonized,
  nothing needs root, and nothing is read from or written to /etc or /run.
- All files are made in the directory the caller gives. The zones and templates beside this module are only read.
- A server counts as started when it has answered a query, never because time has passed.
- However the `with` block ends, no process is left behind.
- Names and addresses are those reserved for examples: RFC 2606, RFC 6761, RFC 5737, RFC 3849.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template
from types import TracebackType
from typing import IO

from dnslib import QTYPE, DNSQuestion, DNSRecord  # type: ignore[import-untyped]

__all__ = ["FLUSH_SECONDS", "PACKAGES", "REQUIRED", "RESOLVER", "ZONES", "Lab", "LabError", "Zone", "missing"]

HERE = Path(__file__).resolve().parent

PACKAGES = {"unbound": "unbound", "nsd": "nsd", "dnsdist": "dnsdist", "fstrm_capture": "fstrm-bin"}
"""Program -> the Debian package it comes from."""

REQUIRED = ("unbound", "nsd")
"""Programs without which there is no lab. dnsdist is used if it is there."""

RESOLVER = "127.0.0.2"
"""The address from which Unbound asks over IPv4, told apart from the servers' 127.0.0.1 so that tests can look for it.
Over IPv6 it asks from ::1, where the servers are too. Without a set address Unbound would report 0.0.0.0 and ::."""

FLUSH_SECONDS = 1.5
"""Unbound sends dnstap messages once it has 32, or else a second after the first; what it still holds when it is
stopped is lost. So wait this long after the last question where every message counts."""

START_SECONDS = 10.0
"""How long a server may take to give its first answer. Each takes well under one second on an idle machine."""

STOP_SECONDS = 5.0
"""How long a server may take to stop before it is killed."""

UDP_OCTETS = {"steady": 1232, "small": 512}
"""The NSD servers, and how large their UDP answers may get. What is larger comes truncated, then over TCP."""


@dataclass(frozen=True)
class Zone:
    """One stub zone of the resolver: a name, and who is asked about it."""

    name: str  # text, fully qualified
    server: str = "steady"  # "steady" and "small" are NSD, "fixed" is dnsdist, at "nobody" no one listens
    ipv6: bool = False  # reached over ::1 instead of 127.0.0.1
    served: bool = True  # False: the server has never heard of it (a lame delegation), and says REFUSED


ZONES = (
    Zone("."),
    Zone("example."),
    Zone("test.", ipv6=True),
    Zone("example.com."),
    Zone("example.net.", ipv6=True),
    Zone("hosting.example."),
    Zone("dnsbl.example."),
    Zone("keyed.dnsbl.example."),
    Zone("multi.surbl.example.", ipv6=True),
    Zone("2.0.192.in-addr.arpa."),
    Zone("8.b.d.0.1.0.0.2.ip6.arpa.", ipv6=True),
    Zone("long.example.", "small"),
    Zone("long.test.", "small", ipv6=True),
    Zone("broken.example.", "small"),  # has no zone file, hence SERVFAIL
    Zone("broken.test.", "small", ipv6=True),
    Zone("lame.example.", "small", served=False),
    Zone("lame.test.", "small", ipv6=True, served=False),
    Zone("formerr.example.", "fixed"),
    Zone("notimp.example.", "fixed"),
    Zone("notauth.example.", "fixed"),
    Zone("nxrrset.example.", "fixed"),
    Zone("nosoa.example.", "fixed"),
    Zone("badvers.example.", "fixed"),
    Zone("silent.example.", "nobody"),
)
"""The resolver's whole world. Zone "x." is in zones/x.zone, "." in zones/root.zone."""


class LabError(Exception):
    """The lab cannot run here, or a server of it failed: one line that says which and why."""


def missing(programs: Iterable[str] = REQUIRED) -> list[str]:
    """The Debian packages to install before `programs` can be run; empty if all are there."""
    return [PACKAGES[program] for program in programs if _find(program) is None]


class Lab:
    """The running lab. Use as a context manager; it can be entered once.

    `directory` takes configs and logs and must exist. `dnstap` is where Unbound sends dnstap, as Frame Streams client:
    `unix:PATH` (PATH at most 107 octets) or `tcp:HOST:PORT`, HOST being an address. It may start to listen later:
    Unbound queues and tries again. Only RESOLVER_RESPONSE messages are sent, unless `every_message`: then
    RESOLVER_QUERY, CLIENT_QUERY and CLIENT_RESPONSE too.

    `address` is where Unbound answers clients, `lacks` names what this machine could not give: "ipv6", "dnsdist".
    """

    def __init__(self, directory: Path, dnstap: str, *, every_message: bool = False) -> None:
        self.directory = directory.resolve()
        self.lacks = frozenset(
            name for name, there in (("ipv6", _has_ipv6()), ("dnsdist", _find("dnsdist") is not None)) if not there
        )
        self.address = ("127.0.0.1", _free_port())
        self._dnstap = _dnstap_lines(dnstap)
        self._every_message = every_message
        self._ports = {name: _free_port() for name in (*UDP_OCTETS, "fixed", "nobody")}
        self._unbound: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "Lab":
        if packages := missing():
            raise LabError(f"not installed: Debian package {', '.join(packages)}")
        with ExitStack() as stack:
            self._stack = stack
            stack.callback(self._stop_unbound)
            for name in UDP_OCTETS:
                self._start_nsd(name)
            if "dnsdist" not in self.lacks:
                self._start_dnsdist()
            self._start_unbound()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def ask(self, qname: str, qtype: str | int, tcp: bool = False, seconds: float = 10.0) -> DNSRecord:
        """Ask Unbound as a client would, and return its answer (a dnslib record).

        Octets in `qname` that text cannot show are written `\\DDD`; a dot inside a label is not possible.
        Raises TimeoutError if there is none within `seconds`.
        """
        code = qtype if isinstance(qtype, int) else QTYPE.reverse[qtype]
        return _exchange(self.address, DNSRecord(q=DNSQuestion(qname, code)), tcp, seconds)

    def restart_unbound(self) -> None:
        """Stop Unbound and start it anew at the same address; the authoritative servers stay."""
        self._stop_unbound()
        self._start_unbound()

    def zones(self) -> list[Zone]:
        """Those of ZONES that this machine can serve. Names below the others fall to the zone above."""
        return [
            zone
            for zone in ZONES
            if not (zone.ipv6 and "ipv6" in self.lacks) and not (zone.server == "fixed" and "dnsdist" in self.lacks)
        ]

    def _loopback(self) -> list[str]:
        return ["127.0.0.1"] if "ipv6" in self.lacks else ["127.0.0.1", "::1"]

    def _start_nsd(self, name: str) -> None:
        port = self._ports[name]
        held = [zone for zone in self.zones() if zone.server == name and zone.served]
        config = self._write(
            "nsd.conf",
            f"{name}.conf",
            name=name,
            zones=HERE / "zones",
            udp_size=UDP_OCTETS[name],
            addresses="\n".join(f"    ip-address: {ip}@{port}" for ip in self._loopback()),
            entries="\n".join(f'zone:\n    name: "{z.name}"\n    zonefile: "{_zone_file(z)}"' for z in held),
        )
        process = self._spawn(name, ["nsd", "-d", "-c", str(config)])
        self._stack.callback(_stop, process)
        self._wait(process, name, ("127.0.0.1", port), "probe.example.")

    def _start_dnsdist(self) -> None:
        port = self._ports["fixed"]
        config = self._write("dnsdist.conf", "fixed.conf", address=f"127.0.0.1:{port}")
        process = self._spawn("fixed", ["dnsdist", "--supervised", "--disable-syslog", "-C", str(config)])
        self._stack.callback(_stop, process)
        self._wait(process, "fixed", ("127.0.0.1", port), "nosoa.example.")

    def _start_unbound(self) -> None:
        config = self._write(
            "unbound.conf",
            "unbound.conf",
            port=self.address[1],
            ipv6=_yes("ipv6" not in self.lacks),
            outgoing="\n".join(f"    outgoing-interface: {ip}" for ip in (RESOLVER, *self._loopback()[1:])),
            dnstap=self._dnstap,
            every_message=_yes(self._every_message),
            stubs="\n".join(map(self._stub, self.zones())),
        )
        self._unbound = self._spawn("unbound", ["unbound", "-d", "-p", "-c", str(config)])
        self._wait(self._unbound, "unbound", self.address, "localhost.")

    def _stop_unbound(self) -> None:
        if self._unbound is not None:
            _stop(self._unbound)
            self._unbound = None

    def _stub(self, zone: Zone) -> str:
        """The Unbound clause that sends questions about `zone` to its server."""
        ip = "::1" if zone.ipv6 else "127.0.0.1"
        return f'stub-zone:\n    name: "{zone.name}"\n    stub-addr: {ip}@{self._ports[zone.server]}'

    def _write(self, template: str, name: str, /, **values: object) -> Path:
        """Fill in a template, and return the path of the finished configuration."""
        text = Template((HERE / "templates" / template).read_text()).substitute(directory=self.directory, **values)
        path = self.directory / name
        path.write_text(text)
        return path

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a server in a process group of its own, with what it prints in `name`.out."""
        program = _find(command[0])
        if program is None:
            raise LabError(f"not installed: Debian package {PACKAGES[command[0]]}")
        with (self.directory / f"{name}.out").open("ab") as log:
            return subprocess.Popen(
                [program, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
            )

    def _wait(self, process: subprocess.Popen[bytes], name: str, address: tuple[str, int], probe: str) -> None:
        """Return once the server answers a query for `probe`, whatever the answer says."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise LabError(f"{name} ended with status {process.returncode}: {self._last_words(name)}")
            with suppress(OSError):
                _exchange(address, DNSRecord.question(probe, "A"), tcp=False, seconds=0.1)
                return
        raise LabError(f"{name} gave no answer within {START_SECONDS:g} s: {self._last_words(name)}")

    def _last_words(self, name: str) -> str:
        logs = [path for path in (self.directory / f"{name}.log", self.directory / f"{name}.out") if path.exists()]
        lines = [line for path in logs for line in path.read_text(errors="replace").splitlines() if line]
        return lines[-1] if lines else "it said nothing"


def _zone_file(zone: Zone) -> str:
    return f"{zone.name.rstrip('.') or 'root'}.zone"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _dnstap_lines(target: str) -> str:
    """Unbound's settings for `unix:PATH` or `tcp:HOST:PORT`."""
    kind, _, rest = target.partition(":")
    if kind == "unix" and rest:
        return f'    dnstap-socket-path: "{Path(rest).absolute()}"'
    host, _, port = rest.rpartition(":")
    if kind == "tcp" and host and port.isdecimal():
        return f'    dnstap-ip: "{host.strip("[]")}@{port}"\n    dnstap-tls: no'
    raise ValueError(f"dnstap goes to unix:PATH or tcp:HOST:PORT, not {target!r}")


def _find(program: str) -> str | None:
    """Where a program is. Servers live in /usr/sbin, which is not on the PATH of every user."""
    return shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")))


def _has_ipv6() -> bool:
    with suppress(OSError), closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as sock:
        sock.bind(("::1", 0))
        return True
    return False


def _free_port() -> int:
    """A port on which nobody listens, neither by UDP nor by TCP, neither on 127.0.0.1 nor on ::1."""
    families = [(socket.AF_INET, "127.0.0.1")] + ([(socket.AF_INET6, "::1")] if _has_ipv6() else [])
    for _ in range(100):
        with ExitStack() as stack, suppress(OSError):
            port = 0
            for family, ip in families:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    sock = stack.enter_context(socket.socket(family, kind))
                    sock.bind((ip, port))
                    port = sock.getsockname()[1]
            return port
    raise LabError("no free port on loopback")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a server to stop, then make it: with its whole process group, since NSD has children."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _exchange(address: tuple[str, int], query: DNSRecord, tcp: bool, seconds: float) -> DNSRecord:
    """Send one query and return the answer to it. Raises OSError: TimeoutError, or ConnectionError over TCP."""
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(seconds)
        sock.connect(address)
        if tcp:
            wire = query.pack()
            sock.sendall(struct.pack("!H", len(wire)) + wire)
            with sock.makefile("rb") as stream:
                (length,) = struct.unpack("!H", _read(stream, 2))
                return DNSRecord.parse(_read(stream, length))
        sock.send(query.pack())
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
