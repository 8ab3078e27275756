"""`nxcast-produce dnstap`: from files, standard input or live resolvers to the broker."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from typing import NoReturn

from nxcast.process.ending import MisuseError
from nxcast.process.stop import Stop
from nxcast.producers.dnstap.dnstap_intake import CLIENT, CLIENT_ONLY, RESOLVER, Choices, DnstapIntake
from nxcast.producers.dnstap.frame_streams import CONTROL_FRAME_MAX, FrameStreamsError, Reader
from nxcast.producers.dnstap.listen_address import (
    ListenAddress,
    SystemdAddress,
    TcpAddress,
    UnixAddress,
    parse_address,
)
from nxcast.producers.dnstap.listener import Server
from nxcast.producers.dnstap.listening_socket import Access
from nxcast.producers.dnstap.mute_source import MuteWatch, nothing_to_send
from nxcast.producers.failure import ProducerError
from nxcast.producers.files import (
    FOLLOW_S,
    STDIN,
    InputFile,
    Pace,
    check_names,
    first_octets,
    open_file,
    replay,
)
from nxcast.producers.options import Subparsers, add_replay_options
from nxcast.producers.pusher import Pusher
from nxcast.producers.sensor_pushers import SENSORS_MAX, Flushing, SensorPushers
from nxcast.producers.tally import Tally
from nxcast.schemas.ip_addresses import Network, network

__all__ = ["DnstapSource", "add_dnstap"]

_DESCRIPTION = """\
Send the responses that a resolver got from authoritative servers to the broker. Only dnstap messages of
type RESOLVER_RESPONSE are taken; the others are counted at the end.

SOURCE is one of
  FILE             a Frame Streams file, such as a resolver or fstrm_capture writes; waits for the broker
  -                the same from standard input, one stream after another
  unix:PATH        listen on a unix socket for resolvers; the socket must be in a folder that they may enter
  tcp:HOST:PORT    listen on a TCP port for resolvers; tcp:[::1]:6000 for IPv6
  systemd:NAME     the socket that a .socket unit holds (FileDescriptorName=NAME; systemd: for all of them): a
                   restart then costs a second of BIND's and PowerDNS's messages instead of six
Several files, or several places to listen at, may be named; not files and places together."""

_EXAMPLES = """\
examples:
  nxcast-produce dnstap capture.dnstap
      send a file as fast as the broker takes it; waits for it, and drops nothing
  nxcast-produce dnstap --rate 500 --loop capture.dnstap
      replay it at 500 responses a second, again and again until Ctrl-C
  nxcast-produce dnstap --follow /var/log/dnstap.log
      go on with what is added, and with the next file when it is rolled
  nxcast-produce dnstap unix:/run/nxcast/dnstap.sock --socket-group unbound
      unbound.conf:  dnstap: { dnstap-enable: yes  dnstap-socket-path: "/run/nxcast/dnstap.sock"
                               dnstap-log-resolver-response-messages: yes }
      named.conf:    dnstap { resolver response; };  dnstap-output unix "/run/nxcast/dnstap.sock";
  nxcast-produce dnstap tcp:127.0.0.1:6000 --sensor resolver-1 --broker tcp://broker.example:5555"""

_log = logging.getLogger(__name__)


