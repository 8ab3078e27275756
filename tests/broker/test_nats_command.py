"""`nxcast-broker nats`: what is said of words that can't be used. What it does with a server: tests/real."""

from __future__ import annotations

from pathlib import Path

import pytest

from nxcast.broker.__main__ import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["setup"], "which server? give nats://HOST:4222, or NXCAST_EGRESS in the environment"),
        (["users", "nats://127.0.0.1:4222"], "which key file? give --keys FILE, or NXCAST_KEYS"),
        (
            ["setup", "tcp://127.0.0.1:5556"],
            "tcp://127.0.0.1:5556: no servers of NATS; write it as nats://HOST:4222",
        ),
    ],
)
def test_what_is_no_server_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NXCAST_EGRESS", "NXCAST_KEYS"):
        monkeypatch.delenv(name, raising=False)
    assert main(["nats", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--bytes", "1000", "it has to be a number of octets, 67108864 or more"),
        ("--bytes", "much", "it has to be a number of octets, 67108864 or more"),
        ("--seconds", "60", "it has to be a number of seconds, 3600 or more"),
        ("--replicas", "2", "no --replicas 2: it is one of 1, 3, 5"),
    ],
)
def test_sizes_that_would_lose_something_are_refused(
    option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["nats", "setup", "nats://127.0.0.1:4222", option, value])
    assert stop.value.code == 2
    assert said in capsys.readouterr().err


def test_the_file_of_a_client_that_is_not_in_the_key_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        to = ("--to", str(tmp_path / folder / "web.key"), "--keys", str(tmp_path / folder / "keys.toml"))
        assert main(["keys", "add", "web", "--push", "ns1", *to]) == 0
    words = ("--keys", str(tmp_path / "here" / "keys.toml"), "--add", str(tmp_path / "there" / "web.key"))
    assert main(["nats", "users", "nats://127.0.0.1:1", *words]) == 1
    assert "keys.toml does not know this key" in capsys.readouterr().err


def test_users_are_written_without_a_server_where_nobody_reads_a_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = ("--keys", str(tmp_path / "keys.toml"))
    for name in ("ns1", "late"):
        until = ("--until", "9999-12-31") if name == "late" else ()
        to = ("--to", str(tmp_path / f"{name}.key"))
        assert main(["keys", "add", name, "--push", name, *until, *to, *keys]) == 0
    file = tmp_path / "keys.toml"
    file.write_text(file.read_text().replace("9999-12-31", "2000-01-01"))
    capsys.readouterr()
    added = ("--add", str(tmp_path / "late.key"))
    assert main(["nats", "users", "nats://127.0.0.1:1", *keys, *added]) == 0
    told = capsys.readouterr()
    assert "ns1 is left out, as NATS does not know it yet: --add ns1.key" in told.err
    assert "late is left out: its day is over" in told.err
    assert "nxcast.in" not in told.out
    assert main(["nats", "users", "nats://127.0.0.1:1", *keys, "--add", str(tmp_path / "ns1.key")]) == 0
    assert "nxcast.in.ns1" in capsys.readouterr().out
    assert main(["nats", "users", "nats://127.0.0.1:1", *keys]) == 0
    assert "nxcast.in.ns1" in capsys.readouterr().out
