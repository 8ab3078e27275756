"""Keys over NATS: `nxcast-broker nats users` writes the users of a real nats-server, which holds to them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest
from nats.aio.client import Client

from nxcast.consumers import Subscriber
from nxcast.consumers.client.events import Event, Refused
from nxcast.consumers.client.subscriber import read_key
from nxcast.process.stop import Stop
from nxcast.schemas.frames import FRAMES_2, BatchHeader, encode_batch
from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import encode_request
from nxcast.schemas.topics import CHANNELS
from nxcast.transport.nats import nats_connection, work_producer
from nxcast.transport.nats.jetstream_layout import WORK
from nxcast.transport.nats.jetstream_rights import RIGHTS, Part, inbox_of, reads, rights_told
from nxcast.transport.nats.nkey_identity import public_nkey, seed_of
from testbed.nats_server import NatsServer
from tests.messages import frame, message, question

TIMEOUT_S = 120.0
"""Seconds for what a healthy machine does in a few."""
PUSHED = (*frame(message(3)), None, 0)
CLIENTS = {
    "ns1": ("--push", "ns1"),
    "brief": ("--push", "brief"),
    "edges": ("--push", "edge-*"),
    "web": ("--subscribe", "nxdomain/", "--replay"),
    "mail": ("--subscribe", "nxdomain/MX/,dns-errors/SERVFAIL/", "--until", "2999-12-31", "--connections"),
    "all": ("--subscribe", "all", "--push", "*", "--replay"),
    "live": ("--subscribe", "all"),
}
BEFORE = {"version": 1, "epoch": 1, "sequence": 1, "count": 1, "time_ns": 1}, [{"qname": "before.example."}]
"""Header and records of what is in the stream before there are users."""


class Site:
    """A server with the users of CLIENTS, whose files are NAME.key in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.users = folder / "users.conf"
        self.users.write_text("")
        for name, rights in CLIENTS.items():
            assert self._broker("keys", "add", name, *rights).returncode == 0
        self.server = NatsServer(folder, options='include "users.conf"')
        self.endpoint = self.server.endpoint
        self.said = self._broker("nats", "setup", self.endpoint).stderr
        self.server.run(self._publish_before)
        self.said = self.renew(*(word for name in CLIENTS for word in ("--add", f"{name}.key")))
        own = tomllib.loads((folder / "keys.toml.secret").read_text())
        self.server.login = {"nkeys_seed_str": seed_of(own["secret"])}

    async def _publish_before(self, client: Client) -> None:
        await client.request("nxcast.nxdomain.MX", b"".join(map(msgpack.packb, BEFORE)), timeout=30)

    def renew(self, *options: str) -> str:
        """Write the users, and have the server read them; what was said."""
        done = self._broker("nats", "users", self.endpoint, *options)
        assert done.returncode == 0, done.stderr
        self.users.write_text(done.stdout)
        self.server.reload()
        return done.stderr

    def subjects(self) -> dict[str, set[str]]:
        """By stream, the subjects of what it has."""
        names = self.server.ask("STREAM.NAMES")["streams"]
        infos = {name: self.server.ask(f"STREAM.INFO.{name}", {"subjects_filter": ">"}) for name in names}
        return {name: set(info["state"].get("subjects", {})) for name, info in infos.items()}

    def revoke(self, name: str) -> None:
        assert self._broker("keys", "revoke", name).returncode == 0
        self.renew()

    def key(self, name: str) -> str:
        return str(self.folder / f"{name}.key")

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = (str(Path(sys.executable).with_name(program)), *words)
        return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, cwd=self.folder)

    def _broker(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("nxcast-broker", *words, "--keys", "keys.toml")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(tmp_path_factory.mktemp("site"))
    yield running
    running.server.kill()


@pytest.fixture(scope="module")
def broker(site: Site) -> Iterator[None]:
    """One that takes from the queue and publishes to the stream, by its own key."""
    words = ("--ingress", site.endpoint, "--egress", site.endpoint, "--keys", str(site.folder / "keys.toml"))
    running = subprocess.Popen((sys.executable, "-m", "nxcast.broker", *words))
    yield
    running.terminate()
    assert running.wait(TIMEOUT_S) == 0


def _push(site: Site, number: int) -> None:
    """A frame with NXDOMAIN, and one with SERVFAIL."""
    header: BatchHeader = {"sensor": "ns1", "epoch": 1, "sequence": number, "count": 2}
    asked = [question(f"{number}.mine.example.")]
    made = [(*frame(message(rcode, questions=asked)), None, 0) for rcode in (3, 2)]
    body = b"".join(encode_batch(header, made, FRAMES_2)[1:])  # type: ignore[arg-type]

    async def publish(client: Client) -> None:
        await client.request("nxcast.in.ns1", body, timeout=30)

    site.server.run(publish)


def _topics(subscriber: Subscriber, count: int) -> list[str]:
    """Those of the records of what was pushed, once there are so many."""
    found: list[str] = []
    while len(found) < count:
        batch = subscriber.receive(TIMEOUT_S)
        found += [
            batch.topic for record in batch.records if (record["qname"] or "").endswith(".mine.example.")
        ]
    return sorted(found)


def test_what_nats_can_not_say_is_said(site: Site) -> None:
    assert "edges may not push as edge-*: NATS has no such pattern, so name its sensors" in site.said
    assert "mail may not see who is connected: over NATS no broker knows it" in site.said
    assert (
        "mail may come in until 2999-12-31: NATS knows no days, so run this again after that one" in site.said
    )
    assert "secret" not in site.users.read_text().replace("no secrets", "")


def test_a_sensor_pushes_as_itself_and_as_no_other(site: Site) -> None:
    words = ("synthetic", "--count", "100", "--rate", "0", "--broker", site.endpoint)
    allowed = site.run("nxcast-produce", *words, "--key", site.key("ns1"), "--sensor", "ns1")
    assert allowed.returncode == 0, allowed.stderr
    assert "acknowledged 100" in allowed.stderr
    denied = site.run("nxcast-produce", *words, "--key", site.key("ns1"), "--sensor", "ns2")
    assert denied.returncode == 1
    assert "this key may not push as ns2" in denied.stderr


def test_who_may_not_push_as_a_sensor_hears_so_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch, figures: list[str]
) -> None:
    """Not after a silence: it would wait for an hour for that."""
    monkeypatch.setattr(work_producer, "STORED_S", 3600.0)
    batch = encode_batch({"sensor": "ns2", "epoch": 1, "sequence": 1, "count": 1}, [PUSHED], FRAMES_2)
    with Stop() as stop:
        end = work_producer.WorkProducer(site.endpoint, stop, read_key(site.key("ns1")))
        try:
            while not end.send(batch):
                end.wait(TIMEOUT_S * 1000, writable=True)
                list(end.events())
            sent_s = time.monotonic()
            asked = encode_request({"version": 1, "id": 1, "ask": "arrived", "sensor": "ns2", "epoch": 1})
            error = None
            while error is None:
                end.ask(asked)
                end.wait(TIMEOUT_S * 1000, writable=False)
                error = next((decode_answer(parts)[0]["error"] for parts in end.answers()), None)
            told_s = time.monotonic() - sent_s
        finally:
            end.close()
    assert error == "refused"
    figures.append(f"who may not push as a sensor over NATS hears so after {told_s * 1000:.0f} ms")


