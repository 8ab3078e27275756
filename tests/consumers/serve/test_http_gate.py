"""Who may ask: method, Host and token."""

from __future__ import annotations

import base64
import os

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.serve.http_gate import is_loopback, read_tokens
from nxcast.consumers.show.console import CommandError
from tests.consumers.serve.conftest import serving

PING = "/dnsdb/v2/ping"
TOKEN = "0123456789abcdef"  # noqa: S105


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    file = tmp_path_factory.mktemp("tokens") / "tokens"
    file.write_text(f"# of one\n{TOKEN}\n\nanother-token-of-many\n")
    file.chmod(0o600)
    return file


@pytest.fixture(scope="module")
def guarded(planted, tokens):
    with serving(planted, "--tokens", str(tokens), "--names", "pdns.example") as running:
        yield running


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-Api-Key": TOKEN}, 200),
        ({"X-Api-Key": "another-token-of-many"}, 200),
        ({"X-Api-Key": TOKEN[:-1]}, 403),
        ({"X-Api-Key": "# of one"}, 403),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Authorization": "Bearer "}, 401),
        (basic(f"anybody:{TOKEN}"), 200),
        (basic(f"{TOKEN}:"), 401),
        ({"Authorization": "Basic ?"}, 401),
    ],
)
def test_a_token_is_taken_in_each_of_the_ways_that_clients_give_it(guarded, headers, status):
    assert guarded.get(PING, headers)[0] == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8053", 200),
        ("[::1]", 200),
        ("localhost", 200),
        ("PDNS.example:8053", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("pdns.example.evil.example", 421),
    ],
)
def test_a_name_of_somebody_else_s_is_not_answered(guarded, host, status):
    assert guarded.get(PING, {"X-Api-Key": TOKEN}, host=host)[0] == status


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "DELETE", "PUT"])
def test_only_get_is_answered(server, method):
    status, headers, _ = server.get(PING, method=method)
    assert (status, headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (TOKEN, 0o644, "chmod 600"),
        ("short", 0o600, "16 characters"),
        ("", 0o600, "16 characters"),
        ("two words of one line", 0o600, "16 characters"),
        ("é" * 20, 0o600, "ASCII"),
        ("x" * 70_000, 0o600, "octets"),
    ],
)
def test_a_bad_file_of_tokens_is_told(tmp_path, text, mode, why):
    file = tmp_path / "tokens"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(CommandError, match=why):
        read_tokens(str(file))


def test_no_file_of_tokens_is_told(tmp_path):
    with pytest.raises(CommandError, match="can't read"):
        read_tokens(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("options", "variables", "why"),
    [
        (["--listen", "0.0.0.0:8053"], {}, "not this machine alone"),
        (["--listen", "[::]:8053"], {}, "not this machine alone"),
        (["--listen", "0"], {"NXCAST_KEY": "key"}, "the broker has keys"),
    ],
)
def test_without_tokens_it_is_open_to_this_machine_alone_and_only_where_there_are_no_keys(
    planted, options, variables, why, monkeypatch, capsys
):
    for name, value in variables.items():
        monkeypatch.setitem(os.environ, name, value)
    assert main(["serve", "--store", str(planted), *options]) == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("::", False),
        ("localhost.example", False),
        ("192.0.2.1", False),
    ],
)
def test_loopback_is_this_machine_alone(host, loopback):
    assert is_loopback(host) is loopback
