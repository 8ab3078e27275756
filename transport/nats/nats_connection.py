"""A connection to NATS, and what is asked of JetStream's own API.

One that was made once goes on by itself, to whichever of the servers answers.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, cast

from nxcast.process.ending import ProgramError
from nxcast.transport.endpoints import shown
from nxcast.transport.nats.jetstream_layout import SERVER_MIN
from nxcast.transport.nats.jetstream_rights import RIGHTS, Rights, inbox_of, rights_told
from nxcast.transport.nats.nkey_identity import public_nkey, seed_of

try:
    from nats.aio.client import Client as NatsClient
    from nats.aio.msg import Msg
    from nats.errors import Error as NatsError
    from nats.errors import NoRespondersError
except ImportError as missing:
    raise ProgramError("nats:// needs nats-py: pip install 'nats-py>=2.16,<3'") from missing

__all__ = [
    "DENIED",
    "UNKNOWN",
    "ApiError",
    "Client",
    "DeniedError",
    "StreamError",
    "ask",
    "connect",
    "disconnect",
    "rights_of",
    "servers_of",
    "text_of",
    "unknown_at",
]

CONNECT_S = 10.0  # seconds until one that never was connected is given up
RECONNECT_S = 1  # seconds between two tries to come back
FLUSH_S = 1.0  # seconds that a send waits where more than PENDING_OCTETS are
DISCONNECT_S = 2.0  # seconds given to what is on its way out when a connection is ended
API_S = 10.0  # seconds for an answer of JetStream's API; a new leader takes up to eight
DENIED = "permissions violation"  # in what is told aside where a subject is denied
UNKNOWN = "authorization violation"  # the same where the server does not know who comes, or no more
PENDING_OCTETS = 8 << 20  # octets on their way out before a send waits
# What nats-py raises of whatever answers there, be it no nats-server at all.
_RAISED = (OSError, NatsError, ValueError, AttributeError, TypeError, KeyError)


class StreamError(ProgramError):
    """A server or stream that can't be used; the text is one line that names the mend."""


class DeniedError(StreamError):
    """The server does not let us in, or does not allow what we ask."""


