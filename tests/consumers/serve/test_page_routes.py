"""The page's files and what they are drawn from, over HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from nxcast.consumers.client.events import Batch, Gap
from nxcast.consumers.page.kept_rates import KeptRates
from nxcast.consumers.serve import page_feed, page_routes
from nxcast.consumers.serve.http_gate import Gate
from nxcast.consumers.serve.live_hub import octets_of
from nxcast.consumers.serve.page_feed import PageFeed
from nxcast.consumers.serve.page_feeds import PageFeeds
from nxcast.consumers.serve.reader_rights import ALL
from nxcast.consumers.serve.routes import application
from nxcast.consumers.serve.streaming import Answers
from tests.conftest import ROOT

WAIT_S = 60.0
DOCS = (ROOT / "docs" / "http.md").read_text()


class HeardHub:
    """Gives what it is given to whoever listens."""

    topics = ("nxdomain/", "dns-errors/", "status/")
    status = None

    def __init__(self):
        self.subscriber = SimpleNamespace(broker="tcp://192.0.2.9:5556")
        self.failure = None
        self.listener = None

    @contextmanager
    def listening(self, listener):
        self.listener = listener
        yield

    def failed(self, error):
        self.failure = error


class Served:
    """An application with a page, in the running loop."""

    def __init__(self, hub):
        self.hub = hub
        self.feeds = PageFeeds(hub, store=False)
        self.feed = self.feeds.of(ALL)
        self.app = application(None, Gate(()), Answers(), hub, None, self.feeds)
        self.feeds.begin()

    async def get(self, path, accept="*/*", events=0):
        """Status, headers and body; of a stream so many pieces, then the client goes."""
        sent, enough = [], asyncio.Event()

        async def send(message):
            sent.append(message)
            if events and len(sent) > events:
                enough.set()

        async def receive():
            if not events:
                return {"type": "http.request"}
            await enough.wait()
            return {"type": "http.disconnect"}

        where, _, query = path.partition("?")
        scope = {
            "type": "http", "method": "GET", "path": where, "raw_path": where.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost"), (b"accept", accept.encode())],
        }  # fmt: skip
        async with asyncio.timeout(WAIT_S):
            await self.app(scope, receive, send)
        headers = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
        return sent[0]["status"], headers, b"".join(each.get("body", b"") for each in sent[1:])


def served(scenario, monkeypatch, turn_s=0.01):
    """Run a scenario with a page that is renewed all the time."""
    monkeypatch.setattr(page_feed, "TURN_S", turn_s)

    async def run():
        return await scenario(Served(HeardHub()))

    return asyncio.run(run())


def batch(make, *qnames, topic="nxdomain/MX/"):
    return Batch(topic, 7, 1, make.nxdomain()["time_ns"], [make.nxdomain(qname=qname) for qname in qnames])


async def heard(page, *news):
    """The page after this was heard."""
    while page.hub.listener is None:
        await page.get("/v1/picture")
    page.hub.listener(list(news))
    before = page.feed._number
    async with asyncio.timeout(WAIT_S):
        while page.feed._number < before + 2:
            await asyncio.sleep(0)
    return json.loads((await page.get("/v1/picture"))[2])


def test_the_page_says_that_nothing_else_may_be_loaded(monkeypatch):
    async def scenario(page):
        for path in ("/", "/app.js", "/style.css", "/uPlot.iife.min.js"):
            status, headers, body = await page.get(path)
            assert (status, bool(body)) == (200, True)
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
        assert (await page.get("/app.js"))[1]["content-type"] == "text/javascript; charset=utf-8"
        assert (await page.get("/..%2f__init__.py"))[0] == 404

    served(scenario, monkeypatch)


def test_what_is_heard_is_in_the_next_picture(make, monkeypatch):
    async def scenario(page):
        gap = Gap("nxdomain/MX/", 7, 2, 4)
        picture = await heard(page, batch(make, "a.example.", "b.example."), gap, make_status(make))
        assert picture["failures"] == 2
        assert picture["lost"]["messages"] == 3
        assert picture["state"]["word"] == "behind"  # by years, as these times are
        assert picture["store"] is False

    def make_status(make):
        return Batch("status/", 7, 1, 5, [make.status()])

    served(scenario, monkeypatch)


def test_pictures_come_as_events_each_time(monkeypatch):
    async def scenario(page):
        status, headers, body = await page.get("/v1/picture", "text/event-stream", events=3)
        assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert headers["cache-control"] == "no-store"
        first, *events = body.decode().strip().split("\n\n")
        assert first == "retry: 2000"
        assert all(json.loads(each.removeprefix("data: "))["state"]["word"] == "no-broker" for each in events)

    served(scenario, monkeypatch)


def test_who_gets_pictures_is_let_go_when_the_server_stops(monkeypatch):
    async def scenario(page):
        pictures = page.feed.pictures()
        assert json.loads(await anext(pictures))["state"]["word"] == "no-broker"
        waiting = asyncio.create_task(anext(pictures, None))
        await asyncio.sleep(0)  # it waits, and no later picture will come
        await page.feeds.stop()
        assert await asyncio.wait_for(waiting, WAIT_S) is None
        assert page.feed.readers == 0

    served(scenario, monkeypatch, turn_s=WAIT_S)


def test_what_was_counted_is_kept_when_the_server_stops(make, monkeypatch, tmp_path):
    def kept():
        return KeptRates(tmp_path / "rates.json", ["tcp://192.0.2.9:5556"])

    async def scenario(page):
        page.feed = PageFeed(page.hub, kept=kept())
        page.feed.begin()
        while page.hub.listener is None:
            await asyncio.sleep(0)
        page.hub.listener([batch(make, "a.example.", "b.example.")])
        async with asyncio.timeout(WAIT_S):
            while not await page.feed.asked(lambda picture: picture.drawn(1)["failures"]):
                await asyncio.sleep(0)
        await page.feed.stop()

    served(scenario, monkeypatch)
    counts = kept().rates.dump()["scales"]["24h"].values()
    assert [sum(each.values()) for each in counts] == [2]


def test_one_reader_too_many_is_told(monkeypatch):
    monkeypatch.setattr(page_routes, "READERS_MAX", 0)

    async def scenario(page):
        status, headers, body = await page.get("/v1/picture", "text/event-stream")
        assert (status, headers["retry-after"]) == (503, "5")
        assert b"try again" in body

    served(scenario, monkeypatch)


def test_records_are_found_and_opened(make, monkeypatch):
    async def scenario(page):
        await heard(page, batch(make, "a.example.", "b.example."))
        _, _, body = await page.get(f"/v1/records?where={quote('qname=b.example')}&limit=5")
        (row,) = json.loads(body)["records"]
        assert row["qname"] == "b.example."
        assert json.loads((await page.get(f"/v1/record/{row['id']}"))[2])["text"].startswith(
            "qname: b.example."
        )
        assert json.loads((await page.get("/v1/report/dga"))[2])["question"] == "dga"
        rates = json.loads((await page.get("/v1/rates/24h"))[2])
        assert (rates["step"], rates["length"]) == (240, 360)
        span = json.loads((await page.get(f"/v1/span?from={rates['first']}&until={10**11}"))[2])
        assert (span["step"], span["zones"]) == (900, [])  # what was heard is of years ago

    served(scenario, monkeypatch)


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/v1/records?where=qtipe%3DMX", 400, b"qname=example.com"),
        ("/v1/records?limit=-1", 400, b"limit is a number"),
        ("/v1/span?from=1", 400, b"from= and until="),
        ("/v1/span?from=1&until=x", 400, b"what is 'until=x'"),
        ("/v1/span?from=-1&until=1", 400, b"a second since 1970"),
        ("/v1/record/x", 404, b"a record has a number"),
        ("/v1/record/99", 404, b"gone"),
        ("/v1/record/99999999999999999999", 404, b"number"),
        ("/v1/rates/5y", 404, b"5m, 1h, 24h"),
        ("/v1/report/nothing", 404, b"no such question"),
    ],
)
def test_what_can_not_be_given_is_told(path, status, told, monkeypatch):
    async def scenario(page):
        answer = await page.get(path)
        assert (answer[0], told in answer[2]) == (status, True)

    served(scenario, monkeypatch)


def test_what_comes_too_fast_is_not_counted_and_told(make, monkeypatch):
    taken = [batch(make, "a.", "b."), batch(make, "e.")]
    monkeypatch.setattr(page_feed, "WAITING_MAX", sum(map(octets_of, taken)))

    async def scenario(page):
        picture = await heard(page, taken[0], batch(make, "c.", "d."), taken[1])
        assert (picture["failures"], picture["uncounted"]) == (3, 2)

    served(scenario, monkeypatch)


def test_large_messages_leave_room_for_fewer_records(make, monkeypatch):
    record = make.dns_error(response=bytes(60_000))
    errors = [Batch("dns-errors/SERVFAIL/", 7, number, record["time_ns"], [record]) for number in range(3)]
    monkeypatch.setattr(page_feed, "WAITING_MAX", 2 * octets_of(errors[0]))

    async def scenario(page):
        picture = await heard(page, *errors)
        assert (picture["failures"], picture["uncounted"]) == (2, 1)

    served(scenario, monkeypatch)


@pytest.mark.parametrize("topic", ["dns-errors/NXDOMAIN/", "answers/A/"])
def test_what_the_page_never_counts_takes_no_room_and_is_not_told_as_uncounted(make, monkeypatch, topic):
    counted = batch(make, "a.")
    monkeypatch.setattr(page_feed, "WAITING_MAX", octets_of(counted))

    async def scenario(page):
        picture = await heard(page, batch(make, "b.", topic=topic), batch(make, "c.", topic=topic), counted)
        assert (picture["failures"], picture["uncounted"]) == (1, 0)

    served(scenario, monkeypatch)


def test_a_bug_of_ours_ends_the_server(monkeypatch):
    async def scenario(page):
        monkeypatch.setattr(page_feed, "_drawn", lambda *_: 1 // 0)
        async with asyncio.timeout(WAIT_S):
            while page.hub.failure is None:
                await asyncio.sleep(0)
        assert isinstance(page.hub.failure, ZeroDivisionError)

    served(scenario, monkeypatch)


def test_all_that_the_page_asks_for_is_documented():
    static = ROOT / "consumers" / "page" / "static"
    asked = {path for file in static.glob("*.js") for path in _paths(file.read_text())}
    paths = ("picture", "rates", "span", "records", "record", "report", "history")
    assert asked >= {f"v1/{each}" for each in paths}
    assert all(f"/{path}" in DOCS for path in asked)


def _paths(text):
    return re.findall(r"\bv1/[a-z]+", text)
