import math

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers import Back, Batch, Connected, Gap, Invalid, Restart, Silent, UnknownLoss
from nxcast.consumers.client.session import SILENT_S, Intake

MX = "nxdomain/MX/"


def intake(*topics, validate=True):
    return Intake(topics or ("nxdomain/", "malformed/"), validate=validate, now=0.0)


def test_a_message_becomes_a_batch(make):
    taken = intake()
    events, batch = taken.take(make.message(MX, 1, [make.nxdomain()]), 0)
    assert events == []
    assert batch == Batch(MX, 1, 1, 5, [make.nxdomain()])
    assert (taken.counts.messages, taken.counts.records) == (1, 1)


def test_a_status_connects_and_is_a_batch_only_for_those_who_asked(make):
    sent = make.message("status/", 4, [make.status()])
    events, batch = intake().take(sent, 0)
    assert (events, batch) == ([Connected(1, "handmade 1")], None)
    events, batch = intake("status/").take(sent, 0)
    assert (events, batch.records) == ([Connected(1, "handmade 1")], [make.status()])


def test_statuses_that_were_not_asked_for_are_not_missed(make):
    taken = intake()
    taken.take(make.message("status/", 1, [make.status()]), 0)
    assert taken.take(make.message("status/", 5, [make.status()]), 0) == ([], None)


def test_events_are_counted_and_come_in_order(make):
    taken = intake()
    events = []
    for parts in (
        make.message(MX, 1, []),
        make.message(MX, 4, []),
        make.message(MX, 2, [], epoch=2),
    ):
        events += taken.take(parts, 0)[0]
        while taken.repairs:  # nobody answers, so what is missing is lost
            while (found := taken.repaired(0)) is not None:
                events += found[0]
            if taken.repairs.ask(0) is not None:
                taken.repairs.refuse("no endpoint")
    assert events == [
        Gap(MX, 1, 2, 3),
        UnknownLoss(1, 2, "no endpoint"),
        Restart(1, 2),
        Gap(MX, 2, 1, 1),
    ]
    counts = taken.counts
    assert (counts.messages, counts.gaps, counts.losses, counts.restarts) == (3, 2, (3, 1), 1)


def test_a_gap_of_a_topic_that_no_store_has_is_told_at_once(make):
    taken = intake("status/")
    taken.take(make.message("status/", 1, [make.status()]), 0)
    events, batch = taken.take(make.message("status/", 4, [make.status()]), 0)
    assert events == [Gap("status/", 1, 2, 3)]
    assert batch.sequence == 4


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        pytest.param(lambda _: [], "3 parts expected, not 0", id="no parts"),
        pytest.param(lambda _: [b"nxdomain/MX/"], "3 parts expected, not 1", id="one part"),
        pytest.param(lambda m: m.message("nxdomains/", 1, []), "no topic of the contract", id="channel"),
        pytest.param(lambda m: m.message("nxdomain/\x1b/", 1, []), "no topic of the contract", id="topic"),
        pytest.param(lambda m: m.message("status/x/", 1, []), "no topic of the contract", id="below status/"),
        pytest.param(lambda m: m.message(MX, 1, [], version=2), "version: Input should be 1", id="version"),
        pytest.param(
            lambda m: m.message(MX, 0, []),
            "sequence: Input should be greater than or equal to 1",
            id="sequence",
        ),
        pytest.param(
            lambda m: m.message(MX, 1, [], count=2), "0 records where the header says 2", id="count"
        ),
        pytest.param(
            lambda m: m.message(MX, 1, [m.nxdomain(), m.nxdomain(qname=None)]),
            "1.qname: Input should be a valid string",
            id="record",
        ),
        pytest.param(
            lambda m: m.message("status/", 1, [m.status(epoch=2)]),
            "status of epoch 2 in a message of epoch 1",
            id="two epochs",
        ),
        pytest.param(lambda m: [*m.message(MX, 1, [])[:2], b"\xc1"], None, id="payload is no msgpack"),
        pytest.param(
            lambda m: [*m.message(MX, 1, [])[:2], b"\x91" * 2000], None, id="payload nested too deep"
        ),
        pytest.param(
            lambda m: [*m.message(MX, 1, [])[:2], b"\xdd\x00\x10\x00\x00"], None, id="length that is a lie"
        ),
        pytest.param(
            lambda m: m.message(
                "status/", 1, [m.status(topics=None, sensors=dict.fromkeys(map(str, range(500))))]
            ),
            "500 errors of validation",
            id="too many errors to list",
        ),
        pytest.param(lambda _: [MX.encode(), b"\x80" * 600, b"\x90"], None, id="header too long"),
    ],
)
def test_a_message_that_breaks_the_contract_is_passed_over(make, parts, reason):
    taken = intake()
    events, batch = taken.take(parts(make), 0)
    assert batch is None
    assert [type(event) for event in events] == [Invalid]
    assert reason is None or events[0].reason == reason
    assert taken.counts.invalid == 1
    _, batch = taken.take(make.message(MX, 2, [make.nxdomain()]), 0)
    assert batch is not None


