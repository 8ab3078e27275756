"""Batches going out: when they go, what they hold, and their numbers."""

from __future__ import annotations

import sys
from array import array
from itertools import accumulate

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.derivation.outbox import DELAY_MAX_NS, MESSAGE_BYTES_MAX, Message, Outbox, Packed
from nxcast.schemas.records import decode_header

EPOCH = 7


def _outbox(batch_records: int = 3) -> Outbox:
    return Outbox(EPOCH, batch_records=batch_records)


def _put(outbox: Outbox, records: list[tuple[str, object]], now_ns: int, time_ns: int = 0) -> list[Message]:
    """Put records that hold these values, each seen at that time."""
    return outbox.put([(topic, {"time_ns": time_ns, "v": value}) for topic, value in records], now_ns)


def _read(messages: list[Message]) -> list[tuple[str, int, list[object]]]:
    read = []
    for message in messages:
        header = decode_header(message.header)
        records = [record["v"] for record in msgpack.unpackb(message.payload)]
        assert (header["version"], header["epoch"], header["count"]) == (1, EPOCH, len(records))
        read.append((message.topic.decode(), header["sequence"], records))
    return read


def test_a_message_goes_out_when_it_holds_enough_records() -> None:
    outbox = _outbox()
    assert _read(_put(outbox, [("a/", 1), ("b/", 2), ("a/", 3)], 0)) == []
    assert _read(_put(outbox, [("a/", 4), ("a/", 5)], 1)) == [("a/", 1, [1, 3, 4])]
    assert _read(outbox.flush(1)) == [("b/", 1, [2]), ("a/", 2, [5])]


