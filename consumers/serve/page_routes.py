"""The page and what it is made of: static files, the picture (now, or each second), records, reports.

All of it comes from documented paths (docs/http.md). Files are of this package alone and say by their headers
that nothing else may be loaded, so what a stranger chose as a name can at most be text on the page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from time import time_ns
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nxcast.consumers import page
from nxcast.consumers.page.failure_rates import SCALES
from nxcast.consumers.page.recent_records import Looked, second_told
from nxcast.consumers.serve.asked import AskedError
from nxcast.consumers.serve.http_gate import reading_of
from nxcast.consumers.serve.page_feed import PageFeed
from nxcast.consumers.serve.page_feeds import PageFeeds
from nxcast.consumers.serve.reader_rights import Reading
from nxcast.consumers.serve.streaming import HEADERS
from nxcast.consumers.show.json_lines import json_line

__all__ = ["PUBLIC", "page_routes"]

RECORDS = 25  # where the client names no limit
RECORDS_MAX = 500
READERS_MAX = 128  # of pictures at once; each is one connection of 256 and holds no more than its buffer
NUMBER_DIGITS = 15  # of a record's number
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".LICENSE": "text/plain; charset=utf-8",
}
_STATIC = Path(page.__file__).parent / "static"
PUBLIC = ("/", *(f"/{each.name}" for each in _STATIC.iterdir() if each.suffix in _TYPES))
"""Paths of the page's own files, which have nothing of the data."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_FILE_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page_routes(feeds: PageFeeds) -> list[Route]:
    """The routes of the page."""
    given = _Given(feeds)
    return [
        *_file_routes(),
        Route("/v1/picture", given.picture),
        Route("/v1/rates/{scale}", given.rates),
        Route("/v1/span", given.span),
        Route("/v1/records", given.records),
        Route("/v1/record/{number}", given.record),
        Route("/v1/report/{question}", given.report),
    ]


class _Given:
    """What is given of the feed of who asks."""

    def __init__(self, feeds: PageFeeds) -> None:
        self._feeds = feeds
        self._readers = 0

    async def picture(self, request: Request) -> Response:
        """The picture now, or each second for who takes events."""
        reading = reading_of(request)
        feed = self._feeds.of(reading.rights)
        if "text/event-stream" not in request.headers.get("accept", ""):
            return Response(await feed.latest(), 200, HEADERS, "application/json")
        if self._readers >= READERS_MAX:
            raise AskedError("as many readers of pictures as there can be: try again", 503)
        return StreamingResponse(self._events(feed, reading), 200, HEADERS, "text/event-stream")

    async def rates(self, request: Request) -> Response:
        """Failures by RCODE on one scale."""
        scale = request.path_params["scale"]
        if scale not in SCALES:
            raise AskedError(f"no such span: there are {', '.join(SCALES)}", 404)
        now_ns = time_ns()
        return _json(await self._feed_of(request).asked(lambda picture: picture.rates(scale, now_ns)))

    async def span(self, request: Request) -> Response:
        """Findings of a span of time, and causes, zones, servers and sensors of its failures."""
        given = request.query_params
        try:
            begin, end = (second_told(f"{name}={given[name]}", given[name]) for name in ("from", "until"))
        except KeyError as error:
            raise AskedError("a span is from= and until=, seconds since 1970") from error
        except ValueError as error:
            raise AskedError(str(error)) from error
        now_ns = time_ns()
        return _json(await self._feed_of(request).asked(lambda picture: picture.span(begin, end, now_ns)))

    async def records(self, request: Request) -> Response:
        """The latest records that are looked for."""
        limit = request.query_params.get("limit", str(RECORDS))
        if not (limit.isascii() and limit.isdigit() and len(limit) < NUMBER_DIGITS):
            raise AskedError("limit is a number")
        try:
            looked = Looked(request.query_params.getlist("where"))
        except ValueError as error:
            raise AskedError(str(error)) from error
        count = min(int(limit), RECORDS_MAX)
        return _json(await self._feed_of(request).asked(lambda picture: picture.records(looked, count)))

    async def record(self, request: Request) -> Response:
        """One record with its message."""
        number = request.path_params["number"]
        if not (number.isascii() and number.isdigit() and len(number) < NUMBER_DIGITS):
            raise AskedError("a record has a number, its id in /v1/records", 404)
        found = await self._feed_of(request).asked(lambda picture: picture.record(int(number)))
        if found is None:
            raise AskedError("that record is gone: the latest are kept; a store keeps all", 404)
        return _json(found)

    async def report(self, request: Request) -> Response:
        """The latest report of a question."""
        question = request.path_params["question"]
        found = await self._feed_of(request).asked(lambda picture: picture.report(question))
        if found is None:
            raise AskedError("no such question: /v1/picture names them", 404)
        return _json(found)

    def _feed_of(self, request: Request) -> PageFeed:
        return self._feeds.of(reading_of(request).rights)

    async def _events(self, feed: PageFeed, reading: Reading) -> AsyncIterator[bytes]:
        self._readers += 1
        try:
            yield b"retry: 2000\n\n"
            async for drawn in feed.pictures():
                if not reading.holds():  # a browser comes back by itself, and gets what is given then
                    return
                yield b"data: " + drawn + b"\n\n"
        finally:
            self._readers -= 1


def _json(told: dict[str, Any]) -> Response:
    return Response(json_line(told), 200, HEADERS, "application/json")


def _file_routes() -> list[Route]:
    found = {path.name: path for path in _STATIC.iterdir()}
    routes = [_file_route(f"/{name}", path) for name, path in sorted(found.items()) if path.suffix in _TYPES]
    return [_file_route("/", found["index.html"]), *routes]


def _file_route(where: str, path: Path) -> Route:
    octets = path.read_bytes()
    kind = _TYPES[path.suffix]

    async def endpoint(_request: Request) -> Response:
        return Response(octets, 200, _FILE_HEADERS, kind)

    return Route(where, endpoint)
