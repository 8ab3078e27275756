"""A subscriber and the broker's store: what is missing comes in its place, from a moment, from a cursor."""

import asyncio
import json
import sys
import threading
import time
from datetime import UTC, datetime

import pytest

from nxcast.consumers import (
    Connected,
    Gap,
    Invalid,
    Repaired,
    Replayed,
    Restart,
    Silent,
    Subscriber,
    Unanswered,
    UnknownLoss,
    Unreplayed,
)
from nxcast.consumers.client import reception, repair, subscriber
from nxcast.consumers.client import session as intake
from nxcast.process.ending import ProgramError

LIMIT_S = 60  # a hard time-out for anything that a test waits for
MX, A = "nxdomain/MX/", "nxdomain/A/"
CONNECTED = Connected(1, "handmade 1")
AFTER_EPOCH_1 = UnknownLoss(1, 2, "the broker has no log of earlier epochs")
NOW_NS = 1_700_000_000_000_000_000  # of the hand-made status


@pytest.fixture
def replay(broker):
    return broker.answer_requests()


@pytest.fixture
def subscribe(subscribe):
    """Events and batches go to `told`, in order."""

    def start(*topics, **keywords):
        told = []
        made = subscribe(
            *(topics or ("nxdomain/",)), **{"timeout": None, "on_event": told.append, **keywords}
        )
        made.told = told
        return made

    return start


def receive(made, count):
    """So many batches, as (topic, sequence), among the events."""
    for _ in range(count):
        batch = made.receive(LIMIT_S)
        made.told.append((batch.topic, batch.sequence))
    return made.told


def drain(made, quiet=1.0):
    """All that comes until nothing is asked for any more, and it is quiet for a while."""
    while True:
        try:
            batch = made.receive(quiet)
        except TimeoutError:
            if made.status is not None and not made._reception.asking:
                return made.told
        else:
            made.told.append((batch.topic, batch.sequence))


def numbered(topic, *sequences):
    return [(topic, sequence) for sequence in sequences]


@pytest.mark.usefixtures("replay")
def test_what_is_missing_comes_in_its_place(broker, subscribe, make):
    made = subscribe()
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    broker.publish(MX, make.nxdomain(qname="b."), skip=3)
    assert receive(made, 5) == [
        CONNECTED,
        *numbered(MX, 1, 2, 3, 4),
        Repaired(MX, 1, 3),
        (MX, 5),
    ]
    assert (made.counts.repaired, made.counts.lost, made.counts.gaps, made.counts.messages) == (3, 0, 0, 5)


def test_a_stretch_of_many_answers_is_asked_for_one_by_one(broker, replay, subscribe, make):
    broker.at_once = 4
    made = subscribe()
    broker.publish_status()
    broker.publish(MX, make.nxdomain(), skip=10)
    assert receive(made, 11) == [CONNECTED, *numbered(MX, *range(1, 11)), Repaired(MX, 1, 10), (MX, 11)]
    assert [request["first"] for request in replay.requests] == [1, 5, 9]


@pytest.mark.usefixtures("replay")
def test_a_loss_at_the_tail_is_repaired_too(broker, subscribe, make):
    made = subscribe()
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    broker.lose(MX, make.nxdomain())
    broker.lose(A, make.nxdomain())
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    assert receive(made, 4) == [
        CONNECTED,
        *numbered(MX, 1, 2),
        Repaired(MX, 1, 1),
        (A, 1),
        Repaired(A, 1, 1),
        (MX, 3),
    ]


@pytest.mark.usefixtures("replay")
def test_what_a_new_broker_published_before_this_side_was_back_is_repaired(broker, subscribe, make):
    made = subscribe()
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    receive(made, 1)
    broker.restart()
    broker.publish(MX, make.nxdomain(), skip=2)
    assert receive(made, 3)[2:] == [
        AFTER_EPOCH_1,
        Restart(1, 2),
        *numbered(MX, 1, 2),
        Repaired(MX, 2, 2),
        (MX, 3),
    ]


