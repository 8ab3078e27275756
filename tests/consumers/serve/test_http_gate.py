"""Who may ask: method, Host and token."""

from __future__ import annotations

import base64
import os

import pytest
from starlette.datastructures import Headers

from nxcast.consumers.__main__ import main
from nxcast.consumers.serve import http_gate
from nxcast.consumers.serve.http_gate import Gate, is_loopback, read_tokens
from nxcast.consumers.serve.reader_rights import ALL, Reading
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


def browser(site, mode="cors", dest="empty"):
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (PING, browser("same-origin"), 200),
        (PING, browser("none", "navigate", "document"), 200),
        (PING, browser("cross-site"), 403),
        (PING, browser("same-site"), 403),
        (PING, browser("cross-site", "no-cors", "script"), 403),
        (PING, browser("cross-site", "navigate", "document"), 403),
        ("/", browser("cross-site", "navigate", "iframe"), 403),
        ("/", browser("cross-site"), 403),
    ],
)
def test_what_another_site_s_page_makes_a_browser_ask_is_refused(server, path, headers, status):
    assert server.get(path, headers)[0] == status


def test_a_link_on_another_site_opens_the_page(server):
    assert server.get("/", browser("cross-site", "navigate", "document"))[0] in (200, 404)


def test_a_token_is_exchanged_for_a_cookie_that_lets_in_until_it_is_over(guarded, tokens):
    assert guarded.get("/v1/session")[0] == 401
    status, headers, body = guarded.get("/v1/session", {"Authorization": f"Bearer {TOKEN}"})
    cookie, *attributes = headers["set-cookie"].split("; ")
    assert (status, body) == (204, "")
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"} == set(attributes)
    assert TOKEN not in cookie
    assert guarded.get(PING, {"Cookie": cookie})[0] == 200
    assert guarded.get(PING, {"Cookie": f"other=1; {cookie}"})[0] == 200
    assert guarded.get("/v1/session", {"Cookie": cookie})[1]["set-cookie"]
    name, _, value = cookie.partition("=")
    until, _, signature = value.partition(".")
    for bad in (f"{int(until) + 1}.{signature}", f"1.{signature}", signature, f"{until}.", "é.ü", "9" * 5000):
        assert guarded.get(PING, {"Cookie": f"{name}={bad}".encode()})[0] == 401
    later = Gate((), read_tokens(str(tokens)))  # another process, the same file
    assert later.admit("GET", PING, Headers({"host": "localhost", "cookie": cookie})) == Reading(ALL)
    other = Gate((), {"another-token-of-many": ""})
    assert other.admit("GET", PING, Headers({"host": "localhost", "cookie": cookie})).status_code == 401


def test_a_cookie_ends(monkeypatch):
    gate = Gate((), {TOKEN: ""})
    cookie = gate.session(Headers({"x-api-key": TOKEN})).headers["set-cookie"].partition(";")[0]
    asked = Headers({"host": "localhost", "cookie": cookie})
    assert gate.admit("GET", PING, asked) == Reading(ALL)
    monkeypatch.setattr(http_gate, "time", lambda: 1e11)
    assert gate.admit("GET", PING, asked).status_code == 401


def test_a_page_s_own_requests_bring_up_no_dialogue(guarded):
    assert guarded.get(PING)[1]["www-authenticate"].startswith("Basic")
    assert guarded.get(PING, browser("same-origin"))[1]["www-authenticate"].startswith("Bearer")


def test_an_open_gate_gives_no_cookie(server):
    status, headers, _ = server.get("/v1/session")
    assert (status, headers["set-cookie"]) == (204, None)


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
        (f"{TOKEN} a-client and-more", 0o600, "16 characters"),
        (f"{TOKEN} a-client\n{TOKEN}", 0o600, "twice"),
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