class Client(NatsClient):
    """Says nothing in the clear to a server of tls://, not even who we are, and hears of a denial at once.

    nats-py 2.16 takes that scheme for nats://, and goes on without TLS where the server, or whoever sits
    on the way, does not ask for it. What is denied comes aside, and a request would wait in vain.
    """

    denial: str | None = None
    """What was denied last."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place  # for people
        self._asked: dict[asyncio.Future[Any], str] = {}

    def hear(self, denial: str) -> bool:
        """The server tells this; whether it is of a request that is under way, which ends by it."""
        self.denial = denial
        to = [
            told
            for told, subject in self._asked.items()
            if f'"{subject.lower()}"' in denial or "for subscription to" in denial  # where answers come
        ]
        for told in to:
            if not told.done():
                told.set_result(denial)
        return bool(to)

    async def request(self, subject: str, *args: Any, **options: Any) -> Msg:
        """As nats-py's; DeniedError where the server denies it."""
        told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[told] = subject
        asking: asyncio.Future[Any] = asyncio.ensure_future(super().request(subject, *args, **options))
        try:
            await asyncio.wait({asking, told}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise DeniedError(f"{self._place} does not allow it: {told.result()}")
            return cast(Msg, asking.result())
        finally:
            del self._asked[told]
            asking.cancel()

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        server = self._current_server
        if initial_connection and server is not None and server.uri.scheme == "tls":
            if not (info.get("tls_required") or info.get("tls_available")):
                raise NatsError("the server offers no TLS")
            info["tls_required"] = True
        await super()._process_info(info, initial_connection)


class ApiError(Exception):
    """JetStream refuses: `code` as in the server's list of errors (10059: no such stream)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} ({code})")
        self.code = code


def servers_of(endpoint: str) -> list[str]:
    """The servers that an endpoint names, with commas between them."""
    first, *others = endpoint.split(",")
    scheme = first.partition("://")[0]
    return [first, *(each if "://" in each else f"{scheme}://{each}" for each in others)]


async def connect(
    endpoint: str,
    name: str,
    on_error: Callable[[Exception], object] | None = None,
    on_cut: Callable[[], object] | None = None,
    on_back: Callable[[], object] | None = None,
    *,
    secret: str | None = None,
    patient: bool = True,
) -> Client:
    """Connect to one of the servers of an endpoint, as `name`; raises StreamError.

    `secret`: a secret key in Z85 to come in by, unless the endpoint has a name and a password. Unless
    `patient`, each server is tried once: for whoever sits there and waits.
    `on_error` is called with each error that no request ends by, such as the denial of a subject, and
    `on_cut` when the connection has ended; the next one is made by itself, and `on_back` is called then.
    """
    client = Client(shown(endpoint))
    last: list[Exception] = []
    over = asyncio.get_running_loop().create_future()  # no further try: whether since it does not know us
    tries = math.inf if patient else len(servers_of(endpoint))

    async def error_cb(error: Exception) -> None:
        nonlocal tries
        last[:] = [error]
        tries -= 1
        unknown = UNKNOWN in text_of(error)
        if (unknown or tries <= 0) and not over.done():
            over.set_result(unknown)
        heard = DENIED in text_of(error) and client.hear(text_of(error))
        if on_error is not None and not heard:
            on_error(error)

    calls: dict[str, Callable[..., Awaitable[None]]] = {
        "error_cb": error_cb,
        "disconnected_cb": _called(on_cut),
        "reconnected_cb": _called(on_back),
    }
    connecting = asyncio.ensure_future(_connecting(client, endpoint, name, calls, secret))
    try:
        await asyncio.wait({connecting, over}, timeout=CONNECT_S, return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            raise last[0] if last else TimeoutError("no answer")
        await connecting
        _check_version(client, endpoint)
    except (asyncio.CancelledError, StreamError):
        await _give_up(connecting, client)
        raise
    except _RAISED as error:
        await _give_up(connecting, client)
        raise _refusal(endpoint, error, denied=over.done() and over.result()) from error
    return client


def _refusal(endpoint: str, error: Exception, *, denied: bool) -> StreamError:
    if denied:
        return DeniedError(unknown_at(endpoint))
    return StreamError(
        f"can't connect to {shown(endpoint)}: {text_of(error)}; is a nats-server running there?"
    )


async def _connecting(
    client: Client,
    endpoint: str,
    name: str,
    calls: Mapping[str, Callable[..., Awaitable[None]]],
    secret: str | None,
) -> None:
    seed = None if secret is None or "@" in endpoint else seed_of(secret)
    await client.connect(
        servers_of(endpoint),
        name=name,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_S,
        pending_size=PENDING_OCTETS,
        flush_timeout=FLUSH_S,
        nkeys_seed_str=seed,
        inbox_prefix="_INBOX" if seed is None else inbox_of(public_nkey(seed)),
        error_cb=calls["error_cb"],
        disconnected_cb=calls["disconnected_cb"],
        reconnected_cb=calls["reconnected_cb"],
    )


def unknown_at(endpoint: str) -> str:
    """That the server does not let us in, in a line."""
    return (
        f"{shown(endpoint)} does not let in who it does not know: give a key that `nxcast-broker nats users` "
        "has, or write nats://USER:PASSWORD@HOST:PORT"
    )


async def rights_of(client: Client) -> Rights:
    """What the server says that we may; raises StreamError."""
    try:
        return rights_told((await client.request(RIGHTS, b"", timeout=API_S)).data)
    except (NatsError, ValueError) as error:
        raise StreamError(f"the nats-server does not say what this key may: {text_of(error)}") from error


def _called(call: Callable[[], object] | None) -> Callable[[], Awaitable[None]]:
    """As nats-py wants what it calls."""

    async def called() -> None:
        if call is not None:
            call()

    return called


def _check_version(client: Client, endpoint: str) -> None:
    version = client.connected_server_version
    if (version.major, version.minor) < SERVER_MIN:
        raise StreamError(
            f"{shown(endpoint)} is nats-server {version.major}.{version.minor}.{version.patch}: "
            f"nxcast needs {SERVER_MIN[0]}.{SERVER_MIN[1]} or later, which has atomic batches"
        )


async def disconnect(client: Client) -> None:
    """End a connection, in whatever state it is; a server that takes nothing more does not keep us."""
    with suppress(Exception):
        await asyncio.wait_for(client.close(), DISCONNECT_S)


async def _give_up(connecting: asyncio.Future[None], client: Client) -> None:
    """End a try to connect: nats-py leaves its socket open."""
    connecting.cancel()
    await asyncio.wait({connecting})
    await disconnect(client)


async def ask(client: Client, subject: str, body: object = None) -> dict[str, Any]:
    """Ask JetStream's API; raises ApiError, and StreamError where there is no answer."""
    octets = b"" if body is None else json.dumps(body).encode()
    try:
        answer = await client.request(f"$JS.API.{subject}", octets, timeout=API_S)
    except NoRespondersError:
        raise StreamError("the nats-server has no JetStream: start it with --jetstream") from None
    except NatsError as error:
        raise StreamError(f"JetStream gives no answer: {text_of(error)}") from error
    told: dict[str, Any] = json.loads(answer.data)
    if "error" in told:
        raise ApiError(told["error"].get("err_code", 0), told["error"].get("description", ""))
    return told


def text_of(error: BaseException) -> str:
    """What an error of nats-py says, for the end of a line."""
    return (str(error).removeprefix("nats: ") or type(error).__name__).lower()