@pytest.mark.usefixtures("replay")
def test_only_what_the_store_has_no_more_is_lost(broker, subscribe, make):
    made = subscribe()
    broker.publish_status()
    broker.oldest = 3
    broker.publish(MX, make.nxdomain(), skip=4)
    assert receive(made, 3) == [CONNECTED, Gap(MX, 1, 1, 2), *numbered(MX, 3, 4), Repaired(MX, 1, 2), (MX, 5)]
    assert (made.counts.repaired, made.counts.lost) == (2, 2)


@pytest.mark.parametrize("replaying", [False, None])
def test_without_a_third_socket_all_is_as_it_was(broker, subscribe, make, replaying):
    made = subscribe(replay=replaying)
    broker.publish_status()
    broker.publish(MX, make.nxdomain(), skip=1)
    assert receive(made, 1) == [CONNECTED, Gap(MX, 1, 1, 1), (MX, 2)]


def test_an_endpoint_can_be_named(broker, replay, subscribe, make):
    made = subscribe(replay=replay.endpoint)
    broker.publish_status(replay=None)
    broker.publish(MX, make.nxdomain(), skip=1)
    assert receive(made, 2) == [CONNECTED, (MX, 1), Repaired(MX, 1, 1), (MX, 2)]


def test_a_wrong_endpoint_is_refused(broker):
    with pytest.raises(ValueError, match=r"^tcp://nowhere: invalid argument; "):
        Subscriber("nxdomain/", broker=broker.endpoint, replay="tcp://nowhere")


def test_one_that_does_not_answer_costs_one_wait(broker, replay, subscribe, make, monkeypatch):
    monkeypatch.setattr(repair, "ANSWER_S", 0.02)
    replay.answer = lambda _: None
    made = subscribe()
    broker.publish_status()
    broker.publish(MX, make.nxdomain(), skip=1)
    broker.publish(A, make.nxdomain(), skip=1)
    assert receive(made, 2) == [
        CONNECTED,
        Unanswered(replay.endpoint, 0.02),
        Unreplayed(f"no answer from {replay.endpoint} within 75 s"),
        Gap(MX, 1, 1, 1),
        (MX, 2),
        Gap(A, 1, 1, 1),
        (A, 2),
    ]
    assert {request["topic"] for request in replay.requests} <= {MX}


def test_a_lost_answer_is_asked_for_again(broker, replay, subscribe, make, monkeypatch):
    monkeypatch.setattr(repair, "AGAIN_S", 0.05)
    replay.answer = lambda request: replay.honest(request) if len(replay.requests) > 1 else None
    made = subscribe()
    broker.publish_status()
    broker.publish(MX, make.nxdomain(), skip=1)
    assert receive(made, 2) == [CONNECTED, (MX, 1), Repaired(MX, 1, 1), (MX, 2)]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda *_: [b"\xff" * 9], id="garbage"),
        pytest.param(lambda replay, request: replay.honest(request, topic=A), id="another topic"),
        pytest.param(lambda replay, request: replay.honest({**request, "first": 1}, first=2), id="sequences"),
    ],
)
def test_a_broken_answer_is_counted_and_not_believed(broker, replay, subscribe, make, answer):
    replay.answer = lambda request: answer(replay, request)
    made = subscribe()
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    broker.publish(MX, make.nxdomain(), skip=2)
    told = receive(made, 2)
    assert told[:2] + told[3:] == [CONNECTED, (MX, 1), Gap(MX, 1, 2, 3), (MX, 4)]
    assert isinstance(told[2], Invalid)
    assert made.counts.invalid == 1


def test_an_answer_too_large_for_the_transport_is_lost_and_the_next_is_taken(
    broker, replay, subscribe, make, monkeypatch
):
    monkeypatch.setattr(repair, "ANSWER_S", 0.2)
    monkeypatch.setattr(repair, "PAUSE_S", 0.0)
    replay.answer = lambda request: replay.honest(request) if request["topic"] == A else [b"", bytes(2 << 20)]
    made = subscribe()
    broker.publish_status()
    broker.publish(MX, make.nxdomain(), skip=1)
    broker.publish(A, make.nxdomain(), skip=1)
    told = [each for each in receive(made, 3) if not isinstance(each, Unanswered | Unreplayed)]
    assert told == [CONNECTED, Gap(MX, 1, 1, 1), (MX, 2), (A, 1), Repaired(A, 1, 1), (A, 2)]


