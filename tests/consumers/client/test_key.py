"""A key: who comes in with it, what is told where it is refused or lacks a right, and what is not missed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import zmq

from nxcast.broker.rights.keys_command import main as keys_command
from nxcast.consumers import Connected, Gap, Refused, Subscriber, Unreplayed
from nxcast.consumers.__main__ import main
from nxcast.consumers.client import reception, subscriber
from nxcast.consumers.client import session as intake
from nxcast.consumers.show import console
from nxcast.schemas.curve import ClientKey, parse_client_key, render_client_key
from nxcast.schemas.frames import encode_batch
from nxcast.transport.zeromq.broker_end import key_pair
from tests.conftest import RunningBroker
from tests.messages import TXT, frame, message, question, soa

LIMIT_S = 60
MX, TXT_TOPIC = "nxdomain/MX/", "nxdomain/TXT/"
NXDOMAIN_MX = frame(message(authorities=[soa("com.")]))
NXDOMAIN_TXT = frame(message(questions=[question(qtype=TXT)]))
CLIENTS = {
    "all": ["--subscribe", "all", "--replay"],
    "mx": ["--subscribe", MX, "--replay"],
    "live": ["--subscribe", "all"],
    "ns1": ["--push", "ns1"],
}
ADDRESSES = ("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")


class Keyed:
    """A broker with keys, and a producer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, rights in CLIENTS.items():
            self.keys("add", name, *rights, "--to", self.file(name))
        self.running = RunningBroker("--keys", str(folder / "keys.toml"), *ADDRESSES)
        self.egress = self.running.egress
        self._context = zmq.Context()
        self._producer = self._context.socket(zmq.PUSH)
        key = self.key("ns1")
        self._producer.curve_publickey, self._producer.curve_secretkey = (
            key.public.encode(),
            key.secret.encode(),
        )
        self._producer.curve_serverkey = key.broker.encode()
        self._producer.connect(self.running.ingress)
        self._sequence = 0

    def keys(self, command: str, *words: str) -> None:
        assert keys_command([command, *words, "--keys", str(self.folder / "keys.toml")], key_pair) == 0

    def file(self, name: str) -> str:
        return str(self.folder / f"{name}.key")

    def key(self, name: str) -> ClientKey:
        return parse_client_key(Path(self.file(name)).read_text())

    def changed(self, name: str, **changed: str) -> str:
        """The file of a client's key that is another in something."""
        path = self.folder / "changed.key"
        path.write_text(render_client_key(self.key(name).model_copy(update=changed)))
        return str(path)

    def push(self) -> None:
        """Publish a record on each of two topics."""
        self._sequence += 1
        header: Any = {"sensor": "ns1", "epoch": 1, "sequence": self._sequence, "count": 2}
        self._producer.send_multipart(encode_batch(header, [NXDOMAIN_MX, NXDOMAIN_TXT]))

    def close(self) -> None:
        self._context.destroy(linger=0)
        self.running.stop()
        assert self.running.process.stderr is not None
        self.running.process.stderr.close()


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    made = Keyed(tmp_path_factory.mktemp("keys"))
    yield made
    made.close()


@pytest.fixture
def subscribe() -> Iterator[Callable[..., Subscriber]]:
    """Subscribes; events go to `told`."""
    made: list[Subscriber] = []

    def start(*topics: str, **keywords: Any) -> Subscriber:
        told: list[Any] = []
        made.append(Subscriber(*topics, on_event=told.append, **keywords))
        made[-1].told = told  # type: ignore[attr-defined]
        return made[-1]

    yield start
    for each in made:
        each.close()


def statuses(made: Subscriber, count: int) -> list[str]:
    """Topics of what came until so many statuses more have."""
    came = []
    while count:
        came.append(made.receive(LIMIT_S).topic)
        count -= came[-1] == "status/"
    return came


def take(made: Subscriber) -> None:
    """What comes next, unless nothing does for a while."""
    with suppress(TimeoutError):
        made.receive(1.5)


