"""The picture of the page, renewed once a second from what the hub hears, and kept as JSON for all readers.

The picture is touched by one thread at a time, off the loop, since a report of a question may take a tenth of
a second. A reader gets the latest picture, whatever it has missed: nothing waits for who reads slowly.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from time import time_ns
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync

from nxcast.consumers.client.events import Batch
from nxcast.consumers.page.kept_rates import KeptRates
from nxcast.consumers.page.known_findings import NOTHING_KNOWN, KnownFindings
from nxcast.consumers.page.picture import Picture, is_counted
from nxcast.consumers.serve.live_hub import Hub, News, octets_of
from nxcast.consumers.show.json_lines import json_line
from nxcast.schemas.topics import STATUS

__all__ = ["PageFeed"]

TURN_S = 1.0  # seconds between two pictures
WAITING_MAX = 128 << 20  # octets as `octets_of` has them that wait for a turn: 50,000 records, 2.6 KB each

T = TypeVar("T")


class PageFeed:
    """Of one hub; of its channels those whose topics begin so."""

    def __init__(
        self,
        hub: Hub,
        *,
        store: bool = False,
        topics: Sequence[str] = ("",),
        known: KnownFindings = NOTHING_KNOWN,
        kept: KeptRates | None = None,
    ) -> None:
        self._hub = hub
        self._topics = tuple(topics)
        self.readers = 0  # that wait for each picture
        self._kept = kept
        rates = None if kept is None else kept.rates
        self._picture = Picture(hub.subscriber.broker, time_ns(), store=store, known=known, rates=rates)
        self._news: list[tuple[News, int]] = []  # with when they came
        self._waiting = 0  # octets
        self._uncounted = 0  # records
        self._touching = anyio.CapacityLimiter(1)
        self._latest = b""
        self._number = 0
        self._stopping = False
        self._renewed = asyncio.Condition()

    def heard(self, news: Sequence[News]) -> None:
        """Take what the hub hears, for the next turn."""
        now_ns = time_ns()
        for each in news:
            topic = getattr(each, "topic", STATUS)
            if topic != STATUS and not topic.startswith(self._topics):
                continue
            if isinstance(each, Batch) and topic != STATUS:
                if not is_counted(topic):
                    continue
                octets = octets_of(each)
                if self._waiting + octets > WAITING_MAX:
                    self._uncounted += len(each.records)
                    continue
                self._waiting += octets
            self._news.append((each, now_ns))

    def begin(self) -> None:
        """Renew the picture, as long as the running loop does."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(self._ended)

    async def _run(self) -> None:
        with self._hub.listening(self.heard):
            while True:
                await self._turn()
                if self._kept is not None and self._kept.is_due():
                    await self._keep(self._kept)
                await asyncio.sleep(TURN_S)

    async def asked(self, question: Callable[[Picture], T]) -> T:
        """What somebody wants to know of the picture."""
        return await run_sync(lambda: question(self._picture), limiter=self._touching)

    async def latest(self) -> bytes:
        """The picture as JSON, once there is one."""
        async with self._renewed:
            await self._renewed.wait_for(lambda: self._number > 0)
        return self._latest

    async def pictures(self) -> AsyncIterator[bytes]:
        """The latest picture, and each later one that there is time for, until a stop."""
        number = 0
        self.readers += 1
        try:
            while True:
                async with self._renewed:
                    while number == self._number and not self._stopping:
                        await self._renewed.wait()
                    if self._stopping:
                        return
                    number = self._number
                yield self._latest
        finally:
            self.readers -= 1

    def end(self) -> None:
        """Renew it no more; nobody may be waiting for it."""
        self._task.cancel()

    async def stop(self) -> None:
        """Renew it no more: who waits for pictures has had them all."""
        self._stopping = True
        self.end()
        async with self._renewed:
            self._renewed.notify_all()
        if self._kept is not None:
            await self._keep(self._kept)

    async def _keep(self, kept: KeptRates) -> None:
        await self.asked(lambda _: kept.save())

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._hub.failed(error)

    async def _turn(self) -> None:
        news, self._news = self._news, []
        uncounted, self._uncounted = self._uncounted, 0
        self._waiting = 0
        now_ns = time_ns()
        self._latest = await self.asked(lambda picture: _drawn(picture, news, uncounted, now_ns))
        async with self._renewed:
            self._number += 1
            self._renewed.notify_all()


def _drawn(picture: Picture, news: Sequence[tuple[News, int]], uncounted: int, now_ns: int) -> bytes:
    picture.uncounted(uncounted)
    for each, came_ns in news:
        if not isinstance(each, Batch):
            picture.event(each, came_ns)
        elif each.topic == STATUS:
            for status in each.records:
                picture.status(status, came_ns)
        else:
            picture.take(each, came_ns)
    return json_line(picture.drawn(now_ns)).encode()
