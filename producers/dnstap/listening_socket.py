"""Listening sockets: bound here, or handed over by systemd; who may connect to them, and how that is told.

A unix socket that nobody listens at any more is replaced, another file never; what was bound here is given
back at the end, what was handed over is not ours to remove.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import socket
import stat
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import NamedTuple, TypeAlias

from nxcast.process.ending import MisuseError, reason
from nxcast.process.host_lookup import look_up
from nxcast.producers.dnstap.listen_address import ListenAddress, SystemdAddress, TcpAddress, UnixAddress
from nxcast.producers.failure import ProducerError

__all__ = ["Access", "ListeningSocket", "listen_at"]

BACKLOG = 128  # connections that the kernel keeps waiting, a listener
SYSTEMD_FIRST = 3  # descriptor of the first socket handed over, sd_listen_fds(3)

Network: TypeAlias = IPv4Network | IPv6Network


class Access(NamedTuple):
    """Who may connect: mode and group of unix sockets (None: as the umask has it), networks for TCP.

    `networks` beside this machine itself; None: whoever reaches it.
    """

    mode: int | None = None
    group: str | None = None
    networks: tuple[Network, ...] | None = ()


class ListeningSocket:
    """One of them. `connections` counts those that came so far."""

    def __init__(self, bound: socket.socket, address: ListenAddress, access: Access) -> None:
        self.socket = bound
        self.connections = 0
        self.path: str | None = None
        self._networks = access.networks
        self._inode: tuple[int, int] | None = None
        bound.setblocking(False)
        where = bound.getsockname()
        if isinstance(where, bytes):  # abstract (unix(7)): it has no file
            self.name = f"unix:@{os.fsdecode(where[1:])}"
        elif isinstance(where, str):
            self.path = where
            self.name = f"unix:{self.path}"
            if isinstance(address, UnixAddress):
                status = os.stat(address.path)
                self._inode = (status.st_dev, status.st_ino)
        else:
            self.name = str(TcpAddress(*where[:2]))

    def admits(self, peer: object) -> bool:
        """Whether who has connected from there may."""
        if self._networks is None or not isinstance(peer, tuple):  # of unix sockets no name comes
            return True
        address = ip_address(str(peer[0]).partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        return address.is_loopback or any(address in network for network in self._networks)

    def who_may(self) -> str:
        """Who can connect, for people."""
        if self.path is None:
            local = self.socket.family == socket.AF_UNIX or self._networks == ()
            return "whoever is on this machine" if local else "who is allowed and reaches it"
        try:
            return "; and ".join(_permissions(os.path.abspath(self.path)))
        except OSError as error:
            return f"nobody, since its file is not there ({reason(error)}): start this again"

    def close(self) -> None:
        """Stop listening, and remove the path if it is still ours."""
        self.socket.close()
        if self._inode is None or self.path is None:
            return
        try:
            status = os.stat(self.path)
            if (status.st_dev, status.st_ino) == self._inode:  # not another's that took its place
                os.unlink(self.path)
        except FileNotFoundError:
            pass


def listen_at(addresses: Sequence[ListenAddress], access: Access) -> list[ListeningSocket]:
    """Listen at all of them; raises ProducerError, and then at none."""
    made: list[ListeningSocket] = []
    try:
        for address in addresses:
            for bound in _bound(address, access):
                made.append(ListeningSocket(bound, address, access))
                _check_reach(made[-1], access)
    except BaseException:
        for each in made:
            each.close()
        raise
    return made


def _bound(address: ListenAddress, access: Access) -> list[socket.socket]:
    if isinstance(address, UnixAddress):
        return [_bind_unix(address, access)]
    if isinstance(address, TcpAddress):
        return [_bind_tcp(address)]
    return _handed_over(address)


def _check_reach(made: ListeningSocket, access: Access) -> None:
    """Raise ProducerError where strangers could connect and nobody has said that they may."""
    if made.socket.family != socket.AF_UNIX and access.networks == ():
        host = made.socket.getsockname()[0]
        if not ip_address(host.partition("%")[0]).is_loopback:
            raise MisuseError(
                f"{made.name}: others than this machine could send here as this sensor: name the resolvers' "
                "networks with --allow, or say --insecure"
            )


def _bind_unix(address: UnixAddress, access: Access) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        try:
            bound.bind(address.path)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            _remove_stale(address)
            bound.bind(address.path)
        _open_up(address, access)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise ProducerError(f"{address}: {_reason(error)}") from None
    except ProducerError:
        bound.close()
        raise
    return bound


def _open_up(address: UnixAddress, access: Access) -> None:
    """Give a socket its group and mode, before anybody can connect; with a group alone the group may."""
    if access.group is not None:
        try:
            os.chown(address.path, -1, grp.getgrnam(access.group).gr_gid)
        except KeyError:
            os.unlink(address.path)
            raise ProducerError(f"--socket-group {access.group}: no such group") from None
        except PermissionError:
            os.unlink(address.path)
            raise ProducerError(
                f"--socket-group {access.group}: only root or a member may give it to that group"
            ) from None
    if access.mode is not None or access.group is not None:
        os.chmod(address.path, 0o660 if access.mode is None else access.mode)


def _remove_stale(address: UnixAddress) -> None:
    """Remove a socket that nobody listens at any more, as a killed process leaves it."""
    if not stat.S_ISSOCK(os.lstat(address.path).st_mode):
        raise ProducerError(f"{address}: there is a file that is no socket; remove it or name another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # a full backlog must not keep us; it is in use then
        if probe.connect_ex(address.path) != errno.ECONNREFUSED:
            raise ProducerError(f"{address}: address in use; stop who listens there or name another path")
    os.unlink(address.path)


def _bind_tcp(address: TcpAddress) -> socket.socket:
    try:
        host = look_up(address.host)[0]
    except OSError as error:
        raise ProducerError(f"{address}: {reason(error)}; name an address of this host") from None
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, address.port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise ProducerError(f"{address}: {_reason(error)}") from None
    return bound


def _handed_over(address: SystemdAddress) -> list[socket.socket]:
    """The listening sockets that systemd gave this process (sd_listen_fds(3)); raises ProducerError."""
    count = os.environ.get("LISTEN_FDS", "")
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not count.isdecimal() or not int(count):
        raise ProducerError(
            f"{address}: systemd has handed over no socket: this needs a .socket unit beside the service"
        )
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    found = []
    for place in range(int(count)):
        name = names[place] if place < len(names) else ""
        if address.name in ("", name):
            found.append(_adopt(SYSTEMD_FIRST + place, address))
    if not found:
        raise ProducerError(f"{address}: no socket of that name (FileDescriptorName=): {', '.join(names)}")
    return found


def _adopt(descriptor: int, address: SystemdAddress) -> socket.socket:
    try:
        os.set_inheritable(descriptor, False)
        adopted = socket.socket(fileno=os.dup(descriptor))
        listening = adopted.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise ProducerError(f"{address}: descriptor {descriptor}: {_reason(error)}") from None
    if not listening or adopted.family not in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
        adopted.close()
        raise ProducerError(
            f"{address}: descriptor {descriptor} does not listen: use ListenStream=, Accept=no"
        )
    return adopted


def _permissions(path: str) -> Iterator[str]:
    """Who may write to a socket, and who may enter each folder above it that is not open to all."""
    yield _who(os.stat(path), stat.S_IWUSR)
    while (folder := os.path.dirname(path)) != path:
        path, status = folder, os.stat(folder)
        if not status.st_mode & stat.S_IXOTH:
            yield f"into the folder {folder}: {_who(status, stat.S_IXUSR)}"


def _who(status: os.stat_result, right: int) -> str:
    """Who has a right to a file, given as the owner's bit of it, for people."""
    mode = stat.S_IMODE(status.st_mode)
    classes = [
        (right, f"the user {_name(lambda: pwd.getpwuid(status.st_uid).pw_name, status.st_uid)}"),
        (right >> 3, f"the group {_name(lambda: grp.getgrgid(status.st_gid).gr_name, status.st_gid)}"),
        (right >> 6, "others"),
    ]
    named = [who for bit, who in classes if mode & bit]
    return f"{', '.join(named) or 'root'} (mode {mode:o})"


def _name(look_up: Callable[[], str], number: int) -> str:
    try:
        return look_up()
    except KeyError:
        return str(number)


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "address in use; stop who listens there or name another port"
    if error.errno == errno.ENOENT:
        return "no such folder; make it first"
    return reason(error)
