"""Events as log lines: their level, their values, and no loss hidden where lines are held back."""

import json
import logging

import pytest

from nxcast.consumers import (
    Back,
    Connected,
    Gap,
    Invalid,
    Refused,
    Repaired,
    Restart,
    Silent,
    UnknownLoss,
    Unreplayed,
)
from nxcast.consumers.client.event_log import EventLog
from nxcast.telemetry.logs import REPEATS, log_lines

MX = "nxdomain/MX/"


@pytest.fixture
def lines():
    """What is logged, as objects."""
    written = []
    with log_lines("p", "json", written.append):
        yield lambda: [json.loads(line) for line in written]


@pytest.mark.parametrize(
    ("event", "level", "values"),
    [
        (Connected(7, "b 1"), "info", {"event": "connected", "epoch": "7", "software": "b 1"}),
        (Back(5.5), "info", {"event": "back", "seconds": 5.5}),
        (Repaired(MX, 7, 2), "info", {"event": "repaired", "topic": MX, "epoch": "7", "messages": 2}),
        (
            Gap(MX, 7, 2, 4),
            "warning",
            {"event": "gap", "topic": MX, "epoch": "7", "first": 2, "last": 4, "lost": 3, "lost_in_all": 3},
        ),
        (Silent(5.0), "warning", {"event": "silent", "seconds": 5.0, "ended": False}),
        (Restart(7, 8), "warning", {"event": "restart", "old_epoch": 7, "new_epoch": 8}),
        (
            UnknownLoss(7, 8, "no \x1b"),
            "warning",
            {"event": "unknownloss", "epoch": "7", "next_epoch": 8, "reason": r"no \027", "lost": None},
        ),
        (Refused("no \x1b"), "warning", {"event": "refused", "reason": r"no \027", "partly": False}),
        (Unreplayed("gone"), "warning", {"event": "unreplayed", "reason": "gone"}),
        (Invalid(MX, "bad"), "warning", {"event": "invalid", "topic": MX, "reason": "bad"}),
    ],
)
def test_an_event_is_a_line_with_its_level_and_values(lines, event, level, values):
    EventLog()(event)
    (line,) = lines()
    assert line.pop("time")
    assert line == {"level": level, "program": "p", "message": str(event), **values}


def test_the_losses_of_lines_held_back_are_told():
    written = []
    with log_lines("p", "text", written.append):
        log = EventLog()
        for number in range(1, REPEATS + 4):
            log(Gap(MX, 7, 10 * number, 10 * number + 1))
    assert written[:REPEATS] == [f"p: {Gap(MX, 7, 10 * n, 10 * n + 1)}" for n in range(1, REPEATS + 1)]
    lost = 2 * (REPEATS + 3)
    assert written[REPEATS:] == [f"p: lost messages 130 to 131 of {MX}, {lost} in all (and 2 more like it)"]


def test_a_flood_of_one_kind_holds_back_no_other(lines):
    log = EventLog()
    for _ in range(5 * REPEATS):
        log(Invalid(MX, "bad"))
        log(Refused("no"))
    log(Gap(MX, 7, 2, 4))
    log(Silent(5.0))
    assert [line["event"] for line in lines()[-2:]] == ["gap", "silent"]


def test_they_go_to_the_log_of_the_consumers(caplog):
    caplog.set_level(logging.INFO, "nxcast.consumers")
    EventLog()(Connected(7, "b 1"))
    assert [record.name for record in caplog.records] == ["nxcast.consumers"]
