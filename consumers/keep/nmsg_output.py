"""Where `nxcast-consume nmsg` puts its containers: rotated files, standard output, or a ZeroMQ endpoint."""

from __future__ import annotations

import argparse
import os
import select
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from logging import WARNING
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from nxcast.consumers.keep.nmsg_encoding import Containers, Payloads, in_fragments
from nxcast.consumers.keep.rotation import RotatedFiles, prefix_for
from nxcast.consumers.show.console import CommandError, account, plural, say
from nxcast.consumers.show.feed import Feed, open_feed
from nxcast.process.ending import MisuseError, reason
from nxcast.process.stop import Stop
from nxcast.schemas.nmsg.container import MAGIC
from nxcast.schemas.nmsg.endpoint import parse_endpoint
from nxcast.schemas.nmsg.nmsg_pb2 import NmsgPayload
from nxcast.schemas.topics import channel_of
from nxcast.transport.zeromq.nmsg_bridges import Publisher

__all__ = ["write"]

STDOUT = "-"
FLUSH_S = 1.0  # seconds that a payload waits for others to share its container; a stream may be slow
WAIT_S = 0.25  # seconds of one wait for a reader, after which a stop is looked for
BEHIND_S = 5.0  # seconds without room at any reader, after which that is told


class Output(Protocol):
    """Takes payloads as they come."""

    @property
    def containers(self) -> int:
        """Containers made so far."""

    @property
    def settled(self) -> int:
        """Rises when all that came before the last `take` has left: files completed, or containers sent."""

    def start(self, stop: Stop, *, live: bool) -> None:
        """The feed is there: wait for what must be there before its first record."""

    def take(self, payloads: Sequence[NmsgPayload]) -> None:
        """Take some, or none when nothing came for a while."""

    def finish(self) -> list[str]:
        """Let go of what waits; what else there is to tell at the end."""


def write(args: argparse.Namespace) -> int:
    """Write what the feed gives to what the arguments name until the feed ends; the exit status."""
    payloads = Payloads(channel_of(args.topic) or args.topic)
    with ExitStack() as stack:
        output = stack.enter_context(_opened(args))
        feed = stack.enter_context(open_feed(args, [args.topic], keep=True))
        output.start(feed.stop, live=feed.live)
        try:
            _pass_on(feed, payloads, output)
        except CommandError:
            output.finish()  # what came before a line that is no record is good
            raise
        told = output.finish()
        feed.keep()
        say(", ".join([*_counts(payloads, output, feed), *told]))
    return 0


def _pass_on(feed: Feed, payloads: Payloads, output: Output) -> None:
    for records in feed:
        settled = output.settled
        made = payloads.of(records)
        for sensor, source in payloads.new_sources():
            say(f"sensor {sensor} is source {source:08x}")
        output.take(made)
        if output.settled > settled:
            feed.keep(but_last=True)


@contextmanager
def _opened(args: argparse.Namespace) -> Iterator[Output]:
    if args.zmq is not None:
        with _Readers(args.zmq, compress=args.zlib) as readers:
            yield readers
    elif args.write == STDOUT:
        yield _Stdout(compress=args.zlib)
    else:
        counts = _Counts()
        with RotatedFiles(
            prefix_for(args.write, args.topic),
            ".nmsg",
            lambda file: _File(file, counts, compress=args.zlib),
            max_records=args.rotate_count,
            max_seconds=args.rotate_seconds,
        ) as files:
            for path in files.leftovers:
                say(
                    f"{path} is unfinished: its run was killed, or writes it still; left alone", level=WARNING
                )
            yield _Files(files, counts)


class _Counts:
    """What all files share."""

    def __init__(self) -> None:
        self.containers = 0


class _File:
    """Encodes payloads into one file of `RotatedFiles`."""

    def __init__(self, file: BinaryIO, counts: _Counts, *, compress: bool) -> None:
        self._file = file
        self._counts = counts
        self._containers = Containers(compress=compress, numbered=False)

    def write(self, records: Sequence[NmsgPayload]) -> None:
        for payload in records:
            self._put(self._containers.add(payload))

    def finish(self) -> None:
        self._put(self._containers.flush())

    def abandon(self) -> None:
        self._containers.flush()

    def _put(self, container: bytes | None) -> None:
        if container is not None:
            self._file.write(in_fragments(container))
            self._counts.containers += 1


class _Files:
    def __init__(self, files: RotatedFiles, counts: _Counts) -> None:
        self._files = files
        self._counts = counts

    @property
    def containers(self) -> int:
        return self._counts.containers

    @property
    def settled(self) -> int:
        return self._files.files

    def start(self, stop: Stop, *, live: bool) -> None: ...

    def take(self, payloads: Sequence[NmsgPayload]) -> None:
        self._files.write(payloads, time.time())

    def finish(self) -> list[str]:
        self._files.close()
        return [plural(self._files.files, "file")]


