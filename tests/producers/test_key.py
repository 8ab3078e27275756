"""--key: with it a producer comes in where keys are asked for; without a right it says so and ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nxcast.broker.rights.keys_command import main as keys_command
from nxcast.process.stop import Stop
from nxcast.producers.delivery import REFUSED
from nxcast.producers.failure import ProducerError
from nxcast.producers.options import client_key
from nxcast.producers.pusher import Pusher
from nxcast.transport.zeromq.broker_end import key_pair
from tests.conftest import RunningBroker


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningBroker, Path]]:
    """A broker with keys and the folder of those: of ns1, of web, which may not push, and of one revoked."""
    folder = tmp_path_factory.mktemp("keys")
    rights = {"ns1": ("--push", "ns1"), "web": ("--subscribe", "all"), "old": ("--push", "ns1")}
    keys = ["--keys", str(folder / "keys.toml")]
    for name, words in rights.items():
        keys_command(["add", name, *words, "--to", str(folder / f"{name}.key"), *keys], key_pair)
    keys_command(["revoke", "old", *keys], key_pair)
    with RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*", *keys) as running:
        yield running, folder


@pytest.mark.parametrize(
    ("key", "sensor", "exit_status", "said"),
    [
        ("ns1.key", "ns1", 0, "acknowledged 20, dropped 0"),
        ("ns1.key", "ns2", 1, "takes nothing: this key may not push as ns2"),
        ("web.key", "ns1", 1, "takes nothing: this key may not push as ns1"),
        ("old.key", "ns1", 1, "refused: it does not know this key, or no longer"),
        (
            "keys.toml",
            "ns1",
            1,
            "not the key file of a client: wrong or missing: name, public, secret, broker",
        ),
        ("none.key", "ns1", 1, "none.key: no such file or directory"),
    ],
)
def test_a_producer_comes_in_with_its_key(
    broker: tuple[RunningBroker, Path], key: str, sensor: str, exit_status: int, said: str
) -> None:
    running, folder = broker
    ends = ["--broker", running.ingress, "--replay", running.replay]
    who = ["--key", str(folder / key), "--sensor", sensor]
    command = [sys.executable, "-m", "nxcast.producers", "synthetic", "--count", "20", *ends, *who]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, said in ended.stderr) == (exit_status, True), ended.stderr


@pytest.mark.parametrize(
    ("with_key", "told"),
    [
        (True, "lets in without keys only, has another key than the file of ours says, or is no ingress"),
        (False, "lets in keys only (--key), or is no ingress"),
    ],
)
def test_a_broker_that_ends_the_greeting_may_be_one_of_another_key(
    broker: tuple[RunningBroker, Path], stop: Stop, with_key: bool, told: str
) -> None:
    running, folder = broker
    stale = (
        client_key(str(folder / "ns1.key")).model_copy(update={"broker": key_pair()[0]}) if with_key else None
    )
    pusher = Pusher(running.ingress, "ns1", stop, replay=None, key=stale)
    with pusher, pytest.raises(ProducerError) as caught:
        pusher.wait_connected(1.0)
    assert str(caught.value) == f"what answers at {running.ingress} {told} of a broker"


def test_a_live_producer_tells_why_it_is_not_ready(broker: tuple[RunningBroker, Path], stop: Stop) -> None:
    """A key that is not known, and one that may not push."""
    running, folder = broker
    old, web = (client_key(str(folder / name)) for name in ("old.key", "web.key"))
    with Pusher(running.ingress, "ns1", stop, replay=running.replay, block_ms=0, key=old) as pusher:
        with pytest.raises(ProducerError):
            pusher.wait_connected()
        assert pusher.trouble == f"the broker at {running.ingress} refuses: {REFUSED}"
    with Pusher(running.ingress, "ns1", stop, replay=running.replay, block_ms=0, key=web) as pusher:
        pusher.wait_connected()
        pusher.push((1, 1, bytes(4), 53, 17, None, None, None, bytes(12)))
        pusher.flush()
        while pusher.trouble is None:
            pusher.pause(pusher.due_in())
        takes_nothing = f"the broker at {running.ingress} takes nothing: this key may not push as ns1"
        assert pusher.trouble == takes_nothing
