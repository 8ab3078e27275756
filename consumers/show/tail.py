"""nxcast-consume tail: show records as they come, as lines, text, JSON or CSV."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from logging import WARNING
from time import monotonic
from typing import Any

from nxcast.consumers.client.events import Batch
from nxcast.consumers.client.subscriber import Subscriber
from nxcast.consumers.show.columns import table_of
from nxcast.consumers.show.console import (
    CommandError,
    account,
    add_broker,
    add_replay,
    add_show_keys,
    await_broker,
    coloured,
    connect,
    plural,
    positive,
    say,
    seconds,
    topic_argument,
)
from nxcast.consumers.show.csv_lines import csv_header, record_csv
from nxcast.consumers.show.json_lines import record_json
from nxcast.consumers.show.line import record_line
from nxcast.consumers.show.pulse import Notices, Pulse
from nxcast.consumers.show.redact import redacted
from nxcast.consumers.show.vitals import Vitals, add_metrics, measured
from nxcast.consumers.show.where import Where, add_where
from nxcast.process.standard_streams import show
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN, channel_of

__all__ = ["add_parser", "run"]

LOOK_S = 0.5  # seconds of waiting between two looks at what the broker gets: it tells that each second


def _line(batch: Batch[Any], record: Any) -> str:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"{record_line(batch.topic, record, today, colour=coloured(sys.stdout))}\n"


def _full(batch: Batch[Any], record: Any) -> str:
    from nxcast.consumers.show.text import record_text  # it takes a fifth of a start

    return f"{record_text(batch.topic, record)}\n"


_LINES: dict[str, Callable[[Batch[Any], Any], str]] = {
    "line": _line,
    "full": _full,
    "text": _full,
    "json": lambda batch, record: f"{record_json(record, batch)}\n",
    "csv": lambda batch, record: record_csv(channel_of(batch.topic) or "", record),
}
"""By format, the lines of a record of a batch, with their ends."""

_EXAMPLES = """\
examples:
  nxcast-consume tail                          both channels, a line each, until Ctrl-C
  nxcast-consume tail --format full            all fields, and the DNS messages decoded
  nxcast-consume tail nxdomain/MX/ --count 10  ten mail look-ups of names that do not exist
  nxcast-consume tail dns-errors/SERVFAIL/ dns-errors/REFUSED/ --format json | jq .qname
  nxcast-consume tail malformed/ --timeout 60  what producers sent wrong, until a quiet minute
  nxcast-consume tail --where qname=example.com --where qtype=MX,TXT --where response=192.0.2.0/24
  nxcast-consume tail nxdomain/ --format csv --count 1000 > nxdomain.csv
  nxcast-consume tail --since 5m               what the broker published in the last five minutes, and on
  nxcast-consume tail --cursor here.json --format json >> all.json   each time, on from where it ended

Topics are channels (dns-errors/, nxdomain/, answers/, malformed/, servers/, status/) or one topic of them,
such as nxdomain/MX/; the last '/' may be left out. 'nxcast-consume channels' lists those in use.
Lines are in UTC, and coloured on a terminal unless NO_COLOR is set or TERM is dumb.
CSV has one channel's columns, a first line that names them, and a ' before each cell that begins with
= + - @ or ', lest a spreadsheet run it; split at commas only.
What was missed is fetched from the broker's store and shown in its place, as far as the store has it.
After --count or a kill, --cursor shows the messages that were not shown to their end once more.
Records go to stdout; connection, losses, repairs, restarts and a last summary line to stderr.

exit status: 0 when ended by --count, Ctrl-C, a closed pipe, or --timeout after at least one record;
1 when --timeout passed without any, no broker answers, or stdout can't be written to; 2 for wrong arguments.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = commands.add_parser(
        "tail",
        help="show records as they come",
        description="Show the records of channels as they come.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "topics",
        nargs="*",
        type=topic_argument,
        metavar="TOPIC",
        help=f"channel or topic (default: {NXDOMAIN} {DNS_ERRORS})",
    )
    parser.add_argument(
        "--format",
        choices=tuple(_LINES),
        default="line",
        help="line: one line a record; full: a line a field with DNS messages decoded, records parted by an "
        "empty line (text is the same); json: one object a line; csv (default: line)",
    )
    add_where(parser)
    parser.add_argument("--count", type=positive, metavar="N", help="stop after N records (default: never)")
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="stop when no message came for so many seconds (default: never)",
    )
    parser.add_argument(
        "--validate",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="check each record against its schema (default: yes); without it the broker is trusted",
    )
    add_show_keys(parser)
    add_broker(parser)
    add_replay(parser)
    add_metrics(parser)
    parser.set_defaults(run=run, fail=parser.error)


