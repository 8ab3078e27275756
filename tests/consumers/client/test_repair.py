import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers import Batch, Gap, Invalid, Repaired, Replayed, Unanswered, Unreplayed
from nxcast.consumers.client.repair import (
    AGAIN_S,
    ANSWER_S,
    MUTE_S,
    PAUSE_S,
    TRIES,
    AskRange,
    AskRights,
    AskSince,
    Given,
    Repairs,
)
from nxcast.schemas.records import decode_records

A, MX = "nxdomain/A/", "nxdomain/MX/"
LIVE = Given(batch=Batch(MX, 1, 10, 5, []))


def read(topic, header, payload):
    records = decode_records("nxdomain/", payload)
    return Batch(topic, header["epoch"], header["sequence"], header["time_ns"], records)


def repairs(*things):
    made = Repairs(read)
    made.add(things)
    return made


def missing(first, last, topic=MX, epoch=1, replay=False):
    return AskRange(topic, epoch, first, last, replay)


def pulled(made):
    """All that comes out before the next request, batches as their sequences."""
    out = []
    while (thing := made.pull()) is not None:
        if thing.kind == "given":
            out += [*thing.events, *([thing.batch.sequence] if thing.batch else [])]
        else:
            out.append(thing)
    return out


def asked(made, now=0.0):
    request = made.ask(now)
    return None if request is None else msgpack.unpackb(request)


def stored(*sequences, epoch=1, payload=None):
    header = {"version": 1, "epoch": epoch, "count": 0, "time_ns": 5}
    return [
        part
        for sequence in sequences
        for part in (msgpack.packb({**header, "sequence": sequence}), payload or msgpack.packb([]))
    ]


def ranged(*sequences, request_id=1, messages=None, **changed):
    header = {
        "version": 1,
        "id": request_id,
        "epoch": 1,
        "answer": "range",
        "error": None,
        "topic": MX,
        "first": sequences[0] if sequences else 1,
        "count": len(sequences),
        "oldest": 1,
        **changed,
    }
    return [msgpack.packb(header), *(stored(*sequences) if messages is None else messages)]


def test_what_is_missing_comes_before_what_follows():
    made = repairs(missing(3, 9), LIVE)
    assert pulled(made) == []
    assert asked(made) == {
        "version": 1,
        "id": 1,
        "ask": "range",
        "topic": MX,
        "epoch": 1,
        "first": 3,
        "last": 9,
    }
    made.answer(ranged(3, 4, 5))
    assert pulled(made) == [3, 4, 5]
    assert asked(made)["first"] == 6
    made.answer(ranged(6, 7, 8, 9, request_id=2))
    assert pulled(made) == [6, 7, 8, 9, Repaired(MX, 1, 7), 10]
    assert not made


