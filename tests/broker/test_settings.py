"""Settings: their precedence, their help, and errors that name the thing and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from nxcast.broker.settings import Settings, SettingsError, load, origins


def test_an_option_comes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "broker.toml"
    file.write_text("linger_ms = 1\nbatch_records = 1\nhigh_water_mark = 1\n")
    monkeypatch.setenv("NXCAST_LINGER_MS", "2")
    monkeypatch.setenv("NXCAST_BATCH_RECORDS", "2")
    settings = load(["--config", str(file), "--linger-ms", "3"])
    assert (settings.linger_ms, settings.batch_records, settings.high_water_mark) == (3, 2, 1)
    monkeypatch.setenv("NXCAST_CONFIG", str(file))
    assert load([]).high_water_mark == 1


def test_flags_can_be_turned_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXCAST_ACCEPT_UNSOLICITED", "true")
    assert load([]).accept_unsolicited
    assert not load(["--no-accept-unsolicited"]).accept_unsolicited


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load([]).linger_ms = 5


def test_help_shows_every_setting_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        load(["--help"])
    assert stop.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for name, field in Settings.model_fields.items():
        assert f"--{name.replace('_', '-')}" in text
        assert f"{field.description} (default: {str(field.default).lower()})" in text


@pytest.mark.parametrize(
    ("argv", "environment", "file", "text"),
    [
        (["--linger-ms", "x"], {}, "", "--linger-ms is 'x': it should be a valid integer"),
        (["--batch-records", "0"], {}, "", "--batch-records is '0': it should be greater than or equal to 1"),
        (["--ingress", "5555"], {}, "", "--ingress is '5555': it should look like tcp://127.0.0.1:5555"),
        (
            [],
            {"NXCAST_LINGER_MS": "-1"},
            "",
            "NXCAST_LINGER_MS is '-1': it should be greater than or equal to 0",
        ),
        ([], {}, "linger_ms = 'a'", "linger_ms in the file is 'a': it should be a valid integer"),
        ([], {}, "lingr_ms = 1", "unknown setting lingr_ms; nxcast-broker --help lists them"),
        ([], {}, "linger_ms = ", "broker.toml: not TOML: "),
        (["--config", "/nowhere/b.toml"], {}, "", "/nowhere/b.toml: no such file or directory"),
        (["--config", "/"], {}, "", "/: is a directory"),
        (["--metrics", "x"], {}, "", "--metrics is 'x': it should look like 9153 (then on loopback)"),
        ([], {}, "metrics = true", "metrics in the file is 'True': it should look like 9153"),
        (["--metrics-names", "a b"], {}, "", "--metrics-names is 'a b': it should look like broker.example"),
        (["--log-format", "x"], {}, "", "--log-format is 'x': it should be 'auto', 'text' or 'json'"),
        ([], {"nxcast_linger_ms": "x"}, "", "nxcast_linger_ms is 'x': it should be a valid integer"),
        ([], {}, "\udcff", "broker.toml: not TOML: "),
    ],
)
def test_a_bad_setting_is_named_with_where_it_came_from(
    argv: list[str],
    environment: dict[str, str],
    file: str,
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if file:
        (tmp_path / "broker.toml").write_text(file, errors="surrogateescape")
        argv = ["--config", str(tmp_path / "broker.toml")]
    with pytest.raises(SettingsError) as error:
        load(argv)
    assert text in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("line", ["metrics = 9153", 'metrics = "9153"'])
def test_a_port_in_the_file_may_be_a_number(line: str, tmp_path: Path) -> None:
    (tmp_path / "broker.toml").write_text(line)
    assert load(["--config", str(tmp_path / "broker.toml")]).metrics == "9153"


OPEN = "tcp://0.0.0.0:5556"


@pytest.mark.parametrize(
    ("argv", "environment", "text"),
    [
        (["--egress", OPEN], {}, f"--egress is {OPEN}, where others come in: give --keys FILE"),
        ([], {"NXCAST_EGRESS": OPEN}, f"NXCAST_EGRESS is {OPEN}, where others come in: give --keys FILE"),
        (["--ingress", "ipc://*", "--keys", "k"], {}, "--ingress is ipc://*: with keys it has to be a path"),
    ],
)
def test_without_keys_only_this_machine_comes_in(
    argv: list[str], environment: dict[str, str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load(argv)
    assert text in str(error.value)


def test_with_keys_or_knowingly_others_may() -> None:
    assert load(["--egress", OPEN, "--insecure"]).egress == OPEN
    assert load(["--egress", OPEN, "--keys", "keys.toml"]).keys == Path("keys.toml")


def test_each_setting_tells_where_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "broker.toml"
    file.write_text("linger_ms = 1\nbatch_records = 1\n")
    monkeypatch.setenv("NXCAST_LINGER_MS", "2")
    argv = ["--config", str(file), "--insecure"]
    assert origins(load(argv), argv) == "batch_records in the file, NXCAST_LINGER_MS, --insecure"
    monkeypatch.delenv("NXCAST_LINGER_MS")
    assert origins(load([]), []) == "all default"


def test_an_empty_variable_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("METRICS", "LOG_FORMAT", "KEYS", "LINGER_MS"):
        monkeypatch.setenv(f"NXCAST_{name}", "")
    assert load([]) == Settings()


def test_a_stream_of_the_egress_is_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NXCAST_LOG", raising=False)
    assert load(["--egress", "nats://a:4222,b:4222"]).egress == "nats://a:4222,b:4222"
    assert load(["--egress", "tls://a:4222", "--log", "none"]).log == "none"
    with pytest.raises(SettingsError, match="--log is /srv/log: with an egress of NATS"):
        load(["--egress", "nats://a:4222", "--log", "/srv/log"])
    both = ["--ingress", "nats://a:4222", "--egress", "nats://a:4222"]
    assert load(both).ingress == "nats://a:4222"
    for egress in ("tcp://127.0.0.1:5556", "nats://b:4222"):
        with pytest.raises(SettingsError, match="--ingress is a work queue of NATS"):
            load([*both, "--egress", egress])
    assert load([*both, "--keys", "keys.toml"]).keys is not None
    with pytest.raises(SettingsError, match="--replay is 'nats://a:4222': it should look like"):
        load(["--replay", "nats://a:4222"])