def test_a_message_with_an_invalid_payload_is_no_gap(make):
    taken = intake()
    taken.take(make.message(MX, 1, []), 0)
    taken.take(make.message(MX, 2, [None]), 0)
    assert taken.take(make.message(MX, 3, []), 0)[0] == []


def test_without_validation_records_are_what_was_sent(make):
    _, batch = intake(validate=False).take(make.message(MX, 1, [None, {"qname": 5}]), 0)
    assert batch.records == [None, {"qname": 5}]


def test_keys_of_a_later_broker_are_ignored(make):
    _, batch = intake().take(make.message(MX, 1, [make.nxdomain(later=1)], later=2), 0)
    assert batch.records == [make.nxdomain()]


parts = st.lists(st.binary(max_size=200), max_size=5)
packed = st.recursive(
    st.none() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=8) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
).map(msgpack.packb)
near = st.tuples(st.sampled_from([b"nxdomain/MX/", b"status/", b"malformed/"]), packed, packed)


@given(st.lists(parts | near, max_size=4))
def test_random_messages_only_ever_count_as_invalid(messages):
    taken = intake()
    for message in messages:
        events, batch = taken.take(message, 0)
        assert batch is None
        assert [type(event) for event in events] == [Invalid]
        assert str(events[0]).isprintable()
    assert taken.counts.invalid == len(messages)


@given(packed, st.booleans(), st.sampled_from(["nxdomain/A/", "dns-errors/OTHER/", "malformed/", "status/"]))
def test_random_payloads_below_a_good_header_never_raise(payload, validate, topic):
    header = {"version": 1, "epoch": 1, "sequence": 1, "count": 1, "time_ns": 1}
    events, batch = intake(validate=validate).take([topic.encode(), msgpack.packb(header), payload], 0)
    assert [type(event) for event in events] == ([Invalid] if batch is None else [])


def test_the_last_word_of_a_broker_is_not_that_of_the_one_after_it(make):
    """A slow subscriber may read the old one's when the new one has connected, and published."""
    taken = intake()
    for connected in (True, False):
        taken.take(make.message("status/", 1, [make.status(ended=True)]), 0)
        if connected:
            taken.accepted(0)
    assert not taken.counts.unsettled
    taken.take(make.message(MX, 1, [], epoch=2), 0)
    while taken.repairs:
        while taken.repaired(0) is not None:
            pass
        if taken.repairs.ask(0) is not None:
            taken.repairs.refuse("no endpoint")
    assert taken.idle(SILENT_S) == [Silent(SILENT_S)]
    assert taken.counts.unsettled


def test_silence_is_told_once_and_so_is_its_end(make):
    taken = intake()
    sent = make.message(MX, 1, [])
    assert taken.idle(SILENT_S - 1) == []
    assert taken.silent_at == SILENT_S
    assert taken.idle(SILENT_S) == [Silent(SILENT_S)]
    assert taken.silent_at == math.inf
    assert taken.idle(SILENT_S + 1) == []
    assert taken.take(sent, 9.0)[0] == [Back(9.0)]
    assert taken.take(make.message(MX, 2, []), 9.5)[0] == []
    assert taken.silent_at == 9.5 + SILENT_S
    assert taken.counts.silences == 1
