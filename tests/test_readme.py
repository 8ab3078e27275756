"""What the README says is true: its commands, configurations and example are run as they stand there."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nxcast.broker.settings import Settings
from tests.conftest import ROOT, Bench, RunningBroker
from tests.messages import frame, message

README = (ROOT / "README.md").read_text()


def _block(language: str, containing: str) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    (found,) = (block for block in blocks if containing in block)
    return found


def test_make_run_shows_both_channels_as_they_stand_here_and_leaves_nothing_running() -> None:
    ports = {
        "NXCAST_INGRESS": f"ipc://@nxcast-test-run-{os.getpid()}-in",
        "NXCAST_EGRESS": f"ipc://@nxcast-test-run-{os.getpid()}-out",
        "NXCAST_REPLAY": f"ipc://@nxcast-test-run-{os.getpid()}-replay",
    }
    wanted = [
        re.compile(r" NXDOMAIN .* [0-9]+ octets sample$"),  # of dns-errors/
        re.compile(r" NXDOMAIN .* soa [^ ]+ sample$"),  # of nxdomain/
    ]
    records = [line for line in _block("text", "taking frames").splitlines() if line.endswith(" sample")]
    assert len(records) == 5
    wanted += [re.compile(f"^{re.escape(line)}$") for line in records]  # the sample goes round
    command = [sys.executable, "testbed/run.py", "--for", "300"]
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **ports}, stdout=subprocess.PIPE, stderr=said, text=True
        ) as run,
    ):
        assert run.stdout is not None
        for line in run.stdout:
            wanted = [form for form in wanted if not form.search(line.rstrip())]
            if not wanted:
                break
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=60)
        said.seek(0)
        told = said.read()
    assert (run.returncode, wanted) == (0, [])
    for program in ("broker: stopped: ", "produce: read ", "consume: connected to "):
        assert f"nxcast-{program}" in told
    assert "Traceback" not in told


def test_make_run_ends_by_itself_after_the_time_given() -> None:
    ports = {
        name: f"ipc://@nxcast-test-for-{os.getpid()}-{name}"
        for name in ("NXCAST_INGRESS", "NXCAST_EGRESS", "NXCAST_REPLAY")
    }
    command = [sys.executable, "testbed/run.py", "--for", "0.1"]
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **ports},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "nxcast-broker: stopped: " in run.stderr


def test_make_run_fails_with_the_broker(broker: RunningBroker) -> None:
    run = subprocess.run(
        [sys.executable, "testbed/run.py", "--for", "4"],
        cwd=ROOT,
        env={**os.environ, "NXCAST_INGRESS": broker.ingress},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert "address already in use (is a broker running already?)" in run.stderr


def test_the_example_prints_what_does_not_exist(bench: Bench) -> None:
    source = _block("python", "Subscriber").replace("tcp://127.0.0.1:5556", bench.running.egress)
    assert len(_block("python", "Subscriber").splitlines()) <= 10
    process = subprocess.Popen([sys.executable, "-uc", source], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        status = bench.subscribe("status/")
        while not select.select([process.stdout], [], [], 0)[0]:
            bench.push(frame(message()))
            status.recv_multipart()
        assert process.stdout.readline() == "gdsrr.com. does not exist, says 192.33.14.30\n"
    finally:
        process.kill()
        process.communicate()


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        default = (field.default or "none") if isinstance(field.default, str) else str(field.default).lower()
        assert re.search(rf"^\| `{name}` \| `?{re.escape(default)}`? \| ", README, re.MULTILINE), name


@pytest.mark.skipif(shutil.which("unbound-checkconf") is None, reason="needs the Debian package unbound")
def test_the_lines_for_unbound_are_good(tmp_path: Path) -> None:
    file = tmp_path / "unbound.conf"
    file.write_text(_block("yaml", "dnstap-ip"))
    subprocess.run(["unbound-checkconf", str(file)], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("named-checkconf") is None, reason="needs the Debian package bind9-utils")
def test_the_lines_for_bind_are_good(tmp_path: Path) -> None:
    file = tmp_path / "named.conf"
    file.write_text(_block("c", "dnstap-output"))
    subprocess.run(["named-checkconf", str(file)], check=True, capture_output=True)


def test_nothing_waits_to_be_filled_in() -> None:
    assert not re.search(r"^[A-Z]{4,}$", README, re.MULTILINE)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)h][^)]*)\)", README):
        path, _, heading = target.partition("#")
        assert (ROOT / path).exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
