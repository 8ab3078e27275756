"""What a running command knows of its own work: metrics are made of it where they are asked for.

One thread writes, any may read: each value is replaced in one step of the interpreter.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nxcast.consumers.client.session import SILENT_S
from nxcast.consumers.client.subscriber import Subscriber
from nxcast.process.arguments import argument
from nxcast.schemas.records import Status
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.heartbeat import Heartbeat
from nxcast.telemetry.metrics_address import parse_address, parse_names
from nxcast.telemetry.service_manager import notified

__all__ = ["Vitals", "add_metrics", "measured"]


class Vitals:
    """Of one command."""

    def __init__(self) -> None:
        self.alerts: Counter[str] = Counter()
        """By kind."""
        self.findings: dict[str, int] = {}
        """Of the last report, by section."""
        self.published_ns: int | None = None
        """When the last message taken was published; nanoseconds since the epoch, by the broker's clock."""
        self.lag_s = 0.0
        """Seconds from its publication until it was taken."""
        self._heartbeat = Heartbeat()
        self._status: Status | None = None
        self._heard_s = 0.0

    def turn(self, status: Status | None) -> None:
        """The loop has come round, and this is the latest status of the broker."""
        self._heartbeat.beat()
        if status is not None and status is not self._status:
            self._status, self._heard_s = status, time.monotonic()

    def took(self, published_ns: int) -> None:
        """A message that was published then has been taken; while many are fetched no status is read."""
        self._heard_s = time.monotonic()
        self.lag_s = max(time.time_ns() - published_ns, 0) / SECOND_NS
        self.published_ns = published_ns

    def stalled(self) -> str | None:
        """What is wrong with the loop, if anything."""
        return self._heartbeat.stalled()

    def trouble(self) -> str | None:
        """Why nothing comes for now, if so."""
        if self._status is None:
            return "no broker has answered yet"
        silent_s = time.monotonic() - self._heard_s
        return None if silent_s < SILENT_S else f"nothing heard from the broker for {silent_s:.0f} s"


def add_metrics(parser: argparse.ArgumentParser) -> None:
    """The options --metrics and --metrics-names; no variable names the address, as many may run on a host."""
    parser.add_argument(
        "--metrics",
        type=argument(parse_address),
        metavar="[HOST:]PORT",
        help="serve /metrics for Prometheus, /healthz and /readyz there, a port alone on loopback: 9155 "
        "(default: nowhere)",
    )
    parser.add_argument(
        "--metrics-names",
        type=argument(parse_names),
        metavar="NAMES",
        default=(),
        help="names of this host by which metrics may be asked for, with commas; addresses and localhost "
        "are answered always (default: none)",
    )
    parser.set_defaults(command=parser.prog.rpartition(" ")[2])


@contextmanager
def measured(args: argparse.Namespace, subscriber: Subscriber[Any]) -> Iterator[Vitals]:
    """What the command is to write its work into; served meanwhile where `add_metrics` was told so.

    A service manager that watches the command is told while its loop turns.

    Raises EndpointError.
    """
    vitals = Vitals()
    with notified(vitals.stalled):
        if args.metrics is None:
            yield vitals
            return
        from nxcast.consumers.show.consumer_metrics import (  # only who wants metrics waits for its import
            served,
        )

        with served(args, subscriber, vitals):
            yield vitals
