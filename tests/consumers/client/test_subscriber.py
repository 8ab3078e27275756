import asyncio
import logging
import threading

import pytest

from nxcast.consumers import Back, Connected, Gap, Invalid, Restart, Silent, Subscriber, UnknownLoss
from nxcast.consumers.client import session as intake

LIMIT_S = 60  # a hard time-out for anything that a test waits for
MX, A, SERVFAIL = "nxdomain/MX/", "nxdomain/A/", "dns-errors/SERVFAIL/"


def test_batches_come_in_order_and_typed(broker, subscribe, make):
    subscriber = subscribe("nxdomain/")
    broker.publish(MX, make.nxdomain(), make.nxdomain(qname="b."))
    broker.publish(A, make.nxdomain(qtype=1))
    first, second = subscriber.receive(LIMIT_S), subscriber.receive(LIMIT_S)
    assert (first.topic, first.sequence, [record["qname"] for record in first.records]) == (
        MX,
        1,
        ["gdsrr.com.", "b."],
    )
    assert (second.topic, second.epoch) == (A, 1)
    assert (subscriber.counts.messages, subscriber.counts.records) == (2, 3)


def test_status_is_subscribed_to_last(broker):
    with Subscriber("status/", "nxdomain/", SERVFAIL, broker=broker.endpoint):
        assert broker.await_subscription() == ["nxdomain/", SERVFAIL, "status/"]


def test_the_first_status_proves_the_connection_and_loses_no_batch_before_it(broker, subscribe, make):
    events = []
    subscriber = subscribe("nxdomain/", on_event=events.append)
    assert subscriber.status is None
    broker.publish(MX, make.nxdomain())
    broker.publish_status()
    assert subscriber.wait_connected(LIMIT_S) == subscriber.status
    assert subscriber.status["topics"][MX]["sequence"] == 1
    assert events == [Connected(1, "handmade 1")]
    assert subscriber.receive(0).topic == MX
    assert subscriber.wait_connected(0)["epoch"] == 1


def test_waiting_for_a_broker_that_is_not_there_ends(start_broker):
    gone = start_broker()
    gone.close()
    with Subscriber("nxdomain/", broker=gone.endpoint) as subscriber, pytest.raises(TimeoutError):
        subscriber.wait_connected(0.05)


def test_a_broker_without_statuses_fills_no_memory(broker, subscribe, make, monkeypatch):
    monkeypatch.setattr("nxcast.consumers.client.subscriber.READY_MAX", 3)
    subscriber = subscribe("nxdomain/")
    for _ in range(5):
        broker.publish(MX, make.nxdomain())
    with pytest.raises(TimeoutError, match="no status"):
        subscriber.wait_connected(LIMIT_S)


def test_iteration_ends_after_the_timeout(broker, subscribe, make):
    subscriber = subscribe("nxdomain/", timeout=0.2)
    broker.publish(MX, make.nxdomain())
    broker.publish_status()
    subscriber.wait_connected(LIMIT_S)  # so what was published before the status has come
    assert [batch.topic for batch in subscriber] == [MX]


def test_receive_raises_when_nothing_comes(subscribe):
    with pytest.raises(TimeoutError, match="nothing of nxdomain/ came in time"):
        subscribe("nxdomain/").receive(0.05)


def test_records_come_one_by_one(broker, subscribe, make):
    subscriber = subscribe("nxdomain/", timeout=0.2)
    broker.publish(MX, make.nxdomain(qname="a."), make.nxdomain(qname="b."))
    broker.publish(MX, make.nxdomain(qname="c."))
    broker.publish_status()
    subscriber.wait_connected(LIMIT_S)
    assert [record["qname"] for record in subscriber.records()] == ["a.", "b.", "c."]


def test_a_loss_is_told_before_the_batch_after_it(broker, subscribe, make):
    told = []
    subscriber = subscribe("nxdomain/", on_event=told.append)
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    broker.publish(MX, make.nxdomain(), skip=3)
    told += [subscriber.receive(LIMIT_S).sequence]
    told += [subscriber.receive(LIMIT_S).sequence]
    assert told == [Connected(1, "handmade 1"), 1, Gap(MX, 1, 2, 4), 5]
    assert subscriber.counts.lost == 3


def test_a_loss_at_the_tail_is_told_by_the_status(broker, subscribe, make):
    told = []
    subscriber = subscribe("nxdomain/", on_event=told.append)
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    broker.sequences[MX] += 2
    broker.publish_status()
    assert subscriber.receive(LIMIT_S).sequence == 1
    while len(told) < 2:
        with pytest.raises(TimeoutError):
            subscriber.receive(0.05)
    assert told == [Connected(1, "handmade 1"), Gap(MX, 1, 2, 3)]


def test_events_are_logged_by_default(broker, subscribe, make, caplog):
    caplog.set_level(logging.INFO, "nxcast.consumers")
    subscriber = subscribe("nxdomain/")
    broker.publish_status()
    broker.publish(MX, make.nxdomain(), skip=1)
    subscriber.receive(LIMIT_S)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "connected to handmade 1, epoch 1"),
        ("WARNING", "lost message 1 of nxdomain/MX/"),
    ]


def test_an_invalid_message_is_told_and_passed_over(broker, subscribe, make):
    events = []
    subscriber = subscribe("nxdomain/", on_event=events.append)
    broker.send([b"nxdomain/MX/", b"\xff", b"\x1b[2J"])
    broker.publish(MX, {"qname": 5})
    broker.publish(MX, make.nxdomain())
    assert subscriber.receive(LIMIT_S).records == [make.nxdomain()]
    assert [type(event) for event in events] == [Invalid, Invalid]
    assert subscriber.counts.invalid == 2


