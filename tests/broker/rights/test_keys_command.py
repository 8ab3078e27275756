"""nxcast-broker keys: clients come and go, secrets stay private, and what goes wrong is one clear line."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nxcast.broker.rights.key_files import KeyFileError, own_key, own_key_path, read_keys, write_file
from nxcast.broker.rights.keys_command import main
from nxcast.broker.settings import Settings
from nxcast.schemas.client_rights import Keys, render_keys
from nxcast.schemas.curve import parse_client_key
from nxcast.schemas.topics import CHANNELS
from nxcast.transport.zeromq.broker_end import key_pair


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NXCAST_KEYS", str(tmp_path / "keys.toml"))
    return tmp_path / "keys.toml"


def _keys(*words: str) -> int:
    return main(words, key_pair)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_client_that_is_added_has_all_it_needs_in_one_file(path: Path) -> None:
    assert _keys("add", "web", "--subscribe", "nxdomain/,dns-errors/SERVFAIL/", "--replay") == 0
    key = parse_client_key(Path("web.key").read_text())
    client = read_keys(path).clients["web"]
    assert (key.name, key.public, key.broker) == ("web", client.key, own_key(path, key_pair).public)
    assert (client.subscribe, client.push, client.replay) == (("nxdomain/", "dns-errors/SERVFAIL/"), (), True)
    assert key.secret not in path.read_text()


def test_no_file_is_open_to_others(path: Path) -> None:
    before = os.umask(0)
    try:
        assert _keys("add", "ns1", "--push", "ns1") == 0
    finally:
        os.umask(before)
    assert [_mode(each) for each in (path, own_key_path(path), Path("ns1.key"))] == [0o600] * 3
    assert sorted(os.listdir()) == ["keys.toml", "keys.toml.secret", "ns1.key"]


def test_mode_and_owner_of_a_key_file_stay(path: Path) -> None:
    _keys("add", "ns1", "--push", "ns1")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    owner = path.stat().st_uid, path.stat().st_gid
    _keys("add", "ns2", "--push", "ns2")
    assert (_mode(path), (path.stat().st_uid, path.stat().st_gid)) == (0o640, owner)


def test_clients_are_listed_with_their_rights(capsys: pytest.CaptureFixture[str]) -> None:
    _keys("add", "web", "--subscribe", "all", "--replay", "--push", "lab-*", "--push", "lab")
    _keys("add", "ns1", "--push", "ns1")
    capsys.readouterr()
    assert _keys("list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "ns1                   push as ns1",
        f"web                   subscribe to {', '.join(CHANNELS)} with replay and push as lab-*, lab, "
        "subscribing at 5560",
    ]


def test_the_end_of_a_key_is_told_two_weeks_before(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    today = datetime.now(UTC).date()
    for name, days in (("far", 20), ("near", 14), ("over", 0)):
        assert _keys("add", name, "--push", "x", "--until", str(today + timedelta(days))) == 0
    clients = read_keys(path).clients
    assert [clients[name].until for name in ("far", "over")] == [today + timedelta(20), today]
    over = clients["over"].model_copy(update={"until": today - timedelta(1)})
    write_file(path, render_keys(Keys({**clients, "over": over})))
    capsys.readouterr()
    assert _keys("list") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"far                   push as x, until the end of {today + timedelta(20)}",
        f"near                  push as x, until the end of {today + timedelta(14)} (in 14 days: add another "
        "key, and revoke this one)",
        f"over                  push as x, ended after {today - timedelta(1)}: revoke it, and add it anew",
    ]


@pytest.mark.parametrize("day", ["tomorrow", "2020-01-01", "2027-13-01"])
def test_a_day_that_is_none_or_over_is_wrong_usage(day: str) -> None:
    with pytest.raises(SystemExit):
        _keys("add", "new", "--push", "x", "--until", day)
    assert not Path("new.key").exists()


def test_a_revoked_client_is_gone_and_its_name_free(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _keys("add", "ns1", "--push", "ns1")
    before = read_keys(path).clients["ns1"].key
    assert _keys("revoke", "ns1") == 0
    capsys.readouterr()
    assert _keys("list") == 0
    assert capsys.readouterr().out == f"no clients in {path}\n"
    Path("ns1.key").unlink()
    assert _keys("add", "ns1", "--push", "ns1") == 0
    assert read_keys(path).clients["ns1"].key != before


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["add", "new"], "a client that may do nothing: give --subscribe CHANNELS, --push SENSORS or both"),
        (
            ["add", "new", "--push", "x", "--replay"],
            "--replay needs --subscribe: only what may be subscribed",
        ),
        (
            ["add", "new", "--subscribe", "nxdomain"],
            "--subscribe: 'nxdomain' is no channel or topic; they are",
        ),
        (["add", "new", "--push", "a b"], "--push: 'a b' is no name of a sensor, nor a pattern such as ns*"),
        (
            ["add", "../new", "--push", "x"],
            "'../new' is no name: letters, digits, '.', '_' and '-', not only dots nor with '-' first",
        ),
        (["add", "--push", "x", "--", "-x"], "'-x' is no name: "),
        (["add", "..", "--push", "x"], "'..' is no name: "),
        (["add", "new", "--push=-x"], "--push: '-x' is no name of a sensor: not only dots nor"),
        (["add", "new", "--push", "."], "--push: '.' is no name of a sensor: not only dots nor"),
        (["add", "old", "--push", "x"], "old is in "),
        (["add", "new", "--push", "x", "--to", "old.key"], "old.key exists already; --to names another"),
        (["add", "new", "--push", "x", "--to", "no/new.key"], "no/new.key: no such file or directory"),
        (["revoke", "new"], "no client 'new' in "),
        (["list", "--keys", "other.toml"], "other.toml: no such file or directory"),
        (["list", "--keys", "old.key"], "old.key: cut short: its last line is not "),
    ],
)
def test_what_goes_wrong_is_one_line_and_changes_nothing(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _keys("add", "old", "--push", "old")
    files = {name: Path(name).read_text() for name in os.listdir()}
    capsys.readouterr()
    assert _keys(*words) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"nxcast-broker keys: {reason}")
    assert {name: Path(name).read_text() for name in os.listdir()} == files


def test_without_a_key_file_it_asks_for_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NXCAST_KEYS")
    assert _keys("list", "--config", "no.toml") == 2
    assert capsys.readouterr().err == "nxcast-broker keys: no.toml: no such file or directory\n"
    assert _keys("list") == 2
    assert capsys.readouterr().err == (
        "nxcast-broker keys: which key file? give --keys FILE, or NXCAST_KEYS in the environment\n"
    )


def test_the_help_tells_how(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["add", "--help"]):
        with pytest.raises(SystemExit) as stop:
            _keys(*words)
        assert stop.value.code == 0
    text = capsys.readouterr().out
    assert "nxcast-broker keys add web --subscribe nxdomain/ --replay" in text
    assert "NAME.key" in text


def test_a_file_that_could_not_be_written_is_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(path, "before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyFileError, match="no space left on device"):
        write_file(path, "after")
    assert (path.read_text(), os.listdir()) == ("before", ["keys.toml"])


def test_the_brokers_own_secret_is_made_once_and_never_told(path: Path) -> None:
    own = own_key(path, key_pair)
    assert own_key(path, key_pair) == own
    assert own.secret not in repr(own)
    own_key_path(path).chmod(0o644)
    with pytest.raises(KeyFileError, match="others may read or write this secret: chmod 600"):
        own_key(path, key_pair)
    own_key_path(path).chmod(0o600)
    own_key_path(path).write_text(f'public = "{own.public}"\nsecret = "{own.secret}x"\n')
    with pytest.raises(KeyFileError, match="not the key pair of a broker") as error:
        own_key(path, key_pair)
    assert own.secret not in str(error.value)


@pytest.mark.parametrize(
    ("options", "status", "reason"),
    [
        (["--keys", "none.toml"], 1, "none.toml: no such file or directory"),
        (
            ["--egress", "tcp://0.0.0.0:5556"],
            2,
            "--egress is tcp://0.0.0.0:5556, where others come in: give --keys",
        ),
        (["--replay", "tcp://*:5557"], 2, "--replay is tcp://*:5557, where others come in: give --keys FILE"),
    ],
)
def test_a_broker_that_would_be_open_or_has_no_keys_does_not_start(
    options: list[str], status: int, reason: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NXCAST_KEYS"}
    command = [sys.executable, "-m", "nxcast.broker", *options]
    started = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert (started.returncode, started.stderr.count("\n")) == (status, 1)
    assert started.stderr.startswith(f"nxcast-broker: {reason}")


def test_the_settings_that_open_a_broker_are_off() -> None:
    assert (Settings.model_fields["keys"].default, Settings.model_fields["insecure"].default) == (None, False)
