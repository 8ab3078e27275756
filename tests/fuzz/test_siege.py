"""Hostile messages to a real broker, in short. `make hostile` sends a million."""

from __future__ import annotations

import pytest

from tests.fuzz.siege import MEMORY_MAX, besiege

MESSAGES = 20_000


@pytest.mark.long
def test_a_broker_counts_every_hostile_message_and_loses_no_good_one() -> None:
    outcome = besiege(MESSAGES, 1)
    assert {name: outcome.counters[name] for name in outcome.expected} == outcome.expected
    assert outcome.expected["messages_received"] == MESSAGES
    assert outcome.good_arrived == outcome.good_sent > MESSAGES / 3
    assert outcome.peak_mib < MEMORY_MAX
    assert outcome.exit_status == 0