@pytest.mark.usefixtures("broker")
def test_a_subscriber_gets_its_channel_and_of_more_than_that_its_part(site: Site) -> None:
    events: list[Event] = []
    with (
        Subscriber("nxdomain/", broker=site.endpoint, key=site.key("web")) as web,
        Subscriber(
            "nxdomain/", "dns-errors/", broker=site.endpoint, key=site.key("mail"), on_event=events.append
        ) as mail,
        Subscriber("dns-errors/", broker=site.endpoint, key=site.key("all")) as whole,
    ):
        for each in (web, mail, whole):
            each.wait_connected(TIMEOUT_S)
        _push(site, 1)
        assert _topics(web, 1) == ["nxdomain/MX/"]
        assert _topics(mail, 2) == ["dns-errors/SERVFAIL/", "nxdomain/MX/"]
        assert _topics(whole, 2) == ["dns-errors/NXDOMAIN/", "dns-errors/SERVFAIL/"]
        (refused,) = [event for event in events if isinstance(event, Refused)]
        assert refused.partly
        assert "does not allow this key to subscribe to dns-errors/, nxdomain/" in refused.reason
        assert (web.counts.lost, mail.counts.lost) == (0, 0)


@pytest.mark.parametrize(
    ("name", "topic", "said"),
    [
        ("web", "dns-errors/", "does not allow this key to subscribe to dns-errors/"),
        ("ns1", "nxdomain/", "does not allow this key to subscribe to anything"),
        (None, "nxdomain/", "does not let in who it does not know: give a key"),
    ],
)
def test_who_is_denied_hears_so_at_once(
    site: Site, name: str | None, topic: str, said: str, monkeypatch: pytest.MonkeyPatch, figures: list[str]
) -> None:
    """Not after a silence: it would wait for an hour for that."""
    monkeypatch.setattr(nats_connection, "API_S", 3600.0)
    monkeypatch.setattr(nats_connection, "CONNECT_S", 3600.0)
    began_s = time.monotonic()
    with (
        Subscriber(topic, broker=site.endpoint, key=None if name is None else site.key(name)) as subscriber,
        pytest.raises(PermissionError, match=said),
    ):
        subscriber.wait_connected(TIMEOUT_S)
    told_ms = (time.monotonic() - began_s) * 1000
    figures.append(f"who may not subscribe over NATS ({name or 'no key'}) hears so after {told_ms:.0f} ms")


