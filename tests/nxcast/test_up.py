"""nxcast up: what a file names is started as it is, and stopped together."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from nxcast.share import parsers
from nxcast.up import main

LIMIT_S = 120


def run(file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "nxcast", "up", str(file)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A broker and a consumer of it."""
    sockets = [f"ipc://@nxcast-test-up-{os.getpid()}-{name}" for name in ("in", "out", "replay")]
    ingress, egress, replay = sockets
    path = tmp_path / "up.toml"
    path.write_text(
        f"""run = [
          ["broker", "--ingress", "{ingress}", "--egress", "{egress}", "--replay", "{replay}"],
          ["tail", "status/", "--format", "json", "--broker", "{egress}", "--replay", "{replay}"],
        ]"""
    )
    return path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_all_are_started_and_a_signal_stops_them_the_last_one_first(file: Path, number: int) -> None:
    with run(file) as process:
        try:
            assert process.stdout is not None
            assert '"software":"nxcast' in process.stdout.readline()  # the broker's, shown by the consumer
            process.send_signal(number)
            _, said = process.communicate(timeout=LIMIT_S)
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
    assert said.index("taking frames on") < said.index("connected to") < said.index("stopped: ")
    assert "nxcast up" not in said


@pytest.mark.parametrize(("words", "status"), [('["dnstap", "/nonexistent"]', 1), ('["tail", "--help"]', 0)])
def test_the_first_that_ends_ends_all_with_its_status_and_is_named(
    file: Path, words: str, status: int
) -> None:
    file.write_text(file.read_text().replace("[\n", f"[\n{words},\n", 1))
    with run(file) as process:
        _, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == status
    assert f" has ended with status {status}, and so all others are stopped\n" in said


@pytest.mark.parametrize(
    ("options", "kept"), [((), 1), (("--state", "own.json"), 0), (("--no-page",), 0)], ids=str
)
def test_a_page_that_it_starts_has_its_picture_after_a_restart(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: Sequence[str], kept: int
) -> None:
    """In the user's state folder, unless the file says where, or that there is none."""
    pytest.importorskip("uvicorn")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    egress = tomllib.loads(file.read_text())["run"][1][-3]
    words = json.dumps(["serve", "--listen", "0", "--broker", egress, *options])
    file.write_text(file.read_text().replace("\n        ]", f"\n{words}]"))
    for _ in range(2):
        with run(file) as process:
            try:
                assert process.stderr is not None
                assert any("served at http://127.0.0.1:" in line for line in process.stderr)
            finally:
                process.terminate()
                process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0
    found = list((tmp_path / "state" / "nxcast").glob("serve-*.json"))
    assert len(found) == kept
    for path in found:  # of both servers: what nobody counted before the first, and between them
        assert len(json.loads(path.read_text())["rates"]["unknown"]) == 2


def test_what_is_too_long_for_the_system_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "up.toml"
    file.write_text(f'run = [["tail", "{"x" * 200_000}"]]')  # Linux takes 128 KiB
    assert main([str(file)]) == 1
    assert "nxcast up: tail can't be started: " in capsys.readouterr().err


def test_the_file_that_help_shows_is_one_that_each_command_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = re.search(r"^ *run = \[\n.*?^ *\]\n", capsys.readouterr().out, re.DOTALL | re.MULTILINE)
    assert shown
    commands = tomllib.loads(shown[0])["run"]
    assert [words[0] for words in commands] == ["broker", "store", "serve", "dnstap", "dga"]
    front = parsers()["nxcast"]
    for words in commands:
        front.parse_args(words)


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        (None, 1, "no such file"),
        ("run = [", 2, "no TOML"),
        ("\xff", 2, "no TOML"),
        ("run = []", 2, "one key, run"),
        ('run = [["broker"]]\nmore = 1', 2, "one key, run"),
        ('run = ["broker"]', 2, "list of words"),
        ("run = [[1]]", 2, "list of words"),
        ('run = [["up"]]', 2, "up can't run up"),
        ('run = [["tail", "\\u0000"]]', 2, "list of words"),
        ("run = " + "[" * 100_000, 2, "no TOML"),
    ],
)
def test_a_file_that_names_nothing_to_run_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, status: int, told: str
) -> None:
    file = tmp_path / "up.toml"
    if text is not None:
        file.write_text(text)
    assert main([str(file)]) == status
    error = capsys.readouterr().err
    assert error.startswith(f"nxcast up: {file}: ")
    assert told in error


def test_an_interrupt_while_its_file_is_read_ends_it_quietly(tmp_path: Path) -> None:
    pipe = tmp_path / "up.toml"
    os.mkfifo(pipe)
    with run(pipe) as process, pipe.open("wb"):  # open once it is being read
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=LIMIT_S) == ("", "")
    assert process.returncode == 130
