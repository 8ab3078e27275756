"""What is held against one another of the brokers of a stream."""

from nxcast.consumers.doctor.finding import Verdict
from nxcast.consumers.doctor.stream_examination import BROKERS_MAX, StatusPairs, of_broker
from tests.schemas.examples import STATUS

SECOND_NS = 1_000_000_000


def _status(epoch, second):
    return {**STATUS, "epoch": epoch, "time_ns": second * SECOND_NS}


def test_each_broker_is_held_against_itself():
    pairs = StatusPairs()
    for status in (_status(2, 10), _status(1, 90), _status(2, 11)):
        pairs.put(status)
    assert not pairs.complete
    pairs.put(_status(1, 91))
    assert pairs.complete
    assert [(earlier["time_ns"], later["time_ns"]) for earlier, later in pairs] == [
        (90 * SECOND_NS, 91 * SECOND_NS),
        (10 * SECOND_NS, 11 * SECOND_NS),
    ]


def test_a_broker_that_sent_one_status_has_no_account():
    alone = _status(1, 90)
    *_, last = of_broker(alone, alone, 90 * SECOND_NS)
    assert (last.check, last.verdict) == ("frames", Verdict.WRONG)
    assert "the broker of epoch 1 sent no second status" in last.text
    checks = [finding.check for finding in of_broker(alone, _status(1, 91), 91 * SECOND_NS)]
    assert {"broker", "frames", "channels"} <= set(checks)


def test_what_many_brokers_tell_is_bounded():
    pairs = StatusPairs()
    for epoch in range(BROKERS_MAX + 5):
        pairs.put(_status(epoch, 1))
    assert len(list(pairs)) == BROKERS_MAX
