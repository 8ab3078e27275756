"""The settings file of a client: what may stand in it, what comes before it, what is told of a bad one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from nxcast.consumers.command_line import parser as consuming
from nxcast.process.client_settings import FILE_MAX, client_settings
from nxcast.producers.program import parser as producing

ALL = 'egress = "tcp://b:6"\ningress = "tcp://b:5"\nreplay = "tcp://b:7"\nkey = "web.key"\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("EGRESS", "INGRESS", "REPLAY", "KEY"):
        monkeypatch.delenv(f"NXCAST_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "nxcast" / "client.toml"
    path.parent.mkdir()
    return path


def _fail(text: str) -> NoReturn:
    raise ValueError(text)


def test_no_file_is_no_settings(file: Path) -> None:
    assert client_settings(_fail) == {}
    file.parent.rmdir()
    assert client_settings(_fail) == {}


def test_both_kinds_of_clients_take_it_and_a_key_is_found_beside_it(file: Path) -> None:
    file.write_text(ALL)
    key = str(file.parent / "web.key")
    args = consuming().parse_args(["tail"])
    assert (args.broker, args.replay, args.key) == ("tcp://b:6", "tcp://b:7", key)
    assert consuming().parse_args(["doctor"]).ingress == "tcp://b:5"
    args = producing().parse_args(["synthetic"])
    assert (args.broker, args.replay, args.key) == ("tcp://b:5", "tcp://b:7", key)


def test_options_come_before_variables_and_those_before_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(ALL)
    monkeypatch.setenv("NXCAST_EGRESS", "tcp://v:6")
    monkeypatch.setenv("NXCAST_KEY", "")  # as unset
    args = consuming().parse_args(["tail", "--replay", "tcp://o:7"])
    assert (args.broker, args.replay) == ("tcp://v:6", "tcp://o:7")
    assert args.key.endswith("/web.key")


def test_it_is_in_the_home_where_nothing_else_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = file.parent.parent
    (home / ".config").mkdir()
    file.parent.rename(home / ".config" / "nxcast")
    (home / ".config" / "nxcast" / "client.toml").write_text('key = "~/web.key"')
    monkeypatch.setenv("HOME", str(home))
    for given in ("", "relative"):
        monkeypatch.setenv("XDG_CONFIG_HOME", given)
        assert client_settings(_fail) == {"key": f"{home}/web.key"}


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"egress", "not TOML: "),
        (b"\xff", "not TOML: "),
        (b'egres = "x"', "no setting egres: did you mean egress or ingress?"),
        (b"x = 1", "no setting x: there are egress, ingress, replay, key"),
        (b"key = 5", "key is 5: it should be a text in quotes"),
        (b"#" * (FILE_MAX + 1), "over 65,536 octets"),
        (b'egress = "nonsense"', "argument --broker: nonsense: no address of a broker"),
    ],
)
def test_what_is_wrong_with_it_is_one_line(
    file: Path, octets: bytes, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(octets)
    with pytest.raises(SystemExit) as caught:
        consuming().parse_args(["tail"])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_one_that_cannot_be_read_is_told(file: Path) -> None:
    file.mkdir()
    with pytest.raises(ValueError, match=r"client\.toml: is a directory"):
        client_settings(_fail)


def test_a_home_that_is_another_s_or_none_is_passed_over(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(ALL)

    def refused(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(ValueError, match=r"client\.toml: permission denied"):
        client_settings(_fail)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert client_settings(_fail) == {}
