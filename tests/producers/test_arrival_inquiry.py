"""inquiry: when it asks, which answers count, and when nobody answers. The clock is a number."""

from __future__ import annotations

from typing import Any

import pytest

from nxcast.producers.arrival_inquiry import ANSWER_S, ASK_S, SILENCE_S, Inquiry
from nxcast.schemas.request_answers import encode_answer
from nxcast.schemas.requests import decode_request


def ask(inquiry: Inquiry, now: float) -> Any:
    octets = inquiry.request(now)
    return None if octets is None else decode_request([octets])


def answer(request: int, **fields: Any) -> list[bytes]:
    usual = {"epoch": 7, "error": None, "answer": "arrived", "sequence": 3, "missing": [[2, 2]]}
    return encode_answer({"version": 1, "id": request, **usual, **fields})  # type: ignore[arg-type]


@pytest.fixture
def inquiry() -> Inquiry:
    return Inquiry("here", 5)


def test_asks_about_its_producer(inquiry: Inquiry) -> None:
    assert ask(inquiry, 0) == {"version": 1, "id": 1, "ask": "arrived", "sensor": "here", "epoch": 5}


def test_asks_again_after_an_answer_or_a_longer_while(inquiry: Inquiry) -> None:
    """So that requests don't pile up for a broker that stands still."""
    assert ask(inquiry, 0)["id"] == 1
    assert ask(inquiry, ASK_S) is None
    assert inquiry.take(answer(1)) is not None
    assert ask(inquiry, ASK_S / 2) is None
    assert ask(inquiry, ASK_S)["id"] == 2
    assert ask(inquiry, ASK_S + ANSWER_S - 0.01) is None
    assert ask(inquiry, ASK_S + ANSWER_S)["id"] == 3


def test_takes_the_answer_to_the_last_request_only(inquiry: Inquiry) -> None:
    ask(inquiry, 0)
    ask(inquiry, ANSWER_S)
    assert inquiry.take(answer(1)) is None
    taken = inquiry.take(answer(2))
    assert taken is not None
    assert (taken["sequence"], taken["missing"]) == (3, [[2, 2]])
    assert inquiry.take(answer(2)) is None


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b""],
        [b"\xc1"],
        [b"", *answer(1)],
        answer(1)[:1] * 2,
        encode_answer({"version": 1, "id": 1, "epoch": 7, "answer": "error", "error": "request_shape"}),
    ],
)
def test_passes_over_what_is_no_answer(inquiry: Inquiry, parts: list[bytes]) -> None:
    ask(inquiry, 0)
    assert inquiry.take(parts) is None
    assert inquiry.take(answer(1)) is not None


def test_a_new_connection_makes_late_answers_void_and_asks_at_once(inquiry: Inquiry) -> None:
    ask(inquiry, 0)
    inquiry.start()
    assert inquiry.take(answer(1)) is None
    assert ask(inquiry, 0.001)["id"] == 2


def test_knows_another_broker_on_the_same_connection_by_its_epoch(inquiry: Inquiry) -> None:
    assert [inquiry.is_another(epoch) for epoch in (7, 7, 9, 9)] == [False, False, True, False]
    inquiry.start()
    assert not inquiry.is_another(11)


def test_silence_counts_from_the_first_request_without_an_answer(inquiry: Inquiry) -> None:
    assert not inquiry.is_silent(1000)
    ask(inquiry, 1000)
    ask(inquiry, 1000 + ANSWER_S)
    assert not inquiry.is_silent(999.99 + SILENCE_S)
    assert inquiry.is_silent(1000 + SILENCE_S)
    inquiry.take(answer(2))
    assert not inquiry.is_silent(2000)
    ask(inquiry, 2000)
    assert not inquiry.is_silent(2000)
    assert inquiry.is_silent(2000 + SILENCE_S)
    inquiry.start()
    assert not inquiry.is_silent(3000)
