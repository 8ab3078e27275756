"""`nxcast-produce`: one subcommand a kind of source.

Exit status: 0 when all was sent or a stop was asked for, 1 when something was wrong that the one line on
standard error names, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence

from tqdm import tqdm

from nxcast.producers.dnstap_command import add_dnstap
from nxcast.producers.failure import ProducerError
from nxcast.producers.options import Source, Subparsers, check_sensor, common_options
from nxcast.producers.pusher import Pusher
from nxcast.producers.stop import Stop, Stopped
from nxcast.producers.tally import Tally, summary

__all__ = ["main"]

_PROGRAM = "nxcast-produce"
# Each adds its subcommand, whose arguments get `make`: a function from them to a Source.
_SOURCES: tuple[Callable[[Subparsers, argparse.ArgumentParser], None], ...] = (add_dnstap,)
_log = logging.getLogger("nxcast.producers")


def main(argv: Sequence[str] | None = None) -> int:
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


def _produce(arguments: argparse.Namespace, stop: Stop) -> int:
    sensor = check_sensor(arguments.sensor)
    source: Source = arguments.make(arguments)
    tally = Tally()
    good = False
    pusher = Pusher(arguments.broker, sensor, stop, block_ms=arguments.block_ms if source.live else None)
    try:
        with pusher:
            good = source.run(pusher, stop, tally, arguments.connect_timeout)
    except Stopped:
        good = True  # asked for, and the summary tells what is left
    finally:
        if tally.read or good:
            _log.info(
                "%s",
                summary(
                    tally,
                    sent=pusher.sent,
                    dropped=pusher.dropped,
                    unsent=pusher.unsent,
                    unsure=pusher.unsure,
                ),
            )
    return 0 if good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Send DNS responses to an nxcast broker. See 'nxcast-produce SOURCE --help'.",
    )
    subparsers = parser.add_subparsers(title="sources", metavar="SOURCE", required=True)
    common = common_options()
    for add in _SOURCES:
        add(subparsers, common)
    return parser


class _Lines(logging.Handler):
    """Log records as lines on standard error, above a progress bar if there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm.write(f"{_PROGRAM}: {record.getMessage()}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
