"""What is published is in the log first, all of a batch together; what the log does not take is not sent."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from nxcast.broker.arrivals import Arrivals, Taken
from nxcast.broker.derivation.outbox import Message, Outbox
from nxcast.broker.intake import Records
from nxcast.broker.log.memory_log import MemoryLog
from nxcast.broker.publication import AGAIN_S, QUIET_S, Publication
from nxcast.schemas.topics import MALFORMED

LINGER_S = 0.02


class Log(MemoryLog):
    """Writes down what is committed; takes nothing while `full`."""

    def __init__(self) -> None:
        super().__init__(octets_max=1 << 20, age_s=10, now_ns=5)
        self.full = False
        self.commits: list[tuple[int, Taken]] = []

    def commit(self, published: Any, taken: Any, now_ns: int, now_s: float) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.commits.append((len(published), taken))
        return super().commit(published, taken, now_ns, now_s)


class Rig:
    """A publication of two records a message, and what it has sent."""

    def __init__(self) -> None:
        self.log, self.arrivals = Log(), Arrivals()
        self.sent: list[Message] = []
        outbox = Outbox(5, batch_records=2)
        self.publication = Publication(outbox, self.log, self.arrivals, self._send, linger_s=LINGER_S)

    def _send(self, message: Message) -> None:
        assert len(self.sent) < sum(count for count, _ in self.log.commits)
        self.sent.append(message)

    def batch(self, sequence: int, records: int, now_s: float) -> None:
        self.arrivals.take({"sensor": "ns1", "epoch": 1, "sequence": sequence, "count": 1, "held": 1})
        record = {"time_ns": 1, "sensor": "ns1", "reason": "message_kind", "data": b""}
        given = [Records(MALFORMED, [record] * records, [MALFORMED] * records)]
        self.publication.put(given, 1, now_s)

    def turn(self, now_s: float) -> tuple[int, int]:
        """How many messages and commits there are after a turn."""
        self.publication.publish_due(1, now_s)
        return len(self.sent), len(self.log.commits)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_record_waits_for_its_linger(rig: Rig) -> None:
    rig.batch(1, 1, 0.0)
    assert rig.publication.due_in(0.0) == LINGER_S
    assert rig.turn(0.019) == (0, 0)
    assert rig.turn(0.02) == (1, 1)
    assert rig.log.commits == [(1, [("ns1", 1, 1, [])])]


def test_a_full_message_takes_along_all_that_waits(rig: Rig) -> None:
    rig.batch(1, 3, 0.0)
    assert rig.turn(0.0) == (2, 1)


def test_batches_that_give_nothing_are_committed_too(rig: Rig) -> None:
    rig.batch(1, 0, 0.0)
    assert rig.turn(QUIET_S - 0.01) == (0, 0)
    assert rig.turn(QUIET_S) == (0, 1)


def test_while_the_log_takes_nothing_nothing_is_sent_nor_settled_and_then_all(rig: Rig) -> None:
    rig.log.full = True
    rig.batch(1, 3, 0.0)
    assert rig.turn(0.0) == (0, 0)
    assert rig.publication.stuck == "no space left on device"
    assert (rig.publication.waiting, rig.publication.topics()) == (2, {})
    assert rig.arrivals.settled(("ns1", 1)) == (0, [])
    assert rig.turn(AGAIN_S - 0.01) == (0, 0)
    rig.log.full = False
    assert rig.turn(AGAIN_S) == (2, 1)
    assert rig.publication.stuck is None
    assert rig.publication.topics() == {MALFORMED: {"sequence": 2, "records": 3}}
    rig.turn(AGAIN_S + 1)
    assert rig.arrivals.settled(("ns1", 1)) == (1, [])
