"""Where a question's records come from: the bus, or a file of what `tail --format json` showed.

Either gives the same records as lists, of the topics asked for. The bus gives an empty list now and then
while nothing comes, so that whoever waits can do other things; both end when a stop is asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from time import monotonic
from typing import Any, Protocol, cast

from nxcast.consumers.client.events import Losses
from nxcast.consumers.client.position import Position
from nxcast.consumers.client.subscriber import Subscriber
from nxcast.consumers.show.console import CommandError, add_broker, add_replay, await_broker, connect, say
from nxcast.consumers.show.pulse import Notices, Pulse
from nxcast.consumers.show.recorded import recorded
from nxcast.consumers.show.vitals import Vitals, add_metrics, measured
from nxcast.process.arguments import part
from nxcast.process.ending import reason
from nxcast.process.progress import Bar
from nxcast.process.stop import Stop, Stopped
from nxcast.schemas.canary import is_canary
from nxcast.schemas.records import Status
from nxcast.schemas.topics import channel_of, topic_of

__all__ = ["FROM_BROKER", "Feed", "add_from", "open_feed"]

CHUNK = 64 << 10  # octets read of a file at once, some hundred records
IDLE_S = 0.25  # seconds without a message after which an empty list comes
STDIN = "-"
FROM_BROKER = ("--broker", "--key", "--since", "--cursor", "--replay", "--metrics", "--metrics-names")
"""Options for what comes from a broker."""


class Feed(Protocol):
    """Lists of validated records, in the order in which they came."""

    live: bool
    stop: Stop
    """What ends the iteration."""
    vitals: Vitals
    """What its user writes findings into, for metrics."""
    told: bool
    """Whether standard error says now and then that nothing comes, and what the broker gets; on at first."""

    def __iter__(self) -> Iterator[list[Any]]: ...

    @property
    def losses(self) -> Losses:
        """Messages lost so far; a file doesn't tell."""

    @property
    def repaired(self) -> int:
        """Messages that were missing and came from the broker's store."""

    @property
    def source(self) -> str:
        """What comes in at the broker, for people; empty for a file."""

    @property
    def status(self) -> Status | None:
        """The broker's latest account; a file has none."""

    @property
    def position(self) -> Position | None:
        """Where another feed goes on, after all lists given so far; a file doesn't tell."""

    def keep(self, *, but_last: bool = False) -> None:
        """All lists given so far are done with, or all but the last: the cursor may pass them."""


def add_from(parser: argparse.ArgumentParser) -> None:
    """The options --broker, --key, --since, --cursor, --replay, --metrics and --from."""
    add_broker(parser)
    add_replay(parser)
    add_metrics(parser)
    parser.add_argument(
        "--from",
        dest="recorded",
        metavar="FILE",
        help="read records from a file that 'nxcast-consume tail --format json' wrote (- for stdin), "
        "not from the broker (then without the options that are for one)",
    )
    part(parser, "--from", *FROM_BROKER)


@contextmanager
def open_feed(
    args: argparse.Namespace, topics: Sequence[str], *, keep: bool = False, position: Position | None = None
) -> Iterator[Feed]:
    """The feed that the options of `add_from` ask for; SIGINT and SIGTERM end its iteration.

    A list is done with when the next one is asked for, or with `keep`, when its user says so. The bus goes on
    at `position`, whatever the options say. Raises CommandError where there is no broker or no such file.
    """
    if args.recorded is None:
        with (
            connect(topics, args, autocommit=not keep, position=position) as subscriber,
            measured(args, subscriber) as vitals,
        ):
            await_broker(subscriber)
            with Stop(second_ends=True) as stop:  # before the line: who reads it may end it at once
                say(
                    f"connected to {subscriber.broker}, subscribed to {_few(topics)}; Ctrl-C ends it",
                    broker=subscriber.broker,
                    topics=subscriber.topics,
                )
                yield _Bus(subscriber, stop, vitals, keep=keep)
        return
    with _opened(args.recorded) as file, Stop(second_ends=True) as stop:
        yield _File(file, args.recorded, topics, stop)


