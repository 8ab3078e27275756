"""What listeners in the server's loop get of a broker."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.client.events import Batch, Connected, Gap, Restart, Silent, UnknownLoss
from nxcast.consumers.client.subscriber import Subscriber
from nxcast.consumers.serve.live_hub import Hub

TOPICS = ("nxdomain/", "status/")
WAIT_S = 60.0


class Heard:
    """A listener that can be waited for."""

    def __init__(self):
        self.news = []
        self._came = asyncio.Event()

    def __call__(self, news):
        self.news += news
        self._came.set()

    async def until(self, enough):
        async with asyncio.timeout(WAIT_S):
            while not enough(self.news):
                self._came.clear()
                await self._came.wait()

    def kinds(self):
        """By kind, without statuses."""
        return [type(each) for each in self.news if getattr(each, "topic", "") != "status/"]


@contextmanager
def live(broker, failed=lambda: None):
    """A hub of a broker, in the running loop."""
    hub = Hub(lambda on_event: Subscriber(*TOPICS, broker=broker.endpoint, on_event=on_event))
    try:
        hub.begin(failed)
        yield hub
    finally:
        hub.end()


def connected(news):
    return any(isinstance(each, Connected) for each in news)


def records(number):
    return lambda news: sum(isinstance(each, Batch) and each.topic != "status/" for each in news) >= number


async def begun(broker, hub, heard):
    """All subscriptions are in force, and the status is there."""
    await asyncio.to_thread(broker.await_subscription)
    broker.publish_status()
    await heard.until(connected)
    assert hub.status["epoch"] == broker.epoch


def test_batches_and_events_come_in_order_to_each_who_listens(broker, make):
    async def scenario():
        first, second = Heard(), Heard()
        with live(broker) as hub, hub.listening(first):
            await begun(broker, hub, first)
            broker.publish("nxdomain/MX/", make.nxdomain())
            await first.until(records(1))
            with hub.listening(second):
                broker.publish("nxdomain/MX/", make.nxdomain(qname="b.example."), skip=2)
                await second.until(records(1))
            broker.restart()
            broker.publish("nxdomain/MX/", make.nxdomain())
            broker.publish_status()
            await first.until(records(3))
            assert hub.counts.lost_at_least == 2
        assert first.kinds() == [Connected, Batch, Gap, Batch, UnknownLoss, Restart, Batch]
        assert second.kinds() == [Gap, Batch]
        assert [each.records[0]["qname"] for each in second.news if isinstance(each, Batch)] == ["b.example."]

    asyncio.run(scenario())


def test_that_no_broker_answers_is_said_once(broker, monkeypatch, caplog):
    async def scenario():
        heard = Heard()
        with live(broker) as hub, hub.listening(heard):
            await heard.until(lambda news: any(isinstance(each, Silent) for each in news))
            await begun(broker, hub, heard)

    monkeypatch.setattr("nxcast.consumers.serve.live_hub.ABSENT_S", 0.0)
    monkeypatch.setattr("nxcast.consumers.client.session.SILENT_S", 0.0)
    caplog.set_level("INFO", "nxcast.consumers")
    asyncio.run(scenario())
    said = [each.message for each in caplog.records if "no broker answers" in each.message]
    line = f"no broker answers at {broker.endpoint}: start nxcast-broker, or name another with --broker"
    assert said == [f"{line}; it is waited for"]


def test_a_loop_that_is_held_up_gets_all_when_it_goes_on(broker, make, monkeypatch):
    monkeypatch.setattr("nxcast.consumers.serve.live_hub.HAND_OCTETS", 40_000)

    async def scenario():
        heard = Heard()
        with live(broker) as hub, hub.listening(heard):
            await begun(broker, hub, heard)
            for _ in range(300):  # 30 lists, of which four have room
                broker.publish("nxdomain/A/", make.nxdomain(qtype=1))
            await heard.until(records(300))
        came = [each.sequence for each in heard.news if isinstance(each, Batch) and each.topic != "status/"]
        assert came == list(range(1, 301))

    asyncio.run(scenario())


def test_a_listener_that_fails_ends_it(broker):
    async def scenario():
        ended = asyncio.Event()
        with live(broker, ended.set) as hub:

            def fails(_news):
                raise ZeroDivisionError

            with hub.listening(fails):
                await asyncio.to_thread(broker.await_subscription)
                broker.publish_status()
                await asyncio.wait_for(ended.wait(), WAIT_S)
            assert isinstance(hub.failure, ZeroDivisionError)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "options", [["--no-live"], ["--no-live", "--store", "DIR", "nxdomain/"]], ids=["no store", "topics"]
)
def test_without_what_is_live_there_is_a_store_and_no_topics(options, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["serve", *options])
    assert "--no-live leaves the store alone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--no-live", "--store", "DIR", "--replay", "off"], "--no-live goes without --replay"),
        (["--unverified"], "--unverified is for what a store has"),
    ],
)
def test_options_that_would_be_passed_over_are_refused(options, told, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["serve", *options])
    assert told in capsys.readouterr().err
