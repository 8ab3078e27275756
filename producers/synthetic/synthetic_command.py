"""`nxcast-produce synthetic`: an invented stream of responses to the broker, or into a file."""

from __future__ import annotations

import argparse
import logging
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from nxcast.process.ending import MisuseError
from nxcast.process.progress import Bar
from nxcast.process.stop import Stop, Stopped
from nxcast.producers.linger import BATCH_FRAMES
from nxcast.producers.options import Subparsers
from nxcast.producers.pusher import Pusher
from nxcast.producers.synthetic.habits import HABITS
from nxcast.producers.synthetic.stream import CHUNK, MIXES, RATE, START_NS, Stream, frames
from nxcast.producers.synthetic.writing import check_output, write_frames
from nxcast.producers.tally import Tally
from nxcast.schemas.frames import Frame
from nxcast.schemas.question_frame import QuestionFrame
from nxcast.schemas.units import SECOND_NS

__all__ = ["SyntheticSource", "add_synthetic"]

_DESCRIPTION = """\
Send invented DNS responses to the broker, or write them to a file. The names are made up, the addresses are
those for documentation, and nothing is ever asked of a server.

The stream is the same octet for octet for the same --mix, --seed, --rate, --causes, --without, --resolver,
--questions and date; its times are those of the push, or with --start or --write those of a clock that starts
at --start. It waits for the broker, and nothing of it is dropped."""

_EXAMPLES = """\
examples:
  nxcast-produce synthetic
      1,000 responses a second, as a resolver gets them, until Ctrl-C
  nxcast-produce synthetic --rate 0 --count 10000000 --mix sie
      ten million errors as fast as the broker takes them
  nxcast-produce synthetic --count 100000 --without dga --write without-dga.pcap
  nxcast-produce synthetic --rate 1 --count 259200 --write three-days.dnstap
  nxcast-produce synthetic --resolver unbound --questions client --count 100000 --write unbound.dnstap
      as a resolver at its defaults asks, with what its clients were denied"""

PIECE_S = 0.01  # how much of a paced stream goes at once
OF_RESOLVER, OF_CLIENT = "resolver", "client"  # whose questions
LOG_S = 60.0  # between two lines about how far it is
_FIRST_START = datetime(1971, 1, 1, tzinfo=UTC)  # so that no time, of the queries before it too, is under 0
_LAST_START = datetime(2100, 1, 1, tzinfo=UTC)  # pcap's times end in 2106
_log = logging.getLogger(__name__)


