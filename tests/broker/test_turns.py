"""Messages in by sender, records out a slice at a time, and who is refused."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import pytest

from nxcast.broker import turns as module
from nxcast.broker.arrivals import Arrivals
from nxcast.broker.fair_queue import AHEAD_OCTETS, WAITING_MAX
from nxcast.broker.intake import QUEUE_FULL, SLICE_FRAMES, Intake, Records
from nxcast.broker.ledger import OTHERS, Ledger
from nxcast.broker.turns import READ_OCTETS, WORK_MESSAGES, WORK_S, Turns
from nxcast.producers.linger import BATCH_FRAMES
from nxcast.producers.send_window import Window
from nxcast.schemas.frames import Frame1, encode_batch
from nxcast.schemas.nmsg.container import encode_container
from nxcast.schemas.nmsg.dnsqr import encode_dnsqr
from nxcast.schemas.nmsg.payloads import DNSQR, make_payload
from nxcast.schemas.topics import NXDOMAIN
from nxcast.transport.ends import Received
from tests.messages import frame, message

NOW_NS = 10**18
FRAME: Frame1 = frame(message())


class _OnlyItself:
    """A gate that lets each push as itself."""

    def client(self, user_id: str) -> _OnlyItself:
        self._name = user_id
        return self

    def may_push(self, sensor: str) -> bool:
        return sensor == self._name


class _Broker:
    """What a broker makes of messages, a slice taking a second of CPU and all else none, and no socket."""

    def __init__(self, octets_max: int = WAITING_MAX, gate: Any = None, slice_s: float = 1.0) -> None:
        self._slice_s = slice_s
        self.ledger = Ledger()
        self.arrivals = Arrivals()
        self.sent: deque[Received] = deque()
        self.published: list[tuple[str, int]] = []  # sensor, and records of nxdomain/ of a slice
        self._cpu_s = 0.0
        intake = Intake(self.ledger, self.arrivals, gate, accept_unsolicited=False, accept_forwarders=False)
        self.turns = Turns(self._receive, intake, name=str.upper, cpu_s=self._cpu, octets_max=octets_max)

    def send(
        self, sender: str, frames: int, sequence: int = 1, *, by: str | None = None, **header: int
    ) -> None:
        usual = {"sensor": sender, "epoch": 1, "sequence": sequence, "count": frames}
        parts = encode_batch({**usual, **header}, [FRAME] * frames)  # type: ignore[typeddict-item]
        self.last = parts
        self.sent.append(Received(parts, by or sender, by or sender))

    def settled(self, sensor: str) -> tuple[int, list[list[int]]]:
        """Which of its batches have arrived, all that was published being on the disk."""
        self.arrivals.committed(1)
        self.arrivals.settle(1)
        return self.arrivals.settled((sensor, 1))

    def work(self, slices: int = 10_000) -> list[tuple[str, int]]:
        """What the next slices publish."""
        self.published.clear()
        for _ in range(slices):
            self.turns.read(NOW_NS / 10**9)
            if not self.turns.work(NOW_NS, self._publish):
                break
        return self.published.copy()

    def _receive(self) -> Received | None:
        return self.sent.popleft() if self.sent else None

    def _publish(self, records: Sequence[Records]) -> None:
        self._cpu_s += self._slice_s
        for each in records:
            if each.channel == NXDOMAIN and each.records:
                self.published.append((each.records[0]["sensor"], len(each.records)))

    def _cpu(self) -> float:
        return self._cpu_s


def test_a_long_message_gives_way_to_a_short_one_of_somebody_else() -> None:
    broker = _Broker()
    broker.send("long", 2 * SLICE_FRAMES + 9)
    assert broker.work(1) == [("long", SLICE_FRAMES)]
    broker.send("short", 2)
    assert broker.work() == [("short", 2), ("long", SLICE_FRAMES), ("long", 9)]


def test_a_full_batch_of_a_producer_of_ours_is_one_slice() -> None:
    assert BATCH_FRAMES <= SLICE_FRAMES


@pytest.mark.parametrize(
    ("slice_s", "at_once"), [(WORK_S, 1), (WORK_S / 4, 4), (WORK_S / 1024, WORK_MESSAGES)]
)
def test_short_messages_are_worked_off_together_for_a_millisecond(slice_s: float, at_once: int) -> None:
    broker = _Broker(slice_s=slice_s)
    for sequence in range(1, 11):
        broker.send("one", 2, sequence)
        broker.send("other", 1, sequence)
    published = broker.work(1)
    assert len(published) == at_once
    assert abs(published.count(("one", 2)) - published.count(("other", 1))) <= 1
    assert len(broker.work()) == 20 - at_once


@pytest.mark.parametrize(
    ("senders", "one_by_one"), [("", False), ("a", True), ("abc", True), ("aba", False), ("aa", False)]
)
def test_messages_come_one_by_one_while_each_sender_has_one(senders: str, one_by_one: bool) -> None:
    broker = _Broker(slice_s=0.0)
    broker.turns.begin()
    for sequence, sender in enumerate(senders, 1):
        broker.send(sender, 1, sequence)
        broker.turns.read(NOW_NS / 10**9)
    assert not broker.turns.one_by_one  # they wait
    broker.work()
    assert broker.turns.one_by_one == one_by_one
    broker.turns.begin()
    assert not broker.turns.one_by_one


def test_a_long_container_has_slices_too() -> None:
    broker = _Broker()
    payloads = [make_payload(DNSQR, 0, encode_dnsqr(FRAME), 7)] * (SLICE_FRAMES + 1)
    broker.sent.append(Received([encode_container(payloads)], None, "long"))
    assert broker.work() == [("nmsg-00000007", SLICE_FRAMES), ("nmsg-00000007", 1)]
    assert broker.ledger.frames_received == SLICE_FRAMES + 1


def test_a_batch_has_arrived_when_its_last_slice_has() -> None:
    broker = _Broker()
    broker.send("long", SLICE_FRAMES + 1, held=1)
    broker.work(1)
    assert broker.arrivals.settled(("long", 1)) == (0, [])
    broker.work(1)
    broker.arrivals.committed(1)
    broker.arrivals.settle(1)
    assert broker.arrivals.settled(("long", 1)) == (1, [])
    assert broker.ledger.sensors()["long"]["frames"] == SLICE_FRAMES + 1


def test_a_long_batch_sent_again_is_published_once() -> None:
    broker = _Broker()
    for _ in range(2):
        broker.send("long", SLICE_FRAMES + 1, held=1)
    assert broker.work() == [("long", SLICE_FRAMES), ("long", 1)]
    assert broker.ledger.sensors()["long"]["repeated_batches"] == 1


def test_a_long_batch_sent_again_over_another_connection_meanwhile_is_published_once() -> None:
    broker = _Broker()
    broker.send("long", 2 * SLICE_FRAMES + 1, held=1)
    assert broker.work(1) == [("long", SLICE_FRAMES)]
    broker.sent.append(Received(broker.last, None, "another connection"))
    assert broker.work() == [("long", SLICE_FRAMES), ("long", 1)]
    assert broker.ledger.sensors()["long"]["repeated_batches"] == 1
    broker.arrivals.committed(1)
    broker.arrivals.settle(1)
    assert broker.arrivals.settled(("long", 1)) == (1, [])


@pytest.mark.parametrize("slices", [1, 2])
def test_after_a_kill_between_two_slices_the_next_broker_goes_on_after_the_last_one(slices: int) -> None:
    first, second = _Broker(), _Broker()
    first.send("long", 2 * SLICE_FRAMES + 1, held=1)
    assert first.work(slices) == [("long", SLICE_FRAMES)] * slices
    second.arrivals.restore([first.arrivals.taken()])
    second.sent.append(Received(first.last, None, "long"))
    assert second.work() == [("long", SLICE_FRAMES)] * (2 - slices) + [("long", 1)]
    assert second.ledger.frames_received == SLICE_FRAMES * (2 - slices) + 1
    second.arrivals.committed(1)
    second.arrivals.settle(1)
    assert second.arrivals.settled(("long", 1)) == (1, [])


def test_one_alone_is_served_and_never_refused() -> None:
    """However much it sends: it waits in its connection, and nothing more is read than there is work for."""
    broker = _Broker()
    for _ in range(100):
        broker.sent.append(Received([bytes(1 << 20)], None, "one"))
    broker.work(50)
    assert len(broker.sent) > 100 - 50 - 2 * (AHEAD_OCTETS >> 20)
    broker.work()
    assert broker.turns.refused == {}
    assert broker.ledger.messages_received == 100
    assert not broker.turns.waiting


def test_where_memory_is_short_all_is_read_and_what_is_too_much_is_refused() -> None:
    """What was refused takes none, but what waits in connections does."""
    broker = _Broker(octets_max=2 * AHEAD_OCTETS)
    for _ in range(30):
        broker.sent.append(Received([bytes(AHEAD_OCTETS)], None, "one"))
    broker.turns.read(NOW_NS / 10**9)
    broker.turns.read(NOW_NS / 10**9)
    assert len(broker.sent) == 29
    broker.turns.read(NOW_NS / 10**9, short=True)
    assert not broker.sent
    assert broker.turns.refused == {"ONE": 29}


def test_no_more_than_the_largest_message_is_read_between_two_slices() -> None:
    broker = _Broker()
    for _ in range(3):
        broker.sent.append(Received([bytes(READ_OCTETS - 1)], None, "one"))
    broker.turns.read(NOW_NS / 10**9)
    assert len(broker.sent) == 1


def _flooded() -> _Broker:
    """A broker with room for 100 messages, of which one sends more than there is time for."""
    broker = _Broker(octets_max=100 * 1250)
    broker.send("honest", 1)
    broker.work()
    for sequence in range(1, 1001):
        broker.send("flood", 1, sequence, held=1)
    return broker


def test_who_floods_is_refused_by_name_and_nobody_else() -> None:
    """While somebody is expected to send more, and nothing of that waits here, all is read."""
    broker = _flooded()
    broker.work(40)
    assert broker.turns.refused.keys() == {"FLOOD"}
    refused = broker.turns.refused["FLOOD"]
    assert broker.ledger.messages_malformed == {QUEUE_FULL: refused}
    for sequence in range(2, 12):
        broker.send("honest", 1, sequence)
    published = broker.work()
    assert published.count(("honest", 1)) == 10
    counted = broker.ledger.messages_received
    assert counted == 1011
    assert broker.ledger.frames_received == counted - broker.turns.refused["FLOOD"]


def test_what_was_refused_has_not_arrived() -> None:
    """It is one range: nothing is taken above the first of it."""
    broker = _flooded()
    broker.work()
    refused = broker.turns.refused["FLOOD"]
    assert 0 < refused < 1000
    assert broker.settled("flood") == (1000, [[1001 - refused, 1000]])
    assert broker.ledger.sensors()["flood"]["lost_batches"] == 0


@pytest.mark.parametrize("room", [10, 20, 400])
def test_a_file_loses_nothing_where_there_is_no_room(room: int) -> None:
    """Its producer waits, and what was refused is sent again; each batch is published once."""
    broker = _Broker(octets_max=room * 1250)
    window = Window(1 << 20, keep=True)
    for sequence in range(1, 501):
        window.add(sequence, 1, b"")
    published = []
    for answer in range(1, 1000):
        while (batch := window.next()) is not None:
            window.sent()
            broker.send("file", 1, batch.sequence, held=window.lowest or 0)
        broker.send("honest", 1, answer)
        published += broker.work(100)
        window.settle(*broker.settled("file"))
        if not window:
            break
    assert len(window) == 0
    assert (published + broker.work()).count(("file", 1)) == 500
    assert broker.ledger.sensors()["file"]["lost_batches"] == 0
    assert broker.turns.refused["FILE"] > 0


def test_nobody_is_held_up_by_who_may_not_push_as_him() -> None:
    """What was refused of somebody else, with the epoch and a number of his."""
    broker = _Broker(octets_max=0, gate=_OnlyItself())
    broker.send("honest", 1, 1, held=1, by="other")
    broker.work()
    assert not broker.arrivals.refusing
    broker.send("honest", 1, 1, held=1)
    broker.work()
    assert broker.arrivals.refusing


def test_names_of_the_refused_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMED_MAX", 2)
    broker = _Broker(octets_max=0)
    for sender in "abcab":
        broker.send(sender, 1)
    broker.work()
    assert broker.turns.refused == {"A": 2, "B": 2, OTHERS: 1}
