"""A broker's metrics for Prometheus, made at each scrape from the account that its loop took last.

Names and units are Prometheus's conventions; docs/operations.md has the list. Labels are from fixed lists
(topics, reasons, sockets) or bounded (256 names of sensors), and nothing that a stranger chooses is in them
but a sensor's name, which is letters, digits, '.', '_' and '-'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from nxcast import __version__
from nxcast.broker.account import Account
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.histogram import Snapshot

__all__ = ["PREFIX", "Metrics"]

PREFIX = "nxcast_broker_"

By = Mapping[str, float]
"""Values by the one label that a family has."""


class Metrics(Collector):
    """Gives the families of the last account; called from other threads than the broker's."""

    def __init__(self, last_account: Callable[[], Account]) -> None:
        self._last_account = last_account
        self._version = __version__

    def collect(self) -> Iterator[Metric]:
        """All families, made from one account, so that their numbers agree."""
        account = self._last_account()
        yield InfoMetricFamily(PREFIX.removesuffix("_"), "The broker.", {"version": self._version})
        yield from _came_in(account)
        yield from _answered(account)
        yield from _went_out(account)
        yield from _sensors(account)
        yield from _state(account)


def _came_in(account: Account) -> Iterator[Metric]:
    counters = account.counters
    yield _counter("messages_received", "Ingress messages.", counters["messages_received"])
    yield _counter_by(
        "messages_malformed", "Ingress messages dropped whole.", "reason", counters["messages_malformed"]
    )
    yield _counter("frames_received", "Frames in the other messages.", counters["frames_received"])
    yield _counter("frames_noerror", "Frames with RCODE 0.", counters["noerror"])
    yield _counter("frames_errors", "Frames that became a record of dns-errors/.", counters["errors"])
    yield _counter("frames_questions", "Questions of clients that became a record.", counters["questions"])
    yield _counter("frames_unsolicited", "Unsolicited responses, dropped.", counters["unsolicited"])
    yield _counter("frames_mismatched", "Answers to something else, dropped.", counters["mismatched"])
    yield _counter("frames_forwarder", "Answers of resolvers, dropped.", counters["forwarder"])
    yield _counter_by("frames_malformed", "Frames dropped.", "reason", counters["malformed"])
    yield _counter("frames_compiled", "Frames that the compiled kernel took.", counters["compiled"])
    yield _counter(
        "kernel_breaches", "Checks that records of the compiled kernel failed.", counters["kernel_breaches"]
    )
    yield _counter(
        "malformed_withheld", "Malformed input that became no record.", counters["malformed_withheld"]
    )
    yield _counter(
        "nxdomain", "Errors and questions that became a record of nxdomain/.", counters["nxdomain"]
    )
    yield _counter("answers", "Frames with RCODE 0 that became a record of answers/.", counters["answers"])
    yield _counter("servers_untold", "Good answers that servers/ leaves out.", counters["servers_untold"])
    yield _counter_by("skipped", "NMSG payloads without a response.", "reason", counters["skipped"])
    yield _histogram("batch_frames", "Frames of an ingress message.", account.batch_frames)


def _answered(account: Account) -> Iterator[Metric]:
    counters = account.counters
    yield _counter("requests_received", "Requests on the replay socket.", counters["requests_received"])
    yield _counter_by(
        "requests_malformed", "Requests that can't be read.", "reason", counters["requests_malformed"]
    )
    yield _counter("messages_replayed", "Published messages sent again.", counters["messages_replayed"])
    yield _counter_by("refused", "What keys did not allow.", "reason", counters["refused"])


def _went_out(account: Account) -> Iterator[Metric]:
    topics = account.topics.items()
    yield _counter_by(
        "published_messages",
        "Messages published.",
        "topic",
        {topic: each["sequence"] for topic, each in topics},
    )
    yield _counter_by(
        "published_records", "Records in them.", "topic", {topic: each["records"] for topic, each in topics}
    )
    yield _histogram("message_records", "Records of a published message.", account.message_records)
    yield _histogram(
        "publication_delay_seconds",
        "From the response to its publication, of the first record of each message.",
        account.publication_delay_s,
    )


def _sensors(account: Account) -> Iterator[Metric]:
    def by_sensor(name: str) -> By:
        value = attrgetter(name)
        return {sensor: value(totals) for sensor, totals in account.sensors.items()}

    yield _counter_by("sensor_batches", "Batches received.", "sensor", by_sensor("batches"))
    yield _counter_by("sensor_frames", "Frames received.", "sensor", by_sensor("frames"))
    yield _gauge_by(
        "sensor_lost_batches",
        "Batches missing from the numbering; less again by what comes late.",
        "sensor",
        by_sensor("lost_batches"),
    )
    yield _counter_by(
        "sensor_repeated_batches", "Batches that came again.", "sensor", by_sensor("repeated_batches")
    )
    yield _counter_by("sensor_restarts", "Times the producer started anew.", "sensor", by_sensor("restarts"))
    yield _gauge_by(
        "sensor_last_batch_timestamp_seconds",
        "When the last batch came.",
        "sensor",
        {sensor: totals.time_ns / SECOND_NS for sensor, totals in account.sensors.items()},
    )
    yield _gauge("sensors", "Sensors in the account.", account.sensors_kept)
    yield _counter("sensors_forgotten", "Sensors dropped from the account.", account.sensors_forgotten)


def _state(account: Account) -> Iterator[Metric]:
    stored = account.stored
    yield _gauge_by("subscriptions", "Subscriptions of all subscribers.", "prefix", account.subscriptions)
    yield _gauge_by("connections", "Connections of peers.", "socket", account.connections)
    yield _counter_by("connections_cut", "Connections that were cut off.", "reason", account.connections_cut)
    yield _gauge("store_bytes", "Size of what is kept for replay.", stored.octets)
    yield _gauge("store_bytes_max", "The most that it may become.", stored.octets_max)
    yield _gauge("store_messages", "Messages kept for replay.", stored.messages)
    oldest_s = None if stored.oldest_ns is None else stored.oldest_ns / SECOND_NS
    yield _gauge("store_oldest_timestamp_seconds", "When the oldest of them was published.", oldest_s)
    yield _gauge("log_stuck", "1 while the log takes nothing: producers wait.", int(stored.stuck))
    yield _gauge("status_timestamp_seconds", "When this account was taken.", account.time_ns / SECOND_NS)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, text, value)


def _gauge(name: str, text: str, value: float | None) -> Metric:
    """None: there is nothing to measure, and no sample."""
    return GaugeMetricFamily(PREFIX + name, text, value)


def _counter_by(name: str, text: str, label: str, values: By) -> Metric:
    return _by(CounterMetricFamily(PREFIX + name, text, labels=[label]), values)


def _gauge_by(name: str, text: str, label: str, values: By) -> Metric:
    return _by(GaugeMetricFamily(PREFIX + name, text, labels=[label]), values)


def _by(family: CounterMetricFamily | GaugeMetricFamily, values: By) -> Metric:
    for label, value in values.items():
        family.add_metric([label], value)
    return family


def _histogram(name: str, text: str, counted: Snapshot) -> Metric:
    return HistogramMetricFamily(PREFIX + name, text, buckets=counted.buckets, sum_value=counted.sum_value)