def run(args: argparse.Namespace) -> int:
    """Show records until told to stop; the exit status."""
    topics = args.topics or [NXDOMAIN, DNS_ERRORS]
    where = Where(args.where)
    objection = where.objection(topics) or (_no_table(topics) if args.format == "csv" else None)
    if objection:
        args.fail(objection)
    with (
        connect(topics, args, validate=args.validate) as subscriber,
        measured(args, subscriber) as vitals,
    ):
        await_broker(subscriber)
        say(
            f"connected to {subscriber.broker}, subscribed to {', '.join(subscriber.topics)}",
            broker=subscriber.broker,
            topics=subscriber.topics,
        )
        if args.format == "csv":
            show(csv_header(table_of(topics)))
        printer = _Printer(args.format, args.count, where, show_keys=args.show_keys)
        try:
            _show(subscriber, printer, vitals, args.timeout)
        except KeyboardInterrupt:
            _summarise(subscriber, printer)
            return 0
        if not printer.shown:
            raise CommandError(_nothing(subscriber, printer, args.timeout))
        _summarise(subscriber, printer)
        return 0


class _Printer:
    """Writes records that are wanted to stdout, up to `count` of them."""

    def __init__(self, layout: str, count: int | None, where: Where, *, show_keys: bool) -> None:
        self._lines_of = _LINES[layout]
        self._parted = self._lines_of is _full  # by an empty line
        self._count = count
        self._show_keys = show_keys
        self.where = where
        self.shown = 0
        self.passed_over = 0

    @property
    def done(self) -> bool:
        return self._count is not None and self.shown >= self._count

    def write(self, batch: Batch) -> None:
        # One write a batch: a signal then finds records shown and counted alike.
        show("".join(self._lines(batch)))

    def _lines(self, batch: Batch) -> Iterator[str]:
        for record in batch.records:
            if self.done:
                return
            try:
                if not self.where(record):
                    self.passed_over += 1
                    continue
                lines = self._lines_of(batch, record if self._show_keys else redacted(record))
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                # Only without validation, which would have passed the message over.
                say(f"a record of {batch.topic} can't be shown: {error!r}", level=WARNING)
                continue
            self.shown += 1
            yield f"\n{lines}" if self._parted and self.shown > 1 else lines


def _show(subscriber: Subscriber, printer: _Printer, vitals: Vitals, timeout: float | None) -> None:
    pulse, notices = Pulse(), Notices(monotonic())
    until = math.inf if timeout is None else monotonic() + timeout
    while not printer.done:
        pulse.take(subscriber.status, unsettled=subscriber.counts.unsettled)
        vitals.turn(subscriber.status)
        now = monotonic()
        try:
            batch = subscriber.receive(max(min(until - now, LOOK_S), 0))
        except TimeoutError:
            now = monotonic()
            if now >= until:
                return
            if (waited := notices.due(now)) is not None:
                told = pulse.text_on(subscriber.topics)
                say(f"nothing on {', '.join(subscriber.topics)} for {waited:,.0f} s; {told}")
        else:
            vitals.took(batch.time_ns)
            printer.write(batch)
            now = monotonic()
            notices.came(now)
            until = math.inf if timeout is None else now + timeout


def _no_table(topics: Sequence[str]) -> str | None:
    """Why CSV can't have the records of these topics; None if it can."""
    try:
        table_of(topics)
    except ValueError as error:
        return f"--format csv: {error}; name topics of one channel, and run one tail for each"
    return None


def _nothing(subscriber: Subscriber, printer: _Printer, timeout: float) -> str:
    passed_over = f"{plural(printer.passed_over, 'record')} passed over by --where, then "
    came = f"nothing came on {', '.join(subscriber.topics)} for {timeout:g} s"
    return passed_over + came if printer.passed_over else came


def _summarise(subscriber: Subscriber, printer: _Printer) -> None:
    counts = subscriber.counts
    parts = [
        plural(counts.messages, "message"),
        plural(printer.shown, "record"),
        *([f"{plural(printer.passed_over, 'record')} passed over by --where"] if printer.where else []),
        account(counts.losses, counts.repaired),
        plural(counts.restarts, "restart"),
    ]
    if counts.replayed:
        parts.append(f"{plural(counts.replayed, 'message')} replayed")
    if counts.invalid:
        parts.append(plural(counts.invalid, "invalid message"))
    if counts.canaries:
        parts.append(f"{plural(counts.canaries, 'canary record')} left out")
    say(", ".join(parts), **{**asdict(counts), "lost": counts.lost, "records": printer.shown})
