"""nxcast-consume tail: show records as they come."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from nxcast.consumers.command import (
    CommandError,
    add_broker,
    add_format,
    await_broker,
    connect,
    positive,
    say,
    seconds,
    show,
)
from nxcast.consumers.events import Batch
from nxcast.consumers.intake import checked_topic
from nxcast.consumers.json_lines import record_json
from nxcast.consumers.redact import KEYED_ZONES, PLACEHOLDER, redacted
from nxcast.consumers.subscriber import Subscriber
from nxcast.consumers.text import record_text
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN

__all__ = ["add_parser", "run"]

_EXAMPLES = """\
examples:
  nxcast-consume tail                          both channels, as text, until Ctrl-C
  nxcast-consume tail nxdomain/MX/ --count 10  ten mail look-ups of names that do not exist
  nxcast-consume tail dns-errors/SERVFAIL/ dns-errors/REFUSED/ --format json | jq .qname
  nxcast-consume tail malformed/ --timeout 60  what producers sent wrong, until a quiet minute

Topics are channels (dns-errors/, nxdomain/, malformed/, status/) or one topic of them, such as
nxdomain/MX/; the last '/' may be left out. 'nxcast-consume channels' lists those in use.
Records go to stdout; connection, losses, restarts and a last summary line to stderr.

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
        type=_topic,
        metavar="TOPIC",
        help=f"channel or topic (default: {NXDOMAIN} {DNS_ERRORS})",
    )
    add_format(parser)
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
    parser.add_argument(
        "--show-keys",
        action="store_true",
        help=f"show the keys that blocklist customers put into names below {' and '.join(KEYED_ZONES)} "
        f"(default: {PLACEHOLDER} in names, x for each of its characters in DNS messages)",
    )
    add_broker(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show records until told to stop; the exit status."""
    topics = args.topics or [NXDOMAIN, DNS_ERRORS]
    with connect(topics, args.broker, validate=args.validate) as subscriber:
        await_broker(subscriber)
        say(f"connected to {subscriber.broker}, subscribed to {', '.join(subscriber.topics)}")
        printer = _Printer(args.format, args.count, show_keys=args.show_keys)
        try:
            _show(subscriber, printer, args.timeout)
        except KeyboardInterrupt:
            say(_summary(subscriber, printer.shown))
            return 0
        if not printer.shown:
            raise CommandError(f"nothing came on {', '.join(subscriber.topics)} for {args.timeout:g} s")
        say(_summary(subscriber, printer.shown))
        return 0


class _Printer:
    """Writes records to stdout, up to `count` of them."""

    def __init__(self, layout: str, count: int | None, *, show_keys: bool) -> None:
        self._text = layout == "text"
        self._count = count
        self._show_keys = show_keys
        self.shown = 0

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
                shown = record if self._show_keys else redacted(record)
                line = record_text(batch.topic, shown) if self._text else record_json(shown)
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
                # Only without validation, which would have passed the message over.
                say(f"a record of {batch.topic} can't be shown: {error!r}")
                continue
            self.shown += 1
            yield f"\n{line}\n" if self._text and self.shown > 1 else f"{line}\n"


def _show(subscriber: Subscriber, printer: _Printer, timeout: float | None) -> None:
    while not printer.done:
        try:
            batch = subscriber.receive(timeout)
        except TimeoutError:
            return
        printer.write(batch)


def _summary(subscriber: Subscriber, shown: int) -> str:
    counts = subscriber.counts
    parts = [
        _plural(counts.messages, "message"),
        _plural(shown, "record"),
        f"{_plural(counts.lost, 'message')} lost",
        _plural(counts.restarts, "restart"),
    ]
    if counts.invalid:
        parts.append(_plural(counts.invalid, "invalid message"))
    return ", ".join(parts)


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _topic(text: str) -> str:
    """An argument that is a topic, with or without its last '/'."""
    try:
        return checked_topic(text.removesuffix("/") + "/")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
