"""Resolvers at their own defaults, each on a host of its own, and the world they ask.

    with DefaultsLab(directory) as lab, lab.resolver("unbound", dnstap=socket_path) as resolver:
        answers = resolver.ask(QUESTIONS)

Rules of this module:
- It needs root and the programs of Debian's packages, and says which is missing.
- The authoritative servers are in one network namespace, each resolver in another with its clients, and a
  cable between. What passes there is what a sensor between resolver and authority sees. Nothing leads out.
- Unix sockets are not part of a network namespace: the receiver of dnstap runs outside, as any program.
- However the `with` block ends, no process and no namespace is left behind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from testbed.defaults import clients, resolvers
from testbed.defaults.clients import Answer
from testbed.defaults.namespace import Namespace
from testbed.defaults.questions import Question
from testbed.defaults.resolvers import FRONT_PORT, KINDS, Kind, Places
from testbed.defaults.signing import write_zones
from testbed.defaults.world import ZONES, addresses, hints
from testbed.servers import LabError, Server, missing

__all__ = ["PROGRAMS", "DefaultsLab", "LabError", "Resolver"]

PROGRAMS = ("unshare", "ip", "nsd", "dnssec-keygen", "dnssec-signzone", "fstrm_capture")
"""What the lab needs, whatever resolver is asked for."""

HOSTS_MAX = 62
"""Resolvers that one lab can start: a /30 of 198.51.100.0/24 each."""

SOCKET_OCTETS_MAX = 107  # sun_path of unix(7), without its last zero

PROBE = "a.root-servers.net."
"""A name that exists, so that waiting for a resolver puts nothing on a channel."""


class Resolver:
    """A running resolver. Use as a context manager, or leave it to the lab.

    `kind` says what it is and sends, `dnstap` where to. `address` is where clients ask, and `sources` are the
    addresses from which it asks authoritative servers, IPv4 and IPv6.
    """

    def __init__(
        self,
        kind: Kind,
        namespace: Namespace,
        sources: tuple[str, str],
        directory: Path,
        dnstap: Path,
        start: Callable[[], list[Server]],
    ) -> None:
        self.kind = kind
        self.namespace = namespace
        self.directory = directory
        self.dnstap = dnstap
        self._start = start
        self._servers = start()
        self.address = ("127.0.0.1", FRONT_PORT if len(self._servers) > 1 else 53)
        self.sources = sources

    @property
    def name(self) -> str:
        """As given to `DefaultsLab.resolver`."""
        return self.kind.name

    def ask(
        self, questions: Iterable[Question], *, rate: float | None = None, seconds: float = 10.0
    ) -> list[Answer]:
        """Ask as a client on its host, one question after the other, at most `rate` a second.

        `seconds` is how long to wait for each answer. May be called by several threads at a time.
        """
        return list(
            clients.ask(self.address, questions, new_socket=self.namespace.socket, rate=rate, seconds=seconds)
        )

    def restart(self) -> None:
        """Stop it and start it anew, its cache empty."""
        self._stop_servers()
        self._servers = self._start()

    def stop(self) -> None:
        """Stop it, which sends what its dnstap still holds, and end its host. Harmless if that was done."""
        self._stop_servers()
        self.namespace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _stop_servers(self) -> None:
        while self._servers:
            self._servers.pop().stop()


class DefaultsLab:
    """The world of `world.ZONES`, served. Use as a context manager; it can be entered once.

    `directory` takes zones, configurations and logs, and must exist. `namespace` is that of the authoritative
    servers.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self._stack = ExitStack()
        self._hosts = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        if packages := missing(PROGRAMS):
            raise LabError(f"not installed: Debian package {', '.join(sorted(set(packages)))}")
        zones = self.directory / "zones"
        zones.mkdir()
        self.key = write_zones(ZONES, zones)
        with self._stack as stack:
            self.namespace = stack.enter_context(Namespace())
            processes = sorted({zone.process for zone in ZONES})
            for process in processes:
                for address in addresses(process):
                    length = 128 if ":" in address else 32
                    nodad = " nodad" if ":" in address else ""  # usable at once
                    self.namespace.ip(f"addr add {address}/{length} dev lo{nodad}")
            for process in processes:
                self._start_nsd(stack, process)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def resolver(self, name: str, dnstap: Path, *, clients: bool = False, whole: bool = False) -> Resolver:
        """Start one of `resolvers.KINDS`, on a host of its own, at its defaults.

        It sends its dnstap to the unix socket `dnstap`, of which a receiver should listen (Knot Resolver does
        not try again): the responses of authoritative servers if it can, and with `clients` those to its
        clients too. PowerDNS can't send these: dnsdist, started in front of it, does, on a connection of its
        own. `whole`: with minimisation and synthesis off, to compare with.
        """
        kind = KINDS[name]
        front = clients and not kind.sends_clients
        programs = [kind.command(self.directory)[0], *(["dnsdist"] if front else [])]
        if packages := missing(programs):
            raise LabError(f"not installed: Debian package {', '.join(packages)}")
        if len(str(dnstap)) > SOCKET_OCTETS_MAX:
            raise LabError(f"too long for a unix socket, {SOCKET_OCTETS_MAX} octets at most: {dnstap}")
        with self._lock:
            self._hosts += 1
            host = self._hosts
        if host > HOSTS_MAX:
            raise LabError(f"a lab has room for {HOSTS_MAX} resolvers")
        directory = self.directory / f"{name}-{host}"
        directory.mkdir()
        places = Places(
            directory, directory / "root.key", directory / "root.hints", dnstap.absolute(), clients, whole
        )
        places.hints.write_text(hints())
        namespace = Namespace()
        self._stack.callback(namespace.close)
        self._connect(namespace, host)

        def start() -> list[Server]:
            places.key.write_text(f"{self.key}\n")
            for file, text in kind.files(places).items():
                (directory / file).write_text(text)
            commands = [(name, kind.command(directory), 53)]
            if front:
                (directory / "dnsdist.conf").write_text(resolvers.dnsdist(places.dnstap))
                command = ["dnsdist", "--supervised", "--disable-syslog", "-C", f"{directory}/dnsdist.conf"]
                commands.append(("dnsdist", command, FRONT_PORT))
            return _started(commands, namespace, directory, self._stack)

        sources = (f"198.51.100.{4 * host + 2}", f"2001:db8:53:{host}::2")
        return Resolver(kind, namespace, sources, directory, dnstap, start)

    def _connect(self, namespace: Namespace, host: int) -> None:
        """A cable from the world to a resolver's host, which sends all it has along it."""
        world, here = f"host{host}", "eth0"
        self.namespace.ip(f"link add {world} type veth peer name {here} netns {namespace.net}")
        self.namespace.ip(f"addr add 198.51.100.{4 * host + 1}/30 dev {world}")
        self.namespace.ip(f"addr add 2001:db8:53:{host}::1/64 dev {world} nodad")
        namespace.ip(f"addr add 198.51.100.{4 * host + 2}/30 dev {here}")
        namespace.ip(f"addr add 2001:db8:53:{host}::2/64 dev {here} nodad")
        self.namespace.ip(f"link set {world} up")
        namespace.ip(f"link set {here} up")
        namespace.ip(f"route add default via 198.51.100.{4 * host + 1}")
        namespace.ip(f"-6 route add default via 2001:db8:53:{host}::1")

    def _start_nsd(self, stack: ExitStack, process: str) -> None:
        directory = self.directory / f"nsd-{process}"
        directory.mkdir()
        listen = "\n".join(f"    ip-address: {address}" for address in addresses(process))
        zones = "\n".join(
            f'zone:\n    name: "{zone.name}"\n    zonefile: "{self.directory}/zones/{zone.name}.zone"'
            for zone in ZONES
            if zone.process == process
        )
        (directory / "nsd.conf").write_text(_NSD.format(directory=directory, listen=listen, zones=zones))
        server = Server(
            "nsd",
            directory,
            ["nsd", "-d", "-c", f"{directory}/nsd.conf"],
            popen=self.namespace.popen,
            new_socket=self.namespace.socket,
        )
        stack.callback(server.stop)
        server.wait((addresses(process)[0], 53), PROBE)


def _started(
    commands: list[tuple[str, list[str], int]], namespace: Namespace, directory: Path, stack: ExitStack
) -> list[Server]:
    """The servers, once each answers at its port of loopback."""
    servers = []
    for name, command, port in commands:
        server = Server(name, directory, command, popen=namespace.popen, new_socket=namespace.socket)
        stack.callback(server.stop)
        servers.append(server)
        server.wait(("127.0.0.1", port), PROBE)
    return servers


_NSD = """server:
    server-count: 1
{listen}
    username: ""
    chroot: ""
    database: ""
    pidfile: ""
    xfrdir: "{directory}"
    xfrdfile: "{directory}/xfrd"
    zonelistfile: "{directory}/zones"
    # Else it falls silent above 200 like answers a second.
    rrl-ratelimit: 0

remote-control:
    control-enable: no

{zones}
"""
