"""nxcast-broker log: what it shows of a log, what it finds wrong, and that a broker is not disturbed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nxcast.broker.derivation.outbox import Message
from nxcast.broker.log.commit_log import CommitLog
from nxcast.broker.log.log_command import main

NOW = 1_700_000_000_000_000_000


def _log(folder: Path, messages: int, *, octets_max: int = 1 << 20) -> CommitLog:
    """A log with so many messages of 6,000 octets, in use."""
    log = CommitLog(folder, octets_max=octets_max, age_s=10**6, now_ns=NOW, now_s=0.0)
    log.begin(list, NOW)
    for _ in range(messages):
        log.commit([Message(b"nxdomain/MX/", b"head", bytes(6000))], [], NOW, 0.0)
    return log


def _segments(folder: Path) -> list[Path]:
    return sorted((folder / "records").glob("*.segment"))


def test_it_shows_what_there_is_also_while_a_broker_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = _log(tmp_path, 20)
    first.let_go()
    second = _log(tmp_path, 3)
    assert main(["--log", str(tmp_path), "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{tmp_path}, of a broker that runs (process {os.getpid()})"
    assert lines[3] == "  goes back to 2023-11-14 22:13:20 UTC"
    assert lines[4].split() == ["epoch", str(first.epoch), "killed", "20", "messages"]
    assert lines[5].startswith(f"  epoch {second.epoch} goes on")
    second.close(NOW)
    assert main(["show", "--log", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{tmp_path}, of no broker that runs"
    assert lines[5].split() == ["epoch", str(second.epoch), "clean", "3", "messages"]


def test_it_says_how_far_back_a_log_of_one_segment_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = _log(tmp_path, 1)
    log.commit([Message(b"nxdomain/MX/", b"head", b"")], [], NOW + 3600 * 10**9, 0.0)
    assert main(["show", "--log", str(tmp_path)]) == 0
    assert "  goes back to 2023-11-14 22:13:20 UTC" in capsys.readouterr().out.splitlines()
    log.close(NOW)


def test_check_finds_a_wrong_octet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _log(tmp_path, 30).close(NOW)
    check = ["--log", str(tmp_path), "check"]
    assert (main(check), capsys.readouterr().out) == (0, f"{tmp_path}: whole\n")
    path = _segments(tmp_path)[0]
    octets = bytearray(path.read_bytes())
    octets[10_000] ^= 1
    path.write_bytes(octets)
    assert main(check) == 1
    assert f"{path}: " in capsys.readouterr().out


def test_trim_drops_the_oldest_but_not_while_a_broker_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = _log(tmp_path, 100)
    before = _segments(tmp_path)
    trim = ["--log", str(tmp_path), "trim", "--keep-bytes", "200000"]
    assert main(trim) == 1
    assert f"process {os.getpid()}" in capsys.readouterr().err
    assert _segments(tmp_path) == before
    log.close(NOW)
    assert main(trim) == 0
    left = _segments(tmp_path)
    assert left == before[-len(left) :]
    assert sum(path.stat().st_size for path in left) <= 200_000
    again = _log(tmp_path, 0)
    earlier = again.since(NOW, ["nxdomain/MX/"]).earlier
    assert earlier is not None
    assert not earlier.complete
    assert again.stretch("nxdomain/MX/", log.epoch, 100, 100).first == 100
    again.let_go()


def test_what_is_no_log_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--log", str(tmp_path / "nothing"), "show"]) == 1
    assert capsys.readouterr().err == (
        f"nxcast-broker log: {tmp_path / 'nothing'} is no log; --log names another folder\n"
    )
    assert main(["--log", "none", "check"]) == 1
    assert "there is nothing on disk" in capsys.readouterr().err
