"""What a consumer tells of itself over HTTP: a command of its own process, and what becomes of its counts."""

import re
import subprocess
import sys
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nxcast.consumers.__main__ import main
from nxcast.consumers.client.events import Counts, Losses
from nxcast.consumers.questions.loop.findings import Alert, Section
from nxcast.consumers.questions.loop.report import Counting, Summary
from nxcast.consumers.show import vitals as module
from nxcast.consumers.show.consumer_metrics import PREFIX, ConsumerMetrics
from nxcast.consumers.show.vitals import Vitals
from tests.conftest import ROOT

PROGRAM = (sys.executable, "-m", "nxcast.consumers")
MX = "nxdomain/MX/"
SUMMARY = Summary("dga", None, None, 0, 0, Losses(), Losses(), forgotten=0, final=True)


@pytest.fixture
def served(broker):
    """Starts a command with --metrics; gives the process and its base URL."""
    processes = []

    def start(*arguments):
        process = subprocess.Popen(
            (
                sys.executable,
                "-m",
                "nxcast.consumers",
                *arguments,
                "--metrics",
                "0",
                "--broker",
                broker.endpoint,
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        broker.await_subscription()
        line = process.stderr.readline()
        return process, re.fullmatch(r"nxcast-consume: metrics on (http://127\.0\.0\.1:\d+)/metrics\n", line)[
            1
        ]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  our own
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def samples(text):
    return {
        (sample.name.removeprefix(f"{PREFIX}_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("command", ["tail", "dnsbl"])
def test_a_command_tells_what_it_took_lost_and_how_far_behind_it_is(broker, served, make, command):
    process, base = served(command)
    assert get(f"{base}/readyz") == (503, "no broker has answered yet\n")
    assert get(f"{base}/healthz") == (200, "ok\n")
    broker.publish_status()
    assert "connected to" in process.stderr.readline()
    broker.publish(MX, make.nxdomain(), make.nxdomain())
    broker.publish(MX, make.nxdomain(), skip=2)
    told = {}
    while told.get(("records_total",)) != 3 or told[("broker_connected",)] != 1:
        told = samples(get(f"{base}/metrics")[1])
    assert (told[("messages_total",)], told[("messages_lost_total",)]) == (2, 2)
    assert told[("losses_unknown_total",)] == told[("broker_restarts_total",)] == 0
    assert told[("last_message_timestamp_seconds",)] == 5e-9
    assert told[("lag_seconds",)] > 1e9
    assert get(f"{base}/readyz") == (200, "ok\n")
    assert any(name == "info" and command in labels for name, *labels in told)


def test_findings_and_alerts_are_counted_by_question(capsys):
    class Shown:
        in_place = False

        def alert(self, alert):
            print(alert.text)

        def report(self, sections, summary):
            print(len(sections), summary.question)

        def close(self):
            print("closed")

    vitals = Vitals()
    counting = Counting(Shown(), vitals)
    counting.alert(Alert(1, "burst", "one"))
    counting.alert(Alert(2, "burst", "two"))
    counting.report([Section("groups", "Groups", (), [{}] * 3), Section("lone", "Lone", (), [])], SUMMARY)
    counting.close()
    assert capsys.readouterr().out.split() == ["one", "two", "2", "dga", "closed"]
    told = {
        (sample.name, *sample.labels.values()): sample.value
        for family in ConsumerMetrics("dga", Counts(), vitals).collect()
        for sample in family.samples
    }
    assert told[(f"{PREFIX}_alerts_total", "dga", "burst")] == 2
    assert told[(f"{PREFIX}_findings", "dga", "groups")] == 3
    assert told[(f"{PREFIX}_findings", "dga", "lone")] == 0


def test_a_broker_that_falls_silent_is_told(monkeypatch):
    vitals = Vitals()
    vitals.turn({})
    assert vitals.trouble() is None
    monkeypatch.setattr(module, "SILENT_S", 0.0)
    assert vitals.trouble() == "nothing heard from the broker for 0 s"


def test_one_whose_log_is_read_for_long_is_not_silent(monkeypatch):
    """No status is read meanwhile, but the messages are its answers."""
    now_s = 0.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now_s, time_ns=lambda: 0))
    vitals = Vitals()
    status = {}
    vitals.turn(status)
    for _ in range(3):
        now_s += module.SILENT_S
        vitals.took(0)
        vitals.turn(status)
        assert vitals.trouble() is None
    now_s += module.SILENT_S
    assert vitals.trouble() == "nothing heard from the broker for 5 s"


def test_a_port_in_use_is_told_before_a_broker_is_waited_for(served, capsys):
    _, base = served("tail")
    address = base.removeprefix("http://")
    assert main(["tail", "--metrics", address, "--broker", "tcp://127.0.0.1:1"]) == 1
    assert capsys.readouterr().err == (
        f"nxcast-consume: can't serve metrics on {address}: address already in use; --metrics names another\n"
    )


def test_a_file_has_nothing_to_tell(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["dga", "--from", "-", "--metrics", "0"])
    assert caught.value.code == 2
    assert "--from goes without --metrics" in capsys.readouterr().err


def test_the_page_has_every_metric():
    vitals = Vitals()
    vitals.took(5)
    page = (ROOT / "docs" / "operations.md").read_text()
    for family in ConsumerMetrics("tail", Counts(), vitals).collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        name = f"{name}_info" if family.type == "info" else name
        assert re.search(rf"^\| `{name}[`{{]", page, re.MULTILINE), name
