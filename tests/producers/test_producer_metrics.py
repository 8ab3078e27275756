"""Metrics and health of the real command, with a real broker, and what its log lines hold for machines."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nxcast.process.stop import Stop
from nxcast.producers.__main__ import main
from nxcast.producers.linger import BATCH_FRAMES
from nxcast.producers.producer_metrics import Work, serve
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.dnstap import FAULTS
from nxcast.telemetry import heartbeat
from nxcast.telemetry.heartbeat import Heartbeat
from nxcast.telemetry.metrics_address import Address
from testbed.ports import free_ports
from tests.conftest import ROOT, RunningBroker
from tests.producers.conftest import Process, Wire

SECONDS = 60.0
FRAMES = BATCH_FRAMES + 44
PREFIX = "nxcast_producer_"
EMPTY_PCAP = bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000")


class Broker:
    """A real one that can be killed and started again at the same ports."""

    def __init__(self) -> None:
        names = ("ingress", "egress", "replay")
        ends = [(name, f"tcp://127.0.0.1:{port}") for name, port in zip(names, free_ports(3), strict=True)]
        self._options = [word for name, endpoint in ends for word in (f"--{name}", endpoint)]
        self.ingress = ends[0][1]
        self.options = ("--broker", self.ingress, "--replay", ends[2][1])
        self._running: RunningBroker | None = None

    def start(self) -> None:
        self._running = RunningBroker(*self._options)

    def kill(self) -> None:
        if self._running is not None:
            self._running.process.kill()
            self._running.process.communicate(timeout=SECONDS)
            self._running = None


class Producer(Process):
    """`nxcast-produce` with --metrics on a port that is free."""

    def __init__(self, kind: str, broker: Broker, *arguments: str, **environment: str) -> None:
        options = (kind, *broker.options, "--sensor", "here", "--metrics", "127.0.0.1:0", *arguments)
        super().__init__(options, environment)
        self._url = self.wait_for("metrics on (http://127.0.0.1:[0-9]+)/metrics")[1]

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"{self._url}/{path}", timeout=SECONDS) as answer:  # noqa: S310  ours
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def scrape(self) -> dict[str, float]:
        """Values of all samples; a label stands in the name, but for those of `info`."""
        return {
            sample.name.removeprefix(PREFIX) + "".join(f".{value}" for value in labels): sample.value
            for family in text_string_to_metric_families(self.get("metrics")[1])
            for sample in family.samples
            for labels in [[] if sample.name.endswith("_info") else sample.labels.values()]
        }

    def scrape_until(self, done: Callable[[dict[str, float]], bool]) -> dict[str, float]:
        return until(self.scrape, done)

    def figures(self) -> dict[str, Any]:
        """Stop it; what the line at its end has in JSON."""
        self.popen.send_signal(signal.SIGTERM)
        status, lines = self.end()
        assert status == 0
        return dict(json.loads(lines[-1]))


def until(look: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    """Look until it is as it should be; the end of the tries says what it was instead."""
    for _ in range(5000):
        if done(seen := look()):
            return seen
    raise AssertionError(seen)


@pytest.fixture
def away() -> Iterator[Broker]:
    """A broker that is not there until `start`."""
    broker = Broker()
    yield broker
    broker.kill()


@pytest.fixture
def there(away: Broker) -> Broker:
    away.start()
    return away


@pytest.fixture
def start() -> Iterator[Callable[..., Producer]]:
    running: list[Producer] = []

    def start(*arguments: Any, **environment: str) -> Producer:
        running.append(Producer(*arguments, **{"NXCAST_LOG_FORMAT": "json", **environment}))
        return running[-1]

    yield start
    for process in running:
        process.close()


@pytest.fixture
def listening(start: Callable[..., Producer]) -> Callable[[Broker], tuple[Producer, socket.socket]]:
    """A producer that listens for dnstap, and a resolver that is connected to it and has started."""

    def listen(broker: Broker) -> tuple[Producer, socket.socket]:
        producer = start("dnstap", broker, "tcp:127.0.0.1:0")
        port = producer.wait_for('listening at tcp:127.0.0.1:([0-9]+)"')[1]
        resolver = socket.create_connection(("127.0.0.1", int(port)), SECONDS)
        resolver.sendall(Wire.control(Wire.START, Wire.content_type))
        return producer, resolver

    return listen


Listening = Callable[[Broker], tuple[Producer, socket.socket]]
Start = Callable[..., Producer]


def frames_of(count: int) -> bytes:
    return Wire.data(Wire.dnstap()) * count


def test_what_is_scraped_is_what_the_last_line_says(listening: Listening, there: Broker) -> None:
    """Of a live source with a broker, while it runs; and the histogram has each frame."""
    producer, resolver = listening(there)
    with resolver:
        resolver.sendall(frames_of(FRAMES) + Wire.data(Wire.dnstap(type=3)) * 4 + Wire.data(b"\xff"))
        scraped = producer.scrape_until(lambda seen: seen["frames_acknowledged_total"] == FRAMES)
        figures = producer.figures()
    assert figures["read"] == scraped["frames_read_total"] == FRAMES + 5
    assert figures["sent"] == scraped["frames_sent_total"] == scraped["batch_frames_sum"] == FRAMES
    assert figures["acknowledged"] == FRAMES
    assert figures["skipped_RESOLVER_QUERY"] == scraped["skipped_total.RESOLVER_QUERY"] == 4
    assert figures["skipped_bad_protobuf"] == scraped["skipped_total.bad_protobuf"] == 1
    for name, count in (("dropped", 0), ("sent_again", 0), ("unsure", 0)):
        assert figures[name] == scraped[f"frames_{name}_total"] == count
    assert scraped["batch_frames_count"] >= 2
    assert scraped["source_connections"] == scraped["broker_connected"] == scraped["acknowledging"] == 1
    assert scraped["questions_hurried_total"] == 0
    assert scraped["held_batches"] == scraped["held_bytes"] == 0
    assert scraped["last_frame_timestamp_seconds"] >= scraped["process_start_time_seconds"] - 1


def test_a_broker_that_goes_and_comes_back_shows(listening: Listening, away: Broker) -> None:
    """In words while it is away, with what is held; all is well after that, and nothing is lost."""
    producer, resolver = listening(away)
    nobody = (503, f"no broker answers at {away.ingress}\n")
    with resolver:
        assert until(lambda: producer.get("readyz"), lambda seen: seen == nobody)
        resolver.sendall(frames_of(1))
        scraped = producer.scrape_until(lambda seen: seen["held_batches"] == 1)
        assert scraped["broker_connected"] == scraped["frames_acknowledged_total"] == 0
        assert 0 < scraped["held_bytes"] < scraped["held_bytes_max"]
        assert producer.get("healthz") == (200, "ok\n")

        away.start()
        producer.scrape_until(lambda seen: seen["frames_acknowledged_total"] == 1)
        assert producer.get("readyz") == (200, "ok\n")

        away.kill()
        producer.scrape_until(lambda seen: seen["broker_away_total"] == 1)
        assert producer.get("readyz") == nobody
        away.start()
        assert until(lambda: producer.get("readyz"), lambda seen: seen == (200, "ok\n"))
        figures = producer.figures()
    assert (figures["sent"], figures["acknowledged"], figures["times_away"]) == (1, 1, 1)


def test_counts_go_on_when_files_begin_anew(start: Start, there: Broker, tmp_path: Path) -> None:
    """Packets and queries of --loop are those of all rounds."""
    capture = tmp_path / "some.pcap"
    assert main(["synthetic", "--count", "10", "--write", str(capture)]) == 0
    producer = start("pcap", there, "--loop", "--rate", "2000", str(capture))
    first = producer.scrape_until(lambda seen: seen["packets_total"] > 100)
    then = producer.scrape_until(lambda seen: seen["packets_total"] > first["packets_total"] + 100)
    assert then["queries_total"] > first["queries_total"] > 50
    assert then["frames_read_total"] > first["frames_read_total"]
    assert then["packets_lost_kernel_total"] == then["packets_lost_interface_total"] == 0


def test_labels_hold_nothing_that_a_stranger_sent(listening: Listening, there: Broker) -> None:
    """However many types of message and broken payloads come."""
    producer, resolver = listening(there)
    strange = [Wire.dnstap(type=None, identity=None, response_message=bytes(number)) for number in range(40)]
    strange += [
        Wire.dnstap(type=kind, response_address=b"example") for kind in dnstap_pb2.Message.Type.values()
    ]
    strange += [bytes([number, 255 - number]) * number for number in range(200)]
    with resolver:
        resolver.sendall(b"".join(map(Wire.data, filter(None, strange))))
        count = len([payload for payload in strange if payload])
        producer.scrape_until(lambda seen: seen["frames_read_total"] == count)
    ours = {*FAULTS, *dnstap_pb2.Message.Type.keys()}
    for family in text_string_to_metric_families(producer.get("metrics")[1]):
        for sample in family.samples:
            assert sample.labels.keys() <= {"version", "source", "sensor", "reason", "le"}
            assert sample.labels.get("reason", "bad_protobuf") in ours


def test_a_file_is_served_until_all_of_it_is_acknowledged(start: Start, away: Broker, tmp_path: Path) -> None:
    """While it waits for its broker at the start, and while it waits for the rest to arrive."""
    capture = tmp_path / "capture.dnstap"
    capture.write_bytes(Wire.stream(Wire.dnstap()))
    producer = start("dnstap", away, str(capture))
    assert until(lambda: producer.get("readyz")[1], lambda seen: seen.startswith("no broker answers at"))
    assert producer.get("healthz") == (200, "ok\n")
    away.start()
    status, lines = producer.end()
    assert (status, json.loads(lines[-1])["acknowledged"]) == (0, 1)


def test_a_loop_that_stands_still_is_not_healthy(
    idle_ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The beat of the pusher is what counts; here it may not be a moment old."""
    monkeypatch.setattr(heartbeat, "STALLED_S", 0.0)
    with (
        Pusher(idle_ingress.endpoint, "here", stop) as pusher,
        serve(Address("127.0.0.1", 0), (), Work("dnstap", Mock(), Tally(), pusher), Heartbeat()) as endpoint,
        pytest.raises(urllib.error.HTTPError) as caught,
    ):
        urllib.request.urlopen(f"http://{endpoint.address}/healthz", timeout=SECONDS)
    with caught.value as answer:
        assert (answer.code, answer.read()) == (503, b"the loop has not turned for 0 s\n")


