"""What the subcommands of nxcast-consume share: options, the way to the broker, lines on stderr.

Records go to stdout and everything said about them to stderr, as log lines, so that a pipe carries records
only. What a user can put right is a `CommandError`, shown as one line.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, TextIO

from nxcast.consumers.client.event_log import EventLog
from nxcast.consumers.client.events import Back, Connected, Event, Losses, Refused, Silent
from nxcast.consumers.client.position import Position
from nxcast.consumers.client.subscriber import DEFAULT_BROKER, Subscriber
from nxcast.consumers.client.subscription import checked_topic
from nxcast.consumers.names.customer_keys import KEY_FIRST_ZONES, KEYED_ZONES, PLACEHOLDER
from nxcast.process.arguments import argument
from nxcast.process.client_settings import CLIENT_FILE, client_settings
from nxcast.process.ending import ProgramError
from nxcast.schemas.records import Status
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.logs import LOG_FORMAT_VARIABLE, LOG_FORMATS
from nxcast.telemetry.printable import printable
from nxcast.transport.endpoints import connectable, reachable

__all__ = [
    "ABSENT_S",
    "PROGRAM",
    "CommandError",
    "Reporter",
    "account",
    "add_broker",
    "add_format",
    "add_log_format",
    "add_replay",
    "add_replay_endpoint",
    "add_show_keys",
    "await_broker",
    "coloured",
    "connect",
    "duration",
    "moment",
    "plural",
    "positive",
    "say",
    "say_absent",
    "seconds",
    "topic_argument",
]

PROGRAM = "nxcast-consume"
BROKER_VARIABLE = "NXCAST_EGRESS"
REPLAY_VARIABLE = "NXCAST_REPLAY"
KEY_VARIABLE = "NXCAST_KEY"
CONNECT_S = 10.0  # seconds; a broker answers a subscription within 0.02 s and sends a status each second
ABSENT_S = 2.0  # seconds without a first status, after which that is said

_log = logging.getLogger("nxcast.consumers")


class CommandError(ProgramError):
    """What the user of a command can put right."""


class Reporter:
    """Tells events on stderr as they happen."""

    def __init__(self) -> None:
        self._connected = False
        self._log = EventLog()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Connected):  # commands tell it themselves, with the address
            self._connected = True
        elif self._connected or not _of_being_there(event):  # before that, `await_broker` tells
            self._log(event)


def _of_being_there(event: Event) -> bool:
    """Whether it tells that nothing comes for now, or something again."""
    return isinstance(event, Silent | Back) or (isinstance(event, Refused) and not event.partly)


def say(line: str, *, level: int = logging.INFO, **extra: object) -> None:
    """One line on stderr, with what stands in it as values for a line of JSON."""
    _log.log(level, "%s", printable(line), extra=extra, stacklevel=2)  # whose place in the code counts


def coloured(stream: TextIO) -> bool:
    """Whether colours are wanted: on a terminal that has them, unless NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def connect(
    topics: Sequence[str],
    args: argparse.Namespace,
    *,
    validate: bool = True,
    autocommit: bool = True,
    position: Position | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Subscriber:
    """A subscriber as `add_broker` and `add_replay` were told, its topics checked.

    It tells events on stderr, or to `on_event`.

    Raises CommandError for a wrong address, key or cursor file.
    """
    try:
        return Subscriber(
            *topics,
            broker=args.broker,
            validate=validate,
            on_event=on_event or Reporter(),
            replay=getattr(args, "replay", None),
            since=getattr(args, "since", None),
            cursor=getattr(args, "cursor", None),
            position=position,
            autocommit=autocommit,
            key=args.key,
        )
    except (ValueError, OSError) as error:
        raise CommandError(str(error)) from error


def await_broker(subscriber: Subscriber) -> Status:
    """The broker's first status; CommandError if none comes or the broker refuses.

    That nobody is there, and what to do, is said once and while it is waited for.
    """
    try:
        try:
            return subscriber.wait_connected(ABSENT_S)
        except TimeoutError:
            say_absent(subscriber)
        return subscriber.wait_connected(CONNECT_S - ABSENT_S)
    except TimeoutError as error:
        raise CommandError(f"no broker answered in {CONNECT_S:g} s") from error
    except PermissionError as error:
        raise CommandError(str(error)) from error


def say_absent(subscriber: Subscriber[Any]) -> None:
    """To who started a command at a wrong address, while they look."""
    say(f"{_nobody_at(subscriber)}; it is waited for", level=logging.WARNING)


def _nobody_at(subscriber: Subscriber[Any]) -> str:
    """That no broker answers where one should, and what to do."""
    unknown = f"{subscriber.unknown}; " if subscriber.unknown else ""
    return (
        f"no broker answers at {subscriber.broker}: {unknown}"
        "start nxcast-broker, or name another with --broker"
    )


def add_broker(parser: argparse.ArgumentParser) -> None:
    """The options --broker, --key and --log-format."""
    settings = client_settings(parser.error)
    parser.add_argument(
        "--broker",
        type=argument(reachable),
        metavar="ENDPOINT",
        default=settings.get("egress", DEFAULT_BROKER),
        help=f"where the broker publishes (default: ${BROKER_VARIABLE}, else egress in {CLIENT_FILE}, "
        f"else {DEFAULT_BROKER}), also nats://HOST:4222 for a stream; "
        "for an address that stands for all of this machine's (*, 0.0.0.0, [::]) its loopback address",
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        default=settings.get("key"),
        help="the file that nxcast-broker keys add made for this client "
        f"(default: ${KEY_VARIABLE}, else key in {CLIENT_FILE}, else none)",
    )
    add_log_format(parser)


def add_log_format(parser: argparse.ArgumentParser) -> None:
    """The option --log-format."""
    parser.add_argument(
        "--log-format",
        choices=LOG_FORMATS,
        help="how to write what is said on stderr: text, JSON lines, or auto, which is text on a terminal "
        f"and JSON elsewhere (default: ${LOG_FORMAT_VARIABLE}, else auto)",
    )


def add_replay(parser: argparse.ArgumentParser) -> None:
    """The options --since, --cursor and --replay."""
    parser.add_argument(
        "--since",
        type=moment,
        metavar="AGO|TIME",
        help="begin with what the broker published so long ago (30s, 5m, 2h, 1d) or since a time "
        "(2026-11-23T15:00:00Z), as far as it keeps it (default: with what comes now)",
    )
    parser.add_argument(
        "--cursor",
        metavar="FILE",
        help="keep in this file how far this command has come, and go on from there if it is there; then "
        "--since counts for the first run only",
    )
    add_replay_endpoint(parser)


def add_replay_endpoint(parser: argparse.ArgumentParser) -> None:
    """The option --replay."""
    parser.add_argument(
        "--replay",
        type=argument(_replay),
        metavar="ENDPOINT",
        default=client_settings(parser.error).get("replay"),
        help=f"where the broker gives again what was missed, or off (default: ${REPLAY_VARIABLE}, else where "
        "its status says)",
    )


def add_format(
    parser: argparse.ArgumentParser,
    choices: Sequence[str] = ("text", "json"),
    summary: str = "text for people, or one JSON object a line (default: text)",
) -> None:
    """The option --format."""
    parser.add_argument("--format", choices=choices, default="text", help=summary)


def add_show_keys(parser: argparse.ArgumentParser) -> None:
    """The option --show-keys."""
    zones = ", ".join((*KEYED_ZONES, *KEY_FIRST_ZONES))
    parser.add_argument(
        "--show-keys",
        action="store_true",
        help=f"show the keys that blocklist customers put into names below {zones} "
        f"(default: {PLACEHOLDER} in names, x for each of its characters in DNS messages)",
    )


def account(losses: Losses, repaired: int) -> str:
    """'2 messages lost', and how many were missing for a while."""
    return f"{losses} lost" + (f", {repaired} repaired" if repaired else "")


def duration(nanoseconds: int) -> str:
    """Roughly how long: 12 s, 40 min, 3 h, 5 days."""
    seconds = nanoseconds // SECOND_NS
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:,} {unit}"
    return f"{seconds} s"


def plural(number: int, noun: str) -> str:
    """'1 record', '2 records'."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def topic_argument(text: str) -> str:
    """An argument that is a topic, with or without its last '/'."""
    try:
        return checked_topic(text.removesuffix("/") + "/")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def positive(text: str) -> int:
    """An argument that is a whole number from 1."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def seconds(text: str) -> float:
    """An argument in seconds, more than 0."""
    number = float(text)
    if not (math.isfinite(number) and number > 0):
        raise ValueError
    return number


def moment(text: str) -> float | datetime:
    """An argument that is a time ago, as seconds, or a time with its zone."""
    if text[-1:] in _UNITS and text[:-1].isascii() and text[:-1].isdigit():
        return int(text[:-1]) * _UNITS[text[-1]]
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} needs its zone, as in 2026-11-23T15:00:00Z")
    return time


def _replay(text: str) -> str | Literal[False]:
    return False if text == "off" else connectable(text)


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

moment.__name__ = "time or time ago (30s, 5m, 2h, 1d or 2026-11-23T15:00:00Z)"
positive.__name__ = "whole number from 1"  # argparse shows these names: invalid ... value: '0'
seconds.__name__ = "number of seconds"
