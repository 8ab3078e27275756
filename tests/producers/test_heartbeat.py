"""The pusher's beat, which health is told from: it comes from each kind of source and each wait."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nxcast.process import stop as stop_module
from nxcast.process.stop import Stop, Stopped
from nxcast.producers import pusher as pusher_module
from nxcast.producers.dnstap.dnstap_command import add_dnstap
from nxcast.producers.failure import ProducerError
from nxcast.producers.nmsg.nmsg_command import add_nmsg
from nxcast.producers.options import common_options
from nxcast.producers.pcap.pcap_command import add_pcap
from nxcast.producers.pusher import Pusher
from nxcast.producers.synthetic.synthetic_command import add_synthetic
from nxcast.producers.tally import Tally
from nxcast.schemas.frames import Frame
from nxcast.transport.zeromq import producer_end as sockets_module

SECONDS = 60.0
BEATS = 5  # that must come while nothing happens
FRAME: Frame = (1, 1, bytes(4), 53, 17, None, None, None, bytes(12))


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pusher_module, sockets_module):
        monkeypatch.setattr(module, "TURN_S", 0.01)
    monkeypatch.setattr(pusher_module, "STOP_LINGER_MS", 50)
    monkeypatch.setattr(stop_module, "GRACE_S", 0.05)


class Beats:
    """Counts them, and tells when some more have come; work at hand goes on in a thread."""

    def __init__(self, pusher: Pusher) -> None:
        self.count = 0
        self._more = threading.Condition()
        pusher.beat = self._beat

    def wait_for_more(self) -> None:
        with self._more:
            until = self.count + BEATS
            assert self._more.wait_for(lambda: self.count >= until, SECONDS), "it does not beat"

    def _beat(self) -> None:
        with self._more:
            self.count += 1
            self._more.notify_all()


def go(work: Callable[[], object]) -> threading.Thread:
    """Do it in a thread, up to a stop or an error of a producer."""

    def run() -> None:
        with suppress(Stopped, ProducerError):
            work()

    thread = threading.Thread(target=run, daemon=True)  # else a test that fails would never end
    thread.start()
    return thread


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The writing end of standard input."""
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as reading, os.fdopen(theirs, "wb"):
        monkeypatch.setattr(sys, "stdin", reading)
        yield theirs


@pytest.mark.usefixtures("pipe")
@pytest.mark.parametrize(
    "words",
    [
        ("dnstap", "-"),
        ("dnstap", "tcp:127.0.0.1:0"),
        ("pcap", "-"),
        ("nmsg", "-"),
        ("nmsg", "--zmq", "tcp://127.0.0.1:*,accept,pushpull"),
        ("nmsg", "--zmq", "tcp://127.0.0.1:*,accept,pubsub"),
        ("synthetic", "--rate", "0.001"),
    ],
)
def test_each_source_beats_while_nothing_comes(words: tuple[str, ...], ingress: Any, stop: Stop) -> None:
    """A quiet resolver, and a pipe that nobody writes to."""
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    for add in (add_dnstap, add_nmsg, add_pcap, add_synthetic):
        add(subparsers, common_options(parser.error))
    arguments = parser.parse_args(words)
    source = arguments.make(arguments)
    with Pusher(ingress.endpoint, "here", stop) as pusher:
        beats = Beats(pusher)
        thread = go(lambda: source.run(pusher, stop, Tally(), SECONDS))
        beats.wait_for_more()
        stop.request()
        thread.join()
    assert pusher.trouble == "the source has ended"


def test_a_file_of_nothing_to_send_beats(ingress: Any, stop: Stop, tmp_path: Path, wire: Any) -> None:
    """Once a chunk at least."""
    capture = tmp_path / "queries.dnstap"
    capture.write_bytes(wire.stream(*[wire.dnstap(type=3)] * 1000))
    parser = argparse.ArgumentParser()
    add_dnstap(parser.add_subparsers(), common_options(parser.error))
    arguments = parser.parse_args(["dnstap", *[str(capture)] * BEATS])
    with Pusher(ingress.endpoint, "here", stop) as pusher:
        pusher.wait_connected()
        beats = Beats(pusher)
        arguments.make(arguments).run(pusher, stop, Tally(), SECONDS)
        assert beats.count >= BEATS


def test_beats_while_no_broker_comes(idle_ingress: Any, stop: Stop) -> None:
    """At the start of a file, for as long as --connect-timeout says."""
    with Pusher(idle_ingress.endpoint, "here", stop) as pusher:
        beats = Beats(pusher)
        assert pusher.trouble == "the source is not open yet"
        thread = go(lambda: pusher.wait_connected(SECONDS * 10))
        beats.wait_for_more()
        assert pusher.trouble == f"no broker answers at {idle_ingress.endpoint}"
        stop.request()
        thread.join()


@pytest.mark.parametrize("acknowledged", [True, False])
def test_beats_while_the_rest_waits_for_a_broker(
    idle_ingress: Any, stop: Stop, *, acknowledged: bool
) -> None:
    """A file has ended and its last batch has nowhere to go, kept by us or by ZeroMQ."""
    replay = idle_ingress.replay if acknowledged else None
    pusher = Pusher(idle_ingress.endpoint, "here", stop, replay=replay)
    pusher.push(FRAME)
    beats = Beats(pusher)
    closing = go(pusher.close)
    beats.wait_for_more()
    stop.request()
    closing.join()


def test_beats_while_a_live_source_waits_for_room(
    idle_ingress: Any, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as --block-ms says."""
    monkeypatch.setattr(pusher_module, "HELD_LIVE_OCTETS", 0)
    replay = idle_ingress.replay
    with Pusher(idle_ingress.endpoint, "here", stop, replay=replay, block_ms=SECONDS * 1000) as pusher:
        pusher.push(FRAME)
        beats = Beats(pusher)
        thread = go(pusher.flush)
        beats.wait_for_more()
        stop.request()
        thread.join()