class _Stream(ABC):
    """Containers that go out as they are full, or `FLUSH_S` after the one before."""

    def __init__(self, containers: Containers) -> None:
        self._containers = containers
        self._put_at = 0.0
        self._sent = 0

    @property
    def containers(self) -> int:
        return self._containers.made

    @property
    def settled(self) -> int:
        return self._sent

    def take(self, payloads: Sequence[NmsgPayload]) -> None:
        for payload in payloads:
            full = self._containers.add(payload)
            if full is not None:
                self._put(full)
        if time.monotonic() >= self._put_at + FLUSH_S:
            self._flush()

    def _flush(self) -> None:
        container = self._containers.flush()
        if container is not None:
            self._put(container)

    def _put(self, container: bytes) -> None:
        self._put_at = time.monotonic()
        self._send(container)
        self._sent += 1

    @abstractmethod
    def _send(self, container: bytes) -> None:
        """Let a container go out; CommandError if it can't."""


class _Stdout(_Stream):
    def __init__(self, *, compress: bool) -> None:
        super().__init__(Containers(compress=compress, numbered=False))
        if sys.stdout.isatty():
            raise CommandError("NMSG is nothing for a terminal: --write - is for a pipe or a file")

        self._until_writable: Callable[[int], bool] = lambda _: True

    def start(self, stop: Stop, *, live: bool) -> None:  # noqa: ARG002
        self._until_writable = stop.until_writable

    def finish(self) -> list[str]:
        self._flush()
        return []

    def _send(self, container: bytes) -> None:
        left = memoryview(in_fragments(container))
        try:
            while left:  # past Python's own buffer, which it would write once more at its exit
                if not self._until_writable(sys.stdout.fileno()):
                    raise CommandError("stdout takes nothing any more, so the end of it is missing")
                left = left[os.write(sys.stdout.fileno(), left[: select.PIPE_BUF]) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise CommandError(f"can't write to stdout: {reason(error)}") from error


class _Readers(_Stream):
    def __init__(self, text: str, *, compress: bool) -> None:
        super().__init__(Containers(compress=compress, numbered=True))
        try:
            address, accept, self._pubsub = parse_endpoint(text, accept=False)
        except ValueError as error:
            raise MisuseError(str(error)) from error
        self._publisher = Publisher(address, accept=accept, pubsub=self._pubsub, prefix=MAGIC)
        self._accept = accept
        self._stopped: Callable[[], bool] = lambda: False
        self._live = True
        self._unsent = 0

    def start(self, stop: Stop, *, live: bool) -> None:
        self._stopped, self._live = (lambda: stop.requested), live
        say(f"{'listening at' if self._accept else 'sending to'} {self._publisher.address}")
        if self._pubsub and not live and not self._publisher.has_subscriber(WAIT_S):
            say("waiting for a reader")
            while not (self._publisher.has_subscriber(WAIT_S) or stop.requested):
                pass

    def take(self, payloads: Sequence[NmsgPayload]) -> None:
        super().take(payloads)
        if self._pubsub:
            self._publisher.has_subscriber()

    def finish(self) -> list[str]:
        self._flush()
        left = self._publisher.close(lambda: self._pubsub or self._live or self._stopped())
        told = []
        if self._publisher.unread:
            told.append(f"{plural(self._publisher.unread, 'container')} without a reader")
        if self._unsent:
            told.append(f"{plural(self._unsent, 'container')} not sent")
        if not left:
            told.append("the last of those sent may be lost: no reader took them all")
        return told

    def _send(self, container: bytes) -> None:
        behind_at = time.monotonic() + BEHIND_S
        told = False
        while not self._publisher.send(container, WAIT_S):
            if self._stopped():
                self._unsent += 1
                return
            if not told and time.monotonic() >= behind_at:
                say("no reader takes anything: waiting", level=WARNING)
                told = True
        if told:
            say("a reader takes containers again")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._publisher.__exit__(exc_type, exc, traceback)


def _counts(payloads: Payloads, output: Output, feed: Feed) -> list[str]:
    parts = [
        plural(payloads.records, "record"),
        f"{plural(payloads.payloads, 'payload')} in {plural(output.containers, 'container')}",
        account(feed.losses, feed.repaired),
    ]
    if payloads.faults:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in payloads.faults.most_common())
        parts.append(f"{plural(payloads.faults.total(), 'record')} without a form in NMSG ({reasons})")
    return parts
