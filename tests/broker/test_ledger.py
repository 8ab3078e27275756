"""The account: a sensor's numbering, and the bound on sensors."""

from __future__ import annotations

import pytest

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.ledger import NAMED_MAX, OTHERS, SENSORS_MAX, U64_MAX, Ledger, SensorTotals
from nxcast.schemas.frames import BatchHeader


class _Counted(Ledger):
    """A ledger that is told of batches as they arrive."""

    def __init__(self) -> None:
        super().__init__()
        self._arrivals = Arrivals()

    def heard(self, header: BatchHeader, time_ns: int) -> bool:
        """Whether its frames are to be published."""
        arrival = self._arrivals.take(header)
        self.batch(header, arrival, time_ns)
        return arrival.wanted


def _header(epoch: int, sequence: int, sensor: str = "s") -> BatchHeader:
    return {"sensor": sensor, "epoch": epoch, "sequence": sequence, "count": 2}


@pytest.mark.parametrize(
    ("heard", "lost", "repeated", "restarts", "last"),
    [
        ([(5, 1), (5, 2), (5, 3)], 0, 0, 0, (5, 3)),
        ([(5, 9), (5, 10)], 0, 0, 0, (5, 10)),  # the first batch heard is the baseline
        ([(5, 1), (5, 4)], 2, 0, 0, (5, 4)),
        ([(5, 1), (5, 4), (5, 9)], 6, 0, 0, (5, 9)),
        ([(5, 7), (6, 1)], 0, 0, 1, (6, 1)),
        ([(5, 7), (6, 4)], 3, 0, 1, (6, 4)),  # restarted, and its first three are missing
        ([(5, 7), (5, 7)], 0, 1, 0, (5, 7)),
        ([(5, 7), (5, 3)], 0, 1, 0, (5, 7)),
        ([(5, 7), (6, 1), (5, 8)], 0, 0, 1, (5, 8)),  # late, from before its restart
        ([(5, 7), (6, 1), (5, 10), (6, 2), (5, 11), (6, 5)], 4, 0, 1, (6, 5)),  # two that share a name
        ([(5, 7), (4, 8), (4, 10)], 1, 0, 0, (4, 10)),  # restarted with its clock set back
        ([(n, 1) for n in range(9, 0, -1)], 0, 0, 0, (1, 1)),  # nine that share a name
        ([(5, 1), (5, 4), (5, 2)], 1, 0, 0, (5, 4)),  # late
        ([(5, 1), (5, 4), (5, 3), (5, 2), (5, 2)], 0, 1, 0, (5, 4)),
        (
            [(5, 1), (5, U64_MAX), (6, U64_MAX)],
            U64_MAX,
            0,
            1,
            (6, U64_MAX),
        ),  # never more than msgpack can say
    ],
)
def test_gaps_are_losses_and_a_higher_epoch_is_a_restart(
    heard: list[tuple[int, int]], lost: int, repeated: int, restarts: int, last: tuple[int, int]
) -> None:
    ledger = _Counted()
    for time_ns, (epoch, sequence) in enumerate(heard):
        ledger.heard(_header(epoch, sequence), time_ns)
    assert ledger.sensors() == {
        "s": {
            "epoch": last[0],
            "sequence": last[1],
            "time_ns": len(heard) - 1,
            "batches": len(heard),
            "frames": 2 * len(heard),
            "lost_batches": lost,
            "repeated_batches": repeated,
            "restarts": restarts,
        }
    }


@pytest.mark.parametrize(
    ("heard", "taken", "lost", "repeated"),
    [
        ([(1, 1), (2, 1), (3, 1)], [1, 1, 1], 0, 0),
        ([(7, 4), (8, 4)], [1, 1], 3, 0),  # the first batch heard: 4 to 6 may still come
        ([(7, 4), (5, 4), (4, 4), (6, 4)], [1, 1, 1, 1], 0, 0),
        ([(7, 7)], [1], 0, 0),  # no other can be sent again
        ([(7, 9)], [1], 0, 0),  # nor is one above itself
        ([(7, 0)], [1], 6, 0),
        ([(7, 4), (7, 4), (3, 3)], [1, 0, 0], 3, 2),  # before the baseline: another broker's
        ([(1, 1), (4, 1), (2, 1), (2, 1), (4, 1), (3, 1)], [1, 1, 1, 0, 0, 1], 0, 2),
        ([(1, 1), (4, 1), (5, 4), (2, 4)], [1, 1, 1, 0], 2, 1),  # given up by the producer
        ([(1, 1), (9, 1), (10, 5), (4, 5), (5, 5)], [1, 1, 1, 0, 1], 6, 1),
    ],
)
def test_what_a_producer_sends_again_is_taken_once(
    heard: list[tuple[int, int]], taken: list[int], lost: int, repeated: int
) -> None:
    ledger = _Counted()
    told = [ledger.heard({**_header(5, sequence), "held": held}, 0) for sequence, held in heard]
    assert told == [bool(each) for each in taken]
    account = ledger.sensors()["s"]
    assert (account["lost_batches"], account["repeated_batches"]) == (lost, repeated)
    assert (account["batches"], account["frames"]) == (len(heard), 2 * sum(taken))
    assert account["sequence"] == max(sequence for sequence, _ in heard)


