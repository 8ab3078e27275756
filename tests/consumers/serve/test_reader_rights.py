"""Who may read less: a client of the key file, over HTTP, on loopback too."""

from __future__ import annotations

import json
from threading import Thread

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.client import session
from nxcast.consumers.client.subscriber import Subscriber
from nxcast.consumers.serve import page_feed, page_feeds, reader_rights
from nxcast.consumers.serve.asked import AskedError
from nxcast.consumers.serve.http_gate import Gate
from nxcast.consumers.serve.live_hub import Hub
from nxcast.consumers.serve.page_feeds import PageFeeds
from nxcast.consumers.serve.reader_rights import ALL, Clients, Rights
from nxcast.consumers.serve.server import listening, serve
from nxcast.consumers.show.console import CommandError
from nxcast.consumers.store.lookups import Reader as StoreReader
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.telemetry.metrics_address import Address
from tests.consumers.conftest import dns_error, nxdomain
from tests.consumers.serve.conftest import ZONE, Server, fill
from tests.consumers.serve.test_event_streams import MX, SERVFAIL, TOPICS, A, Bus, Reader
from tests.consumers.store.conftest import TIME_NS, Seen, soa

NAMES = ("mail", "missing", "failing", "whole", "over", "idle")


def told(name):
    """A client's token."""
    return f"the-token-of-{name}"


def keys(**changed):
    """The text of a key file."""
    whole = {"subscribe": ["dns-errors/", "nxdomain/", "answers/"], "replay": True}
    rights = {
        "mail": {"subscribe": [MX]},
        "missing": {"subscribe": ["nxdomain/"], "replay": True},
        "failing": {"subscribe": ["dns-errors/"], "replay": True},
        "whole": whole,
        "over": {**whole, "until": "2020-01-01"},
        "idle": {"push": ["ns1"]},
        **changed,
    }
    made = {name: Client(key=chr(97 + at) * 40, **each) for at, (name, each) in enumerate(rights.items())}
    return render_keys(Keys(made))


@pytest.fixture
def bus():
    made = Bus()
    yield made
    made.broker.close()


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys.toml"
    path.write_text(keys())
    return path


@pytest.fixture
def store(tmp_path):
    """One question that failed on each channel."""
    answer = [soa(ZONE)]
    return fill(
        tmp_path / "store",
        [
            Seen.answer("nodata.example.com.", 1, ZONE, authorities=answer),
            nxdomain(qname="missing.example.com.", soa_rrname=ZONE, time_ns=TIME_NS),
            Seen.answer("broken.example.com.", 1, ZONE, rcode=2),
        ],
    )


@pytest.fixture
def served(bus, key_file, store, monkeypatch):
    """A server with a store, for a token of all and one of each client."""
    monkeypatch.setattr(session, "SILENT_S", 1e9)
    monkeypatch.setattr(reader_rights, "LOOK_S", 0.0)
    monkeypatch.setattr(page_feed, "TURN_S", 0.01)
    gate = Gate((), {told("all"): "", **{told(each): each for each in NAMES}}, Clients(str(key_file)))
    with listening(Address("127.0.0.1", 0)) as where, StoreReader(str(store)) as reader:
        hub = Hub(lambda heard: Subscriber(*TOPICS, broker=bus.broker.endpoint, on_event=heard))
        thread = Thread(target=serve, args=(reader, hub, gate, where))
        thread.start()
        try:
            bus.broker.await_subscription()
            bus.status()
            made = Server(None, where.getsockname()[1])
            bus.witness = Reader(made.port, "/v1/stream/status/", X_Api_Key=told("all")).joined()
            yield made
            bus.witness.close()
        finally:
            hub._fail()
            thread.join()


def ask(served, name, path):
    status, _, body = served.get(path, {"X-Api-Key": told(name)})
    return status, body


def reading(served, name, path="/v1/stream/", **headers):
    return Reader(served.port, path, X_Api_Key=told(name), **headers)


def publish(bus):
    bus.publish(A, nxdomain(qname="a.example.", qtype=1))
    bus.publish(MX, nxdomain(qname="mx.example."))
    bus.publish(SERVFAIL, dns_error(qname="servfail.example."))
    bus.publish(MX, nxdomain(qname="last.example."))
    bus.publish(SERVFAIL, dns_error(qname="last.example."))
    bus.status()


def until_last(reader):
    """What was asked for in all records, until the last."""
    names = reader.names(1)
    while names[-1] != "last.example.":
        names += reader.names(1)
    return names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mail", ["mx.example."]),
        ("missing", ["a.example.", "mx.example."]),
        ("failing", ["servfail.example."]),
        ("all", ["a.example.", "mx.example.", "servfail.example."]),
    ],
)
def test_a_stream_has_the_topics_of_the_key_alone(served, bus, name, expected):
    reader = reading(served, name).joined()
    publish(bus)
    assert until_last(reader)[:-1] == expected
    reader.close()


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("mail", "/v1/stream/nxdomain/", 403),
        ("mail", "/v1/stream/nxdomain/A/", 403),
        ("mail", "/v1/stream/nxdomain/MX/?topic=dns-errors/", 403),
        ("missing", "/v1/stream/dns-errors/SERVFAIL/", 403),
        ("idle", "/v1/stream/", 403),
        ("idle", "/v1/status", 403),
        ("idle", "/v1/picture", 403),
        ("idle", "/v1/records", 403),
        ("mail", "/v1/status", 200),
        ("over", "/v1/status", 403),
        ("over", "/v1/session", 403),
        ("missing", "/dnsdb/v2/lookup/rrset/name/www.example.com", 403),
        ("missing", "/v1/history/www.example.com", 403),
        ("missing", "/pdns/query/www.example.com", 403),
        ("mail", "/v1/failures/name/*.example.com", 403),
        ("whole", "/dnsdb/v2/lookup/rrset/name/www.example.com", 200),
        ("whole", "/v1/history/www.example.com", 200),
        ("whole", "/pdns/query/www.example.com", 200),
        ("all", "/v1/history/www.example.com", 200),
    ],
)
def test_what_a_key_may_not_read_is_refused(served, name, path, status):
    assert ask(served, name, path)[0] == status


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("missing", {"missing.example.com."}),
        ("failing", {"broken.example.com."}),
        ("whole", {"nodata.example.com.", "missing.example.com.", "broken.example.com."}),
        ("all", {"nodata.example.com.", "missing.example.com.", "broken.example.com."}),
    ],
)
def test_failures_are_those_of_the_channels_of_the_key(served, name, expected):
    objects, end = served.lines("/v1/failures/name/*.example.com", {"X-Api-Key": told(name)})
    assert end == {"cond": "succeeded"}
    assert {each["qname"] for each in objects} == expected


