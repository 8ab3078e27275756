import pytest

from nxcast.consumers import Gap
from nxcast.consumers.client.gap_detection import EpochEnd, Ledger
from nxcast.consumers.client.position import TOPICS_MAX, Position

A, MX, SERVFAIL = "nxdomain/A/", "nxdomain/MX/", "dns-errors/SERVFAIL/"


def end(epoch, next_epoch, **topics):
    """The end of an epoch of which no status had come."""
    return EpochEnd(Position(epoch, {{"a": A, "mx": MX}[k]: n for k, n in topics.items()}), False, next_epoch)


def m(topic, sequence, epoch=1):
    return (topic, epoch, sequence)


def s(epoch=1, **topics):
    return (
        epoch,
        {{"a": A, "mx": MX, "servfail": SERVFAIL, "status": "status/"}[k]: n for k, n in topics.items()},
    )


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([m(A, 1), m(A, 2), m(A, 3)], [], id="nothing is lost"),
        pytest.param([m(A, 1), m(A, 5)], [Gap(A, 1, 2, 4)], id="loss in the middle"),
        pytest.param([m(A, 1), s(a=1), s(a=3)], [Gap(A, 1, 2, 3)], id="loss at the tail"),
        pytest.param([m(A, 1), s(a=3), s(a=3), m(A, 4)], [Gap(A, 1, 2, 3)], id="told once"),
        pytest.param([s(a=7), m(A, 8)], [], id="joined late, status first"),
        pytest.param([m(A, 8), m(A, 9)], [], id="joined late, message first"),
        pytest.param([m(A, 8), s(a=8, mx=3), m(MX, 4)], [], id="first status begins the other topics"),
        pytest.param([s(a=7), m(A, 10)], [Gap(A, 1, 8, 9)], id="loss right after the first status"),
        pytest.param([m(A, 8), s(a=9)], [Gap(A, 1, 9, 9)], id="loss before the first status"),
        pytest.param([s(a=7), m(MX, 1)], [], id="new topic begins at 1"),
        pytest.param([s(a=7), m(MX, 3)], [Gap(MX, 1, 1, 2)], id="new topic, its beginning lost"),
        pytest.param([s(a=7), s(a=7, mx=2)], [Gap(MX, 1, 1, 2)], id="new topic, all of it lost"),
        pytest.param([m(A, 1), m(MX, 1), m(A, 2), m(MX, 3)], [Gap(MX, 1, 2, 2)], id="topics apart"),
        pytest.param([m(A, 9), m(A, 1, 2)], [end(1, 2, a=9)], id="restart"),
        pytest.param([m(A, 9, 2), m(A, 1, 1)], [end(2, 1, a=9)], id="restart to a lower epoch"),
        pytest.param([m(A, 9), m(A, 3, 2)], [end(1, 2, a=9), Gap(A, 2, 1, 2)], id="restart and loss"),
        pytest.param([m(A, 9), s(2)], [end(1, 2, a=9)], id="restart told by status"),
        pytest.param([m(A, 9), s(2, a=4), m(A, 5, 2)], [end(1, 2, a=9), Gap(A, 2, 1, 4)], id="and loss"),
        pytest.param([m(A, 9), m(A, 1, 2), s(2, mx=2)], [end(1, 2, a=9), Gap(MX, 2, 1, 2)], id="quiet"),
        pytest.param([s(), s(servfail=5)], [], id="not subscribed to"),
        pytest.param([s(status=4), s(status=9)], [], id="status/ counts itself"),
        pytest.param([s(a=3), s(a=2), m(A, 4)], [], id="a status that lags"),
    ],
)
def test_what_is_missing(steps, expected):
    ledger = Ledger(["nxdomain/", "status/"])
    found = []
    for step in steps:
        if len(step) == 3:
            found += ledger.message(*step)
        else:
            epoch, topics = step
            found += ledger.status(
                {"epoch": epoch, "topics": {t: {"sequence": n, "records": 0} for t, n in topics.items()}}
            )
    assert found == expected


def test_what_is_missed_is_what_was_wanted_and_may_be_had_but_no_status():
    ledger = Ledger(["nxdomain/", "status/"])
    ledger.allowed = (A, "status/")
    assert [topic for topic in (A, MX, SERVFAIL, "status/") if ledger.misses(topic)] == [A]


def test_an_epoch_ends_where_its_topics_were_and_is_whole_after_a_status(make):
    ledger = Ledger(["nxdomain/"])
    ledger.message(A, 1, 7)
    assert ledger.message(A, 2, 1) == [EpochEnd(Position(1, {A: 7}), False, 2)]
    ledger.status(make.status(2, {A: 3, MX: 1}))
    assert ledger.status(make.status(5, {})) == [EpochEnd(Position(2, {A: 3, MX: 1}), True, 5)]


def test_sequences_already_passed_are_counted_and_are_no_gap():
    ledger = Ledger([A])
    sequences = [5, 5, 4, 6]
    assert [found for n in sequences for found in ledger.message(A, 1, n)] == []
    assert ledger.repeated == 2


def test_a_gap_tells_how_many_and_which():
    assert Gap(A, 1, 2, 4).lost == 3
    assert str(Gap(A, 1, 2, 4)) == "lost messages 2 to 4 of nxdomain/A/"
    assert str(Gap(A, 1, 2, 2)) == "lost message 2 of nxdomain/A/"


def test_topics_beyond_the_bound_are_not_accounted_for():
    ledger = Ledger(["nxdomain/"])
    ledger.message(A, 1, 1)
    ledger.status({"epoch": 1, "topics": {}})
    many = {f"nxdomain/T{n}/": {"sequence": 1, "records": 1} for n in range(2 * TOPICS_MAX)}
    assert len(ledger.status({"epoch": 1, "topics": many})) == TOPICS_MAX - 1
    assert ledger.message("nxdomain/ANOTHER/", 1, 9) == []
    assert ledger.message(A, 1, 3) == [Gap(A, 1, 2, 2)]


def test_what_is_published_on_a_topic_that_is_not_allowed_is_not_missed_until_it_is(make):
    ledger = Ledger(["nxdomain/"])
    ledger.status(make.status(1, {A: 1, MX: 1}))
    ledger.allowed = (A,)
    assert ledger.status(make.status(1, {A: 2, MX: 9})) == [Gap(A, 1, 2, 2)]
    ledger.allowed = ("nxdomain/",)
    assert ledger.status(make.status(1, {A: 2, MX: 11})) == [Gap(MX, 1, 10, 11)]
