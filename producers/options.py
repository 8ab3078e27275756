"""Options that all producers share, and the checks on their values."""

from __future__ import annotations

import argparse
import math
import os
import re
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, Protocol

from pydantic import TypeAdapter, ValidationError

from nxcast.process.arguments import argument
from nxcast.process.client_settings import CLIENT_FILE, client_settings
from nxcast.process.ending import MisuseError, reason
from nxcast.process.stop import Stop
from nxcast.producers.failure import ProducerError
from nxcast.producers.pusher import CONNECT_TIMEOUT_S, Pusher
from nxcast.producers.tally import Tally
from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.curve import CLIENT_KEY_MAX, ClientKey, parse_client_key
from nxcast.schemas.fields import SENSOR_MAX, PushedSensor
from nxcast.telemetry.logs import LOG_FORMAT_VARIABLE, LOG_FORMATS
from nxcast.telemetry.metrics_address import parse_address, parse_names
from nxcast.transport.endpoints import (
    DEFAULT_INGRESS,
    acknowledging_endpoint,
    connectable,
    is_nats,
    reachable,
)

__all__ = [
    "BLOCK_MS",
    "NO_REPLAY",
    "Source",
    "Subparsers",
    "add_replay_options",
    "check_sensor",
    "client_key",
    "common_options",
    "number",
    "positive",
    "replay_endpoint",
    "sensor_name",
]

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = argparse._SubParsersAction  # not generic while running

NO_REPLAY = "none"
CONNECT_TIMEOUT_MAX_S = 86_400.0  # a day; poll(2) takes 24 days
BLOCK_MAX_MS = 3_600_000.0  # an hour, in which a resolver drops for long
RATE_MIN, RATE_MAX = 0.001, 1e9  # a second; one in 17 minutes, and more than there can be
BLOCK_MS = 1000.0  # how long a live source waits for room; resolvers keep about that much themselves
_OF_A_SENSOR = f"1 to {SENSOR_MAX} of A-Z a-z 0-9 . _ -, not only dots nor with - first"
_SENSOR: TypeAdapter[str] = TypeAdapter(PushedSensor)


