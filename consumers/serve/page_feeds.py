"""A picture for each set of rights: one of all that is served, others of less once they are asked for."""

from __future__ import annotations

from time import monotonic

from nxcast.consumers.page.kept_rates import KeptRates
from nxcast.consumers.page.known_findings import NOTHING_KNOWN, KnownFindings
from nxcast.consumers.page.picture import is_counted
from nxcast.consumers.serve.asked import AskedError
from nxcast.consumers.serve.live_hub import Hub
from nxcast.consumers.serve.page_feed import PageFeed
from nxcast.consumers.serve.reader_rights import ALL, Rights

__all__ = ["PageFeeds"]

IDLE_S = 60.0  # seconds for which nobody has asked for one before another may have its place

LESS_MAX = 2  # pictures of less than all; each counts, asks all questions and keeps records as the first does


class PageFeeds:
    """Of one hub."""

    def __init__(
        self, hub: Hub, *, store: bool, known: KnownFindings = NOTHING_KNOWN, kept: KeptRates | None = None
    ) -> None:
        self._hub = hub
        self._known = known
        self._counted = tuple(topic for topic in hub.topics if is_counted(topic))
        self._all = PageFeed(hub, store=store, known=known, kept=kept)
        self._less: dict[tuple[str, ...], PageFeed] = {}  # the one asked for last at the end
        self._asked_s: dict[PageFeed, float] = {}

    def begin(self) -> None:
        """Draw what all may see, as long as the running loop does."""
        self._all.begin()

    async def stop(self) -> None:
        """Draw no more, and end what readers get."""
        for feed in (self._all, *self._less.values()):
            await feed.stop()

    @property
    def readers(self) -> int:
        """That wait for each picture; from any thread."""
        return sum(feed.readers for feed in (self._all, *list(self._less.values())))

    def of(self, rights: Rights) -> PageFeed:
        """What is drawn of what may be read; AskedError where that is nothing, or one too many."""
        topics = rights.among(self._counted)
        if rights == ALL or topics == self._counted:
            return self._all
        if not topics:
            raise AskedError("this token may read nothing that is on the page", 403)
        feed = self._less.pop(topics, None) or self._begun(topics)
        self._less[topics] = feed
        self._asked_s[feed] = monotonic()
        return feed

    def _begun(self, topics: tuple[str, ...]) -> PageFeed:
        if len(self._less) >= LESS_MAX:
            idle = next((each for each, feed in self._less.items() if self._is_idle(feed)), None)
            if idle is None:
                raise AskedError("as many different pictures as there can be: try again", 503)
            feed = self._less.pop(idle)
            del self._asked_s[feed]
            feed.end()
        feed = PageFeed(self._hub, topics=topics, known=self._known)
        feed.begin()
        return feed

    def _is_idle(self, feed: PageFeed) -> bool:
        return not feed.readers and monotonic() - self._asked_s[feed] >= IDLE_S
