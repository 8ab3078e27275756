"""What an operator is told: when it begins, once a minute, and not what comes late."""

from __future__ import annotations

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.intake import QUEUE_FULL
from nxcast.broker.ledger import Ledger
from nxcast.broker.notices import AGAIN_NS, LOOK_NS, SENSORS_TOLD, Notice, Notices
from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.records import Status
from tests.schemas.examples import STATUS

START_NS = 10**18


class _Broker:
    """Notices of a ledger, looked at each second."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.arrivals = Arrivals()
        self.notices = Notices()
        self.now_ns = START_NS
        self.refused: dict[str, int] = {}
        self.cut: dict[str, int] = {}
        self.cuts: list[tuple[str, str]] = []
        self.waits = 0

    def hear(self, *sequences: int, sensor: str = "ns1") -> None:
        for sequence in sequences:
            header: BatchHeader = {"sensor": sensor, "epoch": 1, "sequence": sequence, "count": 0}
            self.ledger.batch(header, self.arrivals.take(header), self.now_ns)

    def look(self, later_ns: int = LOOK_NS) -> list[str]:
        """The lines of a look that much later."""
        return [notice.text for notice in self.look_closely(later_ns)]

    def look_closely(self, later_ns: int = LOOK_NS) -> list[Notice]:
        self.now_ns += later_ns
        status: Status = {
            **STATUS,
            "time_ns": self.now_ns,
            "counters": self.ledger.counters(),
            "sensors": self.ledger.sensors(),
            "senders_refused": self.refused,
            "connections_cut": self.cut,
        }
        losses, malformed = self.notices.look(status, self.cuts, self.waits)
        return losses + malformed


def test_nothing_is_told_where_nothing_is_wrong() -> None:
    broker = _Broker()
    broker.hear(1, 2, 3)
    assert broker.look() == broker.look() == []


def test_lost_batches_are_told_by_sensor_once_they_are_missing_for_a_second() -> None:
    broker = _Broker()
    broker.hear(1, 5)
    broker.hear(1, 3, sensor="ns2")
    assert broker.look() == []
    assert broker.look_closely() == [
        Notice(
            "batches of sensor ns1 lost before they came here: 3 (3 in all)",
            {"sensor": "ns1", "lost": 3, "lost_batches": 3},
        ),
        Notice(
            "batches of sensor ns2 lost before they came here: 1 (1 in all)",
            {"sensor": "ns2", "lost": 1, "lost_batches": 1},
        ),
    ]
    assert broker.look(AGAIN_NS) == []


def test_many_sensors_that_lose_at_once_are_one_line_with_their_sum() -> None:
    broker = _Broker()
    for number in range(SENSORS_TOLD + 1):
        broker.hear(1, 3, sensor=f"ns{number}")
    broker.hear(5, sensor="ns4")
    broker.look()
    assert broker.look_closely() == [
        Notice(
            "batches of 9 sensors lost before they came here: 10, most of ns4 (2); status/ has each",
            {"sensors": 9, "lost": 10, "sensor": "ns4"},
        )
    ]


def test_what_comes_late_is_not_told() -> None:
    broker = _Broker()
    broker.hear(1, 5)
    broker.look()
    broker.hear(2, 3)
    assert broker.look() == ["batches of sensor ns1 lost before they came here: 1 (1 in all)"]
    broker.hear(4)
    broker.look(AGAIN_NS)
    broker.hear(7)
    broker.look()
    assert broker.look(AGAIN_NS) == ["batches of sensor ns1 lost before they came here: 1 (1 in all)"]


def test_looks_that_follow_at_once_are_one() -> None:
    broker = _Broker()
    broker.hear(1, 5)
    broker.look()
    assert broker.look(LOOK_NS - 1) == []
    assert len(broker.look(1)) == 1


def test_a_sensor_that_loses_all_the_time_is_told_once_a_minute() -> None:
    broker = _Broker()
    told = []
    for second in range(150):
        broker.hear(1 + 3 * second)
        told += broker.look()
    assert told == [
        "batches of sensor ns1 lost before they came here: 2 (4 in all)",
        "batches of sensor ns1 lost before they came here: 120 (124 in all)",
        "batches of sensor ns1 lost before they came here: 120 (244 in all)",
    ]


def test_malformed_input_is_told_by_reason_with_its_number() -> None:
    broker = _Broker()
    broker.ledger.message_dropped("message_header")
    broker.ledger.message_dropped("not_allowed")  # is told with the name of who did it
    broker.ledger.frames(noerror=1, errors=0, unsolicited=0, nxdomain=0, malformed=["frame_shape"] * 3)
    broker.ledger.request("request_parts")
    assert broker.look_closely() == [
        Notice(
            "malformed messages: message_header 1",
            {"kind": "messages", "reason": "message_header", "count": 1},
        ),
        Notice("malformed frames: frame_shape 3", {"kind": "frames", "reason": "frame_shape", "count": 3}),
        Notice(
            "malformed requests: request_parts 1",
            {"kind": "requests", "reason": "request_parts", "count": 1},
        ),
    ]
    broker.ledger.message_dropped("message_header")
    broker.ledger.message_dropped("message_header")
    assert broker.look() == []
    assert broker.look(AGAIN_NS) == ["malformed messages: message_header 2"]


def test_a_clock_set_back_does_not_silence_it() -> None:
    broker = _Broker()
    broker.ledger.message_dropped("message_header")
    broker.look()
    broker.ledger.message_dropped("message_header")
    assert broker.look(-3600 * LOOK_NS) == ["malformed messages: message_header 1"]


def test_who_is_refused_is_told_by_name_at_once_and_then_once_a_minute() -> None:
    """And not once more as malformed."""
    broker = _Broker()
    broker.refused = {"bulk": 3}
    broker.ledger.message_dropped(QUEUE_FULL)
    (line,) = broker.look()
    assert line.startswith("messages of bulk refused: 3; ")
    broker.refused = {"bulk": 10}
    assert broker.look() == []
    (line,) = broker.look(AGAIN_NS)
    assert line.startswith("messages of bulk refused: 7; ")


def test_connections_cut_off_are_told_with_the_last_of_them_and_the_mend_once_a_minute() -> None:
    broker = _Broker()
    broker.cut, broker.cuts = {"egress_beyond": 2}, [("egress_beyond", "web at 192.0.2.1")]
    (line,) = broker.look()
    assert line.startswith("2 connections to the egress cut off, the last of web at 192.0.2.1: ")
    assert "--memory-max" in line
    broker.cut, broker.cuts = {"egress_beyond": 5, "replay_stalled": 1}, [("replay_stalled", "192.0.2.7")]
    (line,) = broker.look()
    assert line.startswith("1 connections to the replay cut off, the last of 192.0.2.7: ")
    broker.cuts = []
    (line,) = broker.look(AGAIN_NS)
    assert line.startswith("3 connections to the egress cut off, the last of web at 192.0.2.1: ")


def test_that_producers_waited_for_memory_is_told_with_the_mend_once_a_minute() -> None:
    broker = _Broker()
    broker.waits = 2
    (line,) = broker.look()
    assert "had to wait for memory 2 times" in line
    assert "--memory-max" in line
    broker.waits = 7
    assert broker.look() == []
    (line,) = broker.look(AGAIN_NS)
    assert "5 times" in line
