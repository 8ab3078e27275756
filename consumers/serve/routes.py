"""Whom a path is for: each interface has its prefix and one line here, and all are behind the gate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from time import monotonic, time
from typing import Any

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from nxcast.consumers.serve import dnsdb
from nxcast.consumers.serve.asked import Asked, AskedError, asked_from, check_known, words_of
from nxcast.consumers.serve.cof import page_asked
from nxcast.consumers.serve.event_streams import EventStreams
from nxcast.consumers.serve.failure_answers import failures_answer
from nxcast.consumers.serve.history import history_answer
from nxcast.consumers.serve.http_gate import SESSION_PATH, Gate, Guarded, reading_of
from nxcast.consumers.serve.live_hub import Hub
from nxcast.consumers.serve.objects import json_line
from nxcast.consumers.serve.openapi import OPENAPI_PATH, document, parameters_of
from nxcast.consumers.serve.page_feeds import PageFeeds
from nxcast.consumers.serve.page_routes import PUBLIC, page_routes
from nxcast.consumers.serve.reader_rights import Rights
from nxcast.consumers.serve.stream_asked import stream_asked
from nxcast.consumers.serve.streaming import HEADERS, JSON_LINES, Answers, Lines, Work
from nxcast.consumers.show.console import CommandError
from nxcast.consumers.show.json_lines import record_json
from nxcast.consumers.store.lookups import Reader
from nxcast.schemas.topics import ANSWERS, DNS_ERRORS, NXDOMAIN, STATUS

__all__ = ["application", "routes"]

DNSDB, COF = "/dnsdb/v2/", "/pdns/query/"
FAILURES, HISTORY = "/v1/failures/", "/v1/history/"
STATUS_PATH, STREAM = "/v1/status", "/v1/stream"
CATCH_UP_S = 1.0  # seconds that an answer may be behind the store

Answer = Callable[[list[str], Asked, Reader, Work], Lines]
"""The lines for the words of a path and its parameters; AskedError where they can't be had."""


def application(
    reader: Reader | None,
    gate: Gate,
    answers: Answers,
    hub: Hub | None = None,
    streams: EventStreams | None = None,
    feeds: PageFeeds | None = None,
) -> ASGIApp:
    """All that is served, of a store and of what is live where there is one, behind a gate."""
    handlers: dict[Any, Any] = {
        AskedError: _refused,
        CommandError: _broken,
        HTTPStatus.NOT_FOUND: _nowhere,
    }
    app = Starlette(routes=routes(reader, gate, answers, hub, streams, feeds), exception_handlers=handlers)
    return Guarded(app, gate, PUBLIC)


def _of_store(serving: _Serving) -> list[Route]:
    return [
        Route(f"{DNSDB}ping", _told(dnsdb.PING)),
        Route(f"{DNSDB}rate_limit", _told(dnsdb.RATE_LIMIT)),
        Route(f"{COF}{{words:path}}", serving.cof),
        Route(f"{DNSDB}{{words:path}}", serving.route(DNSDB, dnsdb.answer)),
        Route(f"{FAILURES}{{words:path}}", serving.route(FAILURES, failures_answer)),
        Route(f"{HISTORY}{{words:path}}", serving.route(HISTORY, history_answer)),
    ]


def _of_hub(hub: Hub, streams: EventStreams) -> list[Route]:
    async def stream(request: Request) -> Response:
        path = request.scope["raw_path"].rstrip(b"/")
        words = words_of(path, f"{STREAM}/") if len(path) > len(STREAM) else []
        asked = stream_asked(words, request.query_params, request.headers, hub.topics, reading_of(request))
        return streams.response(asked)

    return [
        Route(STATUS_PATH, _status_of(hub)),
        Route(STREAM, stream),
        Route(f"{STREAM}/{{words:path}}", stream),
    ]


def _without_store() -> list[Route]:
    return [Route(f"{prefix}{{words:path}}", _no_store) for prefix in (DNSDB, COF, FAILURES, HISTORY)]


