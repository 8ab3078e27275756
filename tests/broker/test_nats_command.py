"""`nxcast-broker nats`: what is said of words that can't be used. What it does with a server: tests/real."""

from __future__ import annotations

import pytest

from nxcast.broker.__main__ import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["setup"], "which server?; give nats://HOST:4222, or NXCAST_EGRESS in the environment"),
        (["setup", "tcp://127.0.0.1:5556"], "tcp://127.0.0.1:5556 is no endpoint of NATS; give nats://"),
    ],
)
def test_what_is_no_server_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NXCAST_EGRESS", raising=False)
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
