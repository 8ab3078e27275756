"""What a subscriber of a stream makes of what comes: no socket, no server, the parts by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgpack
import pytest

from nxcast.consumers.client.events import (
    Back,
    Batch,
    Connected,
    Event,
    Gap,
    Invalid,
    Replayed,
    Restart,
    Silent,
    UnknownLoss,
    Unreplayed,
)
from nxcast.consumers.client.position import Position, StreamPlace
from nxcast.consumers.client.stream_session import StreamIntake
from nxcast.schemas.topics import MALFORMED, STATUS
from nxcast.transport.nats.stream_reader import JOINED, LET_GO, STATUS_BEFORE, Joined, StreamStart
from tests.schemas.examples import MALFORMED as MALFORMED_EXAMPLE
from tests.schemas.examples import STATUS as STATUS_EXAMPLE

A, B, C = 1_000, 2_000, 3_000
"""Epochs."""
MADE_NS = 7


class Stream:
    """Gives parts as a StreamReader does, and keeps what the intake makes of them."""

    def __init__(self, *topics: str, **begin: Any) -> None:
        self.intake = StreamIntake(
            topics or (MALFORMED,), validate=True, now=0.0, now_ns=60_000_000_000, **begin
        )
        self.events: list[Event] = []
        self.batches: list[Batch[Any]] = []
        self.number = 0

    def give(self, *parts: bytes, now: float = 0.0) -> None:
        events, batch = self.intake.take(parts, now)
        self.events += events
        self.batches += [] if batch is None else [batch]

    def join(self, *, first: int = 1, pending: int = 0, wanted: int = 1, made_ns: int = MADE_NS) -> None:
        self.give(JOINED, msgpack.packb(Joined(made_ns, 50_000_000_000, first, pending, wanted)))

    def message(
        self, epoch: int, sequence: int, *, number: int | None = None, now: float = 0.0, time_ns: int = 1
    ) -> None:
        self.number = self.number + 1 if number is None else number
        header, payload = _header(epoch, sequence, time_ns), msgpack.packb([MALFORMED_EXAMPLE])
        self.give(MALFORMED.encode(), header, payload, b"%d" % self.number, now=now)

    def status(self, epoch: int, sequence: int, *, malformed: int, before: bool = False) -> None:
        topics = {MALFORMED: {"sequence": malformed, "records": malformed}}
        payload = msgpack.packb([{**STATUS_EXAMPLE, "epoch": epoch, "topics": topics}])
        if before:
            self.give(STATUS_BEFORE, _header(epoch, sequence), payload)
            return
        self.number += 1
        self.give(STATUS.encode(), _header(epoch, sequence), payload, b"%d" % self.number)

    def told(self) -> list[Event]:
        events, self.events = self.events, []
        return events


def _header(epoch: int, sequence: int, time_ns: int = 1) -> bytes:
    header = {"version": 1, "epoch": epoch, "sequence": sequence, "count": 1, "time_ns": time_ns}
    return bytes(msgpack.packb(header))


def _position(epoch: int, topics: dict[str, int], number: int) -> Position:
    return Position(epoch, topics, stream=StreamPlace(MADE_NS, number))


def test_one_begins_with_what_comes_and_is_connected_by_the_last_status() -> None:
    stream = Stream()
    assert stream.intake.start == StreamStart()
    stream.join(wanted=40)
    stream.status(A, 9, malformed=5, before=True)
    assert stream.told() == [Connected(A, STATUS_EXAMPLE["software"])]
    stream.message(A, 6, number=41)
    assert stream.told() == []
    assert [batch.sequence for batch in stream.batches] == [6]
    assert stream.intake.position([]) == _position(0, {}, 41)


def test_what_is_missing_in_an_epoch_is_a_gap_and_in_the_tail_too() -> None:
    stream = Stream()
    stream.join()
    stream.message(A, 1)
    stream.message(A, 4)
    assert stream.told() == [Gap(MALFORMED, A, 2, 3)]
    stream.status(A, 1, malformed=6)
    assert stream.told()[0] == Gap(MALFORMED, A, 5, 6)
    assert stream.intake.counts.lost == 4


def test_brokers_side_by_side_have_an_account_each() -> None:
    stream = Stream()
    stream.join()
    for sequence in (1, 2, 3):
        stream.message(A, sequence)
        stream.message(B, sequence)
    stream.message(A, 5)
    assert stream.told() == [Restart(A, B), Gap(MALFORMED, A, 4, 4)]
    assert len(stream.batches) == 7


@pytest.mark.parametrize("ahead_ns", [0, 10**15, -500])
def test_one_that_began_while_we_read_began_at_one(ahead_ns: int) -> None:
    """Whatever its clock says: we have read of 50 ns, and it is 49 ns old, or 50."""
    epoch = B + ahead_ns
    for age_ns, lost in (49, [Gap(MALFORMED, epoch, 1, 3)]), (50, []):
        stream = Stream()
        stream.join()
        stream.message(A, 7, time_ns=A + 100)
        stream.message(A, 8, time_ns=A + 150)
        stream.message(epoch, 4, time_ns=epoch + age_ns)
        assert stream.told() == [Restart(A, epoch), *lost]


def test_a_position_is_that_of_the_stream_and_of_the_newest_epoch() -> None:
    stream = Stream()
    stream.join()
    stream.message(A, 1)
    stream.status(A, 1, malformed=1)
    stream.message(A, 2)
    stream.message(A, 3)
    assert stream.intake.position([]) == _position(A, {MALFORMED: 3}, 4)
    assert stream.intake.position(stream.batches[1:]) == _position(A, {MALFORMED: 1}, 2)
    assert Position.parse(_position(A, {MALFORMED: 3}, 4).text()) == _position(A, {MALFORMED: 3}, 4)


def test_one_goes_on_where_one_was_and_tells_when_all_of_it_has_come() -> None:
    stream = Stream(position=_position(A, {MALFORMED: 3}, 10))
    assert stream.intake.start == StreamStart(after=10, created_ns=MADE_NS)
    stream.join(wanted=11, pending=2)
    stream.message(A, 4, number=11)
    assert stream.told() == []
    stream.message(A, 5, number=12)
    assert stream.told() == [Replayed(2)]
    stream.message(A, 6, number=13)
    assert stream.told() == []


def test_where_nothing_came_meanwhile_the_replay_is_over_at_once() -> None:
    stream = Stream(position=_position(A, {MALFORMED: 3}, 10))
    stream.join(wanted=11)
    assert stream.told() == [Replayed(0)]


def test_what_the_stream_let_go_of_is_lost_by_sequence_or_unknown() -> None:
    known = Stream(position=_position(A, {MALFORMED: 3}, 10))
    known.join(first=20, wanted=11, pending=1)
    known.message(A, 9, number=20)
    assert known.told() == [Gap(MALFORMED, A, 4, 8), Replayed(1)]
    other = Stream(position=_position(A, {MALFORMED: 3}, 10))
    other.join(first=20, wanted=11, pending=1)
    other.message(B, 9, number=20)
    lost = UnknownLoss(A, B, "the oldest message in the stream is 20")
    assert other.told() == [lost, Restart(A, B), Replayed(1)]
    assert other.intake.counts.lost is None


def test_what_went_before_the_first_message_was_read_is_told_too() -> None:
    """Somebody came to an empty stream, and went before anything was there: the number is 0."""
    away = Stream(position=_position(0, {}, 0))
    away.join(first=20, wanted=1, pending=1)
    away.message(B, 9, number=20)
    lost = UnknownLoss(0, B, "the oldest message in the stream is 20")
    assert away.told() == [lost, Replayed(1)]
    there = Stream()
    there.join(first=1, wanted=1)
    there.join(first=20, wanted=1, pending=1)
    there.message(B, 9, number=20)
    assert there.told() == [lost]


def test_an_end_of_one_of_two_brokers_is_unknown_though_the_other_is_heard() -> None:
    stream = Stream()
    stream.join()
    for epoch in (A, B):
        stream.message(epoch, 1)
        stream.status(epoch, 1, malformed=1)
    stream.told()
    stream.join(first=20, wanted=5)
    stream.message(B, 9, number=20)
    stream.status(B, 9, malformed=9)
    assert stream.told() == [Gap(MALFORMED, B, 2, 8)]
    stream.message(C, 1)
    assert stream.told() == [UnknownLoss(B, C, "the oldest message in the stream is 20"), Restart(B, C)]
    stream.message(C + 1, 1)
    assert stream.told() == [Restart(C, C + 1)]


def test_an_end_that_went_while_we_were_connected_is_unknown() -> None:
    stream = Stream()
    stream.join()
    stream.message(A, 1)
    stream.give(LET_GO, b"20")
    stream.message(B, 9, number=20)
    assert stream.told() == [UnknownLoss(A, B, "the oldest message in the stream is 20"), Restart(A, B)]


def test_an_end_after_a_loss_is_unknown_until_a_status_has_told_all_of_it() -> None:
    """Messages of other topics may have gone, too."""
    told = "the oldest message in the stream is 20"
    for statuses, lost in (0, [UnknownLoss(A, B, told)]), (1, []):
        stream = Stream(position=_position(A, {MALFORMED: 3}, 10))
        stream.join(first=20, wanted=11)
        stream.message(A, 9, number=20)
        for sequence in range(statuses):
            stream.status(A, sequence + 1, malformed=9)
        stream.told()
        stream.message(B, 1)
        assert stream.told() == [*lost, Restart(A, B)]


def test_a_stream_that_was_made_anew_is_another_one() -> None:
    stream = Stream(position=_position(A, {MALFORMED: 3}, 10))
    stream.join(made_ns=MADE_NS + 1, wanted=1, pending=1)
    stream.message(B, 1, number=1)
    lost = UnknownLoss(A, B, "the stream was made anew")
    assert stream.told() == [lost, Restart(A, B), Replayed(1)]
    position = stream.intake.position([])
    assert position is not None
    assert position.stream == StreamPlace(MADE_NS + 1, 1)


@pytest.mark.parametrize("since", [20.0, datetime(1970, 1, 1, 0, 0, 40, tzinfo=UTC)])
def test_since_is_a_time_in_the_stream(since: float | datetime) -> None:
    """The oldest message is of second 50, the time wanted 40."""
    stream = Stream(since=since)
    assert stream.intake.start == StreamStart(time_ns=40_000_000_000)
    stream.join(first=1, wanted=0, pending=1)
    assert stream.told() == []
    short = Stream(since=since)
    short.join(first=5, wanted=0, pending=1)
    assert short.told() == [Unreplayed("not all since 1970-01-01 00:00:40 UTC is kept by the stream")]
    short.message(A, 5, number=5)
    assert short.told() == [Replayed(1)]


def test_a_silence_is_told_and_its_end() -> None:
    stream = Stream()
    stream.join()
    stream.message(A, 1, now=1.0)
    stream.events += stream.intake.idle(6.5)
    stream.message(A, 2, now=9.0)
    assert stream.told() == [Silent(5.5), Back(8.0)]


def test_who_is_away_leaves_no_loss_unknown_since_the_stream_has_it() -> None:
    stream = Stream()
    stream.join()
    stream.status(A, 1, malformed=0)
    stream.intake.ended()
    stream.intake.idle(6.5)
    assert (stream.intake.counts.lost, stream.intake.counts.silences) == (0, 1)


@pytest.mark.parametrize(
    "parts",
    [
        (b"malformed/", b"", b"\x90", b"1"),
        (b"malformed/", _header(A, 1), b"\xc1", b"1"),
        (b"others/", _header(A, 1), b"\x90", b"1"),
        (b"malformed/", _header(A, 1), b"\x90"),
        (STATUS_BEFORE, _header(A, 1), b"\x91\x80"),
    ],
)
def test_what_breaks_the_contract_is_passed_over(parts: tuple[bytes, ...]) -> None:
    stream = Stream()
    stream.join()
    stream.give(*parts)
    (invalid,) = stream.told()
    assert isinstance(invalid, Invalid)
    assert stream.batches == []


def test_a_status_that_went_is_no_loss() -> None:
    """Each goes after a minute."""
    stream = Stream(STATUS)
    stream.join()
    stream.status(A, 1, malformed=0)
    stream.status(A, 61, malformed=0)
    assert not any(isinstance(event, Gap) for event in stream.told())
