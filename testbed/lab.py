"""A real Unbound that asks real authoritative servers, all on loopback, for tests and recordings.

Rules of this module:
- Every server is a child process in the foreground, on high ports that were free at start. Nothing becomes a
  daemon or needs root, and nothing is read from or written to /etc or /run.
- All files are made in the directory the caller gives. Zones and templates are only read.
- However the `with` block ends, no process is left behind.
- Names and addresses are those reserved for examples: RFC 2606, RFC 6761, RFC 5737, RFC 3849.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from dnslib import QTYPE, DNSQuestion, DNSRecord

from testbed import configs
from testbed.configs import UDP_OCTETS, ZONE_FILES, ZONES, Zone
from testbed.ports import free_ports, has_ipv6
from testbed.servers import LabError, Server, exchange, find, missing

__all__ = ["FLUSH_SECONDS", "RESOLVER", "Lab", "LabError", "missing"]

RESOLVER = "127.0.0.2"
"""The address from which Unbound asks over IPv4. The servers are at 127.0.0.1, so a test can tell whether the
resolver's address got out. Over IPv6 both are at ::1. Unless told, Unbound would report 0.0.0.0 and ::."""

FLUSH_SECONDS = 1.5
"""Unbound sends dnstap messages once it has 32, or else a second after the first, and loses what it still
holds when it is stopped. So wait this long after the last question where every message counts."""


class Lab:
    """The running lab. Use as a context manager; it can be entered once.

    `directory` takes configs and logs, and must exist. `dnstap` is where Unbound, as a Frame Streams client,
    sends dnstap: `unix:PATH` (at most 107 octets) or `tcp:HOST:PORT` (an address). The receiver there may
    start later: Unbound tries again and keeps the messages meanwhile. It sends RESOLVER_RESPONSE messages
    only, and with `every_message` RESOLVER_QUERY, CLIENT_QUERY and CLIENT_RESPONSE too.

    `more` are zones beside those of `configs.ZONES`.

    `address` is where Unbound answers clients. `lacks` names what this machine has not: "ipv6", "dnsdist".
    """

    def __init__(
        self, directory: Path, dnstap: str, *, every_message: bool = False, more: Iterable[Zone] = ()
    ) -> None:
        there = {"ipv6": has_ipv6(), "dnsdist": find("dnsdist") is not None}
        ports = free_ports(len(UDP_OCTETS) + 3)
        self.directory = directory.resolve()
        self.lacks = frozenset(name for name, is_there in there.items() if not is_there)
        self.address = ("127.0.0.1", ports.pop())
        self._dnstap = _dnstap_lines(dnstap)
        self._every_message = every_message
        self._all_zones = (*ZONES, *more)
        self._ports = dict(zip([*UDP_OCTETS, "fixed", "nobody"], ports, strict=True))
        self._unbound: Server | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "Lab":
        if packages := missing():
            raise LabError(f"not installed: Debian package {', '.join(packages)}")
        with self._stack as stack:  # stops what has started if a later one fails
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
        return exchange(self.address, DNSRecord(q=DNSQuestion(qname, code)), tcp, seconds)

    def restart_unbound(self) -> None:
        """Stop Unbound and start it anew at the same address; the authoritative servers stay."""
        if self._unbound is not None:
            self._unbound.stop()
        self._start_unbound()

    def ports(self) -> list[int]:
        """Where the authoritative servers listen."""
        return list(self._ports.values())

    def zones(self) -> list[Zone]:
        """Those that this machine can serve. Names below the others fall to the zone above."""
        reachable = [zone for zone in self._all_zones if not (zone.ipv6 and "ipv6" in self.lacks)]
        return [zone for zone in reachable if not (zone.server == "fixed" and "dnsdist" in self.lacks)]

    def _loopback(self) -> list[str]:
        return ["127.0.0.1"] if "ipv6" in self.lacks else ["127.0.0.1", "::1"]

    def _start_nsd(self, name: str) -> None:
        port = self._ports[name]
        config = configs.nsd(
            self.zones(),
            name,
            [f"{ip}@{port}" for ip in self._loopback()],
            zone_files=ZONE_FILES,
            log=f"{self.directory}/{name}.log",
            directory=self.directory,
        )
        command = ["nsd", "-d", "-c", self._write(name, config)]
        self._start(name, command).wait(("127.0.0.1", port), "probe.example.")

    def _start_dnsdist(self) -> None:
        port = self._ports["fixed"]
        path = self._write("fixed", configs.dnsdist(f"127.0.0.1:{port}"))
        server = self._start("fixed", ["dnsdist", "--supervised", "--disable-syslog", "-C", path])
        server.wait(("127.0.0.1", port), "probe.nosoa.example.")

    def _start_unbound(self) -> None:
        config = configs.unbound(
            self.zones(),
            self._servers("127.0.0.1"),
            None if "ipv6" in self.lacks else self._servers("::1"),
            directory=self.directory,
            interface=f"127.0.0.1@{self.address[1]}",
            access="",
            outgoing="\n".join(f"    outgoing-interface: {ip}" for ip in (RESOLVER, *self._loopback()[1:])),
            dnstap=self._dnstap,
            every_message="yes" if self._every_message else "no",
        )
        self._unbound = self._start("unbound", ["unbound", "-d", "-p", "-c", self._write("unbound", config)])
        self._unbound.wait(self.address, "localhost.")  # a name it knows without asking anyone

    def _servers(self, ip: str) -> dict[str, str]:
        return {name: f"{ip}@{port}" for name, port in self._ports.items()}

    def _start(self, name: str, command: list[str]) -> Server:
        server = Server(name, self.directory, command)
        self._stack.callback(server.stop)
        return server

    def _write(self, name: str, config: str) -> str:
        """The path of a server's configuration, once it is there."""
        path = self.directory / f"{name}.conf"
        path.write_text(config)
        return str(path)


def _dnstap_lines(target: str) -> str:
    """Unbound's settings for `unix:PATH` or `tcp:HOST:PORT`."""
    kind, _, rest = target.partition(":")
    if kind == "unix" and rest:
        return f'    dnstap-socket-path: "{Path(rest).absolute()}"'
    host, _, port = rest.rpartition(":")
    if kind == "tcp" and host and port.isdecimal():
        return f'    dnstap-ip: "{host.strip("[]")}@{port}"\n    dnstap-tls: no'
    raise ValueError(f"dnstap goes to unix:PATH or tcp:HOST:PORT, not {target!r}")