def add_dnstap(subparsers: Subparsers, common: argparse.ArgumentParser) -> None:
    """Add the subcommand; its arguments get `make`, from themselves to a source."""
    parser = subparsers.add_parser(
        "dnstap",
        parents=[common],
        help="dnstap from files, standard input or resolvers that connect",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="FILE, -, unix:PATH, tcp:HOST:PORT or systemd:NAME"
    )
    add_replay_options(parser)
    parser.add_argument(
        "--follow",
        action="store_true",
        help="files: go on with what is added, and with the next file of that name",
    )
    parser.add_argument(
        "--sensor-from",
        choices=("option", "identity"),
        default="option",
        help="identity: name the sensor by the identity that each message tells, for many resolvers in one "
        f"stream or at one place; {SENSORS_MAX} at most, the others as --sensor (default: %(default)s)",
    )
    parser.add_argument(
        "--questions",
        choices=(RESOLVER, CLIENT, CLIENT_ONLY),
        default=RESOLVER,
        help="whose questions nxdomain/ tells: those that the resolver asked; those that its clients asked "
        "(CLIENT_RESPONSE, of it or of a dnsdist in front), joined to what authorities denied; or "
        "client-only, where nothing but clients' messages comes, as of Knot Resolver: all zones but those of "
        "RFC 6303 are then taken for public, a network's own too (default: %(default)s)",
    )
    listening = parser.add_argument_group("who may connect")
    listening.add_argument(
        "--socket-mode",
        type=_mode,
        metavar="MODE",
        help="mode of unix sockets, in octal; who may write may connect (default: 660 with --socket-group, "
        "else what the umask leaves: the owner alone as a rule)",
    )
    listening.add_argument(
        "--socket-group",
        metavar="GROUP",
        help="group of unix sockets, such as the resolver's (default: ours)",
    )
    listening.add_argument(
        "--allow",
        action="append",
        type=_network,
        metavar="NETWORK",
        help="TCP: who may connect beside this machine, such as 192.0.2.53 or 2001:db8::/64; may be repeated",
    )
    listening.add_argument(
        "--insecure", action="store_true", help="TCP: whoever reaches the port may send as this sensor"
    )
    parser.set_defaults(make=DnstapSource)


