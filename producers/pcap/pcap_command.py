"""`nxcast-produce pcap`: from capture files, standard input or an interface to the broker."""

from __future__ import annotations

import argparse
import logging
import select
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from nxcast.process.stop import Stop
from nxcast.producers.failure import ProducerError
from nxcast.producers.files import InputFile, Pace, check_file, check_names, open_file, replay
from nxcast.producers.options import Subparsers, add_replay_options
from nxcast.producers.pcap.capture_files import Captured, Reader
from nxcast.producers.pcap.links import LinkTypeError
from nxcast.producers.pcap.live import Capture, Drops
from nxcast.producers.pcap.packets import Dissector, Message
from nxcast.producers.pcap.pairing import Network, Pairing
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally, figures
from nxcast.schemas.codes import DNS_PORT
from nxcast.schemas.ip_addresses import network

__all__ = ["PcapSource", "add_pcap"]

REPORT_S = 60.0  # between the lines that a live source logs
# Until the kernel's drops are looked at again, and the pause of a system whose descriptor does not tell.
GLANCE_S = 1.0
NO_DROPS = Drops(0, 0)

_DESCRIPTION = """\
Send the responses that are found in captured packets to the broker: DNS over UDP and TCP, IPv4 and IPv6, with
fragments and TCP streams put together.

FILE is one of
  FILE   a capture file, pcap or pcapng; waits for the broker. Several are read as one capture, in this order
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
    parser.add_argument("--interface", metavar="NAME", help="capture live from an interface, such as eth0")
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
    add_replay_options(parser)
    parser.set_defaults(make=PcapSource)


class PcapSource:
    """What the arguments name, checked as far as it can be beforehand; raises ProducerError."""

    writes = False

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._files: list[str] = arguments.files
        self._interface: str | None = arguments.interface
        self._rate: float | None = arguments.rate
        self._loop: bool = arguments.loop
        self._ports: Sequence[int] = arguments.port or [DNS_PORT]
        # Of the intakes before, and the one at work; one pair, so that another thread sees both or neither.
        self._counted: tuple[_Counts, _Intake | None] = _Counts(), None
        self._listener: _Listener | None = None
        self.live = self._interface is not None
        if self.live == bool(self._files):
            raise ProducerError("name capture files, or - for standard input, or one --interface")
        if self.live and (self._loop or self._rate is not None):
            raise ProducerError("--rate and --loop are for files: leave them out")
        if arguments.filter is not None and not self.live:
            raise ProducerError("--filter is for --interface: filter a file with tcpdump -r FILE -w - BPF")
        check_names(self._files, loop=self._loop)
        for name in self._files:
            check_file(name)

    def counts(self) -> dict[str, int]:
        """Packets and queries since the start, and what the interface lost as of the last look at that."""
        drops = NO_DROPS if self._listener is None else self._listener.drops
        return {**self._so_far()._asdict(), **_extra(drops)}

    def run(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        """Send all there is; false if some of it could not be read, which has been logged."""
        if self._interface is not None:
            return self._capture(self._interface, pusher, stop, tally, connect_timeout_s)
        pusher.wait_connected(connect_timeout_s)
        pace = None if self._rate is None else Pace(self._rate)

        def read_all() -> bool:
            intake = self._intake(pusher, tally)  # a new one each time: no response is its own duplicate
            try:
                good = [_send_file(name, intake, stop, pusher, tally, pace) for name in self._files]
                return all(good)
            finally:
                intake.finish()

        return replay(read_all, stop, tally, loop=self._loop)

    def _capture(
        self, interface: str, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float
    ) -> bool:
        with Capture(interface, self._ports, self._arguments.filter) as capture:
            _log.info("listening on %s", interface, extra={"interface": interface})
            pusher.wait_connected(connect_timeout_s)
            intake = self._intake(pusher, tally)
            self._listener = _Listener(capture, intake, pusher, tally)
            try:
                self._listener.serve(stop)
            finally:
                intake.finish()
        return True

    def _so_far(self) -> _Counts:
        before, intake = self._counted
        if intake is None:
            return before
        return _Counts(*(old + new for old, new in zip(before, intake.counts(), strict=True)))

    def _intake(self, pusher: Pusher, tally: Tally) -> _Intake:
        arguments = self._arguments
        intake = _Intake(
            pusher,
            tally,
            Dissector(self._ports, tally.skipped, checksums=arguments.checksums),
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


class _Counts(NamedTuple):
    """What intakes count, by the names of `metrics.SOURCE_COUNTS`."""

    packets: int = 0
    queries: int = 0
    queries_unanswered: int = 0
    responses_unpaired: int = 0


class _Intake:
    """Packets in, frames to the pusher, the rest to the tally. `hold` waits until a frame may go."""

    def __init__(self, pusher: Pusher, tally: Tally, dissector: Dissector, pairing: Pairing) -> None:
        self.hold: Callable[[], None] | None = None
        self._push = pusher.push
        self._tally = tally
        self._dissector = dissector
        self._pairing = pairing

    def counts(self) -> _Counts:
        """So far."""
        pairing = self._pairing
        return _Counts(self._dissector.packets, pairing.queries, pairing.unanswered, pairing.unsolicited)

    def take(self, packets: Sequence[Captured]) -> None:
        dissect = self._dissector.take
        for packet in packets:
            self._send(dissect(packet))

    def _send(self, messages: Sequence[Message]) -> None:
        tally, pair, hold = self._tally, self._pairing.take, self.hold
        for message in messages:
            frame = pair(message)
            if isinstance(frame, str):
                tally.skipped[frame] += 1
                continue
            if hold is not None:
                hold()
            tally.frames += 1
            self._push(frame)

    def finish(self) -> None:
        """Send what waits, count what is incomplete, and tell what the summary does not."""
        dissector, pairing = self._dissector, self._pairing
        self._send(dissector.finish())
        pairing.finish()
        _log.info(
            "%s packets, %s queries, %s of them without a response",
            f"{dissector.packets:,}",
            f"{pairing.queries:,}",
            f"{pairing.unanswered:,}",
            extra=self.counts()._asdict(),
        )
        if octets := dissector.octets_skipped:
            _log.info("TCP streams: %s octets passed over", f"{octets:,}", extra={"octets_skipped": octets})
        if dissector.checksums:
            counts = ", ".join(
                f"{checksum.name.lower()} {count:,}"
                for checksum, count in sorted(dissector.checksums.items())
            )
            extra = {f"checksums_{checksum.name.lower()}": n for checksum, n in dissector.checksums.items()}
            _log.info("UDP checksums: %s", counts, extra=extra)
        if pairing.one_sided:
            _log.warning(
                "no queries in there, so a broker drops these responses as unsolicited; "
                "if only one direction was captured, say so with --responses-only"
            )


class _Listener:
    """Reads an interface until a stop, and reports."""

    def __init__(self, capture: Capture, intake: _Intake, pusher: Pusher, tally: Tally) -> None:
        self._capture = capture
        self._intake = intake
        self._pusher = pusher
        self._tally = tally
        self.drops = NO_DROPS  # as far as is known

    def serve(self, stop: Stop) -> None:
        """Take what comes; what waits when the stop comes still goes on."""
        poll = select.poll()
        poll.register(self._capture, select.POLLIN)
        poll.register(stop, select.POLLIN)
        glance = time.monotonic() + GLANCE_S
        report = time.monotonic() + REPORT_S
        while not stop.requested:
            poll.poll(int(min(self._pusher.due_in(), GLANCE_S) * 1000) + 1)
            self._intake.take(self._capture.read())
            self._pusher.flush_due()
            now = time.monotonic()
            if now >= glance:
                glance = now + GLANCE_S
                self._look_at_losses()
            if now >= report:
                report = now + REPORT_S
                self._report()
        self._intake.take(self._capture.read())
        self._look_at_losses()
        if lost := sum(self.drops):
            _log.warning(
                "%s packets were lost before they could be read", f"{lost:,}", extra=_extra(self.drops)
            )

    def _look_at_losses(self) -> None:
        """Take in what was lost, and tell the first time; later the report does."""
        drops = self._capture.drops()
        if any(drops) and not any(self.drops):
            _log.warning(
                "packets are being lost before they can be read: %d in the kernel, %d by the network card",
                drops.kernel,
                drops.interface,
                extra=_extra(drops),
            )
        self.drops = drops

    def _report(self) -> None:
        _log.info(
            "read %s, sent %s, dropped %s, packets lost before they could be read %s",
            f"{self._tally.read:,}",
            f"{self._pusher.sent:,}",
            f"{self._pusher.dropped:,}",
            f"{sum(self.drops):,}",
            extra={**figures(self._tally, self._pusher), **_extra(self.drops)},
        )


def _extra(drops: Drops) -> dict[str, int]:
    """For a log line that a machine reads."""
    return {"packets_lost_kernel": drops.kernel, "packets_lost_interface": drops.interface}


def _send_file(
    name: str, intake: _Intake, stop: Stop, pusher: Pusher, tally: Tally, pace: Pace | None
) -> bool:
    try:
        with open_file(name, stop, pusher) as source:
            _read_file(source, intake, tally, pace)
    except ProducerError as error:
        _log.error("%s", error)
        return False
    return True


def _read_file(source: InputFile, intake: _Intake, tally: Tally, pace: Pace | None) -> None:
    """One capture file to its end; raises ProducerError at the first thing that is wrong with it."""
    intake.hold = source.holder(pace)
    reader = Reader()
    try:
        for chunk in source.chunks():
            intake.take(reader.receive_data(chunk))
            source.show(tally.frames)
            if reader.error is not None:
                break
        else:
            reader.receive_eof()
    except LinkTypeError as error:
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
