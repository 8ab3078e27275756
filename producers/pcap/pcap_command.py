"""`nxcast-produce pcap`: from capture files, standard input or an interface to the broker."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from nxcast.process.ending import MisuseError
from nxcast.process.stop import Stop
from nxcast.producers.failure import ProducerError
from nxcast.producers.files import InputFile, Pace, check_file, check_names, open_file, replay
from nxcast.producers.options import Subparsers, add_replay_options
from nxcast.producers.pcap.capture_files import Reader
from nxcast.producers.pcap.compressed import Unfolding, UnfoldingError
from nxcast.producers.pcap.live import Capture
from nxcast.producers.pcap.packet_intake import PacketCounts, PacketIntake
from nxcast.producers.pcap.packet_listener import NO_DROPS, PacketListener, drop_counts
from nxcast.producers.pcap.packets import Dissector
from nxcast.producers.pcap.pairing import Network, Pairing
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally
from nxcast.schemas.codes import DNS_PORT
from nxcast.schemas.ip_addresses import network

__all__ = ["PcapSource", "add_pcap"]

_DESCRIPTION = """\
Send the responses that are found in captured packets to the broker: DNS over UDP and TCP, IPv4 and IPv6, with
fragments and TCP streams put together.

FILE is one of
  FILE   a capture file, pcap or pcapng, also compressed; waits for the broker. Several are read as one
         capture, in this order
  -      the same from standard input, also while it is being written

