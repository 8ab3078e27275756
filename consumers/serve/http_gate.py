"""Who may ask: the method, the name that the server is asked by, and a token. The only place that decides it.

A request passes if it is GET; if its Host is an address, localhost or a name that was allowed, so that a page
of somebody else's whose name leads here (DNS rebinding) reads nothing; if no browser says that another site's
page made it (Fetch Metadata), but for opening the page by a link; and, where there are tokens, if it has one:
as X-Api-Key (DNSDB's clients), as a Bearer token, or as the password of Basic (RFC 7617). A token is good
for all that is served, or beside it stands the name of a client whose rights are those of the key file.

A browser has its token in the fragment of the page's address, which is never sent, and exchanges it at
SESSION_PATH for a cookie. That says until when it is good, and is signed with the token: nothing is kept
here, it outlives a restart, and ends with the token.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from pathlib import Path
from time import time

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from nxcast.consumers.serve.reader_rights import ALL, NOTHING, Clients, Reading
from nxcast.consumers.show.console import CommandError
from nxcast.process.ending import reason
from nxcast.telemetry.metrics_address import host_allowed

__all__ = ["SESSION_PATH", "Gate", "Guarded", "is_loopback", "read_tokens", "reading_of"]

TOKENS_MAX = 64 << 10  # octets of a file of tokens: a thousand
TOKEN_MIN = 16  # characters; 64 bits as hexadecimal digits
SESSION_PATH = "/v1/session"
SESSION_S = 12 * 3600  # seconds that a cookie is good for: a day's work
COOKIE = "nxcast"
READING = "nxcast.reading"  # in the scope of a request
PAGE = "/"  # what a link on another site may open: it has nothing of the data


class Gate:
    """By which names this server is asked, and the tokens that are good; without any it is open.

    `tokens` with the name of the client that each is for, '' where it is for all that is served; what such
    a client may read is what `clients` say.
    """

    def __init__(
        self,
        names: Collection[str],
        tokens: Mapping[str, str] | None = None,
        clients: Clients | None = None,
    ) -> None:
        self._names = names
        self._tokens = None if tokens is None else {_digest(token): name for token, name in tokens.items()}
        self._clients = clients

    def __str__(self) -> str:
        return "to whoever is on this machine" if self._tokens is None else "to who has a token"

    def admit(self, method: str, path: str, headers: Headers, *, public: bool = False) -> Reading | Response:
        """What a request may read, or the answer to one that may not pass; `public`: it needs no token."""
        if method != "GET":
            return PlainTextResponse("only GET is answered\n", 405, {"Allow": "GET"})
        if not host_allowed(headers.get("host", ""), self._names):
            return PlainTextResponse("not a name of this server: --names allows it\n", 421)
        if _is_foreign(headers, path):
            return PlainTextResponse("asked by a page of another site\n", 403)
        if public:
            return Reading(NOTHING)
        if self._tokens is None:
            return Reading(ALL)
        token = self._token_of(headers)
        if token is not None:
            return self._reading(self._tokens[token])
        if "x-api-key" in headers:
            return PlainTextResponse("not a token of this server\n", 403)
        # A browser would ask for a password, by a dialogue of its own, in the midst of a page.
        scheme = "Bearer" if "sec-fetch-mode" in headers else "Basic"
        return PlainTextResponse("a token is needed\n", 401, {"WWW-Authenticate": f'{scheme} realm="nxcast"'})

    def _reading(self, name: str) -> Reading | Response:
        if not name or self._clients is None:
            return Reading(ALL)
        rights = self._clients.rights(name)
        if rights is None:
            return PlainTextResponse("the key that this token is for is not good any more\n", 403)
        return Reading(rights, name, self._clients)

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
        admitted = self._gate.admit(scope["method"], path, Headers(scope=scope), public=public)
        if isinstance(admitted, Response):
            await admitted(scope, receive, send)
        else:
            await self._app({**scope, READING: admitted}, receive, send)


def reading_of(request: Request) -> Reading:
    """Who asks, as the gate let it in."""
    reading: Reading = request.scope[READING]
    return reading


def read_tokens(path: str) -> dict[str, str]:
    """The tokens in a file, one a line, each with the name of its client or ''; '#' for remarks.

    CommandError where it can't be read, or others can.
    """
    try:
        with Path(path).open("rb") as file:
            if Path(path).stat().st_mode & 0o077:
                raise CommandError(f"{path} has tokens, and others on this machine can read it: chmod 600")
            octets = file.read(TOKENS_MAX + 1)
        lines = [line.split() for line in octets.decode("ascii").splitlines()]
    except OSError as error:
        raise CommandError(f"can't read {path}: {reason(error)}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: tokens are printable ASCII") from error
    if len(octets) > TOKENS_MAX:
        raise CommandError(f"{path}: over {TOKENS_MAX:,} octets")
    words = [line for line in lines if line and not line[0].startswith("#")]
    tokens = {token: "".join(name) for token, *name in words}
    if not tokens or any(len(each[0]) < TOKEN_MIN or len(each) > 2 for each in words):
        raise CommandError(
            f"{path}: a token a line, of {TOKEN_MIN} characters or more (openssl rand -hex 24), and behind "
            "it at most the name of a client of the key file"
        )
    if len(tokens) < len({tuple(each) for each in words}):
        raise CommandError(f"{path}: a token is there twice, for different clients")
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
