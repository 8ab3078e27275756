"""Who may ask: the method, the name that the server is asked by, and a token. The only place that decides it.

A request passes if it is GET; if its Host is an address, localhost or a name that was allowed, so that a page
of somebody else's whose name leads here (DNS rebinding) reads nothing; if no browser says that another site's
page made it (Fetch Metadata), but for opening the page by a link; and, where there are tokens, if it has one:
as X-Api-Key (DNSDB's clients), as a Bearer token, or as the password of Basic (RFC 7617).

A browser has its token in the fragment of the page's address, which is never sent, and exchanges it at
SESSION_PATH for a cookie. That says until when it is good, and is signed with the token: nothing is kept
here, it outlives a restart, and ends with the token.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path
from time import time

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from nxcast.consumers.show.console import CommandError
from nxcast.process.ending import reason
from nxcast.telemetry.metrics_address import host_allowed

__all__ = ["SESSION_PATH", "Gate", "Guarded", "is_loopback", "read_tokens"]

TOKENS_MAX = 64 << 10  # octets of a file of tokens: a thousand
TOKEN_MIN = 16  # characters; 64 bits as hexadecimal digits
SESSION_PATH = "/v1/session"
SESSION_S = 12 * 3600  # seconds that a cookie is good for: a day's work
COOKIE = "nxcast"
PAGE = "/"  # what a link on another site may open: it has nothing of the data


class Gate:
    """By which names this server is asked, and the tokens that are good; without any it is open."""

    def __init__(self, names: Collection[str], tokens: Collection[str] | None = None) -> None:
        self._names = names
        self._tokens = None if tokens is None else [_digest(each) for each in tokens]

    def __str__(self) -> str:
        return "to whoever is on this machine" if self._tokens is None else "to who has a token"

    def refusal(self, method: str, path: str, headers: Headers, *, public: bool = False) -> Response | None:
        """The answer to a request that may not pass; `public`: it has nothing of the data."""
        if method != "GET":
            return PlainTextResponse("only GET is answered\n", 405, {"Allow": "GET"})
        if not host_allowed(headers.get("host", ""), self._names):
            return PlainTextResponse("not a name of this server: --names allows it\n", 421)
        if _is_foreign(headers, path):
            return PlainTextResponse("asked by a page of another site\n", 403)
        if public or self._token_of(headers) is not None or self._tokens is None:
            return None
        if "x-api-key" in headers:
            return PlainTextResponse("not a token of this server\n", 403)
        # A browser would ask for a password, by a dialogue of its own, in the midst of a page.
        scheme = "Bearer" if "sec-fetch-mode" in headers else "Basic"
        return PlainTextResponse("a token is needed\n", 401, {"WWW-Authenticate": f'{scheme} realm="nxcast"'})

    def session(self, headers: Headers) -> Response:
        """The answer to who passed and wants a cookie."""
        response = Response(status_code=204, headers={"Cache-Control": "no-store"})
        token = self._token_of(headers)
        if token is not None:
            until = str(int(time()) + SESSION_S)
            value = f"{until}.{_signature(token, until)}"
            response.set_cookie(COOKIE, value, max_age=SESSION_S, httponly=True, samesite="strict")
        return response

    def _token_of(self, headers: Headers) -> bytes | None:
        """The digest of the good token that a request has, itself or by a cookie."""
        given = _digest(_token(headers))
        until, _, signature = _cookie(headers).partition(".")
        fresh = until.isascii() and until.isdigit() and len(until) <= 12 and int(until) > time()
        found = None
        for each in self._tokens or ():
            if hmac.compare_digest(given, each) or (
                fresh and hmac.compare_digest(signature.encode(), _signature(each, until).encode())
            ):
                found = each
        return found


class Guarded:
    """An application behind a gate; paths that are `public` need no token."""

    def __init__(self, app: ASGIApp, gate: Gate, public: Collection[str] = ()) -> None:
        self._app = app
        self._gate = gate
        self._public = frozenset(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it pass."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        public = path in self._public
        refusal = self._gate.refusal(scope["method"], path, Headers(scope=scope), public=public)
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


def _is_foreign(headers: Headers, path: str) -> bool:
    """Whether a page of another site, or of another port of this machine, made a browser ask."""
    if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return False
    opened = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return not (opened and path == PAGE)


def _cookie(headers: Headers) -> str:
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def _signature(token: bytes, until: str) -> str:
    return hmac.new(token, f"session until {until}".encode(), hashlib.sha256).hexdigest()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
