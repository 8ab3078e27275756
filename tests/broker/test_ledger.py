"""The account: a sensor's numbering, and the bound on sensors."""

from __future__ import annotations

import pytest

from nxcast.broker.ledger import SENSORS_MAX, U64_MAX, Ledger
from nxcast.schemas.frames import BatchHeader


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
        ([(n, 1) for n in range(9, 0, -1)], 0, 0, 0, (1, 1)),  # more epochs than are tracked
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
    ledger = Ledger()
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


def test_the_sensor_silent_longest_is_forgotten_first() -> None:
    ledger = Ledger()
    for number in range(SENSORS_MAX):
        ledger.heard(_header(1, 1, f"s{number}"), number)
    ledger.heard(_header(1, 2, "s0"), SENSORS_MAX)
    ledger.heard(_header(1, 1, "one-more"), SENSORS_MAX)
    assert (len(ledger.sensors()), ledger.sensors_forgotten) == (SENSORS_MAX, 1)
    assert {"s0", "one-more"} <= ledger.sensors().keys()
    assert "s1" not in ledger.sensors()
