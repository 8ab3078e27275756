"""A program's own small HTTP server: /metrics for Prometheus, /healthz and /readyz for who looks after it.

It runs in threads of its own and reads only what its program hands it, so that a client can't hold the
program up. Connections are bounded in number and in time; where there are too many the oldest goes, so that
strangers who hold theirs lock nobody out. It tells counts and names of sensors, so it belongs on loopback or
where only the operator's machines are; it has no keys. Addresses, localhost and the names given are answered:
a web page that leads its own name here gets nothing.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType
from typing import NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from nxcast.process.ending import reason
from nxcast.process.host_lookup import look_up
from nxcast.telemetry.metrics_address import Address, EndpointError, host_allowed

__all__ = ["Endpoint"]

CONNECTIONS_MAX = 8  # at once; Prometheus and a health check are two
THREADS_MAX = 32  # those included whose connection was closed for another's, which end within milliseconds
CONNECTION_S = 5.0  # seconds from a connection to its end; Prometheus waits ten for an answer
SWEEP_S = 0.1  # seconds from one look for connections that have had their time to the next

_log = logging.getLogger("nxcast.telemetry")

Reason = Callable[[], str | None]
"""None while all is well, else what is wrong, in a few words."""


class Endpoint:
    """Listens from its making on until it is closed. Raises EndpointError.

    `healthy` tells whether the program works at all (a restart may mend it), `ready` whether it does its
    work now. They and `metrics` are called from other threads than the program's. `names` are hosts that a
    request may be for, besides addresses and localhost.
    """

    def __init__(
        self,
        address: Address,
        metrics: Collector,
        *,
        healthy: Reason,
        ready: Reason,
        names: Collection[str] = (),
    ) -> None:
        registry = CollectorRegistry()
        registry.register(metrics)
        ProcessCollector(registry=registry)
        pages = _Pages(registry, {"/healthz": healthy, "/readyz": ready}, names)
        try:
            self._server = _Server(Address(look_up(address.host)[0], address.port), pages)
        except (OSError, UnicodeError) as error:
            raise EndpointError(
                f"can't serve metrics on {address}: {reason(error)}; --metrics names another"
            ) from None
        self.address = Address(address.host, self._server.socket.getsockname()[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(SWEEP_S,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Page(NamedTuple):
    """What a path answers."""

    status: HTTPStatus
    kind: str  # Content-Type
    body: bytes


class _Pages:
    """The paths, and what each answers."""

    def __init__(
        self, registry: CollectorRegistry, reasons: dict[str, Reason], names: Collection[str]
    ) -> None:
        self._registry = registry
        self._reasons = reasons
        self._names = names

    def page(self, path: str, accept: str, hosts: Collection[str]) -> _Page:
        """`hosts` are what the request says in Host; a program of the operator's may leave it out."""
        if not all(host_allowed(host, self._names) for host in hosts):
            return _text(
                HTTPStatus.MISDIRECTED_REQUEST,
                "this Host is none of ours: use an address or localhost, or allow a name by --metrics-names",
            )
        if path == "/metrics":
            encode, kind = _encoder(accept)
            return _Page(HTTPStatus.OK, kind, encode(self._registry))
        if path not in self._reasons:
            return _text(HTTPStatus.NOT_FOUND, "there are /metrics, /healthz and /readyz")
        reason = self._reasons[path]()
        if reason is None:
            return _text(HTTPStatus.OK, "ok")
        return _text(HTTPStatus.SERVICE_UNAVAILABLE, reason)


def _encoder(accept: str) -> tuple[Callable[[Collector], bytes], str]:
    """What a client asks for, or the usual form where what it asks for makes no sense."""
    try:
        return choose_encoder(accept)
    except (TypeError, ValueError):  # a version that is no number
        return choose_encoder("")


def _text(status: HTTPStatus, text: str) -> _Page:
    return _Page(status, "text/plain; charset=utf-8", f"{text}\n".encode())


class _Handler(BaseHTTPRequestHandler):
    """One request a connection, and no line about it."""

    server: _Server

    def do_GET(self) -> None:
        assert isinstance(self.request, socket.socket)  # noqa: S101  of TCP
        self.server.heard(self.request)
        page = self.server.pages.page(
            self.path.partition("?")[0], self.headers.get("Accept", ""), self.headers.get_all("Host", [])
        )
        self.send_response(page.status)
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(page.body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the base class's name
        pass


@dataclass(slots=True)
class _Connection:
    """One that is open, or being closed."""

    until: float  # when it has had its time
    heard: bool = False  # its request is whole
    ended: bool = False

    def end(self, request: socket.socket) -> None:
        if not self.ended:
            self.ended = True
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)


class _Server(ThreadingMixIn, TCPServer):
    """A thread a connection, `CONNECTIONS_MAX` at once: for one more the oldest is closed.

    The oldest of those goes first that have not asked yet.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: Address, pages: _Pages) -> None:
        family, _, _, _, where = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        self.address_family = family
        self.pages = pages
        self._connections: dict[socket.socket, _Connection] = {}  # the oldest first
        self._lock = threading.Lock()
        super().__init__(where, _Handler)  # type: ignore[arg-type]  # IPv6 has four parts

    def get_request(self) -> tuple[socket.socket, object]:
        try:
            return super().get_request()
        except OSError:  # no descriptor is free: the next try would fail at once, and take the whole core
            time.sleep(SWEEP_S)
            raise

    def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002
        assert isinstance(request, socket.socket)  # noqa: S101  of TCP
        with self._lock:
            if len(self._connections) >= THREADS_MAX:
                return False
            if sum(not each.ended for each in self._connections.values()) >= CONNECTIONS_MAX:
                self._end_oldest()
            self._connections[request] = _Connection(time.monotonic() + CONNECTION_S)
            return True

    def heard(self, request: socket.socket) -> None:
        """Its request is whole."""
        with self._lock:
            self._connections[request].heard = True

    def service_actions(self) -> None:
        """End the connections that have had their time: a read or write of theirs then fails."""
        now = time.monotonic()
        with self._lock:
            for request, connection in self._connections.items():
                if connection.until < now:
                    connection.end(request)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        assert isinstance(request, socket.socket)  # noqa: S101
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def _end_oldest(self) -> None:
        open_ = [(request, each) for request, each in self._connections.items() if not each.ended]
        request, oldest = next((each for each in open_ if not each[1].heard), open_[0])
        oldest.end(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):  # else the client went away, or had had its time
            _log.error("a bug in what serves metrics", exc_info=error)