class _Bus:
    live = True

    def __init__(self, subscriber: Subscriber[Any], stop: Stop, vitals: Vitals, *, keep: bool) -> None:
        self._subscriber = subscriber
        self._keep = keep
        self._pulse = Pulse()
        self._notices = Notices(monotonic())
        self.told = True
        self.stop = stop
        self.vitals = vitals

    @property
    def source(self) -> str:
        return self._pulse.text

    @property
    def status(self) -> Status | None:
        return self._subscriber.status

    @property
    def losses(self) -> Losses:
        return self._subscriber.counts.losses

    @property
    def repaired(self) -> int:
        return self._subscriber.counts.repaired

    @property
    def position(self) -> Position | None:
        return self._subscriber.position

    def keep(self, *, but_last: bool = False) -> None:
        self._subscriber.commit(but_last=but_last)

    def __iter__(self) -> Iterator[list[Any]]:
        while not self.stop.requested:
            try:
                batch = self._subscriber.receive(IDLE_S)
            except TimeoutError:
                records = []
            else:
                records = batch.records
                self.vitals.took(batch.time_ns)
            self.vitals.turn(self._subscriber.status)
            self._pulse.take(self._subscriber.status, unsettled=self._subscriber.counts.unsettled)
            self._tell(came=bool(records))
            yield records
        if not self._keep:
            self.keep()

    def _tell(self, *, came: bool) -> None:
        now = monotonic()
        if came:
            self._notices.came(now)
        elif self.told and (waited := self._notices.due(now)) is not None:
            topics = self._subscriber.topics
            say(f"nothing on {_few(topics)} for {waited:,.0f} s; {self._pulse.text_on(topics)}")


class _File:
    live = told = False
    losses = Losses()
    repaired = 0
    position = status = None
    source = ""

    def __init__(self, file: BufferedReader, name: str, topics: Sequence[str], stop: Stop) -> None:
        self._file = file
        self._topics = frozenset(topics)
        self._channels = frozenset(map(channel_of, topics))
        self.stop = stop
        self.vitals = Vitals()
        self._name = name

    def __iter__(self) -> Iterator[list[Any]]:
        with _progress(self._file, self._name) as advance:
            for found in recorded(self._chunks(advance), self._name):
                yield [record for channel, record in found if self._wanted(channel, record)]

    def _chunks(self, advance: Callable[[int], object]) -> Iterator[bytes]:
        """What is there, at once; the end of the file, or a stop, ends it."""
        while True:
            try:
                with _telling(self._name):
                    chunk = self.stop.unless_stopped(lambda: self._file.read1(CHUNK))
            except Stopped:
                return
            if not chunk:
                return
            yield chunk
            advance(len(chunk))

    def keep(self, *, but_last: bool = False) -> None: ...

    def _wanted(self, channel: str, record: Any) -> bool:
        if channel not in self._channels or is_canary(record):
            return False
        if channel in self._topics:
            return True
        return topic_of(channel, record) in self._topics


@contextmanager
def _progress(file: BufferedReader, name: str) -> Iterator[Callable[[int], object]]:
    """A bar on stderr of how far a file has been read, where there is a terminal and an end."""
    if not (file.seekable() and sys.stderr is not None and sys.stderr.isatty()):
        yield lambda _: None
        return
    size = file.seek(0, 2)
    file.seek(0)
    with Bar(Path(name).name, size) as bar:
        yield bar.update


def _opened(name: str) -> BufferedReader:
    if name != STDIN:
        with _telling(name):
            return open(name, "rb")
    if sys.stdin is None:
        raise CommandError("stdin is closed")
    return cast(BufferedReader, sys.stdin.buffer)


@contextmanager
def _telling(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError(f"can't read {name}: {reason(error)}") from error


def _few(topics: Sequence[str]) -> str:
    if len(topics) <= 3:
        return ", ".join(topics)
    return f"{len(topics)} topics of {' and '.join(dict.fromkeys(filter(None, map(channel_of, topics))))}"