def test_a_port_in_use_is_told_before_anything_is_read(tmp_path: Path, away: Broker) -> None:
    """One line and exit status 1; the source has not been opened, nor a broker waited for."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        options = ("dnstap", *away.options, "--metrics", place, f"unix:{tmp_path}/socket")
        process = Process(options, {})
        assert process.end() == (
            1,
            [
                f"nxcast-produce: can't serve metrics on {place}: address already in use; "
                "--metrics names another"
            ],
        )
        process.close()


def test_a_bad_place_for_metrics_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the option and from the variable."""
    monkeypatch.setenv("NXCAST_METRICS", "host")
    for arguments in (["synthetic"], ["synthetic", "--metrics", "host"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
        assert "argument --metrics: 'host': it should look like 9153" in capsys.readouterr().err


def test_the_variable_names_the_place_too(there: Broker) -> None:
    """As the option does."""
    process = Process(("synthetic", *there.options, "--rate", "1"), {"NXCAST_METRICS": "0"})
    process.wait_for("metrics on http://127.0.0.1:[1-9][0-9]*/metrics\n")
    process.close()


def test_who_wants_no_metrics_waits_for_no_import() -> None:
    code = "import sys, nxcast.producers.program; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run((sys.executable, "-c", code)).returncode == 0


def test_lines_hold_for_machines_what_they_say(listening: Listening, away: Broker) -> None:
    """JSON, one event a line, with the connection, the reason and the broker by name."""
    producer, resolver = listening(away)
    producer.wait_for("no broker answers.*\n")
    with resolver:
        resolver.sendall(b"\xff" * 8)
        assert resolver.recv(1) == b""
    producer.popen.send_signal(signal.SIGTERM)
    status, lines = producer.end()
    assert status == 0
    connected, closed, last = (json.loads(line) for line in lines[-3:])
    name = connected["connection"]
    assert connected["message"] == f"{name}: connected"
    assert (closed["level"], closed["connection"]) == ("warning", name)
    assert closed["message"] == f"{name}: closed: {closed['reason']}"
    assert (last["message"], last["read"], last["program"]) == (
        "read 0, sent 0, dropped 0",
        0,
        "nxcast-produce",
    )


def test_what_ends_it_before_the_start_is_a_line_of_the_same_form(tmp_path: Path) -> None:
    process = Process(("dnstap", "--log-format", "json", str(tmp_path / "absent")), {})
    status, lines = process.end()
    process.close()
    assert (status, json.loads(lines[0])["level"]) == (1, "error")
    assert json.loads(lines[0])["message"].endswith("no such file; name a file, or - for standard input")


def test_a_terminal_gets_a_bar_and_text_and_others_json(there: Broker) -> None:
    """With the format left to the program."""
    options = ("synthetic", *there.options, "--count", "5", "--rate", "0", "--log-format", "auto")
    command = (sys.executable, "-m", "nxcast.producers", *options)
    piped = subprocess.run(command, stderr=subprocess.PIPE, timeout=SECONDS)
    assert [json.loads(line)["sent"] for line in piped.stderr.splitlines()] == [5]
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 80))  # one of no size gets no bar
    subprocess.run(command, stderr=theirs, timeout=SECONDS)
    seen = os.read(ours, 1 << 16).decode()
    os.close(ours)
    os.close(theirs)
    assert re.search(r"synthetic .*[0-5]/5", seen)
    assert "nxcast-produce: read 5, sent 5, acknowledged 5, dropped 0" in seen


