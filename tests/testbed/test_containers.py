"""The containers, from the outside: what is planted arrives, what is killed comes back, nothing is left."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nxcast.consumers import Subscriber
from nxcast.consumers.client.events import Event, Restart
from nxcast.producers.synthetic.world import World
from testbed.configs import ZONES, world_zones
from testbed.containers import FIRST_FAILURE_S, PORTS, SETS, ContainersError, Testbed
from testbed.delegations import SERVERS, placed
from testbed.ports import free_ports, free_row
from testbed.prepare import HOSTS, host_of
from testbed.traffic import Lookup, lookups

pytestmark = pytest.mark.containers

NET = "198.18.113"  # RFC 2544: nobody is to be found there, and it is not that of a testbed that is running
SEED = 1
SENSORS = {"resolver-dnstap", "resolver-packets"}
SERVICES = (
    "broker",
    "dnstap",
    "packets",
    "resolver",
    "root",
    "registry",
    "steady",
    "second",
    "small",
    "fixed",
    "prometheus",
    "store",
    "serve",
)
PATIENCE_S = 90.0  # for whatever is waited for; at 20 questions a second all causes come in 30 s
NXDOMAIN = 3


class Running(NamedTuple):
    """A testbed, and what it takes to subscribe to it from here."""

    testbed: Testbed
    key: Path
    name: str

    def url(self, variable: str, path: str) -> str:
        return f"http://127.0.0.1:{self.testbed.port(variable)}{path}"

    def get(self, variable: str, path: str) -> str:
        with urllib.request.urlopen(self.url(variable, path), timeout=5) as page:  # noqa: S310  own http
            text: str = page.read().decode()
            return text


class Listener:
    """A subscriber on this machine, and all that it got: records with their topic, and events."""

    def __init__(self, running: Running) -> None:
        self.records: list[dict[str, Any]] = []
        self.events: list[Event] = []
        self.count: Counter[tuple[int, str]] = Counter()  # records by epoch and topic
        self.subscriber: Subscriber[dict[str, Any]] = Subscriber(
            "dns-errors/",
            "nxdomain/",
            broker=f"tcp://127.0.0.1:{running.testbed.port('NXCAST_PORT_EGRESS')}",
            replay=f"tcp://127.0.0.1:{running.testbed.port('NXCAST_PORT_REPLAY')}",
            key=running.key,
            since=3600,
            on_event=self.events.append,
        )

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Take in what comes until the condition holds; it is asked after each batch, and each second."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f"in {PATIENCE_S:.0f} s no {what}"
            try:
                batch = self.subscriber.receive(1.0)
            except TimeoutError:
                continue
            self.count[batch.epoch, batch.topic] += len(batch.records)
            self.records += [{**record, "topic": batch.topic} for record in batch.records]

    def flows(self) -> None:
        """Until both sensors have seen something that happened after this moment."""
        now = time.time_ns()
        first = len(self.records)

        def seen() -> bool:
            return {r["sensor"] for r in self.records[first:] if r["time_ns"] > now} == SENSORS

        self.until(seen, "new failures of both sensors")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A testbed with everything, beside one that may stand here; at its end nothing is left of it."""
    name = f"nxcast-test-{os.getpid()}"
    ports = {variable: str(port) for variable, port in zip(PORTS, free_ports(len(PORTS)), strict=True)}
    ports["NXCAST_PORT_SETS"] = str(free_row(SETS))
    own = {**ports, "COMPOSE_PROJECT_NAME": name, "NXCAST_DNS_NET": NET, "NXCAST_TRAFFIC_SEED": str(SEED)}
    try:
        testbed = Testbed({**os.environ, **own}, full=True)
    except ContainersError as error:
        pytest.skip(str(error))
    testbed.check()
    key = tmp_path_factory.mktemp("key") / "host.key"
    try:
        testbed.up()
        testbed.save_key(key)
        yield Running(testbed, key, name)
    finally:
        testbed.down()
        label = f"--filter=label=com.docker.compose.project={name}"
        left = [testbed.docker(kind, *all_, "--quiet", label) for kind, *all_ in _KINDS]
    assert left == ["", "", ""]


_KINDS = (("ps", "--all"), ("network", "ls"), ("volume", "ls"))


@pytest.fixture(scope="module")
def listener(running: Running) -> Iterator[Listener]:
    listener = Listener(running)
    yield listener
    listener.subscriber.close()


def test_failures_flow_within_a_minute(running: Running, listener: Listener) -> None:
    listener.until(lambda: bool(listener.records), "failure")
    started = running.testbed.docker(
        "inspect", "--format={{.State.StartedAt}}", running.testbed.container("prepare")
    )
    first = min(record["time_ns"] for record in listener.records) / 1e9
    assert first - _seconds(started) < FIRST_FAILURE_S


