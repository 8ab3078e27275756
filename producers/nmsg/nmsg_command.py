"""`nxcast-produce nmsg`: from files, standard input or a ZeroMQ socket to the broker."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable

from nxcast.process.ending import MisuseError
from nxcast.process.stop import Stop
from nxcast.producers.failure import ProducerError
from nxcast.producers.files import InputFile, Pace, check_file, check_names, open_file, replay
from nxcast.producers.nmsg.nmsg_files import Reader
from nxcast.producers.options import Subparsers, add_replay_options
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally, figures, summary
from nxcast.schemas.nmsg.container import MAGIC, Fragment, NmsgError, decode_container
from nxcast.schemas.nmsg.endpoint import parse_endpoint
from nxcast.schemas.nmsg.numbering import Streams
from nxcast.schemas.nmsg.payloads import read_container
from nxcast.schemas.nmsg.reassembly import Reassembly
from nxcast.transport.zeromq.nmsg_bridges import Receiver, ZmqInput

__all__ = ["NmsgSource", "add_nmsg", "parse_zmq"]

REPORT_S = 60.0  # seconds from one line of a live source to the next
FILE_NS = 0  # the clock of a file's fragments: they have no age, and are bounded in number and octets

_DESCRIPTION = """\
Send the responses in NMSG containers to the broker: payloads of base:dnsqr, base:dnsobs and base:dnstap,
plain or zlib, whole or in fragments. Other payloads are counted at the end.

SOURCE is a FILE, as nmsgtool -w writes it, or - for standard input. With --zmq containers are read from a
ZeroMQ socket instead, written as for nmsgtool -L: an endpoint, connect or accept, pubsub or pushpull. With
pushpull the sender waits where the broker is behind; pubsub can't wait, and what it loses is counted."""

_EXAMPLES = """\
examples:
  nxcast-produce nmsg capture.nmsg
      send a file as fast as the broker takes it; nothing is dropped
  nxcast-produce nmsg --zmq tcp://127.0.0.1:5554,accept,pushpull
      take what comes from  nmsgtool ... -S tcp://127.0.0.1:5554,connect,pushpull
  nxcast-produce nmsg --zmq tcp://sensor.example:5554,connect,pubsub
      subscribe to          nmsgtool ... -S tcp://*:5554,accept,pubsub"""

_log = logging.getLogger(__name__)


def add_nmsg(subparsers: Subparsers, common: argparse.ArgumentParser) -> None:
    """Add the subcommand; its arguments get `make`, from themselves to a source."""
    parser = subparsers.add_parser(
        "nmsg",
        parents=[common],
        help="NMSG containers from files, standard input or ZeroMQ, as nmsgtool sends them",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="FILE, or - for standard input")
    parser.add_argument("--zmq", metavar="ENDPOINT", help="tcp://HOST:PORT,connect|accept,pubsub|pushpull")
    add_replay_options(parser)
    parser.set_defaults(make=NmsgSource)


def parse_zmq(text: str) -> ZmqInput:
    """An endpoint as nmsgtool writes it, with its defaults accept and pubsub; raises ProducerError."""
    try:
        return ZmqInput(*parse_endpoint(text, accept=True))
    except ValueError as error:
        raise MisuseError(str(error)) from None


