"""The command as a user runs it: into a broker's ingress, and into files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from nxcast.producers.__main__ import main
from nxcast.producers.synthetic.stream import generate
from nxcast.schemas.frames import Frame

SECONDS = 60.0
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(idle_ingress: Any) -> Iterator[Start]:
    """Start `nxcast-produce synthetic` towards the ingress."""
    running: list[subprocess.Popen[str]] = []

    def popen(*options: str, **environment: str) -> subprocess.Popen[str]:
        command = (sys.executable, "-m", "nxcast.producers", "synthetic", "--sensor", "test")
        running.append(
            subprocess.Popen(
                (*command, *idle_ingress.options, *options),
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, **environment},
            )
        )
        return running[-1]

    yield popen
    for process in running:
        process.kill()
        process.communicate(timeout=SECONDS)


def end(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    _, text = process.communicate(timeout=SECONDS)
    return process.returncode, text.splitlines()


def expected(count: int, *arguments: Any, **options: Any) -> list[Frame]:
    return [response.frame for response in islice(generate(*arguments, **options), count)]


def test_pushes_the_stream(ingress: Any, start: Start) -> None:
    """As many as asked for, just those of the seed and the mix, and with --start their times too."""
    start_ns = 1_800_000_000_000_000_000
    process = start(
        *("--rate", "0", "--count", "5000", "--seed", "9", "--mix", "sie", "--start", "2027-01-15T08:00:00")
    )
    assert ingress.frames(5000) == expected(5000, "sie", 9, start_ns=start_ns)
    assert end(process) == (0, ["nxcast-produce: read 5,000, sent 5,000, acknowledged 5,000, dropped 0"])


def test_pushes_at_a_rate_with_the_times_of_the_push(ingress: Any, start: Start) -> None:
    """400 at 1,000 a second take 0.4 seconds, and their times are those, in order."""
    before = time.time_ns()
    process = start("--rate", "1000", "--count", "400")
    times = [frame[0] for frame in ingress.frames(400)]
    after = time.time_ns()
    assert end(process)[0] == 0
    assert before < times[0] <= times[-1] < after
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert (times[-1] - times[0]) / 1e9 > 0.37


def test_goes_on_until_it_is_stopped(ingress: Any, start: Start) -> None:
    """Without a count a signal ends it, and what it had made has arrived."""
    process = start("--rate", "500", "--without", "dga,beacon")
    ingress.batch()
    process.send_signal(signal.SIGINT)
    status, lines = end(process)
    assert status == 0
    assert len(lines) == 1
    assert "dropped 0" in lines[0]
    assert "not sent" not in lines[0]


def test_waits_for_the_broker(idle_ingress: Any, start: Start) -> None:
    """Nothing is dropped, however long it takes the broker to come."""
    process = start("--rate", "0", "--count", "20000", "--seed", "4", "--start", "2026-01-01")
    idle_ingress.start()
    assert idle_ingress.frames(20_000)[:5000] == expected(5000, seed=4)
    assert end(process)[0] == 0


@pytest.mark.parametrize("kind", ["pcap", "dnstap"])
def test_writes_the_same_file_each_time(start: Start, tmp_path: Path, kind: str) -> None:
    """Octet for octet, in another process too, and without any broker."""
    paths = [tmp_path / f"{number}.{kind}" for number in range(2)]
    for number, path in enumerate(paths):
        process = start("--count", "3000", "--write", str(path), PYTHONHASHSEED=str(number))
        status, lines = end(process)
        assert status == 0
        size = f"{path.stat().st_size:,}"
        assert lines == [
            f"nxcast-produce: writing {path}",
            f"nxcast-produce: wrote {path}: responses 3,000, octets {size}",
        ]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_stops_in_the_middle_of_a_file(start: Start, tmp_path: Path) -> None:
    """It leaves nothing behind, and says so."""
    path = tmp_path / "long.dnstap"
    process = start("--count", "100000000", "--write", str(path))
    assert process.stderr is not None
    assert process.stderr.readline() == f"nxcast-produce: writing {path}\n"
    assert list(tmp_path.iterdir())
    process.send_signal(signal.SIGTERM)
    status, lines = end(process)
    assert status == 0
    assert lines[0] == f"nxcast-produce: stopped: {path} has not been written"
    assert not list(tmp_path.iterdir())


def test_names_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One line and status 2."""
    for options, text in (
        (["--write", f"{tmp_path}/a.pcap"], "a file needs an end: give --count with --write\n"),
        (
            ["--write", f"{tmp_path}/a.txt", "--count", "1"],
            f"{tmp_path}/a.txt: unknown kind of file; let its ",
        ),
        (["--causes", "answer", "--mix", "sie"], "no cause is left that comes at random in the mix sie\n"),
        (["--without", "typos"], "no cause 'typos': the causes are "),
    ):
        assert main(["synthetic", *options]) == 2
        told = capsys.readouterr().err
        assert told.startswith(f"nxcast-produce: {text}")
        assert told.count("\n") == 1
    for wrong in ("--rate=-1", "--rate=inf", "--count=-1", "--start=1970-01-01", "--start=soon", "--mix=all"):
        with pytest.raises(SystemExit) as caught:
            main(["synthetic", wrong])
        assert caught.value.code == 2
    assert "'soon' is no time such as 2026-01-31 or 2026-01-31T12:30:00" in capsys.readouterr().err
