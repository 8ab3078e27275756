"""Who may ask: the method, the name that the server is asked by, and a token. The only place that decides it.

A request passes if it is GET; if its Host is an address, localhost or a name that was allowed, so that a page
of somebody else's whose name leads here (DNS rebinding) reads nothing; and, where there are tokens, if it has
one: as X-Api-Key (DNSDB's clients), as a Bearer token, or as the password of Basic (RFC 7617).
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from nxcast.consumers.show.console import CommandError
from nxcast.process.ending import reason
from nxcast.telemetry.metrics_address import host_allowed

__all__ = ["Gate", "Guarded", "is_loopback", "read_tokens"]

TOKENS_MAX = 64 << 10  # octets of a file of tokens: a thousand
TOKEN_MIN = 16  # characters; 64 bits as hexadecimal digits


class Gate:
    """By which names this server is asked, and the tokens that are good; without any it is open."""

    def __init__(self, names: Collection[str], tokens: Collection[str] | None = None) -> None:
        self._names = names
        self._tokens = None if tokens is None else [_digest(each) for each in tokens]

    def __str__(self) -> str:
        return "to whoever is on this machine" if self._tokens is None else "to who has a token"

    def refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        """The answer to a request that may not pass."""
        if method != "GET":
            return PlainTextResponse("only GET is answered\n", 405, {"Allow": "GET"})
        if not host_allowed(headers.get("host", ""), self._names):
            return PlainTextResponse("not a name of this server: --names allows it\n", 421)
        if self._tokens is None or self._is_good(_token(headers)):
            return None
        if "x-api-key" in headers:
            return PlainTextResponse("not a token of this server\n", 403)
        return PlainTextResponse("a token is needed\n", 401, {"WWW-Authenticate": 'Basic realm="nxcast"'})

    def _is_good(self, token: str) -> bool:
        given = _digest(token)
        return any(hmac.compare_digest(given, each) for each in self._tokens or ())


class Guarded:
    """An application behind a gate."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it pass."""
        if scope["type"] != "http":
            return
        refusal = self._gate.refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send)


def read_tokens(path: str) -> list[str]:
    """The tokens in a file, one a line, '#' for remarks; CommandError where it can't be or others read it."""
    try:
        with Path(path).open("rb") as file:
            if Path(path).stat().st_mode & 0o077:
                raise CommandError(f"{path} has tokens, and others on this machine can read it: chmod 600")
            octets = file.read(TOKENS_MAX + 1)
        lines = [line.strip() for line in octets.decode("ascii").splitlines()]
    except OSError as error:
        raise CommandError(f"can't read {path}: {reason(error)}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: tokens are printable ASCII") from error
    tokens = [line for line in lines if line and not line.startswith("#")]
    if len(octets) > TOKENS_MAX:
        raise CommandError(f"{path}: over {TOKENS_MAX:,} octets")
    if not tokens or any(len(each) < TOKEN_MIN or " " in each for each in tokens):
        raise CommandError(f"{path}: a token a line, of {TOKEN_MIN} characters or more; openssl rand -hex 24")
    return tokens


def is_loopback(host: str) -> bool:
    """Whether an address to listen at is this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _token(headers: Headers) -> str:
    if key := headers.get("x-api-key"):
        return key
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
