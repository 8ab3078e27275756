"""Metrics and health of a real broker, held against its Status and what subscribers got."""

from __future__ import annotations

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from nxcast.broker.broker_metrics import PREFIX, Metrics
from nxcast.broker.ledger import NAMED_MAX, OTHERS
from nxcast.broker.service import Broker
from nxcast.broker.settings import load
from nxcast.schemas.topics import CHANNELS, TOPICS
from nxcast.telemetry.exposition import Endpoint
from nxcast.telemetry.metrics_address import parse_address
from tests.broker.test_security import Keyed
from tests.conftest import ROOT, TIMEOUT_MS, Bench, RunningBroker, receive
from tests.messages import TXT, frame, message, question, soa

NXDOMAIN_MX = frame(message(authorities=[soa("com.")]))
FREE = [word for name in ("ingress", "egress", "replay") for word in (f"--{name}", "tcp://127.0.0.1:*")]


class Scrape:
    """The numbers of one scrape, by their names without the prefix."""

    def __init__(self, base: str) -> None:
        status, text = get(f"{base}/metrics")
        assert status == 200
        self.families: list[Metric] = list(text_string_to_metric_families(text))
        self._samples = {
            (sample.name.removeprefix(PREFIX), *sorted(sample.labels.values())): sample.value
            for family in self.families
            for sample in family.samples
        }

    def __getitem__(self, key: str | tuple[str, ...]) -> float:
        return self._samples.get((key,) if isinstance(key, str) else key, 0)

    def by(self, name: str) -> dict[str, float]:
        """Its values by their one label."""
        return {key[1]: value for key, value in self._samples.items() if key[0] == name and len(key) == 2}

    @property
    def balances(self) -> bool:
        ended = ("noerror", "errors", "questions", "unsolicited", "mismatched", "forwarder")
        malformed = sum(self.by("frames_malformed_total").values())
        return self["frames_received_total"] == malformed + sum(
            self[f"frames_{each}_total"] for each in ended
        )


def get(url: str) -> tuple[int, str]:
    """Status and body."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_MS / 1000) as answer:  # noqa: S310  ours, on loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def base_of(running: RunningBroker) -> str:
    """Where a broker serves metrics, by its start line."""
    found = re.search(r"metrics on (http://127\.0\.0\.1:[1-9]\d*)/metrics, for ", running.start_line)
    assert found, running.start_line
    return found[1]


def scrape_when(running: RunningBroker, ready: Callable[[Scrape], bool]) -> Scrape:
    """The first scrape that is as wanted; the tests' time-out ends a wait for what never comes."""
    context = zmq.Context()
    status = context.socket(zmq.SUB)
    try:
        status.setsockopt(zmq.RCVTIMEO, TIMEOUT_MS)
        status.connect(running.egress)
        status.subscribe("status/")
        for _ in range(TIMEOUT_MS // 1000):
            scrape = Scrape(base_of(running))
            if ready(scrape):
                return scrape
            status.recv_multipart()
        raise AssertionError(scrape.by("subscriptions"), scrape.by("connections"))
    finally:
        context.destroy(linger=0)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningBroker]:
    monkeypatch.setenv("NXCAST_METRICS", "127.0.0.1:0")
    with RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*") as running:
        yield running


def test_the_numbers_are_those_of_status_and_of_what_a_subscriber_got(
    broker: RunningBroker, bench: Bench
) -> None:
    subscriber = bench.subscribe("nxdomain/", "dns-errors/", "malformed/", "status/")
    bench.push(NXDOMAIN_MX, frame(message(0)), frame(message(2)), frame(message(3), kind=3), sequence=1)
    bench.push(NXDOMAIN_MX, frame(message(3, response=False)), sequence=4)
    bench.push(NXDOMAIN_MX, sequence=4, epoch=2)
    bench.send(b"junk")
    bench.ask(ask="status")
    published = {"nxdomain/MX/": 3, "dns-errors/NXDOMAIN/": 3, "dns-errors/SERVFAIL/": 1, "malformed/": 2}
    received: dict[str, list[int]] = {}
    status: Any = None
    while (
        status is None
        or status["counters"]["messages_received"] != 4
        or status["counters"]["requests_received"] != 1
        or {topic: sum(counts) for topic, counts in received.items()} != published
    ):
        topic, _, records = receive(subscriber)
        if topic == "status/":
            (status,) = records
        else:
            received.setdefault(topic, []).append(len(records))
    # What was taken in a moment before a second's end is counted as published in the next one.
    scrape = scrape_when(
        broker, lambda scrape: published.items() <= scrape.by("published_records_total").items()
    )
    assert scrape.balances
    counters = status["counters"]
    for name in ("messages_received", "frames_received", "nxdomain", "requests_received"):
        assert scrape[f"{name}_total"] == counters[name], name
    for name in ("noerror", "errors", "unsolicited"):
        assert scrape[f"frames_{name}_total"] == counters[name] > 0, name
    assert scrape.by("frames_malformed_total") == counters["malformed"] == {"not_a_response": 1}
    assert scrape.by("messages_malformed_total") == counters["messages_malformed"] == {"message_kind": 1}
    messages_of = scrape.by("published_messages_total")
    assert {topic: messages_of[topic] for topic in received} == {
        topic: len(counts) for topic, counts in received.items()
    }
    ours = {topic: count for topic, count in messages_of.items() if topic != "status/"}
    assert scrape["message_records_count"] == sum(ours.values())
    assert scrape["message_records_sum"] == sum(sum(counts) for counts in received.values())
    assert scrape["publication_delay_seconds_count"] == sum(ours.values()) - ours["malformed/"]
    assert (scrape["batch_frames_count"], scrape["batch_frames_sum"]) == (3, 7)
    sensor = status["sensors"]["ns1"]
    assert scrape["sensor_batches_total", "ns1"] == sensor["batches"] == 3
    assert scrape["sensor_frames_total", "ns1"] == sensor["frames"] == 7
    assert scrape["sensor_lost_batches", "ns1"] == sensor["lost_batches"] == 5
    assert scrape["sensor_restarts_total", "ns1"] == sensor["restarts"] == 1
    assert scrape["sensor_last_batch_timestamp_seconds", "ns1"] == sensor["time_ns"] / 10**9
    assert (scrape["sensors"], scrape["sensors_forgotten_total"]) == (1, 0)
    assert scrape["store_messages"] == sum(ours.values())
    assert 0 < scrape["store_bytes"] < scrape["store_bytes_max"] == 1 << 30
    now = scrape["status_timestamp_seconds"]
    assert now - 60 < scrape["store_oldest_timestamp_seconds"] <= now