def pictured(served, name, number):
    """The names of records on the page, once there are so many failures."""
    while (picture := json.loads(ask(served, name, "/v1/picture")[1]))["failures"] < number:
        pass
    found = json.loads(ask(served, name, "/v1/records")[1])["records"]
    assert picture["failures"] == len(found)
    return {each["qname"] for each in found}


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("mail", 2, {"mx.example.", "last.example."}),
        ("failing", 2, {"servfail.example.", "last.example."}),
        ("whole", 5, {"a.example.", "mx.example.", "servfail.example.", "last.example."}),
    ],
)
def test_a_picture_is_drawn_of_what_the_key_may_read(served, bus, name, number, expected):
    assert ask(served, name, "/v1/picture")[0] == 200  # from now on
    publish(bus)
    assert pictured(served, name, number) == expected


def test_who_may_not_ask_for_what_was_before_is_told_and_gets_what_comes(served, bus):
    publish(bus)
    reader = reading(served, "mail", "/v1/stream/?since=1h")
    kind, event = reader.event()
    assert (kind, "may not ask" in event["text"]) == ("unreplayed", True)
    reader.joined()
    publish(bus)
    assert until_last(reader) == ["mx.example.", "last.example."]
    reader.close()


@pytest.mark.parametrize("changed", [{}, {"missing": {"subscribe": [MX], "replay": True}}])
def test_a_stream_ends_where_the_key_is_revoked_or_narrowed(served, bus, key_file, changed):
    reader = reading(served, "missing").joined()
    text = keys(**changed)
    key_file.write_text(text if changed else text.replace('"missing"', '"renamed"'))
    publish(bus)
    kind, event = reader.event()
    assert (kind, "has changed" in event["text"]) == ("closed", True)
    assert reader.response.read() == b""
    reader.close()
    assert ask(served, "missing", "/v1/status")[0] == (200 if changed else 403)


def test_a_key_file_that_can_t_be_used_leaves_the_rights_as_they_were(key_file, monkeypatch, caplog):
    monkeypatch.setattr(reader_rights, "LOOK_S", 0.0)
    clients = Clients(str(key_file))
    key_file.write_text("[clients]\n")
    assert clients.rights("mail") == Rights((MX, "status/"), replay=False)
    assert "cut short" in caplog.text
    key_file.unlink()
    assert clients.rights("mail") == Rights((MX, "status/"), replay=False)
    with pytest.raises(CommandError, match=r"keys\.toml"):
        Clients(str(key_file))


def test_there_are_as_many_pictures_of_less_as_there_can_be(monkeypatch):
    class Quiet:
        topics = TOPICS
        subscriber = type("Named", (), {"broker": "tcp://192.0.2.9:5556"})

    monkeypatch.setattr(page_feed.PageFeed, "begin", lambda _: None)
    ended = []
    monkeypatch.setattr(page_feed.PageFeed, "end", lambda feed: ended.append(feed))
    feeds = PageFeeds(Quiet(), store=False)
    assert feeds.of(ALL) is feeds.of(Rights(("dns-errors/", "nxdomain/", "status/"), replay=False))
    rights = [Rights((f"nxdomain/{each}/",), replay=True) for each in ("A", "AAAA", "MX", "NS", "TXT")]
    first, second, *others = [feeds.of(each) for each in rights[: page_feeds.LESS_MAX]]
    assert feeds.of(rights[0]) is first
    with pytest.raises(AskedError, match="try again"):  # each was asked for just now
        feeds.of(rights[-1])
    monkeypatch.setattr(page_feeds, "IDLE_S", 0.0)
    for feed in (first, *others):
        feed.readers = 1
    others.append(feeds.of(rights[-1]))  # in the place of the one that nobody reads
    assert ended == [second]
    others[-1].readers = 1
    with pytest.raises(AskedError, match="try again"):
        feeds.of(rights[1])


@pytest.mark.parametrize(
    ("tokens", "options", "why"),
    [
        ("the-token-of-mail mail", [], "--clients FILE"),
        (None, ["--clients", "keys.toml"], "--tokens FILE"),
    ],
)
def test_names_and_key_files_need_each_other(tmp_path, capsys, tokens, options, why):
    if tokens is not None:
        file = tmp_path / "tokens"
        file.write_text(tokens)
        file.chmod(0o600)
        options = ["--tokens", str(file)]
    assert main(["serve", "--listen", "0", *options]) == 2
    assert why in capsys.readouterr().err
