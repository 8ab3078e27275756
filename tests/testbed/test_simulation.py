"""The short form of `make simulate`: no seed breaks a promise, and a fault put back is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.ledger import Ledger
from nxcast.schemas.request_answers import ArrivedAnswer
from nxcast.schemas.topics import NXDOMAIN
from nxcast.transport.simulated.network import Sizes
from testbed.simulation import __main__, world
from testbed.simulation.__main__ import find, main
from testbed.simulation.model import Epoch, Model, Reading
from testbed.simulation.put_back import FAULTS
from testbed.simulation.running import run_all
from testbed.simulation.schedule import (
    ACTION_S,
    BROKER,
    Blow,
    ProducerPlan,
    Schedule,
    SubscriberPlan,
    make_schedule,
)
from testbed.simulation.shrinking import shrink
from testbed.simulation.world import run

SEEDS = 100  # CI runs 2,000 by `make simulate`
FINDING = 150  # seeds
# Where the seeds begin that find a fault, just before the first that does, if 0 is too far away for a test.
FIRST = {
    "connections-kept": 70,
    "cursor-ahead": 14,
    "given-up": 344,
    "lost-in-silence": 8,
    "not-counted": 3215,
    "not-sent-again": 10,
    "part-published-again": 10,
    "part-skipped": 10,
    "unaddressed": 640,
    "under-way-unknown": 33,
}


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, SEEDS, 20))
def test_no_promise_is_broken(first: int) -> None:
    broken = {seed: run(make_schedule(seed)).violations for seed in range(first, first + 20)}
    assert {seed: found for seed, found in broken.items() if found} == {}


def test_a_broker_that_ended_before_it_said_a_word_owes_nothing() -> None:
    assert run(make_schedule(2338)).violations == []


def test_who_waits_for_what_it_wants_of_the_past_is_not_held_to_the_end_of_a_broker() -> None:
    """The broker is stopped, and told to end as it goes on: it publishes what lingered, and is gone."""
    assert run(replace(make_schedule(8156), seed=1_000_463)).violations == []


def test_a_restart_that_hid_a_loss_is_told_as_often_as_one_asks() -> None:
    model = Model(lambda: 0.0, {})
    before, now = Epoch(1), Epoch(2)
    before.published["nxdomain/MX/"].append(["a"])
    model.epochs |= {1: before, 2: now}
    reading = Reading(model, "sub", ["nxdomain/"])
    reading.begin((1, {}), since=False)
    assert reading.missing(before) == ["sub has not got what it wants of the past"]
    reading.replayed()
    reading.restart(1, 2)
    assert reading.missing(now) == reading.missing(now) == ["sub has nxdomain/MX/ up to 0 of 1, in silence"]
    reading.unknown_loss(1, 2)
    assert reading.missing(now) == []
    assert model.violations == []


def _arrived(sequence: int) -> ArrivedAnswer:
    return {
        "version": 1,
        "id": 1,
        "epoch": 1,
        "answer": "arrived",
        "error": None,
        "sequence": sequence,
        "missing": [],
    }


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ({}, "batch 1 of ns0 acknowledged and never taken"),
        ({("ns0", 5, 1): [(NXDOMAIN, "name")]}, f"name acknowledged and not published on {NXDOMAIN}"),
    ],
)
@pytest.mark.parametrize("holds", [1, 2])
def test_an_answer_tells_nothing_of_what_its_producer_gave_up(
    holds: int, came: dict[tuple[str, int, int], list[tuple[str, str]]], told: str
) -> None:
    model, epoch = Model(lambda: 0.0, {}), Epoch(1, taken=came.copy())
    epoch.held["ns0", 5], epoch.holds["ns0", 5] = 1, holds
    epoch.taken["ns0", 5, 2] = []
    model.acknowledged(epoch, ("ns0", 5), _arrived(2))
    assert model.violations == ([] if holds == 2 else [f"0.000 s: {told}"])


def test_nor_of_what_an_earlier_broker_took_that_lost_power() -> None:
    """Its producer gave it up: the next broker was told so, and its answer does not list it as missing."""
    model, before, now = Model(lambda: 0.0, {}), Epoch(1, power_lost=True), Epoch(2)
    model.keeps = True
    model.epochs |= {1: before, 2: now}
    before.taken["ns0", 5, 1] = [("malformed/", "query-0-0-ns0")]
    now.held["ns0", 5], now.holds["ns0", 5] = 1, 2
    model.acknowledged(now, ("ns0", 5), _arrived(1))
    assert model.violations == []


@pytest.mark.parametrize("told", [True, False])
def test_malformed_frames_beyond_the_records_of_a_message_are_counted(
    monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    """The second batch of a producer has 17 of them: 16 become a record."""
    if not told:
        monkeypatch.setattr(
            Ledger, "malformed_withheld", property(lambda _: 0, lambda *_: None), raising=False
        )
    found = run(make_schedule(1430155)).violations
    assert [text.partition(" s: ")[2] for text in found[:1]] == (
        [] if told else ["1 malformed frames are no record, and a status tells of fewer"]
    )


@pytest.mark.parametrize("power_lost", [True, False])
def test_an_unknown_loss_is_none_where_the_log_knows(*, power_lost: bool) -> None:
    model = Model(lambda: 0.0, {})
    model.roomy = True
    model.epochs |= {1: Epoch(1, power_lost=power_lost), 2: Epoch(2)}
    reading = Reading(model, "sub", ["nxdomain/"])
    reading.begin((1, {}), since=False)
    reading.unknown_loss(1, 2)
    assert len(model.violations) == (0 if power_lost else 1)


def test_the_same_seed_gives_the_same_run() -> None:
    assert run(make_schedule(5)) == run(make_schedule(5))
    assert run(make_schedule(5)) != run(make_schedule(6))


@pytest.mark.long
def test_the_same_seeds_give_the_same_runs_in_any_process(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = []
    for order_of_sets in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", order_of_sets)
        outcomes.append([(ran.seed, ran.outcome) for ran in run_all(range(5, 15), 2)])
    assert outcomes[0] == outcomes[1]
    assert [seed for seed, _ in outcomes[0]] == [*range(5, 15)]
    assert outcomes[0][0][1] == run(make_schedule(5))


@pytest.mark.long
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_put_back_is_found(fault: str) -> None:
    with FAULTS[fault].put_back():
        first = FIRST.get(fault, 0)
        assert find(range(first, first + FINDING), smaller=False) is not None


def test_what_fails_is_made_smaller() -> None:
    schedule = make_schedule(0)
    smallest = shrink(schedule, lambda each: len(each.blows) > 1)
    assert len(smallest.blows) == 2
    assert sum(plan.frames for plan in smallest.producers) <= 1
    assert smallest.subscribers == ()


def test_the_command_tells_what_was_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(__main__, "PROGRESS_S", 0.0)
    assert main(["--seeds=2", "--seed=3"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("seeds 3 to 4: ")
    assert told.err == "seeds 3 to 3: 0 broke a promise\nseeds 3 to 4: 0 broke a promise\n"


def test_a_bug_is_told_with_its_seed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bug(*_: object) -> None:
        raise AttributeError("a bug")

    monkeypatch.setattr(Arrivals, "take", bug)
    assert main(["--seeds=1", "--seed=3", "--no-shrink"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("seed 3: ")
    assert "AttributeError" in out
    assert "in _take_messages" in out


def test_the_command_tells_what_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds=1", "--fault=taken-is-arrived", "--no-shrink"]) == 0
    out = capsys.readouterr().out
    assert "acknowledged and not" in out
    assert out.endswith("found by seed 0\n")


def test_a_busy_broker_tells_its_status_and_ends_within_two_seconds_whatever_the_clock_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(world, "STATUS_LATE_S", 2.0)
    monkeypatch.setattr(world, "ENDING_S", 2.0)
    settings = make_schedule(0).broker | {"log": "disk", "log_bytes": 1 << 28, "log_sync_ms": 50}
    steps = [Blow(0.5 + at / 3, "clock", BROKER, (-3600.0, 3500.0)[at % 2], at) for at in range(22)]
    term = Blow(4.1, "term", BROKER, 0.5, 0)
    busy = Schedule(
        0,
        settings | {"linger_ms": 20, "batch_records": 32, "high_water_mark": 1000},
        Sizes(out=2, ingress=2),
        0.01,  # seconds a step: it takes less than its producers push
        tuple(ProducerPlan(f"ns{number}", "file", 250, 0.02, 1) for number in range(3)),
        (SubscriberPlan("sub0", ("nxdomain/", "dns-errors/"), True, None, 0.0),),
        tuple(sorted([*steps, term], key=lambda blow: blow.at)),
    )
    outcome = run(busy)
    assert outcome.violations == []
    assert outcome.seconds > ACTION_S