def test_a_bar_needs_no_standard_error(tmp_path: Path) -> None:
    """Closed as after 2>&- in a shell: what is to be written is written."""
    path = tmp_path / "made.pcap"
    command = (sys.executable, "-m", "nxcast.producers", "synthetic", "--count", "5", "--write", str(path))
    assert subprocess.run(("sh", "-c", 'exec "$@" 2>&-', "sh", *command), timeout=SECONDS).returncode == 0
    assert path.stat().st_size > 0


def test_each_metric_is_documented_and_each_in_the_documents_is_there(start: Start, there: Broker) -> None:
    """docs/operations.md against what the kinds of source show between them."""
    text = (ROOT / "docs" / "operations.md").read_text()
    section = text.partition("### Metrics of the producers\n")[2].partition("\n##")[0]
    rows = re.findall(
        r"^\| `nxcast_producer_(\w+)(?:\{([\w,]+)\})?` \| (\w+) \| .+ \|$", section, re.MULTILINE
    )
    documented = {(name, kind, frozenset(filter(None, labels.split(",")))) for name, labels, kind in rows}
    assert documented == set().union(*map(_shown, _one_of_each_kind(start, there)))


def _one_of_each_kind(start: Start, broker: Broker) -> list[Producer]:
    """Each has made a frame or skipped something, where that shows more."""
    some = Wire.control(Wire.START, Wire.content_type) + frames_of(1) + Wire.data(b"\xff")
    listening = start("dnstap", broker, "tcp:127.0.0.1:0", "--sensor-from", "identity")
    piped = start("dnstap", broker, "-")
    packets = start("pcap", broker, "-")
    containers = start("nmsg", broker, "--zmq", "tcp://127.0.0.1:*,accept,pushpull")
    for producer, octets in ((piped, some), (packets, EMPTY_PCAP)):
        producer.popen.stdin.write(octets)  # type: ignore[union-attr]
        producer.popen.stdin.flush()  # type: ignore[union-attr]
    piped.scrape_until(lambda seen: seen["frames_acknowledged_total"] == 1)
    listening.scrape_until(lambda seen: "source_connections" in seen)
    packets.scrape_until(lambda seen: "packets_total" in seen)
    containers.scrape_until(lambda seen: "containers_missing_total" in seen)
    return [listening, piped, packets, containers]


def _shown(producer: Producer) -> set[tuple[str, str, frozenset[str]]]:
    """Name, type and labels of each family, as the page has them."""
    found = set()
    for family in text_string_to_metric_families(producer.get("metrics")[1]):
        if family.name.startswith(PREFIX):
            assert family.documentation
            suffix = "_total" if family.type == "counter" else ""
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            found.add((family.name.removeprefix(PREFIX) + suffix, family.type, frozenset(labels)))
    return {each for each in found if each[0] != "skipped_total" or each[2]}  # without a sample: no labels
