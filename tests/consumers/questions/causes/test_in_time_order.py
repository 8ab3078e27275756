"""What causes finds is the same however the topics of its records are packed into messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

import pytest

from nxcast.broker.derivation.derive import derive
from nxcast.consumers.questions.causes.causes_question import Causes
from nxcast.consumers.questions.causes.in_time_order import HELD, InTimeOrder
from nxcast.producers.synthetic.stream import RATE, START_NS, generate
from nxcast.schemas.topics import dns_errors_topic, nxdomain_topic

RECORDS = 3 * HELD


@pytest.fixture(scope="module")
def heard() -> list[tuple[str, Any]]:
    """Topic and record of a stream, in the order of their times."""
    responses = islice(generate("sie", 8, start_ns=START_NS, rate=RATE), RECORDS)
    derived = derive([response.frame for response in responses], "ns1")
    found = [(nxdomain_topic(each["qtype"]), each) for each in derived.nxdomains]
    found += [(dns_errors_topic(each["rcode"]), each) for each in derived.errors if each["rcode"] != 3]
    return sorted(found, key=lambda each: each[1]["time_ns"])


def _messages(heard: list[tuple[str, Any]], batch: int, seed: int) -> Iterator[list[Any]]:
    """What so many records give at a time: a message a topic, in any order."""
    random = Random(seed)
    for first in range(0, len(heard), batch):
        topics = defaultdict(list)
        for topic, record in heard[first : first + batch]:
            topics[topic].append(record)
        yield from random.sample(list(topics.values()), len(topics))


@pytest.mark.parametrize("batch", [512, HELD])
def test_findings_do_not_depend_on_how_records_are_packed(heard: list[tuple[str, Any]], batch: int) -> None:
    assert len(heard) > 2 * HELD
    found = []
    for messages in (([record] for _, record in heard), _messages(heard, batch, 1)):
        question = InTimeOrder(Causes())
        for records in messages:
            assert question.take(records) == []
        found.append([section.rows for section in question.sections()])
    assert found[0] == found[1]


def test_all_that_came_is_told_when_it_is_asked_for(heard: list[tuple[str, Any]]) -> None:
    question = InTimeOrder(Causes())
    for records in ([record for _, record in heard[:10]], [record for _, record in heard[10:15]]):
        question.take(records)
        told, _ = question.sections()
    assert sum(row["look_ups"] for row in told.rows) == 15
