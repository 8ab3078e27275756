"""The OpenAPI document (3.1) of all that is answered: each path, its parameters, and what comes. A table.

A program that makes requests of it finds each interface; what they mean at length stands in docs/http.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from nxcast import __version__
from nxcast.consumers.page.failure_rates import SCALES
from nxcast.consumers.page.findings_board import QUESTIONS
from nxcast.consumers.serve.asked import OFFSET_MAX, RESULTS_MAX

__all__ = ["OPENAPI_PATH", "document", "parameters_of"]

OPENAPI_PATH = "/v1/openapi.json"
JSON, LINES, EVENTS = "application/json", "application/x-ndjson", "text/event-stream"

Schema = dict[str, Any]
Parameters = dict[str, tuple[Schema, str]]


class _Path(NamedTuple):
    """What it gives, of which type, and the words and the parameters that it takes."""

    gives: str
    media_type: str
    words: dict[str, Schema] = {}  # noqa: RUF012 - nobody changes it
    parameters: Parameters = {}  # noqa: RUF012


_TEXT: dict[str, Any] = {"type": "string"}
_WORD: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 1024}
_NAME = {**_WORD, "examples": ["www.example.com", "*.example.com"]}
_MNEMONIC = {"type": "string", "pattern": "^[A-Za-z0-9-]{1,16}$", "examples": ["A", "MX"]}
_HEX = {"type": "string", "pattern": "^([0-9a-fA-F]{2}){1,128}$", "examples": ["03777777076578616d706c6500"]}
_ADDRESS = {**_WORD, "examples": ["192.0.2.1", "192.0.2.0,24", "2001:db8::1"]}
_MOMENT = {"type": "integer", "minimum": -(1 << 53), "maximum": 1 << 53}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1 << 53}
_FLAG = {"type": "string", "enum": ["t", "f", "1", "0", "true", "false", "y", "n", "yes", "no"]}
_MANY = {"type": "array", "items": _TEXT, "maxItems": 16}

_STORE_PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "limit": (_COUNT, f"results; 0: as many as there can be, {RESULTS_MAX}"),
    "offset": ({**_COUNT, "maximum": OFFSET_MAX}, "results passed over first"),
    "time_first_before": (_MOMENT, "seconds since 1970, or ago where negative"),
    "time_first_after": (_MOMENT, "as time_first_before"),
    "time_last_before": (_MOMENT, "as time_first_before"),
    "time_last_after": (_MOMENT, "as time_first_before"),
    "humantime": (_FLAG, "times as RFC 3339 has them"),
}
_SUMMARY_PARAMETERS = {**_STORE_PARAMETERS, "max_count": (_COUNT, "an end once so many were counted")}
_SEARCH_PARAMETERS = {
    **_STORE_PARAMETERS,
    "exclude": (_WORD, "a pattern of the same kind: without what it matches"),
    "verbose": (_FLAG, "with times and counts, as it is where nothing is said"),
}
_STREAM_PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "topic": (_MANY, "one topic more, such as nxdomain/MX/"),
    "where": (_MANY, "FIELD=VALUE as --where of tail: only records that match"),
    "since": (_TEXT, "begin so long ago (30s, 5m, 2h, 1d) or at a time with its zone"),
    "last-event-id": (_TEXT, "go on after the event with this id, as the header does"),
}
_WHERE: dict[str, tuple[dict[str, Any], str]] = {
    "where": (
        _MANY,
        "FIELD=VALUE as --where of tail, or zone=, cause=, sensor=, from=, until=, or a part of a name",
    ),
    "limit": ({"type": "integer", "minimum": 0, "maximum": 500}, "records, 25 where none is named"),
}

_SPAN: Parameters = {
    "from": (_COUNT, "seconds since 1970, as /v1/rates has them"),
    "until": (_COUNT, "the first that is not meant"),
}

_SAF = "objects in DNSDB's streaming answer format, a line each, between a beginning and an end that says how"
_STORE: dict[str, _Path] = {}
for _verb in ("lookup", "summarize"):
    for _path, _words in (
        ("rrset/name/{name}", {"name": _NAME}),
        ("rrset/name/{name}/{type}", {"name": _NAME, "type": _MNEMONIC}),
        ("rrset/name/{name}/{type}/{bailiwick}", {"name": _NAME, "type": _MNEMONIC, "bailiwick": _NAME}),
        ("rrset/raw/{hex}", {"hex": _HEX}),
        ("rdata/name/{name}", {"name": _NAME}),
        ("rdata/name/{name}/{type}", {"name": _NAME, "type": _MNEMONIC}),
        ("rdata/ip/{address}", {"address": _ADDRESS}),
        ("rdata/raw/{hex}", {"hex": _HEX}),
    ):
        _told = _SUMMARY_PARAMETERS if _verb == "summarize" else _STORE_PARAMETERS
        _STORE[f"/dnsdb/v2/{_verb}/{_path}"] = _Path(_SAF, LINES, _words, _told)
for _method in ("regex", "glob"):
    for _kind in ("rrnames", "rdata"):
        _STORE[f"/dnsdb/v2/{_method}/{_kind}/{{pattern}}"] = _Path(
            _SAF, LINES, {"pattern": _WORD}, _SEARCH_PARAMETERS
        )
_STORE |= {
    "/v1/failures/name/{name}": _Path(_SAF, LINES, {"name": _NAME}, _STORE_PARAMETERS),
    "/v1/failures/name/{name}/{type}": _Path(
        _SAF, LINES, {"name": _NAME, "type": _MNEMONIC}, _STORE_PARAMETERS
    ),
    "/v1/history/{name}": _Path(
        "the one timeline of a name; " + _SAF, LINES, {"name": _NAME}, _STORE_PARAMETERS
    ),
    "/pdns/query/{word}": _Path("Common Output Format, a line each", LINES, {"word": _NAME}, {}),
    "/dnsdb/v2/ping": _Path("that it answers", JSON, {}, {}),
    "/dnsdb/v2/rate_limit": _Path("that there is no quota", JSON, {}, {}),
}
_STREAM = "records of topics as they come, each an event, and what happens to the stream"
_LIVE: dict[str, _Path] = {
    "/v1/stream/": _Path(_STREAM, EVENTS, {}, _STREAM_PARAMETERS),
    "/v1/stream/{channel}/": _Path(_STREAM, EVENTS, {"channel": _WORD}, _STREAM_PARAMETERS),
    "/v1/stream/{channel}/{kind}/": _Path(
        _STREAM,
        EVENTS,
        {"channel": _WORD, "kind": _MNEMONIC},
        _STREAM_PARAMETERS,
    ),
    "/v1/status": _Path("the broker's latest account", JSON, {}, {}),
}
_PAGE: dict[str, _Path] = {
    "/v1/picture": _Path("all that the page shows", JSON, {}, {}),
    "/v1/rates/{scale}": _Path("failures a second by RCODE", JSON, {"scale": {"enum": list(SCALES)}}, {}),
    "/v1/span": _Path(
        "findings of a span of time, and causes, zones, servers, sensors of its failures", JSON, {}, _SPAN
    ),
    "/v1/records": _Path("the latest records, newest first", JSON, {}, _WHERE),
    "/v1/record/{number}": _Path(
        "one of them, with its message",
        JSON,
        {"number": {"type": "integer", "minimum": 0, "maximum": 10**14 - 1}},
        {},
    ),
    "/v1/report/{question}": _Path(
        "the latest report of a question",
        JSON,
        {"question": {"enum": list(QUESTIONS)}},
        {},
    ),
}
_OWN = "/v1/"
_STATUSES = {
    "400": "what was asked can't be answered: a line says why",
    "401": "a token is needed",
    "403": "another site's page asked, or the token is none of this server's",
    "404": "there is no such thing here: a line says what there is",
    "414": "the path is too long",
    "416": "the offset is too large",
    "421": "not a name of this server",
    "503": "as many as there can be, or nothing yet: try again",
}


def parameters_of(path: str) -> Parameters | None:
    """The parameters of an interface of our own, by any path of it; None for those of others."""
    if not path.startswith(_OWN):
        return None
    interface = path.split("/")[:3]
    found = (
        told.parameters for each, told in (_LIVE | _PAGE | _STORE).items() if each.split("/")[:3] == interface
    )
    return next(found, {})


def document(*, live: bool = False, page: bool = False, store: bool = False) -> dict[str, Any]:
    """That of a server that gives what is live, what its page is drawn from, and what a store has."""
    given = {**(_LIVE if live else {}), **(_PAGE if page else {}), **(_STORE if store else {})}
    paths = {path: {"get": _operation(path, *told)} for path, told in given.items()}
    paths["/v1/session"] = {
        "get": {"operationId": "session", "summary": "a cookie for a token", **_session()}
    }
    paths[OPENAPI_PATH] = {"get": _operation(OPENAPI_PATH, "this document", JSON, {}, {})}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "nxcast-consume serve",
            "version": __version__,
            "summary": "Live channels of what fails in DNS, and passive DNS of one's own resolvers",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "nxcast"},
            }
        },
        "security": [{}, {"bearer": []}, {"key": []}, {"cookie": []}],
    }


def _operation(
    path: str,
    gives: str,
    media_type: str,
    words: dict[str, dict[str, Any]],
    parameters: dict[str, tuple[dict[str, Any], str]],
) -> dict[str, Any]:
    shape = {"type": "object"} if media_type == JSON else {"type": "string"}
    return {
        "operationId": path.strip("/").replace("/", "_").replace("{", "").replace("}", ""),
        "summary": gives,
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": schema}
                for name, schema in words.items()
            ),
            *(
                {"name": name, "in": "query", "schema": schema, "description": text}
                for name, (schema, text) in parameters.items()
            ),
        ],
        "responses": {
            "200": {"description": gives, "content": {media_type: {"schema": shape}}},
            **_refusals(),
        },
    }


def _session() -> dict[str, Any]:
    return {"responses": {"204": {"description": "passed; a cookie for a token"}, **_refusals()}}


def _refusals() -> dict[str, Any]:
    content = {"text/plain": {"schema": _TEXT}}
    return {status: {"description": why, "content": content} for status, why in _STATUSES.items()}