Only what authoritative servers answer to resolvers goes on: by default the responses to queries with RD=0.
Pairs of query and response go on as UDP_QUERY_RESPONSE. A UDP response whose query is not in the capture goes
on as UDP_UNSOLICITED_RESPONSE, which a broker drops unless told otherwise, since it may be forged."""

_EXAMPLES = """\
examples:
  nxcast-produce pcap capture.pcap
      send a file as fast as the broker takes it; nothing is dropped
  tcpdump -i eth0 -U -w - port 53 | nxcast-produce pcap -
      from another program's capture, as it comes
  nxcast-produce pcap --interface eth0 --sensor tap-1 --broker tcp://broker.example:5555
      capture here; needs the right to, and pip install 'cypcap>=0.6.3,<0.7'
  nxcast-produce pcap --resolver 192.0.2.53 --resolver 2001:db8::/64 capture.pcapng
      responses to these resolvers, whatever the RD bit
  nxcast-produce pcap --responses-only answers.pcap
      a capture of one direction"""

_log = logging.getLogger(__name__)


def add_pcap(subparsers: Subparsers, common: argparse.ArgumentParser) -> None:
    """Add the subcommand; its arguments get `make`, from themselves to a source."""
    parser = subparsers.add_parser(
        "pcap",
        parents=[common],
        help="packets from capture files, standard input or an interface",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="capture file, or -")
    parser.add_argument(
        "--interface",
        action="append",
        metavar="NAME",
        help="capture live from an interface, such as eth0; may be repeated",
    )
    parser.add_argument(
        "--filter",
        metavar="BPF",
        help="interface: what to capture, as in pcap-filter(7) (default: the ports, and fragments)",
    )
    parser.add_argument(
        "--port",
        type=_port,
        action="append",
        metavar="N",
        help=f"port that servers answer from; may be repeated (default: {DNS_PORT})",
    )
    position = parser.add_mutually_exclusive_group()
    position.add_argument(
        "--resolver",
        type=_network,
        action="append",
        metavar="CIDR",
        help="take responses to these addresses, whatever the RD bit; may be repeated",
    )
    position.add_argument("--any", action="store_true", help="take all responses, to clients too")
    parser.add_argument(
        "--responses-only",
        action="store_true",
        help="the capture has no queries: pair nothing, and send UDP responses as UDP_RESPONSE_ONLY",
    )
    parser.add_argument(
        "--checksums", action="store_true", help="count at the end what the UDP checksums say; drops nothing"
    )
    parser.add_argument(
        "--no-tunnels", action="store_true", help="leave out what is inside GRE, VXLAN, GTP-U and the like"
    )
    add_replay_options(parser)
    parser.set_defaults(make=PcapSource)


class PcapSource:
    """What the arguments name, checked as far as it can be beforehand; raises ProducerError."""

    writes = False

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._files: list[str] = arguments.files
        self._interfaces: list[str] = arguments.interface or []
        self._rate: float | None = arguments.rate
        self._loop: bool = arguments.loop
        self._ports: Sequence[int] = arguments.port or [DNS_PORT]
        # Of the intakes before, and the one at work; one pair, so that another thread sees both or neither.
        self._counted: tuple[PacketCounts, PacketIntake | None] = PacketCounts(), None
        self._listener: PacketListener | None = None
        self.live = bool(self._interfaces)
        if self.live == bool(self._files):
            raise MisuseError("name capture files, or - for standard input, or --interface")
        if self.live and (self._loop or self._rate is not None):
            raise MisuseError("--rate and --loop are for files: leave them out")
        if arguments.filter is not None and not self.live:
            raise MisuseError("--filter is for --interface: filter a file with tcpdump -r FILE -w - BPF")
        check_names(self._files, loop=self._loop)
        for name in self._files:
            check_file(name)

    def counts(self) -> dict[str, int]:
        """Packets and queries since the start, and what the interface lost as of the last look at that."""
        drops = NO_DROPS if self._listener is None else self._listener.drops
        return {**self._so_far()._asdict(), **drop_counts(drops)}

    def run(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        """Send all there is; false if some of it could not be read, which has been logged."""
        if self.live:
            return self._capture(pusher, stop, tally, connect_timeout_s)
        pusher.wait_connected(connect_timeout_s)
        pace = None if self._rate is None else Pace(self._rate)

        def read_all() -> bool:
            intake = self._intake(pusher, tally)  # a new one each time: no response is its own duplicate
            try:
                good = [_send_file(name, intake, stop, pusher, tally, pace) for name in self._files]
                return all(good)
            finally:
                intake.finish()

        good = replay(read_all, stop, tally, loop=self._loop)
        return good and (tally.frames > 0 or not self._so_far().packets)

    def _capture(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        arguments = self._arguments
        with ExitStack() as opened:
            captures = [
                opened.enter_context(
                    Capture(name, self._ports, arguments.filter, tunnels=not arguments.no_tunnels)
                )
                for name in self._interfaces
            ]
            names = ", ".join(self._interfaces)
            _log.info("listening on %s", names, extra={"interface": names})
            pusher.wait_connected(connect_timeout_s)
            intake = self._intake(pusher, tally)
            self._listener = PacketListener(captures, intake, pusher, tally)
            try:
                self._listener.serve(stop)
            finally:
                intake.finish()
        return True

    def _so_far(self) -> PacketCounts:
        before, intake = self._counted
        if intake is None:
            return before
        return PacketCounts(*(old + new for old, new in zip(before, intake.counts(), strict=True)))

    def _intake(self, pusher: Pusher, tally: Tally) -> PacketIntake:
        arguments = self._arguments
        intake = PacketIntake(
            pusher,
            tally,
            Dissector(
                self._ports,
                tally.skipped,
                checksums=arguments.checksums,
                tunnels=not arguments.no_tunnels,
            ),
            Pairing(
                self._ports,
                resolvers=arguments.resolver or (),
                everything=arguments.any,
                forwarders=arguments.forwarders,
                responses_only=arguments.responses_only,
                keep_resolver_address=arguments.keep_resolver_address,
            ),
        )
        self._counted = self._so_far(), intake
        return intake


def _send_file(
    name: str, intake: PacketIntake, stop: Stop, pusher: Pusher, tally: Tally, pace: Pace | None
) -> bool:
    try:
        with open_file(name, stop, pusher) as source:
            _read_file(source, intake, tally, pace)
    except ProducerError as error:
        _log.error("%s", error)
        return False
    return True


def _read_file(source: InputFile, intake: PacketIntake, tally: Tally, pace: Pace | None) -> None:
    """One capture file to its end; raises ProducerError at the first thing that is wrong with it."""
    intake.hold = source.holder(pace)
    reader, unfolding = Reader(), Unfolding()

    def take(pieces: Iterator[bytes]) -> bool:
        """Whether there may be more."""
        for piece in pieces:
            intake.take(reader.receive_data(piece))
            if reader.error is not None:
                return False
        return True

    try:
        for chunk in source.chunks():
            if not take(unfolding.receive_data(chunk)):
                break
            source.show(tally.frames)
        else:
            if take(unfolding.receive_eof()):
                reader.receive_eof()
    except UnfoldingError as error:
        raise ProducerError(f"{source.name}: {error}") from None
    if reader.error is not None:
        raise ProducerError(f"{source.name}: {reader.error}")


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port <= 0xFFFF:
        raise argparse.ArgumentTypeError(f"{text} is no port, 1 to 65535")
    return port


def _network(text: str) -> Network:
    return network(text, strict=False)
