"""The test vectors: made from today's code, true of the broker, and passed by our subscriber."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import msgpack
import pytest
import zmq

from tests.conftest import ROOT, Bench, RunningBroker

FOLDER = ROOT / "docs" / "conformance"
LIMIT_S = 60


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"conformance_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = _module("make")
SUITES = {name: json.loads((FOLDER / name).read_text()) for name in MAKE.DOCUMENTS}


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(FOLDER / "run.py"), *command], capture_output=True, text=True, timeout=LIMIT_S
    )


def _named(suite: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in SUITES[suite]["vectors"]]


@pytest.mark.parametrize(
    ("file", "made"), [*zip(MAKE.DOCUMENTS, (MAKE.subscriber, MAKE.ingress, MAKE.requests), strict=True)]
)
def test_the_files_are_what_the_code_makes(file: str, made: Any) -> None:
    assert (FOLDER / file).read_text() == MAKE.render(made()), "run python docs/conformance/make.py"


def test_our_subscriber_passes() -> None:
    done = _run(sys.executable, str(FOLDER / "client.py"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("22 vectors and the account: none failed\n")


def test_a_subscriber_that_counts_wrong_fails(tmp_path: Path) -> None:
    careless = (FOLDER / "client.py").read_text().replace("lost {counts.lost_at_least}", "lost 0")
    (tmp_path / "careless.py").write_text(careless)
    done = _run(sys.executable, str(tmp_path / "careless.py"))
    assert done.returncode == 1
    assert "FAIL the account: expected messages 19, records 18, lost 5" in done.stdout


def test_a_subscriber_that_shows_wrong_fails(tmp_path: Path) -> None:
    careless = (FOLDER / "client.py").read_text().replace("'-' if value is None else value", "value")
    (tmp_path / "careless.py").write_text(careless)
    done = _run(sys.executable, str(tmp_path / "careless.py"))
    assert done.returncode == 1
    assert "FAIL nil: no SOA was there" in done.stdout


def test_a_program_that_is_not_there_is_told() -> None:
    done = _run("/nonexistent/subscriber")
    assert (done.returncode, done.stderr) == (
        2,
        "can't run /nonexistent/subscriber: No such file or directory\n",
    )


@pytest.mark.parametrize("vector", _named("ingress.json"))
def test_the_broker_counts_as_the_ingress_vectors_say(bench: Bench, vector: dict[str, Any]) -> None:
    bench.send(*(bytes.fromhex(part) for part in vector["parts"]))
    while True:
        header, _ = bench.ask(ask="status")
        counters = header["status"]["counters"]
        if counters["messages_received"]:
            break
    assert {key: counters[key] for key in vector["adds"]} == vector["adds"]


def test_the_broker_answers_as_the_request_vectors_say(broker: RunningBroker) -> None:
    with zmq.Context() as context, context.socket(zmq.DEALER) as asker:
        asker.linger = 0
        asker.rcvtimeo = LIMIT_S * 1000
        asker.connect(broker.replay)
        for vector in SUITES["requests.json"]["vectors"]:
            asker.send(bytes.fromhex(vector["request"]))
            answer = msgpack.unpackb(asker.recv_multipart()[0])
            assert {key: answer[key] for key in vector["answer"]} == vector["answer"], vector["name"]