def test_a_message_goes_out_before_it_would_pass_64_kib() -> None:
    outbox = _outbox(1000)
    half = b"x" * (MESSAGE_BYTES_MAX // 2 - 15)  # with the 15 octets of msgpack around it just half
    assert _put(outbox, [("a/", half), ("a/", half)], 0) == []
    assert _read(_put(outbox, [("a/", 1)], 0)) == [("a/", 1, [half, half])]
    large = b"y" * 100_000
    assert _read(_put(outbox, [("a/", large), ("a/", 2)], 0)) == [("a/", 2, [1]), ("a/", 3, [large])]
    assert _read(outbox.flush(0)) == [("a/", 4, [2])]


def test_header_tells_when_it_was_published() -> None:
    outbox = _outbox(1)
    (message,) = _put(outbox, [("a/", 1)], 55)
    assert decode_header(message.header)["time_ns"] == 55


def test_a_single_record_goes_at_once_with_the_next_number_of_its_topic() -> None:
    outbox = _outbox()
    assert [_read([outbox.single("status/", {"v": n}, 0)]) for n in (8, 9)] == [
        [("status/", 1, [8])],
        [("status/", 2, [9])],
    ]
    assert outbox.flush(0) == []
    assert outbox.message_records.snapshot().buckets[-1] == ("+Inf", 0)


def test_each_message_is_counted_by_its_records() -> None:
    outbox = _outbox()
    _put(outbox, [("a/", 1), ("a/", 2), ("a/", 3), ("a/", 4), ("b/", 5)], 0)
    outbox.flush(0)
    buckets, total = outbox.message_records.snapshot()
    assert (dict(buckets)["1.0"], dict(buckets)["2.0"], dict(buckets)["4.0"], total) == (2, 2, 3, 5)


@pytest.mark.parametrize(
    ("seen_ns", "now_ns", "bucket", "delay_s"),
    [
        (10**18, 10**18 + 5_000_000, "0.005", 0.005),
        (10**18, 10**18 + 5_000_001, "0.01", 0.005000001),
        (10**18, 10**18 + 2_000_000_000, "2.5", 2),
        (10**18 + 1, 10**18, "0.005", 0),  # the producer's clock is ahead
        (2**64 - 1, 10**18, "0.005", 0),
        (0, 10**18, "+Inf", DELAY_MAX_NS / 1e9),
    ],
)
def test_a_delay_is_that_of_the_first_record_and_no_time_makes_it_absurd(
    seen_ns: int, now_ns: int, bucket: str, delay_s: float
) -> None:
    outbox = _outbox()
    _put(outbox, [("a/", 1)], now_ns, seen_ns)
    _put(outbox, [("a/", 2)], now_ns, now_ns)
    outbox.flush(now_ns)
    buckets, total = outbox.delay_s.snapshot()
    assert (next(name for name, count in buckets if count), buckets[-1][1], total) == (bucket, 1, delay_s)


def test_what_is_malformed_has_no_delay() -> None:
    outbox = _outbox()
    _put(outbox, [("malformed/", 1)], 0)
    outbox.flush(0)
    assert outbox.delay_s.snapshot().buckets[-1] == ("+Inf", 0)
    assert outbox.message_records.snapshot().buckets[-1] == ("+Inf", 1)


@given(
    st.lists(st.tuples(st.sampled_from(["a/", "b/", "c/"]), st.integers(0, 40), st.booleans()), max_size=60)
)
def test_every_record_goes_out_once_in_order_and_numbers_have_no_gap(
    steps: list[tuple[str, int, bool]],
) -> None:
    outbox = _outbox()
    now = 0
    messages: list[Message] = []
    for number, (topic, later, flush) in enumerate(steps):
        now += later
        messages += _put(outbox, [(topic, number)], now)
        if flush:
            messages += outbox.flush(now)
    messages += outbox.flush(now)
    for topic in ("a/", "b/", "c/"):
        mine = [(sequence, records) for name, sequence, records in _read(messages) if name == topic]
        assert [sequence for sequence, _ in mine] == list(range(1, len(mine) + 1))
        assert [record for _, records in mine for record in records] == [
            number for number, (name, *_) in enumerate(steps) if name == topic
        ]
        account = {"sequence": len(mine), "records": sum(len(records) for _, records in mine)}
        assert outbox.topics().get(topic, {"sequence": 0, "records": 0}) == account


HALF = MESSAGE_BYTES_MAX // 2


@given(
    st.lists(
        st.lists(st.sampled_from([20, 30, HALF - 1, HALF, HALF + 1, 2 * HALF + 1]), max_size=4), max_size=8
    )
)
def test_records_that_came_packed_go_out_as_others_do(groups: list[list[int]]) -> None:
    """Octets of records: those around half of a message fill it, pass it by one, or leave one."""
    plain, packing = _outbox(), _outbox()
    now = 0
    for sizes in groups:
        if not sizes:
            continue
        records = [{"time_ns": now + place, "v": ""} for place in range(len(sizes))]
        for record, size in zip(records, sizes, strict=True):
            while (missing := size - len(msgpack.packb(record))) > 0:
                record["v"] = str(record["v"]) + "x" * max(missing - 4, 1)
        octets = [msgpack.packb(record) for record in records]
        ends = array("I", accumulate(map(len, octets)))
        times = array("Q", [record["time_ns"] for record in records])
        packed = Packed("a/", len(records), b"".join(octets), ends.tobytes(), times.tobytes())
        now += 10**9
        assert packing.put_packed(packed, now) == plain.put([("a/", record) for record in records], now)
    assert packing.flush(now) == plain.flush(now)
    assert packing.delay_s.snapshot() == plain.delay_s.snapshot()


def test_what_waits_of_a_batch_keeps_no_batch() -> None:
    """Else each topic could keep a whole one, for a record of it."""
    record = msgpack.packb({"time_ns": 0, "v": "x" * 100})
    count = 4
    octets = record * count
    ends = array("I", accumulate([len(record)] * count)).tobytes()
    packed = Packed("a/", count, octets, ends, array("Q", [0] * count).tobytes())
    outbox, before = _outbox(), sys.getrefcount(octets)
    assert len(outbox.put_packed(packed, 0)) == 1
    assert sys.getrefcount(octets) == before
    assert _read(outbox.flush(0)) == [("a/", 2, ["x" * 100])]
