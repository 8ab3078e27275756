"""The tables of states: each pair of a state and an event leads where it says, or is a bug that shows."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from nxcast.process.state_machine import ImpossibleEventError, Machine
from tests.docs.states import TABLES, Table

Pair = tuple[Enum, Enum]
PAIRS = [
    pytest.param(table, state, event, id=f"{name}-{state.name}-{event.name}")
    for name, table in TABLES.items()
    for state in type(table.start)
    for event in type(next(iter(table.transitions))[1])
]


@pytest.mark.parametrize(("table", "state", "event"), PAIRS)
def test_each_pair_leads_somewhere_or_raises(table: Table, state: Enum, event: Enum) -> None:
    machine: Machine[Any, Any] = Machine(table.transitions, state)
    after = table.transitions.get((state, event))
    if after is None:
        with pytest.raises(ImpossibleEventError, match=f"{event.name}.*{state.name}"):
            machine.on(event)
    else:
        machine.on(event)
    assert machine.state is (after or state)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_each_state_can_be_reached_and_each_event_happens(table: Table) -> None:
    reached = set(table.starts)
    while more := {to for (state, _), to in table.transitions.items() if state in reached} - reached:
        reached |= more
    assert reached == set(type(table.start))
    assert {event for _, event in table.transitions} == set(type(next(iter(table.transitions))[1]))
