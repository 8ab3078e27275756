"""What the server tells of itself, as Prometheus asks for it."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from nxcast.consumers.client.events import Counts
from nxcast.consumers.serve.event_streams import EventStreams
from nxcast.consumers.serve.page_feeds import PageFeeds
from nxcast.consumers.serve.serve_metrics import ServeMetrics
from nxcast.consumers.serve.streaming import Answers
from nxcast.consumers.show.vitals import Vitals
from tests.conftest import ROOT
from tests.consumers.conftest import nxdomain
from tests.consumers.serve.conftest import WAIT_S, serving
from tests.consumers.serve.test_event_streams import MX, TOPICS, Bus, Reader

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=WAIT_S) as answer:  # noqa: S310  our own
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def metrics_of(running):
    """Where a server that was started with --metrics tells them."""
    line = running.process.stderr.readline()
    return re.search(r"metrics on (http://\S+)/metrics", line)[1]


def samples(base):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(get(f"{base}/metrics")[1])
        for sample in family.samples
    }


def test_readers_and_events_are_counted_and_the_broker_is_awaited():
    bus = Bus()
    with serving(None, "--broker", bus.broker.endpoint, "--metrics", "0") as running:
        base = metrics_of(running)
        assert get(f"{base}/healthz") == (200, "ok\n")
        assert get(f"{base}/readyz") == (503, "no broker has answered yet\n")
        bus.broker.await_subscription()
        reader = Reader(running.port, "/v1/stream/nxdomain/")
        bus.status()
        reader.joined()
        bus.publish(MX, nxdomain(qname="a.example."), nxdomain(qname="b.example."))
        bus.status()
        assert reader.names(2) == ["a.example.", "b.example."]
        limit = time.monotonic() + WAIT_S
        while get(f"{base}/readyz")[0] != 200:  # which it looks at once a second
            assert time.monotonic() < limit
            bus.status()
        told = samples(base)
        assert told["nxcast_serve_readers", "stream"] == 1
        assert told["nxcast_serve_readers", "picture"] == 0
        assert told["nxcast_serve_events_total",] >= 2  # the broker, connected or silent, may be told too
        assert told["nxcast_serve_readers_closed_total", "slow"] == 0
        assert told["nxcast_consumer_records_total",] >= 2
        reader.close()
    bus.broker.close()


def test_a_store_alone_is_ready_without_a_broker(planted):
    with serving(planted, "--metrics", "0") as running:
        base = metrics_of(running)
        assert get(f"{base}/readyz") == (200, "ok\n")
        told = samples(base)
        assert told["nxcast_serve_queries",] == 0
        assert not any(name.startswith("nxcast_consumer") for name, *_ in told)


def test_the_page_has_every_metric():
    class Quiet:
        topics = TOPICS
        counts = Counts()
        subscriber = type("Named", (), {"broker": "tcp://192.0.2.9:5556"})

    hub = Quiet()
    metrics = ServeMetrics(Answers(), Vitals(), hub, EventStreams(hub), PageFeeds(hub, store=False))
    names = [f"{each.name}_total" if each.type == "counter" else each.name for each in metrics.collect()]
    for name in names:
        assert re.search(rf"^\| `{name}(_info)?[`{{]", OPERATIONS, re.MULTILINE), name
    told = re.findall(r"^\| `(nxcast_serve_\w+)", OPERATIONS, re.MULTILINE)
    assert set(told) == {name for name in names if name.startswith("nxcast_serve")}