def test_one_request_is_out_at_a_time_and_goes_out_again():
    made = repairs(missing(3, 9))
    assert asked(made, 0.0)["id"] == 1
    assert asked(made, AGAIN_S / 2) is None
    assert made.wake == AGAIN_S
    assert asked(made, AGAIN_S)["id"] == 1
    made.answer(ranged(*range(3, 10)))
    made.answer(ranged(*range(3, 10)))
    assert pulled(made) == [*range(3, 10), Repaired(MX, 1, 7)]
    assert asked(made) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            ranged(5, 6, 7, 8, 9), [Gap(MX, 1, 3, 4), 5, 6, 7, 8, 9, Repaired(MX, 1, 5)], id="begun"
        ),
        pytest.param(ranged(first=12, oldest=12), [Gap(MX, 1, 3, 9)], id="gone"),
        pytest.param(ranged(first=3), [Gap(MX, 1, 3, 9)], id="nothing"),
        pytest.param(ranged(error="epoch", epoch=2), [Gap(MX, 1, 3, 9)], id="another broker"),
        pytest.param(ranged(error="topic"), [Gap(MX, 1, 3, 9)], id="no topic of the broker's"),
    ],
)
def test_what_the_store_has_no_more_is_lost(answer, expected):
    made = repairs(missing(3, 9), LIVE)
    made.ask(0.0)
    made.answer(answer)
    assert pulled(made) == [*expected, 10]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([], id="no parts"),
        pytest.param([b""], id="an empty part"),
        pytest.param([b"\xc1"], id="no msgpack"),
        pytest.param([b"\x91" * 2000], id="nested too deep"),
        pytest.param([b"\x80" * ((1 << 20) + 1)], id="too large"),
        pytest.param([msgpack.packb({"answer": ["range"]})], id="no kind"),
        pytest.param(ranged(*range(3, 10), topic=A), id="another topic"),
        pytest.param(ranged(*range(3, 11)), id="more than asked for"),
        pytest.param(ranged(*range(2, 9)), id="earlier than asked for"),
        pytest.param(ranged(11, 12), id="later than asked for"),
        pytest.param(ranged(3, 4, count=3), id="another number than said"),
        pytest.param(ranged(3, 4, messages=stored(3, 4)[:3]), id="half a message"),
        pytest.param(ranged(3, 4, messages=stored(4, 3)), id="out of order"),
        pytest.param(ranged(3, 4, messages=stored(3, 3)), id="twice the same"),
        pytest.param(ranged(3, 4, messages=stored(3, 4, epoch=2)), id="messages of another epoch"),
        pytest.param(ranged(3, messages=[b"\x80", b"\x90"]), id="a header of nothing"),
        pytest.param(ranged(3, messages=[b"\x80" * 600, b"\x90"]), id="a header too large"),
        pytest.param(ranged(3, messages=[stored(3)[0], b"\x90" * ((1 << 20) + 1)]), id="a payload too large"),
        pytest.param(
            ranged(3, 4, messages=stored(3, 4, payload=b"\xc4" * 600_000)),
            id="too many octets",
        ),
        pytest.param(
            [msgpack.packb({"version": 1, "id": 1, "epoch": 1, "answer": "error", "error": "request_ask"})],
            id="an error",
        ),
        pytest.param(
            [
                msgpack.packb(
                    {
                        "version": 1,
                        "id": 1,
                        "epoch": 1,
                        "answer": "since",
                        "error": None,
                        "topics": {},
                        "complete": True,
                    }
                )
            ],
            id="to another question",
        ),
    ],
)
def test_an_answer_that_was_not_asked_for_is_told_and_not_believed(answer):
    made = repairs(missing(3, 9), LIVE)
    made.ask(0.0)
    made.answer(answer)
    invalid, gap, live = pulled(made)
    assert isinstance(invalid, Invalid)
    assert invalid.reason.startswith("answer: ")
    assert str(invalid).isprintable()
    assert (gap, live) == (Gap(MX, 1, 3, 9), 10)


def test_a_later_broker_gives_messages_of_an_epoch_before_its_own():
    made = repairs(missing(3, 4), LIVE)
    made.ask(0.0)
    made.answer(ranged(3, 4, epoch=2))
    given = pulled(made)
    assert not any(isinstance(thing, Gap | Invalid) for thing in given)
    assert made.repaired == 2


def test_an_answer_to_an_earlier_request_is_passed_over():
    made = repairs(missing(3, 4))
    made.ask(0.0)
    made.answer(ranged(3, 4, request_id=7))
    assert pulled(made) == []
    assert made.awaiting
    made.answer(ranged(3, 4))
    assert pulled(made) == [3, 4, Repaired(MX, 1, 2)]


def test_nothing_is_taken_in_that_was_not_asked_for():
    made = repairs()
    made.answer(ranged(3, 4))
    assert pulled(made) == []
    made.add([missing(3, 4)])
    made.answer(ranged(3, 4))
    assert asked(made)["first"] == 3