def add_synthetic(subparsers: Subparsers, common: argparse.ArgumentParser) -> None:
    """Add the subcommand; its arguments get `make`, from themselves to a source."""
    parser = subparsers.add_parser(
        "synthetic",
        parents=[common],
        help="an invented stream, for tests and to try things out",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rate",
        type=_rate,
        default=RATE,
        metavar="N",
        help="responses a second; 0: as fast as the broker takes them, by a clock of "
        f"{RATE:g} a second (default: %(default)g)",
    )
    parser.add_argument(
        "--count", type=_count, default=0, metavar="N", help="responses in all; 0: until Ctrl-C (default: 0)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another one, another stream")
    parser.add_argument(
        "--mix",
        choices=tuple(MIXES),
        default="realistic",
        help="realistic: what a resolver gets, 75 %% NOERROR; sie: errors only, in the shares measured on "
        "SIE's channel 220 (default: realistic)",
    )
    parser.add_argument("--causes", type=_names, metavar="LIST", help="only these causes: dga,beacon,lame")
    parser.add_argument("--without", type=_names, default=(), metavar="LIST", help="not these causes")
    parser.add_argument(
        "--resolver",
        choices=tuple(HABITS),
        default="none",
        help="with this one's minimisation steps, retries and own look-ups around each question, and the "
        "shares of --mix those of questions (default: none, the questions alone)",
    )
    parser.add_argument(
        "--questions",
        choices=(OF_RESOLVER, OF_CLIENT),
        default=OF_RESOLVER,
        help="client: also what clients of --resolver were denied; in a file.dnstap as CLIENT_RESPONSE "
        "(default: %(default)s)",
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write FILE.pcap or FILE.dnstap instead")
    parser.add_argument(
        "--start",
        type=_start,
        metavar="TIME",
        help="when the stream starts, UTC: 2026-01-31 or 2026-01-31T12:30:00 (default: now; with --write "
        f"{datetime.fromtimestamp(START_NS / SECOND_NS, UTC):%Y-%m-%d})",
    )
    parser.set_defaults(make=SyntheticSource)


class SyntheticSource:
    """The stream that the arguments describe; raises ProducerError where there is none."""

    live = False

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._rate: float = arguments.rate
        self._count: int = arguments.count
        self._path: Path | None = arguments.write
        self.writes = self._path is not None
        self._by_clock = arguments.start is not None or self._path is not None
        questions = arguments.questions == OF_CLIENT
        if questions and arguments.resolver == "none":
            raise MisuseError(
                "without habits clients ask what the resolver asks: add --resolver to --questions client"
            )
        if self._path is not None:
            check_output(self._path)
            if questions and self._path.suffix.lower() == ".pcap":
                raise MisuseError(f"{self._path}: clients' questions go into a file.dnstap only")
            if not self._count:
                raise MisuseError("a file needs an end: give --count with --write")
        start_ns = arguments.start or (START_NS if self._by_clock else time.time_ns())
        try:
            self._stream = Stream(
                arguments.mix,
                arguments.seed,
                start_ns=start_ns,
                rate=self._rate or RATE,
                causes=arguments.causes,
                without=arguments.without,
                resolver=arguments.resolver,
                questions=questions,
            )
        except ValueError as error:
            raise MisuseError(str(error)) from None

    def counts(self) -> dict[str, int]:
        """None of its own."""
        return {}

    def run(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        """Push or write it all; always true."""
        if self._path is not None:
            self._write(self._path, stop)
        else:
            pusher.wait_connected(connect_timeout_s)
            self._push(pusher, stop, tally)
        return True

    def _push(self, pusher: Pusher, stop: Stop, tally: Tally) -> None:
        size = BATCH_FRAMES if not self._rate else max(1, min(int(self._rate * PIECE_S), BATCH_FRAMES))
        start, before_ns = time.monotonic(), time.time_ns()
        with _Progress("synthetic", self._count) as progress:
            while not stop.requested and (count := self._left(tally.frames, size)):
                if self._rate:
                    pusher.pause(start + (tally.frames + count - 1) / self._rate - time.monotonic())
                now_ns = time.time_ns()
                times = self._stream.times(count) if self._by_clock else _spread(before_ns, now_ns, count)
                before_ns = max(now_ns, before_ns)
                for frame in frames(self._stream.draw(count), times):
                    tally.frames += 1
                    pusher.push(frame)
                pusher.flush_due()
                progress.show(count)

    def _write(self, path: Path, stop: Stop) -> None:
        with _Progress(str(path), self._count) as progress:
            try:
                size = write_frames(path, self._frames(path, stop, progress))
            except Stopped:
                _log.warning("stopped: %s has not been written", path, extra={"path": str(path)})
                raise
        extra = {"path": str(path), "responses": self._count, "octets": size}
        _log.info("wrote %s: responses %s, octets %s", path, f"{self._count:,}", f"{size:,}", extra=extra)

    def _frames(self, path: Path, stop: Stop, progress: _Progress) -> Iterator[Frame | QuestionFrame]:
        _log.info("writing %s", path, extra={"path": str(path)})
        done = 0
        while count := self._left(done, CHUNK):
            if stop.requested:
                raise Stopped
            times = self._stream.times(count)
            yield from frames(self._stream.draw(count), times)
            progress.show(count)
            done += count

    def _left(self, done: int, size: int) -> int:
        """How many to make next, at most `size`; 0 at the end."""
        return min(size, self._count - done) if self._count else size


class _Progress:
    """A bar on a terminal where the end is known, else a line in the log once a minute."""

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._done = 0
        self._start = time.monotonic()
        self._next = self._start + LOG_S
        self._bar = Bar(name, count, "responses") if count else None

    def show(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
        now = time.monotonic()
        if (self._bar is None or not self._bar.shown) and now >= self._next:
            self._next = now + LOG_S
            rate = self._done / (now - self._start)
            _log.info(
                "%s: %s responses so far, %s a second",
                self._name,
                f"{self._done:,}",
                f"{rate:,.0f}",
                extra={"responses": self._done, "per_second": round(rate)},
            )

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _spread(after_ns: int, until_ns: int, count: int) -> list[int]:
    """Times evenly from just after one to the other; all the same if the clock has been set back."""
    span = max(until_ns - after_ns, 0)
    return [after_ns + span * number // count for number in range(1, count + 1)]


def _rate(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of responses a second")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is no number of responses")
    return number


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _start(text: str) -> int:
    """Nanoseconds since the epoch."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time such as 2026-01-31 or 2026-01-31T12:30:00"
        ) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if not _FIRST_START <= moment < _LAST_START:
        raise argparse.ArgumentTypeError(f"{text} is not from 1971 to 2099")
    return int(moment.timestamp()) * SECOND_NS
