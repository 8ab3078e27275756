"""Batches going out: when they go, what they hold, and their numbers."""

from __future__ import annotations

import msgpack
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.outbox import MESSAGE_BYTES_MAX, Message, Outbox
from nxcast.schemas.records import decode_header

EPOCH = 7
LINGER_NS = 20


def _outbox(batch_records: int = 3) -> Outbox:
    return Outbox(EPOCH, batch_records=batch_records, linger_ns=LINGER_NS)


def _read(messages: list[Message]) -> list[tuple[str, int, list[object]]]:
    read = []
    for message in messages:
        header = decode_header(message.header)
        records = msgpack.unpackb(message.payload)
        assert (header["version"], header["epoch"], header["count"]) == (1, EPOCH, len(records))
        read.append((message.topic.decode(), header["sequence"], records))
    return read


def test_a_message_goes_out_when_it_holds_enough_records() -> None:
    outbox = _outbox()
    assert _read(outbox.put([("a/", 1), ("b/", 2), ("a/", 3)], 0)) == []
    assert _read(outbox.put([("a/", 4), ("a/", 5)], 1)) == [("a/", 1, [1, 3, 4])]
    assert _read(outbox.flush(1)) == [("b/", 1, [2]), ("a/", 2, [5])]


def test_a_message_goes_out_when_its_first_record_has_lingered() -> None:
    outbox = _outbox()
    outbox.put([("a/", 1)], 100)
    outbox.put([("b/", 2)], 110)
    outbox.put([("a/", 3)], 119)
    assert outbox.deadline_ns() == 120
    assert outbox.due(119) == []
    assert _read(outbox.due(120)) == [("a/", 1, [1, 3])]
    assert outbox.deadline_ns() == 130
    assert _read(outbox.due(1000)) == [("b/", 1, [2])]
    assert outbox.deadline_ns() is None


def test_a_message_goes_out_before_it_would_pass_64_kib() -> None:
    outbox = _outbox(1000)
    half = b"x" * (MESSAGE_BYTES_MAX // 2 - 3)  # with its own 3 octets of msgpack just half
    assert outbox.put([("a/", half), ("a/", half)], 0) == []
    assert _read(outbox.put([("a/", 1)], 0)) == [("a/", 1, [half, half])]
    large = b"y" * 100_000
    assert _read(outbox.put([("a/", large), ("a/", 2)], 0)) == [("a/", 2, [1]), ("a/", 3, [large])]
    assert _read(outbox.flush(0)) == [("a/", 4, [2])]


def test_header_tells_when_it_was_published() -> None:
    outbox = _outbox(1)
    (message,) = outbox.put([("a/", 1)], 55)
    assert decode_header(message.header)["time_ns"] == 55


def test_a_single_record_goes_at_once_with_the_next_number_of_its_topic() -> None:
    outbox = _outbox()
    assert [_read([outbox.single("status/", n, 0)]) for n in (8, 9)] == [
        [("status/", 1, [8])],
        [("status/", 2, [9])],
    ]
    assert outbox.deadline_ns() is None


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
        messages += outbox.put([(topic, number)], now) + outbox.due(now)
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