def test_each_cause_arrives_with_its_fields_from_the_right_server(listener: Listener) -> None:
    asked = [lookup for _, lookup in islice(lookups(SEED), 4000)]
    expected = {(lookup.qname, lookup.qtype): lookup for lookup in asked}
    wanted = {_kind(lookup) for lookup in asked[:800] if lookup.rcode}
    addresses = _addresses()

    def kinds() -> set[tuple[Any, ...]]:
        found = [(record, expected.get(_question(record))) for record in listener.records]
        return {_kind(lookup) for record, lookup in found if lookup is not None and _fits(record, lookup)}

    listener.until(lambda: wanted <= kinds(), "failure of each cause")
    assert len(wanted) > 25
    for record in listener.records:
        assert record["sensor"] in SENSORS
        lookup = expected.get(_question(record))
        if lookup is not None and record["qname"]:
            assert _fits(record, lookup) or lookup.tcp, (record, lookup)
            assert record["response_ip"] in addresses(lookup.qname)


def test_the_resolver_s_address_is_withheld(listener: Listener) -> None:
    listener.flows()
    errors = [record for record in listener.records if record["topic"].startswith("dns-errors/")]
    assert {(error["query_ip"], error["query_port"]) for error in errors} == {(None, None)}
    resolver = bytes(map(int, f"{NET}.{HOSTS['resolver']}".split(".")))
    assert not any(resolver in error["response"] for error in errors)


def test_everything_says_that_it_is_well(running: Running, listener: Listener) -> None:
    def health() -> set[str]:
        ids = [running.testbed.container(service) for service in SERVICES]
        return set(running.testbed.docker("inspect", "--format={{.State.Health.Status}}", *ids).split())

    listener.until(lambda: health() == {"healthy"}, "health of all")
    assert running.get("NXCAST_PORT_METRICS", "/readyz") == "ok\n"
    assert running.get("NXCAST_PORT_METRICS", "/healthz") == "ok\n"


def test_prometheus_scrapes_broker_and_both_producers(running: Running, listener: Listener) -> None:
    def up() -> list[str]:
        answer = json.loads(running.get("NXCAST_PORT_PROMETHEUS", "/api/v1/query?query=up"))
        return sorted(
            each["metric"]["instance"] for each in answer["data"]["result"] if each["value"][1] == "1"
        )

    wanted = ["broker:9153", "dnstap:9154", "packets:9154"]
    listener.until(lambda: up() == wanted, "scraping")


def test_prometheus_has_the_alerts(running: Running) -> None:
    answer = json.loads(running.get("NXCAST_PORT_PROMETHEUS", "/api/v1/rules"))
    alerts = {rule["name"]: rule["health"] for group in answer["data"]["groups"] for rule in group["rules"]}
    assert "NxcastBrokerDown" in alerts
    assert "err" not in alerts.values()


def test_what_resolved_is_kept_and_given_to_who_has_the_token(running: Running, listener: Listener) -> None:
    token = running.testbed.run("exec", "-T", "serve", "cat", "/tokens/tokens", capture=True).stdout.strip()
    address = running.url("NXCAST_PORT_SERVE", "/dnsdb/v2/lookup/rrset/name/*.com")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(address, timeout=30)  # noqa: S310  own http

    def kept() -> bool:
        asked = urllib.request.Request(address, headers={"X-API-Key": token})  # noqa: S310  own http
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return '"rrname"' in answer.read().decode()

    listener.until(kept, "RRset")
    ask = ("nxcast-consume", "ask", "newly-observed", "--store", "/var/lib/nxcast/store")
    assert "newly-observed" in running.testbed.run("exec", "-T", "store", *ask, capture=True).stdout


def test_each_container_has_its_own_key_only_and_no_root(running: Running) -> None:
    for service in ("dnstap", "packets", "tail", "spamtrap", "dnsbl"):
        listed = running.testbed.run(
            "exec", "-T", service, "ls", "/keys/broker", "/keys/client", capture=True
        )
        assert listed.stdout.split() == ["/keys/broker:", "/keys/client:", "client.key"]
    for service in (*SERVICES, "tail", "spamtrap", "dnsbl", "traffic"):
        assert running.testbed.run("exec", "-T", service, "id", "-u", capture=True).stdout == "10001\n"
    assert running.key.stat().st_mode & 0o777 == 0o600


def test_channels_and_logs_can_be_looked_at_as_the_documentation_says(
    running: Running, listener: Listener
) -> None:
    def said(service: str) -> str:
        return running.testbed.run("logs", "--no-color", service, capture=True).stdout

    channels = running.testbed.run("exec", "-T", "tail", "nxcast-consume", "channels", capture=True).stdout
    assert re.search(r"^  nxdomain/MX/ .* Nxdomain ", channels, re.MULTILINE)
    assert " NXDOMAIN " in said("tail")
    listener.until(lambda: "Spamtrap candidates" in said("spamtrap"), "report of spamtrap")
    listener.until(lambda: "look like blocklists" in said("dnsbl"), "report of dnsbl")


