"""Programs and a real broker's store: readers that were stopped, and commands that were killed."""

import json
import os
import signal
import subprocess
import sys
import time

import msgpack
import pytest

from tests.conftest import Bench, RunningBroker, await_connected
from tests.messages import frame, question
from tests.messages import message as dns_message

LIMIT_S = 60  # a hard time-out for anything that a test waits for


def named(number):
    """A frame about the name n<number>.example., type MX."""
    return frame(dns_message(questions=[question(f"n{number}.example.")]))


READER = """
import sys
from nxcast.consumers import Subscriber
with Subscriber("nxdomain/", "dns-errors/", timeout=3, broker=sys.argv[1],
                on_event=lambda event: print("event", event, flush=True)) as subscriber:
    subscriber.wait_connected()
    for batch in subscriber:
        print("batch", batch.topic, batch.sequence, len(batch.records), flush=True)
    counts = subscriber.counts
    print("counts", counts.repaired, counts.lost, counts.repeated, counts.invalid)
"""


@pytest.fixture
def real_broker():
    running = RunningBroker(
        "--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*", "--high-water-mark", "5"
    )
    yield running
    running.stop()
    running.process.stderr.close()


@pytest.fixture
def bench(real_broker):
    around = Bench(real_broker)
    yield around
    around.close()


def test_a_reader_that_was_stopped_for_a_while_gets_all_in_order(start, real_broker, bench):
    reader = start(sys.executable, "-c", READER, real_broker.egress)
    assert reader.stdout.readline().startswith("event connected")
    frames = [frame(dns_message())] * 512
    bench.push(*frames)
    first = reader.stdout.readline()
    assert first.startswith("batch")
    os.kill(reader.pid, signal.SIGSTOP)
    for _ in range(200):
        bench.push(*frames)
    witness = bench.subscribe("status/")
    told = {}
    while told.get("dns-errors/NXDOMAIN/", {}).get("records", 0) < 201 * 512:
        told = msgpack.unpackb(witness.recv_multipart()[2])[0]["topics"]
    os.kill(reader.pid, signal.SIGCONT)
    out = first + reader.stdout.read()  # communicate would miss what readline has read beside its line
    got = {}
    for line in out.splitlines():
        kind, *words = line.split()
        if kind == "batch":
            got.setdefault(words[0], []).append(int(words[1]))
    repaired, lost, repeated, invalid = map(int, out.splitlines()[-1].split()[1:])
    assert (lost, repeated, invalid) == (0, 0, 0)
    assert repaired > 10
    for topic in ("nxdomain/MX/", "dns-errors/NXDOMAIN/"):
        last = told[topic]["sequence"]
        assert got[topic] == list(range(last - len(got[topic]) + 1, last + 1))
        assert got[topic][0] == 1


@pytest.fixture
def start():
    """Starts programs that are killed at the end of the test."""
    processes = []

    def begin(*command):
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def consume(start, real_broker):
    return lambda *words: start(
        sys.executable, "-m", "nxcast.consumers", *words, "--broker", real_broker.egress
    )


def names(lines):
    return [json.loads(line)["qname"] for line in lines.splitlines() if line.endswith("}")]


def test_tail_since_shows_the_past_and_the_present_without_a_seam(consume, bench):
    for number in range(50):
        bench.push(named(number))
    await_records(bench.subscribe("status/"), 50)
    tail = consume("tail", "nxdomain/", "--since", "5m", "--format", "json", "--count", "100")
    for number in range(50, 100):
        bench.push(named(number))
    out, err = tail.communicate(timeout=60)
    assert names(out) == [f"n{number}.example." for number in range(100)]
    assert "replayed" in err.splitlines()[-1]


def await_records(witness, count):
    while True:
        told = msgpack.unpackb(witness.recv_multipart()[2])[0]["topics"]
        if told.get("nxdomain/MX/", {}).get("records", 0) >= count:
            return


def test_tail_with_a_cursor_that_is_killed_loses_nothing(consume, bench, tmp_path):
    options = ("tail", "nxdomain/", "--cursor", str(tmp_path / "cursor.json"), "--format", "json")
    tail = consume(*options)
    await_connected(tail)
    shown = []
    number = 0
    deadline = time.monotonic() + LIMIT_S
    while not (tmp_path / "cursor.json").exists() or number < 30:
        bench.push(named(number))
        shown += names(tail.stdout.readline())
        number += 1
        assert time.monotonic() < deadline
    tail.kill()
    rest, _ = tail.communicate()
    shown += names(rest)
    for _ in range(20):
        bench.push(named(number))
        number += 1
    again = consume(*options, "--timeout", "2")
    out, err = again.communicate(timeout=60)
    later = names(out)
    assert again.returncode == 0, err
    every = [f"n{at}.example." for at in range(number)]
    begun = every.index(later[0])
    assert later == every[begun:]
    assert shown == every[: len(shown)]
    assert begun <= len(shown)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("tail", "--since", "yesterday"), "yesterday"),
        (("tail", "--since", "2026-11-23T15:00:00"), "needs its zone"),
        (("spamtrap", "--from", "-", "--since", "5m"), "--from goes without --since"),
        (("record", "nxdomain/", ".", "--from", "-", "--cursor", "x"), "--from goes without --cursor"),
    ],
)
def test_wrong_arguments_are_told(options, said):
    run = subprocess.run(
        (sys.executable, "-m", "nxcast.consumers", *options),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert run.returncode == 2
    assert said in run.stderr


def test_record_with_a_cursor_that_is_killed_loses_nothing(consume, bench, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    cursor = tmp_path / "cursor.json"
    words = ("record", "nxdomain/", str(tmp_path), "--cursor", str(cursor), "--rotate-count", "10")
    recording = consume(*words)
    await_connected(recording)
    witness = bench.subscribe("nxdomain/")
    for number in range(35):
        bench.push(named(number))
        witness.recv_multipart()
    status = bench.subscribe("status/")  # one comes each second
    deadline = time.monotonic() + LIMIT_S
    while len(list(tmp_path.glob("*.parquet"))) < 3:
        assert time.monotonic() < deadline
        status.recv_multipart()
    recording.kill()  # five records are in a file that is not complete
    recording.communicate()
    again = consume(*words)
    await_connected(again)
    assert again.stderr.readline().startswith("nxcast-consume: ")  # of what the run before left
    assert "replayed" in again.stderr.readline()
    again.terminate()
    again.communicate(timeout=60)
    rows = duckdb.read_parquet(f"{tmp_path}/*.parquet").project("qname").fetchall()
    assert {name for (name,) in rows} == {f"n{number}.example." for number in range(35)}
