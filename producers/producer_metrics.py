"""A producer's counts as Prometheus takes them, its health and its readiness, over HTTP.

Counts that are there already become metric families when somebody asks, in a thread of the endpoint; nothing
is counted here. What may grow meanwhile is copied in one step of the interpreter first; of two counts of
which one can't be above the other, the lower is read first. Labels are names of our own (reasons, kinds of
source) and the sensor, never what somebody sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from nxcast import __version__
from nxcast.producers.options import Source
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally, together
from nxcast.telemetry.exposition import Endpoint
from nxcast.telemetry.heartbeat import Heartbeat
from nxcast.telemetry.metrics_address import Address

__all__ = ["SOURCE_COUNTS", "ProducerMetrics", "Work", "serve"]

PREFIX = "nxcast_producer"


class _Kind(NamedTuple):
    """How a source's own count is shown."""

    family: type[CounterMetricFamily] | type[GaugeMetricFamily]
    name: str
    help: str


SOURCE_COUNTS = {
    "connections": _Kind(GaugeMetricFamily, "source_connections", "Connections of resolvers."),
    "connections_refused": _Kind(
        CounterMetricFamily, "source_connections_refused", "Connections from where none may come."
    ),
    "questions_hurried": _Kind(
        CounterMetricFamily,
        "questions_hurried",
        "Clients' questions told before their denial could have come, since too many waited.",
    ),
    "containers_missing": _Kind(
        CounterMetricFamily, "containers_missing", "NMSG containers lost before they came here."
    ),
    "packets": _Kind(CounterMetricFamily, "packets", "Packets read."),
    "packets_lost_kernel": _Kind(
        CounterMetricFamily, "packets_lost_kernel", "Packets lost for lack of buffer in the kernel."
    ),
    "packets_lost_interface": _Kind(
        CounterMetricFamily, "packets_lost_interface", "Packets lost by the network card."
    ),
    "frames_unnamed": _Kind(
        CounterMetricFamily,
        "frames_unnamed",
        "Frames sent as --sensor for want of an identity, or of room for one more.",
    ),
    "stream_octets_skipped": _Kind(
        CounterMetricFamily, "stream_octets_skipped", "Octets of TCP streams passed over: missing, or no DNS."
    ),
    "queries": _Kind(CounterMetricFamily, "queries", "Queries seen in packets."),
    "queries_unanswered": _Kind(
        CounterMetricFamily, "queries_unanswered", "Queries forgotten without a response."
    ),
    "responses_unpaired": _Kind(
        CounterMetricFamily, "responses_unpaired", "UDP responses sent though no query was seen for them."
    ),
}
"""What `Source.counts` may name; complete."""


class Work(NamedTuple):
    """What a producer is made of; `kind` is the name of its subcommand."""

    kind: str
    source: Source
    tally: Tally
    pusher: Pusher


class ProducerMetrics(Collector):
    """The metric families of one producer, made anew each time from what it has counted."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def collect(self) -> Iterator[Metric]:
        """All of them; from any thread."""
        kind, source, _, pusher = self._work
        labels = {"version": __version__, "source": kind, "sensor": pusher.sensor}
        yield InfoMetricFamily(PREFIX, "Version, kind of source and sensor; always 1.", labels)
        yield from self._sent()
        yield from self._read()
        for name, count in source.counts().items():
            shown = SOURCE_COUNTS[name]
            yield shown.family(f"{PREFIX}_{shown.name}", shown.help, count)

    def _read(self) -> Iterator[Metric]:
        tally = self._work.tally
        skipped = dict(tally.skipped)  # one step of the interpreter: nothing comes in between
        yield _counter(
            "frames_read",
            "Payloads read: each gave a frame or was skipped.",
            tally.frames + sum(skipped.values()),
        )
        by_reason = CounterMetricFamily(
            f"{PREFIX}_skipped", "Payloads that gave no frame.", labels=["reason"]
        )
        for reason, count in sorted(skipped.items()):
            by_reason.add_metric([reason], count)
        yield by_reason

    def _sent(self) -> Iterator[Metric]:
        pusher = self._work.pusher
        pushers = (pusher, *self._work.tally.others)
        pushed = together(pushers)
        yield _counter("frames_acknowledged", "Frames that the broker acknowledged.", pushed.acknowledged)
        yield _counter("frames_sent", "Frames sent at least once.", pushed.sent)
        yield _counter("frames_sent_again", "Frames sent again, each time.", pushed.sent_again)
        yield _counter("frames_dropped", "Frames dropped unsent, for lack of room.", pushed.dropped)
        yield _counter(
            "frames_unsure", "Frames sent, not acknowledged and let go of: perhaps lost.", pushed.unsure
        )
        yield _counter(
            "broker_away", "Times that the broker went away after something was sent.", pushed.times_away
        )
        yield _gauge(
            "broker_connected",
            "1 while a broker is connected, else 0.",
            all(each.connected for each in pushers),
        )
        yield _gauge(
            "acknowledging", "1 once the broker acknowledges what is sent, else 0.", pushed.acknowledging
        )
        held = [each.held for each in pushers]
        octets = sum(each.octets for each in held)
        yield _gauge("held_bytes", "Octets kept until the broker has acknowledged them.", octets)
        yield _gauge(
            "held_bytes_max",
            "Octets kept at most, before a file waits and a live source drops.",
            sum(each.octets_max for each in held),
        )
        yield _gauge("held_batches", "Batches kept until they are acknowledged.", sum(map(len, held)))
        frames = HistogramMetricFamily(
            f"{PREFIX}_batch_frames", "Frames a batch; each batch counts once, however often it is sent."
        )
        frames.add_metric([], *pusher.batch_frames.snapshot())
        yield frames
        if made := [each.last_batch_s for each in pushers if each.last_batch_s is not None]:
            yield _gauge(
                "last_frame_timestamp_seconds",
                "When the last batch of frames was made, since 1970 UTC.",
                max(made),
            )


def serve(address: Address, names: Collection[str], work: Work, heartbeat: Heartbeat) -> Endpoint:
    """Serve the producer's metrics and health until the endpoint is closed; raises EndpointError.

    `names`: hosts that a request may be for, besides addresses and localhost. `heartbeat` is the pusher's.
    """

    def trouble() -> str | None:
        """That of the first sensor that has one."""
        pushers = (work.pusher, *work.tally.others)
        return next((each.trouble for each in pushers if each.trouble is not None), None)

    return Endpoint(address, ProducerMetrics(work), healthy=heartbeat.stalled, ready=trouble, names=names)


def _counter(name: str, text: str, count: int) -> Metric:
    return CounterMetricFamily(f"{PREFIX}_{name}", text, count)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, value)