def test_the_metrics_are_what_a_subscriber_counts(running: Running, listener: Listener) -> None:
    _hold_metrics_against(listener, running)


@pytest.mark.parametrize("service", ["broker", "resolver"])
def test_what_is_killed_and_started_again_heals(running: Running, listener: Listener, service: str) -> None:
    listener.flows()
    restarts = sum(isinstance(event, Restart) for event in listener.events)
    container = running.testbed.container(service)
    running.testbed.docker("kill", container)
    running.testbed.docker("start", container)
    listener.flows()
    told = sum(isinstance(event, Restart) for event in listener.events) - restarts
    assert told == (service == "broker")


@pytest.mark.parametrize("service", ["broker", "dnstap", "packets", "resolver", "steady"])
def test_what_crashes_comes_back_by_itself(running: Running, listener: Listener, service: str) -> None:
    listener.flows()
    before = _state(running, service)
    kill = ("--pid=host", "--user=0", "--entrypoint=sh", "nxcast:testbed", "-c", f"kill -9 {before.pid}")
    running.testbed.docker("run", "--rm", "--network=none", *kill)
    listener.until(lambda: _state(running, service).restarts > before.restarts, f"restart of {service}")
    listener.flows()


def test_a_stop_is_clean_and_a_start_goes_on(running: Running, listener: Listener) -> None:
    running.testbed.run("stop")
    for service in (*SERVICES, "tail", "spamtrap", "dnsbl", "traffic"):
        words = ("inspect", "--format={{.State.ExitCode}}", running.testbed.container(service))
        assert running.testbed.docker(*words).strip() in _STOPPED.get(service, {"0"}), service
    running.testbed.run("start")
    listener.flows()


def test_the_metrics_agree_after_all_that_too(running: Running, listener: Listener) -> None:
    _hold_metrics_against(listener, running)


def _hold_metrics_against(listener: Listener, running: Running) -> None:
    """While nothing new comes, what the broker counts and what has been received become the same."""
    running.testbed.run("stop", "traffic")
    try:
        listener.until(lambda: _agree(running, listener), "agreement of metrics and subscriber")
    finally:
        running.testbed.run("start", "traffic")
    listener.flows()


# dnsdist is killed: it takes no other signal. All stop at once, and what packets had sent to a broker that is
# gone before it may be lost, which it says and ends with 1.
_STOPPED = {"fixed": {"137"}, "packets": {"0", "1"}}


class State(NamedTuple):
    """What the engine knows of a container's process."""

    pid: str
    restarts: int


def _state(running: Running, service: str) -> State:
    words = ("inspect", "--format={{.State.Pid}} {{.RestartCount}}", running.testbed.container(service))
    pid, restarts = running.testbed.docker(*words).split()
    return State(pid, int(restarts))


def _agree(running: Running, listener: Listener) -> bool:
    """Whether the broker counts as published, in this life, what the subscriber has received of it."""
    metrics = running.get("NXCAST_PORT_METRICS", "/metrics")
    pattern = r'^nxcast_broker_published_records_total\{topic="((?:dns-errors|nxdomain)/.*?)"\} (\S+)$'
    published = {topic: int(float(value)) for topic, value in re.findall(pattern, metrics, re.MULTILINE)}
    epoch = max(epoch for epoch, _ in listener.count)
    received = {topic: count for (each, topic), count in listener.count.items() if each == epoch}
    return {topic: count for topic, count in published.items() if count} == received


def _fits(record: dict[str, Any], lookup: Lookup) -> bool:
    """Whether a record has the RCODE, and on nxdomain/ the SOA, that the look-up will get."""
    if record["topic"].startswith("nxdomain/"):
        return lookup.rcode == NXDOMAIN and (record["soa_rrname"] or "").lower() == (lookup.soa or "")
    return bool(record["rcode"] == lookup.rcode)


def _question(record: dict[str, Any]) -> tuple[str, int]:
    return (record["qname"] or "").lower(), record["qtype"]


def _kind(lookup: Lookup) -> tuple[Any, ...]:
    return lookup.cause, lookup.qtype, lookup.rcode


def _addresses() -> Callable[[str], set[str]]:
    """A function from a name to the addresses of the servers that answer for it."""
    servers = {zone.name: zone.server for zone in placed([*ZONES, *world_zones(World(SEED))])}

    def addresses(qname: str) -> set[str]:
        while qname not in servers:
            qname = qname.partition(".")[2] or "."
        names = {host_of(name) for name in SERVERS[servers[qname]]}
        return {f"{NET}.{HOSTS[name]}" for name in names}

    return addresses


def _seconds(moment: str) -> float:
    """Seconds since 1970-01-01 UTC of what the engine writes: 2026-11-23T18:35:04.123456789Z."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*Z", r"\1+00:00", moment.strip())).timestamp()