def test_a_reader_can_do_nothing_else_whatever_it_sends(site: Site) -> None:
    """Not ask of another stream, push, publish, nor hear what others are answered or sent."""
    key = read_key(site.key("web"))
    seed = seed_of(key.secret)
    denied: list[str] = []
    published = (
        "$JS.API.STREAM.MSG.GET.nxcast",
        "$JS.API.CONSUMER.CREATE.nxcast",
        "$JS.API.CONSUMER.MSG.NEXT.nxcast-in.brokers",
        "$JS.API.STREAM.PURGE.nxcast",
        "$JS.API.STREAM.NAMES",
        "nxcast.in.ns1",
        "nxcast.nxdomain.MX",
    )
    heard = ("_INBOX.>", "nxcast.>", "$JS.API.>")

    async def play() -> dict[str, Any]:
        async def told(error: Exception) -> None:
            denied.append(str(error).lower())

        client = Client()
        inbox = inbox_of(public_nkey(seed))
        await client.connect(site.endpoint, nkeys_seed_str=seed, inbox_prefix=inbox, error_cb=told)
        for subject in published:
            await client.publish(subject, b"{}")
        for subject in heard:
            await client.subscribe(subject)
        while len(denied) < len(published) + len(heard):
            await client.flush()
        stream = rights_told((await client.request(RIGHTS, b"")).data).stream
        body = json.dumps({"stream_name": "nxcast", "config": {"ack_policy": "none"}}).encode()
        answer = await client.request(f"$JS.API.CONSUMER.CREATE.{stream}", body)
        await client.close()
        return dict(json.loads(answer.data))

    assert "error" in asyncio.run(asyncio.wait_for(play(), TIMEOUT_S))
    for subject in (*published, *heard):
        assert [text for text in denied if f'"{subject.lower()}"' in text], subject