@pytest.mark.usefixtures("replay")
def test_a_message_of_the_store_is_checked_as_a_live_one_is(broker, subscribe, make):
    made = subscribe()
    broker.publish_status()
    broker.lose(MX, {"qname": 5})
    broker.publish(MX, make.nxdomain())
    told = receive(made, 1)
    assert isinstance(told[1], Invalid)
    assert told[2:] == [(MX, 2)]


def test_async_repairs_the_same_and_other_tasks_go_on(broker, replay, subscribe, make):
    made = subscribe()
    asked = threading.Event()
    go_on = threading.Event()

    def answer(request):
        asked.set()
        assert go_on.wait(LIMIT_S)
        return replay.honest(request)

    replay.answer = answer
    broker.publish_status()
    broker.publish(MX, make.nxdomain(), skip=3)

    async def let_go():
        while not asked.is_set():
            await asyncio.sleep(0.01)
        go_on.set()  # so the loop runs while the answer is awaited

    async def run():
        other = asyncio.ensure_future(let_go())
        sequences = []
        async for batch in made:
            sequences.append(batch.sequence)
            if len(sequences) == 4:
                break
        await other
        return sequences

    assert asyncio.run(asyncio.wait_for(run(), LIMIT_S)) == [1, 2, 3, 4]
    assert made.told == [CONNECTED, Repaired(MX, 1, 3)]


@pytest.mark.usefixtures("replay")
def test_a_flood_from_the_store_does_not_starve_the_event_loop(broker, subscribe, make):
    made = subscribe()
    broker.publish_status()
    broker.publish(MX, make.nxdomain(), skip=300)

    async def run():
        seen = 0
        stop = asyncio.Event()
        async for _ in made:
            asyncio.get_running_loop().call_soon(stop.set)
            seen += 1
            if stop.is_set():
                return seen
        return None

    assert asyncio.run(asyncio.wait_for(run(), LIMIT_S)) < 300


@pytest.mark.usefixtures("replay")
def test_since_begins_with_what_was_published_then_without_a_seam(broker, subscribe, make):
    for second in range(10):
        broker.lose(MX, make.nxdomain(), time_ns=NOW_NS - (10 - second) * 10**9)
    made = subscribe(since=3.5)
    broker.publish(MX, make.nxdomain(), time_ns=NOW_NS)  # is in the store as well
    broker.publish_status()
    broker.publish(MX, make.nxdomain(), time_ns=NOW_NS)
    assert drain(made) == [CONNECTED, *numbered(MX, 8, 9, 10, 11), Replayed(4), (MX, 12)]
    assert (made.counts.replayed, made.counts.repaired, made.counts.messages) == (4, 0, 5)


