"""Options that all producers share, and the checks on their values."""

from __future__ import annotations

import argparse
import math
import os
import re
import socket
from typing import TYPE_CHECKING, Protocol

from pydantic import TypeAdapter, ValidationError

from nxcast.producers.failure import ProducerError
from nxcast.producers.pusher import CONNECT_TIMEOUT_S, Pusher
from nxcast.producers.stop import Stop
from nxcast.producers.tally import Tally
from nxcast.schemas.frames import Sensor

__all__ = ["BLOCK_MS", "INGRESS", "Source", "Subparsers", "check_sensor", "common_options", "positive"]

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = argparse._SubParsersAction  # not generic while running

INGRESS = "tcp://127.0.0.1:5555"  # where nxcast-broker listens by default
BLOCK_MS = 1000.0  # how long a live source waits for room; resolvers keep about that much themselves
_SENSOR: TypeAdapter[str] = TypeAdapter(Sensor)


class Source(Protocol):
    """What a subcommand makes of its arguments. `live`: it can't wait for a broker that is behind."""

    live: bool

    def run(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        """Send all there is; false if some of it was bad, which has been logged. Raises ProducerError."""


def common_options() -> argparse.ArgumentParser:
    """A parent parser for the subcommands."""
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group("options of all sources")
    group.add_argument(
        "--broker",
        metavar="ENDPOINT",
        default=os.environ.get("NXCAST_INGRESS") or INGRESS,
        help=f"where the broker takes frames (default: $NXCAST_INGRESS, else {INGRESS})",
    )
    group.add_argument(
        "--sensor",
        metavar="NAME",
        default=_host_name(),
        help="name of this producer in the records, 1 to 64 of A-Z a-z 0-9 . _ - (default: %(default)s)",
    )
    group.add_argument(
        "--connect-timeout",
        type=positive,
        metavar="SECONDS",
        default=CONNECT_TIMEOUT_S,
        help="how long a file waits for a broker to be there at the start (default: %(default)g)",
    )
    group.add_argument(
        "--block-ms",
        type=_milliseconds,
        metavar="MS",
        default=BLOCK_MS,
        help="how long a live source waits for a broker that is behind, in milliseconds, before it drops and "
        "counts; files always wait (default: %(default)g)",
    )
    return parser


def check_sensor(name: str) -> str:
    """The name itself; raises ProducerError if the broker would not take it."""
    try:
        return _SENSOR.validate_python(name)
    except ValidationError:
        raise ProducerError(f"bad sensor name {name!r}: give --sensor 1 to 64 of A-Z a-z 0-9 . _ -") from None


def positive(text: str) -> float:
    """An option's value: a number above 0. For argparse, which turns ValueError into a usage error."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number above 0")
    return number


def _milliseconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of milliseconds")
    return number


def _host_name() -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())[:64] or "sensor"
