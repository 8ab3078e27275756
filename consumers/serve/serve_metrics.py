"""Metrics and health of the server: its readers and queries, and of the broker what each consumer tells.

The loop writes, the endpoint's thread reads; each value is replaced in one step of the interpreter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from nxcast.consumers.client.events import Batch
from nxcast.consumers.serve.event_streams import EventStreams
from nxcast.consumers.serve.live_hub import Hub, News
from nxcast.consumers.serve.page_feeds import PageFeeds
from nxcast.consumers.serve.streaming import Answers
from nxcast.consumers.show.console import say
from nxcast.consumers.show.consumer_metrics import ConsumerMetrics
from nxcast.consumers.show.vitals import Vitals
from nxcast.telemetry.exposition import Endpoint
from nxcast.telemetry.metrics_address import Address

__all__ = ["ServeMetrics", "told_at"]

PREFIX = "nxcast_serve"


class ServeMetrics(Collector):
    """Of a server; what is live only where it has a hub."""

    def __init__(
        self,
        answers: Answers,
        vitals: Vitals,
        hub: Hub | None = None,
        streams: EventStreams | None = None,
        feeds: PageFeeds | None = None,
    ) -> None:
        self.vitals = vitals
        self._answers = answers
        self._hub = hub
        self._streams = streams
        self._feeds = feeds

    def ready(self) -> str | None:
        """Why it can't do its work for now, if so; a store alone needs no broker."""
        return None if self._hub is None else self.vitals.trouble()

    async def beat(self) -> None:
        """The loop turns."""
        self.vitals.turn(None if self._hub is None else self._hub.status)

    def heard(self, news: Sequence[News]) -> None:
        """Take what the hub hears."""
        for each in news:
            if isinstance(each, Batch):
                self.vitals.took(each.time_ns)

    def collect(self) -> Iterator[Metric]:
        """All families; from any thread."""
        if self._hub is not None:
            yield from ConsumerMetrics("serve", self._hub.counts, self.vitals).collect()
        yield GaugeMetricFamily(f"{PREFIX}_queries", "Answers of the store under way.", self._answers.open)
        if self._streams is not None:
            yield from self._live(self._streams)

    def _live(self, streams: EventStreams) -> Iterator[Metric]:
        behind = streams.behind()
        readers = GaugeMetricFamily(f"{PREFIX}_readers", "Readers connected.", labels=["of"])
        readers.add_metric(["stream"], len(behind))
        if self._feeds is not None:
            readers.add_metric(["picture"], self._feeds.readers)
        yield readers
        yield GaugeMetricFamily(
            f"{PREFIX}_behind_bytes", "Octets before the reader that has most.", max(behind, default=0)
        )
        yield CounterMetricFamily(f"{PREFIX}_events", "Events given to readers.", streams.given_events)
        closed = CounterMetricFamily(f"{PREFIX}_readers_closed", "Readers closed.", labels=["reason"])
        for reason, count in sorted(streams.closed.items()):
            closed.add_metric([reason], count)
        yield closed
        yield CounterMetricFamily(f"{PREFIX}_readers_refused", "Readers too many.", streams.refused)


@contextmanager
def told_at(address: Address | None, names: Sequence[str], metrics: ServeMetrics) -> Iterator[None]:
    """Metrics and health there while it is entered; raises EndpointError."""
    if address is None:
        yield
        return
    with Endpoint(
        address, metrics, healthy=metrics.vitals.stalled, ready=metrics.ready, names=names
    ) as endpoint:
        say(f"metrics on http://{endpoint.address}/metrics", address=str(endpoint.address))
        yield