class Source(Protocol):
    """What a subcommand makes of its arguments. `live`: it can't wait for a broker that is behind.

    `writes`: it makes a file, sends nothing, and tells so itself. `counts` are its own, by the names that
    `metrics.SOURCE_COUNTS` has; another thread asks for them.
    """

    live: bool
    writes: bool

    def counts(self) -> dict[str, int]:
        """What only this kind of source counts."""

    def run(self, pusher: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> bool:
        """Send all there is; false if some of it was bad, which has been logged. Raises ProducerError."""


def common_options(fail: Callable[[str], NoReturn]) -> argparse.ArgumentParser:
    """A parent parser for the subcommands; `fail` is called with what is wrong with the settings file."""
    parser = argparse.ArgumentParser(add_help=False)
    settings = client_settings(fail)
    group = parser.add_argument_group("options of all sources")
    group.add_argument(
        "--broker",
        type=argument(reachable),
        metavar="ENDPOINT",
        default=settings.get("ingress", DEFAULT_INGRESS),
        help=f"where the broker takes frames, or the servers of a work queue of NATS JetStream, "
        f"nats://HOST:4222 (default: $NXCAST_INGRESS, else ingress in {CLIENT_FILE}, "
        f"else {DEFAULT_INGRESS})",
    )
    group.add_argument(
        "--replay",
        type=argument(_replay),
        metavar="ENDPOINT",
        default=settings.get("replay"),
        help="where the broker acknowledges, its third socket; none: nothing is acknowledged (default: "
        "$NXCAST_REPLAY, else tcp at the broker's host, two ports above the other)",
    )
    group.add_argument(
        "--key",
        metavar="FILE",
        default=settings.get("key"),
        help="the file that nxcast-broker keys add made for this client (default: $NXCAST_KEY, else key in "
        f"{CLIENT_FILE}, else none)",
    )
    group.add_argument(
        "--sensor",
        metavar="NAME",
        default=_host_name(),
        help=f"name of this producer in the records, {_OF_A_SENSOR} (default: %(default)s)",
    )
    group.add_argument(
        "--connect-timeout",
        type=number(0.001, CONNECT_TIMEOUT_MAX_S),
        metavar="SECONDS",
        default=CONNECT_TIMEOUT_S,
        help="how long a file waits for a broker to be there at the start (default: %(default)g)",
    )
    group.add_argument(
        "--block-ms",
        type=number(0, BLOCK_MAX_MS),
        metavar="MS",
        default=BLOCK_MS,
        help="how long a live source waits for a broker that is behind, in milliseconds, before it drops and "
        "counts; files always wait (default: %(default)g)",
    )
    group.add_argument(
        "--metrics",
        type=argument(parse_address),
        metavar="[HOST:]PORT",
        default=os.environ.get("NXCAST_METRICS") or None,
        help="serve /metrics for Prometheus, /healthz and /readyz there while it sends, a port alone on "
        "loopback: 9154 (default: $NXCAST_METRICS, else nowhere)",
    )
    group.add_argument(
        "--metrics-names",
        type=argument(parse_names),
        metavar="NAMES",
        default=os.environ.get("NXCAST_METRICS_NAMES") or "",
        help="names of this host by which they may be asked for, with commas; addresses and localhost always "
        "may (default: $NXCAST_METRICS_NAMES, else none)",
    )
    group.add_argument(
        "--log-format",
        choices=LOG_FORMATS,
        help=f"lines on standard error: text, json, or auto, which is text on a terminal and JSON elsewhere "
        f"(default: ${LOG_FORMAT_VARIABLE}, else auto)",
    )
    return parser


def add_replay_options(parser: argparse.ArgumentParser) -> None:
    """Add what all sources share that read what a resolver has really heard, from files too."""
    parser.add_argument(
        "--keep-resolver-address",
        action="store_true",
        help="pass on the resolver's own address and port, which are left out by default",
    )
    parser.add_argument(
        "--forwarders",
        action="store_true",
        help="take the answers of resolvers too that this one forwards to (RD=1), marked as such; a broker "
        "drops and counts them else",
    )
    parser.add_argument(
        "--rate",
        type=positive,
        metavar="N",
        help="files: N responses a second (default: as fast as possible)",
    )
    parser.add_argument("--loop", action="store_true", help="files: again and again until Ctrl-C")


def check_sensor(name: str) -> str:
    """The name itself; raises ProducerError if the broker would not take it."""
    if name == CANARY_SENSOR:
        raise MisuseError(f"the sensor {name} is of nxcast-consume doctor: consumers leave its records out")
    try:
        return _SENSOR.validate_python(name)
    except ValidationError:
        raise MisuseError(f"bad sensor name {name!r}: give --sensor {_OF_A_SENSOR}") from None


def client_key(path: str | None) -> ClientKey | None:
    """What the file of --key says; raises ProducerError."""
    if not path:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return parse_client_key(file.read(CLIENT_KEY_MAX))
    except OSError as error:
        raise ProducerError(f"--key {path}: {reason(error)}") from None
    except ValueError as error:
        raise ProducerError(f"--key {path}: {error}") from None


def replay_endpoint(given: str | None, broker: str) -> str | None:
    """Where the broker acknowledges: as given, else two ports above its own; None: nowhere, or unknown.

    Servers of NATS do so themselves.
    """
    if is_nats(broker):
        return broker
    if given:
        return None if given == NO_REPLAY else given
    return acknowledging_endpoint(broker)


def number(least: float, most: float) -> Callable[[str], float]:
    """An option's value, for argparse: a number within limits, both included."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is no number from {least:.16g} to {most:.16g}")
        return value

    return parse


positive = number(RATE_MIN, RATE_MAX)
"""The value of --rate, for argparse."""


def _replay(text: str) -> str:
    return text if text in ("", NO_REPLAY) else connectable(text)


def sensor_name(text: str) -> str:
    """A name that may be a sensor's, of any text; empty where that is."""
    name = re.sub(r"[^A-Za-z0-9._-]", "-", text)[:SENSOR_MAX]
    return re.sub(r"^(?:-|\.(?=\.*$))", "_", name)


def _host_name() -> str:
    return sensor_name(socket.gethostname()) or "sensor"
