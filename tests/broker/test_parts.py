"""A batch so long that it is published in parts, and a broker killed between two of them: nothing twice."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

import msgpack
import pytest

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.derivation.compiled import INSTALLED, Compiled
from nxcast.broker.derivation.outbox import Outbox
from nxcast.broker.intake import SLICE_FRAMES, Intake
from nxcast.broker.ledger import Ledger
from nxcast.broker.log.commit_log import CommitLog
from nxcast.broker.publication import Publication
from nxcast.broker.turns import Turns
from nxcast.schemas.frames import encode_batch
from nxcast.transport.ends import Received
from tests.messages import frame, message, question

NOW_NS = 10**18
FRAMES = 2000
NAMES = [f"n{number}.example." for number in range(FRAMES)]
TOPIC = "nxdomain/MX/"
BATCH = encode_batch(
    {"sensor": "ns1", "epoch": 1, "sequence": 1, "count": FRAMES, "held": 1},
    [frame(message(questions=[question(name)])) for name in NAMES],
)
ACCEPT = {"accept_unsolicited": False, "accept_forwarders": False}


class _Life:
    """What a broker does with one message after another, on a log in a folder, and no socket."""

    def __init__(self, folder: Path, *, octets_max: int = 1 << 28, compiled: bool = False) -> None:
        self.ledger, self.arrivals = Ledger(), Arrivals()
        self.log = CommitLog(folder, octets_max=octets_max, age_s=1e6, now_ns=NOW_NS, now_s=0)
        self.arrivals.restore(self.log.restored or ())
        self.log.begin(self.arrivals.state, NOW_NS)
        outbox = Outbox(self.log.epoch, batch_records=32)
        self.publication = Publication(outbox, self.log, self.arrivals, lambda _: None, linger_s=0)
        self._came: deque[Received] = deque()
        intake = Intake(
            self.ledger, self.arrivals, None, **ACCEPT, compiled=Compiled(**ACCEPT) if compiled else None
        )
        self.turns = Turns(
            lambda: self._came.popleft() if self._came else None,
            intake,
            name=str,
            cpu_s=time.thread_time,
        )

    def push(self) -> None:
        self._came.append(Received(BATCH, None, "one"))

    def work(self, slices: int = 100, *, commit: bool = True) -> None:
        """Work off so many slices, and commit after each."""
        for _ in range(slices):
            self.turns.read(0)
            if not self.turns.work(NOW_NS, lambda records: self.publication.put(records, NOW_NS, 0)):
                break
            if commit:
                self.publication.publish(NOW_NS, 0)

    def acknowledged(self) -> int:
        """The number up to which batches are, once the log is synced."""
        self.publication.publish(NOW_NS, 0)
        self.log.sync()
        self.publication.publish_due(NOW_NS, 0)
        return self.arrivals.settled(("ns1", 1))[0]

    def kill(self) -> None:
        self.log.let_go()

    def published(self) -> list[str]:
        """The names of all epochs that are in the log."""
        found: list[str] = []
        for epoch in (*(each.epoch for each in self.log.past), self.log.epoch):
            first = 1
            while messages := self.log.stretch(TOPIC, epoch, first, 2**63).messages:
                found += [each["qname"] for _, payload in messages for each in msgpack.unpackb(payload)]
                first += len(messages)
        return found


@pytest.mark.parametrize("compiled", sorted({False, INSTALLED}))
@pytest.mark.parametrize("slices", [0, 1, 3, 4])
def test_a_batch_of_which_a_part_was_published_before_a_kill_is_published_once(
    tmp_path: Path, slices: int, compiled: bool
) -> None:
    first = _Life(tmp_path / "log")
    first.push()
    first.work(slices)
    assert first.published() == NAMES[: slices * SLICE_FRAMES]
    first.kill()
    second = _Life(tmp_path / "log", compiled=compiled)
    second.push()
    second.work()
    assert second.published() == NAMES
    assert second.acknowledged() == 1
    second.kill()


def test_a_part_that_was_not_committed_is_published_by_the_next_broker(tmp_path: Path) -> None:
    first = _Life(tmp_path / "log")
    first.push()
    first.work(1)
    first.work(1, commit=False)
    first.kill()
    second = _Life(tmp_path / "log")
    assert second.published() == NAMES[:SLICE_FRAMES]
    second.push()
    second.work()
    assert second.published() == NAMES
    second.kill()


def test_what_was_published_of_a_batch_outlives_the_segment_that_says_so(tmp_path: Path) -> None:
    first = _Life(tmp_path / "log", octets_max=20_000)
    first.push()
    first.work(3)
    first.kill()
    second = _Life(tmp_path / "log", octets_max=20_000)
    kept = second.published()
    assert kept == NAMES[3 * SLICE_FRAMES - len(kept) : 3 * SLICE_FRAMES]
    assert len(kept) < SLICE_FRAMES
    second.push()
    second.work()
    assert second.ledger.frames_received == FRAMES - 3 * SLICE_FRAMES
    second.kill()


def test_a_batch_is_published_once_however_often_brokers_die_over_it(tmp_path: Path) -> None:
    for _ in range(4):
        life = _Life(tmp_path / "log")
        life.push()
        life.work(1)
        life.kill()
    last = _Life(tmp_path / "log")
    last.push()
    last.work()
    assert last.published() == NAMES
    assert last.ledger.sensors()["ns1"]["repeated_batches"] == 1
    last.kill()


def test_nothing_is_acknowledged_of_a_batch_until_its_last_part_is_synced(tmp_path: Path) -> None:
    life = _Life(tmp_path / "log")
    life.push()
    for _ in range(3):
        life.work(1)
        assert life.acknowledged() == 0
    life.work(1)
    assert life.acknowledged() == 1
    life.kill()
