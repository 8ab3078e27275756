"""What a request for a stream asks: topics, which records of them, and from where on. Pure.

Whatever is wrong with it is an AskedError, with a line for whoever asked.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from starlette.datastructures import QueryParams

from nxcast.consumers.client.events import Event
from nxcast.consumers.serve.asked import AskedError
from nxcast.consumers.serve.reader_rights import ALL, Reading
from nxcast.consumers.serve.stream_events import Place
from nxcast.consumers.show.console import moment, topic_argument
from nxcast.consumers.show.where import Where, term
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN
from nxcast.schemas.units import SECOND_NS

__all__ = ["Selection", "StreamAsked", "stream_asked"]

LAST_ID = "last-event-id"  # the header that browsers send, and a parameter for others
TERMS_MAX = 16  # topics, and terms of `where`, of one request
TEXT_MAX = 4096  # octets of all terms
EVERYBODY = Reading(ALL)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Selection:
    """Topics, and terms of `where` as they were written; equal ones are given the same."""

    topics: tuple[str, ...]
    terms: tuple[str, ...] = ()
    where: Where = field(default_factory=lambda: Where(()), compare=False)

    def wants(self, topic: str) -> bool:
        """Whether it has a topic."""
        return topic.startswith(self.topics)

    def concerns(self, event: Event) -> bool:
        """Whether an event is about it: all are but those of other topics."""
        topic = getattr(event, "topic", "")
        return not topic or self.wants(topic)


@dataclass(frozen=True)
class StreamAsked:
    """A selection, and where to begin; `since` in seconds ago or a time."""

    selection: Selection
    had: Place | None = None
    since: float | datetime | None = None
    reading: Reading = field(default=EVERYBODY, compare=False)

    @property
    def live(self) -> bool:
        """Whether it begins with what comes now."""
        return self.had is None and self.since is None

    def begin(self, now_ns: int) -> Place:
        """Where to begin, `now_ns` by the broker's clock."""
        if self.had is not None:
            return self.had
        if isinstance(self.since, datetime):
            return Place.before((self.since - EPOCH) // timedelta(microseconds=1) * 1000)
        # In seconds first: as nanoseconds a time ago may be beyond what a float holds.
        return Place.before(now_ns - int(min(self.since or 0, now_ns / SECOND_NS) * SECOND_NS))

    def after(self, place: Place) -> Self:
        """The same, from another place on."""
        return replace(self, had=place)


def stream_asked(
    words: Sequence[str],
    parameters: QueryParams,
    headers: Mapping[str, str],
    served: Sequence[str],
    reading: Reading = EVERYBODY,
) -> StreamAsked:
    """What a request asks, of the topics that are served and that who asks may read."""
    texts = [*(["/".join(words)] if words else []), *parameters.getlist("topic")]
    terms = parameters.getlist("where")
    if len(texts) > TERMS_MAX or len(terms) > TERMS_MAX or sum(map(len, terms)) > TEXT_MAX:
        raise AskedError(f"over {TERMS_MAX} topics or terms, or {TEXT_MAX} characters of terms")
    try:
        topics = [topic_argument(text) for text in texts]
        where = Where(term(text) for text in terms)
    except argparse.ArgumentTypeError as error:
        raise AskedError(str(error), 404 if not terms else 400) from error
    rights = reading.rights
    may = rights.among(served)
    if not may:
        raise AskedError("this token may read nothing of what is served here", 403)
    chosen = topics or [topic for topic in may if topic.startswith((NXDOMAIN, DNS_ERRORS))] or may
    for topic in chosen:
        if not topic.startswith(tuple(served)):
            raise AskedError(f"{topic} is not served here: nxcast-consume serve {topic} would", 404)
        if not rights.may(topic):
            raise AskedError(f"this token may not read {topic}, but {' '.join(may)}", 403)
    if objection := where.objection(chosen):
        raise AskedError(objection)
    selection = Selection(tuple(sorted(set(chosen))), tuple(sorted(set(terms))), where)
    last = headers.get(LAST_ID) or parameters.get(LAST_ID)
    try:
        had = Place.parse(last) if last else None
    except ValueError as error:
        raise AskedError(f"{LAST_ID}: {error}") from error
    return StreamAsked(selection, had, _since(parameters.get("since")), reading)


def _since(text: str | None) -> float | datetime | None:
    try:
        return moment(text) if text else None
    except (ValueError, OverflowError, argparse.ArgumentTypeError) as error:
        raise AskedError(
            "since is 30s, 5m, 2h, 1d, or a time with its zone (2026-11-23T15:00:00Z)"
        ) from error