def test_a_producer_that_sends_nothing_again_numbers_wrongly_but_loses_nothing() -> None:
    ledger = _Counted()
    assert [ledger.heard(_header(5, 1), 0) for _ in range(3)] == [True] * 3
    assert (ledger.sensors()["s"]["frames"], ledger.sensors()["s"]["repeated_batches"]) == (6, 2)


def test_what_a_restarted_producer_no_longer_holds_is_lost() -> None:
    ledger = _Counted()
    ledger.heard({**_header(5, 1), "held": 1}, 0)
    ledger.heard({**_header(6, 5), "held": 3}, 0)
    assert ledger.sensors()["s"]["lost_batches"] == 4
    assert not ledger.heard({**_header(6, 2), "held": 3}, 0)
    assert ledger.heard({**_header(6, 3), "held": 3}, 0)
    assert ledger.sensors()["s"]["lost_batches"] == 3


def test_what_comes_late_for_a_sensor_that_was_forgotten_makes_no_count_negative() -> None:
    ledger = _Counted()
    ledger.heard({**_header(5, 1), "held": 1}, 0)
    ledger.heard({**_header(5, 3), "held": 1}, 0)
    for number in range(SENSORS_MAX):
        ledger.heard(_header(1, 1, f"s{number}"), 0)
    assert ledger.heard({**_header(5, 2), "held": 1}, 0)
    assert ledger.sensors()["s"]["lost_batches"] == 0


def test_a_request_counts_once_and_by_its_reason() -> None:
    ledger = _Counted()
    for malformed in (None, "request_ask", "request_ask"):
        ledger.request(malformed)
    counters = ledger.counters()
    assert (counters["requests_received"], counters["requests_malformed"]) == (3, {"request_ask": 2})


def test_the_sensor_silent_longest_is_forgotten_first() -> None:
    ledger = _Counted()
    for number in range(SENSORS_MAX):
        ledger.heard(_header(1, 1, f"s{number}"), number)
    ledger.heard(_header(1, 2, "s0"), SENSORS_MAX)
    ledger.heard(_header(1, 1, "one-more"), SENSORS_MAX)
    assert (len(ledger.sensors()), ledger.sensors_forgotten) == (SENSORS_MAX, 1)
    assert {"s0", "one-more"} <= ledger.sensors().keys()
    assert "s1" not in ledger.sensors()


def _sum(totals: dict[str, SensorTotals]) -> SensorTotals:
    return SensorTotals(*(sum(column) for column in zip(*totals.values(), strict=True)))


def test_totals_name_the_first_sensors_and_put_the_others_together() -> None:
    ledger = _Counted()
    for number in range(NAMED_MAX + 50):
        ledger.heard(_header(5, 1, f"s{number}"), number)
        ledger.heard(_header(5, 4, f"s{number}"), number)
    totals = ledger.totals()
    assert set(totals) == {*(f"s{number}" for number in range(NAMED_MAX)), OTHERS}
    assert totals["s0"] == SensorTotals(0, batches=2, frames=4, lost_batches=2)
    assert totals[OTHERS] == SensorTotals(NAMED_MAX + 49, batches=100, frames=200, lost_batches=100)


def test_totals_never_go_down_when_sensors_are_forgotten() -> None:
    ledger = _Counted()
    before = ledger.totals()
    for number in range(2 * SENSORS_MAX + 10):
        name = f"s{number % (SENSORS_MAX + 5)}"  # each is forgotten before it comes again
        ledger.heard(_header(5 + number, 1, name), number)
        ledger.heard(_header(5 + number, 3, name), number)
        if number % 500 == 0 or number >= 2 * SENSORS_MAX:
            totals = ledger.totals()
            for label, total in before.items():
                assert all(later >= earlier for later, earlier in zip(totals[label], total, strict=True))
            before = totals
    assert ledger.sensors_forgotten > SENSORS_MAX
    assert len(before) == NAMED_MAX + 1
    heard = 2 * (2 * SENSORS_MAX + 10)
    assert (_sum(before).batches, _sum(before).frames) == (heard, 2 * heard)


def test_each_message_is_counted_by_its_frames() -> None:
    ledger = _Counted()
    ledger.heard({"sensor": "s", "epoch": 1, "sequence": 1, "count": 256}, 0)
    ledger.heard({"sensor": "s", "epoch": 1, "sequence": 2, "count": 257}, 0)
    ledger.container({"nmsg-1": 1, "nmsg-2": 3}, None, 0)
    buckets, total = ledger.batch_frames.snapshot()
    counts = dict(buckets)
    assert (counts["1.0"], counts["4.0"], counts["256.0"], counts["1024.0"], total) == (0, 1, 2, 3, 517)


def test_a_sensor_minimises_by_its_denials_once_there_are_enough() -> None:
    """From its second batch on; a sensor that was forgotten begins anew."""
    ledger = _Counted()
    ledger.denials("s", 500, 0)
    ledger.heard(_header(1, 1), 1)
    ledger.denials("s", 90, 90)
    assert "minimises" not in ledger.sensors()["s"]
    ledger.denials("s", 10, 0)
    assert ledger.sensors()["s"].get("minimises") == 90
    for number in range(SENSORS_MAX):
        ledger.heard(_header(1, 1, f"t{number}"), 2)
    ledger.heard(_header(1, 2), 3)
    ledger.denials("s", 100, 20)
    assert ledger.sensors()["s"].get("minimises") == 20