def test_a_message_of_the_store_is_checked_as_a_live_one_is():
    made = repairs(missing(3, 4), LIVE)
    made.ask(0.0)
    made.answer(ranged(3, 4, messages=stored(3, payload=msgpack.packb([{"qname": 5}])) + stored(4)))
    invalid, *rest = pulled(made)
    assert invalid.topic == MX
    assert rest == [4, Repaired(MX, 1, 1), 10]


def overdue(made, now, away=False):
    return made.overdue(now, "tcp://x", away=away)


def stay_mute(made):
    """No try of a request sent at 0 is answered."""
    for tried in range(1, TRIES + 1):
        assert overdue(made, ANSWER_S * (2**tried - 1))


def test_what_no_try_gets_an_answer_of_is_lost_and_not_asked_for_a_while():
    made = repairs(missing(3, 4), LIVE, missing(1, 2, A))
    made.ask(0.0)
    assert not overdue(made, ANSWER_S - 0.1)
    stay_mute(made)
    assert pulled(made) == [
        Unanswered("tcp://x", ANSWER_S),
        Unreplayed("no answer from tcp://x within 75 s"),
        Gap(MX, 1, 3, 4),
        10,
        Gap(A, 1, 1, 2),
    ]
    made.add([missing(11, 12)])
    assert pulled(made) == []
    assert asked(made, MUTE_S + PAUSE_S - 1) is None
    assert pulled(made) == [Gap(MX, 1, 11, 12)]
    made.add([missing(13, 14)])
    assert asked(made, MUTE_S + PAUSE_S)["first"] == 13


def test_a_request_goes_out_again_less_and_less_often():
    made = repairs(missing(3, 4))
    sent = [now for now in range(10) if asked(made, now * AGAIN_S)]
    assert sent == [0, 1, 3, 7]


def test_while_the_broker_is_away_no_try_counts():
    made = repairs(missing(3, 4))
    made.ask(0.0)
    for number in range(1, 3 * TRIES):
        assert overdue(made, number * ANSWER_S, away=True)
    assert pulled(made) == []
    assert made.awaiting


def test_a_pause_ends_where_the_broker_may_be_another():
    made = repairs(missing(3, 4))
    made.ask(0.0)
    stay_mute(made)
    pulled(made)
    made.resume()
    made.add([missing(5, 6)])
    assert asked(made, MUTE_S) is not None


@pytest.mark.parametrize("late", ["its answer", "another's answer", "garbage"])
def test_a_pause_ends_with_the_answer_that_came_after_all(late):
    made = repairs(missing(3, 4))
    made.ask(0.0)
    stay_mute(made)
    pulled(made)
    made.add([missing(5, 6)])
    made.answer([b"\xc1"] if late == "garbage" else ranged(3, request_id=1 if late == "its answer" else 9))
    assert (asked(made, MUTE_S) is not None) == (late == "its answer")


def test_without_an_endpoint_all_is_lost():
    made = repairs(missing(3, 4), LIVE)
    made.ask(0.0)
    made.refuse("no endpoint")
    assert pulled(made) == [Gap(MX, 1, 3, 4), 10]
    assert not made.awaiting


def test_a_replay_is_told_at_its_end_and_is_no_repair():
    made = repairs(missing(3, 4, replay=True), missing(1, 1, A, replay=True))
    made.end_replay()
    made.ask(0.0)
    made.answer(ranged(3, 4))
    assert pulled(made) == [3, 4]
    made.ask(0.0)
    made.answer(ranged(1, request_id=2, topic=A))
    assert pulled(made) == [1, Replayed(3)]


def test_a_since_comes_out_with_its_answer(make):
    since = AskSince(["nxdomain/"], 7, make.status())
    made = repairs(since)
    assert pulled(made) == []
    assert asked(made) == {"version": 1, "id": 1, "ask": "since", "topics": ["nxdomain/"], "time_ns": 7}
    header = {"version": 1, "id": 1, "epoch": 1, "answer": "since", "error": None, "topics": {MX: 5}}
    made.answer([msgpack.packb({**header, "complete": True})])
    assert pulled(made) == [since]
    assert since.answer["topics"] == {MX: 5}


