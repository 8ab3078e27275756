"""What docs/operations.md says is true: its units, settings and steps are tried as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from nxcast.broker.rights.keys_command import main as keys_command
from nxcast.broker.settings import Settings, load
from nxcast.consumers import Subscriber
from nxcast.consumers.client.events import Batch
from nxcast.transport.zeromq.broker_end import key_pair
from tests.conftest import ROOT, RunningBroker

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
UNITS = ("nxcast-broker.service", "nxcast-produce@.service")
SOCKET = "nxcast-produce@bind.socket"
DROP_INS = (
    "nxcast-produce@.service.d/key.conf",
    "nxcast-produce@bind.service.d/group.conf",
    "nxcast-produce@packets.service.d/capture.conf",
)
EXPOSURE_MAX = 2.0  # of 10, as `systemd-analyze security` counts; capturing packets takes 1.7
TIMEOUT_S = 60.0


def _file(name: str) -> str:
    """The block of the page whose first line is a comment with the file's name."""
    (found,) = re.findall(
        rf"^```\w+\n# \S*/{re.escape(name)}\n(.*?)^```", OPERATIONS, re.DOTALL | re.MULTILINE
    )
    return str(found)


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units in a folder, with what they start where it is here."""
    programs = Path(sys.executable).parent
    for name in (*UNITS, SOCKET, *DROP_INS):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(_file(name).replace("/opt/nxcast/bin", str(programs)))
    return tmp_path


@pytest.mark.parametrize("unit", UNITS)
def test_the_units_that_are_installed_are_those_of_the_page(unit: str) -> None:
    assert (ROOT / "systemd" / unit).read_text() == _file(unit)


needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs the Debian package systemd"
)


@needs_systemd
@pytest.mark.parametrize(
    "unit",
    [
        "nxcast-broker.service",
        "nxcast-produce@unbound.service",
        "nxcast-produce@bind.service",
        "nxcast-produce@packets.service",
        SOCKET,
    ],
)
def test_systemd_has_nothing_to_say_against_a_unit(units: Path, unit: str) -> None:
    verified = _analyze("verify", "--man=no", "--recursive-errors=no", str(units / unit))
    assert (verified.returncode, _ours(verified.stderr)) == (0, [])


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_exposes_little(units: Path, unit: str) -> None:
    if "--offline" not in _analyze("--help").stdout:
        pytest.skip("needs systemd 250 or later")
    judged = _analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX * 10:g}", str(units / unit))
    assert judged.returncode == 0, judged.stdout


def _ours(said: str) -> list[str]:
    """The lines about our units; the rest is about this machine's."""
    return [line for line in said.splitlines() if "nxcast" in line]


def test_the_settings_of_the_example_are_settings_of_the_broker(tmp_path: Path) -> None:
    config = tmp_path / "broker.toml"
    config.write_text(_file("broker.toml"))
    settings = load(["--config", str(config)])
    assert settings.keys == Path("/var/lib/nxcast/keys.toml")
    assert settings.model_fields_set <= set(Settings.model_fields)