@pytest.mark.usefixtures("broker")
def test_what_a_key_may_not_read_is_not_in_its_stream(site: Site) -> None:
    """Whatever consumer a client makes there."""
    with Subscriber("dns-errors/", broker=site.endpoint, key=site.key("all")) as whole:
        whole.wait_connected(TIMEOUT_S)
        _push(site, 2)
        _topics(whole, 2)
    live = reads(Part(tuple(sorted(CHANNELS)), replay=False))
    parts = [
        subjects
        for name, subjects in site.subjects().items()
        if name.startswith("nxcast-") and name not in (WORK, live)
    ]
    assert len(parts) == 2
    for subjects in parts:
        others = {each for each in subjects if not each.startswith(("nxcast.nxdomain.", "nxcast.status"))}
        assert others <= {"nxcast.dns-errors.SERVFAIL"}


@pytest.mark.usefixtures("broker")
def test_who_may_not_ask_again_gets_nothing_of_before(site: Site) -> None:
    """Be it a part of the channels, or all of them."""
    found = {}
    for name in ("web", "mail", "live"):
        with Subscriber(
            "nxdomain/MX/", broker=site.endpoint, key=site.key(name), since=3600, validate=False
        ) as subscriber:
            subscriber.wait_connected(TIMEOUT_S)
            _push(site, 3)
            names: list[str] = []
            while "3.mine.example." not in names:
                names += [record["qname"] for record in subscriber.receive(TIMEOUT_S).records]
        found[name] = "before.example." in names
    assert found == {"web": True, "mail": False, "live": False}
    (age_ns,) = {
        site.server.ask(f"STREAM.INFO.{name}")["config"]["max_age"]
        for name in site.subjects()
        if name.startswith("nxcast-live-")
    }
    assert age_ns == 60 * 10**9


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize(
    ("name", "check", "verdict", "said"),
    [
        ("all", "canary", "ok", "came out on dns-errors/NXDOMAIN/ and nxdomain/A/"),
        ("web", "canary", "wrong", "does not allow to push as nxcast-canary"),
        ("ns1", "address", "wrong", "does not allow this key to subscribe to anything"),
    ],
)
def test_doctor_sends_a_canary_through_the_queue_and_says_what_is_denied(
    site: Site, name: str, check: str, verdict: str, said: str
) -> None:
    places = ("--broker", site.endpoint, "--ingress", site.endpoint, "--key", site.key(name))
    done = site.run("nxcast-consume", "doctor", "--format", "json", *places)
    found = {finding["check"]: finding for finding in map(json.loads, done.stdout.splitlines())}
    assert found["key"]["verdict"] == "ok"
    assert found[check]["verdict"] == verdict
    assert said in found[check]["text"]


@pytest.mark.usefixtures("broker")
def test_one_that_is_revoked_is_cut_off(site: Site) -> None:
    events: list[Event] = []
    with Subscriber("nxdomain/", broker=site.endpoint, key=site.key("web"), on_event=events.append) as web:
        web.wait_connected(TIMEOUT_S)
        site.revoke("web")
        until_s = time.monotonic() + TIMEOUT_S
        while not any(isinstance(event, Refused) for event in events):
            assert time.monotonic() < until_s
            with pytest.raises(TimeoutError):
                web.receive(0.2)


def test_a_producer_that_is_revoked_is_told_so(site: Site) -> None:
    words = (
        "synthetic",
        "--count",
        "1000000",
        "--rate",
        "100",
        "--broker",
        site.endpoint,
        "--sensor",
        "brief",
    )
    program = str(Path(sys.executable).with_name("nxcast-produce"))
    producer = subprocess.Popen(
        (program, *words, "--key", site.key("brief")), stderr=subprocess.PIPE, text=True
    )
    assert producer.stderr is not None
    try:
        queue = site.server.ask("STREAM.INFO.nxcast-in")["state"]["last_seq"]
        while site.server.ask("STREAM.INFO.nxcast-in")["state"]["last_seq"] == queue:
            assert producer.poll() is None
        site.revoke("brief")
        while "does not let in who it does not know" not in (line := producer.stderr.readline()):
            assert line, "it ended without a word"
    finally:
        producer.kill()
        producer.communicate()