@pytest.mark.parametrize("end", ["bad answer", "time-out", "no endpoint"])
def test_a_since_without_an_answer_comes_out_without(make, end):
    since = AskSince(["nxdomain/"], 7, make.status())
    made = repairs(since)
    made.ask(0.0)
    match end:
        case "bad answer":
            made.answer([b"\xc1"])
        case "time-out":
            assert overdue(made, ANSWER_S)
        case _:
            made.refuse("no endpoint")
    told, last = pulled(made)
    assert isinstance(told, Invalid if end == "bad answer" else Unreplayed)
    assert last is since
    assert since.answer is None


@given(st.lists(st.lists(st.binary(max_size=100), max_size=5), max_size=4))
def test_random_answers_only_ever_lose_what_was_missing(answers):
    made = repairs(missing(3, 9), LIVE)
    told = []
    for answer in answers:
        made.ask(0.0)
        made.answer(answer)
        told += pulled(made)
    if answers:
        assert isinstance(told[0], Invalid)
        assert told[1:] == [Gap(MX, 1, 3, 9), 10]


def right(request_id, *subscribe, replay=True):
    header = {"version": 1, "id": request_id, "epoch": 1, "answer": "rights", "error": None}
    return [
        msgpack.packb({**header, "name": "web", "subscribe": subscribe, "push": [], "replay": replay}),
    ]


def refusal(request_id):
    header = {"version": 1, "id": request_id, "epoch": 1, "answer": "error", "error": "refused"}
    return [msgpack.packb(header)]


def test_what_a_key_does_not_allow_is_neither_asked_for_nor_lost():
    made = repairs(AskRights(), missing(3, 4, topic=A), missing(5, 6))
    assert pulled(made) == []
    assert made.asks_rights
    assert asked(made) == {"version": 1, "id": 1, "ask": "rights"}
    made.answer(right(1, MX))
    (rights,) = pulled(made)
    assert rights.answer["subscribe"] == [MX]
    assert asked(made)["topic"] == MX


def test_without_the_right_to_replay_nothing_is_asked_for_and_all_is_lost():
    made = repairs(AskRights(), missing(3, 4), AskSince([MX], 5, {}), LIVE)
    pulled(made)
    asked(made)
    made.answer(right(1, "nxdomain/", replay=False))
    rights, gap, unreplayed, since, live = pulled(made)
    assert (gap, unreplayed, live) == (Gap(MX, 1, 3, 4), Unreplayed("the key does not allow it"), 10)
    assert since.answer is None
    assert rights.answer["replay"] is False


@pytest.mark.parametrize(("subscribe", "lost"), [("nxdomain/", [Gap(MX, 1, 3, 4)]), ("dns-errors/", [])])
def test_a_refusal_is_final_and_lost_only_if_the_key_still_allows_the_topic(subscribe, lost):
    made = repairs(missing(3, 4))
    pulled(made)
    asked(made)
    made.answer(refusal(1))
    assert pulled(made) == []
    assert asked(made)["ask"] == "rights"
    made.answer(right(2, subscribe))
    assert pulled(made)[1:] == lost
    assert not made


def test_a_since_that_is_refused_is_told():
    made = repairs(AskSince([MX], 5, {}))
    pulled(made)
    asked(made)
    made.answer(refusal(1))
    assert pulled(made)[0] == Unreplayed("the key does not allow it")


def test_rights_that_are_not_answered_leave_everything_as_it_is():
    made = repairs(AskRights(), missing(3, 4))
    pulled(made)
    asked(made)
    assert overdue(made, ANSWER_S)
    unreplayed, rights = pulled(made)
    assert unreplayed == Unreplayed("no answer from tcp://x within 5 s")
    assert rights.answer is None
    assert asked(made, ANSWER_S)["first"] == 3