class DnstapSource:
    """What the arguments name, checked as far as it can be beforehand; raises ProducerError."""

    writes = False

    def __init__(self, arguments: argparse.Namespace) -> None:
        names: list[str] = arguments.sources
        parsed = [parse_address(name) for name in names]
        self._addresses: list[ListenAddress] = [address for address in parsed if address is not None]
        self._files = [name for name, address in zip(names, parsed, strict=True) if address is None]
        self._rate: float | None = arguments.rate
        self._loop: bool = arguments.loop
        self._choices = Choices(arguments.keep_resolver_address, arguments.forwarders, arguments.questions)
        self._follow: bool = arguments.follow
        self._access = Access(
            arguments.socket_mode,
            arguments.socket_group,
            None if arguments.insecure else tuple(arguments.allow or ()),
        )
        self._by_identity = arguments.sensor_from == "identity"
        if self._by_identity and self._choices.questions != RESOLVER:
            raise MisuseError("--sensor-from identity and --questions: run one command for each resolver")
        self._intake: DnstapIntake | None = None
        self._server: Server | None = None
        self._pushers: SensorPushers | None = None
        self.live = bool(self._addresses)
        if self._files and self._addresses:
            raise MisuseError("files wait for the broker and live sources can't: run one command for each")
        if self.live and (self._loop or self._rate is not None):
            raise MisuseError("--rate and --loop are for files: leave them out")
        self._check_access(arguments)
        if self._follow and (self.live or self._loop or len(names) > 1 or names == [STDIN]):
            raise MisuseError("--follow is for one file, and without --loop: run one command for each")
        if self._follow and os.path.exists(names[0]) and not os.path.isfile(names[0]):
            raise ProducerError(f"{names[0]}: only a regular file can grow: leave out --follow")
        check_names(self._files, loop=self._loop)
        for name in self._files:
            _check_stream(name, whole=not self._follow)

    def _check_access(self, arguments: argparse.Namespace) -> None:
        """Raise ProducerError where an option says who may connect, and nothing is made that it goes for."""
        kinds = {type(address) for address in self._addresses}
        if UnixAddress not in kinds and (self._access.mode is not None or self._access.group is not None):
            raise MisuseError(
                "--socket-mode and --socket-group are for unix:PATH: leave them out "
                "(a .socket unit has SocketMode= and SocketGroup=)"
            )
        if not kinds & {TcpAddress, SystemdAddress} and (arguments.allow or arguments.insecure):
            raise MisuseError("--allow and --insecure are for tcp:HOST:PORT: leave them out")

    def counts(self) -> dict[str, int]:
        """Connections, of them refused, frames that no identity named, and questions told early."""
        counts = {} if self._intake is None else {"questions_hurried": self._intake.hurried}
        if (server := self._server) is not None:
            counts |= {"connections": server.connections, "connections_refused": server.refused}
        if (pushers := self._pushers) is not None:
            counts["frames_unnamed"] = pushers.unnamed
        return counts

    def run(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        """Send all there is; false if some of it could not be read, which has been logged."""
        if not self._by_identity:
            return self._run(pusher, None, stop, tally, connect_timeout_s)
        with SensorPushers(pusher, stop, tally, connect_timeout_s) as pushers:
            self._pushers = pushers
            return self._run(pusher, pushers, stop, tally, connect_timeout_s)

    def _run(
        self,
        pusher: Pusher,
        pushers: SensorPushers | None,
        stop: Stop,
        tally: Tally,
        connect_timeout_s: float,
    ) -> bool:
        live = self.live or self._follow or STDIN in self._files
        intake = self._intake = DnstapIntake(pusher, pushers, tally, self._choices, live=live)
        flushing = pushers or pusher
        if self.live:
            with Server(self._addresses, intake.take, flushing, stop, tally, access=self._access) as server:
                self._server = server
                pusher.wait_connected(connect_timeout_s)
                server.serve()
                intake.finish()
            return True
        pusher.wait_connected(connect_timeout_s)
        files = _Files(intake, flushing, stop, tally, None if self._rate is None else Pace(self._rate))
        if self._follow:
            files.follow(self._files[0])
        good = replay(lambda: files.read_all(self._files), stop, tally, loop=self._loop)
        if good and tally.read and not tally.frames:
            _log.error("nothing sent: %s", nothing_to_send(tally.skipped, listening=False))
            return False
        return good


class _Files:
    """Reads files, each as Frame Streams; what is wrong with one is logged, and the others are read."""

    def __init__(
        self, intake: DnstapIntake, flushing: Flushing, stop: Stop, tally: Tally, pace: Pace | None
    ) -> None:
        self._intake = intake
        self._flushing = flushing
        self._stop = stop
        self._tally = tally
        self._pace = pace
        self._mute = MuteWatch(lambda: tally.frames, lambda: nothing_to_send(tally.skipped, listening=False))

    def read_all(self, names: Sequence[str]) -> bool:
        """Each to its end, as one stream; false if one was bad."""
        self._intake.begin()
        good = [self._read(name, follow=False) for name in names]
        self._intake.finish()
        return all(good)

    def follow(self, name: str) -> NoReturn:
        """One file, what is added to it, and the next ones of its name; ends by Stopped."""
        while True:
            if not self._read(name, follow=True):
                self._flushing.pause(FOLLOW_S)

    def _each_turn(self) -> None:
        self._mute.look()
        self._intake.take([])  # what waited for others may be due

    def _read(self, name: str, *, follow: bool) -> bool:
        try:
            with open_file(name, self._stop, self._flushing, follow=follow) as source:
                source.each_turn = self._each_turn
                self._intake.hold = source.holder(self._pace)
                error = _read_stream(source, self._intake, self._tally)
                if error is not None:
                    _log.error("%s: %s", source.name, error)
                    if follow:  # else it would be read again from its beginning
                        self._intake.finish()
                        source.await_next()
                return error is None
        except ProducerError as error:
            _log.error("%s", error)
            return False


def _mode(text: str) -> int:
    mode = int(text, 8)
    if not 0 <= mode <= 0o777:
        raise ValueError
    return mode


def _network(text: str) -> Network:
    return network(text)


_mode.__name__ = "mode, such as 660"  # argparse shows these names: invalid ... value: 'x'
_network.__name__ = "network, such as 192.0.2.0/24"


def _check_stream(name: str, *, whole: bool) -> None:
    """Raise ProducerError for a file that does not begin as a stream, before a broker is waited for.

    A file that is not `whole` may be too short to tell.
    """
    octets = first_octets(name, 8 + CONTROL_FRAME_MAX)
    if octets is None:
        return
    reader = Reader()
    reader.receive_data(octets)
    if whole and len(octets) < 8 + CONTROL_FRAME_MAX:
        reader.receive_eof()
    if reader.error is not None and not reader.started:
        raise ProducerError(f"{name}: {reader.error}")


def _read_stream(source: InputFile, intake: DnstapIntake, tally: Tally) -> FrameStreamsError | None:
    """One Frame Streams file to its end, or to the first thing that is wrong with it, which is returned."""
    reader = Reader(several=True)
    for chunk in source.chunks():
        intake.take(reader.receive_data(chunk))
        source.show(tally.frames)
        if reader.error is not None:
            return reader.error
    reader.receive_eof()
    return reader.error
