"""What `nxcast-produce` does: its options, the source they name, and what it says on standard error.

Standard error may go away; a producer goes on without it.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version

from tqdm import tqdm

from nxcast.producers.dnstap_command import add_dnstap
from nxcast.producers.failure import ProducerError
from nxcast.producers.nmsg_command import add_nmsg
from nxcast.producers.options import (
    NO_REPLAY,
    Source,
    Subparsers,
    check_sensor,
    client_key,
    common_options,
    replay_endpoint,
)
from nxcast.producers.pcap.command import add_pcap
from nxcast.producers.pusher import Pusher
from nxcast.producers.stop import Stop, Stopped
from nxcast.producers.synthetic.command import add_synthetic
from nxcast.producers.tally import Tally, summary

__all__ = ["run"]

_PROGRAM = "nxcast-produce"
# Each adds its subcommand, whose arguments get `make`: a function from them to a Source.
_SOURCES: tuple[Callable[[Subparsers, argparse.ArgumentParser], None], ...] = (
    add_dnstap,
    add_nmsg,
    add_pcap,
    add_synthetic,
)
_log = logging.getLogger("nxcast.producers")


def run(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, by default the process's own; returns the exit status."""
    arguments = _parser().parse_args(argv)
    handler = _Lines()
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    try:
        with Stop() as stop:
            return _produce(arguments, stop)
    except ProducerError as error:
        _log.error("%s", error)
        return 1
    finally:
        _log.removeHandler(handler)
        handler.end()


def _produce(arguments: argparse.Namespace, stop: Stop) -> int:
    sensor = check_sensor(arguments.sensor)
    source: Source = arguments.make(arguments)
    tally = Tally()
    good = False
    replay = replay_endpoint(arguments.replay, arguments.broker)
    pusher = Pusher(
        arguments.broker,
        sensor,
        stop,
        replay=replay,
        block_ms=arguments.block_ms if source.live else None,
        key=client_key(arguments.key),
    )
    if replay is None and arguments.replay != NO_REPLAY and not source.writes:
        _log.warning("nothing will be acknowledged: name the third socket of this broker with --replay")
    try:
        with pusher:
            good = source.run(pusher, stop, tally, arguments.connect_timeout)
    except Stopped:
        good = True  # asked for, and the summary tells what is left
    finally:
        if tally.read or (good and not source.writes):
            _log.info("%s", summary(tally, pusher))
    return 0 if good and (source.live or not pusher.in_doubt) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Send DNS responses to an nxcast broker. See 'nxcast-produce SOURCE --help'.",
    )
    parser.add_argument("--version", action="version", version=f"nxcast {version('nxcast')}")
    subparsers = parser.add_subparsers(title="sources", metavar="SOURCE", required=True)
    common = common_options()
    for add in _SOURCES:
        add(subparsers, common)
    return parser


class _Lines(logging.Handler):
    """Log records as lines on standard error, above a progress bar if there is one; lost where it is gone."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:
            with suppress(OSError):
                tqdm.write(f"{_PROGRAM}: {_one_line(record.getMessage())}", file=sys.stderr)

    def end(self) -> None:
        """Let go of what could not be written, which would turn the exit status into 120."""
        if sys.stderr is None:
            return
        try:
            sys.stderr.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stderr.fileno())
            os.close(nowhere)


def _one_line(text: str) -> str:
    """The text with what is not printable escaped: names of files and hosts may hold anything."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )
