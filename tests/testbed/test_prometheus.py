"""The alerts and the dashboard: what they ask for is there, and each alert fires for its cause only."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

ALERTS = ROOT / "testbed" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "testbed" / "grafana" / "nxcast.json"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
MINUTES = 90  # of made-up history; a fault is there from the start
TIMEOUT_S = 60.0

BROKER, PRODUCER = 'job="nxcast-broker",instance="b"', 'job="nxcast-producer",instance="p"'
STANDS, NOW = "0x90", "0+60x90"  # a value a minute
ONE_AND_MORE = "1+1x90"
# A broker with one sensor, and its producer, in good health. By series, its values as promtool writes them.
HEALTHY = {
    f"up{{{BROKER}}}": "1x90",
    f"process_start_time_seconds{{{BROKER}}}": STANDS,
    f"process_resident_memory_bytes{{{BROKER}}}": "300000000x90",
    f"process_open_fds{{{BROKER}}}": "100x90",
    f"process_max_fds{{{BROKER}}}": "16384x90",
    f"nxcast_broker_status_timestamp_seconds{{{BROKER}}}": NOW,
    f"nxcast_broker_frames_received_total{{{BROKER}}}": "0+60000x90",
    f"nxcast_broker_frames_forwarder_total{{{BROKER}}}": "0+600x90",
    f"nxcast_broker_frames_mismatched_total{{{BROKER}}}": "0+60x90",
    f'nxcast_broker_frames_malformed_total{{{BROKER},reason="frame_type"}}': ONE_AND_MORE,
    f"nxcast_broker_messages_received_total{{{BROKER}}}": "0+600x90",
    f'nxcast_broker_messages_malformed_total{{{BROKER},reason="message_kind"}}': ONE_AND_MORE,
    f'nxcast_broker_sensor_last_batch_timestamp_seconds{{sensor="ns1",{BROKER}}}': NOW,
    f'nxcast_broker_sensor_last_batch_timestamp_seconds{{sensor="nxcast-canary",{BROKER}}}': STANDS,
    f'nxcast_broker_sensor_last_batch_timestamp_seconds{{sensor="(others)",{BROKER}}}': STANDS,
    f'nxcast_broker_sensor_lost_batches{{{BROKER},sensor="ns1"}}': "7x90",
    f"nxcast_broker_sensors_forgotten_total{{{BROKER}}}": STANDS,
    f'nxcast_broker_publication_delay_seconds_bucket{{le="0.5",{BROKER}}}': "0+100x90",
    f'nxcast_broker_publication_delay_seconds_bucket{{le="10",{BROKER}}}': "0+100x90",
    f'nxcast_broker_publication_delay_seconds_bucket{{le="+Inf",{BROKER}}}': "0+100x90",
    f'nxcast_broker_refused_total{{{BROKER},reason="unknown_key"}}': STANDS,
    f'nxcast_broker_connections_cut_total{{{BROKER},reason="stalled"}}': STANDS,
    f"nxcast_broker_kernel_breaches_total{{{BROKER}}}": STANDS,
    f"nxcast_broker_store_bytes{{{BROKER}}}": "100x90",
    f"nxcast_broker_store_bytes_max{{{BROKER}}}": "100x90",
    f"nxcast_broker_store_oldest_timestamp_seconds{{{BROKER}}}": STANDS,
    f"nxcast_broker_messages_replayed_total{{{BROKER}}}": "0+1x90",
    f'nxcast_broker_published_messages_total{{{BROKER},topic="nxdomain/A/"}}': "0+600x90",
    f"up{{{PRODUCER}}}": "1x90",
    f"process_start_time_seconds{{{PRODUCER}}}": STANDS,
    f"nxcast_producer_last_frame_timestamp_seconds{{{PRODUCER}}}": NOW,
    f"nxcast_producer_source_connections{{{PRODUCER}}}": "1x90",
    f"nxcast_producer_broker_connected{{{PRODUCER}}}": "1x90",
    f"nxcast_producer_acknowledging{{{PRODUCER}}}": "1x90",
    f"nxcast_producer_frames_sent_total{{{PRODUCER}}}": "0+600x90",
    f"nxcast_producer_held_bytes{{{PRODUCER}}}": "10x90",
    f"nxcast_producer_held_bytes_max{{{PRODUCER}}}": "100x90",
    f"nxcast_producer_frames_dropped_total{{{PRODUCER}}}": "5x90",
    f"nxcast_producer_frames_unsure_total{{{PRODUCER}}}": "5x90",
    f"nxcast_producer_packets_lost_kernel_total{{{PRODUCER}}}": "5x90",
    f"nxcast_producer_packets_lost_interface_total{{{PRODUCER}}}": "5x90",
}
GONE = "_x90"
FRAMES_BY_END = [
    f"nxcast_broker_frames_{end}" for end in ("received", "malformed", "forwarder", "mismatched")
]
# By alert, what is otherwise than in good health; a series is named by its beginning.
FAULTS = [
    ("NxcastBrokerDown", {f"up{{{BROKER}": "0x90"}),
    ("NxcastBrokerDown", {f"up{{{BROKER}": GONE}),
    ("NxcastBrokerStalled", {"nxcast_broker_status_timestamp": STANDS}),
    ("NxcastBrokerRestarts", {f"process_start_time_seconds{{{BROKER}": "0+60x90"}),
    ("NxcastFramesStopped", dict.fromkeys(FRAMES_BY_END, "60000x90")),
    ("NxcastSensorSilent", {'nxcast_broker_sensor_last_batch_timestamp_seconds{sensor="ns1"': STANDS}),
    ("NxcastSensorLosesBatches", {"nxcast_broker_sensor_lost": ONE_AND_MORE}),
    ("NxcastSensorsForgotten", {"nxcast_broker_sensors_forgotten": ONE_AND_MORE}),
    ("NxcastMalformed", {"nxcast_broker_frames_malformed": "0+1200x90"}),
    ("NxcastMalformed", {"nxcast_broker_messages_malformed": "0+12x90"}),
    ("NxcastForwarder", {"nxcast_broker_frames_forwarder": "0+36000x90"}),
    ("NxcastMismatched", {"nxcast_broker_frames_mismatched": "0+1200x90"}),
    ("NxcastPublicationDelay", {'nxcast_broker_publication_delay_seconds_bucket{le="0.5"': "0+50x90"}),
    ("NxcastRefused", {"nxcast_broker_refused": "0+6x90"}),
    ("NxcastStoreShort", {"nxcast_broker_store_oldest": NOW}),
    ("NxcastSubscribersBehind", {"nxcast_broker_messages_replayed": "0+100x90"}),
    ("NxcastBrokerMemory", {"process_resident": "900000000x90"}),
    ("NxcastBrokerConnectionsCut", {"nxcast_broker_connections_cut": ONE_AND_MORE}),
    ("NxcastBrokerFileDescriptors", {"process_open_fds": "16000x90"}),
    ("NxcastKernelBroken", {"nxcast_broker_kernel_breaches": "1x90"}),
    ("NxcastProducerDown", {f"up{{{PRODUCER}": "0x90"}),
    ("NxcastProducerSourceSilent", {"nxcast_producer_last_frame": STANDS}),
    ("NxcastProducerSourceSilent", {"nxcast_producer_last_frame": GONE}),
    ("NxcastProducerWithoutResolver", {"nxcast_producer_source_connections": "0x90"}),
    ("NxcastProducerBrokerAway", {"nxcast_producer_broker_con": "0x90"}),
    ("NxcastProducerUnacknowledged", {"nxcast_producer_acknowledging": "0x90"}),
    ("NxcastProducerFilling", {"nxcast_producer_held_bytes{": "60x90"}),
    ("NxcastProducerDrops", {"nxcast_producer_frames_dropped": ONE_AND_MORE}),
    ("NxcastProducerDrops", {"nxcast_producer_frames_unsure": ONE_AND_MORE}),
    ("NxcastPacketsLost", {"nxcast_producer_packets_lost_kernel": ONE_AND_MORE}),
    ("NxcastPacketsLost", {"nxcast_producer_packets_lost_interface": ONE_AND_MORE}),
]  # fmt: skip

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="needs the Debian package prometheus"
)


def _promtool(*arguments: str) -> None:
    ended = subprocess.run(
        ["promtool", *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _with_fault(fault: dict[str, str]) -> dict[str, str]:
    """The healthy series, but for those that begin so."""
    series = dict(HEALTHY)
    for begins, values in fault.items():
        (name,) = (each for each in HEALTHY if each.startswith(begins))
        series[name] = values
    return series


def _scenario(firing: list[str], fault: dict[str, str]) -> dict[str, Any]:
    """A test of promtool: these alerts and no others, long after the beginning."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in _with_fault(fault).items()],
        "promql_expr_test": [
            {
                "expr": 'group by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{MINUTES - 5}m",
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in firing],
            }
        ],
    }


def _alerts() -> list[str]:
    return re.findall(r"^ +- alert: (\w+)$", ALERTS.read_text(), re.MULTILINE)


def _expressions() -> Iterator[str]:
    """What the dashboard asks for; a variable inside of a string is as good as a value."""
    for panel in _panels():
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "1m")


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


@needs_promtool
@pytest.mark.parametrize(
    ("firing", "fault"),
    [([], {}), *(([name], fault) for name, fault in FAULTS)],
    ids=["in good health", *(name for name, _ in FAULTS)],
)
def test_an_alert_fires_for_what_it_is_for_and_no_other_does(
    tmp_path: Path, firing: list[str], fault: dict[str, str]
) -> None:
    file = tmp_path / "test.yml"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [str(ALERTS)], "tests": [_scenario(firing, fault)]}))
    _promtool("test", "rules", str(file))


def test_every_alert_is_tried_and_explained() -> None:
    assert set(_alerts()) == {name for name, _ in FAULTS}
    assert len(set(_alerts())) == len(_alerts())
    text = ALERTS.read_text()
    for key in ("summary:", "description: >-", "labels: {severity: "):
        assert text.count(key) == len(_alerts()), key


@needs_promtool
def test_prometheus_can_read_the_alerts() -> None:
    _promtool("check", "rules", str(ALERTS))


@needs_promtool
def test_prometheus_can_read_what_the_dashboard_asks_for(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(_expressions())]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    _promtool("check", "rules", str(file))


def test_every_panel_says_what_it_shows_and_in_which_unit() -> None:
    places = set()
    for panel in _panels():
        assert panel["title"], panel
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
        assert all(target["expr"] and target["refId"] for target in panel["targets"]), panel["title"]
        places.add((panel["gridPos"]["x"], panel["gridPos"]["y"]))
    assert len(places) == len(_panels())
    ids = [panel["id"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    assert len(set(ids)) == len(ids)


def _documented() -> set[str]:
    """The names in the tables of the page; under a program's heading they may go without its prefix."""
    names, prefix = set(), ""
    for line in OPERATIONS.splitlines():
        if heading := re.match(r"#+ (.*)", line):
            (prefix,) = {
                f"nxcast_{name}_" for name in ("broker", "producer") if name in heading[1].lower()
            } or {""}
        elif row := re.match(r"\| `(\w+)(?:\{\S+\})?` \| (?:counter|gauge|histogram) \|", line):
            names.add(row[1] if row[1].startswith("nxcast_") else prefix + row[1])
    return names


@pytest.mark.parametrize("file", [ALERTS, DASHBOARD], ids=lambda file: file.name)
def test_every_metric_asked_for_stands_in_the_tables(file: Path) -> None:
    asked = set(re.findall(r"\bnxcast_(?:broker|producer)_\w+", file.read_text()))
    plain = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert plain - _documented() == set()