def test_validation_can_be_left_to_the_broker(broker, subscribe):
    subscriber = subscribe("nxdomain/", validate=False)
    broker.publish(MX, {"qname": 5})
    assert subscriber.receive(LIMIT_S).records == [{"qname": 5}]


def test_silence_and_its_end_are_told(broker, subscribe, make, monkeypatch):
    monkeypatch.setattr(intake, "SILENT_S", 0.05)
    events = []
    subscriber = subscribe("nxdomain/", on_event=events.append)
    while not events:
        with pytest.raises(TimeoutError):
            subscriber.receive(0.1)
    broker.publish(MX, make.nxdomain())
    subscriber.receive(LIMIT_S)
    assert [type(event) for event in events] == [Silent, Back]
    assert events[1].seconds >= events[0].seconds >= 0.05


def test_it_comes_back_after_a_restart_of_the_broker(start_broker, broker, subscribe, make):
    told = []
    subscriber = subscribe("nxdomain/", "dns-errors/", "malformed/", on_event=told.append)
    broker.publish(MX, make.nxdomain())
    assert subscriber.receive(LIMIT_S).epoch == 1
    broker.close()
    again = start_broker(broker.endpoint, epoch=2)
    subscriptions = []

    def lose_one_then_publish():
        subscriptions.extend(again.await_subscription())
        again.publish(MX, make.nxdomain(), skip=1)
        again.publish_status()  # which says that there is nowhere to ask

    # ZeroMQ repeats the subscriptions only while the subscriber receives: so the broker needs a thread.
    thread = threading.Thread(target=lose_one_then_publish)
    thread.start()
    batch = subscriber.receive(LIMIT_S)
    thread.join(LIMIT_S)
    assert sorted(subscriptions[:-1]) == ["dns-errors/", "malformed/", "nxdomain/"]
    assert subscriptions[-1] == "status/"
    assert (batch.epoch, batch.sequence) == (2, 2)
    assert told == [
        UnknownLoss(1, 2, "the broker has no endpoint for requests"),
        Restart(1, 2),
        Gap(MX, 2, 1, 1),
    ]
    assert (subscriber.counts.restarts, subscriber.counts.losses) == (1, (1, 1))


def test_async_iteration_gives_the_same(broker, subscribe, make):
    subscriber = subscribe("nxdomain/", timeout=0.2)

    async def collect():
        return [batch.sequence async for batch in subscriber]

    for _ in range(200):
        broker.publish(MX, make.nxdomain())
    broker.publish_status()
    subscriber.wait_connected(LIMIT_S)
    assert asyncio.run(asyncio.wait_for(collect(), LIMIT_S)) == list(range(1, 201))


def test_async_records_and_other_tasks_take_turns(broker, subscribe, make):
    subscriber = subscribe("nxdomain/")
    names = []

    async def collect():
        async for record in subscriber.records():
            names.append(record["qname"])
            if len(names) == 3:
                return
            # The next message goes out only once this task waits, and another one runs.
            asyncio.get_running_loop().call_soon(broker.publish, MX, make.nxdomain(qname=f"{len(names)}."))

    broker.publish(MX, make.nxdomain(qname="0."))
    asyncio.run(asyncio.wait_for(collect(), LIMIT_S))
    assert names == ["0.", "1.", "2."]


def test_a_flood_does_not_starve_the_event_loop(broker, subscribe, make):
    subscriber = subscribe("nxdomain/")
    for _ in range(300):
        broker.publish(MX, make.nxdomain())

    async def run():
        seen = 0
        stop = asyncio.Event()
        asyncio.get_running_loop().call_soon(stop.set)
        async for _ in subscriber:
            seen += 1
            if stop.is_set():
                return seen
        return None

    assert asyncio.run(asyncio.wait_for(run(), LIMIT_S)) < 300


def test_async_waiting_can_be_cancelled(subscribe):
    subscriber = subscribe("nxdomain/")

    async def run():
        task = asyncio.ensure_future(anext(aiter(subscriber.records())))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_a_message_wakes_a_waiting_task(broker, subscribe, make):
    subscriber = subscribe("nxdomain/")

    async def run():
        task = asyncio.ensure_future(anext(aiter(subscriber)))
        await asyncio.sleep(0)
        thread = threading.Thread(target=broker.publish, args=(MX, make.nxdomain()))
        thread.start()
        batch = await asyncio.wait_for(task, LIMIT_S)
        thread.join()
        return batch.topic

    assert asyncio.run(run()) == MX


@pytest.mark.parametrize("topics", [(), ("nxdomain",), ("nxdomain/", "dns-errors/servfail/")])
def test_wrong_topics_are_refused(topics):
    with pytest.raises(ValueError, match="topic"):
        Subscriber(*topics)


@pytest.mark.parametrize("endpoint", ["", "127.0.0.1:5556", "tcp://", "tcp://127.0.0.1"])
def test_wrong_endpoints_are_refused(endpoint):
    with pytest.raises(ValueError, match=r": .*; write it as tcp://HOST:PORT"):
        Subscriber("nxdomain/", broker=endpoint)


def test_a_closed_subscriber_says_so(subscribe):
    subscriber = subscribe("nxdomain/")
    subscriber.close()
    subscriber.close()
    with pytest.raises(RuntimeError, match="closed"):
        subscriber.receive(0)
