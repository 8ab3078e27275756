"""A position by value: a text, and where a subscriber goes on."""

import json

import pytest

from nxcast.consumers import Gap, Position, Replayed, Subscriber
from nxcast.consumers.client import session

LIMIT_S = 60
MX, A = "nxdomain/MX/", "nxdomain/A/"
AT = Position(2**64 - 1, {MX: 3, A: 0}, ("nxdomain/",))


def taken(subscriber, count):
    return [(batch.topic, batch.sequence) for batch in (subscriber.receive(LIMIT_S) for _ in range(count))]


def test_a_text_gives_the_same_again():
    assert Position.parse(AT.text()) == AT
    assert Position.parse(AT.text().encode()) == AT
    assert AT.text().isprintable()


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, " " * 2**21, AT.text().replace("3", "-3")])
def test_another_text_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        Position.parse(text)


def test_another_subscriber_goes_on_where_the_position_was(broker, subscribe, make):
    replay = broker.answer_requests()
    first = subscribe("nxdomain/")
    assert first.position is None
    broker.lose(A, make.nxdomain())
    broker.publish_status()
    first.wait_connected(LIMIT_S)
    for _ in range(4):
        broker.publish(MX, make.nxdomain())
    positions = [first.position]
    for _ in range(4):
        first.receive(LIMIT_S)
        positions.append(first.position)
    assert positions == [
        Position(1, {A: 1}, ("nxdomain/",)),
        *(Position(1, {A: 1, MX: number}, ("nxdomain/",)) for number in range(1, 5)),
    ]
    first.close()
    told = []
    again = subscribe(
        "nxdomain/", position=Position.parse(positions[1].text()), since=0, on_event=told.append
    )
    broker.publish_status()
    assert taken(again, 3) == [(MX, 2), (MX, 3), (MX, 4)]
    with pytest.raises(TimeoutError):
        again.receive(0)
    assert told[1:] == [Replayed(3)]
    assert replay.requests[-1]["first"] == 2


def test_a_position_goes_before_the_cursor_which_is_written_all_the_same(broker, subscribe, make, tmp_path):
    broker.answer_requests()
    cursor = tmp_path / "cursor.json"
    cursor.write_text(Position(1, {MX: 1}, ("nxdomain/",)).text())
    for _ in range(3):
        broker.lose(MX, make.nxdomain())
    made = subscribe("nxdomain/", cursor=cursor, position=Position(1, {MX: 2}))
    broker.publish_status()
    assert taken(made, 1) == [(MX, 3)]
    made.close()
    assert json.loads(cursor.read_text())["topics"] == {MX: 2}  # the last one was still in hand


def test_a_position_of_other_topics_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"position is the cursor of nxdomain/, not of dns-errors/"):
        Subscriber("dns-errors/", position=AT, cursor=tmp_path / "cursor.json")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_in_the_midst_of_a_message_does_not_pass_it(
    broker, subscribe, make, tmp_path, monkeypatch
):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    cursor = tmp_path / "cursor.json"
    replay = broker.answer_requests()
    first = subscribe("nxdomain/", cursor=cursor)
    broker.publish_status()
    first.wait_connected(LIMIT_S)
    broker.publish(MX, make.nxdomain())
    assert taken(first, 1) == [(MX, 1)]
    before = first.position
    with monkeypatch.context() as patched:
        patched.setattr(session, "packed", interrupted)
        broker.publish(MX, make.nxdomain())
        with pytest.raises(KeyboardInterrupt):
            first.receive(LIMIT_S)
    assert before is not None
    assert first.position is None
    with pytest.raises(RuntimeError, match="interrupted while it took a message in: make another one"):
        first.receive(LIMIT_S)
    first.close()
    again = subscribe("nxdomain/", cursor=cursor)
    broker.publish_status()
    assert taken(again, 2) == [(MX, 1), (MX, 2)]
    assert replay.requests[-1]["first"] == 1


@pytest.mark.parametrize(("error", "goes_on"), [(KeyboardInterrupt, False), (ZeroDivisionError, True)])
def test_a_loss_that_could_not_be_told_is_not_passed(broker, subscribe, make, tmp_path, error, goes_on):
    told = []

    def tell(event):
        if isinstance(event, Gap):
            told.append(event)
            if len(told) == 1:
                raise error

    cursor = tmp_path / "cursor.json"
    made = subscribe("nxdomain/", cursor=cursor, replay=False, on_event=tell)
    broker.publish_status()
    made.wait_connected(LIMIT_S)
    broker.publish(MX, make.nxdomain())
    broker.publish(A, make.nxdomain())
    assert taken(made, 2) == [(MX, 1), (A, 1)]
    made.commit()
    for topic in (MX, A):
        broker.lose(topic, make.nxdomain())
    broker.publish_status()
    with pytest.raises(error):
        made.receive(LIMIT_S)
    if goes_on:
        broker.publish(MX, make.nxdomain())
        assert taken(made, 1) == [(MX, 3)]
        assert {each.topic for each in told} == {MX, A}
    made.close()
    assert json.loads(cursor.read_text())["topics"] == {MX: 2 if goes_on else 1, A: 2 if goes_on else 1}