def test_every_scrape_balances_whatever_is_under_way(broker: RunningBroker, bench: Bench) -> None:
    batch = [NXDOMAIN_MX, frame(message(0)), frame(message(2)), frame(message(3, response=False))]
    last = 0.0
    for _ in range(100):
        bench.push(*batch * 50)
        bench.push(*batch, frame(message(3), kind=3))
        scrape = Scrape(base_of(broker))
        assert scrape.balances
        assert scrape["frames_received_total"] >= last
        last = scrape["frames_received_total"]
    scrape = scrape_when(broker, lambda scrape: scrape["frames_received_total"] == 20_500)
    assert scrape.balances


def test_no_time_that_a_producer_says_makes_the_delays_absurd(broker: RunningBroker, bench: Bench) -> None:
    for time_ns, qtype in ((0, TXT), (2**64 - 1, 1)):
        made = frame(message(questions=[question(qtype=qtype)]))
        bench.push((time_ns, *made[1:]))  # type: ignore[arg-type]
    scrape = scrape_when(broker, lambda scrape: scrape["publication_delay_seconds_count"] == 3)
    # One message each on two topics of nxdomain/, and one of both on dns-errors/NXDOMAIN/.
    assert scrape["publication_delay_seconds_bucket", "0.005"] == 1
    assert scrape["publication_delay_seconds_bucket", "3600.0"] == 1
    assert scrape["publication_delay_seconds_sum"] == 2 * 86_400


def test_subscriptions_and_connections_come_and_go(broker: RunningBroker, bench: Bench) -> None:
    first = bench.subscribe("nxdomain/", "dns-errors/SERVFAIL/")
    bench.subscribe("nxdomain/", "", "nxdomain")
    bench.ask(ask="status")
    # That of `scrape_when` is one more, there or not yet.
    scrape = scrape_when(broker, lambda scrape: scrape["connections", "egress"] == 3)
    assert scrape.by("connections") == {"ingress": 1, "egress": 3, "replay": 1}
    wanted = {"nxdomain/": 2, "dns-errors/SERVFAIL/": 1, "(all)": 1, "(other)": 1}
    assert {name: scrape["subscriptions", name] for name in wanted} == wanted
    first.unsubscribe("dns-errors/SERVFAIL/")
    scrape_when(broker, lambda scrape: scrape["subscriptions", "dns-errors/SERVFAIL/"] == 0)
    first.close(linger=0)
    scrape = scrape_when(broker, lambda scrape: scrape["subscriptions", "nxdomain/"] == 1)
    bench.close()
    gone = scrape_when(
        broker, lambda scrape: scrape["connections", "egress"] < 2 and not scrape["connections", "ingress"]
    )
    assert {name: gone["subscriptions", name] for name in wanted} == dict.fromkeys(wanted, 0)


