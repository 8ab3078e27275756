"""The server's life: a socket, uvicorn on it until SIGTERM or Ctrl-C, its words as log lines of ours."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import uvicorn

from nxcast.consumers.page.kept_rates import KeptRates
from nxcast.consumers.page.known_findings import NOTHING_KNOWN, KnownFindings
from nxcast.consumers.serve.event_streams import EventStreams
from nxcast.consumers.serve.http_connections import Connection
from nxcast.consumers.serve.http_gate import Gate
from nxcast.consumers.serve.live_hub import Hub
from nxcast.consumers.serve.page_feeds import PageFeeds
from nxcast.consumers.serve.routes import application
from nxcast.consumers.serve.serve_metrics import ServeMetrics, told_at
from nxcast.consumers.serve.streaming import Answers
from nxcast.consumers.show.console import CommandError
from nxcast.consumers.show.vitals import Vitals
from nxcast.consumers.store.lookups import Reader
from nxcast.process.ending import reason
from nxcast.telemetry.metrics_address import Address
from nxcast.telemetry.service_manager import notified

__all__ = ["STOP_S", "Settings", "listening", "serve"]

BACKLOG = 128  # connections that the kernel holds until they are taken
STOP_S = 1  # seconds that answers have to end once the server is to stop; then they are cut

_log = logging.getLogger("nxcast.consumers.serve")


class Settings(NamedTuple):
    """Where metrics are told, and asked for by which names; findings that nobody is to be shown; the page."""

    metrics: Address | None = None
    metrics_names: Sequence[str] = ()
    known: KnownFindings = NOTHING_KNOWN
    page: bool = True
    kept: KeptRates | None = None


DEFAULTS = Settings()


@contextmanager
def listening(address: Address) -> Iterator[socket.socket]:
    """A socket at an address; CommandError where it can't be had."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind(address)
            made.listen(BACKLOG)
        except OSError as error:
            raise CommandError(f"can't listen at {address}: {reason(error)}") from error
        yield made


def serve(
    reader: Reader | None,
    hub: Hub | None,
    gate: Gate,
    where: socket.socket,
    settings: Settings = DEFAULTS,
) -> None:
    """Answer until SIGTERM or SIGINT, which is then raised again; EndpointError where metrics can't be."""
    words = logging.getLogger("uvicorn")
    told = _Told(logging.WARNING)
    words.addHandler(told)
    words.propagate = False
    answers = Answers()
    feeds = None
    if hub is not None and settings.page:
        feeds = PageFeeds(hub, store=reader is not None, known=settings.known, kept=settings.kept)
    streams = None if hub is None else EventStreams(hub)
    metrics = ServeMetrics(answers, Vitals(), hub, streams, feeds)
    config = uvicorn.Config(
        application(reader, gate, answers, hub, streams, feeds),
        http=Connection,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
        callback_notify=metrics.beat,
        timeout_notify=0,  # so each second
    )
    try:
        with ExitStack() as stack:
            stack.enter_context(told_at(settings.metrics, settings.metrics_names, metrics))
            stack.enter_context(notified(metrics.vitals.stalled))
            if hub is not None and streams is not None:
                stack.enter_context(hub.listening(streams.heard))
                stack.enter_context(hub.listening(metrics.heard))
            _Server(config, answers, hub, streams, feeds).run([where])
    finally:
        words.removeHandler(told)
        if hub is not None:
            hub.end()
    if hub is not None and hub.failure is not None:
        raise hub.failure


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        answers: Answers,
        hub: Hub | None,
        streams: EventStreams | None,
        feeds: PageFeeds | None,
    ) -> None:
        super().__init__(config)
        self._answers = answers
        self._hub = hub
        self._feeds = feeds
        self._streams = streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and take in what the broker publishes."""
        await super().startup(sockets)
        if self._feeds is not None:
            self._feeds.begin()
        if self._hub is not None:
            self._hub.begin(self._end)

    def _end(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: first the answers that go on."""
        self._answers.stopping = True
        if self._streams is not None:
            self._streams.stop()
        if self._feeds is not None:
            await self._feeds.stop()
        await super().shutdown(sockets)


class _Told(logging.Handler):
    """What uvicorn says, as if we had said it."""

    def emit(self, record: logging.LogRecord) -> None:
        _log.handle(record)