@pytest.mark.usefixtures("replay")
def test_since_may_be_a_time(broker, subscribe, make):
    for second in range(3):
        broker.lose(MX, make.nxdomain(), time_ns=NOW_NS + second * 10**9)
    made = subscribe(since=datetime.fromtimestamp(NOW_NS // 10**9 + 1, UTC))
    broker.publish_status()
    assert drain(made) == [CONNECTED, *numbered(MX, 2, 3), Replayed(2)]


def test_since_tells_where_the_store_does_not_reach_back(broker, replay, subscribe, make):
    broker.lose(MX, make.nxdomain(), time_ns=NOW_NS)
    replay.answer = lambda request: (
        replay.honest(request, complete=False) if request["ask"] == "since" else replay.honest(request)
    )
    made = subscribe(since=3600)
    broker.publish_status()
    assert drain(made) == [
        Unreplayed("not all since 2023-11-14 21:13:20 UTC is kept by the broker"),
        CONNECTED,
        (MX, 1),
        Replayed(1),
    ]


def test_since_without_a_third_socket_begins_now(broker, subscribe, make):
    broker.lose(MX, make.nxdomain())
    made = subscribe(since=60)
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    assert drain(made) == [
        Unreplayed("the broker has no endpoint for requests"),
        CONNECTED,
        Replayed(0),
        (MX, 2),
    ]


def test_since_of_a_broker_restarted_meanwhile_asks_the_new_one(broker, replay, subscribe, make):
    made = subscribe(since=60)
    broker.publish_status(epoch=1)
    replay.answer = lambda request: replay.honest(request, epoch=2) if len(replay.requests) == 1 else None
    asked = False
    while not asked:
        asked = bool(replay.requests)
        with pytest.raises(TimeoutError):
            made.receive(0.1)
    replay.answer = replay.honest
    broker.restart()
    broker.lose(MX, make.nxdomain(), time_ns=NOW_NS)
    broker.publish_status()
    assert drain(made) == [Connected(2, "handmade 1"), (MX, 1), Replayed(1)]


@pytest.mark.usefixtures("replay")
def test_since_may_be_before_all_times(broker, subscribe, make):
    broker.lose(MX, make.nxdomain())
    made = subscribe(since=sys.float_info.max)
    broker.publish_status()
    assert drain(made) == [CONNECTED, (MX, 1), Replayed(1)]


@pytest.mark.parametrize("since", [-1, float("nan"), float("inf"), datetime(2026, 1, 1)])
def test_a_wrong_beginning_is_refused(broker, since):
    with pytest.raises(ValueError, match=r"a time to begin at needs its zone|no seconds to go back"):
        Subscriber("nxdomain/", broker=broker.endpoint, since=since)


@pytest.mark.usefixtures("replay")
def test_a_cursor_goes_on_where_the_run_before_was_done(broker, subscribe, make, tmp_path):
    cursor = tmp_path / "cursor.json"
    made = subscribe(cursor=cursor)
    broker.lose(A, make.nxdomain())
    broker.publish_status()
    for _ in range(3):
        broker.publish(MX, make.nxdomain())
    receive(made, 3)
    made.close()  # the third is not done with
    assert json.loads(cursor.read_text()) == {
        "version": 1,
        "subscribed": ["nxdomain/"],
        "epoch": 1,
        "topics": {A: 1, MX: 2},
    }
    broker.lose(A, make.nxdomain())
    broker.lose("nxdomain/NS/", make.nxdomain())
    again = subscribe(cursor=cursor)
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    told = drain(again)
    assert told[0] == CONNECTED
    assert sorted(told[1:4]) == [(A, 2), (MX, 3), ("nxdomain/NS/", 1)]
    assert told[4:] == [Replayed(3), (MX, 4)]
    assert again.counts.lost == 0


def test_a_cursor_is_let_go_of_where_nothing_can_be_read(subscribe, tmp_path, monkeypatch):
    def missing(*_, **__):
        raise ProgramError("nats:// needs nats-py")

    monkeypatch.setattr(subscriber, "over_stream", missing)
    cursor = tmp_path / "cursor.json"
    with pytest.raises(ProgramError, match="nats-py") as kept:
        Subscriber("nxdomain/", broker="nats://127.0.0.1:4222", cursor=cursor)
    subscribe(cursor=cursor).close()
    assert kept.tb  # which may have had what was begun live on, and with it the lock


@pytest.mark.usefixtures("replay")
def test_a_cursor_of_an_earlier_broker_begins_at_the_new_ones_first(broker, subscribe, make, tmp_path):
    cursor = tmp_path / "cursor.json"
    made = subscribe(cursor=cursor, since=60)
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    drain(made)
    made.close()
    broker.restart()
    broker.lose(MX, make.nxdomain())
    broker.lose(MX, make.nxdomain())
    again = subscribe(cursor=cursor, since=0)
    broker.publish_status()
    assert drain(again) == [
        Connected(2, "handmade 1"),
        AFTER_EPOCH_1,
        Restart(1, 2),
        *numbered(MX, 1, 2),
        Replayed(2),
    ]
    assert (again.counts.lost, again.counts.losses) == (None, (0, 1))


def test_a_cursor_passes_what_is_lost_for_good(broker, subscribe, make, tmp_path):
    cursor = tmp_path / "cursor.json"
    made = subscribe(cursor=cursor)
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    broker.lose(MX, make.nxdomain())
    broker.publish_status()
    drain(made)
    made.close()
    assert json.loads(cursor.read_text())["topics"] == {MX: 2}


def test_a_cursor_without_autocommit_waits_for_the_word(broker, subscribe, make, tmp_path):
    cursor = tmp_path / "cursor.json"
    made = subscribe(cursor=cursor, autocommit=False)
    broker.publish_status()
    for _ in range(4):
        broker.publish(MX, make.nxdomain())
    receive(made, 2)
    made.commit()
    receive(made, 2)
    made.close()
    assert json.loads(cursor.read_text())["topics"] == {MX: 2}


@pytest.mark.parametrize("autocommit", [True, False])
def test_where_it_began_is_saved_at_once(broker, subscribe, make, tmp_path, autocommit):
    cursor = tmp_path / "cursor.json"
    made = subscribe(cursor=cursor, autocommit=autocommit)
    broker.lose(MX, make.nxdomain())
    broker.publish_status()
    made.wait_connected(LIMIT_S)
    with pytest.raises(TimeoutError):
        made.receive(0)
    assert json.loads(cursor.read_text())["topics"] == {MX: 1}


def test_a_commit_can_leave_out_the_last(broker, subscribe, make, tmp_path):
    cursor = tmp_path / "cursor.json"
    made = subscribe(cursor=cursor, autocommit=False)
    broker.publish_status()
    for _ in range(4):
        broker.publish(MX, make.nxdomain())
    receive(made, 3)
    made.commit(but_last=True)
    made.close()
    assert json.loads(cursor.read_text())["topics"] == {MX: 2}


def test_nothing_is_saved_before_the_first_status(broker, subscribe, make, tmp_path):
    made = subscribe(cursor=tmp_path / "cursor.json")
    broker.publish(MX, make.nxdomain())
    receive(made, 1)
    made.close()
    assert not (tmp_path / "cursor.json").exists()


def test_a_silent_connection_is_made_anew(subscribe, broker, make, monkeypatch):
    """libzmq gives up for good on a peer that sends a part over MAXMSGSIZE."""
    monkeypatch.setattr(intake, "SILENT_S", 0.05)
    monkeypatch.setattr(reception, "RENEW_S", 0.05)
    monkeypatch.setattr(subscriber, "WAIT_MAX_S", 0.05)
    made = subscribe()
    broker.send([MX.encode(), bytes(2 << 20), b""])
    seen = threading.Event()

    def be_repaired():
        broker.await_subscription()  # that of the connection made anew
        while not seen.wait(0.01):  # which may have been made anew again before one comes
            broker.publish(MX, make.nxdomain())

    thread = threading.Thread(target=be_repaired)
    thread.start()
    assert made.receive(LIMIT_S).topic == MX
    seen.set()
    thread.join(LIMIT_S)
    assert isinstance(made.told[0], Silent)


def test_while_the_broker_is_away_its_answer_is_waited_for(
    start_broker, broker, subscribe, make, monkeypatch
):
    """It is killed while it is asked, and the next one has what is missing."""
    monkeypatch.setattr(repair, "AGAIN_S", 0.05)
    monkeypatch.setattr(repair, "ANSWER_S", 0.2)
    replay = broker.answer_requests()
    replay.answer = lambda _: None
    made = subscribe()

    def told():
        """But for one try, the first, that a busy machine may end before the broker is gone."""
        tries = [each for each in made.told if isinstance(each, Unanswered)]
        assert len(tries) <= 1
        return [each for each in made.told if each not in tries]

    broker.publish_status()
    broker.publish(MX, make.nxdomain(), skip=1)
    kept = broker.kept()
    until = time.monotonic() + LIMIT_S
    while not replay.requests:
        with pytest.raises(TimeoutError):
            made.receive(0.01)
        assert time.monotonic() < until
    broker.close()
    with pytest.raises(TimeoutError):
        made.receive(5 * repair.ANSWER_S)
    assert told() == [CONNECTED]
    again = start_broker(broker.endpoint)
    again.keep(kept)
    again.answer_requests(replay.endpoint)
    receive(made, 2)
    assert told() == [CONNECTED, (MX, 1), Repaired(MX, 1, 1), (MX, 2)]
