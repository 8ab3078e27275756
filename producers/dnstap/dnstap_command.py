"""`nxcast-produce dnstap`: from files, standard input or live resolvers to the broker."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable

from nxcast.process.stop import Stop
from nxcast.producers.dnstap.frame_streams import CONTROL_FRAME_MAX, Reader
from nxcast.producers.dnstap.listen_address import TcpAddress, UnixAddress, parse_address
from nxcast.producers.dnstap.listener import Server
from nxcast.producers.failure import ProducerError
from nxcast.producers.files import InputFile, Pace, check_names, first_octets, open_file, replay
from nxcast.producers.options import Subparsers, add_replay_options
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally
from nxcast.schemas.dnstap import frame_of

__all__ = ["DnstapSource", "add_dnstap"]

_DESCRIPTION = """\
Send the responses that a resolver got from authoritative servers to the broker. Only dnstap messages of
type RESOLVER_RESPONSE are taken; the others are counted at the end.

SOURCE is one of
  FILE             a Frame Streams file, such as a resolver or fstrm_capture writes; waits for the broker
  -                the same from standard input
  unix:PATH        listen on a unix socket for resolvers; the socket must be in a folder that they may enter
  tcp:HOST:PORT    listen on a TCP port for resolvers; tcp:[::1]:6000 for IPv6
Several files, or several places to listen at, may be named; not files and places together."""

_EXAMPLES = """\
examples:
  nxcast-produce dnstap capture.dnstap
      send a file as fast as the broker takes it; waits for it, and drops nothing
  nxcast-produce dnstap --rate 500 --loop capture.dnstap
      replay it at 500 responses a second, again and again until Ctrl-C
  nxcast-produce dnstap unix:/run/nxcast/dnstap.sock
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
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="FILE, -, unix:PATH or tcp:HOST:PORT")
    add_replay_options(parser)
    parser.set_defaults(make=DnstapSource)


class DnstapSource:
    """What the arguments name, checked as far as it can be beforehand; raises ProducerError."""

    writes = False

    def __init__(self, arguments: argparse.Namespace) -> None:
        names: list[str] = arguments.sources
        parsed = [parse_address(name) for name in names]
        self._addresses: list[UnixAddress | TcpAddress] = [
            address for address in parsed if address is not None
        ]
        self._files = [name for name, address in zip(names, parsed, strict=True) if address is None]
        self._rate: float | None = arguments.rate
        self._loop: bool = arguments.loop
        self._keep: bool = arguments.keep_resolver_address
        self._server: Server | None = None
        self.live = bool(self._addresses)
        if self._files and self._addresses:
            raise ProducerError("files wait for the broker and live sources can't: run one command for each")
        if self.live and (self._loop or self._rate is not None):
            raise ProducerError("--rate and --loop are for files: leave them out")
        check_names(self._files, loop=self._loop)
        for name in self._files:
            _check_stream(name)

    def counts(self) -> dict[str, int]:
        """Resolvers that are connected, where it listens."""
        return {} if self._server is None else {"connections": self._server.connections}

    def run(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        """Send all there is; false if some of it could not be read, which has been logged."""
        if self.live:
            return self._listen(pusher, stop, tally, connect_timeout_s)
        pusher.wait_connected(connect_timeout_s)
        pace = None if self._rate is None else Pace(self._rate)

        def read_all() -> bool:
            good = [self._read(name, pusher, stop, tally, pace) for name in self._files]
            return all(good)

        return replay(read_all, stop, tally, loop=self._loop)

    def _listen(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        intake = _Intake(pusher, tally, keep_resolver_address=self._keep)
        with Server(self._addresses, intake.take, pusher, stop) as server:
            self._server = server
            pusher.wait_connected(connect_timeout_s)
            server.serve()
        return True

    def _read(self, name: str, pusher: Pusher, stop: Stop, tally: Tally, pace: Pace | None) -> bool:
        try:
            with open_file(name, stop, pusher) as source:
                hold = source.holder(pace)
                intake = _Intake(pusher, tally, keep_resolver_address=self._keep, hold=hold)
                _read_stream(source, intake, tally)
        except ProducerError as error:
            _log.error("%s", error)
            return False
        return True


class _Intake:
    """Payloads in, frames to the pusher, the rest to the tally. `hold` waits until a frame may go."""

    def __init__(
        self,
        pusher: Pusher,
        tally: Tally,
        *,
        keep_resolver_address: bool,
        hold: Callable[[], None] | None = None,
    ) -> None:
        self._push = pusher.push
        self._tally = tally
        self._keep = keep_resolver_address
        self._hold = hold

    def take(self, payloads: list[bytes]) -> None:
        read_ns = time.time_ns()
        tally, push, keep, hold = self._tally, self._push, self._keep, self._hold
        for payload in payloads:
            frame = frame_of(payload, read_ns, keep_resolver_address=keep)
            if isinstance(frame, str):
                tally.skip(frame)
            else:
                if hold is not None:
                    hold()
                tally.frames += 1
                push(frame)


def _check_stream(name: str) -> None:
    """Raise ProducerError for a file that does not begin as a stream, before a broker is waited for."""
    octets = first_octets(name, 8 + CONTROL_FRAME_MAX)
    if octets is None:
        return
    reader = Reader()
    reader.receive_data(octets)
    if len(octets) < 8 + CONTROL_FRAME_MAX:
        reader.receive_eof()
    if reader.error is not None and not reader.started:
        raise ProducerError(f"{name}: {reader.error}")


def _read_stream(source: InputFile, intake: _Intake, tally: Tally) -> None:
    """One Frame Streams file to its end; raises ProducerError at the first thing that is wrong with it."""
    reader = Reader()
    for chunk in source.chunks():
        intake.take(reader.receive_data(chunk))
        source.show(tally.frames)
        if reader.error is not None:
            break
    else:
        reader.receive_eof()
    if reader.error is not None:
        raise ProducerError(f"{source.name}: {reader.error}")