def routes(
    reader: Reader | None,
    gate: Gate,
    answers: Answers,
    hub: Hub | None,
    streams: EventStreams | None,
    feeds: PageFeeds | None,
) -> list[Route]:
    """All of them."""
    told = document(live=hub is not None, page=feeds is not None, store=reader is not None)
    given = [
        Route(SESSION_PATH, _session_of(gate)),
        Route(OPENAPI_PATH, _told(told)),
        *([] if reader is None else _of_store(_Serving(reader, answers))),
        *([] if feeds is None else page_routes(feeds)),
        *([] if hub is None or streams is None else _of_hub(hub, streams)),
    ]
    return [*map(_checked, given), *(_without_store() if reader is None else [])]


def _checked(route: Route) -> Route:
    """The same, but for parameters that a path of ours does not have."""
    known = parameters_of(route.path)
    if known is None:
        return route

    async def endpoint(request: Request) -> Response:
        check_known(request.query_params, known)
        response: Response = await route.endpoint(request)
        return response

    return Route(route.path, endpoint)


class _Serving:
    """A store that is caught up with as it is asked."""

    def __init__(self, reader: Reader, answers: Answers) -> None:
        self._reader = reader
        self._answers = answers
        self._catching_up = asyncio.Lock()
        self._caught_up = 0.0

    def route(self, prefix: str, answer: Answer) -> Callable[[Request], Any]:
        """What answers the paths of an interface."""

        async def endpoint(request: Request) -> Response:
            rights = reading_of(request).rights
            if prefix != FAILURES:
                _check_store(rights)
            work = Work(self._answers)
            asked = replace(asked_from(request.query_params, time()), rights=rights)
            lines = answer(words_of(request.scope["raw_path"], prefix), asked, self._reader, work)
            await self._catch_up()
            return self._answers.stream(lines, work)

        return endpoint

    async def cof(self, request: Request) -> Response:
        """A page in Common Output Format."""
        _check_store(reading_of(request).rights)
        page = page_asked(words_of(request.scope["raw_path"], COF), request.headers)
        work = Work(self._answers)
        lines = page.lines(self._reader, work)
        await self._catch_up()
        body = await self._answers.collect(lines, work)
        return Response(body, 200, {**HEADERS, **page.headers()}, JSON_LINES)

    async def _catch_up(self) -> None:
        async with self._catching_up:
            if monotonic() - self._caught_up >= CATCH_UP_S:
                await run_sync(self._reader.catch_up)
                self._caught_up = monotonic()


def _check_store(rights: Rights) -> None:
    """A store has what came of all three channels, and of the past."""
    if not (rights.replay and all(map(rights.may, (ANSWERS, NXDOMAIN, DNS_ERRORS)))):
        channels = f"{ANSWERS}, {NXDOMAIN} and {DNS_ERRORS}"
        raise AskedError(f"the store is for who may read {channels}, and what was before", 403)


def _told(told: dict[str, Any]) -> Callable[[Request], Any]:
    """The same answer always; with the end of its line, without which dnsdbq says nothing."""

    async def endpoint(_request: Request) -> Response:
        return Response(json_line(told), 200, HEADERS, "application/json")

    return endpoint


def _status_of(hub: Hub) -> Callable[[Request], Any]:
    """The broker's latest account, as `tail status/ --format json` gives it."""

    async def endpoint(request: Request) -> Response:
        if not reading_of(request).rights.may(STATUS):
            raise AskedError(f"this token may not read {STATUS}", 403)
        status = hub.status
        if status is None:
            broker = hub.subscriber.broker
            return PlainTextResponse(f"nothing heard from a broker at {broker} yet\n", 503, HEADERS)
        return Response(f"{record_json(status)}\n", 200, HEADERS, "application/json")

    return endpoint


def _session_of(gate: Gate) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return gate.session(request.headers)

    return endpoint


async def _refused(_request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, AskedError) else 500
    later = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return PlainTextResponse(f"{error}\n", status, {**HEADERS, **later})


async def _nowhere(_request: Request, _error: Exception) -> Response:
    paths = ", ".join((DNSDB, COF, FAILURES, HISTORY, STATUS_PATH))
    return PlainTextResponse(f"there are {paths} and {STREAM}/; {OPENAPI_PATH} has all\n", 404, HEADERS)


async def _no_store(_request: Request) -> Response:
    return PlainTextResponse("no store is served here: nxcast-consume serve --store DIR\n", 404, HEADERS)


async def _broken(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 500, HEADERS)
