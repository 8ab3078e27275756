"""What the subcommands of nxcast-consume share: options, the way to the broker, lines on stderr.

Records go to stdout and everything said about them to stderr, so that a pipe carries records only. What a
user can put right is a `CommandError`, shown as one line. Stdout that takes nothing ends a command, stderr
that takes nothing does not.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from nxcast.consumers.endpoint import connectable
from nxcast.consumers.events import Connected, Event, Silent
from nxcast.consumers.intake import checked_topic
from nxcast.consumers.printable import printable
from nxcast.consumers.redact import KEY_FIRST_ZONES, KEYED_ZONES, PLACEHOLDER
from nxcast.consumers.subscriber import DEFAULT_BROKER, Subscriber
from nxcast.schemas.records import Status

__all__ = [
    "PROGRAM",
    "CommandError",
    "Reporter",
    "add_broker",
    "add_format",
    "add_show_keys",
    "await_broker",
    "connect",
    "plural",
    "positive",
    "say",
    "seconds",
    "show",
    "topic_argument",
]

PROGRAM = "nxcast-consume"
BROKER_VARIABLE = "NXCAST_EGRESS"
CONNECT_S = 10.0  # seconds; a broker answers a subscription within 0.02 s and sends a status each second


class CommandError(Exception):
    """Ends a command with one line on stderr and exit status 1."""


class Reporter:
    """Tells events on stderr as they happen."""

    def __init__(self) -> None:
        self._connected = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, Connected):  # commands tell it themselves, with the address
            self._connected = True
        elif self._connected or not isinstance(event, Silent):  # before that, `await_broker` tells
            say(str(event))


def say(line: str) -> None:
    """One line on stderr; nothing where that is closed or full."""
    # Python has None for a stream that was closed at the start, and print takes that for stdout.
    if sys.stderr is None:
        return
    try:
        print(f"{PROGRAM}: {printable(line)}", file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


def show(text: str) -> None:
    """Write to stdout at once; BrokenPipeError where its reader has left, CommandError where it is full."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _discard(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise
        raise CommandError(f"can't write to stdout: {(error.strerror or str(error)).lower()}") from error


def _discard(stream: TextIO) -> None:
    """Let the rest of a stream go nowhere: Python flushes it once more at exit, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def connect(topics: Sequence[str], broker: str, *, validate: bool = True) -> Subscriber:
    """A subscriber that tells events on stderr, its topics checked; CommandError for a wrong address."""
    try:
        return Subscriber(*topics, broker=connectable(broker), validate=validate, on_event=Reporter())
    except ValueError as error:
        raise CommandError(str(error)) from error


def await_broker(subscriber: Subscriber) -> Status:
    """The broker's first status; CommandError if none comes."""
    try:
        return subscriber.wait_connected(CONNECT_S)
    except TimeoutError as error:
        raise CommandError(
            f"no broker answers at {subscriber.broker}: start nxcast-broker, or name another with --broker"
        ) from error


def add_broker(parser: argparse.ArgumentParser) -> None:
    """The option --broker."""
    parser.add_argument(
        "--broker",
        metavar="ENDPOINT",
        default=os.environ.get(BROKER_VARIABLE) or DEFAULT_BROKER,
        help=f"where the broker publishes (default: ${BROKER_VARIABLE}, else {DEFAULT_BROKER}); "
        "for an address that stands for all of this machine's (*, 0.0.0.0, [::]) its loopback address",
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """The option --format."""
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="text for people, or one JSON object a line (default: text)",
    )


def add_show_keys(parser: argparse.ArgumentParser) -> None:
    """The option --show-keys."""
    zones = ", ".join((*KEYED_ZONES, *KEY_FIRST_ZONES))
    parser.add_argument(
        "--show-keys",
        action="store_true",
        help=f"show the keys that blocklist customers put into names below {zones} "
        f"(default: {PLACEHOLDER} in names, x for each of its characters in DNS messages)",
    )


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


positive.__name__ = "whole number from 1"  # argparse shows these names: invalid ... value: '0'
seconds.__name__ = "number of seconds"