def kinds(told: list[Any]) -> list[type]:
    return [type(event) for event in told]


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A status comes each second, and on a busy machine a line that none has come yet may be before it."""
    monkeypatch.setattr(console, "ABSENT_S", LIMIT_S)


def test_a_key_with_all_rights_gets_all(keyed, subscribe):
    made = subscribe("nxdomain/", "status/", broker=keyed.egress, key=keyed.file("all"))
    made.wait_connected(LIMIT_S)
    keyed.push()
    assert {MX, TXT_TOPIC} <= set(statuses(made, 3))
    assert kinds(made.told) == [Connected]


def test_a_partial_right_is_told_and_what_it_leaves_out_is_not_missed(keyed, subscribe):
    made = subscribe("nxdomain/", "status/", broker=keyed.egress, key=keyed.file("mx"))
    made.wait_connected(LIMIT_S)
    for _ in range(3):
        keyed.push()
        came = set(statuses(made, 2))
        assert MX in came
        assert TXT_TOPIC not in came
    assert kinds(made.told) == [Refused, Connected]
    assert str(made.told[0]) == "the key mx may not subscribe to all of nxdomain/; it may: nxdomain/MX/"
    assert (made.counts.lost, made.counts.gaps, made.counts.refusals) == (0, 0, 1)


def test_a_partial_right_holds_from_an_earlier_moment_on_too(keyed, subscribe):
    keyed.push()
    with Subscriber("status/", broker=keyed.egress, key=keyed.file("all")) as waiting:
        statuses(waiting, 3)
    made = subscribe("nxdomain/", "status/", broker=keyed.egress, key=keyed.file("mx"), since=3600)
    came = statuses(made, 2)
    assert MX in came
    assert TXT_TOPIC not in came
    assert Gap not in kinds(made.told)


@pytest.mark.parametrize("topics", [["dns-errors/"], ["dns-errors/SERVFAIL/", TXT_TOPIC]])
def test_no_right_at_all_is_an_error(keyed, subscribe, topics):
    made = subscribe(*topics, broker=keyed.egress, key=keyed.file("mx"))
    reason = f"the key mx may not subscribe to {', '.join(topics)}; it may: nxdomain/MX/"
    for _ in range(2):
        with pytest.raises(PermissionError, match=reason):
            made.wait_connected(LIMIT_S)
    assert kinds(made.told) == [Refused, Connected]


def test_a_key_that_may_only_push_is_not_let_in(keyed, subscribe):
    made = subscribe("nxdomain/", broker=keyed.egress, key=keyed.file("ns1"))
    with pytest.raises(PermissionError, match="or it may not subscribe"):
        made.wait_connected(LIMIT_S)


def test_without_the_right_to_replay_what_is_gone_is_told(keyed, subscribe):
    made = subscribe("nxdomain/", broker=keyed.egress, key=keyed.file("live"), since=60)
    made.wait_connected(LIMIT_S)
    assert made.told[0] == Unreplayed("the key does not allow it")
    keyed.push()
    assert {made.receive(LIMIT_S).topic for _ in range(2)} == {MX, TXT_TOPIC}


def test_whoever_is_not_known_is_refused(keyed, subscribe):
    public, secret = key_pair()
    made = subscribe("nxdomain/", broker=keyed.egress, key=keyed.changed("all", public=public, secret=secret))
    with pytest.raises(PermissionError, match="does not know this key"):
        made.wait_connected(LIMIT_S)
    assert kinds(made.told) == [Refused]


def test_a_broker_with_another_key_than_ours_knows_is_refused(keyed, subscribe):
    made = subscribe("nxdomain/", broker=keyed.egress, key=keyed.changed("all", broker=key_pair()[0]))
    with pytest.raises(PermissionError, match="has another key than the file of ours says"):
        made.wait_connected(LIMIT_S)


def test_without_a_key_a_broker_with_keys_refuses(keyed, subscribe):
    made = subscribe("nxdomain/", broker=keyed.egress)
    with pytest.raises(PermissionError, match="lets in keys only"):
        made.wait_connected(LIMIT_S)


def test_with_a_key_a_broker_without_is_refused(keyed, broker, subscribe):
    made = subscribe("nxdomain/", broker=broker.endpoint, key=keyed.file("all"))
    with pytest.raises(PermissionError, match="lets in without keys only"):
        made.wait_connected(LIMIT_S)


def test_async_is_told_the_same(keyed, subscribe):
    public, secret = key_pair()
    stranger = keyed.changed("all", public=public, secret=secret)
    made = subscribe("nxdomain/", broker=keyed.egress, key=stranger, timeout=1.0)

    async def listen():
        assert [batch async for batch in made] == []

    while not made.told:
        asyncio.run(listen())
    assert kinds(made.told) == [Refused]


def test_a_key_revoked_is_told_once_and_let_in_again_when_it_is_back(keyed, subscribe, monkeypatch):
    monkeypatch.setattr(intake, "SILENT_S", 2.0)  # two statuses of a second; one may be late
    monkeypatch.setattr(reception, "RENEW_S", 0.3)
    monkeypatch.setattr(subscriber, "WAIT_MAX_S", 0.3)
    known = (keyed.folder / "keys.toml").read_text()
    made = subscribe("nxdomain/", "status/", broker=keyed.egress, key=keyed.file("all"))
    made.wait_connected(LIMIT_S)
    keyed.keys("revoke", "all")
    while Refused not in kinds(made.told):
        take(made)
    take(made)
    with pytest.raises(PermissionError, match="does not know this key, or no longer"):
        made.wait_connected(LIMIT_S)
    assert kinds(made.told).count(Refused) == 1
    (keyed.folder / "keys.toml.part").write_text(known)
    (keyed.folder / "keys.toml.part").replace(keyed.folder / "keys.toml")
    statuses(made, 2)
    assert made.wait_connected(0)
    assert kinds(made.told).count(Refused) == 1


def test_a_right_taken_while_running_is_told_and_not_missed(keyed, subscribe):
    text = (keyed.folder / "keys.toml").read_text()
    made = subscribe("nxdomain/", "status/", broker=keyed.egress, key=keyed.file("all"))
    made.wait_connected(LIMIT_S)
    keyed.push()
    statuses(made, 1)
    ours, _, others = text.partition('[clients."live"]')
    ours = ours.replace('"nxdomain/"', '"nxdomain/MX/"')
    assert ours + '[clients."live"]' + others != text
    try:
        (keyed.folder / "keys.toml").write_text(ours + '[clients."live"]' + others)
        while Refused not in kinds(made.told):
            keyed.push()
            take(made)
        came = []
        for _ in range(3):
            keyed.push()
            came += statuses(made, 1)
    finally:
        (keyed.folder / "keys.toml").write_text(text)
    assert MX in came
    assert TXT_TOPIC not in came
    gaps = {event.topic for event in made.told if isinstance(event, Gap)}
    assert gaps <= {"status/"}  # which no store keeps
    (refused,) = [event for event in made.told if isinstance(event, Refused)]
    assert refused.partly
    assert refused.reason.startswith("the key all may not subscribe to all of nxdomain/")


@pytest.mark.parametrize("command", [("tail", "nxdomain"), ("dead",), ("channels",)])
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("changed", "does not know this key"),
        ("", "lets in keys only"),
        ("none", "can't read"),
    ],
)
def test_a_command_that_is_refused_ends_with_one_line(keyed, monkeypatch, capfd, command, key, said):
    monkeypatch.setenv("NXCAST_EGRESS", keyed.egress)
    public, secret = key_pair()
    keyed.changed("all", public=public, secret=secret)
    assert main([*command, *(("--key", keyed.file(key)) if key else ())]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert said in err


def test_a_command_without_a_right_ends_with_one_line(keyed, monkeypatch, capfd):
    monkeypatch.setenv("NXCAST_EGRESS", keyed.egress)
    monkeypatch.setenv("NXCAST_KEY", keyed.file("mx"))
    assert main(["tail", "dns-errors"]) == 1
    assert capfd.readouterr().err == (
        "nxcast-consume: the key mx may not subscribe to dns-errors/; it may: nxdomain/MX/\n"
    )


def test_status_comes_with_any_right_to_subscribe(keyed, capfd):
    assert main(["channels", "--broker", keyed.egress, "--key", keyed.file("mx")]) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[1].startswith("dns-errors/")
    assert err == ""


def test_tail_shows_what_a_key_allows_and_says_what_it_does_not(keyed):
    keyed.push()
    command = ["tail", "nxdomain", "--key", keyed.file("mx"), "--since", "1h", "--count", "1"]
    ended = subprocess.run(
        [sys.executable, "-m", "nxcast.consumers", *command, "--broker", keyed.egress, "--format", "json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, len(ended.stdout.splitlines())) == (0, 1), ended.stderr
    assert "the key mx may not subscribe to all of nxdomain/; it may: nxdomain/MX/" in ended.stderr


def test_no_error_shows_a_secret(keyed, tmp_path):
    wrong = tmp_path / "wrong.key"
    secret = keyed.key("all").secret
    wrong.write_text(f'secret = "{secret}"\n')
    with pytest.raises(ValueError, match=r"wrong\.key: not the key file of a client") as raised:
        Subscriber("nxdomain/", key=wrong)
    assert secret not in str(raised.value)
    assert raised.value.__cause__ is None
