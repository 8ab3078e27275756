"""A consumer's counts as Prometheus takes them, its health and its readiness, over HTTP.

Nothing is counted here: what the subscriber and the command have counted becomes metric families when
somebody asks, in a thread of the endpoint. Labels are names of our own (commands, kinds, sections), and never
what somebody sent.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from nxcast import __version__
from nxcast.consumers.client.events import Counts
from nxcast.consumers.client.subscriber import Subscriber
from nxcast.consumers.show.console import say
from nxcast.consumers.show.vitals import Vitals
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.exposition import Endpoint

__all__ = ["ConsumerMetrics", "served"]

PREFIX = "nxcast_consumer"

_COUNTS = {
    "messages": ("messages", "Messages taken."),
    "records": ("records", "Records in them."),
    "lost_at_least": ("messages_lost", "Messages lost, as far as their number is known."),
    "unknown_losses": ("losses_unknown", "Losses of a number of messages that nobody can tell."),
    "repaired": ("messages_repaired", "Messages that were missing and came from the broker's store."),
    "replayed": ("messages_replayed", "Messages from there because of --since, --cursor or a state."),
    "invalid": ("messages_invalid", "Messages passed over, since they break the contract."),
    "restarts": ("broker_restarts", "Restarts of the broker."),
    "silences": ("broker_silences", "Times that the broker fell silent."),
    "refusals": ("refusals", "Times that the broker refused."),
}
"""Counts of a subscriber that are shown, by field: the name and what it says."""


class ConsumerMetrics(Collector):
    """The metric families of one command, made anew each time."""

    def __init__(self, command: str, counts: Counts, vitals: Vitals) -> None:
        self._command = command
        self._counts = counts
        self._vitals = vitals

    def collect(self) -> Iterator[Metric]:
        """All of them; from any thread."""
        vitals = self._vitals
        labels = {"version": __version__, "command": self._command}
        yield InfoMetricFamily(PREFIX, "Version and command; always 1.", labels)
        for field, (name, text) in _COUNTS.items():
            yield CounterMetricFamily(f"{PREFIX}_{name}", text, getattr(self._counts, field))
        connected = vitals.trouble() is None
        yield GaugeMetricFamily(f"{PREFIX}_broker_connected", "1 while it is heard.", connected)
        if vitals.published_ns is not None:
            yield GaugeMetricFamily(
                f"{PREFIX}_lag_seconds",
                "From the publication of the last message to its taking, by both sides' clocks.",
                vitals.lag_s,
            )
            yield GaugeMetricFamily(
                f"{PREFIX}_last_message_timestamp_seconds",
                "When the last message taken was published, since 1970 UTC.",
                vitals.published_ns / SECOND_NS,
            )
        alerts = CounterMetricFamily(f"{PREFIX}_alerts", "Alerts given.", labels=["question", "kind"])
        for kind, count in sorted(dict(vitals.alerts).items()):
            alerts.add_metric([self._command, kind], count)
        yield alerts
        findings = GaugeMetricFamily(
            f"{PREFIX}_findings", "Findings in the last report.", labels=["question", "section"]
        )
        for section, count in sorted(dict(vitals.findings).items()):
            findings.add_metric([self._command, section], count)
        yield findings


@contextmanager
def served(args: argparse.Namespace, subscriber: Subscriber[Any], vitals: Vitals) -> Iterator[None]:
    """Metrics and health over HTTP while it is entered; raises EndpointError."""
    metrics = ConsumerMetrics(args.command, subscriber.counts, vitals)
    with Endpoint(
        args.metrics, metrics, healthy=vitals.stalled, ready=vitals.trouble, names=args.metrics_names
    ) as endpoint:
        say(f"metrics on http://{endpoint.address}/metrics", address=str(endpoint.address))
        yield