def test_labels_stay_bounded_under_strange_sensors_and_prefixes(broker: RunningBroker, bench: Bench) -> None:
    stranger = bench.subscribe("status/")
    for number in range(NAMED_MAX + 44):
        bench.push(NXDOMAIN_MX, sensor=f"s-{number}.A_", sequence=1)
        stranger.subscribe(f'evil"{number}\n')
    bench.push(NXDOMAIN_MX, sensor='"} evil 1\n')
    bench.push(NXDOMAIN_MX, sensor=OTHERS)
    scrape = scrape_when(
        broker,
        lambda scrape: (
            scrape["messages_received_total"] == NAMED_MAX + 46
            and scrape["subscriptions", "(other)"] == NAMED_MAX + 44
        ),
    )
    sensors = scrape.by("sensor_batches_total")
    assert set(sensors) == {*(f"s-{number}.A_" for number in range(NAMED_MAX)), OTHERS}
    assert sensors[OTHERS] == scrape["sensor_frames_total", OTHERS] == 44
    assert scrape.by("messages_malformed_total") == {"message_header": 2}
    assert set(scrape.by("subscriptions")) <= {*TOPICS, *CHANNELS, "(all)", "(other)"}


def test_with_keys_what_is_refused_is_counted_and_a_cut_counts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXCAST_METRICS", "127.0.0.1:0")
    keyed = Keyed(tmp_path)
    try:
        base = base_of(keyed.running)
        victim = keyed.subscribe("poor", "dns-errors/", "nxdomain/")
        other = keyed.subscribe("mx", "")
        keyed.refused("not_allowed_subscribe", 1)

        def scrape_as(subscriptions: dict[str, float]) -> Scrape:
            while True:
                other.poll(0)  # ZeroMQ subscribes again in the subscriber's own thread
                keyed.status_when(lambda _: True)
                scrape = Scrape(base)
                if {name: scrape["subscriptions", name] for name in subscriptions} == subscriptions:
                    return scrape

        scrape = scrape_as({"dns-errors/": 1, "nxdomain/": 1, "(all)": 1, "status/": 3})
        assert scrape.by("refused_total") == {"not_allowed_subscribe": 1}
        keyed.keys("revoke", "poor")
        scrape_as({"dns-errors/": 0, "nxdomain/": 0, "(all)": 1, "status/": 2})
        keyed.handshake_fails(zmq.SUB, "poor", at=keyed.running.egress)
        keyed.refused("unknown_key", 1)
        while Scrape(base)["refused_total", "unknown_key"] < 1:
            keyed.status_when(lambda _: True)  # what is scraped may be as old as the status before
        victim.close(linger=0)
    finally:
        keyed.close()


def test_health_follows_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker(load(FREE))
    metrics = Metrics(lambda: broker.account)
    loop = threading.Thread(target=broker.run)
    with Endpoint(parse_address("0"), metrics, healthy=broker.healthy, ready=broker.ready) as endpoint:
        base = f"http://{endpoint.address}"
        assert get(f"{base}/healthz") == (200, "ok\n")
        assert get(f"{base}/readyz") == (503, "it has not begun to take frames\n")
        assert Scrape(base)["frames_received_total"] == 0
        loop.start()
        while get(f"{base}/readyz") != (200, "ok\n"):
            assert loop.is_alive()
        with monkeypatch.context() as patched:
            patched.setattr("nxcast.telemetry.heartbeat.STALLED_S", 0)  # as if it had stood still
            for path in ("healthz", "readyz"):
                status, text = get(f"{base}/{path}")
                assert (status, text.startswith("the loop has not turned for ")) == (503, True)
        broker.stop()
        loop.join()
        assert get(f"{base}/readyz") == (503, "it is ending\n")
        assert get(f"{base}/healthz") == (200, "ok\n")
    broker.close()


def test_a_serving_broker_is_healthy_and_ready(broker: RunningBroker) -> None:
    scrape_when(broker, lambda scrape: scrape["published_messages_total", "status/"] > 0)
    for path in ("healthz", "readyz"):
        assert get(f"{base_of(broker)}/{path}") == (200, "ok\n")


def _documented() -> dict[str, tuple[str, set[str]]]:
    """Type and labels of each metric in docs/operations.md, by name without the prefix."""
    page = (ROOT / "docs" / "operations.md").read_text()
    page = page.partition("### Metrics of the broker\n")[2].partition("\n##")[0]
    rows = re.findall(r"^\| `([a-z_]+)` \| (counter|gauge|histogram) \|([^|]*)\|", page, re.MULTILINE)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def test_every_metric_is_documented_and_every_documented_one_exists(
    broker: RunningBroker, bench: Bench
) -> None:
    bench.subscribe("status/")
    bench.push(NXDOMAIN_MX)
    bench.send(b"junk")
    bench.push(frame(message(3, response=False)))
    bench.ask(ask="status")
    scrape = scrape_when(broker, lambda scrape: scrape["messages_received_total"] == 3)
    told = {}
    for family in scrape.families:
        if family.name.startswith(PREFIX):
            name = family.name.removeprefix(PREFIX) + "_total" * (family.type == "counter")
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            told[name] = (family.type, labels)
            assert family.documentation
    documented = _documented()
    assert {name: kind for name, (kind, _) in told.items()} == {
        name: kind for name, (kind, _) in documented.items()
    }
    without_samples = {"skipped_total", "requests_malformed_total", "refused_total", "connections_cut_total"}
    assert {name: labels for name, (_, labels) in told.items() if name not in without_samples} == {
        name: labels for name, (_, labels) in documented.items() if name not in without_samples
    }