class NmsgSource:
    """What the arguments name, checked as far as it can be beforehand; raises ProducerError."""

    writes = False

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._files: list[str] = arguments.sources
        self._zmq = None if arguments.zmq is None else parse_zmq(arguments.zmq)
        self._rate: float | None = arguments.rate
        self._loop: bool = arguments.loop
        self._keep: bool = arguments.keep_resolver_address
        self._forwarders: bool = arguments.forwarders
        self._intake: _Intake | None = None  # of ZeroMQ
        # A sender that pushes can be made to wait, as a file can; a publisher can't.
        self.live = self._zmq is not None and self._zmq.subscribe
        if (self._zmq is None) == (not self._files):
            raise MisuseError("name files to read, or - for standard input, or a socket with --zmq")
        if self._zmq is not None and (self._loop or self._rate is not None):
            raise MisuseError("--rate and --loop are for files: leave them out")
        check_names(self._files, loop=self._loop)
        for name in self._files:
            check_file(name)

    def counts(self) -> dict[str, int]:
        """Containers lost before they came; files have no numbers to tell."""
        return {} if self._intake is None else {"containers_missing": self._intake.missing}

    def run(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        """Send all there is; false if some of it could not be read, which has been logged."""
        if self._zmq is not None:
            with Receiver(self._zmq, MAGIC, stop) as receiver:
                where = receiver.endpoint
                verb = "listening at" if self._zmq.accept else "reading from"
                _log.info("%s %s", verb, where, extra={"address": where})
                pusher.wait_connected(connect_timeout_s)
                self._receive(receiver, pusher, stop, tally)
            return True
        pusher.wait_connected(connect_timeout_s)
        pace = None if self._rate is None else Pace(self._rate)

        def read_all() -> bool:
            good = [self._read(name, pusher, stop, tally, pace) for name in self._files]
            return all(good)

        return replay(read_all, stop, tally, loop=self._loop)

    def _receive(self, receiver: Receiver, pusher: Pusher, stop: Stop, tally: Tally) -> None:
        intake = self._intake = _Intake(pusher, tally, keep=self._keep, forwarders=self._forwarders)
        report_at = time.monotonic() + REPORT_S
        while not stop.requested:
            for parts in receiver.receive(pusher.due_in()):
                intake.take(parts[0] if len(parts) == 1 else b"", time.time_ns())
                pusher.flush_due()  # after each of them, as 64 of 8 MiB can be long
            intake.expire(time.time_ns())
            pusher.flush_due()
            if time.monotonic() >= report_at:
                report_at += REPORT_S
                _report(intake, pusher, tally)
        intake.expire(None)
        if intake.missing:
            extra = {"count": intake.missing}
            _log.warning("%d containers were lost before they came here", intake.missing, extra=extra)

    def _read(self, name: str, pusher: Pusher, stop: Stop, tally: Tally, pace: Pace | None) -> bool:
        try:
            with open_file(name, stop, pusher) as source:
                hold = source.holder(pace)
                intake = _Intake(pusher, tally, keep=self._keep, forwarders=self._forwarders, hold=hold)
                _read_file(source, intake, tally)
        except ProducerError as error:
            _log.error("%s", error)
            return False
        return True


class _Intake:
    """Containers in, frames to the pusher, the rest to the tally. `hold` waits until a frame may go.

    `missing` counts the containers that their numbers say were sent and did not come.
    """

    def __init__(
        self,
        pusher: Pusher,
        tally: Tally,
        *,
        keep: bool,
        forwarders: bool,
        hold: Callable[[], None] | None = None,
    ) -> None:
        self.missing = 0
        self._push = pusher.push
        self._tally = tally
        self._keep = keep
        self._forwarders = forwarders
        self._hold = hold
        self._reassembly = Reassembly()
        self._streams = Streams()

    def take(self, octets: bytes, now_ns: int) -> None:
        try:
            container = decode_container(octets)
            whole = self._reassembly.add(container, now_ns) if isinstance(container, Fragment) else container
        except NmsgError as error:
            self._tally.skip(error.reason)
            return
        if whole is None:
            return
        if whole.sequence_id is not None and whole.sequence is not None:
            self.missing += self._streams.place(whole.sequence_id, whole.sequence).missing
        reading = read_container(whole, keep_resolver_address=self._keep, forwarders=self._forwarders)
        self._tally.skipped.update(reading.skipped)
        for bad in reading.bad:
            self._tally.skip(bad.reason)
        for frame in reading.frames:
            if self._hold is not None:
                self._hold()
            self._tally.frames += 1
            self._push(frame)

    def expire(self, now_ns: int | None) -> None:
        """Count the fragments whose others did not come in time; None: those of all that wait."""
        self._reassembly.expire(now_ns)
        for lost in self._reassembly.lost:
            self._tally.skipped["container_fragments_lost"] += lost.fragments
        self._reassembly.lost.clear()


def _read_file(source: InputFile, intake: _Intake, tally: Tally) -> None:
    """One file to its end; raises ProducerError at the first thing that is wrong with its framing."""
    reader = Reader()
    for chunk in source.chunks():
        for container in reader.receive_data(chunk):
            intake.take(container, FILE_NS)
        source.show(tally.frames)
        if reader.error is not None:
            break
    else:
        reader.receive_eof()
    intake.expire(None)
    if reader.error is not None:
        raise ProducerError(f"{source.name}: {reader.error}")


def _report(intake: _Intake, pusher: Pusher, tally: Tally) -> None:
    missing = f", {intake.missing:,} containers lost before they came here" if intake.missing else ""
    extra = {**figures(tally, pusher), "containers_missing": intake.missing}
    _log.info("%s%s", summary(tally, pusher), missing, extra=extra)
