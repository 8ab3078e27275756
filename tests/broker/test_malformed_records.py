"""Which malformed input becomes a record, and that the rest is counted."""

from __future__ import annotations

import pytest

from nxcast.broker.malformed_records import (
    RECORDS_A_MESSAGE,
    RECORDS_A_SECOND,
    RECORDS_A_SENDER,
    MalformedRecords,
)
from nxcast.schemas.records import MALFORMED_DATA_MAX, RECORDS
from nxcast.schemas.topics import MALFORMED
from nxcast.schemas.units import SECOND_NS

NOW_NS = 10**18


def _messages(
    records: MalformedRecords, count: int, *senders: str, now_ns: int = NOW_NS, each: int = 1
) -> int:
    """How many records so many messages of each of these senders give."""
    made = 0
    for sender in senders:
        for _ in range(count):
            message = records.of_message(sender, now_ns)
            made += sum(len(message.make(None, "message_kind", b"x")) for _ in range(each))
    return made


def test_a_record_says_what_is_wrong_and_has_no_more_data_than_may_be() -> None:
    made = (
        MalformedRecords().of_message("key", NOW_NS).make("ns1", "frame_shape", bytes(MALFORMED_DATA_MAX + 1))
    )
    RECORDS[MALFORMED].validate_python(made)
    assert made == [
        {"time_ns": NOW_NS, "sensor": "ns1", "reason": "frame_shape", "data": bytes(MALFORMED_DATA_MAX)}
    ]


@pytest.mark.parametrize(
    ("count", "each", "senders", "made"),
    [
        (1, 1000, 1, RECORDS_A_MESSAGE),
        (1000, 1, 1, RECORDS_A_SENDER),
        (1000, 1000, 1, RECORDS_A_SENDER),
        (1000, 1, 3, 3 * RECORDS_A_SENDER),
        (10, 10, 1000, RECORDS_A_SECOND),
    ],
)
def test_what_is_beyond_a_bound_is_counted(count: int, each: int, senders: int, made: int) -> None:
    """And in the next second, or where the clock is set back, all bounds begin anew."""
    records = MalformedRecords()
    names = [f"key{number}" for number in range(senders)]
    for turn, now_ns in enumerate((NOW_NS, NOW_NS + SECOND_NS, 0), 1):
        assert _messages(records, count, *names, now_ns=now_ns, each=each) == made
        assert records.withheld == turn * (count * each * senders - made)


def test_a_sender_that_is_at_its_bound_takes_nothing_from_another() -> None:
    records = MalformedRecords()
    assert _messages(records, 10_000, "bad") == RECORDS_A_SENDER
    assert _messages(records, 1, "good", each=5) == 5