@pytest.mark.parametrize("name", ["unbound", "bind", "packets"])
def test_a_producer_understands_what_its_environment_file_names(name: str) -> None:
    lines = _file(f"produce-{name}.env").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    source = given.pop("SOURCE").split()
    helped = subprocess.run(
        [sys.executable, "-m", "nxcast.producers", *source, "--help"],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    for option in (word for word in source if word.startswith("--")):
        assert re.search(rf"{option}\b", helped.stdout), option
    assert set(given) <= {"NXCAST_INGRESS", "NXCAST_METRICS"}


def test_the_limit_that_the_alert_on_memory_knows_is_that_of_the_unit() -> None:
    (limit,) = re.findall(r"^MemoryMax=(\d+)G$", _file("nxcast-broker.service"), re.MULTILINE)
    alerts = (ROOT / "testbed" / "prometheus" / "alerts.yml").read_text()
    assert f"> 0.8 * {int(limit) << 30}" in alerts


def test_links_lead_somewhere() -> None:
    targets = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", OPERATIONS)]
    assert targets
    for target in targets:
        assert (ROOT / "docs" / target).exists(), target


class Keyed:
    """A broker with keys, and what an operator does with it, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys("add", "ns1", "--push", "ns1")
        self.keys("add", "web", "--subscribe", "nxdomain/", "--replay")
        anywhere = ["--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*"]
        self.broker = RunningBroker("--keys", str(folder / "keys.toml"), *anywhere)

    def keys(self, command: str, name: str, *words: str) -> None:
        to = ["--to", str(self.key(name))] if command == "add" else []
        assert (
            keys_command([command, name, *words, *to, "--keys", str(self.folder / "keys.toml")], key_pair)
            == 0
        )

    def await_keys(self, count: int) -> None:
        """Until the broker says that it has read a file of so many."""
        assert self.broker.process.stderr is not None
        assert any(f"read the {count} keys" in line for line in self.broker.process.stderr)

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def produce(self, name: str, frames: int) -> subprocess.CompletedProcess[str]:
        """So many frames with the key of that name, until all are acknowledged."""
        ends = ["--broker", self.broker.ingress, "--replay", self.broker.replay]
        who = ["--sensor", "ns1", "--key", str(self.key(name))]
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "nxcast.producers",
                "synthetic",
                "--rate",
                "0",
                "--count",
                str(frames),
                *ends,
                *who,
            ],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    def subscriber(self, name: str) -> Subscriber:
        """One that goes on where the one before it ended, with the key of that name."""
        return Subscriber(
            "nxdomain/",
            broker=self.broker.egress,
            replay=self.broker.replay,
            key=self.key(name),
            cursor=self.folder / "cursor.json",
        )


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Keyed]:
    made = Keyed(tmp_path)
    try:
        yield made
    finally:
        made.broker.stop()
        assert made.broker.process.stderr is not None
        made.broker.process.stderr.close()


class Account:
    """What came of nxdomain/, however many subscribers had a part in it."""

    def __init__(self) -> None:
        self.records = 0
        self.sequences: dict[str, list[int]] = defaultdict(list)

    def take(self, batch: Batch) -> None:
        self.records += len(batch.records)
        self.sequences[batch.topic].append(batch.sequence)

    def take_all(self, subscriber: Subscriber, records: int) -> None:
        while self.records < records:
            self.take(subscriber.receive(TIMEOUT_S))


def test_a_subscriber_loses_nothing_while_its_key_is_rotated(keyed: Keyed) -> None:
    account = Account()
    with keyed.subscriber("web") as old:
        old.wait_connected(TIMEOUT_S)
        assert keyed.produce("ns1", 2000).returncode == 0
        account.take(old.receive(TIMEOUT_S))
        old.commit()
    keyed.keys("add", "web-2", "--subscribe", "nxdomain/", "--replay")
    keyed.await_keys(3)
    assert keyed.produce("ns1", 2000).returncode == 0  # while nobody listens
    with keyed.subscriber("web-2") as new:
        before = new.wait_connected(TIMEOUT_S)["counters"]["nxdomain"]
        account.take_all(new, before)
        keyed.keys("revoke", "web")
        keyed.await_keys(2)
        with (
            Subscriber("nxdomain/", broker=keyed.broker.egress, key=keyed.key("web")) as put_out,
            pytest.raises(PermissionError),
        ):
            put_out.wait_connected(TIMEOUT_S)
        assert keyed.produce("ns1", 2000).returncode == 0
        with Subscriber("nxdomain/", broker=keyed.broker.egress, key=keyed.key("web-2")) as other:
            after = other.wait_connected(TIMEOUT_S)["counters"]["nxdomain"]
        assert after > before > 0
        account.take_all(new, after)
        assert new.counts.lost == 0
    assert account.records == after
    for sequences in account.sequences.values():
        assert sequences == list(range(1, len(sequences) + 1))


def test_a_producer_keeps_its_sensor_and_its_account_while_its_key_is_rotated(keyed: Keyed) -> None:
    assert keyed.produce("ns1", 500).returncode == 0
    keyed.keys("add", "ns1-2", "--push", "ns1")
    keyed.await_keys(3)
    assert keyed.produce("ns1-2", 500).returncode == 0
    keyed.keys("revoke", "ns1")
    keyed.await_keys(2)
    assert "refused: it does not know this key" in keyed.produce("ns1", 1).stderr
    with keyed.subscriber("web") as subscriber:
        sensor = subscriber.wait_connected(TIMEOUT_S)["sensors"]["ns1"]
    assert (sensor["frames"], sensor["lost_batches"], sensor["restarts"]) == (1000, 0, 1)
